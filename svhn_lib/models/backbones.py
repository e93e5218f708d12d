"""Convolution stacks written as tables of blocks: records in, `nn.Module` out.

A row of such a table says everything about its layers, so that an architecture can be read,
compared and stored as data. Heads and whole models live elsewhere.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Conv:
    """Convolution, batch norm, ReLU, pooling, dropout, in this order.

    An even kernel with padding adds a row and a column; the pooling of an odd map after it then
    keeps what would be cut off, as TensorFlow's 'SAME' does.
    """

    channels: int
    kernel: int = 3
    stride: int = 1
    pool: int = 0  # stride of a 2x2 max pooling, 0 for none
    pool_padding: int = 0
    dropout: float = 0.0
    norm: bool = True
    bias: bool = True
    padded: bool = True  # zeros around the map keep its size; without, it loses kernel - 1 pixels
    dropout_first: bool = False  # dropout before the pooling


@dataclass(frozen=True)
class Residual:
    """Two 3x3 convolutions with batch norm beside a shortcut (He et al. 2016, figure 2)."""

    channels: int
    stride: int = 1


Block = Conv | Residual


def _conv(row: Conv, channels: int) -> nn.Sequential:
    padding = row.kernel // 2 if row.padded else 0
    layers: list[nn.Module] = [
        nn.Conv2d(channels, row.channels, row.kernel, row.stride, padding, bias=row.bias)
    ]
    if row.norm:
        layers.append(nn.BatchNorm2d(row.channels))
    layers.append(nn.ReLU(inplace=True))
    last: list[nn.Module] = []
    if row.pool:
        last.append(nn.MaxPool2d(2, row.pool, row.pool_padding))
    if row.dropout:
        last.insert(0 if row.dropout_first else 1, nn.Dropout(row.dropout))
    return nn.Sequential(*layers, *last)


class ResidualBlock(nn.Module):
    """`Residual` as a module; it starts as its shortcut, since its last norm starts at zero."""

    def __init__(self, channels: int, row: Residual) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, row.channels, 3, row.stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(row.channels)
        self.conv2 = nn.Conv2d(row.channels, row.channels, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(row.channels)
        nn.init.zeros_(self.norm2.weight)
        self.shortcut: nn.Module = nn.Identity()
        if row.stride != 1 or row.channels != channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels, row.channels, 1, row.stride, bias=False),
                nn.BatchNorm2d(row.channels),
            )

    def forward(self, x: Tensor) -> Tensor:
        inner = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(inner)) + self.shortcut(x))


def build(blocks: tuple[Block, ...], channels: int) -> nn.Sequential:
    """The stack of `blocks` on pictures of `channels` channels: (N, C, H, W) to (N, C', H', W')."""
    layers: list[nn.Module] = []
    for row in blocks:
        layers.append(
            _conv(row, channels) if isinstance(row, Conv) else ResidualBlock(channels, row)
        )
        channels = row.channels
    return nn.Sequential(*layers)
