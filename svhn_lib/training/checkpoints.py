"""The state of an interrupted run on disk: everything that the next step depends on.

Tensors and JSON in one safetensors file, written beside and renamed; the file before it is kept.
Random numbers are no part of it: the loop draws them anew from the seed and the step.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

NAME = "checkpoint.safetensors"
PREVIOUS = "checkpoint-previous.safetensors"


class Restored(NamedTuple):
    """What a checkpoint says beside the tensors it put back."""

    progress: dict[str, Any]
    warnings: list[str]


def save_checkpoint(
    folder: Path,
    modules: dict[str, nn.Module],
    optimiser: torch.optim.Optimizer,
    progress: dict[str, Any],
) -> None:
    """Writes `folder/checkpoint.safetensors`; the one before becomes `checkpoint-previous`.

    Args:
        modules: by a name without dots.
        progress: JSON-able: step, best figure, history and the like.
    """
    tensors: dict[str, Tensor] = {}
    for prefix, module in modules.items():
        tensors |= {f"{prefix}.{name}": value for name, value in module.state_dict().items()}
    for index, state in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{index}.{k}": v for k, v in state.items() if v is not None}
    tensors = {name: value.detach().contiguous().clone() for name, value in tensors.items()}
    scratch = folder / f".{NAME}.part"
    save_file(tensors, scratch, {"progress": json.dumps(progress)})
    if (folder / NAME).exists():
        os.replace(folder / NAME, folder / PREVIOUS)
    os.replace(scratch, folder / NAME)


def restore_checkpoint(
    folder: Path, modules: dict[str, nn.Module], optimiser: torch.optim.Optimizer
) -> Restored | None:
    """Puts the newest whole checkpoint back; None where the folder has none at all.

    Raises:
        ValueError: there are checkpoints, but none is whole, or they are of another model.
    """
    warnings: list[str] = []
    for path in (folder / NAME, folder / PREVIOUS):
        if not path.exists():
            continue
        try:
            with safe_open(path, framework="pt") as file:
                progress = json.loads((file.metadata() or {})["progress"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (SafetensorError, KeyError, json.JSONDecodeError) as error:
            warnings.append(f"{path}: damaged checkpoint ({error}), trying the one before it")
            continue
        _put_back(path, tensors, modules, optimiser)
        return Restored(progress, warnings)
    if warnings:
        raise ValueError(f"{folder}: no whole checkpoint to resume from; {'; '.join(warnings)}")
    return None


def _put_back(
    path: Path,
    tensors: dict[str, Tensor],
    modules: dict[str, nn.Module],
    optimiser: torch.optim.Optimizer,
) -> None:
    def part(prefix: str) -> dict[str, Tensor]:
        start = prefix + "."
        return {key[len(start) :]: v for key, v in tensors.items() if key.startswith(start)}

    try:
        for prefix, module in modules.items():
            module.load_state_dict(part(prefix))
    except RuntimeError as error:
        raise ValueError(
            f"{path} is of another model: resume with the settings it began with, "
            "or name another run folder"
        ) from error
    parameters = [p for group in optimiser.param_groups for p in group["params"]]
    states: dict[int, dict[str, Tensor]] = {}
    for name, value in part("optimiser").items():
        index, key = name.split(".", 1)
        parameter = parameters[int(index)]
        if value.shape == parameter.shape:
            # Fused optimisers walk through memory: a moment must lie as its weight does.
            value = torch.empty_like(parameter).copy_(value)
        states.setdefault(int(index), {})[key] = value
    groups = optimiser.state_dict()["param_groups"]
    optimiser.load_state_dict({"state": states, "param_groups": groups})


def digest(tensors: Mapping[str, Tensor]) -> str:
    """What tells one set of tensors from another: a hash of their names and bytes."""
    found = hashlib.blake2b(digest_size=16)
    for name, value in sorted(tensors.items()):
        found.update(name.encode())
        found.update(value.detach().cpu().contiguous().numpy().tobytes())
    return found.hexdigest()
