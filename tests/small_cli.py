"""What tests of the command line share: running a command here, small nets, people's own files."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn
from typer.testing import CliRunner

from svhn_lib.cli import app
from svhn_lib.models import zoo
from svhn_lib.models.blocks import Conv

TINY = zoo.MODELS["compact"].changed(
    name="tiny",
    backbone=(Conv(8, stride=4), Conv(16, stride=4)),
    squeeze=0,
    hidden=(16,),
)


@dataclass
class Done:
    """How a command ended, and what it wrote."""

    status: int
    out: str
    err: str


def svhn(*arguments: object) -> Done:
    """Run a command in this process; whatever happens, no traceback."""
    result = CliRunner().invoke(app, [str(a) for a in arguments], prog_name="svhn")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Done(result.exit_code, result.stdout, result.stderr)


def svhn_process(*arguments: object, **options) -> subprocess.CompletedProcess:
    """Run a command as people do."""
    command = [sys.executable, "-m", "svhn_lib", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, **options)


def assert_one_line(done: Done, *named: object) -> None:
    """The command failed with one line on standard error, which names these things."""
    assert done.status == 1
    assert done.err.count("\n") == 1, done.err
    for name in named:
        assert str(name) in done.err
    assert done.out == ""


def says(number: str, probability: float) -> zoo.NumberNet:
    """A net that answers this number to any picture, and no other so long with equal odds."""
    torch.manual_seed(0)
    net = zoo.NumberNet(TINY)
    with torch.no_grad():
        for layer in (net.head.length, net.head.digits):
            nn.init.zeros_(layer.weight)
            nn.init.constant_(layer.bias, -100)
        odds = torch.tensor([probability, 1 - probability]).log()
        net.head.length.bias[len(number)], net.head.length.bias[6] = odds[0], odds[1]
        for position, digit in enumerate(number):
            net.head.digits.bias.view(5, 11)[position, int(digit)] = 100
    return net


def save_picture(path: Path, size: tuple[int, int] = (40, 30), format: str | None = None) -> Path:
    pixels = np.random.default_rng(0).integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path, format)
    return path


def truncate(path: Path) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    return path


def own_labels(folder: Path) -> Path:
    """A person's own pictures: four good rows, of which a reader that says 25 gets two right."""
    for name in ("a.png", "b.png", "c.png", "d.png"):
        save_picture(folder / name)
    rows = ["file,number,left,top,right,bottom,door"]
    rows += ["a.png,25,5,5,30,20,red", "b.png,25,,,,,blue", "c.png,2,5,5,30,20,", "d.png,35,,,,,"]
    (folder / "labels.csv").write_text("\n".join(rows) + "\n")
    return folder / "labels.csv"
