"""What stands on top of a backbone: parallel digit heads with length and columns, or a GRU.

Heads turn features into logits and no further: `decoding` makes numbers of logits, `losses` a loss.
The head for the number's box is in `boxes`.
"""

import torch
from torch import Tensor, nn

from svhn_lib.labels import BLANK
from svhn_lib.models.outputs import Logits


class ColumnClassifier(nn.Conv1d):
    """A classifier of feature columns, the same for all: whose digit's centre lies in each."""

    def __init__(self, channels: int) -> None:
        """Make it for features of `channels` channels."""
        super().__init__(channels * 2, BLANK + 1, 1)

    def forward(self, features: Tensor) -> Tensor:
        """Return logits (N, W, 11) of features (N, C, H, W): 0-9, and 10 for no digit."""
        tall = torch.cat([features.mean(dim=2), features.amax(dim=2)], dim=1)  # (N, 2C, W)
        return super().forward(tall).transpose(1, 2)


class ParallelHead(nn.Module):
    """Fully connected layers, then one classifier for the length and one for each position.

    Goodfellow et al. 2014, section 3: the digits are independent given the picture, so each
    position has its own softmax. With `columns`, one more classifier is shared by all feature
    columns; it is trained where digit boxes are known and costs nothing when reading.
    """

    def __init__(
        self,
        features: tuple[int, int, int],
        *,
        squeeze: int,
        hidden: tuple[int, ...],
        dropout: float,
        max_digits: int,
        lengths: int,
        classes: int,
        columns: bool,
    ) -> None:
        """Make the layers for features (C, H, W); the other values are those of `ParallelConfig`.

        `max_digits` and `columns` are those of `ModelConfig`.
        """
        super().__init__()
        channels, height, width = features
        self.max_digits, self.classes = max_digits, classes
        self.squeeze = nn.Conv2d(channels, squeeze, 1) if squeeze else None
        size = (squeeze or channels) * height * width
        self.hidden = nn.Sequential(nn.Flatten(), *fully_connected(size, hidden, dropout))
        size = (size, *hidden)[-1]
        self.length = nn.Linear(size, lengths) if lengths else None
        self.digits = nn.Linear(size, max_digits * classes)
        self.columns = ColumnClassifier(channels) if columns else None

    def forward(self, features: Tensor) -> Logits:
        """Return the logits of features (N, C, H, W)."""
        columns = None if self.columns is None else self.columns(features)
        if self.squeeze is not None:
            features = torch.relu(self.squeeze(features))
        hidden = self.hidden(features)  # (N, size)
        length = self.length(hidden) if self.length is not None else None
        digits = self.digits(hidden).view(-1, self.max_digits, self.classes)
        return Logits(length, digits, columns)


class RecurrentHead(nn.Module):
    """A gated recurrent unit that sees the whole picture at each step and names one digit.

    The flattened features are its input at every step, from an empty state on; each step has
    fully connected layers and a classifier of its own (Marek 2017). It never sees what it named.
    `columns` are those of `ParallelHead`.
    """

    def __init__(
        self,
        features: tuple[int, int, int],
        *,
        units: int,
        hidden: tuple[int, ...] = (),
        dropout: float = 0.0,
        max_digits: int,
        classes: int,
        columns: bool = False,
    ) -> None:
        """Make the layers for features (C, H, W); the other values are those of `GRUConfig`.

        `max_digits` and `columns` are those of `ModelConfig`.
        """
        super().__init__()
        channels, height, width = features
        size, steps = (units, *hidden)[-1], range(max_digits)
        self.gru = nn.GRU(channels * height * width, units, batch_first=True)
        # PyTorch's own range goes by the units alone: thousands of inputs would saturate the gates.
        nn.init.xavier_uniform_(self.gru.get_parameter("weight_ih_l0"))
        self.hidden = nn.ModuleList(
            nn.Sequential(*fully_connected(units, hidden, dropout)) for _ in steps
        )
        self.digits = nn.ModuleList(nn.Linear(size, classes) for _ in steps)
        self.columns = ColumnClassifier(channels) if columns else None

    def forward(self, features: Tensor) -> Logits:
        """Return the logits of features (N, C, H, W)."""
        flat = features.flatten(1)  # (N, size)
        states, _ = self.gru(flat[:, None].expand(-1, len(self.digits), -1))  # (N, D, units)
        digits = [
            classifier(hidden(states[:, step]))
            for step, (hidden, classifier) in enumerate(zip(self.hidden, self.digits, strict=True))
        ]
        columns = None if self.columns is None else self.columns(features)
        return Logits(None, torch.stack(digits, dim=1), columns)


def fully_connected(size: int, hidden: tuple[int, ...], dropout: float) -> list[nn.Module]:
    """Layers of these widths on `size` inputs, each with ReLU and dropout."""
    layers: list[nn.Module] = []
    for wide in hidden:
        layers += [nn.Linear(size, wide), nn.ReLU(inplace=True)]
        layers += [nn.Dropout(dropout)] if dropout else []
        size = wide
    return layers
