"""Diagrams of how parts of networks are wired."""

import numpy as np
from drawn import texts
from matplotlib.patches import FancyBboxPatch

from svhn_lib import plots


def test_every_step_of_the_gru_has_a_classifier_of_its_own():
    figure = plots.unrolled_gru(["2", "0", "blank"], "Marek")
    (axes,) = figure.axes
    said = texts(axes)
    assert said.count("GRU") == 3 and said.count("features") == 1
    assert [text for text in said if text.startswith("classifier")] == [
        "classifier 1",
        "classifier 2",
        "classifier 3",
    ]
    assert "a classifier of its own" in figure.alt_text and axes.get_title() == "Marek"


def test_each_column_has_a_score_and_a_weight():
    figure = plots.attention_step(4)
    said = texts(figure.axes[0])
    for letter in "mea":
        assert [text for text in said if text.startswith(f"${letter}_")] == [
            f"${letter}_{i}$" for i in (1, 2, 3, 4)
        ]
    boxes = [patch for patch in figure.axes[0].patches if isinstance(patch, FancyBboxPatch)]
    assert len(boxes) == 3 * 4 + 6  # seen, state, GRU, next state, last token; a rim around scores


def test_a_column_is_asked_for_the_digit_whose_middle_it_holds():
    boxes = np.array([[0, 0, 10, 16], [20, 0, 28, 16], [np.nan] * 4])
    figure = plots.column_labels(np.zeros((16, 32)), boxes, ["4", "", "", "1"], "Columns")
    (axes,) = figure.axes
    assert texts(axes) == ["4", "none", "none", "1"]
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [dot.get_xdata()[0] for dot in dots[:2]] == [5, 24]
    assert len(axes.lines) - len(dots) == 3  # edges between four columns


def test_a_step_of_training_goes_out_and_back_and_is_measured_apart():
    figure = plots.training_loop("A step")
    (axes,) = figure.axes
    said = texts(axes)
    assert said.count("network") == 2 and {"gradients", "optimiser", "validation set"} <= {*said}
    assert "back from the loss" in figure.alt_text and axes.get_title() == "A step"


def test_every_process_has_its_part_of_the_batch_and_all_share_one_gradient():
    said = texts(plots.data_parallel(3).axes[0])
    assert said.count("network") == said.count("same step") == 3
    assert said.count("mean gradient") == 1 and "part 3" in said and "gradient 3" in said
