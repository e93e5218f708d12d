import contextlib
import io
import math
import sys
import tracemalloc

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from svhn_lib.data import CropSettings
from svhn_lib.data.cutting import kinds
from svhn_lib.data.cutting.crops import cut
from svhn_lib.data.prepare import load_crops
from svhn_lib.models import zoo
from svhn_lib.models.blocks import Conv
from svhn_lib.reading.framings import framings
from svhn_lib.reading.inference import predict
from svhn_lib.reading.inputs import list_folder, list_pictures, to_array
from svhn_lib.reading.reader import LEAST_CERTAINTY, Reader
from svhn_lib.reading.record import Answer


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
    reading = saved(folder, net).read(pictures[1], cropped=True)
    assert reading.number == "257"
    assert reading.probability == pytest.approx(0.75 * 0.8)
    assert [text for text, _ in reading.candidates] == ["257", "25", "267"]
    assert [p for _, p in reading.candidates] == pytest.approx([0.6, 0.2, 0.15])
    assert reading.digit_probabilities == pytest.approx((1, 0.8, 1))
    assert reading.box is None


def test_no_number_is_none(folder, pictures):
    net = stubborn_net({0: math.log(4), 1: 0.0}, [{3: 0.0}])
    reading = saved(folder, net).read(pictures[0], cropped=True)
    assert reading.number is None
    assert reading.probability == pytest.approx(0.8)
    assert reading.candidates[0][0] is None
    assert reading.digit_probabilities == ()


def test_the_temperature_of_the_weights_is_used(folder, pictures):
    net = stubborn_net({1: 2 * math.log(3), 0: 0.0}, [{3: 0.0}])
    assert saved(folder, net).read(pictures[0], cropped=True).probability == pytest.approx(0.9)
    assert saved(folder, net, temperature=2.0).read(
        pictures[0], cropped=True
    ).probability == pytest.approx(0.75)


def test_one_picture_is_read_as_it_is_among_others(reader, pictures):
    together = reader.read_many(pictures, cropped=True)
    alone = [reader.read(picture, cropped=True) for picture in pictures]
    best = [reading.candidates[0][0] for reading in together]
    assert len(set(best)) > 1  # or the test would show nothing
    for one, other in zip(alone, together, strict=True):
        assert one.candidates[0][0] == other.candidates[0][0]
        assert one.probability == pytest.approx(other.probability, rel=1e-4)


def test_many_pictures_keep_their_order(reader, pictures):
    many = [pictures[index % len(pictures)] for index in range(70)]
    best = [reading.candidates[0][0] for reading in reader.read_many(many, cropped=True)]
    assert best == [
        reader.read(pictures[i % len(pictures)], cropped=True).candidates[0][0] for i in range(70)
    ]
    assert reader.read_many([], cropped=True) == []


def test_path_image_array_and_tensor_are_the_same(reader, pictures, tmp_path):
    array = pictures[2]
    Image.fromarray(array).save(tmp_path / "a.png")
    tensor = torch.from_numpy(array).permute(2, 0, 1)
    kinds = [tmp_path / "a.png", str(tmp_path / "a.png"), Image.fromarray(array), tensor]
    for kind in kinds:
        assert reader.read(kind, cropped=True) == reader.read(array, cropped=True)


def test_grey_pictures_become_three_equal_channels():
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4)
    expected = np.stack([grey] * 3, axis=2)
    kinds = [grey, grey[..., None], torch.from_numpy(grey)[None], Image.fromarray(grey)]
    for kind in kinds:
        assert np.array_equal(to_array(kind), expected)


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((8, 8, 3)),
        np.zeros((8, 8, 4), np.uint8),
        np.zeros((0, 8, 3), np.uint8),
        np.zeros((2, 8, 8, 3), np.uint8),
        torch.zeros(8, 8, 3, dtype=torch.uint8),
        torch.zeros(3, 8, 8),
        np.zeros(50, np.uint8),
        np.zeros((8, 8, 3), np.int64),
        Image.new("I", (8, 8)),
        Image.new("F", (8, 8)),
    ],
    ids=lambda picture: f"{type(picture).__name__} {getattr(picture, 'shape', '')}",
)
def test_what_is_no_picture_is_refused(reader, picture):
    with pytest.raises(ValueError, match=r"^picture 0: .*(give|save)") as refused:
        reader.read(picture, cropped=True)
    assert "\n" not in str(refused.value)


def test_cut_pictures_are_read_as_evaluation_reads_them(reader, pictures, tmp_path):
    lines = ["file,number"]
    for index, picture in enumerate(pictures):
        Image.fromarray(picture).save(tmp_path / f"{index}.png")
        lines.append(f"{index}.png,1")
    (tmp_path / "labels.csv").write_text("\n".join(lines))
    crops = load_crops(tmp_path / "labels.csv", reader.net.crop).pictures
    readings = reader.read_many(list_pictures(tmp_path), cropped=True)
    for reading, prediction in zip(readings, reader.read_crops(crops), strict=True):
        assert reading.candidates == prediction.candidates
        assert reading.probability == prediction.probability


def test_a_net_is_shown_the_crop_that_it_wants(folder, pictures):
    tight = saved(folder, tiny_net(), crop={"shape": "clipped", "margin": 0.0})
    assert (tight.net.crop.shape, tight.net.crop.margin) == ("clipped", 0.0)
    usual = saved(folder, tiny_net())
    assert (usual.net.crop.shape, usual.net.crop.margin) == ("square", 0.30)
    framed = np.zeros((130, 130, 3), np.uint8)  # a margin of 30 % about 100 pixels
    framed[15:115, 15:115] = np.resize(pictures[0], (100, 100, 3))
    assert tight.read(framed, cropped=True) == usual.read(framed[15:115, 15:115], cropped=True)
    assert tight.read(framed, cropped=True) != usual.read(framed, cropped=True)


def softmax(logits) -> np.ndarray:
    exponentials = np.exp(logits.numpy().astype(np.float64))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("views", [0, 6])
def test_a_number_is_seen_one_to_five_times(views):
    with pytest.raises(ValueError, match=f"^{views} views of each number: give 1 to 5$"):
        framings(CropSettings(), views)


@pytest.mark.parametrize("box", [None, (20, 30, 90, 80)])
def test_the_probabilities_of_views_are_averaged_head_by_head(folder, pictures, box):
    """The geometric mean, over views, of what each head says, brought to a sum of 1."""
    reader = saved(folder, tiny_net(), crop={"shape": "clipped", "margin": 0.2})
    picture = np.resize(pictures[5], (130, 130, 3))
    ways = framings(reader.net.crop, 3)
    crops = torch.from_numpy(np.stack([cut(picture, box, way) for way in ways]))
    with torch.inference_mode():
        logits = reader.net(crops.permute(0, 3, 1, 2))
    heads = []
    for head in (logits.length, logits.digits):
        product = softmax(head).prod(axis=0) ** (1 / 3)
        heads.append(product / product.sum(axis=-1, keepdims=True))
    length = max(range(6), key=lambda n: heads[0][n] * best_digits(heads[1])[:n].prod())
    wanted = heads[0][length] * best_digits(heads[1])[:length].prod()
    several = Reader(folder / "stubborn.safetensors", "cpu", views=3)
    if box is None:
        found = several.read(picture, cropped=True).candidates[0]
    else:
        found = several.read_crops(crops.permute(0, 3, 1, 2)[None])[0].candidates[0]
    assert len(found[0] or "") == length
    assert found[1] == pytest.approx(wanted)


def best_digits(heads: np.ndarray) -> np.ndarray:
    """The best probability of each position, among the digits alone."""
    digits = heads[:, :10] / heads[:, :10].sum(axis=1, keepdims=True)
    return digits.max(axis=1)


def test_several_views_have_no_box_in_common():
    net = zoo.create_model("joint").eval()
    views = torch.randint(0, 256, (2, 3, 3, *net.config.size), dtype=torch.uint8)
    assert predict(net, views[:, 0]).box.shape == (2, 4)
    assert predict(net, views).box is None
    assert predict(net, views).digits.shape == predict(net, views[:, 0]).digits.shape


def test_one_view_is_the_net_s_own_crop(folder, reader, pictures):
    one = Reader(folder / "tiny.safetensors", "cpu", views=1)
    assert one.framings == reader.framings == (reader.net.crop,)
    assert one.read_many(pictures, cropped=True) == reader.read_many(pictures, cropped=True)


def test_grey_crops_are_read_as_three_equal_channels(reader):
    grey = torch.randint(0, 256, (3, 1, 64, 64), dtype=torch.uint8)
    assert reader.read_crops(grey) == reader.read_crops(grey.repeat(1, 3, 1, 1))


def test_one_picture_given_alone_is_not_taken_apart(reader, pictures, tmp_path):
    Image.fromarray(pictures[0]).save(tmp_path / "a.png")
    alone = [str(tmp_path / "a.png"), tmp_path / "a.png", pictures[0], Image.fromarray(pictures[0])]
    alone.append(torch.from_numpy(pictures[0]).permute(2, 0, 1))
    for one in alone:
        assert reader.read_many(one, cropped=True) == [reader.read(pictures[0], cropped=True)]
    stack = np.stack([pictures[0], pictures[4]])
    assert reader.read_many(stack, cropped=True) == reader.read_many(
        [pictures[0], pictures[4]], cropped=True
    )
    assert reader.read_many(iter([pictures[0]]), cropped=True) == reader.read_many(
        [pictures[0]], cropped=True
    )


@pytest.mark.parametrize(
    "crops",
    [
        torch.rand(2, 3, 64, 64),
        torch.zeros(2, 4, 64, 64, dtype=torch.uint8),
        torch.zeros(3, 64, 64, dtype=torch.uint8),
        torch.zeros(0, 3, 64, 64, dtype=torch.uint8),
        np.zeros((2, 3, 64, 64)),
    ],
    ids=["floats", "channels", "dimensions", "none", "array of floats"],
)
def test_what_are_no_crops_is_refused(reader, crops):
    with pytest.raises(ValueError, match=r"^crops of .*: give .*") as refused:
        reader.read_crops(crops)
    assert "\n" not in str(refused.value)


def test_each_answer_or_error_comes_in_its_place(reader, pictures, tmp_path):
    (tmp_path / "text.png").write_text("no picture")
    given = [pictures[0], tmp_path / "text.png", tmp_path / "nowhere.png", pictures[1]]
    first, text, nowhere, last = reader.read_each(given, cropped=True)
    assert [first, last] == reader.read_many([pictures[0], pictures[1]], cropped=True)
    assert isinstance(text, ValueError)
    assert str(text).startswith(f"{tmp_path / 'text.png'}: ")
    assert isinstance(nowhere, FileNotFoundError)
    for error in (text, nowhere):
        with pytest.raises(type(error), match=str(tmp_path)):
            reader.read_many([error_file(error)], cropped=True)


def error_file(error: Exception) -> str:
    return str(error).split(": ")[0]


def test_photos_are_not_held_while_others_are_read(reader, tmp_path):
    for place in range(6):
        Image.new("RGB", (2000, 1500), (40 * place, 0, 0)).save(tmp_path / f"{place}.bmp")
    tracemalloc.start()
    try:
        reader.read_many(list_pictures(tmp_path), cropped=True)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * 2000 * 1500 * 3  # of one photo, with its copies


def bricks(high: int, wide: int) -> np.ndarray:
    wall = np.full((64, 64, 3), (150, 70, 50), np.uint8)
    wall[::high] = wall[1::high] = 200
    for row in range(0, 64, high):
        start = wide // 2 * (row // high % 2)
        wall[row : row + high, start::wide] = 200
    return wall


def blank_pictures() -> list[np.ndarray]:
    rng = np.random.default_rng(5)
    shades = [np.full((64, 64, 3), shade, np.uint8) for shade in (0, 60, 128, 200, 255)]
    colours = [np.full((90, 50, 3), rng.integers(0, 256, 3), np.uint8) for _ in range(20)]
    noise = [rng.integers(low, 256, (80, 80, 3)).astype(np.uint8) for low in (0, 100, 200, 240)]
    walls = [bricks(high, wide) for high in (8, 12, 16) for wide in (16, 24, 32)]
    return [*shades, *colours, *noise, *walls]


def test_pictures_without_digits_have_no_number():
    for answer in Reader().read_many(blank_pictures(), cropped=True):
        assert answer.number is None
        assert answer.candidates[0][1] == answer.probability < 0.2


def test_long_numbers_are_not_taken_for_doubtful_ones(folder, pictures):
    unsure = {digit: 0.0 if digit == 1 else math.log(1 / 9) for digit in range(10)}  # 1 at 0.5
    long = stubborn_net({5: 0.0}, [unsure] * 5)
    assert saved(folder, long).read(pictures[0], cropped=True).number == "11111"
    short = stubborn_net(dict.fromkeys(range(6), 0.0), [unsure] * 5)
    answer = saved(folder, short).read(pictures[0], cropped=True)
    assert (answer.number, answer.candidates[0][0]) == (None, None)
    one = stubborn_net({1: 0.0, **dict.fromkeys((2, 3, 4, 5), -1.0)}, [{}] * 5)
    answer = saved(folder, one).read(
        pictures[0], cropped=True
    )  # ten digits as probable as each other
    assert answer.number is None
    assert answer.candidates[0][0] is not None


def test_every_real_number_is_given_that_is_read_rightly(samples):
    reader = Reader()
    crops = load_crops(samples / "real" / "labels.csv", reader.net.crop)
    for true, answer in zip(crops.numbers, reader.read_crops(crops.pictures), strict=True):
        certainty = answer.probability ** (1 / (len(true) + 1))
        assert answer.number != true or certainty >= LEAST_CERTAINTY


@pytest.mark.parametrize("fails", [False, True])
def test_the_number_of_threads_is_as_it_was(reader, pictures, fails):
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    seen = []

    def look(*_) -> None:
        seen.append(torch.get_num_threads())
        if fails:
            raise RuntimeError("on purpose")

    hook = reader.net.backbone.register_forward_pre_hook(look)
    try:
        for count in (1, 64):
            with contextlib.suppress(RuntimeError):
                reader.read_many([pictures[0]] * count, cropped=True)
        assert seen == [1, 2]  # for one picture, and for a batch
        assert torch.get_num_threads() == 2
    finally:
        hook.remove()
        torch.set_num_threads(before)


def test_a_folder_lists_its_pictures_in_natural_order(tmp_path):
    names = (
        "10.png",
        "2.PNG",
        "a2.jpeg",
        "a10.jpg",
        "A3.webp",
        "1.tif",
        "b.gif",
        "c.BMP",
        "d.jfif",
    )
    for name in (*names, ".3.png", "x.txt"):
        (tmp_path / name).touch()
    (tmp_path / "4.png").mkdir()
    (tmp_path / "5.png").symlink_to(tmp_path / "gone.png")
    found = [path.name for path in list_pictures(tmp_path)]
    first = ["1.tif", "2.PNG", "10.png", "a2.jpeg", "A3.webp", "a10.jpg"]
    assert found == [*first, "b.gif", "c.BMP", "d.jfif"]
    assert list_folder(tmp_path).left_out == [
        "4.png (a folder)",
        "5.png (a link to nothing)",
        "x.txt (no picture by its name)",
    ]


def test_pictures_that_need_a_package_are_left_out_with_its_name(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    for cached in (kinds.is_readable, kinds.readable_suffixes):
        cached.cache_clear()
    (tmp_path / "phone.HEIC").touch()
    assert "install pillow-heif" in list_folder(tmp_path).left_out[0]
    for cached in (kinds.is_readable, kinds.readable_suffixes):
        cached.cache_clear()


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
    assert 0 <= reader.read(grey, cropped=True).probability <= 1


def test_what_cannot_be_looked_at_costs_no_other_picture(tmp_path):
    (tmp_path / "door.png").touch()
    (tmp_path / "far.png").symlink_to("x" * 300)  # of a name that no file has
    found = list_folder(tmp_path)
    assert [path.name for path in found.pictures] == ["door.png"]
    assert len(found.left_out) == 1
    assert found.left_out[0].startswith("far.png (")


@pytest.mark.parametrize("cropped", [False, True])
def test_damaged_and_empty_images_cost_no_other_picture(reader, pictures, cropped):
    file = io.BytesIO()
    Image.fromarray(pictures[0]).save(file, "PNG")
    whole = file.getvalue()
    broken = whole[:33] + (9).to_bytes(4, "big") + whole[37:]  # a chunk ends too early
    for image in (Image.open(io.BytesIO(broken)), Image.new("RGB", (0, 5))):
        error, answer = reader.read_each([image, pictures[0]], cropped=cropped)
        assert isinstance(error, ValueError)
        assert str(error).startswith("picture 0: ")
        assert isinstance(answer, Answer)
