"""One run in many processes, on one machine or several: which place this process has among them.

The processes are started by `torchrun`, or by anything that sets its variables; how a batch is
shared is decided in `feeds`.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, distributed, nn
from torch.distributed import PrefixStore  # type: ignore[attr-defined]
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel


class Place(NamedTuple):
    """Where a process stands: its device, and that it is `rank` of `ranks`.

    Example:
        >>> Place(torch.device("cpu")).first
        True
    """

    device: torch.device
    rank: int = 0
    ranks: int = 1

    @property
    def first(self) -> bool:
        """Say whether this is the process that validates, writes and reports."""
        return self.rank == 0


def place_of(model: nn.Module) -> Place:
    """Return the place of this process; one of one outside a `process_group`."""
    device = next(model.parameters()).device
    if not distributed.is_initialized():
        return Place(device)
    return Place(device, distributed.get_rank(), distributed.get_world_size())


@contextmanager
def process_group(device: torch.device) -> Iterator[torch.device]:
    """Join the processes that `torchrun` started, and leave them; nothing where it did not.

    The variables that `torchrun` sets are read here.

    Args:
        device: where networks run.

    Yields:
        This process's own device: a GPU each where `device` is one, over NCCL, else gloo.
    """
    if not distributed.is_torchelastic_launched():
        yield device
        return
    backend = "gloo"
    if device.type == "cuda":
        device = torch.device("cuda", distributed.get_node_local_rank())
        torch.cuda.set_device(device)
        backend = "cpu:gloo,cuda:nccl"
    # A prefix for each start: workers started again must not meet the addresses of dead ones.
    store, rank, ranks = next(rendezvous("env://"))
    store = PrefixStore(f"start {os.environ['TORCHELASTIC_RESTART_COUNT']}", store)
    distributed.init_process_group(backend, store=store, rank=rank, world_size=ranks)
    try:
        yield device
    finally:
        # A wrapped model lies in a cycle and holds the group: its threads would outlive Python,
        # which then aborts when they let go of their last tensors.
        gc.collect()
        distributed.destroy_process_group()


def data_parallel(model: nn.Module, place: Place, *, unused: bool) -> nn.Module:
    """Return the model with gradients averaged over all processes; itself where there is but one.

    With `unused`, some of its weights get no gradient. Batch norm shares its statistics between
    GPUs; on CPUs, for which torch has no such layer, each process normalises its own share.
    """
    if place.ranks == 1:
        return model
    if place.device.type == "cuda":
        model = nn.SyncBatchNorm.convert_sync_batchnorm(model)
    devices = [place.device] if place.device.type == "cuda" else None
    return DistributedDataParallel(model, device_ids=devices, find_unused_parameters=unused)


def sum_of_ranks(values: Tensor, place: Place) -> Tensor:
    """Return the sum of each process's values, in all of them; `values` is changed in place."""
    if place.ranks > 1:
        distributed.all_reduce(values)
    return values


def any_rank(flag: bool, place: Place) -> bool:
    """Say whether the flag is set in any process."""
    return bool(sum_of_ranks(torch.tensor(int(flag)), place)) if place.ranks > 1 else flag


def from_first(value: Any, place: Place) -> Any:
    """Return the first process's value, in all of them; it must be picklable."""
    if place.ranks == 1:
        return value
    box = [value]
    distributed.broadcast_object_list(box)
    return box[0]
