"""Figures of errors: what is drawn is what was handed over, and it can be told apart."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from svhn_lib.analysis import accuracy_by_confidence, confusion, error_table
from svhn_lib.plots import BLACK, RED
from svhn_lib.plots import errors as figures
from svhn_lib.reading.record import Answer


def test_wrong_answers_name_the_true_number():
    table = pd.DataFrame(
        {
            "number": ["257", "25", "7"],
            "predicted": pd.Series(["257", "26", None], [4, 7, 9], dtype=object),
            "confidence": [0.987, 0.4, 0.1],
        },
        index=[4, 7, 9],
    )
    pictures = np.zeros((3, 3, 8, 8), np.uint8)
    figure = figures.answers(pictures, table, columns=2, title="Answers")
    cells = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in cells] == [
        "257  0.99",
        "25 read 26\nconfidence 0.40",
        "7 read nothing\nconfidence 0.10",
    ]
    assert [axes.title.get_color() for axes in cells] == [BLACK, RED, RED]
    assert plt.get_fignums() == []


def by_length(*rows) -> pd.DataFrame:
    return pd.DataFrame(
        rows, columns=["length", "numbers", "accuracy", "low", "high"]
    ).set_index("length")  # fmt: skip


def test_intervals_stand_around_their_accuracy():
    one = by_length((1, 200, 0.9, 0.85, 0.93), (3, 10, 0.5, 0.24, 0.76))
    two = by_length((2, 40, 0.75, 0.6, 0.86))
    figure = figures.accuracy_by_group({"rendered": one, "real": two}, "length", "By length")
    (axes,) = figure.axes
    ends = [
        (round(x, 2), y0, y1)
        for container in axes.containers
        for (x, y0), (_, y1) in container[2][0].get_segments()
    ]
    assert ends == pytest.approx(
        np.array([(-0.08, 0.85, 0.93), (1.92, 0.24, 0.76), (1.08, 0.6, 0.86)])
    )
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "2", "3"]
    assert [text.get_text() for text in axes.texts] == ["200", "10", "40"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["rendered", "real"]


def test_the_diagonal_of_a_confusion_is_not_coloured():
    counts = confusion(["257", "16", "8"], ["2157", "1", "3"])
    shares = counts.div(counts.sum(axis=1).clip(lower=1), axis=0)
    figure = figures.confusion_map(counts, shares)
    axes = figure.axes[0]
    image = axes.images[0].get_array()
    assert np.isnan(np.diag(image.filled(np.nan))).all()
    assert image[8, 3] == 1.0 and image[6, 10] == 1.0 and image[3, 8] == 0
    shares.loc["extra"] = np.nan
    image = figures.confusion_map(counts, shares).axes[0].images[0].get_array()
    assert np.isnan(image.filled(np.nan)[10]).all()
    written = {(text.get_position(), text.get_text()) for text in axes.texts}
    assert ((3, 8), "1") in written  # x is the digit read, y the true one
    assert ((1, 10), "1") in written and ((10, 6), "1") in written
    assert len(written) == np.count_nonzero(counts)
    assert axes.get_xticklabels()[-1].get_text() == "missing"
    assert axes.get_yticklabels()[-1].get_text() == "extra"


def test_histogram_counts_right_and_wrong_answers():
    figure = figures.confidence_histogram([0.99, 0.97, 0.5], [0.1, 0.98], bins=10)
    (axes,) = figure.axes
    right = [bar.get_height() for bar in axes.patches[:10]]
    assert right == [0, 0, 0, 0, 0, 1, 0, 0, 0, 2]
    assert axes.get_yscale() == "log"
    assert len(axes.get_legend().get_texts()) == 2


def test_coverage_is_marked_at_its_targets():
    figure = figures.coverage_curve([0.5, 1.0], [1.0, 0.9], {0.95: 0.8, 0.98: 0.6})
    (axes,) = figure.axes
    assert list(axes.lines[0].get_ydata()) == [1.0, 0.9]
    marks = [line for line in axes.lines if line.get_marker() in "os"]
    assert [(m.get_xdata()[0], m.get_ydata()[0]) for m in marks] == [(0.8, 0.95), (0.6, 0.98)]
    words = [text.get_text() for text in axes.get_legend().get_texts()]
    assert words == ["80.0% kept at 95%", "60.0% kept at 98%"]
    low, high = axes.get_ylim()
    assert low < 0.9 and high > 1


def test_conditions_have_a_panel_each_and_their_ends_on_the_axis():
    bins = pd.IntervalIndex.from_breaks([4.0, 12.5, 80.0])
    rows = pd.DataFrame(
        {"numbers": [9, 8], "accuracy": [0.5, 1.0], "low": [0.2, 0.7], "high": [0.8, 1.0]}, bins
    )
    figure = figures.accuracy_by_condition({"height, px": rows, "contrast": rows}, 0.75)
    assert [axes.get_xlabel() for axes in figure.axes] == ["height, px", "contrast"]
    first = figure.axes[0]
    assert [label.get_text() for label in first.get_xticklabels()] == ["4", "12", "80"]
    assert list(first.get_xticks()) == [-0.5, 0.5, 1.5]  # ends lie between the points
    assert [text.get_text() for text in first.texts] == ["9", "8"]
    assert list(first.lines[0].get_ydata()) == [0.75, 0.75]


def test_reliability_is_drawn_with_its_intervals():
    table = error_table(
        ["1"] * 4, [Answer(read, sure, ()) for read, sure in
                    (("1", 0.95), ("1", 0.93), ("2", 0.91), ("2", 0.15))],
    )  # fmt: skip
    rows = accuracy_by_confidence(table)
    figure = figures.reliability_diagrams({"plain": rows}, {"plain": 0.25}, "Title")
    upper, lower = figure.axes
    assert upper.get_title() == "plain: off by 25.0%"
    points = upper.lines[-1]
    assert list(points.get_xdata()) == pytest.approx([0.15, 0.93])
    assert list(points.get_ydata()) == pytest.approx([0, 2 / 3])
    gaps, spread = upper.collections
    assert [list(s[:, 1]) for s in gaps.get_segments()] == [
        pytest.approx([0, 0.15]), pytest.approx([2 / 3, 0.93])
    ]  # fmt: skip
    assert [list(s[:, 1]) for s in spread.get_segments()] == [
        pytest.approx(rows[["low", "high"]].iloc[i].tolist()) for i in (0, 1)
    ]
    bars = [(bar.get_x(), bar.get_width(), bar.get_height()) for bar in lower.patches]
    assert bars == [pytest.approx((0.1, 0.1, 1)), pytest.approx((0.9, 0.1, 3))]


def test_search_curves_are_marked_where_one_stops_looking():
    curves = {"ranked": ([0.5, 1.0], [0.9, 1.0]), "chance": ([0.5, 1.0], [0.5, 1.0])}
    figure = figures.search_curves(curves, 0.02, {"ranked": 0.8, "chance": 0.02})
    (axes,) = figure.axes
    marks = [line for line in axes.lines if line.get_marker() == "o"]
    assert [(m.get_xdata()[0], m.get_ydata()[0]) for m in marks] == [(0.02, 0.8), (0.02, 0.02)]
    words = [text.get_text() for text in axes.get_legend().get_texts()]
    assert words == ["ranked: 80%", "chance: 2%"]


def test_gains_are_bars_from_the_top():
    rows = pd.DataFrame({"fix": ["this", "that"], "numbers": [1200, 3], "gain": [0.12, 0.003]})
    (axes,) = figures.gain_bars(rows, "Gains").axes
    assert [bar.get_width() for bar in axes.patches] == [0.12, 0.003]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["this", "that"]
    assert [text.get_text() for text in axes.texts] == ["1,200", "3"]
    assert axes.yaxis_inverted()


def test_costs_are_marked_at_the_threshold():
    thresholds = np.array([0.0, 0.5, 1.0])
    figure = figures.cost_curves(thresholds, {"10": [4.0, 2.0, 3.0]}, {"10": 0.5}, "Costs")
    (axes,) = figure.axes
    assert list(axes.lines[0].get_ydata()) == [4.0, 2.0, 3.0]
    assert (axes.lines[1].get_xdata()[0], axes.lines[1].get_ydata()[0]) == (0.5, 2.0)
    assert axes.get_yscale() == "log" and axes.get_title() == "Costs"
