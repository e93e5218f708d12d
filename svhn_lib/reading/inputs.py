"""What a reader takes: a picture of any kind, checked, as a photo or a crop; a folder's pictures.

Files are read by `data.cutting.pictures`; numbers are read out of crops in `reader`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard, Union

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from svhn_lib.data.cutting.crops import CropSettings, cut
from svhn_lib.data.cutting.kinds import readable_suffixes, why_unreadable
from svhn_lib.data.cutting.pictures import decoder_errors, read_reduced
from svhn_lib.data.cutting.rgb import UnsuitableError, reduced, to_rgb

if TYPE_CHECKING:
    from torch import Tensor

Picture: TypeAlias = Union[str, Path, bytes, Image.Image, NDArray[np.uint8], "Tensor"]
"""A path, the bytes of a file, a PIL image, a uint8 array (H, W, 3) or (H, W), or a uint8 tensor
(3, H, W) or (1, H, W)."""
MOST_PIXELS = 16_000_000
"""Larger pictures are reduced while they are read: what is lost is far smaller than a digit."""
_ENOUGH = 16  # pixels of a reduced JPEG for each pixel of the crop


@dataclass(frozen=True)
class Photo:
    """A picture in which numbers are to be found.

    Attributes:
        pixels: RGB, uint8 (h, w, 3), `MOST_PIXELS` at most.
        height: of the whole picture, pixels; h or more.
        width: of the whole picture, pixels; w or more.
    """

    pixels: NDArray[np.uint8]
    height: int
    width: int


@dataclass(frozen=True)
class Folder:
    """What lies in a folder.

    Attributes:
        pictures: those that can be read here, by their names' ends, 2.png before 10.png.
        left_out: everything else with the reason, as 'note.txt (no picture by its name)'. Hidden
            files are in neither.
    """

    pictures: list[Path]
    left_out: list[str]


def to_crop(picture: Picture, *framings: CropSettings) -> NDArray[np.uint8]:
    """Bring a picture that is cut to its number to a crop, the way training crops are made.

    Args:
        picture: of any kind.
        framings: how to cut, once for each view; all of one size.

    Returns:
        RGB, uint8 (V, h, w, 3), a view of the number for each framing.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged or no picture, or an array is of another kind.

    Example:
        >>> to_crop(np.zeros((120, 90), np.uint8), CropSettings()).shape
        (1, 64, 64, 3)
    """
    if isinstance(picture, str | Path | bytes):
        array, _ = read_reduced(picture, _ENOUGH * max(framings[0].size), MOST_PIXELS)
    else:
        array = to_array(picture)
    return np.stack([cut(array, None, way) for way in framings])


def to_photo(picture: Picture) -> Photo:
    """Read a whole photo, reduced where it is very large.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged or no picture, or an array is of another kind.

    Example:
        >>> to_photo(np.zeros((120, 90), np.uint8)).pixels.shape
        (120, 90, 3)
    """
    if isinstance(picture, str | Path | bytes):
        pixels, (height, width) = read_reduced(picture, most=MOST_PIXELS)
    else:
        pixels = to_array(picture)
        height, width = pixels.shape[:2]
    return Photo(reduced(pixels, MOST_PIXELS), height, width)


def to_array(picture: Image.Image | NDArray[np.uint8] | Tensor) -> NDArray[np.uint8]:
    """Bring a picture in memory to RGB, uint8 (H, W, 3).

    Raises:
        ValueError: it is of another kind; what to give is said.

    Example:
        >>> to_array(np.zeros((2, 3), np.uint8)).shape
        (2, 3, 3)
    """
    if isinstance(picture, Image.Image):
        with decoder_errors(""):  # a file that was opened is decoded now
            if 0 in picture.size:
                raise UnsuitableError(f"a picture of {picture.width}x{picture.height} pixels")
            return to_rgb(picture)
    if is_tensor(picture):
        array, wanted = picture.detach().cpu().numpy(), "a tensor (3, H, W) or (1, H, W)"
        fits = array.ndim == 3 and array.shape[0] in (1, 3)
        array = array.transpose(1, 2, 0) if fits else array
    else:
        array, wanted = np.asarray(picture), "an array (H, W, 3) or (H, W)"
        array = array[:, :, None] if array.ndim == 2 else array
        fits = array.ndim == 3 and array.shape[2] in (1, 3)
    if not fits or array.dtype != np.uint8 or not array.size:
        kind = f"{type(picture).__name__} of {array.dtype} and shape {np.shape(picture)}"
        raise ValueError(f"no picture but {kind}: give uint8, 0 to 255, as {wanted}")
    return np.ascontiguousarray(np.broadcast_to(array, (*array.shape[:2], 3)))


def is_tensor(value: Any) -> TypeGuard[Tensor]:
    """Return whether a value is a tensor of PyTorch, which is not imported to find out.

    Example:
        >>> is_tensor(np.zeros(3))
        False
    """
    return type(value).__module__.split(".")[0] == "torch" and hasattr(value, "detach")


def checked_crops(crops: Any) -> NDArray[np.uint8]:
    """Return crops, a tensor or an array, as an array of uint8 (N, [V,] C, H, W).

    Raises:
        ValueError: they are of another type or shape, or there is none.

    Example:
        >>> checked_crops(np.zeros((2, 3, 8, 8), np.uint8)).shape
        (2, 3, 8, 8)
    """
    array = crops.detach().cpu().numpy() if is_tensor(crops) else crops
    if not isinstance(array, np.ndarray) or array.dtype != np.uint8:
        kind = getattr(crops, "dtype", type(crops).__name__)
        raise ValueError(f"crops of {kind}: give a tensor or an array of uint8, 0 to 255")
    shape = tuple(array.shape)
    if len(shape) not in (4, 5) or shape[-3] not in (1, 3) or 0 in shape:
        raise ValueError(
            f"crops of shape {shape}: give (N, 3, H, W) or (N, 1, H, W), N at least 1, or views of "
            "each number, (N, V, 3, H, W)"
        )
    return array


def list_folder(folder: str | Path) -> Folder:
    """Tell the pictures of a folder from everything else in it; folders in it are not entered.

    Raises:
        OSError: it is no folder, or cannot be opened.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> for name in ("10.png", "9.bmp", "note.txt"):
        ...     (folder / name).touch()
        >>> [path.name for path in list_folder(folder).pictures]
        ['9.bmp', '10.png']
        >>> list_folder(folder).left_out
        ['note.txt (no picture by its name)']
    """
    pictures, left_out = [], []
    for path in sorted(Path(folder).iterdir(), key=lambda path: _natural(path.name)):
        if path.name.startswith("."):
            continue
        try:
            if path.is_file() and path.suffix.lower() in readable_suffixes():
                pictures.append(path)
            else:
                left_out.append(f"{path.name} ({_why_left_out(path)})")
        except OSError as error:  # a link to where nobody may look
            left_out.append(f"{path.name} ({error.strerror})")
    return Folder(pictures, left_out)


def list_pictures(folder: str | Path) -> list[Path]:
    """Return the pictures of a folder that can be read here, 2.png before 10.png.

    Raises:
        OSError: it is no folder, or cannot be opened.
        ValueError: there are no pictures in it.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> (folder / "door.jpg").touch()
        >>> [path.name for path in list_pictures(folder)]
        ['door.jpg']
    """
    pictures = list_folder(folder).pictures
    if not pictures:
        names = ", ".join(sorted(readable_suffixes()))
        raise ValueError(f"{folder}: no pictures in there (named {names})")
    return pictures


def _why_left_out(path: Path) -> str:
    if path.is_dir():
        return "a folder"
    if path.is_symlink() and not path.exists():
        return "a link to nothing"
    if not path.is_file():
        return "no regular file"
    return why_unreadable(path)


def _natural(name: str) -> list[tuple[int, str]]:
    """Sort key that orders runs of digits by their value."""
    return [
        (int(part), "") if part.isdecimal() else (-1, part.casefold())
        for part in re.split(r"(\d+)", name)
    ] + [(-1, name)]
