"""Reading one picture file of any common kind into RGB bytes, with errors that say what is wrong.

What is then cut out of the picture is decided in `crops`.
"""

from __future__ import annotations

import io
import struct
import warnings
from pathlib import Path

import numpy as np
from imagecodecs import spng_decode
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF")
MAX_PIXELS = 80_000_000
"""Larger pictures are refused: a few kilobytes of PNG can unpack to any number of gigabytes."""
BACKDROP = (128, 128, 128)
"""What shows through transparent pixels: mid grey, where black and white digits both stay seen."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Chunks that change no pixel. Text, colour profile, transparency and EXIF chunks do not belong
# here: they may turn the picture, or unpack to gigabytes inside the fast decoder.
_PLAIN_CHUNKS = frozenset([b"IDAT", b"pHYs", b"gAMA", b"sRGB", b"cHRM"])


def read_picture(path: str | Path) -> NDArray[np.uint8]:
    """Read a PNG, JPEG, WebP or TIFF file as RGB, uint8 (H, W, 3), the way a viewer shows it.

    It is turned by its EXIF orientation; transparent parts show `BACKDROP`; palettes, grey, CMYK
    and 16 bits a channel become 8-bit RGB; of several pages or frames the first is read.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is empty, damaged or cut short, larger than `MAX_PIXELS`, or no picture
            of these kinds. The message names the file and says how to mend it.
    """
    data = _read_bytes(path)
    if not data:
        raise ValueError(f"{path}: the file is empty; fetch it again or leave it out")
    if _is_plain_png(data):
        width, height = struct.unpack(">II", data[16:24])
        _check_size(path, width, height)
        try:
            return spng_decode(data)
        except Exception as error:  # SpngError derives from nothing narrower
            raise ValueError(_damaged(path, error)) from error
    return _read_with_pillow(path, data)


def _read_bytes(path: str | Path) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{path}: no such picture; check the name and folder") from error
    except IsADirectoryError as error:
        raise ValueError(f"{path}: this is a folder; give a picture file") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the name
        raise ValueError(
            f"{path}: cannot be opened ({error}); check its name and rights"
        ) from error


def _is_plain_png(data: bytes) -> bool:
    """Whether this is a whole 8-bit RGB PNG without anything the fast decoder would overlook."""
    if data[:8] != _SIGNATURE or data[12:16] != b"IHDR" or data[24:26] != b"\x08\x02":
        return False
    position = 33  # past the signature and the IHDR chunk
    while (kind := data[position + 4 : position + 8]) in _PLAIN_CHUNKS:
        position += 12 + int.from_bytes(data[position : position + 4], "big")
    return kind == b"IEND"


def _read_with_pillow(path: str | Path, data: bytes) -> NDArray[np.uint8]:
    try:
        with warnings.catch_warnings():
            # Pillow warns of large pictures and odd EXIF blocks; the first we refuse ourselves,
            # the second does no harm.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                _check_size(path, *image.size)
                image.load()
                return _to_rgb(path, ImageOps.exif_transpose(image))
    except UnidentifiedImageError as error:
        raise ValueError(
            f"{path}: this is no PNG, JPEG, WebP or TIFF picture, or only the first bytes of one; "
            "convert it or fetch it again"
        ) from error
    except Image.DecompressionBombError as error:
        raise ValueError(f"{path}: {error}; shrink the picture") from error
    except _UnsuitableError:
        raise
    except Exception as error:  # decoders raise OSError, SyntaxError, struct.error and more
        raise ValueError(_damaged(path, error)) from error


class _UnsuitableError(ValueError):
    """A whole picture, but not one to be read; the message is complete."""


def _check_size(path: str | Path, width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise _UnsuitableError(
            f"{path}: {width}x{height} pixels are more than the {MAX_PIXELS:,} that are read; "
            "shrink the picture"
        )


def _to_rgb(path: str | Path, image: Image.Image) -> NDArray[np.uint8]:
    if image.mode in ("I", "F"):
        raise _UnsuitableError(f"{path}: a picture of 32 bits a pixel; save it with 8 or 16")
    if image.mode.startswith("I;16"):
        # The high byte, as Pillow itself does for colour pictures of 16 bits a channel.
        grey = (np.asarray(image) >> 8).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.new("RGBA", layer.size, (*BACKDROP, 255))
        image.alpha_composite(layer)
    return np.array(image.convert("RGB"))


def _damaged(path: str | Path, error: Exception) -> str:
    return f"{path}: the picture is damaged or cut short ({error}); fetch it again or leave it out"
