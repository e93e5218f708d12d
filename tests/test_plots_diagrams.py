"""Diagrams of decoders: each step is given the answer before."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from drawn import texts
from matplotlib.patches import FancyBboxPatch

from svhn_lib import plots


def test_each_step_is_given_the_answer_before():
    figure = plots.unrolled_decoder(np.zeros((3, 8, 8)), ["2", "5", "7", "end"], "LSTM", "Unrolled")
    (axes,) = figure.axes
    boxes = [patch for patch in axes.patches if isinstance(patch, FancyBboxPatch)]
    assert len(boxes) == 2 * 5  # a cell and its input: the picture, and for each token one
    middles = {text.get_position()[0]: [] for text in axes.texts if text.get_text() == "LSTM"}
    for text in axes.texts:
        x, y = text.get_position()
        if x in middles and text.get_text():
            middles[x].append((y, text.get_text()))
    columns = [[name for _, name in sorted(column)] for _, column in sorted(middles.items())]
    assert columns == [
        ["encoder", "LSTM"],  # the first input is the picture; nothing is asked for yet
        ["start", "LSTM", "2"],
        ["2", "LSTM", "5"],
        ["5", "LSTM", "7"],
        ["7", "LSTM", "end"],
    ]
    assert axes.get_title() == "Unrolled"
    assert plt.get_fignums() == []  # else a notebook would show it twice


def test_every_step_of_a_beam_has_its_table():
    first = pd.DataFrame(
        {
            "text": ["2", "3", "", "7"],
            "probability": [0.9, 0.06, 0.02, 0.01],
            "fate": ["kept", "dropped", "ended", "dropped"],
        }
    )
    second = first.head(1).assign(text="25", fate="ended")
    figure = plots.beam_steps([first, second], "Beam", rows=3)
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


def test_a_column_that_is_looked_at_stays_bright():
    weights = np.array([[0.7, 0.2, 0.1, 0.0], [0.0, 0.25, 0.5, 0.25]])
    figure = plots.attention_maps(np.full((8, 16, 3), 200), weights, ["4", "end"], "Attention")
    upper, lower = figure.axes[:2], figure.axes[2:]
    assert [axes.get_title() for axes in upper] == ["“4”", "end"]
    for picture, bars, row in zip(upper, lower, weights, strict=True):
        assert [bar.get_height() for bar in bars.patches] == row.tolist()
        assert [bar.get_x() for bar in bars.patches] == [0, 4, 8, 12]
        assert bars.get_xlim() == picture.get_xlim() == (0, 16)
        veil = picture.images[1].get_array()[0, :, 3]
        assert np.allclose(np.asarray(veil), 0.75 * (1 - row / row.max()))
        assert picture.images[1].get_extent() == picture.images[0].get_extent()
