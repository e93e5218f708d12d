"""Handwritten digits: single ones from their files, and numbers of them on canvases."""
