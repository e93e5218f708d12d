"""The right map on the right picture, and what failed told apart."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from drawn import shown

from svhn_lib import plots
from svhn_lib.plots import BLACK, RED

GREY = np.full((8, 8, 3), 100, np.uint8)


def rows(*answers) -> pd.DataFrame:
    return pd.DataFrame(answers, columns=["strength", "predicted", "confidence", "right"])


def test_templates_share_one_scale_around_zero():
    weights = np.zeros((7, 4, 5))
    weights[6] = np.linspace(-0.5, 0.5, 20).reshape(4, 5)
    figure = plots.templates(weights, list("0123456"))
    shown = [axes for axes in figure.axes if axes.images and axes.get_title()]
    assert [axes.get_title() for axes in shown] == list("0123456")
    assert np.array_equal(shown[6].images[0].get_array(), weights[6])
    (limits,) = {axes.images[0].get_clim() for axes in shown}
    assert -limits[0] == limits[1] == np.quantile(np.abs(weights), 0.99)


def test_every_digit_has_its_map_and_neighbours_stand_behind():
    maps = np.zeros((2, 8, 8), np.float32)
    maps[0, 2, 3], maps[1, 5, 5] = 1.0, 0.5
    figure = plots.explanation_rows(
        [GREY, GREY],
        ["257 read 25", "7"],
        ["25", "7"],
        [maps, maps[:1]],
        [[(GREY, "26  0.10")], []],
        "Why",
    )
    cells = shown(figure)
    assert [axes.get_title() for axes in cells] == [
        "257 read 25", "evidence for 2", "evidence for 5", "26  0.10", "7", "evidence for 7"
    ]  # fmt: skip
    heat = cells[2].images[1]
    assert np.array_equal(heat.get_array(), maps[1])
    assert np.array_equal(heat.get_alpha(), 0.75 * maps[1])  # nothing where there is no evidence
    assert cells[1].images[0].get_extent() == cells[1].images[1].get_extent()
    assert plt.get_fignums() == []


def test_filters_are_scaled_around_grey():
    weights = np.zeros((3, 3, 2, 2))
    weights[0, :, 0, 0], weights[0, :, 1, 1] = -2, 1
    cells = shown(plots.filters(weights, columns=2))
    assert len(cells) == 3
    first = cells[0].images[0].get_array()
    assert first[0, 0].tolist() == [0, 0, 0] and first[1, 1].tolist() == [191] * 3
    assert (cells[1].images[0].get_array() == 128).all()  # nothing to scale
    assert len(shown(plots.filters(np.ones((2, 1, 5, 5))))) == 2  # of a grey net


def test_the_liveliest_maps_are_drawn():
    layer = np.zeros((5, 4, 4), np.float32)
    layer[3, 0, 0], layer[1, 2, 2] = 9, 5
    figure = plots.feature_rows(GREY, {"block 1": layer}, columns=2)
    _, first, second = shown(figure)
    assert first.images[0].get_array().max() == 9
    assert second.images[0].get_array().max() == 5
    assert first.texts[0].get_text() == "block 1: 2 of 5 maps, 4 × 4 pixels"


def test_a_strip_shows_where_reading_fails():
    strip = rows((0.0, "25", 0.98, True), (1.5, "", 0.2, False))
    figure = plots.degradation_strips({"blur: sigma": ([GREY, GREY], strip)}, "Worse")
    cells = shown(figure)
    assert [axes.get_title() for axes in cells] == ["0\n25  0.98", "1.5\nnothing  0.20"]
    assert [axes.title.get_color() for axes in cells] == [BLACK, RED]
    assert cells[0].texts[0].get_text() == "blur\nsigma"
