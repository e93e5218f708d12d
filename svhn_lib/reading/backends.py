"""The network behind a reader, of PyTorch or of ONNX Runtime: pictures in, arrays or answers out.

What becomes of the arrays is the same for both: `decoding`. Decoders, which are asked after each
token, run in PyTorch alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Union

import numpy as np
from numpy.typing import NDArray

from svhn_lib.models.config import PlaceConfig
from svhn_lib.models.outputs import Logits
from svhn_lib.reading.arrays import mean_over_views
from svhn_lib.reading.decoding import answers_of
from svhn_lib.reading.record import Answer
from svhn_lib.runtime.choice import Backend, backend_for
from svhn_lib.runtime.onnx_net import OnnxNet, load_onnx

if TYPE_CHECKING:
    import torch

    from svhn_lib.models.net import NumberNet

Net = Union["NumberNet", OnnxNet]


def load_net(
    model: str | Path, device: str | torch.device | None = None, backend: Backend | None = None
) -> Net:
    """Return the network that reads, for `logits_by` and `answers_by`.

    Args:
        model: name of shipped weights, or a `*.safetensors` or `*.onnx` file.
        device: as PyTorch names it; None for whatever there is.
        backend: 'torch' or 'onnx'; None to choose, see `svhn_lib.runtime.backend_for`.

    Raises:
        FileNotFoundError: neither shipped weights nor a file are called so.
        ValueError: the file is damaged or not one of ours, its net reads no numbers, or there is no
            such device or runtime.

    Example:
        >>> load_net("compact", backend="onnx").config.name
        'compact'
    """
    net: Net
    if backend_for(model, device, backend) == "onnx":
        net = load_onnx(model)
    else:
        from svhn_lib.models import load_model
        from svhn_lib.settings import checked_device

        net = load_model(model).to(checked_device(device))
    if isinstance(net.config.head, PlaceConfig):
        raise ValueError(f"{model}: {net.config.name} finds numbers and reads none")
    return net


def logits_by(net: Net, pictures: NDArray[np.uint8]) -> Logits:
    """Return the logits of numbers by either runtime, float32 arrays.

    Args:
        net: with a head for each digit.
        pictures: uint8 (N, 3, H, W) or (N, 1, H, W), N at least 1; several views of each number,
            (N, V, 3, H, W), are averaged.

    Example:
        >>> black = np.zeros((2, 3, 64, 64), np.uint8)
        >>> logits_by(load_net("compact", backend="onnx"), black).length.shape
        (2, 7)
    """
    views = pictures.shape[1] if pictures.ndim == 5 else 1
    each = pictures.reshape(-1, *pictures.shape[-3:])
    if isinstance(net, OnnxNet):
        return mean_over_views(net.logits(each), views)
    from svhn_lib.reading.inference import predict

    said = predict(net, _tensor(each))
    return mean_over_views(Logits(*(f if f is None else f.numpy() for f in said)), views)


def answers_by(net: Net, pictures: NDArray[np.uint8], count: int) -> list[Answer]:
    """Return the most probable number of each of N pictures, with `count` candidates.

    Args:
        net: of any kind.
        pictures: as for `logits_by`; decoders take one view.
        count: candidates of each number.

    Raises:
        ValueError: there are several views for a decoder.

    Example:
        >>> black = np.zeros((2, 3, 64, 64), np.uint8)
        >>> len(answers_by(load_net("compact", backend="onnx"), black, 3)[0].candidates)
        3
    """
    if isinstance(net, OnnxNet) or not net.config.autoregressive:
        return answers_of(logits_by(net, pictures), count, net.temperature)
    from svhn_lib.reading.answers import answer

    return answer(net, _tensor(pictures), count)


def _tensor(pictures: NDArray[np.uint8]) -> torch.Tensor:
    import torch

    return torch.from_numpy(np.ascontiguousarray(pictures))
