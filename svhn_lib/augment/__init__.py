"""Training pictures made anew at every pass: in batches, on the device that trains.

Every function takes a batch and an explicit generator; stored pictures are never changed.
"""

from svhn_lib.augment.colour import (
    PhotometricSettings,
    adjust_brightness,
    adjust_colour,
    adjust_contrast,
    photometric_distortion,
)
from svhn_lib.augment.handwriting import vary_digits
from svhn_lib.augment.pca import ColourAxes, colour_axes, pca_colour
from svhn_lib.augment.views import HARD_VIEWS, AugmentSettings, number_boxes, random_views
from svhn_lib.augment.windows import RandomCrop, centre_crop, random_crop

__all__ = [
    "HARD_VIEWS",
    "AugmentSettings",
    "ColourAxes",
    "PhotometricSettings",
    "RandomCrop",
    "adjust_brightness",
    "adjust_colour",
    "adjust_contrast",
    "centre_crop",
    "colour_axes",
    "number_boxes",
    "pca_colour",
    "photometric_distortion",
    "random_crop",
    "random_views",
    "vary_digits",
]
