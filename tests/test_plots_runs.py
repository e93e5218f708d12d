"""Runs beside each other, told apart without colour."""

import numpy as np
from drawn import lines, points

from svhn_lib import plots

FAST = [
    {"examples": 1000, "seconds": 2.0, "loss": 9.0, "sequence_accuracy": 0.1},
    {"examples": 2000, "seconds": 4.0, "loss": 5.0, "sequence_accuracy": 0.4},
]


SLOW = [{"examples": 1000, "seconds": 9.0, "loss": 12.0, "sequence_accuracy": 0.05}]


def histories(*accuracies: list[float]) -> list[list[dict[str, float]]]:
    return [
        [
            {"examples": 1000.0 * (i + 1), "loss": 1.0, "sequence_accuracy": value}
            for i, value in enumerate(values)
        ]
        for values in accuracies
    ]


def test_each_seed_has_a_thin_line_and_their_mean_a_thick_one():
    runs = {"masked": histories([0.2, 0.6], [0.4, 0.8]), "blank": histories([0.1, 0.5])}
    (axes,) = plots.seed_curves(runs, "Two losses").axes
    first, second, mean, alone, its_mean = axes.lines
    assert points(first) == [(1000, 0.2), (2000, 0.6)]
    assert points(second) == [(1000, 0.4), (2000, 0.8)]
    assert np.allclose(points(mean), [(1000, 0.3), (2000, 0.7)])
    assert points(alone) == points(its_mean) == [(1000, 0.1), (2000, 0.5)]
    assert mean.get_linewidth() > first.get_linewidth()
    assert first.get_color() == mean.get_color() != its_mean.get_color()
    assert mean.get_linestyle() != its_mean.get_linestyle()
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["masked", "blank"]
    assert axes.xaxis.get_major_formatter()(2000, 0) == "2"  # thousands, as the axis says


def test_factors_stand_side_by_side():
    luck = [FAST, [{**row, "sequence_accuracy": row["sequence_accuracy"] / 2} for row in FAST]]
    runs = {"batch": {"128": FAST, "32": SLOW}, "dropout": {"none": FAST}}
    figure = plots.ablation_curves(runs, luck, "One at a time")
    losses, accuracies = figure.axes[:2], figure.axes[2:]
    assert [axes.get_title() for axes in losses] == ["batch", "dropout"]
    assert lines(losses[0]) == {"128": [(1000, 9), (2000, 5)], "32": [(1000, 12)]}
    assert lines(losses[1]) == {"none": [(1000, 9), (2000, 5)]}
    assert lines(accuracies[0]) == {"128": [(1000, 0.1), (2000, 0.4)], "32": [(1000, 0.05)]}
    for axes in accuracies:
        band = {tuple(point) for point in axes.collections[0].get_paths()[0].vertices.tolist()}
        assert {(1000, 0.05), (1000, 0.1), (2000, 0.2), (2000, 0.4)} == band
    styles = [(line.get_color(), line.get_linestyle()) for line in losses[0].lines]
    assert styles[0][0] != styles[1][0] and styles[0][1] != styles[1][1]
    assert "thousands" in accuracies[0].get_xlabel()
    assert accuracies[0].xaxis.get_major_formatter()(2000, 0) == "2"  # as the axis says
    assert losses[0].get_ylim() == losses[1].get_ylim()
    assert accuracies[0].get_ylim() == accuracies[1].get_ylim()
    assert not plots.ablation_curves({"batch": {"128": FAST}}).axes[1].collections


def test_a_race_by_the_clock_and_by_pictures():
    left, right = plots.learning_curves({"fast": FAST, "slow": SLOW}, guess=0.03).axes
    assert lines(left)["fast"] == [(2.0, 0.1), (4.0, 0.4)]
    assert lines(right)["fast"] == [(1000, 0.1), (2000, 0.4)]
    assert lines(left)["slow"] == [(9.0, 0.05)] and lines(right)["slow"] == [(1000, 0.05)]
    for axes in (left, right):
        assert {y for _, y in lines(axes)["always the same answer"]} == {0.03}
    assert "seconds" in left.get_xlabel() and "pictures" in right.get_xlabel()
