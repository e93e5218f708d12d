"""The sets that `svhn train` is given by name: stores, joined, or shards; folders of photos."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from svhn_lib.data.sets.number_set import NumberSet
    from svhn_lib.data.shards.shard_set import ShardSet
    from svhn_lib.training.place_windows import Photo


def load_folders(data: Sequence[str], val: str | None) -> tuple[list[Photo], list[Photo]]:
    """Return the photos to train and to validate on, of folders that `svhn data scenes` wrote."""
    from svhn_lib.training.place_windows import load_photos

    for folder in (*data, *([val] if val else [])):
        if not Path(folder).is_dir():
            raise ValueError(f"{folder}: no folder of photos, as svhn data scenes writes them")
    if val is None:
        raise ValueError("a net that finds numbers is validated on photos: give --val, a folder")
    return load_photos(data), load_photos([val])


def load_sets(data: Sequence[str], val: str | None) -> tuple[NumberSet | ShardSet, NumberSet]:
    """Return the training and the validation set."""
    from svhn_lib.data.shards.locations import file_name, is_url
    from svhn_lib.data.shards.shard_set import ShardSet

    shards = [is_url(source) or file_name(source).endswith(".tar") for source in data]
    for source, one in zip(data, shards, strict=True):
        if not one and (pattern := _pattern_of(source)):
            raise ValueError(f"{source}: these are shards: give --data '{pattern}'")
        if not one and any(shards):
            raise ValueError(f"{source}: stores and shards cannot be one set; give one kind")
    if any(shards):
        if val is None:
            raise ValueError(f"{data[0]}: shards come without a validation set; give --val")
        return ShardSet(data), _join([val], "all")
    if val is not None:
        return _join(data, "all"), _join([val], "all")
    training, validation = _join(data, "train"), _join(data, "validation")
    if len(validation) == 0:
        raise ValueError(
            f"{data[0]}: none of {len(training)} numbers is marked for validation, as in a store "
            "of very few, or of canvases; give --val"
        )
    return training, validation


def _pattern_of(source: str) -> str | None:
    """Return what names the shards of a folder, or of an index; None where there are none."""
    path = Path(source)
    indices = sorted(path.glob("*-index.json")) if path.is_dir() else [path]
    if len(indices) != 1 or not (name := indices[0].name).endswith("-index.json"):
        return None
    stem = indices[0].with_name(name.removesuffix("-index.json"))
    found = sorted(stem.parent.glob(f"{stem.name}-[0-9]*.tar"))
    ends = [one.stem.removeprefix(f"{stem.name}-") for one in (*found[:1], *found[-1:])]
    return f"{stem}-{{{ends[0]}..{ends[-1]}}}.tar" if found else None


def _join(stores: Sequence[str], part: Literal["all", "train", "validation"]) -> NumberSet:
    from svhn_lib.data.sets.number_set import join
    from svhn_lib.data.sets.store import read_store

    sets = [read_store(Path(store), part) for store in stores]
    try:
        return join(sets)
    except ValueError as error:
        raise ValueError(f"{', '.join(stores)}: {error}; prepare all alike") from error
