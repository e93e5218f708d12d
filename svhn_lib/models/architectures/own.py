"""The networks of this library: what the course trains, and what ships with it."""

from svhn_lib.models.backbones import Conv, Residual
from svhn_lib.models.net import ModelConfig

ROWS = (
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
