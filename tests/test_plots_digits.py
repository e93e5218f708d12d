"""Figures of single digits: what is drawn is what was handed over."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from svhn_lib.plots import BLACK, SOFT
from svhn_lib.plots import digits as figures


def text_of(axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_epochs_are_counted_from_one():
    rows = [{"loss": 2.0, "accuracy": 0.5}, {"loss": 0.5, "accuracy": 0.75}]
    figure = figures.epoch_curves({"a net": rows, "short": rows[:1]}, "Two nets")
    left, right = figure.axes
    assert [line.get_xydata().tolist() for line in left.lines] == [[[1, 2], [2, 0.5]], [[1, 2]]]
    assert [line.get_ydata().tolist() for line in right.lines] == [[0.5, 0.75], [0.5]]
    assert [text.get_text() for text in right.get_legend().get_texts()] == ["a net", "short"]
    assert left.get_ylim() == pytest.approx((0, 2.16))
    assert figure.get_suptitle() == "Two nets"
    assert figures.epoch_curves({"a net": rows}).axes[1].get_legend() is None
    assert plt.get_fignums() == []


def test_templates_share_one_scale_around_zero():
    weights = np.zeros((7, 4, 5))
    weights[6] = np.linspace(-0.5, 0.5, 20).reshape(4, 5)
    figure = figures.templates(weights, list("0123456"))
    shown = [axes for axes in figure.axes if axes.images and axes.get_title()]
    assert [axes.get_title() for axes in shown] == list("0123456")
    assert np.array_equal(shown[6].images[0].get_array(), weights[6])
    (limits,) = {axes.images[0].get_clim() for axes in shown}
    assert -limits[0] == limits[1] == np.quantile(np.abs(weights), 0.99)


def shares(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["count", "accuracy", "low", "high"], index=[3, 8])


def test_intervals_stand_around_the_accuracy_of_their_digit():
    table = shares((40, 0.9, 0.77, 0.96), (1200, 0.95, 0.93, 0.96))
    (axes,) = figures.accuracy_by_digit(table, 0.925, "By digit").axes
    (container,) = axes.containers
    ends = [(x, low, high) for (x, low), (_, high) in container[2][0].get_segments()]
    assert ends == [pytest.approx((0, 0.77, 0.96)), pytest.approx((1, 0.93, 0.96))]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["3", "8"]
    assert text_of(axes) == ["40", "1,200"]
    assert axes.get_legend().get_texts()[0].get_text() == "all digits, 92.5%"
    assert axes.get_ylim()[0] < 0.77 and axes.get_ylim()[1] > 1


def test_a_perfect_digit_whose_bound_is_rounded_is_drawn():
    table = shares((9, 1.0, 0.7, 1 - 1e-16), (9, 1.0, 0.7, 0.9999999999999999))
    (axes,) = figures.accuracy_by_digit(table, 1.0).axes
    assert axes.containers


def test_confusions_are_written_where_true_row_meets_read_column():
    counts = pd.DataFrame([[900, 0, 60], [0, 8, 0], [10, 0, 990]], list("348"), list("348"))
    part = counts.div(counts.sum(axis=1), axis=0)
    axes = figures.confusion_matrix(counts, part, "Confusions").axes[0]
    written = {text.get_position(): (text.get_text(), text.get_color()) for text in axes.texts}
    assert written == {
        (0, 0): ("900", SOFT),
        (2, 0): ("60", "white"),  # the largest confusion: dark
        (1, 1): ("8", SOFT),
        (0, 2): ("10", BLACK),
        (2, 2): ("990", SOFT),
    }
    drawn = axes.images[0].get_array()
    assert np.isnan(np.diag(drawn.filled(np.nan))).all()
    assert drawn[0, 2] == pytest.approx(60 / 960) and drawn[2, 0] == pytest.approx(0.01)
    assert [label.get_text() for label in axes.get_yticklabels()] == list("348")


def test_a_matrix_without_confusion_is_drawn():
    counts = pd.DataFrame(np.eye(3, dtype=int))
    axes = figures.confusion_matrix(counts, counts.astype(float)).axes[0]
    assert text_of(axes) == ["1", "1", "1"]


def test_precision_is_of_all_suspects_so_far():
    (axes,) = figures.precision_of_first([True, True, False, True], 3, "Suspects").axes
    curve, limit = axes.lines
    assert curve.get_xydata().tolist() == [[1, 1], [2, 1], [3, pytest.approx(2 / 3)], [4, 0.75]]
    assert set(limit.get_xdata()) == {3}
    assert text_of(axes) == ["3 to find"]
