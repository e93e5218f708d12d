"""Pictures a second from PNG files to a store, against the usual way: Pillow in one process.

    python benchmarks/prepare.py [--split FOLDER] [--count 33402] [--rounds 3] [--workers 2]

Without a split folder it writes pictures of the sizes, box sizes and bytes of SVHN train first
(128x57 pixels in the mean, 12 kB). Both ways read the same files in the same run, turn
about; the usual way decodes, crops and resizes, and does not even write. Where others use the
machine, look at the pictures per second of processor time.
"""

import argparse
import os
import platform
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from PIL import Image

from svhn_lib.data.cutting.crops import CropSettings, crop_window
from svhn_lib.data.prepare import prepare
from svhn_lib.data.tables.numbers import BOX, load_numbers

# Mean and deviation of log(width) and log(height / width), and the number's mean share of width and
# height, in SVHN train; 2 grey levels of noise give PNG files of its size.
LOG_WIDTH, LOG_ASPECT = (4.694, 0.550), (-0.810, 0.151)
SHARE = (0.293, 0.689)
NOISE = 2


def write_pictures(folder: Path, count: int) -> pd.DataFrame:
    """Write `count` PNG files and return their number table."""
    generator = np.random.default_rng(0)
    widths = np.exp(generator.normal(*LOG_WIDTH, count)).clip(25, 876)
    heights = (widths * np.exp(generator.normal(*LOG_ASPECT, count))).clip(12, 501)
    sizes = np.stack([heights, widths], 1).astype(int)

    def write(index: int) -> None:
        height, width = sizes[index]
        own = np.random.default_rng(index)
        coarse = own.integers(60, 200, (height // 12 + 2, width // 12 + 2, 1), dtype=np.uint8)
        tinted = np.dstack([coarse, coarse * 0.9 + 10, coarse * 0.8 + 20]).astype(np.uint8)
        smooth = cv2.resize(tinted, (width, height), interpolation=cv2.INTER_CUBIC)
        noisy = smooth + own.integers(-NOISE, NOISE + 1, (height, width, 1))
        Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(folder / f"{index + 1}.png")

    with ThreadPoolExecutor() as threads:
        list(threads.map(write, range(count)))
    half = sizes[:, ::-1] * SHARE / 2
    table = pd.DataFrame({"file": [str(folder / f"{i + 1}.png") for i in range(count)]})
    table["number"] = "12"
    table[BOX] = np.hstack([sizes[:, ::-1] / 2 - half, sizes[:, ::-1] / 2 + half])
    table["digit_boxes"] = None
    return table


def usual_way(table: pd.DataFrame, size: tuple[int, int]) -> np.ndarray:
    """Decode, crop (black outside) and resize (bicubic) with Pillow, one after another."""
    settings = CropSettings(size)
    crops = np.empty((len(table), *size, 3), np.uint8)
    for row, (file, *box) in enumerate(table[["file", *BOX]].itertuples(index=False)):
        image = Image.open(file).convert("RGB")
        window = crop_window(tuple(box), image.size[::-1], settings)
        crops[row] = np.asarray(image.crop(window).resize(size[::-1]))
    return crops


def rates(work: Callable[[], object], count: int) -> tuple[float, float]:
    """Pictures per second of the clock and of processor time, children counted."""
    clock, used = time.perf_counter(), processor_time()
    work()
    return count / (time.perf_counter() - clock), count / (processor_time() - used)


def processor_time() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--split", type=Path, help="a folder with digitStruct.mat and its pictures")
    parser.add_argument("--count", type=int, default=33_402, help="pictures at most")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        table = load_numbers(arguments.split)[0] if arguments.split else None
        if table is None:
            table = write_pictures(Path(folder), arguments.count)
        table = table.head(arguments.count)
        count, size = len(table), CropSettings().size
        stored = statistics.mean(os.path.getsize(file) for file in table["file"])
        out = Path(folder) / "out.h5"
        found = {"Pillow, 1 process": [], f"prepare, {arguments.workers} workers": []}
        for _ in range(arguments.rounds):
            usual, ours = found.values()
            usual.append(rates(lambda: usual_way(table, size), count))
            ours.append(rates(lambda: prepare(table, out, workers=arguments.workers), count))
    print(f"n = {count} pictures, {stored / 1000:.1f} kB a file, crops of {size[0]}x{size[1]}")
    medians = {name: np.median(values, axis=0) for name, values in found.items()}
    for name, (by_clock, by_processor) in medians.items():
        print(f"{name:20} {by_clock:8,.0f} pictures/s  {by_processor:8,.0f} a processor second")
    usual, ours = medians.values()
    print(
        f"ratio {ours[0] / usual[0]:.2f} by the clock, {ours[1] / usual[1]:.2f} by processor time"
    )
    packages = ("pillow", "opencv-python-headless", "h5py", "numpy")
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; "
        f"Python {platform.python_version()}, {versions}"
    )


if __name__ == "__main__":
    main()
