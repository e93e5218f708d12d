"""The encoder and decoder of Li (lixuan0023/SVHN_RNN), whose convolutions are Goodfellow's."""

from svhn_lib.models.blocks import Conv
from svhn_lib.models.config import LSTMConfig, ModelConfig

_CHANNELS = (48, 64, 128, 160, 192, 192, 192, 192)

ROWS = (
    # Published: dropout and batch norm were built as if for reading, so that neither was ever on;
    # the beam ended before a fifth digit could. Both are as they were meant.
    ModelConfig(
        name="li2017",
        source="Li 2017, SVHN_RNN: convolutions, then an LSTM that writes digit by digit",
        size=(54, 54),
        backbone=tuple(
            Conv(channels, kernel=5, pool=2 - index % 2, dropout=0.2)
            for index, channels in enumerate(_CHANNELS)
        ),
        head=LSTMConfig(units=64, embedding=512, hidden=(3072, 3072), dropout=0.3),
    ),
)
