"""Which pictures the course works on: real ones when they are there, else one rendered set."""

from dataclasses import replace
from pathlib import Path

import pytest

from svhn_lib import settings as surroundings
from svhn_lib.data import splits
from svhn_lib.data.matlab.digit_struct import read_digit_struct
from svhn_lib.data.street import RenderSettings, render_split


@pytest.fixture
def settings(tmp_path: Path) -> surroundings.Settings:
    return replace(surroundings.read(), data_root=tmp_path, seed=0, profile="quick")


def test_rendered_once_and_kept(settings: surroundings.Settings) -> None:
    first = splits.split_folder("test", settings, 3)
    assert first.source == "rendered streets"
    before = (first.path / "1.png").stat().st_mtime_ns
    again = splits.split_folder("test", settings, 3)
    assert again == first
    assert (first.path / "1.png").stat().st_mtime_ns == before
    assert read_digit_struct(first.path / "digitStruct.mat")["file"].nunique() == 3


def test_plain_streets_are_kept_apart(settings: surroundings.Settings, tmp_path: Path) -> None:
    usual = splits.split_folder("test", settings, 2)
    plain = splits.split_folder("test", settings, 2, plain=True)
    assert plain.source == "plain rendered streets" and plain.path != usual.path
    chosen = RenderSettings(bundled_fonts=True, ingredients=())
    again = render_split(tmp_path / "again", 2, splits.split_seed(0, "test"), chosen)
    assert (plain.path / "2.png").read_bytes() == (again / "2.png").read_bytes()


def test_splits_and_seeds_share_no_pictures(settings: surroundings.Settings) -> None:
    seeds = {splits.split_seed(s, split) for s in range(20) for split in splits.SPLIT_SEEDS}
    assert len(seeds) == 20 * 3
    train = splits.split_folder("train", settings, 2).path / "1.png"
    test = splits.split_folder("test", settings, 2).path / "1.png"
    other = splits.split_folder("train", replace(settings, seed=1), 2).path / "1.png"
    assert len({path.read_bytes() for path in (train, test, other)}) == 3


def test_real_svhn_comes_first(settings: surroundings.Settings) -> None:
    real = settings.data_root / "svhn" / "train"
    render_split(real, 1, seed=0, settings=RenderSettings(bundled_fonts=True))
    assert splits.split_folder("train", settings) == splits.SplitFolder(real, "SVHN")


def test_the_count_follows_the_profile(
    settings: surroundings.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(splits.COUNTS, "quick", {"train": 1, "test": 2, "extra": 1})
    assert len(list(splits.split_folder("test", settings).path.glob("*.png"))) == 2


def test_a_finished_neighbour_is_used(
    settings: surroundings.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two kernels may render the same set: the slower one takes what the faster one has written."""

    def late(folder: Path, *arguments: object) -> None:
        render_split(folder, 1, seed=0, settings=RenderSettings(bundled_fonts=True))
        raise FileExistsError(folder)

    monkeypatch.setattr(splits, "render_split", late)
    assert (splits.split_folder("extra", settings, 1).path / "1.png").is_file()


def test_a_rendered_set_that_is_not_whole_is_refused(settings: surroundings.Settings) -> None:
    folder = splits.split_folder("test", settings, 6).path
    (folder / "2.png").unlink()
    (folder / "5.png").write_bytes(b"")
    message = r"2 of 6 pictures are missing or empty, the first 2\.png; delete this folder"
    with pytest.raises(FileNotFoundError, match=message):
        splits.split_folder("test", settings, 6)
    (folder / "digitStruct.mat").unlink()
    with pytest.raises(FileNotFoundError, match=r"there is no digitStruct\.mat in it; delete"):
        splits.split_folder("test", settings, 6)


def test_real_svhn_that_is_not_whole_is_refused(settings: surroundings.Settings) -> None:
    real = settings.data_root / "svhn" / "train"
    render_split(real, 3, seed=0, settings=RenderSettings(bundled_fonts=True))
    (real / "3.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"1 of 3 pictures .* data download svhn-train"):
        splits.split_folder("train", settings)
    (real / "digitStruct.mat").unlink()
    with pytest.raises(FileNotFoundError, match=r"no digitStruct\.mat in it"):
        splits.split_folder("train", settings)
