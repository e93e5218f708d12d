"""What a network that finds numbers is made of: features of several strides, and maps from them.

The network itself is `net.PlaceNet`; what its maps mean as boxes is computed in `detection`.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from svhn_lib.labels import BLANK
from svhn_lib.models.blocks import Block
from svhn_lib.models.outputs import STRIDE, Maps

REACH = 16.0
"""Pixels that a side is away from a cell where the net's own output for it is 0."""
_MOST = 6.0  # so that no distance overflows


class PlaceHead(nn.Module):
    """Features of strides 4, 8, 16, ... added up from coarse to fine (Lin et al. 2017), then maps.

    Args:
        features: channels at each stride, finest first.
        channels: of the sum.
    """

    def __init__(self, features: tuple[int, ...], channels: int) -> None:
        """Make the layers; see the class."""
        super().__init__()
        self.lateral = nn.ModuleList(nn.Conv2d(width, channels, 1) for width in features)
        self.smooth = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(channels, channels, 3, padding=1, bias=False),
                nn.BatchNorm2d(channels),
                nn.ReLU(inplace=True),
            )
            for _ in features[:-1]
        )
        self.maps = nn.Conv2d(channels, 8 + BLANK + 1, 1)
        assert self.maps.bias is not None
        nn.init.constant_(self.maps.bias[:1], -4.0)  # numbers are rare (Lin et al. 2017, 4.1)

    def forward(self, features: list[Tensor]) -> Maps:
        """Return the maps of features (N, C_i, H_i, W_i), finest first."""
        merged = self.lateral[-1](features[-1])
        for level in reversed(range(len(features) - 1)):
            fine = self.lateral[level](features[level])
            merged = F.interpolate(merged, fine.shape[-2:], mode="nearest")
            merged = self.smooth[level](merged + fine)
        out = self.maps(merged).float()
        sides = REACH * out[:, 1:5].clamp(-_MOST, _MOST).exp()
        return Maps(out[:, 0], sides, out[:, 5:7], out[:, 7], out[:, 8:])


class Taps(nn.Sequential):
    """A backbone that keeps the last features at each stride from `STRIDE` on."""

    def __init__(self, layers: nn.Sequential, blocks: tuple[Block, ...]) -> None:
        """Take the layers of `blocks`, one for each."""
        super().__init__(*layers)
        self.taps, self.widths = taps(blocks)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return features of float32 (N, C, H, W), finest first."""
        kept = []
        for place, layer in enumerate(self):
            x = layer(x)
            if place in self.taps:
                kept.append(x)
        return kept


def taps(blocks: tuple[Block, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return at which rows the stride is about to change, from `STRIDE` on, and their channels.

    Raises:
        ValueError: no row has this stride.
    """
    places, widths, stride = [], [], 1
    for place, row in enumerate(blocks):
        stride *= row.stride
        last = place + 1 == len(blocks) or blocks[place + 1].stride > 1
        if last and stride >= STRIDE:
            places.append(place)
            widths.append(row.channels)
    if not places:
        raise ValueError(f"the backbone never comes to a stride of {STRIDE} pixels")
    return tuple(places), tuple(widths)
