"""Every named model of the course, made, saved and loaded by name.

Which layers a name stands for is written in `architectures`; how a config becomes a network, in
`net`; how weights are kept, in `weights`.
"""

from pathlib import Path
from typing import Any

from svhn_lib.models.architectures import MODELS
from svhn_lib.models.complexity import multiply_adds, parameter_count
from svhn_lib.models.config import ModelConfig
from svhn_lib.models.net import NumberNet, make_net
from svhn_lib.models.shipped import weights_file
from svhn_lib.models.weights import read_weights, write_weights

__all__ = [
    "MODELS",
    "ModelConfig",
    "NumberNet",
    "create_model",
    "list_models",
    "load_model",
    "multiply_adds",
    "parameter_count",
    "save_model",
]


def create_model(name: str, **changes: Any) -> NumberNet:
    """Return a fresh network by name, its weights drawn from PyTorch's global generator.

    Args:
        name: one of `list_models()`.
        changes: other values for fields of its `ModelConfig`, or of the record of its head: for
            'compact' also those of `ParallelConfig`. Another head is `head=GRUConfig(units=128)`.

    Raises:
        ValueError: there is no such model, or no such field, or its value cannot be.

    Example:
        >>> net = create_model("compact", size=(32, 32), hidden=(48,))
        >>> net.config.size, net.config.head.hidden
        ((32, 32), (48,))
    """
    if name not in MODELS:
        raise ValueError(f"no model is called {name!r}: there are {', '.join(sorted(MODELS))}")
    return make_net(MODELS[name].changed(**changes))


def list_models() -> tuple[str, ...]:
    """Return the names of all networks that `create_model` knows, in the order of `MODELS`.

    Example:
        >>> "compact" in list_models()
        True
    """
    return tuple(MODELS)


def save_model(model: NumberNet, path: str | Path, figures: dict[str, Any] | None = None) -> None:
    """Write weights with config and figures as one safetensors file, whole or not at all.

    Args:
        model: the network.
        path: of the file; weights that lie there are replaced.
        figures: what is known about the weights, JSON-able; `model.figures` by default. A
            'temperature' among them is what probabilities are computed with.

    Raises:
        FileExistsError: `path` is a folder, or a file of another kind.
        OSError: it cannot be written.
        ValueError: the temperature cannot be.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "tiny.safetensors"
        >>> save_model(create_model("marek2017-softmax"), path, {"temperature": 1.5})
        >>> load_model(path).temperature
        1.5
    """
    write_weights(model, Path(path), model.figures if figures is None else figures)


def load_model(name_or_path: str | Path) -> NumberNet:
    """Return a trained network in evaluation mode: shipped by name, or from a safetensors file.

    Only tensors and JSON are read: no code in the file can run.

    Raises:
        FileNotFoundError: neither shipped weights nor a file are called so.
        ValueError: the file is damaged or not one of ours.

    Example:
        >>> load_model("compact").config.size
        (64, 64)
    """
    return read_weights(weights_file(name_or_path))
