"""From digitStruct.mat, a CSV or rendered streets to stored crops of numbers.

The steps are the modules; nothing is imported here.
"""
