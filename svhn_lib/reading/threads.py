"""How many of PyTorch's threads read: one for few pictures and for decoding, all for batches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

SMALL_BATCH = 16
"""Batches of fewer pictures gain nothing by more threads than one."""


@contextmanager
def threads_for(pictures: int) -> Iterator[None]:
    """Let one thread of PyTorch work on a small batch; their number is put back at the end.

    Threads that wait for each other after every layer of a small net gain nothing on an idle
    machine and stand in their own way on a busy one; `benchmarks/reading.py` measures both. It
    also serves as a decorator.

    Args:
        pictures: in the batch; from `SMALL_BATCH` on, the number of threads is left alone.

    Example:
        >>> with threads_for(1):
        ...     torch.get_num_threads()
        1
    """
    threads = torch.get_num_threads()
    if pictures >= SMALL_BATCH or threads == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
