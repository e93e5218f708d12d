"""The error table: alignments worked by hand, and agreement with the edit distance."""

import functools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from svhn_lib.analysis import (
    Conditions,
    Edit,
    align,
    confusion,
    edit_table,
    edits,
    error_table,
    read_error_table,
    write_error_table,
)
from svhn_lib.reading.record import Answer

numbers = st.text(alphabet="0123456789", max_size=6)
few_digits = st.text(alphabet="12", max_size=6)  # many ties


def edit_distance(a: str, b: str) -> int:
    """By its definition, without a library."""

    @functools.cache
    def recursive(i: int, j: int) -> int:
        if i == 0 or j == 0:
            return i + j
        replaced = recursive(i - 1, j - 1) + (a[i - 1] != b[j - 1])
        return min(recursive(i - 1, j) + 1, recursive(i, j - 1) + 1, replaced)

    return recursive(len(a), len(b))


@pytest.mark.parametrize(
    ("true", "read", "expected"),
    [
        ("257", "257", ()),
        ("257", "251", (Edit("substitution", 2, "7", "1"),)),
        ("257", "27", (Edit("missing", 1, "5", ""),)),
        ("257", "2157", (Edit("extra", 1, "", "1"),)),
        ("25", "251", (Edit("extra", 2, "", "1"),)),
        ("1234", "234", (Edit("missing", 0, "1", ""),)),
        ("", "7", (Edit("extra", 0, "", "7"),)),
        ("70", "", (Edit("missing", 0, "7", ""), Edit("missing", 1, "0", ""))),
        # three mistakes by position, yet only two edits
        ("123", "235", (Edit("missing", 0, "1", ""), Edit("extra", 3, "", "5"))),
        # two edits either way: substitutions come first
        ("12", "21", (Edit("substitution", 0, "1", "2"), Edit("substitution", 1, "2", "1"))),
        # which of two equal digits is missing cannot be known: the left one by convention
        ("11", "1", (Edit("missing", 0, "1", ""),)),
        ("1", "11", (Edit("extra", 0, "", "1"),)),
    ],
)
def test_edits_by_hand(true, read, expected):
    assert edits(true, read) == expected


@given(numbers | few_digits, numbers | few_digits)
def test_an_alignment_holds_both_numbers_and_is_the_shortest(true, read):
    pairs = align(true, read)
    assert "".join(a for a, _ in pairs) == true
    assert "".join(b for _, b in pairs) == read
    assert all(a or b for a, b in pairs)
    assert sum(a != b for a, b in pairs) == edit_distance(true, read)


@given(numbers | few_digits, numbers | few_digits)
def test_edits_turn_the_true_number_into_the_one_read(true, read):
    digits = list(true)
    for kind, position, a, b in reversed(edits(true, read)):  # from the right: positions hold
        if kind == "extra":
            digits.insert(position, b)
        else:
            assert digits[position] == a
            digits[position : position + 1] = [b] if kind == "substitution" else []
    assert "".join(digits) == read


def table():
    return error_table(
        ["257", "16", "8"],
        [
            Answer("257", 0.9, (0.99, 0.95, 0.96)),
            Answer("1", 0.4, (0.5,)),
            Answer("3", 0.7, (0.8,)),
        ],
        ["a.png", "b.png", "c.png"],
    )


def test_a_table_by_hand():
    rows = table()
    assert rows.columns.tolist() == [
        "file", "number", "predicted", "confidence", "digit_probabilities", "candidates", "right",
        "length_right", "edits", "length", "sharpness", "contrast", "height", "source",
    ]  # fmt: skip
    assert rows["right"].tolist() == [True, False, False]
    assert rows["length_right"].tolist() == [True, False, True]
    assert rows["confidence"].tolist() == [0.9, 0.4, 0.7]
    assert rows["digit_probabilities"][1] == (0.5,)
    assert rows["edits"][1] == (Edit("missing", 1, "6", ""),)
    assert rows["file"].tolist() == ["a.png", "b.png", "c.png"]
    assert rows["candidates"][1] == (("1", 0.4),)  # none were given: what was read
    assert rows["length"].tolist() == [3, 2, 1]
    assert rows[["sharpness", "contrast", "height"]].isna().all(axis=None)
    assert rows["source"].tolist() == ["", "", ""]
    assert error_table(["1"], [Answer("1", 1.0, (1.0,))])["file"].tolist() == ["0"]


def test_no_number_is_none_in_the_table():
    rows = error_table(["16", "7"], [Answer(None, 0.4), Answer("7", 0.9, (0.9,))])
    assert rows["predicted"].tolist() == [None, "7"]
    assert rows["right"].tolist() == [False, True]
    assert [edit.kind for edit in rows["edits"][0]] == ["missing", "missing"]
    assert rows["candidates"][0] == ((None, 0.4),)
    assert confusion(rows["number"], rows["predicted"]).loc["1", "missing"] == 1


def test_a_table_takes_candidates_pictures_and_a_source():
    rows = error_table(
        ["16"],
        [Answer("10", 0.4, (0.9, 0.5), (("10", 0.4), ("16", 0.3)))],
        pictures=Conditions(np.array([0.5]), np.array([20.0]), np.array([31.0])),
        source="streets",
    )
    assert rows["candidates"][0] == (("10", 0.4), ("16", 0.3))
    assert rows.loc[0, ["sharpness", "contrast", "height"]].tolist() == [0.5, 20.0, 31.0]
    assert rows["source"].tolist() == ["streets"]


def test_one_row_an_edit():
    rows = edit_table(table().iloc[[2, 1, 0]])
    assert rows["row"].tolist() == [2, 1]
    assert rows[["kind", "position", "true", "read"]].to_numpy().tolist() == [
        ["substitution", 0, "8", "3"],
        ["missing", 1, "6", ""],
    ]
    assert rows["file"].tolist() == ["c.png", "b.png"]
    assert edit_table(table().iloc[:1]).empty
    assert edit_table(table().iloc[:1]).columns.tolist() == rows.columns.tolist()


def test_confusion_by_hand():
    counts = confusion(["257", "257", "16", "8"], ["257", "2157", "1", "3"])
    expected = np.zeros((11, 11), dtype=int)
    expected[2, 2] = expected[5, 5] = expected[7, 7] = 2
    expected[10, 1] = 1  # the extra 1 of 2157
    expected[1, 1] = expected[6, 10] = 1  # the missing 6 of 16
    expected[8, 3] = 1
    assert np.array_equal(counts, expected)
    assert counts.loc["8", "3"] == counts.loc["extra", "1"] == counts.loc["6", "missing"] == 1


@given(st.lists(st.tuples(numbers, numbers), max_size=5))
def test_confusion_counts_every_digit_once(pairs):
    true, read = [a for a, _ in pairs], [b for _, b in pairs]
    counts = confusion(true, read).to_numpy()
    for digit in range(10):
        assert counts[digit].sum() == "".join(true).count(str(digit))
        assert counts[:, digit].sum() == "".join(read).count(str(digit))
    assert counts[10, 10] == 0
    assert counts.sum() - np.trace(counts) == sum(map(edit_distance, true, read))


def test_arguments_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="2 true numbers, 1 answers and 2 files"):
        error_table(["1", "2"], [Answer("1", 1.0, (1.0,))])
    with pytest.raises(ValueError, match="1 true and 2 read"):
        confusion(["1"], ["1", "2"])


def test_no_number_stays_none_in_the_table_of_edits(tmp_path):
    table = error_table(["7", "345"], [Answer(None, 0.2), Answer("35", 0.9)])
    assert edit_table(table)["predicted"].tolist() == [None, "35"]
    write_error_table(table, tmp_path / "new" / "errors.csv")
    assert len(read_error_table(tmp_path / "new" / "errors.csv")) == 2
