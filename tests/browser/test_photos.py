"""Photo and camera reader in a real browser: photos come in, are corrected; a camera plays a film.

Most of it on a page without Jupyter; the way of the bytes, and its end, in JupyterLab.
"""

import base64
import csv
import re
from pathlib import Path

import cv2
import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook

pytest.importorskip("playwright", reason="no Playwright: pip install 'svhn_lib[browser]'")

from bare import Bare
from fake_camera import NOTE_TRACKS, camera_of
from front_end import PATIENCE, expect_painted
from made_photos import BOX, HEIGHT, WIDTH, Double, painted
from PIL import Image
from playwright.sync_api import Locator, expect
from typer.testing import CliRunner

from svhn_lib.cli import app
from svhn_lib.course.markup import PRIORITY
from svhn_lib.widgets import CameraReader, PhotoReader

CELLS = [
    "import sys; sys.path.insert(0, {here!r})\n"
    "from made_photos import Double, painted\n"
    "from svhn_lib.widgets import CameraReader, PhotoReader\n"
    "reader = Double()",
    "photos = PhotoReader([painted()], folder='mine', reader=reader); photos",
    "camera = CameraReader(reader); camera",
]


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with camera_of(painted(), tmp_path_factory.mktemp("camera")) as browser:
        yield browser


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1100, "height": 1200})
    page, errors = context.new_page(), []
    page.set_default_timeout(1000 * PATIENCE)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "mine"


@pytest.fixture
def bare(page, folder) -> Bare:
    return Bare(page, PhotoReader(folder=folder, reader=Double()))


@pytest.fixture
def view(bare, page) -> Locator:
    return page.get_by_role("group", name="Photo reader")


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
    with (folder / "labels.csv").open(newline="") as file:
        return {row["number"]: row for row in csv.DictReader(file)}


def box_of(row: dict[str, str]) -> list[float]:
    return [float(row[side]) for side in ("left", "top", "right", "bottom")]


def test_an_upload_is_read_corrected_saved_and_prepared(view, folder, door, wall, tmp_path):
    upload(view, door, wall)
    expect(listed(view)).to_have_text(["door.png251", "wall.pngno number"])
    expect(digits(view)).to_have_value("251")
    expect(boxes(view)).to_have_attribute("aria-label", "Box 1 of 1: 251")
    close = view.get_by_role("img", name="number 1 of 1, close")
    expect_painted(close, wider_than=60)
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
    assert (folder / row["file"]).read_bytes() == door.read_bytes()
    out = tmp_path / "mine.h5"
    labels = folder / "labels.csv"
    done = CliRunner().invoke(app, ["data", "prepare", str(labels), str(out), "--workers", "1"])
    assert done.exit_code == 0 and "1 numbers" in done.output


def test_saving_goes_on_with_the_next_photo_that_can_be_read(view, door, wall, tmp_path):
    (tmp_path / "notes.jpg").write_text("no picture")
    upload(view, door, tmp_path / "notes.jpg", wall)
    expect(listed(view)).to_have_text(["door.png251", "notes.jpgnot read", "wall.pngno number"])
    view.get_by_role("button", name="Save and next").click()
    expect(view.get_by_text("wall.png, 3 of 3")).to_be_visible()
    expect(view.get_by_role("button", name="Save and next")).to_be_enabled()


def test_digits_that_are_none_are_refused_aloud_and_nothing_is_saved(view, folder, door):
    upload(view, door)
    save = view.get_by_role("button", name="Save and next")
    alert = view.get_by_role("alert").filter(has_text="'12a' is not made of the digits 0-9")
    digits(view).fill("12a")
    save.click()  # and not 251, which does not stand there
    expect(alert).to_be_visible()
    expect(digits(view)).to_be_focused()
    digits(view).press("Enter")
    expect(digits(view)).to_have_attribute("aria-invalid", "true")
    save.click()
    expect(alert).to_be_visible()
    assert not folder.exists()
    digits(view).fill("")
    digits(view).press("Tab")
    expect(digits(view)).to_have_value("251")  # what is known
    digits(view).fill("12")
    save.click()
    expect(view.get_by_role("status")).to_contain_text("saved in")
    assert set(saved(folder)) == {"12"}


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


def test_a_file_that_cannot_be_read_stops_no_other(view, page, door, wall, tmp_path):
    (tmp_path / "photos").touch()
    page.evaluate(  # as it is with a folder that was dropped
        """() => {
            const slice = Blob.prototype.slice;
            const fail = () => Promise.reject(new DOMException("", "NotFoundError"));
            const gone = { arrayBuffer: fail };
            Blob.prototype.slice = function (...part) {
                return this.name === "photos" ? gone : slice.apply(this, part);
            };
        }"""
    )
    view.locator("input[type=file]").set_input_files([tmp_path / "photos", door])
    expect(listed(view)).to_have_count(1)
    expect(view.get_by_role("alert").filter(has_text="a folder")).to_contain_text("photos")
    upload(view, wall)
    expect(listed(view)).to_have_count(2)


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
    expect(view.get_by_role("status")).to_contain_text(f"saved in {folder}/labels.csv")
    left, top, *_ = box_of(saved(folder)["42"])
    assert left < BOX[0] and top < BOX[1] - 9
    corner = view.get_by_role("button", name="Box 1, top left corner")
    corner.focus()
    page.keyboard.press("Control+ArrowRight")
    expect(view.get_by_role("button", name="Undo")).to_be_enabled()


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


def test_a_kernel_that_does_not_answer_is_told_of(bare, page, view, door):
    upload(view, door)
    bare.answers = False
    view.get_by_role("button", name="Save and next").click()
    expect(view.get_by_role("alert")).to_contain_text("has not answered for 5 seconds")
    assert not (bare.view.album.labels.path).exists()


def test_a_camera_is_read_live_and_frames_are_dropped(page, tmp_path):
    (tmp_path / "page.html").write_text("<!doctype html><title>Here</title>")
    reader = Double(seconds=0.3)
    camera = CameraReader(reader)
    Bare(page, camera, address=(tmp_path / "page.html").as_uri())
    view = page.get_by_role("group", name="Camera reader")
    start = view.get_by_role("button", name="Start the camera")
    start.click()  # nobody has allowed it
    expect(view.get_by_role("alert")).to_contain_text("was not allowed to use the camera")
    page.context.grant_permissions(["camera"])
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
    assert camera.kept[0].shape == (HEIGHT, WIDTH, 3)
    page.wait_for_function(
        """() => {
            const { shown } = document.querySelector("[data-shown]").dataset;
            const [, read, dropped] = shown.split(" ").map(Number);
            return read >= 3 && dropped > read;
        }"""
    )
    view.get_by_role("button", name="Stop the camera").click()
    expect(view.locator("video")).to_be_hidden()
    shown, read, dropped = counts(view)
    assert abs(shown - read - dropped) <= 1
    page.wait_for_timeout(500)
    assert read <= reader.seen <= read + 1  # one was on its way, and no queue behind it


def test_a_camera_that_is_stopped_is_off_however_often_it_was_started(page, tmp_path):
    (tmp_path / "page.html").write_text("<!doctype html><title>Here</title>")
    Bare(page, CameraReader(Double()), address=(tmp_path / "page.html").as_uri())
    page.context.grant_permissions(["camera"])
    page.evaluate(f"() => {{ {NOTE_TRACKS} }}")
    view = page.get_by_role("group", name="Camera reader")
    view.get_by_role("button", name="Start the camera").dblclick()
    expect(view.get_by_role("button", name="Stop the camera")).to_be_visible()
    page.wait_for_function("() => window.tracks.length === 2")
    view.get_by_role("button", name="Stop the camera").click()
    expect(view.locator("video")).to_be_hidden()
    assert page.evaluate("() => tracks.map((one) => one.readyState)") == ["ended", "ended"]
    view.get_by_role("button", name="Start the camera").click()
    page.evaluate("async () => (await window.drawn)()")  # the view goes before the camera comes
    page.wait_for_function("() => window.tracks.length === 3")
    page.wait_for_function("() => window.tracks[2].readyState === 'ended'")


def counts(view: Locator) -> list[int]:
    """Frames that were shown, read and dropped."""
    return [int(text) for text in view.locator("[data-shown]").get_attribute("data-shown").split()]


def test_a_machine_without_a_camera_and_a_page_that_may_not_have_one_say_so(page):
    Bare(page, CameraReader(Double()))
    view = page.get_by_role("group", name="Camera reader")
    start = view.get_by_role("button", name="Start the camera")
    refused = """() => {
        const getUserMedia = () => Promise.reject(new DOMException("none", "NotFoundError"));
        Object.defineProperty(navigator, "mediaDevices", {value: %s, configurable: true});
    }"""
    page.evaluate(refused % "{ getUserMedia }")
    start.click()
    expect(view.get_by_role("alert")).to_contain_text("finds no camera")
    page.evaluate(refused % "undefined")
    start.click()
    expect(view.get_by_role("alert")).to_contain_text("at localhost or over HTTPS")


@pytest.mark.parametrize("dark", [False, True])
def test_a_narrow_page_does_not_scroll_sideways(page, door, folder, dark):
    page.set_viewport_size({"width": 400, "height": 900})
    photos = PhotoReader([door], folder=folder, reader=Double())
    Bare(page, photos, dark=dark)
    expect(page.get_by_role("group", name="Photo reader").get_by_role("textbox")).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 400


def test_both_in_jupyterlab(visit, served, door, tmp_path):
    """Bytes of photos and frames reach the kernel; its end is told; stills are on the page."""
    here = str(Path(__file__).parent)
    cells = [new_code_cell(text.replace("{here!r}", repr(here))) for text in CELLS]
    notebook = new_notebook(cells=cells)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.metadata["kernelspec"] = kernel
    (served / "photos").mkdir()
    nbformat.write(notebook, served / "photos" / "photos.ipynb")
    visitor = visit()
    page = visitor.page
    visitor.context.grant_permissions(["camera"])
    page.set_viewport_size({"width": 1300, "height": 2600})
    visitor.open("lab", "photos/photos.ipynb")
    visitor.command("notebook:run-all-cells")

    view = page.get_by_role("group", name="Photo reader")
    upload(view, door)
    expect(listed(view)).to_have_text(["photo-1.png251", "door.png251"])
    view.get_by_role("button", name="257").click()
    expect(digits(view)).to_have_value("257")
    view.get_by_role("button", name="Save and next").click()
    expect(listed(view).last).to_contain_text("saved")
    row = saved(served / "photos" / "mine")["257"]
    assert (served / "photos" / "mine" / row["file"]).read_bytes() == door.read_bytes()

    camera = page.get_by_role("group", name="Camera reader")
    camera.get_by_role("button", name="Start the camera").click()
    expect(camera.get_by_role("status").filter(has_text="251")).to_be_visible()
    visitor.command("docmanager:save")
    stills_are_there(served / "photos" / "photos.ipynb", visit, tmp_path)

    page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    for one in (view, camera):
        expect(one.get_by_role("alert").first).to_contain_text("The kernel is gone")
    expect(camera.locator("video")).to_be_hidden()
    assert visitor.errors == []
    assert visitor.outside == []


def stills_are_there(path: Path, visit, tmp_path: Path) -> None:
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    notebook = nbformat.read(path, as_version=4)
    exporter = HTMLExporter(config=Config(NbConvertBase={"display_data_priority": PRIORITY}))
    notebook.metadata.pop("widgets", None)
    (tmp_path / "page.html").write_text(exporter.from_notebook_node(notebook)[0])
    reader = visit(address=None)
    reader.page.goto((tmp_path / "page.html").as_uri())
    expect(reader.page.get_by_text("photo-1.png: 251, confidence 0.55")).to_be_visible()
    photo = reader.page.locator(".jp-RenderedImage img")
    expect_painted(photo, wider_than=200)
    expect(reader.page.get_by_text("No picture from a camera yet")).to_be_visible()
