"""Why a net read what it read: the pixels each digit hangs on, and training pictures like this one.

Nets with a head for each digit are explained, parallel or recurrent, with a length head or without
one; decoders that write token by token are not.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from svhn_lib.analysis.features import check_heads, embed, nearest
from svhn_lib.data.sets.number_set import NumberSet
from svhn_lib.labels import DIGITS
from svhn_lib.models.net import NumberNet
from svhn_lib.reading.answers import answer
from svhn_lib.reading.inference import evaluation_mode

_WINDOW, _STRIDE, _BLUR = 3 / 16, 1 / 16, 1 / 6  # of the picture's sides
_LEAST, _AT_ONCE = 1e-3, 64  # of the log-odds: what is less is rounding; windows at a time


class Neighbour(NamedTuple):
    """A training picture like the one that was read.

    Attributes:
        picture: uint8 (H, W, 3).
        number: its label.
        distance: cosine distance of the features, from 0.
        place: row of the training set.
    """

    picture: NDArray[np.uint8]
    number: str
    distance: float
    place: int


class Explanation(NamedTuple):
    """Why one picture was read as it was.

    Attributes:
        saliency: float32 (K, H, W), 0 to 1, in the size of the crop: for each of the K digits
            read, how much its evidence falls where the picture is blurred.
        neighbours: the nearest training pictures, nearest first; none without a training set.
    """

    saliency: NDArray[np.float32]
    neighbours: list[Neighbour]


class Explainer:
    """Explains what a net reads in one picture of a set after another.

    Args:
        net: with a head for each digit.
        pictures: uint8 (N, C, H, W), C = 1 or 3, as they are read.
        training: what the net was trained on, or a part of it, to look for neighbours in. It goes
            through the net once, when the first explanation is asked for.
        temperature: that logits are divided by.
        count: neighbours to give.

    Raises:
        ValueError: the net writes token by token.

    Example:
        >>> from svhn_lib import load_model
        >>> pictures = torch.zeros(2, 3, 64, 64, dtype=torch.uint8)
        >>> explain = Explainer(load_model("compact"), pictures)
        >>> explain(0).neighbours
        []
    """

    def __init__(
        self,
        net: NumberNet,
        pictures: Tensor,
        training: NumberSet | None = None,
        temperature: float = 1.0,
        count: int = 6,
    ) -> None:
        check_heads(net, "saliency of its digits")
        self.net, self.pictures, self.training = net, pictures, training
        self.temperature, self.count = temperature, count

    def __call__(self, place: int) -> Explanation:
        """Explain one picture.

        Args:
            place: of the picture, from 0.

        Raises:
            IndexError: there is no such picture.
        """
        picture = self.pictures[place]
        (read,) = answer(self.net, picture[None], temperature=self.temperature)
        return Explanation(saliency(self.net, picture, read.number), self._neighbours(picture))

    @cached_property
    def _embedded(self) -> Tensor:
        assert self.training is not None
        return embed(self.net, self.training.pictures)

    def _neighbours(self, picture: Tensor) -> list[Neighbour]:
        if self.training is None:
            return []
        places, distances = nearest(embed(self.net, picture[None]), self._embedded, self.count)
        found = self.training.subset(places[0])
        pictures = found.pictures.expand(-1, 3, -1, -1).permute(0, 2, 3, 1).numpy()
        return [
            Neighbour(np.ascontiguousarray(picture), number, float(distance), int(place))
            for picture, number, distance, place in zip(
                pictures, found.numbers, distances[0], places[0], strict=True
            )
        ]


def saliency(net: NumberNet, picture: Tensor, number: str | None) -> NDArray[np.float32]:
    """Find where in a picture the evidence for each digit of a number lies.

    Occlusion (Zeiler and Fergus 2014, section 4.2): a window is moved over the picture; what it
    covers is blurred, which takes strokes away and adds no edge. A map holds by how much that
    lowers the log-odds of its digit, the mean over all windows that cover a pixel, and is scaled
    to its maximum; what raises them counts as 0. Nothing is assumed about the net, unlike by
    Grad-CAM, whose mean over a map forgets the places that fully connected layers know.

    Args:
        net: with a head for each digit.
        picture: uint8 (C, H, W), C = 1 or 3.
        number: whose evidence is asked for; None for no number.

    Returns:
        float32 (K, H, W), 0 to 1, for the K digits of the number.

    Raises:
        ValueError: the number is longer than the net can say, or the net writes token by token.
        ImportError: captum is not installed.

    Example:
        >>> from svhn_lib import load_model
        >>> picture = torch.randint(0, 256, (3, 32, 32), dtype=torch.uint8)
        >>> saliency(load_model("compact"), picture, "25").shape
        (2, 32, 32)
    """
    check_heads(net, "saliency of its digits")
    height, width = picture.shape[1:]
    if not number:
        return np.zeros((0, height, width), np.float32)
    if len(number) > net.config.max_digits:
        raise ValueError(f"{net.config.name} says at most {net.config.max_digits} digits: {number}")
    given = picture[None].float()
    window, stride = (
        (len(picture), max(1, round(share * height)), max(1, round(share * width)))
        for share in (_WINDOW, _STRIDE)
    )
    with evaluation_mode(net):
        falls = _occlusion(net, given.to(net.device), number, window, stride)
    maps = falls[:, 0].clamp(min=0).cpu().numpy()  # the channels are covered together
    highest = maps.max(axis=(1, 2), keepdims=True)
    return np.divide(maps, highest, out=np.zeros_like(maps), where=highest > _LEAST)


def _occlusion(
    net: NumberNet, given: Tensor, number: str, window: tuple[int, ...], stride: tuple[int, ...]
) -> Tensor:
    """Falls of the log-odds of K digits where a picture (1, C, H, W) is blurred: (K, C, H, W)."""
    try:
        from captum.attr import Occlusion
    except ImportError as error:
        raise ImportError("saliency maps need captum: pip install 'svhn_lib[analysis]'") from error
    found: Tensor = Occlusion(lambda pictures: _log_odds(net, pictures, number)).attribute(
        given, window, stride, _blurred(given), perturbations_per_eval=_AT_ONCE
    )
    return found


def _log_odds(net: NumberNet, pictures: Tensor, number: str) -> Tensor:
    """Log-odds of each digit of a number at its position against the other nine, (N, K).

    Unlike a probability they do not stand still near 1: sure digits have evidence to lose, too.
    """
    classes = torch.tensor([int(digit) for digit in number], device=pictures.device)
    logits = net(pictures).digits.float()[:, : len(number), :DIGITS]  # (N, K, 10)
    chosen = torch.zeros_like(logits[0], dtype=torch.bool).scatter(1, classes[:, None], True)
    others = logits.masked_fill(chosen, -torch.inf).logsumexp(dim=2)
    return logits[:, chosen] - others


def _blurred(given: Tensor) -> Tensor:
    """A picture (1, C, H, W) with its strokes blurred away."""
    array = given[0].permute(1, 2, 0).cpu().numpy()
    soft = cv2.GaussianBlur(array, (0, 0), _BLUR * max(given.shape[2:]))
    soft = soft.reshape(array.shape)  # OpenCV drops a single channel
    return torch.from_numpy(soft).permute(2, 0, 1)[None].to(given.device)
