"""Views to click through in a notebook; each carries a static page for where no kernel runs.

They show tables that `analysis` makes and compute no figures of their own.
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets
from numpy.typing import ArrayLike
from pandas import DataFrame
from PIL import Image

from svhn_lib.plots import as_picture

ANY = "any"
WRONG, RIGHT, ALL = "wrong", "right", "all"
_SIDE = 88  # of a thumbnail, in pixels on the page


class ErrorBrowser(widgets.VBox):
    """Pages of pictures with true number, number read and confidence, under a few filters.

    Within a filter the most confident answers come first: wrong ones cost most there.

    Args:
        table: as from `analysis.error_table`, N rows: number, predicted, confidence, right.
        pictures: for each row a picture, as `plots.as_picture` takes it.
        page_size: pictures a page.
        sheet_size: most pictures in the static page, which shows what the filters let through.

    Attributes:
        shown: the rows that pass the filters.
        answers, digit, length, confidence: the filters, widgets with a `value`.
        previous, next: the buttons.

    Raises:
        ValueError: rows and pictures are not as many.
    """

    def __init__(
        self,
        table: DataFrame,
        pictures: Sequence[ArrayLike],
        page_size: int = 18,
        sheet_size: int = 42,
    ) -> None:
        if len(table) != len(pictures):
            raise ValueError(f"{len(table)} rows and {len(pictures)} pictures: give as many")
        self.table = table.assign(place=range(len(table)))
        self.shown, self.pictures = self.table, pictures
        self.page_size, self.sheet_size, self.first = page_size, sheet_size, 0
        filters = self._make_filters()
        self.previous, self.next, self.count = self._make_turners()
        self._cells = [_Cell() for _ in range(page_size)]
        rows = (filters, [self.previous, self.next, self.count], [c.box for c in self._cells])
        super().__init__([_row(children) for children in rows])
        self._filter()

    def _make_filters(self) -> list[widgets.Widget]:
        digits = sorted(set("".join(self.table["number"])))
        lengths = sorted(set(self.table["number"].str.len()))
        self.answers = _dropdown("answers", [WRONG, RIGHT, ALL])
        self.digit = _dropdown("true digit", [ANY, *digits])
        self.length = _dropdown("true length", [ANY, *lengths])
        self.confidence = widgets.FloatRangeSlider(
            value=(0, 1), min=0, max=1, step=0.01, description="confidence", continuous_update=False
        )
        filters = [self.answers, self.digit, self.length, self.confidence]
        for control in filters:
            control.observe(self._filter, "value")
        return filters

    def _make_turners(self) -> tuple[widgets.Button, widgets.Button, widgets.Label]:
        buttons = []
        for text, step in (("← Previous", -self.page_size), ("Next →", self.page_size)):
            button = widgets.Button(description=text, layout=widgets.Layout(width="110px"))
            button.on_click(lambda _, step=step: self._show(self.first + step))
            buttons.append(button)
        return buttons[0], buttons[1], widgets.Label()

    def _filter(self, _: object = None) -> None:
        rows, (low, high) = self.table, self.confidence.value
        kept = rows["confidence"].between(low - 1e-9, high + 1e-9)
        if self.answers.value != ALL:
            kept &= rows["right"] == (self.answers.value == RIGHT)
        if self.digit.value != ANY:
            kept &= rows["number"].str.contains(self.digit.value, regex=False)
        if self.length.value != ANY:
            kept &= rows["number"].str.len() == self.length.value
        self.shown = rows[kept].sort_values("confidence", ascending=False, kind="stable")
        self._show(0)

    def _show(self, first: int) -> None:
        """Fill the page whose first answer is number `first` of the shown ones."""
        self.first = first
        page = list(self.shown.iloc[first : first + self.page_size].itertuples())
        last = first + len(page)
        for row, cell in zip(page, self._cells, strict=False):
            cell.show(self._jpeg(row), _caption(row))
        for cell in self._cells[len(page) :]:
            cell.box.layout.display = "none"
        self.previous.disabled, self.next.disabled = first == 0, last == len(self.shown)
        place = f"{first + 1}–{last} of {len(self.shown):,}" if page else "none"
        self.count.value = f"{place} ({len(self.table):,} numbers in all)"

    def _jpeg(self, row: Any) -> bytes:
        file = io.BytesIO()
        Image.fromarray(as_picture(self.pictures[row.place])).save(file, "JPEG", quality=88)
        return file.getvalue()

    def headline(self) -> str:
        """What the filters let through, in one line."""
        what = "answers" if self.answers.value == ALL else f"{self.answers.value} answers"
        parts = [f"{len(self.shown):,} {what} to {len(self.table):,} numbers"]
        parts += [
            f"{control.description} {control.value}"
            for control in (self.digit, self.length)
            if control.value != ANY
        ]
        low, high = self.confidence.value
        parts += [f"confidence {low:.2f} to {high:.2f}"] if (low, high) != (0, 1) else []
        if len(self.shown) > self.sheet_size:
            parts.append(f"the {self.sheet_size} most confident")
        return ", ".join(parts)

    def text(self) -> str:
        """The headline and the first answers, a line each."""
        return "\n".join([self.headline(), *map(_words, self.shown.head(5).itertuples())])

    def sheet(self) -> str:
        """The shown answers, at most `sheet_size`, as HTML that needs no kernel and no network."""
        place = f"display:inline-block;vertical-align:top;width:{_SIDE + 24}px;margin:0 0 8px"
        figures = [
            f'<figure style="{place};text-align:center">'
            f'<img width="{_SIDE}" height="{_SIDE}" alt="{html.escape(_words(row))}" '
            f'src="data:image/jpeg;base64,{base64.b64encode(self._jpeg(row)).decode()}">'
            f"<figcaption>{_caption(row)}</figcaption></figure>"
            for row in self.shown.head(self.sheet_size).itertuples()
        ]
        return f"<div><p>{html.escape(self.headline())}</p>{''.join(figures)}</div>"

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        """Add a text and the static page to the live view: a front end shows the best it can."""
        bundle: dict[str, Any] = super()._repr_mimebundle_(**options)
        return {**bundle, "text/plain": self.text(), "text/html": self.sheet()}


class _Cell:
    """A picture with its caption: made once, filled anew on every page."""

    def __init__(self) -> None:
        # Without a tooltip: JupyterLab cannot draw an ipywidgets 8.1 image that has one.
        self.image = widgets.Image(format="jpeg", width=_SIDE, height=_SIDE)
        self.caption = widgets.HTML()
        layout = widgets.Layout(width=f"{_SIDE + 24}px", align_items="center")
        self.box = widgets.VBox([self.image, self.caption], layout=layout)

    def show(self, picture: bytes, caption: str) -> None:
        self.image.value, self.caption.value = picture, caption
        self.box.layout.display = None


def _row(children: list[widgets.Widget]) -> widgets.Box:
    layout = widgets.Layout(flex_flow="row wrap", align_items="center", grid_gap="4px 8px")
    return widgets.Box(children, layout=layout)


def _dropdown(name: str, options: list[Any]) -> widgets.Dropdown:
    layout = widgets.Layout(width="170px")
    style = {"description_width": "80px"}
    return widgets.Dropdown(options=options, description=name, layout=layout, style=style)


def _caption(row: Any) -> str:
    """True number, number read and confidence as HTML; colour alone tells nothing."""
    read = html.escape(row.predicted) or "nothing"
    answer = f"<b>{html.escape(row.number)}</b>"
    if not row.right:
        answer += f' read <b style="color:#a40e26">{read}</b>'
    style = "display:block;font-size:13px;line-height:1.35;text-align:center"
    return f'<span style="{style}">{answer}<br>{row.confidence:.3f}</span>'


def _words(row: Any) -> str:
    read = "rightly" if row.right else f"as {row.predicted or 'nothing'}"
    return f"{row.number} read {read}, confidence {row.confidence:.3f}"
