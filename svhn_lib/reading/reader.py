"""A picture in, its number out, with probabilities: the trained net behind one small class.

A picture must be cut to its number already; where a number is in a whole photo is not looked for.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from svhn_lib.models.zoo import load_model
from svhn_lib.reading.answers import ONE_VIEW_ONLY, answer
from svhn_lib.reading.framings import framings
from svhn_lib.reading.inputs import Crop, Picture, check_crops, to_crop
from svhn_lib.reading.record import Answer
from svhn_lib.settings import checked_device

CANDIDATES = 3
LEAST_CERTAINTY = 0.37
"""Below this geometric mean of an answer's probabilities, length and digits, there is no number."""

_BATCH = 64
_LIBRARY = str(Path(__file__).resolve().parents[1])


class WholePhotoWarning(UserWarning):
    """A picture looks like a whole photo, in which the number would have to be found first."""


class Reader:
    """A trained net that reads pictures.

    A picture without a number is told by the mean certainty of the most probable answer: the
    geometric mean of the probabilities of its length and of each of its digits, so that long
    numbers are not taken for doubtful ones. Where it is below `LEAST_CERTAINTY`, the number is
    None; the candidates stay. The bound was chosen with the shipped weights: pictures of one
    colour, noise and bricks lie below it, as do 0 of 374 real and 7 of 4,949 rendered numbers that
    they read rightly.

    Attributes:
        net: the network, in evaluation mode.
        framings: how a number is cut for it, once for each view.

    Example:
        >>> reader = Reader()
        >>> wall = np.full((64, 64, 3), 128, np.uint8)
        >>> reader.read(wall).number is None
        True
    """

    def __init__(
        self,
        model: str | Path = "compact",
        device: str | torch.device | None = None,
        views: int = 1,
    ) -> None:
        """Load shipped weights by name, or a `*.safetensors` file, onto a GPU where there is one.

        Args:
            model: name of shipped weights, or a file.
            device: as PyTorch names it; None for a GPU where there is one.
            views: framings of each number that are read and averaged, see
                `svhn_lib.reading.framings`; each costs as much as the first.

        Raises:
            FileNotFoundError: neither shipped weights nor a file are called so.
            ValueError: the file is damaged or not one of ours, there is no such device, or the net
                cannot average so many views.
        """
        self.net = load_model(model).to(checked_device(device))
        if views > 1 and self.net.config.autoregressive:
            raise ValueError(f"{model} {ONE_VIEW_ONLY}")
        self.framings = framings(self.net.crop, views)

    def read(self, picture: Picture, *, cropped: bool = False) -> Answer:
        """Read one picture; arguments and errors are those of `read_many`."""
        return self.read_many([picture], cropped=cropped)[0]

    def read_many(
        self, pictures: Picture | Iterable[Picture], *, cropped: bool = False
    ) -> list[Answer]:
        """Read pictures, each already cut to its number with a margin of about 15 % on every side.

        A picture's answer does not depend on the others. All are resized to the net's own size the
        way training crops are, so they need not be square; large JPEGs are shrunk while they are
        decoded, and one whole picture is in memory at a time.

        Args:
            pictures: paths, PIL images, uint8 arrays (H, W, 3) or (H, W), or uint8 tensors
                (3, H, W) or (1, H, W). A path, an image or an array alone is one picture.
            cropped: the pictures are known to be cut, so that large ones give no
                `WholePhotoWarning`.

        Returns:
            An answer for each picture, in their order.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: a file is damaged or no picture, or an array of another kind. The message
                names the file, or the picture by its place.
        """
        answers = []
        for found in self.read_each(pictures, cropped=cropped):
            if isinstance(found, Exception):
                raise found
            answers.append(found)
        return answers

    def read_each(
        self, pictures: Picture | Iterable[Picture], *, cropped: bool = False
    ) -> Iterator[Answer | OSError | ValueError]:
        """Yield the answers of `read_many` as they come; for a picture that is none its error."""
        waiting = enumerate(_each(pictures))
        while batch := list(islice(waiting, _BATCH)):
            crops = [self._crop(place, picture, cropped) for place, picture in batch]
            good = [crop.pixels for crop in crops if isinstance(crop, Crop)]
            answers = iter(self._answers(good))
            for crop in crops:
                yield next(answers) if isinstance(crop, Crop) else crop

    def read_crops(self, crops: Tensor) -> list[Answer]:
        """Read crops as a store holds them, uint8 (N, C, H, W), C = 1 or 3, each as it is.

        Each is known to hold a number: the most probable one is given, however doubtful it is.
        Several views of each number, (N, V, C, H, W), are averaged.

        Raises:
            ValueError: there is none, or they are of another shape or type.
        """
        check_crops(crops)
        return answer(self.net, crops, CANDIDATES)

    def _crop(self, place: int, picture: Picture, cropped: bool) -> Crop | OSError | ValueError:
        name = picture if isinstance(picture, str | Path) else f"picture {place}"
        try:
            crop = to_crop(picture, *self.framings)
        except (OSError, ValueError) as error:
            return error if isinstance(picture, str | Path) else ValueError(f"{name}: {error}")
        if crop.looks_whole and not cropped:
            warnings.warn(f"{name}: {crop.advice}", WholePhotoWarning, stacklevel=_caller())
        return crop

    def _answers(self, crops: list[NDArray[np.uint8]]) -> list[Answer]:
        if not crops:
            return []
        pictures = torch.from_numpy(np.stack(crops)).permute(0, 1, 4, 2, 3)  # (N, V, 3, h, w)
        return [_doubted(found) for found in answer(self.net, pictures, CANDIDATES)]


def _doubted(found: Answer) -> Answer:
    """Return the answer, without its number where that is too improbable."""
    decisions = len(found.number or "") + 1
    certainty = found.probability ** (1 / decisions)
    return found if certainty >= LEAST_CERTAINTY else replace(found, number=None)


def _each(pictures: Picture | Iterable[Picture]) -> Iterable[Picture]:
    """Yield pictures; one that was given alone is not taken apart into letters or rows."""
    if isinstance(pictures, np.ndarray | Tensor):
        return list(pictures) if pictures.ndim == 4 else [pictures]
    return [pictures] if isinstance(pictures, str | Path | Image.Image) else pictures


def _caller() -> int:
    """Return the stack level of the first function outside this library, as the caller sees it."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_LIBRARY):
        level, frame = level + 1, frame.f_back
    return level
