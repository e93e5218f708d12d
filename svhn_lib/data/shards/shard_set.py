"""`ShardSet`: numbers streamed from tar shards, shuffled, in batches, split over ranks.

The shards themselves come from `write`; how they are read is in `stream`.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import islice

import numpy as np

from svhn_lib.data.sets.number_set import NumberSet
from svhn_lib.data.shards.index import (
    Entry,
    Record,
    ShardError,
    ShardIndex,
    decode,
    index_name,
    parse_index,
)
from svhn_lib.data.shards.stream import beside, expand, name_of, read_shard, read_whole

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
        FileNotFoundError, ShardError: an index that is not there, damaged, or without the shard.
    """

    def __init__(self, pattern: str | Sequence[str], *, buffer: int = 4096) -> None:
        patterns = [pattern] if isinstance(pattern, str) else list(pattern)
        if buffer < 1 or not patterns:
            raise ValueError("shards need at least one pattern and a buffer of 1 or more")
        places = [place for one in patterns for place in expand(one)]
        if len(set(places)) < len(places):
            twice = next(place for place in places if places.count(place) > 1)
            raise ValueError(f"{twice}: named twice; every shard is to be given once")
        self._buffer = buffer
        self._shards, indices = _look_up(places)
        self.index = _common(indices)
        self.count = sum(entry.count for _, entry in self._shards)
        checksums = "".join(entry.sha256 for _, entry in self._shards)
        self.fingerprint = hashlib.sha256(checksums.encode()).hexdigest()

    def __len__(self) -> int:
        return self.count

    def steps(self, size: int, ranks: int = 1) -> int:
        """How many batches each of the ranks gets of one pass; see `batches`.

        Raises ValueError where there are fewer numbers than ranks, or `size` is below 1.
        """
        if size < 1 or not 1 <= ranks <= self.count:
            raise ValueError(
                f"{self.count} numbers cannot be given to {ranks} ranks in batches of {size}"
            )
        return -(-(self.count // ranks) // size)

    def batches(
        self, size: int, *, seed: int, epoch: int, rank: int = 0, ranks: int = 1, skip: int = 0
    ) -> Iterator[NumberSet]:
        """This rank's batches of one pass, in an order fixed by seed, epoch, rank and ranks.

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
            seed, epoch: 0 or more; another epoch is another order.
            rank, ranks: which of how many processes asks.
            skip: batches to leave out at the start: a pass that was stopped after `skip` batches
                goes on just as it would have. Shards that lie wholly before that are not read.

        Reading and unpacking go on in threads, a few batches ahead; close the iterator, or leave it
        to be collected, to stop early.
        Raises ValueError, or FileNotFoundError and ShardError naming the shard, while it runs.
        """
        steps = self.steps(size, ranks)
        if not 0 <= rank < ranks or skip < 0:
            raise ValueError(f"rank {rank} of {ranks}, {skip} batches left out: not possible")
        base, extra = divmod(self.count, ranks)
        start = rank * base + min(rank, extra)
        stop = start + base + (rank < extra)
        shards = np.random.default_rng([seed, epoch, 0]).permutation(len(self._shards))
        order = _Shuffle(stop - start, self._buffer, [seed, epoch, 1 + rank])
        records = self._shuffled(shards.tolist(), start, order, skip * size)
        return _decoded(records, self.index, size, min(stop - start, steps * size) - skip * size)

    def _shuffled(
        self, shards: list[int], start: int, order: _Shuffle, skip: int
    ) -> Generator[Record]:
        """One rank's records, in their order, from number `skip` of it on."""
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
        """The records of the shards, one after another, from number `start` on."""
        for shard in shards:
            place, entry = self._shards[shard]
            if start < entry.count:
                yield from read_shard(place, entry, max(start, 0))
            start -= entry.count


class _Shuffle:
    """The positions 0 to `count` - 1 as they leave a buffer that is refilled in rising order.

    `waiting` has those in the buffer, `fresh` is the next to enter it.
    """

    def __init__(self, count: int, buffer: int, seed: list[int]) -> None:
        self.waiting, self.fresh = list(range(min(buffer, count))), min(buffer, count)
        self._count, self._random = count, np.random.default_rng(seed)

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        if not self.waiting:
            raise StopIteration
        place = self._random.integers(len(self.waiting))
        position = self.waiting[place]
        if self.fresh < self._count:
            self.waiting[place] = self.fresh
            self.fresh += 1
        else:
            self.waiting[place] = self.waiting[-1]
            self.waiting.pop()
        return position


def _decoded(
    records: Generator[Record], index: ShardIndex, size: int, count: int
) -> Generator[NumberSet]:
    """The first `count` records in batches, read by one thread and unpacked by others."""
    steps = max(0, -(-count // size))
    chosen = islice(records, max(0, count))
    pending: deque[Future[NumberSet]] = deque()
    reader, decoders = ThreadPoolExecutor(1), ThreadPoolExecutor(_THREADS)

    def begin_one() -> None:
        read = reader.submit(lambda: list(islice(chosen, size)))
        pending.append(decoders.submit(lambda: decode(read.result(), index)))

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


def _look_up(places: list[str]) -> tuple[list[tuple[str, Entry]], list[ShardIndex]]:
    """Find every shard in the index beside it."""
    indices: dict[str, ShardIndex] = {}
    entries: dict[str, dict[str, Entry]] = {}
    shards = []
    for place in places:
        at = beside(place, index_name(name_of(place)))
        if at not in indices:
            indices[at] = parse_index(at, read_whole(at))
            entries[at] = {entry.name: entry for entry in indices[at].shards}
        if name_of(place) not in entries[at]:
            raise ShardError(
                f"{place}: not one of the {len(entries[at])} shards that {at} names; check the "
                "pattern of the shards"
            )
        shards.append((place, entries[at][name_of(place)]))
    return shards, list(indices.values())


def _common(indices: list[ShardIndex]) -> ShardIndex:
    """What several sets of shards have in common; ValueError where pictures differ in shape."""
    first = indices[0]
    for other in indices[1:]:
        if other.shape != first.shape:
            raise ValueError(
                f"shards with pictures of {first.shape} and of {other.shape} (height, width, "
                "channels) cannot be one set; prepare both alike"
            )
    columns = {
        name: kind
        for name, kind in first.columns.items()
        if all(other.columns.get(name) == kind for other in indices)
    }
    settings = first.settings if all(i.settings == first.settings for i in indices) else None
    source = first.source if all(i.source == first.source for i in indices) else ""
    return replace(first, columns=columns, settings=settings, source=source)
