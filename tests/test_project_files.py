"""The files that a project is handed out with say what is true, and forges can read them."""

import re
import tomllib

import pytest
import yaml

import svhn_lib
from svhn_lib.data.cutting import pictures

FORMS = (".github/ISSUE_TEMPLATE/fault.yml", ".github/ISSUE_TEMPLATE/wish.yml")


@pytest.fixture
def text(root):
    """Read a file of the repository."""
    return lambda name: (root / name).read_text(encoding="utf-8")


def test_the_citation_has_what_its_format_asks_for(text):
    citation = yaml.safe_load(text("CITATION.cff"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["version"] == svhn_lib.__version__
    assert citation["license"] == tomllib.loads(text("pyproject.toml"))["project"]["license"]
    for reference in citation["references"]:
        assert {"type", "title", "year", "authors"} <= set(reference)


def test_the_newest_entry_of_the_changelog_is_this_version(text):
    versions = re.findall(r"^## (\d+\.\d+\.\d+)", text("CHANGELOG.md"), re.MULTILINE)
    assert versions[0] == svhn_lib.__version__
    assert len(versions) == len(set(versions))


def test_security_names_the_limits_that_the_library_has(text):
    page = text("SECURITY.md")
    assert f"{pictures.MAX_PIXELS // 1_000_000} million pixels" in page
    assert f"{pictures.MAX_BYTES // 2**30} GiB" in page


def test_security_names_files_that_are_there(text, root):
    named = re.findall(r"`(svhn_lib/[\w/.]+)`", text("SECURITY.md"))
    assert named
    assert [name for name in named if not (root / name).is_file()] == []


def test_the_forge_tests_the_versions_of_python_that_are_promised(text):
    workflow = yaml.safe_load(text(".github/workflows/ci.yml"))
    checks = workflow["jobs"]["checks"]
    project = tomllib.loads(text("pyproject.toml"))["project"]
    named = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    assert checks["strategy"]["matrix"]["python"] == named
    assert project["requires-python"] == f">={named[0]}"
    assert checks["steps"][-1] == {"run": "bash .ci/run"}


@pytest.mark.parametrize("name", FORMS)
def test_forms_for_issues_can_be_filled_in(text, name):
    form = yaml.safe_load(text(name))
    assert {"name", "description", "body"} <= set(form)
    fields = [field["id"] for field in form["body"]]
    assert len(fields) == len(set(fields)) >= 3
    assert all(field["attributes"]["label"] for field in form["body"])


def test_a_long_subject_is_refused_when_it_is_committed(text):
    hooks = yaml.safe_load(text(".pre-commit-config.yaml"))["repos"][0]["hooks"]
    (subject,) = (hook for hook in hooks if hook["id"] == "subject")
    assert not re.search(subject["entry"], "x" * 72 + "\n\n" + "y" * 100, re.MULTILINE)
    assert re.search(subject["entry"], "x" * 73 + "\n", re.MULTILINE)
