"""What makes a network but its weights: pictures' size, backbone and head as frozen records.

A head has a record of its own for each kind, with just the fields that this kind uses. `net` makes
networks of them, `config_json` keeps them in weights files.
"""

from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args

from svhn_lib.labels import BLANK, MAX_DIGITS
from svhn_lib.models.blocks import Block
from svhn_lib.models.fields import check_fields

Normalisation = Literal["half", "mean", "picture"]


@dataclass(frozen=True)
class ParallelConfig:
    """A classifier for the length and one for each digit, side by side; see `heads.ParallelHead`.

    Attributes:
        hidden: widths of the fully connected layers before them.
        dropout: after each of these layers.
        squeeze: channels of a 1x1 convolution before these layers, 0 for none.
        lengths: classes of the length head, 0 for no such head.
        classes: of a digit head: 11 with blank, or 10.

    Example:
        >>> ParallelConfig(hidden=(192,), lengths=0)
        ParallelConfig(hidden=(192,), dropout=0.0, squeeze=0, lengths=0, classes=11)
    """

    hidden: tuple[int, ...] = ()
    dropout: float = 0.0
    squeeze: int = 0
    lengths: int = MAX_DIGITS + 2
    classes: int = BLANK + 1

    def __post_init__(self) -> None:
        """Raise ValueError for a value that cannot be."""
        check_fields(self)


@dataclass(frozen=True)
class GRUConfig:
    """A GRU that is unrolled over the digits and sees none of them; see `heads.RecurrentHead`.

    Attributes:
        units: of the GRU.
        hidden: widths of the fully connected layers after each of its steps.
        dropout: after each of these layers.
        classes: of a digit: 11 with blank, or 10.

    Example:
        >>> GRUConfig(units=128)
        GRUConfig(units=128, hidden=(), dropout=0.0, classes=11)
    """

    units: int
    hidden: tuple[int, ...] = ()
    dropout: float = 0.0
    classes: int = BLANK + 1

    def __post_init__(self) -> None:
        """Raise ValueError for a value that cannot be."""
        check_fields(self)


@dataclass(frozen=True)
class LSTMConfig:
    """An LSTM that writes token by token; see `decoders.LSTMDecoder`.

    Attributes:
        units: of the LSTM.
        embedding: size of a token's and of the picture's embedding.
        hidden: widths of the fully connected layers between features and embedding.
        dropout: before and after the LSTM.
        norm: batch norm of the picture's embedding.

    Example:
        >>> LSTMConfig(units=64, embedding=512)
        LSTMConfig(units=64, embedding=512, hidden=(), dropout=0.0, norm=False)
    """

    units: int
    embedding: int
    hidden: tuple[int, ...] = ()
    dropout: float = 0.0
    norm: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for a value that cannot be."""
        check_fields(self)


@dataclass(frozen=True)
class AttentionConfig:
    """A GRU that writes token by token and attends to columns; see `decoders.AttentionDecoder`.

    Attributes:
        units: of the GRU, and size of a column's key.
        embedding: size of a token's embedding.
        dropout: before the GRU and before the classifier.

    Example:
        >>> AttentionConfig(units=128, embedding=32)
        AttentionConfig(units=128, embedding=32, dropout=0.0)
    """

    units: int
    embedding: int
    dropout: float = 0.0

    def __post_init__(self) -> None:
        """Raise ValueError for a value that cannot be."""
        check_fields(self)


@dataclass(frozen=True)
class PlaceConfig:
    """Maps that say where numbers are and how they stand; see `places.PlaceNet`.

    Attributes:
        channels: of the features that all maps are made from.

    Example:
        >>> PlaceConfig(channels=40)
        PlaceConfig(channels=40)
    """

    channels: int

    def __post_init__(self) -> None:
        """Raise ValueError for a value that cannot be."""
        check_fields(self)


@dataclass(frozen=True)
class BoxConfig:
    """Fully connected layers that give the number's box; see `boxes.RegressedBox`.

    Attributes:
        hidden: widths of the layers before the last.
        dropout: after each of these layers.

    Example:
        >>> BoxConfig(hidden=(256,))
        BoxConfig(hidden=(256,), dropout=0.0)
    """

    hidden: tuple[int, ...] = ()
    dropout: float = 0.0

    def __post_init__(self) -> None:
        """Raise ValueError for a value that cannot be."""
        check_fields(self)


@dataclass(frozen=True)
class VotesConfig:
    """A 1x1 convolution with which every place votes for the number's box; see `boxes.VotedBox`.

    Example:
        >>> VotesConfig()
        VotesConfig()
    """


HeadConfig = ParallelConfig | GRUConfig | LSTMConfig | AttentionConfig | PlaceConfig
BoxHeadConfig = BoxConfig | VotesConfig


@dataclass(frozen=True)
class ModelConfig:
    """Everything that makes a model but its weights.

    Attributes:
        name: of the model.
        source: the publication.
        size: height and width of its pictures in pixels.
        backbone: rows of `backbones`, the first nearest to the picture.
        head: what stands on the backbone.
        grey: whether it sees pictures without colour.
        normalise: 'half' brings 0-255 to -1..1; 'mean' brings a picture's mean to 0; 'picture' its
            standard deviation to 1, too.
        max_digits: the most digits of a number.
        columns: whether a classifier says which digit stands in each feature column.
        box: what gives the box of the whole number; None for nets that are shown the number alone.

    Raises:
        ValueError: a field has a value that cannot be.

    Example:
        >>> from svhn_lib.models.blocks import Conv
        >>> config = ModelConfig("tiny", "an example", (32, 32), (Conv(8, stride=4),))
        >>> config.changed(grey=True, hidden=(16,)).head
        ParallelConfig(hidden=(16,), dropout=0.0, squeeze=0, lengths=7, classes=11)
    """

    name: str
    source: str
    size: tuple[int, int]
    backbone: tuple[Block, ...]
    head: HeadConfig = ParallelConfig()
    grey: bool = False
    normalise: Normalisation = "half"
    max_digits: int = MAX_DIGITS
    columns: bool = False
    box: BoxHeadConfig | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for a value that cannot be."""
        check_fields(self)
        rows = self.backbone
        if not isinstance(rows, tuple) or not all(isinstance(row, Block) for row in rows):
            raise ValueError(f"{self.name}: the backbone is no tuple of rows, such as Conv(32)")
        _check_head(self.name, self.head)
        if not isinstance(self.box, BoxHeadConfig | None):
            raise ValueError(f"{self.name}: the box is no record, such as BoxConfig(), or None")
        if self.box is not None and not isinstance(self.head, ParallelConfig | GRUConfig):
            raise ValueError(
                f"{self.name}: a {type(self.head).__name__} cannot have a box beside it"
            )
        if self.normalise not in get_args(Normalisation):
            raise ValueError(
                f"{self.name}: normalise is {self.normalise!r}: give 'half', 'mean' or 'picture'"
            )

    @property
    def autoregressive(self) -> bool:
        """Whether it writes token by token, each after the ones before."""
        return isinstance(self.head, LSTMConfig | AttentionConfig)

    @property
    def has_length(self) -> bool:
        """Whether it has a length head."""
        return isinstance(self.head, ParallelConfig) and self.head.lengths > 0

    @property
    def has_blank(self) -> bool:
        """Whether its digit heads have a class for 'no digit here'."""
        return isinstance(self.head, ParallelConfig | GRUConfig) and self.head.classes > BLANK

    def changed(self, **changes: Any) -> "ModelConfig":
        """Return a config with other values for fields of its own, or of its head.

        Raises:
            ValueError: neither has such a field, or the value cannot be.
        """
        head = changes.pop("head", self.head)
        _check_head(self.name, head)
        own, of_head = ({field.name for field in fields(part)} for part in (self, head))
        for name in sorted(changes.keys() - own - of_head):
            raise ValueError(
                f"{self.name} has no {name!r}: it has {', '.join(sorted(own))}, and its "
                f"{type(head).__name__} has {', '.join(sorted(of_head))}"
            )
        inner = {name: changes.pop(name) for name in of_head & changes.keys()}
        return replace(self, head=replace(head, **inner), **changes)


def _check_head(name: str, head: Any) -> None:
    if not isinstance(head, HeadConfig):
        raise ValueError(f"{name}: the head is no record, such as ParallelConfig()")
