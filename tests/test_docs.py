"""The guides say what is true, and the site is built of them and of the docstrings."""

import ast
import importlib
import inspect
import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from filelock import FileLock
from mkdocs.commands.build import build
from mkdocs.config import load_config
from PIL import Image
from small_sets import number_set

from svhn_lib import load_model, save_model
from svhn_lib.cli import app
from svhn_lib.data.sets.store import write_store

ROOT = Path(__file__).resolve().parents[1]
GUIDES = sorted((ROOT / "docs").glob("*.md"))
REFERENCE = sorted((ROOT / "docs" / "api").glob("*.md"))
ANYTHING = "…"
WITH_PYTHON = [page for page in GUIDES if "```python" in page.read_text(encoding="utf-8")]


@pytest.fixture(scope="module")
def site(tmp_path_factory, worker_id) -> Path:
    """The site as `make docs` builds it, once for all test processes; a warning ends the build."""
    shared = tmp_path_factory.getbasetemp()
    folder = (shared if worker_id == "master" else shared.parent) / "site"
    with FileLock(f"{folder}.lock"):
        if not (folder / "built").exists():
            build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(folder), strict=True))
            (folder / "built").touch()
    return folder


@pytest.fixture(scope="module")
def messages() -> list[str]:
    """Every text in the library's source; what is filled in is '…'."""
    texts = []
    for path in (ROOT / "svhn_lib").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = (getattr(part, "value", ANYTHING) for part in node.values)
                texts.append("".join(p if isinstance(p, str) else ANYTHING for p in parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.append(node.value)
    scripts = (ROOT / "svhn_lib/widgets/static").glob("*.js")
    return texts + [path.read_text(encoding="utf-8") for path in (*scripts, ROOT / "Makefile")]


def in_order(parts: list[str], text: str) -> bool:
    """Whether all parts stand in a text, one after another."""
    place = 0
    for part in parts:
        place = text.find(part, place)
        if place < 0:
            return False
        place += len(part)
    return True


def test_every_error_of_the_troubleshooting_page_is_one_of_the_library(messages):
    page = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
    told = re.findall(r"^```text\n(.*?)\n```", page, re.MULTILINE | re.DOTALL)
    assert len(told) > 25
    unknown = []
    for error in told:
        parts = [part.strip(" :\n") for part in error.split(ANYTHING)]
        parts = [part for part in parts if len(part) > 3]
        assert parts, error
        if not any(in_order(parts, text) for text in messages):
            unknown.append(error)
    assert unknown == []


def code_lines(page: Path, start: str) -> list[str]:
    """The lines of a guide's indented blocks that begin so."""
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^    ({start} .*)$", text, re.MULTILINE)


def find_command(words: list[str]) -> Any:
    """The command that a line calls, as deep as it goes."""
    found = typer.main.get_command(app)
    for word in words:
        group = hasattr(found, "get_command")  # the first one loads its commands when asked for
        if not group or (inner := found.get_command(None, word)) is None:
            break
        found = inner
    return found


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_commands_of_the_guides_exist_with_their_options(page):
    for line in code_lines(page, "svhn"):
        words = shlex.split(line, comments=True)[1:]
        known = {option for p in find_command(words).params for option in (*p.opts, "--help")}
        assert {word for word in words if word.startswith("--")} <= known, line


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_python_of_the_guides_imports_what_there_is(page):
    text = page.read_text(encoding="utf-8")
    for code in re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("svhn_lib"):
                home = importlib.import_module(node.module)
                assert [name.name for name in node.names if not hasattr(home, name.name)] == []


def test_every_page_is_reached_from_the_menu():
    # Tags of Python objects are the business of MkDocs.
    text = re.sub(r"!!python\S*", "", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    reached = set(re.findall(r"[\w/]+\.md", yaml.safe_dump(yaml.safe_load(text)["nav"])))
    pages = {str(page.relative_to(ROOT / "docs")) for page in (*GUIDES, *REFERENCE)}
    assert pages | {"api/command.md"} == reached


@cache
def public_names(module: str) -> list[str]:
    """The names that a part of the library offers."""
    part = importlib.import_module(module)
    here = vars(part).items()
    own = (name for name, value in here if is_own(value, module) and not name.startswith("_"))
    return list(getattr(part, "__all__", own))


def is_own(value: object, module: str) -> bool:
    return getattr(value, "__module__", "") == module and callable(value)


def test_every_face_has_a_page():
    named = {re.search(r"::: (\S+)", page.read_text())[1] for page in REFERENCE}
    faces = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for path in (ROOT / "svhn_lib").rglob("__init__.py")
        if re.search(r"^__all__ = ", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert faces - {"svhn_lib.cli"} <= named


@pytest.mark.parametrize("page", REFERENCE, ids=lambda page: page.stem)
def test_every_public_name_is_in_the_reference(site, page):
    module = re.search(r"::: (\S+)", page.read_text(encoding="utf-8"))[1]
    built = (site / "api" / f"{page.stem}.html").read_text(encoding="utf-8")
    there = set(re.findall(r'id="([\w.]+)"', built))
    names = {name for name in public_names(module) if not name.startswith("_")}
    assert names
    # A function that is called as its module is listed as the module's.
    there |= {re.sub(r"\.(\w+)\.\1$", r".\1", name) for name in there}
    assert {name for name in names if f"{module}.{name}" not in there} == set()


def test_the_commands_are_in_the_reference(site):
    built = (site / "api/command.html").read_text(encoding="utf-8")
    for name in ("svhn train", "svhn read", "svhn data prepare"):
        assert f">{name}" in built


def test_the_site_loads_nothing_from_elsewhere(site):
    for page in site.rglob("*.html"):
        built = page.read_text(encoding="utf-8")
        assert re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="(https?:[^"]+)"', built) == []


def without_example(module: str) -> list[str]:
    """The classes and functions of a part, errors apart, that show no example."""
    part = importlib.import_module(module)
    named = ((name, getattr(part, name)) for name in public_names(module))
    return [
        name
        for name, value in named
        if inspect.isfunction(value)
        or (inspect.isclass(value) and not issubclass(value, Exception))
        if "Example:" not in (value.__doc__ or "")
    ]


@pytest.mark.parametrize("page", REFERENCE, ids=lambda page: page.stem)
def test_every_public_name_has_an_example(page):
    module = re.search(r"::: (\S+)", page.read_text(encoding="utf-8"))[1]
    assert without_example(module) == []


@pytest.mark.parametrize("page", WITH_PYTHON, ids=lambda page: page.stem)
def test_python_of_the_guides_runs(page, tmp_path, monkeypatch):
    """What needs nothing but files of the reader's own, which are made here."""
    text = page.read_text(encoding="utf-8")
    codes = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    codes = [code for code in codes if "import ray" not in code and "datasets" not in code]
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (60, 40), "grey").save("door.jpg")
    write_store("test.h5", number_set(["257", "8"], size=64))
    (tmp_path / "runs" / "svhn").mkdir(parents=True)
    save_model(load_model("compact"), Path("runs/svhn/best.safetensors"))
    for code in codes:
        exec(code, {"__name__": "__main__"})
