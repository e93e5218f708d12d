"""Photo files of every kind, whole and spoilt: read, or refused in one line, in bounded memory."""

import io
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features
from small_cli import says, svhn

from svhn_lib.models import zoo
from svhn_lib.reading.reader import Reader
from svhn_lib.reading.record import Answer

MEASURE = """
import sys
from svhn_lib.reading.reader import Reader
list(Reader(device="cpu").read_each(sys.argv[1:]))
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def pixels(height: int, width: int, seed: int = 0) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(0, 256, (9, 9, 3), np.uint8)
    across, down = np.arange(width) * 9 // width, np.arange(height) * 9 // height
    return coarse[down][:, across]


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def whole_files() -> Iterator[tuple[str, bytes]]:
    """Files that are all right, though some of them are odd."""
    photo = Image.fromarray(pixels(48, 64))
    for mode in ("RGB", "L", "P", "1", "RGBA", "LA", "I;16"):
        image = photo.convert("L").convert("I;16") if mode == "I;16" else photo.convert(mode)
        yield f"mode {mode}.png".replace(";", ""), encoded(image, "PNG")
    for mode in ("RGB", "L", "CMYK", "YCbCr"):
        yield f"mode {mode}.jpg", encoded(photo.convert(mode), "JPEG")
    yield "progressive.jpg", encoded(photo, "JPEG", progressive=True)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        yield f"turned {orientation}.jpg", encoded(photo, "JPEG", exif=exif)
    frames = [Image.fromarray(pixels(40, 30, seed)) for seed in range(3)]
    for kind in ("GIF", "PNG", "WEBP", "TIFF"):
        moving = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
        yield f"moving.{kind.lower()}", moving
    for kind in ("BMP", "WEBP", "TIFF", "GIF"):
        yield f"plain.{kind.lower()}", encoded(photo, kind)
    for size in ((1, 1), (20_000, 10), (10, 20_000), (1, 5000), (5, 5)):
        long = Image.fromarray(pixels(*size[::-1]))
        yield f"{size[0]}x{size[1]}.png", encoded(long, "PNG")
        yield f"{size[0]}x{size[1]}.jpg", encoded(long, "JPEG")
    if features.check("avif"):
        yield "plain.avif", encoded(photo, "AVIF")


def spoilt(name: str, data: bytes, seed: int) -> Iterator[tuple[str, bytes]]:
    """What becomes of a file on the way: cut short, bytes changed, another name, rubbish after."""
    rng = np.random.default_rng(seed)
    yield f"cut {name}", data[: int(rng.integers(1, len(data)))]
    changed = bytearray(data)
    for spot in rng.integers(0, len(data), 4):
        changed[spot] = int(rng.integers(256))
    yield f"changed {name}", bytes(changed)
    zeroed = bytearray(data)
    half = len(data) // 2
    zeroed[half:] = bytes(len(data) - half)
    yield f"zeroed {name}", bytes(zeroed)
    yield f"longer {name}", data + bytes(rng.integers(0, 256, 50, np.uint8))
    yield f"{name}.{'png' if name.endswith('jpg') else 'jpg'}", data  # of another kind by its name


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that would unpack to so many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def no_pictures() -> Iterator[tuple[str, bytes]]:
    yield "nothing.jpg", b""
    yield "zeros.png", bytes(1000)
    yield "text.jpg", b"file,number\n"
    yield "movie.jpg", b"\0\0\0\x18ftypmp42" + bytes(100)
    yield "page.png", b"<!DOCTYPE html><title>404</title>"
    yield "phone.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)
    yield "bomb.png", bomb(60_000, 60_000)
    yield "short bomb.png", bomb(8_000, 9_000)
    yield "noise.webp", b"RIFF\x64\0\0\0WEBPVP8 " + bytes(range(90))


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> list[Path]:
    """Some 200 files: whole, spoilt in five ways each, and no pictures at all."""
    folder = tmp_path_factory.mktemp("files")
    whole = list(whole_files())
    made = [*whole, *no_pictures()]
    for seed, (name, data) in enumerate(whole):
        made += list(spoilt(name, data, seed))[: 5 if seed % 2 else 3]
    paths = []
    for name, data in made:
        paths.append(folder / name)
        paths[-1].write_bytes(data)
    return paths


def test_200_files_are_read_or_refused_in_one_line(files):
    assert len(files) >= 200
    whole = {name for name, _ in whole_files()}
    read = 0
    for file, answer in zip(files, Reader(device="cpu").read_each(files), strict=True):
        if isinstance(answer, Exception):
            assert file.name not in whole, answer
            assert str(answer).startswith(f"{file}: ")
            assert "\n" not in str(answer)
        else:
            assert isinstance(answer, Answer)
            assert 0 <= answer.probability <= 1
            read += 1
    assert read >= len(whole) + 20  # those of another name, and others


def test_the_command_goes_on_after_each(files, tmp_path):
    zoo.save_model(says("25", 0.9), tmp_path / "says25.safetensors")
    some = [path for path in files if path.name.startswith(("cut", "plain", "phone", "nothing"))]
    options = ("--model", tmp_path / "says25.safetensors", "--draw", tmp_path / "drawn")
    done = svhn("read", *some, *options)
    assert done.status == 1
    said = done.out.splitlines() + done.err.splitlines()
    assert sorted(line.split(": ")[0] for line in said) == sorted(map(str, some))
    assert len(list((tmp_path / "drawn").iterdir())) == len(done.out.splitlines())


def test_a_heic_says_what_it_needs(tmp_path, monkeypatch):
    from svhn_lib.data.cutting import kinds

    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    kinds.is_readable.cache_clear()
    photo = tmp_path / "phone.heic"
    photo.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100))
    done = svhn("read", photo)
    kinds.is_readable.cache_clear()
    assert done.status == 1
    assert done.err == (
        f"{photo}: HEIC: install pillow-heif (pip install pillow-heif), or save it as JPEG\n"
    )


@pytest.mark.parametrize("kind", ["progressive.jpg", "rgba.png", "webp"])
def test_the_largest_photos_take_less_than_a_gigabyte(tmp_path, kind):
    size = (5000, 6000) if kind == "webp" else (8000, 9990)
    photo = Image.fromarray(pixels(*size))
    photo = photo.convert("RGBA") if "rgba" in kind else photo
    file = tmp_path / f"photo.{kind}"
    options = {"jpg": {"progressive": True}, "png": {"compress_level": 1}, "webp": {"method": 0}}
    photo.save(file, **options[kind.split(".")[-1]])
    assert peak(file) < 1000


def test_a_webp_that_would_take_more_is_refused(tmp_path):
    file = tmp_path / "photo.webp"
    Image.fromarray(pixels(5000, 6010)).save(file, method=0, quality=1)
    done = svhn("read", file)
    assert done.err == (
        f"{file}: 6010x5000 pixels are more than the 30,000,000 that are read of this kind; "
        "shrink the picture\n"
    )


def test_a_photo_of_twelve_megapixels_takes_less_than_600_megabytes(tmp_path):
    file = tmp_path / "photo.jpg"
    Image.fromarray(pixels(3000, 4000)).save(file)
    assert peak(file) < 600


def peak(*files: Path) -> float:
    """The megabytes that a process takes at most to read photos."""
    command = [sys.executable, "-c", MEASURE, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout) / 1e3
