"""Figures of canvases: what is drawn is what was handed over."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from svhn_lib.plots import BLUE, SOFT
from svhn_lib.plots import canvases as figures


def points(line) -> list[tuple[float, float]]:
    return list(zip(*(map(float, values) for values in line.get_data()), strict=True))


def histories(*accuracies: list[float]) -> list[list[dict[str, float]]]:
    return [
        [
            {"examples": 1000.0 * (i + 1), "loss": 1.0, "sequence_accuracy": value}
            for i, value in enumerate(values)
        ]
        for values in accuracies
    ]


def test_each_kind_of_canvas_has_its_row():
    rows = {
        "square": np.zeros((4, 1, 64, 64), np.uint8),
        "wide": np.full((2, 1, 28, 140), 255, np.uint8),
    }
    whole = {"wide": np.array([[5.0, 2.0, 100.0, 20.0], [1.0, 1.0, 9.0, 9.0]])}
    figure = figures.canvas_rows(rows, "Kinds", whole)
    first, second = figure.subfigs
    assert [first.get_suptitle(), second.get_suptitle()] == ["square", "wide"]
    assert [len(axes.patches) for axes in first.axes + second.axes] == [0] * 4 + [2] * 2
    outlines = [axes.patches[1].get_bbox().extents.tolist() for axes in second.axes]
    assert outlines == whole["wide"].tolist()  # the other patch is its rim
    assert [axes.images[0].get_array().max() for axes in first.axes + second.axes] == (
        [0] * 4 + [255] * 2
    )
    # Four squares and two strips five times as wide as high, over the same width.
    assert figure.get_figheight() == pytest.approx(8.4 / 4 + 8.4 / 2 / 5 + 0.95)
    assert figure.get_suptitle() == "Kinds"
    assert plt.get_fignums() == []  # else a notebook would show it twice


def test_a_gallery_of_wide_pictures_is_low():
    answers = {"number": ["12"] * 5, "predicted": ["12"] * 4 + ["17"], "confidence": [0.5] * 5}
    pictures = np.zeros((5, 1, 16, 64), np.uint8)
    figure = figures.wide_answers(pictures, pd.DataFrame(answers), 4, "Read")
    assert sum(bool(axes.images) for axes in figure.axes) == 5
    rows = 2 * (8.4 / 4 / 4 + 0.42)
    assert figure.get_size_inches().tolist() == pytest.approx([8.4, rows + 0.35])


def test_each_seed_has_a_thin_line_and_their_mean_a_thick_one():
    runs = {"masked": histories([0.2, 0.6], [0.4, 0.8]), "blank": histories([0.1, 0.5])}
    (axes,) = figures.seed_curves(runs, "Two losses").axes
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


def test_shares_are_written_beside_their_bars():
    shares = {"all slots": 0.9652, "whole numbers": 0.74}
    (axes,) = figures.share_bars(shares, "One net", marked="whole numbers").axes
    assert [bar.get_width() for bar in axes.patches] == [0.9652, 0.74]
    assert [text.get_text() for text in axes.texts] == ["96.5%", "74.0%"]
    assert [to_hex(bar.get_facecolor()).upper() for bar in axes.patches] == [SOFT, BLUE]
    assert axes.yaxis_inverted()
    (axes,) = figures.share_bars(shares).axes
    assert {to_hex(bar.get_facecolor()).upper() for bar in axes.patches} == {BLUE}


def test_sizes_are_the_ticks_of_a_logarithmic_axis():
    table = pd.DataFrame({"trained on": [1.0, 0.9], "test": [0.3, 0.7]}, index=[320, 20_480])
    (axes,) = figures.size_curves(table, "Sizes").axes
    assert axes.get_xscale() == "log"
    assert [points(line) for line in axes.lines] == [
        [(320, 1.0), (20480, 0.9)],
        [(320, 0.3), (20480, 0.7)],
    ]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["320", "20,480"]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["trained on", "test"]
