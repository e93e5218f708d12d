"""What each ingredient of rendered streets is worth to a reader of real and of rendered numbers.

    python benchmarks/ingredients.py LABELS.csv ... [--weights compact] [--count 3000] [--steps 40]

The weights go on for --steps on --count rendered numbers: with all ingredients, with each one left
out, with those of version 3, and with none. The seed, the numbers and all that an ingredient does
not change are the same. Printed is the whole-number accuracy on the labelled numbers of all tables
together, and on 2,000 rendered ones with all ingredients, which no run learns from, each with the
difference from all ingredients and its paired bootstrap interval, widened for the number of
comparisons (Bonferroni). A short run from weights that know all ingredients shows what they forget
without one; differences below the intervals' width, some points, cannot be seen. Runs that are done
already, in --out, are not done again.
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
from svhn_lib.metrics import bootstrap_difference
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
SEED, TEST_SEED = 21, 22
Right = dict[str, list[bool]]
"""Which numbers are read rightly, of the real ones and of the rendered ones."""


def streets(out: Path, count: int, seed: int, name: str) -> Path:
    folder = out / f"v{VERSION}-{count}-{seed}" / name
    if not folder.exists():
        render_split(folder, count, seed, RenderSettings(ingredients=SETS[name]))
    return folder


def fit(name: str, arguments: argparse.Namespace, tests: dict[str, NumberSet]) -> Right:
    """Train on streets with these ingredients, and read all tests."""
    weights = Path(arguments.weights).stem
    folder = arguments.out / f"v{VERSION}-{weights}-{arguments.count}-{arguments.steps}" / name
    done = folder / "right.json"
    if not done.exists():
        source = streets(arguments.out, arguments.count, SEED, name)
        numbers = load_crops(source, CropSettings((80, 80), margin=0.625))
        validation = numbers.subset(list(range(100)))  # the last weights are taken, not the best
        net = zoo.load_model(arguments.weights)
        usual = TrainSettings(
            steps=arguments.steps, learning_rate=1e-3, average=0.9, evaluate_every=10**6, seed=SEED
        )
        train(net, numbers, validation, folder / "run", usual, resume=True)
        best = zoo.load_model(folder / "run" / "best.safetensors")
        right = {kind: read(best, test) for kind, test in tests.items()}
        scratch = done.with_suffix(".part")
        scratch.write_text(json.dumps(right))
        os.replace(scratch, done)
    return json.loads(done.read_text())


def read(net: zoo.NumberNet, test: NumberSet) -> list[bool]:
    answers = answer(net, test.pictures)
    return [a == b.number for a, b in zip(test.numbers, answers, strict=True)]


def shown(right: list[bool], base: list[bool]) -> str:
    """Accuracy, and how far it is above that of all ingredients."""
    line = f"{np.mean(right):.3f}"
    if right is base:
        return f"{line:<30}"
    low, high = bootstrap_difference(right, base, seed=0, level=LEVEL)
    return f"{line}  {np.mean(right) - np.mean(base):+.3f} ({low:+.3f} to {high:+.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("labels", type=Path, metavar="LABELS.csv", nargs="+")
    parser.add_argument("--weights", default="compact", metavar="NAME_OR_FILE")
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--count", type=int, default=3_000)
    parser.add_argument(
        "--out", type=Path, default=settings.read().data_root / "benchmark" / "ingredients"
    )
    arguments = parser.parse_args()
    print(f"{platform.machine()}, torch {torch.__version__}, load {os.getloadavg()[0]:.1f}")
    crop = zoo.load_model(arguments.weights).crop
    tests = {str(path): load_crops(path, crop) for path in arguments.labels}
    tests["rendered"] = load_crops(streets(arguments.out, 2_000, TEST_SEED, "all"), crop)
    right: dict[str, Right] = {}
    for name in tqdm(SETS, unit="run", disable=None):
        each = fit(name, arguments, tests)
        real = [one for path in arguments.labels for one in each[str(path)]]
        right[name] = {"real": real, "rendered": each["rendered"]}
    kinds = {kind: len(one) for kind, one in right["all"].items()}
    print(f"{'':<24}" + "".join(f"{f'{kind} ({n:,})':<34}" for kind, n in kinds.items()))
    for name, each in right.items():
        print(f"{name:<24}" + "    ".join(shown(each[k], right["all"][k]) for k in kinds))


if __name__ == "__main__":
    main()
