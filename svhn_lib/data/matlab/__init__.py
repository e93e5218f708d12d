"""SVHN's label file `digitStruct.mat`: read fast, read by h5py, and written."""

from svhn_lib.data.matlab.digit_struct import (
    DigitStructError,
    read_digit_struct,
    write_digit_struct,
)

__all__ = ["DigitStructError", "read_digit_struct", "write_digit_struct"]
