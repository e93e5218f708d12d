"""Graphs in int8: a quarter of the size, and two to three times as fast on a CPU."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from svhn_lib.export.graphs import INPUT, quiet

_LAYERS = ("Conv", "Gemm")
_QUANTISED = (*_LAYERS, "Add", "Relu", "MaxPool", "AveragePool", "Resize")


def quantised(graph: ModelProto, batches: Iterator[NDArray[np.uint8]]) -> ModelProto:
    """Return a graph whose layers compute in int8, by ONNX Runtime's static quantisation.

    Weights have a scale for each channel and 7 bits, for with 8 the sums of processors without
    VNNI overflow. Values between layers have the range that the batches take. What comes before the
    first layer (resizing, normalising) stays in float32.

    Args:
        graph: in float32.
        batches: uint8 (N, 3, H, W), pictures such as the graph will see.
    """
    with tempfile.TemporaryDirectory() as folder, quiet():
        path = Path(folder) / "int8.onnx"
        quantize_static(
            graph,
            path,
            _Batches(batches),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(_QUANTISED),
            nodes_to_exclude=_before_layers(graph),
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        return onnx.load(path)


def _before_layers(graph: ModelProto) -> list[str]:
    """Return the names of the nodes that stand before the first layer."""
    names: list[str] = []
    for node in graph.graph.node:
        if node.op_type in _LAYERS:
            return names
        names.append(node.name)
    return names


class _Batches(CalibrationDataReader):
    def __init__(self, batches: Iterator[NDArray[np.uint8]]) -> None:
        self._batches = batches

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        batch = next(self._batches, None)
        return None if batch is None else {INPUT: batch}
