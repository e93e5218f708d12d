"""Windows worked by hand, cuts against Pillow and against plain averages."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from svhn_lib.data.cutting.crops import CropSettings, crop_window, cut, to_crop

RGB = np.random.default_rng(0).integers(0, 256, (60, 100, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("box", "settings", "window"),
    [
        # longer side 20, plus 30 % is 26, about (40, 35)
        ((30, 30, 50, 40), CropSettings(), (27, 22, 53, 48)),
        ((35, 25, 45, 45), CropSettings(), (27, 22, 53, 48)),
        ((30, 30, 50, 40), CropSettings(margin=0), (30, 25, 50, 45)),
        ((30, 30, 50, 40), CropSettings(margin=1), (20, 15, 60, 55)),
        # a square may leave the picture, a clipped window not
        ((0, 0, 20, 10), CropSettings(), (-3, -8, 23, 18)),
        ((30, 30, 50, 40), CropSettings(shape="clipped"), (27, 29, 53, 42)),
        ((0, 0, 20, 10), CropSettings(shape="clipped"), (0, 0, 23, 12)),
        ((80, 50, 100, 60), CropSettings(shape="clipped"), (77, 49, 100, 60)),
        ((30, 30, 50, 40), CropSettings(shape="whole"), (0, 0, 100, 60)),
        # what lies outside the picture does not count: the box is 0..20 wide
        ((-500, 30, 20, 40), CropSettings(), (-3, 22, 23, 48)),
        ((10.4, 10.4, 10.6, 10.6), CropSettings(), (10, 10, 11, 11)),
    ],
)
def test_windows(box, settings, window):
    assert crop_window(box, (60, 100), settings) == window


@pytest.mark.parametrize("box", [(100, 0, 120, 20), (-9, 0, 0, 20), (0, 60, 9, 70), (5, 5, 5, 9)])
@pytest.mark.parametrize("shape", ["square", "clipped", "whole"])
def test_box_outside_the_picture_is_an_error(box, shape):
    with pytest.raises(ValueError, match="lies outside the 100x60 picture"):
        crop_window(box, (60, 100), CropSettings(shape=shape))


sides = st.floats(0.5, 400)


@given(st.floats(-50, 99), st.floats(-50, 59), sides, sides, st.floats(0, 2))
def test_windows_hold_the_visible_box(left, top, width, height, margin):
    box = (left, top, left + width, top + height)
    if box[2] <= 0 or box[3] <= 0:
        return
    seen = np.array([max(left, 0), max(top, 0), min(box[2], 100), min(box[3], 60)])
    square = np.array(crop_window(box, (60, 100), CropSettings(margin=margin)))
    clipped = np.array(crop_window(box, (60, 100), CropSettings(margin=margin, shape="clipped")))
    assert square[2] - square[0] == square[3] - square[1]
    longer = max(seen[2] - seen[0], seen[3] - seen[1])
    assert abs((square[2] - square[0]) - max(longer * (1 + margin), 1)) <= 0.5
    assert (np.abs(square[:2] + square[2:] - seen[:2] - seen[2:]) <= 1.01).all()  # twice the centre
    for window in (square, clipped):  # rounding to whole pixels may take a pixel of it
        assert (window[:2] <= seen[:2] + 1).all()
        assert (window[2:] >= seen[2:] - 1).all()
    assert (clipped >= 0).all()
    assert (clipped <= [100, 60, 100, 60]).all()
    assert (clipped[:2] < clipped[2:]).all()


def test_settings_that_cannot_be():
    for wrong in (
        {"size": (0, 64)}, {"shape": "round"}, {"fill": "white"}, {"margin": -0.1},
        {"margin": float("nan")},
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"crop|margin"):
            CropSettings(**wrong)
    assert CropSettings(size=[32, 48]) == CropSettings((32, 48))


def test_same_size_cut_copies_pixels():
    settings = CropSettings((26, 26))
    crop = cut(RGB, (30, 30, 50, 40), settings)
    np.testing.assert_array_equal(crop, RGB[22:48, 27:53])
    crop[:] = 0
    assert RGB[22:48, 27:53].any()


def test_outside_is_black_or_the_edge_repeated():
    box = (0, 0, 20, 10)  # window (-3, -8, 23, 18)
    black = cut(RGB, box, CropSettings((26, 26)))
    assert not black[:8].any()
    assert not black[:, :3].any()
    np.testing.assert_array_equal(black[8:, 3:], RGB[:18, :23])
    np.testing.assert_array_equal(black, Image.fromarray(RGB).crop((-3, -8, 23, 18)))
    edge = cut(RGB, box, CropSettings((26, 26), fill="edge"))
    np.testing.assert_array_equal(edge, np.pad(RGB[:18, :23], ((8, 0), (3, 0), (0, 0)), "edge"))


def test_shrinking_averages_areas():
    settings = CropSettings((13, 13))
    crop = cut(RGB, (30, 30, 50, 40), settings)
    blocks = RGB[22:48, 27:53].reshape(13, 2, 13, 2, 3).mean(axis=(1, 3))
    assert np.abs(crop - blocks).max() <= 0.5


@pytest.mark.parametrize("shape", ["square", "clipped", "whole"])
@pytest.mark.parametrize("size", [(20, 7), (64, 64), (16, 200), (128, 256), (90, 30)])
def test_no_stripes_survive_where_a_side_shrinks(shape, size):
    across, down = np.zeros((60, 100, 3), np.uint8), np.zeros((60, 100, 3), np.uint8)
    across[:, ::2] = 200
    down[::2] = 200
    settings = CropSettings(size, shape=shape, margin=0)
    window = crop_window((10, 10, 90, 50), (60, 100), settings)
    for picture, wanted, given_ in (
        (across, size[1], window[2] - window[0]),
        (down, size[0], window[3] - window[1]),
    ):
        if wanted <= given_ / 2:
            crop = cut(picture, (10, 10, 90, 50), settings)
            inside = crop[size[0] // 3 : -size[0] // 3, size[1] // 3 : -size[1] // 3].astype(int)
            # without averaging it is 100 somewhere
            assert np.abs(inside - 100).max() <= 100 * wanted / given_ + 1


def test_growing_is_close_to_pillows_bicubic():
    ramp = np.add.outer(np.arange(60) * 2, np.arange(100)).astype(np.uint8)
    picture = np.dstack([ramp, 255 - ramp, ramp // 2])
    crop = cut(picture, (30, 30, 40, 36), CropSettings((64, 64)))
    window = crop_window((30, 30, 40, 36), (60, 100), CropSettings())
    theirs = np.asarray(Image.fromarray(picture).crop(window).resize((64, 64), Image.BICUBIC))
    assert np.abs(crop.astype(int) - theirs)[8:-8, 8:-8].max() <= 2


def test_grey_has_the_weights_of_rgb2gray():
    crop = cut(RGB, (30, 30, 50, 40), CropSettings((26, 26), grey=True))
    assert crop.shape == (26, 26, 1)
    exact = RGB[22:48, 27:53] @ np.array([0.2989, 0.5870, 0.1140])
    assert np.abs(crop[..., 0] - exact).max() <= 0.5 + 1e-4
    white = np.full((30, 30, 3), 255, np.uint8)
    assert (cut(white, None, CropSettings((8, 8), grey=True)) == 255).all()


def test_without_a_box_the_picture_is_only_resized():
    crop = cut(RGB, None, CropSettings((30, 50)))
    blocks = RGB.reshape(30, 2, 50, 2, 3).mean(axis=(1, 3))
    assert np.abs(crop - blocks).max() <= 0.5
    assert cut(RGB, None, CropSettings((128, 256))).shape == (128, 256, 3)


def test_window_of_a_long_thin_box_takes_little_memory():
    picture = np.full((4, 60_000, 3), 200, np.uint8)
    # its square has 78,000 x 78,000 pixels: 18 GB
    crop = cut(picture, (0, 0, 60_000, 4), CropSettings((64, 64)))
    assert crop.shape == (64, 64, 3)
    assert 0 < crop.mean() < 10
    edge = cut(picture, (0, 0, 60_000, 4), CropSettings((64, 64), fill="edge"))
    assert (edge == 200).all()


def test_boxes_in_crop_pixels_by_hand():
    window, size = (27, 22, 53, 48), (52, 104)  # twice as high, four times as wide
    boxes = to_crop([[30, 30, 50, 40], [27, 22, 53, 48], [np.nan] * 4], window, size)
    assert boxes.dtype == np.float32
    assert boxes[:2].tolist() == [[12, 16, 92, 36], [0, 0, 104, 52]]
    assert np.isnan(boxes[2]).all()


def test_many_windows_at_once_equal_one_at_a_time():
    generator = np.random.default_rng(2)
    boxes = generator.uniform(0, 50, (7, 5, 4))
    windows = np.add(generator.uniform(0, 20, (7, 4)), [0, 0, 30, 40])
    together = to_crop(boxes, windows[:, None], (64, 48))
    for row in range(7):
        np.testing.assert_array_equal(together[row], to_crop(boxes[row], windows[row], (64, 48)))


@pytest.mark.parametrize("shape", ["square", "clipped", "whole"])
def test_box_moves_with_its_pixels(shape):
    picture = np.zeros((120, 200, 3), np.uint8)
    picture[40:70, 60:90] = 255
    settings = CropSettings((128, 256), shape=shape)
    box = (50, 30, 130, 90)
    window = crop_window(box, picture.shape[:2], settings)
    left, top, right, bottom = to_crop([60, 40, 90, 70], window, settings.size)
    rows, columns = np.nonzero(cut(picture, box, settings)[..., 0] > 127)
    found = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    assert np.abs(np.array(found) - [left, top, right, bottom]).max() <= 1


@pytest.mark.parametrize(
    ("margin", "window"),
    [(0.0, (15, 30, 115, 230)), (0.2, (5, 10, 125, 250)), (0.3, (0, 0, 130, 260))],
)
def test_the_middle_of_a_picture_that_is_cut_already(margin, window):
    # A margin of 30 % about 100x200 pixels makes 130x260.
    settings = CropSettings(margin=margin, margin_around_cut=0.30)
    assert crop_window(None, (260, 130), settings) == window
    assert crop_window(None, (260, 130), CropSettings(margin=margin)) == (0, 0, 130, 260)


def test_more_margin_than_a_cut_picture_has_shows_the_whole_of_it():
    settings = CropSettings(shape="square", margin=0.6, margin_around_cut=0.30)
    assert crop_window(None, (40, 60), settings) == (0, 0, 60, 40)


def test_the_bounds_of_sizes_and_margins_are_themselves_allowed():
    assert CropSettings(size=(1, 1), margin=10).margin == 10
    with pytest.raises(ValueError, match="0x1 pixels"):
        CropSettings(size=(0, 1))
    with pytest.raises(ValueError, match="margin"):
        CropSettings(margin=10.5)


def test_what_grows_is_interpolated():
    step = np.zeros((4, 4, 3), dtype=np.uint8)
    step[:, 2:] = 200
    (row, *_) = cut(step, (0, 0, 4, 4), CropSettings(size=(32, 32), margin=0))[..., 0]
    assert len(set(row.tolist())) > 4  # more than the two values that it was made of
