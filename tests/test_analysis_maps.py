"""Maps of pictures, who is right of two readers, and the usual range of a measure."""

import numpy as np
import pytest
from made_answers import answers

from svhn_lib.analysis import OUTCOMES, picture_map, who_is_right
from svhn_lib.analysis.pictures import middle_half


def clouds() -> tuple[np.ndarray, np.ndarray]:
    """Three clouds of 20 points in 12 dimensions."""
    rng = np.random.default_rng(0)
    kinds = np.repeat(np.arange(3), 20)
    return 5 * np.eye(12)[kinds] + rng.normal(size=(60, 12)) / 3, kinds


@pytest.mark.parametrize("method", ["PCA", "t-SNE"])
def test_what_looks_alike_lies_together(method):
    features, kinds = clouds()
    points = picture_map(features, method)
    assert points.shape == (60, 2) and points.dtype == np.float32
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    assert (kinds[distances.argmin(axis=1)] == kinds).all()
    assert np.abs(points).max() == pytest.approx(1, abs=1e-5)
    assert np.array_equal(picture_map(features, method), points)  # the same seed
    assert picture_map(50 * features, method).shape == (60, 2)


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5])
def test_few_pictures_have_a_map(count):
    points = picture_map(clouds()[0][:count])
    assert points.shape == (count, 2) and np.isfinite(points).all()


def test_what_is_no_features_is_refused():
    with pytest.raises(ValueError, match="choose t-SNE or PCA"):
        picture_map(np.zeros((4, 4)), "UMAP")
    with pytest.raises(ValueError, match=r"not \(4,\)"):
        picture_map(np.zeros(4))
    with pytest.raises(ValueError, match="finite"):
        picture_map(np.full((4, 4), np.nan))


def test_who_is_right_of_two_readers():
    a = answers()
    b = a.assign(right=[True, True, False, False, True, False, False])
    found = who_is_right(a, b)
    assert found.index.equals(a.index) and found.cat.categories.tolist() == list(OUTCOMES)
    assert found.tolist() == [
        "both right", "only the second right", "both wrong", "only the first right",
        "only the second right", "both wrong", "both wrong",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="not the same"):
        who_is_right(a, b[:5])
    assert who_is_right(a[:0], b[:0]).tolist() == []


def test_the_middle_half_of_what_is_known():
    assert middle_half([np.nan, 5, 1, 3, 2, 4]) == (2, 4)
    assert np.isnan(middle_half([np.nan, np.nan])).all()


@pytest.mark.parametrize("method", ["PCA", "t-SNE"])
@pytest.mark.parametrize("features", [np.zeros((10, 4)), np.outer(np.arange(1, 11), np.ones(4))])
def test_pictures_that_are_all_alike_lie_in_one_place(method, features):
    assert picture_map(features, method).tolist() == [[0, 0]] * 10  # and the process goes on
