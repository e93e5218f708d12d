"""Every named model of the course, made, saved and loaded by name.

Which layers a name stands for is written in `architectures`; how a config becomes a network is
`net`'s affair.
"""

import json
import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from svhn_lib.models.architectures import MODELS
from svhn_lib.models.backbones import Block, Conv, Residual
from svhn_lib.models.net import ModelConfig, NumberNet, multiply_adds, parameter_count

__all__ = [
    "MODELS",
    "ModelConfig",
    "NumberNet",
    "create_model",
    "list_models",
    "load_model",
    "multiply_adds",
    "parameter_count",
    "save_model",
]

_SHIPPED = Path(__file__).parent.parent / "weights"
_KINDS: dict[str, type[Block]] = {"conv": Conv, "residual": Residual}


def create_model(name: str, **changes: Any) -> NumberNet:
    """A fresh network by name, its weights drawn from torch's global generator.

    Args:
        changes: fields of its config to replace.

    Raises:
        ValueError: there is no such model.
    """
    if name not in MODELS:
        raise ValueError(f"no model is called {name!r}: there are {', '.join(sorted(MODELS))}")
    return NumberNet(replace(MODELS[name], **changes))


def list_models() -> tuple[str, ...]:
    """The names of all networks that `create_model` knows, in the order of `MODELS`."""
    return tuple(MODELS)


def save_model(model: NumberNet, path: Path, figures: dict[str, Any] | None = None) -> None:
    """Writes weights with config and figures as one safetensors file, beside and renamed."""
    path = Path(path)
    config = asdict(model.config)
    config["backbone"] = [
        {"kind": kind, **asdict(row)}
        for row in model.config.backbone
        for kind, record in _KINDS.items()
        if isinstance(row, record)
    ]
    metadata = {"config": json.dumps(config), "figures": json.dumps(figures or model.figures)}
    tensors = {name: value.contiguous() for name, value in model.state_dict().items()}
    scratch = path.with_name(f".{path.name}.part")
    save_file(tensors, scratch, metadata)
    os.replace(scratch, path)


def load_model(name_or_path: str | Path) -> NumberNet:
    """A trained network, in evaluation mode: shipped weights by name, or a `*.safetensors` file.

    Only tensors and JSON are read: no code in the file can run.

    Raises:
        FileNotFoundError: neither shipped weights nor a file are called so.
        ValueError: the file is damaged or not one of ours.
    """
    path = Path(name_or_path)
    shipped = _SHIPPED / f"{name_or_path}.safetensors"
    if str(name_or_path) in MODELS and shipped.is_file():
        path = shipped
    elif not path.is_file():
        names = ", ".join(sorted(file.stem for file in _SHIPPED.glob("*.safetensors")))
        raise FileNotFoundError(
            f"{path}: no such weights; name a .safetensors file of a run, or what comes with the "
            f"library: {names}"
        )
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        model = NumberNet(_config_from_json(metadata["config"]))
        model.load_state_dict(tensors)
    except (SafetensorError, KeyError, TypeError, RuntimeError, json.JSONDecodeError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"{path}: not weights written by svhn_lib, or damaged ({reason}); "
            "copy the file again or retrain"
        ) from error
    model.figures = json.loads(metadata.get("figures", "{}"))
    return model.eval()


def _config_from_json(text: str) -> ModelConfig:
    fields = json.loads(text)
    rows = [dict(row) for row in fields.pop("backbone")]
    fields["backbone"] = tuple(_KINDS[row.pop("kind")](**row) for row in rows)
    fields["size"], fields["hidden"] = tuple(fields["size"]), tuple(fields["hidden"])
    return ModelConfig(**fields)
