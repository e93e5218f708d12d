"""Reading one picture of any common kind into RGB bytes, with errors that say what is wrong.

Which kinds there are is told in `kinds`, what becomes of their pixels in `rgb`; what is then cut
out of the picture in `crops`.
"""

from __future__ import annotations

import os
import stat
import struct
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from svhn_lib.data.cutting import resampling
from svhn_lib.data.cutting.kinds import HEAD, is_readable, kind_of, needs
from svhn_lib.data.cutting.png import decode_plain_png, plain_png_shape
from svhn_lib.data.cutting.rgb import (
    UnsuitableError,
    check_mode,
    reduced_in_strips,
    reduction,
    to_rgb,
)

MAX_PIXELS = 80_000_000
"""Larger pictures are refused: a few kilobytes of PNG can unpack to any number of gigabytes."""
MAX_PIXELS_OF = {"WEBP": 30_000_000, "AVIF": 50_000_000, "HEIF": 50_000_000}
"""Of kinds whose decoders hold several copies: these take less than a gigabyte."""
MAX_BYTES = 1 << 30
"""Larger files are refused: `MAX_PIXELS` need less in every kind that is read."""

# Chunks that change no pixel. Text, colour profile, transparency and EXIF chunks do not belong
# here: they may turn the picture, or unpack to gigabytes inside the fast decoder.
_PLAIN_CHUNKS = frozenset([b"pHYs", b"gAMA", b"sRGB", b"cHRM"])
_NO_PICTURE = (
    "this is no PNG, JPEG, WebP, TIFF, BMP or GIF picture, or only the first bytes of one; convert "
    "it or fetch it again"
)
_STDERR = threading.Lock()
if hasattr(os, "register_at_fork"):  # a child would find the lock held, and no standard error
    os.register_at_fork(
        before=_STDERR.acquire, after_in_parent=_STDERR.release, after_in_child=_STDERR.release
    )


def read_picture(path: str | Path | bytes) -> NDArray[np.uint8]:
    """Read a picture file, or the bytes of one, as RGB, uint8 (H, W, 3), the way a viewer shows it.

    PNG, JPEG, WebP, TIFF, BMP and GIF; AVIF where Pillow has it, HEIC where pillow-heif is
    installed. What is done to the pixels is said in `to_rgb`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is empty, damaged or cut short, larger than `MAX_PIXELS`, or no picture
            of these kinds. The message names the file and says how to mend it.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "grey.gif"
        >>> Image.new("L", (4, 3), 77).save(file)
        >>> read_picture(file).shape
        (3, 4, 3)
    """
    return read_reduced(path, None)[0]


def read_reduced(
    path: str | Path | bytes, enough: int | None = None, most: int | None = None
) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """Read a picture file as `read_picture` does, large ones reduced while they are read.

    JPEGs are decoded at a half, a quarter or an eighth; whatever is still too large is averaged
    over squares of pixels, strip by strip, so that the memory needed is that of the decoder.

    Args:
        path: the file, or its bytes.
        enough: pixels that the shorter side of a reduced JPEG has at least; None for no reduction
            beyond what `most` asks for.
        most: pixels that the picture has at most; None for any number.

    Returns:
        The picture, uint8 (h, w, 3), and height and width of the whole one.

    Raises:
        OSError, ValueError: as `read_picture`.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "wide.png"
        >>> Image.new("RGB", (400, 100)).save(file)
        >>> picture, size = read_reduced(file, most=10_000)
        >>> picture.shape, size
        ((50, 200, 3), (100, 400))
    """
    name = "" if isinstance(path, bytes) else f"{path}: "
    with _opened(path) as file, decoder_errors(name):
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        head = file.read(HEAD)
        kind = _checked_kind(head, size)
        fast = resampling.has_opencv() and kind == "PNG" and head[12:16] == b"IHDR"
        if fast and head[24:26] == b"\x08\x02":  # 8-bit RGB
            width, height = struct.unpack(">II", head[16:24])
            _check_size(width, height)
            data = head + file.read() if width * height <= (most or MAX_PIXELS) else b""
            if plain_png_shape(data, _PLAIN_CHUNKS):
                with _silent_decoder(kind):
                    return decode_plain_png(data), (height, width)
        file.seek(0)
        return _read_with_pillow(file, kind, enough, most)


@contextmanager
def decoder_errors(name: str) -> Iterator[None]:
    """Turn whatever a decoder raises into a ValueError of one line that begins with `name`."""
    try:
        yield
    except UnsuitableError as error:
        raise ValueError(f"{name}{error}") from error
    except UnidentifiedImageError as error:
        raise ValueError(f"{name}{_NO_PICTURE}") from error
    except Image.DecompressionBombError as error:
        raise ValueError(f"{name}{error}; shrink the picture") from error
    except MemoryError as error:
        raise ValueError(
            f"{name}too large for the memory that is left; shrink the picture"
        ) from error
    except Exception as error:  # OSError, SyntaxError and more
        raise ValueError(
            f"{name}the picture is damaged or cut short ({error}); fetch it again or leave it out"
        ) from error


@contextmanager
def _opened(path: str | Path | bytes) -> Iterator[BinaryIO]:
    if isinstance(path, bytes):
        yield BytesIO(path)
        return
    try:
        if stat.S_ISFIFO(os.stat(path).st_mode):  # waits for a writer, and is read once only
            raise UnsuitableError("a pipe, not a file; save the picture in a file first")
        file = open(path, "rb")  # noqa: SIM115, closed below: only opening is watched here
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{path}: no such picture; check the name and folder") from error
    except IsADirectoryError as error:
        raise ValueError(f"{path}: this is a folder; give a picture file") from error
    except UnsuitableError as error:
        raise ValueError(f"{path}: {error}") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the name
        raise ValueError(
            f"{path}: cannot be opened ({error}); check its name and rights"
        ) from error
    with file:
        yield file


def _checked_kind(head: bytes, size: int) -> str:
    """Return a file's kind; what is no picture is refused before more than its head is read."""
    if not head:
        raise UnsuitableError("the file is empty; fetch it again or leave it out")
    kind = kind_of(head)
    if kind is None:
        raise UnsuitableError(_NO_PICTURE)
    if not is_readable(kind):
        raise UnsuitableError(needs(kind))
    if size > MAX_BYTES:
        raise UnsuitableError(f"{size / 1e9:.1f} GB are more than any picture that is read has")
    return kind


def _read_with_pillow(
    file: BinaryIO, kind: str, enough: int | None, most: int | None
) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    with warnings.catch_warnings():
        # Pillow warns of large pictures and odd EXIF blocks; the first we refuse ourselves, the
        # second does no harm.
        warnings.simplefilter("ignore")
        with Image.open(file, formats=(kind,)) as image:
            width, height = image.size
            _check_size(width, height, MAX_PIXELS_OF.get(kind, MAX_PIXELS))
            most = most or MAX_PIXELS
            factor = reduction(width, height, most)
            if enough or factor > 1:  # once: a second draft would forget the first
                across, down = (min(enough or side, side // factor) or 1 for side in image.size)
                image.draft(None, (across, down))
            check_mode(image)
            with _silent_decoder(kind):
                image.load()
            large = image.width * image.height > most
            picture = reduced_in_strips(image, most) if large else to_rgb(image)
    turned = (picture.shape[0] > picture.shape[1]) != (height > width)
    return picture, (width, height) if turned else (height, width)


@contextmanager
def _silent_decoder(kind: str) -> Iterator[None]:
    """Keep away from standard error what libtiff and libpng write without naming the file."""
    if kind not in ("TIFF", "PNG"):
        yield
        return
    with _STDERR:  # it is looked up under the lock: meanwhile another thread's is nowhere
        try:
            known = os.dup(2)
        except OSError:  # there is no standard error
            known = None
        if known is None:
            yield
            return
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(known, 2)
            os.close(known)


def _check_size(width: int, height: int, most: int = MAX_PIXELS) -> None:
    if width * height > most:
        raise UnsuitableError(
            f"{width}x{height} pixels are more than the {most:,} that are read of this kind; "
            "shrink the picture"
        )
