"""The order of the layers, as pyproject.toml states it, holds in the code."""

import os
import subprocess
import sys
from pathlib import Path

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
    for wing in (*wings, "training/"):
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


def write(path: Path, line: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(line + "\n")
