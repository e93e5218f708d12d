"""Single digits: files as published, damaged ones named, one interface, and balanced splits."""

import gzip
import struct
import sys
import tracemalloc
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.io import savemat

from svhn_lib import settings as surroundings
from svhn_lib.data.handwriting.digits import DigitSet, balanced_split, load_digits, to_grey
from svhn_lib.data.handwriting.files import read_format2, read_idx, read_mnist
from svhn_lib.data.handwriting.matlab5 import read_arrays
from svhn_lib.data.standardise import Standardisation

# Pictures of each digit in MNIST's two sets (LeCun et al. 1998).
MNIST_TRAIN = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
MNIST_TEST = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


@pytest.fixture
def settings(tmp_path: Path) -> surroundings.Settings:
    return replace(surroundings.read(), data_root=tmp_path / "data", samples=None)


def idx(array: np.ndarray, kind: int = 8) -> bytes:
    shape = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, kind, array.ndim]) + shape + array.tobytes()


def digits(labels: list[int], channels: int = 1, seed: int = 0) -> DigitSet:
    generator = torch.Generator().manual_seed(seed)
    pictures = torch.randint(
        0, 256, (len(labels), 4, 3, channels), dtype=torch.uint8, generator=generator
    )
    return DigitSet(pictures.permute(0, 3, 1, 2), torch.tensor(labels), "made up")


def write_mnist(folder: Path, split: str, labels: list[int]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pictures = np.arange(len(labels) * 784, dtype=np.uint8).reshape(-1, 28, 28)
    (folder / f"{split}-images-idx3-ubyte").write_bytes(idx(pictures))
    packed = gzip.compress(idx(np.array(labels, dtype=np.uint8)))
    (folder / f"{split}-labels-idx1-ubyte.gz").write_bytes(packed)


def write_format2(path: Path, labels: list[int]) -> np.ndarray:
    path.parent.mkdir(parents=True, exist_ok=True)
    x = np.random.default_rng(0).integers(0, 256, (32, 32, 3, len(labels)), dtype=np.uint8)
    savemat(path, {"X": x, "y": np.array(labels, dtype=np.uint8)[:, None]}, do_compression=True)
    return x


# --- IDX ---


def test_idx_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "pictures"
    path.write_bytes(bytes.fromhex("00000803 00000002 00000001 00000003 0102030405ff"))
    assert read_idx(path, 3).tolist() == [[[1, 2, 3]], [[4, 5, 255]]]
    path.write_bytes(gzip.compress(bytes.fromhex("00000801 00000002 0709")))
    assert read_idx(path, 1).tolist() == [7, 9]


@given(arrays.arrays(np.uint8, st.tuples(*[st.integers(0, 5)] * 3)), st.booleans())
def test_idx_comes_back(tmp_path_factory: pytest.TempPathFactory, array, packed: bool) -> None:
    path = tmp_path_factory.mktemp("idx") / "pictures"
    path.write_bytes(gzip.compress(idx(array)) if packed else idx(array))
    np.testing.assert_array_equal(read_idx(path, 3), array)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "not an IDX file"),
        (b"\0\0", "not an IDX file"),
        (b"PK\3\4" + bytes(30), "not an IDX file"),
        (idx(np.zeros((2, 2, 2), np.uint8), kind=13), "not an IDX file"),
        (idx(np.zeros(8, np.uint8)), "an IDX file of labels, not of pictures"),
        (idx(np.zeros((2, 2), np.uint8)), "an IDX file of 2 dimensions, not of pictures"),
        (idx(np.zeros((2, 2, 2), np.uint8))[:-1], "not the 8 bytes that its header"),
        (idx(np.zeros((2, 2, 2), np.uint8)) + b"\0", "not the 8 bytes that its header"),
        (idx(np.zeros((2, 2, 2), np.uint8))[:9], "cut short in its header"),
        (b"\0\0\x08\x03" + b"\xff" * 12, "not the 79,228,162,458,924,105,385,300,197,375 bytes"),
        (gzip.compress(b"\0\0\x08\x03" + b"\xff" * 12, mtime=0), "bytes that its header promises"),
        (gzip.compress(idx(np.ones((9, 9, 9), np.uint8)), mtime=0)[:-12], "a damaged gzip file"),
        (b"\x1f\x8b\x08" + bytes(40), "a damaged gzip file"),
    ],
)
def test_a_wrong_idx_file_is_named(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"{path.name}: .*{problem}"):
        read_idx(path, 3)


def test_files_that_would_fill_the_memory_are_not_read(tmp_path: Path) -> None:
    head = idx(np.zeros((2, 28, 28), np.uint8))[:16]
    with (tmp_path / "sparse").open("wb") as file:
        file.write(head)
        file.truncate(1 << 34)
    with gzip.open(tmp_path / "packed", "wb", compresslevel=1) as file:
        file.write(head + bytes(1 << 28))
    tracemalloc.start()
    for name in ("sparse", "packed"):
        with pytest.raises(ValueError, match=f"{name}: not the 1,568 bytes"):
            read_idx(tmp_path / name, 3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4e6


def test_pictures_and_labels_belong_together(tmp_path: Path) -> None:
    images, labels = tmp_path / "images", tmp_path / "labels"
    images.write_bytes(idx(np.zeros((2, 3, 3), np.uint8)))
    labels.write_bytes(idx(np.array([1, 2, 3], np.uint8)))
    with pytest.raises(ValueError, match=r"images has 2 pictures, but .*labels 3 labels"):
        read_mnist(images, labels)
    labels.write_bytes(idx(np.array([1, 10], np.uint8)))
    with pytest.raises(ValueError, match="labels: a label 10; digits are 0 to 9"):
        read_mnist(images, labels)
    with pytest.raises(FileNotFoundError):
        read_mnist(tmp_path / "none", labels)


def test_mnist_as_published(samples: Path, settings: surroundings.Settings) -> None:
    if not (samples / "mnist").is_dir():
        pytest.skip(f"no MNIST: {samples / 'mnist'} is not there")
    settings = replace(settings, samples=samples)
    train, test = (load_digits("mnist", split, settings) for split in ("train", "test"))
    assert torch.bincount(train.labels).tolist() == MNIST_TRAIN
    assert torch.bincount(test.labels).tolist() == MNIST_TEST
    assert train.pictures.shape == (60_000, 1, 28, 28) and train.source == "MNIST"
    assert train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    # The mean and deviation that everybody normalises MNIST with.
    assert train.pictures.double().mean().item() / 255 == pytest.approx(0.1307, abs=5e-5)
    assert train.pictures.double().std().item() / 255 == pytest.approx(0.3081, abs=5e-5)


# --- Format 2 ---


def test_format2_ten_is_zero(tmp_path: Path) -> None:
    x = write_format2(tmp_path / "train_32x32.mat", [10, 1, 9, 10])
    pictures, labels = read_format2(tmp_path / "train_32x32.mat")
    assert labels.tolist() == [0, 1, 9, 0]
    assert pictures.shape == (4, 32, 32, 3) and pictures.dtype == np.uint8
    for i, (row, column, channel) in enumerate([(0, 31, 2), (5, 6, 1), (31, 0, 0), (7, 7, 2)]):
        assert pictures[i, row, column, channel] == x[row, column, channel, i]


def test_format2_with_one_picture(tmp_path: Path) -> None:
    x = np.arange(3072, dtype=np.uint8).reshape(32, 32, 3)
    savemat(tmp_path / "one.mat", {"X": x, "y": np.array([[3]], np.uint8)})
    pictures, labels = read_format2(tmp_path / "one.mat")
    assert labels.tolist() == [3]
    np.testing.assert_array_equal(pictures[0], x)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"X": np.zeros((32, 32, 3, 2), np.uint8)}, "not SVHN's Format 2"),
        ({"X": np.zeros((32, 32, 3, 2)), "y": np.ones((2, 1))}, "not SVHN's Format 2"),
        ({"X": np.zeros((2, 32, 32, 3), np.uint8), "y": np.ones((2, 1))}, "not SVHN's Format 2"),
        ({"X": np.zeros((32, 32, 3, 2), np.uint8), "y": np.ones((3, 1))}, "a label of 1 to 10"),
        ({"X": np.zeros((32, 32, 3, 1), np.uint8), "y": np.zeros((1, 1))}, "a label of 1 to 10"),
        ({"X": np.zeros((32, 32, 3, 1), np.uint8), "y": np.full((1, 1), 11)}, "a label of 1 to 10"),
    ],
)
def test_other_matlab_files_are_refused(tmp_path: Path, content: dict, problem: str) -> None:
    savemat(tmp_path / "other.mat", content)
    with pytest.raises(ValueError, match=rf"other\.mat: .*{problem}"):
        read_format2(tmp_path / "other.mat")


@pytest.mark.parametrize("packed", [False, True])
def test_matlab_arrays_of_every_class(tmp_path: Path, packed: bool) -> None:
    """Against what SciPy writes, among variables of other kinds and in any order."""
    random = np.random.default_rng(0)
    kinds = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
    arrays = {kind: random.integers(0, 99, (2, 3, 4)).astype(kind) for kind in kinds}
    arrays |= {kind: random.random((3, 1)).astype(kind) for kind in ("float32", "float64")}
    other = {"text": "abc", "cell": np.array([1, "b"], object), "struct": {"a": 1}, "e": [[]]}
    savemat(tmp_path / "all.mat", {**other, **arrays}, do_compression=packed)
    found = read_arrays(tmp_path / "all.mat", {*kinds, "float32", "float64", "none"})
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def refusal(path: Path) -> str | None:
    try:
        read_format2(path)
    except ValueError as error:
        return str(error)
    return None


@pytest.mark.parametrize("packed", [False, True])
def test_matlab_files_with_bytes_changed(tmp_path: Path, packed: bool) -> None:
    """Each byte of the headers in turn, of 0, 127 and 255: read, or refused in one line."""
    path = tmp_path / "a.mat"
    x, y = np.zeros((32, 32, 3, 2), np.uint8), np.array([[1], [10]], np.uint8)
    savemat(path, {"X": x, "y": y}, do_compression=packed)
    whole = path.read_bytes()
    places = [*range(124, min(250, len(whole)), 1 + packed), *range(len(whole) - 40, len(whole))]
    for place, value in product(places, (0, 127, 255)):
        path.write_bytes(whole[:place] + bytes([value]) + whole[place + 1 :])
        problem = refusal(path)
        assert problem is None or (problem.startswith(f"{path}: ") and "\n" not in problem)


def test_damaged_matlab_files_are_named(tmp_path: Path, samples: Path) -> None:
    path = tmp_path / "test_32x32.mat"
    write_format2(path, [1, 2, 3])
    whole = path.read_bytes()
    for end in (0, 3, 100, 128, 131, 140, 1000, len(whole) - 100):
        path.write_bytes(whole[:end])
        with pytest.raises(ValueError, match=r"test_32x32\.mat: "):
            read_format2(path)
    version7 = next((samples / "matlab").glob("*.mat"))
    with pytest.raises(ValueError, match="not a MATLAB 5 file"):
        read_format2(version7)
    with pytest.raises(FileNotFoundError, match=r"none\.mat: no such file"):
        read_format2(tmp_path / "none.mat")


def test_what_to_install(
    tmp_path: Path, settings: surroundings.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match=r"scikit-learn: pip install 'svhn_lib\[course\]'"):
        load_digits("embedded", "train", settings)


# --- which digits ---


def test_the_files_that_are_there(settings: surroundings.Settings, tmp_path: Path) -> None:
    settings = replace(settings, samples=tmp_path / "samples")
    assert load_digits("mnist", "train", settings).source == "embedded digits"
    write_mnist(tmp_path / "samples" / "mnist", "train", [3, 1, 4])
    sample = load_digits("mnist", "train", settings)
    assert sample.source == "MNIST" and sample.labels.tolist() == [3, 1, 4]
    write_mnist(tmp_path / "data" / "mnist", "train", [2, 7])
    own = load_digits("mnist", "train", settings)
    assert own.labels.tolist() == [2, 7] and own.pictures.shape == (2, 1, 28, 28)
    assert own.pictures[1, 0, 0].tolist() == [(784 + i) % 256 for i in range(28)]
    with pytest.raises(FileNotFoundError, match=r"t10k-images-idx3-ubyte\.gz: missing.* mnist"):
        load_digits("mnist", "test", settings)
    with pytest.raises(ValueError, match="MNIST has no extra digits"):
        load_digits("mnist", "extra", settings)


def test_svhn_digits(settings: surroundings.Settings, tmp_path: Path) -> None:
    assert load_digits("svhn-digits", "test", settings).source == "embedded digits"
    x = write_format2(tmp_path / "data" / "svhn-digits" / "extra_32x32.mat", [10, 2])
    extra = load_digits("svhn-digits", "extra", settings)
    assert extra.source == "SVHN digits" and extra.labels.tolist() == [0, 2]
    assert extra.pictures.permute(0, 2, 3, 1).is_contiguous()
    np.testing.assert_array_equal(extra.pictures[1], x[..., 1].transpose(2, 0, 1))
    with pytest.raises(FileNotFoundError, match=r"train_32x32\.mat: missing.* svhn-digits"):
        load_digits("svhn-digits", "train", settings)


def test_names_are_listed(settings: surroundings.Settings) -> None:
    with pytest.raises(ValueError, match="svhn-digits, mnist, embedded"):
        load_digits("usps", "train", settings)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="train, test, extra"):
        load_digits("mnist", "valid", settings)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="embedded set has no extra digits"):
        load_digits("svhn-digits", "extra", settings)


def test_embedded_digits(settings: surroundings.Settings) -> None:
    train, test = (load_digits("embedded", split, settings) for split in ("train", "test"))
    assert (len(train), len(test)) == (1415, 382)
    assert train.pictures.shape[1:] == (1, 28, 28) and train.pictures.dtype == torch.uint8
    # Each of the writers began with 0 to 9, twice or thrice: the test set begins with a new one.
    assert test.labels[:20].tolist() == [*range(10), *range(10)]
    assert torch.bincount(test.labels).min() >= 35


def test_embedded_digits_are_scaled_exactly(settings: surroundings.Settings) -> None:
    """Against linear interpolation between the centres of the 8x8 pixels, one axis at a time."""
    from sklearn.datasets import load_digits as original

    small = original().images[1415:1420] * 255 / 16
    places = (np.arange(28) + 0.5) * 8 / 28 - 0.5
    rows = [[[np.interp(places, range(8), line) for line in picture]] for picture in small]
    wide = np.array(rows)[:, 0]  # (5, 8, 28)
    both = [[np.interp(places, range(8), line) for line in picture.T] for picture in wide]
    expected = np.array(both).transpose(0, 2, 1)
    found = load_digits("embedded", "test", settings).pictures[:5, 0].numpy()
    assert np.abs(found - expected).max() <= 0.5 + 1e-4


# --- splits, grey, standardised ---


def test_subset_by_position_and_mask() -> None:
    some = digits([3, 1, 4, 1])
    assert some.subset([2, 0]).labels.tolist() == [4, 3]
    assert torch.equal(some.subset([2, 0]).pictures, some.pictures[[2, 0]])
    assert some.subset(some.labels == 1).labels.tolist() == [1, 1]
    assert some.subset(np.array([False, True, False, False])).labels.tolist() == [1]
    assert some.subset([1]).pictures.permute(0, 2, 3, 1).is_contiguous()


@given(st.integers(0, 3), st.integers(0, 2), st.integers(0, 99))
def test_balanced_split_is_a_partition(per_class: int, extra_per_class: int, seed: int) -> None:
    order = np.random.default_rng(seed)
    train = digits(order.permutation(list(range(10)) * 3 + [1] * 7).tolist(), seed=1)
    extra = digits(order.permutation(list(range(10)) * 2 + [0] * 5).tolist(), seed=2)
    training, validation = balanced_split(
        train, extra, per_class=per_class, extra_per_class=extra_per_class, seed=seed
    )
    counts = torch.bincount(validation.labels, minlength=10).tolist()
    assert counts == [per_class + extra_per_class] * 10

    def bag(*sets: DigitSet) -> list[tuple[int, bytes]]:
        return sorted(
            (label, picture.numpy().tobytes())
            for s in sets
            for label, picture in zip(s.labels.tolist(), s.pictures, strict=True)
        )

    assert bag(training, validation) == bag(train, extra)


def test_balanced_split_sizes_of_svhn() -> None:
    """400 of each class from train and 200 from extra are the published 6,000 and 598,388."""
    counts = [4948, 13861, 10585, 8497, 7458, 6882, 5727, 5595, 5045, 4659]
    labels = torch.arange(10).repeat_interleave(torch.tensor(counts))
    assert len(labels) == 73_257
    train = DigitSet(torch.zeros(len(labels), 1, 1, 1, dtype=torch.uint8), labels, "train")
    many = torch.arange(531_131) % 10
    extra = DigitSet(torch.zeros(len(many), 1, 1, 1, dtype=torch.uint8), many, "extra")
    training, validation = balanced_split(train, extra)
    assert (len(training), len(validation)) == (598_388, 6_000)


def test_balanced_split_without_extra_and_seeds() -> None:
    train = digits(list(range(10)) * 4)
    splits = [balanced_split(train, per_class=1, seed=seed)[1].pictures for seed in (0, 0, 1)]
    assert torch.equal(splits[0], splits[1]) and not torch.equal(splits[0], splits[2])
    with pytest.raises(ValueError, match="made up: 4 pictures of 0, 5 are asked for"):
        balanced_split(train, per_class=5)


def test_grey_by_hand() -> None:
    colours = torch.tensor([[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [10, 20, 30]])
    pictures = colours.to(torch.uint8).view(5, 1, 1, 3).permute(0, 3, 1, 2)
    grey = to_grey(DigitSet(pictures, torch.arange(5), "colours"))
    # 0.2989, 0.5870, 0.1140 times 255; all of them; 2.989 + 11.74 + 3.42 = 18.149
    assert grey.pictures.flatten().tolist() == [76, 150, 29, 255, 18]
    assert grey.pictures.shape == (5, 1, 1, 1)
    assert to_grey(grey) is grey


def test_grey_of_whole_pictures() -> None:
    some = digits([1, 2, 3], channels=3)
    expected = (some.pictures.double() * torch.tensor([0.2989, 0.5870, 0.1140])[:, None, None]).sum(
        dim=1, keepdim=True
    )
    assert (to_grey(some).pictures.double() - expected).abs().max() <= 0.5 + 1e-4


def test_standardised_by_the_training_set() -> None:
    train, test = digits([0] * 9).pictures, digits([0] * 4, seed=3).pictures
    train[:, 0, 1, 1] = 7  # never changes
    rule = Standardisation.of(train)
    mean, deviation = train.numpy().mean(axis=0), train.numpy().std(axis=0)
    deviation[0, 1, 1] = 1
    expected = (test.numpy() - mean) / deviation
    np.testing.assert_allclose(rule(test), expected, rtol=1e-5, atol=1e-5)
    assert rule(test).dtype == torch.float32
    own = rule(train)
    torch.testing.assert_close(own.mean(dim=0), torch.zeros(1, 4, 3), atol=1e-5, rtol=0)
    with pytest.raises(ValueError, match="at least one"):
        Standardisation.of(train[:0])


def test_large_sets_are_measured_in_parts() -> None:
    values = torch.randint(0, 256, (10_000, 1, 1, 2), dtype=torch.uint8)
    rule = Standardisation.of(values)
    torch.testing.assert_close(rule.mean, values.double().mean(dim=0).float())
    torch.testing.assert_close(rule.deviation, values.double().std(dim=0, correction=0).float())
