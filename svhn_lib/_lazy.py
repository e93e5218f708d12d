"""Public names that are loaded when they are first used (PEP 562), and what they may lack."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

_TRAINING = ("cv2", "torch", "pandas", "h5py", "matplotlib", "seaborn", "rapidfuzz", "safetensors")
_TRANSFER = ("filelock", "requests", "urllib3", "braceexpand")
_EXTRAS = {
    **dict.fromkeys((*_TRAINING, *_TRANSFER), "train"),
    **dict.fromkeys(("onnx", "onnxscript"), "export"),
}


def lazy(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """Return a package's `__getattr__`: `homes` says in which of its modules a name lives."""

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        try:
            return getattr(importlib.import_module(f"{package}.{homes[name]}"), name)
        except ModuleNotFoundError as error:
            if hint := what_to_install(error):
                raise ModuleNotFoundError(f"{package}.{name}: {hint}", name=error.name) from error
            raise

    return find


def what_to_install(error: ModuleNotFoundError) -> str:
    """Return a line that says which extra brings what is missing; empty where none does."""
    missing = (error.name or "").split(".")[0]
    extra = _EXTRAS.get(missing)
    return f'{missing} is not installed: pip install "svhn_lib[{extra}]"' if extra else ""
