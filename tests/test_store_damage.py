"""Stores that are not what they should be: one `StoreError` with file and part, never else.

Every case is tried on all readers: into memory, picture by picture, and into shards.
"""

import json
import re

import h5py
import numpy as np
import pandas as pd
import pytest
import torch
from small_cli import svhn

from svhn_lib import labels
from svhn_lib.data.sets.store import NumberSet, StoreError, StorePictures, read_store, write_store
from svhn_lib.data.shards.write import write_shards

COUNT = 40
SHAPE = (8, 6, 3)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The bytes of a store of 40 numbers, and the numbers."""
    generator = np.random.default_rng(0)
    texts = [str(number) for number in generator.integers(1, 99999, COUNT)]
    pixels = generator.integers(0, 256, (COUNT, *SHAPE), dtype=np.uint8)
    boxes = generator.uniform(0, 6, (COUNT, 5, 4)).astype(np.float32)
    table = pd.DataFrame({"file": [f"{i}.png" for i in range(COUNT)], "number": texts})
    pictures = torch.from_numpy(pixels).permute(0, 3, 1, 2)
    numbers = NumberSet(pictures, *labels.encode(texts), torch.from_numpy(boxes), table)
    path = tmp_path_factory.mktemp("store") / "numbers.h5"
    write_store(path, numbers)
    return path.read_bytes(), numbers


def array(name, value):
    """Put another array in the place of one."""

    def change(file):
        old = file[name][:]
        del file[name]
        file[name] = value(old) if callable(value) else value

    return change


def edit(name, row, value):
    """Change one row of an array."""

    def change(file):
        file[name][row] = value

    return change


def attribute(name, value):
    def change(file):
        file.attrs[name] = value

    return change


def remove(name):
    def change(file):
        if name in file.attrs:
            del file.attrs[name]
        else:
            del file[name]

    return change


def group_in_place_of(name):
    def change(file):
        del file[name]
        file.create_group(name)

    return change


def array_in_place_of(name):
    def change(file):
        del file[name]
        file[name] = [1]

    return change


def declared(shape, **changes):
    """Pictures of a shape that is written down, without a single byte of them."""

    def change(file):
        del file["pictures"]
        options = {"chunks": (1, *shape[1:]), **changes}
        file.create_dataset("pictures", shape, np.uint8, **options)
        for name in ("lengths", "digits", "boxes", "validation"):
            array(name, lambda old: np.resize(old, (shape[0], *old.shape[1:])))(file)

    return change


def column(name, value):
    return array(f"table/{name}", value)


JSON = {"size": [8, 6], "shape": "square", "margin": 0.3, "fill": "black", "grey": False}
TYPES = (np.int8, np.int16, np.uint16, np.int64, np.float16, np.float32, np.float64, bool)
CASES = {
    **{
        f"pictures of {np.dtype(kind)}": (
            "pictures",
            array("pictures", lambda old, kind=kind: old.astype(kind)),
        )
        for kind in TYPES
    },
    "pictures of 0 to 1": ("pictures", array("pictures", lambda old: old / 255)),
    "pictures as text": ("pictures", array("pictures", ["a"] * COUNT)),
    "four channels": (
        "pictures",
        array("pictures", lambda old: np.concatenate([old, old[..., :1]], 3)),
    ),
    "two channels": ("pictures", array("pictures", lambda old: old[..., :2])),
    "no channels": ("pictures", array("pictures", lambda old: old[..., :0])),
    "NCHW": ("pictures", array("pictures", lambda old: old.transpose(0, 3, 1, 2))),
    "no channel axis": ("pictures", array("pictures", lambda old: old[..., 0])),
    "five axes": ("pictures", array("pictures", lambda old: old[None])),
    "one picture alone": ("pictures", array("pictures", lambda old: old[0])),
    "a scalar": ("pictures", array("pictures", np.uint8(7))),
    "height 0": ("pictures", array("pictures", lambda old: old[:, :0])),
    "width 0": ("pictures", array("pictures", lambda old: old[:, :, :0])),
    "absurdly large": ("pictures", declared((40, 60000, 60000, 3), chunks=None)),
    "large but empty": ("pictures", declared((40, 9000, 9000, 3))),
    "small but empty": ("pictures", declared((40, 8, 6, 3))),
    "compressed": ("pictures", declared((40, 8, 6, 3), compression="gzip")),
    "a billion numbers": ("lengths", lambda file: file["pictures"].resize(10**9, axis=0)),
    "fewer pictures": ("pictures|lengths", array("pictures", lambda old: old[:-1])),
    "more pictures": (
        "pictures|lengths",
        array("pictures", lambda old: np.concatenate([old, old])),
    ),
    "no pictures": ("pictures|lengths", array("pictures", lambda old: old[:0])),
    **{
        f"length {value}": ("lengths", edit("lengths", 7, value)) for value in (-128, -1, 6, 9, 127)
    },
    "length 0 with digits": ("digits", edit("lengths", 7, 0)),
    "lengths as text": ("lengths", array("lengths", ["2"] * COUNT)),
    "lengths as floats": ("lengths", array("lengths", lambda old: old.astype(float))),
    "lengths not numbers": ("lengths", array("lengths", np.full(COUNT, np.nan))),
    "lengths as booleans": ("lengths", array("lengths", np.ones(COUNT, bool))),
    "lengths of two axes": ("lengths", array("lengths", lambda old: old[:, None])),
    "fewer lengths": ("lengths", array("lengths", lambda old: old[:-1])),
    "huge lengths": ("lengths", array("lengths", np.full(COUNT, 2**63, np.uint64))),
    "a scalar length": ("lengths", array("lengths", np.int8(3))),
    **{
        f"digit {value}": ("digits", edit("digits", (7, 0), value))
        for value in (-1, 10, 11, 99, -100)
    },
    **{
        f"digit {value} after the end": (
            "digits",
            lambda file, value=value: put_after_the_end(file, value),
        )
        for value in (0, 9, 11, -100)
    },
    "digits as text": ("digits", array("digits", [["2"] * 5] * COUNT)),
    "digits as floats": ("digits", array("digits", lambda old: old.astype(float))),
    "four digits": ("digits", array("digits", lambda old: old[:, :4])),
    "six digits": ("digits", array("digits", lambda old: np.pad(old, ((0, 0), (0, 1))))),
    "digits of one axis": ("digits", array("digits", lambda old: old[:, 0])),
    "digits moved by one": ("digits|table/number", array("digits", lambda old: np.roll(old, 1, 0))),
    "other digits": (
        "table/number",
        array("digits", lambda old: np.where(old < 10, (old + 1) % 10, old)),
    ),
    "boxes (N, 3, 4)": ("boxes", array("boxes", lambda old: old[:, :3])),
    "boxes (N, 5, 5)": ("boxes", array("boxes", lambda old: np.pad(old, ((0, 0), (0, 0), (0, 1))))),
    "boxes (N, 20)": ("boxes", array("boxes", lambda old: old.reshape(COUNT, 20))),
    "boxes as integers": ("boxes", array("boxes", lambda old: old.astype(int))),
    "boxes as text": ("boxes", array("boxes", [[["a"] * 4] * 5] * COUNT)),
    "an infinite box": ("boxes", edit("boxes", (3, 0, 2), np.inf)),
    "fewer boxes": ("boxes", array("boxes", lambda old: old[1:])),
    "validation as integers": ("validation", array("validation", lambda old: old.astype(int))),
    "validation as floats": ("validation", array("validation", lambda old: old / 1.0)),
    "validation as text": ("validation", array("validation", ["no"] * COUNT)),
    "validation of two axes": ("validation", array("validation", lambda old: old[:, None])),
    "fewer marks": ("validation", array("validation", lambda old: old[1:])),
    **{
        f"no {name}": (name, remove(name))
        for name in (
            "pictures",
            "lengths",
            "digits",
            "boxes",
            "validation",
            "table",
            "doubtful",
            "damaged",
            "settings",
            "source",
            "schema_version",
        )
    },
    **{
        f"{name} is a group": (name, group_in_place_of(name))
        for name in ("pictures", "lengths", "digits", "boxes", "validation")
    },
    "table is an array": ("table", array_in_place_of("table")),
    "no column number": ("number", remove("table/number")),
    "numbers as integers": ("table/number", column("number", np.arange(COUNT))),
    "a number as words": ("table/number", edit("table/number", 5, "seven")),
    "an empty number": ("table/number", edit("table/number", 5, "")),
    "a number too long": ("table/number", edit("table/number", 5, "123456")),
    "another number": ("table/number", edit("table/number", 5, "3")),
    "fewer rows": ("table/number", column("number", ["1"] * (COUNT - 1))),
    "fewer files": ("table/file", column("file", ["a"] * (COUNT - 1))),
    "a column of two axes": ("table/file", column("file", [["a", "b"]] * COUNT)),
    "a column that is a group": ("table/file", group_in_place_of("table/file")),
    "settings no JSON": ("settings", attribute("settings", "{")),
    "settings a list": ("settings", attribute("settings", "[1]")),
    "settings a number": ("settings", attribute("settings", 7)),
    "settings of another field": (
        "settings",
        attribute("settings", json.dumps({**JSON, "zoom": 2})),
    ),
    "settings of another shape": (
        "settings",
        attribute("settings", json.dumps({**JSON, "shape": "round"})),
    ),
    "settings of size 0": ("settings", attribute("settings", json.dumps({**JSON, "size": [0, 6]}))),
    "settings of size text": (
        "settings",
        attribute("settings", json.dumps({**JSON, "size": "8x6"})),
    ),
    "settings of margin null": (
        "settings",
        attribute("settings", json.dumps({**JSON, "margin": None})),
    ),
    "source a number": ("source", attribute("source", 7)),
    "source a list": ("source", attribute("source", ["a", "b"])),
    "version text": ("schema_version", attribute("schema_version", "one")),
    "version a list": ("schema_version", attribute("schema_version", [1, 2])),
    "version 0": ("schema version 0", attribute("schema_version", 0)),
    "version 2": ("schema version 2", attribute("schema_version", 2)),
    "format a number": ("not a store", attribute("format", 7)),
    "format a list": ("not a store", attribute("format", ["svhn_lib numbers"] * 2)),
    "no format": ("not a store", remove("format")),
}


def put_after_the_end(file, value):
    row = int(np.flatnonzero(file["lengths"][:] < 5)[0])
    file["digits"][row, 4] = value


def read_all(path, shards):
    """Every way to read a store."""
    yield lambda: read_store(path)
    yield lambda: read_store(path, "train")
    yield lambda: [StorePictures(path)[index] for index in range(COUNT)]
    yield lambda: write_shards(path, shards)


@pytest.mark.parametrize("case", CASES)
def test_every_reader_refuses_it(whole, tmp_path, case):
    part, change = CASES[case]
    path = tmp_path / "odd.h5"
    path.write_bytes(whole[0])
    with h5py.File(path, "a") as file:
        change(file)
    readers = list(read_all(path, tmp_path / "shards"))
    if part.endswith("number") and case != "fewer rows":
        readers = readers[:2]  # the others do not look at the text of the numbers
    for read in readers:
        with pytest.raises(StoreError, match=rf"odd\.h5: (.*\b)?({part})\b"):
            read()
    assert not list(tmp_path.glob("shards/*"))


def test_there_are_many_cases():
    assert len(CASES) >= 100


def test_flipped_bits_are_a_store_error_or_nothing(whole, tmp_path):
    """Up to eight bits flipped, anywhere in the file, half the times outside the pixels."""
    data, numbers = whole
    generator = np.random.default_rng(1)
    path = tmp_path / "odd.h5"
    pixels = data.find(numbers.pictures[0].permute(1, 2, 0).numpy().tobytes())
    anywhere = np.arange(len(data))
    outside = np.setdiff1d(anywhere, pixels + np.arange(COUNT * np.prod(SHAPE)))
    refused = 0
    for trial in range(60):
        damaged = bytearray(data)
        for place in generator.choice((anywhere, outside)[trial % 2], 1 + trial % 8):
            damaged[place] ^= 1 << int(generator.integers(0, 8))
        path.write_bytes(damaged)
        for read in read_all(path, tmp_path / f"shards{trial}"):
            try:
                read()
            except StoreError as error:
                refused += str(error).startswith(f"{path}: ")
    assert refused > 20


@pytest.mark.parametrize("case", ["four channels", "pictures of 0 to 1", "length 9", "NCHW"])
def test_commands_say_it_in_one_line(whole, tmp_path, case):
    path = tmp_path / "odd.h5"
    path.write_bytes(whole[0])
    with h5py.File(path, "a") as file:
        CASES[case][1](file)
    for command in (
        ["evaluate", str(path)],
        ["train", "--data", str(path), "--out", str(tmp_path / "run"), "--steps", "1"],
        ["data", "shards", str(path), str(tmp_path / "shards")],
    ):
        done = svhn(*command)
        assert done.status == 1
        assert re.fullmatch(rf"{re.escape(str(path))}: {CASES[case][0]}: .*\n", done.err)
