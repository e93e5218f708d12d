"""The networks of this library: what the course trains, and what ships with it."""

from svhn_lib.models.blocks import Conv, Residual
from svhn_lib.models.config import (
    AttentionConfig,
    GRUConfig,
    LSTMConfig,
    ModelConfig,
    ParallelConfig,
    PlaceConfig,
    VotesConfig,
)

_COMPACT = (
    Conv(32, kernel=5, stride=2, bias=False),
    Conv(32, bias=False),
    Residual(80, stride=2),
    Residual(80),
    Residual(160, stride=2),
    Residual(160),
)
_SMALL = (
    Conv(16, kernel=5, stride=2, bias=False),
    Residual(32, stride=2),
    Residual(64, stride=2),
    Residual(64),
)

ROWS = (
    ModelConfig(
        name="compact",
        source="svhn_lib",
        size=(64, 64),
        normalise="picture",
        backbone=_COMPACT,
        head=ParallelConfig(hidden=(192,), dropout=0.1, squeeze=64),
        columns=True,
    ),
    ModelConfig(
        name="compact-gru",
        source="svhn_lib, 'compact' with Marek's unrolled GRU",
        size=(64, 64),
        normalise="picture",
        backbone=(*_COMPACT, Conv(64, kernel=1)),
        head=GRUConfig(units=128),
        columns=True,
    ),
    ModelConfig(
        name="compact-lstm",
        source="svhn_lib, 'compact' with Li's decoder",
        size=(64, 64),
        normalise="picture",
        backbone=(*_COMPACT, Conv(64, kernel=1)),
        head=LSTMConfig(units=192, embedding=256, dropout=0.1, norm=True),
        columns=True,
    ),
    ModelConfig(
        name="compact-attention",
        source="svhn_lib, 'compact' with a decoder that attends to columns",
        size=(64, 64),
        normalise="picture",
        backbone=_COMPACT,
        head=AttentionConfig(units=128, embedding=32, dropout=0.1),
        columns=True,
    ),
    ModelConfig(
        name="small",
        source="svhn_lib, 'compact' with fewer channels, for grey canvases",
        size=(64, 64),
        grey=True,
        normalise="picture",
        backbone=_SMALL,
        head=ParallelConfig(hidden=(256,), squeeze=64),
        columns=True,
    ),
    ModelConfig(
        name="localiser",
        source="svhn_lib, boxes as in EAST (Zhou et al. 2017) over a small feature pyramid",
        size=(128, 128),  # of the windows that it learns from; it looks at any size
        backbone=(
            Conv(16, kernel=5, stride=2, bias=False),
            Conv(32, stride=2, bias=False),
            Residual(32),
            Residual(64, stride=2),
            Residual(64),
            Residual(80, stride=2),
        ),
        head=PlaceConfig(channels=32),
    ),
    ModelConfig(
        name="joint",
        source="svhn_lib, 'small' for wide pictures, and the number's box by votes",
        size=(64, 128),
        grey=True,
        normalise="picture",
        backbone=_SMALL,
        head=ParallelConfig(hidden=(256,), squeeze=64),
        columns=True,
        box=VotesConfig(),
    ),
)
