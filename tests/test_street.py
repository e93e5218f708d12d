"""Rendered streets: reproducible, boxed and shaped as SVHN's, written as SVHN writes its own."""

import gzip
import json
import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from svhn_lib.analysis.pictures import conditions
from svhn_lib.data.matlab.digit_struct import read_digit_struct
from svhn_lib.data.prepare import load_crops
from svhn_lib.data.statistics import SVHN_QUANTILES
from svhn_lib.data.street import (
    EVEN_LENGTHS,
    INGREDIENTS,
    SVHN_LENGTHS,
    VERSION_3,
    RenderSettings,
    layout,
    materials,
    perspective,
    render_picture,
    render_split,
    sample_number,
    usable_fonts,
)
from svhn_lib.data.street.boxes import RIM, as_annotated, with_rims
from svhn_lib.data.street.drawn import draw_digit, sample_design
from svhn_lib.data.street.fonts import GLYPH_HEIGHT, PACKAGES, glyph, house_fonts, other_form
from svhn_lib.data.street.scene import Scene
from svhn_lib.data.street.style import sample_style
from svhn_lib.data.street.text import SVHN_DIGITS

BUNDLED = RenderSettings(bundled_fonts=True)


def test_numbers_have_svhns_lengths_and_digits() -> None:
    rng = np.random.default_rng(0)
    numbers = [sample_number(rng) for _ in range(20_000)]
    lengths = np.bincount([len(n) for n in numbers], minlength=6)[1:] / len(numbers)
    np.testing.assert_allclose(lengths, np.array(SVHN_LENGTHS) / sum(SVHN_LENGTHS), atol=0.015)
    digits = np.bincount([int(d) for n in numbers for d in n[1:]], minlength=10)
    np.testing.assert_allclose(
        digits / digits.sum(), np.array(SVHN_DIGITS) / sum(SVHN_DIGITS), atol=0.015
    )
    assert not any(n.startswith("0") for n in numbers if len(n) > 1)
    assert "0" in numbers


def test_even_lengths_are_even() -> None:
    rng = np.random.default_rng(0)
    lengths = np.bincount([len(sample_number(rng, EVEN_LENGTHS)) for _ in range(10_000)])[1:]
    assert lengths.min() > 1800 and lengths.max() < 2200


def test_bundled_fonts_draw_ten_different_digits() -> None:
    fonts = usable_fonts(bundled_only=True)
    assert len(fonts) >= 20
    assert all("matplotlib" in path for path in fonts)
    for path in fonts:
        inks = {glyph(path, text).ink.tobytes() for text in "0123456789"}
        assert len(inks) == 10
        assert abs(glyph(path, "0").ink.shape[0] - GLYPH_HEIGHT) <= 3


def test_no_two_fonts_have_the_same_digits() -> None:
    designs = [
        b"".join(glyph(path, text).ink.tobytes() for text in "0123456789")
        for path in usable_fonts(bundled_only=True)
    ]
    assert len(set(designs)) == len(designs)


def test_boxes_are_tight_around_the_ink() -> None:
    """The box of each digit, drawn alone, is the box of its ink to within a pixel."""
    for seed in range(40):
        rng = np.random.default_rng(seed)
        style = sample_style(rng, usable_fonts(bundled_only=True))
        digits = layout.place(rng, "83", style)
        move = np.array([[40.0, 0, 120], [0, 40, 120], [0, 0, 1]])
        to_canvas = move @ perspective.sample_perspective(rng)
        for digit in digits:
            ink = layout.draw_ink([digit], to_canvas, (400, 400)) > 0.5
            rows, columns = np.where(ink.any(axis=1))[0], np.where(ink.any(axis=0))[0]
            drawn = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
            hull = layout.outline(digit, to_canvas)
            box = *hull.min(axis=0), *hull.max(axis=0)
            np.testing.assert_allclose(box, drawn, atol=1.6)


def test_boxes_lie_in_the_picture_in_reading_order() -> None:
    for seed in range(60):
        picture, number, boxes = render_picture(np.random.default_rng(seed), BUNDLED)
        assert picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3
        assert picture.flags["C_CONTIGUOUS"]
        assert boxes.shape == (len(number), 4)
        assert (boxes[:, :2] >= -0.5).all()
        assert (boxes[:, 2] <= picture.shape[1] + 0.5).all()
        assert (boxes[:, 3] <= picture.shape[0] + 0.5).all()
        assert (boxes[:, 2:] > boxes[:, :2]).all()
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2
        forward = np.diff(middles[:, 0]) > 0
        downward = np.diff(middles[:, 1]) > 0
        assert forward.all() or downward.all()


def test_same_seed_same_picture() -> None:
    first, again = (render_picture(np.random.default_rng(7), BUNDLED) for _ in range(2))
    other = render_picture(np.random.default_rng(8), BUNDLED)
    np.testing.assert_array_equal(first.picture, again.picture)
    np.testing.assert_array_equal(first.boxes, again.boxes)
    assert first.picture.shape != other.picture.shape or (first.picture != other.picture).any()


def test_sizes_spread_as_svhns_do() -> None:
    """Digit heights near SVHN's train and test sets: medians 30 and 24 pixels, 5 % under 15."""
    rng = np.random.default_rng(3)
    rendered = [render_picture(rng, BUNDLED) for _ in range(300)]
    heights = [float(np.mean(r.boxes[:, 3] - r.boxes[:, 1])) for r in rendered]
    low, middle, high = np.percentile(heights, [5, 50, 95])
    assert 9 < low < 18 and 20 < middle < 34 and 45 < high < 80


PLAIN = replace(BUNDLED, ingredients=())


def test_each_ingredient_changes_pictures_and_nothing_else_of_them() -> None:
    """Numbers stay the same whatever is left out, and one ingredient changes some pictures."""
    plain = [render_picture(np.random.default_rng((4, i)), PLAIN) for i in range(40)]
    for name in INGREDIENTS:
        settings = replace(PLAIN, ingredients=(name,))
        mixed = [render_picture(np.random.default_rng((4, i)), settings) for i in range(40)]
        assert [r.number for r in mixed] == [r.number for r in plain]
        changed = [
            a.picture.shape != b.picture.shape
            or (a.picture != b.picture).any()
            or (a.boxes.shape == b.boxes.shape and (a.boxes != b.boxes).any())
            for a, b in zip(plain, mixed, strict=True)
        ]
        assert any(changed), name
    both = replace(PLAIN, ingredients=("optics", "boxes"))
    for i, alone in enumerate(plain[:10]):  # these two leave scene and size as they are
        assert render_picture(np.random.default_rng((4, i)), both).picture.shape == (
            alone.picture.shape
        )


def test_boxes_alone_leave_the_picture_as_it_is() -> None:
    for i in range(20):
        exact = render_picture(np.random.default_rng((5, i)), PLAIN)
        rough = render_picture(
            np.random.default_rng((5, i)), replace(PLAIN, ingredients=("boxes",))
        )
        np.testing.assert_array_equal(exact.picture, rough.picture)
        height = (exact.boxes[:, 3] - exact.boxes[:, 1]).max()
        middles = [(b[:, :2] + b[:, 2:]) / 2 for b in (exact.boxes, rough.boxes)]
        assert (np.abs(middles[0] - middles[1]) <= 0.25 * height + 2).all()


@given(
    st.integers(0, 10**6),
    st.lists(st.floats(2, 60), min_size=1, max_size=5),
    st.floats(4, 60),
)
def test_annotated_boxes_are_whole_pixels_of_one_height_in_the_picture(
    seed: int, widths: list[float], height: float
) -> None:
    right = np.cumsum(np.array(widths) + 1.5)
    left = right - np.array(widths)
    boxes = np.stack([left, np.full(len(left), 3.0), right, np.full(len(left), 3 + height)], axis=1)
    size = (round(height) + 6, round(right[-1]) + 4)
    drawn = as_annotated(np.random.default_rng(seed), boxes, size)
    assert (drawn == np.round(drawn)).all() and (drawn >= 0).all()
    assert (drawn[:, 2] <= size[1]).all() and (drawn[:, 3] <= size[0]).all()
    assert (drawn[:, 2:] > drawn[:, :2]).all()
    assert len(set(drawn[:, 3] - drawn[:, 1])) == 1


def test_rims_are_those_of_svhns_boxes_on_the_mean_and_never_cut_ink() -> None:
    boxes = np.array([[10.0, 20, 40, 120], [50, 25, 90, 115]])
    drawn = np.array([with_rims(np.random.default_rng(seed), boxes) for seed in range(500)])
    grown = (drawn - boxes) * (-1, -1, 1, 1)
    assert grown.min() >= 0
    np.testing.assert_allclose(
        grown[:, 0], grown[:, 1], atol=1e-9
    )  # one rim for all digits of a number
    np.testing.assert_allclose(grown[:, 0].mean(axis=0), 100 * np.array(RIM * 2), atol=0.8)


def test_boxes_with_rims_stay_in_their_pictures() -> None:
    settings = RenderSettings(bundled_fonts=True, ingredients=("rims",))
    for seed in range(60):
        picture, _, boxes = render_picture(np.random.default_rng((13, seed)), settings)
        assert (boxes >= 0).all() and (boxes <= np.tile(picture.shape[1::-1], 2)).all()


def test_other_numbers_near_a_number_can_be_left_out() -> None:
    settings = RenderSettings(bundled_fonts=True, ingredients=())
    several = [render_picture(np.random.default_rng((11, i)), settings) for i in range(80)]
    settings = replace(settings, neighbours=False)
    alone = [render_picture(np.random.default_rng((11, i)), settings) for i in range(80)]
    for one, other in zip(several, alone, strict=True):
        assert one.number == other.number
        np.testing.assert_array_equal(one.boxes, other.boxes)
    pairs = zip(several, alone, strict=True)
    differ = np.mean([not np.array_equal(one.picture, other.picture) for one, other in pairs])
    assert 0.1 < differ < 0.4  # a quarter of plain pictures have neighbours


@given(st.floats(-2, 2), st.floats(-2, 2), st.floats(0.3, 12), st.floats(0.3, 12))
def test_no_end_of_a_number_comes_near_the_camera(
    across: float, down: float, width: float, height: float
) -> None:
    box = np.array([[0.0, 0.0], [width, height]])
    view = np.array([[0.8, 0.1, 0], [0.2, 1, 0], [across, down, 1]])
    tamed = perspective.bounded(view, box)
    corners = np.array([[x, y, 1] for x in (0, width) for y in (0, height)])
    distances = corners @ tamed[2]
    assert distances.min() >= 0.35 * distances.max() > 0
    np.testing.assert_array_equal(tamed[:2], view[:2])
    before = corners @ view[2]
    if before.min() >= 0.35 * before.max():
        np.testing.assert_array_equal(tamed, view)


def test_relief_of_faint_strokes_has_a_colour() -> None:
    rng, grey = np.random.default_rng(0), np.full(3, 90.0)
    carved = materials.Material(relief=50.0, wall_coloured=True)
    scene = Scene(rng, np.full((40, 40, 3), 90, np.float32), [], np.eye(3), 20.0)
    ink = np.zeros((40, 40), np.float32)
    ink[10:30, 15:18] = 0.3  # seen so obliquely that no pixel is half covered
    materials.lay_material(scene, rng, carved, ink, grey, grey)
    assert np.isfinite(scene.canvas).all()
    assert np.ptp(scene.canvas) > 5


def test_contrast_and_sharpness_are_near_those_of_real_pictures(tmp_path: Path) -> None:
    rendered = conditions(load_crops(render_split(tmp_path / "streets", 400, 8, BUNDLED)))
    for name in ("contrast", "sharpness"):
        middle = np.nanmedian(getattr(rendered, name))
        assert middle == pytest.approx(SVHN_QUANTILES[name][2], rel=0.2), name


def test_an_unknown_ingredient_is_refused() -> None:
    with pytest.raises(ValueError, match="no ingredient 'salt': there are fonts"):
        RenderSettings(ingredients=("salt",))


@pytest.mark.parametrize(
    "lengths", [(), (0, 0), (0,), (-1, 2), (float("nan"), 1), (1,) * 6, (0,) * 6 + (1,), ((1, 2),)]
)
def test_lengths_that_no_number_has_are_refused(lengths: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="lengths are one to 5 weights"):
        RenderSettings(lengths=lengths)
    with pytest.raises(ValueError, match="lengths are one to 5 weights"):
        sample_number(np.random.default_rng(0), lengths)


def test_ingredients_of_version_3_come_first_and_are_seven() -> None:
    assert tuple(INGREDIENTS)[:7] == VERSION_3


def test_drawn_digits_differ_and_are_as_high_as_those_of_fonts() -> None:
    for seed in range(30):
        design = sample_design(np.random.default_rng(seed))
        inks = [draw_digit(design, digit).ink for digit in "0123456789"]
        assert len({ink.tobytes() for ink in inks}) == 10
        assert all(abs(len(ink) - GLYPH_HEIGHT) <= 6 for ink in inks)
        assert all(ink.any(axis=0).all() and ink.any(axis=1).all() for ink in inks)
        hollow = 255 - inks[0][GLYPH_HEIGHT // 2]
        assert hollow.max() > 200, f"design {seed}: a 0 without a hole"


def test_some_numbers_are_written_downwards_with_boxes_from_top_to_bottom() -> None:
    settings = replace(PLAIN, lengths=(0, 0, 0, 1), ingredients=("stacks",))
    stacked = 0
    for seed in range(150):
        _, number, boxes = render_picture(np.random.default_rng(seed), settings)
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2
        height = np.median(boxes[:, 3] - boxes[:, 1])
        if np.ptp(middles[:, 1]) < 2.5 * height or np.ptp(middles[:, 0]) > 1.5 * height:
            continue
        stacked += 1
        assert (boxes[1:, 1] >= boxes[:-1, 3] - 0.25 * height).all(), number
    assert 3 <= stacked <= 25


def test_all_numbers_are_written_downwards_where_the_share_is_one() -> None:
    settings = replace(PLAIN, lengths=(1, 1, 1), ingredients=("stacks",), stacked=1.0)
    for seed in range(30):
        _, number, boxes = render_picture(np.random.default_rng(seed), settings)
        assert (np.diff(boxes[:, 1]) > 0.5 * np.diff(boxes[:, [1, 3]])[:-1, 0]).all(), number
    with pytest.raises(ValueError, match="share of the numbers, 0 to 1"):
        RenderSettings(stacked=1.5)


def test_digits_stand_out_from_what_is_around_them() -> None:
    """Of nearly all digits the ink and the ground can be told apart in the grey picture."""
    faint = digits = 0
    for seed in range(150):
        picture, _, boxes = render_picture(np.random.default_rng((9, seed)), BUNDLED)
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(float)
        for left, top, right, bottom in boxes.astype(int):
            part = grey[max(0, top) : bottom + 1, max(0, left) : right + 1]
            digits += 1
            faint += np.ptp(np.percentile(part, (5, 95))) < 18
    assert faint / digits < 0.06


def black_share(size: tuple[int, int], boxes: np.ndarray) -> float:
    """How much of the square crop with 30 % margin lies outside the picture, (H, W)."""
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    side = 1.3 * (high - low).max()
    start, end = (low + high) / 2 - side / 2, (low + high) / 2 + side / 2
    inside = np.minimum(end, size[::-1]) - np.maximum(start, 0)
    return float(1 - np.prod(np.clip(inside, 0, None)) / side**2)


def test_crops_reach_beyond_pictures_as_often_as_svhns(samples: Path) -> None:
    """Between the shares of SVHN's training and test set, counted in all their boxes."""
    with gzip.open(samples / "annotations" / "svhn_train_test_boxes.json.gz") as file:
        splits = json.load(file)
    shares = {}
    for name, records in splits.items():
        sized = [
            ((r["height"], r["width"]), np.array([box[1:] for box in r["boxes"]], dtype=float))
            for r in records
        ]
        shares[name] = np.mean([black_share(size, boxes) > 0.02 for size, boxes in sized])
    rendered = [render_picture(np.random.default_rng((8, i)), BUNDLED) for i in range(400)]
    ours = np.mean([black_share(r.picture.shape[:2], r.boxes) > 0.02 for r in rendered])
    assert shares["test"] < ours < shares["train"]


def test_levelled_views_keep_uprights_upright() -> None:
    for seed in range(20):
        view = perspective.sample_perspective(np.random.default_rng(seed))
        view = perspective.levelled(perspective.sample_oblique(np.random.default_rng(seed)) @ view)
        ends = cv2.perspectiveTransform(np.array([[[0.0, 0.0]], [[0.0, 1e-3]]]), view)[:, 0]
        assert abs(ends[1, 0] - ends[0, 0]) < 1e-6 < ends[1, 1] - ends[0, 1]


def measured(numbers: list[np.ndarray]) -> dict[str, np.ndarray]:
    """Of boxes (K, 4) of each number: heights, shapes of digits, shapes of numbers, slopes."""
    digits = np.concatenate(numbers)
    sides = digits[:, 2:] - digits[:, :2]
    several = [boxes for boxes in numbers if len(boxes) > 1]
    middles = [(boxes[:, :2] + boxes[:, 2:]) / 2 for boxes in several]
    steps = np.array([m[-1] - m[0] for m in middles])
    whole = [np.ptp(b[:, [0, 2]]) / np.ptp(b[:, [1, 3]]) / len(b) for b in numbers]
    return {
        "height": np.log(sides[:, 1]),
        "aspect": np.log(sides[:, 0] / sides[:, 1]),
        "number aspect": np.log(np.array(whole)),
        "slope": np.rad2deg(np.arctan2(steps[:, 1], np.maximum(steps[:, 0], 1))),
    }


def test_boxes_are_distributed_as_svhns(samples: Path) -> None:
    """Heights, shapes, slopes and lengths against all boxes of SVHN's Format 1 training set."""
    with gzip.open(samples / "annotations" / "svhn_train_test_boxes.json.gz") as file:
        records = json.load(file)["train"]
    svhn = [np.array([box[1:] for box in r["boxes"]], dtype=float) for r in records]
    svhn = [b for b in svhn if len(b) <= 5 and (b[:, 2:] > b[:, :2]).all()]
    rendered = [render_picture(np.random.default_rng((6, i)), BUNDLED).boxes for i in range(1_000)]
    true, ours = measured(svhn), measured(rendered)
    for name, most in (("height", 0.10), ("aspect", 0.12), ("number aspect", 0.12)):
        middle = abs(np.median(true[name]) - np.median(ours[name]))
        assert middle < most, f"{name}: medians {middle:.3f} apart, in logarithms"
        tenths = [np.ptp(np.percentile(x[name], (10, 90))) for x in (ours, true)]
        spread = tenths[0] / tenths[1]
        assert 0.75 < spread < 1.35, f"{name}: {spread:.2f} times as spread"
    assert abs(np.median(true["slope"]) - np.median(ours["slope"])) < 3
    lengths = [np.bincount([len(b) for b in s], minlength=6)[1:] / len(s) for s in (svhn, rendered)]
    np.testing.assert_allclose(*lengths, atol=0.05)


def test_boxes_of_lone_digits_are_as_wide_as_svhns(samples: Path) -> None:
    """SVHN's annotators left room on both sides of a digit that has no neighbour."""
    with gzip.open(samples / "annotations" / "svhn_train_test_boxes.json.gz") as file:
        records = json.load(file)["train"]
    svhn = [r["boxes"][0] for r in records if len(r["boxes"]) == 1]
    lone = replace(BUNDLED, lengths=(1,), stacked=0.0)
    rendered = [render_picture(np.random.default_rng((12, i)), lone) for i in range(600)]
    true = [(x1 - x0) / (y1 - y0) for label, x0, y0, x1, y1 in svhn if label != "1" and y1 > y0]
    ours = [np.divide(*(r.boxes[0, 2:] - r.boxes[0, :2])) for r in rendered if r.number != "1"]
    for share in (10, 50, 90):
        ratio = np.percentile(ours, share) / np.percentile(true, share)
        assert 0.85 < ratio < 1.15, f"{share} %: {ratio:.2f} times as wide"


def test_every_package_of_fonts_has_its_licence() -> None:
    lines = PACKAGES.read_text(encoding="utf-8").splitlines()
    rows = [line.split(None, 1) for line in lines if not line.startswith("#")]
    assert len(rows) > 100 and all(len(row) == 2 for row in rows)
    assert len({name for name, _ in rows}) == len(rows)
    assert all(re.fullmatch(r"fonts-[a-z0-9.-]+", name) for name, _ in rows)


def test_fonts_of_houses_are_among_the_usable_ones() -> None:
    fonts = usable_fonts(bundled_only=True)
    chosen = house_fonts(fonts)
    assert 0 < len(chosen) < len(fonts) and set(chosen) <= set(fonts)
    assert house_fonts(("/x/unknown.ttf",)) == ("/x/unknown.ttf",)


def test_other_forms_are_digits_in_size_and_differ_from_them() -> None:
    fonts = usable_fonts(bundled_only=True)
    flat = [path for path in fonts if other_form(path, "3")]
    assert any("DejaVuSans.ttf" in path for path in flat)
    for path in flat:
        usual, other = glyph(path, "3").ink, glyph(path, other_form(path, "3")).ink
        assert abs(len(usual) - len(other)) < 0.15 * GLYPH_HEIGHT
        tops = [(ink[:8] > 127).sum(axis=1).max() for ink in (usual, other)]
        assert tops[0] < tops[1]
    assert other_form(fonts[0], "5") is None


def test_split_is_written_as_svhn_writes_it(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    folder = render_split(
        tmp_path / "train", 12, seed=5, settings=BUNDLED, workers=1,
        progress=lambda done, total: calls.append((done, total)),
    )  # fmt: skip
    names = {path.name for path in folder.iterdir()}
    assert names == {"digitStruct.mat"} | {f"{i}.png" for i in range(1, 13)}
    assert calls[-1] == (12, 12)
    table = read_digit_struct(folder / "digitStruct.mat")
    for index in (0, 11):
        expected = render_picture(np.random.default_rng((5, index)), BUNDLED)
        name = f"{index + 1}.png"
        np.testing.assert_array_equal(cv2.imread(str(folder / name))[..., ::-1], expected.picture)
        rows = table[table["file"] == name]
        assert "".join(str(d) for d in rows["digit"]) == expected.number
        np.testing.assert_allclose(rows["left"], expected.boxes[:, 0])
        np.testing.assert_allclose(rows["height"], expected.boxes[:, 3] - expected.boxes[:, 1])


def test_pictures_do_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    one = render_split(tmp_path / "one", 260, seed=1, settings=BUNDLED, workers=1)
    two = render_split(tmp_path / "two", 260, seed=1, settings=BUNDLED, workers=2)
    for index in (1, 250, 251, 260):
        assert (one / f"{index}.png").read_bytes() == (two / f"{index}.png").read_bytes()


def test_a_full_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(FileExistsError, match="not empty"):
        render_split(tmp_path, 2, seed=0, settings=BUNDLED)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_empty_split_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        render_split(tmp_path / "train", 0, seed=0)


def test_an_interrupted_split_leaves_nothing(tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render_split(tmp_path / "train", 3, 0, BUNDLED, workers=1, progress=stop)
    assert list(tmp_path.iterdir()) == []
