"""What only a GPU does: data that lives there, views made there, bfloat16, a compiled step.

Skipped where there is none.
"""

from dataclasses import replace

import pytest
import torch
from small_runs import SMALL, bars, small_model
from torch.testing import assert_close

from svhn_lib.augment import random_views
from svhn_lib.training import train
from svhn_lib.training.feeds import MemoryFeed
from svhn_lib.training.processes import Place

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
GPU, CPU = torch.device("cuda"), torch.device("cpu")


@pytest.mark.parametrize("free", [None, 0])
def test_batches_are_those_of_a_cpu_whether_the_set_fits_or_not(monkeypatch, free):
    if free is not None:
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (free, free))
    numbers = bars(40, 0)
    there, here = (MemoryFeed(numbers, 8, 3, Place(device)) for device in (GPU, CPU))
    assert (there._whole.pictures.device.type == "cuda") == (free is None)
    batches = zip(there.batches(2), here.batches(2), strict=False)
    for (one, other), _ in zip(batches, range(7), strict=False):  # into the second pass
        assert all(torch.equal(a.cpu(), b) for a, b in zip(one.to(GPU), other, strict=True)
                   if not a.is_floating_point())  # fmt: skip
        assert_close(one.boxes.cpu(), other.boxes, equal_nan=True)
    assert one.to(GPU).pictures.device.type == "cuda"


def test_views_are_those_of_a_cpu_for_the_same_random_numbers():
    numbers = bars(16, 0)
    views = [
        random_views(
            numbers.pictures.to(device), numbers.boxes.to(device), (32, 32),
            torch.Generator().manual_seed(5),
        )
        for device in (GPU, CPU)
    ]  # fmt: skip
    (there, boxes), (here, others) = views
    assert (there.cpu() - here).abs().quantile(0.999) < 0.5
    assert_close(boxes.cpu(), others, equal_nan=True, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("changes", [{}, {"precision": "auto"}, {"compile": True}])
def test_a_net_learns_and_an_interrupted_run_goes_on(tmp_path, changes):
    settings = replace(SMALL, epochs=12, **changes)
    sets = bars(256, 0), bars(64, 1)
    whole = train(small_model().to(GPU), *sets, tmp_path / "whole", settings)
    assert whole.best > 0.9
    part = replace(settings, epochs=6)
    train(small_model().to(GPU), *sets, tmp_path / "parts", part)
    ended = train(small_model().to(GPU), *sets, tmp_path / "parts", settings, resume=True)
    assert [row["step"] for row in ended.history] == [row["step"] for row in whole.history]
    assert ended.best > 0.9


def test_the_same_steps_give_the_losses_of_a_cpu(tmp_path):
    sets = bars(64, 0), bars(32, 1)
    losses = []
    for device in (GPU, CPU):
        net = small_model(norm=False).to(device)
        result = train(net, *sets, tmp_path / device.type, replace(SMALL, epochs=2))
        losses.append([row["loss"] for row in result.history])
    assert losses[0] == pytest.approx(losses[1], rel=2e-3)
