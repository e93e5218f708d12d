"""For those who write notebooks: `python -m svhn_lib.course (check | execute) NOTEBOOK...`.

`check` prints what is wrong with the files as they are; `execute` runs them and stores the outputs.
Running the whole course into web pages is `svhn course`.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import nbformat

from svhn_lib.course.checks import check_notebook, read_notebook
from svhn_lib.course.runner import PROFILES, NotebookError, execute


def check(path: Path) -> bool:
    """Print the problems of one file, a line each; True when there are none."""
    problems = check_notebook(path)
    for problem in problems:
        print(f"{path}: {problem}")
    return not problems


def store(path: Path, profile: str) -> bool:
    """Run one notebook and put its outputs into the file; a failed run changes nothing."""
    notebook = read_notebook(path)
    try:
        execute(notebook, path.parent.resolve(), {"SVHN_PROFILE": profile})
    except NotebookError as error:
        print(f"{path}: {error}")
        return False
    beside = path.with_name(path.name + ".part")
    nbformat.write(notebook, beside)
    os.replace(beside, path)
    return True


def main(arguments: list[str] | None = None) -> int:
    """Do one of the two commands; 0 when every notebook passed, 1 when one did not."""
    parser = argparse.ArgumentParser(prog="python -m svhn_lib.course", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="look at the files as they are")
    run = commands.add_parser("execute", help="run the notebooks and store their outputs")
    run.add_argument("--profile", choices=PROFILES, default="quick")
    for command in commands.choices.values():
        command.add_argument("notebooks", nargs="*", type=Path, metavar="NOTEBOOK")
    options = parser.parse_args(arguments)
    passed = True
    for path in options.notebooks:
        try:
            passed &= check(path) if options.command == "check" else store(path, options.profile)
        except (OSError, ValueError) as error:
            print(error)
            passed = False
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
