"""Two readers on the same numbers: McNemar's test by hand and by an independent implementation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from svhn_lib.analysis import compare, error_table
from svhn_lib.reading.record import Answer


def tables(both: int, only_a: int, only_b: int, neither: int):
    right = [(1, 1)] * both + [(1, 0)] * only_a + [(0, 1)] * only_b + [(0, 0)] * neither
    true = ["7"] * len(right)
    return [
        error_table(true, [Answer("7" if row[i] else "1", 0.5, (0.5,)) for row in right])
        for i in (0, 1)
    ]


def test_by_hand():
    found = compare(*tables(85, 8, 2, 5), seed=0)
    assert (found.n, found.accuracy_a, found.accuracy_b) == (100, 0.93, 0.87)
    assert (found.only_a, found.only_b) == (8, 2)
    assert found.p_value == pytest.approx(2 * (1 + 10 + 45) / 2**10)  # 0, 1 or 2 heads of 10 coins
    assert found.low <= 0.06 <= found.high
    assert -0.02 < found.low < 0.02


@given(st.integers(0, 40), st.integers(0, 40))
def test_the_test_is_symmetric_and_binomial(a, b):
    forth = compare(*tables(5, a, b, 5), seed=1)
    back = compare(*tables(5, b, a, 5), seed=1)
    assert forth.p_value == pytest.approx(back.p_value)
    fewer = min(a, b)
    assert forth.p_value == pytest.approx(min(1.0, 2 * binom.cdf(fewer, a + b, 0.5)))


def test_a_reader_is_no_better_than_itself():
    table, _ = tables(9, 0, 0, 1)
    found = compare(table, table, seed=0)
    assert (found.p_value, found.low, found.high) == (1.0, 0.0, 0.0)


def test_other_numbers_are_refused():
    one, _ = tables(9, 0, 0, 1)
    few, _ = tables(3, 0, 0, 1)
    with pytest.raises(ValueError, match="tables of 10 and 4 numbers that are not the same"):
        compare(one, few, seed=0)
    with pytest.raises(ValueError, match="not the same"):
        compare(one, one.iloc[::-1], seed=0)
    with pytest.raises(ValueError, match="tables of 0 and 0 numbers"):
        compare(one.iloc[:0], one.iloc[:0], seed=0)
