"""`ShardSet`: numbers streamed from tar shards, shuffled, in batches, split over ranks.

The shards themselves come from `write`; how they are read is in `stream`.
"""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import islice

import numpy as np

from svhn_lib.data.sets.number_set import NumberSet
from svhn_lib.data.shards.index import (
    ShardEntry,
    ShardError,
    ShardIndex,
    index_name,
    merge_indices,
    parse_index,
)
from svhn_lib.data.shards.locations import expand_braces, file_name, sibling
from svhn_lib.data.shards.records import Record, decode_records
from svhn_lib.data.shards.shuffle import ShuffleBuffer
from svhn_lib.data.shards.stream import read_file, read_shard

__all__ = ["ShardError", "ShardSet"]

_THREADS = 2
"""Threads that unpack pictures, beside one that reads."""
_AHEAD = _THREADS + 1  # batches that are being read or are ready, before they are asked for


class ShardSet:
    """Numbers in shards that `svhn data shards` made, read as a stream.

    Only the index that lies beside the shards is read at once. Nothing in a shard is unpickled or
    run. An instance may be handed to other processes.

    Args:
        pattern: paths or http(s) URLs of shards with braces, 'data/train-{000000..000031}.tar';
            one or several, which are then one set.
        buffer: how many numbers, in their packed form, are held to shuffle them.

    Attributes:
        count: numbers in all shards.
        index: what is common to them: the shape of the pictures, how they were cut.
        fingerprint: hex, of the checksums of all shards in the order given: it tells sets apart.

    Raises:
        ValueError: no pattern, a shard named twice, pictures of different shapes.
        FileNotFoundError: an index is not there.
        ShardError: a pattern that cannot be expanded; an index that is damaged or does not name
            the shard.

    Example:
        >>> import tempfile, torch
        >>> from svhn_lib.data.handwriting import DigitSet, draw_canvases
        >>> from svhn_lib.data.sets.store import write_store
        >>> from svhn_lib.data.shards import write_shards
        >>> white = torch.full((1, 1, 28, 28), 255, dtype=torch.uint8)
        >>> sevens = DigitSet(white, torch.tensor([7]), "sevens")
        >>> numbers = draw_canvases("strip", sevens, 5, np.random.default_rng(0)).render()
        >>> folder = tempfile.mkdtemp()
        >>> write_store(f"{folder}/train.h5", numbers)
        >>> shards = ShardSet(write_shards(f"{folder}/train.h5", folder, size=3).pattern)
        >>> [batch.numbers for batch in shards.batches(3, seed=0, epoch=0)]
        [['77777', '77777', '77777'], ['77777', '77777']]
    """

    def __init__(self, pattern: str | Sequence[str], *, buffer: int = 4096) -> None:
        patterns = [pattern] if isinstance(pattern, str) else list(pattern)
        if buffer < 1 or not patterns:
            raise ValueError("shards need at least one pattern and a buffer of 1 or more")
        locations = [found for one in patterns for found in expand_braces(one)]
        if len(set(locations)) < len(locations):
            twice = next(name for name, times in Counter(locations).items() if times > 1)
            raise ValueError(f"{twice}: named twice; every shard is to be given once")
        self._buffer = buffer
        self._shards, indices = _look_up(locations)
        self.index = merge_indices(indices)
        self.count = sum(entry.count for _, entry in self._shards)
        checksums = "".join(entry.sha256 for _, entry in self._shards)
        self.fingerprint = hashlib.sha256(checksums.encode()).hexdigest()

    def __len__(self) -> int:
        return self.count

    def steps(self, size: int, ranks: int = 1) -> int:
        """Return how many batches each of the ranks gets of one pass; see `batches`.

        Raises:
            ValueError: there are fewer numbers than ranks, or `size` is below 1.
        """
        if size < 1 or not 1 <= ranks <= self.count:
            raise ValueError(
                f"{self.count} numbers cannot be given to {ranks} ranks in batches of {size}"
            )
        return -(-(self.count // ranks) // size)

    def batches(
        self, size: int, *, seed: int, epoch: int, rank: int = 0, ranks: int = 1, skip: int = 0
    ) -> Iterator[NumberSet]:
        """Yield this rank's batches of one pass, in an order fixed by seed, epoch, rank and ranks.

        The shards are put in random order, the same for all ranks, and their numbers counted
        through; rank r gets the r-th of `ranks` equal stretches (the first ones one number more
        where it does not divide), and shuffles it through the buffer. So each number goes to one
        rank; a shard is read by one rank, or by those whose stretches meet in it, so that fewer
        shards than ranks will do. To divide a rank further among worker processes, make each of
        them a rank of its own.

        Every rank gets `steps(size, ranks)` batches, so that none waits for another: full ones,
        and at the end a smaller one. The only numbers left out of a pass are those that some ranks
        would have, but not all, for one batch more: fewer than `ranks`, other ones each time, and
        none where count // ranks does not divide by `size` or count does by `ranks`.

        Args:
            size: numbers in a batch.
            seed: 0 or more, of the order.
            epoch: 0 or more; another epoch is another order.
            rank: which process asks, from 0.
            ranks: how many processes there are.
            skip: batches to leave out at the start: a pass that was stopped after `skip` batches
                goes on just as it would have. Shards that lie wholly before that are not read.

        Returns:
            An iterator of `NumberSet`. Reading and unpacking go on in threads, a few batches ahead;
            close it, or leave it to be collected, to stop early.

        Raises:
            ValueError: a rank, size or skip that cannot be.
            FileNotFoundError: a shard is not there, which is found while it runs.
            ShardError: a shard is damaged, which is found while it runs; the message names it.
        """
        steps = self.steps(size, ranks)
        if not 0 <= rank < ranks or skip < 0:
            raise ValueError(f"rank {rank} of {ranks}, {skip} batches left out: not possible")
        base, extra = divmod(self.count, ranks)
        start = rank * base + min(rank, extra)
        stop = start + base + (rank < extra)
        shards = np.random.default_rng([seed, epoch, 0]).permutation(len(self._shards))
        order = ShuffleBuffer(stop - start, self._buffer, [seed, epoch, 1 + rank])
        records = self._shuffled(shards.tolist(), start, order, skip * size)
        return _prefetched(records, self.index, size, min(stop - start, steps * size) - skip * size)

    def _shuffled(
        self, shards: list[int], start: int, order: ShuffleBuffer, skip: int
    ) -> Generator[Record]:
        """Yield one rank's records, in their order, from number `skip` of it on."""
        deque(islice(order, skip), maxlen=0)
        needed, fresh = set(order.waiting), order.fresh
        position = min(needed, default=fresh)
        held: dict[int, Record] = {}
        with closing(self._from(shards, start + position)) as stream:
            for wanted in order:
                while wanted not in held:
                    record = next(stream)
                    if position in needed or position >= fresh:  # else it was given before `skip`
                        held[position] = record
                    position += 1
                yield held.pop(wanted)

    def _from(self, shards: list[int], start: int) -> Generator[Record]:
        """Yield the records of the shards, one after another, from number `start` on."""
        for shard in shards:
            location, entry = self._shards[shard]
            if start < entry.count:
                yield from read_shard(location, entry, max(start, 0))
            start -= entry.count


def _prefetched(
    records: Generator[Record], index: ShardIndex, size: int, count: int
) -> Generator[NumberSet]:
    """Yield the first `count` records in batches, read by one thread and unpacked by others."""
    steps = max(0, -(-count // size))
    chosen = islice(records, max(0, count))
    pending: deque[Future[NumberSet]] = deque()
    reader, decoders = ThreadPoolExecutor(1), ThreadPoolExecutor(_THREADS)

    def begin_one() -> None:
        read = reader.submit(lambda: list(islice(chosen, size)))
        pending.append(decoders.submit(lambda: decode_records(read.result(), index)))

    try:
        for _ in range(min(_AHEAD, steps)):
            begin_one()
        for step in range(steps):
            batch = pending.popleft().result()
            if step + _AHEAD < steps:
                begin_one()
            yield batch
    finally:
        reader.shutdown(cancel_futures=True)
        decoders.shutdown()
        records.close()


def _look_up(locations: list[str]) -> tuple[list[tuple[str, ShardEntry]], list[ShardIndex]]:
    """Find every shard in the index beside it."""
    indices: dict[str, ShardIndex] = {}
    entries: dict[str, dict[str, ShardEntry]] = {}
    shards = []
    for location in locations:
        at = sibling(location, index_name(file_name(location)))
        if at not in indices:
            indices[at] = parse_index(at, read_file(at))
            entries[at] = {entry.name: entry for entry in indices[at].shards}
        if file_name(location) not in entries[at]:
            raise ShardError(
                f"{location}: not one of the {len(entries[at])} shards that {at} names; check the "
                "pattern of the shards"
            )
        shards.append((location, entries[at][file_name(location)]))
    return shards, list(indices.values())
