"""The networks of Marek 2017: single digits, strips of five, and numbers anywhere in a picture.

Pixels were read as they are or standardised one by one; here 0-255 becomes -1 to 1. PyTorch's GRU
has a second bias for each gate, TensorFlow's one.
"""

from dataclasses import replace
from typing import Any

from svhn_lib.models.blocks import Block, Conv, conv_relu_pool
from svhn_lib.models.config import BoxConfig, GRUConfig, HeadConfig, ModelConfig, ParallelConfig


def _digit(
    name: str, what: str, backbone: tuple[Block, ...], hidden: tuple[int, ...]
) -> ModelConfig:
    return ModelConfig(
        name=f"marek2017-{name}",
        source=f"Marek 2017, single digits: {what}",
        size=(28, 28),
        grey=True,
        backbone=backbone,
        head=ParallelConfig(hidden=hidden, lengths=0, classes=10),
        max_digits=1,
    )


_DIGITS = (
    _digit("softmax", "no hidden layer", (), ()),
    _digit("hidden", "one hidden layer", (), (64,)),
    _digit(
        "digit",
        "convolutions",
        (conv_relu_pool(32, 5), conv_relu_pool(16, 3), conv_relu_pool(8, 2)),
        (64, 32),
    ),
)


def _strip(name: str, what: str, *backbone: Conv, **changes: Any) -> ModelConfig:
    return ModelConfig(
        name=f"marek2017-{name}",
        source=f"Marek 2017, strips of five digits: {what}",
        size=(28, 140),
        grey=True,
        backbone=backbone,
        head=GRUConfig(units=576, classes=10, **changes),
    )


def _dropped(channels: int, kernel: int, **changes: Any) -> Conv:
    return conv_relu_pool(channels, kernel, dropout=0.15, dropout_first=True, **changes)


def _normed(channels: int, kernel: int, **changes: Any) -> Conv:
    """Batch norm after the ReLU; published with an offset but no gain."""
    return _dropped(channels, kernel, norm=True, norm_last=True, **changes)


_WIDE_FIRST = (_dropped(32, 5), _dropped(16, 3), _dropped(8, 2))
_LARGE_FIRST = ((8, 10), (16, 5), (32, 2))  # channels and kernel

_STRIPS = (
    _strip("strip", "a GRU unrolled five times", *_WIDE_FIRST),
    _strip(
        "strip-output",
        "two hidden layers after each step of the GRU",
        *_WIDE_FIRST,
        hidden=(256, 64),
        dropout=0.15,
    ),
    _strip("strip-reshaped", "large kernels first", *(_dropped(*row) for row in _LARGE_FIRST)),
    _strip(
        "strip-deeper",
        "a fourth convolution",
        *(_dropped(8, 10), _dropped(16, 5), _dropped(24, 2), _dropped(32, 2, pool=0)),
    ),
    _strip("strip-norm", "large kernels, batch norm", *(_normed(*row) for row in _LARGE_FIRST)),
    _strip(
        "strip-double",
        "every convolution twice, batch norm",
        *(_normed(*row, pool=pool) for row in _LARGE_FIRST for pool in (0, 2)),
    ),
)

_SMALLER = (
    conv_relu_pool(8, 10),
    conv_relu_pool(14, 8),
    conv_relu_pool(20, 6),
    conv_relu_pool(24, 4),
    conv_relu_pool(32, 2),
)


_BOX = BoxConfig(hidden=(768, 512, 256, 64, 32))


def _scattered(name: str, what: str, *backbone: Conv, dropout: float = 0.0) -> ModelConfig:
    return ModelConfig(
        name=f"marek2017-{name}",
        source=f"Marek 2017, one to five digits anywhere on a canvas, and their box: {what}",
        size=(128, 256),
        grey=True,
        backbone=backbone,
        head=GRUConfig(units=576),
        box=replace(_BOX, dropout=dropout),
    )


_SIX_HEADS = ParallelConfig(lengths=0)
_ONE_LAYER = BoxConfig()


def _picture(
    name: str,
    what: str,
    *backbone: Conv,
    head: HeadConfig = _SIX_HEADS,
    box: BoxConfig = _ONE_LAYER,
) -> ModelConfig:
    return ModelConfig(
        name=f"marek2017-{name}",
        source=f"Marek 2017, whole SVHN pictures, and the number's box: {what}",
        size=(128, 256),
        backbone=backbone,
        head=head,
        max_digits=6,
        box=box,
    )


_PAPER = ((48, 5), (64, 5), (128, 5), (160, 5), (192, 2), (192, 2))  # channels and kernel


def _strided(channels: int, kernel: int, dropout: float = 0.0) -> tuple[Conv, Conv]:
    """A convolution with ReLU, then one of stride 2 without, where the others have pooling."""
    return (
        conv_relu_pool(channels, kernel, pool=0),
        Conv(channels, 2, stride=2, padded=False, norm=False, relu=False, dropout=dropout),
    )


# Published with a dropout of its own before each of the heads; here they share one. That of
# 'strided' is what its code was last run with.
_PICTURES = (
    _scattered("scattered", "a GRU", *_SMALLER),
    _scattered(
        "scattered-deeper",
        "a sixth convolution",
        *_SMALLER,
        conv_relu_pool(128, 2),
        dropout=0.2,
    ),
    _picture(
        "picture",
        "the baseline, a GRU unrolled six times",
        *_SMALLER,
        head=GRUConfig(units=576),
        box=_BOX,
    ),
    _picture(
        "picture-paper", "wider convolutions, six heads", *(conv_relu_pool(*row) for row in _PAPER)
    ),
    _picture(
        "picture-dropout",
        "wider convolutions, dropout before the heads",
        *(conv_relu_pool(*row) for row in _PAPER[:-1]),
        conv_relu_pool(*_PAPER[-1], dropout=0.2),
    ),
    _picture(
        "picture-strided",
        "convolutions of stride 2 in place of pooling",
        *(conv for row in _PAPER[:-1] for conv in _strided(*row)),
        *_strided(*_PAPER[-1], dropout=0.5),
    ),
)

ROWS = (*_DIGITS, *_STRIPS, *_PICTURES)
