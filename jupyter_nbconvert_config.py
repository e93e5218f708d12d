"""What `jupyter nbconvert --to html` needs for pages that load nothing; they go to build/course.

`make venv` links this file to where Jupyter looks for it; elsewhere it is named by `--config`.
"""

from pathlib import Path

from svhn_lib.course.markup import configure_nbconvert

folder = Path(__file__).resolve().parent
configure_nbconvert(get_config(), folder / "build" / "course")  # noqa: F821
