"""The page of `svhn page` in Chromium: the same answers as Python, opened as a file, by anybody."""

import functools
import http.server
import io
import json
import os
import re
import shutil
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

pytest.importorskip("playwright", reason="no Playwright: pip install 'svhn_lib[browser]'")
pytest.importorskip("axe_playwright_python", reason="no axe: pip install 'svhn_lib[browser]'")

from axe_playwright_python.sync_playwright import Axe
from fake_camera import NOTE_TRACKS
from made_photos import painted
from playwright.sync_api import expect

from svhn_lib import settings
from svhn_lib.data.download import DownloadError
from svhn_lib.data.scenes import SceneSettings, render_photos
from svhn_lib.data.street import RenderSettings, render_split
from svhn_lib.page import find_registry, write_page
from svhn_lib.reading.reader import Reader


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """Chromium whose camera shows a plate with 257."""
    import front_end

    path = front_end.find_chromium()
    if path is None:
        pytest.skip("no Chromium: apt-get install chromium")
    played = tmp_path_factory.mktemp("camera") / "plate.y4m"
    frame = b"FRAME\n" + cv2.cvtColor(painted(), cv2.COLOR_RGB2YUV_I420).tobytes()
    played.write_bytes(b"YUV4MPEG2 W480 H360 F30:1 Ip A1:1 C420jpeg\n" + 30 * frame)
    options = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={played}",
    )
    with front_end.chromium(path, *options) as browser:
        yield browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The page; its runtime is downloaded once into the data folder."""
    out = tmp_path_factory.mktemp("page") / "reader"
    try:
        write_page(out, settings.read().data_root, find_registry())
    except DownloadError as error:
        if "no connection" in str(error) or "no answer" in str(error):
            pytest.skip(f"onnxruntime-web is not to be had: {error}")
        raise
    return out


@pytest.fixture(scope="module")
def visitor(visit_files):
    return visit_files()


@pytest.fixture
def page(visitor, folder):
    """The page as a file, freshly opened on a wide screen, by day."""
    visitor.page.emulate_media(color_scheme="light")
    visitor.page.set_viewport_size({"width": 1200, "height": 900})
    visitor.page.goto((folder / "index.html").as_uri())
    yield visitor.page
    assert visitor.errors == []
    assert visitor.outside == []


def give(page, *files: Path, count: int | None = None) -> list[dict]:
    """Choose files and wait until all are read; what became of them."""
    before = page.evaluate("() => photos.length")
    page.set_input_files("#files", [str(file) for file in files])
    wait_for(page, before + len(files))
    return page.evaluate("(first) => photos.slice(first).map(({ file, ...rest }) => rest)", before)


def wait_for(page, count: int) -> None:
    page.wait_for_function("(count) => settled().length === count", arg=count)


def save(path: Path, picture: np.ndarray, **options) -> Path:
    Image.fromarray(picture).save(path, **options)
    return path


def numbers_of(answer: dict) -> list[tuple[str | None, float]]:
    return [(one["number"], one["confidence"]) for one in (answer, *answer["others"])]


@pytest.fixture(scope="module")
def fifty(tmp_path_factory) -> list[Path]:
    """Photos with numbers anywhere or none, pictures cut around a number, and odd ones."""
    base = tmp_path_factory.mktemp("fifty")
    render_photos(base / "scenes", 28, 5, SceneSettings(longest=320, bundled_fonts=True), 1)
    render_split(base / "street", 10, 5, RenderSettings(bundled_fonts=True))
    files = sorted((base / "scenes").glob("*.[jp][pn]g")) + sorted((base / "street").glob("*.png"))
    for index, file in enumerate(files[:5]):  # lying on their side
        files.append(
            save(
                base / f"turned{index}.png",
                np.rot90(np.asarray(Image.open(file).convert("RGB"))).copy(),
            )
        )
    plate = painted()
    column = np.full((300, 120, 3), 225, np.uint8)
    for row, digit in enumerate("384"):
        cv2.putText(
            column, digit, (35, 95 + 85 * row), cv2.FONT_HERSHEY_SIMPLEX, 2.6, (20, 20, 60), 8
        )
    long = np.full((500, 900, 3), (150, 140, 130), np.uint8)
    for place, digit in enumerate("79812"):
        cv2.putText(
            long, digit, (40 + 120 * place, 300), cv2.FONT_HERSHEY_DUPLEX, 4, (30, 30, 40), 16
        )
    exif = Image.Exif()
    exif[0x0112] = 6
    layer = np.dstack([plate, np.full(plate.shape[:2], 255, np.uint8)])
    layer[:, :100, 3] = 0
    large = cv2.resize(plate, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    files += [
        save(base / "plate.png", plate),
        save(base / "column.png", column),
        save(base / "turned.jpg", np.rot90(plate).copy(), exif=exif, quality=95),
        save(base / "layer.png", layer),
        save(base / "large.jpg", large, quality=95),
        save(base / "long.png", long),
        save(base / "grey.png", np.asarray(Image.fromarray(plate).convert("L"))),
    ]
    assert len(files) == 50
    return files


def test_fifty_pictures_are_read_as_python_reads_them(page, fifty):
    expected = Reader(backend="torch").read_many(fifty)  # the page has the same nets, not in int8
    found = give(page, *fifty)
    assert [one.get("problem") for one in found] == [None] * 50
    several = 0
    for file, mine, theirs in zip(fifty, expected, found, strict=True):
        wanted = [(one.number, one.probability) for one in (mine, *mine.others)]
        given = numbers_of(theirs["answer"])
        assert [number for number, _ in given] == [number for number, _ in wanted], file.name
        assert [p for _, p in given] == pytest.approx([p for _, p in wanted], abs=0.02), file.name
        if mine.box is not None:
            assert theirs["answer"]["box"] == pytest.approx(mine.box, abs=1), file.name
        several += len(given) > 1
    assert sum(one.number is not None for one in expected) > 25
    assert sum(one.number is None for one in expected) > 5
    assert several > 0


def test_pictures_are_made_smaller_larger_and_straight_as_opencv_does_it(page, folder):
    text = (folder / "parts" / "reader.js").read_text(encoding="ascii")
    scripts = json.loads(text.removeprefix("svhnParts.reader = ").removesuffix(";\n"))
    page.goto("about:blank")
    page.add_script_tag(content=scripts.replace("onmessage =", "var unused ="))
    run = """([name, data, height, width, ...more]) => {
        const picture = { data: Uint8ClampedArray.from(data), height, width };
        return Array.from(self[name](picture, ...more).data);
    }"""
    picture = np.random.default_rng(0).integers(0, 256, (37, 53, 3), dtype=np.uint8)

    def theirs(name: str, *more) -> np.ndarray:
        return np.array(page.evaluate(run, [name, picture.ravel().tolist(), 37, 53, *more]))

    for name, size, kind in (
        ("areaAverage", (11, 20), cv2.INTER_AREA),
        ("areaAverage", (18, 26), cv2.INTER_AREA),
        ("bicubic", (74, 106), cv2.INTER_CUBIC),
        ("bicubic", (64, 64), cv2.INTER_CUBIC),
    ):
        mine = cv2.resize(picture, size[::-1], interpolation=kind).ravel()
        off = np.abs(theirs(name, *size) - mine.astype(int))
        assert off.max() <= 1 and off.mean() < 0.1, (name, size)
    matrix = np.array([[0.9, 0.2, -4.3], [-0.15, 0.8, 3.1], [0.0004, -0.0003, 1]])
    mine = cv2.warpPerspective(
        picture, matrix, (40, 30), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    off = np.abs(theirs("warped", matrix.ravel().tolist(), 30, 40, True) - mine.ravel().astype(int))
    assert off.max() <= 1 and off.mean() < 0.1


def test_what_cannot_be_read_is_named_and_the_rest_is_read(page, tmp_path):
    (tmp_path / "note.txt").write_text("no picture")
    (tmp_path / "empty.png").touch()
    whole = save(tmp_path / "plate.png", painted())
    (tmp_path / "cut.png").write_bytes(whole.read_bytes()[:60])
    names = ("note.txt", "empty.png", "cut.png", "plate.png")
    found = give(page, *(tmp_path / name for name in names))
    assert ["problem" in one for one in found] == [True, True, True, False]
    problems = page.locator("#list .problem").all_inner_texts()
    assert [name for name in names if any(text.startswith(name) for text in problems)] == [
        *names[:3]
    ]
    assert any("the file is empty" in text for text in problems)
    expect(page.locator("#list strong")).to_have_text("257")
    expect(page.locator("#status")).to_contain_text("4 of 4 read")


def test_numbers_are_told_to_those_who_do_not_see_them(page, tmp_path):
    give(page, save(tmp_path / "plate.png", painted()))
    expect(page.locator("#status")).to_have_text(
        re.compile(r"plate\.png: 257 \(9\d %\)\. 1 of 1 read\.")
    )
    assert page.locator("#list img").get_attribute("alt").startswith("plate.png: 257 (")
    give(page, save(tmp_path / "wall.png", np.full((90, 120, 3), 128, np.uint8)))
    expect(page.locator("#status")).to_have_text("wall.png: no number found. 2 of 2 read.")
    expect(page.locator("#progress")).to_be_hidden()


def test_boxes_lie_over_the_numbers(page, tmp_path):
    turned = cv2.warpAffine(
        painted(), cv2.getRotationMatrix2D((200, 130), 25, 1), (480, 360), borderValue=(40, 70, 120)
    )
    (found,) = give(page, save(tmp_path / "turned.png", turned))
    (left, top), (right, other) = found["answer"]["corners"][:2]
    assert 15 < np.rad2deg(np.arctan2(top - other, right - left)) < 35
    points = page.locator("#list polygon.over").get_attribute("points").split()
    assert len(points) == 4
    middle = np.mean([[float(one) for one in point.split(",")] for point in points], axis=0)
    assert np.abs(middle - [200, 130]).max() < 15
    picture, drawn = (
        page.locator(f"#list .picture {kind}").bounding_box() for kind in ("img", "svg")
    )
    assert drawn == pytest.approx(picture, abs=1)


def test_a_picture_far_higher_than_wide_fits_the_screen(page, tmp_path):
    give(page, save(tmp_path / "high.png", np.full((4000, 40, 3), 128, np.uint8)))
    picture, shown = (page.locator(f"#list {kind}").bounding_box() for kind in ("img", "svg"))
    assert picture["height"] <= 561 and shown == pytest.approx(picture, abs=1)


def test_labels_keep_their_colours_in_print_and_with_forced_colours(page, tmp_path):
    give(page, save(tmp_path / "plate.png", painted()))
    label = page.locator("#list .label")
    style = "(label, name) => getComputedStyle(label).getPropertyValue(name)"
    assert label.evaluate(style, "print-color-adjust") == "exact"  # else black on the photo
    page.emulate_media(forced_colors="active")
    backgrounds = [
        one.evaluate(style, "background-color") for one in (label, page.locator("#list .picture"))
    ]
    page.emulate_media(forced_colors="none")
    assert backgrounds == ["rgb(255, 213, 74)", "rgb(128, 128, 128)"]


def test_a_card_is_not_cut_by_the_end_of_a_printed_page(page, tmp_path):
    give(page, save(tmp_path / "plate.png", painted()))
    page.emulate_media(media="print")
    kept = page.locator("#list > li").evaluate("(card) => getComputedStyle(card).breakInside")
    page.emulate_media(media="screen")
    assert kept == "avoid"


def test_by_keyboard(page, tmp_path):
    plate = str(save(tmp_path / "plate.png", painted()))
    page.once("filechooser", lambda chooser: chooser.set_files([plate]))
    for name in ("Choose photos", "Use the camera"):
        page.keyboard.press("Tab")
        assert page.evaluate("() => document.activeElement.innerText") == name
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    wait_for(page, 1)
    page.get_by_role("button", name="Clear").press("Enter")
    expect(page.locator("#answers")).to_be_hidden()
    assert page.evaluate("() => document.activeElement.id") == "choose"


def test_photos_are_dropped_anywhere(page):
    data = io.BytesIO()
    Image.fromarray(painted()).save(data, "png")
    page.evaluate(
        """(bytes) => {
            const data = new DataTransfer();
            const type = "image/png";
            data.items.add(new File([Uint8Array.from(bytes)], "dropped.png", { type }));
            document.querySelector("h1").dispatchEvent(
                new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
        }""",
        list(data.getvalue()),
    )
    wait_for(page, 1)
    expect(page.locator("#list h3")).to_have_text("dropped.png")
    expect(page.locator("#list strong")).to_have_text("257")


def test_a_drop_without_a_file_says_so(page):
    page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.setData("text/uri-list", "https://example.org/door.jpg");
            document.querySelector("#drop").dispatchEvent(
                new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
        }"""
    )
    expect(page.locator("#problem")).to_contain_text("That was no file")
    expect(page.locator("#answers")).to_be_hidden()


def test_answers_are_downloaded_as_csv_and_json(page, tmp_path):
    (tmp_path / "note, old.txt").write_text("no picture")
    give(page, save(tmp_path / "plate.png", painted()), tmp_path / "note, old.txt")
    with page.expect_download() as csv:
        page.get_by_role("button", name="Download CSV").click()
    head, first, second = csv.value.path().read_text(encoding="utf-8").splitlines()
    assert head == "file,number,confidence,left,top,right,bottom,error"
    assert first.startswith("plate.png,257,0.9")
    assert second.startswith('"note, old.txt",,,,,,,"no picture')
    with page.expect_download() as kept:
        page.get_by_role("button", name="Download JSON").click()
    answers = json.loads(kept.value.path().read_text(encoding="utf-8"))
    assert answers[0]["file"] == "plate.png" and answers[0]["number"] == "257"
    assert answers[0]["candidates"][0][0] == "257" and len(answers[0]["box"]) == 4
    assert answers[1].keys() == {"file", "error"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_and_nothing_scrolls_sideways(page, tmp_path, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 400, "height": 800})
    (tmp_path / f"{'a_long_name_' * 8}.txt").write_text("no picture")
    plate = save(tmp_path / "plate.png", painted())
    wall = save(tmp_path / "wall.png", np.full((90, 120, 3), 128, np.uint8))
    give(page, plate, wall, *tmp_path.glob("*.txt"))
    assert page.evaluate("() => document.documentElement.scrollWidth") == 400
    found = Axe().run(page).response["violations"]
    grave = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], one["nodes"][0]["html"]) for one in grave] == []


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("self.WebAssembly = undefined", "This browser is too old"),
        ("self.Worker = undefined", "This browser is too old"),
        ("self.Worker = function () { throw new Error('refused'); }", "refused"),
    ],
)
def test_what_a_browser_lacks_is_said(visit_files, folder, tmp_path, missing, words):
    page = visit_files().page
    page.add_init_script(missing)
    page.goto((folder / "index.html").as_uri())
    expect(page.locator("#problem")).to_contain_text(words)
    page.set_input_files("#files", str(save(tmp_path / "plate.png", painted())))
    expect(page.locator("#list .problem")).to_contain_text(words)


def test_a_missing_part_is_named(visit_files, folder, tmp_path):
    shutil.copytree(folder, tmp_path / "half")
    (tmp_path / "half" / "parts" / "nets.js").unlink()
    page = visit_files().page
    page.goto((tmp_path / "half" / "index.html").as_uri())
    expect(page.locator("#problem")).to_contain_text("parts/nets.js is missing")


def test_without_a_camera_the_page_says_why(visit_files, folder):
    page = visit_files().page
    page.add_init_script("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
    page.goto((folder / "index.html").as_uri())
    page.get_by_role("button", name="Use the camera").click()
    expect(page.locator("#problem")).to_contain_text("browsers give it only to pages over HTTPS")
    expect(page.locator("#live")).to_be_hidden()


def test_the_camera_is_read_from_a_web_server(visit_files, folder):
    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    visitor = visit_files()
    page = visitor.page
    try:
        page.goto(f"http://127.0.0.1:{server.server_port}/index.html")
        page.get_by_role("button", name="Use the camera").click()
        page.get_by_role("button", name="Read this picture").click()
        wait_for(page, 1)
        expect(page.locator("#list strong")).to_have_text("257")
        page.get_by_role("button", name="Stop the camera").click()
        expect(page.locator("#live")).to_be_hidden()
        assert visitor.errors == [] and visitor.outside == []
    finally:
        server.shutdown()
        server.server_close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Keep the output of the tests clean."""


def test_what_is_cleared_while_it_is_read_comes_back_no_more(page, tmp_path):
    wall = save(tmp_path / "wall.png", np.full((90, 120, 3), 128, np.uint8))
    page.evaluate(
        """() => {
            window.finish = [];
            const read = (file, share) =>
                new Promise((done) => window.finish.push({ share, done }));
            reading = Promise.resolve(read);
        }"""
    )
    page.set_input_files("#files", [str(wall)])
    page.wait_for_function("() => window.finish.length === 1")
    page.get_by_role("button", name="Clear").click()
    page.evaluate("() => window.finish[0].share(0.5)")
    expect(page.locator("#status")).to_have_text("")
    expect(page.locator("#progress")).to_be_hidden()
    page.evaluate(
        "() => window.finish[0].done({ answer: { number: null, others: [] }, size: [1, 1] })"
    )
    page.set_input_files("#files", [str(wall), str(wall)])
    page.wait_for_function("() => window.finish.length === 2")
    page.set_input_files("#files", [str(wall)])  # while the first two are read
    waiting = page.locator("#list .waiting")
    expect(waiting).to_have_text(["waiting", "reading, 0 %", "waiting"])
    expect(page.locator("#status")).to_have_text("Reading wall.png")


def test_a_file_that_was_changed_meanwhile_is_told_apart_from_pictures(page, tmp_path):
    (tmp_path / "photos").mkdir()
    plate = save(tmp_path / "plate.png", painted())
    page.evaluate(
        "() => { window.kept = reading; reading = new Promise((go) => (window.go = go)); }"
    )
    page.set_input_files("#files", [str(plate)])
    os.utime(plate, (0, 0))  # as if it was written anew
    page.evaluate("() => window.kept.then(window.go)")
    wait_for(page, 1)
    expect(page.locator("#list .problem")).to_contain_text(
        "a folder, or a file that was moved or changed meanwhile"
    )


@pytest.mark.parametrize("clicks", [1, 2])
def test_a_camera_that_is_stopped_is_off_however_often_it_was_started(visit_files, folder, clicks):
    page = visit_files().page
    page.add_init_script(NOTE_TRACKS)
    page.goto((folder / "index.html").as_uri())
    page.get_by_role("button", name="Use the camera").click(click_count=clicks)
    expect(page.get_by_role("button", name="Stop the camera")).to_be_visible()
    page.wait_for_function("(count) => tracks.length === count", arg=clicks)
    page.get_by_role("button", name="Stop the camera").click()
    assert page.evaluate("() => tracks.map((one) => one.readyState)") == ["ended"] * clicks
