"""What each ingredient of rendered streets is worth to a reader of labelled pictures.

    python benchmarks/ingredients.py LABELS.csv --weights WEIGHTS [--steps 80] [--count 20000]

The weights, trained on plain streets (`svhn data street --ingredients none`), are trained for
--steps more on --count numbers each, by default one pass: plain ones; with all ingredients, with
those of version 3, and with each one left out. The seed, the numbers and all that an ingredient
does not change are the same. Prints whole-number accuracy on LABELS.csv, which no run learns from,
and what it is above that of all ingredients, with the paired bootstrap interval of 95 %, widened
for the number of comparisons (Bonferroni). Runs that are done already, in --out, are not done
again.
"""

import argparse
import json
import os
import platform
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from svhn_lib import settings
from svhn_lib.data.cutting.crops import CropSettings
from svhn_lib.data.prepare import load_crops
from svhn_lib.data.sets.number_set import NumberSet
from svhn_lib.data.street import INGREDIENTS, VERSION, VERSION_3, RenderSettings, render_split
from svhn_lib.metrics import bootstrap_difference, wilson_interval
from svhn_lib.models import zoo
from svhn_lib.reading.answers import answer
from svhn_lib.training import TrainSettings, train

SETS = {
    "all": tuple(INGREDIENTS),
    **{
        f"without {name}": tuple(other for other in INGREDIENTS if other != name)
        for name in INGREDIENTS
    },
    "version 3": VERSION_3,
    "plain": (),
}
LEVEL = 1 - 0.05 / (len(SETS) - 1)
SEED = 21


def fit(name: str, arguments: argparse.Namespace, labelled: NumberSet) -> list[bool]:
    """Which labelled numbers are read rightly after training on streets with these ingredients."""
    folder = arguments.out / f"v{VERSION}-{name}-{arguments.count}-{arguments.steps}"
    done = folder / "right.json"
    if not done.exists():
        streets = folder / "streets"
        if not streets.exists():
            render_split(streets, arguments.count, SEED, RenderSettings(ingredients=SETS[name]))
        numbers = load_crops(streets, CropSettings((80, 80), margin=0.625))
        validation = numbers.subset(list(range(100)))  # the last weights are taken, not the best
        net = zoo.load_model(arguments.weights)
        usual = TrainSettings(
            steps=arguments.steps, learning_rate=1e-3, average=0.98, evaluate_every=10**6, seed=SEED
        )
        train(net, numbers, validation, folder / "run", usual, resume=True)
        best = zoo.load_model(folder / "run" / "best.safetensors")
        read = answer(best, labelled.pictures, temperature=1.0)
        right = [a == b.number for a, b in zip(labelled.numbers, read, strict=True)]
        scratch = done.with_suffix(".part")
        scratch.write_text(json.dumps(right))
        os.replace(scratch, done)
    return json.loads(done.read_text())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("labels", type=Path, metavar="LABELS.csv")
    parser.add_argument("--weights", required=True, metavar="WEIGHTS")
    parser.add_argument("--steps", type=int, default=80)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument(
        "--out", type=Path, default=settings.read().data_root / "benchmark" / "ingredients"
    )
    arguments = parser.parse_args()
    print(f"{platform.machine()}, torch {torch.__version__}, load {os.getloadavg()[0]:.1f}")
    labelled = load_crops(arguments.labels, CropSettings((64, 64)))
    right = {name: fit(name, arguments, labelled) for name in tqdm(SETS, unit="run")}
    for name, answers in right.items():
        low, high = wilson_interval(sum(answers), len(answers))
        line = f"{name:<22}{np.mean(answers):.3f} ({low:.3f} to {high:.3f})"
        if name != "all":
            low, high = bootstrap_difference(answers, right["all"], seed=0, level=LEVEL)
            gain = np.mean(answers) - np.mean(right["all"])
            line += f"   {gain:+.3f} ({low:+.3f} to {high:+.3f})"
        print(line)


if __name__ == "__main__":
    main()
