"""Planted label errors found by the shipped reader: the least believed labels against plain ways.

    python benchmarks/suspects.py [--count 4000] [--plantings 5]

2 % of the labels of rendered numbers are made wrong as people do it; counted is the share of them
among the 2 % most suspect labels. The plain ways: wrong answers, the most confident first, and the
probability of the whole number as labelled. Cleanlab's own verdict is given with its precision and
recall. Plain streets are easy to read, the others have everything that the renderer can do.
"""

import argparse
import os
import platform
from pathlib import Path

import numpy as np
import torch

from svhn_lib import analysis, settings
from svhn_lib.data.prepare import load_crops
from svhn_lib.data.sets.number_set import NumberSet
from svhn_lib.data.street import VERSION_3, RenderSettings, render_split
from svhn_lib.models import zoo
from svhn_lib.reading.inference import predict

SHARE = 0.02
SEED = 17


def rendered(out: Path, count: int, ingredients: tuple[str, ...]) -> NumberSet:
    kind = "all" if ingredients else "plain"
    folder = out / f"suspects-{kind}-{count}-{SEED}"
    if not folder.exists():
        looks = RenderSettings(bundled_fonts=True, ingredients=ingredients)
        render_split(folder, count, SEED, looks)
    return load_crops(folder)


def whole_numbers(chances: np.ndarray, labels: list[str]) -> np.ndarray:
    """Log-probability of each label, its slots taken as independent."""
    slots = [[int(digit) for digit in text] + [10] * (5 - len(text)) for text in labels]
    picked = np.take_along_axis(chances, np.array(slots)[:, :, None], axis=2)
    return np.log(picked.clip(1e-300)).sum(axis=(1, 2))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=4_000)
    parser.add_argument("--plantings", type=int, default=5)
    parser.add_argument("--out", type=Path, default=settings.read().data_root / "benchmark")
    arguments = parser.parse_args()
    print(
        f"{platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    net = zoo.load_model("compact")
    temperature = net.temperature
    for name, ingredients in (("plain streets", ()), ("all looks", VERSION_3)):
        numbers = rendered(arguments.out, arguments.count, ingredients)
        table = analysis.examine(net, numbers)
        logits = predict(net, numbers.pictures)
        chances = analysis.slot_probabilities(logits, temperature)
        rows = []
        for seed in range(arguments.plantings):
            lies = analysis.plant_errors(numbers.numbers, SHARE, seed)
            found = analysis.label_quality(logits, lies.numbers, temperature)
            agrees = table["predicted"].to_numpy() == np.array(lies.numbers)
            orders = (
                found["quality"].to_numpy(),
                np.where(agrees, 1, -table["confidence"]),
                whole_numbers(chances, lies.numbers),
            )
            first = [np.argsort(order, kind="stable")[: lies.planted.sum()] for order in orders]
            caught = (found["suspect"] & lies.planted).sum()
            verdict = caught / found["suspect"].sum(), caught / lies.planted.sum()
            rows.append([*(lies.planted[top].mean() for top in first), *verdict])
        means, least, most = (f(rows, axis=0) for f in (np.mean, np.min, np.max))
        print(f"{name}: {len(numbers):,} numbers, {table['right'].mean():.1%} read right")
        for what, *values in zip(
            ("least believed digit", "confident mistakes", "whole number", "precision", "recall"),
            means, least, most, strict=True,
        ):  # fmt: skip
            print("  {}: {:.3f} ({:.3f}-{:.3f})".format(what, *values))


if __name__ == "__main__":
    main()
