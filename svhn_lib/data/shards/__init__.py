"""Tar shards, for data larger than a machine: written from a store, streamed by rank."""

from __future__ import annotations

from typing import TYPE_CHECKING

from svhn_lib._lazy import lazy

if TYPE_CHECKING:
    from svhn_lib.data.shards.index import ShardError
    from svhn_lib.data.shards.shard_set import ShardSet
    from svhn_lib.data.shards.write import ShardsReport, write_shards

__all__ = ["ShardError", "ShardSet", "ShardsReport", "write_shards"]
_HOMES = {
    "ShardError": "index",
    "ShardSet": "shard_set",
    "ShardsReport": "write",
    "write_shards": "write",
}
__getattr__ = lazy(__name__, _HOMES)
