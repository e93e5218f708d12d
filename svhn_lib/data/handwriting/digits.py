"""Single digits with one interface, whatever they come from; split, and turned grey.

Files are read in `files`; canvases of several digits are in `canvases`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from svhn_lib.data.cutting import resampling
from svhn_lib.data.handwriting.files import read_format2, read_mnist
from svhn_lib.data.sets.number_set import as_batch
from svhn_lib.labels import DIGITS
from svhn_lib.settings import Settings

Name = Literal["svhn-digits", "mnist", "embedded"]
Split = Literal["train", "test", "extra"]

_MNIST_FILES = {"train": "train", "test": "t10k"}
# The 1,797 digits stand writer by writer. The last three writers, who begin here, are the test
# set, so that nobody's hand is in both.
_EMBEDDED_TEST = 1415
_EMBEDDED_SIZE = (28, 28)


@dataclass(frozen=True, eq=False)
class DigitSet:
    """N single digits in memory.

    Attributes:
        pictures: uint8 (N, C, H, W), laid out in memory as N, H, W, C (channels_last).
        labels: int64 (N,), classes 0-9.
        source: what they are called in a title.

    Example:
        >>> blank = torch.zeros(2, 1, 28, 28, dtype=torch.uint8)
        >>> DigitSet(blank, torch.tensor([4, 2]), "blank").subset([1]).labels
        tensor([2])
    """

    pictures: Tensor
    labels: Tensor
    source: str

    def __len__(self) -> int:
        return len(self.pictures)

    def subset(self, index: NDArray[Any] | Tensor | list[int]) -> DigitSet:
        """Return the digits at these positions, or where this mask is true."""
        chosen = torch.as_tensor(index)
        pictures = as_batch(self.pictures.permute(0, 2, 3, 1)[chosen])
        return replace(self, pictures=pictures, labels=self.labels[chosen])


def load_digits(name: Name, split: Split, settings: Settings) -> DigitSet:
    """Return the digits to work on: those called `name` where their files are, else embedded ones.

    'svhn-digits' is looked for in `data_root/svhn-digits`, 'mnist' in `data_root/mnist`, then in
    `samples/mnist`. The embedded default is the 1,797 digits that come with scikit-learn (of 13
    people, written by hand; Alpaydin and Kaynak 1998): 1,415 to train, the 382 of three further
    people to test; scaled from 8x8 to 28x28 and from 0-16 to 0-255.

    Args:
        name: which digits.
        split: 'train' or 'test'; SVHN has 'extra' too.
        settings: where files are looked for.

    Raises:
        FileNotFoundError: the set is there, but without this split.
        ValueError: the set has no such split, or a file is damaged.
        ImportError: a package that it needs is not installed.

    Example:
        >>> from svhn_lib import settings
        >>> test = load_digits("embedded", "test", settings.read())
        >>> test.pictures.shape
        torch.Size([382, 1, 28, 28])
    """
    if name not in get_args(Name):
        raise ValueError(f"no digits are called {name!r}; there are: {', '.join(get_args(Name))}")
    if split not in get_args(Split):
        raise ValueError(f"no split is called {split!r}; use {', '.join(get_args(Split))}")
    folder = _folder_of(name, settings)
    if folder is not None and name == "svhn-digits":
        pictures, labels = read_format2(_existing(folder / f"{split}_32x32.mat", name))
        return _digit_set(pictures, labels, "SVHN digits")
    if split == "extra":
        owner = "MNIST" if folder else "The embedded set"
        raise ValueError(f"{owner} has no extra digits: use 'train' or 'test'")
    if folder is not None:
        files = (_mnist_file(folder, split, kind) for kind in ("images-idx3", "labels-idx1"))
        pictures, labels = read_mnist(*files)
        return _digit_set(pictures[..., None], labels, "MNIST")
    return _embedded(split)


def _folder_of(name: Name, settings: Settings) -> Path | None:
    """Return where any file of the set lies; None where none does."""
    if name == "embedded":
        return None
    folders, pattern = [settings.data_root / name], "*_32x32.mat"
    if name == "mnist":
        pattern = "*-idx?-ubyte*"
        folders += [settings.samples / name] if settings.samples else []
    return next((folder for folder in folders if any(folder.glob(pattern))), None)


def _mnist_file(folder: Path, split: Split, kind: str) -> Path:
    """Name the file, unpacked where there is such a one."""
    plain = folder / f"{_MNIST_FILES[split]}-{kind}-ubyte"
    return plain if plain.is_file() else _existing(folder / f"{plain.name}.gz", "mnist")


def _existing(path: Path, name: Name) -> Path:
    if not path.is_file():
        raise FileNotFoundError(f"{path}: missing; bring it with: svhn data download {name}")
    return path


def _digit_set(pictures: NDArray[np.uint8], labels: NDArray[Any], source: str) -> DigitSet:
    """Wrap pictures that lie as (N, H, W, C)."""
    batch = as_batch(torch.from_numpy(np.require(pictures, requirements="W")))
    return DigitSet(batch, torch.from_numpy(labels.astype(np.int64)), source)


def _embedded(split: Split) -> DigitSet:
    try:
        from sklearn.datasets import load_digits as load_embedded
    except ImportError as error:
        raise ImportError(
            "the embedded digits come with scikit-learn: pip install 'svhn_lib[course]'"
        ) from error
    small, labels = load_embedded(return_X_y=True)
    part = slice(_EMBEDDED_TEST) if split == "train" else slice(_EMBEDDED_TEST, None)
    grey = torch.from_numpy(small[part]).view(-1, 1, 8, 8) * (255 / 16)
    large = F.interpolate(grey, _EMBEDDED_SIZE, mode="bilinear").round().to(torch.uint8)
    return _digit_set(
        large.permute(0, 2, 3, 1).contiguous().numpy(), labels[part], "embedded digits"
    )


def balanced_split(
    train: DigitSet,
    extra: DigitSet | None = None,
    *,
    per_class: int = 400,
    extra_per_class: int = 200,
    seed: int = 0,
) -> tuple[DigitSet, DigitSet]:
    """Split into training and validation sets; the latter has as many digits of every class.

    As Sermanet et al. 2012 have it: 400 of each class from train and 200 from extra, drawn at
    random, 6,000 of SVHN's digits; all others of both sets are for training.

    Args:
        train: digits of the training set.
        extra: further ones, such as SVHN's.
        per_class: how many of each class of `train` are for validation.
        extra_per_class: how many of each class of `extra` are.
        seed: what the draw follows from.

    Returns:
        The training and the validation set.

    Raises:
        ValueError: a class has fewer digits than asked for.

    Example:
        >>> pictures = torch.zeros(30, 1, 28, 28, dtype=torch.uint8)
        >>> digits = DigitSet(pictures, torch.arange(30) % 10, "blank")
        >>> [len(part) for part in balanced_split(digits, per_class=1)]
        [20, 10]
    """
    generator = np.random.default_rng(seed)
    mask = _balanced_mask(train, per_class, generator)
    if extra is None:
        return train.subset(~mask), train.subset(mask)
    other = _balanced_mask(extra, extra_per_class, generator)
    training = _concatenate(train.subset(~mask), extra.subset(~other))
    return training, _concatenate(train.subset(mask), extra.subset(other))


def _balanced_mask(digits: DigitSet, per_class: int, generator: np.random.Generator) -> Tensor:
    labels = digits.labels.numpy()
    mask = np.zeros(len(labels), dtype=bool)
    for digit in range(DIGITS):
        members = np.flatnonzero(labels == digit)
        if len(members) < per_class:
            raise ValueError(
                f"{digits.source}: {len(members)} pictures of {digit}, {per_class} are asked for "
                "validation; ask for fewer"
            )
        mask[generator.permutation(members)[:per_class]] = True
    return torch.from_numpy(mask)


def _concatenate(first: DigitSet, second: DigitSet) -> DigitSet:
    pictures = [part.pictures.permute(0, 2, 3, 1) for part in (first, second)]
    labels = torch.cat([first.labels, second.labels])
    return replace(first, pictures=as_batch(torch.cat(pictures)), labels=labels)


def to_grey(digits: DigitSet) -> DigitSet:
    """Return the same digits in one channel, R, G and B weighted by `GREY_WEIGHTS` and rounded.

    Args:
        digits: pictures of 3 channels, or of 1, which stay as they are.

    Example:
        >>> green = torch.zeros(1, 3, 1, 1, dtype=torch.uint8)
        >>> green[:, 1] = 255
        >>> to_grey(DigitSet(green, torch.tensor([7]), "green")).pictures.item()
        150
    """
    count, channels, height, width = digits.pictures.shape
    if channels == 1:
        return digits
    rows = digits.pictures.permute(0, 2, 3, 1).reshape(count * height, width, channels).numpy()
    grey = torch.from_numpy(resampling.to_grey(rows))
    pictures = as_batch(grey.view(count, height, width, 1))
    return replace(digits, pictures=pictures)
