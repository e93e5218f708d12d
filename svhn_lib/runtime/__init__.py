"""Runtimes: weights read by ONNX Runtime, without PyTorch, and which runtime is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from svhn_lib._lazy import lazy

if TYPE_CHECKING:
    from svhn_lib.runtime.choice import Backend, backend_for
    from svhn_lib.runtime.onnx_net import OnnxNet, load_onnx

__all__ = ["Backend", "OnnxNet", "backend_for", "load_onnx"]
_HOMES = {
    "Backend": "choice",
    "OnnxNet": "onnx_net",
    "backend_for": "choice",
    "load_onnx": "onnx_net",
}
__getattr__ = lazy(__name__, _HOMES)
