"""The order of the layers, as pyproject.toml states it, holds in the code."""

import os
import re
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

LINT = (
    "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
)


def lint(folder: Path, package: Path) -> subprocess.CompletedProcess:
    """Run the contracts of `folder`/pyproject.toml on the svhn_lib that lies in `package`."""
    return subprocess.run(
        [sys.executable, "-c", LINT],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
    )


def test_every_module_imports_from_lower_layers_only(root):
    done = lint(root, root)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("labels", "import svhn_lib.reading.reader"),
        ("labels", "import svhn_lib.settings"),
        ("losses", "import svhn_lib.reading.decoding"),
        ("data/matlab/digit_struct", "import svhn_lib.data.tables.numbers"),
        ("data/tables/numbers", "import svhn_lib.models.zoo"),
        ("models/heads", "import svhn_lib.models.zoo"),
        ("training/state", "import svhn_lib.training.loop"),
        ("unplanned", ""),
    ],
)
def test_an_import_upwards_is_found(root, tmp_path, module, line):
    package = tmp_path / "svhn_lib"
    wings = ("", "data/", "data/tables/", "data/matlab/", "models/", "analysis/", "reading/")
    for wing in (*wings, "training/", "detection/"):
        write(package / f"{wing}__init__.py")
    for name in ("labels", "settings", "losses", "reading/decoding", "reading/reader"):
        write(package / f"{name}.py")
    for name in ("data/matlab/digit_struct", "data/tables/numbers", "models/zoo", "models/heads"):
        write(package / f"{name}.py")
    write(package / "training/loop.py")
    (tmp_path / "pyproject.toml").write_text((root / "pyproject.toml").read_text())
    assert lint(tmp_path, tmp_path).returncode == 0
    write(package / f"{module}.py", line)
    done = lint(tmp_path, tmp_path)
    assert done.returncode == 1
    assert "Broken contract" in done.stdout or "unplanned" in done.stdout


def drawn_imports(text: str) -> set[tuple[str, str]]:
    """The imports between the packages of `data/` as the picture in CONTRIBUTING.md draws them."""
    picture = text[text.index("    level 4") : text.index("## The layers")]
    arrows = re.findall(r"(\w+) ─► ((?:\w+, )*\w+)", picture)
    return {(room, other) for room, others in arrows for other in others.split(", ")}


def test_the_picture_of_the_subpackages_of_data_is_right(root):
    graph = grimp.build_graph("svhn_lib", exclude_type_checking_imports=True, cache_dir=None)
    rooms = graph.find_children("svhn_lib.data")
    for room in rooms:
        if graph.find_children(room):
            graph.squash_module(room)
    found = {
        (room.split(".")[-1], other.split(".")[-1])
        for room in rooms
        for other in graph.find_modules_directly_imported_by(room) & (rooms - {room})
    }
    assert drawn_imports((root / "CONTRIBUTING.md").read_text(encoding="utf-8")) == found


def test_the_page_for_contributors_names_what_is_there(root):
    page = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_/]+(?:\.py|\.toml|\.md|/))", page))
    homes = (
        root,
        *(root / "svhn_lib" / wing for wing in ("", "training", "models", "data/street")),
    )
    assert len(named) > 25
    assert [name for name in named if not any((home / name).exists() for home in homes)] == []
    top = {path.stem for path in (root / "svhn_lib").iterdir() if path.suffix in ("", ".py")}
    left_out = {"__init__", "__main__", "__pycache__", "py", "weights"}
    table = page[page.index("| layer |") :]
    assert [name for name in top - left_out if not re.search(rf"`{name}[./`]", table)] == []


def write(path: Path, line: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(line + "\n")
