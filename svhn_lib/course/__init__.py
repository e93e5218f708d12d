"""The course in batch: run the numbered notebooks, make web pages of them, check the files.

What the notebooks teach is in the notebooks; the `svhn course` command that calls this is in `cli`.
"""

from svhn_lib.course.checks import check_notebook
from svhn_lib.course.runner import (
    ChapterResult,
    execute,
    find_notebooks,
    list_notebooks,
    run_course,
)

__all__ = [
    "ChapterResult",
    "check_notebook",
    "execute",
    "find_notebooks",
    "list_notebooks",
    "run_course",
]
