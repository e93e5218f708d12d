"""Every named model of the course: its architecture as data, made, saved and loaded by name.

Training, decoding and reading only need `create`, `load` and the `Reader` class of nets here;
which layers a name stands for is decided in `MODELS` and nowhere else.
"""

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from svhn_lib.labels import MAX_DIGITS
from svhn_lib.models.backbones import Block, Conv, Residual, build
from svhn_lib.models.heads import Logits, ParallelHead

_SHIPPED = Path(__file__).parent.parent / "weights"
_GREY = (0.2989, 0.5870, 0.1140)
_KINDS: dict[str, type[Block]] = {"conv": Conv, "residual": Residual}


@dataclass(frozen=True)
class ModelConfig:
    """Everything that makes a model but its weights."""

    name: str
    source: str  # the publication
    size: tuple[int, int]  # height and width of its pictures in pixels
    backbone: tuple[Block, ...]
    grey: bool = False
    normalise: str = "half"  # 'half': 0-255 to -1..1; 'picture': mean 0 and deviation 1 each
    squeeze: int = 0  # channels of a 1x1 convolution before the fully connected layers, 0 for none
    hidden: tuple[int, ...] = ()  # widths of the fully connected layers
    dropout: float = 0.0  # after each of them
    max_digits: int = MAX_DIGITS
    lengths: int = MAX_DIGITS + 2  # classes of the length head, 0 for no such head
    classes: int = 11  # classes of a digit head
    columns: bool = False  # a head that says which digit stands in each feature column


def _pooled(channels: int, stride: int) -> Conv:
    return Conv(channels, kernel=5, pool=stride, pool_padding=1, dropout=0.2)


MODELS = {
    config.name: config
    for config in (
        ModelConfig(
            name="goodfellow2014",
            source="Goodfellow et al. 2014, as re-implemented in PyTorch at 54x54 pixels",
            size=(54, 54),
            backbone=tuple(
                _pooled(channels, 2 - index % 2)
                for index, channels in enumerate((48, 64, 128, 160, 192, 192, 192, 192))
            ),
            hidden=(3072, 3072),
        ),
        ModelConfig(
            name="compact",
            source="svhn_lib",
            size=(64, 64),
            normalise="picture",
            backbone=(
                Conv(32, kernel=5, stride=2, bias=False),
                Conv(32, bias=False),
                Residual(80, stride=2),
                Residual(80),
                Residual(160, stride=2),
                Residual(160),
            ),
            squeeze=64,
            hidden=(192,),
            dropout=0.1,
            columns=True,
        ),
    )
}


class NumberNet(nn.Module):
    """A picture-to-logits network made from its config; greying, resizing, normalising inside.

    Shape: pictures uint8 (or float of 0-255) (N, 3, H, W), any H and W; gives `Logits`.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.figures: dict[str, Any] = {}
        channels = 1 if config.grey else 3
        self.backbone = build(config.backbone, channels)
        self.head = ParallelHead(
            self._feature_shape(channels),
            squeeze=config.squeeze,
            hidden=config.hidden,
            dropout=config.dropout,
            max_digits=config.max_digits,
            lengths=config.lengths,
            classes=config.classes,
            columns=config.columns,
        )

    def _feature_shape(self, channels: int) -> tuple[int, int, int]:
        with torch.device("meta"):
            probe = build(self.config.backbone, channels)(torch.empty(1, channels, *self.config.size))
        return probe.shape[1], probe.shape[2], probe.shape[3]

    def normalise(self, pictures: Tensor) -> Tensor:
        """Pictures of 0-255 to the net's own size, channels and range, float32."""
        x = pictures.float()
        if x.shape[-2:] != self.config.size:
            x = nn.functional.interpolate(x, self.config.size, mode="bilinear", antialias=True)
        if self.config.grey:
            x = (x * x.new_tensor(_GREY)[:, None, None]).sum(dim=1, keepdim=True)
        if self.config.normalise == "picture":
            mean = x.mean(dim=(1, 2, 3), keepdim=True)
            deviation = x.std(dim=(1, 2, 3), keepdim=True)
            return (x - mean) / (deviation + 1.0)  # 1 of 255: a blank wall must not explode
        return x / 127.5 - 1

    def forward(self, pictures: Tensor) -> Logits:
        logits: Logits = self.head(self.backbone(self.normalise(pictures)))
        return logits

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device


def create(name: str, **changes: Any) -> NumberNet:
    """A fresh network by name, its weights drawn from torch's global generator.

    Args:
        changes: fields of its config to replace.

    Raises:
        ValueError: there is no such model.
    """
    if name not in MODELS:
        raise ValueError(f"no model is called {name!r}: there are {', '.join(sorted(MODELS))}")
    return NumberNet(replace(MODELS[name], **changes)).to(memory_format=torch.channels_last)


def save(model: NumberNet, path: Path, figures: dict[str, Any] | None = None) -> None:
    """Writes weights with config and figures as one safetensors file, beside and renamed."""
    path = Path(path)
    config = asdict(model.config)
    config["backbone"] = [
        {"kind": kind, **asdict(row)}
        for row in model.config.backbone
        for kind, record in _KINDS.items()
        if isinstance(row, record)
    ]
    metadata = {"config": json.dumps(config), "figures": json.dumps(figures or model.figures)}
    tensors = {name: value.contiguous() for name, value in model.state_dict().items()}
    scratch = path.with_name(f".{path.name}.part")
    save_file(tensors, scratch, metadata)
    os.replace(scratch, path)


def load(name_or_path: str | Path) -> NumberNet:
    """A trained network, in evaluation mode: shipped weights by name, or a `*.safetensors` file.

    Only tensors and JSON are read: no code in the file can run.

    Raises:
        FileNotFoundError: neither shipped weights nor a file are called so.
        ValueError: the file is damaged or not one of ours.
    """
    path = Path(name_or_path)
    shipped = _SHIPPED / f"{name_or_path}.safetensors"
    if str(name_or_path) in MODELS and shipped.is_file():
        path = shipped
    elif not path.is_file():
        names = ", ".join(sorted(file.stem for file in _SHIPPED.glob("*.safetensors")))
        raise FileNotFoundError(
            f"{path}: no such weights; name a .safetensors file of a run, or one of: {names}"
        )
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        model = NumberNet(_config_from_json(metadata["config"]))
        model.load_state_dict(tensors)
    except (SafetensorError, KeyError, TypeError, RuntimeError, json.JSONDecodeError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"{path}: not weights written by svhn_lib, or damaged ({reason}); copy it again or retrain"
        ) from error
    model.figures = json.loads(metadata.get("figures", "{}"))
    return model.to(memory_format=torch.channels_last).eval()


def _config_from_json(text: str) -> ModelConfig:
    fields = json.loads(text)
    rows = [dict(row) for row in fields.pop("backbone")]
    fields["backbone"] = tuple(_KINDS[row.pop("kind")](**row) for row in rows)
    fields["size"], fields["hidden"] = tuple(fields["size"]), tuple(fields["hidden"])
    return ModelConfig(**fields)


def parameter_count(model: nn.Module) -> int:
    """Trainable parameters."""
    return sum(weight.numel() for weight in model.parameters() if weight.requires_grad)


def multiply_adds(model: NumberNet) -> int:
    """Multiplications with addition (MAC) of convolutions and linear layers for one picture."""
    total = 0

    def count(layer: nn.Module, _: Any, output: Tensor) -> None:
        nonlocal total
        weights = layer.weight.numel()  # type: ignore[union-attr,operator]
        places = output[0, 0].numel() if isinstance(layer, nn.Conv1d | nn.Conv2d) else 1
        total += weights * places

    layers = [m for m in model.modules() if isinstance(m, nn.Conv1d | nn.Conv2d | nn.Linear)]
    hooks = [layer.register_forward_hook(count) for layer in layers]
    was_training = model.training
    try:
        model.eval()
        with torch.no_grad():
            model(torch.zeros(1, 3, *model.config.size, dtype=torch.uint8, device=model.device))
    finally:
        model.train(was_training)
        for hook in hooks:
            hook.remove()
    return total
