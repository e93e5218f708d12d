"""The examples in docstrings do what they show."""

import doctest
import importlib
import pkgutil

import pytest

import svhn_lib

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(svhn_lib.__path__, "svhn_lib.")
    if not module.name.endswith("__main__")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
