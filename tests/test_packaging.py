"""What an installation brings, and that the files which say so agree with each other."""

import ast
import importlib
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from itertools import chain

import pytest
import yaml

import svhn_lib
import svhn_lib.data
import svhn_lib.data.shards
import svhn_lib.models

EXTRAS = {"train", "course", "export", "track", "analysis", "browser", "ray", "rivals"}
EXTRAS |= {"docs", "dev"}
EVERYTHING = "svhn_lib[train,export]"  # of these two extras, for the course


@pytest.fixture(scope="module")
def pyproject(root) -> dict:
    return tomllib.loads((root / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def project(pyproject) -> dict:
    return pyproject["project"]


@pytest.fixture(scope="module")
def conda(root) -> dict:
    return yaml.safe_load((root / "environment.yml").read_text())


@pytest.fixture(scope="module")
def requirements(project) -> list[str]:
    asked = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    return [requirement for requirement in asked if requirement != EVERYTHING]


def name_of(requirement: str) -> str:
    return re.match(r"[A-Za-z0-9._-]+", requirement)[0].lower()


def test_the_promised_extras_and_no_others(project):
    assert set(project["optional-dependencies"]) == EXTRAS


def test_python_version_license_and_command(project, root):
    assert project["requires-python"] == ">=3.11"
    assert project["license"] == "MIT"
    assert (root / "LICENSE").read_text().startswith("MIT License")
    assert project["scripts"] == {"svhn": "svhn_lib.cli:main"}


# What is imported comes with a package that is asked for; what is asked for is used without import.
COMES_WITH = {
    "cycler": "matplotlib",
    "ipython": "ipykernel",
    "jupyter-client": "ipykernel",
    "traitlets": "ipykernel",
    "pygments": "nbconvert",
}
USED_BY_NAME = {"onnxscript", "jupyterlab", "notebook", "ipywidgets", "pyarrow", "tensorboard"}


@pytest.fixture(scope="module")
def distributions(root) -> set[str]:
    """Of all packages that the library imports anywhere."""
    names: set[str] = set()
    for path in (root / "svhn_lib").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.split(".")[0])
            elif isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
    known = packages_distributions()
    others = names - sys.stdlib_module_names - {"svhn_lib"}
    return {name_of(known.get(name, [name])[0]).replace("_", "-") for name in others}


def test_what_is_imported_is_asked_for(distributions, requirements):
    named = {name_of(requirement) for requirement in requirements}
    assert {d for d in distributions - named if COMES_WITH.get(d) not in named} == set()


def test_what_is_asked_for_is_used(distributions, project):
    extras = project["optional-dependencies"]
    chosen = ("train", "course", "export", "track", "analysis")
    asked = {*chain(project["dependencies"], *(extras[e] for e in chosen))} - {EVERYTHING}
    assert {name_of(requirement) for requirement in asked} - distributions == USED_BY_NAME


WITHOUT_EXTRAS = """
import importlib, pkgutil, sys
missing = set(sys.argv[1].split(","))
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in missing:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Blocked())
import svhn_lib
for module in pkgutil.walk_packages(svhn_lib.__path__, "svhn_lib.", onerror=lambda name: None):
    if module.name != "svhn_lib.__main__":
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            print(".".join(module.name.split(".")[:2]))
"""


def test_only_course_widgets_export_and_page_need_extras(project):
    training = project["optional-dependencies"]["train"]
    core = {name_of(requirement) for requirement in (*project["dependencies"], *training)}
    asked = {*chain(*project["optional-dependencies"].values())} - {EVERYTHING}
    extras = {name_of(r).replace("_", "-") for r in asked} - core
    extras |= {name for name, home in COMES_WITH.items() if home in extras} - {"pygments"}
    blocked = [
        module
        for module, homes in packages_distributions().items()
        if {name_of(home).replace("_", "-") for home in homes} & extras
    ]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_EXTRAS, ",".join(blocked)], capture_output=True, text=True
    )
    assert done.stderr == ""
    needing = {f"svhn_lib.{name}" for name in ("course", "export", "page", "widgets")}
    assert set(done.stdout.split()) == needing


def test_no_requirement_brings_torchvision(requirements):
    # These depend on torchvision, which has no build beside the CPU build of torch.
    heavy = {
        "torchvision",
        "timm",
        "litdata",
        "mosaicml-streaming",
        "grad-cam",
        "fastai",
        "lightly",
    }
    assert not heavy & {name_of(requirement) for requirement in requirements}


def test_one_package_is_asked_for_in_one_way(requirements):
    ways: dict[str, set[str]] = {}
    for requirement in requirements:
        ways.setdefault(name_of(requirement), set()).add(requirement)
    assert {name: asked for name, asked in ways.items() if len(asked) > 1} == {}


def test_constraints_pin_torch_and_nothing_else(root):
    lines = (root / "constraints.txt").read_text().splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == ["torch==2.13.0"]


def test_conda_takes_python_and_pip_from_conda_forge(conda):
    assert conda["channels"] == ["conda-forge", "nodefaults"]
    *packages, pip = conda["dependencies"]
    assert packages == ["python=3.12", "pip"]
    assert list(pip) == ["pip"]


def test_conda_installs_the_project_with_every_extra(conda, project):
    pip = conda["dependencies"][-1]["pip"]
    assert pip[0] == "-c constraints.txt"
    assert pip[1] == f"-e .[{','.join(project['optional-dependencies'])}]"


def test_conda_names_the_same_requirements(conda, project):
    named = conda["dependencies"][-1]["pip"][2:]
    extras = project["optional-dependencies"]
    parts = (project["dependencies"], extras["train"], extras["export"], extras["course"])
    assert named == [one for one in dict.fromkeys(chain(*parts)) if one != EVERYTHING]
    promised = {"jupyterlab", "torch", "matplotlib", "pandas", "h5py", "seaborn", "ipywidgets"}
    assert promised <= {name_of(requirement) for requirement in named}


def test_make_installs_every_extra(root, project):
    extras = re.search(r"^EXTRAS\s*:= (\S+)$", (root / "Makefile").read_text(), re.MULTILINE)[1]
    assert extras.split(",") == list(project["optional-dependencies"])


def test_continuous_integration_can_be_started(root):
    script = root / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert subprocess.run(["bash", "-n", script]).returncode == 0


def test_weights_types_style_and_scripts_are_package_data(root, pyproject):
    patterns = pyproject["tool"]["setuptools"]["package-data"]["svhn_lib"]
    assert {"py.typed", "weights/*.safetensors", "weights/*.onnx", "course/templates/*"} <= {
        *patterns
    }
    assert "widgets/static/*" in patterns
    for pattern in patterns:
        assert list((root / "svhn_lib").glob(pattern)), f"nothing matches {pattern}"


@pytest.fixture(scope="module")
def imported() -> list[str]:
    """The names of all modules that a bare `import svhn_lib` loads."""
    show = "import sys, svhn_lib; print(svhn_lib.__version__, *sys.modules)"
    return subprocess.run(
        [sys.executable, "-c", show], capture_output=True, text=True, check=True
    ).stdout.split()


def test_the_bare_package_loads_no_torch(imported):
    assert re.fullmatch(r"\d+\.\d+\.\d+", imported[0])
    assert not {"torch", "numpy", "pandas", "svhn_lib.reading.reader"} & set(imported)


@pytest.mark.parametrize(("given", "kept"), [(None, "PASSIVE"), ("ACTIVE", "ACTIVE")])
def test_threads_wait_asleep_unless_something_else_was_said(monkeypatch, given, kept):
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    if given:
        monkeypatch.setenv("OMP_WAIT_POLICY", given)
    show = "import os, svhn_lib; print(os.environ['OMP_WAIT_POLICY'])"
    done = subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == kept


WITHOUT_TORCH = """
import sys
from typer.testing import CliRunner
from svhn_lib.cli import app
from svhn_lib.data import load_numbers
from svhn_lib.data.download import catalogue
catalogue.download = lambda name, root, progress: f"{name} is in {root}"
done = CliRunner().invoke(app, ["data", "download", "mnist"])
assert done.exit_code == 0 and "mnist is in" in done.output, done.output
assert len(load_numbers(sys.argv[1])[0]) == 1
import svhn_lib.labels, svhn_lib.settings
print("torch" in sys.modules)
"""


def test_downloads_and_tables_of_labels_need_no_torch(tmp_path):
    table = tmp_path / "labels.csv"
    table.write_text("file,number\n1.png,257\n")
    (tmp_path / "1.png").touch()
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, table], capture_output=True, text=True
    )
    assert (ended.stdout, ended.stderr) == ("False\n", "")


FACES = (svhn_lib, svhn_lib.data, svhn_lib.data.shards, svhn_lib.models)
PUBLIC = [(face, name) for face in FACES for name in face.__all__ if not name.startswith("_")]


@pytest.mark.parametrize(("face", "name"), PUBLIC)
def test_public_names_are_those_of_their_modules(face, name):
    for _ in range(2):  # a module of the same name would come first the second time
        offered = getattr(face, name)
        home = getattr(offered, "__module__", "svhn_lib.models.zoo")  # MODELS is a plain dict
        assert offered is getattr(importlib.import_module(home), name)
    assert name in {*dir(face), *face.__all__}


def test_another_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Writer'"):
        _ = svhn_lib.Writer


@pytest.fixture(scope="module")
def wheel(root, tmp_path_factory) -> zipfile.ZipFile:
    """The wheel as it is built from the files of the library alone."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, folder)
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(root / "svhn_lib", folder / "svhn_lib", ignore=unwanted)
    build = "import sys; from setuptools import build_meta; print(build_meta.build_wheel('.'))"
    done = subprocess.run(
        [sys.executable, "-c", build], cwd=folder, capture_output=True, text=True, check=True
    )
    return zipfile.ZipFile(folder / done.stdout.splitlines()[-1])


def test_the_wheel_holds_every_file_of_the_library_and_nothing_else(wheel, root):
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    library = (path for path in (root / "svhn_lib").rglob("*") if path.is_file())
    wanted = {str(p.relative_to(root)) for p in library if "__pycache__" not in p.parts}
    assert held == wanted


def test_the_wheel_says_what_it_is(wheel):
    (name,) = (name for name in wheel.namelist() if name.endswith("/METADATA"))
    text = wheel.read(name).decode()
    assert f"Version: {svhn_lib.__version__}" in text
    assert "License-Expression: MIT" in text
    assert "# svhn_lib" in text
    assert any(name.endswith("licenses/LICENSE") for name in wheel.namelist())
