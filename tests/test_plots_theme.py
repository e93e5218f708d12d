"""What figures share: the look, panels, axes in per cent."""

import subprocess
import sys

import matplotlib.pyplot as plt
import pytest

from svhn_lib import plots


def test_style_changes_what_is_drawn_afterwards():
    with plt.rc_context():
        plots.style()
        assert plt.rcParams["axes.prop_cycle"].by_key()["color"] == list(plots.PALETTE)
        assert not plt.rcParams["axes.spines.top"]


def test_splits_are_told_apart_in_grey_print():
    assert set(plots.SPLIT_HATCHES) == set(plots.SPLIT_COLOURS) == set(plots.SPLIT_LINES)
    assert len(set(plots.SPLIT_HATCHES.values())) == len(set(plots.SPLIT_LINES.values())) == 4


def test_a_figure_is_shown_once():
    figure, axes = plots.panels(3, 2)
    assert axes.shape == (2, 3) and len(figure.axes) == 6
    assert plt.get_fignums() == []  # pyplot would have the notebook show it a second time


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.2, "20%"), (0.15, "15%"), (0.1 + 0.2, "30%"), (0.985, "98.5%"), (0, "0%")],
)
def test_percents_have_the_decimals_that_they_need(share, text):
    _, ((axes, _),) = plots.panels(2)
    plots.as_percent(axes.yaxis)
    assert axes.yaxis.get_major_formatter()(share) == text


@pytest.mark.parametrize("name", plots.__all__)
def test_every_name_of_the_face_is_there(name):
    assert getattr(plots, name) is not None
    assert name in dir(plots)


def test_what_needs_only_pictures_does_not_wait_for_seaborn():
    show = "import sys; from svhn_lib.plots import as_picture; print('seaborn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
