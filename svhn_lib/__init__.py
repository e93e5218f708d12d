"""Read house numbers from street-view pictures: a small library and a course of notebooks.

The names below are loaded when they are first used (PEP 562), so that a bare `import svhn_lib`
costs no PyTorch. Each wing (`data`, `models`, `reading`, `analysis`, ...) offers more of its own.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from svhn_lib._lazy import lazy

if TYPE_CHECKING:
    from svhn_lib.data.cutting.crops import CropSettings
    from svhn_lib.data.prepare import load_crops, prepare
    from svhn_lib.data.sets.store import read_store
    from svhn_lib.data.street import render_split
    from svhn_lib.labels import decode, encode
    from svhn_lib.metrics import score
    from svhn_lib.models.zoo import create_model, list_models, load_model, save_model
    from svhn_lib.reading.batches import BatchReader
    from svhn_lib.reading.reader import Reader
    from svhn_lib.training import TrainSettings, train

__version__ = "0.1.0"
# PyTorch's threads wait for each other after every layer. Where nothing is said they do so in a
# busy loop, and on a machine with other work to do they stand in their own way: a small net becomes
# thirty times slower (benchmarks/reading.py). OpenMP reads this when PyTorch is first imported, so
# a program that imports it before this package sets it itself.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
_HOMES = {
    "BatchReader": "reading.batches",
    "CropSettings": "data.cutting.crops",
    "Reader": "reading.reader",
    "TrainSettings": "training",
    "create_model": "models.zoo",
    "decode": "labels",
    "encode": "labels",
    "list_models": "models.zoo",
    "load_crops": "data.prepare",
    "load_model": "models.zoo",
    "prepare": "data.prepare",
    "read_store": "data.sets.store",
    "render_split": "data.street",
    "save_model": "models.zoo",
    "score": "metrics",
    "train": "training",
}
__all__ = [
    "BatchReader",
    "CropSettings",
    "Reader",
    "TrainSettings",
    "__version__",
    "create_model",
    "decode",
    "encode",
    "list_models",
    "load_crops",
    "load_model",
    "prepare",
    "read_store",
    "render_split",
    "save_model",
    "score",
    "train",
]
__getattr__ = lazy(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
