"""What training minimises: losses of numbers, of feature columns and of boxes; their sum."""

from svhn_lib.losses.boxes import box_loss, box_targets
from svhn_lib.losses.columns import column_loss, column_targets
from svhn_lib.losses.numbers import blank_loss, masked_loss, token_loss
from svhn_lib.losses.total import LossSettings, total_loss

__all__ = [
    "LossSettings",
    "blank_loss",
    "box_loss",
    "box_targets",
    "column_loss",
    "column_targets",
    "masked_loss",
    "token_loss",
    "total_loss",
]
