"""Figures of decoders: what is drawn is what was handed over."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.patches import FancyBboxPatch

from svhn_lib.plots import decoders as figures


def texts(axes) -> list[str]:
    return [text.get_text() for text in axes.texts if text.get_text()]


def test_each_step_is_given_the_answer_before():
    figure = figures.unrolled(np.zeros((3, 8, 8)), ["2", "5", "7", "end"], "LSTM", "Unrolled")
    (axes,) = figure.axes
    boxes = [patch for patch in axes.patches if isinstance(patch, FancyBboxPatch)]
    assert len(boxes) == 1 + 2 * 4  # the encoder; for each token a cell and what it is given
    middles = {text.get_position()[0]: [] for text in axes.texts if text.get_text() == "LSTM"}
    for text in axes.texts:
        x, y = text.get_position()
        if x in middles and text.get_text():
            middles[x].append((y, text.get_text()))
    columns = [[name for _, name in sorted(column)] for _, column in sorted(middles.items())]
    assert columns == [
        ["start", "LSTM", "2"],
        ["2", "LSTM", "5"],
        ["5", "LSTM", "7"],
        ["7", "LSTM", "end"],
    ]
    assert axes.get_title() == "Unrolled"
    assert plt.get_fignums() == []  # else a notebook would show it twice


def test_the_diagonal_of_similarities_is_left_out():
    table = pd.DataFrame([[1.0, 0.5], [0.5, 1.0]], index=["0", "end"], columns=["0", "end"])
    figure = figures.similarities({"before": table, "after": -table}, "Cosines")
    first, second = figure.axes[:2]
    assert [first.get_title(), second.get_title()] == ["before", "after"]
    for axes, value in ((first, 0.5), (second, -0.5)):
        shown = np.ma.filled(axes.images[0].get_array(), np.nan)
        assert np.isnan(shown.diagonal()).all()
        assert shown[0, 1] == shown[1, 0] == value
        assert axes.images[0].get_clim() == (-1, 1)
    assert [label.get_text() for label in first.get_yticklabels()] == ["0", "end"]


def test_every_step_of_a_beam_has_its_table():
    first = pd.DataFrame(
        {
            "text": ["2", "3", "", "7"],
            "probability": [0.9, 0.06, 0.02, 0.01],
            "fate": ["kept", "dropped", "ended", "dropped"],
        }
    )
    second = first.head(1).assign(text="25", fate="ended")
    figure = figures.beam_steps([first, second], "Beam", rows=3)
    left, right = figure.axes
    assert texts(left) == [
        *("→", "2", "0.9000"),
        *("×", "3", "0.0600"),
        *("■", "nothing", "0.0200"),
        "1 more",
    ]
    assert texts(right) == ["■", "25", "0.9000"]
    colours = [text.get_color() for text in left.texts[::3]]
    assert len(set(colours[:3])) == 3
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["step 1", "step 2"]


def test_a_look_leaves_its_column_bright():
    weights = np.array([[0.7, 0.2, 0.1, 0.0], [0.0, 0.25, 0.5, 0.25]])
    figure = figures.looks(np.full((8, 16, 3), 200), weights, ["4", "end"], "Looks")
    upper, lower = figure.axes[:2], figure.axes[2:]
    assert [axes.get_title() for axes in upper] == ["“4”", "end"]
    for picture, bars, row in zip(upper, lower, weights, strict=True):
        assert [bar.get_height() for bar in bars.patches] == row.tolist()
        assert [bar.get_x() for bar in bars.patches] == [0, 4, 8, 12]
        assert bars.get_xlim() == picture.get_xlim() == (0, 16)
        veil = picture.images[1].get_array()[0, :, 3]
        assert np.allclose(np.asarray(veil), 0.75 * (1 - row / row.max()))
        assert picture.images[1].get_extent() == picture.images[0].get_extent()


def test_widths_are_the_ticks_of_a_logarithmic_axis():
    shares = {"sharp": {1: 0.8, 10: 1.0}, "flat": {1: 0.5, 100: 0.9}}
    (axes,) = figures.found_by_width(shares, "Widths").axes
    assert axes.get_xscale() == "log"
    found = [dict(zip(*map(list, line.get_data()), strict=True)) for line in axes.lines]
    assert found == list(shares.values())
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "10", "100"]
    assert len({(line.get_color(), line.get_marker()) for line in axes.lines}) == 2


def test_each_reader_has_its_line_over_the_lengths():
    table = pd.DataFrame({"accuracy": [0.9, 0.4], "low": [0.8, 0.1], "high": [0.95, 0.6]}, [1, 5])
    rounded = pd.DataFrame({"accuracy": [0.0], "low": [1e-17], "high": [0.1]}, [5])
    assert figures.accuracy_by_length({"none": rounded}).axes
    (axes,) = figures.accuracy_by_length({"LSTM": table, "GRU": table - 0.1}, "Lengths").axes
    lines = [container.lines for container in axes.containers]
    assert [np.asarray(line[0].get_xdata(), dtype=float).round().tolist() for line in lines] == [
        [1, 5]
    ] * 2
    assert lines[0][0].get_ydata().tolist() == [0.9, 0.4]
    (bars,) = lines[0][2]
    assert np.allclose(
        [segment[:, 1] for segment in bars.get_segments()], [[0.8, 0.95], [0.1, 0.6]]
    )
    assert axes.get_xticks().tolist() == [1, 5]
    assert lines[0][0].get_linestyle() != lines[1][0].get_linestyle()
