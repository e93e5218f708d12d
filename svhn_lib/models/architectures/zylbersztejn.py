"""The networks of Zylbersztejn 2016: a length head and digits without blank, in two sizes."""

from typing import Any

from svhn_lib.models.blocks import Conv, conv_relu_pool
from svhn_lib.models.config import ModelConfig, ParallelConfig


def _normed(channels: int, kernel: int, **changes: Any) -> Conv:
    """Convolution, ReLU, then batch norm, whose statistics forget half at every batch."""
    return Conv(channels, kernel, norm_last=True, norm_momentum=0.5, **changes)


ROWS = (
    ModelConfig(
        name="zylbersztejn2016-canvas",
        source="Zylbersztejn 2016, numbers that fill the canvas: length head, masked loss",
        size=(64, 64),
        grey=True,
        backbone=tuple(conv_relu_pool(channels, 3) for channels in (16, 32, 64, 128)),
        head=ParallelConfig(hidden=(256, 128), dropout=0.2, lengths=6, classes=10),
        max_digits=6,
    ),
    # The code's layers, whose last kernel is 2x2 (3x3 in the report), with the report's dropout
    # (0.5 in the run, by mistake). Its six lengths are 1 to 6, ours 0 to 5.
    ModelConfig(
        name="zylbersztejn2016",
        source="Zylbersztejn 2016, house numbers: convolutions to the end, mean pooling",
        size=(64, 64),
        normalise="mean",
        backbone=(
            _normed(48, 5, pool=2),
            _normed(64, 5),
            _normed(128, 5, pool=2, dropout=0.3),
            _normed(160, 5),
            _normed(192, 5, pool=2, dropout=0.3),
            _normed(192, 3),
            _normed(192, 3, pool=2, average=True, dropout=0.3),
            _normed(192, 3),
            _normed(384, 3, pool=2, average=True, dropout=0.3),
            _normed(768, 2, pool=2, average=True, dropout=0.3),
        ),
        head=ParallelConfig(lengths=6, classes=10),
        max_digits=6,
    ),
)
