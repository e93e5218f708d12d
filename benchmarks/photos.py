"""Finding and reading: SVHN-size pictures per second, and one photo of 12 megapixels in seconds.

    python benchmarks/photos.py [--count 400] [--rounds 3] [--threads N]

Rendered pictures of SVHN's sizes are read from their PNG files, a batch at a time, as `svhn read`
does; beside it the same files as if they were cut to their numbers (`cropped=True`), so that the
ratio is what finding costs. The photo is a house front of 4000x3000 pixels as JPEG; its peak memory
is that of a process of its own. By the clock, with PyTorch's threads as they are or --threads.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import torch
from PIL import Image

from svhn_lib.data.scenes import render_photo
from svhn_lib.data.street import render_split
from svhn_lib.reading.inputs import list_pictures
from svhn_lib.reading.reader import Reader

PEAK = """
import sys
from svhn_lib.reading.reader import Reader
Reader(device="cpu").read(sys.argv[1])
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=400, help="pictures of SVHN's sizes")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, help="of PyTorch")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    print(
        f"{platform.machine()}, torch {torch.__version__}, {torch.get_num_threads()} threads, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    reader = Reader(device="cpu")
    with tempfile.TemporaryDirectory() as scratch:
        files = list_pictures(render_split(f"{scratch}/small", arguments.count, seed=0))
        photo = Path(scratch) / "front.jpg"
        front = Image.fromarray(render_photo(np.random.default_rng(0)).picture)
        front.resize((4000, 3000), Image.Resampling.BICUBIC).save(photo, quality=90)
        reader.read_many(files[:8])
        found, cut, large = [], [], []
        for _ in range(arguments.rounds):
            found.append(seconds(lambda: reader.read_many(files)))
            cut.append(seconds(lambda: reader.read_many(files, cropped=True)))
            large.append(seconds(lambda: reader.read(photo)))
        peak = subprocess.run(
            [sys.executable, "-c", PEAK, photo], capture_output=True, text=True, check=True
        )
    for name, spent in (("found and read", found), ("as if cut", cut)):
        rates = sorted(arguments.count / one for one in spent)
        print(f"{name}: {median(rates):.0f} pictures/s ({rates[0]:.0f} to {rates[-1]:.0f})")
    print(f"ratio {median(cut) / median(found):.2f}")
    print(
        f"12 megapixels: {median(large):.2f} s ({min(large):.2f} to {max(large):.2f}), "
        f"{int(peak.stdout) / 1e3:.0f} MB at most"
    )


if __name__ == "__main__":
    main()
