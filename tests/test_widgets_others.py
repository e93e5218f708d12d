"""Confusion explorer and augmentation playground without a front end, and the end of any widget."""

import re
import textwrap
from dataclasses import fields

import numpy as np
import pytest
import torch
from ipywidgets.widgets.widget import _instances
from jupyter_client.manager import start_new_kernel
from made_answers import answers, pictures
from traitlets import TraitError

from svhn_lib.augment import (
    AugmentSettings,
    PhotometricSettings,
    photometric_distortion,
    random_views,
)
from svhn_lib.widgets import AugmentationPlayground, ConfusionExplorer, ErrorBrowser
from svhn_lib.widgets.sliders import DEFAULTS, SLIDERS, settings_of
from svhn_lib.widgets.view import Still, View, static


def explorer(**options) -> ConfusionExplorer:
    return ConfusionExplorer(answers(), pictures(), **options)


@pytest.mark.parametrize(
    ("cell", "numbers", "headline"),
    [
        (("5", "6"), ["25"], "1 number with 5 read as 6: 1 digit, 50.0% of the true 5s"),
        (("3", "missing"), ["1234"], "1 number with 3 missing: 1 digit, 100.0% of the true 3s"),
        (("extra", "4"), ["90"], "1 number with an extra 4: 1 digit"),
        (("2", "2"), ["257", "1234", "25"], "3 numbers with 2 read as 2: 3 digits, 100.0% of the"),
        (("0", "9"), [], "0 numbers with 0 read as 9: 0 digits, 0.0% of the true 0s"),
    ],
)
def test_the_pictures_behind_a_cell(cell, numbers, headline):
    view = explorer()
    view.show_confusion(*cell)
    assert view.cell == cell
    assert view.shown["number"].tolist() == numbers
    assert [entry["number"] for entry in view.content["entries"]] == numbers
    assert view.content["headline"].startswith(headline)


def test_the_matrix_is_that_of_the_analysis_and_the_most_frequent_confusion_is_open():
    table = answers().iloc[[1, 1, 2, 3]]
    view = ConfusionExplorer(table, np.zeros((4, 8, 8), np.uint8))
    assert view.cell == ("5", "6")
    matrix = view.matrix
    assert matrix["rows"] == [*"0123456789", "extra"]
    assert matrix["columns"] == [*"0123456789", "missing"]
    assert (matrix["counts"][5][6], matrix["shares"][5][6]) == (2, 1.0)
    assert matrix["shares"][10] == [None] * 11 and matrix["shares"][0] == [None] * 11
    assert sum(map(sum, matrix["counts"])) == 7


def test_pages_of_a_cell():
    view = explorer(page_size=2)
    view.show_confusion("2", "2")
    view.page = 1
    assert [entry["number"] for entry in view.content["entries"]] == ["25"]
    view.show_confusion("5", "6")
    assert view.page == 0 and len(view.content["entries"]) == 1
    with pytest.raises(ValueError, match="rows are 0 to 9 and 'extra'"):
        view.show_confusion("x", "1")


def test_the_pictures_behind_a_cell_can_be_opened_and_marked(tmp_path):
    view = explorer(marks=tmp_path / "marks.csv")
    view.show_confusion("8", "3")
    view.opened = 2
    view.mark(2, "model wrong")
    assert view.detail["marked"]["mark"] == "model wrong"
    view.answers = "right"  # other filters, another headline
    assert view.headline() == "0 right answers to 7 numbers, true digit 8, digit read 3"
    view.true_digit = "any"
    assert view.cell is None


def test_the_still_explorer_has_matrix_and_pictures():
    view = explorer()
    view.show_confusion("8", "3")
    (words, _), (picture, _), _ = view.outputs()
    page = words["text/html"]
    assert page.count("<tr>") == 12 and "<b>1</b>" in page
    assert picture["image/png"].startswith(b"\x89PNG")
    assert "8 read as 3: 1 digit" in words["text/plain"]
    assert "<script" not in page and "http" not in page


def test_rows_and_pictures_must_match():
    with pytest.raises(ValueError, match="7 rows and 1 pictures"):
        ConfusionExplorer(answers(), pictures()[:1])


@pytest.fixture
def crops() -> tuple[torch.Tensor, torch.Tensor]:
    rng = torch.Generator().manual_seed(0)
    made = torch.randint(0, 256, (2, 3, 40, 40), generator=rng, dtype=torch.uint8)
    boxes = torch.tensor([[[8.0, 8, 18, 30], [20, 8, 30, 30]], [[10, 10, 30, 30], [torch.nan] * 4]])
    return made, boxes


def test_the_draws_are_those_of_the_library(crops):
    view = AugmentationPlayground(*crops, draws=3)
    view.draw, view.values = 5, {**view.values, "views.turn": 30, "views.margin": [0.0, 0.1]}
    settings = AugmentSettings(turn=30, margin=(0.0, 0.1))
    assert view.settings() == (settings, PhotometricSettings())
    same = crops[0][0].expand(3, -1, -1, -1), crops[1][0].expand(3, -1, -1)
    rng = torch.Generator().manual_seed(5)
    expected = random_views(*same, (64, 64), rng, settings)
    for ours, theirs in zip(view.make(), expected, strict=True):
        assert torch.equal(ours, theirs)
    view.views, view.colours, view.picture = False, True, 1
    rng = torch.Generator().manual_seed(5)
    expected = photometric_distortion(crops[0][1].expand(3, -1, -1, -1), rng)
    assert torch.equal(view.make()[0], expected)
    assert view.content["draws"][0]["boxes"] == [[10, 10, 30, 30]]
    assert view.content["sizes"] == [[40, 40], [40, 40]]


def test_a_slider_changes_the_same_draw_and_the_button_draws_anew(crops):
    view = AugmentationPlayground(*crops)
    first = view.make()[0]
    assert torch.equal(view.make()[0], first)
    view.values = {**view.values, "views.brightness": 31.0}
    assert 0 < (view.make()[0] - first).abs().max() <= 1.01
    view.draw += 1
    assert (view.make()[0] - first).abs().max() > 20


def test_settings_as_python(crops):
    view = AugmentationPlayground(*crops)
    assert view.code() == "AugmentSettings()"
    view.values = {**view.values, "views.shift": 0.1, "colours.hue": 0.1, "views.grey": 0.5}
    assert view.code() == "AugmentSettings(shift=0.1, grey=0.5)"
    view.colours = True
    assert view.content["code"].endswith("PhotometricSettings(hue=0.1)")
    assert eval(view.content["code"].splitlines()[0]) == view.settings()[0]


def test_sliders_begin_where_the_library_draws_and_reach_it():
    known = {(group, one.name) for group, kind in DEFAULTS.items() for one in fields(kind)}
    assert {(one.group, one.field) for one in SLIDERS} <= known
    for one in SLIDERS:
        ends = np.atleast_1d(getattr(DEFAULTS[one.group], one.field))
        assert one.low <= ends.min() and ends.max() <= one.high
        steps = (ends - one.low) / one.step
        assert np.allclose(steps, steps.round()), f"{one.name} stands between two steps"


def test_values_that_are_none_are_refused(crops):
    view = AugmentationPlayground(*crops)
    for wrong in ({}, {**view.values, "views.margin": 0.3}, {**view.values, "views.turn": [1, 2]}):
        with pytest.raises(TraitError, match="give one like"):
            view.values = wrong
    with pytest.raises(TraitError, match="there are 2"):
        view.picture = 2
    with pytest.raises(ValueError, match="2 pictures, boxes of 1 and 2 names"):
        AugmentationPlayground(crops[0], crops[1][0])
    with pytest.raises(TypeError, match=r"torch\.float32: give uint8"):
        AugmentationPlayground(crops[0] / 255)
    assert settings_of(view.values) == (AugmentSettings(), PhotometricSettings())


def test_one_grey_picture_without_boxes_will_do():
    view = AugmentationPlayground(torch.full((1, 20, 30), 90, dtype=torch.uint8), draws=2)
    assert view.names == ["picture 1"]
    view.colours = True
    assert view.make()[0].shape == (2, 3, 64, 64)
    assert view.content["original"]["boxes"] == []
    still = view.still()
    assert still.width == 3 * 104 and "2 draws of picture 1" in still.words
    assert view.text().startswith("2 draws of picture 1\nAugmentSettings()")


def test_no_script_asks_for_anything_from_a_network(root):
    folder = root / "svhn_lib" / "widgets" / "static"
    text = static(*(path.name for path in folder.iterdir()))
    without_names = text.replace("http://www.w3.org/2000/svg", "")  # names a vocabulary
    assert not re.search(r"https?:|\bimport\b|\bfetch\b|url\(|@import", without_names)


def test_closing_lets_go_of_everything():
    before = set(_instances)
    for make in (explorer, lambda: ErrorBrowser(answers(), pictures())):
        view = make()
        assert len(set(_instances) - before) == 2  # the view and its layout
        view.close()
        view.close()
        assert set(_instances) == before


CELLS = {
    "a": "view = ErrorBrowser(answers(), pictures()); view",
    "b": "ConfusionExplorer(answers(), pictures()), ErrorBrowser(answers(), pictures())",
    "c": "playground = AugmentationPlayground(torch.zeros(3, 9, 9, dtype=torch.uint8)); playground",
    "d": "view",
}


def test_a_cell_that_reruns_leaves_no_widget_behind(root):
    """In a kernel that is told, as by JupyterLab, which cell runs."""
    manager, client = start_new_kernel(extra_arguments=["--log-level=ERROR"])
    printed: list[str] = []

    def run(code: str, **metadata: str) -> str:
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        message = client.session.msg("execute_request", content, metadata=metadata)
        client.shell_channel.send(message)
        printed.clear()
        while (answer := client.get_iopub_msg(timeout=120))["msg_type"] != "status" or (
            answer["content"]["execution_state"] != "idle"
        ):
            assert answer["msg_type"] != "error", "\n".join(answer["content"]["traceback"])
            if answer["msg_type"] == "stream":
                printed.append(answer["content"]["text"])
        return "".join(printed).strip()

    try:
        set_up = f"""
            import sys; sys.path.insert(0, {str(root / "tests")!r})
            import torch
            from ipywidgets.widgets.widget import _instances
            from made_answers import answers, pictures
            from svhn_lib.widgets import *
        """
        run(textwrap.dedent(set_up))
        for cell, code in CELLS.items():
            run(code, cellId=cell)
        # Two for each of the four views; asking prints nothing else.
        assert run("print(len(_instances))") == "8"
        for _ in range(3):
            for cell, code in CELLS.items():
                run(code, cellId=cell)
        assert run("print(len(_instances))") == "8"
        assert run("print(view.comm is not None, playground.comm is not None)") == "True True"
        assert run("old = view", cellId="e") == ""
        run(CELLS["a"], cellId="a")
        assert run("print(old.comm, view is old)") == "None False"
        run("del view, old", cellId="a")  # a cell that makes none any more keeps its last
        assert run("print(len(_instances))") == "8"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_a_view_without_words_or_still_pictures_cannot_be_made():
    class Mute(View):
        def still(self) -> Still:
            return Still("")

    with pytest.raises(TypeError, match=r"abstract.*text"):
        Mute()


def test_arrays_are_augmented_and_other_shapes_are_refused(crops):
    pictures, boxes = crops
    view = AugmentationPlayground(pictures.numpy(), boxes.numpy())
    assert torch.equal(view.make()[0], AugmentationPlayground(pictures, boxes).make()[0])
    for wrong in (pictures.permute(0, 2, 3, 1), pictures[:0], pictures[0, 0]):
        with pytest.raises(ValueError, match=r"give \(N, C, H, W\)"):
            AugmentationPlayground(wrong)
    with pytest.raises(TypeError, match="pictures are a list"):
        AugmentationPlayground([pictures[0]])
