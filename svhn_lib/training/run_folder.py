"""The folder of a run: what lies in it, and that one run at a time uses it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from svhn_lib.files import Kind, refuse_another_kind
from svhn_lib.models.weights import is_safetensors
from svhn_lib.training.processes import Place, from_first

BEST = "best.safetensors"
HISTORY = "metrics.csv"
FACTS = "run.json"
BOARD = "tensorboard"
CHECKPOINT = "checkpoint.safetensors"
PREVIOUS = "checkpoint-previous.safetensors"
LOCK = ".lock"
_KINDS: dict[str, Kind] = {
    FACTS: lambda path: b'"svhn_lib"' in path.read_bytes(),
    HISTORY: b"step,examples,",
    BEST: is_safetensors,
}


@contextmanager
def open_run(out: Path, place: Place, *, resume: bool) -> Iterator[None]:
    """Make the folder where it is missing, and keep it from other runs while this lasts.

    The first process does so for all of a run, and all of them raise what goes wrong. The lock
    goes with its process, however that ends.

    Raises:
        FileExistsError: another run is at work in the folder, it holds a run already and `resume`
            is not set, or a file that is no run's bears the name of one.
        OSError: the folder cannot be made.
    """
    lock, problem = FileLock(out / LOCK), None
    if place.first:
        try:
            _claim(out, lock, resume)
        except OSError as error:
            problem = error
    problem = from_first(problem, place)
    try:
        if problem is not None:
            raise problem
        yield
    finally:
        lock.release()


def _claim(out: Path, lock: FileLock, resume: bool) -> None:
    if os.fsencode(out).decode(errors="replace") != str(out):
        raise OSError(f"{out}: weights files need a name in UTF-8: name another folder")
    out.mkdir(parents=True, exist_ok=True)
    try:
        with suppress(NotImplementedError):  # a file system without locks
            lock.acquire(timeout=0)
    except Timeout:
        raise FileExistsError(
            f"{out}: another process is training in this folder: wait for it, or name another one"
        ) from None
    names = (CHECKPOINT, PREVIOUS, *_KINDS)
    if not resume and any((out / name).exists() for name in names):
        raise FileExistsError(f"{out} holds a run already: resume it, or name another folder")
    for name, kind in _KINDS.items():  # anybody's, where no run was begun here
        refuse_another_kind(out / name, kind)
    for name in names:  # left by a process that was killed
        for scratch in out.glob(f".{name}.*.part"):
            scratch.unlink(missing_ok=True)
