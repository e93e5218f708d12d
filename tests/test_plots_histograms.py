"""Distributions are of what was handed over."""

import numpy as np
import pandas as pd
import pytest
from drawn import lines, picture, points

from svhn_lib import plots


def test_distributions_have_a_row_per_source_and_say_shares():
    table = pd.DataFrame({"width": [1.0, 2, 3, 50], "split": ["train", "train", "test", "test"]})
    figure = plots.distributions(
        {"ours": table, "theirs": table}, {"width": ("width, pixels", 0, 10)}, "t"
    )
    names = [f"{name}:\nshare of each split" for name in ("ours", "theirs")]
    assert [cell.get_ylabel() for cell in figure.axes] == names
    for cell in figure.axes:
        assert cell.get_xlim() == (0, 10)
        ticks = [label.get_text() for label in cell.get_xticklabels()]
        assert ticks[0] == "0" and ticks[-1] == "10+"  # 50 is counted in the last bin
        train, test = lines(cell).values()
        assert len({line.get_linestyle() for line in cell.lines}) == 2
        assert {y for _, y in train} == {0, 0.5} and test[-1] == pytest.approx((10, 0.5))


def test_value_histograms_draw_a_line_a_picture():
    figure = plots.value_histograms(
        {"before": [picture(), picture()], "after": [picture(), picture()]}, ["a", "b"], "t"
    )
    assert [len(cell.lines) for cell in figure.axes] == [2, 2]
    assert figure.axes[0].get_ylabel() == "share of the pixels"
    assert [text.get_text() for text in figure.legends[0].texts] == ["a", "b"]


def test_quantile_boxes_stand_at_the_quantiles():
    sets = {"ours": {"height": [1, 2, 3, 4, 9]}, "real": {"height": [2, 3, 5, 6, 7]}}
    figure = plots.quantile_boxes(sets, {"height": "height, pixels"}, "Heights")
    (cell,) = figure.axes
    assert [t.get_text() for t in cell.get_yticklabels()] == ["ours", "real"]
    assert cell.get_xlabel() == "height, pixels"
    across = [box.get_path().get_extents() for box in cell.patches]
    assert [(b.x0, b.x1) for b in across] == [(2, 4), (3, 6)]
    medians = [line.get_xdata()[0] for line in cell.lines if line.get_linewidth() == 2]
    assert medians == [3, 5]
    assert cell.yaxis_inverted()  # the first set stands on top


def test_histogram_counts_right_and_wrong_answers():
    figure = plots.confidence_histogram([0.99, 0.97, 0.5], [0.1, 0.98], bins=10)
    (axes,) = figure.axes
    (filled,) = axes.collections
    tops = {(round(x, 1), y) for x, y in filled.get_paths()[0].vertices.tolist()}
    assert {(0.5, 1), (0.6, 1), (0.9, 2), (1.0, 2)} <= tops and max(y for _, y in tops) == 2
    assert {y for line in axes.lines for _, y in points(line)} == {0, 1}
    assert list(axes.get_yticks()) == [0, 1]  # there is a place for 0
    assert len(axes.get_legend().get_texts()) == 2


def test_each_of_many_pictures_has_a_line():
    pictures = [np.arange(9.0) + i for i in range(9)]
    figure = plots.value_histograms({"grey": pictures}, list("abcdefghi"), "Values")
    assert len(figure.axes[0].lines) == 9
    assert all(line.get_linewidth() > 0.5 for line in figure.axes[0].lines)
