"""Numbers on canvases: nothing overlaps, nothing sticks out, boxes are tight, and all is seeded."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from svhn_lib.data.handwriting.canvases import Canvases, draw_canvases
from svhn_lib.data.handwriting.digits import DigitSet
from svhn_lib.data.handwriting.layouts import FIVE_DIGITS, LAYOUTS, Layout
from svhn_lib.data.sets.number_set import NumberSet
from svhn_lib.data.street import SVHN_LENGTHS
from svhn_lib.labels import BLANK, MAX_DIGITS

ANY_LAYOUT = st.sampled_from(sorted(LAYOUTS))


def handwritten(count: int = 40, seed: int = 0, side: int = 28) -> DigitSet:
    """Blots of random shape on black, some touching the border, none of them empty."""
    rng = np.random.default_rng(seed)
    pictures = np.zeros((count, side, side), np.uint8)
    for picture in pictures:
        top, left = rng.integers(0, side - 2, 2)
        bottom, right = rng.integers(top + 2, side + 1), rng.integers(left + 2, side + 1)
        blot = rng.integers(0, 256, (bottom - top, right - left))
        picture[top:bottom, left:right] = blot * (rng.random(blot.shape) < 0.7)
        picture[(top + bottom) // 2, (left + right) // 2] = 255
    labels = torch.from_numpy(rng.integers(0, 10, count))
    return DigitSet(torch.from_numpy(pictures)[:, None], labels, "blots")


def draw(layout: str | Layout, count: int, seed: int = 0, **options: object) -> Canvases:
    return draw_canvases(layout, handwritten(), count, np.random.default_rng(seed), **options)


def ink(numbers: NumberSet, layout: str | Layout) -> np.ndarray:
    """What is not ground, bool (N, H, W)."""
    white = (LAYOUTS[layout] if isinstance(layout, str) else layout).dark_on_light
    return numbers.pictures[:, 0].numpy() != (255 if white else 0)


def inside(box: np.ndarray) -> tuple[slice, slice]:
    left, top, right, bottom = box.astype(int)
    return slice(top, bottom), slice(left, right)


# --- properties ---


@settings(max_examples=25)
@given(ANY_LAYOUT, st.integers(0, 2**32), st.data())
def test_boxes_are_tight_and_apart(layout: str, seed: int, data: st.DataObject) -> None:
    weights = data.draw(st.tuples(*[st.integers(0, 3)] * 5).filter(any))
    numbers = draw(layout, 8, seed, lengths=weights).render()
    height, width = LAYOUTS[layout].size
    for mask, boxes, length in zip(
        ink(numbers, layout), numbers.boxes.numpy(), numbers.lengths.tolist(), strict=True
    ):
        assert np.isnan(boxes[length:]).all() and np.isfinite(boxes[:length]).all()
        real = boxes[:length]
        assert (real[:, :2] >= 0).all() and (real[:, 2:] <= [width, height]).all()
        assert (real[:, :2] < real[:, 2:]).all()
        assert (real[1:, 0] >= real[:-1, 2]).all(), "a digit reaches into the one before"
        covered = np.zeros_like(mask)
        for box in real:
            covered[inside(box)] = True
            part = mask[inside(box)]
            assert part[0].any() and part[-1].any() and part[:, 0].any() and part[:, -1].any()
        assert not (mask & ~covered).any(), "ink outside of every box"


@settings(max_examples=25)
@given(ANY_LAYOUT, st.integers(0, 2**32))
def test_the_table_has_text_and_the_box_of_the_number(layout: str, seed: int) -> None:
    canvases = draw(layout, 6, seed)
    numbers = canvases.render()
    boxes = numbers.table[["left", "top", "right", "bottom"]].to_numpy()
    for i, mask in enumerate(ink(numbers, layout)):
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        assert boxes[i].tolist() == [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
    chosen = [row[row >= 0] for row in canvases.indices]
    texts = ["".join(str(canvases.digits.labels[i].item()) for i in row) for row in chosen]
    assert numbers.numbers == texts == numbers.table["number"].tolist()
    assert set(numbers.table["source"]) == {"blots"}


@settings(max_examples=25)
@given(ANY_LAYOUT, st.integers(0, 2**32), st.sampled_from([0.0, 12.0]))
def test_a_canvas_is_the_same_with_whatever_others(layout: str, seed: int, noise: float) -> None:
    canvases = draw(layout, 9, seed, noise=noise)
    whole = canvases.render()
    some = canvases.subset(torch.tensor([7, 0, 4]))
    assert torch.equal(some.pictures, whole.pictures[[7, 0, 4]])
    torch.testing.assert_close(some.boxes, whole.boxes[[7, 0, 4]], equal_nan=True)
    assert some.numbers == [whole.numbers[i] for i in (7, 0, 4)]
    mask = np.isin(np.arange(9), [0, 4, 7])
    assert torch.equal(canvases.subset(mask).pictures, whole.pictures[[0, 4, 7]])
    assert torch.equal(canvases.subset([-1]).pictures, whole.pictures[[8]])
    assert len(canvases.subset([])) == 0
    with pytest.raises(IndexError):
        canvases.subset([9])
    parts = list(canvases.batches(4))
    assert [len(part) for part in parts] == [4, 4, 1]
    assert torch.equal(torch.cat([part.pictures for part in parts]), whole.pictures)


@given(ANY_LAYOUT, st.integers(0, 2**32))
def test_seeds(layout: str, seed: int) -> None:
    one, again, other = (draw(layout, 5, s, noise=3.0).render() for s in (seed, seed, seed + 1))
    assert torch.equal(one.pictures, again.pictures) and one.numbers == again.numbers
    assert not torch.equal(one.pictures, other.pictures)


# --- by hand ---


@pytest.fixture
def squares() -> DigitSet:
    """One digit 7: a square of 255 from (6, 4) to (10, 12) in 28x28 pixels."""
    picture = torch.zeros(1, 1, 28, 28, dtype=torch.uint8)
    picture[0, 0, 4:12, 6:10] = 255
    return DigitSet(picture, torch.tensor([7]), "squares")


def test_strip_by_hand(squares: DigitSet) -> None:
    strip = draw_canvases("strip", squares, 3, np.random.default_rng(0)).render()
    assert strip.numbers == ["77777"] * 3
    assert strip.pictures.shape == (3, 1, 28, 140)
    assert strip.boxes[0].tolist() == [[6 + 28 * i, 4, 10 + 28 * i, 12] for i in range(5)]
    expected = np.tile(squares.pictures[0, 0].numpy(), (1, 5))
    np.testing.assert_array_equal(strip.pictures[0, 0], expected)


def test_centred_by_hand(squares: DigitSet) -> None:
    """Two digits of 12 pixels begin at 20 = (64 - 24) / 2, and their tiles at row 26."""
    numbers = draw_canvases(
        "centred", squares, 2, np.random.default_rng(0), lengths=(0, 1)
    ).render()
    tile = numbers.pictures[0, 0, 26:38, 20:32]
    assert torch.equal(numbers.pictures[0, 0, 26:38, 32:44], tile)
    assert numbers.pictures[0].sum() == 2 * tile.sum() > 0
    # 32 pixels of 784 are lit: as much light as 144 / 784 of them, within the rounding.
    assert tile.sum().item() == pytest.approx(32 * 255 * 144 / 784, rel=0.02)


def test_filled_by_hand() -> None:
    """Full tiles show where they lie: one digit fills the canvas, five a row of 12 pixels each."""
    full = DigitSet(torch.full((1, 1, 28, 28), 255, dtype=torch.uint8), torch.tensor([1]), "full")
    expected = {1: (64, 64), 2: (32, 64), 3: (21, 63), 4: (16, 64), 5: (12, 60)}
    for length, (height, width) in expected.items():
        weights = tuple(int(i == length) for i in range(1, 6))
        rng = np.random.default_rng(length)
        numbers = draw_canvases("filled", full, 1500, rng, lengths=weights).render()
        table = numbers.table
        assert set(table["bottom"] - table["top"]) == {height}
        assert set(table["right"] - table["left"]) == {width}
        assert set(table["top"]) == set(range(64 - height + 1)), "every row is used"
        assert set(table["left"]) == set(range(64 - width + 1))
        assert (numbers.pictures[0].unique().tolist() == [0]) == (length == 1)


def test_scattered_reaches_every_corner(squares: DigitSet) -> None:
    numbers = draw_canvases(
        "scattered", squares, 3000, np.random.default_rng(0), lengths=FIVE_DIGITS
    ).subset(np.arange(3000))
    lefts, tops = numbers.boxes[:, 0, 0], numbers.boxes[:, 0, 1]
    assert numbers.pictures.shape == (3000, 1, 128, 256)
    assert (lefts.min(), lefts.max()) == (6, 256 - 140 + 6)
    assert (tops.min(), tops.max()) == (4, 128 - 28 + 4)
    # Uniform: the mean of n uniform values is within 4 standard errors of the middle.
    assert lefts.mean().item() == pytest.approx(6 + 58, abs=4 * 117 / 12**0.5 / 3000**0.5)
    assert tops.mean().item() == pytest.approx(4 + 50, abs=4 * 101 / 12**0.5 / 3000**0.5)


def test_a_layout_of_ones_own(squares: DigitSet) -> None:
    own = Layout((20, 40), 10, random_position=True, dark_on_light=True, lengths=(0, 0, 1))
    numbers = draw_canvases(own, squares, 4, np.random.default_rng(1)).render()
    assert numbers.pictures.shape == (4, 1, 20, 40) and numbers.numbers == ["777"] * 4
    assert numbers.pictures.amax(dim=(1, 2, 3)).tolist() == [255] * 4


# --- as published ---


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_lengths_are_those_of_the_layout(layout: str) -> None:
    count = 20_000
    chosen = draw(layout, count).indices
    weights = np.array(LAYOUTS[layout].lengths)
    expected = weights / weights.sum()
    found = np.bincount((chosen >= 0).sum(axis=1), minlength=6)[1:] / count
    np.testing.assert_allclose(found, expected, atol=4 * 0.5 / count**0.5)
    assert layout != "filled" or LAYOUTS[layout].lengths == SVHN_LENGTHS
    drawn = np.bincount(chosen[chosen >= 0], minlength=40)
    np.testing.assert_allclose(drawn / drawn.sum(), 1 / 40, atol=4 * (1 / 40 / drawn.sum()) ** 0.5)


def test_noise_has_its_deviation_and_stays_in_range() -> None:
    grey = DigitSet(torch.full((1, 1, 28, 28), 128, dtype=torch.uint8), torch.tensor([0]), "grey")
    clean, noisy = (
        draw_canvases("strip", grey, 200, np.random.default_rng(0), noise=noise).render().pictures
        for noise in (0.0, 10.0)
    )
    difference = noisy.double() - clean.double()
    assert difference.std().item() == pytest.approx(10, rel=0.01)
    assert difference.mean().item() == pytest.approx(0, abs=0.05)
    assert not torch.equal(noisy[0], noisy[1])
    black = draw("centred", 5, noise=40.0).render().pictures
    assert 0.4 < (black == 0).double().mean() < 0.6, "noise below black is cut off, not wrapped"


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_agrees_with_pillow(layout: str) -> None:
    """The same numbers at the same places, scaled and pasted one by one."""
    canvases = draw(layout, 30, seed=5)
    rendered = canvases.render()
    rules = LAYOUTS[layout]
    for i, (chosen, corner) in enumerate(zip(canvases.indices, canvases.corners, strict=True)):
        row = chosen[chosen >= 0]
        side = rules.side or min(rules.size[0], rules.size[1] // len(row))
        canvas = Image.new("L", rules.size[::-1])
        for slot, index in enumerate(row):
            digit = Image.fromarray(canvases.digits.pictures[index, 0].numpy())
            digit = digit.resize((side, side), Image.Resampling.BILINEAR)
            canvas.paste(digit, (int(corner[0]) + slot * side, int(corner[1])))
        expected = np.asarray(canvas).astype(int)
        expected = 255 - expected if rules.dark_on_light else expected
        assert np.abs(rendered.pictures[i, 0].numpy() - expected).max() <= 1


def test_kinds_and_memory() -> None:
    numbers = draw("scattered", 3).render()
    assert numbers.pictures.dtype == torch.uint8
    assert numbers.pictures.permute(0, 2, 3, 1).is_contiguous()
    assert numbers.lengths.dtype == numbers.digits.dtype == torch.int64
    assert numbers.digits.shape == (3, MAX_DIGITS) and numbers.boxes.dtype == torch.float32
    after = torch.arange(MAX_DIGITS) >= numbers.lengths[:, None]
    assert (numbers.digits[after] == BLANK).all() and (numbers.digits[~after] < 10).all()
    assert len(draw("scattered", 1_000_000)) == 1_000_000, "drawn, not rendered"
    assert len(draw("strip", 0).render()) == 0


def test_a_digit_without_ink_has_no_box() -> None:
    empty = DigitSet(torch.zeros(1, 1, 28, 28, dtype=torch.uint8), torch.tensor([4]), "empty")
    numbers = draw_canvases("centred", empty, 2, np.random.default_rng(0)).render()
    assert torch.isnan(numbers.boxes).all() and numbers.table["left"].isna().all()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"layout": "spiral"}, "'spiral'; there are: centred, filled, strip, scattered"),
        ({"lengths": (0, 0)}, "lengths .*not all of them 0"),
        ({"lengths": (1, -1)}, "lengths"),
        ({"lengths": (1,) * 6}, "weights of 1 to 5 digits"),
        ({"lengths": (float("nan"),)}, "lengths"),
        ({"noise": -1.0}, "noise of deviation -1"),
        ({"digits": handwritten(0)}, "need digits in one channel"),
        ({"layout": Layout((20, 40), 28, False, False, (1,))}, "1 digits of 28 pixels do not fit"),
        ({"layout": Layout((28, 60), 28, False, False, (1, 1, 1))}, "3 digits of 28 pixels"),
    ],
)
def test_what_cannot_be_is_said(change: dict, problem: str) -> None:
    arguments = {"layout": "filled", "digits": handwritten(3), "count": 2, **change}
    with pytest.raises(ValueError, match=problem):
        draw_canvases(generator=np.random.default_rng(0), **arguments)


def test_colour_digits_are_refused() -> None:
    colour = DigitSet(torch.zeros(2, 3, 32, 32, dtype=torch.uint8), torch.tensor([1, 2]), "colour")
    with pytest.raises(ValueError, match=r"got \(2, 3, 32, 32\); see to_grey"):
        draw_canvases("filled", colour, 1, np.random.default_rng(0))
