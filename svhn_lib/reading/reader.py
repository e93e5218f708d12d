"""A picture in, its number out, with probabilities: the trained nets behind one small class.

What becomes of the places that are found in a photo is in `places`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from svhn_lib.detection.localiser import Localiser
from svhn_lib.detection.rectify import corners_of, rectified
from svhn_lib.reading.backends import Net, answers_by, load_net, logits_by
from svhn_lib.reading.decoding import answers_of
from svhn_lib.reading.framings import framings
from svhn_lib.reading.inputs import (
    MOST_PIXELS,
    Photo,
    Picture,
    checked_crops,
    is_tensor,
    to_crop,
    to_photo,
)
from svhn_lib.reading.places import GROWTH, Finds, read_photos
from svhn_lib.reading.record import ONE_VIEW_ONLY, Answer
from svhn_lib.reading.stacks import (
    LEAST_SURE,
    TEMPERATURE,
    column_logits,
    column_views,
    is_tall,
)
from svhn_lib.reading.weighing import LEAST_CERTAINTY, certainty
from svhn_lib.runtime.choice import Backend

if TYPE_CHECKING:
    import torch

CANDIDATES = 3
_BATCH = 64


class Reader:
    """A trained net that reads pictures, and one that finds the numbers in them.

    In a photo every number is found and read. `read` gives the most probable one, the further ones
    are in its `others`; `read_all` lists them all. A picture that is cut to its number already is
    read as it is with `cropped=True`.

    A cut picture without a number is told by the mean certainty of the most probable answer: the
    geometric mean of the probabilities of its length and of each of its digits, so that long
    numbers are not taken for doubtful ones. Where it is below `LEAST_CERTAINTY`, the number is
    None; the candidates stay. The bound was chosen with the shipped weights: pictures of one
    colour, noise and bricks lie below it, as do 0 of 374 real and 7 of 4,949 rendered numbers that
    they read rightly.

    Attributes:
        net: the network that reads; one of PyTorch in evaluation mode.
        localiser: that finds.
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
        localiser: str | Path | Finds = "localiser",
        backend: Backend | None = None,
    ) -> None:
        """Load shipped weights by name, or a file.

        Shipped weights and `*.onnx` files are read by ONNX Runtime on the CPU, which needs no
        PyTorch; where a program has imported PyTorch already or asks for a GPU, and for other
        files, PyTorch reads them, on a GPU where there is one.

        Args:
            model: name of shipped weights, or a `*.safetensors` or `*.onnx` file.
            device: as PyTorch names it; None for whatever there is.
            views: framings of each number that are read and averaged, see
                `svhn_lib.reading.framings`; each costs as much as the first.
            localiser: weights that find numbers, by name or file, or anything that finds them as
                `svhn_lib.detection.Localiser.find_many` does.
            backend: 'torch' or 'onnx', to have it so.

        Raises:
            FileNotFoundError: neither shipped weights nor a file are called so.
            ValueError: the file is damaged or not one of ours, there is no such device or runtime,
                or the net cannot average so many views.
        """
        self.net: Net = load_net(model, device, backend)
        if views > 1 and self.net.config.autoregressive:
            raise ValueError(f"{model} {ONE_VIEW_ONLY}")
        self.framings = framings(self.net.crop, views)
        self._growth = GROWTH[1:2] if self.net.config.autoregressive else GROWTH
        self._reads_columns = not self.net.config.autoregressive and self.net.config.max_digits > 1
        if isinstance(localiser, str | Path):
            localiser = Localiser(localiser, device, backend)
        self.localiser = localiser

    def read(self, picture: Picture, *, cropped: bool = False) -> Answer:
        """Read one picture; arguments and errors are those of `read_many`."""
        return self.read_many([picture], cropped=cropped)[0]

    def read_all(self, picture: Picture) -> list[Answer]:
        """Return every number of one photo, best first; none where there is no number.

        Raises:
            OSError, ValueError: as `read_many`.
        """
        best = self.read(picture)
        return [answer for answer in (best, *best.others) if answer.number is not None]

    def read_many(
        self, pictures: Picture | Iterable[Picture], *, cropped: bool = False
    ) -> list[Answer]:
        """Read pictures: find the numbers in each, read them, and give the most probable one.

        A picture's answer does not depend on the others. The pictures are read from their files a
        few at a time, very large ones reduced meanwhile, so that memory does not grow with their
        number: give a generator for any number of them.

        Args:
            pictures: paths, bytes of files, PIL images, uint8 arrays (H, W, 3) or (H, W), or uint8
                tensors (3, H, W) or (1, H, W). One of these alone is one picture.
            cropped: each is cut to its number with a margin of about 15 % on every side, and read
                as it is; it need not be square.

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
        return self._read_cut(pictures) if cropped else self._read_whole(pictures)

    def read_crops(self, crops: torch.Tensor | NDArray[np.uint8]) -> list[Answer]:
        """Read crops as a store holds them, uint8 (N, C, H, W), C = 1 or 3, each as it is.

        Each is known to hold a number: the most probable one is given, however doubtful it is.
        Several views of each number, (N, V, C, H, W), are averaged.

        Raises:
            ValueError: there is none, or they are of another shape or type.
        """
        return answers_by(self.net, checked_crops(crops), CANDIDATES)

    def read_boxed(
        self, picture: Picture, box: ArrayLike, standing: Answer | None = None
    ) -> Answer:
        """Read the number in a box of a picture, which is known to hold one.

        A box that is far higher than wide is also read as digits one under another, unless it is
        read surely as it stands; the more probable reading is given.

        Args:
            picture: of any kind, whole.
            box: left, top, right and bottom of the number in pixels; right and bottom exclusive.
            standing: what its crop was read as, where that is known already.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the file is damaged or no picture, or the box is none or lies outside it.

        Example:
            >>> wall = np.full((200, 90, 3), 128, np.uint8)
            >>> len(Reader().read_boxed(wall, (40, 20, 60, 120)).candidates)
            3
        """
        photo = to_photo(picture)
        height, width = photo.pixels.shape[:2]
        corners = corners_of(box) * [width / photo.width, height / photo.height]
        views = np.stack([rectified(photo.pixels, corners, way) for way in self.framings])
        standing = standing or self._answers(views[None])[0]
        corners = corners.clip(0, [width, height])
        may_be_one = self._reads_columns and is_tall(corners)
        if not may_be_one or standing.probability >= LEAST_SURE:
            return standing
        return self._read_column(photo.pixels, corners, views, standing)

    def _read_cut(
        self, pictures: Picture | Iterable[Picture]
    ) -> Iterator[Answer | OSError | ValueError]:
        waiting = enumerate(_each(pictures))
        while batch := list(islice(waiting, _BATCH)):
            crops = [self._crop(place, picture) for place, picture in batch]
            good = [crop for crop in crops if isinstance(crop, np.ndarray)]
            answers = iter(self._answers(np.stack(good)) if good else [])
            for crop in crops:
                yield crop if isinstance(crop, Exception) else _doubted(next(answers))

    def _read_whole(
        self, pictures: Picture | Iterable[Picture]
    ) -> Iterator[Answer | OSError | ValueError]:
        for batch in _batches(pictures):
            photos = [photo for photo in batch if isinstance(photo, Photo)]
            answers = iter(
                read_photos(
                    photos,
                    self.localiser,
                    self.framings,
                    self._answers,
                    self._growth,
                    self._read_column if self._reads_columns else None,
                )
            )
            for photo in batch:
                yield next(answers) if isinstance(photo, Photo) else photo

    def _crop(self, place: int, picture: Picture) -> NDArray[np.uint8] | OSError | ValueError:
        try:
            return to_crop(picture, *self.framings)
        except (OSError, ValueError) as error:
            return _named(error, place, picture)

    def _answers(self, views: NDArray[np.uint8]) -> list[Answer]:
        return answers_by(self.net, views.transpose(0, 1, 4, 2, 3), CANDIDATES)  # (N, V, 3, h, w)

    def _read_column(
        self,
        picture: NDArray[np.uint8],
        corners: NDArray[np.float64],
        views: NDArray[np.uint8],
        standing: Answer | None = None,
    ) -> Answer:
        """Read a column of digits; views (V, h, w, 3) show it as it stands.

        Where it may be a level number, `standing` is what it then says.
        """
        most = self.net.config.max_digits
        cells = column_views(picture, corners, self.net.crop, most)
        upright = logits_by(self.net, views[None].transpose(0, 1, 4, 2, 3))
        along = logits_by(self.net, cells.transpose(0, 3, 1, 2))
        logits = column_logits(upright, along, known=standing is None)
        if standing is not None and logits is upright:
            return standing
        temperature = self.net.temperature * (1 if standing is None else TEMPERATURE)
        return answers_of(logits, CANDIDATES, temperature)[0]


def _batches(
    pictures: Picture | Iterable[Picture],
) -> Iterator[list[Photo | OSError | ValueError]]:
    """Yield photos, and errors in their places, as many at once as fit `MOST_PIXELS`."""
    batch: list[Photo | OSError | ValueError] = []
    pixels = 0
    for place, picture in enumerate(_each(pictures)):
        try:
            photo = to_photo(picture)
            pixels += photo.pixels.size // 3
            batch.append(photo)
        except (OSError, ValueError) as error:
            batch.append(_named(error, place, picture))
        if len(batch) == _BATCH or pixels >= MOST_PIXELS:
            yield batch
            batch, pixels = [], 0
    if batch:
        yield batch


def _named(error: OSError | ValueError, place: int, picture: Picture) -> OSError | ValueError:
    """Return an error that names its picture: a file's does so itself."""
    return error if isinstance(picture, str | Path) else ValueError(f"picture {place}: {error}")


def _doubted(found: Answer) -> Answer:
    """Return the answer, without its number where that is too improbable."""
    sure = certainty(found.number, found.probability) >= LEAST_CERTAINTY
    return found if sure else replace(found, number=None)


def _each(pictures: Picture | Iterable[Picture]) -> Iterable[Picture]:
    """Yield pictures; one that was given alone is not taken apart into letters or rows."""
    if isinstance(pictures, np.ndarray) or is_tensor(pictures):
        return list(pictures) if pictures.ndim == 4 else [pictures]
    return [pictures] if isinstance(pictures, str | Path | bytes | Image.Image) else pictures
