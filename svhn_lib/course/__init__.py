"""The course in batch: run the numbered notebooks, make web pages of them, check the files.

What the notebooks teach is in the notebooks; the `svhn course` command that calls this is in `cli`.
"""

from svhn_lib.course.checks import check_notebook
from svhn_lib.course.execution import NotebookError, execute, execute_file
from svhn_lib.course.folder import ChapterResult
from svhn_lib.course.runner import choose, find_notebooks, list_notebooks, run_course, write_index

__all__ = [
    "ChapterResult",
    "NotebookError",
    "check_notebook",
    "choose",
    "execute",
    "execute_file",
    "find_notebooks",
    "list_notebooks",
    "run_course",
    "write_index",
]
