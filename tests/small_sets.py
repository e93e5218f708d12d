"""Small sets and nets that tests of the analysis share."""

import numpy as np
import pandas as pd
import torch

from svhn_lib.data.sets.number_set import NumberSet
from svhn_lib.labels import MAX_DIGITS, encode
from svhn_lib.models import zoo
from svhn_lib.models.blocks import Conv


def number_set(texts: list[str], size: int = 32, channels: int = 3, seed: int = 0) -> NumberSet:
    """Numbers on noise, cut by nobody: no boxes, no windows."""
    generator = np.random.default_rng(seed)
    pixels = generator.integers(0, 256, (len(texts), size, size, channels), dtype=np.uint8)
    lengths, digits = encode(texts)
    return NumberSet(
        torch.from_numpy(pixels).permute(0, 3, 1, 2),
        lengths,
        digits,
        torch.full((len(texts), MAX_DIGITS, 4), torch.nan),
        pd.DataFrame({"file": [f"{i}.png" for i in range(len(texts))], "number": texts}),
    )


def tiny_net(**changes) -> zoo.NumberNet:
    """A net of random weights whose answers differ from picture to picture."""
    torch.manual_seed(0)
    backbone = (Conv(8, stride=4), Conv(16, stride=4))
    net = zoo.create_model("compact", **{"backbone": backbone, "squeeze": 0, **changes})
    with torch.no_grad():
        for layer in (net.head.length, net.head.digits):
            if layer is not None:
                layer.weight.mul_(20)
    return net.eval()
