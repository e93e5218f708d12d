"""What tests of training share: a set that a small net can learn, the net, quick settings."""

import pandas as pd
import torch

from svhn_lib.data.sets.store import NumberSet
from svhn_lib.labels import encode
from svhn_lib.losses import LossSettings
from svhn_lib.models import zoo
from svhn_lib.models.blocks import Conv
from svhn_lib.training import TrainSettings

SMALL = TrainSettings(
    epochs=4, batch=16, evaluate_every=4, augment=None, precision="float32", average=0.9,
    loss=LossSettings("masked", 0.0),
)  # fmt: skip


def bars(count: int, seed: int) -> NumberSet:
    """Pictures that a small net can learn: the number's digit is the column of a bright bar."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.randint(0, 10, (count,), generator=generator)
    pictures = torch.randint(0, 60, (count, 32, 32, 3), dtype=torch.uint8, generator=generator)
    for row, value in enumerate(values):
        pictures[row, :, 3 * value : 3 * value + 3] = 250
    numbers = [str(int(value)) for value in values]
    lengths, digits = encode(numbers)
    boxes = torch.full((count, 5, 4), float("nan"))
    boxes[:, 0] = torch.tensor([4.0, 4.0, 28.0, 28.0])
    table = pd.DataFrame({"file": [f"{i}.png" for i in range(count)], "number": numbers})
    return NumberSet(pictures.permute(0, 3, 1, 2), lengths, digits, boxes, table)


def small_model(seed: int = 0, *, norm: bool = True, **changes: object) -> zoo.NumberNet:
    """A net with dropout, so that its training draws random numbers, and batch norm if `norm`."""
    torch.manual_seed(seed)
    dropout = 0.1 if norm else 0.0
    blocks = (Conv(8, stride=2, norm=norm), Conv(8, stride=2, norm=norm, dropout=dropout))
    return zoo.create_model(
        "compact", size=(32, 32), backbone=blocks, squeeze=0, hidden=(32,), dropout=dropout,
        columns=False, **changes,
    )  # fmt: skip
