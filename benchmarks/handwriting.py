"""Whole-number accuracy on canvases of handwritten digits, trained anew for each seed.

    python benchmarks/handwriting.py [--layouts centred filled scattered] [--seeds 0 1 2]

Trains `small` on canvases of which none is seen twice, laid of MNIST's training digits and of
four variations of each; 5,000 training digits are kept apart for the validation that chooses
the weights.
Tests on 10,000 canvases of MNIST's 10,000 test digits. MNIST is looked for in data/mnist and in
$SVHN_SAMPLES/mnist: `svhn data download mnist` brings it. Takes 10 to 25 minutes of one core a run.
"""

import argparse
import os
import platform
import tempfile
import time
from pathlib import Path
from statistics import mean
from typing import NamedTuple

import numpy as np
import torch
from tqdm import tqdm

from svhn_lib import settings
from svhn_lib.augment import vary_digits
from svhn_lib.data.handwriting.canvases import draw_canvases
from svhn_lib.data.handwriting.digits import load_digits
from svhn_lib.losses import LossSettings
from svhn_lib.metrics import Score, score
from svhn_lib.models import zoo
from svhn_lib.reading.decoding import most_probable
from svhn_lib.reading.inference import predict
from svhn_lib.training import TrainSettings, train


class Recipe(NamedTuple):
    """What a layout is read with: the net's input size, and how many canvases it learns from."""

    size: tuple[int, int]
    canvases: int


RECIPES = {
    "centred": Recipe((96, 96), 600_000),
    "filled": Recipe((64, 64), 600_000),
    "scattered": Recipe((64, 128), 600_000),
}


def run(layout: str, seed: int, canvases: int | None, threads: int) -> tuple[Score, float, float]:
    """Train and test once; gives the scores, CPU seconds and seconds of training."""
    recipe, machine = RECIPES[layout], settings.read()
    torch.set_num_threads(threads)
    rng = np.random.default_rng(seed)
    digits = load_digits("mnist", "train", machine)
    order = rng.permutation(len(digits))
    cpu, clock = time.process_time(), time.perf_counter()
    hands = vary_digits(digits.subset(order[5000:]), 4, torch.Generator().manual_seed(seed))
    training = draw_canvases(layout, hands, canvases or recipe.canvases, rng)
    validation = draw_canvases(layout, digits.subset(order[:5000]), 2000, rng).render()
    test = draw_canvases(layout, load_digits("mnist", "test", machine), 10_000, rng).render()
    torch.manual_seed(seed)
    net = zoo.create_model("small", size=recipe.size).to(machine.device)
    options = TrainSettings(
        epochs=1, augment=None, loss=LossSettings("masked", 3.0), evaluate_every=500, seed=seed
    )
    with tempfile.TemporaryDirectory() as folder, tqdm(unit="step", mininterval=5) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        train(net, training, validation, Path(folder), options, report=bar.write, progress=progress)
        best = zoo.load_model(Path(folder) / "best.safetensors").to(machine.device)
    used = time.process_time() - cpu, time.perf_counter() - clock
    predictions = most_probable(predict(best, test.pictures))
    return score(test.numbers, [p.number for p in predictions]), *used


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--layouts", nargs="+", default=list(RECIPES), choices=RECIPES)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--canvases", type=int, help="in place of the recipe's")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    for layout in arguments.layouts:
        reached = []
        for seed in arguments.seeds:
            scores, cpu, clock = run(layout, seed, arguments.canvases, arguments.threads)
            reached.append(scores.sequence_accuracy)
            lengths = "  ".join(f"{k}: {v[1]:.4f}" for k, v in scores.by_length.items())
            print(
                f"{layout}  seed {seed}  n {scores.n}  "
                f"whole numbers {scores.sequence_accuracy:.4f}  "
                f"characters {scores.character_accuracy:.4f}  by length {lengths}  "
                f"{cpu:.0f} s of CPU, {clock:.0f} s",
                flush=True,
            )
        print(f"{layout}: mean {mean(reached):.4f}, {min(reached):.4f} to {max(reached):.4f}")


if __name__ == "__main__":
    main()
