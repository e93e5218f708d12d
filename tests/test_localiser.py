"""Finding numbers: views of a photo, maps to places, and the shipped net on made photos."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
import torch

from svhn_lib.data.street import RenderSettings, render_picture
from svhn_lib.detection import Localiser
from svhn_lib.detection.cells import cells_of
from svhn_lib.detection.decoding import levelled, merged, with_rim
from svhn_lib.detection.folded import folded, maps_by
from svhn_lib.detection.looking import look
from svhn_lib.detection.pyramid import MOST_PIXELS, View, pyramid
from svhn_lib.detection.record import SLENDER, Found
from svhn_lib.metrics import iou
from svhn_lib.models import Maps, PlaceNet, load_model
from svhn_lib.reading import Reader


@pytest.fixture(scope="module")
def localiser() -> Localiser:
    return Localiser()


def empty_maps(height: int = 16, width: int = 24) -> Maps:
    shape = (1, height, width)
    return Maps(
        score=torch.full(shape, -20.0),
        sides=torch.ones(1, 4, height, width),
        up=torch.tensor([0.0, -1.0]).view(1, 2, 1, 1).repeat(1, 1, height, width),
        stacked=torch.full(shape, -9.0),
        digits=torch.tensor([0.0] * 10 + [np.log(10)])
        .view(1, 11, 1, 1)
        .repeat(1, 1, height, width),  # a digit as probable as none
    )


def tell(maps: Maps, cells, box, logit=2.0, up=(0.0, -1.0), stacked=-9.0) -> None:
    """Let cells (row, column) say that a number is in `box`, along the directions of `up`."""
    up = torch.tensor(up) / np.hypot(*up)
    along = torch.tensor([-up[1], up[0]])
    left, top, right, bottom = box
    corners = torch.tensor([[left, top], [right, top], [right, bottom], [left, bottom]])
    for row, column in cells:
        middle = torch.tensor([column * 4 + 2.0, row * 4 + 2.0])
        rise, run = (corners - middle) @ up, (corners - middle) @ along
        maps.sides[0, :, row, column] = torch.stack(
            [rise.max(), run.max(), -rise.min(), -run.min()]
        )
        maps.score[0, row, column] = logit
        maps.up[0, :, row, column] = up * 3  # of any length
        maps.stacked[0, row, column] = stacked


def places(maps: Maps, limit: int = 10, **calibration):
    height, width = maps.score.shape[1:]
    view = View((0, 0), (4 * height, 4 * width), (1.0, 1.0))
    return merged([cells_of(maps, 0, view, -3.0)], limit, **calibration)


@pytest.mark.parametrize("degrees", [0, 10, 30, 45, 90, 200])
@pytest.mark.parametrize(("digits", "stacked"), [(1, False), (3, False), (3, True)])
def test_the_box_of_an_oblique_number_goes_around_its_digits(degrees, digits, stacked):
    wide, high = 100.0, 100 * SLENDER
    size = np.array([wide, digits * high] if stacked else [digits * wide, high])
    turn = np.deg2rad(degrees)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    corners = (np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) / 2 * size) @ matrix + 400
    place = Found(corners, 1.0, stacked)
    drawn = np.zeros((800, 800), np.uint8)  # the ellipses themselves
    for digit in range(digits):
        off = (digit - (digits - 1) / 2) * np.array([0, high] if stacked else [wide, 0])
        middle = tuple((off @ matrix + 400).round().astype(int).tolist())
        cv2.ellipse(drawn, middle, (50, round(high / 2)), degrees, 0, 360, 255, -1)
    rows, columns = np.nonzero(drawn)
    around = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    assert np.allclose(place.box, around, atol=2.5)
    left, _, _, bottom = place.box
    assert left >= corners[:, 0].min() - 1e-9 and bottom <= corners[:, 1].max() + 1e-9


def test_cells_that_agree_give_one_exact_box():
    maps = empty_maps()
    tell(maps, [(5, 6), (5, 7), (5, 8)], (12.0, 14.0, 52.0, 34.0))
    (place,) = places(maps)
    rim = 0.05 * 20
    assert place.box == pytest.approx((12 - rim, 14 - rim, 52 + rim, 34 + rim), abs=1e-4)
    assert place.confidence == pytest.approx(1 / (1 + np.exp(-(2 + np.log(3)))))
    assert not place.stacked


def test_each_corner_follows_the_cells_that_are_near_it():
    maps = empty_maps()
    tell(maps, [(5, 4)], (12.0, 14.0, 56.0, 34.0))  # at the left, which it sees well
    tell(maps, [(5, 12)], (16.0, 14.0, 60.0, 34.0))
    (place,) = places(maps)
    assert place.box[0] + 1.0 < 13.0 and place.box[2] - 1.0 > 59.0


def test_several_numbers_come_best_first_and_parts_are_dropped():
    maps = empty_maps()
    tell(maps, [(3, 3), (3, 4)], (4.0, 4.0, 30.0, 20.0), logit=1.0)
    tell(maps, [(3, 15)], (50.0, 4.0, 76.0, 20.0), logit=4.0)
    tell(maps, [(3, 17)], (62.0, 5.0, 74.0, 19.0), logit=3.0)  # a part of the one before
    found = places(maps)
    assert [round(place.box[0]) for place in found] == [49, 3]
    assert found[0].confidence > found[1].confidence
    assert len(places(maps, limit=1)) == 1


@pytest.mark.parametrize(
    ("up", "first"),
    [((0.0, -1.0), 0), ((1.0, 0.0), 1), ((0.0, 1.0), 2), ((-1.0, 0.0), 3)],
    ids=["upright", "head to the right", "upside down", "head to the left"],
)
def test_corners_are_in_the_order_of_the_number(up, first):
    maps = empty_maps()
    tell(maps, [(6, 9)], (24.0, 16.0, 56.0, 36.0), up=up)
    (place,) = places(maps)
    corners = np.array([[24, 16], [56, 16], [56, 36], [24, 36]])
    assert np.argmin(np.abs(corners - place.corners[0]).sum(axis=1)) == first


def test_a_column_is_told_to_be_one():
    maps = empty_maps()
    tell(maps, [(6, 9)], (32.0, 4.0, 44.0, 52.0), stacked=5.0)
    assert places(maps)[0].stacked


def column(digit: float = 9.0, beside: float = 0.0, bottom: float = 5.0) -> list[Found]:
    """What is found where the cells in the middle of a column see neither end of it."""
    maps, sure = empty_maps(), {"logit": 3.0, "stacked": 5.0}
    tell(maps, [(5, 9), (6, 9)], (32.0, 12.0, 44.0, 36.0), **sure)
    low = [(8, 9), (10, 9), (12, 9)]  # at 34, 42 and 50 pixels
    tell(maps, low, (32.0 + beside, 24.0, 44.0 + beside, 56.0), logit=1.0, stacked=bottom)
    tell(maps, [(2, 9)], (32.0, 4.0, 44.0, 24.0), logit=1.0, stacked=5.0)
    maps.digits[0, 3, :, 9] = digit
    return places(maps)


def test_a_column_reaches_to_the_ends_that_the_cells_near_them_see():
    (whole,) = column()  # what the cells at its ends say is used up
    rim = whole.corners[:, 0].max() - 44
    assert whole.corners[:, 1].min() == pytest.approx(4 - rim)
    assert whole.corners[:, 1].max() == pytest.approx(56 + rim)
    assert whole.corners[:, 0].min() == pytest.approx(32 - rim)


@pytest.mark.parametrize(
    "other",
    [{"digit": -9.0}, {"beside": 9.0}, {"bottom": -9.0}],
    ids=["no digits", "another column", "level digits"],
)
def test_a_column_ends_where_no_digits_of_its_own_follow(other):
    best = max(column(**other), key=lambda one: one.confidence)
    assert best.corners[:, 1].max() < 40


def test_calibration_changes_confidence_alone():
    maps = empty_maps()
    tell(maps, [(5, 7)], (12.0, 14.0, 52.0, 34.0))
    (plain,), (other,) = places(maps), places(maps, temperature=2.0, bias=-1.0)
    np.testing.assert_array_equal(plain.corners, other.corners)
    assert other.confidence == pytest.approx(0.5)


def test_a_digit_within_makes_a_number_more_probable():
    maps = empty_maps()
    tell(maps, [(5, 7)], (12.0, 14.0, 52.0, 34.0))
    (plain,) = places(maps)
    maps.digits[0, 3, 5, 7] = 9.0
    (sure,) = places(maps)
    assert sure.confidence > plain.confidence


def test_nothing_is_found_where_no_cell_says_so():
    assert places(empty_maps()) == []


def test_small_slants_are_levelled_larger_ones_kept():
    slanted = np.array([[0.0, 2], [40, 0], [41, 20], [1, 22]])
    assert levelled(slanted).tolist() == [[0.5, 1], [40.5, 1], [40.5, 21], [0.5, 21]]
    steep = np.array([[0.0, 20], [40, 0], [50, 20], [10, 40]])
    np.testing.assert_array_equal(levelled(steep), steep)


def test_the_rim_follows_the_numbers_own_axes():
    corners = np.array([[0.0, 0], [0, 100], [-20, 100], [-20, 0]])  # reads downwards
    assert with_rim(corners, False).round(6).tolist() == [
        [1.0, -1.0], [1.0, 101.0], [-21.0, 101.0], [-21.0, -1.0],
    ]  # fmt: skip


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (40, 60), (700, 500), (3000, 4000), (10, 9000)])
def test_views_lie_apart_on_the_canvas_and_show_the_photo(size):
    picture = np.full((*size, 3), 200, np.uint8)
    canvases = list(pyramid(picture))
    for canvas, views in canvases:
        assert canvas.shape[0] % 16 == canvas.shape[1] % 16 == 0
        seen = np.zeros(canvas.shape[:2], int)
        for (left, top), (height, width), scale in views:
            assert (canvas[top : top + height, left : left + width] == 200).all()
            assert scale == pytest.approx((width / size[1], height / size[0]))
            seen[max(0, top - 15) : top + height, max(0, left - 15) : left + width] += 1
        assert seen.max() == 1  # none within 15 pixels of another
        assert (canvas != 200).sum() == canvas.size - 3 * sum(h * w for _, (h, w), _ in views)
    sizes = [view.size for _, views in canvases for view in views]
    assert sizes[0][0] * sizes[0][1] <= max(MOST_PIXELS, 4 << 18)
    longer = sorted((max(size) for size in sizes), reverse=True)
    for one, next_ in pairwise(longer):  # two views for each halving
        assert abs(next_ - one / 2**0.5) <= 2


def test_bands_and_folded_norms_change_nothing(localiser):
    canvas = np.random.default_rng(0).integers(0, 256, (1104, 64, 3), dtype=np.uint8)
    whole = localiser.net(torch.from_numpy(canvas).permute(2, 0, 1)[None])
    for one, other in zip(whole, look(maps_by(folded(localiser.net)), canvas), strict=True):
        np.testing.assert_allclose(one.detach().numpy(), other, atol=2e-3, rtol=1e-3)


def numbered(seed: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """A plain rendered number in a small picture, and its box."""
    settings = RenderSettings(bundled_fonts=True, ingredients=(), lengths=(0, 0, 1))
    picture, _, boxes = render_picture(np.random.default_rng(seed), settings)
    return picture, np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


@pytest.mark.parametrize("seed", range(4))
def test_a_small_picture_that_a_number_fills(localiser, seed):
    picture, box = numbered(seed)
    assert iou(np.array(localiser.find(picture)[0].box), box) > 0.5


def test_digits_of_20_pixels_in_12_megapixels(localiser):
    small, box = numbered(1)
    scale = 20 / (box[3] - box[1])
    sign = cv2.resize(small, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    photo = np.full((3000, 4000, 3), sign[0, 0], np.uint8)
    top, left = 2111, 1503
    photo[top : top + sign.shape[0], left : left + sign.shape[1]] = sign
    found = localiser.find(photo)
    true = box * scale + [left, top, left, top]
    assert max(iou(np.array(place.box), true) for place in found) > 0.5


@pytest.mark.parametrize("angle", [-30, 30])
def test_a_climbing_number_is_found_along_its_own_axes(localiser, angle):
    picture, box = numbered(1)
    scale = 24 / (box[3] - box[1])
    sign = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = sign.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1)
    turn[:, 2] += 150 - np.array([width, height]) / 2
    wall = tuple(int(value) for value in sign[0, 0])
    photo = cv2.warpAffine(sign, turn, (300, 300), borderValue=wall)
    place = localiser.find(photo)[0]
    along = place.corners[1] - place.corners[0]
    assert np.degrees(np.arctan2(-along[1], along[0])) == pytest.approx(angle, abs=10)


@pytest.mark.parametrize("size", [(60, 90), (600, 800)])
@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_wall_has_no_number(localiser, size, grey):
    assert localiser.find(np.full((*size, 3), grey, np.uint8)) == []


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (500, 3), (1, 20_000), (17, 33)])
def test_any_size_will_do(localiser, size):
    picture = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    for place in localiser.find(picture, limit=3):
        assert np.isfinite(place.corners).all() and 0 <= place.confidence <= 1


def test_many_photos_are_found_in_alike_one_by_one(localiser):
    pictures = [numbered(seed)[0] for seed in (1, 2)]
    for places_, picture in zip(localiser.find_many(pictures), pictures, strict=True):
        alone = localiser.find(picture)
        assert [place.box for place in places_] == [place.box for place in alone]


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (np.zeros((4, 4), np.uint8), "uint8"),
        (np.zeros((4, 4, 3), np.float32), "uint8"),
        (np.zeros((0, 4, 3), np.uint8), "no pixels"),
    ],
)
def test_what_is_no_photo_is_refused(localiser, picture, words):
    with pytest.raises(ValueError, match=words):
        localiser.find(picture)


def test_a_net_that_reads_is_refused():
    with pytest.raises(ValueError, match="reads numbers and finds none"):
        Localiser("compact")


def test_a_net_that_finds_is_no_reader():
    with pytest.raises(ValueError, match="finds numbers and reads none"):
        Reader("localiser")


def test_the_shipped_net_is_small():
    net = load_model("localiser")
    assert isinstance(net, PlaceNet)
    assert sum(weight.numel() for weight in net.parameters()) < 300_000
    assert all(weight.dtype == torch.float32 for weight in net.parameters())
