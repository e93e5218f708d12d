"""Which kind of picture a file is, by its first bytes, and which kinds can be read here.

Reading the pixels is `pictures`' work.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from PIL import features

HEAD = 32
"""Bytes of a file that tell its kind."""
_HEIF_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"))
_SUFFIXES = {
    "PNG": (".png", ".apng"),
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
    "WEBP": (".webp",),
    "TIFF": (".tif", ".tiff"),
    "BMP": (".bmp", ".dib"),
    "GIF": (".gif",),
    "AVIF": (".avif",),
    "HEIF": (".heic", ".heif", ".hif"),
}
_EVERYWHERE = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF")
_REMEDIES = {
    "AVIF": "install a Pillow that reads AVIF (pip install --upgrade pillow)",
    "HEIF": "install pillow-heif (pip install pillow-heif)",
}


def kind_of(head: bytes) -> str | None:
    """Return Pillow's name of a picture's kind by its first `HEAD` bytes; None for no picture.

    Example:
        >>> kind_of(b"GIF89a")
        'GIF'
        >>> kind_of(b"file,number") is None
        True
    """
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return "TIFF"
    if head.startswith(b"BM"):
        return "BMP"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if head[4:8] == b"ftyp":
        # AVIF names the general brand mif1, too: what is compatible tells them apart.
        if b"avif" in head[8:] or b"avis" in head[8:]:
            return "AVIF"
        return "HEIF" if head[8:12] in _HEIF_BRANDS else None
    return None


@cache
def is_readable(kind: str) -> bool:
    """Whether a kind can be read here: AVIF where Pillow has it, HEIF with pillow-heif.

    Example:
        >>> is_readable("JPEG")
        True
    """
    if kind == "AVIF":
        return bool(features.check("avif"))
    if kind == "HEIF":
        try:
            from pillow_heif import register_heif_opener
        except ImportError:
            return False
        register_heif_opener()
        return True
    return kind in _EVERYWHERE


@cache
def readable_suffixes() -> frozenset[str]:
    """Return how the names of pictures that can be read here end, in lower case.

    Example:
        >>> ".jpeg" in readable_suffixes()
        True
    """
    return frozenset(end for kind, ends in _SUFFIXES.items() if is_readable(kind) for end in ends)


def why_unreadable(path: Path) -> str:
    """Say why a file is none of the pictures that can be read here, judged by its name alone."""
    suffix = path.suffix.lower()
    kind = next((kind for kind, suffixes in _SUFFIXES.items() if suffix in suffixes), None)
    if kind is None:
        return "no picture by its name"
    return needs(kind)


def needs(kind: str) -> str:
    """Say what a kind needs that cannot be read here."""
    name = "HEIC" if kind == "HEIF" else kind
    return f"{name}: {_REMEDIES[kind]}, or save it as JPEG"
