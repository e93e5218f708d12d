"""A network made from its config: pictures in, logits out, everything between as data.

Greying, resizing and normalising happen in here, so that training, evaluation and reading cannot
disagree about them. Which configs have names is written in `architectures`; `weights` keeps
networks in files.
"""

from typing import Any, TypedDict

import torch
from torch import Tensor, nn

from svhn_lib.data.cutting.crops import GREY_WEIGHTS, CropSettings
from svhn_lib.models.backbones import build_backbone, output_size
from svhn_lib.models.boxes import RegressedBox, VotedBox
from svhn_lib.models.config import (
    BoxConfig,
    BoxHeadConfig,
    GRUConfig,
    LSTMConfig,
    ModelConfig,
    ParallelConfig,
    PlaceConfig,
)
from svhn_lib.models.decoders import AttentionDecoder, LSTMDecoder, TokenHead, TokenLogits
from svhn_lib.models.figures import crop_of, temperature_of
from svhn_lib.models.heads import ColumnClassifier, ParallelHead, RecurrentHead
from svhn_lib.models.outputs import Logits, Maps
from svhn_lib.models.places import PlaceHead, Taps


class NumberNet(nn.Module):
    """A picture-to-logits network made from its config; greying, resizing, normalising inside.

    Pictures are uint8, or float of 0-255, of shape (N, 3, H, W) or grey (N, 1, H, W), any H and W:
    a net for colour sees grey ones as three equal channels. Gives `Logits`, or `TokenLogits` where
    the config has a decoder.

    Attributes:
        config: what it was made from.
        figures: what is known about its weights, JSON-able; it travels in their file.

    Example:
        >>> from svhn_lib.models import MODELS
        >>> net = NumberNet(MODELS["marek2017-softmax"])
        >>> net(torch.zeros(4, 1, 28, 28, dtype=torch.uint8)).digits.shape
        torch.Size([4, 1, 10])
    """

    resizes = True  # pictures to the size of its config

    def __init__(self, config: ModelConfig) -> None:
        """Make the layers, their weights drawn from PyTorch's global generator.

        Raises:
            ValueError: the pictures are too small for the backbone.
        """
        super().__init__()
        self.config = config
        self.figures: dict[str, Any] = {}
        self._seen_floats = False
        channels = 1 if config.grey else 3
        self.backbone, self.head = self._layers(channels)
        self.box: nn.Module | None = None
        if config.box is not None:
            self.box = _box_head(config.box, self._feature_shape(channels), config.size)
        # Channels beside each other in memory: 5 to 60 % faster convolutions on CPUs too.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def _layers(self, channels: int) -> tuple[nn.Sequential, nn.Module]:
        """Return backbone and head for pictures of so many channels."""
        backbone = build_backbone(self.config.backbone, channels)
        return backbone, _head(self.config, self._feature_shape(channels))

    def _feature_shape(self, channels: int) -> tuple[int, int, int]:
        try:
            height, width = output_size(self.config.backbone, *self.config.size)
        except ValueError as error:
            raise ValueError(f"{self.config.name}: {error}") from error
        rows = self.config.backbone
        return rows[-1].channels if rows else channels, height, width

    @property
    def temperature(self) -> float:
        """What logits are divided by before a softmax; 1 where it was not fitted to the net."""
        return temperature_of(self.figures)

    @property
    def crop(self) -> CropSettings:
        """How numbers are cut for this net to read them best, see `figures.crop_of`."""
        return crop_of(self.figures, self.config.size)

    def normalise(self, pictures: Tensor) -> Tensor:
        """Bring pictures of 0-255 to the net's own size, channels and range, float32.

        Raises:
            TypeError: they are neither uint8 nor float.
            ValueError: they are of another shape, or floats that are not of 0-255. In training
                only the first batch of floats is looked at: on a GPU looking takes time.
        """
        _check_shape(pictures)
        if pictures.is_floating_point() and not torch.compiler.is_compiling():
            if not (self.training and self._seen_floats):
                _check_range(pictures)
            self._seen_floats = True
        x = pictures.expand(-1, 3, -1, -1).float()
        if self.resizes and x.shape[-2:] != self.config.size:
            x = nn.functional.interpolate(x, self.config.size, mode="bilinear", antialias=True)
        return self.standardise(x)

    def standardise(self, x: Tensor) -> Tensor:
        """Bring pictures of the net's own size, float32 (N, 3, h, w) of 0-255, to its range.

        Grey, (N, 1, h, w), where the net sees no colour. What is given may be written over.
        """
        if self.config.grey:
            x = (x * x.new_tensor(GREY_WEIGHTS)[:, None, None]).sum(dim=1, keepdim=True)
        if self.config.normalise == "half":
            x = x / 127.5
            return x.sub_(1)  # in place: photos are large
        mean = x.mean(dim=(1, 2, 3), keepdim=True)
        if self.config.normalise == "mean":
            return (x - mean) / 127.5
        deviation = x.std(dim=(1, 2, 3), keepdim=True)
        return (x - mean) / (deviation + 1.0)  # 1 of 255: a blank wall must not explode

    def features(self, pictures: Tensor) -> Tensor:
        """Return what the head looks at, float32 (N, C, h, w); errors are those of `normalise`."""
        found: Tensor = self.backbone(self.normalise(pictures))
        return found

    def forward(self, pictures: Tensor, tokens: Tensor | None = None) -> Logits | TokenLogits:
        """Return the logits of N pictures; errors are those of `normalise`.

        Args:
            pictures: as the class describes them.
            tokens: int64 (N, T), what a decoder is given, the start included; None for nets with
                a head for each digit.
        """
        features = self.features(pictures)
        answer: Logits | TokenLogits = (
            self.head(features) if tokens is None else self.head(features, tokens)
        )
        if self.box is None:
            return answer
        assert isinstance(answer, Logits)  # as the config was checked
        height, width = self.config.size
        across, down = pictures.shape[-1] / width, pictures.shape[-2] / height
        box = self.box(features).float()
        return answer._replace(box=box * box.new_tensor([across, down, across, down]))

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return next(self.parameters()).device


class PlaceNet(NumberNet):
    """A network that says where numbers are in pictures of any size, at the size that they have.

    Pictures are those of `NumberNet`; heights and widths are best multiples of the backbone's
    stride. Gives `Maps`. `detection.Localiser` makes places of them.

    Example:
        >>> from svhn_lib.models import MODELS
        >>> net = PlaceNet(MODELS["localiser"])
        >>> net(torch.zeros(1, 3, 96, 64, dtype=torch.uint8)).score.shape
        torch.Size([1, 24, 16])
    """

    resizes = False

    def _layers(self, channels: int) -> tuple[nn.Sequential, nn.Module]:
        rows, head = self.config.backbone, self.config.head
        assert isinstance(head, PlaceConfig)  # `make_net` looked
        backbone = Taps(build_backbone(rows, channels), rows)
        return backbone, PlaceHead(backbone.widths, head.channels)

    def forward(self, pictures: Tensor, tokens: Tensor | None = None) -> Maps:  # type: ignore[override]
        """Return the maps of N pictures; errors are those of `normalise`."""
        found: Maps = self.head(self.features(pictures))
        return found


def make_net(config: ModelConfig) -> NumberNet:
    """Return the network that a config describes: a `PlaceNet` where it says where numbers are.

    Raises:
        ValueError: its backbone does not suit it.

    Example:
        >>> from svhn_lib.models import MODELS
        >>> type(make_net(MODELS["localiser"])).__name__
        'PlaceNet'
    """
    return PlaceNet(config) if isinstance(config.head, PlaceConfig) else NumberNet(config)


def _check_shape(pictures: Tensor) -> None:
    if not isinstance(pictures, Tensor):
        raise TypeError(f"pictures are a {type(pictures).__name__}: give a tensor")
    if pictures.dtype != torch.uint8 and not pictures.is_floating_point():
        raise TypeError(f"pictures are {pictures.dtype}: give uint8, or floats of 0-255")
    shape = tuple(pictures.shape)
    if len(shape) != 4 or shape[1] not in (1, 3) or 0 in shape[2:]:
        raise ValueError(f"pictures of shape {shape}: give (N, 3, H, W), or grey (N, 1, H, W)")


def _check_range(pictures: Tensor) -> None:
    if pictures.numel() == 0:
        return
    low, high = (float(value) for value in pictures.detach().aminmax())
    blank = low == high  # a black batch has nothing to tell its unit by
    if not (low >= -1 and high <= 256) or (high <= 1 and not blank):
        raise ValueError(
            f"pictures are floats of {low:.3g} to {high:.3g}: give 0-255, as uint8 has them; a net "
            "normalises by itself"
        )


class _Shared(TypedDict):
    max_digits: int
    columns: bool


def _head(config: ModelConfig, features: tuple[int, int, int]) -> nn.Module:
    head, shared = config.head, _Shared(max_digits=config.max_digits, columns=config.columns)
    if isinstance(head, ParallelConfig):
        return ParallelHead(features, **vars(head), **shared)
    if isinstance(head, GRUConfig):
        return RecurrentHead(features, **vars(head), **shared)
    decoder = LSTMDecoder if isinstance(head, LSTMConfig) else AttentionDecoder
    columns = ColumnClassifier(features[0]) if config.columns else None
    return TokenHead(decoder(features, **vars(head)), columns)


def _box_head(
    config: BoxHeadConfig, features: tuple[int, int, int], size: tuple[int, int]
) -> nn.Module:
    if isinstance(config, BoxConfig):
        return RegressedBox(features, size, **vars(config))
    return VotedBox(features, size)
