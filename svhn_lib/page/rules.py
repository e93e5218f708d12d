"""The rules by which numbers are found and read, as data for the scripts that do it in a browser.

They are the constants of the modules that do it in Python, under their own names, so that the two
cannot drift apart.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import onnx

from svhn_lib import labels
from svhn_lib.data.cutting import crops, pictures, rgb
from svhn_lib.detection import cells, columns, decoding, looking, pyramid, record, rectify
from svhn_lib.detection import localiser as finding
from svhn_lib.models import places as maps
from svhn_lib.reading import inputs, places, stacks, weighing
from svhn_lib.reading import reader as reading

_CONSTANTS: dict[str, tuple[tuple[ModuleType, str], ...]] = {
    "pictures": ((pictures, "MAX_PIXELS"), (inputs, "MOST_PIXELS"), (rgb, "BACKDROP")),
    "pyramid": ((pyramid, "GREY MOST_PIXELS _ALONE _SMALL _UNIT _LEAST _BETWEEN"),),
    "looking": ((looking, "_REACH"),),
    "maps": ((maps, "STRIDE"), (labels, "BLANK")),
    "decoding": (
        (cells, "_MOST_CELLS"),
        (decoding, "LEVEL _MOST_PLACES _DIGITS _RIM _SAME _OTHER _WITHIN _ALIKE"),
        (record, "SLENDER"),
    ),
    "columns": ((columns, "_DIGIT _STACKED _SAME _ROUNDS _STEP"),),
    "localiser": ((finding, "LEAST_CONFIDENCE _LEAST_CONTRAST _LEAST_LOGIT"),),
    "rectify": ((rectify, "_LEVEL _SHARPEST"),),
    "stacks": ((stacks, "_TALL _LEANS _BESIDE _OVER _SEEN _SINGLE _LONGER"),),
    "places": (
        (places, "LEAST_FOUND LEAST_COLUMN GROWTH"),
        (weighing, "USUAL_SHARE LEAST_CERTAINTY GIVEN_ODDS _SAME"),
    ),
    "reader": ((reading, "CANDIDATES"),),
}


@dataclass(frozen=True)
class Net:
    """A trained net as an ONNX file of ours.

    Attributes:
        data: the file.
        config: what the net was made from, as JSON.
        figures: what is known about its weights.
        temperature: what its logits are divided by.
        crop: how a number is cut for it.
    """

    data: bytes
    config: dict[str, Any]
    figures: dict[str, Any]
    temperature: float
    crop: crops.CropSettings


def read_net(path: str | Path) -> Net:
    """Read an ONNX file of `svhn export`."""
    data = Path(path).read_bytes()
    known = {entry.key: entry.value for entry in onnx.load_model_from_string(data).metadata_props}
    return Net(
        data,
        json.loads(known["config"]),
        json.loads(known["figures"]),
        float(known["temperature"]),
        crops.CropSettings.from_dict(json.loads(known["crop"])),
    )


def rules(localiser: Net, reader: Net) -> dict[str, dict[str, Any]]:
    """Return the rules, JSON-able, by the modules that they belong to.

    Raises:
        ValueError: the reader wants crops of another kind than the page can cut.
    """
    crop = reader.crop
    if crop.shape != "clipped" or crop.grey:
        raise ValueError(f"the page cuts clipped crops in colour only, not {crop.shape} ones")
    height, width = crop.size
    found = {
        name: {
            constant.lstrip("_"): getattr(module, constant)
            for module, constants in sources
            for constant in constants.split()
        }
        for name, sources in _CONSTANTS.items()
    }
    bias = float(localiser.figures.get("bias", 0.0))
    found["localiser"] |= {"temperature": localiser.temperature, "bias": bias}
    found["reader"] |= {
        "temperature": reader.temperature,
        "maxDigits": reader.config["max_digits"],
        "crop": {"height": height, "width": width, "margin": crop.margin},
    }
    return found
