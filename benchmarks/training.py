"""Pictures a second in training: `compact` and Goodfellow's net by our loop, the latter plainly.

    python benchmarks/training.py [--rounds 3] [--steps 12]

All train on the same random 64x64 pictures, data included. The plain way is that of
benchmarks/plain.py; our loop runs in batches of 256 with random views, as it does by default.
Then it is said where a step's time goes in our loop: the parts are timed by the clock while it
runs, and what is in none of them (the learning rate, gradients set to none, Python) is 'the rest'.
"""

import argparse
import os
import platform
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import plain
import torch

from svhn_lib import labels, settings
from svhn_lib.data.sets.store import NumberSet
from svhn_lib.models import zoo
from svhn_lib.models.net import NumberNet
from svhn_lib.training import TrainSettings, loop, train
from svhn_lib.training.feeds import MemoryFeed
from svhn_lib.training.presets import PRESETS

PARTS = {
    "batch": (MemoryFeed, "_take"),
    "views": (loop, "training_views"),
    "forward": (NumberNet, "forward"),
    "loss": (loop, "total_loss"),
    "backward": (torch.Tensor, "backward"),
    "clipping": (torch.nn.utils, "clip_grad_norm_"),
    "optimiser": (torch.optim.AdamW, "step"),
    "average": (loop, "update_average"),
}
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


def step_parts(numbers: NumberSet, steps: int) -> dict[str, float]:
    """Milliseconds of each part of a step of `compact`, the first two steps left out."""
    spent: dict[str, list[float]] = defaultdict(list)

    def timed(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*given: Any, **named: Any) -> Any:
            began = time.perf_counter()
            result = call(*given, **named)
            if torch.is_grad_enabled():  # not in validation
                spent[name].append(time.perf_counter() - began)
            return result

        return wrapped

    with ExitStack() as stack:
        for name, (home, attribute) in PARTS.items():
            wrapper = timed(name, getattr(home, attribute))
            stack.enter_context(patch.object(home, attribute, wrapper))
        whole = 1000 * USUAL.batch / by_our_loop("compact", USUAL, numbers, steps)
    # The first calls of `backward` find out whether bfloat16 is faster here.
    parts = {name: 1000 * sum(spent[name][-steps:]) / steps for name in PARTS}
    return {**parts, "the rest": whole - sum(parts.values())}


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

    parts = step_parts(numbers, steps)
    whole = sum(parts.values())
    print(f"a step of compact, {USUAL.batch} pictures: {whole:.0f} ms")
    for name, milliseconds in parts.items():
        print(f"  {name}: {milliseconds:.1f} ms, {milliseconds / whole:.1%}")


if __name__ == "__main__":
    main()
