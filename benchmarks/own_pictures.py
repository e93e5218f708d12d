"""What some pictures of one's own bring: the shipped weights trained further on 100, 300, 1,000 ...

    python benchmarks/own_pictures.py LABELS.csv --test TEST.csv [--counts 100 300]

LABELS.csv and TEST.csv are `file,number,left,top,right,bottom`. The first --counts rows of
LABELS.csv, in an order drawn once, are what people have: `svhn data prepare` makes a store of them
and `svhn train --weights` goes on from the shipped weights, with the options of --options. Printed
for each TEST.csv, whose pictures must be others: whole-number accuracy before and after with
Wilson's interval, the difference with its paired bootstrap interval, and how many numbers were won
and lost. A count beyond the table takes all of it. The weights are thrown away, unless --keep names
a folder for them; runs that are there already are not done again.
"""

import argparse
import os
import platform
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch

from svhn_lib.data.cutting.crops import CropSettings
from svhn_lib.data.prepare import load_crops
from svhn_lib.metrics import bootstrap_difference, wilson_interval
from svhn_lib.models import NumberNet, load_model
from svhn_lib.reading.answers import answer
from svhn_lib.reading.framings import framings, side_by_side

OPTIONS = "--learning-rate 1e-3 --epochs 20 --average 0.98"


class Test(NamedTuple):
    """Numbers to be read: their labels, and views of each, uint8 (N, V, 3, H, W)."""

    name: str
    numbers: list[str]
    views: torch.Tensor

    def right(self, net: NumberNet) -> list[bool]:
        answers = answer(net, self.views)
        return [a.number == b for a, b in zip(answers, self.numbers, strict=True)]


def load_test(path: Path, ways: tuple[CropSettings, ...]) -> Test:
    framed = [load_crops(path, way) for way in ways]
    views = side_by_side([each.pictures for each in framed])
    return Test(path.stem, framed[0].numbers, views)


def svhn(*arguments: object) -> None:
    command = [sys.executable, "-m", "svhn_lib", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{shlex.join(command)}: {done.stderr}")


def fine_tune(labels: pd.DataFrame, folder: Path, arguments: argparse.Namespace) -> float:
    """Train on the rows of a table; the seconds that it took, 0 where it was done before."""
    if (folder / "run" / "best.safetensors").exists():
        return 0.0
    folder.mkdir(parents=True, exist_ok=True)
    labels.to_csv(folder / "labels.csv", index=False)
    store = folder / "mine.h5"
    began = time.perf_counter()
    svhn("data", "prepare", folder / "labels.csv", store, "--size", 80, "--margin", 0.625)
    svhn(
        "train", "--data", store, *(part for name in arguments.also for part in ("--data", name)),
        "--weights", arguments.weights, *shlex.split(arguments.options), "--out", folder / "run",
    )  # fmt: skip
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("labels", type=Path, metavar="LABELS.csv")
    parser.add_argument("--test", type=Path, action="append", required=True, metavar="TEST.csv")
    parser.add_argument("--counts", type=int, nargs="+", default=[100, 300, 1_000, 3_000])
    parser.add_argument("--weights", default="compact", metavar="NAME_OR_FILE")
    parser.add_argument("--options", default=OPTIONS, help=f"of svhn train, as {OPTIONS!r}")
    parser.add_argument("--also", action="append", default=[], help="a store to train on besides")
    parser.add_argument("--views", type=int, default=1, help="framings that are averaged")
    parser.add_argument("--seed", type=int, default=0, help="of the order of LABELS.csv")
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    arguments = parser.parse_args()
    print(f"{platform.machine()}, torch {torch.__version__}, load {os.getloadavg()[0]:.1f}")
    print(f"svhn train --weights {arguments.weights} {arguments.options}")
    labels = pd.read_csv(arguments.labels, dtype={"number": str})
    labels["file"] = [str((arguments.labels.parent / name).resolve()) for name in labels["file"]]
    order = np.random.default_rng(arguments.seed).permutation(len(labels))
    before = load_model(arguments.weights)
    ways = framings(before.crop, arguments.views)
    tests = [load_test(path, ways) for path in arguments.test]
    first = [test.right(before) for test in tests]
    for test, right in zip(tests, first, strict=True):
        print(f"{test.name:<22}{0:>6} pictures  {share(right)}", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        for count in sorted({min(count, len(labels)) for count in arguments.counts}):
            folder = (arguments.keep or Path(scratch)) / str(count)
            seconds = fine_tune(labels.iloc[order[:count]], folder, arguments)
            after = load_model(folder / "run" / "best.safetensors")
            for test, base in zip(tests, first, strict=True):
                right = test.right(after)
                print(
                    f"{test.name:<22}{count:>6,} pictures  {share(right)}  {gain(right, base)}  "
                    f"{seconds:.0f} s",
                    flush=True,
                )


def share(right: list[bool]) -> str:
    low, high = wilson_interval(sum(right), len(right))
    return f"{np.mean(right):.3f} ({low:.3f} to {high:.3f})"


def gain(right: list[bool], base: list[bool]) -> str:
    low, high = bootstrap_difference(right, base, seed=0)
    pairs = list(zip(right, base, strict=True))
    won, lost = sum(a > b for a, b in pairs), sum(a < b for a, b in pairs)
    return f"{np.mean(right) - np.mean(base):+.3f} ({low:+.3f} to {high:+.3f}), {won} : {lost}"


if __name__ == "__main__":
    main()
