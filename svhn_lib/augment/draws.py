"""Random values for a batch, one per picture, from an explicit generator.

What they change in the pictures is decided in the modules beside.
"""

import torch
from torch import Tensor


def uniform(count: int, low: float, high: float, like: Tensor, rng: torch.Generator) -> Tensor:
    """Return `count` values between `low` and `high`, float32 on the device of `like`.

    They are drawn on the generator's own device: a CPU generator gives the same values everywhere.

    Example:
        >>> uniform(3, 0.0, 1.0, torch.zeros(1), torch.Generator().manual_seed(0)).shape
        torch.Size([3])
    """
    drawn = torch.rand(count, generator=rng, device=rng.device)
    return (low + (high - low) * drawn).to(like.device)
