"""The nets of five published systems, trained alike on the same pictures and measured alike.

    python benchmarks/five_systems.py [--seconds 300] [--labels LABELS.csv]
    python benchmarks/five_systems.py --width 1 --dropout --views 1000000    # as published; a GPU

Every net sees the same gentle views of the same numbers, in batches of 32, and learns by AdamW with
a rate that rises to 2e-3 and falls on a cosine; only its losses are its own, without the box of
Marek's. By default each has as many processor seconds on one thread, a quarter of its published
channels and hidden units, and no dropout: as published they need hours of a CPU before they read at
all. The largest needs 13 times the multiplications of the smallest then, and 11 times as published.
They learn from the 30,000 rendered numbers of benchmarks/streets.py and read its 2,000 test
numbers, or those of --data and --val, which are stores of `svhn data prepare`. LABELS.csv,
`file,number,left,top,right,bottom`, is only measured. A number is right when its length and all its
digits are. Nets that are there already, in --out, are not trained again.
"""

import argparse
import json
import math
import os
import platform
import time
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import NamedTuple

import numpy as np
import streets
import torch
from time_to_accuracy import GENTLE
from torch import nn
from tqdm import tqdm

from svhn_lib import settings
from svhn_lib.augment import random_views
from svhn_lib.data.cutting.crops import CropSettings
from svhn_lib.data.prepare import load_crops
from svhn_lib.data.sets.number_set import NumberSet
from svhn_lib.data.sets.store import read_store
from svhn_lib.labels import encode_tokens
from svhn_lib.losses import total_loss
from svhn_lib.metrics import bootstrap_difference, score, wilson_interval
from svhn_lib.models import zoo
from svhn_lib.reading.answers import answer
from svhn_lib.training.precision import use_bfloat16
from svhn_lib.training.presets import PRESETS

NETS = {
    "Goodfellow": "goodfellow2014",
    "Almenningen": "almenningen2017",
    "Li": "li2017",
    "Marek": "marek2017-picture-dropout",
    "Zylbersztejn": "zylbersztejn2016",
}
BATCH, RATE, SIZE = 32, 2e-3, (64, 64)


class Budget(NamedTuple):
    """Of one net: processor seconds, or views."""

    seconds: float
    views: int | None

    def spent(self, began: float, steps: int) -> float:
        """Share that is used up."""
        if self.views:
            return steps * BATCH / self.views
        return (time.process_time() - began) / self.seconds

    def __str__(self) -> str:
        return f"{self.views}-views" if self.views else f"{self.seconds:.0f}-seconds"


def design(name: str, width: float, dropout: bool) -> zoo.ModelConfig:
    """A row of the zoo with a share of its channels and hidden units, with dropout or without."""
    config = zoo.MODELS[name]
    kept: dict[str, float] = {} if dropout else {"dropout": 0.0}
    blocks = tuple(
        replace(
            block,
            channels=max(4, round(block.channels * width)),
            **(kept if dropout else {**kept, "input_dropout": 0.0}),
        )
        for block in config.backbone
    )
    hidden = tuple(round(units * width) for units in config.head.hidden)
    return replace(config, backbone=blocks, head=replace(config.head, hidden=hidden, **kept))


def fit(
    config: zoo.ModelConfig, numbers: NumberSet, budget: Budget, seed: int
) -> tuple[zoo.NumberNet, int]:
    """Train a net from random weights; gives it and the views that it saw."""
    device = settings.read().device
    torch.manual_seed(seed)
    net = zoo.NumberNet(config).to(device, memory_format=torch.channels_last).train()
    optimiser = torch.optim.AdamW(net.parameters(), weight_decay=0.02, fused=True)
    losses = replace(PRESETS[config.name].loss, box_weight=0.0)
    generator = torch.Generator()
    bfloat16, began = use_bfloat16("auto", device), time.process_time()
    with tqdm(total=100, desc=config.name, unit="%", mininterval=10) as bar:
        for step in count():
            if (spent := budget.spent(began, step)) >= 1:
                return net.eval(), step * BATCH
            generator.manual_seed(seed * 1_000_003 + step)  # the same views for every net
            chosen = torch.randint(len(numbers), (BATCH,), generator=generator)
            part = numbers.subset(chosen)
            pictures, boxes = random_views(part.pictures, part.boxes, SIZE, generator, GENTLE)
            pictures = pictures.to(device).contiguous(memory_format=torch.channels_last)
            lengths, digits = part.lengths.to(device), part.digits.to(device)
            tokens = encode_tokens(lengths, digits)[0] if net.config.autoregressive else None
            with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
                logits = net(pictures) if tokens is None else net(pictures, tokens)
            loss = total_loss(logits, lengths, digits, boxes.to(device), losses, SIZE[1])
            for group in optimiser.param_groups:
                group["lr"] = RATE * min(spent / 0.1, 0.5 + 0.5 * math.cos(math.pi * spent))
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            if step % 100 == 0:
                bar.set_postfix(step=step, loss=f"{loss.item():.2f}", refresh=False)
            bar.update(min(99, int(100 * spent)) - bar.n)
    raise AssertionError("steps have no end")


def trained(
    name: str, folder: Path, arguments: argparse.Namespace, budget: Budget
) -> zoo.NumberNet:
    """The net from its folder; trained first where it is not there."""
    file = folder / "best.safetensors"
    if not file.exists():
        if arguments.data:
            numbers = read_store(arguments.data)
        else:
            numbers = streets.numbers(arguments.out, streets.WIDE, "train", "extra")
        began = time.process_time()
        config = design(name, arguments.width, arguments.dropout)
        net, views = fit(config, numbers, budget, arguments.seed)
        seconds = time.process_time() - began
        folder.mkdir(parents=True, exist_ok=True)
        zoo.save_model(net, file)
        (folder / "run.json").write_text(json.dumps({"views": views, "seconds": seconds}))
    return zoo.load_model(file).to(settings.read().device)


def compare(title: str, numbers: NumberSet, nets: dict[str, zoo.NumberNet]) -> None:
    """Print what each net reads, and how much less than the best."""
    print(f"\n{title}, {len(numbers):,} numbers")
    read = {
        who: [one.number or "" for one in answer(net, numbers.pictures, temperature=1.0)]
        for who, net in nets.items()
    }
    right = {who: np.equal(texts, numbers.numbers) for who, texts in read.items()}
    best = max(right, key=lambda who: right[who].mean())
    for who, texts in read.items():
        hits, reached = right[who], score(numbers.numbers, texts)
        low, high = wilson_interval(int(hits.sum()), len(hits))
        line = (
            f"{who:<13} {hits.mean():.3f} ({low:.3f} to {high:.3f})  characters "
            f"{reached.character_accuracy:.3f}, length {reached.length_accuracy:.3f}"
        )
        if who != best:
            low, high = bootstrap_difference(hits, right[best], seed=0)
            gap = hits.mean() - right[best].mean()
            line += f"  minus {best}: {100 * gap:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"
        print(line, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=300, help="of a processor, for each net")
    parser.add_argument("--views", type=int, help="for each net, in place of --seconds")
    parser.add_argument("--width", type=float, default=0.25, help="share of the published one")
    parser.add_argument("--dropout", action="store_true", help="as published; none otherwise")
    parser.add_argument("--data", type=Path, metavar="TRAIN.h5")
    parser.add_argument("--val", type=Path, metavar="TEST.h5", help="read in place of the streets")
    parser.add_argument("--labels", type=Path, action="append", default=[], metavar="LABELS.csv")
    parser.add_argument("--systems", nargs="+", choices=NETS, default=list(NETS), metavar="NAME")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=settings.read().data_root / "benchmark")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(
        f"{platform.machine()}, 1 of {os.cpu_count()} cores, {settings.read().device}, "
        f"torch {torch.__version__}, load {os.getloadavg()[0]:.1f}"
    )
    budget = Budget(arguments.seconds, arguments.views)
    store = f"-{arguments.data.stem}" if arguments.data else ""
    kind = f"{arguments.width:g}{'-dropout' if arguments.dropout else ''}"
    home = arguments.out / f"five{store}-{kind}-{budget}-{arguments.seed}"
    nets = {}
    for who in arguments.systems:
        folder = home / NETS[who]
        nets[who] = trained(NETS[who], folder, arguments, budget)
        run = json.loads((folder / "run.json").read_text())
        print(
            f"{who}: {NETS[who]}, {zoo.parameter_count(nets[who]):,} parameters, "
            f"{zoo.multiply_adds(nets[who]) / 1e6:.0f} million multiply-adds, "
            f"{run['views']:,} views in {run['seconds']:.0f} s",
            flush=True,
        )
    if arguments.val:
        compare(str(arguments.val), read_store(arguments.val), nets)
    else:
        test = streets.numbers(arguments.out, streets.PUBLISHED, "test")
        compare("plain rendered streets", test, nets)
    for labels in arguments.labels:
        compare(str(labels), load_crops(labels, CropSettings()), nets)


if __name__ == "__main__":
    main()
