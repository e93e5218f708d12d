import contextlib
import json
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import numpy as np
import pytest
import typer
from small_cli import (
    TINY,
    Done,
    assert_one_line,
    own_labels,
    save_picture,
    says,
    svhn,
    svhn_process,
    truncate,
)

from svhn_lib import __version__
from svhn_lib.cli import app, lazy
from svhn_lib.cli import console as cli_console
from svhn_lib.data.download import catalogue as sources
from svhn_lib.data.matlab.digit_struct import read_digit_struct, write_digit_struct
from svhn_lib.data.sets.store import read_store
from svhn_lib.data.splits import split_seed
from svhn_lib.data.street import EVEN_LENGTHS, RenderSettings, render_split
from svhn_lib.models import shipped, zoo
from svhn_lib.models.reported import REACHED, Figure

COMMANDS = [
    *(
        ["data", "street"],
        ["data", "scenes"],
        ["data", "download"],
        ["data", "prepare"],
        ["data", "shards"],
    ),
    *(["data"], ["train"], ["evaluate"], ["read"], ["models"], ["course"], []),
    *(["course", "check"], ["course", "execute"]),
]


@pytest.fixture(autouse=True)
def _tiny_model(monkeypatch):
    monkeypatch.setitem(zoo.MODELS, "tiny", TINY)


@pytest.fixture(autouse=True, scope="module")
def no_progress_lines():
    """What a command says must not depend on how busy this machine is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cli_console, "INTERVAL", float("inf"))
        yield


@pytest.fixture(scope="module")
def work(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cli")


@pytest.fixture(scope="module")
def streets(work) -> Path:
    """Rendered splits: 60 pictures for training, 12 for testing."""
    sizes = ("--train", 60, "--test", 12, "--bundled-fonts", "--lengths", "even")
    done = svhn("data", "street", work / "streets", *sizes, "--seed", 3, "--workers", 1)
    assert (done.status, done.err) == (0, "")
    return work / "streets"


@pytest.fixture(scope="module")
def store(streets, work) -> Path:
    assert svhn("data", "prepare", streets / "train", work / "train.h5", "--size", 32).status == 0
    return work / "train.h5"


@pytest.fixture(scope="module")
def weights(work) -> Path:
    """Weights that read 25 in every picture, with a probability of 0.9."""
    zoo.save_model(says("25", 0.9), work / "says25.safetensors")
    return work / "says25.safetensors"


@pytest.fixture
def own(tmp_path) -> Path:
    return own_labels(tmp_path)


# The command as a whole


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_ends_with_examples_that_parse(command):
    done = svhn(*command, "--help")
    assert done.status == 0
    shown = done.out[done.out.index("Examples:\n") :].splitlines()[1:]
    lines = [line.strip() for line in shown if line.strip().startswith("svhn ")]
    assert lines
    for line in lines:
        assert line.startswith(" ".join(["svhn", *command]))
        parse(shlex.split(line.split(" >")[0])[1:])


def parse(words: list[str]) -> None:
    """Parse a command line without running it; what is wrong with it is raised."""
    group = typer.main.get_command(app)
    while words and words[0] in getattr(group, "commands", {}):
        group, words = group.commands[words[0]], words[1:]
    with contextlib.suppress(typer.Exit):  # of an option that answers at once, such as --fonts
        group.make_context("svhn", words)


@pytest.mark.parametrize("group", [(), ("data",), ("course",)], ids=" ".join)
def test_lists_of_commands_tell_each_to_its_end(group):
    _, listed = svhn(*group, "--help").out.split("Commands:\n")
    assert "..." not in listed


def test_version():
    assert svhn("--version").out == f"svhn {__version__}\n"
    assert svhn_process("--version").stdout == f"svhn {__version__}\n"


def test_help_waits_for_no_heavy_library():
    code = (
        "import sys; from svhn_lib.cli import app\n"
        "try: app(['train', '--help'])\n"
        "except SystemExit: print('loaded:', *{'torch', 'pandas', 'h5py'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "loaded:"


@pytest.mark.parametrize(
    "arguments",
    [
        "nonsense",
        "read",
        "read a.png --bogus",
        "evaluate",
        "evaluate store.h5 --labels labels.csv",
        "data street out --train 0 --test 0",
        "data street out --train -1",
        "data street out --lengths odd",
        "data street out --ingredients salt",
        "data download svhn-everything",
        "data prepare only-one",
        "data prepare folder out.h5 --size 64x",
        "data prepare folder out.h5 --size 0",
        "data prepare folder out.h5 --crop round",
        "data prepare folder out.h5 --margin -0.1",
        "course --profile slow",
    ],
)
def test_wrong_usage_ends_with_status_2(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = svhn(*arguments.split())
    assert done.status == 2
    assert "Error: " in done.err
    assert not list(tmp_path.iterdir())


def test_bad_input_gives_no_traceback_in_a_process_either(tmp_path, weights):
    (tmp_path / "text.png").write_text("no picture")
    arguments = ("read", tmp_path / "text.png", "--model", weights)
    done = svhn_process(*arguments, stdin=subprocess.DEVNULL)
    assert_one_line(Done(done.returncode, done.stdout, done.stderr), "text.png", "no PNG")


# svhn data street


def test_street_writes_what_the_library_renders(streets, tmp_path):
    settings = RenderSettings(EVEN_LENGTHS, bundled_fonts=True)
    render_split(tmp_path / "test", 12, split_seed(3, "test"), settings, workers=1)
    names = sorted(path.name for path in (streets / "test").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "test").iterdir())
    assert len(names) == 13
    for name in ("1.png", "12.png"):
        assert (streets / "test" / name).read_bytes() == (tmp_path / "test" / name).read_bytes()
    assert not (streets / "extra").exists()


def test_street_leaves_out_what_is_not_asked_for(tmp_path):
    for names, chosen in (("none", ()), ("optics, boxes", ("optics", "boxes"))):
        settings = RenderSettings(EVEN_LENGTHS, True, chosen)
        render_split(tmp_path / names / "own", 2, split_seed(3, "test"), settings, workers=1)
        sizes = ("--train", 0, "--test", 2, "--lengths", "even", "--bundled-fonts", "--workers", 1)
        out = tmp_path / names / "cli"
        done = svhn("data", "street", out, *sizes, "--seed", 3, "--ingredients", names)
        assert done.status == 0
        picture = (out / "test" / "2.png").read_bytes()
        assert picture == (tmp_path / names / "own" / "2.png").read_bytes()


def test_street_names_the_packages_of_its_fonts():
    done = svhn("data", "street", "--fonts")
    assert done.status == 0
    assert re.search(r"^fonts-dejavu-core +bitstream-vera$", done.out, re.M)
    assert re.search(r"^\d+ designs are found", done.out, re.M)
    # Behind a pipe apt-get can ask nobody: without --yes it gives up.
    assert re.search(r"\| xargs sudo apt-get install --yes$", done.out, re.M)


def test_street_renders_nothing_when_one_of_the_folders_is_taken(tmp_path):
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "note").touch()
    done = svhn("data", "street", tmp_path, "--train", 5, "--test", 5)
    assert_one_line(done, tmp_path / "test", "not empty")
    assert not (tmp_path / "train").exists()


# svhn data download


def test_download_goes_on_with_the_next_set_when_one_fails(tmp_path, monkeypatch):
    def bring(name, root, progress):
        progress(1, 2)
        if name == "svhn-train":
            raise sources.DownloadError("svhn-train: the server is down; try again later")
        return root / name

    monkeypatch.setattr(sources, "download", bring)
    done = svhn("data", "download", "svhn-train", "mnist", "mnist", "--root", tmp_path)
    assert done.status == 1
    assert done.err == "svhn-train: the server is down; try again later\n"
    assert done.out == f"{tmp_path / 'mnist'}\n"


def test_download_goes_where_the_notebooks_look(tmp_path, monkeypatch):
    monkeypatch.setenv("SVHN_DATA", str(tmp_path / "here"))
    monkeypatch.setattr(sources, "download", lambda name, root, progress: root / name)
    assert svhn("data", "download", "mnist").out == f"{tmp_path / 'here' / 'mnist'}\n"


# svhn data prepare


def test_prepare_reports_what_it_wrote(streets, tmp_path):
    out = tmp_path / "test.h5"
    options = ("--size", "32x48", "--crop", "clipped", "--gray", "--margin", 0.2, "--fill", "edge")
    done = svhn("data", "prepare", streets / "test", out, *options)
    assert (done.status, done.err) == (0, "")
    assert re.match(rf"{out}: 12 numbers, \d of them for validation; .* pictures/s\n", done.out)
    numbers = read_store(out)
    assert numbers.pictures.shape == (12, 1, 32, 48)
    settings = numbers.settings
    assert (settings.shape, settings.margin, settings.fill) == ("clipped", 0.2, "edge")


def test_prepare_names_damaged_pictures_and_does_the_rest(streets, tmp_path):
    copy = tmp_path / "test"
    copy.mkdir()
    for path in (streets / "test").iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    truncate(copy / "3.png")
    (copy / "5.png").write_text("no picture")
    (copy / "7.png").unlink()
    done = svhn("data", "prepare", copy, tmp_path / "out.h5")
    assert done.status == 1
    named = [line.split(": ")[0] for line in done.err.splitlines()]
    assert sorted(named) == [str(copy / name) for name in ("3.png", "5.png", "7.png")]
    assert "9 numbers" in done.out
    assert "damaged pictures left out: 3" in done.out
    assert len(read_store(tmp_path / "out.h5")) == 9


def test_prepare_names_bad_rows_by_their_line(own, tmp_path):
    with own.open("a") as file:
        file.write("a.png,123456,,,,,\nb.png,x,,,,,\nnowhere.png,7,,,,,\na.png,0,,,,,\n")
    done = svhn("data", "prepare", own, tmp_path / "out.h5")
    assert done.status == 1
    lines = done.err.splitlines()
    assert [line.split(": ")[:2] for line in lines] == [
        [f"{own}, line 6", "a.png"],
        [f"{own}, line 7", "b.png"],
        [f"{own}, line 8", "nowhere.png"],
    ]
    assert "doubtful: 1 x the value is zero (kept)" in done.out
    numbers = read_store(tmp_path / "out.h5")
    assert numbers.numbers == ["25", "25", "2", "35", "0"]
    assert list(numbers.table["door"]) == ["red", "blue", "", "", ""]


def test_prepare_counts_the_odd_records_of_a_split_without_failing(streets, tmp_path):
    table = read_digit_struct(streets / "test" / "digitStruct.mat")
    longest = table["file"].value_counts().idxmax()
    for path in (streets / "test").glob("*.png"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    times = np.where(table["file"] == longest, 2, 1)  # every digit of it twice: 10 digits
    write_digit_struct(
        tmp_path / "digitStruct.mat", table.loc[table.index.repeat(times)].reset_index(drop=True)
    )
    done = svhn("data", "prepare", tmp_path, tmp_path / "out.h5")
    assert (done.status, done.err) == (0, "")
    assert "11 numbers" in done.out
    assert "doubtful: 1 x more than 5 digits (dropped)" in done.out


def test_prepare_refuses_what_is_no_source(streets, tmp_path, own):
    out = tmp_path / "out.h5"
    (tmp_path / "empty").mkdir()
    assert_one_line(svhn("data", "prepare", tmp_path / "nowhere", out), tmp_path / "nowhere")
    assert_one_line(svhn("data", "prepare", tmp_path / "empty", out), tmp_path / "empty")
    (tmp_path / "half").mkdir()
    half = tmp_path / "half" / "digitStruct.mat"
    half.write_bytes((streets / "test" / "digitStruct.mat").read_bytes())
    truncate(half)
    assert_one_line(svhn("data", "prepare", half.parent, out), half)
    columns = tmp_path / "columns.csv"
    columns.write_text("picture,number\na.png,25\n")
    assert_one_line(svhn("data", "prepare", columns, out), columns, "no column file")
    assert_one_line(svhn("data", "prepare", save_picture(tmp_path / "p.png"), out), "p.png")
    (tmp_path / "taken").mkdir()
    assert_one_line(svhn("data", "prepare", own, tmp_path / "taken"), tmp_path / "taken")
    assert not out.exists()


@pytest.mark.parametrize(
    "command",
    [
        "data prepare nowhere taken/a.h5",
        "data street taken/streets",
        "data scenes taken/scenes",
        "data canvases taken/canvases",
        "train --data nowhere.h5 --out taken/run",
        "evaluate nowhere.h5 --predictions taken/a.csv",
        "read nowhere.png --draw taken/drawn",
        "export nowhere taken/a.onnx",
    ],
)
def test_a_place_that_takes_no_file_is_found_before_any_work(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("taken").touch()
    assert_one_line(svhn(*command.split()), "taken", "Not a directory")
    assert os.listdir() == ["taken"]


# svhn models, svhn course


def test_models_shows_the_zoo_with_what_was_reported_and_reached(monkeypatch, tmp_path):
    monkeypatch.setattr(shipped, "SHIPPED", tmp_path)
    before = svhn("models").out
    assert re.search(r"^goodfellow2014 +54x54 RGB +42,868,734 +793 +0.8921 +- +-$", before, re.M)
    assert "\n    reported: digits up to the true length all right" in before
    assert "shipped" not in before
    assert max(map(len, before.splitlines())) <= 100
    figures = {"validation_sequence_accuracy": 0.51239, "validation_numbers": 431, "command": "do"}
    zoo.save_model(says("1", 0.5), tmp_path / "tiny.safetensors", figures)
    after = svhn("models").out
    assert re.search(r"^tiny +64x64 RGB .* +- +0.5124 +shipped\n    svhn_lib\n", after, re.M)
    assert "\n    reached: whole numbers, 431 validated on: do\n" in after


def test_models_as_json_says_the_same(monkeypatch, tmp_path):
    monkeypatch.setattr(shipped, "SHIPPED", tmp_path)
    monkeypatch.setitem(REACHED, "tiny", Figure(0.25, "numbers of a test"))
    zoo.save_model(
        says("1", 0.5), tmp_path / "tiny.safetensors", {"validation_sequence_accuracy": 0.5}
    )
    rows = {row["name"]: row for row in json.loads(svhn("models", "--json").out)}
    assert rows.keys() == zoo.MODELS.keys()
    tiny, goodfellow = rows["tiny"], rows["goodfellow2014"]
    assert tiny["reached"] == {"value": 0.25, "metric": "numbers of a test"}
    assert tiny["weights"] == {"validation_sequence_accuracy": 0.5}
    assert (goodfellow["height"], goodfellow["width"], goodfellow["grey"]) == (54, 54, False)
    assert goodfellow["parameters"] == 42_868_734
    assert goodfellow["reported"]["value"] == 0.8921
    assert goodfellow["reached"] is goodfellow["weights"] is None


def write_notebook(path: Path, code: str) -> None:
    title = nbformat.v4.new_markdown_cell("# A chapter")
    nbformat.write(nbformat.v4.new_notebook(cells=[title, nbformat.v4.new_code_cell(code)]), path)


def test_course_makes_pages_and_names_the_notebook_that_fails(tmp_path):
    write_notebook(tmp_path / "01_good.ipynb", "import os; print(os.environ['SVHN_PROFILE'])")
    write_notebook(tmp_path / "02_bad.ipynb", "1 / 0")
    out = tmp_path / "out"
    done = svhn("course", "--notebooks", tmp_path, "--out", out, "--profile", "full")
    assert done.status == 1
    assert done.out == f"{out / 'index.html'}\n"
    assert sorted(line.split()[0] for line in done.err.splitlines()) == ["01_good", "02_bad"]
    assert "02_bad.ipynb, code cell 1: ZeroDivisionError" in done.err
    assert "full" in (out / "01_good.html").read_text()
    assert (out / "index.html").exists()


def test_course_refuses_folders_without_notebooks(tmp_path):
    out = tmp_path / "out"
    assert_one_line(svhn("course", "--notebooks", tmp_path, "--out", out), tmp_path)


def test_course_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "svhn_lib.course", None)
    assert_one_line(svhn("course", "--out", tmp_path), "pip install 'svhn_lib[course]'")


@pytest.mark.skipif(sys.platform != "linux", reason="folders and devices of Linux")
def test_surroundings_that_are_gone(tmp_path):
    here = tmp_path / "here"
    here.mkdir()
    code = "import os, runpy, sys; os.rmdir(os.getcwd()); sys.argv[1:] = ['models']; "
    code += "runpy.run_module('svhn_lib', run_name='__main__')"
    root = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=here, env=root, capture_output=True, text=True
    )
    assert_one_line(Done(done.returncode, done.stdout, done.stderr), "the current folder")
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "svhn_lib", "--version"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
        assert_one_line(Done(done.returncode, "", done.stderr), "No space left")
        picture = save_picture(tmp_path / "door.png", (900, 700))
        command = [sys.executable, "-m", "svhn_lib", "read", str(picture), str(tmp_path / "none")]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=full, text=True)
    assert done.returncode == 1 and done.stdout.startswith(str(picture))


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_command_that_is_told_to_end_takes_its_half_files_away(tmp_path):
    command = [sys.executable, "-m", "svhn_lib", "data", "street", str(tmp_path / "set")]
    process = subprocess.Popen([*command, "--train", "100000"], stderr=subprocess.DEVNULL)
    while not list(tmp_path.glob("set/.train.*/*.png")):
        assert process.poll() is None
        time.sleep(0.05)
    process.terminate()
    assert process.wait(30) == 143
    assert list((tmp_path / "set").iterdir()) == []


@pytest.mark.parametrize("name", lazy.COMMANDS)
def test_the_list_of_commands_says_what_each_says_of_itself(name):
    own = svhn(name, "--help").out.split("\n\n", 1)[1].lstrip()
    first = " ".join(own.split("\n\n")[0].split())
    assert first == lazy.COMMANDS[name]


@pytest.mark.parametrize("group", ["data", "course"])
def test_completion_is_installed_for_the_whole_command(group):
    assert "--install-completion" in svhn("--help").out
    assert "--install-completion" not in svhn(group, "--help").out
