"""Rendered photos with house numbers anywhere in them, or without any: what a localiser trains on.

`render_photo` makes one, `render_photos` a folder of them with labels.csv, `read_labels`
reads those. The numbers themselves, their fonts and signs come from `data.street`.

Names are loaded when they are first used, so that worker processes load little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from svhn_lib._lazy import lazy

if TYPE_CHECKING:
    from svhn_lib.data.scenes.labels import read_labels
    from svhn_lib.data.scenes.photo import render_photo
    from svhn_lib.data.scenes.record import Scene, SceneNumber
    from svhn_lib.data.scenes.render import VERSION, render_photos
    from svhn_lib.data.scenes.settings import KINDS, PHOTO_LENGTHS, SceneSettings

__all__ = [
    "KINDS",
    "PHOTO_LENGTHS",
    "VERSION",
    "Scene",
    "SceneNumber",
    "SceneSettings",
    "read_labels",
    "render_photo",
    "render_photos",
]
_HOMES = {
    "KINDS": "settings",
    "PHOTO_LENGTHS": "settings",
    "VERSION": "render",
    "Scene": "record",
    "SceneNumber": "record",
    "SceneSettings": "settings",
    "read_labels": "labels",
    "render_photo": "photo",
    "render_photos": "render",
}
__getattr__ = lazy(__name__, _HOMES)
