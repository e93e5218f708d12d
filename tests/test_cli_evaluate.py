"""`svhn evaluate`."""

import csv
import json
from functools import partial
from pathlib import Path

import pytest
from made_localiser import Finds, place
from small_cli import assert_one_line, save_picture, says, svhn, truncate

from svhn_lib.cli import console as cli_console
from svhn_lib.data import load_numbers
from svhn_lib.data.street import RenderSettings, render_split
from svhn_lib.models import zoo
from svhn_lib.reading import reader


@pytest.fixture(autouse=True)
def _no_progress_lines(monkeypatch):
    """What a command says must not depend on how busy this machine is."""
    monkeypatch.setattr(cli_console, "INTERVAL", float("inf"))


@pytest.fixture(scope="module")
def streets(tmp_path_factory) -> Path:
    """Twelve rendered pictures with their digitStruct.mat."""
    folder = tmp_path_factory.mktemp("streets") / "test"
    render_split(folder, 12, 3, RenderSettings(bundled_fonts=True), workers=1)
    return folder


def test_evaluate_gives_the_figures_of_a_case_worked_by_hand(own, weights, tmp_path):
    answers = tmp_path / "deep" / "answers.csv"
    options = ("--labels", own, "--model", weights, "--predictions", answers)
    done = svhn("evaluate", *options, "--json")
    assert (done.status, done.err) == (0, "")
    result = json.loads(done.out)
    # true 25 25 2 35, read 25 each: real digits right 2 + 2 + 1 + 1 of 7
    assert result == {
        "n": 4,
        "sequence_accuracy": 0.5,
        "sequence_accuracy_interval": [
            pytest.approx(0.15, abs=5e-4),
            pytest.approx(0.85, abs=5e-4),
        ],
        "character_accuracy": pytest.approx(6 / 7),
        "length_accuracy": 0.75,
        "coverage_at_95": 0.0,
        "coverage_at_98": 0.0,
        "calibration_error": pytest.approx(0.4),
        "by_length": {
            "1": {"n": 1, "sequence_accuracy": 0.0},
            "2": {"n": 3, "sequence_accuracy": pytest.approx(2 / 3)},
        },
        "model": str(weights),
        "views": 1,
        "crop": {"shape": "square", "margin": 0.3},
    }
    with answers.open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["file", "number", "predicted", "confidence"]
    assert [row[:3] for row in rows[1:]] == [
        ["a.png", "25", "25"],
        ["b.png", "25", "25"],
        ["c.png", "2", "25"],
        ["d.png", "35", "25"],
    ]
    assert [float(row[3]) for row in rows[1:]] == pytest.approx([0.9] * 4)


def test_predictions_never_replace_what_is_read_or_another_file(own, streets, weights, tmp_path):
    store, notes = tmp_path / "test.h5", tmp_path / "notes.txt"
    assert svhn("data", "prepare", streets, store).status == 0
    notes.write_text("not to be lost")
    link = tmp_path / "link.csv"
    link.symlink_to(own)
    kept = (own, store, notes, own.parent / "a.png", streets / "digitStruct.mat")
    before = {path: path.read_bytes() for path in kept}
    calls = [("--labels", own, path) for path in (*kept, link)]
    calls += [(store, "--json", store), ("--labels", streets, streets / "digitStruct.mat")]
    for *source, out in calls:
        done = svhn("evaluate", *source, "--model", weights, "--predictions", out)
        assert_one_line(done, out)
    assert {path: path.read_bytes() for path in kept} == before
    assert link.is_symlink()
    assert not list(tmp_path.glob(".*"))


def test_predictions_that_are_evaluated_are_not_replaced(own, weights, tmp_path):
    answers = tmp_path / "answers.csv"
    options = ("--model", weights, "--predictions", answers)
    for _ in range(2):  # their own kind may be replaced
        assert svhn("evaluate", "--labels", own, *options).status == 0
    before = answers.read_bytes()
    assert_one_line(svhn("evaluate", "--labels", answers, *options), answers, "another file")
    assert answers.read_bytes() == before


def test_predictions_go_through_links_and_devices(own, weights, tmp_path):
    link, target = tmp_path / "link.csv", tmp_path / "target.csv"
    link.symlink_to(target)
    for out in (link, "/dev/null"):
        done = svhn("evaluate", "--labels", own, "--model", weights, "--predictions", out)
        assert done.status == 0
    assert link.is_symlink()
    assert target.read_text().startswith("file,number,predicted,confidence\n")
    assert not Path("/dev/null").is_file()


def test_a_number_that_is_not_found_is_empty_in_the_predictions(own, tmp_path):
    nothing, answers = tmp_path / "nothing.safetensors", tmp_path / "answers.csv"
    zoo.save_model(says("", 0.8), nothing)
    done = svhn("evaluate", "--labels", own, "--model", nothing, "--predictions", answers, "--json")
    assert json.loads(done.out)["length_accuracy"] == 0
    with answers.open(newline="") as file:
        assert [row["predicted"] for row in csv.DictReader(file)] == [""] * 4


def test_evaluate_prints_a_table_with_the_interval(own, weights):
    done = svhn("evaluate", "--labels", own, "--model", weights)
    # Wilson's interval for 2 of 4: (0.5 + z^2/8 -+ z sqrt(1/16 + z^2/64)) / (1 + z^2/4), z = 1.96
    assert "whole number       50.0 %   95 % interval 15.0 % to 85.0 %" in done.out
    assert "coverage at 95 %   0.0 %" in done.out
    assert "calibration error  40.0 %" in done.out  # confidence 0.9, right in half of the cases
    assert "     1        1         0.0 %" in done.out
    assert "     2        3        66.7 %" in done.out


def test_a_store_and_its_source_are_measured_alike(streets, tmp_path):
    direct = json.loads(svhn("evaluate", "--labels", streets, "--json").out)
    crop = direct.pop("crop")  # which the weights want
    options = ["--crop", crop["shape"], "--margin", crop["margin"]]
    assert svhn("data", "prepare", streets, tmp_path / "test.h5", *options).status == 0
    assert json.loads(svhn("evaluate", tmp_path / "test.h5", "--json").out) == direct
    assert direct["n"] == 12


def test_columns_are_read_out_of_their_pictures(tmp_path):
    settings = RenderSettings((0, 0, 0, 1), True, ("stacks", "framing"), stacked=1.0)
    folder, labels = tmp_path / "test", tmp_path / "labels.csv"
    render_split(folder, 10, 0, settings, workers=1)
    numbers, _ = load_numbers(folder)
    numbers["file"] = [f"test/{Path(file).name}" for file in numbers["file"]]
    numbers[["file", "number", "left", "top", "right", "bottom"]].to_csv(labels, index=False)
    crop = ("--crop", "clipped", "--margin", 0.3)
    assert svhn("data", "prepare", folder, tmp_path / "test.h5", *crop).status == 0
    sources = (("--labels", folder), ("--labels", labels), (tmp_path / "test.h5",))
    done = [svhn("evaluate", *source, "--json") for source in sources]
    by_folder, by_csv, by_crops = (json.loads(one.out)["sequence_accuracy"] for one in done)
    assert by_folder == by_csv >= by_crops + 0.3


def test_several_views_are_said_with_their_crops(own, weights):
    options = ("--labels", own, "--model", weights, "--views", 3)
    result = json.loads(svhn("evaluate", *options, "--json").out)
    assert result["views"] == 3
    assert result["crop"] == {"shape": "square", "margin": 0.3}
    assert [tuple(crop.values()) for crop in result["crops"]] == [
        ("clipped", 0.3),
        ("clipped", 0.2),
        ("clipped", 0.25),
    ]
    assert result["sequence_accuracy"] == 0.5  # 25 in every view
    said = "4 numbers, 3 views: clipped with 30 %, clipped with 20 %, clipped with 25 % margin"
    assert said in svhn("evaluate", *options).out


def test_views_of_a_store_are_those_of_its_pictures(streets, tmp_path):
    """Cut out of wide crops in place of pictures, which resizes twice, and reads the same."""
    store, tight = tmp_path / "wide.h5", tmp_path / "tight.h5"
    assert svhn("data", "prepare", streets, store, "--margin", 0.625, "--size", 160).status == 0
    answers = {}
    for source in ((store,), ("--labels", streets)):
        out = tmp_path / "answers.csv"
        done = svhn("evaluate", *source, "--views", 3, "--predictions", out)
        assert (done.status, done.err) == (0, "")
        assert "12 numbers, 3 views: clipped with 30 %" in done.out
        with out.open(newline="") as file:
            answers[source[0]] = list(csv.DictReader(file))
    for one, other in zip(answers[store], answers["--labels"], strict=True):
        assert float(one["confidence"]) == pytest.approx(float(other["confidence"]), abs=0.2)
        if float(one["confidence"]) > 0.8:
            assert one["predicted"] == other["predicted"]
    assert svhn("data", "prepare", streets, tight, "--margin", 0.2).status == 0
    assert_one_line(svhn("evaluate", tight, "--views", 2), tight, "0.3")
    assert svhn("evaluate", tight, "--views", 1).status == 0


@pytest.mark.parametrize("command", ["read", "evaluate"])
def test_views_that_cannot_be_are_refused(own, tmp_path, command):
    source = ["--labels", own] if command == "evaluate" else [own.parent / "a.png"]
    for views in (0, 6, "many"):
        done = svhn(command, *source, "--views", views)
        assert (done.status, done.out) == (2, "")
        assert "--views" in done.err
    decoder = tmp_path / "decoder.safetensors"
    zoo.save_model(zoo.create_model("compact-attention"), decoder)
    assert svhn(command, *source, "--model", decoder).status == 0
    assert_one_line(svhn(command, *source, "--model", decoder, "--views", 2), decoder, "one view")


def test_evaluate_names_bad_rows_and_does_the_rest(own, weights):
    with own.open("a") as file:
        file.write("cut.png,7,,,,,\na.png,twelve,,,,,\n")
    truncate(save_picture(own.parent / "cut.png"))
    done = svhn("evaluate", "--labels", own, "--model", weights, "--json")
    assert done.status == 1
    assert [line.split(": ")[:2] for line in done.err.splitlines()] == [
        [f"{own}, line 6", "cut.png"],
        [f"{own}, line 7", "a.png"],
    ]
    assert json.loads(done.out)["n"] == 4


def test_evaluate_refuses_what_it_cannot_use(own, streets, tmp_path, weights):
    store = tmp_path / "store.h5"
    assert svhn("data", "prepare", streets, store).status == 0
    text = tmp_path / "text.safetensors"
    text.write_text("no weights")
    assert_one_line(svhn("evaluate", store, "--model", text), text, "retrain")
    assert_one_line(svhn("evaluate", store, "--model", "nonsense"), "nonsense")
    columns = tmp_path / "columns.csv"
    columns.write_text("file;number\na.png;25\n")
    for labels in (columns, tmp_path / "nowhere.csv"):
        assert_one_line(svhn("evaluate", "--labels", labels, "--model", weights), labels)


def test_the_shipped_reader_reads_real_numbers(samples):
    done = svhn("evaluate", "--labels", samples / "real" / "labels.csv", "--json")
    assert done.status == 0
    result = json.loads(done.out)
    assert result["n"] == 431
    assert result["sequence_accuracy"] >= 0.83


def test_damaged_pictures_are_named_once_and_in_no_warning(own, recwarn):
    own.write_text("file,number\na.png,257\nabsent.png,3\n")
    done = svhn("evaluate", "--labels", own)
    assert done.status == 1
    assert done.err.count("absent.png") == 1
    assert not [one for one in recwarn if "missing" in str(one.message)]


@pytest.fixture
def photos(tmp_path, monkeypatch) -> Path:
    """Photos with one number, two, none; in each 25 is found in two places."""
    monkeypatch.setattr(
        reader,
        "Reader",
        partial(
            reader.Reader,
            localiser=Finds(place(0.1, 0.2, 0.4, 0.6, 0.9), place(0.6, 0.5, 0.8, 0.9, 0.7)),
        ),
    )
    for name in ("one.png", "two.png", "wall.png", "where.png"):
        save_picture(tmp_path / name, (100, 50))
    rows = ["file,number,left,top,right,bottom,street"]
    rows += ["one.png,25,10,10,40,30,High", "two.png,7,60,25,80,45,", "two.png,25,10,10,40,30,"]
    rows += [
        "wall.png,,,,,,",
        "where.png,25,,,,,",
        "where.png,3,,,,,",
        "where.png,25,,,,,",
    ]
    (tmp_path / "labels.csv").write_text("\n".join(rows) + "\n")
    return tmp_path / "labels.csv"


def test_evaluate_whole_finds_and_reads(photos, weights, tmp_path):
    answers = tmp_path / "answers.csv"
    options = ("--labels", photos, "--whole", "--model", weights, "--predictions", answers)
    done = svhn("evaluate", *options, "--json")
    assert (done.status, done.err) == (0, "")
    result = json.loads(done.out)
    assert result["n"] == 5
    assert result["read"] == pytest.approx(3 / 5)
    assert (result["boxes"], result["found"]) == (3, 1)
    assert result["read_given_found"] == pytest.approx(2 / 3)
    assert (result["empty"], result["false_alarms"]) == (1, 1)
    low, high = result["read_interval"]
    assert low < 0.6 < high
    with answers.open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == [
        "file",
        "number",
        "predicted",
        "confidence",
        "found",
        "left",
        "top",
        "right",
        "bottom",
    ]
    assert rows[1] == ["one.png", "25", "25", "0.889703", "1", "10.0", "10.0", "40.0", "30.0"]
    assert [row[:3] for row in rows[2:]] == [
        ["two.png", "7", "25"],
        ["two.png", "25", "25"],
        ["wall.png", "", "25"],
        ["where.png", "25", "25"],
        ["where.png", "3", "25"],
    ]
    told = svhn("evaluate", *options).out
    assert "found and read     60.0 %   95 % interval" in told
    assert "found              100.0 %" in told
    assert "false alarms       100.0 %" in told


def test_evaluate_whole_names_photos_that_cannot_be_read(photos, weights, tmp_path):
    photos.write_text("file,number\none.png,25\nabsent.png,3\n")
    done = svhn("evaluate", "--labels", photos, "--whole", "--model", weights, "--json")
    assert done.status == 1
    assert done.err == f"{tmp_path / 'absent.png'}: no such picture; check the name and folder\n"
    assert json.loads(done.out)["n"] == 1
    photos.write_text("file,number\nabsent.png,3\n")
    done = svhn("evaluate", "--labels", photos, "--whole", "--model", weights)
    assert (done.status, done.out) == (1, "")
    assert svhn("evaluate", tmp_path / "test.h5", "--whole").status == 2


def test_evaluate_whole_says_why_there_is_nothing_to_read(photos, weights):
    asked = ("evaluate", "--labels", photos, "--whole", "--model", weights)
    photos.write_text("file,number\n")
    done = svhn(*asked)
    assert (done.status, done.out) == (1, "")
    assert done.err == f"{photos}: it holds no number and no photo\n"
    photos.write_text("file,number\none.png,x\n")
    assert svhn(*asked).err.endswith(f"{photos}: not one of its rows could be used\n")
