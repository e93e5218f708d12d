"""The camera reader with the shipped nets: a rendered street is filmed, and its number is read."""

import cv2
import numpy as np
import pytest

pytest.importorskip("playwright", reason="no Playwright: pip install 'svhn_lib[browser]'")

from bare import Bare
from fake_camera import camera_of
from front_end import PATIENCE
from made_photos import HEIGHT, WIDTH
from playwright.sync_api import expect

from svhn_lib.data.scenes import SceneSettings, render_photo
from svhn_lib.reading import Reader
from svhn_lib.widgets import CameraReader


def street() -> np.ndarray:
    """A rendered house with the number 1821, uint8 (360, 480, 3)."""
    settings = SceneSettings(bundled_fonts=True)
    photo = render_photo(np.random.default_rng((5, 7)), settings).picture
    scale = HEIGHT / photo.shape[0]
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    frame = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    frame[: small.shape[0], : small.shape[1]] = small
    return frame


def test_a_rendered_street_is_read_by_the_shipped_nets(tmp_path):
    (tmp_path / "page.html").write_text("<!doctype html><title>Here</title>")
    with camera_of(street(), tmp_path) as browser:
        page = browser.new_page()
        page.set_default_timeout(1000 * PATIENCE)
        page.context.grant_permissions(["camera"])
        camera = CameraReader(Reader(device="cpu"))
        Bare(page, camera, address=(tmp_path / "page.html").as_uri())
        view = page.get_by_role("group", name="Camera reader")
        view.get_by_role("button", name="Start the camera").click()
        expect(view.get_by_role("status").filter(has_text="1821")).to_be_visible()
        box = view.locator("polygon.svhn-box").first
        points = [point.split(",") for point in box.get_attribute("points").split()]
        left, top = (min(float(point[axis]) for point in points) for axis in (0, 1))
        assert 50 < left < 85 and 195 < top < 220  # the door moves by 16 pixels
