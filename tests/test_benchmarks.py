"""The benchmarks ask the library for names that it has; they are run by hand and take minutes."""

import ast
import importlib
import importlib.util
import runpy
import sys

import pytest


def asked(source: str) -> list[tuple[str, str]]:
    """(module, name) of everything that a script imports from the library."""
    imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    ours = [node for node in imports if node.module and node.module.startswith("svhn_lib")]
    return [(node.module, alias.name) for node in ours for alias in node.names]


@pytest.fixture(scope="module")
def scripts(root) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted((root / "benchmarks").glob("*.py"))}


def exists(module: str, name: str) -> bool:
    home = importlib.import_module(module)
    if hasattr(home, name) or not hasattr(home, "__path__"):
        return hasattr(home, name)
    return importlib.util.find_spec(f"{module}.{name}") is not None


def test_benchmarks_import_what_the_library_has(scripts):
    missing = [
        (script, module, name)
        for script, source in scripts.items()
        for module, name in asked(source)
        if not exists(module, name)
    ]
    assert len(scripts) > 15
    assert missing == []


def test_each_script_starts_and_has_its_row(scripts, root, monkeypatch, capsys):
    monkeypatch.syspath_prepend(root / "benchmarks")
    page = (root / "benchmarks" / "README.md").read_text()
    for script in set(scripts) - {
        "plain.py",
        "rivals_whole.py",
        "streets.py",
    }:  # what others import
        monkeypatch.setattr(sys, "argv", [script, "--help"])
        with pytest.raises(SystemExit) as end:
            runpy.run_path(str(root / "benchmarks" / script), run_name="__main__")
        assert end.value.code == 0, script
        said = " ".join(capsys.readouterr().out.split())
        assert f"usage: {script}" in said
        assert f"`python benchmarks/{script}" in page
