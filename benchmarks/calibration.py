"""Whether confidences mean what they say on real numbers, and the temperature with which they do.

    python benchmarks/calibration.py LABELS.csv ... [--weights compact] [--write OUT.safetensors]

Each LABELS.csv, and as many fresh rendered numbers as the smallest of them has, but at least 500,
are read with one view and with three. Printed are, for each set, accuracy, mean confidence and
expected calibration error (15 bins) with the weights' own temperature and with a fitted one, and
the calibration error of a perfectly calibrated reader with the same confidences: that is what
chance leaves with so few numbers (mean and 95 % quantile of 1,000 draws).

One temperature is fitted to all sets, which count alike, and to both numbers of views: the one of
the least Brier score of the whole number's probability. The likelihood, by which `svhn train` fits
to rendered numbers, is no measure here: the labels of real ones are wrong in some per cent, and a
sure answer to a wrong label costs it more than everything else. --write writes the weights again
with that temperature.
"""

import argparse
import os
import platform
import shlex
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from svhn_lib import settings
from svhn_lib.data.prepare import load_crops
from svhn_lib.data.street import RenderSettings, render_split
from svhn_lib.data.street.render import VERSION
from svhn_lib.metrics import expected_calibration_error
from svhn_lib.models import zoo
from svhn_lib.models.outputs import Logits
from svhn_lib.reading.decoding import best_temperature, most_probable
from svhn_lib.reading.framings import framings, side_by_side
from svhn_lib.reading.inference import predict

VIEWS = (1, 3)
SEED = 29


class Read(NamedTuple):
    """One set of numbers, read with some views each."""

    name: str
    views: int
    numbers: list[str]
    logits: Logits

    def judged(self, temperature: float) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Return which answers are right, and how sure they are, (N,) each."""
        answers = most_probable(self.logits, temperature)
        right = [a.number == b for a, b in zip(answers, self.numbers, strict=True)]
        return np.array(right), np.array([one.probability for one in answers])

    def brier(self, temperature: float) -> float:
        right, sure = self.judged(temperature)
        return float(np.mean((right - sure) ** 2))


def read_set(net: zoo.NumberNet, source: Path, name: str) -> list[Read]:
    """Read one set with each number of views."""
    sets = []
    for views in VIEWS:
        framed = [load_crops(source, way) for way in framings(net.crop, views)]
        logits = predict(net, side_by_side([each.pictures for each in framed]))
        sets.append(Read(name, views, framed[0].numbers, logits))
    return sets


def by_chance(sure: NDArray[np.float64], draws: int = 1_000) -> tuple[float, float]:
    """Return mean and 95 % quantile of the error of a reader who is calibrated perfectly."""
    rng = np.random.default_rng(0)
    errors = [expected_calibration_error(rng.random(len(sure)) < sure, sure) for _ in range(draws)]
    return float(np.mean(errors)), float(np.quantile(errors, 0.95))


def shown(read: Read, temperature: float) -> str:
    right, sure = read.judged(temperature)
    error = expected_calibration_error(right, sure)
    mean, most = by_chance(sure)
    return f"{right.mean():9.3f}{sure.mean():12.3f}{error:9.3f}    {mean:.3f}, up to {most:.3f}"


def rendered(out: Path, count: int) -> Path:
    folder = out / f"calibration-{VERSION}-{count}-{SEED}"
    if not folder.exists():
        render_split(folder, count, SEED, RenderSettings())
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("labels", type=Path, metavar="LABELS.csv", nargs="+")
    parser.add_argument("--weights", default="compact", metavar="NAME_OR_FILE")
    parser.add_argument("--write", type=Path, metavar="OUT.safetensors")
    parser.add_argument("--out", type=Path, default=settings.read().data_root / "benchmark")
    arguments = parser.parse_args()
    print(f"{platform.machine()}, torch {torch.__version__}, load {os.getloadavg()[0]:.1f}")
    net = zoo.load_model(arguments.weights)
    read = [one for path in arguments.labels for one in read_set(net, path, path.stem)]
    count = max(500, min(len(one.numbers) for one in read))
    read += read_set(net, rendered(arguments.out, count), "rendered")
    fitted = best_temperature(lambda t: float(np.mean([one.brier(t) for one in read])))
    for temperature in (net.temperature, fitted):
        print(f"temperature {temperature:.3f}{' (fitted)' if temperature == fitted else ''}")
        print(f"{'':<26}{'n':>6}{'views':>7} accuracy  confidence    error    by chance alone")
        for one in read:
            count = len(one.numbers)
            print(f"{one.name:<26}{count:>6,}{one.views:>7}{shown(one, temperature)}", flush=True)
    if arguments.write:
        note = {
            "command": shlex.join(["python", *sys.argv]),
            "sets": {one.name: len(one.numbers) for one in read},
        }
        figures = net.figures | {"temperature": round(fitted, 3), "calibration": note}
        zoo.save_model(net, arguments.write, figures)


if __name__ == "__main__":
    main()
