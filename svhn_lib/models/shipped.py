"""Where weights are: those that come with the library, by name, and files of one's own."""

from __future__ import annotations

from pathlib import Path

SHIPPED = Path(__file__).parent.parent / "weights"
"""The folder of the weights that come with the library."""


def is_shipped(name: str | Path, suffix: str = ".safetensors") -> bool:
    """Return whether weights of this name come with the library.

    Example:
        >>> is_shipped("compact"), is_shipped("runs/compact")
        (True, False)
    """
    return str(name) in {file.stem for file in SHIPPED.glob(f"*{suffix}")}


def weights_file(name_or_path: str | Path, suffix: str = ".safetensors") -> Path:
    """Return the file of weights: shipped ones by name, or the file that is named.

    Args:
        name_or_path: name of shipped weights, or a file.
        suffix: '.safetensors', or '.onnx' for weights that are read without PyTorch.

    Raises:
        FileNotFoundError: neither shipped weights nor a file are called so.

    Example:
        >>> weights_file("compact").name
        'compact.safetensors'
    """
    if is_shipped(name_or_path, suffix):
        return SHIPPED / f"{name_or_path}{suffix}"
    path = Path(name_or_path)
    if not path.is_file():
        names = ", ".join(sorted(file.stem for file in SHIPPED.glob(f"*{suffix}")))
        raise FileNotFoundError(
            f"{path}: no such weights; name a {suffix} file, or what comes with the "
            f"library: {names}"
        )
    return path
