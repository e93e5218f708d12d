"""Pictures a second in training: `compact` and Goodfellow's net by our loop, the latter plainly.

    python benchmarks/training.py [--rounds 3] [--steps 12]

All train on the same random 64x64 pictures, data included. The plain way is that of
benchmarks/plain.py; our loop runs in batches of 256 with random views, as it does by default.
"""

import argparse
import os
import platform
import tempfile
import time
from dataclasses import replace
from itertools import islice
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import plain
import torch

from svhn_lib import labels, settings
from svhn_lib.data.sets.store import NumberSet
from svhn_lib.models import zoo
from svhn_lib.training import TrainSettings, train
from svhn_lib.training.presets import PRESETS

USUAL = TrainSettings(log_every=10**6)
PRESET = replace(PRESETS["goodfellow2014"], log_every=10**6, patience=0)


def make_set(count: int) -> NumberSet:
    generator = np.random.default_rng(0)
    pictures = generator.integers(0, 256, (count, 64, 64, 3), dtype=np.uint8)
    texts = [str(number) for number in generator.integers(1, 1000, count)]
    boxes = torch.full((count, labels.MAX_DIGITS, 4), torch.nan)
    for row, text in enumerate(texts):
        edges = torch.linspace(8, 56, len(text) + 1)
        for i in range(len(text)):
            boxes[row, i] = torch.tensor([edges[i], 16.0, edges[i + 1], 48.0])
    table = pd.DataFrame({"file": [f"{i + 1}.png" for i in range(count)], "number": texts})
    batch = torch.from_numpy(pictures).permute(0, 3, 1, 2)
    return NumberSet(batch, *labels.encode(texts), boxes, table)


def by_our_loop(model: str, chosen: TrainSettings, numbers: NumberSet, steps: int) -> float:
    """Pictures a second, without the first two steps and the validation at the end."""
    at: list[float] = []
    chosen = replace(chosen, steps=steps + 2, evaluate_every=steps + 2)

    def progress(done: int, total: int) -> None:
        if torch.cuda.is_available() and done in (2, total):
            torch.cuda.synchronize()  # what was asked for is not yet done
        at.append(time.perf_counter())

    net = zoo.create_model(model).to(settings.read().device)
    with tempfile.TemporaryDirectory() as folder:
        train(
            net, numbers, numbers.subset(list(range(64))), Path(folder), chosen, progress=progress
        )
    return steps * chosen.batch / (at[-1] - at[1])


def plainly(numbers: NumberSet, steps: int) -> float:
    seconds = list(
        islice(plain.train(plain.make_net().to(settings.read().device), numbers), steps + 2)
    )[2:]
    return steps * plain.BATCH / sum(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=12, help="of our loop; 4 times as many of 32")
    arguments = parser.parse_args()
    print(
        f"{platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    numbers, steps = make_set(4096), arguments.steps
    ways = {
        "goodfellow2014, plainly": lambda: plainly(numbers, 2 * steps),
        "goodfellow2014, our loop, batch 32": lambda: by_our_loop(
            "goodfellow2014", PRESET, numbers, 2 * steps
        ),
        "compact, our loop, batch 256": lambda: by_our_loop("compact", USUAL, numbers, steps),
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(arguments.rounds):  # in turns, so that other load falls on all alike
        for name, way in ways.items():
            rates[name].append(way())
    base = rates["goodfellow2014, plainly"]
    for name, reached in rates.items():
        ratios = sorted(a / b for a, b in zip(reached, base, strict=True))
        print(
            f"{name}: {median(reached):.0f} pictures/s, {median(ratios):.1f} times the plain way "
            f"({ratios[0]:.1f} to {ratios[-1]:.1f})"
        )


if __name__ == "__main__":
    main()
