"""Random windows, views and colours of training pictures, against independent implementations."""

import colorsys
import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from svhn_lib.augment import (
    AugmentSettings,
    ColourAxes,
    PhotometricSettings,
    adjust_brightness,
    adjust_colour,
    adjust_contrast,
    centre_crop,
    colour_axes,
    number_boxes,
    pca_colour,
    photometric_distortion,
    random_crop,
    random_views,
)

STILL = AugmentSettings(
    margin=(0.15, 0.45), loose=0, coarse=0, bars=0, turn=0, shear=0, contrast=(1, 1),
    brightness=0, tint=0, grey=0,
)  # fmt: skip


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=seeded(seed))


def white_boxes(count: int, side: int = 96) -> tuple[torch.Tensor, torch.Tensor]:
    """Black pictures (N, 3, side, side), each with one white box well inside, and the boxes."""
    rng = np.random.default_rng(7)
    low = rng.integers(side // 4, side // 2, (count, 2))
    high = low + rng.integers(side // 8, side // 4, (count, 2))
    pictures = torch.zeros(count, 3, side, side, dtype=torch.uint8)
    for picture, (left, top), (right, bottom) in zip(pictures, low, high, strict=True):
        picture[:, top:bottom, left:right] = 255
    boxes = torch.full((count, 5, 4), torch.nan)
    boxes[:, 0] = torch.from_numpy(np.hstack([low, high]))
    return pictures, boxes


def edges_of(picture: torch.Tensor) -> torch.Tensor:
    """Left, top, right, bottom of what is at least half white in a picture (3, H, W)."""
    lit = picture[0] >= 127.5
    rows, columns = lit.any(dim=1).nonzero()[:, 0], lit.any(dim=0).nonzero()[:, 0]
    return torch.tensor([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]).float()


# -- views ------------------------------------------------------------------------------------


def test_number_box_is_the_union_of_the_digit_boxes():
    boxes = torch.full((2, 3, 4), torch.nan)
    boxes[0, 0] = torch.tensor([10.0, 20, 18, 40])
    boxes[0, 1] = torch.tensor([19.0, 18, 30, 39])
    union = number_boxes(boxes, (64, 64))
    assert union[0].tolist() == [10, 18, 30, 40]
    # The other picture is cut around its number with 30 %: 64 / 1.3 pixels of it are the number.
    assert union[1].tolist() == pytest.approx([32 - 32 / 1.3] * 2 + [32 + 32 / 1.3] * 2)


def test_boxes_of_views_lie_on_their_digits():
    pictures, boxes = white_boxes(60)
    views, moved = random_views(pictures, boxes, (80, 80), seeded(), STILL)
    found = torch.stack([edges_of(view) for view in views])
    assert torch.allclose(moved[:, 0], found, atol=1.0)
    assert moved[:, 1:].isnan().all()


def test_turned_boxes_enclose_their_digits_tightly():
    pictures, boxes = white_boxes(60)
    turned = AugmentSettings(
        margin=(0.15, 0.45),
        loose=0,
        shift=0,
        contrast=(1, 1),
        brightness=0,
        tint=0,
        grey=0,
        turn=12,
        clipped=0,
    )
    views, moved = random_views(pictures, boxes, (96, 96), seeded(1), turned)
    found = torch.stack([edges_of(view) for view in views])
    inside = moved[:, 0].clamp(0, 96)
    assert (found[:, :2] >= inside[:, :2] - 1).all()
    assert (found[:, 2:] <= inside[:, 2:] + 1).all()
    # A turned rectangle touches all four sides of the box around it, pixel edges apart.
    assert torch.allclose(inside, found, atol=2.5)


def test_windows_keep_the_number_inside():
    boxes = white_boxes(300)[1]
    pictures = torch.zeros(300, 3, 96, 96, dtype=torch.uint8)
    _, moved = random_views(pictures, boxes, (64, 64), seeded(2), STILL)
    assert (moved[:, 0] >= 0).all()
    assert (moved[:, 0] <= 64).all()
    # Turned and slanted as well, no more than a sliver is lost at the corners.
    slanted = replace(STILL, turn=6, shear=0.12)
    _, moved = random_views(pictures, boxes, (64, 64), seeded(3), slanted)
    assert (moved[:, 0] >= -8).all()
    assert (moved[:, 0] <= 72).all()


def test_views_show_the_number_as_large_as_the_margin_says():
    pictures, boxes = white_boxes(40)
    fixed = replace(STILL, margin=(0.3, 0.3), shift=0, clipped=1)
    _, moved = random_views(pictures, boxes, (64, 64), seeded(), fixed)
    rim = 64 * 0.3 / 1.3 / 2
    expected = torch.tensor([rim, rim, 64 - rim, 64 - rim]).expand(40, 4)
    assert torch.allclose(moved[:, 0], expected, atol=1e-3)


def test_loose_boxes_stand_off_the_number_by_less_than_a_digit():
    boxes = torch.full((2000, 5, 4), torch.nan)
    boxes[:, 0] = torch.tensor([30.0, 40.0, 60.0, 60.0])  # 30 wide, 20 high
    pictures = torch.zeros(2000, 3, 96, 96, dtype=torch.uint8)
    exact = replace(STILL, margin=(0.0, 0.0), shift=0, clipped=1)
    _, tight = random_views(pictures, boxes, (64, 64), seeded(), exact)
    assert torch.allclose(tight[:, 0], torch.tensor([0.0, 0, 64, 64]).expand(2000, 4), atol=1e-3)
    _, moved = random_views(pictures, boxes, (64, 64), seeded(), replace(exact, loose=0.5))
    loose = ~torch.isclose(moved[:, 0], tight[:, 0], atol=1e-3).all(dim=1)
    assert 0.45 < loose.float().mean() < 0.55
    # The number takes 20 / (20 + 7 + 7) of a window's height at least, and at most 1 / (1 - 0.16).
    high = (moved[loose, 0, 3] - moved[loose, 0, 1]) / 64
    assert high.min() > 20 / 34 - 1e-3
    assert high.max() < 1 / 0.84 + 1e-3
    # Two thirds are at most 14 pixels wider than the number's 30; the others up to twice as wide.
    wide = (moved[loose, 0, 2] - moved[loose, 0, 0]) / 64
    assert 0.02 < (wide < 30 / 44.1).float().mean() < 1 / 3
    assert wide.min() > 30 / 74 - 1e-3


def test_coarse_views_have_as_few_pixels_as_small_pictures():
    pictures = noise(300, 3, 64, 64)
    boxes = torch.full((300, 5, 4), torch.nan)
    boxes[:, 0] = torch.tensor([0.0, 0, 64, 64])
    exact = replace(STILL, margin=(0.0, 0.0), shift=0, clipped=1)
    views, _ = random_views(pictures, boxes, (64, 64), seeded(), replace(exact, coarse=0.6))
    deviation = views.std(dim=(1, 2, 3))
    whole = torch.isclose(views, pictures.float(), atol=1e-2).all(dim=3).all(dim=2).all(dim=1)
    assert 0.3 < whole.float().mean() < 0.5
    # The mean of f x f independent pixels has 1 / f of their deviation; bicubic takes some.
    assert deviation[whole].min() > 70
    sizes = deviation[~whole].sort().values
    assert sizes[5] < 74 / 3.5
    assert sizes[-5] > 74 / 2.6
    assert sizes[-1] < 74 / 1.6


def test_square_views_do_not_stretch():
    _, boxes = white_boxes(40)
    square = AugmentSettings(turn=0, shear=0, clipped=0)
    _, moved = random_views(noise(40, 3, 96, 96), boxes, (64, 64), seeded(), square)
    ratio = (boxes[:, 0, 2:] - boxes[:, 0, :2]) / (moved[:, 0, 2:] - moved[:, 0, :2])
    assert torch.allclose(ratio[:, 0], ratio[:, 1], rtol=1e-4)


def test_bars_hide_what_lies_above_and_below_the_number():
    pictures = torch.full((60, 3, 96, 96), 200, dtype=torch.uint8)
    boxes = torch.full((60, 5, 4), torch.nan)
    boxes[:, 0] = torch.tensor([30.0, 38.0, 66.0, 58.0])
    barred = replace(STILL, margin=(0.5, 0.5), bars=1.0)
    views, moved = random_views(pictures, boxes, (64, 64), seeded(), barred)
    for view, (left, top, right, bottom) in zip(views, moved[:, 0].tolist(), strict=True):
        lit = view[0] > 100
        rows, columns = lit.any(dim=1).nonzero()[:, 0], lit.any(dim=0).nonzero()[:, 0]
        height = bottom - top
        assert top - 0.08 * height - 1.5 <= rows[0] <= top + 1
        assert bottom - 1.5 <= rows[-1] <= bottom + 0.08 * height + 1
        assert columns[0] <= left + 1 and columns[-1] >= right - 2  # the number stays whole
    without, same = random_views(pictures, boxes, (64, 64), seeded(), replace(barred, bars=0.0))
    assert (without > 100).all()
    torch.testing.assert_close(same, moved, equal_nan=True)


def test_views_depend_on_the_generator_alone():
    pictures, boxes = noise(8, 3, 96, 96), white_boxes(8)[1]
    torch.manual_seed(1)
    first, moved = random_views(pictures, boxes, (64, 64), seeded(5))
    torch.manual_seed(2)
    again, moved_again = random_views(pictures, boxes, (64, 64), seeded(5))
    other, _ = random_views(pictures, boxes, (64, 64), seeded(6))
    assert torch.equal(first, again)
    assert torch.equal(moved.nan_to_num(), moved_again.nan_to_num())
    assert not torch.equal(first, other)


def test_views_stay_in_range_and_take_grey_pictures():
    boxes = white_boxes(16)[1]
    for channels in (1, 3):
        views, _ = random_views(noise(16, channels, 96, 96), boxes, (48, 80), seeded())
        assert views.shape == (16, channels, 48, 80)
        assert views.dtype == torch.float32
        assert 0 <= views.min() <= views.max() <= 255


# -- crops ------------------------------------------------------------------------------------


@given(seed=st.integers(0, 1000), height=st.integers(1, 12), width=st.integers(1, 12))
@settings(max_examples=40)
def test_random_crop_is_a_window_and_moves_its_boxes(seed, height, width):
    pictures = noise(5, 3, 12, 12, seed=seed)
    boxes = torch.tensor([4.0, 5, 6, 8]).repeat(5, 2, 1)
    windows, moved = random_crop(pictures, boxes, (height, width), seeded(seed))
    for picture, window, box in zip(pictures, windows, moved, strict=True):
        left, top = (4 - box[0, 0]).int().item(), (5 - box[0, 1]).int().item()
        assert torch.equal(window, picture[:, top : top + height, left : left + width])
        assert (box[:, 2:] - box[:, :2]).tolist() == [[2, 3], [2, 3]]


def test_random_crop_reaches_every_place():
    pictures = torch.zeros(2000, 1, 6, 5)
    _, moved = random_crop(pictures, torch.zeros(2000, 1, 4), (4, 4), seeded())
    places = {(-int(top), -int(left)) for left, top in moved[:, 0, :2].tolist()}
    assert places == set(itertools.product(range(3), range(2)))


def test_centre_crop_by_hand():
    pictures = torch.arange(36).view(1, 1, 6, 6)
    window, boxes = centre_crop(pictures, torch.tensor([[[2.0, 2, 4, 5]]]), (2, 4))
    assert window.tolist() == [[[[13, 14, 15, 16], [19, 20, 21, 22]]]]
    assert boxes.tolist() == [[[1, 0, 3, 3]]]


def test_a_window_larger_than_the_picture_is_refused():
    with pytest.raises(
        ValueError, match=r"65x64 window does not fit into 64x64 pictures: .* --size 65"
    ):
        centre_crop(noise(1, 3, 64, 64), torch.zeros(1, 1, 4), (65, 64))


# -- photometric distortion -------------------------------------------------------------------


def colour_by_colorsys(picture: np.ndarray, saturation: float, hue: float) -> np.ndarray:
    """The reference: one pixel at a time, picture float (3, H, W) of 0-255."""
    changed = np.empty_like(picture, dtype=float)
    for row, column in np.ndindex(picture.shape[1:]):
        h, s, v = colorsys.rgb_to_hsv(*(picture[:, row, column] / 255))
        h, s = (h + hue) % 1, min(s * saturation, 1)
        changed[:, row, column] = 255 * np.array(colorsys.hsv_to_rgb(h, s, v))
    return changed


def contrast_by_numpy(picture: np.ndarray, factor: float) -> np.ndarray:
    mean = picture.mean(axis=(1, 2), keepdims=True)
    return np.clip(mean + (picture - mean) * factor, 0, 255)


@given(
    seed=st.integers(0, 1000),
    saturation=st.floats(0, 3),
    hue=st.floats(-1, 1),
)
@settings(max_examples=25)
def test_colour_agrees_with_colorsys(seed, saturation, hue):
    picture = noise(1, 3, 5, 6, seed=seed)
    picture[0, :, 0, 0] = 0  # black, white and grey have no hue
    picture[0, :, 0, 1] = 255
    picture[0, :, 0, 2] = 99
    changed = adjust_colour(picture, torch.tensor([saturation]), torch.tensor([hue]))
    expected = colour_by_colorsys(picture[0].numpy(), saturation, hue)
    assert np.allclose(changed[0].numpy(), expected, atol=0.02)


def test_contrast_and_brightness_agree_with_numpy():
    pictures, factors = noise(6, 3, 7, 9), torch.tensor([0.0, 0.5, 1.0, 1.2, 1.5, 4.0])
    for picture, factor, changed in zip(
        pictures, factors, adjust_contrast(pictures, factors), strict=True
    ):
        expected = contrast_by_numpy(picture.numpy().astype(float), factor.item())
        assert np.allclose(changed.numpy(), expected, atol=1e-3)
    brighter = adjust_brightness(pictures, torch.tensor([0.0, 32, -32, 300, -300, 1.5]))
    assert torch.equal(brighter[0], pictures[0].float())
    assert torch.equal(brighter[1], (pictures[1].float() + 32).clamp(max=255))
    assert (brighter[3] == 255).all()
    assert (brighter[4] == 0).all()


def test_distortion_is_the_four_steps_in_one_of_two_orders():
    """Ranges of one value make every draw known but the order."""
    fixed = PhotometricSettings(brightness=0, saturation=(1.4, 1.4), hue=0, contrast=(1.3, 1.3))
    pictures = noise(40, 3, 5, 5)
    seen = set()
    for picture, changed in zip(
        pictures.numpy().astype(float),
        photometric_distortion(pictures, seeded(), fixed).numpy(),
        strict=True,
    ):
        before = colour_by_colorsys(contrast_by_numpy(picture, 1.3), 1.4, 0)
        after = contrast_by_numpy(colour_by_colorsys(picture, 1.4, 0), 1.3)
        matches = [np.allclose(changed, other, atol=0.02) for other in (before, after)]
        assert sum(matches) == 1
        seen.add(matches[0])
    assert seen == {True, False}


def test_only_the_place_of_contrast_among_the_steps_matters():
    """Of 24 orders four give different pictures, short of clipping: what two orders leave out."""
    picture = (100 + 40 * torch.rand(1, 3, 6, 6, generator=seeded())).double()

    def value(number: float) -> torch.Tensor:
        return torch.tensor([number])

    steps = {
        "brightness": lambda p: adjust_brightness(p, value(20.0)),
        "saturation": lambda p: adjust_colour(p, value(1.3), value(0.0)),
        "hue": lambda p: adjust_colour(p, value(1.0), value(0.03)),
        "contrast": lambda p: adjust_contrast(p, value(1.3)),
    }
    results: dict[frozenset[str], torch.Tensor] = {}
    for order in itertools.permutations(steps):
        changed = picture
        for name in order:
            changed = steps[name](changed)
        before_contrast = frozenset(order[: order.index("contrast")]) - {"brightness"}
        expected = results.setdefault(before_contrast, changed)
        assert torch.allclose(changed, expected, atol=1e-3)
    assert len(results) == 4
    for one, other in itertools.combinations(results.values(), 2):
        assert not torch.allclose(one, other, atol=0.05)


def test_distortion_keeps_to_its_ranges_and_its_generator():
    flat = torch.full((500, 3, 4, 4), 128, dtype=torch.uint8)
    changed = photometric_distortion(flat, seeded())
    # A flat grey picture has neither contrast nor colour: only brightness moves it.
    moved = changed[:, 0, 0, 0] - 128
    assert torch.allclose(changed - 128, moved[:, None, None, None].expand_as(changed), atol=1e-4)
    assert 30 < moved.max() <= 32
    assert -32 <= moved.min() < -30
    pictures = noise(4, 3, 8, 8)
    assert torch.equal(
        photometric_distortion(pictures, seeded(3)), photometric_distortion(pictures, seeded(3))
    )


# -- PCA colour -------------------------------------------------------------------------------


def test_colour_axes_by_hand():
    """Four pixels on a cross: 30 along (1, 1, 1), 6 along (1, -1, 0), about (100, 100, 100)."""
    wide, narrow = 30 * np.array([1, 1, 1]), 6 * np.array([1, -1, 0])
    pixels = 100 + np.array([wide, -wide, narrow, -narrow])
    axes = colour_axes(torch.from_numpy(pixels.astype(np.uint8)).view(4, 3, 1, 1))
    # Variance along an axis: two pixels of four at that distance.
    assert axes.deviations.tolist() == pytest.approx([0, 6, 30 * 1.5**0.5], abs=1e-3)
    assert torch.allclose(axes.vectors[:, 2].abs(), torch.full((3,), 3**-0.5), atol=1e-5)
    assert torch.allclose(axes.vectors[:, 1].abs(), torch.tensor([2**-0.5, 2**-0.5, 0]), atol=1e-5)


def test_grey_pictures_are_recoloured_as_three_equal_channels():
    grey = noise(8, 1, 6, 6)
    alike = grey.repeat(1, 3, 1, 1)
    ours = photometric_distortion(grey, seeded())
    assert torch.allclose(ours.expand(-1, 3, -1, -1), photometric_distortion(alike, seeded()))
    axes = colour_axes(grey)
    assert torch.equal(axes.deviations, colour_axes(alike).deviations)
    shifted = pca_colour(grey, axes, seeded())
    assert torch.equal(shifted, pca_colour(alike, axes, seeded()))


def test_colour_axes_agree_with_numpy_over_several_blocks():
    pictures = noise(600, 3, 3, 4) // torch.tensor([1, 2, 3], dtype=torch.uint8)[:, None, None]
    pixels = pictures.movedim(1, 0).flatten(1).double().numpy()
    variances, vectors = np.linalg.eigh(np.cov(pixels, bias=True))
    axes = colour_axes(pictures)
    assert np.allclose(axes.deviations.numpy() ** 2, variances, rtol=1e-4)
    assert np.allclose(np.abs(axes.vectors.numpy()), np.abs(vectors), atol=1e-4)


def test_pca_colour_shifts_each_picture_as_the_colours_vary():
    """The shifts of many pictures have strength squared times the covariance of the colours."""
    pictures = noise(64, 3, 8, 8) // torch.tensor([1, 1, 4], dtype=torch.uint8)[:, None, None]
    axes = colour_axes(pictures)
    flat = torch.full((20_000, 3, 2, 2), 128, dtype=torch.uint8)
    shifts = pca_colour(flat, axes, seeded(), strength=0.2) - 128
    assert torch.allclose(shifts, shifts[:, :, :1, :1].expand_as(shifts))  # one shift a picture
    covariance = np.cov(pictures.movedim(1, 0).flatten(1).numpy(), bias=True)
    drawn = np.cov(shifts[:, :, 0, 0].T.numpy(), bias=True)
    assert np.allclose(drawn, 0.2**2 * covariance, atol=0.04 * 0.2**2 * covariance.max())


def test_pca_colour_by_hand():
    axes = ColourAxes(torch.eye(3), torch.tensor([10.0, 20, 40]))
    drawn = torch.randn(1, 3, generator=seeded(4))
    changed = pca_colour(torch.full((1, 3, 1, 1), 100.0), axes, seeded(4), strength=0.5)
    expected = 100 + 0.5 * drawn * torch.tensor([10.0, 20, 40])
    assert torch.allclose(changed[0, :, 0, 0], expected[0])
    unchanged = pca_colour(torch.full((1, 3, 1, 1), 100.0), axes, seeded(4), strength=0)
    assert (unchanged == 100).all()
