"""SVHN's label file `digitStruct.mat`: read fast, read by h5py, and written."""
