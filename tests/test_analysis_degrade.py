"""Pictures made worse: by hand, and what a reader makes of them."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.ndimage import gaussian_filter
from small_sets import number_set, tiny_net

from svhn_lib.analysis import BLUR, DEGRADATIONS, FADE, SHIFT, degrade, examine


def row(*values: int) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.uint8)[None, None, None]


def test_fading_by_hand():
    assert FADE.apply(row(0, 100, 200), 0.5).flatten().tolist() == [50, 100, 150]
    assert FADE.apply(row(0, 100, 200), 1.0).flatten().tolist() == [100, 100, 100]
    assert FADE.apply(row(99, 100, 101), 0.6).flatten().tolist() == [100, 100, 100]  # lost for good


def test_shifting_by_hand():
    assert SHIFT.apply(row(1, 2, 3, 4), 0.25).flatten().tolist() == [1, 1, 2, 3]
    assert SHIFT.apply(row(1, 2, 3, 4), 5.0).flatten().tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("channels", [1, 3])
def test_blur_is_a_gaussian(channels):
    pictures = number_set(["1", "2"], channels=channels).pictures
    blurred = BLUR.apply(pictures, 1.5)
    assert blurred.shape == pictures.shape and blurred.dtype == torch.uint8
    same = gaussian_filter(pictures.numpy().astype(float), (0, 0, 1.5, 1.5), mode="mirror")
    assert np.abs(blurred.numpy() - same)[..., 6:-6, 6:-6].max() < 2.5  # whole levels, cut tails


@pytest.mark.parametrize("degradation", DEGRADATIONS, ids=lambda d: d.name)
def test_strengths_rise_from_nothing(degradation):
    pictures = number_set(["1"]).pictures
    assert degradation.strengths[0] == 0
    assert list(degradation.strengths) == sorted(set(degradation.strengths))
    assert torch.equal(degradation.apply(pictures, 0), pictures)
    before = pictures.clone()
    worst = degradation.apply(pictures, degradation.strengths[-1])
    assert torch.equal(before, pictures) and not torch.equal(worst, pictures)
    assert worst.dtype == torch.uint8


def test_every_number_is_read_at_every_strength():
    net, numbers = tiny_net(), number_set(["12", "3", "456"])
    rows = degrade(net, numbers, BLUR)
    assert rows["strength"].tolist() == [float(s) for s in BLUR.strengths for _ in range(3)]
    assert rows["place"].tolist() == [0, 1, 2] * len(BLUR.strengths)
    plain = examine(net, numbers)
    same = ["number", "predicted", "confidence", "right"]
    pd.testing.assert_frame_equal(rows[same].iloc[:3], plain[same])
