"""A network made from its config: pictures in, logits out, everything between as data.

Greying, resizing and normalising happen in here, so that training, evaluation and reading cannot
disagree about them. Which configs have names, and how weights are kept, is `zoo`'s affair.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from svhn_lib.labels import MAX_DIGITS
from svhn_lib.models.backbones import Block, build
from svhn_lib.models.decoders import (
    AttentionDecoder,
    Decoder,
    LSTMDecoder,
    TokenHead,
    TokenLogits,
)
from svhn_lib.models.heads import ColumnClassifier, Logits, ParallelHead, RecurrentHead

_GREY = (0.2989, 0.5870, 0.1140)


@dataclass(frozen=True)
class ModelConfig:
    """Everything that makes a model but its weights."""

    name: str
    source: str  # the publication
    size: tuple[int, int]  # height and width of its pictures in pixels
    backbone: tuple[Block, ...]
    grey: bool = False
    normalise: str = "half"  # 0-255 to -1..1; 'mean': its mean to 0; 'picture': deviation to 1 too
    squeeze: int = 0  # channels of a 1x1 convolution before the fully connected layers, 0 for none
    hidden: tuple[int, ...] = ()  # widths of the fully connected layers
    dropout: float = 0.0  # after each of them
    max_digits: int = MAX_DIGITS
    lengths: int = MAX_DIGITS + 2  # classes of the length head, 0 for no such head
    classes: int = 11  # classes of a digit head
    columns: bool = False  # a head that says which digit stands in each feature column
    recurrent: int = 0  # units of a GRU before the digit heads, its only ones; 0 for none
    decoder: str = ""  # 'lstm' or 'attention': tokens one after another in place of digit heads
    embedding: int = 0  # size of a token's embedding
    embedding_norm: bool = False  # batch norm of the picture's embedding, which an LSTM begins with
    units: int = 0  # of the decoder

    def __post_init__(self) -> None:
        """Raise ValueError where a recurrent net has layers that only parallel heads have."""
        if self.recurrent and any((self.squeeze, self.lengths)):
            raise ValueError(
                f"{self.name}: a recurrent head has no squeeze and no lengths; set them to 0"
            )
        if self.decoder not in ("", "lstm", "attention"):
            raise ValueError(f"{self.name}: decoder {self.decoder!r} is not 'lstm' or 'attention'")
        if self.embedding_norm and self.decoder != "lstm":
            raise ValueError(f"{self.name}: only the 'lstm' decoder embeds the picture to norm it")
        if self.decoder and any((self.squeeze, self.lengths, self.recurrent)):
            raise ValueError(
                f"{self.name}: a decoder has no squeeze, lengths or recurrent; set them to 0"
            )


class NumberNet(nn.Module):
    """A picture-to-logits network made from its config; greying, resizing, normalising inside.

    Pictures are uint8, or float of 0-255, of shape (N, 3, H, W) or grey (N, 1, H, W), any H and W:
    a net for colour sees grey ones as three equal channels. Gives `Logits`, or `TokenLogits` where
    the config has a decoder.

    Attributes:
        config: what it was made from.
        figures: what is known about its weights, JSON-able; it travels in their file.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.figures: dict[str, Any] = {}
        self._seen_floats = False
        channels = 1 if config.grey else 3
        self.backbone = build(config.backbone, channels)
        self.head = _head(config, self._feature_shape(channels))
        # Channels beside each other in memory: 5 to 60 % faster convolutions on CPUs too.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def _feature_shape(self, channels: int) -> tuple[int, int, int]:
        with torch.device("meta"):
            probe = build(self.config.backbone, channels)(
                torch.empty(1, channels, *self.config.size)
            )
        return probe.shape[1], probe.shape[2], probe.shape[3]

    @property
    def temperature(self) -> float:
        """What logits are divided by before a softmax; 1 where it was not fitted to the net."""
        return float(self.figures.get("temperature", 1.0))

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
        if x.shape[-2:] != self.config.size:
            x = nn.functional.interpolate(x, self.config.size, mode="bilinear", antialias=True)
        if self.config.grey:
            x = (x * x.new_tensor(_GREY)[:, None, None]).sum(dim=1, keepdim=True)
        if self.config.normalise == "half":
            return x / 127.5 - 1
        mean = x.mean(dim=(1, 2, 3), keepdim=True)
        if self.config.normalise == "mean":
            return (x - mean) / 127.5
        deviation = x.std(dim=(1, 2, 3), keepdim=True)
        return (x - mean) / (deviation + 1.0)  # 1 of 255: a blank wall must not explode

    def features(self, pictures: Tensor) -> Tensor:
        """What the head looks at, float32 (N, C, h, w)."""
        found: Tensor = self.backbone(self.normalise(pictures))
        return found

    def forward(self, pictures: Tensor, tokens: Tensor | None = None) -> Logits | TokenLogits:
        """Logits of a picture; a decoder also needs the tokens to answer, int64 (N, T)."""
        features = self.features(pictures)
        answer: Logits | TokenLogits = (
            self.head(features) if tokens is None else self.head(features, tokens)
        )
        return answer

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device


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


def _decoder(config: ModelConfig, features: tuple[int, int, int]) -> Decoder:
    sizes = {"embedding": config.embedding, "units": config.units}
    if config.decoder == "attention":
        return AttentionDecoder(features, **sizes, dropout=config.dropout)
    return LSTMDecoder(
        features,
        **sizes,
        hidden=config.hidden,
        dropout=config.dropout,
        norm=config.embedding_norm,
    )


def _head(config: ModelConfig, features: tuple[int, int, int]) -> nn.Module:
    if config.decoder:
        columns = ColumnClassifier(features[0], config.classes) if config.columns else None
        return TokenHead(_decoder(config, features), columns)
    if config.recurrent:
        return RecurrentHead(
            features,
            units=config.recurrent,
            hidden=config.hidden,
            dropout=config.dropout,
            max_digits=config.max_digits,
            classes=config.classes,
            columns=config.columns,
        )
    return ParallelHead(
        features,
        squeeze=config.squeeze,
        hidden=config.hidden,
        dropout=config.dropout,
        max_digits=config.max_digits,
        lengths=config.lengths,
        classes=config.classes,
        columns=config.columns,
    )


def parameter_count(model: nn.Module) -> int:
    """Trainable parameters."""
    return sum(weight.numel() for weight in model.parameters() if weight.requires_grad)


def multiply_adds(model: NumberNet) -> int:
    """Multiplications with addition (MAC) for one picture, of all layers that have weights.

    Of a decoder, as if it wrote one number of `max_digits` digits.
    """
    total = 0

    def count(layer: nn.Module, _: Any, output: Any) -> None:
        nonlocal total
        weights = sum(weight.numel() for weight in layer.parameters() if weight.dim() > 1)
        places = output[0, 0].numel() if isinstance(layer, nn.Conv1d | nn.Conv2d) else 1
        steps = output[0].shape[1] if isinstance(layer, nn.GRU) else 1  # (states, last state)
        if layer in each_column:
            steps = output.shape[1]
        total += weights * places * steps

    counted = nn.Conv1d | nn.Conv2d | nn.Linear | nn.GRU | nn.GRUCell | nn.LSTMCell
    each_column = [
        layer
        for decoder in model.modules()
        if isinstance(decoder, AttentionDecoder)
        for layer in (decoder.column, decoder.score)
    ]
    tokens = torch.zeros(1, model.config.max_digits + 1, dtype=torch.int64, device=model.device)
    layers = [module for module in model.modules() if isinstance(module, counted)]
    hooks = [layer.register_forward_hook(count) for layer in layers]
    was_training = model.training
    try:
        model.eval()
        with torch.no_grad():
            picture = torch.zeros(1, 3, *model.config.size, dtype=torch.uint8, device=model.device)
            model(picture, tokens if model.config.decoder else None)
    finally:
        model.train(was_training)
        for hook in hooks:
            hook.remove()
    return total
