"""Which layers a name stands for: every model of the course as a row of data, decided here alone.

`zoo` makes, saves and loads them by name; `net` turns a row into a network.
"""

from typing import Any

from svhn_lib.models.backbones import Conv, Residual
from svhn_lib.models.net import ModelConfig


def _pooled(channels: int, stride: int) -> Conv:
    return Conv(channels, kernel=5, pool=stride, pool_padding=1, dropout=0.2)


def _plain(channels: int, kernel: int, **changes: Any) -> Conv:
    """Convolution, ReLU and pooling, as before there was batch norm."""
    return Conv(channels, kernel, **{"pool": 2, "norm": False, **changes})


_READERS = (
    ModelConfig(
        name="goodfellow2014",
        source="Goodfellow et al. 2014, as re-implemented in PyTorch at 54x54 pixels",
        size=(54, 54),
        backbone=tuple(
            _pooled(channels, 2 - index % 2)
            for index, channels in enumerate((48, 64, 128, 160, 192, 192, 192, 192))
        ),
        hidden=(3072, 3072),
    ),
    ModelConfig(
        name="compact",
        source="svhn_lib",
        size=(64, 64),
        normalise="picture",
        backbone=(
            Conv(32, kernel=5, stride=2, bias=False),
            Conv(32, bias=False),
            Residual(80, stride=2),
            Residual(80),
            Residual(160, stride=2),
            Residual(160),
        ),
        squeeze=64,
        hidden=(192,),
        dropout=0.1,
        columns=True,
    ),
)

# Single digits: one position, no length, no blank. `inference.classify` reads with them.
_DIGIT_CLASSIFIERS = (
    ModelConfig(
        name="almenningen2017-digit",
        source="Almenningen 2017, SVHN's single digits",
        size=(32, 32),
        grey=True,
        backbone=(_plain(32, 5), _plain(64, 5, dropout=0.5)),
        hidden=(256,),
        max_digits=1,
        lengths=0,
        classes=10,
    ),
    ModelConfig(
        name="marek2017-softmax",
        source="Marek 2017, single digits: no hidden layer",
        size=(28, 28),
        grey=True,
        backbone=(),
        max_digits=1,
        lengths=0,
        classes=10,
    ),
    ModelConfig(
        name="marek2017-hidden",
        source="Marek 2017, single digits: one hidden layer",
        size=(28, 28),
        grey=True,
        backbone=(),
        hidden=(64,),
        max_digits=1,
        lengths=0,
        classes=10,
    ),
    ModelConfig(
        name="marek2017-digit",
        source="Marek 2017, single digits: convolutions",
        size=(28, 28),
        grey=True,
        backbone=(_plain(32, 5), _plain(16, 3), _plain(8, 2)),
        hidden=(64, 32),
        max_digits=1,
        lengths=0,
        classes=10,
    ),
)

# Handwritten digits on canvases.
_CANVAS_READERS = (
    ModelConfig(
        name="almenningen2017-canvas",
        source="Almenningen 2017, centred numbers: five heads with blank, no length",
        size=(64, 64),
        grey=True,
        backbone=(
            _plain(16, 5, padded=False),
            _plain(32, 5, padded=False),
            _plain(64, 5, pool=0, padded=False, dropout=0.5),
        ),
        hidden=(64,),
        lengths=0,
    ),
    ModelConfig(
        name="zylbersztejn2016-canvas",
        source="Zylbersztejn 2016, numbers that fill the canvas: length head, masked loss",
        size=(64, 64),
        grey=True,
        backbone=tuple(_plain(channels, 3) for channels in (16, 32, 64, 128)),
        hidden=(256, 128),
        dropout=0.2,
        max_digits=6,
        lengths=6,
        classes=10,
    ),
    ModelConfig(
        name="marek2017-strip",
        source="Marek 2017, strips of five digits: a GRU unrolled five times",
        size=(28, 140),
        grey=True,
        backbone=tuple(
            _plain(channels, kernel, dropout=0.15, dropout_first=True)
            for channels, kernel in ((32, 5), (16, 3), (8, 2))
        ),
        recurrent=576,
        lengths=0,
        classes=10,
    ),
    ModelConfig(
        name="small",
        source="svhn_lib, 'compact' with fewer channels, for grey canvases",
        size=(64, 64),
        grey=True,
        normalise="picture",
        backbone=(
            Conv(16, kernel=5, stride=2, bias=False),
            Residual(32, stride=2),
            Residual(64, stride=2),
            Residual(64),
        ),
        squeeze=64,
        hidden=(256,),
        columns=True,
    ),
)

MODELS = {config.name: config for config in (*_READERS, *_DIGIT_CLASSIFIERS, *_CANVAS_READERS)}
