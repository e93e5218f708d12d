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


def test_a_beam_is_a_tree_with_a_column_per_step():
    first = pd.DataFrame(
        {
            "text": ["2", "3", "", "7"],
            "probability": [0.9, 0.06, 0.02, 0.01],
            "fate": ["kept", "dropped", "ended", "dropped"],
        }
    )
    second = first.head(1).assign(text="2", fate="ended")
    figure = plots.beam_tree([first, second], "Beam", rows=3)
    (axes,) = figure.axes
    assert texts(axes) == [
        *("start", "step 1", "→ 2  0.900", "× 3  0.060", "■ nothing  0.020", "1 more"),
        *("step 2", "■ 2   0.900"),
    ]
    kept, ended = axes.texts[2], axes.texts[-1]
    assert len({text.get_color() for text in axes.texts[2:5]}) == 3
    assert len(axes.lines) == 4  # three branches from the start, one from the 2
    (x0, x1), (y0, y1) = axes.lines[-1].get_data()
    assert y0 == kept.get_position()[1] and y1 == ended.get_position()[1]
    assert kept.get_position()[0] < x0 < x1 < ended.get_position()[0]
    assert axes.get_title() == "Beam"


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


def test_a_map_has_a_box_per_text_and_an_arrow_per_need():
    places = {"walk": (0, 0), "run": (1, 0), "jump": (1, 1)}
    figure = plots.needs_map(places, [("walk", "run"), ("walk", "jump")], ["walk"], "Map")
    (axes,) = figure.axes
    boxes = [patch for patch in axes.patches if isinstance(patch, FancyBboxPatch)]
    assert len({box.get_facecolor() for box in boxes}) == 2 and len(boxes) == 3
    assert [text.get_text() for text in axes.texts if text.get_text()] == ["walk", "run", "jump"]
    arrows = [text for text in axes.texts if getattr(text, "arrowprops", None)]
    tips = [arrow.xy for arrow in arrows]
    assert len(tips) == 2 and tips[0][0] == tips[1][0] and tips[0][1] < tips[1][1]
