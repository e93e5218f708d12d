"""What is seen on a figure, in words, and how a notebook keeps both."""

import asyncio
import base64
import doctest
import importlib
import inspect
import io

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from drawn import picture
from nbformat.v4 import new_code_cell, new_notebook
from PIL import Image

from svhn_lib import plots
from svhn_lib.course import execute
from svhn_lib.plots.figures import DescribedFigure, notebook_png

DRAWING = sorted(
    name
    for name in plots.__all__
    if inspect.isfunction(getattr(plots, name))
    and str(inspect.signature(getattr(plots, name)).return_annotation) == "Figure"
)


@pytest.mark.parametrize("name", DRAWING)
def test_every_figure_says_what_is_seen_on_it(name, monkeypatch):
    """The figures that the example of its docstring makes."""
    made: list[DescribedFigure] = []
    make = DescribedFigure.__init__

    def remember(self, *given, **options):
        make(self, *given, **options)
        made.append(self)

    monkeypatch.setattr(DescribedFigure, "__init__", remember)
    function = getattr(plots, name)
    module = importlib.import_module(function.__module__)
    (example,) = doctest.DocTestFinder().find(function, name, module, vars(module).copy())
    assert doctest.DocTestRunner(verbose=False).run(example).failed == 0
    assert made
    for figure in made:
        text = figure.alt_text
        assert len(text) > 15 and text == " ".join(text.split())
        figure.suptitle("A title of\nits own")
        assert figure.alt_text.startswith("A title of its own. ")


def test_there_are_figures_to_test():
    assert len(DRAWING) > 35


def test_values_are_told_as_the_axes_write_them():
    shares = pd.DataFrame({"train": [0.25, 0.75], "test": [0.5, 0.5]}, index=["one", "two"])
    figure = plots.grouped_bars(shares, "length", "How long")
    assert figure.alt_text == (
        "How long. Bars side by side in groups: share over length: "
        "train: one 25%, two 75%, test: one 50%, two 50%."
    )


def test_the_pictures_of_a_grid_are_told_by_their_captions():
    figure = plots.picture_grid([picture(), picture()], ["257", "18\nunsure"], 2, "Two")
    assert figure.alt_text == "Two. 2 pictures: 257, 18 unsure."


def test_a_long_text_ends_at_a_word():
    captions = [f"number {n} " + 30 * "x" for n in range(40)]
    figure = plots.picture_grid([np.zeros((2, 2))] * 40, captions, 20, "Many")
    assert len(figure.alt_text) <= 900
    assert figure.alt_text.endswith(" …")


def test_a_long_line_is_told_by_its_ends_and_its_top():
    figure, ((axes,),) = plots.panels(1)
    axes.plot(range(21), [*range(11), *range(9, -1, -1)], label="a hill")
    axes.set(xlabel="step", ylabel="height")
    assert figure.alt_text == (
        "height over step: a hill: from 0 at 0 to 0 at 20, highest 10 at 10."
    )


@pytest.mark.parametrize(
    ("draw", "told"),
    [
        (lambda axes: axes.plot([], [], label="nothing"), "A figure."),
        (lambda axes: axes.plot([np.nan] * 3, label="gap"), "A figure."),
        (lambda axes: axes.bar(["a", "b"], [1, -2]), "a 1, b -2."),
        (lambda axes: axes.axvline(3, label="end"), "end: at 3."),
        (lambda axes: axes.pcolormesh(np.ones((2, 2, 3))), "A figure."),
        (lambda axes: axes.scatter([1, 2], [3, 4]), "2 points."),
        (lambda axes: axes.text(0, 0, "some\nwords"), "some words."),
        (lambda axes: axes.imshow(np.ones((2, 2))), "a picture."),
    ],
)
def test_whatever_is_drawn_has_its_words(draw, told):
    figure, ((axes,),) = plots.panels(1)
    draw(axes)
    assert figure.alt_text == told


def test_png_of_twice_the_dots_with_its_text():
    figure = plots.picture_grid([picture()], ["a"], title="Noise")
    data, metadata = notebook_png(figure)
    kept = Image.open(io.BytesIO(base64.b64decode(data)))
    assert kept.size == pytest.approx((2 * metadata["width"], 2 * metadata["height"]), abs=1)
    assert metadata["alt"] == figure.alt_text
    assert metadata["chart"] is False


def test_a_figure_that_cannot_be_told_is_shown_under_its_title(monkeypatch):
    figure = plots.picture_grid([picture()], ["a"], title="Noise")
    monkeypatch.setattr(type(figure), "alt_text", property(lambda self: 1 / 0))
    assert notebook_png(figure)[1]["alt"] == "Noise"


def test_colours_of_pictures_are_kept_and_a_chart_is_small():
    square = np.zeros((16, 16, 3), np.uint8)
    square[..., 0], square[..., 1] = np.mgrid[:16, :16] * 16
    data, _ = notebook_png(plots.picture_grid([square], size=4))
    kept = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")
    found = {colour for _, colour in kept.getcolors(100_000)}
    assert {(16 * i, 16 * j, 0) for i in range(16) for j in range(16)} <= found
    noise = picture(64, 64)
    figure = plots.picture_grid([noise], size=4)
    data, _ = notebook_png(figure)
    kept = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"), int)
    exact = io.BytesIO()
    figure.savefig(exact, dpi=2 * figure.dpi, bbox_inches="tight")
    assert np.abs(kept - np.asarray(Image.open(exact).convert("RGB"), int)).max() <= 2
    chart = plots.share_bars({"one": 0.5})
    small, metadata = notebook_png(chart)
    assert metadata["chart"] is True
    plain = io.BytesIO()
    chart.savefig(plain, dpi=180, bbox_inches="tight")
    assert 0.75 * len(small) < 0.7 * len(plain.getvalue())


@pytest.mark.parametrize(
    ("draw", "chart"),
    [
        (lambda axes: axes.plot([1, 2]), True),
        (lambda axes: axes.scatter([1, 2], [3, 4]), True),
        (lambda axes: axes.scatter([1, 2], [3, 4], c=["red", "blue"]), False),
        (lambda axes: axes.pcolormesh(np.ones((2, 2))), False),
        (lambda axes: axes.imshow(np.ones((2, 2))), False),
    ],
)
def test_only_where_colours_tell_series_apart_may_they_be_turned(draw, chart):
    figure, ((axes,),) = plots.panels(1)
    draw(axes)
    assert figure.is_chart is chart


def test_a_notebook_keeps_text_and_size(tmp_path):
    code = "from svhn_lib import plots\nplots.style()", "plots.share_bars({'one': 0.5}, 'Shares')"
    notebook = new_notebook(cells=[new_code_cell(text) for text in code])
    asyncio.run(execute(notebook, tmp_path, {}))
    (output,) = notebook.cells[1].outputs
    assert output.output_type == "execute_result"
    kept = output.metadata["image/png"]
    assert kept["alt"] == "Shares. Flat bars with their shares: one 50%."
    shown = Image.open(io.BytesIO(base64.b64decode(output.data["image/png"])))
    assert shown.width == pytest.approx(2 * kept["width"], abs=1)


def test_outside_a_notebook_style_changes_nothing_else():
    plots.style()
    assert plt.rcParams["figure.dpi"] == 90
