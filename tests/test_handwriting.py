"""Digits written again otherwise."""

import pytest
import torch

from svhn_lib.augment import vary_digits
from svhn_lib.data.handwriting.digits import DigitSet


@pytest.fixture
def digits() -> DigitSet:
    pictures = torch.zeros(6, 1, 28, 28, dtype=torch.uint8)
    for i, picture in enumerate(pictures):
        picture[0, 6:22, 8 + i : 12 + i] = 255  # an upright stroke
    return DigitSet(pictures, torch.arange(6), "strokes")


def test_originals_come_first_and_labels_follow_their_digits(digits):
    varied = vary_digits(digits, 3, torch.Generator().manual_seed(0))
    assert len(varied) == 24
    assert varied.pictures.dtype == torch.uint8
    assert torch.equal(varied.pictures[:6], digits.pictures)
    assert varied.labels.tolist() == list(range(6)) * 4
    assert varied.source == "strokes"


def test_copies_differ_and_keep_their_ink_about_where_it_was(digits):
    varied = vary_digits(digits, 20, torch.Generator().manual_seed(0)).pictures.float()
    originals = varied[:6].repeat(20, 1, 1, 1)
    copies = varied[6:]
    assert (copies != originals).flatten(1).any(dim=1).all()
    ink = copies.sum(dim=(1, 2, 3)) / originals.sum(dim=(1, 2, 3))
    assert ink.min() > 0.7
    assert ink.max() < 1.3
    columns = torch.arange(28.0)
    centre, was = (
        (x.sum(dim=(1, 2)) * columns).sum(dim=1) / x.sum(dim=(1, 2, 3)) for x in (copies, originals)
    )
    assert (centre - was).abs().max() < 3


def test_seeded_and_refused(digits):
    twice = [vary_digits(digits, 2, torch.Generator().manual_seed(7)).pictures for _ in range(2)]
    assert torch.equal(*twice)
    other = vary_digits(digits, 2, torch.Generator().manual_seed(8)).pictures
    assert not torch.equal(twice[0], other)
    with pytest.raises(ValueError, match="-1 copies"):
        vary_digits(digits, -1, torch.Generator())
