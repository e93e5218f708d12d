"""Drawings that explain training."""

import numpy as np
from drawn import texts
from matplotlib.patches import Circle, Rectangle

from svhn_lib import plots


def test_every_bit_of_a_format_is_a_cell():
    figure = plots.float_formats({"float32": (1, 8, 23), "float16": (1, 5, 10)}, "Bits")
    (axes,) = figure.axes
    cells = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    assert len(cells) == 32 + 16 and axes.get_title() == "Bits"
    assert texts(axes) == ["float32", "1", "8", "23", "float16", "1", "5", "10"]
    names = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    assert names == ["sign", "exponent", "digits"]


def test_paths_begin_at_their_start_and_the_best_place_is_the_origin():
    path = np.array([[2.0, 1.0], [1.0, 0.2], [-0.1, 0.1]])
    figure = plots.weight_paths({"weights": path, "average": path / 2}, "Paths")
    (axes,) = figure.axes
    assert np.array_equal(axes.lines[0].get_xydata(), path)
    assert [text.xy for text in axes.texts] == [(2.0, 1.0), (0, 0)]
    circles = [patch for patch in axes.patches if isinstance(patch, Circle)]
    assert max(circle.radius for circle in circles) == np.hypot(2, 1)
    assert axes.get_xlim()[0] < -0.1 and axes.get_xlim()[1] > 2.0


def test_the_buffer_marks_what_leaves_it():
    figure = plots.shuffle_buffer(["4", "5"], ["1", "2", "3"], "2", "A buffer")
    (axes,) = figure.axes
    assert texts(axes)[:6] == ["5", "4", "1", "2", "3", "2"]
    marked = [patch for patch in axes.patches if patch.get_facecolor()[:3] != (1, 1, 1)]
    cells = [patch for patch in marked if isinstance(patch, Rectangle)]
    assert len(cells) == 2 and "one leaves it at random" in figure.alt_text
