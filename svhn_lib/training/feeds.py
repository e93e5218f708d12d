"""Where a run's batches come from: numbers in memory, numbers made when asked for, or shards.

A feed is a function of the step: batch n is the same whether or not the run was interrupted before
it. What is done with batches is the loop's affair.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count, islice
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from svhn_lib.data.sets.number_set import NumberSet, as_batch
from svhn_lib.data.shards.shard_set import ShardSet
from svhn_lib.training.processes import Place


class Numbers(Protocol):
    """What a run trains on: a `NumberSet`, or canvases that are rendered on demand."""

    def __len__(self) -> int:
        """Return how many numbers there are."""

    def subset(self, index: Tensor, /) -> NumberSet:
        """Return those at these positions, int64 (n,)."""


class Batch(NamedTuple):
    """The n numbers of a step, of one process; shapes as in `NumberSet`."""

    pictures: Tensor  # uint8 (n, C, H, W)
    boxes: Tensor  # float32 (n, K, 4)
    lengths: Tensor  # int64 (n,)
    digits: Tensor  # int64 (n, K)

    def to(self, device: torch.device) -> Batch:
        """Return the same on a device; to a GPU from pinned memory, without waiting for it."""
        if device.type != "cuda" or self.pictures.device.type == "cuda":
            return Batch(*(field.to(device) for field in self))
        return Batch(*(field.pin_memory().to(device, non_blocking=True) for field in self))


class Feed(Protocol):
    """Batches by step, in passes over the data."""

    batch: int  # numbers per step, of all processes together
    steps_per_epoch: int
    fingerprint: str  # of the data

    def batches(self, start: int) -> Generator[Batch, None, None]:
        """Yield this process's share of the batches of steps `start`, `start` + 1, ... for ever."""

    def examples(self, steps: int) -> int:
        """Return how many numbers all processes together see in the first `steps` steps."""


def make_feed(training: Numbers | ShardSet, batch: int, seed: int, place: Place) -> Feed:
    """Return the feed that suits the data.

    Args:
        training: numbers, or shards of them.
        batch: numbers per step, of all processes together; at most all that there are.
        seed: of their order.
        place: of this process.

    Raises:
        ValueError: there are no numbers, or the batch cannot be shared among the processes.
    """
    size = len(training)
    if size == 0:
        raise ValueError("training and validation both need at least one number")
    if (batch := min(batch, size)) % place.ranks:
        raise ValueError(
            f"a batch of {batch} cannot be shared among {place.ranks} processes: "
            f"give --batch a multiple of {place.ranks}"
        )
    if isinstance(training, ShardSet):
        return ShardFeed(training, batch, seed, place)
    return MemoryFeed(training, batch, seed, place)


class MemoryFeed:
    """Numbers by position: each pass is one seeded permutation, of which processes take turns.

    A `NumberSet` lives on the device where it fits there; else batches are made ahead, beside the
    device's work. Arguments as those of `make_feed`.
    """

    def __init__(self, numbers: Numbers, batch: int, seed: int, place: Place) -> None:
        """Bring the numbers to the device, where they fit; see the class."""
        self.batch, self.steps_per_epoch = batch, len(numbers) // batch
        self._numbers, self._seed, self._place = numbers, seed, place
        self._order = (-1, torch.empty(0, dtype=torch.int64))  # a pass and its permutation
        self.fingerprint = fingerprint(numbers)
        self._whole: Batch | None = None
        if isinstance(numbers, NumberSet):
            self._whole = Batch(numbers.pictures, numbers.boxes, numbers.lengths, numbers.digits)
            if self._resident():
                self._whole = self._whole.to(place.device)

    def batches(self, start: int) -> Generator[Batch, None, None]:
        """Yield batches from step `start` on; see `Feed`."""
        made = (self._take(self.indices(step)) for step in count(start))
        if self._place.device.type == "cpu" or self._resident():
            return made
        return ahead(made)

    def examples(self, steps: int) -> int:
        """Return how many numbers are seen in the first steps; see `Feed`."""
        return steps * self.batch

    def indices(self, step: int) -> Tensor:
        """Return which numbers this process sees in a step, int64 (n,)."""
        epoch, position = divmod(step, self.steps_per_epoch)
        if epoch != self._order[0]:
            seed = (self._seed * 1_000_003 + epoch) % 2**64
            generator = torch.Generator().manual_seed(seed)
            self._order = epoch, torch.randperm(len(self._numbers), generator=generator)
        whole = self._order[1][position * self.batch : (position + 1) * self.batch]
        return whole[self._place.rank :: self._place.ranks]

    def _take(self, chosen: Tensor) -> Batch:
        if self._whole is None:
            part = self._numbers.subset(chosen)
            return Batch(part.pictures, part.boxes, part.lengths, part.digits)
        chosen = chosen.to(self._whole.pictures.device)
        pictures = as_batch(self._whole.pictures.permute(0, 2, 3, 1)[chosen])
        return Batch(pictures, *(field[chosen] for field in self._whole[1:]))

    def _resident(self) -> bool:
        device = self._place.device
        if self._whole is None or device.type != "cuda":
            return False
        if self._whole.pictures.device.type == "cuda":
            return True
        size = sum(field.numel() * field.element_size() for field in self._whole)
        return size < torch.cuda.mem_get_info(device)[0] / 2


class ShardFeed:
    """Numbers out of tar shards, streamed: never more than a buffer of them in memory.

    The last batch of a pass is smaller; one of a single number, which batch norm could not take,
    is left out.
    """

    def __init__(self, shards: ShardSet, batch: int, seed: int, place: Place) -> None:
        """Count the steps; arguments as those of `make_feed`."""
        self.batch, self._shards, self._seed, self._place = batch, shards, seed, place
        size, share = batch // place.ranks, len(shards) // place.ranks
        single = share > 1 and share % size == 1
        self.steps_per_epoch = shards.steps(size, place.ranks) - single
        self.fingerprint = shards.fingerprint

    def batches(self, start: int) -> Generator[Batch, None, None]:
        """Yield batches from step `start` on; see `Feed`."""
        size, place = self.batch // self._place.ranks, self._place
        for epoch in count(start // self.steps_per_epoch):
            skip = max(0, start - epoch * self.steps_per_epoch)
            parts = self._shards.batches(
                size, seed=self._seed, epoch=epoch, rank=place.rank, ranks=place.ranks, skip=skip
            )
            for part in islice(parts, self.steps_per_epoch - skip):
                yield Batch(part.pictures, part.boxes, part.lengths, part.digits)

    def examples(self, steps: int) -> int:
        """Return how many numbers are seen in the first steps; see `Feed`."""
        passes, further = divmod(steps, self.steps_per_epoch)
        ranks = self._place.ranks
        size, share = self.batch // ranks, len(self._shards) // ranks  # of each process
        whole = min(share, self.steps_per_epoch * size)
        return ranks * (passes * whole + further * size)


def ahead(batches: Iterator[Batch], depth: int = 2) -> Generator[Batch, None, None]:
    """Yield the same batches, made by a thread up to `depth` before they are asked for."""
    with ThreadPoolExecutor(1) as thread:
        waiting = deque(thread.submit(next, batches, None) for _ in range(depth))
        try:
            while (batch := waiting.popleft().result()) is not None:
                waiting.append(thread.submit(next, batches, None))
                yield batch
        finally:
            thread.shutdown(cancel_futures=True)


def fingerprint(numbers: Numbers) -> str:
    """Return what tells one set from another: a hash of its labels and of 64 of its pictures."""
    sample = torch.linspace(0, len(numbers) - 1, min(64, len(numbers))).long()
    part = numbers.subset(sample)
    labels = numbers.digits if isinstance(numbers, NumberSet) else part.digits
    return digest({"pictures": part.pictures, "digits": labels}, str(len(numbers)))


def digest(tensors: Mapping[str, Tensor], text: str = "") -> str:
    """Return a hash of a text, and of tensors with their names, types and shapes."""
    found = hashlib.blake2b(text.encode(), digest_size=16)
    for name, value in sorted(tensors.items()):
        found.update(f"\0{name} {value.dtype} {tuple(value.shape)}\0".encode())
        found.update(
            value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes()
        )
    return found.hexdigest()
