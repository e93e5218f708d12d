"""A picture in, its number out, with probabilities: the trained net behind one small class.

A picture must be cut to its number already; where a number is in a whole photo is not looked for.
"""

import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor

from svhn_lib.data.cutting.crops import CropSettings, cut
from svhn_lib.data.cutting.pictures import BACKDROP, read_picture
from svhn_lib.models.zoo import load_model
from svhn_lib.reading.answers import answer
from svhn_lib.reading.record import Answer
from svhn_lib.settings import checked_device

Picture: TypeAlias = str | Path | Image.Image | NDArray[np.uint8] | Tensor
SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff"))
CANDIDATES = 3
LARGEST_CROP = 640
"""A picture with a longer side, in pixels, is more likely a whole photo than a cut number."""

_BATCH = 64


class WholePhotoWarning(UserWarning):
    """A picture looks like a whole photo, in which the number would have to be found first."""


class Reader:
    """A trained net that reads pictures.

    Attributes:
        net: the network, in evaluation mode.
    """

    def __init__(
        self, model: str | Path = "compact", device: str | torch.device | None = None
    ) -> None:
        """Load shipped weights by name, or a `*.safetensors` file, onto a GPU where there is one.

        Raises:
            FileNotFoundError: neither shipped weights nor a file are called so.
            ValueError: the file is damaged or not one of ours.
        """
        self.net = load_model(model).to(checked_device(device))

    def read(self, picture: Picture, *, cropped: bool = False) -> Answer:
        """Read one picture; arguments and errors are those of `read_many`."""
        return self.read_many([picture], cropped=cropped)[0]

    def read_many(self, pictures: Sequence[Picture], *, cropped: bool = False) -> list[Answer]:
        """Read pictures, each already cut to its number with a margin of about 15 % on every side.

        A picture's answer does not depend on the others. All are resized to the net's own size the
        way training crops are, so they need not be square.

        Args:
            pictures: paths, PIL images, uint8 arrays (H, W, 3) or (H, W), or uint8 tensors
                (3, H, W) or (1, H, W).
            cropped: the pictures are known to be cut, so that large ones give no
                `WholePhotoWarning`.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: a file is damaged or no picture, or an array of another kind.
        """
        answers: list[Answer] = []
        for start in range(0, len(pictures), _BATCH):
            arrays = [to_array(picture) for picture in pictures[start : start + _BATCH]]
            if not cropped:
                for array in filter(looks_whole, arrays):
                    warnings.warn(too_large(array), WholePhotoWarning, stacklevel=2)
            answers += self._read_arrays(arrays)
        return answers

    def read_crops(self, crops: Tensor) -> list[Answer]:
        """Read crops as a store holds them, uint8 (N, C, H, W), C = 1 or 3.

        Raises ValueError where there is none.
        """
        return answer(self.net, crops, CANDIDATES)

    def _read_arrays(self, arrays: list[NDArray[np.uint8]]) -> list[Answer]:
        settings = CropSettings(size=self.net.config.size)
        crops = np.stack([cut(array, None, settings) for array in arrays])  # (N, H, W, 3)
        pictures = torch.from_numpy(crops).permute(0, 3, 1, 2)
        return answer(self.net, pictures, CANDIDATES)


def list_pictures(folder: str | Path) -> list[Path]:
    """Return the pictures of a folder, known by their suffix, 2.png before 10.png.

    Folders in it and hidden files are left out.
    Raises OSError for what is no folder, ValueError for one without pictures.
    """
    folder = Path(folder)
    found = [
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
    ]
    if not found:
        raise ValueError(f"{folder}: no pictures in there (named {', '.join(sorted(SUFFIXES))})")
    return sorted(found, key=lambda path: _natural(path.name))


def looks_whole(picture: NDArray[np.uint8]) -> bool:
    """Whether a picture (H, W, 3) is so large that it is hardly cut to its number."""
    return max(picture.shape[:2]) > LARGEST_CROP


def to_array(picture: Picture) -> NDArray[np.uint8]:
    """Bring a picture of any kind that `Reader` takes to uint8 (H, W, 3), RGB.

    Raises FileNotFoundError or ValueError as `Reader.read_many`.
    """
    if isinstance(picture, str | Path):
        return read_picture(picture)
    if isinstance(picture, Image.Image):
        return _from_pillow(picture)
    if isinstance(picture, Tensor):
        if picture.ndim != 3 or picture.shape[0] not in (1, 3):
            raise ValueError(
                f"a tensor of shape {tuple(picture.shape)}: give (3, H, W) or (1, H, W)"
            )
        array = picture.detach().cpu().permute(1, 2, 0).numpy()
    else:
        array = np.atleast_3d(np.asarray(picture))
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] not in (1, 3) or not array.size:
        raise ValueError(
            f"a picture of {array.dtype} and shape {array.shape}: give uint8, 0 to 255, "
            "(H, W, 3) or (H, W)"
        )
    return np.ascontiguousarray(np.broadcast_to(array, (*array.shape[:2], 3)))


def _from_pillow(image: Image.Image) -> NDArray[np.uint8]:
    if image.mode.startswith(("I", "F")):
        raise ValueError(f"a PIL image of mode {image.mode}: convert it to 8 bits a channel")
    image = ImageOps.exif_transpose(image)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.new("RGBA", layer.size, (*BACKDROP, 255))
        image.alpha_composite(layer)
    return np.array(image.convert("RGB"))


def too_large(picture: NDArray[np.uint8]) -> str:
    """Say of a picture (H, W, 3) that looks whole what to do about it."""
    height, width = picture.shape[:2]
    return (
        f"{width}x{height} pixels look like a whole photo, but a picture is read as if cut to its "
        "number: cut it with a margin of 15 % on every side"
    )


def _natural(name: str) -> list[tuple[int, str]]:
    """Sort key that orders runs of digits by their value."""
    return [
        (int(part), "") if part.isdecimal() else (-1, part.casefold())
        for part in re.split(r"(\d+)", name)
    ] + [(-1, name)]
