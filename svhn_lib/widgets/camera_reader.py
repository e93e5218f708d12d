"""The camera reader: house numbers in the picture of the browser's camera, while it moves."""

from __future__ import annotations

import html
from typing import Any

import numpy as np
from numpy.typing import NDArray
from traitlets import Int, TraitError, validate

from svhn_lib.data.cutting.pictures import read_picture
from svhn_lib.reading.reader import Reader
from svhn_lib.widgets.contact_sheet import contact_sheet
from svhn_lib.widgets.photo_content import photo_tile
from svhn_lib.widgets.photo_reading import FindsAndReads, read_numbers
from svhn_lib.widgets.photos import Number
from svhn_lib.widgets.view import Still, View, static


class CameraReader(View):
    """The browser's camera, its frames read by the kernel, boxes and numbers over the live picture.

    A frame is sent when the one before it has been read; those between are dropped, so that what is
    shown is never older than one reading. The browser asks for permission; nothing is recorded, and
    frames go to the kernel alone.

    Args:
        reader: has `read_all(photo)`, the answers for one frame; a `Reader()` where none is given,
            loaded with the first frame.
        side: of the longer side of a frame that is sent, pixels.

    Attributes:
        frame: the last one that was read, uint8 (H, W, 3); None before the first.
        numbers: in it, a list of `photos.Number`.
        kept: the frames that were kept by the button, for `PhotoReader(camera.kept)`.

    Example:
        >>> CameraReader().text()
        'no picture from a camera yet'
    """

    _esm = static("common.js", "connection.js", "camera_reader.js")
    _css = static("widgets.css", "photos.css")

    side = Int(640).tag(sync=True)

    def __init__(self, reader: FindsAndReads | None = None, *, side: int = 640) -> None:
        self.reader = reader
        self.frame: NDArray[np.uint8] | None = None
        self.numbers: list[Number] = []
        self.kept: list[NDArray[np.uint8]] = []
        super().__init__(side=side)

    @validate("side")
    def _a_side_that_can_be(self, proposal: dict[str, Any]) -> int:
        if not 64 <= proposal["value"] <= 4096:
            raise TraitError(f"side is {proposal['value']}: give 64 to 4096 pixels")
        return int(proposal["value"])

    def grant(self, wish: dict[str, Any]) -> dict[str, Any] | None:
        """Read the frame that came, or keep the last one."""
        match wish["do"]:
            case "frame":
                return self._read(wish["buffers"][0])
            case "keep":
                return {"kept": self._keep()}
            case _:
                return super().grant(wish)

    def _keep(self) -> int:
        """Keep the last frame; return how many are kept."""
        if self.frame is None:
            raise ValueError("no frame has been read yet")
        self.kept.append(self.frame)
        return len(self.kept)

    def _read(self, file: memoryview) -> dict[str, Any]:
        """Read a frame, a picture file; return what is drawn over the live picture."""
        frame = read_picture(bytes(file))
        self.reader = self.reader or Reader()
        try:
            self.numbers = read_numbers(self.reader, frame)
        except Exception as error:  # the reader may be anybody's, and fail in any way
            raise ValueError(f"{type(error).__name__}: {error}") from error
        self.frame = frame
        return {
            "size": list(frame.shape[:2]),
            "numbers": [
                {
                    "number": one.number,
                    "confidence": one.confidence,
                    "corners": one.corners.tolist(),
                }
                for one in self.numbers
            ],
        }

    def text(self) -> str:
        """Return what was read last."""
        if self.frame is None:
            return "no picture from a camera yet"
        return "; ".join(one.words for one in self.numbers) or "no number"

    def still(self) -> Still:
        """Return the last frame with its boxes, for where no kernel runs."""
        if self.frame is None:
            return Still("<p>No picture from a camera yet: it is read while a kernel runs.</p>")
        words = f"<p>The camera's last picture: {html.escape(self.text())}</p>"
        tile = photo_tile(self.frame, self.numbers, "the camera's last picture", self.text())
        return Still(words, *(contact_sheet([tile], side=320) or () if tile else ()))
