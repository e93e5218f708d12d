"""What the widgets share: a static page beside the live view, and an end when their cell reruns.

The live half of a widget is JavaScript in `static/`, joined with the helpers of `common.js` into
one text, since anywidget takes one module; it loads nothing.
"""

from __future__ import annotations

import weakref
from importlib import resources
from typing import Any

import anywidget
from IPython.core.getipython import get_ipython

# Of each cell: the run of it that last made views, and these.
_made: dict[str, tuple[str, list[weakref.ref[View]]]] = {}


def static(*names: str) -> str:
    """Return the text of files in `static/`, joined.

    Args:
        names: of the files, in order.
    """
    folder = resources.files("svhn_lib.widgets") / "static"
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


class View(anywidget.AnyWidget):
    """A live view whose output also carries a static page, for where no kernel runs.

    ipywidgets keeps every widget alive until it is closed, and IPython keeps what a cell returned.
    So a view that a cell makes closes the ones that an earlier run of the same cell made: its comm
    and that of its layout. Front ends that give cells no id, such as batch runs and terminals, run
    a cell once; a view made there lives until `close()`.
    """

    _css = static("widgets.css")

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        _close_earlier(self)

    def text(self) -> str:
        """Return the view in some lines of text."""
        raise NotImplementedError

    def sheet(self) -> str:
        """Return the view as HTML that needs no kernel and no network."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the front end: close the comm of the view and that of its layout."""
        if self.comm is not None:
            layout = self.layout
            super().close()
            layout.close()

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Add a text and the static page to the live view: a front end shows the best it can."""
        bundle, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return {**bundle, "text/plain": self.text(), "text/html": self.sheet()}, metadata


def _close_earlier(view: View) -> None:
    """Close what earlier runs of the running cell made, and note that this run made `view`."""
    request: dict[str, Any] = getattr(get_ipython(), "get_parent", dict)()
    cell = request.get("metadata", {}).get("cellId")
    if not cell:
        return
    run = request["header"]["msg_id"]
    earlier, views = _made.get(cell, (run, []))
    if earlier != run:
        for old in filter(None, (reference() for reference in views)):
            old.close()
        views = []
    _made[cell] = (run, [*views, weakref.ref(view)])
