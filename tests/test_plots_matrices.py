"""Heat maps colour what is wrong and count everything."""

import numpy as np
import pandas as pd
import pytest
from drawn import texts

from svhn_lib import plots
from svhn_lib.analysis import confusion, confusion_shares


def colours(axes) -> np.ndarray:
    """The values that a heat map colours; NaN where it is left white."""
    return np.ma.filled(axes.collections[0].get_array().astype(float), np.nan)


def counted(axes) -> dict[tuple[int, int], str]:
    """What is written in each cell, by row and column."""
    return {
        (int(text.get_position()[1]), int(text.get_position()[0])): text.get_text()
        for text in axes.texts
        if text.get_text()
    }


def test_confusions_are_written_where_true_row_meets_read_column():
    counts = pd.DataFrame([[900, 0, 60], [0, 8, 0], [10, 0, 1990]], list("348"), list("348"))
    part = counts.div(counts.sum(axis=1), axis=0)
    axes = plots.confusion_matrix(counts, part, "Confusions").axes[0]
    assert counted(axes) == {
        (0, 0): "900",
        (0, 2): "60",
        (1, 1): "8",
        (2, 0): "10",
        (2, 2): "1,990",
    }
    drawn = colours(axes)
    assert drawn[0, 2] == pytest.approx(60 / 960) and drawn[2, 0] == pytest.approx(0.005)
    assert np.isnan(np.diag(drawn)).all() and drawn[1, 0] == 0
    inks = {text.get_text(): text.get_color() for text in axes.texts}
    assert inks["60"] != inks["10"]  # the largest confusion is dark, its count light
    assert [label.get_text() for label in axes.get_yticklabels()] == list("348")
    assert axes.get_xlabel() == "digit read" and axes.get_ylabel() == "true digit"


def test_a_matrix_without_confusion_is_drawn():
    counts = pd.DataFrame(np.eye(3, dtype=int))
    axes = plots.confusion_matrix(counts, counts.astype(float)).axes[0]
    assert texts(axes) == ["1", "1", "1"]


def test_extra_and_missing_digits_have_their_row_and_column():
    counts = confusion(["257", "16", "8"], ["2157", "1", "3"])
    axes = plots.confusion_matrix(counts, confusion_shares(counts)).axes[0]
    drawn, written = colours(axes), counted(axes)
    assert drawn[8, 3] == 1.0 and drawn[6, 10] == 1.0
    assert np.isnan(drawn[10]).all()  # an extra digit is no share of a true one, but it is counted
    assert written[8, 3] == written[10, 1] == written[6, 10] == "1"
    assert len(written) == np.count_nonzero(counts)
    assert axes.get_xticklabels()[-1].get_text() == "missing"
    assert axes.get_yticklabels()[-1].get_text() == "extra"


def test_the_diagonal_of_similarities_is_left_out():
    table = pd.DataFrame([[1.0, 0.5], [0.5, 1.0]], index=["0", "end"], columns=["0", "end"])
    figure = plots.similarities({"before": table, "after": -table}, "Cosines")
    first, second = figure.axes[:2]
    assert [first.get_title(), second.get_title()] == ["before", "after"]
    for axes, value in ((first, 0.5), (second, -0.5)):
        shown = colours(axes)
        assert np.isnan(shown.diagonal()).all()
        assert shown[0, 1] == shown[1, 0] == value
        assert axes.collections[0].get_clim() == (-1, 1)
    assert [label.get_text() for label in first.get_yticklabels()] == ["0", "end"]
