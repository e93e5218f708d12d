import math
import warnings

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from svhn_lib.data.cutting.crops import CropSettings
from svhn_lib.data.prepare import load_crops
from svhn_lib.models import zoo
from svhn_lib.models.backbones import Conv
from svhn_lib.reading.reader import (
    LARGEST_CROP,
    Reader,
    WholePhotoWarning,
    list_pictures,
    looks_whole,
    to_array,
)


def tiny_net() -> zoo.NumberNet:
    """A net of random weights, large enough that pictures differ in their answers."""
    torch.manual_seed(0)
    net = zoo.create_model("compact", backbone=(Conv(8, stride=4), Conv(16, stride=4)), squeeze=0)
    with torch.no_grad():
        for layer in (net.head.length, net.head.digits):
            layer.weight.mul_(20)
    return net.eval()


def stubborn_net(length: dict[int, float], digits: list[dict[int, float]]) -> zoo.NumberNet:
    """A net that says the same of every picture: log-odds of lengths, and of each digit."""
    net = tiny_net()
    with torch.no_grad():
        for layer in (net.head.length, net.head.digits):
            nn.init.zeros_(layer.weight)
            nn.init.constant_(layer.bias, -100)
        for value, logit in length.items():
            net.head.length.bias[value] = logit
        bias = net.head.digits.bias.view(5, 11)
        for position, odds in enumerate(digits):
            for digit, logit in odds.items():
                bias[position, digit] = logit
    return net


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("reader")


@pytest.fixture(scope="module")
def reader(folder) -> Reader:
    zoo.save_model(tiny_net(), folder / "tiny.safetensors")
    return Reader(folder / "tiny.safetensors", "cpu")


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    sizes = [(64, 64), (40, 90), (200, 120), (17, 33), (64, 64), (300, 310)]
    return [
        np.kron(rng.integers(0, 256, (4, 4, 3)), np.ones((80, 80, 1)))[:h, :w].astype(np.uint8)
        for h, w in sizes
    ]


def saved(folder, net, **figures) -> Reader:
    zoo.save_model(net, folder / "stubborn.safetensors", figures)
    return Reader(folder / "stubborn.safetensors", "cpu")


def test_the_answer_has_the_probabilities_of_the_product_model(folder, pictures):
    # lengths 2 and 3 as 1:3, second digit 5 or 6 as 1:1/4
    net = stubborn_net({2: 0.0, 3: math.log(3)}, [{2: 0.0}, {5: 0.0, 6: math.log(1 / 4)}, {7: 0.0}])
    reading = saved(folder, net).read(pictures[1])
    assert reading.number == "257"
    assert reading.probability == pytest.approx(0.75 * 0.8)
    assert [text for text, _ in reading.candidates] == ["257", "25", "267"]
    assert [p for _, p in reading.candidates] == pytest.approx([0.6, 0.2, 0.15])
    assert reading.digit_probabilities == pytest.approx((1, 0.8, 1))
    assert reading.box is None


def test_no_number_is_none(folder, pictures):
    net = stubborn_net({0: math.log(4), 1: 0.0}, [{3: 0.0}])
    reading = saved(folder, net).read(pictures[0])
    assert reading.number is None
    assert reading.probability == pytest.approx(0.8)
    assert reading.candidates[0][0] is None
    assert reading.digit_probabilities == ()


def test_the_temperature_of_the_weights_is_used(folder, pictures):
    net = stubborn_net({1: 2 * math.log(3), 0: 0.0}, [{3: 0.0}])
    assert saved(folder, net).read(pictures[0]).probability == pytest.approx(0.9)
    assert saved(folder, net, temperature=2.0).read(pictures[0]).probability == pytest.approx(0.75)


def test_one_picture_is_read_as_it_is_among_others(reader, pictures):
    together = reader.read_many(pictures)
    alone = [reader.read(picture) for picture in pictures]
    assert len({reading.number for reading in together}) > 1  # or the test would show nothing
    for one, other in zip(alone, together, strict=True):
        assert one.number == other.number
        assert one.probability == pytest.approx(other.probability, rel=1e-4)


def test_many_pictures_keep_their_order(reader, pictures):
    many = [pictures[index % len(pictures)] for index in range(70)]
    numbers = [reading.number for reading in reader.read_many(many)]
    assert numbers == [reader.read(pictures[i % len(pictures)]).number for i in range(70)]
    assert reader.read_many([]) == []


def test_path_image_array_and_tensor_are_the_same(reader, pictures, tmp_path):
    array = pictures[2]
    Image.fromarray(array).save(tmp_path / "a.png")
    tensor = torch.from_numpy(array).permute(2, 0, 1)
    kinds = [tmp_path / "a.png", str(tmp_path / "a.png"), Image.fromarray(array), tensor]
    for kind in kinds:
        assert reader.read(kind) == reader.read(array)


def test_grey_pictures_become_three_equal_channels():
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4)
    expected = np.stack([grey] * 3, axis=2)
    kinds = [grey, grey[..., None], torch.from_numpy(grey)[None], Image.fromarray(grey)]
    for kind in kinds:
        assert np.array_equal(to_array(kind), expected)


def test_transparent_parts_of_an_image_in_memory_are_as_in_its_file(tmp_path):
    image = Image.new("RGBA", (5, 4), (200, 10, 30, 0))
    image.putpixel((1, 2), (200, 10, 30, 255))
    image.save(tmp_path / "a.png")
    assert np.array_equal(to_array(image), to_array(tmp_path / "a.png"))


def test_an_image_in_memory_is_turned_as_its_file_is(tmp_path):
    image = Image.fromarray(np.arange(90, dtype=np.uint8).reshape(5, 6, 3))
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    image.save(tmp_path / "a.png", exif=exif)
    with Image.open(tmp_path / "a.png") as opened:
        assert to_array(opened).shape == (6, 5, 3)
        assert np.array_equal(to_array(opened), to_array(tmp_path / "a.png"))


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((8, 8, 3)),
        np.zeros((8, 8, 4), np.uint8),
        np.zeros((0, 8, 3), np.uint8),
        np.zeros((2, 8, 8, 3), np.uint8),
        torch.zeros(8, 8, 3, dtype=torch.uint8),
        torch.zeros(3, 8, 8),
        Image.new("I;16", (8, 8)),
    ],
    ids=lambda picture: f"{type(picture).__name__} {getattr(picture, 'shape', 'I;16')}",
)
def test_what_is_no_picture_is_refused(reader, picture):
    with pytest.raises(ValueError, match=r"give|convert"):
        reader.read(picture)


def test_cut_pictures_are_read_as_evaluation_reads_them(reader, pictures, tmp_path):
    lines = ["file,number"]
    for index, picture in enumerate(pictures):
        Image.fromarray(picture).save(tmp_path / f"{index}.png")
        lines.append(f"{index}.png,1")
    (tmp_path / "labels.csv").write_text("\n".join(lines))
    crops = load_crops(tmp_path / "labels.csv", CropSettings(reader.net.config.size)).pictures
    readings = reader.read_many(list_pictures(tmp_path))
    for reading, prediction in zip(readings, reader.read_crops(crops), strict=True):
        assert reading == prediction


def test_grey_crops_are_read_as_three_equal_channels(reader):
    grey = torch.randint(0, 256, (3, 1, 64, 64), dtype=torch.uint8)
    assert reader.read_crops(grey) == reader.read_crops(grey.repeat(1, 3, 1, 1))


def test_a_whole_photo_gives_a_warning_unless_it_is_said_to_be_cut(reader):
    edge = np.zeros((40, LARGEST_CROP, 3), np.uint8)
    photo = np.zeros((LARGEST_CROP + 1, 40, 3), np.uint8)
    assert not looks_whole(edge)
    with pytest.warns(WholePhotoWarning, match=f"40x{LARGEST_CROP + 1} pixels"):
        reader.read(photo)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        reader.read(edge)
        reader.read(photo, cropped=True)


def test_a_folder_lists_its_pictures_in_natural_order(tmp_path):
    for name in ("10.png", "2.PNG", "a2.jpeg", "a10.jpg", "A3.webp", "1.tif", ".3.png", "x.txt"):
        (tmp_path / name).touch()
    (tmp_path / "4.png").mkdir()
    names = [path.name for path in list_pictures(tmp_path)]
    assert names == ["1.tif", "2.PNG", "10.png", "a2.jpeg", "A3.webp", "a10.jpg"]


def test_a_folder_without_pictures_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="no pictures in there"):
        list_pictures(tmp_path)
    with pytest.raises(FileNotFoundError):
        list_pictures(tmp_path / "nowhere")


def test_the_shipped_weights_read_without_being_named():
    reader = Reader()
    assert reader.net.config.name == "compact"
    assert not reader.net.training
    grey = np.full((64, 64, 3), 128, np.uint8)
    assert 0 <= reader.read(grey).probability <= 1
