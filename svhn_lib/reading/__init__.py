"""Reading: logits or tokens to numbers, and the reader that takes any picture.

Names are loaded when they are first used, so that the package itself costs no PyTorch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from svhn_lib._lazy import lazy

if TYPE_CHECKING:
    from svhn_lib.reading.answers import answer, fitted_temperature, read_and_locate
    from svhn_lib.reading.batches import BatchReader
    from svhn_lib.reading.beam import beam_search
    from svhn_lib.reading.decoding import candidates, fit_temperature, greedy, most_probable
    from svhn_lib.reading.inference import classify, predict
    from svhn_lib.reading.inputs import list_pictures
    from svhn_lib.reading.reader import Reader
    from svhn_lib.reading.record import Answer

__all__ = [
    "Answer",
    "BatchReader",
    "Reader",
    "answer",
    "beam_search",
    "candidates",
    "classify",
    "fit_temperature",
    "fitted_temperature",
    "greedy",
    "list_pictures",
    "most_probable",
    "predict",
    "read_and_locate",
]
_HOMES = {
    "Answer": "record",
    "BatchReader": "batches",
    "Reader": "reader",
    "answer": "answers",
    "beam_search": "beam",
    "candidates": "decoding",
    "classify": "inference",
    "fit_temperature": "decoding",
    "fitted_temperature": "answers",
    "greedy": "decoding",
    "list_pictures": "inputs",
    "most_probable": "decoding",
    "predict": "inference",
    "read_and_locate": "answers",
}
__getattr__ = lazy(__name__, _HOMES)
