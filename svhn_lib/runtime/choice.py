"""Which runtime reads: PyTorch, or ONNX Runtime, which starts in a fraction of a second."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from svhn_lib.models.shipped import is_shipped

if TYPE_CHECKING:
    import torch

Backend = Literal["onnx", "torch"]
ONNX = ".onnx"


def backend_for(
    model: str | Path, device: str | torch.device | None = None, backend: str | None = None
) -> Backend:
    """Return the runtime for some weights on some device.

    PyTorch where it is imported already or where a device other than the CPU is asked for; else
    ONNX Runtime, if the weights come with the library or are an .onnx file; else PyTorch.

    Args:
        model: name of shipped weights, or a file.
        device: as PyTorch names it; None or 'auto' for whatever there is.
        backend: 'onnx' or 'torch' to have it so; None to choose.

    Raises:
        ValueError: there is no such runtime, or it cannot read these weights or on this device.

    Example:
        >>> backend_for("compact", backend="onnx")
        'onnx'
    """
    if backend not in (None, *get_args(Backend)):
        raise ValueError(f"backend {backend!r}: give 'onnx' or 'torch', or None to choose")
    is_onnx = str(model).endswith(ONNX)
    on_cpu = str(device or "auto") in ("auto", "cpu")
    if backend == "torch" and is_onnx:
        raise ValueError(f"{model}: PyTorch reads no ONNX file; name the .safetensors file")
    if backend == "onnx" or is_onnx:
        if not (is_onnx or is_shipped(model, ONNX)):
            raise ValueError(
                f"{model}: ONNX Runtime reads .onnx files: svhn export {model} OUT.onnx makes one"
            )
        if not on_cpu:
            raise ValueError(f"device {str(device)!r}: .onnx files are read on the CPU")
        return "onnx"
    if backend == "torch" or "torch" in sys.modules or not on_cpu:
        return "torch"
    return "onnx" if is_shipped(model, ONNX) else "torch"
