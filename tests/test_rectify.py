"""Crops of numbers that stand, climb, lie and lean: level ones as any box is cut."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from svhn_lib.data.cutting.crops import CropSettings, cut
from svhn_lib.detection import rectified

SHAPES = [CropSettings((64, 64), shape) for shape in ("square", "clipped", "whole")]
BOXES = [(30, 20, 60, 40), (30.4, 20.7, 61.3, 39.2), (-5, 20, 30, 40), (100, 60, 130, 90)]


def photo(height: int = 90, width: int = 130) -> np.ndarray:
    rng = np.random.default_rng(3)
    rough = rng.integers(40, 216, (height // 15, width // 15, 3), dtype=np.uint8)
    return cv2.resize(rough, (width, height), interpolation=cv2.INTER_CUBIC)


def corners_of(box) -> np.ndarray:
    left, top, right, bottom = box
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)


@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("settings", SHAPES, ids=lambda settings: settings.shape)
@pytest.mark.parametrize("grey", [False, True])
def test_a_level_box_is_cut_like_any_other(box, settings, grey):
    settings = replace(settings, grey=grey)
    crop = rectified(photo(), corners_of(box), settings)
    np.testing.assert_array_equal(crop, cut(photo(), box, settings))


@pytest.mark.parametrize("turns", [1, 2, 3])
@pytest.mark.parametrize("shape", ["square", "clipped"])
def test_a_number_on_its_side_gives_the_crop_of_the_upright_picture(turns, shape):
    settings, box, upright = CropSettings((64, 64), shape), (40, 30, 80, 55), photo()
    corners, turned = corners_of(box), upright
    for _ in range(turns):  # a quarter to the left: (x, y) goes to (y, width - x)
        corners = np.stack([corners[:, 1], turned.shape[1] - corners[:, 0]], axis=1)
        turned = np.ascontiguousarray(np.rot90(turned))
    crop = rectified(turned, corners, settings).astype(int)
    assert np.abs(crop - cut(upright, box, settings)).mean() < 4  # windows of whole pixels


@pytest.mark.parametrize("angle", [-45, -20, 7, 45])
def test_a_climbing_number_is_set_level(angle):
    upright, box, settings = photo(200, 200), (70, 85, 130, 115), CropSettings((64, 64), margin=0.2)
    turn = cv2.getRotationMatrix2D((100, 100), angle, 1)
    turned = cv2.warpAffine(upright, turn, (200, 200), flags=cv2.INTER_CUBIC)
    corners = np.c_[corners_of(box), np.ones(4)] @ turn.T
    crop = rectified(turned, corners, settings).astype(int)
    assert np.abs(crop - cut(upright, box, settings)).mean() < 4


def test_a_number_seen_from_the_side_is_set_upright():
    upright, settings = photo(120, 160), CropSettings((64, 64), "clipped")
    view = np.array([[0.8, 0.05, 5], [0.1, 0.9, 2], [0.0015, 0.0, 1]])
    seen = cv2.warpPerspective(upright, view, (160, 120), flags=cv2.INTER_CUBIC)
    corners = cv2.perspectiveTransform(corners_of((40, 40, 90, 70))[None], view)[0]
    crop = rectified(seen, corners, settings).astype(int)
    assert np.abs(crop - cut(upright, (40, 40, 90, 70), settings)).mean() < 9


@pytest.mark.parametrize(("fill", "outside"), [("black", 0), ("edge", 200)])
def test_what_lies_outside_is_filled_as_the_settings_say(fill, outside):
    picture = np.full((40, 40, 3), 200, np.uint8)
    corners = [[1, 20], [20, 1], [39, 20], [20, 39]]  # a square that stands on its corner
    crop = rectified(picture, corners, CropSettings((64, 64), margin=2, fill=fill))
    assert (crop[0, 0] == outside).all() and (crop[32, 32] == 200).all()
    clipped = rectified(picture, corners, CropSettings((64, 64), "clipped", margin=2))
    assert (clipped == 200).all()


def test_a_large_number_is_averaged_not_sampled():
    stripes = np.zeros((2000, 2000, 3), np.uint8)
    stripes[::2] = 255
    crop = rectified(
        stripes, [[200, 300], [1800, 200], [1850, 1800], [250, 1900]], CropSettings((64, 64))
    )
    assert np.abs(crop[16:48, 16:48].astype(int) - 127).max() < 20


@pytest.mark.parametrize(
    ("corners", "words"),
    [
        ([[0, 0], [9, 0], [9, 9]], "four points"),
        ([[0, 0], [9, 0], [9, 9], [0, np.nan]], "finite"),
        ([[5, 5], [5, 5], [5, 5], [5, 5]], "no area"),
        ([[9, 0], [0, 0], [0, 9], [9, 9]], "top left"),
        ([[0, 0], [9, 9], [9, 0], [0, 9]], "top left"),
        ([[200, 9], [220, 20], [210, 40], [190, 29]], "outside"),
        ([[200, 0], [220, 0], [220, 9], [200, 9]], "outside"),
    ],
)
def test_corners_that_cannot_be_are_refused(corners, words):
    with pytest.raises(ValueError, match=words):
        rectified(photo(), corners, CropSettings())


@pytest.mark.parametrize("seed", range(40))
def test_any_convex_corners_give_a_crop(seed):
    rng = np.random.default_rng(seed)
    angles = np.arange(4) * np.pi / 2 + rng.uniform(0, 1.4, 4)
    corners = 60 + rng.uniform(1, 400) * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    crop = rectified(photo(), corners, CropSettings((32, 48), margin=rng.uniform(0, 2)))
    assert crop.shape == (32, 48, 3) and crop.dtype == np.uint8
