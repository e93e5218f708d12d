"""Box metrics against values worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from svhn_lib.metrics import accuracy_given_box, average_precision, box_score, iou, match

NONE = [math.nan] * 4


def test_iou_by_hand():
    a = [0, 0, 10, 20]
    others = [a, [0, 0, 10, 10], [5, 0, 15, 20], [10, 0, 20, 20], [2, 5, 4, 10], NONE, [9, 9, 9, 9]]
    # the same; half; 100 of 300; only an edge; 10 of 200; none; empty
    assert iou(a, others).tolist() == pytest.approx([1, 0.5, 1 / 3, 0, 0.05, 0, 0])
    assert iou(others, a).tolist() == pytest.approx(iou(a, others).tolist())


def test_boxes_that_lie_apart_or_are_tiny():
    # apart in x and in y: the product of two negative overlaps is no overlap
    assert float(iou([0, 0, 2, 2], [5, 5, 9, 9])) == 0
    assert float(iou([9, 9, 12, 12], [0, 0, 2, 2])) == 0
    assert float(iou([0, 0, 0.5, 0.5], [0, 0, 0.5, 0.25])) == pytest.approx(0.5)


def test_all_pairs_and_single_boxes():
    boxes = np.array([[0, 0, 2, 2], [1, 0, 3, 2]])
    assert iou(boxes[:, None], boxes).round(4).tolist() == [[1, 0.3333], [0.3333, 1]]
    assert float(iou(boxes[0], boxes[1])) == pytest.approx(1 / 3)


def test_scores_by_hand():
    true = [[0, 0, 10, 10], [0, 0, 10, 10], [20, 20, 40, 30], [0, 0, 8, 8], NONE]
    found = [[0, 0, 10, 10], [0, 0, 10, 5], [22, 22, 42, 30], NONE, [1, 2, 3, 4]]
    score = box_score(found, true)
    # IoU 1; 50/100, which is not above a half; 18 * 8 / (200 + 160 - 144) = 2/3; 0
    assert score.n == 4
    assert score.mean_iou == pytest.approx((1 + 0.5 + 2 / 3) / 4)
    assert score.above_half == 0.5 and score.above_70 == 0.25
    # centre y 2.5 and height 5 off: 31.25; centre (2, 1) and height 2 off: 9; of 3 x 4 values
    assert score.squared_error == pytest.approx((31.25 + 9) / 12)


def test_scores_where_nothing_was_found():
    score = box_score([NONE], [[0, 0, 10, 10]])
    assert score[:4] == (1, 0, 0, 0) and math.isnan(score.squared_error)


def test_each_number_is_matched_once_and_best_first():
    true = [[0, 0, 10, 10], [20, 0, 30, 10]]
    found = [[21, 0, 31, 10], [0, 1, 10, 11], [0, 0, 10, 10], [60, 0, 70, 10]]
    assert match(found, true).tolist() == [1, 0, -1, -1]
    assert match(found, true, least=0.9).tolist() == [-1, -1, 0, -1]
    assert match([], true).tolist() == [] and match(found, []).tolist() == [-1] * 4


def test_a_box_that_fits_two_takes_the_better_one():
    assert match([[0, 0, 10, 10]], [[0, 0, 10, 6], [0, 0, 10, 9]]).tolist() == [1]


@pytest.mark.parametrize(
    ("found", "true", "words"),
    [
        ([[0, 0, 1]], [[0, 0, 1, 1]], "as last axis"),
        ([[0, 0, 1, 1]] * 2, [[0, 0, 1, 1]], "shapes"),
        ([[0, 0, 1, 1]], [NONE], "no number"),
    ],
)
def test_what_cannot_be_compared_is_refused(found, true, words):
    with pytest.raises(ValueError, match=words):
        box_score(found, true)


def test_accuracy_given_a_box_counts_what_was_found():
    """Of three found above one half, two are read; what was missed or found badly is not asked."""
    true = [[0, 0, 10, 10]] * 5
    found = [[0, 0, 10, 10], [1, 0, 11, 10], [0, 0, 10, 9], [5, 0, 15, 10], [np.nan] * 4]
    right = [True, False, True, True, True]
    assert accuracy_given_box(right, found, true) == pytest.approx(2 / 3)
    assert accuracy_given_box(right, found, true, least=0.95) == 1.0
    assert np.isnan(accuracy_given_box([True], [[np.nan] * 4], true[:1]))


def test_average_precision_by_hand():
    # precisions where numbers are found: 1/1 and 2/3; the third number is not found
    assert average_precision([1, 0, 1], [0.9, 0.8, 0.7], 3) == pytest.approx((1 + 2 / 3) / 3)
    # as sure as a false alarm: half of the boxes that are as sure are right
    assert average_precision([1, 0], [0.5, 0.5], 1) == 0.5
    assert average_precision([], [], 2) == 0


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), min_size=1, max_size=30))
def test_average_precision_is_scikit_learns_where_every_number_is_found(boxes):
    right, sure = np.array(boxes).T
    if right.any():
        ours = average_precision(right > 0, sure / 10, int(right.sum()))
        assert ours == pytest.approx(average_precision_score(right, sure))


@pytest.mark.parametrize(
    ("right", "sure", "numbers", "words"),
    [
        ([1, 1], [0.5, 0.4], 1, r"^2 right boxes of 1 numbers: give all numbers$"),
        ([], [], 0, r"^0 right boxes of 0 numbers: give all numbers$"),
        ([1], [float("nan")], 1, "a confidence is nan"),
    ],
)
def test_average_precision_refuses_what_cannot_be(right, sure, numbers, words):
    with pytest.raises(ValueError, match=words):
        average_precision(right, sure, numbers)
