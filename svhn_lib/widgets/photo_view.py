"""Photos as the photo reader shows them: which one is open, and what is told of it.

What a person changes in them is in `photo_reader`.
"""

from __future__ import annotations

import html
from typing import Any

from traitlets import Dict, Int, List, TraitError, Unicode, validate

from svhn_lib.widgets.album import Album
from svhn_lib.widgets.contact_sheet import contact_sheet
from svhn_lib.widgets.photo_content import photo_content, photo_tile, picture_content
from svhn_lib.widgets.photos import Number, Photo
from svhn_lib.widgets.view import Still, View, static

LARGEST_UPLOAD = 200_000_000
"""Bytes of a photo that the view sends to the kernel at most."""
NONE = -1
"""In place of a photo: none is open."""


class PhotoView(View):
    """The photos of an album, one of them open; `PhotoReader` tells of its traits."""

    _esm = static(
        "common.js",
        "connection.js",
        "photo_boxes.js",
        "photo_stage.js",
        "photo_numbers.js",
        "photo_reader.js",
    )
    _css = static("widgets.css", "photos.css")

    chosen = Int(NONE).tag(sync=True)
    window: List[Any] = List().tag(sync=True)
    photos: List[Any] = List().tag(sync=True)
    content = Dict().tag(sync=True)
    picture = Dict().tag(sync=True)
    folder = Unicode().tag(sync=True)
    largest = Int(LARGEST_UPLOAD).tag(sync=True)

    def __init__(self, album: Album, folder: str, sheet_size: int) -> None:
        self.album, self.sheet_size = album, sheet_size
        super().__init__(folder=folder)
        self.observe(self._choose, "chosen")
        self.observe(self._show_picture, "window")

    @validate("chosen")
    def _a_photo_that_is_there(self, proposal: dict[str, Any]) -> int:
        place, count = int(proposal["value"]), len(self.album.photos)
        if not NONE <= place < count:
            raise TraitError(f"chosen is {place}: there are {count} photos, from 0")
        return place

    @property
    def numbers(self) -> list[Number]:
        """The numbers of the open photo."""
        return [] if self.chosen == NONE else self.album.photos[self.chosen].numbers

    def text(self) -> str:
        """Return each photo with its numbers."""
        lines = [f"{one.name}: {one.in_words()}" for one in self.album.photos]
        return "\n".join(lines) or "no photos yet"

    def still(self) -> Still:
        """Return the photos with boxes and numbers, for where no kernel runs."""
        photos = self.album.photos
        if not photos:
            return Still("<p>No photos yet: they can be added while a kernel runs.</p>")
        items = "".join(f"<li>{html.escape(line)}</li>" for line in self.text().splitlines())
        shown = [one for one in photos if not one.problem][: self.sheet_size]
        tiles = [photo_tile(one.path, one.numbers, one.name, one.in_words()) for one in shown]
        sheet = contact_sheet([tile for tile in tiles if tile], side=256, columns=3)
        return Still(f"<ul>{items}</ul>", *(sheet or ()))

    def close(self) -> None:
        """Let go of the front end and of the photos that it sent."""
        if self.comm is not None:
            self.album.close()
        super().close()

    def _opened(self) -> Photo:
        if self.chosen == NONE:
            raise ValueError("no photo is open")
        return self.album.photos[self.chosen]

    def _show_all(self) -> None:
        self._list()
        self._show()

    def _list(self) -> None:
        self.photos = [
            {"name": p.name, "words": p.words, "saved": p.saved, "readable": not p.problem}
            for p in self.album.photos
        ]

    def _choose(self, _: object = None) -> None:
        self.window = []
        self._show_picture()
        self._show()

    def _show_picture(self, _: object = None) -> None:
        picture = None if self.chosen == NONE else self.album.pixels(self._opened())
        self.picture = {} if picture is None else picture_content(picture, self.window)

    def _show(self) -> None:
        if self.chosen == NONE:
            self.content = {}
            return
        photo = self._opened()
        told = photo_content(photo, self.album.pixels(photo))
        self.content = {"place": self.chosen, **told}
