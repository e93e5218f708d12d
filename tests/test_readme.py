"""Every command of the README in order, as it is written, in a fresh folder."""

import json
import re
import shlex
import tomllib

import pytest
from PIL import Image
from small_cli import save_picture, svhn

from svhn_lib.cli import console as cli_console

# Chapters are run by tests/notebooks; shards from a server and the page by their own tests.
ELSEWHERE = ("svhn course", "svhn page", "https://")
PAGES = ("README.md", "docs/many_machines.md")


@pytest.fixture(scope="module")
def readme(root) -> str:
    return (root / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def indented(root) -> list[str]:
    """The lines of all indented blocks, those of a guide that goes on with the same files last."""
    text = "\n".join((root / page).read_text(encoding="utf-8") for page in PAGES)
    return re.findall(r"^    (.*)$", text, re.MULTILINE)


@pytest.fixture(autouse=True)
def _fresh_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli_console, "INTERVAL", float("inf"))


def test_the_commands_run_in_their_order(indented, tmp_path):
    table = indented.index("file,number,left,top,right,bottom")
    (tmp_path / "labels.csv").write_text("\n".join(indented[table : table + 3]) + "\n")
    save_picture(tmp_path / "door.jpg", (400, 300))
    save_picture(tmp_path / "gate.png", (60, 50))
    lines = [line for line in indented if line.startswith("svhn ")]
    here = [line for line in lines if not any(part in line for part in ELSEWHERE)]
    assert len(here) > 15
    said = {}
    for line in here:
        done = svhn(*shlex.split(line, comments=True)[1:])
        assert done.status == 0, f"{line}\n{done.err}"
        said[line] = done.out
    (one,) = (line for line in here if line.startswith("svhn read") and ".png" in line)
    assert f": {one.split()[-1]}  " in said[one]  # what the line says at its end
    (folder,) = (line for line in here if "--json" in line)
    assert len([json.loads(answer) for answer in said[folder].splitlines()]) == 60


def test_the_ten_lines_run_and_read_what_they_say(readme, capsys):
    code = re.search(r"^```python\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)[1]
    assert len([line for line in code.splitlines() if line]) <= 10
    exec(code, {"__name__": "__main__"})
    score, answer = capsys.readouterr().out.splitlines()
    assert float(re.match(r"Score\(n=100, sequence_accuracy=([0-9.]+)", score)[1]) > 0.8
    shown = re.search(r"this one shows (\d+)", code)[1]
    assert answer.startswith(f"Answer(number='{shown}'")


def test_pictures_and_pages_that_it_links_to_are_there(readme, root):
    links = [link for link in re.findall(r"\]\(([^)]+)\)", readme) if "://" not in link]
    assert [link for link in links if not (root / link).exists()] == []
    for link in links:
        if link.endswith(".png"):
            Image.open(root / link).verify()


def test_it_is_short_and_names_targets_of_make_that_there_are(readme, root):
    assert len(readme.splitlines()) <= 150
    targets = re.findall(r"^([a-z]+):", (root / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"`make ([a-z]+)`", readme)) <= set(targets)
    assert set(re.findall(r"^    make ([a-z]+)", readme, re.MULTILINE)) == {"course", "test"}


def test_it_asks_pip_for_extras_that_there_are(readme, root):
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    asked = {extra for line in re.findall(r"\.\[([\w,]+)\]", readme) for extra in line.split(",")}
    assert asked
    assert asked <= set(project["optional-dependencies"])
