"""A number found and read by one network, on canvases; and why the published one failed at first.

    python benchmarks/joint.py [--seeds 0] [--canvases 600000]
    python benchmarks/joint.py --story [--seeds 0 1 2] [--canvases 40000]

The first trains `joint` on canvases of 128x256 with one to five digits anywhere, of which none is
seen twice, laid of MNIST's training digits and of four variations of each; 5,000 training digits
are kept apart for the validation that chooses the weights. Tests on 10,000 canvases of MNIST's
10,000 test digits. The second trains a small network with the losses of Marek 2017, as his text
tells its story: number and box added as they are, weighted, without the box; then without pooling,
with blanks that count less, and with votes for the box. Its numbers have one or two digits of 48
pixels, and the net sees 128x256 pixels shrunk to 32x64.

MNIST is looked for in data/mnist and in $SVHN_SAMPLES/mnist (`svhn data download mnist` brings it);
where it is absent, the digits of scikit-learn stand in for it.
"""

import argparse
import os
import platform
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import NamedTuple

import numpy as np
import torch
from tqdm import tqdm

from svhn_lib import settings
from svhn_lib.augment import vary_digits
from svhn_lib.data import NumberSet
from svhn_lib.data.handwriting import LAYOUTS, Canvases, draw_canvases, load_digits
from svhn_lib.losses import LossSettings
from svhn_lib.metrics import BoxScore, accuracy_given_box, box_score, wilson_interval
from svhn_lib.models import NumberNet, zoo
from svhn_lib.models.blocks import Conv
from svhn_lib.models.config import BoxConfig, ModelConfig, ParallelConfig, VotesConfig
from svhn_lib.reading import read_and_locate
from svhn_lib.training import TrainSettings, settings_for, train

FIRST = Conv(16, kernel=5, stride=2)
SMALL = ModelConfig(
    name="two heads",
    source="after Marek 2017",
    size=(32, 64),
    grey=True,
    normalise="picture",
    backbone=(FIRST, *(Conv(channels, pool=2) for channels in (32, 48, 64))),
    head=ParallelConfig(hidden=(128,), lengths=0),
    box=BoxConfig(hidden=(128, 64)),
)


def strided(channels: int) -> tuple[Conv, Conv]:
    """Two convolutions, the second of stride 2 in place of pooling."""
    return Conv(channels), Conv(channels, 2, stride=2, padded=False, norm=False, relu=False)


NO_POOLING = (FIRST, *strided(32), *strided(48), *strided(64))
# 1000 x the mean over five positions is a weight of 0.005 for a sum.
PUBLISHED = LossSettings(box_weight=0.005)
TENTH = LossSettings(box_weight=0.0005)
STORY = {
    "unweighted": (SMALL, LossSettings(box_weight=1.0)),
    "weighted as published": (SMALL, PUBLISHED),
    "a tenth of it": (SMALL, TENTH),
    "classification only": (SMALL, LossSettings()),
    "no pooling": (replace(SMALL, backbone=NO_POOLING), TENTH),
    "blanks an eighth": (SMALL, replace(TENTH, blank_weight=0.125)),
    "votes": (replace(SMALL, box=VotesConfig()), LossSettings(box_weight=0.01, box="smooth")),
}


class Result(NamedTuple):
    """What a net reached on a test set."""

    right: np.ndarray
    boxes: BoxScore
    given_box: float

    def __str__(self) -> str:
        low, high = wilson_interval(int(self.right.sum()), len(self.right))
        return (
            f"n {len(self.right)}  whole numbers {self.right.mean():.4f} ({low:.4f}-{high:.4f})  "
            f"mean IoU {self.boxes.mean_iou:.4f}  above 0.5 {self.boxes.above_half:.4f}  "
            f"above 0.7 {self.boxes.above_70:.4f}  squared error {self.boxes.squared_error:.2f}  "
            f"whole numbers given IoU > 0.5 {self.given_box:.4f}"
        )


def test(net: NumberNet, numbers: NumberSet) -> Result:
    """Find and read the numbers of a set."""
    answers, found = read_and_locate(net, numbers.pictures)
    pairs = zip(numbers.numbers, answers, strict=True)
    right = np.array([number == answer.number for number, answer in pairs])
    true = numbers.table[["left", "top", "right", "bottom"]].to_numpy()
    return Result(right, box_score(found, true), accuracy_given_box(right, found, true))


def fit(
    config: ModelConfig, training: Canvases, validation: NumberSet, options: TrainSettings
) -> NumberNet:
    """Train a net from random weights and return the best of it."""
    torch.manual_seed(options.seed)
    net = NumberNet(config).to(settings.read().device)
    with tempfile.TemporaryDirectory() as folder, tqdm(unit="step", mininterval=5) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        train(net, training, validation, Path(folder), options, report=bar.write, progress=progress)
        return zoo.load_model(Path(folder) / "best.safetensors").to(net.device)


def run_joint(seed: int, canvases: int) -> tuple[Result, float, float]:
    """Train `joint` and test it; gives CPU seconds and seconds, too."""
    machine, rng = settings.read(), np.random.default_rng(seed)
    digits = load_digits("mnist", "train", machine)
    order, apart = rng.permutation(len(digits)), len(digits) // 12
    cpu, clock = time.process_time(), time.perf_counter()
    hands = vary_digits(digits.subset(order[apart:]), 4, torch.Generator().manual_seed(seed))
    training = draw_canvases("scattered", hands, canvases, rng)
    validation = draw_canvases("scattered", digits.subset(order[:apart]), 2000, rng).render()
    asked = draw_canvases("scattered", load_digits("mnist", "test", machine), 10_000, rng).render()
    config = zoo.MODELS["joint"]
    options = settings_for(config, epochs=1, evaluate_every=250, log_every=50, seed=seed)
    net = fit(config, training, validation, options)
    used = time.process_time() - cpu, time.perf_counter() - clock
    return test(net, asked), *used


def run_story(name: str, seed: int, canvases: int) -> tuple[Result, float]:
    """Train one of the small nets and test it; gives CPU seconds, too."""
    machine, rng = settings.read(), np.random.default_rng(seed)
    config, loss = STORY[name]
    layout = replace(LAYOUTS["scattered"], side=48, lengths=(1, 1))
    digits = load_digits("mnist", "train", machine)
    order, apart = rng.permutation(len(digits)), len(digits) // 12
    training = draw_canvases(layout, digits.subset(order[apart:]), canvases, rng)
    validation = draw_canvases(layout, digits.subset(order[:apart]), 500, rng).render()
    asked = draw_canvases(layout, load_digits("mnist", "test", machine), 2000, rng).render()
    options = TrainSettings(
        epochs=1, batch=32, optimiser="adam", learning_rate=2e-3, weight_decay=0.0, clip=0.0,
        average=0.0, augment=None, loss=loss, evaluate_every=canvases // 32 // 8,
        log_every=1000, seed=seed,
    )  # fmt: skip
    cpu = time.process_time()
    net = fit(config, training, validation, options)
    return test(net, asked), time.process_time() - cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--story", action="store_true", help="the failures, in small")
    parser.add_argument("--only", nargs="+", choices=STORY, default=list(STORY))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--canvases", type=int, help="to train on: 600,000, or 40,000 in the story")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}, "
        f"{arguments.threads} threads, load {os.getloadavg()[0]:.1f}"
    )
    if arguments.story:
        for name in arguments.only:
            reached = []
            for seed in arguments.seeds:
                result, cpu = run_story(name, seed, arguments.canvases or 40_000)
                reached.append(result)
                print(f"{name}  seed {seed}  {result}  {cpu:.0f} s of CPU", flush=True)
            print(
                f"{name}: whole numbers {mean(float(r.right.mean()) for r in reached):.3f}  "
                f"mean IoU {mean(r.boxes.mean_iou for r in reached):.3f}  "
                f"squared error {mean(r.boxes.squared_error for r in reached):.1f}"
            )
        return
    for seed in arguments.seeds:
        result, cpu, clock = run_joint(seed, arguments.canvases or 600_000)
        print(f"joint  seed {seed}  {result}  {cpu:.0f} s of CPU, {clock:.0f} s", flush=True)


if __name__ == "__main__":
    main()
