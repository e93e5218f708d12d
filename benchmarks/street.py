"""Rendered pictures a second and core, against reading the same pictures back from PNG files.

    python benchmarks/street.py

One process, CPU time of it alone, median of three rounds. Written with `render_split` (PNG files
and digitStruct.mat included), read with OpenCV. matplotlib's own fonts.
"""

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2

from svhn_lib.data.street import RenderSettings, render_split, usable_fonts

COUNT, ROUNDS = 600, 3
SETTINGS = RenderSettings(bundled_fonts=True)


def cpu_seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def main() -> None:
    cv2.setNumThreads(1)
    usable_fonts(bundled_only=True)  # found once in a process
    render, read = [], []
    for seed in range(ROUNDS):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "street"

            def write(folder: Path = folder, seed: int = seed) -> None:
                render_split(folder, COUNT, seed, SETTINGS, workers=1)

            render.append(COUNT / cpu_seconds(write))
            files = sorted(folder.glob("*.png"))
            read.append(
                COUNT / cpu_seconds(lambda files=files: [cv2.imread(str(f)) for f in files])
            )
    print(f"{platform.machine()}, one of {os.cpu_count()} cores; OpenCV {cv2.__version__}")
    print(f"n = {COUNT} pictures, median of {ROUNDS} rounds (lowest-highest), pictures/s:")
    for name, rates in (("rendered and written", render), ("read back", read)):
        print(f"{name}: {statistics.median(rates):.0f} ({min(rates):.0f}-{max(rates):.0f})")
    print(f"rendering costs {statistics.median(read) / statistics.median(render):.1f} x reading")


if __name__ == "__main__":
    main()
