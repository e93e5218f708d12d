"""A network in an ONNX file that `svhn export` wrote: pictures in, arrays of logits or maps out.

A file of any origin is looked at before it is used: whoever opens one gets a network that can read
pictures, or one line that names the file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from svhn_lib import settings
from svhn_lib.data.cutting.crops import CropSettings
from svhn_lib.models.config import ModelConfig, PlaceConfig
from svhn_lib.models.config_json import config_from_json
from svhn_lib.models.figures import checked_figures, crop_of, temperature_of
from svhn_lib.models.outputs import Logits, Maps
from svhn_lib.models.shipped import weights_file
from svhn_lib.runtime.choice import ONNX

_INPUT = "pictures"
_BATCH = 64
_ERROR = 3  # severity from which on ONNX Runtime writes to standard error by itself


class OnnxNet:
    """A network that ONNX Runtime runs on the CPU.

    It travels to other processes of this machine as the path of its file, which each opens anew.

    Attributes:
        config: what the network was made from.
        figures: what is known about its weights.
        precision: 'float32' or 'int8'.
        weights_sha256: of the `*.safetensors` file that it was made from.

    Example:
        >>> net = load_onnx("compact")
        >>> net.logits(np.zeros((2, 3, 64, 64), np.uint8)).digits.shape
        (2, 5, 11)
    """

    def __init__(self, path: str | Path) -> None:
        """Open an ONNX file.

        Raises:
            OSError: the file is not there, or must not be read.
            ValueError: the file is damaged or not one of ours.
        """
        self._path = Path(path).absolute()
        content = Path(path).read_bytes()
        try:
            self._session = _opened(content)
            said = self._session.get_modelmeta().custom_metadata_map
            if "config" not in said:
                raise ValueError("it holds no config")
            self.config: ModelConfig = config_from_json(said["config"])
            self.figures: dict[str, Any] = checked_figures(said.get("figures", "{}"))
            self.precision = said.get("precision", "float32")
            self.weights_sha256 = said.get("weights_sha256", "")
            self._outputs = [value.name for value in self._session.get_outputs()]
            self._check()
        except (ValueError, json.JSONDecodeError) as error:
            reason = str(error).splitlines()[0][:240]
            raise ValueError(
                f"{path}: not an ONNX file written by svhn_lib, or damaged ({reason}); "
                "copy the file again, or write it with svhn export"
            ) from error

    def __reduce__(self) -> tuple[type[OnnxNet], tuple[Path]]:
        return type(self), (self._path,)

    @property
    def finds(self) -> bool:
        """Whether it says where numbers are, and reads none."""
        return isinstance(self.config.head, PlaceConfig)

    @property
    def temperature(self) -> float:
        """What logits are divided by before a softmax; 1 where it was not fitted to the net."""
        return temperature_of(self.figures)

    @property
    def crop(self) -> CropSettings:
        """How numbers are cut for this net to read them best, see `figures.crop_of`."""
        return crop_of(self.figures, self.config.size)

    def logits(self, pictures: NDArray[np.uint8]) -> Logits:
        """Return the logits of N pictures, float32 arrays.

        Args:
            pictures: uint8 (N, 3, H, W) or (N, 1, H, W), N at least 1.
        """
        coloured = np.broadcast_to(pictures, (len(pictures), 3, *pictures.shape[2:]))
        # Classes of the columns serve training only, and boxes are not asked for here.
        names = [name for name in ("length", "digits") if name in self._outputs]
        parts = [
            self._session.run(names, {_INPUT: np.ascontiguousarray(coloured[start:end])})
            for start, end in _batches(len(coloured))
        ]
        joined = [np.concatenate(field) for field in zip(*parts, strict=True)]
        return Logits(joined[0] if len(names) == 2 else None, joined[-1])

    def maps(self, canvas: NDArray[np.uint8]) -> Maps:
        """Return the maps of one canvas, float32 arrays.

        Args:
            canvas: RGB, uint8 (H, W, 3), H and W multiples of 16.
        """
        picture = np.ascontiguousarray(canvas.transpose(2, 0, 1)[None])
        return Maps(*self._session.run(list(Maps._fields), {_INPUT: picture}))

    def _check(self) -> None:
        """Raise ValueError where a graph does not take or give what its config says."""
        (entry,) = self._session.get_inputs() or [None]
        if entry is None or entry.name != _INPUT or entry.type != "tensor(uint8)":
            raise ValueError(f"its input is not {_INPUT!r} of uint8")
        wanted = set(Maps._fields) if self.finds else {"digits"}
        if missing := sorted(wanted - {*self._outputs}):
            raise ValueError(f"it gives no {missing[0]}")


def load_onnx(name_or_path: str | Path) -> OnnxNet:
    """Return a network: shipped by name, or from an .onnx file.

    Raises:
        FileNotFoundError: neither shipped weights nor a file are called so.
        OSError: the file must not be read.
        ValueError: the file is damaged or not one of ours.

    Example:
        >>> load_onnx("compact").config.size
        (64, 64)
    """
    return OnnxNet(weights_file(name_or_path, ONNX))


def _opened(content: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _ERROR
    options.intra_op_num_threads = settings.threads()  # 0: as many as there are cores
    # Threads that wait in a busy loop stand in their own way on a busy machine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its exceptions have no common class but this one
        raise ValueError(str(error).splitlines()[0]) from error


def _batches(count: int) -> list[tuple[int, int]]:
    return [(start, min(start + _BATCH, count)) for start in range(0, count, _BATCH)]
