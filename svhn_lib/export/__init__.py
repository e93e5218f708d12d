"""Export: trained nets as ONNX files, in float32 or int8, which other runtimes read.

Names are loaded when they are first used, so that the package itself costs no PyTorch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from svhn_lib._lazy import lazy

if TYPE_CHECKING:
    from svhn_lib.export.files import export_model
    from svhn_lib.export.graphs import OPSET, graph_of

__all__ = ["OPSET", "export_model", "graph_of"]
_HOMES = {"OPSET": "graphs", "export_model": "files", "graph_of": "graphs"}
__getattr__ = lazy(__name__, _HOMES)
