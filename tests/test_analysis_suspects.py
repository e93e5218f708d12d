"""Label suspects: what is planted is found by the shipped reader, which never saw the pictures."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein
from small_sets import number_set, tiny_net

from svhn_lib.analysis import label_quality, plant_errors, slot_probabilities
from svhn_lib.data.prepare import load_crops
from svhn_lib.data.sets.number_set import NumberSet
from svhn_lib.data.street import RenderSettings, render_split
from svhn_lib.models import zoo
from svhn_lib.models.outputs import Logits
from svhn_lib.reading.decoding import most_probable
from svhn_lib.reading.inference import predict


@pytest.fixture(scope="module")
def streets(tmp_path_factory) -> NumberSet:
    folder = tmp_path_factory.mktemp("suspects") / "streets"
    return load_crops(
        render_split(
            folder, 1000, 77, RenderSettings(bundled_fonts=True, ingredients=()), workers=1
        ),
        workers=1,
    )


def test_the_top_two_percent_hold_most_planted_errors(streets):
    net = zoo.load_model("compact")
    logits = predict(net, streets.pictures)
    found = flagged = right = planted = 0
    for seed in range(3):
        wrong = plant_errors(streets.numbers, 0.02, seed)
        rows = label_quality(logits, wrong.numbers, net.temperature)
        top = np.argsort(rows["quality"], kind="stable")[:20]
        found += wrong.planted[top].sum()
        planted += wrong.planted.sum()
        flagged += rows["suspect"].sum()
        right += (rows["suspect"] & wrong.planted).sum()
    assert planted == 60
    assert found >= 0.7 * planted
    assert right >= 0.7 * planted  # recall of what cleanlab takes for wrong
    assert right >= 0.35 * flagged  # precision, where 2 % would be chance


@pytest.mark.filterwarnings("ignore:May not flag all label issues")
def test_qualities_are_the_probabilities_of_the_label():
    numbers = number_set(["12", "3", "45678"])
    logits = predict(tiny_net(), numbers.pictures)
    rows = label_quality(logits, numbers.numbers, temperature=2.0)
    chances = slot_probabilities(logits, 2.0)
    expected = [chances[0, 0, 1], chances[0, 1, 2], chances[0, 2, 10]]  # 1, 2 and the end
    assert rows["digit_qualities"][0] == pytest.approx(expected, rel=1e-5)
    assert len(rows["digit_qualities"][2]) == 5  # no position is left for the end
    assert (rows["quality"] <= rows["digit_qualities"].map(min) + 1e-12).all()
    for quality, position, digits in zip(
        rows["quality"], rows["position"], numbers.digits, strict=True
    ):
        row = rows.index[rows["quality"] == quality][0]
        assert quality == pytest.approx(chances[row, position, digits[position]], rel=1e-5)


@pytest.mark.parametrize(
    "changes", [{}, {"lengths": 0}, {"classes": 10}, {"classes": 10, "lengths": 0}], ids=str
)
def test_slots_are_distributions_of_the_same_model_as_the_answers(changes):
    net, numbers = tiny_net(**changes), number_set(["1"] * 4)
    with torch.inference_mode():
        logits = net(numbers.pictures)
    chances = slot_probabilities(logits, 1.5)
    assert chances.shape == (4, 5, 11)
    assert chances.sum(axis=2) == pytest.approx(1)
    assert (chances >= 0).all()
    if logits.length is not None:
        ends = (logits.length.double() / 1.5).softmax(1)
        assert chances[:, 0, 10] == pytest.approx(ends[:, 0].numpy())  # no first digit: length 0
        assert 1 - chances[:, 4, 10] == pytest.approx(ends[:, 5:].sum(1).numpy())
        for row, best in zip(chances, most_probable(logits, 1.5), strict=True):
            digits = best.number or ""
            for slot, digit, share in zip(row, digits, best.digit_probabilities, strict=False):
                assert slot[int(digit)] == pytest.approx(share * (1 - slot[10]))
    elif logits.digits.shape[2] == 10:
        assert (chances[..., 10] == 0).all()


def test_a_short_length_head_ends_numbers():
    logits = Logits(torch.zeros(1, 3), torch.zeros(1, 4, 10))  # lengths 0, 1, 2; four positions
    chances = slot_probabilities(logits)
    assert chances[0, :, 10] == pytest.approx([1 / 3, 2 / 3, 1, 1])


@given(st.lists(st.text(alphabet="0123456789", min_size=1, max_size=5), max_size=30), st.data())
def test_planted_errors_are_slips_of_people(numbers, data):
    share = data.draw(st.floats(0, 1))
    wrong = plant_errors(numbers, share, seed=3)
    assert wrong.planted.sum() == round(share * len(numbers))
    for true, text, kind in zip(numbers, wrong.numbers, wrong.kinds, strict=True):
        assert (text != true) == (kind != "")
        assert 1 <= len(text) <= 5
        if kind == "changed":
            assert len(text) == len(true) and Levenshtein.distance(true, text) == 1
        elif kind == "swapped":
            assert sorted(text) == sorted(true)
        elif kind == "dropped":
            assert len(text) == len(true) - 1 and Levenshtein.distance(true, text) == 1
        elif kind == "doubled":
            assert len(text) == len(true) + 1 and Levenshtein.distance(true, text) == 1
            assert any(a == b for a, b in pairwise(text))
    assert wrong == plant_errors(numbers, share, seed=3)


def test_all_kinds_are_planted():
    kinds = plant_errors(["123"] * 200, 1.0, seed=0).kinds
    assert {kind: kinds.count(kind) > 25 for kind in set(kinds)} == dict.fromkeys(
        ("changed", "dropped", "doubled", "swapped"), True
    )
    assert set(plant_errors(["7"] * 50, 1.0, seed=0).kinds) == {"changed", "doubled"}
    assert plant_errors(["", ""], 1.0, seed=0).numbers == ["", ""]  # nothing to slip on


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match=r"a share of 1\.5 wrong labels"):
        plant_errors(["1"], 1.5, seed=0)
    logits = predict(tiny_net(max_digits=3, lengths=5), number_set(["1"]).pictures)
    with pytest.raises(ValueError, match="at most 3 fit"):
        label_quality(logits, ["12345"])
    with pytest.raises(ValueError, match="logits of 1 pictures and 2 labels"):
        label_quality(logits, ["1", "2"])


@pytest.mark.parametrize("temperature", [0, -1, math.nan])
def test_a_temperature_that_cannot_be_is_refused(temperature):
    with pytest.raises(ValueError, match="temperature is"):
        slot_probabilities(Logits(torch.zeros(1, 6), torch.zeros(1, 5, 11)), temperature)


def test_no_error_is_planted_in_what_is_too_long():
    with pytest.raises(ValueError, match="'123456' has more than 5 digits"):
        plant_errors(["123456"], 1.0, seed=0)
