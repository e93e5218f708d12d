"""Photo and camera reader in JupyterLab: photos come in, are corrected; a camera plays a film.

The tests share one running notebook; each begins with photos of its own.
"""

import base64
import csv
import re
import shutil
from pathlib import Path

import cv2
import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook

pytest.importorskip("playwright", reason="no Playwright: pip install 'svhn_lib[browser]'")

from made_photos import BOX, HEIGHT, WIDTH, painted
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from typer.testing import CliRunner

from svhn_lib.cli import app
from svhn_lib.course.markup import PRIORITY

CELLS = [
    "import sys; sys.path.insert(0, {here!r})\n"
    "from made_photos import Double, painted\n"
    "from svhn_lib.widgets import CameraReader, PhotoReader\n"
    "reader = Double()",
    "photos = PhotoReader(folder='mine', reader=reader); photos",
    "slow = Double(seconds=0.5); camera = CameraReader(slow); camera",
    "print(slow.seen, len(camera.kept), camera.text())",
    "PhotoReader([painted()], reader=reader)",
]
PHOTOS, CAMERA, SEEN = 1, 2, 3


def film(path: Path) -> Path:
    """A film of a door that comes into view and leaves it, as Chromium takes it for a camera."""
    door, wall = painted(), np.full((HEIGHT, WIDTH, 3), (40, 70, 120), np.uint8)
    with path.open("wb") as file:
        file.write(b"YUV4MPEG2 W%d H%d F10:1 Ip A1:1 C420mpeg2\n" % (WIDTH, HEIGHT))
        for step in range(80):
            frame = np.roll(door, 4 * (step % 5), axis=1) if step < 50 else wall
            file.write(b"FRAME\n" + cv2.cvtColor(frame, cv2.COLOR_RGB2YUV_I420).tobytes())
    return path


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    import front_end

    path = front_end.find_chromium()
    if path is None:
        pytest.skip("no Chromium: apt-get install chromium")
    played = film(tmp_path_factory.mktemp("camera") / "door.y4m")
    options = (
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={played}",
    )
    with front_end.chromium(path, *options) as browser:
        yield browser


@pytest.fixture(scope="module")
def folder(served) -> Path:
    """Of the notebook."""
    here = str(Path(__file__).parent)
    cells = [new_code_cell(text.replace("{here!r}", repr(here))) for text in CELLS]
    notebook = new_notebook(cells=cells)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.metadata["kernelspec"] = kernel
    (served / "photos").mkdir()
    nbformat.write(notebook, served / "photos" / "photos.ipynb")
    return served / "photos"


@pytest.fixture(scope="module")
def visitor(visit, folder):
    visitor = visit()
    visitor.page.set_viewport_size({"width": 1300, "height": 3200})
    visitor.open("lab", "photos/photos.ipynb")
    visitor.command("notebook:run-all-cells")
    return visitor


@pytest.fixture
def page(visitor) -> Page:
    yield visitor.page
    assert visitor.errors == []
    assert visitor.outside == []


@pytest.fixture
def view(visitor, page, folder) -> Locator:
    """The photo reader, without photos."""
    shutil.rmtree(folder / "mine", ignore_errors=True)
    visitor.run_cell(PHOTOS)
    return page.get_by_role("group", name="Photo reader").first


@pytest.fixture
def door(tmp_path) -> Path:
    Image.fromarray(painted()).save(tmp_path / "door.png")
    return tmp_path / "door.png"


@pytest.fixture
def wall(tmp_path) -> Path:
    """A large one, which takes several messages; without a number."""
    noise = np.random.default_rng(0).integers(0, 120, (1000, 1300, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "wall.png")
    assert (tmp_path / "wall.png").stat().st_size > 2 << 20
    return tmp_path / "wall.png"


def upload(view: Locator, *files: Path) -> None:
    view.locator("input[type=file]").set_input_files(files)
    added = "1 photo added" if len(files) == 1 else f"{len(files)} photos added"
    expect(view.get_by_role("status")).to_have_text(added)


def listed(view: Locator) -> Locator:
    return view.get_by_role("listbox", name="Photos").get_by_role("option")


def digits(view: Locator) -> Locator:
    return view.get_by_role("list", name="Numbers").get_by_role("textbox")


def boxes(view: Locator) -> Locator:
    return view.get_by_role("button", name=re.compile("^Box [0-9]+ of"))


def saved(folder: Path) -> dict[str, dict[str, str]]:
    """The rows of the table of labels by their number."""
    with (folder / "mine" / "labels.csv").open(newline="") as file:
        return {row["number"]: row for row in csv.DictReader(file)}


def box_of(row: dict[str, str]) -> list[float]:
    return [float(row[side]) for side in ("left", "top", "right", "bottom")]


def test_an_upload_is_read_corrected_saved_and_prepared(view, folder, door, wall, tmp_path):
    upload(view, door, wall)
    expect(listed(view)).to_have_text(["door.png251", "wall.pngno number"])
    expect(digits(view)).to_have_value("251")
    expect(boxes(view)).to_have_attribute("aria-label", "Box 1 of 1: 251")
    close = view.get_by_role("img", name="number 1 of 1, close")
    assert close.evaluate("(image) => image.naturalWidth") > 60
    candidates = view.get_by_role("group", name="Candidates for number 1 of 1")
    expect(candidates.get_by_role("button")).to_have_text(["251 0.61", "257 0.30", "nothing 0.02"])
    candidates.get_by_role("button", name="257").click()
    expect(digits(view)).to_have_value("257")
    expect(boxes(view)).to_have_attribute("aria-label", "Box 1 of 1: 257")
    view.get_by_role("button", name="Save and next").click()
    expect(listed(view).first).to_contain_text("saved")
    expect(view.get_by_text("No number was found.")).to_be_visible()  # the next photo is open
    row = saved(folder)["257"]
    assert box_of(row) == pytest.approx([*BOX[:2], BOX[2] + 1, BOX[3] + 1])
    assert (folder / "mine" / row["file"]).read_bytes() == door.read_bytes()
    out = tmp_path / "mine.h5"
    labels = folder / "mine" / "labels.csv"
    done = CliRunner().invoke(app, ["data", "prepare", str(labels), str(out), "--workers", "1"])
    assert done.exit_code == 0 and "1 numbers" in done.output


def test_digits_that_are_none_are_refused_aloud(view, door):
    upload(view, door)
    digits(view).fill("12a")
    digits(view).press("Enter")
    expect(view.get_by_role("alert")).to_have_text("'12a' is not made of the digits 0-9")


def test_a_paste_and_a_drop_are_read(view):
    file = base64.b64encode(cv2.imencode(".png", painted("18"))[1].tobytes()).decode()
    send = """(element, [kind, data]) => {
        const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
        const moved = new DataTransfer();
        moved.items.add(new File([bytes], "image.png", { type: "image/png" }));
        const options = { bubbles: true, cancelable: true };
        element.dispatchEvent(kind === "paste"
            ? new ClipboardEvent("paste", { ...options, clipboardData: moved })
            : new DragEvent("drop", { ...options, dataTransfer: moved }));
    }"""
    intake = view.get_by_role("group", name="Add photos")
    intake.focus()
    intake.evaluate(send, ["paste", file])
    expect(listed(view)).to_have_text(["pasted-1.png251"])
    intake.evaluate(send, ["drop", file])
    expect(listed(view)).to_have_text(["pasted-1.png251", "image.png251"])


def test_corners_and_boxes_are_dragged(view, page, folder, door):
    upload(view, door)
    digits(view).fill("31")
    digits(view).press("Tab")
    expect(boxes(view)).to_have_attribute("aria-label", "Box 1 of 1: 31")
    scale = view.locator(".svhn-photo svg").bounding_box()["width"] / WIDTH

    def drag(target: Locator, x: float, y: float) -> None:
        frame = target.bounding_box()
        start = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
        page.mouse.move(*start)
        page.mouse.down()
        page.mouse.move(start[0] + x * scale / 2, start[1] + y * scale / 2)
        page.mouse.move(start[0] + x * scale, start[1] + y * scale)
        page.mouse.up()

    drag(view.get_by_role("button", name="Box 1, bottom right corner"), 40, 20)
    expect(view.get_by_role("button", name="Box 1, bottom right corner")).to_have_attribute(
        "aria-label", re.compile("x 32[01], y 19[01]$")
    )
    drag(boxes(view), -50, 10)
    expect(view.get_by_role("button", name="Undo")).to_be_enabled()
    view.get_by_role("button", name="Save and next").click()
    expect(view.get_by_role("status")).to_contain_text("saved in")
    expected = [BOX[0] - 50, BOX[1] + 10, BOX[2] - 9, BOX[3] + 31]
    assert box_of(saved(folder)["31"]) == pytest.approx(expected, abs=2)


def test_a_number_that_was_not_found_is_added_and_undone(view, page, door):
    upload(view, door)
    expect(digits(view)).to_have_count(1)
    view.get_by_role("button", name="Add a number").click()
    frame = view.locator(".svhn-photo svg").bounding_box()
    page.mouse.move(frame["x"] + 20, frame["y"] + 20)
    page.mouse.down()
    page.mouse.move(frame["x"] + 60, frame["y"] + 50)
    page.mouse.move(frame["x"] + 120, frame["y"] + 60)
    page.mouse.up()
    expect(digits(view)).to_have_count(2)
    expect(digits(view).last).to_be_focused()
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    expect(boxes(view).last).to_have_attribute("aria-label", "Box 2 of 2: 7")
    boxes(view).last.focus()
    page.keyboard.press("u")
    expect(boxes(view).last).to_have_attribute("aria-label", "Box 2 of 2: no digits yet")
    boxes(view).last.focus()
    page.keyboard.press("Delete")
    expect(digits(view)).to_have_count(1)


def test_everything_by_keyboard(view, page, folder, door):
    upload(view, door)
    cell = page.evaluate("() => jupyterapp.shell.currentWidget.content.activeCellIndex")
    view.get_by_role("button", name="Choose photos").focus()
    reached = set()
    for _ in range(60):  # every control on the way is reached, and is seen to be
        page.keyboard.press("Tab")
        name = page.evaluate(
            "() => document.activeElement.ariaLabel || document.activeElement.textContent"
        )
        reached.add(name.split(",")[0].split(":")[0].strip())
        seen = """() => {
            const style = getComputedStyle(document.activeElement);
            return style.outlineStyle !== "none" || style.strokeWidth === "4px";
        }"""
        assert page.evaluate(seen), name
        if name == "Keys":
            break
    for wanted in ("Box 1 of 1", "Box 1", "number 1 of 1", "Save and next", "Zoom in", "Keys"):
        assert wanted in reached

    boxes(view).focus()
    for key in ("ArrowLeft", "ArrowUp", "Shift+ArrowUp"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(digits(view)).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("42")
    page.keyboard.press("Enter")
    expect(view.get_by_role("button", name="Save and next")).to_be_focused()
    page.keyboard.press("Enter")
    expect(view.get_by_role("status")).to_contain_text("saved in mine/labels.csv")
    left, top, *_ = box_of(saved(folder)["42"])
    assert left < BOX[0] and top < BOX[1] - 9
    corner = view.get_by_role("button", name="Box 1, top left corner")
    corner.focus()
    page.keyboard.press("Control+ArrowRight")
    expect(view.get_by_role("button", name="Undo")).to_be_enabled()
    # None of these keys were JupyterLab's: no other cell is active, and none is edited.
    assert page.evaluate("() => jupyterapp.shell.currentWidget.content.mode") == "command"
    assert cell == page.evaluate("() => jupyterapp.shell.currentWidget.content.activeCellIndex")


def test_a_zoomed_photo_is_sent_anew_and_boxes_stay_where_they_were(view, door):
    upload(view, door)
    svg = view.locator(".svhn-photo svg").first
    expect(svg).to_have_attribute("viewBox", f"0 0 {WIDTH} {HEIGHT}")
    points = boxes(view).get_attribute("points")
    view.get_by_role("button", name="Zoom in").click()
    expect(svg).not_to_have_attribute("viewBox", f"0 0 {WIDTH} {HEIGHT}")
    assert boxes(view).get_attribute("points") == points
    view.get_by_role("button", name="Whole photo").click()
    expect(svg).to_have_attribute("viewBox", f"0 0 {WIDTH} {HEIGHT}")


def test_a_camera_is_read_live_and_frames_are_dropped(visitor, page):
    view = page.get_by_role("group", name="Camera reader")
    start = view.get_by_role("button", name="Start the camera")
    start.click()  # nobody has allowed it
    expect(view.get_by_role("alert")).to_contain_text("was not allowed to use the camera")
    visitor.context.grant_permissions(["camera"])
    start.click()
    number = view.get_by_role("status").filter(has_text="251")
    expect(number).to_be_visible()
    expect(view.get_by_role("alert")).to_have_count(0)
    box = view.locator("polygon.svhn-box")
    expect(box).to_have_count(1)
    x, y = map(float, box.get_attribute("points").split()[0].split(","))
    assert BOX[0] - 5 < x < BOX[0] + 25 and abs(y - BOX[1]) < 5
    expect(view.get_by_text("no number")).to_be_visible()  # the door has left
    expect(number).to_be_visible()  # and is back
    view.get_by_role("button", name="Keep this frame").click()
    expect(view.get_by_text("1 kept")).to_be_visible()
    rates = view.locator("[data-shown]")
    shown, read, dropped = map(int, rates.get_attribute("data-shown").split())
    assert read >= 3 and dropped > read and abs(shown - read - dropped) <= 1
    view.get_by_role("button", name="Stop the camera").click()
    expect(view.locator("video")).to_be_hidden()
    page.wait_for_timeout(1000)
    seen, kept, *_ = visitor.run_cell(SEEN).split()
    assert read <= int(seen) <= read + 3  # no queue was waiting
    assert int(kept) == 1


def test_a_machine_without_a_camera_is_told_of(page):
    view = page.get_by_role("group", name="Camera reader")
    page.evaluate(
        """() => {
            navigator.mediaDevices.getUserMedia = () =>
                Promise.reject(new DOMException("none", "NotFoundError"));
        }"""
    )
    view.get_by_role("button", name="Start the camera").click()
    expect(view.get_by_role("alert")).to_contain_text("finds no camera")


def test_the_saved_notebook_shows_photos_without_kernel_or_network(
    visitor, folder, visit, tmp_path
):
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    visitor.command("docmanager:save")
    notebook = nbformat.read(folder / "photos.ipynb", as_version=4)
    exporter = HTMLExporter(config=Config(NbConvertBase={"display_data_priority": PRIORITY}))
    notebook.metadata.pop("widgets", None)
    (tmp_path / "page.html").write_text(exporter.from_notebook_node(notebook)[0])
    reader = visit(address=None)
    reader.page.goto((tmp_path / "page.html").as_uri())
    photo = reader.page.get_by_role("img", name="photo-1.png: 251, confidence 0.55")
    assert photo.evaluate("(image) => image.naturalWidth") > 200
    expect(reader.page.get_by_text("No picture from a camera yet")).to_be_visible()
