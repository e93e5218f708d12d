"""Answers of whole photos held against their labels."""

import math

import pytest

from svhn_lib.metrics import Judged, judge, photo_score
from svhn_lib.reading.record import Answer

NOWHERE = [math.nan] * 4
HERE, THERE = [0, 0, 10, 10], [50, 0, 70, 10]


def said(number: str | None, box=None, *others: Answer) -> Answer:
    return Answer(number, 0.9, box=None if box is None else tuple(box), others=others)


def test_one_number_is_held_against_the_answer_alone():
    (one,) = judge(["25"], [HERE], said("7", THERE, said("25", HERE)))
    assert (one.predicted, one.found, one.right) == ("7", False, False)
    (one,) = judge(["25"], [NOWHERE], said("25", THERE))
    assert (one.predicted, one.found, one.right) == ("25", None, True)
    (one,) = judge(["25"], [HERE], said(None))
    assert (one.predicted, one.found, one.box) == ("", False, None)


def test_several_numbers_take_as_many_answers():
    answer = said("7", THERE, said("25", HERE), said("25", [90, 90, 99, 99]))
    read = judge(["25", "7"], [HERE, THERE], answer)
    assert [(one.predicted, one.found) for one in read] == [("25", True), ("7", True)]
    read = judge(["25", "7"], [NOWHERE, NOWHERE], answer)
    assert [one.predicted for one in read] == ["25", "7"]
    read = judge(["25", "7", "8", "9"], [NOWHERE] * 4, answer)
    assert [one.predicted for one in read] == ["25", "7", "25", ""]
    assert [one.box for one in read] == [tuple(HERE), tuple(THERE), (90, 90, 99, 99), None]
    assert read[3] == Judged("9", "", 0.0, None, None)  # no answer is left for it
    (*_, last) = judge(["25", "7", "8", "9"], [NOWHERE] * 3 + [HERE], said("7"))
    assert last == Judged("9", "", 0.0, None, False)
    # what stands in the right place is wrong there, whatever else says the same
    read = judge(["25", "7"], [THERE, NOWHERE], answer)
    assert [(one.predicted, one.found) for one in read] == [("7", True), ("25", None)]


def test_the_figures_of_a_case_worked_by_hand():
    judged = [
        *judge(["25"], [HERE], said("25", HERE)),
        *judge(["25"], [HERE], said("26", HERE)),
        *judge(["25"], [HERE], said(None)),
        *judge(["25"], [NOWHERE], said("25", THERE)),
        *judge([""], [NOWHERE], said(None)),
        *judge([""], [NOWHERE], said("1", HERE)),
    ]
    score = photo_score(judged)
    assert (score.n, score.boxes, score.empty) == (4, 3, 2)
    assert score.read == 0.5
    assert score.found == pytest.approx(2 / 3)
    assert score.read_given_found == 0.5
    assert score.false_alarms == 0.5
    assert score.calibration_error == pytest.approx(0.9 - 2 / 4)  # of the four that are given
    assert score.coverage_at_98 == 0


def test_coverage_leaves_out_what_was_not_given_first():
    right = [Judged("25", "25", 0.3, None, None)] * 3
    # sure that there is nothing where there is a number: a wrong answer of confidence 0
    score = photo_score([*right, Judged("7", "", 0.99, None, None)])
    assert score.coverage_at_98 == 0.75


def test_what_is_not_there_has_no_figure():
    score = photo_score(judge([""], [NOWHERE], said(None)))
    assert (score.n, score.read, score.found, score.read_given_found) == (0, None, None, None)
    assert score.false_alarms == 0
    assert score.calibration_error is None
    assert photo_score(judge(["1"], [NOWHERE], said("1"))).false_alarms is None
    with pytest.raises(ValueError, match="no photo"):
        photo_score([])
