"""Presets: what was published, settings that fit their nets, and the windows they train on."""

from dataclasses import replace

import pytest
import torch

from svhn_lib.augment import HARD_VIEWS, AugmentSettings
from svhn_lib.augment.colour import PhotometricSettings
from svhn_lib.augment.windows import RandomCrop, centre_crop
from svhn_lib.labels import encode, encode_tokens
from svhn_lib.losses import total_loss
from svhn_lib.models import zoo
from svhn_lib.models.architectures import own
from svhn_lib.training.options import TrainSettings
from svhn_lib.training.presets import CROPS, PRESETS, settings_for
from svhn_lib.training.schedules import learning_rate, make_optimiser


def rate(settings: TrainSettings, step: int) -> float:
    return learning_rate(settings, step, settings.steps or 0)


def test_every_published_net_has_a_preset() -> None:
    assert set(PRESETS) == set(zoo.MODELS) - {row.name for row in own.ROWS}
    assert set(CROPS) <= set(PRESETS)


def test_goodfellow_has_the_rates_of_the_log() -> None:
    settings = PRESETS["goodfellow2014"]
    assert round(rate(settings, 120_100), 6) == 0.002824
    assert (settings.batch, settings.weight_decay, settings.patience) == (32, 5e-4, 100)
    assert not settings.nesterov and settings.decay_all


def test_li_descends_as_goodfellow_but_plainly_and_in_other_colours() -> None:
    settings = PRESETS["li2017"]
    assert rate(settings, 120_100) == rate(PRESETS["goodfellow2014"], 120_100)
    optimiser = make_optimiser(settings, torch.nn.Linear(2, 2))
    assert {group["momentum"] for group in optimiser.param_groups} == {0.0}
    assert settings.augment.colours == PhotometricSettings(32.0, (0.5, 1.5), 0.032, (0.5, 1.5))


def test_almenningen_lowers_rates_in_steps() -> None:
    assert rate(PRESETS["almenningen2017"], 22_499) == pytest.approx(2.5e-4)
    assert rate(PRESETS["almenningen2017"], 22_500) == pytest.approx(1.25e-4)
    assert rate(PRESETS["almenningen2017-report"], 5000) == pytest.approx(7.125e-4)
    assert rate(PRESETS["almenningen2017-canvas"], 9999) == 0.1


def test_zylbersztejn_trains_for_213_epochs() -> None:
    settings = PRESETS["zylbersztejn2016"]
    assert settings.steps is not None
    assert settings.steps * settings.batch // 30_010 == 213  # of his 30,010 training numbers


def test_a_model_without_length_or_column_head_is_trained_without_their_losses() -> None:
    compact = zoo.MODELS["compact"]
    config = compact.changed(lengths=0, columns=False)
    loss = settings_for(config).loss
    assert (loss.kind, loss.column_weight) == ("blank", 0)
    assert settings_for(config.changed(classes=10)).loss.kind == "masked"
    assert settings_for(compact) == TrainSettings()


def test_a_preset_is_what_the_publication_did_but_for_what_is_given() -> None:
    config, preset = zoo.MODELS["goodfellow2014"], PRESETS["goodfellow2014"]
    chosen = settings_for(config, preset=True, batch=64, label_smoothing=0.05)
    assert chosen.loss.label_smoothing == 0.05
    assert replace(chosen, batch=32, loss=preset.loss) == preset
    assert settings_for(config, preset=True, epochs=2.0).steps is None
    with pytest.raises(ValueError, match="compact has no preset"):
        settings_for(zoo.MODELS["compact"], preset=True)


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_a_step_as_published_changes_the_heads(name: str) -> None:
    """The loss fits them, with numbers as long as the net can say, and so does the optimiser."""
    config = zoo.MODELS[name]
    model = zoo.create_model(name)
    numbers = ["1234567"[: min(config.max_digits, 5)]] * 2
    lengths, digits = encode(numbers, max_digits=config.max_digits)
    last = model.head.decoder.tokens if config.autoregressive else model.head.digits
    before = [weight.detach().clone() for weight in last.parameters()]
    tokens = encode_tokens(lengths, digits)[0] if config.autoregressive else None
    logits = model(torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8), tokens)
    boxes = torch.tensor([4.0, 4.0, 20.0, 30.0]).expand(2, config.max_digits, 4)
    loss = total_loss(logits, lengths, digits, boxes, PRESETS[name].loss)
    loss.backward()
    make_optimiser(PRESETS[name], model).step()
    assert torch.isfinite(loss)
    after = last.parameters()
    assert not any(torch.equal(old, new) for old, new in zip(before, after, strict=True))


@pytest.mark.parametrize("name", sorted(CROPS))
def test_crops_give_what_the_nets_take(name: str) -> None:
    crop, augment, size = CROPS[name], PRESETS[name].augment, zoo.MODELS[name].size
    if augment is None:
        assert crop.size == size
    else:
        assert isinstance(augment, RandomCrop)
        assert (augment.output, augment.output) == size
        assert augment.sides[1] <= min(crop.size)


# RandomCrop


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def ramps(count: int, side: int) -> torch.Tensor:
    """Pictures whose channels are the column and the row that a pixel stands in."""
    places = torch.arange(side, dtype=torch.uint8)
    columns, rows = places.expand(side, side), places[:, None].expand(side, side)
    return torch.stack([columns, rows]).expand(count, -1, -1, -1).contiguous()


BOXES = torch.tensor([[[10.0, 20.0, 30.0, 50.0], [float("nan")] * 4]])


def test_one_size_is_cut_and_nothing_else() -> None:
    crop = RandomCrop((54, 54), 54)
    windows, boxes = crop.random(ramps(300, 64), BOXES.expand(300, -1, -1), seeded())
    assert windows.dtype == torch.uint8 and windows.shape == (300, 2, 54, 54)
    left, top = windows[:, 0, 0, 0].float(), windows[:, 1, 0, 0].float()
    assert left.unique().tolist() == top.unique().tolist() == list(range(11))
    torch.testing.assert_close(boxes[:, 0, 0], 10 - left)
    torch.testing.assert_close(boxes[:, 0, 3], 50 - top)
    assert boxes[:, 1].isnan().all()


def test_several_sizes_are_resized_with_their_boxes() -> None:
    """On ramps, the step from pixel to pixel tells the window's size, a pixel's value its place."""
    crop = RandomCrop((64, 74), 64)
    windows, boxes = crop.random(ramps(400, 74), BOXES.expand(400, -1, -1), seeded())
    assert windows.dtype == torch.float32 and windows.shape == (400, 2, 64, 64)
    middle = windows[:, 0, 0, 40] - windows[:, 0, 0, 20]  # (400,) over 20 pixels
    sides = (middle / 20 * 64).round()
    assert sides.unique().tolist() == list(range(64, 75))
    # Pixel 20's centre stands at 20.5 of the view, and its value is a pixel's left edge.
    left = (windows[:, 0, 0, 20] + 0.5 - 20.5 * sides / 64).round()
    torch.testing.assert_close(boxes[:, 0, 0], (10 - left) * 64 / sides)
    top = (windows[:, 1, 20, 0] + 0.5 - 20.5 * sides / 64).round()
    torch.testing.assert_close(boxes[:, 0, 3], (50 - top) * 64 / sides)
    assert left.min() == 0 and (left + sides).max() == 74
    assert boxes[:, 1].isnan().all()


def test_evaluation_sees_the_largest_window_in_the_middle() -> None:
    pictures = ramps(1, 64)
    window, boxes = RandomCrop((54, 54), 54).centre(pictures, BOXES)
    expected = centre_crop(pictures, BOXES, (54, 54))
    assert torch.equal(window, expected[0])
    assert boxes[0, 0].tolist() == [5.0, 15.0, 25.0, 45.0]
    whole, boxes = RandomCrop((32, 64), 32).centre(pictures, BOXES)
    assert torch.equal(whole, pictures)
    assert torch.equal(boxes[0, 0], BOXES[0, 0])


def test_colours_change_before_the_cut_and_boxes_do_not() -> None:
    pictures = torch.randint(0, 256, (4, 3, 16, 16), dtype=torch.uint8, generator=seeded())
    plain = RandomCrop((16, 16), 16)
    bright = replace(
        plain, colours=PhotometricSettings(brightness=20, saturation=(1, 1), hue=0, contrast=(1, 1))
    )
    boxes = BOXES.expand(4, -1, -1)
    views, moved = bright.random(pictures, boxes, seeded())
    change = (views - pictures)[(views > 0.5) & (views < 254.5)]
    assert change.abs().max() <= 20.01 and change.abs().max() > 0.5
    torch.testing.assert_close(moved, boxes, equal_nan=True)
    assert torch.equal(bright.centre(pictures, boxes)[0], pictures)


def test_the_same_generator_gives_the_same_windows() -> None:
    crop, pictures, boxes = RandomCrop((40, 60), 32), ramps(20, 60), BOXES.expand(20, -1, -1)
    first, again, other = (crop.random(pictures, boxes, seeded(seed))[0] for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_windows_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="windows of 60 to 50 pixels"):
        RandomCrop((60, 50), 50)
    with pytest.raises(ValueError, match="pictures of 0 pixels"):
        RandomCrop((50, 60), 0)
    with pytest.raises(ValueError, match="74x74 window does not fit into 64x64"):
        RandomCrop((64, 74), 64).random(ramps(1, 64), BOXES, seeded())


def test_hard_views_take_the_place_of_random_ones_and_of_no_others():
    compact, joint = (zoo.MODELS[name] for name in ("compact", "joint"))
    assert settings_for(compact).augment == AugmentSettings()
    assert settings_for(compact, hard_views=True).augment == HARD_VIEWS
    for config, options in ((joint, {}), (zoo.MODELS["goodfellow2014"], {"preset": True})):
        with pytest.raises(ValueError, match=f"{config.name} does not learn from random views"):
            settings_for(config, hard_views=True, **options)
