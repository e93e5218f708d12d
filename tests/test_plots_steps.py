"""Values stand at their steps."""

import matplotlib.pyplot as plt
import pytest
from drawn import lines

from svhn_lib import plots


def test_epochs_are_counted_from_one():
    rows = [{"loss": 2.0, "accuracy": 0.5}, {"loss": 0.5, "accuracy": 0.75}]
    figure = plots.epoch_curves({"a net": rows, "short": rows[:1]}, "Two nets")
    left, right = figure.axes
    assert [line.get_xydata().tolist() for line in left.lines] == [[[1, 2], [2, 0.5]], [[1, 2]]]
    assert [line.get_ydata().tolist() for line in right.lines] == [[0.5, 0.75], [0.5]]
    assert [text.get_text() for text in right.get_legend().get_texts()] == ["a net", "short"]
    assert left.get_ylim() == pytest.approx((0, 2.16))
    assert figure.get_suptitle() == "Two nets"
    assert plots.epoch_curves({"a net": rows}).axes[1].get_legend() is None
    assert plt.get_fignums() == []


def test_losses_and_rates_stand_at_their_steps():
    figure = plots.loss_by_step({"a run": [9.0, 8.0, 7.5]}, [0.1, 0.2, 0.1])
    left, right = figure.axes
    assert lines(left) == {"a run": [(1, 9.0), (2, 8.0), (3, 7.5)]}
    assert list(lines(right).values()) == [[(1, 0.1), (2, 0.2), (3, 0.1)]]
    assert left.get_xlabel() == right.get_xlabel() == "step" and left.get_legend() is None
    assert plt.get_fignums() == []  # else a notebook would show it twice


def test_losses_beside_their_differences():
    figure = plots.loss_by_step({"float32": [8.0, 6.0], "bfloat16": [8.5, 5.75]}, title="Both")
    left, right = figure.axes
    assert lines(left) == {"float32": [(1, 8), (2, 6)], "bfloat16": [(1, 8.5), (2, 5.75)]}
    assert lines(right)["bfloat16"] == [(1, 0.5), (2, -0.25)] and "float32" not in lines(right)
    assert right.get_title() == "Difference from float32"
    assert right.get_ylim() == pytest.approx((-0.8, 0.8))  # a tenth of the largest loss
    assert figure.get_suptitle() == "Both"


def test_logged_scalars_have_a_panel_each():
    curves = {name: ([1, 2], [float(i), 4.0]) for i, name in enumerate("abcd")}
    shown = [axes for axes in plots.logged_scalars(curves).axes if axes.lines]
    assert [axes.get_title() for axes in shown] == list("abcd")
    assert list(lines(shown[3]).values()) == [[(1, 3.0), (2, 4.0)]]


@pytest.mark.parametrize("last", [float("nan"), float("inf")])
def test_a_run_that_diverged_is_drawn_as_far_as_it_went(last):
    figure = plots.loss_by_step({"well": [8.0, 6.0], "badly": [9.0, last]})
    figure.canvas.draw()
    assert figure.axes[1].get_ylim() == pytest.approx((-0.8, 0.8))
    plots.loss_by_step({"badly": [9.0, last]}).canvas.draw()
    rows = [{"loss": 4.0, "accuracy": 0.5}, {"loss": last, "accuracy": 0.1}]
    figure = plots.epoch_curves({"badly": rows})
    figure.canvas.draw()
    assert figure.axes[0].get_ylim() == pytest.approx((0, 4.32))
    figure = plots.logged_scalars({"loss": ([1, 2], [4.0, last])})
    figure.canvas.draw()
    assert figure.axes[0].get_ylim() == pytest.approx((0, 4.32))
