"""Saliency, features and neighbours: nets made for it, and the shipped one on clear numbers."""

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestNeighbors
from small_sets import number_set, tiny_net

from svhn_lib.analysis import (
    Explainer,
    embed,
    feature_maps,
    first_filters,
    nearest,
    saliency,
)
from svhn_lib.data.prepare import load_crops
from svhn_lib.data.street import RenderSettings, render_split
from svhn_lib.models import zoo
from svhn_lib.models.blocks import Conv


def half_blind_net() -> zoo.NumberNet:
    """A net whose digits depend on the left half of its 32x32 pictures alone."""
    patches = Conv(8, kernel=4, stride=4, norm=False, padded=False)  # no pixel in two of them
    changes = {"size": (32, 32), "normalise": "half", "hidden": (), "columns": False}
    net = tiny_net(backbone=(patches,), **changes)
    with torch.no_grad():
        net.head.digits.weight.view(55, 8, 8, 8)[..., 4:] = 0  # (outputs, channels, rows, columns)
    return net


def test_what_a_net_cannot_see_is_not_salient():
    picture = number_set(["1"]).pictures[0]
    maps = saliency(half_blind_net(), picture, "257")
    assert maps.shape == (3, 32, 32) and maps.dtype == np.float32
    assert maps.max(axis=(1, 2)) == pytest.approx(1)
    assert maps.min() >= 0
    assert (maps[..., 16 + 5 :] < 1e-4).all()  # windows of 6 pixels that reach the left half
    assert (maps[..., :16] > 0).any(axis=(1, 2)).all()


def test_a_net_that_looks_nowhere_has_empty_maps():
    net = half_blind_net()
    torch.nn.init.zeros_(net.head.digits.weight)
    assert not saliency(net, number_set(["1"]).pictures[0], "25").any()
    assert saliency(net, number_set(["1"]).pictures[0], "").shape == (0, 32, 32)


@pytest.fixture(scope="module")
def streets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explain") / "streets"
    return load_crops(
        render_split(folder, 30, 5, RenderSettings(bundled_fonts=True, ingredients=()), workers=1),
        workers=1,
    )


def test_the_evidence_for_a_digit_lies_on_it(streets):
    net = zoo.load_model("compact")
    explain = Explainer(net, streets.pictures, temperature=net.temperature)
    nearer = []
    for place in [i for i, text in enumerate(streets.numbers) if len(text) == 2][:12]:
        maps = explain(place).saliency
        if len(maps) != 2:
            continue  # misread
        boxes = streets.boxes[place, :2].numpy()  # (2, 4)
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2
        rows, columns = np.mgrid[:64, :64] + 0.5
        for digit, shown in enumerate(maps):
            centre = [np.average(axis, weights=shown) for axis in (columns, rows)]
            far = np.linalg.norm(middles - centre, axis=1)
            nearer.append(far[digit] < far[1 - digit])
    assert len(nearer) >= 16
    assert np.mean(nearer) > 0.8


@pytest.mark.parametrize(
    ("name", "features"),
    [
        ("compact", 192),
        ("almenningen2017-canvas", 64),  # no length head
        ("zylbersztejn2016-canvas", 128),  # no blank, six digits
        ("marek2017-strip", 5 * 576),  # a recurrent head
        ("almenningen2017-digit", 256),  # one digit
    ],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_nets_of_every_kind_are_explained(name, features, channels):
    torch.manual_seed(0)
    net = zoo.create_model(name)
    pictures = number_set(["1", "2"], channels=channels).pictures
    training = number_set(["12", "3", "4"], size=40, channels=channels)
    saw, near = Explainer(net, pictures, training)(1)
    assert saw.shape[1:] == (32, 32) and saw.dtype == np.float32
    assert embed(net, pictures).shape == (2, features)
    assert [n.number for n in near] == [training.numbers[n.place] for n in near]
    assert sorted(n.place for n in near) == [0, 1, 2]
    assert [n.distance for n in near] == sorted(n.distance for n in near)
    assert all(n.picture.shape == (40, 40, 3) and n.picture.dtype == np.uint8 for n in near)
    assert net.training  # as it was before


def test_a_picture_is_its_own_nearest_neighbour():
    training = number_set([str(i) for i in range(10, 30)])
    explain = Explainer(tiny_net(), training.pictures, training, count=3)
    first, *others = explain(7).neighbours
    assert (first.place, first.number) == (7, "17")
    assert first.distance == pytest.approx(0, abs=1e-5)
    assert np.array_equal(first.picture, training.pictures[7].permute(1, 2, 0))
    assert len(others) == 2


def test_without_a_training_set_there_are_no_neighbours():
    explain = Explainer(tiny_net(), number_set(["1"]).pictures)
    assert explain(0).neighbours == []
    with pytest.raises(IndexError):
        explain(1)


def test_decoders_are_refused():
    net, numbers = zoo.create_model("compact-attention"), number_set(["1"])
    for attempt in (
        lambda: Explainer(net, numbers.pictures),
        lambda: embed(net, numbers.pictures),
        lambda: saliency(net, numbers.pictures[0], "1"),
    ):
        with pytest.raises(ValueError, match="compact-attention writes token by token"):
            attempt()
    with pytest.raises(ValueError, match="compact says at most 5 digits: 123456"):
        saliency(tiny_net(), numbers.pictures[0], "123456")
    with pytest.raises(ValueError, match="no pictures to embed"):
        embed(tiny_net(), numbers.pictures[:0])


def test_features_are_what_the_classifier_sees():
    net, pictures = tiny_net(), number_set(["1"] * 5).pictures
    found = embed(net, pictures, batch=2)
    with torch.no_grad():
        digits = net.head.digits(found).view(5, 5, 11)
        assert torch.allclose(digits, net(pictures).digits, atol=1e-4)
    assert not net.head.digits._forward_pre_hooks


def test_neighbours_agree_with_scikit_learn():
    generator = torch.Generator().manual_seed(0)
    asked, known = (torch.randn(n, 6, generator=generator) for n in (4, 30))
    places, distances = nearest(asked, known, 5)
    theirs = NearestNeighbors(n_neighbors=5, metric="cosine").fit(known).kneighbors(asked)
    assert np.array_equal(places, theirs[1])
    assert distances == pytest.approx(theirs[0], abs=1e-5)
    assert nearest(asked, known[:2], 5).places.shape == (4, 2)


def test_maps_and_filters_are_those_of_the_backbone():
    net, picture = tiny_net(), number_set(["1"], channels=1).pictures[0]
    maps = feature_maps(net, picture)
    assert [shape.shape for shape in maps] == [(8, 16, 16), (16, 4, 4)]
    with torch.no_grad():
        last = net.features(picture.expand(3, -1, -1)[None])[0]
    assert maps[-1] == pytest.approx(last.numpy(), abs=1e-5)
    assert first_filters(net).shape == (8, 3, 3, 3)
    assert np.array_equal(first_filters(net), net.backbone[0][0].weight.detach())
    with pytest.raises(ValueError, match="marek2017-softmax has no convolution"):
        first_filters(zoo.create_model("marek2017-softmax"))
