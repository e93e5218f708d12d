"""Weights files: old forms are read, and whatever is not one of ours is named in one line."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from svhn_lib.models import zoo
from svhn_lib.models.blocks import Conv, Residual

ROWS = (Conv(4, kernel=3, stride=4), Residual(4, stride=2))


def small(head: str = "", **changes: Any) -> zoo.NumberNet:
    torch.manual_seed(0)
    name = f"compact-{head}" if head else "compact"
    own = {"": {"hidden": (6,)}, "gru": {"units": 5}, "lstm": {"units": 5, "embedding": 3}}
    own["attention"] = own["lstm"]
    return zoo.create_model(name, size=(16, 16), backbone=ROWS, **own[head], **changes)


NET = small(squeeze=0)
TENSORS = {name: value.contiguous() for name, value in NET.state_dict().items()}
# What the library wrote before heads had records of their own.
FLAT = {
    "name": "compact", "source": "svhn_lib", "size": [16, 16], "grey": False,
    "normalise": "picture", "squeeze": 0, "hidden": [6], "dropout": 0.1, "max_digits": 5,
    "lengths": 7, "classes": 11, "columns": True, "recurrent": 0, "decoder": "", "embedding": 0,
    "embedding_norm": False, "units": 0,
    "backbone": [
        {"kind": "conv", "channels": 4, "kernel": 3, "stride": 4, "pool": 0, "pool_padding": 0,
         "dropout": 0.0, "norm": True, "bias": True, "padded": True, "dropout_first": False,
         "input_dropout": 0.0, "norm_last": False, "norm_momentum": 0.1, "relu": True,
         "average": False},
        {"kind": "residual", "channels": 4, "stride": 2},
    ],
}  # fmt: skip


def config_of(path: Path) -> dict[str, Any]:
    header = path.read_bytes()
    size = int.from_bytes(header[:8], "little")
    return json.loads(json.loads(header[8 : 8 + size])["__metadata__"]["config"])


@pytest.fixture(scope="module")
def nested(tmp_path_factory) -> dict[str, Any]:
    """The config as it is written today."""
    path = tmp_path_factory.mktemp("nested") / "net.safetensors"
    zoo.save_model(NET, path)
    return config_of(path)


def refused(path: Path) -> str:
    """The one line that a file is refused with."""
    with pytest.raises(ValueError, match="not weights written by svhn_lib, or damaged") as error:
        zoo.load_model(path)
    return one_line(path, error.value)


def one_line(path: Path, error: ValueError) -> str:
    text = str(error)
    assert text.startswith(f"{path}: not weights written by svhn_lib, or damaged (")
    assert "\n" not in text
    assert len(text) < 500
    return text


def write(path: Path, config: Any, figures: str = "{}", tensors: Any = TENSORS) -> Path:
    text = config if isinstance(config, str) else json.dumps(config)
    save_file(tensors, path, {"config": text, "figures": figures})
    return path


OLD = {
    "": ({}, NET),
    "gru": ({"recurrent": 5, "hidden": [], "dropout": 0.0, "lengths": 0}, small("gru")),
    "lstm": (
        {"decoder": "lstm", "embedding": 3, "embedding_norm": True, "units": 5, "hidden": [],
         "lengths": 0},
        small("lstm"),
    ),
    "attention": (
        {"decoder": "attention", "embedding": 3, "units": 5, "lengths": 0, "hidden": [9]},
        small("attention"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("head", OLD)
def test_weights_of_the_flat_form_are_read(tmp_path: Path, head: str) -> None:
    changes, net = OLD[head]
    flat = {**FLAT, "name": net.config.name, "source": net.config.source, **changes}
    tensors = {name: value.contiguous() for name, value in net.state_dict().items()}
    path = write(tmp_path / "old.safetensors", flat, '{"temperature": 1.5}', tensors)
    again = zoo.load_model(path)
    assert again.config == net.config
    assert again.temperature == 1.5
    assert all(torch.equal(again.state_dict()[name], value) for name, value in tensors.items())
    zoo.save_model(again, path)
    assert config_of(path)["head"]["kind"] == (head or "parallel")
    assert zoo.load_model(path).config == net.config


def test_flat_fields_that_were_added_late_may_be_missing(tmp_path: Path) -> None:
    late = ("recurrent", "decoder", "embedding", "embedding_norm", "units")
    flat = {name: value for name, value in FLAT.items() if name not in late}
    assert zoo.load_model(write(tmp_path / "old.safetensors", flat)).config == NET.config


WRONG = [
    None, 5, -1, 0, 2.5, 1e9, 10**30, True, "", "a", "\n", [], [1], [0], [2.5], [1e9], {},
    {"a": 1}, [None], float("nan"), float("inf"), [[1]], ["conv"],
]  # fmt: skip
CONFIGS = ["null", "5", '"a"', "[]", "[1]", "{", "", "{}", "NaN", "true", "[" * 100_000]


@pytest.mark.parametrize("text", CONFIGS, ids=lambda text: text[:6])
def test_a_config_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    refused(write(tmp_path / "bad.safetensors", text))


FIGURES = [
    "null", "5", '"a"', "[1]", "{", "", "[" * 100_000, *(
        f'{{"temperature": {value}}}'
        for value in ("null", '"abc"', "[1]", "0", "-1", "NaN", "Infinity", "1e400", "true", "{}",
                      "1e-300", "-Infinity", "1" + "0" * 400)
    ), *(
        f'{{"crop": {value}}}'
        for value in ("null", "[]", '"square"', '{"margin": "1"}', '{"margin": NaN}',
                      '{"margin": -1}', '{"shape": "round"}', '{"shape": []}', '{"size": [9, 9]}',
                      '{"fill": 0}')
    ),
]  # fmt: skip


@pytest.mark.parametrize("text", FIGURES, ids=lambda text: text[:30])
def test_figures_that_cannot_be_are_refused(tmp_path: Path, text: str) -> None:
    refused(write(tmp_path / "bad.safetensors", FLAT, text))


@pytest.mark.parametrize("temperature", [0, -1.0, float("nan"), float("inf"), "1", None, True])
def test_a_temperature_that_cannot_be_is_not_even_written(
    tmp_path: Path, temperature: object
) -> None:
    with pytest.raises(ValueError, match=r"its temperature is no number of 0\.001 to 1000"):
        zoo.save_model(NET, tmp_path / "net.safetensors", {"temperature": temperature})
    assert not list(tmp_path.iterdir())


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to every value in a JSON object."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found = [at] if at else []
    for key, inner in items:
        found += (
            places(inner, (*at, key)) if isinstance(inner, dict | list) and inner else [(*at, key)]
        )
    return found


def changed(config: dict[str, Any], place: tuple[Any, ...], value: Any) -> dict[str, Any]:
    made = copy.deepcopy(config)
    inner = made
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return made


def load_or_refuse(path: Path, config: Any) -> None:
    """A file is read as what it says that it is, or refused in a line that names it."""
    write(path, config)
    try:
        net = zoo.load_model(path)
    except ValueError as error:
        one_line(path, error)
        return
    tokens = torch.full((1, 2), 10) if net.config.autoregressive else None
    assert net(torch.zeros(1, 3, 20, 20, dtype=torch.uint8), tokens) is not None


@pytest.mark.parametrize("form", ["flat", "nested"])
def test_any_wrong_value_at_any_place_is_refused_or_harmless(
    tmp_path: Path, nested: dict[str, Any], form: str
) -> None:
    config = FLAT if form == "flat" else nested
    for place in places(config):
        for value in WRONG[:: 4 if form == "flat" else 2]:
            load_or_refuse(tmp_path / "bad.safetensors", changed(config, place, value))


def test_any_field_too_many_or_missing_is_refused_or_harmless(
    tmp_path: Path, nested: dict[str, Any]
) -> None:
    for config in (FLAT, nested):
        for place in places(config):
            lacking = copy.deepcopy(config)
            inner = lacking
            for key in place[:-1]:
                inner = inner[key]
            del inner[place[-1]]
            load_or_refuse(tmp_path / "bad.safetensors", lacking)
        for place in ((), ("head",), ("backbone", 0)):
            if place == ("head",) and "head" not in config:
                continue
            refused(write(tmp_path / "bad.safetensors", changed(config, (*place, "surprise"), 1)))


def test_a_refusal_does_not_quote_all_of_a_long_name(tmp_path: Path) -> None:
    path = write(tmp_path / "bad.safetensors", FLAT | {"name": {"a": "b" * 5000}})
    with pytest.raises(ValueError, match=r"not weights written by svhn_lib") as refusal:
        zoo.load_model(path)
    assert len(str(refusal.value)) < 400 + len(str(path))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), value=json_values)
def test_any_json_at_any_place_is_refused_or_harmless(
    tmp_path: Path, nested: dict[str, Any], data: st.DataObject, value: Any
) -> None:
    place = data.draw(st.sampled_from(places(nested)))
    load_or_refuse(tmp_path / "bad.safetensors", changed(nested, place, value))


NONSENSE = [
    ({"decoder": "gru"}, "decoder is 'gru'"),
    ({"decoder": "transformer"}, "decoder is 'transformer'"),
    ({"normalise": "hlaf"}, "normalise is 'hlaf'"),
    ({"dropout": 5}, "dropout is 5"),
    ({"backbone": ["conv"]}, "no JSON object"),
    ({"backbone": [{"kind": "dense", "channels": 4}]}, "'dense', not one of conv, residual"),
    ({"backbone": [{"kind": "conv", "channels": 0}]}, "channels is 0"),
    ({"backbone": [{"kind": "conv", "channels": 2.5}]}, "channels is 2.5"),
    ({"backbone": [{"kind": "conv", "channels": 4}] * 1001}, "at most 1000 rows"),
    ({"hidden": [65536] * 60}, "head.*of shape|holds no head"),  # 1 TB of weights
    ({"recurrent": 65536, "lengths": 0}, "holds no head"),
    ({"max_digits": 10**9}, "max_digits is 1000000000"),
    ({"size": [4096, 4096]}, "of shape"),
]


@pytest.mark.parametrize(("changes", "words"), NONSENSE)
def test_what_is_wrong_is_said(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        zoo.load_model(write(tmp_path / "bad.safetensors", {**FLAT, **changes}))


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize("name", [name for name in TENSORS if TENSORS[name].is_floating_point()])
def test_weights_that_are_no_numbers_are_refused(tmp_path: Path, name: str, value: float) -> None:
    spoilt = TENSORS[name].clone()
    spoilt.view(-1)[-1] = value
    path = write(tmp_path / "bad.safetensors", FLAT, tensors={**TENSORS, name: spoilt})
    assert f"{name} holds values that are no numbers" in refused(path)


@pytest.mark.parametrize("kind", [torch.int8, torch.uint8, torch.int64, torch.bool])
def test_weights_of_another_type_are_refused(tmp_path: Path, kind: torch.dtype) -> None:
    tensors = {name: value.to(kind) for name, value in TENSORS.items()}
    assert "not torch" in refused(write(tmp_path / "bad.safetensors", FLAT, tensors=tensors))


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_floats_of_another_width_are_read(tmp_path: Path, kind: torch.dtype) -> None:
    tensors = {n: v.to(kind) if v.is_floating_point() else v for n, v in TENSORS.items()}
    net = zoo.load_model(write(tmp_path / "net.safetensors", FLAT, tensors=tensors))
    assert {value.dtype for value in net.parameters()} == {torch.float32}


@pytest.mark.parametrize("change", ["shape", "fewer", "more", "transposed"])
def test_tensors_that_do_not_fit_are_refused(tmp_path: Path, change: str) -> None:
    name = "head.length.weight"
    tensors = dict(TENSORS)
    if change == "fewer":
        del tensors[name]
    elif change == "more":
        tensors["head.other.weight"] = torch.zeros(2)
    elif change == "shape":
        tensors[name] = torch.zeros(8, 6)
    else:
        tensors[name] = tensors[name].T.contiguous()
    assert "head." in refused(write(tmp_path / "bad.safetensors", FLAT, tensors=tensors))


def test_files_of_other_kinds_and_damaged_ones_are_refused(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.safetensors", FLAT).read_bytes()
    path = tmp_path / "bad.safetensors"
    for content in (
        b"", b"a", b"not weights at all", b"\x89PNG\r\n\x1a\n" + bytes(100), whole[:-5],
        whole[:100], whole[:8], b"\xff" * 8 + whole[8:], bytes(8) + whole[8:], bytes(1000),
    ):  # fmt: skip
        path.write_bytes(content)
        refused(path)
    for metadata in (None, {}, {"figures": "{}"}):
        save_file(TENSORS, path, metadata)
        assert "holds no config" in refused(path)


def test_weights_replace_weights_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    zoo.save_model(small("gru"), path)
    zoo.save_model(NET, path)
    assert zoo.load_model(path).config == NET.config
    for name, content in (("door.png", b"\x89PNG\r\n\x1a\n"), ("l.csv", b"file,number\n1.png,2\n")):
        other = tmp_path / name
        other.write_bytes(content)
        with pytest.raises(FileExistsError, match=f"{name} is a file of another kind"):
            zoo.save_model(NET, other)
        assert other.read_bytes() == content
    with pytest.raises(FileExistsError, match="is a folder"):
        zoo.save_model(NET, tmp_path)
    assert len(load_file(path)) == len(TENSORS)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["door.png", "l.csv", "net.safetensors"]
