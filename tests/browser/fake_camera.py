"""Chromium with a camera that plays a film of a door."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from made_photos import HEIGHT, WIDTH
from playwright.sync_api import Browser

NOTE_TRACKS = """
    const given = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    window.tracks = [];
    navigator.mediaDevices.getUserMedia = async (wanted) => {
        const stream = await given(wanted);
        window.tracks.push(...stream.getTracks());
        return stream;
    };
"""
"""A script after which a page notes every track of a camera that it was given."""


def film(path: Path, door: np.ndarray) -> Path:
    """A film of a door that comes into view and leaves it, as Chromium takes it for a camera."""
    wall = np.full((HEIGHT, WIDTH, 3), (40, 70, 120), np.uint8)
    with path.open("wb") as file:
        file.write(b"YUV4MPEG2 W%d H%d F10:1 Ip A1:1 C420mpeg2\n" % (WIDTH, HEIGHT))
        for step in range(80):
            frame = np.roll(door, 4 * (step % 5), axis=1) if step < 50 else wall
            file.write(b"FRAME\n" + cv2.cvtColor(frame, cv2.COLOR_RGB2YUV_I420).tobytes())
    return path


@contextmanager
def camera_of(door: np.ndarray, folder: Path) -> Iterator[Browser]:
    """Chromium with a camera that sees a door."""
    import front_end

    path = front_end.find_chromium()
    if path is None:
        pytest.skip("no Chromium: apt-get install chromium")
    options = (
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film(folder / 'door.y4m', door)}",
    )
    with front_end.chromium(path, *options) as browser:
        yield browser
