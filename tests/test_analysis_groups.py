"""Groups, bins, positions and confusions of a table small enough to count by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from svhn_lib.analysis import (
    Conditions,
    accuracy_by,
    accuracy_by_bins,
    accuracy_by_confidence,
    accuracy_by_position,
    common_confusions,
    confusion,
    confusion_shares,
    error_table,
)
from svhn_lib.metrics import wilson_interval
from svhn_lib.reading.record import Answer


def table(pairs: list[tuple[str, str]], heights: list[float] | None = None) -> pd.DataFrame:
    values = np.array(heights if heights is not None else [float("nan")] * len(pairs))
    return error_table(
        [true for true, _ in pairs],
        [Answer(read or None, 0.5, (0.5,) * len(read)) for _, read in pairs],
        pictures=Conditions(values, values, values),
    )


PAIRS = [("1", "1"), ("12", "12"), ("12", "1"), ("123", "23"), ("123", "1233"), ("477", "411")]


def test_groups_by_hand():
    rows = accuracy_by(table(PAIRS), "length")
    assert rows.index.tolist() == [1, 2, 3]
    assert rows["numbers"].tolist() == [1, 2, 3]
    assert rows["accuracy"].tolist() == [1, 0.5, 0]
    bounds = [wilson_interval(1, 1), wilson_interval(1, 2), wilson_interval(0, 3)]
    assert list(zip(rows["low"], rows["high"], strict=True)) == bounds


def test_groups_may_be_values_of_ones_own():
    shuffled = table(PAIRS).iloc[::-1]  # values belong to rows, whatever their labels
    own = ["b", None, "a", "a", "b", "b"]
    rows = accuracy_by(shuffled, own)
    assert rows["numbers"].to_dict() == {"a": 2, "b": 3}
    assert rows["accuracy"].to_dict() == {"a": 0.0, "b": pytest.approx(2 / 3)}


def test_bins_hold_every_number_once():
    heights = [10, 10, 20, 30, 40, 50]
    rows = accuracy_by_bins(table(PAIRS, heights), "height", 3)
    assert rows["numbers"].tolist() == [2, 2, 2]
    assert [key.right for key in rows.index] == pytest.approx([50 / 3, 100 / 3, 50], rel=1e-3)
    assert rows["accuracy"].tolist() == [1, 0, 0]


@given(st.lists(st.sampled_from([1.0, 2.0, 3.0, 8.5]), min_size=1, max_size=20))
def test_bins_hold_every_number_once_whatever_repeats(heights):
    rows = accuracy_by_bins(table([("1", "1")] * len(heights), heights), "height")
    assert rows["numbers"].sum() == len(heights)
    assert 1 <= len(rows) <= 5


def test_bins_need_values():
    with pytest.raises(ValueError, match="column 'height' has no value"):
        accuracy_by_bins(table(PAIRS), "height")


def test_confidence_bins_by_hand():
    sure = [0.95, 0.93, 0.91, 0.9, 0.0]
    read = ["1", "1", "2", "2", "1"]
    rows = accuracy_by_confidence(
        error_table(["1"] * 5, [Answer(r, c, ()) for r, c in zip(read, sure, strict=True)]), bins=10
    )
    assert [(key.left, key.right) for key in rows.index] == [
        pytest.approx((0, 0.1)), pytest.approx((0.8, 0.9)), pytest.approx((0.9, 1))
    ]  # fmt: skip
    assert rows["numbers"].tolist() == [1, 1, 3]
    assert rows["confidence"].tolist() == pytest.approx([0, 0.9, 0.93])
    assert rows["accuracy"].tolist() == pytest.approx([1, 0, 2 / 3])
    assert rows[["low", "high"]].iloc[2].tolist() == pytest.approx(wilson_interval(2, 3))


def test_positions_by_hand():
    rows = accuracy_by_position(table(PAIRS))
    # 123 read 23 lacks its first digit, 1233 has one too many, 411 two wrong ones.
    assert rows.index.tolist() == [1, 2, 3]
    assert rows["numbers"].tolist() == [6, 5, 3]
    assert (rows["accuracy"] * rows["numbers"]).round().tolist() == [5, 3, 2]


def test_confusions_by_hand():
    counts = confusion([true for true, _ in PAIRS], [read for _, read in PAIRS])
    shares = confusion_shares(counts)
    assert shares.loc["7", "1"] == 1
    assert shares.loc["1", "missing"] == pytest.approx(1 / 5)
    assert shares.loc["2", "2"] == pytest.approx(3 / 4)
    assert shares.loc[["extra", "9"]].isna().all(axis=None)
    rows = common_confusions(counts)
    assert rows.to_numpy().tolist()[0] == ["7", "1", 2, 1.0]
    assert {(a, b, n) for a, b, n, _ in rows.to_numpy().tolist()[1:]} == {
        ("1", "missing", 1), ("2", "missing", 1), ("extra", "3", 1)
    }  # fmt: skip
    assert len(common_confusions(counts, 2)) == 2
    assert common_confusions(confusion(["1"], ["1"])).empty


def test_bins_may_begin_at_zero():
    rows = accuracy_by_bins(table([("1", "1"), ("1", "2"), ("1", "1")], [0.0, 0.0, 1e-9]), "height")
    assert rows["numbers"].tolist() == [2, 1] and rows["accuracy"].tolist() == [0.5, 1]
    assert (rows.index[0].left, rows.index[-1].right) == (0, 1e-9)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda table: accuracy_by(table, "size"), "no column 'size': choose of length"),
        (lambda table: accuracy_by(table, [1, 2]), "2 values for 3 rows"),
        (lambda table: accuracy_by_bins(table, "size"), "no column 'size'"),
        (lambda table: accuracy_by_bins(table, "length", bins=0), "bins is 0"),
    ],
)
def test_groups_that_there_are_not_are_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call(pd.DataFrame({"length": [1, 1, 2], "right": [True, False, True]}))
