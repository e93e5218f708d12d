"""Photos a second that Ray's workers read, one and two of them, beside a plain loop.

    python benchmarks/ray_read.py [--count 2000] [--rounds 2]

Rendered pictures of SVHN's sizes lie in a folder as PNG files; their numbers are found and read.
The plain loop is one `Reader` on one thread, which is handed the paths. Ray's workers are
`BatchReader`s with one thread each; their clock runs from the first answers to the last, and what
Ray and the workers take to start is printed apart.
Needs `pip install 'svhn_lib[ray]'`.
"""

import argparse
import os

os.environ["OMP_NUM_THREADS"] = "1"  # as Ray tells its workers; PyTorch reads it when it starts
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_AUTH_MODE", "disabled")

import platform
import tempfile
import time
from pathlib import Path
from statistics import median

import ray

from svhn_lib import BatchReader, Reader, render_split
from svhn_lib.reading import list_pictures

DISTINCT = 100
BATCH = 20


def plain_rate(paths: list[Path], count: int) -> float:
    """Photos a second of a plain loop, without what it takes to load the weights."""
    reader = Reader()
    reader.read(paths[0])
    began = time.perf_counter()
    for i in range(0, count, BATCH):
        reader.read_many(paths[(i + k) % len(paths)] for k in range(BATCH))
    return count / (time.perf_counter() - began)


def ray_rate(paths: list[Path], count: int, workers: int) -> tuple[float, float]:
    """Photos a second from the first answers on, and the seconds before them."""
    rows = [{"id": i, "path": str(paths[i % len(paths)])} for i in range(count)]
    answers = ray.data.from_items(rows, override_num_blocks=count // BATCH).map_batches(
        BatchReader,
        batch_size=BATCH,
        num_cpus=1,
        compute=ray.data.ActorPoolStrategy(size=workers),
    )
    began = time.perf_counter()
    at, seen = [], set()
    for batch in answers.iter_batches(batch_size=None, prefetch_batches=0):
        at.append((time.perf_counter(), len(batch["id"])))
        seen.update(batch["id"].tolist())
    if len(seen) != count:
        raise SystemExit(f"{len(seen)} of {count} photos were answered")
    (first, waited), (last, _) = at[0], at[-1]
    return (count - waited) / (last - first), first - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=2000, help="photos per round")
    parser.add_argument("--rounds", type=int, default=2)
    arguments = parser.parse_args()
    print(
        f"{platform.machine()}, {os.cpu_count()} CPUs, ray {ray.__version__}, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    with tempfile.TemporaryDirectory(prefix="ray") as folder:
        paths = list_pictures(render_split(Path(folder) / "s", count=DISTINCT, seed=5))
        began = time.perf_counter()
        ray.init(num_cpus=4, include_dashboard=False, log_to_driver=False, _temp_dir=folder)
        print(f"Ray starts in {time.perf_counter() - began:.1f} s")
        ray.data.DataContext.get_current().enable_progress_bars = False
        rates: dict[str, list[float]] = {"plain loop": [], "1 worker": [], "2 workers": []}
        waits: list[float] = []
        for _ in range(arguments.rounds):
            rates["plain loop"].append(plain_rate(paths, arguments.count))
            for workers, name in ((1, "1 worker"), (2, "2 workers")):
                reached, wait = ray_rate(paths, arguments.count, workers)
                rates[name].append(reached)
                waits.append(wait)
        ray.shutdown()
    for name, reached in rates.items():
        ratios = sorted(a / b for a, b in zip(reached, rates["plain loop"], strict=True))
        print(
            f"{name}: {median(reached):.0f} photos/s ({min(reached):.0f} to {max(reached):.0f}), "
            f"{median(ratios):.2f} times the plain loop ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        )
    print(f"first answers after {min(waits):.1f} to {max(waits):.1f} s")


if __name__ == "__main__":
    main()
