"""The benchmarks ask the library for names that it has; they are run by hand and take minutes."""

import ast
import importlib
import importlib.util

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
