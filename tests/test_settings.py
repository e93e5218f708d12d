"""Settings: read from the environment in one place, with errors that say what to set."""

from pathlib import Path

import pytest
import torch
from small_runs import bars
from typer.testing import CliRunner

from svhn_lib import settings
from svhn_lib.cli import app
from svhn_lib.data.sets.store import write_store
from svhn_lib.reading.reader import Reader
from svhn_lib.runtime import load_onnx

NAMES = ("SVHN_PROFILE", "SVHN_DEVICE", "SVHN_SEED", "SVHN_DATA", "SVHN_SAMPLES")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def test_defaults() -> None:
    found = settings.read()
    assert (found.profile, found.seed, found.samples) == ("quick", 0, None)
    assert found.data_root == Path(__file__).resolve().parent.parent / "data"
    assert found.pick(1, 2) == 1


def test_everything_can_be_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    values = ("full", "cpu", "7", str(tmp_path), str(tmp_path / "samples"))
    for name, value in zip(NAMES, values, strict=True):
        monkeypatch.setenv(name, value)
    found = settings.read()
    assert (found.profile, found.device.type, found.seed) == ("full", "cpu", 7)
    assert (found.data_root, found.samples) == (tmp_path, tmp_path / "samples")
    assert found.pick(1, 2) == 2


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("SVHN_PROFILE", "fast", "set it to one of quick, full"),
        ("SVHN_SEED", "-1", "whole number"),
        ("SVHN_DEVICE", "gpu0", "cpu, cuda or cuda:1"),
    ],
)
def test_nonsense_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=f"{name} is '{value}': .*{message}"):
        settings.read()


# Of the three kinds of accelerator a machine has at most one.
ABSENT = [
    name
    for name, there in [
        ("cuda", torch.cuda.is_available()),
        ("cuda:0", torch.cuda.is_available()),
        ("cuda:77", False),
        ("mps", torch.backends.mps.is_available()),
        ("xpu", torch.xpu.is_available()),
        ("xpu:77", False),
        ("cpu:9", False),
    ]
    if not there
]
NONSENSE = [
    "gpu",
    "cpu:9x",
    "",
    "cuda:",
    "cuda:-1",
    "cuda:0x1",
    "CUDA",
    "meta",
    "0",
    " cpu",
    "a\nb",
]


def one_line(error: pytest.ExceptionInfo[ValueError]) -> str:
    text = str(error.value)
    assert "\n" not in text.replace("a\nb", "")
    return text


@pytest.mark.parametrize("name", ABSENT)
def test_a_device_that_is_not_there_is_said_in_a_line(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("SVHN_DEVICE", name)
    with pytest.raises(ValueError, match=f"^SVHN_DEVICE={name}: .*; use cpu$") as error:
        _ = settings.read().device
    one_line(error)
    with pytest.raises(ValueError, match=rf"^device '{name}': .*; use cpu$"):
        settings.checked_device(name)
    with pytest.raises(ValueError, match=rf"^device '{name}': .*; use cpu$"):
        Reader(device=torch.device(name))


@pytest.mark.parametrize("name", NONSENSE)
def test_a_device_that_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("SVHN_DEVICE", name)
    with pytest.raises(ValueError, match=r"^SVHN_DEVICE is .*: set it to cpu, cuda or cuda:1$"):
        settings.read()
    with pytest.raises(ValueError, match=r"^device .*: no such device; use cpu, cuda, cuda:1 or"):
        settings.checked_device(name)
    with pytest.raises(ValueError, match=r"no such device"):
        Reader(device=name)


def test_a_device_that_is_there_is_found() -> None:
    assert settings.checked_device("cpu") == torch.device("cpu")
    assert settings.checked_device("cpu:0").type == "cpu"
    accelerated = "cuda" if torch.cuda.is_available() else "cpu"
    assert settings.checked_device().type == settings.checked_device("auto").type == accelerated


@pytest.mark.parametrize("command", ["read", "evaluate", "train"])
def test_commands_say_in_a_line_that_a_device_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    write_store(tmp_path / "set.h5", bars(24, 0))
    arguments = {
        "read": ["1.png"],
        "evaluate": [str(tmp_path / "set.h5")],
        "train": ["--data", str(tmp_path / "set.h5"), "--out", str(tmp_path / "run")],
    }
    monkeypatch.setenv("SVHN_DEVICE", "cuda:77")
    ended = CliRunner().invoke(app, [command, *arguments[command]])
    assert ended.exit_code == 1
    lines = ended.stderr.strip().splitlines()
    assert "SVHN_DEVICE=cuda:77: " in lines[-1]
    assert not [line for line in lines if "Traceback" in line]
    assert isinstance(ended.exception, SystemExit)


@pytest.mark.parametrize(("said", "most"), [("3", 3), ("4,2", 4), ("", 0), ("many", 0)])
def test_the_most_threads_are_those_of_openmp(
    monkeypatch: pytest.MonkeyPatch, said: str, most: int
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", said)
    assert settings.threads() == most


def test_onnx_runtime_starts_no_more_threads_than_openmp_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tasks = Path("/proc/self/task")
    if not tasks.is_dir():
        pytest.skip("this system does not list a process's threads")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    before = len(list(tasks.iterdir()))
    alone = load_onnx("localiser")
    assert len(list(tasks.iterdir())) == before
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    several = load_onnx("localiser")
    assert len(list(tasks.iterdir())) == before + 3
    assert alone.finds and several.finds
