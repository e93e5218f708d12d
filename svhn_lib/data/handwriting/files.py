"""Files of single digits, read whole: MNIST's IDX format and the `.mat` files of SVHN's Format 2.

Which of them a chapter works on, and what is done to the digits, is decided in `digits`.
"""

import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from svhn_lib.data.handwriting.matlab5 import MOST_PACKED, read_arrays

_GZIP = b"\x1f\x8b"
_UNSIGNED_BYTE = 8  # the type code of IDX that MNIST uses
_KINDS = {1: "labels", 3: "pictures"}
_AGAIN = "copy or download it again"


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """Read an IDX file of bytes, gzipped or not (LeCun et al. 1998, the MNIST page).

    Args:
        path: a file such as train-images-idx3-ubyte.gz; its bytes tell whether it is gzipped.
        dimensions: 3 for pictures (N, height, width), 1 for labels (N,).

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no such IDX file, or has fewer or more bytes than its header says.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "labels"
        >>> _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 2, 7, 9]))
        >>> read_idx(path, 1).tolist()
        [7, 9]
    """
    wanted = _KINDS.get(dimensions, f"{dimensions} dimensions")
    with _opened(path) as (file, most):
        kind = file.read(4)
        if len(kind) < 4 or kind[:2] != b"\0\0" or kind[2] != _UNSIGNED_BYTE:
            raise ValueError(f"{path}: not an IDX file of bytes; {_AGAIN}")
        if kind[3] != dimensions:
            found = _KINDS.get(kind[3], f"{kind[3]} dimensions")
            raise ValueError(
                f"{path}: an IDX file of {found}, not of {wanted}; are names mixed up?"
            )
        header = file.read(4 * dimensions)
        if len(header) < 4 * dimensions:
            raise ValueError(f"{path}: cut short in its header; {_AGAIN}")
        shape = np.frombuffer(header, dtype=">u4").tolist()
        expected = int(np.prod(shape, dtype=object))  # Python's integers cannot overflow
        data = file.read(expected + 1) if expected <= most else b""
    if len(data) != expected:
        raise ValueError(f"{path}: not the {expected:,} bytes that its header promises; {_AGAIN}")
    return np.frombuffer(data, dtype=np.uint8).reshape(shape)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    """Open a file, through gzip where it is gzipped, with the most bytes that can be in it."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        packed = file.read(2) == _GZIP
        file.seek(0)
        if not packed:
            yield file, size
            return
        try:
            with gzip.open(file) as unpacked:
                yield cast(BinaryIO, unpacked), size * MOST_PACKED
        except (OSError, EOFError, zlib.error) as error:
            raise ValueError(f"{path}: a damaged gzip file ({error}); {_AGAIN}") from error


def read_mnist(images: Path, labels: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Read pictures (N, H, W) and labels (N,) of 0 to 9, both uint8.

    Args:
        images: the IDX file of the pictures.
        labels: the IDX file of their labels.

    Raises:
        FileNotFoundError: one of them is not there.
        ValueError: one of them is damaged, or the two do not belong together.
    """
    pictures, classes = read_idx(images, 3), read_idx(labels, 1)
    if len(pictures) != len(classes):
        raise ValueError(
            f"{images} has {len(pictures):,} pictures, but {labels} {len(classes):,} labels; "
            "take both from one set"
        )
    if classes.size and classes.max() > 9:
        raise ValueError(f"{labels}: a label {classes.max()}; digits are 0 to 9")
    return pictures, classes


def read_format2(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Read SVHN's cropped digits: pictures (N, H, W, 3) and labels (N,) of 0 to 9, both uint8.

    The file (Netzer et al. 2011, Format 2) is of MATLAB's version 5 and holds X (H, W, 3, N) and y,
    where 10 stands for the digit 0; it becomes 0 here and nowhere else.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged or holds something else.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    try:
        content = read_arrays(path, {"X", "y"})
    except (ValueError, MemoryError) as error:
        problem = error if str(error) else "larger than the memory"
        raise ValueError(
            f"{path}: not a MATLAB 5 file, or damaged ({problem}); {_AGAIN}"
        ) from error
    x, y = content.get("X"), content.get("y")
    if x is None or y is None or x.dtype != np.uint8 or x.ndim not in (3, 4) or x.shape[2] != 3:
        raise ValueError(
            f"{path}: not SVHN's Format 2, which holds X, uint8 (32, 32, 3, N), and y; "
            "its files are called train_32x32.mat, test_32x32.mat and extra_32x32.mat"
        )
    x, y = x.reshape(*x.shape[:3], -1), y.ravel()  # MATLAB drops the last dimension of a single one
    if len(y) != x.shape[3] or not np.isin(y, np.arange(1, 11)).all():
        raise ValueError(
            f"{path}: y must hold a label of 1 to 10 for each of {x.shape[3]} pictures"
        )
    pictures = np.ascontiguousarray(x.transpose(3, 0, 1, 2))
    return pictures, (y % 10).astype(np.uint8)
