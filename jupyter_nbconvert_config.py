"""What `jupyter nbconvert --to html` needs for pages that load nothing; they go to build/course.

Name it by `--config`: Jupyter looks for no settings in the folder that it is run in.
"""

from pathlib import Path

from svhn_lib.course.markup import configure_nbconvert

folder = Path(__file__).resolve().parent
configure_nbconvert(get_config(), folder / "build" / "course")  # noqa: F821
