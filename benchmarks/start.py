"""How fast reading starts, and how much an installation takes, beside a general OCR engine.

    python benchmarks/start.py [--rounds 3] [--keep FOLDER]

Two fresh virtual environments are made: one with this checkout, as `pip install svhn_lib` brings
it, one with rapidocr and onnxruntime. Megabytes are those of their packages, without pip. Then each
command is started in a process of its own, by turns; seconds are by the clock and of the
processor. The picture is a rendered one; rapidocr reads it with the models that it brings along.
With --keep the environments stay in a folder and are used again. Needs a package index.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from svhn_lib import render_split
from svhn_lib.reading import list_pictures

ROOT = Path(__file__).resolve().parents[1]
WANTED = {"ours": [str(ROOT)], "rapidocr": ["rapidocr", "onnxruntime"]}


def installed(folder: Path, wanted: list[str]) -> float:
    """Make an environment where there is none, and return its packages' megabytes."""
    if not (folder / "done").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [
            str(folder / "bin" / "pip"),
            "install",
            "--quiet",
            "-c",
            str(ROOT / "constraints.txt"),
        ]
        subprocess.run([*pip, *wanted], check=True)
        (folder / "done").touch()
    (packages,) = folder.glob("lib/python*/site-packages")
    there = (p for p in packages.rglob("*") if p.is_file() and not p.is_symlink())
    ours = (p for p in there if not p.relative_to(packages).parts[0].startswith("pip"))
    return sum(p.stat().st_size for p in ours) / 1e6


def seconds_of(command: list[str], folder: str) -> tuple[float, float]:
    """Return the seconds of a command by the clock and of the processor."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    began = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)}: exit status {os.waitstatus_to_exitcode(status)}")
    return time.perf_counter() - began, used.ru_utime + used.ru_stime


def commands(ours: Path, rival: Path, picture: str) -> dict[str, list[str]]:
    svhn, python = str(ours / "bin" / "svhn"), str(ours / "bin" / "python")
    program = f"from svhn_lib import Reader; print(Reader().read({picture!r}))"
    engine = f"from rapidocr import RapidOCR; print(RapidOCR()({picture!r}))"
    return {
        "svhn --help": [svhn, "--help"],
        "svhn read PICTURE": [svhn, "read", picture],
        "Reader().read(PICTURE)": [python, "-c", program],
        "RapidOCR()(PICTURE)": [str(rival / "bin" / "python"), "-c", engine],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="of the environments")
    arguments = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as scratch:
        homes = {name: (arguments.keep or Path(scratch)).resolve() / name for name in WANTED}
        for name, home in homes.items():
            print(f"{name}: {installed(home, WANTED[name]):.0f} MB installed")
        picture = list_pictures(render_split(Path(scratch) / "s", count=1, seed=0))[0]
        chosen = commands(homes["ours"], homes["rapidocr"], str(picture))
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in chosen}
        for turn in range(arguments.rounds + 1):  # the first one compiles Python's files
            for name, command in chosen.items():
                spent = seconds_of(command, scratch)
                if turn:
                    taken[name].append(spent)
    for name, spent in taken.items():
        clock, processor = zip(*spent, strict=True)
        print(
            f"{name}: {median(clock):.2f} s by the clock ({min(clock):.2f} to {max(clock):.2f}), "
            f"{median(processor):.2f} s of the processor"
        )


if __name__ == "__main__":
    main()
