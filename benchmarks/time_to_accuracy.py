"""Seconds of training until 80 % of whole numbers are read: `compact` and the reference's way.

    python benchmarks/time_to_accuracy.py [--goal 0.80] [--limit 20] [--out data/benchmark]

The data are the fixed set of benchmarks/streets.py: 30,000 rendered numbers to train (seeds 11 and
13), 2,000 to test (seed 16), the same everywhere. `compact` trains in small batches of gentle views
for 2.5 passes, chosen on the tuning numbers; the plain way is Goodfellow's net as in
benchmarks/plain.py. It is stopped when it has taken --limit times as long: the ratio is then a
lower bound. Seconds are those of training, data included; reading the test numbers is not counted.
"""

import argparse
import os
import platform
import tempfile
import time
from pathlib import Path

import plain
import streets
import torch
from tqdm import tqdm

from svhn_lib import settings
from svhn_lib.augment import AugmentSettings
from svhn_lib.data.sets.number_set import NumberSet
from svhn_lib.metrics import score, wilson_interval
from svhn_lib.models import zoo
from svhn_lib.reading.decoding import most_probable
from svhn_lib.reading.inference import predict
from svhn_lib.training import TrainSettings, train

# So few passes leave no time to learn from views that are harder than the test.
GENTLE = AugmentSettings(
    margin=(0.25, 0.35), bars=0, clipped=0, shift=0.03, turn=3, shear=0.05, contrast=(0.8, 1.2),
    brightness=15, tint=0.05, grey=0,
)  # fmt: skip
SHORT = TrainSettings(
    epochs=2.5, batch=64, average=0.98, augment=GENTLE, evaluate_every=50, log_every=10**6, seed=0
)


def ours(training: NumberSet, test: NumberSet) -> list[tuple[float, float]]:
    """(seconds of training, accuracy) at each validation."""
    torch.manual_seed(0)
    net = zoo.create_model("compact").to(settings.read().device)
    # What a validation takes is not the recipe's: it is measured and taken off.
    with tempfile.TemporaryDirectory() as folder, tqdm(desc="compact", unit="step") as bar:
        began, spent, curve = time.perf_counter(), 0.0, []

        def progress(done: int, total: int) -> None:
            nonlocal mark
            bar.total = total
            bar.update(done - bar.n)
            mark = time.perf_counter()

        def report(line: str) -> None:
            nonlocal spent
            if " accuracy " in line:
                now = time.perf_counter()
                spent += now - mark
                curve.append((now - began - spent, float(line.split(" accuracy ")[1].split()[0])))

        mark = began
        train(net, training, test, Path(folder), SHORT, report=report, progress=progress)
    return curve


def plainly(
    training: NumberSet, test: NumberSet, goal: float, limit: float
) -> list[tuple[float, float]]:
    """The same of the plain way, until it reaches the goal or the limit in seconds."""
    torch.manual_seed(0)
    net = plain.make_net().to(settings.read().device)
    seconds, curve = 0.0, [(0.0, 0.0)]
    middle = test.pictures[:, :, 5:59, 5:59]
    with tqdm(desc="the plain way", unit="s", total=round(limit)) as bar:
        for step, took in enumerate(plain.train(net, training), start=1):
            seconds += took
            bar.update(min(round(seconds), bar.total) - bar.n)
            if step % 500 == 0 or seconds >= limit:
                read = [p.number for p in most_probable(predict(net, middle))]
                curve.append((seconds, score(test.numbers, read).sequence_accuracy))
                bar.set_postfix(accuracy=f"{curve[-1][1]:.3f}")
            if curve[-1][1] >= goal or seconds >= limit:
                return curve
    raise AssertionError("training has no end of its own")


def reached(curve: list[tuple[float, float]], goal: float) -> float | None:
    return next((seconds for seconds, accuracy in curve if accuracy >= goal), None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--goal", type=float, default=0.80)
    parser.add_argument("--limit", type=float, default=20, help="times the seconds of compact")
    parser.add_argument("--out", type=Path, default=settings.read().data_root / "benchmark")
    arguments = parser.parse_args()
    goal = arguments.goal
    print(
        f"{platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    # `compact` draws its windows from wider crops, Goodfellow's net from the published ones.
    wide = streets.numbers(arguments.out, streets.WIDE, "train", "extra")
    published = streets.numbers(arguments.out, streets.PUBLISHED, "train", "extra")
    test = streets.numbers(arguments.out, streets.PUBLISHED, "test")
    curve = ours(wide, test)
    fast = reached(curve, goal)
    low, high = wilson_interval(round(curve[-1][1] * len(test)), len(test))
    print(f"compact: {curve[-1][1]:.3f} ({low:.3f} to {high:.3f}) after {curve[-1][0]:.0f} s")
    if fast is None:
        raise SystemExit(f"compact did not reach {goal}")
    print(f"compact: {goal} after {fast:.0f} s", flush=True)
    curve = plainly(published, test, goal, fast * arguments.limit)
    slow = reached(curve, goal)
    for seconds, accuracy in curve[:: max(1, len(curve) // 12)]:
        print(f"  the plain way: {accuracy:.3f} after {seconds:.0f} s")
    if slow is not None:
        print(f"the plain way: {goal} after {slow:.0f} s, {slow / fast:.1f} times as long")
    else:
        print(
            f"the plain way: {curve[-1][1]:.3f} after {curve[-1][0]:.0f} s, when it was stopped: "
            f"more than {curve[-1][0] / fast:.1f} times as long"
        )


if __name__ == "__main__":
    main()
