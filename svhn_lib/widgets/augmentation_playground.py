"""Augmentation by hand: a slider for every range that `augment` draws from, and fresh draws."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from traitlets import Bool, Dict, Int, List, TraitError, validate

from svhn_lib.augment import (
    AugmentSettings,
    PhotometricSettings,
    photometric_distortion,
    random_views,
)
from svhn_lib.widgets.contact_sheet import Tile, contact_sheet
from svhn_lib.widgets.gallery import png
from svhn_lib.widgets.sliders import SLIDERS, START, code_of, settings_of
from svhn_lib.widgets.view import Still, View, static


class AugmentationPlayground(View):
    """Random draws of a training picture, live, with a slider for every range.

    A slider changes how far the same draw goes; a button draws anew. Colours change first, then the
    view is cut.

    Args:
        pictures: tensor or array, uint8 (N, C, H, W) of 0-255 or one of them, (C, H, W); C is 1
            or 3.
        boxes: of their digits, (N, K, 4) or (K, 4) in pixels, NaN where none; without them the
            pictures are taken to be cut around their numbers.
        names: of the pictures.
        size: height and width of the views in pixels.
        draws: how many are shown.

    Attributes:
        values: for each of `SLIDERS`, by name, its value, or both ends of its range.
        views, colours: whether random views and photometric distortion are on.
        draw: the seed; another number is another draw.
        picture: which one, from 0.

    Raises:
        TypeError: the pictures are no tensor or array of uint8.
        ValueError: the pictures have another shape, or boxes or names are not as many.

    Example:
        >>> playground = AugmentationPlayground(torch.zeros(3, 64, 64, dtype=torch.uint8))
        >>> playground.values = {**playground.values, "views.turn": 20.0}
        >>> playground.code()
        'AugmentSettings(turn=20.0)'
    """

    _esm = static("common.js", "connection.js", "augmentation_playground.js")

    values = Dict().tag(sync=True)
    views = Bool(True).tag(sync=True)
    colours = Bool(False).tag(sync=True)
    draw = Int(0).tag(sync=True)
    picture = Int(0).tag(sync=True)
    names: List[Any] = List().tag(sync=True)
    sliders: List[Any] = List().tag(sync=True)
    content = Dict().tag(sync=True)

    def __init__(
        self,
        pictures: Tensor | NDArray[np.uint8],
        boxes: Tensor | NDArray[np.floating] | None = None,
        *,
        names: Sequence[str] = (),
        size: tuple[int, int] = (64, 64),
        draws: int = 8,
    ) -> None:
        pictures = torch.from_numpy(pictures) if isinstance(pictures, np.ndarray) else pictures
        boxes = torch.from_numpy(boxes) if isinstance(boxes, np.ndarray) else boxes
        if not isinstance(pictures, Tensor):
            raise TypeError(f"pictures are a {type(pictures).__name__}: give a tensor or an array")
        if pictures.dtype != torch.uint8:
            raise TypeError(
                f"pictures are {pictures.dtype}: give uint8 of 0-255, such as "
                "(255 * pictures).round().to(torch.uint8)"
            )
        pictures = pictures[None] if pictures.ndim == 3 else pictures
        if pictures.ndim != 4 or pictures.shape[1] not in (1, 3) or not pictures.numel():
            raise ValueError(
                f"pictures of shape {(*pictures.shape,)}: give (N, C, H, W), C being 1 or 3"
            )
        none = torch.full((len(pictures), 1, 4), torch.nan)
        boxes = none if boxes is None else boxes[None] if boxes.ndim == 2 else boxes
        names = list(names) or [f"picture {number + 1}" for number in range(len(pictures))]
        if not len(pictures) == len(boxes) == len(names):
            raise ValueError(
                f"{len(pictures)} pictures, boxes of {len(boxes)} and {len(names)} names: "
                "give as many of each"
            )
        self.pictures, self.boxes = pictures.expand(-1, 3, -1, -1), boxes.float()
        self.size, self.draws = size, draws
        sliders = [{**one._asdict(), "name": one.name, "start": START[one.name]} for one in SLIDERS]
        super().__init__(values=START, names=names, sliders=sliders)
        self._show()
        self.ready = True
        self.observe(self._show, ["values", "views", "colours", "draw", "picture"])

    @validate("values")
    def _sliders_that_are_there(self, proposal: dict[str, Any]) -> dict[str, Any]:
        values: dict[str, Any] = proposal["value"]
        for name, start in START.items():
            value = values.get(name)
            if not isinstance(value, list if isinstance(start, list) else int | float):
                raise TraitError(f"values[{name!r}] is {value!r}: give one like {start}")
        return values

    @validate("picture")
    def _a_picture_that_is_there(self, proposal: dict[str, Any]) -> int:
        if not 0 <= proposal["value"] < len(self.names):
            raise TraitError(f"picture is {proposal['value']}: there are {len(self.names)}, from 0")
        return int(proposal["value"])

    def settings(self) -> tuple[AugmentSettings, PhotometricSettings]:
        """Return what the sliders say, as the functions of `augment` take it."""
        return settings_of(self.values)

    def make(self) -> tuple[Tensor, Tensor]:
        """Return the shown draws: float32 (N, 3, H, W) of 0-255, and boxes (N, K, 4) in them."""
        views, colours = self.settings()
        generator = torch.Generator().manual_seed(self.draw)
        pictures = self.pictures[self.picture].expand(self.draws, -1, -1, -1)
        boxes = self.boxes[self.picture].expand(self.draws, -1, -1)
        if self.colours:
            pictures = photometric_distortion(pictures, generator, colours)
        if self.views:
            return random_views(pictures, boxes, self.size, generator, views)
        return pictures.float(), boxes

    def _show(self, _: object = None) -> None:
        pictures, boxes = self.make()
        original, own = self.pictures[self.picture], self.boxes[self.picture]
        self.content = {
            "original": {"picture": png(original), "boxes": _known(own)},
            "draws": [
                {"picture": png(picture), "boxes": _known(box)}
                for picture, box in zip(pictures, boxes, strict=True)
            ],
            "sizes": [list(original.shape[1:]), list(pictures.shape[2:])],
            "code": self.code(),
        }

    def code(self) -> str:
        """Return the settings as Python, a line for each that is on, defaults left out."""
        views, colours = self.settings()
        lines = [code_of(views)] * self.views + [code_of(colours)] * self.colours
        return "\n".join(lines)

    def text(self) -> str:
        """Return what is shown, and the settings."""
        return f"{self.draws} draws of {self.names[self.picture]}\n{self.code()}"

    def still(self) -> Still:
        """Return the picture and its draws, for where no kernel runs."""
        name = str(self.names[self.picture])
        draws = [Tile(one, f"draw {place + 1}") for place, one in enumerate(self.make()[0])]
        settings = self.code().replace("\n", ", then ") or "nothing is on"
        words = f"<p>{html.escape(f'{self.draws} draws of {name}: {settings}')}</p>"
        tiles = [Tile(self.pictures[self.picture], "as it is"), *draws]
        rows = -(-len(tiles) // 8)
        sheet = contact_sheet(tiles, columns=-(-len(tiles) // rows))  # rows of one length
        return Still(words, *(sheet or ()))


def _known(boxes: Tensor) -> list[list[float]]:
    """The boxes that are there, left, top, right, bottom."""
    return boxes[torch.isfinite(boxes).all(dim=1)].tolist()
