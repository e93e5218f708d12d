"""Four ways to write a number, on one backbone, each trained for the same processor seconds.

    python benchmarks/decoders.py [--seconds 240] [--seeds 0 1 2] [--nets compact ...]

`compact` names all digits at once; `compact-gru` unrolls a GRU that does not see what it named,
`compact-lstm` is Li's decoder, `compact-attention` looks at the feature columns token by token.
All learn from the rendered set of benchmarks/streets.py and its digit boxes, on one thread. What a
step costs is measured first, the nets in turns, and gives the steps that fill --seconds; the
schedule ends with them. The averaged weights then read 2,000 test numbers, as long as SVHN's, and
500 of five digits. Settings were chosen on 2,000 other numbers. Runs that are done already, in
--out, are not done again.
"""

import argparse
import json
import os
import platform
import shutil
import time
from dataclasses import replace
from itertools import islice
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np
import streets
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from svhn_lib import settings
from svhn_lib.answers import answer
from svhn_lib.augment import AugmentSettings
from svhn_lib.data.number_set import NumberSet
from svhn_lib.labels import encode_tokens
from svhn_lib.losses import LossSettings
from svhn_lib.metrics import score, wilson_interval
from svhn_lib.models import zoo
from svhn_lib.models.inference import reading
from svhn_lib.training import TrainSettings, train
from svhn_lib.training.feeds import make_feed
from svhn_lib.training.processes import place_of
from svhn_lib.training.step import Learner

USUAL = TrainSettings(
    batch=64,  # the budget is a pass or two: steps are what it is short of
    precision="float32",  # the same work on every machine
    augment=AugmentSettings(bars=0.0),  # no picture of the set has any
    evaluate_every=10**6,
    log_every=100,
)
SETTINGS = {
    "compact": USUAL,
    "compact-gru": replace(USUAL, loss=LossSettings("blank", 3.0)),  # it has no length head
    "compact-lstm": USUAL,
    "compact-attention": USUAL,
}
PARALLEL = "compact"
Result = dict[str, Any]
Nets = dict[str, zoo.NumberNet]


def costs(training: NumberSet, rounds: int = 3, steps: int = 6) -> dict[str, float]:
    """Processor seconds of a step of each net, the nets in turns; the median of the rounds."""
    learners = {}
    for name, chosen in SETTINGS.items():
        net = zoo.create(name).train()
        learners[name] = Learner(net, chosen, steps, place_of(net))
    feed = make_feed(training, USUAL.batch, 0, place_of(net))
    batches = list(islice(feed.batches(0), steps))
    taken: dict[str, list[float]] = {name: [] for name in SETTINGS}
    for _ in range(rounds + 1):
        for name, learner in learners.items():
            began = time.process_time()
            for step, batch in enumerate(batches):
                learner.learn(batch, step)
            taken[name].append((time.process_time() - began) / steps)
    return {name: median(seconds[1:]) for name, seconds in taken.items()}  # the first warms up


def plan(seconds: float, training: NumberSet, out: Path) -> dict[str, int]:
    """Steps of each net that fill the seconds; measured once and kept, so that seeds are alike."""
    file = out / "plan.json"
    if file.exists() and (kept := json.loads(file.read_text()))["seconds"] == seconds:
        return kept["steps"]
    steps = {name: round(seconds / cost) for name, cost in costs(training).items()}
    write(file, {"seconds": seconds, "steps": steps})
    return steps


def write(file: Path, content: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    scratch = file.with_name(f".{file.name}.part")
    scratch.write_text(json.dumps(content))
    os.replace(scratch, file)


def fit(
    name: str, chosen: TrainSettings, training: NumberSet, tuning: NumberSet, folder: Path
) -> float:
    """Train once into a folder; gives the processor seconds, reading of `tuning` not counted."""
    shutil.rmtree(folder, ignore_errors=True)  # of a run that was broken off
    torch.manual_seed(chosen.seed)
    net = zoo.create(name)
    with tqdm(desc=f"{name} {chosen.seed}", unit="step", mininterval=10) as bar:
        began = spent = time.process_time()

        def progress(done: int, total: int) -> None:
            nonlocal spent
            spent = time.process_time()
            bar.total = total
            bar.update(done - bar.n)

        train(net, training, tuning, folder, chosen, report=bar.write, progress=progress)
    return spent - began


def token_accuracy(net: zoo.NumberNet, numbers: NumberSet) -> float | None:
    """Share of tokens, the ends included, named right after the true ones; None without tokens."""
    if not net.config.decoder:
        return None
    given, answers = encode_tokens(numbers.lengths, numbers.digits)
    with reading(net):
        parts = zip(numbers.pictures.split(256), given.split(256), strict=True)
        said = torch.cat([net(pictures, tokens).tokens.argmax(dim=2) for pictures, tokens in parts])
    real = answers >= 0
    return float((said == answers)[real].float().mean())


def run(
    name: str, seed: int, steps: int, training: NumberSet, sets: dict[str, NumberSet], folder: Path
) -> Result:
    """Train and test once; the result is written into the folder as soon as it is there."""
    chosen = replace(SETTINGS[name], seed=seed, steps=steps)
    seconds = fit(name, chosen, training, sets["tuning"], folder)
    best = zoo.load(folder / "best.safetensors")
    read = {
        part: [p.number for p in answer(best, sets[part].pictures).predictions]
        for part in ("tuning", "test", "five")
    }
    result = {
        "net": name,
        "seed": seed,
        "steps": steps,
        "batch": chosen.batch,
        "seconds": seconds,
        "token_accuracy": token_accuracy(best, sets["test"]),
        "read": read,
    }
    write(folder / "result.json", result)
    right = {
        part: score(sets[part].numbers, texts).sequence_accuracy for part, texts in read.items()
    }
    print(f"{name}  seed {seed}  {steps} steps  {seconds:.0f} s  {right}", flush=True)
    return result


def hits(results: list[Result], name: str, part: str, truth: list[str]) -> NDArray[np.bool_]:
    """Which numbers each seed read right, (seeds, N)."""
    return np.array(
        [np.equal(r["read"][part], truth) for r in results if r["net"] == name], dtype=bool
    )


def difference(ours: NDArray[np.bool_], others: NDArray[np.bool_]) -> tuple[float, float]:
    """95 % interval of the difference of accuracy; seeds and numbers are drawn anew, paired."""
    gaps = ours.astype(float) - others  # (seeds, N)
    rng, means = np.random.default_rng(0), []
    for _ in range(10_000):
        rows = gaps[rng.integers(len(gaps), size=len(gaps))].mean(axis=0)
        means.append(rows[rng.integers(rows.size, size=rows.size)].mean())
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def milliseconds(nets: Nets, pictures: torch.Tensor, size: int) -> dict[str, float]:
    """Processor milliseconds to read a picture, the nets in turns; the median of seven rounds."""
    part, times = pictures[:size], {name: [] for name in nets}
    for _ in range(8):
        for name, net in nets.items():
            repeats = max(1, 64 // size)
            began = time.process_time()
            for _ in range(repeats):
                answer(net, part)
            times[name].append((time.process_time() - began) / repeats / size * 1000)
    return {name: median(taken[1:]) for name, taken in times.items()}


def table(results: list[Result], sets: dict[str, NumberSet], out: Path) -> None:
    names = [name for name in SETTINGS if any(r["net"] == name for r in results)]
    truth = {part: sets[part].numbers for part in ("test", "five")}
    nets = {
        name: zoo.load(
            next(out / f"{name}-{r['seed']}" for r in results if r["net"] == name)
            / "best.safetensors"
        )
        for name in names
    }
    slow, fast = (milliseconds(nets, sets["test"].pictures, size) for size in (1, 64))
    for name in names:
        test, five = (hits(results, name, part, truth[part]) for part in ("test", "five"))
        low, high = wilson_interval(round(test.mean() * test.shape[1]), test.shape[1])
        lengths = np.array([len(number) for number in truth["test"]])
        by_length = "  ".join(
            f"{k}: {test[:, lengths == k].mean():.3f}" for k in np.unique(lengths)
        )
        own = [r for r in results if r["net"] == name]
        tokens = (
            ""
            if own[0]["token_accuracy"] is None
            else (f"  tokens after true ones {mean(r['token_accuracy'] for r in own):.4f}\n")
        )
        print(
            f"{name}: whole numbers {test.mean():.3f} ({low:.3f} to {high:.3f}), "
            f"seeds {', '.join(f'{row.mean():.3f}' for row in test)}\n"
            f"  of length {by_length}\n"
            f"  numbers of five digits {five.mean():.3f}, "
            f"seeds {', '.join(f'{row.mean():.3f}' for row in five)}\n{tokens}"
            f"  {zoo.parameter_count(nets[name]):,} parameters, {slow[name]:.2f} ms a picture one "
            f"by one, {fast[name]:.2f} by 64; {mean(r['seconds'] for r in own):.0f} s, "
            f"{mean(r['steps'] for r in own):.0f} steps of {own[0]['batch']}"
        )
    base = hits(results, PARALLEL, "test", truth["test"])
    for name in names:
        ours = hits(results, name, "test", truth["test"])
        if name != PARALLEL and ours.shape == base.shape:
            low, high = difference(ours, base)
            print(
                f"{name} - {PARALLEL}: {ours.mean() - base.mean():+.4f} ({low:+.4f} to {high:+.4f})"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=240, help="of a processor, for each run")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--nets", nargs="+", default=list(SETTINGS), choices=SETTINGS)
    parser.add_argument("--out", type=Path, default=settings.read().data_root / "benchmark")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(
        f"{platform.machine()}, 1 of {os.cpu_count()} cores, torch {torch.__version__}, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    training = streets.numbers(arguments.out, streets.WIDE, "train", "extra")
    sets = {
        part: streets.numbers(arguments.out, streets.PUBLISHED, part)
        for part in ("tuning", "test", "five")
    }
    out, results = arguments.out / "decoders", []
    steps = plan(arguments.seconds, training, out)
    for seed in arguments.seeds:
        for name in arguments.nets:
            done = out / f"{name}-{seed}" / "result.json"
            kept = json.loads(done.read_text()) if done.exists() else {"steps": None}
            if kept["steps"] != steps[name]:
                kept = run(name, seed, steps[name], training, sets, done.parent)
            results.append(kept)
    table(results, sets, out)


if __name__ == "__main__":
    main()
