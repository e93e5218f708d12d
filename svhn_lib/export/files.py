"""ONNX files: a network's graph with everything that a runtime has to know, written whole."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from onnx import ModelProto
from onnx.helper import set_model_props

from svhn_lib import __version__
from svhn_lib.export.calibration import calibration_batches
from svhn_lib.export.graphs import IR_VERSION, OPSET, graph_of
from svhn_lib.export.quantised import quantised
from svhn_lib.files import refuse_another_kind, written
from svhn_lib.models.config_json import config_to_json
from svhn_lib.models.net import NumberNet
from svhn_lib.models.shipped import weights_file
from svhn_lib.models.zoo import load_model

_PRODUCER = "svhn_lib"
_BEGINNING = b"\x08\x0a\x12\x08" + _PRODUCER.encode()
"""How our files begin: version 10 of the format, then who made it."""


def export_model(model: str | Path, out: str | Path, int8: bool = False) -> None:
    """Write trained weights as an ONNX file, whole or not at all.

    The file's metadata say its `name`, `precision` and `opset`, and hold the `config`, the
    `figures`, the `temperature` and the `crop` that the weights want as JSON, and the SHA-256 of
    the weights file (`weights_sha256`).

    Args:
        model: name of shipped weights, or a `*.safetensors` file.
        out: the file to write; its folder is made where it is missing, and an ONNX file of ours
            that lies there is replaced.
        int8: quantise it, see `svhn_lib.export.quantised`; pictures are rendered for that, which
            takes about a minute.

    Raises:
        FileExistsError: `out` is a folder, or a file of another kind.
        FileNotFoundError: neither shipped weights nor a file are called so.
        OSError: it cannot be written.
        ValueError: the weights are damaged or not ours, the net writes token by token, or it is
            too small for int8.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:  # never over what is there
        ...     export_model("compact", folder)  # doctest: +IGNORE_EXCEPTION_DETAIL
        Traceback (most recent call last):
        FileExistsError: it is a folder
    """
    refuse_another_kind(out, _BEGINNING)
    path = weights_file(model)
    net = load_model(model)
    graph = graph_of(net)
    if int8:
        graph = quantised(graph, calibration_batches(net))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    describe(graph, net, digest, "int8" if int8 else "float32")
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    with written(out, replaces=_BEGINNING) as scratch:
        scratch.write_bytes(graph.SerializeToString())


def describe(graph: ModelProto, net: NumberNet, digest: str, precision: str = "float32") -> None:
    """Write into a graph's metadata what a runtime has to know of a network.

    Args:
        graph: of the network.
        net: the network.
        digest: SHA-256 of its weights file.
        precision: 'float32' or 'int8'.
    """
    graph.ir_version = IR_VERSION
    graph.producer_name, graph.producer_version = _PRODUCER, __version__
    set_model_props(
        graph,
        {
            "name": net.config.name,
            "config": config_to_json(net.config),
            "figures": json.dumps(net.figures),
            "temperature": json.dumps(net.temperature),
            "crop": json.dumps(asdict(net.crop)),
            "precision": precision,
            "opset": str(OPSET),
            "weights_sha256": digest,
        },
    )
