"""What training minimises: losses of numbers and of feature columns, and their weighted sum."""

from svhn_lib.losses.columns import column_loss, column_targets
from svhn_lib.losses.numbers import blank_loss, masked_loss, token_loss
from svhn_lib.losses.total import LossSettings, total_loss

__all__ = [
    "LossSettings",
    "blank_loss",
    "column_loss",
    "column_targets",
    "masked_loss",
    "token_loss",
    "total_loss",
]
