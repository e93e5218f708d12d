"""Settings: read from the environment in one place, with errors that say what to set."""

from pathlib import Path

import pytest

from svhn_lib import settings

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
