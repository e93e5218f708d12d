"""Figures of training: what is drawn is what was handed over."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from svhn_lib.plots import training as figures

FAST = [
    {"examples": 1000, "seconds": 2.0, "loss": 9.0, "sequence_accuracy": 0.1},
    {"examples": 2000, "seconds": 4.0, "loss": 5.0, "sequence_accuracy": 0.4},
]
SLOW = [{"examples": 1000, "seconds": 9.0, "loss": 12.0, "sequence_accuracy": 0.05}]


def points(axes) -> dict[str, list[tuple[float, float]]]:
    return {
        line.get_label(): list(
            zip(*(map(float, values) for values in line.get_data()), strict=True)
        )
        for line in axes.lines
    }


def test_losses_and_rates_stand_at_their_steps():
    figure = figures.loss_by_step({"a run": [9.0, 8.0, 7.5]}, [0.1, 0.2, 0.1])
    left, right = figure.axes
    assert points(left) == {"a run": [(1, 9.0), (2, 8.0), (3, 7.5)]}
    assert list(points(right).values()) == [[(1, 0.1), (2, 0.2), (3, 0.1)]]
    assert left.get_xlabel() == right.get_xlabel() == "step" and left.get_legend() is None
    assert plt.get_fignums() == []  # else a notebook would show it twice


def test_losses_beside_their_differences():
    figure = figures.loss_by_step({"float32": [8.0, 6.0], "bfloat16": [8.5, 5.75]}, title="Both")
    left, right = figure.axes
    assert points(left) == {"float32": [(1, 8), (2, 6)], "bfloat16": [(1, 8.5), (2, 5.75)]}
    assert points(right)["bfloat16"] == [(1, 0.5), (2, -0.25)] and "float32" not in points(right)
    assert right.get_title() == "Difference from float32"
    assert right.get_ylim() == pytest.approx((-0.8, 0.8))  # a tenth of the largest loss
    assert figure.get_suptitle() == "Both"


def test_factors_stand_side_by_side():
    luck = [FAST, [{**row, "sequence_accuracy": row["sequence_accuracy"] / 2} for row in FAST]]
    runs = {"batch": {"128": FAST, "32": SLOW}, "dropout": {"none": FAST}}
    figure = figures.factors(runs, luck, "One at a time")
    losses, accuracies = figure.axes[:2], figure.axes[2:]
    assert [axes.get_title() for axes in losses] == ["batch", "dropout"]
    assert points(losses[0]) == {"128": [(1000, 9), (2000, 5)], "32": [(1000, 12)]}
    assert points(losses[1]) == {"none": [(1000, 9), (2000, 5)]}
    assert points(accuracies[0]) == {"128": [(1000, 0.1), (2000, 0.4)], "32": [(1000, 0.05)]}
    for axes in accuracies:
        band = {tuple(point) for point in axes.collections[0].get_paths()[0].vertices.tolist()}
        assert {(1000, 0.05), (1000, 0.1), (2000, 0.2), (2000, 0.4)} == band
    styles = [(line.get_color(), line.get_linestyle()) for line in losses[0].lines]
    assert styles[0][0] != styles[1][0] and styles[0][1] != styles[1][1]
    assert "thousands" in accuracies[0].get_xlabel()
    assert accuracies[0].xaxis.get_major_formatter()(2000, 0) == "2"  # as the axis says
    assert losses[0].get_ylim() == losses[1].get_ylim()
    assert accuracies[0].get_ylim() == accuracies[1].get_ylim()
    assert not figures.factors({"batch": {"128": FAST}}).axes[1].collections


def test_a_race_by_the_clock_and_by_pictures():
    left, right = figures.race({"fast": FAST, "slow": SLOW}, guess=0.03).axes
    assert points(left)["fast"] == [(2.0, 0.1), (4.0, 0.4)]
    assert points(right)["fast"] == [(1000, 0.1), (2000, 0.4)]
    assert points(left)["slow"] == [(9.0, 0.05)] and points(right)["slow"] == [(1000, 0.05)]
    for axes in (left, right):
        assert {y for _, y in points(axes)["always the same answer"]} == {0.03}
    assert "seconds" in left.get_xlabel() and "pictures" in right.get_xlabel()


def test_logged_scalars_have_a_panel_each():
    curves = {name: ([1, 2], [float(i), 4.0]) for i, name in enumerate("abcd")}
    shown = [axes for axes in figures.scalars(curves).axes if axes.lines]
    assert [axes.get_title() for axes in shown] == list("abcd")
    assert list(points(shown[3]).values()) == [[(1, 3.0), (2, 4.0)]]


def test_durations_of_groups_lie_beside_each_other():
    groups = {"float32": {"forward": 20.0, "backward": 50.0}, "bfloat16": {"forward": 8.0,
              "backward": 20.04}}  # fmt: skip
    (axes,) = figures.durations(groups, "A step").axes
    assert [bar.get_width() for bar in axes.patches] == [20.0, 50.0, 8.0, 20.04]
    places = [bar.get_y() + bar.get_height() / 2 for bar in axes.patches]
    assert places == pytest.approx([-0.2, 0.8, 0.2, 1.2])  # around the ticks at 0 and 1
    assert [label.get_text() for label in axes.get_yticklabels()] == ["forward", "backward"]
    assert [text.get_text() for text in axes.texts] == ["20.0", "50.0", "8.0", "20.0"]
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names == ["float32", "bfloat16"] and axes.get_xlabel() == "milliseconds"


def test_speeds_are_written_beside_their_bars():
    figure = figures.speeds({"goodfellow2014": 32.4, "compact": 1550.0}, "Speeds")
    (axes,) = figure.axes
    assert [bar.get_width() for bar in axes.patches] == [32.4, 1550.0]
    assert [text.get_text() for text in axes.texts] == ["32", "1,550"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["goodfellow2014", "compact"]
    assert axes.get_xlabel() == "pictures a second" and axes.yaxis_inverted()


def test_classes_stand_over_their_columns():
    pictures = np.zeros((5, 3, 8, 16), np.uint8)
    figure = figures.column_pictures(pictures, [[10, 2, 7, 10]] * 4 + [[10, 10]], "Columns")
    shown = [axes for axes in figure.axes if axes.images]
    assert len(shown) == 5
    first = [(text.get_position()[0], text.get_text()) for text in shown[0].texts]
    assert first == [(2, "·"), (6, "2"), (10, "7"), (14, "·")]
    assert [line.get_xdata()[0] for line in shown[0].lines] == [4, 8, 12]
    assert [line.get_xdata()[0] for line in shown[4].lines] == [8]
