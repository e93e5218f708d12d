"""How the net that finds numbers is taught: maps, loss, windows, and a run that can be resumed."""

import math
import re
import shutil
import signal
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from small_cli import svhn

from svhn_lib.data.scenes import SceneNumber, SceneSettings, render_photos
from svhn_lib.detection.localiser import Localiser
from svhn_lib.detection.record import Found
from svhn_lib.labels import BLANK, IGNORED
from svhn_lib.losses.places import distances, place_loss, place_targets, upward
from svhn_lib.models import MODELS, Conv, Maps, PlaceConfig, PlaceNet
from svhn_lib.training import Diverged, TrainSettings, localising
from svhn_lib.training.localising import train_localiser
from svhn_lib.training.place_validation import PlaceValidator, fitted_calibration
from svhn_lib.training.place_windows import (
    Photo,
    WindowFeed,
    WindowSettings,
    draw_window,
    load_photos,
)

TINY = MODELS["localiser"].changed(
    size=(32, 32),
    backbone=(Conv(8, kernel=5, stride=4, bias=False), Conv(8, stride=2, bias=False)),
    head=PlaceConfig(channels=8),
)
SETTINGS = TrainSettings(
    steps=6, batch=8, learning_rate=1e-3, average=0.9, evaluate_every=3, log_every=2, augment=None
)


def square(box) -> np.ndarray:
    left, top, right, bottom = box
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)


def number(box, text: str = "25", stacked: bool = False) -> SceneNumber:
    """A level number whose digits share its box evenly."""
    left, top, right, bottom = box
    edges = np.linspace(*((top, bottom) if stacked else (left, right)), len(text) + 1)
    digits = [
        square((left, a, right, b) if stacked else (a, top, b, bottom)) for a, b in pairwise(edges)
    ]
    return SceneNumber(text, square(box), np.stack(digits), stacked)


def test_maps_by_hand():
    targets = place_targets([[number((8, 8, 40, 24))]], (32, 48))
    core = np.zeros((8, 12))
    core[3:5, 3:9] = 1  # cells' middles more than a quarter of 16 pixels inside
    np.testing.assert_array_equal(targets.score[0], core)
    around = np.zeros((8, 12), bool)
    around[2:6, 2:10] = True
    assert ((targets.told[0] == 0).numpy() == around & (core == 0)).all()
    assert targets.sides[0, :, 3, 4].tolist() == [6, 22, 10, 10]  # of (18, 14)
    assert targets.up[0, :, 3, 4].tolist() == [0, -1]
    assert targets.weight[0].sum() == pytest.approx(12**0.5)
    assert targets.digits[0, 4].tolist() == [BLANK] * 2 + [IGNORED, 2, 2, IGNORED] + [
        IGNORED, 5, 5, IGNORED, BLANK, BLANK,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("box", "taught"),
    [
        ((8, 8, 14, 12), "nothing"),  # digits of 4 pixels: too small to say anything about
        ((8, 8, 20, 14), "nothing"),  # 6: in doubt
        ((8, 8, 40, 24), "number"),
        ((8, 8, 60, 44), "nothing"),  # 36: in doubt
        ((8, 8, 90, 60), "background"),  # 52: another view's
        ((4, 8, 134, 24), "nothing"),  # 130 long: more than a window shows
    ],
)
def test_what_is_taught_about_numbers_of_other_sizes(box, taught):
    targets = place_targets([[number(box)]], (96, 128))
    row, column = int(box[1] + box[3]) // 8, int(box[0] + box[2]) // 8
    told, score = targets.told[0, row, column], targets.score[0, row, column]
    assert {(0, 0): "nothing", (1, 1): "number", (1, 0): "background"}[
        int(told), int(score)
    ] == taught


def test_a_number_of_few_cells_has_one_at_least():
    assert place_targets([[number((9, 9, 13, 18), "1")]], (32, 32)).score.sum() >= 1


def test_a_turned_number_has_its_own_axes():
    corners = np.array([[40.0, 8], [40, 48], [20, 48], [20, 8]])  # reads downwards
    up = upward(corners)
    assert up.tolist() == [1, 0]
    assert distances(np.array([[[22.0, 18.0]]]), corners, up)[:, 0, 0].tolist() == [18, 30, 2, 10]
    column = number((20, 8, 40, 68), "257", stacked=True)
    assert upward(column.corners).tolist() == [0, -1]


def test_the_loss_is_least_at_the_truth():
    targets = place_targets([[number((8, 8, 40, 24))], []], (32, 48))
    digits = torch.nn.functional.one_hot(targets.digits.clamp(min=0), 11).permute(0, 3, 1, 2)
    maps = Maps(targets.score * 40 - 20, targets.sides, targets.up, targets.stacked - 9,
                digits * 20.0)  # fmt: skip
    assert place_loss(maps, targets) < 1e-3
    for worse in (
        maps._replace(score=-maps.score),
        maps._replace(sides=maps.sides * 1.3),
        maps._replace(up=maps.up.flip(1)),
        maps._replace(stacked=-maps.stacked),
        maps._replace(digits=-maps.digits),
    ):
        assert place_loss(worse, targets) > 0.05


def test_a_side_that_is_off_costs_overlap_and_its_share_of_the_height():
    targets = place_targets([[number((8, 8, 48, 28))]], (64, 64))
    digits = torch.nn.functional.one_hot(targets.digits.clamp(min=0), 11).permute(0, 3, 1, 2)
    maps = Maps(targets.score * 40 - 20, targets.sides, targets.up, targets.stacked - 9,
                digits * 20.0)  # fmt: skip
    short = targets.sides.clone()
    short[:, 1] -= 5 * (targets.weight > 0)  # the right ends of 40 x 20 pixels
    more = place_loss(maps._replace(sides=short), targets) - place_loss(maps, targets)
    assert more.item() == pytest.approx(math.log(1.001 / 0.876) + 0.5 * 5 / 20, rel=1e-4)


def test_an_empty_batch_has_a_loss_with_gradients():
    net = PlaceNet(TINY)
    loss = place_loss(net(torch.zeros(2, 3, 32, 32)), place_targets([[], []], (32, 32)))
    loss.backward()
    assert torch.isfinite(loss)
    assert all(weight.grad is not None for weight in net.parameters())


@pytest.mark.parametrize("seed", range(12))
def test_numbers_move_with_their_window(seed):
    """A white number on black is where its corners say, whatever the window."""
    picture = np.zeros((300, 400, 3), np.uint8)
    picture[120:160, 200:280] = 255
    plain = WindowSettings((128, 128), near=1, contrast=(1, 1), brightness=0, tint=0, blur=0,
                           noise=0, grey=0)  # fmt: skip
    rng = np.random.default_rng(seed)
    window, seen = draw_window(picture, (number((200, 120, 280, 160), "257"),), rng, plain)
    drawn = np.zeros((128, 128), np.uint8)
    cv2.fillConvexPoly(drawn, np.round(seen[0].corners - 0.5).astype(np.int32), 1)
    outside = (window == 128).all(axis=2)
    differs = (drawn == 1) != (window[..., 1] > 127)
    assert (differs & ~outside).sum() < 0.25 * drawn.sum() + 16


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    settings = SceneSettings(shares=(1, 0, 1), bundled_fonts=True)
    return render_photos(tmp_path_factory.mktemp("scenes") / "a", 12, 3, settings, workers=1)


def test_a_batch_follows_from_seed_and_step_alone(folder):
    photos = load_photos([folder])
    assert len(photos) == 12 and any(not photo.numbers for photo in photos)
    one, other = (WindowFeed(photos, 8, seed=1, settings=WindowSettings((32, 32)))
                  for _ in range(2))  # fmt: skip
    for _ in range(7):
        one.make(0)
    for step in (9, 2):
        for a, b in zip(one.make(step)[1], other.make(step)[1], strict=True):
            assert torch.equal(a, b)
        assert torch.equal(one.make(step)[0], other.make(step)[0])
    assert not torch.equal(one.make(1)[0], one.make(2)[0])


@pytest.mark.parametrize(("asked", "made"), [(3, 3), (4, 4), (7, 4), (8, 8), (30, 28), (999, 48)])
def test_a_batch_counts_the_windows_that_are_in_it(folder, asked, made):
    feed = WindowFeed(load_photos([folder]), asked, seed=1, settings=WindowSettings((32, 32)))
    assert feed.batch == len(feed.make(0)[0]) == made


def run(folder, out, settings=SETTINGS, **options):
    torch.manual_seed(0)
    photos = load_photos([folder])
    return train_localiser(PlaceNet(TINY), photos, photos, out, settings, **options)


def test_a_resumed_run_ends_with_the_same_bits(folder, tmp_path):
    whole = run(folder, tmp_path / "whole")

    def stop(done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(folder, tmp_path / "parts", progress=stop)
    lines: list[str] = []
    parts = run(folder, tmp_path / "parts", resume=True, report=lines.append)
    assert "resumed after step 3" in lines[0]
    for row, other in zip(whole.history, parts.history, strict=True):
        assert {k: v for k, v in row.items() if k != "seconds"} == {
            k: v for k, v in other.items() if k != "seconds"
        }
    a, b = ((tmp_path / name / "best.safetensors").read_bytes() for name in ("whole", "parts"))
    assert len(a) == pytest.approx(len(b), abs=64)
    with pytest.raises(ValueError, match="--batch 8, not 4"):
        run(folder, tmp_path / "parts", replace(SETTINGS, batch=4), resume=True)


def test_photos_that_are_missing_are_named_before_the_first_step(folder, tmp_path):
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    for name in ("3.png", "7.png"):
        (copy / name).unlink()
    words = rf"^{re.escape(str(copy))}: 2 of 12 photos are missing, the first 3\.png; render"
    with pytest.raises(FileNotFoundError, match=words):
        load_photos([folder, copy])


def test_a_run_that_goes_on_for_no_step_keeps_what_it_has(folder, tmp_path):
    def stop(done: int, total: int) -> None:
        if done == 2:
            signal.raise_signal(signal.SIGTERM)

    with pytest.raises(SystemExit):
        run(folder, tmp_path, progress=stop)
    assert not (tmp_path / "best.safetensors").exists()
    result = run(folder, tmp_path, replace(SETTINGS, steps=1), resume=True)
    assert [row["step"] for row in result.history] == [2] and result.best >= 0
    assert (tmp_path / "best.safetensors").is_file()


def test_good_weights_meet_a_hard_batch_and_go_on(folder, tmp_path):
    settings = replace(SETTINGS, log_every=1)
    lines: list[str] = []
    torch.manual_seed(0)
    photos, net, losses = load_photos([folder]), PlaceNet(TINY), iter([0.01, 2.0, *[0.1] * 4])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(localising, "place_loss", lambda maps, _: maps.score.sum() * 0 + next(losses))
        train_localiser(net, photos, photos, tmp_path, settings, report=lines.append)
    assert "loss 2.0000" in lines[2]


def test_no_photos_and_a_loss_that_grows_are_refused(folder, tmp_path):
    with pytest.raises(ValueError, match=r"^no photos to train on: render some with svhn data sc"):
        train_localiser(PlaceNet(TINY), [], load_photos([folder]), tmp_path / "none", SETTINGS)
    small = [Photo(folder / "1.png", (number((8, 8, 14, 15)),)), Photo(folder / "2.png", ())]
    words = r"^no validation photo has a number with digits of at least 8 pixels: render more$"
    for photos in (small, small[1:]):
        with pytest.raises(ValueError, match=words):
            train_localiser(
                PlaceNet(TINY), load_photos([folder]), photos, tmp_path / "none", SETTINGS
            )
    assert not (tmp_path / "none").exists()
    with pytest.raises(Diverged, match=r"^the loss became .* by step \d: lower the learning rate$"):
        run(folder, tmp_path / "wild", replace(SETTINGS, learning_rate=1e6, clip=0.0))


def test_calibration_recovers_a_known_line():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 4, 20_000)
    right = rng.random(20_000) < 1 / (1 + np.exp(-(logits / 2 - 1)))
    assert fitted_calibration(logits, right) == pytest.approx((2, -1), abs=0.1)
    assert fitted_calibration(logits, np.zeros(20_000, bool)) == (1, 0)
    assert fitted_calibration(np.empty(0), np.empty(0, bool)) == (1, 0)


def test_low_numbers_are_neither_right_nor_wrong_in_validation(tmp_path, monkeypatch):
    tall, low = number((0, 0, 30, 20)), number((50, 50, 60, 55))
    places = {
        "a.png": [
            Found(square((50, 50, 60, 55)), 0.9),
            Found(square((50, 50, 61, 55)), 0.85),  # the same low number once more
            Found(square((1, 0, 30, 20)), 0.8),
        ],
        "b.png": [Found(square((70, 0, 90, 15)), 0.7)],
    }
    for name in places:
        cv2.imwrite(str(tmp_path / name), np.full((80, 100, 3), len(places[name]), np.uint8))
    by_mark = {len(found): found for found in places.values()}
    monkeypatch.setattr(Localiser, "find", lambda self, photo: by_mark[int(photo[0, 0, 0])])
    photos = [Photo(tmp_path / "a.png", (tall, low)), Photo(tmp_path / "b.png", (tall,))]
    row = PlaceValidator(photos, tmp_path, {}).measured(PlaceNet(TINY))
    # One of two tall numbers is found, before the false alarm.
    assert row["average_precision"] == 0.5


def test_the_command_trains_it(folder, tmp_path, monkeypatch):
    monkeypatch.setitem(MODELS, "localiser", TINY)
    done = svhn(
        "train", "--model", "localiser", "--data", folder, "--val", folder, "--steps", "2",
        "--batch", "4", "--out", tmp_path / "run",
    )  # fmt: skip
    assert done.status == 0, done.err
    assert "validation average precision" in done.out
    assert (tmp_path / "run" / "best.safetensors").is_file()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--data", "{folder}"], "give --val"),
        (["--data", "{folder}/nothing", "--val", "{folder}"], "no folder of photos"),
        (["--data", "{folder}", "--val", "{folder}", "--tensorboard"], "leave it out"),
    ],
)
def test_the_command_says_what_is_missing(folder, tmp_path, options, words):
    options = [option.format(folder=folder) for option in options]
    done = svhn("train", "--model", "localiser", *options, "--out", tmp_path / "run")
    assert done.status != 0 and words in done.err
