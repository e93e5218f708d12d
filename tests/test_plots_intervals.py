"""Intervals stand around their accuracies."""

import pandas as pd
import pytest
from drawn import intervals, texts

from svhn_lib import plots


def by_length(*rows) -> pd.DataFrame:
    return pd.DataFrame(
        rows, columns=["length", "numbers", "accuracy", "low", "high"]
    ).set_index("length")  # fmt: skip


def shares(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["numbers", "accuracy", "low", "high"], index=[3, 8])


def test_intervals_stand_around_the_accuracy_of_their_digit():
    table = shares((40, 0.9, 0.77, 0.96), (1200, 0.95, 0.93, 0.96))
    (axes,) = plots.accuracy_by_digit(table, 0.925, "By digit").axes
    assert intervals(axes) == [pytest.approx((0, 0.77, 0.96)), pytest.approx((1, 0.93, 0.96))]
    assert [0.9, 0.95] in [list(line.get_ydata()) for line in axes.lines]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["3", "8"]
    assert texts(axes) == ["40", "1,200"]
    assert axes.get_legend().get_texts()[0].get_text() == "all digits, 92.5%"
    assert axes.get_ylim()[0] < 0.77 and axes.get_ylim()[1] > 1


def test_a_perfect_digit_whose_bound_is_rounded_is_drawn():
    table = shares((9, 1.0, 0.7, 1 - 1e-16), (9, 1.0, 0.7, 0.9999999999999999))
    (axes,) = plots.accuracy_by_digit(table, 1.0).axes
    assert intervals(axes) == [pytest.approx((0, 0.7, 1)), pytest.approx((1, 0.7, 1))]


def test_intervals_of_several_sets_stand_beside_each_other():
    one = by_length((1, 200, 0.9, 0.85, 0.93), (3, 10, 0.5, 0.24, 0.76))
    two = by_length((2, 40, 0.75, 0.6, 0.86))
    figure = plots.accuracy_by_group({"rendered": one, "real": two}, "length", "By length")
    (axes,) = figure.axes
    ends = [(-0.08, 0.85, 0.93), (1.92, 0.24, 0.76), (1.08, 0.6, 0.86)]
    assert intervals(axes) == [pytest.approx(end) for end in ends]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "2", "3"]
    assert texts(axes) == ["200", "10", "40"]
    assert [text.xy[0] for text in axes.texts] == pytest.approx([-0.08, 1.92, 1.08])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["rendered", "real"]
    looks = {(line.get_color(), line.get_marker()) for line in axes.lines if len(line.get_xdata())}
    assert len({marker for _, marker in looks} - {"None", ""}) == 2


def test_named_groups_stand_as_they_come_and_lengths_in_order():
    def names(index):
        table = pd.DataFrame({"accuracy": 0.5, "low": 0.4, "high": 0.6}, index=index)
        (cell,) = plots.accuracy_by_group({"one": table}, "group").axes
        return [label.get_text() for label in cell.get_xticklabels()]

    assert names(["square", "clipped", "grey"]) == ["square", "clipped", "grey"]
    assert names([3, 1, 2]) == ["1", "2", "3"]


def test_conditions_have_a_panel_each_and_their_ends_on_the_axis():
    bins = pd.IntervalIndex.from_breaks([4.0, 12.5, 80.0])
    rows = pd.DataFrame(
        {"numbers": [9, 8], "accuracy": [0.5, 1.0], "low": [0.2, 0.7], "high": [0.8, 1.0]}, bins
    )
    figure = plots.accuracy_by_condition({"height, px": rows, "contrast": rows}, 0.75)
    assert [axes.get_xlabel() for axes in figure.axes] == ["height, px", "contrast"]
    first = figure.axes[0]
    assert [label.get_text() for label in first.get_xticklabels()] == ["4", "12", "80"]
    assert list(first.get_xticks()) == [-0.5, 0.5, 1.5]  # ends lie between the points
    assert [text.get_text() for text in first.texts] == ["9", "8"]
    assert list(first.lines[0].get_ydata()) == [0.75, 0.75]


def test_lines_join_the_groups_of_a_series():
    table = pd.DataFrame({"accuracy": [0.9, 0.4], "low": [0.8, 0.1], "high": [0.95, 0.6]}, [1, 5])
    series = {"LSTM": table, "GRU": table - 0.1}
    figure = plots.accuracy_by_group(series, "digits", connected=True, value="best number found")
    (axes,) = figure.axes
    first, second = (
        line for line in axes.lines if line.get_marker() in plots.MARKERS and len(line.get_xdata())
    )
    assert list(first.get_ydata()) == [0.9, 0.4] and list(second.get_ydata()) == pytest.approx(
        [0.8, 0.3]
    )
    assert first.get_linestyle() != second.get_linestyle() != "None"
    assert texts(axes) == []  # how many numbers each accuracy is of is not known
    assert axes.get_ylabel() == "best number found"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "5"]


def test_a_bootstrap_shows_who_was_wrong_and_where_zero_is():
    figure = plots.paired_bootstrap(
        [True, True, False], [True, False, False], [0, 1, 2], [0.2, 0.4, 0.3], (0.2, 0.4), "Two"
    )
    left, right = figure.axes
    written = [text.get_text() for text in left.texts]
    assert written == [*"✓✓×", *"✓××", *"012"]
    assert right.lines[0].get_xdata() == [0, 0]
    assert sum(bar.get_height() for bar in right.patches[:24]) == 3


def test_many_series_stay_within_their_group():
    table = pd.DataFrame({"accuracy": [0.5] * 2, "low": [0.4] * 2, "high": [0.6] * 2, "numbers": 9})
    figure = plots.accuracy_by_group({f"net {i}": table for i in range(12)}, "digits")
    places = [text.xy[0] for text in figure.axes[0].texts]
    assert len(places) == 24
    assert max(places[0::2]) < 0.5 < min(places[1::2])
    assert min(places) > figure.axes[0].get_xlim()[0]


@pytest.mark.parametrize(("groups", "turned"), [(3, 0), (60, 90)])
def test_names_of_many_groups_do_not_run_into_each_other(groups, turned):
    names = [f"street {i}" for i in range(groups)]
    rows = [[0.5, 0.4, 0.6, 9]] * groups
    table = pd.DataFrame(rows, names, ["accuracy", "low", "high", "numbers"])
    shares = pd.DataFrame({"train": [0.5] * groups}, names)
    for figure in (
        plots.accuracy_by_group({"": table}, "street"),
        plots.grouped_bars(shares, "street", "Streets"),
    ):
        labels = figure.axes[0].get_xticklabels()
        assert {label.get_rotation() for label in labels} == {turned}
