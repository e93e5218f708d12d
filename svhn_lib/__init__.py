"""Read house numbers from street-view pictures: a small library and a course of notebooks.

`Reader` is loaded at its first use, so that a bare `import svhn_lib` costs no PyTorch; everything
else is imported from its own module.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from svhn_lib.reader import Reader

__version__ = "0.1.0"
__all__ = ["Reader", "__version__"]


def __getattr__(name: str) -> Any:
    """Load the public names that need PyTorch when they are first asked for (PEP 562)."""
    if name == "Reader":
        return importlib.import_module("svhn_lib.reader").Reader
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
