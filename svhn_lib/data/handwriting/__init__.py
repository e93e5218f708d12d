"""Single digits of SVHN Format 2, MNIST or scikit-learn; numbers of such digits on canvases."""

from svhn_lib.data.handwriting.canvases import Canvases, draw_canvases
from svhn_lib.data.handwriting.digits import DigitSet, balanced_split, load_digits, to_grey
from svhn_lib.data.handwriting.layouts import LAYOUTS, Layout
from svhn_lib.data.handwriting.stores import write_canvases

__all__ = [
    "LAYOUTS",
    "Canvases",
    "DigitSet",
    "Layout",
    "balanced_split",
    "draw_canvases",
    "load_digits",
    "to_grey",
    "write_canvases",
]
