"""Convolution stacks made from tables of blocks: records in, `nn.Module` out.

The records are in `blocks`; heads and whole models live elsewhere.
"""

import torch
from torch import Tensor, nn

from svhn_lib.models.blocks import Block, Conv, Residual


def _conv(row: Conv, channels: int) -> nn.Sequential:
    before, after = (row.kernel - 1) // 2, row.kernel // 2
    padding = before if row.padded and before == after else 0
    layers: list[nn.Module] = []
    if row.input_dropout:
        layers.append(nn.Dropout(row.input_dropout))
    if row.padded and before != after:
        layers.append(nn.ZeroPad2d((before, after, before, after)))
    layers.append(nn.Conv2d(channels, row.channels, row.kernel, row.stride, padding, bias=row.bias))
    norm = [nn.BatchNorm2d(row.channels, momentum=row.norm_momentum)] if row.norm else []
    relu = [nn.ReLU(inplace=True)] if row.relu else []
    layers += [*relu, *norm] if row.norm_last else [*norm, *relu]
    return nn.Sequential(*layers, *_pooling(row))


def _pooling(row: Conv) -> list[nn.Module]:
    layers: list[nn.Module] = []
    if row.pool:
        if row.pool == 1 and not row.pool_padding:
            layers.append(nn.ZeroPad2d((0, 1, 0, 1)))  # 'SAME'; nothing is below 0 after a ReLU
        kind = nn.AvgPool2d if row.average else nn.MaxPool2d
        layers.append(kind(2, row.pool, row.pool_padding, ceil_mode=not row.pool_padding))
    if row.dropout:
        layers.insert(0 if row.dropout_first else len(layers), nn.Dropout(row.dropout))
    return layers


class ResidualBlock(nn.Module):
    """`Residual` as a module; it starts as its shortcut, since its last norm starts at zero."""

    def __init__(self, channels: int, row: Residual) -> None:
        """Make the layers of `row` for features of `channels` channels."""
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
        """Return features (N, row.channels, H', W') of features (N, channels, H, W)."""
        inner = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(inner)) + self.shortcut(x))


def build_backbone(blocks: tuple[Block, ...], channels: int) -> nn.Sequential:
    """Return the layers of a table of blocks.

    Args:
        blocks: rows of the table, the first nearest to the picture.
        channels: of the pictures.

    Returns:
        A stack with a module for each row; it takes float32 (N, channels, H, W) and gives float32
        (N, C', H', W').

    Example:
        >>> layers = build_backbone((Conv(8, stride=2), Residual(16, stride=2)), 3)
        >>> layers(torch.zeros(1, 3, 32, 32)).shape
        torch.Size([1, 16, 8, 8])
    """
    layers: list[nn.Module] = []
    for row in blocks:
        layers.append(
            _conv(row, channels) if isinstance(row, Conv) else ResidualBlock(channels, row)
        )
        channels = row.channels
    return nn.Sequential(*layers)


def output_size(blocks: tuple[Block, ...], height: int, width: int) -> tuple[int, int]:
    """Return height and width of the features that a table of blocks makes of pictures.

    Raises:
        ValueError: the pictures are too small for it.

    Example:
        >>> output_size((Conv(8, stride=2), Conv(16, pool=2), Residual(16)), 31, 64)
        (8, 16)
    """
    sides = [height, width]
    for row in blocks:
        sides = [_after(row, side) for side in sides]
        if min(sides) < 1:
            raise ValueError(f"pictures of {height}x{width} are too small for its backbone")
    return sides[0], sides[1]


def _after(row: Block, side: int) -> int:
    """Return what a row makes of a side in pixels; below 1 where there is too little for it."""
    if isinstance(row, Residual):
        return (side - 1) // row.stride + 1
    side = (side - (0 if row.padded else row.kernel - 1) - 1) // row.stride + 1
    if not row.pool or side < 1:
        return side
    if row.pool_padding:
        return (side + 2 * row.pool_padding - 2) // row.pool + 1
    if row.pool == 1:
        return side
    return min(-(-(side - 2) // row.pool), (side - 1) // row.pool) + 1  # none begins beyond the end
