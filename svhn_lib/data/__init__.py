"""From digitStruct.mat, a CSV or rendered streets to stored crops of numbers.

`prepare`, from a source to a store, is in the module of the same name and in `svhn_lib`. Names are
loaded when they are first used, so that each wing costs only what it needs itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from svhn_lib._lazy import lazy

if TYPE_CHECKING:
    from svhn_lib.data.cutting.crops import CropSettings
    from svhn_lib.data.prepare import load_crops
    from svhn_lib.data.sets.number_set import NumberSet
    from svhn_lib.data.sets.store import read_store
    from svhn_lib.data.shards.shard_set import ShardSet
    from svhn_lib.data.splits import running_set, split_folder
    from svhn_lib.data.street import render_split
    from svhn_lib.data.tables.numbers import load_numbers

__all__ = [
    "CropSettings",
    "NumberSet",
    "ShardSet",
    "load_crops",
    "load_numbers",
    "read_store",
    "render_split",
    "running_set",
    "split_folder",
]
_HOMES = {
    "CropSettings": "cutting.crops",
    "NumberSet": "sets.number_set",
    "ShardSet": "shards.shard_set",
    "load_crops": "prepare",
    "load_numbers": "tables.numbers",
    "read_store": "sets.store",
    "render_split": "street",
    "running_set": "splits",
    "split_folder": "splits",
}
__getattr__ = lazy(__name__, _HOMES)
