"""What OpenCV and NumPy make of the same pictures, byte by byte; what both should make of some."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from svhn_lib.data.cutting import resampling
from svhn_lib.data.cutting.by_numpy import framed
from svhn_lib.data.cutting.crops import CropSettings, cut
from svhn_lib.data.cutting.rgb import reduced
from svhn_lib.data.scenes import SceneSettings, render_photo
from svhn_lib.data.street import RenderSettings, render_picture
from svhn_lib.detection.pyramid import pyramid
from svhn_lib.detection.rectify import rectified

sides = st.integers(1, 150)
seeds = st.integers(0, 2**32 - 1)
MIXED = 0.1  # of pixels that may differ by one: without Intel's routines OpenCV rounds weights


def both(work, *arguments) -> tuple[np.ndarray, np.ndarray]:
    """The results of some work with OpenCV and without."""
    assert resampling.has_opencv()
    theirs = work(*arguments)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resampling, "cv2", None)
        assert not resampling.has_opencv()
        ours = work(*arguments)
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype
    return ours, theirs


def assert_alike(work, *arguments) -> None:
    """Both are the same within one of 255, and nearly always equal."""
    ours, theirs = both(work, *arguments)
    off = np.abs(ours.astype(int) - theirs)
    assert off.max() <= 1
    assert (off > 0).sum() <= max(MIXED * off.size, 1)


def noise(seed: int, height: int, width: int) -> np.ndarray:
    """Pixels that have nothing to do with each other: the hardest that there is."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@given(seeds, sides, sides, st.floats(0, 1), st.floats(0, 1))
def test_pictures_shrink_alike(seed, height, width, down, across):
    size = 1 + int(down * (height - 1)), 1 + int(across * (width - 1))
    assert_alike(resampling.area_average, noise(seed, height, width), size)


@given(seeds, sides, sides, st.floats(0.3, 4), st.floats(0.3, 4))
def test_pictures_grow_alike(seed, height, width, down, across):
    size = max(1, int(height * down)), max(1, int(width * across))
    assert_alike(resampling.bicubic, noise(seed, height, width), size)


@given(seeds, sides, sides, st.lists(st.floats(-0.2, 0.2), min_size=8, max_size=8), st.booleans())
def test_pictures_are_seen_in_perspective_alike(seed, height, width, moves, edge):
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    quad = corners + np.reshape(moves, (4, 2)) * [width, height]
    back = resampling.homography([[0, 0], [48, 0], [48, 40], [0, 40]], quad)
    assert_alike(resampling.warped, noise(seed, height, width), back, (40, 48), edge)


@pytest.mark.parametrize("edge", [True, False])
@pytest.mark.parametrize("turns", range(4))
def test_pictures_are_turned_alike(turns, edge):
    picture = noise(turns, 50, 90)
    for seed in range(20):
        rng = np.random.default_rng((turns, seed))
        left, top = rng.uniform(-20, 60, 2)
        right, below = left + rng.uniform(10, 60), top + rng.uniform(10, 40)
        quad = np.array([[left, top], [right, top], [right, below], [left, below]])
        target = [[0, 0], [40, 0], [40, 30], [0, 30]]
        back = resampling.homography(target, np.roll(quad, turns, axis=0))
        assert_alike(resampling.warped, picture, back, (30, 40), edge)


def test_maps_of_points_are_the_same():
    rng = np.random.default_rng(0)
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * 60.0
    for _ in range(300):
        source, target = square + rng.normal(0, 8, (4, 2)), square + rng.normal(0, 8, (4, 2))
        ours, theirs = both(resampling.homography, source, target)
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-9)
        points = rng.uniform(0, 60, (5, 2))
        np.testing.assert_allclose(*both(resampling.mapped, points, theirs), rtol=1e-9)
        np.testing.assert_allclose(resampling.mapped(source, ours), target, atol=1e-3)


def test_all_greys_are_alike():
    shades = np.arange(0, 256, 3, dtype=np.uint8)
    colours = np.stack(np.meshgrid(shades, shades, shades), axis=-1).reshape(len(shades), -1, 3)
    assert_alike(resampling.to_grey, colours)
    assert (
        both(resampling.to_grey, np.full((2, 3, 3), 255, np.uint8))[0].tolist() == [[[255]] * 3] * 2
    )


@given(seeds, sides, sides, st.tuples(*[st.integers(0, 30)] * 4), st.booleans())
def test_frames_are_those_of_numpy(seed, height, width, outside, edge):
    picture, (above, below, left, right) = noise(seed, height, width), outside
    wanted = np.pad(
        picture, ((above, below), (left, right), (0, 0)), "edge" if edge else "constant"
    )
    np.testing.assert_array_equal(framed(picture, outside, edge), wanted)


def test_what_stays_as_large_stays_as_it_is(monkeypatch):
    monkeypatch.setattr(resampling, "cv2", None)
    picture = noise(0, 37, 300)
    for change in (resampling.area_average, resampling.bicubic):
        np.testing.assert_array_equal(change(picture, (37, 300)), picture)
    np.testing.assert_array_equal(resampling.warped(picture, np.eye(3), (37, 300), True), picture)


@pytest.mark.parametrize("factor", [2, 3, 7, 50])
def test_whole_factors_average_whole_pixels(monkeypatch, factor):
    monkeypatch.setattr(resampling, "cv2", None)
    picture = noise(factor, 4 * factor, 70 * factor)
    means = picture.reshape(4, factor, 70, factor, 3).mean(axis=(1, 3))
    assert np.abs(resampling.area_average(picture, (4, 70)) - means).max() <= 0.51


def test_a_photo_in_many_strips_is_as_by_opencv():
    photo = np.tile(noise(5, 300, 400), (5, 4, 1))
    for size in ((774, 826), (751, 801), (31, 1600), (1500, 40)):
        assert_alike(resampling.area_average, photo, size)
    assert_alike(reduced, photo, 300_000)


def canvases(picture: np.ndarray) -> np.ndarray:
    return np.concatenate([canvas.pixels.ravel() for canvas in pyramid(picture)])


def test_hundreds_of_pictures_are_prepared_alike():
    """As the reader does it: views for finding, level crops and those of slanting numbers."""
    settings, differs, count = RenderSettings(bundled_fonts=True), 0, 0
    for index in range(150):
        rng = np.random.default_rng((31, index))
        picture = render_picture(rng, settings).picture
        if index % 30 == 0:
            picture = render_photo(rng, SceneSettings(bundled_fonts=True)).picture
        height, width = picture.shape[:2]
        way = CropSettings(
            (64, 64),
            ("square", "clipped")[index % 2],
            fill=("black", "edge")[index % 3 % 2],
            grey=index % 5 == 0,
        )
        box = (0.1 * width, 0.3 * height, 0.8 * width, 0.9 * height)
        quad = np.array([[0.2, 0.3], [0.9, 0.2], [0.8, 0.9], [0.1, 0.8]]) * [width, height]
        for work, more in (
            (canvases, ()),
            (cut, (box, way)),
            (rectified, (quad, way)),
            (rectified, (np.roll(quad, 1, axis=0), way)),
        ):
            ours, theirs = both(work, picture, *more)
            off = np.abs(ours.astype(int) - theirs)
            # What is resized twice may be off by one before the second time.
            assert off.max() <= 2
            differs, count = differs + int((off > 0).sum()), count + off.size
    assert differs < MIXED * count
