"""Weights files: a network's tensors with its config and figures, as one safetensors file.

A file of any origin is looked at before anything is made of it: whoever reads one gets a network
that can read pictures, or one line that names the file.
"""

import json
import math
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from svhn_lib.files import written
from svhn_lib.models.config import ModelConfig
from svhn_lib.models.config_json import config_from_json, config_to_json
from svhn_lib.models.figures import checked_figures
from svhn_lib.models.net import NumberNet, make_net


def write_weights(model: NumberNet, path: Path, figures: dict[str, Any]) -> None:
    """Write a network's tensors, config and figures as one file, whole or not at all.

    Raises:
        FileExistsError: `path` is a folder, or a file of another kind.
        OSError: it cannot be written.
        ValueError: the figures hold a temperature that cannot be.
    """
    text = json.dumps(figures)
    checked_figures(text)
    metadata = {"config": config_to_json(model.config), "figures": text}
    tensors = {name: value.contiguous() for name, value in model.state_dict().items()}
    with written(path, replaces=is_safetensors) as scratch:
        scratch.write_bytes(save(tensors, metadata))


def read_weights(path: Path) -> NumberNet:
    """Return the network that a file holds, in evaluation mode.

    Raises:
        OSError: the file is not there, or must not be read.
        ValueError: the file is damaged or not one of ours.
    """
    path.open("rb").close()  # whatever the system has to say comes first
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            config = config_from_json(_entry(metadata, "config"))
            figures = checked_figures(metadata.get("figures", "{}"))
            _check_shapes(config, {name: file.get_slice(name) for name in file.keys()})  # noqa: SIM118
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        model = make_net(config)
        _check_values(model, tensors)
        model.load_state_dict(tensors)
    except (SafetensorError, ValueError, RuntimeError) as error:
        reason = _shortened(str(error).splitlines()[0])
        raise ValueError(
            f"{path}: not weights written by svhn_lib, or damaged ({reason}); "
            "copy the file again or retrain"
        ) from error
    model.figures = figures
    return model.eval()


def is_safetensors(path: Path) -> bool:
    """Whether a file begins as safetensors files do: a header's length, then its JSON object."""
    with path.open("rb") as file:
        start = file.read(9)
    return len(start) == 9 and start[8:] == b"{" and int.from_bytes(start[:8], "little") < 1e8


def _shortened(text: str, longest: int = 240) -> str:
    """Return the text, cut where it quotes much of what a hostile file holds."""
    return text if len(text) <= longest else f"{text[:longest]} ..."


def _entry(metadata: dict[str, str], name: str) -> str:
    if name not in metadata:
        raise ValueError(f"it holds no {name}")
    return metadata[name]


def _check_shapes(config: ModelConfig, slices: dict[str, Any]) -> None:
    """Raise ValueError where a file's tensors are not those of a config, before any is made."""
    with torch.device("meta"):
        wanted = {name: tuple(t.shape) for name, t in make_net(config).state_dict().items()}
    found = {name: tuple(part.get_shape()) for name, part in slices.items()}
    for name in sorted(wanted.keys() ^ found.keys()):
        raise ValueError(f"it holds {'no' if name in wanted else 'an unknown'} {name}")
    for name, shape in wanted.items():
        if found[name] != shape:
            raise ValueError(f"{name} is of shape {found[name]}, not {shape}")


def _check_values(model: NumberNet, tensors: dict[str, Tensor]) -> None:
    """Raise ValueError for tensors of another type, and for values that are no numbers."""
    for name, made in model.state_dict().items():
        tensor = tensors[name]
        if tensor.is_floating_point() != made.is_floating_point() or tensor.is_complex():
            raise ValueError(f"{name} is {tensor.dtype}, not {made.dtype}")
        if tensor.is_floating_point() and not math.isfinite(tensor.double().sum()):
            raise ValueError(f"{name} holds values that are no numbers (NaN or infinite)")
