"""Canvases a second, painted by batches; against pasting digit after digit with Pillow.

    python benchmarks/canvas.py [--count 4000] [--rounds 5]

Both ways paint the same numbers at the same places, from MNIST where it is, else from the embedded
digits, in one process of one thread; a rate is canvases per second of processor time.
"""

import argparse
import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import version

import numpy as np
import torch
from PIL import Image

from svhn_lib import settings
from svhn_lib.data.handwriting.canvases import Canvases, draw_canvases
from svhn_lib.data.handwriting.digits import load_digits
from svhn_lib.data.handwriting.layouts import LAYOUTS


def paste(canvases: Canvases, digits: list[Image.Image]) -> np.ndarray:
    """The plain way: a loop over canvases, a loop over digits; no labels, no boxes."""
    layout, generator, painted = canvases.layout, np.random.default_rng(0), []
    for chosen, (left, top) in zip(canvases.indices, canvases.corners.tolist(), strict=True):
        number = chosen[chosen >= 0].tolist()
        side = layout.side or min(layout.size[0], layout.size[1] // len(number))
        canvas = Image.new("L", layout.size[::-1])
        for slot, digit in enumerate(number):
            tile = digits[digit].resize((side, side), Image.Resampling.BILINEAR)
            canvas.paste(tile, (left + slot * side, top))
        picture = np.asarray(canvas)
        picture = 255 - picture if layout.dark_on_light else picture
        if canvases.noise:
            noisy = picture + generator.normal(0, canvases.noise, picture.shape)
            picture = noisy.round().clip(0, 255).astype(np.uint8)
        painted.append(picture)
    return np.stack(painted)


def rate(work: Callable[[], object], count: int) -> float:
    """Canvases per second of processor time."""
    began = time.process_time()
    work()
    return count / (time.process_time() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=4_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    digits = load_digits("mnist", "train", settings.read())
    single = [Image.fromarray(picture.numpy()) for picture in digits.pictures[:, 0]]
    print(f"{digits.source}, {arguments.count} canvases, median of {arguments.rounds} rounds")
    print(f"{'layout':12}{'noise':>6}{'painted':>14}{'pasted':>14}{'ratio':>8}{'its spread':>14}")
    for layout, noise in [*((name, 0.0) for name in LAYOUTS), ("filled", 20.0)]:
        drawn = draw_canvases(
            layout, digits, arguments.count, np.random.default_rng(0), noise=noise
        )
        few = draw_canvases(layout, digits, 1_000, np.random.default_rng(0), noise=noise)
        rates = [
            (
                rate(lambda d=drawn: list(d.batches(256)), len(drawn)),
                rate(lambda f=few: paste(f, single), 1_000),
            )
            for _ in range(arguments.rounds)
        ]
        ours, plain = np.median(rates, axis=0)
        ratios = [a / b for a, b in rates]
        spread = f"{min(ratios):.1f}-{max(ratios):.1f}"
        print(
            f"{layout:12}{noise:6.0f}{ours:12,.0f}/s{plain:12,.0f}/s"
            f"{np.median(ratios):8.1f}{spread:>14}"
        )
    packages = ", ".join(
        f"{package} {version(package)}" for package in ("numpy", "pillow", "torch")
    )
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; "
        f"Python {platform.python_version()}, {packages}"
    )


if __name__ == "__main__":
    main()
