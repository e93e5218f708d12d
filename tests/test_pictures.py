"""Reading pictures of every kind, and refusing what is none or only part of one."""

import io
import os
import struct
import subprocess
import sys
import tracemalloc
import zlib
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, features

from svhn_lib.data.cutting import kinds, pictures, rgb
from svhn_lib.data.cutting.pictures import read_picture, read_reduced
from svhn_lib.data.cutting.png import plain_png_shape
from svhn_lib.data.cutting.rgb import BACKDROP, reduced, to_rgb

RGB = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
IMAGE = Image.fromarray(RGB)
ORIENTATION = 0x0112


@pytest.fixture
def saved(tmp_path):
    def saved(image, suffix, **options):
        path = tmp_path / f"picture{suffix}"
        image.save(path, **options)
        return path

    return saved


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
def test_lossless_formats_give_the_pixels_back(saved, suffix):
    options = {"lossless": True} if suffix == ".webp" else {}
    picture = read_picture(saved(IMAGE, suffix, **options))
    assert picture.dtype == np.uint8
    np.testing.assert_array_equal(picture, RGB)
    assert picture.flags.writeable


@pytest.mark.parametrize("suffix", [".bmp", ".gif", ".jfif", ".mpo", ".avif", ".heic"])
def test_further_formats_are_read_where_their_decoder_is_present(saved, suffix):
    smooth = Image.fromarray(cv2.resize(RGB // 4 + 90, (96, 64), interpolation=cv2.INTER_CUBIC))
    if suffix == ".avif" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    if suffix == ".heic":
        pytest.importorskip("pillow_heif").register_heif_opener()
    options = {".gif": {}, ".bmp": {}}.get(suffix, {"quality": 95})
    path = saved(smooth, suffix, **options, **({"format": "JPEG"} if suffix == ".jfif" else {}))
    picture = read_picture(path).astype(int)
    assert picture.shape == (64, 96, 3)
    assert np.abs(picture - np.asarray(smooth)).mean() < 6
    assert suffix in kinds.readable_suffixes()


def test_of_several_frames_the_first_is_read(saved):
    frames = [Image.new("RGB", (8, 6), (shade, 0, 0)) for shade in (200, 40)]
    for suffix in (".gif", ".tif", ".webp"):
        lossless = {"lossless": True} if suffix == ".webp" else {}
        path = saved(frames[0], suffix, save_all=True, append_images=frames[1:], **lossless)
        assert read_picture(path)[0, 0].tolist() == [200, 0, 0]


@pytest.mark.parametrize("brand", [b"heic", b"mif1"])
def test_a_kind_without_its_decoder_is_named_with_the_remedy(tmp_path, monkeypatch, brand):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    kinds.is_readable.cache_clear()
    path = tmp_path / "phone.heic"
    path.write_bytes(b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0" + bytes(100))
    with pytest.raises(ValueError, match=r"phone\.heic: HEIC: install pillow-heif .* or save it"):
        read_picture(path)
    kinds.is_readable.cache_clear()


@pytest.mark.parametrize("head", [b"", b"no picture at all", b"\x89PNG\r\n\x1a\n"])
def test_a_huge_file_is_refused_by_its_first_bytes(tmp_path, head):
    path = tmp_path / "huge.png"
    with path.open("wb") as file:
        file.write(head)
        file.truncate(4 << 30)  # takes no room on the disk
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"huge\.png: "):
            read_picture(path)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_decoders_write_nothing_of_their_own(saved, capfd):
    path = saved(IMAGE, ".tif", compression="tiff_lzw")
    whole = bytearray(path.read_bytes())
    strips = Image.open(path).tag_v2[273][0]
    whole[strips : strips + 40] = b"\xff" * 40
    path.write_bytes(whole)
    with pytest.raises(ValueError, match=r"picture\.tif: the picture is damaged"):
        read_picture(path)
    assert capfd.readouterr() == ("", "")
    os.write(2, b"still there")
    assert capfd.readouterr().err == "still there"


def test_a_damaged_png_of_right_checksums_gives_one_line(tmp_path, capfd):
    def chunk(kind, data):
        whole = kind + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    header = struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", b"no zlib stream"), chunk(b"IEND", b"")
    path = tmp_path / "picture.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    with pytest.raises(ValueError, match=r"picture\.png: the picture is damaged"):
        read_picture(path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="a file of Linux")
def test_a_disk_that_fails_is_said_of_its_file():
    with pytest.raises(ValueError, match=r"^/proc/self/mem: the picture is damaged or cut short"):
        read_picture("/proc/self/mem")


def test_a_reduced_jpeg_is_large_enough_and_tells_the_whole_size(saved):
    smooth = Image.fromarray(cv2.resize(RGB, (1600, 900), interpolation=cv2.INTER_CUBIC))
    path = saved(smooth, ".jpg", quality=95)
    picture, size = read_reduced(path, 200)
    assert picture.shape == (225, 400, 3)
    assert size == (900, 1600)
    whole = cv2.resize(read_picture(path), (400, 225), interpolation=cv2.INTER_AREA)
    assert np.abs(picture.astype(int) - whole).mean() < 2
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    turned, size = read_reduced(saved(smooth, ".jpg", exif=exif), 200)
    assert turned.shape == (400, 225, 3)
    assert size == (1600, 900)
    assert read_reduced(saved(smooth, ".png"), 200)[0].shape == (900, 1600, 3)


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA", "LA", "CMYK", "1", "I;16"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_large_pictures_are_reduced_as_they_are_read(saved, monkeypatch, mode, orientation):
    monkeypatch.setattr(rgb, "_STRIP", 3_000)  # many strips
    smooth = Image.fromarray(cv2.resize(RGB, (210, 141), interpolation=cv2.INTER_CUBIC))
    image = smooth.convert("L").convert(mode) if mode == "I;16" else smooth.convert(mode)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    path = saved(image, ".tif", exif=exif)
    whole = read_picture(path)
    picture, size = read_reduced(path, most=4_000)
    assert size == whole.shape[:2] == ((141, 210) if orientation == 1 else (210, 141))
    assert picture.shape == ((47, 70, 3) if orientation == 1 else (70, 47, 3))
    expected = reduced(whole, 4_000)
    assert np.abs(picture.astype(int) - expected).mean() < (12 if mode == "1" else 3)
    assert read_reduced(path, most=141 * 210)[0].shape == whole.shape


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_a_reduced_picture_has_at_most_so_many_pixels(saved, suffix):
    for shape in ((900, 1600), (3, 20_000), (20_000, 3), (1, 1)):
        if suffix == ".webp" and max(shape) > 16_383:
            continue  # more than the kind can hold
        path = saved(Image.fromarray(cv2.resize(RGB, shape[::-1])), suffix)
        for most in (100_000, 7_000, 1):
            picture, size = read_reduced(path, most=most)
            assert picture.shape[0] * picture.shape[1] <= max(most, *size)
            assert min(picture.shape) >= 1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_an_image_in_memory_becomes_what_its_file_does(saved, mode):
    grey = Image.fromarray(RGB[..., 0].astype(np.uint16) * 257)
    image = grey if mode == "I;16" else IMAGE.convert("LA" if mode == "LA" else mode)
    if mode == "RGBA":
        image.putalpha(Image.fromarray(RGB[..., 1]))
    path = saved(image, ".tif" if mode == "CMYK" else ".png")
    np.testing.assert_array_equal(to_rgb(image), read_picture(path))


def test_jpeg_equals_another_decoder(saved):
    smooth = cv2.resize(RGB, (90, 60), interpolation=cv2.INTER_CUBIC)
    path = saved(Image.fromarray(smooth), ".jpg", quality=95)
    theirs = cv2.imread(str(path))[:, :, ::-1].astype(int)
    assert np.abs(read_picture(path) - theirs).max() <= 2


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 9), st.integers(0, 2**32 - 1))
def test_fast_png_path_equals_pillow(tmp_path_factory, height, width, level, seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    path = tmp_path_factory.getbasetemp() / "drawn.png"
    Image.fromarray(pixels).save(path, compress_level=level)
    assert plain_png_shape(path.read_bytes()) == (height, width, 3)
    np.testing.assert_array_equal(read_picture(path), pixels)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
def test_exif_orientation_is_applied(saved, suffix):
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # taken with the camera on its side: shown after a clockwise quarter turn
    options = {".webp": {"lossless": True}, ".jpg": {"quality": 95, "subsampling": 0}}
    left_red = np.zeros((20, 30, 3), np.uint8)
    left_red[:, :15, 0] = 255
    path = saved(Image.fromarray(left_red), suffix, exif=exif, **options.get(suffix, {}))
    picture = read_picture(path).astype(int)
    assert picture.shape == (30, 20, 3)
    assert np.abs(picture[:13] - [255, 0, 0]).max() < 20  # what was left is on top
    assert np.abs(picture[17:]).max() < 20


def test_transparent_parts_show_the_backdrop(saved):
    rgba = np.dstack([RGB, np.full((20, 30), 255, np.uint8)])
    rgba[:, :10, 3], rgba[:, 10:20, 3] = 0, 51  # 51 / 255 is a fifth
    picture = read_picture(saved(Image.fromarray(rgba), ".png"))
    assert (picture[:, :10] == BACKDROP).all()
    mixed = RGB[:, 10:20] * 0.2 + np.array(BACKDROP) * 0.8
    assert np.abs(picture[:, 10:20] - mixed).max() <= 1
    np.testing.assert_array_equal(picture[:, 20:], RGB[:, 20:])


def test_palette_with_a_transparent_colour_and_grey_with_alpha(saved):
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 0), 1)
    assert read_picture(saved(image, ".png")).tolist() == [[[10, 20, 30], [40, 50, 60]]]
    path = saved(image, ".png", transparency=0)
    assert read_picture(path).tolist() == [[[*BACKDROP], [40, 50, 60]]]
    grey = Image.fromarray(np.array([[[200, 0], [200, 255]]], np.uint8), "LA")
    assert read_picture(saved(grey, ".png")).tolist() == [[[*BACKDROP], [200] * 3]]


def test_rgb_png_with_a_transparent_colour(saved):
    image = Image.fromarray(np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8))
    path = saved(image, ".png", transparency=(1, 2, 3))
    assert read_picture(path).tolist() == [[[*BACKDROP], [4, 5, 6]]]


def test_grey_and_black_and_white(saved):
    assert read_picture(saved(Image.fromarray(RGB[..., 0]), ".png")).tolist() == (
        np.repeat(RGB[..., :1], 3, 2).tolist()
    )
    picture = read_picture(saved(Image.fromarray(RGB[..., 0] > 127), ".tif"))
    assert np.unique(picture).tolist() == [0, 255]


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("shape", ["grey", "rgb"])
def test_sixteen_bits_keep_the_high_byte(tmp_path, suffix, shape):
    eight = RGB if shape == "rgb" else RGB[..., 0]
    path = tmp_path / f"deep{suffix}"
    cv2.imwrite(str(path), (eight.astype(np.uint16) * 257)[..., ::-1] if shape == "rgb" else
                eight.astype(np.uint16) * 257)  # fmt: skip
    np.testing.assert_array_equal(read_picture(path), np.broadcast_to(
        eight.reshape(20, 30, -1), (20, 30, 3)))  # fmt: skip


@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_cmyk(saved, suffix):
    cmyk = Image.new("CMYK", (16, 16), (0, 255, 255, 0))  # magenta and yellow: red
    picture = read_picture(saved(cmyk, suffix)).astype(int)
    assert np.abs(picture - [255, 0, 0]).max() <= 3


def test_thirty_two_bits_are_refused_with_the_remedy(tmp_path):
    path = tmp_path / "float.tif"
    Image.fromarray(RGB[..., 0].astype(np.float32)).save(path)
    with pytest.raises(ValueError, match=r"float\.tif: a picture of 32 bits a pixel; save it with"):
        read_picture(path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.png", b"", "the file is empty"),
        (
            "text.png",
            b"this is a text file\n",
            "this is no PNG, JPEG, WebP, TIFF, BMP or GIF picture",
        ),
        ("page.html", b"<html><body>404</body></html>", "this is no PNG, JPEG"),
        ("head.png", b"\x89PNG\r\n\x1a\n", "this is no PNG, JPEG"),
    ],
)
def test_no_pictures(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message) as raised:
        read_picture(tmp_path / name)
    assert str(raised.value).startswith(f"{tmp_path / name}: ")


def test_other_formats_missing_file_and_folder(tmp_path, saved):
    with pytest.raises(ValueError, match=r"picture\.ico: this is no PNG, JPEG, WebP, TIFF"):
        read_picture(saved(IMAGE, ".ico"))
    with pytest.raises(FileNotFoundError, match=r"absent\.png: no such picture"):
        read_picture(tmp_path / "absent.png")
    with pytest.raises(ValueError, match="this is a folder"):
        read_picture(tmp_path)
    with pytest.raises(ValueError, match="cannot be opened"):
        read_picture("nul\0.png")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
def test_cut_short_anywhere_is_refused(saved, suffix):
    path = saved(IMAGE, suffix)
    whole, pixels = path.read_bytes(), read_picture(path)
    accepted = []
    for kept in range(0, len(whole), 7):
        path.write_bytes(whole[:kept])
        try:
            np.testing.assert_array_equal(read_picture(path), pixels)
            accepted.append(kept)
        except ValueError:
            continue
    # Without its last bytes, which follow the last pixel, a file may pass.
    assert all(kept > len(whole) - 24 for kept in accepted)


def test_a_changed_byte_in_a_png_never_gives_other_pixels(saved):
    path = saved(IMAGE, ".png")
    whole = path.read_bytes()
    generator = np.random.default_rng(1)
    refused = 0
    for _ in range(400):
        changed = bytearray(whole)
        changed[generator.integers(len(whole))] ^= int(generator.integers(1, 256))
        path.write_bytes(changed)
        try:
            np.testing.assert_array_equal(read_picture(path), RGB)
        except ValueError:
            refused += 1
    assert refused > 350


def chunk(kind, content):
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def png(width, height, before=b"", colour=2):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + header + before + body + chunk(b"IEND", b"")


@pytest.mark.parametrize("colour", [0, 2])  # the slow and the fast path
def test_decompression_bombs_are_refused_before_they_unpack(tmp_path, colour):
    path = tmp_path / "bomb.png"
    path.write_bytes(png(60_000, 60_000, colour=colour))
    with pytest.raises(ValueError, match=r"bomb\.png: .*shrink the picture"):
        read_picture(path)
    path.write_bytes(png(9_000, 9_000, colour=colour))
    with pytest.raises(ValueError, match=r"9000x9000 pixels are more than the 80,000,000"):
        read_picture(path)


@pytest.mark.parametrize("kind", [b"zTXt", b"iCCP"])
def test_bombs_in_side_chunks_do_not_reach_the_fast_decoder(tmp_path, kind, monkeypatch):
    monkeypatch.setattr(pictures, "decode_plain_png", None)  # it would unpack them
    bomb = chunk(kind, b"x\0\0" + zlib.compress(bytes(1 << 24)))
    content = io.BytesIO()
    IMAGE.save(content, "PNG")
    whole = content.getvalue()
    path = tmp_path / "bomb.png"
    path.write_bytes(whole[:33] + bomb + whole[33:])
    with pytest.raises(ValueError, match=r"bomb\.png"):
        read_picture(path)


def test_real_pictures_equal_pillow(samples):
    files = sorted((samples / "real").glob("*/*.png"))
    assert len(files) == 431
    for file in files:
        np.testing.assert_array_equal(
            read_picture(file), np.asarray(Image.open(file).convert("RGB"))
        )


def test_threads_that_read_leave_standard_error_where_it_was(saved):
    path = saved(IMAGE, ".tif", compression="tiff_lzw")
    before, interval = os.fstat(2), sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda _: read_picture(path), range(400)))
    finally:
        sys.setswitchinterval(interval)
    assert os.path.samestat(os.fstat(2), before)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_reads_though_another_thread_was_reading(saved):
    """As a process that `os.fork` makes; a thread in it may hold the lock, and keep it."""
    path = saved(IMAGE, ".tif", compression="tiff_lzw")
    program = f"""
import os, signal, threading
from svhn_lib.data.cutting.pictures import read_picture

def read():
    while True:
        read_picture({str(path)!r})

read_picture({str(path)!r})
threading.Thread(target=read, daemon=True).start()
for _ in range(20):
    child = os.fork()
    if not child:
        signal.alarm(20)
        read_picture({str(path)!r})
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, "the child was stopped"
os._exit(0)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused_with_the_remedy(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    writer = os.open(tmp_path / "pipe.png", os.O_RDWR)  # so that nothing waits for one
    try:
        with pytest.raises(ValueError, match=r"pipe\.png: a pipe, not a file; save the picture"):
            read_picture(tmp_path / "pipe.png")
    finally:
        os.close(writer)
