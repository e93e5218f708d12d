"""Pictures a second in reading: `compact` and Goodfellow's net, one by one and in batches of 64.

    python benchmarks/reading.py [--rounds 5]

PyTorch in float32 from uint8 pictures in memory to numbers with probabilities. The baseline is
Goodfellow's net, contiguous and eager; our reading keeps channels last.

Then single pictures by PyTorch's own number of threads and by one thread, turn by turn, on the
machine as it is and with two busy processes beside, for both ways in which OpenMP's threads wait:
busily, as they do where nothing is said, and asleep, as `import svhn_lib` asks for.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from contextlib import ExitStack
from statistics import median

import plain
import torch

from svhn_lib.models import zoo
from svhn_lib.reading.decoding import most_probable
from svhn_lib.reading.inference import evaluation_mode, predict

SECONDS = 2.0


def rate(net: zoo.NumberNet, size: int) -> float:
    pictures = torch.randint(0, 256, (size, 3, *net.config.size), dtype=torch.uint8)
    most_probable(predict(net, pictures))
    began, batches = time.perf_counter(), 0
    while time.perf_counter() - began < SECONDS:
        most_probable(predict(net, pictures))
        batches += 1
    return batches * size / (time.perf_counter() - began)


def thread_rates(rounds: int) -> dict[int, list[float]]:
    """Single pictures a second by each number of threads: PyTorch's own and one."""
    net = zoo.create_model("compact")
    picture = torch.randint(0, 256, (1, 3, *net.config.size), dtype=torch.uint8)
    rates: dict[int, list[float]] = {torch.get_num_threads(): [], 1: []}
    with evaluation_mode(net):  # not by `predict`, which chooses the threads itself
        for _ in range(rounds):
            for threads, reached in rates.items():
                torch.set_num_threads(threads)
                net(picture)
                began, count = time.perf_counter(), 0
                while time.perf_counter() - began < SECONDS:
                    net(picture)
                    count += 1
                reached.append(count / (time.perf_counter() - began))
    return rates


def compare_threads(rounds: int) -> None:
    """Print the rates of processes of their own, with and without busy ones beside them."""
    busy = [sys.executable, "-c", "while True: pass"]
    command = [sys.executable, __file__, "--threads", "--rounds", str(rounds)]
    for policy in ("", "PASSIVE"):
        for beside in (0, 2):
            with ExitStack() as stack:
                for process in [subprocess.Popen(busy) for _ in range(beside)]:
                    stack.callback(process.kill)
                environment = {**os.environ, "OMP_WAIT_POLICY": policy}
                if not policy:  # this script imports PyTorch first, before svhn_lib asks for it
                    del environment["OMP_WAIT_POLICY"]
                done = subprocess.run(
                    command, env=environment, stdout=subprocess.PIPE, text=True, check=True
                )
            rates = json.loads(done.stdout)
            own, one = max(rates, key=int), rates["1"]
            ratios = sorted(b / a for a, b in zip(rates[own], one, strict=True))
            print(
                f"single pictures, threads wait {'asleep' if policy else 'busily'}, {beside} busy "
                f"processes beside: {own} threads {median(rates[own]):.0f} pictures/s, one thread "
                f"{median(one):.0f}, {median(ratios):.1f} times ({ratios[0]:.1f} to "
                f"{ratios[-1]:.1f})"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.threads:
        print(json.dumps(thread_rates(arguments.rounds)))
        return
    print(
        f"{platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    nets = {
        "goodfellow2014, contiguous": plain.make_net().eval(),
        "goodfellow2014": zoo.create_model("goodfellow2014").eval(),
        "compact": zoo.create_model("compact").eval(),
    }
    for size in (1, 64):
        rates: dict[str, list[float]] = {name: [] for name in nets}
        for _ in range(arguments.rounds):
            for name, net in nets.items():
                rates[name].append(rate(net, size))
        base = rates["goodfellow2014, contiguous"]
        for name, reached in rates.items():
            ratios = sorted(a / b for a, b in zip(reached, base, strict=True))
            print(
                f"batch {size}, {name}: {median(reached):.0f} pictures/s, "
                f"{median(ratios):.1f} times the baseline ({ratios[0]:.1f} to {ratios[-1]:.1f})"
            )
    compare_threads(arguments.rounds)


if __name__ == "__main__":
    main()
