"""Why a net read what it read: the pixels each digit hangs on, and training pictures like this one.

Nets with a head for each digit are explained, parallel or recurrent, with a length head or without
one; decoders that write token by token are not.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from svhn_lib.analysis.features import check_heads, embed, nearest
from svhn_lib.analysis.occlusion import saliency
from svhn_lib.data.sets.number_set import NumberSet
from svhn_lib.models.net import NumberNet
from svhn_lib.reading.answers import answer


class Neighbour(NamedTuple):
    """A training picture like the one that was read.

    Attributes:
        picture: uint8 (H, W, 3).
        number: its label.
        distance: cosine distance of the features, from 0.
        place: row of the training set.

    Example:
        >>> Neighbour(np.zeros((64, 64, 3), np.uint8), "257", 0.1, 12).number
        '257'
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

    Example:
        >>> Explanation(np.zeros((2, 64, 64), np.float32), []).saliency.shape
        (2, 64, 64)
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
        >>> import torch
        >>> from svhn_lib import load_model
        >>> pictures = torch.zeros(2, 3, 64, 64, dtype=torch.uint8)
        >>> explain = Explainer(load_model("compact"), pictures, count=3)
        >>> explanation = explain(0)  # doctest: +SKIP
        >>> explain.count
        3
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
