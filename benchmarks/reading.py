"""Pictures a second in reading: `compact` by PyTorch and ONNX Runtime, beside Goodfellow's net.

    python benchmarks/reading.py [--rounds 3] [--seconds 0.4]

From uint8 pictures in memory to logits, one by one and in batches of 64, on one thread and on two,
on the machine as it is and with two busy processes beside. The baseline is Goodfellow's net as
published, in PyTorch, float32, contiguous. `compact` is read by PyTorch (float32, channels last),
by ONNX Runtime in float32, and in int8 with the weights that come along. Threads wait asleep, as
the library asks for; the last lines are PyTorch's threads that wait busily, as they do where
nothing is said.

Then it is said where the time of one picture goes: a PNG file is decoded, its number is cut out,
the net runs, and its logits become numbers with probabilities.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from importlib.resources import files
from pathlib import Path
from statistics import median

import numpy as np
import onnxruntime
import plain
import torch

from svhn_lib.data.cutting.crops import cut
from svhn_lib.data.cutting.pictures import read_picture
from svhn_lib.data.street import render_split
from svhn_lib.export import export_model
from svhn_lib.models import zoo
from svhn_lib.reading import list_pictures, predict
from svhn_lib.reading.answers import answer

BASELINE = "goodfellow2014, PyTorch"
TORCH = "compact, PyTorch"
INT8 = "compact, ONNX int8"
SIZES, THREADS = (1, 64), (1, 2)
BUSY = [sys.executable, "-c", "while True: pass"]


def rate(run: Callable[[], object], size: int, seconds: float) -> float:
    """Pictures a second of a call that reads `size` of them."""
    run()
    began, batches = time.perf_counter(), 0
    while (spent := time.perf_counter() - began) < seconds:
        run()
        batches += 1
    return batches * size / spent


def session(file: Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])


def by_torch(net: zoo.NumberNet, size: int) -> Callable[[], object]:
    height, width = net.config.size
    pictures = torch.randint(0, 256, (size, 3, height, width), dtype=torch.uint8)
    pictures = pictures.contiguous(memory_format=torch.channels_last)
    return torch.inference_mode()(lambda: net(pictures))  # not `predict`, which chooses threads


def by_onnx(run: onnxruntime.InferenceSession, size: int) -> Callable[[], object]:
    pictures = np.random.default_rng(0).integers(0, 256, (size, 3, 64, 64), dtype=np.uint8)
    return lambda: run.run(["length", "digits"], {"pictures": pictures})


def onnx_files(folder: str) -> dict[str, Path]:
    """The exported net by name; int8 is that of the wheel, where it is in it."""
    export_model("compact", Path(folder) / "compact.onnx")
    int8 = Path(str(files("svhn_lib"))) / "weights" / "compact.onnx"
    found = {"compact, ONNX float32": Path(folder) / "compact.onnx"}
    return {**found, INT8: int8} if int8.is_file() else found


def measure(rounds: int, seconds: float, only_torch: bool) -> dict[str, list[float]]:
    """Pictures a second of every way, round by round; 'name|batch|threads'."""
    torch_nets = {TORCH: zoo.load_model("compact").eval()}
    if not only_torch:
        torch_nets[BASELINE] = plain.make_net().eval()
    rates: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        graphs = {} if only_torch else onnx_files(folder)
        sessions = {(n, t): session(f, t) for n, f in graphs.items() for t in THREADS}
        for _ in range(rounds):  # in turns, so that other load falls on all alike
            for size in SIZES[:1] if only_torch else SIZES:
                for threads in THREADS:
                    torch.set_num_threads(threads)
                    ways = {name: by_torch(net, size) for name, net in torch_nets.items()}
                    ways |= {name: by_onnx(sessions[name, threads], size) for name in graphs}
                    for name, run in ways.items():
                        reached = rate(run, size, seconds)
                        rates.setdefault(f"{name}|{size}|{threads}", []).append(reached)
    return rates


def in_a_process(
    arguments: argparse.Namespace, beside: int, policy: str = "PASSIVE"
) -> dict[str, list[float]]:
    """Measure in a process of its own, with busy ones beside it."""
    command = [sys.executable, __file__, "--rounds", str(arguments.rounds)]
    command += ["--seconds", str(arguments.seconds), "--measure"]
    environment = {**os.environ, "OMP_WAIT_POLICY": policy}
    if not policy:  # this script imports PyTorch first, before svhn_lib asks for it
        del environment["OMP_WAIT_POLICY"]
        command.append("--only-torch")
    with ExitStack() as stack:
        for process in [subprocess.Popen(BUSY) for _ in range(beside)]:
            stack.callback(process.kill)
        done = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
    return json.loads(done.stdout)


def print_rates(rates: dict[str, list[float]], way: str) -> None:
    for key, reached in rates.items():
        name, size, threads = key.split("|")
        base = rates.get(f"{BASELINE}|{size}|{threads}", reached)
        ratios = sorted(a / b for a, b in zip(reached, base, strict=True))
        print(
            f"{way}, batch {size}, threads {threads}, {name}: {median(reached):.0f} pictures/s, "
            f"{median(ratios):.1f} times the baseline ({ratios[0]:.1f} to {ratios[-1]:.1f})"
            if base is not reached
            else f"{way}, batch {size}, threads {threads}, {name}: {median(reached):.0f} pictures/s"
        )


def print_parts(seconds: float) -> None:
    """Print the milliseconds of one picture's parts, on one thread."""
    torch.set_num_threads(1)
    net = zoo.load_model("compact").eval()
    with tempfile.TemporaryDirectory() as folder:
        path = list_pictures(render_split(Path(folder) / "s", count=1, seed=0))[0]
        picture = read_picture(path)
        crop = cut(picture, None, net.crop)
        batch = torch.from_numpy(crop).permute(2, 0, 1)[None].contiguous()
        runs = {
            "decoding the file": lambda: read_picture(path),
            "cutting": lambda: cut(picture, None, net.crop),
            f"the net, {TORCH}": lambda: predict(net, batch),
        }
        for name, file in onnx_files(folder).items():
            run = session(file, 1)
            runs[f"the net, {name}"] = lambda run=run: run.run(None, {"pictures": batch.numpy()})
        spent = {name: 1000 / rate(run, 1, seconds) for name, run in runs.items()}
        whole = 1000 / rate(lambda: answer(net, batch, 3), 1, seconds)
    spent["decoding the answer"] = max(0.0, whole - spent[f"the net, {TORCH}"])
    size = f"{picture.shape[1]}x{picture.shape[0]}"
    print(f"one picture of {size} pixels, cut to its number already, one thread:")
    for name, milliseconds in spent.items():
        print(f"  {name}: {milliseconds:.2f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.4, help="of each way in each round")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--only-torch", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(arguments.rounds, arguments.seconds, arguments.only_torch)))
        return
    print(
        f"{platform.machine()}, {os.cpu_count()} CPUs, torch {torch.__version__}, "
        f"onnxruntime {onnxruntime.__version__}, load {os.getloadavg()[0]:.1f}"
    )
    for beside in (0, 2):
        print_rates(in_a_process(arguments, beside), f"{beside} busy beside")
    for beside in (0, 2):
        print_rates(in_a_process(arguments, beside, ""), f"{beside} busy beside, waiting busily")
    print_parts(arguments.seconds)


if __name__ == "__main__":
    main()
