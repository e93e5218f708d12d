"""Four ways to write a number, on one trained backbone, each taught for the same processor seconds.

    python benchmarks/decoders.py [--seconds 80] [--seeds 0 1 2] [--weights compact]
    python benchmarks/decoders.py --encoder 240 --columns 0     # an encoder without the column loss

`compact` names all digits at once; `compact-gru` unrolls a GRU that does not see what it named,
`compact-lstm` is Li's decoder, `compact-attention` looks at the feature columns token by token.
The backbone is that of the given weights and stays as it is: what it makes of three random views of
each number of benchmarks/streets.py (30,000, other numbers than it was trained on) is computed
once, and the four heads learn from that, from random weights, on one thread, by batches of 256, a
rate that rises to 2e-3 and falls on a cosine with the seconds spent, and the column loss. They then
read 2,000 test numbers, as long as SVHN's, and 500 of five digits. With --encoder the backbone is
first taught from random weights for so many processor seconds, with parallel heads and a column
loss of the weight --columns, which the heads then have, too: attention reads the columns that this
loss has taught. Runs that are done already, in --out, are not done again.
"""

import argparse
import json
import math
import os
import platform
import time
from dataclasses import replace
from pathlib import Path
from statistics import mean, median
from typing import Any, NamedTuple

import numpy as np
import streets
import torch
from numpy.typing import NDArray
from time_to_accuracy import GENTLE
from torch import Tensor, nn
from tqdm import tqdm

from svhn_lib import settings
from svhn_lib.augment import random_views
from svhn_lib.data.sets.number_set import NumberSet
from svhn_lib.labels import encode_tokens
from svhn_lib.losses import LossSettings, total_loss
from svhn_lib.metrics import score, wilson_interval
from svhn_lib.models import zoo
from svhn_lib.reading.answers import answer
from svhn_lib.reading.inference import evaluation_mode
from svhn_lib.training.precision import use_bfloat16

SETTINGS = {
    "compact": LossSettings("masked", 3.0),
    "compact-gru": LossSettings("blank", 3.0),  # it has no length head
    "compact-lstm": LossSettings("masked", 3.0),
    "compact-attention": LossSettings("masked", 3.0),
}
PARALLEL = "compact"
BATCH, RATE, SIZE = 256, 2e-3, (64, 64)
Result = dict[str, Any]
Nets = dict[str, zoo.NumberNet]


class Features(NamedTuple):
    """What the backbone makes of views of numbers, and what is true of them."""

    maps: Tensor  # float16 (N, C, h, w)
    boxes: Tensor  # of the digits in the views
    lengths: Tensor
    digits: Tensor


def features(base: zoo.NumberNet, numbers: NumberSet, views: int) -> Features:
    """Of some random views of every number."""
    maps, boxes = [], []
    generator = torch.Generator().manual_seed(0)
    with (
        evaluation_mode(base),
        tqdm(total=views * len(numbers), desc="features", mininterval=10) as bar,
    ):
        for _ in range(views):
            for pictures, known in zip(
                numbers.pictures.split(256), numbers.boxes.split(256), strict=True
            ):
                shown, moved = random_views(pictures, known, SIZE, generator)
                shown = shown.contiguous(memory_format=torch.channels_last)
                maps.append(base.features(shown).half())
                boxes.append(moved)
                bar.update(len(shown))
    lengths, digits = numbers.lengths.repeat(views), numbers.digits.repeat(views, 1)
    return Features(torch.cat(maps), torch.cat(boxes), lengths, digits)


def make(name: str, seed: int, base: zoo.NumberNet) -> tuple[zoo.NumberNet, nn.Module]:
    """A net on the trained backbone, and the part that is to learn: what comes after it."""
    torch.manual_seed(seed)
    net = zoo.create_model(name)
    shared = len(base.backbone)
    net.backbone[:shared].load_state_dict(base.backbone.state_dict())
    return net, nn.ModuleDict({"rest": net.backbone[shared:], "head": net.head})


def fit(
    name: str, seed: int, seconds: float, base: zoo.NumberNet, data: Features, columns: float
) -> tuple[zoo.NumberNet, int]:
    """Teach a head for so many processor seconds; gives the whole net and the steps taken."""
    net, learner = make(name, seed, base)
    losses = replace(SETTINGS[name], column_weight=columns)
    learner.train()
    optimiser = torch.optim.AdamW(learner.parameters(), lr=RATE, weight_decay=0.02, fused=True)
    order, step, began = torch.Generator().manual_seed(seed), 0, time.process_time()
    with tqdm(total=round(seconds), desc=f"{name} {seed}", unit="s", mininterval=10) as bar:
        while (spent := (time.process_time() - began) / seconds) < 1:
            rate = RATE * min(spent / 0.1, 0.5 + 0.5 * math.cos(math.pi * (spent - 0.1) / 0.9))
            for group in optimiser.param_groups:
                group["lr"] = max(rate, 1e-5)
            chosen = torch.randint(len(data.maps), (BATCH,), generator=order)
            maps, boxes, lengths, digits = (field[chosen] for field in data)
            seen = learner["rest"](maps.float())
            tokens = [encode_tokens(lengths, digits)[0]] if net.config.autoregressive else []
            logits = learner["head"](seen, *tokens)
            loss = total_loss(logits, lengths, digits, boxes, losses, SIZE[1])
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(learner.parameters(), 1.0)
            optimiser.step()
            step += 1
            bar.update(min(round(spent * seconds), bar.total) - bar.n)
    return net.eval(), step


def encoder(seconds: float, columns: float, numbers: NumberSet) -> zoo.NumberNet:
    """`compact` from random weights, taught for so many processor seconds by gentle views."""
    torch.manual_seed(0)
    net = zoo.create_model("compact").to(memory_format=torch.channels_last).train()
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=0.02, fused=True)
    order, began = torch.Generator().manual_seed(0), time.process_time()
    losses = LossSettings("masked", columns)
    bfloat16 = use_bfloat16("auto", torch.device("cpu"))
    with tqdm(total=round(seconds), desc="encoder", unit="s", mininterval=10) as bar:
        while (spent := (time.process_time() - began) / seconds) < 1:
            for group in optimiser.param_groups:
                group["lr"] = RATE * min(spent / 0.1, 0.5 + 0.5 * math.cos(math.pi * spent))
            part = numbers.subset(torch.randint(len(numbers), (32,), generator=order))
            pictures, boxes = random_views(part.pictures, part.boxes, SIZE, order, GENTLE)
            with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
                logits = net(pictures.contiguous(memory_format=torch.channels_last))
            loss = total_loss(logits, part.lengths, part.digits, boxes, losses, SIZE[1])
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            bar.update(min(round(spent * seconds), bar.total) - bar.n)
    return net.eval()


def write(file: Path, content: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    scratch = file.with_name(f".{file.name}.part")
    scratch.write_text(json.dumps(content))
    os.replace(scratch, file)


def token_accuracy(net: zoo.NumberNet, numbers: NumberSet) -> float | None:
    """Share of tokens, the ends included, named right after the true ones; None without tokens."""
    if not net.config.autoregressive:
        return None
    given, answers = encode_tokens(numbers.lengths, numbers.digits)
    with evaluation_mode(net):
        parts = zip(numbers.pictures.split(256), given.split(256), strict=True)
        said = torch.cat([net(pictures, tokens).tokens.argmax(dim=2) for pictures, tokens in parts])
    real = answers >= 0
    return float((said == answers)[real].float().mean())


def run(
    name: str,
    seed: int,
    seconds: float,
    base: zoo.NumberNet,
    data: Features,
    sets: dict[str, NumberSet],
    folder: Path,
    columns: float,
) -> Result:
    """Teach and test once; weights and result are written into the folder at the end."""
    net, steps = fit(name, seed, seconds, base, data, columns)
    folder.mkdir(parents=True, exist_ok=True)
    zoo.save_model(net, folder / "best.safetensors")
    read = {
        part: [p.number for p in answer(net, numbers.pictures, temperature=1.0)]
        for part, numbers in sets.items()
    }
    result = {
        "net": name,
        "seed": seed,
        "steps": steps,
        "batch": BATCH,
        "seconds": seconds,
        "token_accuracy": token_accuracy(net, sets["test"]),
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
        name: zoo.load_model(
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
    parser.add_argument("--seconds", type=float, default=80, help="of a processor, for each run")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--weights", default="compact", help="whose backbone all nets have")
    parser.add_argument("--encoder", type=float, metavar="SECONDS", help="teach one, of so long")
    parser.add_argument("--columns", type=float, default=3.0, help="weight of the column loss")
    parser.add_argument("--views", type=int, default=3, help="of each number, to learn from")
    parser.add_argument("--heads", nargs="+", choices=SETTINGS, default=list(SETTINGS))
    parser.add_argument("--out", type=Path, default=settings.read().data_root / "benchmark")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(
        f"{platform.machine()}, 1 of {os.cpu_count()} cores, torch {torch.__version__}, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    training = streets.numbers(arguments.out, streets.WIDE, "train", "extra")
    kind = ""
    if arguments.encoder:
        kind = f"-encoder-{arguments.encoder:.0f}-{arguments.columns:g}"
        taught = arguments.out / f"decoders{kind}.safetensors"
        if not taught.exists():
            zoo.save_model(encoder(arguments.encoder, arguments.columns, training), taught)
        arguments.weights = taught
    base = zoo.load_model(arguments.weights)
    sets = {
        part: streets.numbers(arguments.out, streets.PUBLISHED, part) for part in ("test", "five")
    }
    out = arguments.out / f"decoders-{arguments.seconds:.0f}{kind}"
    data: Features | None = None
    results = []
    for seed in arguments.seeds:
        for name in arguments.heads:
            folder = out / f"{name}-{seed}"
            if (folder / "result.json").exists():
                results.append(json.loads((folder / "result.json").read_text()))
                continue
            data = data or features(base, training, arguments.views)
            results.append(
                run(name, seed, arguments.seconds, base, data, sets, folder, arguments.columns)
            )
    table(results, sets, out)


if __name__ == "__main__":
    main()
