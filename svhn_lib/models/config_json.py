"""A network's config as the JSON text that travels in its weights file, and back.

Files that were written before heads had records of their own are read, too.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from svhn_lib.models.blocks import Block, Conv, Residual
from svhn_lib.models.config import (
    AttentionConfig,
    BoxConfig,
    BoxHeadConfig,
    GRUConfig,
    HeadConfig,
    LSTMConfig,
    ModelConfig,
    ParallelConfig,
    PlaceConfig,
    VotesConfig,
)

_BLOCKS: dict[str, type[Block]] = {"conv": Conv, "residual": Residual}
_HEADS: dict[str, type[HeadConfig]] = {
    "parallel": ParallelConfig,
    "gru": GRUConfig,
    "lstm": LSTMConfig,
    "attention": AttentionConfig,
    "places": PlaceConfig,
}
_BOXES: dict[str, type[BoxHeadConfig]] = {"regressed": BoxConfig, "votes": VotesConfig}
_MOST_BLOCKS = 1000
# The fields of all heads as they once stood beside each other in the config.
_FLAT = (
    *("squeeze", "hidden", "dropout", "lengths", "classes", "recurrent", "decoder"),
    *("embedding", "embedding_norm", "units"),
)


def config_to_json(config: ModelConfig) -> str:
    """Return a config as JSON text; blocks and the head say their kind.

    Example:
        >>> config = ModelConfig("tiny", "an example", (32, 32), (Residual(8),))
        >>> config_from_json(config_to_json(config)) == config
        True
    """
    parts = asdict(config)
    parts["backbone"] = [_with_kind(row, _BLOCKS) for row in config.backbone]
    parts["head"] = _with_kind(config.head, _HEADS)
    if config.box is None:
        del parts["box"]
    else:
        parts["box"] = _with_kind(config.box, _BOXES)
    return json.dumps(parts)


def config_from_json(text: str) -> ModelConfig:
    """Return the config that a JSON text holds, in today's form or in the flat one of before.

    Raises:
        ValueError: it is no JSON, or not that of a config that can be.
    """
    try:
        parts = _mapping(json.loads(text), "the config")
    except RecursionError as error:
        raise ValueError("the config is nested too deeply") from error
    if "head" not in parts:
        parts = _nested(parts)
    rows = parts.get("backbone")
    if not isinstance(rows, list) or len(rows) > _MOST_BLOCKS:
        raise ValueError(f"the backbone is no list of at most {_MOST_BLOCKS} rows")
    parts["backbone"] = tuple(_record(row, _BLOCKS) for row in rows)
    parts["head"] = _record(parts["head"], _HEADS)
    if parts.get("box") is not None:
        parts["box"] = _record(parts["box"], _BOXES)
    return _made(ModelConfig, parts)


def _with_kind(record: Any, kinds: Mapping[str, type]) -> dict[str, Any]:
    (kind,) = (name for name, made in kinds.items() if type(record) is made)
    return {"kind": kind, **asdict(record)}


def _record(value: Any, kinds: Mapping[str, type]) -> Any:
    """Return the record of its kind that a JSON object stands for."""
    parts = _mapping(value, "a row")
    kind = parts.pop("kind", None)
    if not isinstance(kind, str) or kind not in kinds:
        raise ValueError(f"a kind of row is {kind!r}, not one of {', '.join(kinds)}")
    return _made(kinds[kind], parts)


def _made(record: type, parts: dict[str, Any]) -> Any:
    parts = {k: tuple(value) if isinstance(value, list) else value for k, value in parts.items()}
    try:
        return record(**parts)
    except TypeError as error:  # a field too many, or one missing
        raise ValueError(str(error)) from error


def _mapping(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{what} is {type(value).__name__}, no JSON object")
    return dict(value)


def _nested(parts: dict[str, Any]) -> dict[str, Any]:
    """Return a flat config with the fields of its kind of head in a record of their own."""
    flat = {name: parts.pop(name) for name in _FLAT if name in parts}
    decoder, recurrent = flat.pop("decoder", ""), flat.pop("recurrent", 0)
    if decoder not in ("", "lstm", "attention"):
        raise ValueError(f"decoder is {decoder!r}, not 'lstm' or 'attention'")
    kind = decoder or ("gru" if recurrent else "parallel")
    if kind == "gru":
        flat["units"] = recurrent
    flat["norm"] = flat.pop("embedding_norm", False)
    known = _HEADS[kind].__dataclass_fields__
    head = {name: value for name, value in flat.items() if name in known}
    return {**parts, "head": {"kind": kind, **head}}
