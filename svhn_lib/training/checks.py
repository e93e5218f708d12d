"""What a run is refused for before its first step, and when its loss has failed."""

from __future__ import annotations

from torch import nn

from svhn_lib.data.sets.number_set import NumberSet
from svhn_lib.data.shards.shard_set import ShardSet
from svhn_lib.models.config import ParallelConfig
from svhn_lib.models.net import NumberNet
from svhn_lib.training.feeds import Numbers

_GREW = 5.0  # times its first value: a loss that diverges
_GUESSING = 10.0  # what a net costs that guesses; a first value below it counts as this


def refuse_longer(model: NumberNet, *sets: Numbers | ShardSet) -> None:
    """Raise ValueError where a number has more digits than the net can say."""
    most, head = model.config.max_digits, model.config.head
    if isinstance(head, ParallelConfig) and head.lengths:
        most = min(most, head.lengths - 1)
    for numbers in sets:
        longer = int((numbers.lengths > most).sum()) if isinstance(numbers, NumberSet) else 0
        if longer:
            raise ValueError(
                f"{longer} of {len(numbers)} numbers have more than the {most} digit"
                f"{'s' * (most > 1)} that {model.config.name} can say: leave them out"
            )


def refuse_single(model: NumberNet, share: int) -> None:
    """Raise ValueError where a process's share of a batch is too small to be normalised."""
    normed = any(isinstance(layer, nn.BatchNorm1d) for layer in model.modules())
    if normed and share < 2:
        raise ValueError(
            f"{model.config.name} normalises over the numbers of a step, and needs at least 2 in "
            "each process: give more numbers, or a larger batch"
        )


def diverges(loss: float, first: float) -> bool:
    """Whether a loss has grown without bound since the first one, or is no number.

    A net that begins with good weights has a small loss at first, and soon a batch that costs many
    times as much, were it for one wrong label: that is no growth.

    Args:
        loss: a mean.
        first: the first mean of the run.
    """
    return not loss < _GREW * max(first, _GUESSING)
