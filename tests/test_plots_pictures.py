"""Pictures and grids of them: pixels and boxes lie where they belong."""

import numpy as np
import pytest
import torch
from drawn import RNG, outlines, picture, shown

from svhn_lib import plots


@pytest.mark.parametrize("shape", [(5, 7, 3), (5, 7, 1), (3, 5, 7), (1, 5, 7), (5, 7)])
def test_pictures_are_taken_in_every_layout(shape):
    given = RNG.integers(0, 256, shape, dtype=np.uint8)
    assert plots.as_picture(given).shape[:2] == (5, 7)
    assert plots.as_picture(torch.from_numpy(given)).dtype == np.uint8


def test_floats_are_rounded_and_clipped():
    assert plots.as_picture(np.array([[-3.0, 0.4, 254.6, 300.0]])).tolist() == [[0, 0, 255, 255]]


@pytest.mark.parametrize("shape", [(5,), (5, 7, 4), (2, 3, 5, 7)])
def test_what_is_no_picture_is_refused(shape):
    with pytest.raises(ValueError, match="a picture is"):
        plots.as_picture(np.zeros(shape))


def test_grid_shows_every_picture_with_its_caption_and_box():
    pictures = [picture(), picture(10, 40), torch.zeros(3, 8, 8)]
    boxes = [np.array([[1.0, 2, 5, 9], [np.nan] * 4]), None, [[0, 0, 8, 8]]]
    figure = plots.picture_grid(pictures, ["a", "b", "c"], 2, "A title", boxes)
    cells = shown(figure)
    assert [cell.get_title() for cell in cells] == ["a", "b", "c"]
    assert [cell.images[0].get_array().shape[:2] for cell in cells] == [(20, 30), (10, 40), (8, 8)]
    assert [outlines(cell) for cell in cells] == [[[1, 2, 5, 9]], [], [[0, 0, 8, 8]]]
    # Pixel edges are whole numbers, so that exclusive box edges fit.
    assert cells[0].images[0].get_extent() == [0, 30, 20, 0]
    assert figure.get_suptitle() == "A title"


def test_grid_refuses_captions_that_do_not_fit():
    with pytest.raises(ValueError, match="2 captions for 1 pictures"):
        plots.picture_grid([picture()], ["a", "b"])
