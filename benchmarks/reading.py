"""Pictures a second in reading: `compact` and Goodfellow's net, one by one and in batches of 64.

    python benchmarks/reading.py [--rounds 5]

PyTorch in float32 from uint8 pictures in memory to numbers with probabilities. The baseline is
Goodfellow's net, contiguous and eager; our reading keeps channels last.
"""

import argparse
import os
import platform
import time
from statistics import median

import plain
import torch

from svhn_lib.models import zoo
from svhn_lib.reading.decoding import most_probable
from svhn_lib.reading.inference import predict

SECONDS = 2.0


def rate(net: zoo.NumberNet, size: int) -> float:
    pictures = torch.randint(0, 256, (size, 3, *net.config.size), dtype=torch.uint8)
    most_probable(predict(net, pictures))
    began, batches = time.perf_counter(), 0
    while time.perf_counter() - began < SECONDS:
        most_probable(predict(net, pictures))
        batches += 1
    return batches * size / (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
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


if __name__ == "__main__":
    main()
