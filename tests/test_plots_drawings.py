"""Drawings that explain: what they say, and that no figure is left open."""

import matplotlib.pyplot as plt
import numpy as np
from drawn import texts

from svhn_lib import plots


def test_every_head_says_what_is_asked_of_it():
    heads = {"length": ("(N, 7)", "1"), "digit 1": ("(N, 11)", "4"), "digit 2": ("(N, 11)", "")}
    stages = [("picture", "(N, 1, 8, 16)"), ("backbone", "(N, 64, 2, 8)")]
    figure = plots.network_heads(np.zeros((8, 16)), stages, heads, "Heads")
    (axes,) = figure.axes
    written = [text.get_text() for text in axes.texts if text.get_text()]
    assert written[-9:] == [
        "length", "(N, 7)", "1", "digit 1", "(N, 11)", "4", "digit 2", "(N, 11)", "not asked",
    ]  # fmt: skip
    dashed = [patch for patch in axes.patches if patch.get_linestyle() in ("--", "dashed")]
    assert len([patch for patch in dashed if hasattr(patch, "get_boxstyle")]) == 1
    assert "not asked" in figure.alt_text and "backbone (N, 64, 2, 8)" in figure.alt_text
    assert plt.get_fignums() == []


def test_a_mask_asks_for_no_blank():
    figure = plots.asked_positions("27", 4)
    words = [text.get_text() for text in figure.axes[0].texts]
    assert words.count("blank") == words.count("not asked") == 2
    assert words.count("2") == words.count("7") == 2
    assert "length head: 2" in words


def test_the_shortcut_ends_at_the_sum():
    figure = plots.residual_block("A block")
    (axes,) = figure.axes
    plus = next(text for text in axes.texts if text.get_text() == "+")
    assert axes.lines[0].get_xdata()[-1] == plus.get_position()[0]


def test_coarse_pixels_lie_in_the_middle_of_theirs():
    figure = plots.shrunk_lines(np.arange(8), {"area": [1.5, 5.5], "nearest": [2, 6]}, "Shrunk")
    assert [axes.get_title() for axes in figure.axes] == ["area", "nearest"]
    _fine, coarse = figure.axes[0].lines
    assert coarse.get_xdata().tolist() == [2, 6] and coarse.get_ydata().tolist() == [1.5, 5.5]
    assert "Shrunk" in texts(figure)
