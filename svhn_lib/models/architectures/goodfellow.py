"""The network of Goodfellow et al. 2014 as its public re-implementations have it."""

from svhn_lib.models.blocks import Conv
from svhn_lib.models.config import ModelConfig, ParallelConfig

_CHANNELS = (48, 64, 128, 160, 192, 192, 192, 192)

ROWS = (
    ModelConfig(
        name="goodfellow2014",
        source="Goodfellow et al. 2014, as re-implemented in PyTorch at 54x54 pixels",
        size=(54, 54),
        backbone=tuple(
            Conv(channels, kernel=5, pool=2 - index % 2, pool_padding=1, dropout=0.2)
            for index, channels in enumerate(_CHANNELS)
        ),
        head=ParallelConfig(hidden=(3072, 3072)),
    ),
)
