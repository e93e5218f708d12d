"""Answers drawn on their photo: a frame around each number, and what it says with its probability.

Legible at any size: small pictures are enlarged, large ones shrunk. The best number's frame is
orange, a further one's sky blue and thinner (Okabe and Ito 2008, told apart by the colour-blind),
all on black.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from svhn_lib.data.cutting.resampling import area_average, bicubic
from svhn_lib.reading.inputs import Photo, Picture, to_photo
from svhn_lib.reading.record import Answer

_COMMENT = b"drawn by svhn_lib"
DRAWN = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xfe\0\x13" + _COMMENT
"""How every JPEG of `drawn_jpeg` begins."""
_SHORTEST, _LONGEST = 480, 1600  # pixels of a drawing's longer side
_LEAST = (320, 160)  # width and height of a drawing, pixels
_BEST, _FURTHER, _BLACK, _WHITE, _GREY = "#E69F00", "#56B4E9", "black", "white", "#808080"
_Box = tuple[float, float, float, float]


def drawn(picture: Picture, answer: Answer, further: bool = True) -> Image.Image:
    """Return a picture with the frames of its numbers and what they say.

    Args:
        picture: the whole photo, of any kind that is read.
        answer: what was read in it; without a box it is written in the corner.
        further: draw the other numbers, too.

    Raises:
        OSError, ValueError: as `Reader.read_many`.

    Example:
        >>> import numpy as np
        >>> corners = ((2.0, 2.0), (30.0, 2.0), (30.0, 18.0), (2.0, 18.0))
        >>> answer = Answer("25", 0.9, box=(2, 2, 30, 18), corners=corners)
        >>> drawn(np.zeros((20, 40, 3), np.uint8), answer).size
        (480, 276)
    """
    canvas, scale = _canvas(to_photo(picture), answer)
    drawing = ImageDraw.Draw(canvas)
    long = max(canvas.size)
    font = ImageFont.load_default(max(18, long // 40))
    given = [answer, *answer.others] if further else [answer]
    taken: list[_Box] = []
    for one in reversed(given):  # the best one on top
        if one.corners is not None and one.number is not None:
            colour, width = (_BEST, 3) if one is answer else (_FURTHER, 2)
            width = max(width, width * long // 700)
            corners = [(x * scale[0], y * scale[1]) for x, y in one.corners]
            _frame(drawing, corners, colour, width)
            across, down = zip(*corners, strict=True)
            taken.append((min(across), min(down), max(across), max(down)))
    for one in given:
        taken.append(_label(drawing, one, scale, _BEST if one is answer else _FURTHER, font, taken))
    return canvas


def drawn_jpeg(picture: Picture, answer: Answer, further: bool = True) -> bytes:
    """Return `drawn` as a JPEG that begins with `DRAWN`."""
    file = io.BytesIO()
    drawn(picture, answer, further).save(file, "JPEG", quality=90, comment=_COMMENT)
    return file.getvalue()


def _canvas(photo: Photo, answer: Answer) -> tuple[Image.Image, tuple[float, float]]:
    """Return the photo at a size for drawing, and its pixels for one of the whole, in x and y.

    Where the number fills the photo, there is a strip below it for what it says.
    """
    height, width = photo.pixels.shape[:2]
    long = max(height, width)
    factor = float(-(-_SHORTEST // long)) if long < _SHORTEST else min(1.0, _LONGEST / long)
    across, down = max(1, round(width * factor)), max(1, round(height * factor))
    resized = area_average if factor < 1 else bicubic
    shown = Image.fromarray(resized(photo.pixels, (down, across)))
    fills = answer.box is not None and answer.box[3] - answer.box[1] > 0.6 * photo.height
    strip = max(36, max(across, down) // 18) if fills else 0
    canvas = Image.new("RGB", (max(across, _LEAST[0]), max(down + strip, _LEAST[1])), _GREY)
    canvas.paste(shown)
    return canvas, (across / photo.width, down / photo.height)


def _frame(
    drawing: ImageDraw.ImageDraw, corners: Sequence[tuple[float, float]], colour: str, width: int
) -> None:
    """Draw the frame, light on dark so that it is seen on any ground; a dot at its top left."""
    ring = [*corners, corners[0], corners[1]]
    drawing.line(ring, fill=_BLACK, width=width + 2, joint="curve")
    drawing.line(ring, fill=colour, width=width, joint="curve")
    x, y = corners[0]
    for reach, fill in ((1.6 * width + 1, _BLACK), (1.6 * width, colour)):
        drawing.ellipse((x - reach, y - reach, x + reach, y + reach), fill=fill)


def _label(
    drawing: ImageDraw.ImageDraw,
    answer: Answer,
    scale: tuple[float, float],
    colour: str,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    taken: Sequence[_Box],
) -> _Box:
    """Write what was read beside its frame, where there is room; return where it stands."""
    text = f"{answer.number}  {answer.probability:.0%}" if answer.number else "no number"
    edge = 4
    _, _, wide, high = drawing.textbbox((0, 0), text, font=font)
    wide, high = wide + 4 * edge, high + 2 * edge
    box = answer.box if answer.number and answer.box else (0.0, 0.0, 0.0, 0.0)
    left, right = box[0] * scale[0], box[2] * scale[0]
    above, below = box[1] * scale[1] - high - 2 * edge, box[3] * scale[1] + 2 * edge
    width, height = drawing.im.size
    spots = [(left, above), (left, below), (right - wide, above), (right - wide, below)]
    spots += [(right + 2 * edge, above + high), (left - wide - 2 * edge, above + high)]
    spots += [(left, below - high - 4 * edge), (0, height - high)]
    inside = [
        (x, y, x + wide, y + high)
        for x, y in (_within(x, width - wide, y, height - high) for x, y in spots)
    ]
    free = [
        spot
        for spot, (x, y) in zip(inside, spots, strict=True)
        if abs(spot[1] - y) < 1 and not any(_meet(spot, other) for other in taken)
    ]
    spot = (free or inside)[0]
    drawing.rectangle(spot, fill=_BLACK, outline=colour, width=2)
    drawing.text((spot[0] + 2 * edge, spot[1] + edge), text, fill=_WHITE, font=font)
    return spot


def _within(x: float, most_x: float, y: float, most_y: float) -> tuple[float, float]:
    return max(0.0, min(x, most_x)), max(0.0, min(y, most_y))


def _meet(a: _Box, b: _Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
