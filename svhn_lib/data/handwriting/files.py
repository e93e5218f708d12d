"""Files of single digits read whole: MNIST's IDX format and the `.mat` files of SVHN's Format 2.

Which of them a chapter works on, and what is done to the digits, is decided in `digits`.
"""

import gzip
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_GZIP = b"\x1f\x8b"
_UNSIGNED_BYTE = 8  # the type code of IDX that MNIST uses
_KINDS = {1: "labels", 3: "pictures"}
_AGAIN = "copy or download it again"


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """Read an IDX file of bytes, gzipped or not (LeCun et al. 1998, the MNIST page).

    Args:
        path: such as train-images-idx3-ubyte.gz; whether it is gzipped is seen from its bytes.
        dimensions: 3 for pictures (N, height, width), 1 for labels (N,).

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no such IDX file, or has fewer or more bytes than its header says.
    """
    wanted = _KINDS.get(dimensions, f"{dimensions} dimensions")
    data = _unpacked(path)
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] != _UNSIGNED_BYTE:
        raise ValueError(f"{path}: not an IDX file of bytes; {_AGAIN}")
    if data[3] != dimensions:
        found = _KINDS.get(data[3], f"{data[3]} dimensions")
        raise ValueError(f"{path}: an IDX file of {found}, not of {wanted}; are names mixed up?")
    start = 4 + 4 * dimensions
    shape = np.frombuffer(data[4:start].ljust(4 * dimensions, b"\0"), dtype=">u4").tolist()
    expected = start + int(np.prod(shape, dtype=object))  # Python's integers cannot overflow
    if len(data) != expected:
        raise ValueError(f"{path}: {len(data):,} bytes, but {expected:,} by its header; {_AGAIN}")
    return np.frombuffer(data, dtype=np.uint8, offset=start).reshape(shape)


def _unpacked(path: Path) -> bytes:
    """Read the file's bytes, gunzipped where they are gzipped."""
    data = Path(path).read_bytes()
    if not data.startswith(_GZIP):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path}: a damaged gzip file ({error}); {_AGAIN}") from error


def read_mnist(images: Path, labels: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Read pictures (N, H, W) and labels (N,) of 0 to 9, both uint8.

    Raises:
        FileNotFoundError, ValueError: as `read_idx`, and where the two do not belong together.
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
        ImportError: scipy, which reads MATLAB's files, is not installed.
        ValueError: the file is damaged or holds something else.
    """
    try:
        from scipy.io import loadmat
    except ImportError as error:
        raise ImportError(f"reading {path} needs scipy: pip install 'svhn_lib[course]'") from error
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    try:
        content = loadmat(path, variable_names=["X", "y"])
    except MemoryError:
        raise
    except Exception as error:  # loadmat has no exception of its own: a damaged file raises any
        raise ValueError(f"{path}: not a MATLAB 5 file, or damaged ({error}); {_AGAIN}") from error
    x, y = content.get("X"), content.get("y")
    if x is None or y is None or x.dtype != np.uint8 or x.ndim not in (3, 4) or x.shape[2] != 3:
        raise ValueError(
            f"{path}: not SVHN's Format 2, which holds X, uint8 (32, 32, 3, N), and y; "
            "its files are called train_32x32.mat, test_32x32.mat and extra_32x32.mat"
        )
    x, y = x.reshape(*x.shape[:3], -1), y.ravel()  # MATLAB drops the last dimension of a single one
    if len(y) != x.shape[3] or (y.size and not (y.min() >= 1 and y.max() <= 10)):
        raise ValueError(
            f"{path}: y must hold a label of 1 to 10 for each of {x.shape[3]} pictures"
        )
    pictures = np.ascontiguousarray(x.transpose(3, 0, 1, 2))
    return pictures, (y % 10).astype(np.uint8)
