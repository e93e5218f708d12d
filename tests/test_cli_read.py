"""`svhn read`, and what all commands show on standard error meanwhile."""

import io
import json
import os
import re
import shlex
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from made_localiser import Finds, place
from PIL import Image
from small_cli import TINY, assert_one_line, save_picture, says, svhn, truncate
from typer.testing import CliRunner

from svhn_lib.cli import app
from svhn_lib.cli import console as cli_console
from svhn_lib.models import zoo
from svhn_lib.reading import reader
from svhn_lib.reading.record import Answer


@pytest.fixture(autouse=True)
def _no_progress_lines(monkeypatch):
    """What a command says must not depend on how busy this machine is."""
    monkeypatch.setattr(cli_console, "INTERVAL", float("inf"))


def test_read_prints_number_probability_and_the_next_best(own, weights):
    picture = own.parent / "a.png"
    done = svhn("read", "--cropped", picture, "--model", weights)
    assert (done.status, done.err) == (0, "")
    pattern = rf"{picture}: 25  90 %  \(\d* ?.*0\.0 %, .*0\.0 %\)\n"
    assert re.fullmatch(pattern, done.out)


def test_read_prints_one_object_a_picture(own, weights):
    done = svhn(
        "read",
        "--cropped",
        own.parent / "b.png",
        own.parent / "a.png",
        "--model",
        weights,
        "--json",
    )
    first, second = map(json.loads, done.out.splitlines())
    assert list(first) == ["file", "number", "confidence", "candidates", "box", "corners"]
    assert (first["file"], first["number"]) == (str(own.parent / "b.png"), "25")
    assert first["confidence"] == pytest.approx(0.9)
    assert first["candidates"][0] == ["25", pytest.approx(0.9)]
    assert len(first["candidates"]) == 3
    assert first["box"] is None
    assert second["file"] == str(own.parent / "a.png")


def test_read_says_when_there_is_no_number(own, tmp_path):
    nothing = tmp_path / "nothing.safetensors"
    zoo.save_model(says("", 0.8), nothing)
    picture = own.parent / "a.png"
    assert svhn("read", "--cropped", picture, "--model", nothing).out.startswith(
        f"{picture}: no number  80 %"
    )
    found = json.loads(svhn("read", "--cropped", picture, "--model", nothing, "--json").out)
    assert found["number"] is None
    assert found["confidence"] == pytest.approx(0.8)


def test_read_gives_null_for_a_picture_without_digits(tmp_path):
    wall = tmp_path / "wall.png"
    Image.new("RGB", (64, 64), (240, 240, 240)).save(wall)
    assert re.fullmatch(
        rf"{wall}: no number  \(\d+ .*%, .*\)\n", svhn("read", "--cropped", wall).out
    )
    found = json.loads(svhn("read", "--cropped", wall, "--json").out)
    assert found["number"] is None
    assert found["confidence"] == found["candidates"][0][1] < 0.2


def test_read_help_tells_the_limits():
    told = " ".join(svhn("read", "--help").out.split())
    assert "one to five digits" in told
    assert "letters" in told


def test_read_names_what_it_leaves_out_of_a_folder(tmp_path, weights):
    for name in ("a.png", "b.gif", "c.bmp", "d.jfif"):
        save_picture(tmp_path / name, format="JPEG" if name == "d.jfif" else None)
    (tmp_path / "broken.png").symlink_to(tmp_path / "gone.png")
    for number in range(12):
        (tmp_path / f"note{number}.txt").touch()
    done = svhn("read", "--cropped", tmp_path, "--model", weights)
    assert done.status == 0
    assert len(done.out.splitlines()) == 4
    assert done.err.startswith(f"{tmp_path}: 13 left out: broken.png (a link to nothing), note0")
    assert done.err.endswith(" and 3 more\n")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "utf-8"])
@pytest.mark.parametrize("as_json", [False, True])
def test_names_that_cannot_be_printed_are_escaped(tmp_path, weights, encoding, as_json):
    for name in (b"a.png", b"caf\xe9.png", "snow\u2603.png".encode(), b"z\xe9 bad.png"):
        save_picture(tmp_path / os.fsdecode(name), format="PNG")
    (tmp_path / os.fsdecode(b"z\xe9 bad.png")).write_bytes(b"no picture")
    command = (
        "read",
        "--cropped",
        str(tmp_path),
        "--model",
        str(weights),
        *(["--json"] if as_json else []),
    )
    done = CliRunner(charset=encoding).invoke(app, command, prog_name="svhn")
    assert done.exit_code == 1
    lines = done.stdout_bytes.decode(encoding).splitlines()
    assert len(lines) == 3
    if as_json:
        names = [os.path.basename(json.loads(line)["file"]) for line in lines]
        assert sorted(names) == sorted(["a.png", os.fsdecode(b"caf\xe9.png"), "snow\u2603.png"])
    assert done.stderr_bytes.count(b"\n") == 1
    assert b"bad.png: this is no PNG" in done.stderr_bytes


def test_read_works_where_standard_error_is_closed(tmp_path, weights, monkeypatch):
    save_picture(tmp_path / "a.png")
    (tmp_path / "bad.png").write_text("no picture")
    monkeypatch.setattr(sys, "stderr", None)
    with cli_console.Progress("reading") as progress:
        progress(1, 2)
        progress.message("into nothing")
    monkeypatch.undo()
    command = [sys.executable, "-m", "svhn_lib", "read", "--cropped", tmp_path, "--model", weights]
    shell = shlex.join(map(str, command)) + " 2>&- 0<&-"
    done = subprocess.run(shell, shell=True, stdout=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stdout.startswith(f"{tmp_path / 'a.png'}: 25  90 %")


def test_all_commands_work_where_standard_error_is_closed(tmp_path, monkeypatch):
    """In this process, as if nothing were open; every step shows its progress at once."""
    monkeypatch.setattr(cli_console, "INTERVAL", 0)
    monkeypatch.setattr(sys, "stderr", None)
    monkeypatch.setitem(zoo.MODELS, "tiny", TINY)
    streets = ("data", "street", tmp_path / "streets", "--train", 24, "--bundled-fonts")
    store, run = tmp_path / "train.h5", tmp_path / "run"
    net = ("--model", "tiny", "--steps", 2, "--batch", 8)
    for command in (
        (*streets, "--test", 0, "--workers", 1),
        ("data", "prepare", tmp_path / "streets" / "train", store, "--size", 32),
        ("data", "shards", store, tmp_path / "shards"),
        ("train", "--data", store, "--val", store, "--out", run, *net),
        ("evaluate", store, "--model", run / "best.safetensors"),
        ("read", tmp_path / "streets" / "train", "--model", run / "best.safetensors"),
    ):
        outputs = io.StringIO()
        monkeypatch.setattr(sys, "stdout", outputs)
        with pytest.raises(SystemExit) as ended:
            app(list(map(str, command)), prog_name="svhn")
        assert not ended.value.code, (command, outputs.getvalue())


def test_read_takes_folders_in_natural_order_and_each_file_once(tmp_path, weights):
    for name in ("10.png", "9.png", "note.txt"):
        save_picture(tmp_path / name) if name.endswith("png") else (tmp_path / name).touch()
    done = svhn("read", "--cropped", tmp_path / "10.png", tmp_path, "--model", weights)
    assert done.status == 0
    files = [Path(line.split(": ")[0]).name for line in done.out.splitlines()]
    assert files == ["10.png", "9.png"]


def test_read_names_what_is_no_picture_and_does_the_rest(tmp_path, weights):
    good = save_picture(tmp_path / "good.png")
    cut = truncate(save_picture(tmp_path / "cut.png"))
    (tmp_path / "empty").mkdir()
    text = tmp_path / "text.png"
    text.write_text("no picture")
    bad = [tmp_path / "nowhere.png", text, cut, tmp_path / "empty"]
    done = svhn("read", "--cropped", *bad, good, "--model", weights)
    assert done.status == 1
    assert sorted(line.split(": ")[0] for line in done.err.splitlines()) == sorted(map(str, bad))
    assert [line.split(": ")[0] for line in done.out.splitlines()] == [str(good)]
    for path in bad:
        assert_one_line(svhn("read", "--cropped", path, "--model", weights), path)


def test_read_refuses_weights_that_are_none(tmp_path):
    picture, text = save_picture(tmp_path / "a.png"), tmp_path / "text.safetensors"
    text.write_text("no weights")
    assert_one_line(svhn("read", "--cropped", picture, "--model", text), text)


# What is shown meanwhile


def test_progress_is_a_line_at_most_every_ten_seconds_without_a_terminal(monkeypatch, capsys):
    now = iter([0.0, 9.0, 11.0, 20.0, 21.5])
    monkeypatch.setattr(cli_console, "INTERVAL", 10.0)
    monkeypatch.setattr(cli_console.time, "monotonic", lambda: next(now))
    with cli_console.Progress("cutting") as progress:
        for done in (0, 110, 150, 215):
            progress(done, 400)
    assert capsys.readouterr().err.splitlines() == [
        "cutting: 110 of 400 pictures (28%), 10.0/s, 29 s left",
        "cutting: 215 of 400 pictures (54%), 10.0/s, 18 s left",
    ]


def test_a_slow_step_has_a_speed_and_says_how_long_it_takes(monkeypatch, capsys):
    now = iter([0.0, 10.0, 20.0, 30.0])
    monkeypatch.setattr(cli_console, "INTERVAL", 10.0)
    monkeypatch.setattr(cli_console.time, "monotonic", lambda: next(now))
    with cli_console.Progress("rendering") as progress:
        for done, total in ((0, 4000), (1, 4000), (20, 400)):
            progress(done, total)
    assert capsys.readouterr().err.splitlines() == [
        "rendering: 0 of 4000 pictures (0%)",
        "rendering: 1 of 4000 pictures (0%), 0.05/s, 22.2 h left",
        "rendering: 20 of 400 pictures (5%), 0.67/s, 10 min left",
    ]


def test_progress_that_is_reported_once_has_no_speed(monkeypatch, capsys):
    now = iter([0.0, 12.0])
    monkeypatch.setattr(cli_console, "INTERVAL", 10.0)
    monkeypatch.setattr(cli_console.time, "monotonic", lambda: next(now))
    with cli_console.Progress("cutting") as progress:
        progress(40, 40)
    assert capsys.readouterr().err == "cutting: 40 of 40 pictures (100%)\n"


def test_progress_is_a_bar_on_a_terminal(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(cli_console, "DELAY", 0)
    with cli_console.Progress("fetching", "B") as progress:
        progress(1_000_000, 4_000_000)
        progress.message("a line between")
        progress(4_000_000, 4_000_000)
    shown = capsys.readouterr().err
    assert "\na line between\n" in shown.replace("\r", "\n")
    assert "fetching: 100%" in shown
    assert "4.00M/4.00M" in shown


def test_results_on_a_terminal_do_not_cut_through_the_bar(monkeypatch, capsys):
    """As a terminal shows it: what is written to either stream, in its order."""
    for stream in (sys.stderr, sys.stdout):
        monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    seen = io.StringIO()
    for stream in (sys.stderr, sys.stdout):
        monkeypatch.setattr(stream, "write", seen.write, raising=False)
    monkeypatch.setattr(cli_console, "DELAY", 0)
    with cli_console.Progress("reading") as progress:
        progress(1, 3)
        progress.result("door.jpg: 25")
        progress(2, 3)
    lines = re.split(r"[\r\n]", seen.getvalue())
    assert "door.jpg: 25" in lines
    assert not [line for line in lines if "reading" in line and "door" in line]


def test_a_line_within_two_seconds_shows_no_bar(monkeypatch, capsys):
    for stream in (sys.stderr, sys.stdout):
        monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    with cli_console.Progress("reading") as progress:
        progress(1, 3)
        progress.result("door.jpg: 25")
        progress.message("gate.jpg: damaged")
        progress(3, 3)
    assert capsys.readouterr() == ("door.jpg: 25\n", "gate.jpg: damaged\n")


def test_a_step_of_less_than_two_seconds_shows_nothing(monkeypatch, capsys):
    for terminal in (True, False):
        monkeypatch.setattr(sys.stderr, "isatty", lambda terminal=terminal: terminal, raising=False)
        with cli_console.Progress("cutting") as progress:
            for done in range(5):
                progress(done, 4)
        assert capsys.readouterr() == ("", "")


def test_output_into_a_closed_pipe_is_no_error_with_a_traceback(own, weights):
    read, write = os.pipe()
    os.close(read)
    command = [
        sys.executable,
        "-m",
        "svhn_lib",
        "read",
        "--cropped",
        own.parent,
        "--model",
        weights,
    ]
    with os.fdopen(write, "w") as closed:
        done = subprocess.run(command, stdout=closed, stderr=subprocess.PIPE, text=True)
    assert "Traceback" not in done.stderr


# Whole photos


@pytest.fixture
def finds(monkeypatch) -> Finds:
    """Two numbers in every photo, at 90 % and 70 %.

    With their heights of 0.4 and 0.2 of the photo's the odds are 9 * 0.4 * 6 and 7/3 * 0.2 * 6,
    and four times as many where the number is given.
    """
    finds = Finds(place(0.1, 0.2, 0.4, 0.6, 0.9), place(0.5, 0.5, 0.9, 0.7, 0.7))
    monkeypatch.setattr(reader, "Reader", partial(reader.Reader, localiser=finds))
    return finds


def test_read_finds_the_best_number_of_a_photo_or_all(finds, weights, tmp_path):
    photo = save_picture(tmp_path / "photo.png", (900, 700))
    done = svhn("read", photo, "--model", weights)
    assert (done.status, done.err) == (0, "")
    assert re.fullmatch(rf"{photo}: 25  89 %  \(no number 1.1 %, .*\)\n", done.out)
    every = svhn("read", photo, "--model", weights, "--all").out.splitlines()
    assert every[0] == done.out.rstrip("\n")
    assert re.fullmatch(rf"{photo}: 25  83 %  \(no number 8.2 %, .*\)", every[1])
    assert len(every) == 2


def test_read_tells_boxes_and_corners_in_json(finds, weights, tmp_path):
    photo = save_picture(tmp_path / "photo.png", (1000, 500))
    found = json.loads(svhn("read", photo, "--model", weights, "--json").out)
    assert list(found) == ["file", "number", "confidence", "candidates", "box", "corners"]
    assert found["box"] == [100, 100, 400, 300]
    assert found["corners"] == [[100, 100], [400, 100], [400, 300], [100, 300]]
    assert found["candidates"][0] == ["25", pytest.approx(0.9 * 86.4 / 87.4)]
    every = json.loads(svhn("read", photo, "--model", weights, "--json", "--all").out)
    numbers = every.pop("numbers")
    assert every == found
    assert {"file": str(photo), **numbers[0]} == found
    assert [one["box"] for one in numbers] == [[100, 100, 400, 300], [500, 250, 900, 350]]


def test_read_rejects_what_is_less_probable_than_asked(finds, weights, tmp_path):
    photo = save_picture(tmp_path / "photo.png", (90, 70))
    asked = ("read", photo, "--model", weights, "--all", "--min-confidence")
    assert len(svhn(*asked, 0.8).out.splitlines()) == 2
    assert len(svhn(*asked, 0.85).out.splitlines()) == 1
    assert svhn(*asked, 0.9).out.startswith(f"{photo}: no number  (25 89 %, no number 1.1 %")
    found = json.loads(svhn(*asked, 0.9, "--json").out)
    assert (found["number"], found["numbers"]) == (None, [])
    assert found["confidence"] == pytest.approx(0.9 * 86.4 / 87.4)
    assert svhn(*asked, 1.5).status == 2


def test_cropped_pictures_are_not_searched(finds, weights, tmp_path):
    crop = save_picture(tmp_path / "crop.png", (900, 700))
    found = json.loads(svhn("read", crop, "--model", weights, "--cropped", "--json").out)
    assert (found["box"], found["corners"]) == (None, None)
    assert found["confidence"] == pytest.approx(0.9)
    assert finds.sizes == []


def test_read_draws_the_numbers_on_their_photos(finds, weights, tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        Image.new("RGB", (900, 700), (90, 90, 90)).save(tmp_path / folder / "door.png")
    Image.new("RGB", (30, 20), (90, 90, 90)).save(tmp_path / "small.png")
    asked = ("read", tmp_path / "a", tmp_path / "b", tmp_path / "small.png", "--model", weights)
    drawings = tmp_path / "drawn" / "here"
    for _ in range(2):  # drawings may be replaced
        assert svhn(*asked, "--draw", drawings).status == 0
    assert sorted(path.name for path in drawings.iterdir()) == [
        "door-2.jpg",
        "door.jpg",
        "small.jpg",
    ]
    door = np.asarray(Image.open(drawings / "door.jpg")).astype(int)
    assert door.shape[:2] == (700, 900)
    orange = np.abs(door - (230, 159, 0)).max(axis=2) < 60
    assert orange[130:150, 90:360].any()  # the upper edge of 90, 140, 360, 420
    blue = np.abs(door - (86, 180, 233)).max(axis=2) < 60
    assert not blue.any()
    assert svhn(*asked, "--draw", drawings, "--all").status == 0
    door = np.asarray(Image.open(drawings / "door.jpg")).astype(int)
    blue = np.abs(door - (86, 180, 233)).max(axis=2) < 60
    assert blue[340:360, 540:720].any()
    assert max(Image.open(drawings / "small.jpg").size) >= 480


def test_drawings_replace_no_photo(finds, weights, tmp_path):
    photo = save_picture(tmp_path / "door.jpg", (90, 70))
    before = photo.read_bytes()
    asked = ("read", photo, "--model", weights, "--draw")
    assert_one_line(svhn(*asked, tmp_path), tmp_path, "another folder")
    other = tmp_path / "other"
    other.mkdir()
    kept = save_picture(other / "door.jpg", (80, 70))
    holds = kept.read_bytes()
    done = svhn(*asked, other)
    assert done.status == 1
    assert str(kept) in done.err
    assert done.out.startswith(f"{photo}: 25")
    assert (photo.read_bytes(), kept.read_bytes()) == (before, holds)
    assert svhn(*asked, photo).status == 2


def test_names_with_control_characters_stay_on_one_line(weights, tmp_path):
    for name in ("a\nb.png", "c\x1b[31m.png"):
        save_picture(tmp_path / name)
    for name in ("d\ne.png", "f\ng.txt"):
        (tmp_path / name).write_text("no picture")
    done = svhn("read", "--cropped", tmp_path, "--model", weights)
    assert [line.split(": 25")[0] for line in done.out.splitlines()] == [
        rf"{tmp_path}/a\nb.png",
        rf"{tmp_path}/c\x1b[31m.png",
    ]
    left_out, damaged = done.err.splitlines()
    assert r"f\ng.txt (no picture by its name)" in left_out
    assert damaged.startswith(rf"{tmp_path}/d\ne.png: this is no PNG")
    as_json = svhn("read", "--cropped", tmp_path, "--model", weights, "--json").out
    assert json.loads(as_json.splitlines()[0])["file"] == f"{tmp_path}/a\nb.png"


def test_a_drawing_may_have_as_long_a_name_as_its_photo(finds, weights, tmp_path):
    photo = save_picture(tmp_path / f"{'ü' * 125}.png")
    done = svhn("read", photo, "--model", weights, "--draw", tmp_path / "drawn")
    assert (done.status, done.err) == (0, "")
    assert [path.stem for path in (tmp_path / "drawn").iterdir()] == [photo.stem]


def test_a_number_that_is_probable_enough_is_given_though_the_best_is_not(tmp_path, monkeypatch):
    """The best one has the better odds to be a number; another can be read more surely."""
    other = Answer("7", 0.88, candidates=(("7", 0.88),))
    doubtful = Answer("9", 0.5, candidates=(("9", 0.5),))
    best = Answer("25", 0.79, candidates=(("25", 0.79),), others=(other, doubtful))

    class Reads:
        def read_each(self, files, cropped):
            return [best for _ in files]

    monkeypatch.setattr(reader, "Reader", lambda *_, **__: Reads())
    asked = ("read", tmp_path / "photo.png", "--min-confidence", 0.85)
    assert svhn(*asked).out == f"{tmp_path}/photo.png: 7  88 %\n"
    assert svhn(*asked, "--all").out == f"{tmp_path}/photo.png: 7  88 %\n"
    found = json.loads(svhn(*asked, "--all", "--json").out)
    assert found["number"] == "7"
    assert [one["number"] for one in found["numbers"]] == ["7"]
