"""The order in which numbers leave a buffer that is refilled from a stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np


class ShuffleBuffer:
    """The positions 0 to `count` - 1 as they leave a buffer that is refilled in rising order.

    Args:
        count: how many positions there are.
        size: how many of them the buffer holds.
        seed: what the order follows from.

    Attributes:
        waiting: the positions in the buffer.
        fresh: the next position to enter it.

    Example:
        >>> sorted(ShuffleBuffer(5, size=2, seed=[0]))
        [0, 1, 2, 3, 4]
    """

    def __init__(self, count: int, size: int, seed: Sequence[int]) -> None:
        self.waiting, self.fresh = list(range(min(size, count))), min(size, count)
        self._count, self._random = count, np.random.default_rng(seed)

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        if not self.waiting:
            raise StopIteration
        slot = self._random.integers(len(self.waiting))
        position = self.waiting[slot]
        if self.fresh < self._count:
            self.waiting[slot] = self.fresh
            self.fresh += 1
        else:
            self.waiting[slot] = self.waiting[-1]
            self.waiting.pop()
        return position
