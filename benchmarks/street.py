"""Rendered pictures per second and core, against reading the same pictures back from PNG files.

    python benchmarks/street.py

One process, CPU time of it alone, median of three rounds. Written with `render_split` (PNG files
and digitStruct.mat included), read with OpenCV, matplotlib's own fonts; with all ingredients and
with the seven of version 3 alone.
"""

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2

from svhn_lib.data.street import VERSION_3, RenderSettings, render_split, usable_fonts

COUNT, ROUNDS = 600, 3
SETTINGS = RenderSettings(bundled_fonts=True)
OLDER = RenderSettings(bundled_fonts=True, ingredients=VERSION_3)


def cpu_seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def main() -> None:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    cv2.setNumThreads(1)
    usable_fonts(bundled_only=True)  # found once in a process
    render, older, read = [], [], []
    for seed in range(ROUNDS):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "street"

            def write(settings: RenderSettings, folder: Path = folder, seed: int = seed) -> None:
                render_split(folder, COUNT, seed, settings, workers=1)

            other = folder.with_name("older")
            older.append(COUNT / cpu_seconds(lambda: write(OLDER, other)))  # noqa: B023
            render.append(COUNT / cpu_seconds(lambda: write(SETTINGS)))
            files = sorted(folder.glob("*.png"))
            read.append(
                COUNT / cpu_seconds(lambda files=files: [cv2.imread(str(f)) for f in files])
            )
    print(f"{platform.machine()}, one of {os.cpu_count()} cores; OpenCV {cv2.__version__}")
    print(f"n = {COUNT} pictures, median of {ROUNDS} rounds (lowest-highest), pictures/s:")
    rows = (("rendered and written", render), ("with version 3's", older), ("read back", read))
    for name, rates in rows:
        print(f"{name}: {statistics.median(rates):.0f} ({min(rates):.0f}-{max(rates):.0f})")
    print(f"rendering costs {statistics.median(read) / statistics.median(render):.1f} x reading")


if __name__ == "__main__":
    main()
