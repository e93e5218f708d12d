"""What fixes would bring, counted by hand."""

import numpy as np
import pytest

from svhn_lib.analysis import Conditions, error_table, gains
from svhn_lib.reading.record import Answer


def test_by_hand():
    pairs = [
        ("17", "11"),  # 1 and 7
        ("71", "11"),  # 1 and 7
        ("27", "41"),  # 1 and 7, but 2 and 4, too
        ("35", "3"),  # missing, the right one among the candidates
        ("6", "66"),  # extra
        *[(str(i), str(i)) for i in range(10, 15)],
    ]
    dark = np.array([1, 2, 50, 50, 50, 50, 50, 50, 50, 50.0])
    table = error_table(
        [true for true, _ in pairs],
        [
            Answer(b, 0.1 * i + 0.05, (0.5,) * len(b), ((b, 0.5), ("35", 0.2)))
            for i, (_, b) in enumerate(pairs)
        ],
        pictures=Conditions(np.arange(10.0), dark, np.arange(10.0)[::-1].copy()),
    )
    rows = gains(table, review=0.3).set_index("fix")
    assert rows["numbers"].to_dict() == {
        "1 and 7 are told apart": 2,
        "no digit missed or made up": 2,
        "the right one of the candidates is picked": 1,
        # The two faintest are wrong, of the other eight three: 2 * (5/8 - 0) = 1.25, rounded.
        "the faintest fifth of the pictures is read like the rest": 1,
        "the most blurred fifth is read like the rest": 1,
        "the smallest fifth is read like the rest": 0,  # both are right: nothing to win
        "a person reads the 30% least sure": 3,
    }
    assert rows["gain"].tolist() == pytest.approx(rows["numbers"] / 10)
    assert rows["numbers"].is_monotonic_decreasing


def test_a_perfect_reader_has_nothing_to_gain():
    table = error_table(["1", "2"], [Answer("1", 1.0, (1.0,)), Answer("2", 0.9, (0.9,))])
    rows = gains(table)
    assert rows["numbers"].sum() == 0
    assert not rows["fix"].str.contains("fifth|apart").any()  # unknown pictures, no confusion


def test_a_table_without_rows_is_refused():
    with pytest.raises(ValueError, match="without rows"):
        gains(error_table([], []))


def test_a_review_of_more_than_all_is_refused():
    table = error_table(["1"], [Answer("2", 0.5)])
    with pytest.raises(ValueError, match="review is 5: give a share of 0 to 1"):
        gains(table, review=5)
