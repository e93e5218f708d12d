"""Boxes that were found stand beside the true ones; votes and curves show what they are given."""

import numpy as np
import pytest
from drawn import outlines, picture, shown

from svhn_lib import plots


def test_galleries_show_both_boxes_and_mark_what_is_wrong():
    figure = plots.box_gallery(
        [picture(20, 30), picture(20, 30)],
        [[2, 3, 10, 15], [[1, 1, 5, 5], [6, 6, 9, 9]]],
        [[3, 3, 11, 15], [np.nan] * 4],
        ["7 read 7", "12 read nothing"],
        [True, False],
        title="Two",
    )
    first, second = shown(figure)
    assert outlines(first) == [[2, 3, 10, 15], [3, 3, 11, 15]]
    assert outlines(second) == [[1, 1, 5, 5], [6, 6, 9, 9]]
    assert [cell.get_title() for cell in (first, second)] == ["7 read 7", "12 read nothing"]
    assert not first.spines["left"].get_visible()
    assert second.spines["left"].get_visible()
    assert second.title.get_color() == plots.RED
    assert [text.get_text() for text in figure.legends[0].texts] == ["true box", "found"]


def test_galleries_of_true_boxes_alone():
    figure = plots.box_gallery([picture(20, 30)], [[2, 3, 10, 15]], [], ["7"], title="One")
    assert outlines(shown(figure)[0]) == [[2, 3, 10, 15]]
    assert [text.get_text() for text in figure.legends[0].texts] == ["true box"]
    assert figure.alt_text.startswith("One. Pictures with the true box")
    assert "found" not in figure.alt_text


def test_votes_are_drawn_over_the_whole_picture_with_the_edge_where_it_is():
    attention = np.zeros((4, 2, 4))
    attention[:, 1, 2] = 1
    figure = plots.edge_votes(picture(20, 40), attention, [5, 4, 30, 16], "Votes")
    places = []
    for cell in shown(figure):
        heat = cell.images[1]
        assert heat.get_extent() == [0, 40, 20, 0]
        assert np.asarray(heat.get_array()).argmax() == 6
        places.append(cell.lines[0].get_xydata()[0].tolist())
    assert [places[0][0], places[1][1], places[2][0], places[3][1]] == [5, 4, 30, 16]


@pytest.mark.parametrize(("places", "written"), [((2, 4), ["0.12"] * 8), ((8, 8), [])])
def test_weights_of_few_places_are_written_into_them(places, written):
    weights = np.full((4, *places), 1 / np.prod(places))
    figure = plots.edge_votes(picture(20, 40), weights, [5, 4, 30, 16])
    assert [text.get_text() for text in shown(figure)[0].texts] == written


def test_an_edge_outside_leaves_the_picture_as_large_as_it_is():
    figure = plots.edge_votes(picture(20, 40), np.full((4, 2, 4), 1 / 8), [-5, -4, 50, 30])
    limits = {(*cell.get_xlim(), *cell.get_ylim()) for cell in shown(figure)}
    assert limits == {(0, 40, 20, 0)}


def test_heat_lies_over_the_whole_of_each_picture():
    figure = plots.heat_maps(
        [picture(20, 40), picture(30, 30)], [np.eye(2), np.zeros((3, 3))], title="Heat"
    )
    first, second = shown(figure)[:2]
    assert first.images[1].get_extent() == [0, 40, 20, 0]
    assert second.images[1].get_extent() == [0, 30, 30, 0]
    assert first.images[1].get_clim() == (0, 1)
    np.testing.assert_array_equal(first.images[1].get_array(), np.eye(2))


def test_curves_of_two_tasks_side_by_side():
    run = [
        {"examples": n, "sequence_accuracy": s, "box_iou": i, "box_squared_error": e}
        for n, s, i, e in ((1000, 0.1, 0.2, 900.0), (2000, 0.5, 0.6, 9.0))
    ]
    figure = plots.joint_curves({"weighted": run, "unweighted": run[:1]}, "Two tasks")
    values = [cell.lines[0].get_ydata().tolist() for cell in figure.axes]
    assert values == [[0.1, 0.5], [0.2, 0.6], [900.0, 9.0]]
    assert figure.axes[2].get_yscale() == "log"
    assert [text.get_text() for text in figure.legends[0].texts] == ["weighted", "unweighted"]
    assert figure.get_suptitle() == "Two tasks"


def test_a_gallery_needs_as_much_of_everything():
    with pytest.raises(ValueError, match="zip"):
        plots.box_gallery([picture()], [], [], [""], [True])
