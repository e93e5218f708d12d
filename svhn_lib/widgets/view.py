"""What the widgets share: still pictures beside the live view, answers to it, and an end.

The live half of a widget is JavaScript in `static/`, joined with the helpers of `common.js` into
one text, since anywidget takes one module; it loads nothing.
"""

from __future__ import annotations

import html
import weakref
from abc import ABCMeta, abstractmethod
from collections.abc import Callable
from importlib import resources
from typing import Any, NamedTuple

import anywidget
from IPython.core.getipython import get_ipython
from IPython.display import display
from traitlets import Bool, TraitError

# Of each cell: the run of it that last made views, and these.
_made: dict[str, tuple[str, list[weakref.ref[View]]]] = {}

# The outputs of a cell: words, still pictures, live view. Where no kernel answers, the place of the
# live view has no element in it, only a message that it was not found.
_HIDE_THE_MESSAGE = ", ".join(
    f".jp-OutputArea-child:has(.svhn-still) {between}+ .jp-OutputArea-child "
    "> .jp-OutputArea-output:not(:has(*))"
    for between in ("", "+ .jp-OutputArea-child ")
)
_LIVE = "Still pictures. In JupyterLab and Jupyter Notebook, run this cell for the live view."


def static(*names: str) -> str:
    """Return the text of files in `static/`, joined.

    Args:
        names: of the files, in order.
    """
    folder = resources.files("svhn_lib.widgets") / "static"
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


class Still(NamedTuple):
    """A view as it is shown where no kernel runs.

    Attributes:
        words: HTML.
        picture: PNG file, twice as wide as it is shown; None where there is nothing to see.
        width: of the picture as it is shown, in pixels.
    """

    words: str
    picture: bytes | None = None
    width: int = 0


class _ViewType(ABCMeta, type(anywidget.AnyWidget)):  # type: ignore[misc]
    """The type of views: widgets with abstract methods."""


class View(anywidget.AnyWidget, metaclass=_ViewType):
    """A live view with still pictures for where no kernel runs: other programs, the next morning.

    A cell shows words, the pictures as a PNG, and the live view, which takes the others' place.
    Programs that strip styles, scripts and widgets still have the PNG.

    ipywidgets keeps every widget alive until it is closed, and IPython keeps what a cell returned.
    So a view that a cell makes closes the ones that an earlier run of the same cell made: its comm
    and that of its layout. Front ends that give cells no id, such as batch runs and terminals, run
    a cell once; a view made there lives until `close()`.

    What a person does is asked for in messages, and each is answered, so that the view can say
    when nobody does.
    """

    _css = static("widgets.css")
    ready = Bool(False).tag(sync=True)  # whether all that the front end draws has been set
    _later: list[Callable[[], None]] | None = None  # while a message is being answered

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        _close_earlier(self)
        self.on_msg(self._hear)

    @abstractmethod
    def text(self) -> str:
        """Return the view in some lines of text."""

    @abstractmethod
    def still(self) -> Still:
        """Return the view as it is shown where no kernel runs."""

    def grant(self, wish: dict[str, Any]) -> dict[str, Any] | None:
        """Do what a person asked for in the view; each kind of view adds its own wishes.

        Args:
            wish: `do` names it; 'set' changes traits to `values`, 'answer' wants no more than that.
                `buffers` are the bytes that came with it, where some did.

        Returns:
            What the answer is to say besides; None for nothing.

        Raises:
            ValueError, OSError, TraitError: it cannot be done; the view says why.
        """
        if wish["do"] == "answer":
            return None
        if wish["do"] != "set":
            raise ValueError(f"unknown wish {wish['do']!r}")
        unknown = set(wish["values"]) - set(self.keys)
        if unknown:
            raise ValueError(f"no such values: {', '.join(sorted(unknown))}")
        with self.hold_trait_notifications():
            for name, value in wish["values"].items():
                setattr(self, name, value)
        return None

    def afterwards(self, job: Callable[[], None]) -> None:
        """Do what takes long when the wish that it belongs to has been answered; else at once."""
        if self._later is None:
            job()
        else:
            self._later.append(job)

    def _hear(self, _: View, said: dict[str, Any], buffers: list[memoryview]) -> None:
        if not isinstance(said.get("do"), str):
            return
        wish = {**said, "buffers": buffers} if buffers else dict(said)
        number = wish.pop("id")
        self._later, told = [], None
        answer: dict[str, Any] = {"answer": number, "problem": ""}
        try:
            with self.hold_sync():
                told = self.grant(wish)
        except (ValueError, OSError, TraitError) as error:
            answer["problem"] = str(error)
        except Exception as error:  # of the caller's pictures, say: told here, and in the log
            self.send({**answer, "problem": f"{type(error).__name__}: {error}"})
            raise
        finally:
            later, self._later = self._later, None
        self.send({**answer, **(told or {})})
        for job in later:
            job()

    def close(self) -> None:
        """Let go of the front end: close the comm of the view and that of its layout."""
        if self.comm is not None:
            layout = self.layout
            super().close()
            layout.close()

    def outputs(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Return what a cell shows, in order: each output by MIME type, and its metadata."""
        still = self.still()
        hint = f"<p><small>{html.escape(_LIVE)}</small></p>"
        style = f"<style>{_HIDE_THE_MESSAGE} {{ display: none }}</style>"
        words = f'<div class="svhn-still">{style}{still.words}{hint}</div>'
        shown: list[tuple[dict[str, Any], dict[str, Any]]] = [
            ({"text/plain": self.text(), "text/html": words}, {})
        ]
        if still.picture is not None:
            about = {"image/png": {"width": still.width, "alt": self.text()}}
            shown.append(({"image/png": still.picture}, about))
        live, metadata = super()._repr_mimebundle_() or ({}, {})
        shown.append(({**live, "text/plain": ""}, metadata))
        return shown

    def _ipython_display_(self) -> None:
        for bundle, metadata in self.outputs():
            display(bundle, metadata=metadata, raw=True)


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
