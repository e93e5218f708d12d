"""Decoders that write a number token by token: an LSTM, and a GRU with attention over columns.

They turn features and the tokens so far into logits of the next one; which tokens are tried is
decided in `reading.beam`. The unrolled GRU, which sees no tokens, is a head like the others in
`heads`.
"""

from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn

from svhn_lib.labels import TOKENS
from svhn_lib.models.heads import ColumnClassifier


class TokenLogits(NamedTuple):
    """What a decoder says of N pictures after each of T tokens, before any softmax; float32.

    Attributes:
        tokens: (N, T, 12): 0-9 and, as class 11, the end; class 10, the start, is never right.
        attention: (N, T, W): the weights of the feature columns, from left to right, that add up to
            1; None without attention.
        columns: as in `heads.Logits`.
    """

    tokens: Tensor
    attention: Tensor | None = None
    columns: Tensor | None = None


class DecoderState(NamedTuple):
    """What a decoder carries from one token to the next, of N pictures; all are float32.

    Attributes:
        hidden: (N, units).
        cell: (N, units), of an LSTM; else (N, 0).
        memory: (N, W, units), the columns that attention looks at; else (N, 0, units).
    """

    hidden: Tensor
    cell: Tensor
    memory: Tensor

    def take(self, rows: Tensor) -> "DecoderState":
        """Return the states of these rows, int64 (M,)."""
        return DecoderState(*(field[rows] for field in self))


class LSTMDecoder(nn.Module):
    """An LSTM whose first input is the picture and whose next ones are the tokens so far.

    Vinyals et al. 2015, 'Show and Tell', equations 10 to 12, as Li (lixuan0023/SVHN_RNN) applied it
    to house numbers: the fully connected features are embedded like a token. Dropout is applied to
    inputs and outputs of the LSTM. With `norm` the picture's embedding is batch-normalised (Ioffe
    and Szegedy 2015): what all pictures share is taken away, and what tells them apart gets the
    scale of the tokens' embeddings.
    """

    def __init__(
        self,
        features: tuple[int, int, int],
        *,
        hidden: tuple[int, ...],
        embedding: int,
        units: int,
        dropout: float,
        norm: bool = False,
    ) -> None:
        """Make the layers for features (C, H, W); the other values are those of `LSTMConfig`."""
        super().__init__()
        channels, height, width = features
        sizes = (channels * height * width, *hidden)
        layers: list[nn.Module] = [nn.Flatten()]
        for before, after in pairwise(sizes):
            layers += [nn.Linear(before, after), nn.ReLU(inplace=True)]
        layers.append(nn.Linear(sizes[-1], embedding, bias=False))
        self.picture = nn.Sequential(*layers, *([nn.BatchNorm1d(embedding)] if norm else []))
        self.embedding = nn.Embedding(TOKENS, embedding)
        self.cell = nn.LSTMCell(embedding, units)
        self.dropout = nn.Dropout(dropout)
        self.tokens = nn.Linear(units, TOKENS)

    def begin(self, features: Tensor) -> DecoderState:
        """Return the state after features (N, C, H, W) were seen, before the start token."""
        seen = self.dropout(self.picture(features))
        hidden, cell = self.cell(seen)
        return DecoderState(hidden, cell, hidden.new_zeros(len(hidden), 0, hidden.shape[1]))

    def step(
        self, tokens: Tensor, state: DecoderState
    ) -> tuple[Tensor, Tensor | None, DecoderState]:
        """Return logits (N, 12) of what follows tokens (N,), no attention, and the next state."""
        given = self.dropout(self.embedding(tokens))
        hidden, cell = self.cell(given, (state.hidden, state.cell))
        return self.tokens(self.dropout(hidden)), None, DecoderState(hidden, cell, state.memory)


class AttentionDecoder(nn.Module):
    """A GRU that looks at the feature columns before each token.

    Additive attention (Bahdanau et al. 2015, section 3.1) over columns of features, with their
    place known: what it looked at and the token before are the GRU's input.
    """

    def __init__(
        self, features: tuple[int, int, int], *, embedding: int, units: int, dropout: float
    ) -> None:
        """Make the layers for features (C, H, W); the others are those of `AttentionConfig`."""
        super().__init__()
        channels, height, width = features
        self.column = nn.Linear(channels * height, units)
        self.place = nn.Parameter(torch.zeros(width, units))
        self.start = nn.Linear(units, units)
        self.embedding = nn.Embedding(TOKENS, embedding)
        self.query, self.score = nn.Linear(units, units), nn.Linear(units, 1, bias=False)
        self.cell = nn.GRUCell(embedding + units, units)
        self.dropout = nn.Dropout(dropout)
        self.tokens = nn.Linear(2 * units, TOKENS)

    def begin(self, features: Tensor) -> DecoderState:
        """Return the state before the start token, from columns of features (N, C, H, W)."""
        columns = features.flatten(1, 2).transpose(1, 2)  # (N, W, C * H)
        memory = torch.relu(self.column(columns)) + self.place  # (N, W, units)
        hidden = torch.tanh(self.start(memory.mean(dim=1)))
        return DecoderState(hidden, hidden.new_zeros(len(hidden), 0), memory)

    def step(
        self, tokens: Tensor, state: DecoderState
    ) -> tuple[Tensor, Tensor | None, DecoderState]:
        """Return logits (N, 12) of what follows tokens (N,), attention (N, W), the next state."""
        asked = torch.tanh(self.query(state.hidden)[:, None] + state.memory)  # (N, W, units)
        weights = self.score(asked)[:, :, 0].softmax(dim=1)  # (N, W)
        seen = (weights[:, :, None] * state.memory).sum(dim=1)  # (N, units)
        given = torch.cat([self.embedding(tokens), seen], dim=1)
        hidden = self.cell(self.dropout(given), state.hidden)
        logits = self.tokens(self.dropout(torch.cat([hidden, seen], dim=1)))
        return logits, weights, DecoderState(hidden, state.cell, state.memory)


Decoder = LSTMDecoder | AttentionDecoder


class TokenHead(nn.Module):
    """A decoder and, beside it, the classifier of feature columns that `heads` knows, too."""

    def __init__(self, decoder: Decoder, columns: ColumnClassifier | None) -> None:
        """Put a decoder and, where there is one, a classifier of columns together."""
        super().__init__()
        self.decoder, self.columns = decoder, columns

    def forward(self, features: Tensor, tokens: Tensor) -> TokenLogits:
        """Return logits after each of the true tokens (N, T), the start included.

        Teacher forcing (Williams and Zipser 1989): training sees the truth so far, where reading
        sees its own answers. Features are (N, C, H, W), tokens int64.
        """
        state = self.decoder.begin(features)
        logits, attention = [], []
        for given in tokens.unbind(dim=1):
            scores, weights, state = self.decoder.step(given, state)
            logits.append(scores)
            attention += [] if weights is None else [weights]
        columns = None if self.columns is None else self.columns(features)
        weights = torch.stack(attention, dim=1) if attention else None
        return TokenLogits(torch.stack(logits, dim=1), weights, columns)
