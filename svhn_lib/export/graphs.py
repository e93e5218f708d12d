"""A network as an ONNX graph: pictures as people have them in, logits or maps out.

Greying, resizing and normalising are in the graph, as they are in the network.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from onnx import ModelProto
from torch import Tensor, nn

from svhn_lib.models.net import NumberNet
from svhn_lib.models.outputs import Logits, Maps

OPSET = 18
"""Version of the ONNX operators that a graph uses; ONNX Runtime knows it from 1.15 on."""
INPUT = "pictures"
IR_VERSION = 10
_UNIT = 16  # pixels: heights and widths for a net that finds numbers are multiples of it


def graph_of(net: NumberNet) -> ModelProto:
    """Return a network as an ONNX graph in float32, which says the same but for rounding.

    Its input is 'pictures', uint8 (N, 3, H, W), of any N, H and W; for a net that finds numbers
    H and W are multiples of 16. Its outputs are named like the fields of `Logits` or `Maps` that
    the net gives.

    Args:
        net: in evaluation mode.

    Raises:
        ValueError: the net writes token by token, which no graph without a loop can.

    Example:
        >>> from svhn_lib import create_model
        >>> graph_of(create_model("compact-lstm"))  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ValueError: compact-lstm writes token by token and is asked again after each: ...
    """
    if net.config.autoregressive:
        raise ValueError(
            f"{net.config.name} writes token by token and is asked again after each: an ONNX graph "
            "answers once; export a net with a head for each digit"
        )
    wrapped = _Exported(net).eval()
    shape = {0: torch.export.Dim("n")}
    for axis, name in ((2, "h"), (3, "w")):
        side = torch.export.Dim(name)
        shape[axis] = side if net.resizes else _UNIT * side
    example = torch.zeros(2, 3, 5 * _UNIT, 6 * _UNIT, dtype=torch.uint8)
    with quiet(), torch.no_grad():
        program = torch.onnx.export(
            wrapped,
            (example,),
            dynamo=True,
            opset_version=OPSET,
            input_names=[INPUT],
            output_names=wrapped.names(example),
            dynamic_shapes={INPUT: shape},
            verbose=False,
        )
    assert program is not None  # as no file was named
    return _stripped(program.model_proto)


class _Exported(nn.Module):
    """A network that gives a tuple of what it has, with resizing as products of matrices.

    ONNX Runtime's own anti-aliased resizing is not what PyTorch's is in every version.
    """

    def __init__(self, net: NumberNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, pictures: Tensor) -> tuple[Tensor, ...]:
        return tuple(field for field in self._answer(pictures) if field is not None)

    def names(self, example: Tensor) -> list[str]:
        """Return the names of what `forward` gives."""
        answer = self._answer(example)
        return [name for name, field in answer._asdict().items() if field is not None]

    def _answer(self, pictures: Tensor) -> Logits | Maps:
        x, net = pictures.float(), self.net
        down, across = x[0, 0, :, 0], x[0, 0, 0]
        height, width = net.config.size
        if net.resizes:
            x = _resizing(down, height) @ x @ _resizing(across, width).T
        features = net.backbone(net.standardise(x))
        answer: Logits | Maps = net.head(features)
        if net.box is None or not isinstance(answer, Logits):
            return answer
        wide, high = _extent(across) / width, _extent(down) / height
        return answer._replace(box=net.box(features) * torch.stack([wide, high, wide, high]))


def _extent(line: Tensor) -> Tensor:
    """Return the length of a line of pixels as a float, which a graph computes anew each time."""
    return torch.ones_like(line).sum()


def _resizing(line: Tensor, wanted: int) -> Tensor:
    """Return float32 (wanted, n): what each new pixel takes of each of a line's n.

    Bilinear with anti-aliasing, as `torch.nn.functional.interpolate` has it: a triangle about the
    new pixel's middle, one old pixel wide to either side, or one new pixel where those are larger.
    """
    scale = _extent(line) / wanted
    places = torch.ones_like(line).cumsum(0) - 0.5
    middles = (torch.arange(wanted, dtype=torch.float32) + 0.5) * scale
    away = (places - middles[:, None]).abs() / scale.clamp(min=1.0)
    weights = torch.relu(1 - away)
    return weights / weights.sum(dim=1, keepdim=True)


def _stripped(model: ModelProto) -> ModelProto:
    """Take away what the exporter notes of files and lines of code."""
    for node in model.graph.node:
        del node.metadata_props[:]
        node.ClearField("doc_string")
    for value in (*model.graph.value_info, *model.graph.input, *model.graph.output):
        del value.metadata_props[:]
    for tensor in model.graph.initializer:
        del tensor.metadata_props[:]
    del model.graph.metadata_props[:], model.metadata_props[:]
    return model


@contextmanager
def quiet() -> Iterator[None]:
    """Keep back what the exporters warn of: packages that are not needed, their own future."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
