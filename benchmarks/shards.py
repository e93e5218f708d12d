"""Peak memory and numbers a second: shards streamed, against the store read whole.

    python benchmarks/shards.py [--count 60000] [--rounds 3]

The store repeats 1,000 rendered numbers, cut to 64x64. Each way runs in a process of its own, one
pass in batches of 64: the store read whole and its batches taken at random; the shards by
`ShardSet`, from disk and from a web server on this machine; and by the webdataset package as its
guide has it, shuffled through a buffer of as many numbers. Where others use the machine, look at
the numbers per second of processor time.
"""

import argparse
import functools
import http.server
import os
import platform
import resource
import subprocess
import sys
import tempfile
import threading
import time
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from statistics import median

# Peak memory is the most that a process had since its parent made it, the parent's own included:
# so this module imports nothing large, and everything happens in processes of its own.
BATCH, BUFFER, RENDERED = 64, 4096, 1000


def make(store: str, count: int) -> int:
    import numpy as np

    from svhn_lib.data.prepare import load_crops
    from svhn_lib.data.sets.store import StoreWriter
    from svhn_lib.data.street import SVHN_LENGTHS, RenderSettings, render_split

    with tempfile.TemporaryDirectory() as folder:
        settings = RenderSettings(SVHN_LENGTHS, bundled_fonts=True)
        render_split(Path(folder) / "x", RENDERED, 0, settings, None, None)
        numbers = load_crops(Path(folder) / "x")
    pictures = numbers.pictures.permute(0, 2, 3, 1).numpy()
    chosen = np.arange(count) % len(numbers)
    with StoreWriter(store, pictures.shape[1:]) as writer:
        for first in range(0, count, RENDERED):
            writer.append(pictures[chosen[first : first + RENDERED]])
        writer.finish(
            numbers.table.iloc[chosen].reset_index(drop=True),
            numbers.boxes.numpy()[chosen],
            settings=numbers.settings,
            source=numbers.source,
            doubtful=numbers.doubtful,
            damaged=numbers.damaged,
            validation=0.0,
            seed=0,
        )
    return count


def write(store: str) -> int:
    from svhn_lib.data.shards.write import write_shards

    return write_shards(store, Path(store).parent).numbers


def stream(pattern: str) -> int:
    from svhn_lib.data.shards.shard_set import ShardSet

    return sum(map(len, ShardSet(pattern, buffer=BUFFER).batches(BATCH, seed=0, epoch=0)))


def whole(store: str) -> int:
    import numpy as np

    from svhn_lib.data.sets.store import read_store

    numbers = read_store(store)
    order = np.random.default_rng(0).permutation(len(numbers))
    return sum(len(numbers.subset(order[i : i + BATCH])) for i in range(0, len(order), BATCH))


def by_webdataset(pattern: str) -> int:
    import webdataset

    samples = webdataset.WebDataset(pattern, shardshuffle=100).shuffle(BUFFER).decode("rgb8")
    return sum(len(pictures) for pictures, _ in samples.to_tuple("png", "json").batched(BATCH))


LIBRARY = ("svhn_lib.data.shards.shard_set", "svhn_lib.data.shards.write")
WAYS = {
    "write": write,
    "stream": stream,
    "whole": whole,
    "webdataset": by_webdataset,
    "imports": lambda _: 0,
}


def child(way: str, place: str, count: int) -> None:
    """Print numbers, seconds, seconds of processor time, and peak memory in MB."""
    for name in ("webdataset",) if way == "webdataset" else LIBRARY:
        import_module(name)
    clock, used = time.perf_counter(), time.process_time()
    count = make(place, count) if way == "make" else WAYS[way](place)
    seconds = time.perf_counter() - clock, time.process_time() - used
    print(count, *seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)


def measure(way: str, place: str, count: int = 0) -> list[float]:
    command = [sys.executable, __file__, "--child", way, place, "--count", str(count)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return [float(value) for value in done.stdout.split()]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(*arguments.child, arguments.count)
        return
    with tempfile.TemporaryDirectory() as folder:
        store = f"{folder}/train.h5"
        measure("make", store, arguments.count)
        written = measure("write", store)
        shards = sorted(Path(folder).glob("*.tar"))
        pattern = f"train-{{000000..{len(shards) - 1:06}}}.tar"
        size = sum(path.stat().st_size for path in shards) / 1e6
        handler = functools.partial(Quiet, directory=folder)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ways = {
            "imports only": ("imports", ""),
            "store, read whole": ("whole", store),
            "shards, from disk": ("stream", f"{folder}/{pattern}"),
            "shards, over HTTP": ("stream", f"http://127.0.0.1:{server.server_port}/{pattern}"),
            "shards, by webdataset": ("webdataset", f"{folder}/{pattern}"),
        }
        found = {
            name: [
                median(column)
                for column in zip(*(measure(*way) for _ in range(arguments.rounds)), strict=True)
            ]
            for name, way in ways.items()
        }
        server.shutdown()
    pixels = arguments.count * 64 * 64 * 3 / 1e6
    print(
        f"n = {arguments.count:,} numbers of 64x64: {pixels:.0f} MB of pixels, in {len(shards)} "
        f"shards {size:.0f} MB; median of {arguments.rounds}"
    )
    for name, (numbers, seconds, processor, peak) in {"shards written": written, **found}.items():
        memory = f"peak {peak:6.0f} MB, {peak - found['imports only'][3]:6.0f} MB over imports"
        speed = (
            f"{numbers / seconds:8,.0f} numbers/s {numbers / processor:8,.0f} a processor second"
        )
        print(f"{name:22} {speed}  {memory}")
    named = ("torch", "opencv-python-headless", "webdataset")
    packages = ", ".join(f"{p} {version(p)}" for p in named)
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; "
        f"Python {platform.python_version()}, {packages}"
    )


if __name__ == "__main__":
    main()
