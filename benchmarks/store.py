"""Pictures a second out of a store: by index, and whole into memory; against two other layouts.

    python benchmarks/store.py [--count 33402] [--rounds 3]

The pictures are random 64x64 ones, read in random order from the page cache. The other layouts hold
the same pictures in the chunks that h5py guesses, and in chunks of 64, both with gzip; of them only
as many are read by index as take a moment. Where others use the machine, look at the pictures per
second of processor time.
"""

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import torch

from svhn_lib import labels
from svhn_lib.data.sets.store import NumberSet, StorePictures, read_store, write_store


def make_set(count: int) -> NumberSet:
    generator = np.random.default_rng(0)
    pictures = generator.integers(0, 256, (count, 64, 64, 3), dtype=np.uint8)
    texts = [str(number) for number in generator.integers(1, 1000, count)]
    table = pd.DataFrame({"file": [f"{i + 1}.png" for i in range(count)], "number": texts})
    return NumberSet(
        torch.from_numpy(pictures).permute(0, 3, 1, 2),
        *labels.encode(texts),
        torch.full((count, labels.MAX_DIGITS, 4), torch.nan),
        table,
    )


def read_each(pictures: StorePictures | h5py.Dataset, count: int) -> None:
    for index in np.random.default_rng(1).permutation(len(pictures))[:count].tolist():
        pictures[index]


def rates(work: Callable[[], object], count: int) -> tuple[float, float]:
    """Pictures per second of the clock and of processor time."""
    clock, used = time.perf_counter(), time.process_time()
    work()
    return count / (time.perf_counter() - clock), count / (time.process_time() - used)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=33_402)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    count, numbers = arguments.count, make_set(arguments.count)
    found: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path, other = Path(folder) / "store.h5", Path(folder) / "other.h5"
        few = numbers.pictures[:2048].permute(0, 2, 3, 1).numpy()
        with h5py.File(other, "w") as file:
            file.create_dataset("guessed", data=few, chunks=True, compression="gzip")
            file.create_dataset("64", data=few, chunks=(64, 64, 64, 3), compression="gzip")
        for _ in range(arguments.rounds):
            with h5py.File(other) as file:
                figures = {
                    "written": rates(partial(write_store, path, numbers), count),
                    "by index": rates(lambda: read_each(StorePictures(path), count), count),
                    "whole": rates(partial(read_store, path), count),
                    "by index, chunks of 64, gzip": rates(partial(read_each, file["64"], 99), 99),
                    "by index, guessed, gzip": rates(partial(read_each, file["guessed"], 99), 99),
                }
            for name, figure in figures.items():
                found.setdefault(name, []).append(figure)
    print(f"n = {count} pictures of 64x64, median of {arguments.rounds} rounds")
    for name, values in found.items():
        by_clock, by_processor = np.median(values, axis=0)
        print(f"{name:30}{by_clock:9,.0f} pictures/s {by_processor:9,.0f} a processor second")
    packages = ", ".join(f"{package} {version(package)}" for package in ("h5py", "numpy", "torch"))
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; "
        f"Python {platform.python_version()}, {packages}"
    )


if __name__ == "__main__":
    main()
