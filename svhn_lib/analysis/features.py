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

    Example:
        >>> Nearest(np.array([[4, 2]]), np.array([[0.1, 0.3]], np.float32)).places[0, 0]
        np.int64(4)
    """

    places: NDArray[np.int64]
    distances: NDArray[np.float32]


def embed(net: NumberNet, pictures: Tensor, batch: int = 256) -> Tensor:
    """Return what the digit heads of a net see of each picture.

    Where each digit has a classifier with inputs of its own, as after an unrolled GRU, these
    stand side by side.

    Args:
        net: with a head for each digit.
        pictures: uint8 (N, C, H, W), C = 1 or 3.
        batch: pictures at a time.

    Returns:
        float32 (N, F) on the CPU.

    Raises:
        ValueError: there is no picture, or the net writes token by token.

    Example:
        >>> from svhn_lib import load_model
        >>> pictures = torch.zeros(2, 3, 64, 64, dtype=torch.uint8)
        >>> len(embed(load_model("compact"), pictures))
        2
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
    """Find the training pictures nearest to each of N pictures, by cosine distance.

    How strongly a picture excites the net does not count.

    Args:
        embedded: (N, F), as from `embed`.
        training: (M, F), as from `embed`.
        count: that are asked for; fewer come back where the training set is smaller.

    Example:
        >>> training = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
        >>> nearest(torch.tensor([[0.0, 5.0]]), training, 1).places.tolist()
        [[1]]
    """
    known, asked = (nn.functional.normalize(part, dim=1) for part in (training, embedded))
    found = (asked @ known.T).topk(min(count, len(known)), dim=1)
    return Nearest(found.indices.numpy(), (1 - found.values).clamp(min=0).numpy())


def first_filters(net: NumberNet) -> NDArray[np.float32]:
    """Return the weights of the first convolution, float32 (filters, channels, height, width).

    Raises:
        ValueError: the net has none.

    Example:
        >>> from svhn_lib import load_model
        >>> first_filters(load_model("compact")).shape
        (32, 3, 5, 5)
    """
    first = next((part for part in net.backbone.modules() if isinstance(part, nn.Conv2d)), None)
    if first is None:
        raise ValueError(f"{net.config.name} has no convolution, and so no filters")
    return first.weight.detach().float().cpu().numpy()


def feature_maps(net: NumberNet, picture: Tensor) -> list[NDArray[np.float32]]:
    """Return what each block of the backbone gives for a picture.

    Args:
        net: any.
        picture: uint8 (C, H, W), C = 1 or 3.

    Returns:
        For each block float32 (channels, h, w).

    Example:
        >>> from svhn_lib import load_model
        >>> maps = feature_maps(load_model("compact"), torch.zeros(3, 64, 64, dtype=torch.uint8))
        >>> maps[-1].shape
        (160, 8, 8)
    """
    maps = []
    with evaluation_mode(net):
        x = net.normalise(picture[None].to(net.device))
        for block in net.backbone:
            x = block(x)
            maps.append(x[0].float().cpu().numpy())
    return maps


def check_heads(net: NumberNet, what: str) -> None:
    """Refuse a net that writes token by token, for it has no head for each digit.

    Args:
        net: to look at.
        what: is asked of it, for the message.

    Raises:
        ValueError: the net writes token by token.
    """
    if isinstance(net.head, TokenHead):
        raise ValueError(
            f"{net.config.name} writes token by token, so it has no {what}; take a net with a head "
            "for each digit, as 'compact'"
        )
