"""The state of a run on disk: everything that the next step depends on.

Tensors and JSON in one safetensors file with a checksum, written beside and renamed; the file
before it is kept.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from svhn_lib.files import written
from svhn_lib.training.feeds import digest
from svhn_lib.training.options import TrainSettings
from svhn_lib.training.origin import refuse_another_run
from svhn_lib.training.processes import Place, sum_of_ranks
from svhn_lib.training.run_folder import CHECKPOINT, PREVIOUS
from svhn_lib.training.state import DamagedState, TrainState, check_progress


def save_checkpoint(folder: Path, state: TrainState, place: Place) -> None:
    """Write `checkpoint.safetensors`; the one before becomes `checkpoint-previous`.

    All processes of a run call this; the first one writes.

    Raises:
        OSError: the disk is full, or the folder must not be written to; a whole checkpoint stays.
    """
    path = folder / CHECKPOINT
    tensors = state.tensors() | {"losses": sum_of_ranks(state.losses.clone(), place)}
    if not place.first:
        return
    copies = {name: value.detach().contiguous().clone() for name, value in tensors.items()}
    text = json.dumps(state.progress())
    with written(path) as scratch:
        try:
            save_file(copies, scratch, {"progress": text, "checksum": digest(copies, text)})
        except SafetensorError as error:
            raise OSError(f"{path}: {error}") from error
        if path.exists():
            os.replace(path, folder / PREVIOUS)


def restore_checkpoint(
    folder: Path,
    state: TrainState,
    settings: TrainSettings,
    place: Place,
    report: Callable[[str], None],
) -> None:
    """Put the newest whole checkpoint back into the state; nothing where the folder has none.

    Args:
        folder: of the run.
        state: as it is before the first step.
        settings: of the run.
        place: of this process, whose own losses go on.
        report: called with a line about each damaged file, and about where the run goes on.

    Raises:
        ValueError: there are checkpoints, but none is whole, or the run began with something else.
    """
    damage = []
    for path in (folder / CHECKPOINT, folder / PREVIOUS):
        if not path.exists():
            continue
        try:
            tensors, progress = _read(path)
            if progress["began_with"].keys() != state.began_with.keys():
                raise DamagedState("began_with cannot be")
            refuse_another_run(folder, progress["began_with"], state.began_with)
            state.restore(tensors, progress, settings)
            state.losses[torch.arange(place.ranks) != place.rank] = 0
        except DamagedState as error:
            damage.append(f"{path}: damaged checkpoint ({error})")
            continue
        for line in damage:
            report(f"{line}, trying the one before it")
        report(f"resumed after step {state.step}")
        return
    if damage:
        raise ValueError(f"{folder}: no whole checkpoint to resume from; {'; '.join(damage)}")


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return tensors and progress; DamagedState where they are not as they were written."""
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        text = metadata["progress"]
        progress = json.loads(text)
    except (SafetensorError, OSError, KeyError, ValueError, RecursionError) as error:
        raise DamagedState(f"{type(error).__name__}: {error}".partition("\n")[0]) from error
    if metadata.get("checksum") != digest(tensors, text):
        raise DamagedState("its checksum is wrong, or of another version of svhn_lib")
    check_progress(progress)
    return tensors, progress
