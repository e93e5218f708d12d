"""Models: exact sizes, uint8 in and logits out, weights that survive the disk and nothing worse."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from svhn_lib.models import zoo
from svhn_lib.models.backbones import Conv, Residual, build
from svhn_lib.models.inference import predict


def pictures(count: int = 3, size: int = 64) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (count, 3, size, size), dtype=torch.uint8, generator=generator)


def test_goodfellow_has_the_documented_parameters() -> None:
    model = zoo.create("goodfellow2014")
    assert zoo.parameter_count(model) == 42_868_734
    assert model.config.size == (54, 54)


def test_goodfellow_feature_maps_shrink_as_documented() -> None:
    sizes, x = [], torch.zeros(1, 3, 54, 54)
    for block in zoo.create("goodfellow2014").eval().backbone:
        x = block(x)
        sizes.append(x.shape[-1])
    assert sizes == [28, 29, 15, 16, 9, 10, 6, 7]


def test_compact_keeps_its_promises() -> None:
    model = zoo.create("compact")
    assert zoo.parameter_count(model) <= 2_500_000
    assert zoo.multiply_adds(model) <= 150_000_000
    assert zoo.parameter_count(model) * 4 <= 8_000_000


def test_multiply_adds_by_hand() -> None:
    config = zoo.ModelConfig(
        "tiny",
        "by hand",
        (8, 8),
        (Conv(4, kernel=3, stride=2),),
        hidden=(5,),
        max_digits=2,
        lengths=3,
    )
    model = zoo.NumberNet(config)
    convolution = 3 * 3 * 3 * 4 * 4 * 4  # kernel, channels in and out, 4x4 places
    assert zoo.multiply_adds(model) == convolution + 64 * 5 + 5 * 3 + 5 * 2 * 11


@pytest.mark.parametrize("name", sorted(zoo.MODELS))
def test_any_size_in_logits_out(name: str) -> None:
    model = zoo.create(name).eval()
    for size in (64, 47, 120):
        logits = model(pictures(2, size))
        assert logits.digits.shape == (2, 5, 11)
        assert logits.length is not None and logits.length.shape == (2, 7)
        assert all(torch.isfinite(x).all() for x in logits if x is not None)


def test_a_picture_is_read_alone_as_in_a_batch() -> None:
    model = zoo.create("compact").eval()
    batch = pictures(5)
    together = predict(model, batch)
    alone = [predict(model, batch[i : i + 1]) for i in range(5)]
    for i, one in enumerate(alone):
        torch.testing.assert_close(one.digits[0], together.digits[i], atol=1e-4, rtol=1e-4)


def test_blank_picture_gives_finite_logits() -> None:
    logits = zoo.create("compact").eval()(torch.zeros(2, 3, 64, 64, dtype=torch.uint8))
    assert torch.isfinite(logits.digits).all()


def test_compact_does_not_see_exposure() -> None:
    """Normalised picture by picture: half the contrast and more light change almost nothing."""
    model = zoo.create("compact").eval()
    bright = pictures(4).float() * 0.8 + 20
    dim = bright * 0.5 + 30
    torch.testing.assert_close(model(bright).digits, model(dim).digits, atol=0.05, rtol=0.05)


def test_columns_run_from_left_to_right() -> None:
    """Ink on the left changes the left columns' logits more than the right ones'."""
    model = zoo.create("compact", normalise="half").eval()
    plain = torch.full((1, 3, 64, 64), 120, dtype=torch.uint8)
    marked = plain.clone()
    marked[..., 20:40, 0:8] = 255
    columns = (model(marked).columns - model(plain).columns).abs().sum(dim=2)[0]  # (W,)
    assert columns.shape == (8,)
    assert columns[:2].min() > columns[-2:].max()


def test_grey_models_ignore_colour() -> None:
    model = zoo.create("compact", grey=True).eval()
    grey = pictures()[:, :1].expand(-1, 3, -1, -1)
    red = torch.zeros_like(grey)
    red[:, 0] = (grey[:, 0].float() * 0.5).round()
    weights = torch.tensor([0.2989, 0.5870, 0.1140])
    as_grey = (red.float() * weights[:, None, None]).sum(1, keepdim=True).expand(-1, 3, -1, -1)
    scaled = as_grey / float(weights.sum())
    torch.testing.assert_close(model(red).digits, model(scaled).digits, atol=2e-2, rtol=2e-2)


def test_residual_block_starts_as_its_shortcut() -> None:
    block = build((Residual(6),), 6).eval()
    x = torch.rand(2, 6, 5, 5)
    torch.testing.assert_close(block(x), torch.relu(x))


def test_weights_survive_the_disk(tmp_path: Path) -> None:
    model = zoo.create("compact", size=(32, 32), hidden=(48,)).eval()
    zoo.save(model, tmp_path / "a.safetensors", {"sequence_accuracy": 0.5})
    again = zoo.load(tmp_path / "a.safetensors")
    assert again.config == model.config
    assert again.figures == {"sequence_accuracy": 0.5}
    assert not again.training
    torch.testing.assert_close(again(pictures()).digits, model(pictures()).digits)
    assert [path.name for path in tmp_path.iterdir()] == ["a.safetensors"]


def test_unknown_names_are_listed() -> None:
    with pytest.raises(ValueError, match="compact, goodfellow2014"):
        zoo.create("lenet")
    with pytest.raises(FileNotFoundError, match=r"nothing\.safetensors: no such weights"):
        zoo.load("nothing.safetensors")


@pytest.mark.parametrize("damage", ["text", "cut", "foreign", "other model", "pickle"])
def test_damaged_weights_are_named(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "w.safetensors"
    model = zoo.create("compact", size=(32, 32), hidden=(48,))
    zoo.save(model, path)
    if damage == "text":
        path.write_text("not weights")
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-1000])
    elif damage == "foreign":
        save_file({"a": torch.zeros(2)}, path)
    elif damage == "pickle":
        torch.save(model.state_dict(), path)
    else:
        model.config = zoo.MODELS["goodfellow2014"]
        zoo.save(model, path)
    with pytest.raises(ValueError, match=r"w\.safetensors: not weights written by svhn_lib"):
        zoo.load(path)


def test_predict_leaves_the_mode_and_refuses_nothing(tmp_path: Path) -> None:
    model = zoo.create("compact", size=(32, 32), hidden=(48,)).train()
    predict(model, pictures(3), batch=2)
    assert model.training
    with pytest.raises(ValueError, match="at least one"):
        predict(model, pictures(0))
