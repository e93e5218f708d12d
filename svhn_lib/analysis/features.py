"""What a net makes of a picture on the way to its answer: filters, feature maps, and one vector.

Which pixels an answer hangs on is found in `explain`.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from svhn_lib.models.decoders import TokenHead
from svhn_lib.models.net import NumberNet
from svhn_lib.reading.inference import evaluation_mode


class Nearest(NamedTuple):
    """The training pictures nearest to each of N pictures, the nearest first.

    Attributes:
        places: int64 (N, count), rows of the training set.
        distances: float32 (N, count), cosine distances: 0 for one direction, 1 for nothing shared.
    """

    places: NDArray[np.int64]
    distances: NDArray[np.float32]


def embed(net: NumberNet, pictures: Tensor, batch: int = 256) -> Tensor:
    """What the digit heads of a net see of each picture, float32 (N, F) on the CPU.

    Where each digit has a classifier with inputs of its own, as after an unrolled GRU, these
    stand side by side. Pictures are uint8 (N, C, H, W), C = 1 or 3.
    Raises ValueError where there is no picture, or the net writes token by token.
    """
    check_heads(net, "features of digit heads")
    if len(pictures) == 0:
        raise ValueError("no pictures to embed: give at least one")
    digits = cast(nn.Module, net.head.digits)
    classifiers = list(digits) if isinstance(digits, nn.ModuleList) else [digits]
    parts: list[Tensor] = []
    seen: list[Tensor] = []
    hooks = [
        layer.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].float().cpu()))
        for layer in classifiers
    ]
    try:
        with evaluation_mode(net):
            for part in pictures.split(batch):
                net(part.to(net.device))
                parts.append(torch.cat(seen, dim=1))
                seen.clear()
    finally:
        for hook in hooks:
            hook.remove()
    return torch.cat(parts).clone()  # leaves inference mode behind


def nearest(embedded: Tensor, training: Tensor, count: int) -> Nearest:
    """The `count` rows of `training` (M, F) nearest to each row of `embedded` (N, F).

    By cosine distance, so that how strongly a picture excites the net does not count. Fewer than
    `count` come back where the training set is smaller.
    """
    known, asked = (nn.functional.normalize(part, dim=1) for part in (training, embedded))
    found = (asked @ known.T).topk(min(count, len(known)), dim=1)
    return Nearest(found.indices.numpy(), (1 - found.values).clamp(min=0).numpy())


def first_filters(net: NumberNet) -> NDArray[np.float32]:
    """The weights of the first convolution, (filters, channels, height, width)."""
    first = next(layer for layer in net.backbone.modules() if isinstance(layer, nn.Conv2d))
    return first.weight.detach().float().cpu().numpy()


def feature_maps(net: NumberNet, picture: Tensor) -> list[NDArray[np.float32]]:
    """What each block of the backbone gives for a picture uint8 (C, H, W): (channels, h, w)."""
    maps = []
    with evaluation_mode(net):
        x = net.normalise(picture[None].to(net.device))
        for block in net.backbone:
            x = block(x)
            maps.append(x[0].float().cpu().numpy())
    return maps


def check_heads(net: NumberNet, what: str) -> None:
    """Raise ValueError for a net that writes token by token: it has no head for each digit."""
    if isinstance(net.head, TokenHead):
        raise ValueError(
            f"{net.config.name} writes token by token, so it has no {what}; take a net with a head "
            "for each digit, as 'compact'"
        )
