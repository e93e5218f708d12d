"""How the networks of the zoo were trained by those who published them, as far as they say.

Where a text and its code or log disagree, a row has what was meant, with a comment. Which layers a
name stands for is in `models/architectures`; what came out of it in `models/reported`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from svhn_lib.augment.colour import PhotometricSettings
from svhn_lib.augment.views import HARD_VIEWS, AugmentSettings
from svhn_lib.augment.windows import RandomCrop
from svhn_lib.data.cutting.crops import CropSettings
from svhn_lib.losses import LossSettings
from svhn_lib.models.config import ModelConfig, PlaceConfig
from svhn_lib.training.options import TrainSettings

# What all have in common. Nobody clips gradients, averages weights or decays them unless told
# below. Steps between validations are only known of Goodfellow's and Marek's.
_PUBLISHED = TrainSettings(
    schedule="constant",
    weight_decay=0.0,
    clip=0.0,
    average=0.0,
    loss=LossSettings("blank"),
    augment=None,
    evaluate_every=1000,
)
_MASKED = LossSettings("masked")  # also for nets whose numbers have one length, such as digits

# The log's rates, 0.002824 at step 120,100, and its seconds per step say batch 32 and a decay every
# 10,000 steps; the table beside it has 512 and 625, of another run.
_GOODFELLOW = replace(
    _PUBLISHED,
    steps=122_000,
    batch=32,
    optimiser="sgd",
    learning_rate=1e-2,
    momentum=0.9,
    nesterov=False,
    schedule="step",
    decay_rate=0.9,
    decay_steps=10_000,
    weight_decay=5e-4,
    decay_all=True,
    augment=RandomCrop((54, 54), 54),
    patience=100,
)

# Trained for 678,000 steps. Published: pictures were cut to train and squeezed whole to read.
_LI = replace(
    _GOODFELLOW,
    steps=678_000,
    momentum=0.0,
    weight_decay=0.0,
    augment=RandomCrop((54, 54), 54, PhotometricSettings()),
)

_ADAGRAD = replace(
    _PUBLISHED,
    batch=64,
    optimiser="adagrad",
    schedule="step",
    decay_rate=0.96,
    decay_steps=10_000,
)
_ALMENNINGEN = {
    "almenningen2017-digit": replace(_ADAGRAD, steps=55_000, learning_rate=0.05, loss=_MASKED),
    "almenningen2017-canvas": replace(_ADAGRAD, steps=200_000, learning_rate=0.1),
    # It ran "overnight": as many steps as the final net, for want of a number.
    "almenningen2017-report": replace(
        _PUBLISHED,
        steps=56_000,
        batch=64,
        optimiser="adam",
        learning_rate=7.5e-4,
        schedule="step",
        decay_rate=0.95,
        decay_steps=5000,
    ),
    "almenningen2017": replace(
        _PUBLISHED,
        steps=56_000,
        batch=128,
        optimiser="rmsprop",
        learning_rate=1e-3,
        schedule="step",
        decay_rate=0.5,
        decay_steps=7500,
    ),
}

_ZYLBERSZTEJN = {
    # Published: decay of the first fully connected layer alone; digits averaged over the numbers
    # that have them, position by position, here over all numbers.
    "zylbersztejn2016-canvas": replace(
        _PUBLISHED,
        steps=15_000,
        batch=16,
        optimiser="adam",
        learning_rate=3.1e-4,
        weight_decay=16e-4,
        loss=_MASKED,
    ),
    # Published: decay of convolutions and their biases, not of norms and heads; twenty stored
    # views of each number, also in other colours (to hardly any effect, their author says);
    # a validation every 15 minutes, about 2000 steps.
    "zylbersztejn2016": replace(
        _PUBLISHED,
        steps=200_500,
        batch=32,
        optimiser="adam",
        learning_rate=1e-4,
        weight_decay=6e-4,
        decay_all=True,
        loss=_MASKED,
        augment=RandomCrop((64, 74), 64),
        evaluate_every=2000,
    ),
}

_MAREK = replace(_PUBLISHED, steps=30_000, batch=50, optimiser="adam", learning_rate=1e-4)
# The text has a rate of 1e-3 for nets without convolutions, the code 1e-4 for all.
_MAREK_DIGITS = replace(_MAREK, steps=10_000, loss=_MASKED, evaluate_every=100)
# Published: 1000 x the mean cross entropy over five or six positions + the mean squared error of
# the box in pixels; our sum over positions makes that 0.005 and 0.006. Adam sees no common factor.
_MAREK_CANVAS = replace(_MAREK, loss=LossSettings("blank", box_weight=0.005))
_MAREK_PICTURE = replace(_MAREK, loss=LossSettings("blank", box_weight=0.006))
_MAREKS = {
    **dict.fromkeys(("marek2017-softmax", "marek2017-hidden", "marek2017-digit"), _MAREK_DIGITS),
    **dict.fromkeys(
        (
            "marek2017-strip",
            "marek2017-strip-output",
            "marek2017-strip-reshaped",
            "marek2017-strip-deeper",
            "marek2017-strip-norm",
            "marek2017-strip-double",
        ),
        replace(_MAREK, loss=_MASKED),
    ),
    **dict.fromkeys(("marek2017-scattered", "marek2017-scattered-deeper"), _MAREK_CANVAS),
    **dict.fromkeys(
        ("marek2017-picture", "marek2017-picture-paper", "marek2017-picture-dropout"),
        _MAREK_PICTURE,
    ),
    # As it was last run: blanks count an eighth, and there is 0.001 x the squares of the weights, a
    # decay of 6e-6 for a sum over positions. Published: of convolutions only; the rate was lowered
    # by hand at times.
    "marek2017-picture-strided": replace(
        _MAREK_PICTURE,
        steps=60_000,
        weight_decay=6e-6,
        loss=LossSettings("blank", box_weight=0.006, blank_weight=0.125),
    ),
}

PRESETS: dict[str, TrainSettings] = {
    "goodfellow2014": _GOODFELLOW,
    "li2017": _LI,
    **_ALMENNINGEN,
    **_ZYLBERSZTEJN,
    **_MAREKS,
}
"""Model name to settings; nets of this library train with the defaults of `TrainSettings`."""

_WHOLE = CropSettings((128, 256), "whole")
CROPS: dict[str, CropSettings] = {
    "goodfellow2014": CropSettings((64, 64), "square"),
    "li2017": CropSettings((64, 64), "square"),
    "almenningen2017-report": CropSettings((32, 32), "clipped", grey=True),
    "almenningen2017": CropSettings((32, 32), "clipped", grey=True),
    "zylbersztejn2016": CropSettings((74, 74), "clipped"),
    "marek2017-picture": _WHOLE,
    "marek2017-picture-paper": _WHOLE,
    "marek2017-picture-dropout": _WHOLE,
    "marek2017-picture-strided": _WHOLE,
}
"""How house numbers are cut for them: the store to train on. Others read digits and canvases."""


def settings_for(
    config: ModelConfig, *, preset: bool = False, hard_views: bool = False, **changes: Any
) -> TrainSettings:
    """Return settings that suit a model: the usual ones with the losses that its heads allow.

    A net that says where the number is learns from whole pictures, without random views.

    Args:
        config: of the model.
        preset: begin with the model's row of `PRESETS`, losses as published.
        hard_views: learn from `augment.HARD_VIEWS`, where a net learns from random views.
        changes: fields of `TrainSettings`, and `label_smoothing` of its losses. With `epochs` but
            no `steps`, a preset's steps do not count.

    Raises:
        ValueError: the model has no preset, it does not learn from such views, or a field has no
            sensible value.

    Example:
        >>> from svhn_lib.models.zoo import MODELS
        >>> settings_for(MODELS["goodfellow2014"], preset=True, batch=64).learning_rate
        0.01
    """
    if preset and config.name not in PRESETS:
        raise ValueError(f"{config.name} has no preset: it trains with the usual settings")
    settings = PRESETS[config.name] if preset else TrainSettings()
    smoothing = changes.pop("label_smoothing", settings.loss.label_smoothing)
    loss = replace(settings.loss, label_smoothing=smoothing)
    if not preset:
        masked = config.has_length or not (config.has_blank or config.autoregressive)
        weight = loss.column_weight if config.columns else 0.0
        loss = replace(loss, kind="masked" if masked else "blank", column_weight=weight)
        if config.box is not None:  # views are cut around the number, and would show where it is
            loss = replace(loss, box_weight=0.1, box="smooth")
            settings = replace(settings, augment=None)
        if isinstance(config.head, PlaceConfig):  # its windows are turned and coloured as drawn
            settings = replace(settings, batch=32, learning_rate=2e-3, augment=None)
    if hard_views:
        if not isinstance(settings.augment, AugmentSettings):
            raise ValueError(
                f"{config.name} does not learn from random views: leave out hard views"
            )
        settings = replace(settings, augment=HARD_VIEWS)
    if "epochs" in changes:
        changes.setdefault("steps", None)
    return replace(settings, loss=loss, **changes)
