"""CPU seconds to read SVHN's training digitStruct.mat: our reader against h5py value by value.

    python benchmarks/digit_struct.py [EVERY]

Both read the same file in the same run: 33,402 records and 73,257 boxes in MATLAB's layout, written
here from the published annotations where the samples are at hand (SVHN_SAMPLES, or ../shared/data
beside the checkout), else from made-up boxes of the same numbers. h5py reads every EVERY-th record
(default 10; 1 takes a minute), and its time is that for one record times 33,402. The tables must be
identical.
"""

import argparse
import gzip
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from svhn_lib.data.matlab.digit_struct import read_digit_struct, read_plain, write_digit_struct
from svhn_lib.data.matlab.fast import FIELDS, Records

ROUNDS = 3
BOX = ["left", "top", "width", "height"]
BOXES_A_RECORD = {1: 5137, 2: 18130, 3: 8691, 4: 1434, 5: 9, 6: 1}  # in SVHN train


def published(samples: Path) -> pd.DataFrame:
    """The digit boxes of SVHN train."""
    with gzip.open(samples / "annotations" / "svhn_train_test_boxes.json.gz") as stream:
        pictures = json.load(stream)["train"]
    rows = [(p["name"], *map(int, box)) for p in pictures for box in p["boxes"]]
    table = pd.DataFrame(rows, columns=["file", "digit", "left", "top", "right", "bottom"])
    table["digit"] = (table["digit"] % 10).astype(np.int8)
    table["width"] = table.pop("right") - table["left"]
    table["height"] = table.pop("bottom") - table["top"]
    return table.astype(dict.fromkeys(BOX, np.float64))


def made_up() -> pd.DataFrame:
    """As many records and boxes as in SVHN train."""
    generator = np.random.default_rng(0)
    counts = np.repeat(list(BOXES_A_RECORD), list(BOXES_A_RECORD.values()))
    counts = generator.permutation(counts)
    names = np.array([f"{number}.png" for number in range(1, len(counts) + 1)], object)
    table = pd.DataFrame({"file": np.repeat(names, counts)})
    table["digit"] = generator.integers(0, 10, len(table)).astype(np.int8)
    table[BOX] = generator.integers(1, 300, (len(table), 4)).astype(np.float64)
    return table


def seconds(work: Callable[[], object]) -> float:
    """Processor time of this process, which others on the machine do not change much."""
    start = time.process_time()
    work()
    return time.process_time() - start


def assert_same(table: pd.DataFrame, records: Records) -> None:
    """The table's rows of these records are exactly what h5py has read."""
    rows = table[table["file"].isin(set(records.names))]
    assert rows["file"].tolist() == np.repeat(records.names, records.counts).tolist()
    assert (rows["digit"] == records.boxes[:, FIELDS.index("label")] % 10).all()
    for name in BOX:
        assert (rows[name] == records.boxes[:, FIELDS.index(name)]).all()


def main() -> None:
    """Write, read both ways, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("every", type=int, nargs="?", default=10, help="of the plain way's records")
    every = parser.parse_args().every
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    samples = Path(os.environ.get("SVHN_SAMPLES", beside))
    table = published(samples) if samples.is_dir() else made_up()
    count = table["file"].nunique()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "digitStruct.mat")
        writing = seconds(lambda: write_digit_struct(path, table))
        reading = [seconds(lambda: read_digit_struct(path)) for _ in range(ROUNDS)]
        pd.testing.assert_frame_equal(read_digit_struct(path), table, check_exact=True)
        some = range(0, count, every)
        start = time.process_time()
        records = read_plain(path, some)
        plain = (time.process_time() - start) * count / len(some)
        assert_same(table, records)
        size = path.stat().st_size / 1e6
    ours = statistics.median(reading)
    print(
        f"digitStruct.mat of {count:,} records, {len(table):,} boxes, {size:.0f} MB, from "
        f"{'the published annotations' if samples.is_dir() else 'made-up boxes'}"
    )
    print(f"written in       {writing:7.2f} s of CPU")
    print(f"read by svhn_lib {ours:7.2f} s of CPU (median of {[round(s, 2) for s in reading]})")
    print(f"read by h5py     {plain:7.2f} s of CPU (from {len(some):,} records)")
    print(f"ratio            {plain / ours:7.0f}; the tables are identical")
    packages = ", ".join(f"{name} {version(name)}" for name in ("h5py", "numpy", "pandas"))
    print(
        f"{os.cpu_count()} cores, {platform.processor() or platform.machine()}, "
        f"Python {platform.python_version()}, {packages}"
    )


if __name__ == "__main__":
    main()
