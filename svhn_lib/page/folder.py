"""The folder of the page: its texts, and its parts, which plain scripts bring in.

A page that was opened as a file may fetch nothing, but may load scripts. So whatever the reader in
the browser is made of stands in scripts, as text.
"""

from __future__ import annotations

import base64
import gzip
import json
import tempfile
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

from svhn_lib.data.download.fetch import Progress
from svhn_lib.export import export_model
from svhn_lib.files import whole_folder
from svhn_lib.page.rules import Net, read_net, rules
from svhn_lib.page.runtime import NPM, ONNXRUNTIME_WEB, Package, Runtime, bring_runtime

_COPIED = ("index.html", "page.css", "LICENSES.txt")
_ON_THE_PAGE = ("answers.js", "camera.js", "reader.js", "page.js")
_IN_THE_WORKER = (
    "numerics.js", "resize.js", "pyramid.js", "finding.js", "crops.js", "decoding.js",
    "columns.js", "reading.js", "picture.js", "nets.js", "worker.js",
)  # fmt: skip


def write_page(
    out: str | Path,
    root: str | Path,
    registry: str = NPM,
    progress: Progress = lambda done, total: None,
    package: Package = ONNXRUNTIME_WEB,
) -> None:
    """Write the folder, whole or not at all.

    Args:
        out: the folder; must not exist yet, or be empty.
        root: the data folder, in which the runtime's package is kept.
        registry: address of the npm registry, or of a mirror, that has it.
        progress: called with (bytes of the package at hand, bytes in all).
        package: the runtime.

    Raises:
        FileExistsError: the folder holds something.
        DownloadError: the package could not be brought.
        OSError: the folder cannot be written.

    Example:
        >>> taken = Path(tempfile.mkdtemp())
        >>> (taken / "mine.txt").touch()
        >>> write_page(taken, "data")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        FileExistsError: ... is not empty: name a new folder, or delete this one
    """
    with whole_folder(out) as scratch:
        runtime = bring_runtime(root, registry, progress, package)
        for name in _COPIED:
            (scratch / name).write_text(_text(name), encoding="utf-8")
        (scratch / "page.js").write_text(_joined(_ON_THE_PAGE), encoding="utf-8")
        parts = scratch / "parts"
        parts.mkdir()
        for name, value in _values(runtime).items():
            text = f"svhnParts.{name} = {json.dumps(value)};\n"  # in ASCII
            (parts / f"{name}.js").write_text(text, encoding="ascii")


def _values(runtime: Runtime) -> dict[str, object]:
    """Return what each script hands to the page."""
    localiser, reader = _exported("localiser"), _exported("compact")
    return {
        "reader": _joined(_IN_THE_WORKER),
        "runtime": {
            "script": runtime.script.decode("utf-8"),
            "module": runtime.module.decode("utf-8"),
            "binary": _packed(runtime.binary),
        },
        "nets": {
            "rules": rules(localiser, reader),
            "localiser": _packed(localiser.data),
            "reader": _packed(reader.data),
        },
    }


def _exported(name: str) -> Net:
    with tempfile.TemporaryDirectory() as folder:
        export_model(name, path := Path(folder) / f"{name}.onnx")
        return read_net(path)


def _packed(data: bytes) -> str:
    """Return bytes as the base64 of a gzip file, the same at any time."""
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode("ascii")


def _joined(names: Iterable[str]) -> str:
    """Return scripts one after another; they share one scope."""
    return "\n".join(_text(name) for name in names)


def _text(name: str) -> str:
    return (resources.files("svhn_lib.page") / "static" / name).read_text(encoding="utf-8")
