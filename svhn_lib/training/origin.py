"""What a run began with, which must not change when it goes on; how long it goes on may."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import Tensor

from svhn_lib.data.sets.number_set import NumberSet
from svhn_lib.models.net import NumberNet
from svhn_lib.training.feeds import Feed, digest, fingerprint
from svhn_lib.training.options import TrainSettings
from svhn_lib.training.processes import Place

MAY_CHANGE = ("epochs", "steps", "evaluate_every", "patience", "log_every")
SETS = {"training": "--data", "validation": "--val", "weights": "--weights"}


def origin(
    model: NumberNet,
    settings: TrainSettings,
    feed: Feed,
    validation: NumberSet,
    first: dict[str, Tensor],
    place: Place,
) -> dict[str, Any]:
    """Return what must not change, as JSON gives it back.

    Args:
        model: of the run.
        settings: of the run.
        feed: of the numbers to train on.
        validation: the numbers to validate on.
        first: weights that are blended in; empty where none are.
        place: of this process, among all that train together.
    """
    kept = {name: v for name, v in asdict(settings).items() if name not in MAY_CHANGE}
    began = {
        "model": asdict(model.config),
        "settings": kept,
        "training": feed.fingerprint,
        "validation": fingerprint(validation),
        "weights": digest(first) if first else None,
        "processes": place.ranks,
    }
    plain: dict[str, Any] = json.loads(json.dumps(began))
    return plain


def refuse_another_run(folder: Path, before: dict[str, Any], now: dict[str, Any]) -> None:
    """Raise ValueError, which names each option that differs, where `now` is not `before`."""
    differences = []
    for name in now:
        old, new = before.get(name), now[name]
        if old == new:
            continue
        if name == "settings":
            differences += _settings_that_differ(old, new)
        elif name == "model":
            differences.append(_model_that_differs(old, new))
        elif name == "processes":
            differences.append(f"{old} processes, not {new}")
        else:
            differences.append(f"another {SETS[name]}")
    if differences:
        raise ValueError(
            f"{folder}: the run began with {'; '.join(differences)}: resume it as it began, or "
            "name another run folder"
        )


def _model_that_differs(before: Any, now: dict[str, Any]) -> str:
    name = before.get("name") if isinstance(before, dict) else before
    if name != now["name"]:
        return f"--model {name}, not {now['name']}"
    return f"another model of the name {name}"


def _settings_that_differ(before: Any, now: dict[str, Any]) -> list[str]:
    """Return one text per setting: '--learning-rate 0.003, not 0.001'."""
    old, new = _flat(before if isinstance(before, dict) else {}), _flat(now)
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return [_difference(name, old.get(name), new.get(name)) for name in names]


def _flat(settings: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in settings.items():
        path = f"{prefix}{name}"
        found |= _flat(value, f"{path}.") if isinstance(value, dict) else {path: value}
    return found


def _difference(name: str, before: Any, now: Any) -> str:
    if "." in name and name != "loss.label_smoothing":
        return f"{name.replace('.', ' ')} {before}, not {now}"
    option = name.removeprefix("loss.").replace("_", "-")
    if isinstance(before, bool) and isinstance(now, bool):
        return f"--{'' if before else 'no-'}{option}, not --{'' if now else 'no-'}{option}"
    return f"--{option} {before}, not {now}"
