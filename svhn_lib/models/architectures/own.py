"""The networks of this library: what the course trains, and what ships with it."""

from svhn_lib.models.backbones import Conv, Residual
from svhn_lib.models.net import ModelConfig

_COMPACT = (
    Conv(32, kernel=5, stride=2, bias=False),
    Conv(32, bias=False),
    Residual(80, stride=2),
    Residual(80),
    Residual(160, stride=2),
    Residual(160),
)

ROWS = (
    ModelConfig(
        name="compact",
        source="svhn_lib",
        size=(64, 64),
        normalise="picture",
        backbone=_COMPACT,
        squeeze=64,
        hidden=(192,),
        dropout=0.1,
        columns=True,
    ),
    ModelConfig(
        name="compact-gru",
        source="svhn_lib, 'compact' with Marek's unrolled GRU",
        size=(64, 64),
        normalise="picture",
        backbone=(*_COMPACT, Conv(64, kernel=1)),
        lengths=0,
        columns=True,
        recurrent=128,
    ),
    ModelConfig(
        name="compact-lstm",
        source="svhn_lib, 'compact' with Li's decoder",
        size=(64, 64),
        normalise="picture",
        backbone=(*_COMPACT, Conv(64, kernel=1)),
        dropout=0.1,
        lengths=0,
        columns=True,
        decoder="lstm",
        embedding=256,
        embedding_norm=True,
        units=192,
    ),
    ModelConfig(
        name="compact-attention",
        source="svhn_lib, 'compact' with a decoder that attends to columns",
        size=(64, 64),
        normalise="picture",
        backbone=_COMPACT,
        dropout=0.1,
        lengths=0,
        columns=True,
        decoder="attention",
        embedding=32,
        units=128,
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
