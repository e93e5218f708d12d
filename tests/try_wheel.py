"""Try the wheel in an empty environment, as somebody does who installs it.

    python tests/try_wheel.py FOLDER_WITH_THE_WHEEL (bare | EXTRA)

Installs it with the constraints of the repository into an environment beside it, runs what that
installation promises, in a folder without the checkout, and says how large it is; one that only
reads must be small. `make wheels` runs it for each extra; the tests do not, because every
environment takes minutes.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
READ = [
    ["svhn", "--version"],
    ["python", "-c", "from svhn_lib import BatchReader, Reader; Reader(); BatchReader()"],
    ["svhn", "read", str(ROOT / "docs" / "reading.png"), "--json"],
]
TRAIN = [
    *READ,
    ["svhn", "data", "street", "streets", "--train", "40", "--test", "20"],
    ["svhn", "data", "prepare", "streets/train", "train.h5"],
    ["svhn", "train", "--data", "train.h5", "--steps", "2", "--batch", "8", "--out", "run"],
    ["svhn", "evaluate", "train.h5", "--model", "run/best.safetensors"],
]
COURSE = [
    *TRAIN,
    ["svhn", "course", "check", str(ROOT / "notebooks" / "01_exploration.ipynb")],
    ["python", "-c", "import svhn_lib.widgets, svhn_lib.course, svhn_lib.plots.bars"],
]
MOST = {"bare": 250}  # megabytes
PROMISED = {"bare": READ, "train": TRAIN, "course": COURSE}


def main(folder: Path, extra: str) -> None:
    """Install, run, measure."""
    (wheel,) = folder.glob("*.whl")
    home = folder / extra
    venv.create(home, with_pip=True, clear=True)
    programs = home / "bin"
    before = size_of(home)
    wanted = f"{wheel}" if extra == "bare" else f"{wheel}[{extra}]"
    pip = [programs / "python", "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "-c", ROOT / "constraints.txt", wanted], check=True)
    # Nothing of the checkout or of this environment may help.
    clean = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    work = home / "work"
    work.mkdir()
    for name, *arguments in PROMISED[extra]:
        print("+", name, *arguments, flush=True)
        subprocess.run([programs / name, *arguments], check=True, cwd=work, env=clean)
    size = (size_of(home) - before) / 1e6
    print(f"{extra}: all of it ran; {size:.0f} MB were installed")
    if size > MOST.get(extra, size):
        sys.exit(f"{extra}: more than the {MOST[extra]} MB that are promised")


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2])
