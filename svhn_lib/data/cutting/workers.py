"""Cutting many pictures at once, in this process or in worker processes, in order.

It knows files, boxes and pixels only; what the numbers are stays with `prepare`. Nothing that this
module imports needs PyTorch or pandas, so that a worker starts in a fraction of a second.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from svhn_lib.data.cutting.crops import Box, CropSettings, crop_window, cut_window
from svhn_lib.data.cutting.pictures import read_picture

BLOCK = 128
"""Pictures that travel together: 1.5 MB of 64x64 crops."""
PAYS_FROM = 1000
"""With fewer pictures the workers' start would take longer than the work."""


class Job(NamedTuple):
    """One number to cut: a picture file, and the number's box or None where it is cut already."""

    path: str
    box: Box | None


class Cut(NamedTuple):
    """What became of a run of jobs: K were cut, the others are in `unreadable` or `outside`.

    Attributes:
        done: how many jobs this stands for.
        jobs: int64 (K,), the positions of those that were cut, rising.
        crops: uint8 (K, h, w, channels).
        windows: float64 (K, 4), what each crop shows of its picture.
        sizes: float64 (K, 2), height and width of the pictures.
        unreadable: positions of jobs whose picture cannot be read, and why.
        outside: positions of jobs whose box lies outside the picture, and what is wrong.
    """

    done: int
    jobs: NDArray[np.int64]
    crops: NDArray[np.uint8]
    windows: NDArray[np.float64]
    sizes: NDArray[np.float64]
    unreadable: list[tuple[int, str]]
    outside: list[tuple[int, str]]


def cut_all(
    jobs: Sequence[Job], settings: CropSettings, workers: int | None = None
) -> Generator[Cut, None, None]:
    """Cut all jobs, in their order, `BLOCK` at a time; the result is the same for any workers.

    Args:
        jobs: what to cut.
        settings: how.
        workers: processes to use: None for one a core where there is enough to do, 0 or 1 for none
            beside this one.

    Close the iterator (contextlib.closing) if you may stop early: that ends the workers.
    Raises ChildProcessError when a worker dies, as the kernel kills it when memory runs out.
    """
    blocks = [(first, jobs[first : first + BLOCK]) for first in range(0, len(jobs), BLOCK)]
    if workers is None:
        workers = _cores() if len(jobs) >= PAYS_FROM else 1
    workers = min(workers, len(blocks))
    if workers > 1:
        yield from _in_processes(blocks, settings, workers)
    else:
        for first, block in blocks:
            yield cut_block(first, block, settings)


def cut_block(first: int, jobs: Sequence[Job], settings: CropSettings) -> Cut:
    """Cut the jobs that stand at positions `first`, `first` + 1, ... of the whole list."""
    crops = np.empty((len(jobs), *settings.size, settings.channels), dtype=np.uint8)
    kept: list[int] = []
    windows: list[Box] = []
    sizes: list[tuple[int, int]] = []
    unreadable: list[tuple[int, str]] = []
    outside: list[tuple[int, str]] = []
    for position, (path, box) in enumerate(jobs, start=first):
        try:
            picture = read_picture(path)
        except (FileNotFoundError, ValueError) as error:
            unreadable.append((position, str(error)))
            continue
        size = picture.shape[0], picture.shape[1]
        window: Box = (0, 0, size[1], size[0])
        try:
            if box is not None:
                window = crop_window(box, size, settings)
        except ValueError as error:
            outside.append((position, str(error)))
            continue
        crops[len(kept)] = cut_window(picture, window, settings)
        kept.append(position)
        windows.append(window)
        sizes.append(size)
    return Cut(
        len(jobs),
        np.array(kept, dtype=np.int64),
        crops[: len(kept)],
        np.array(windows, dtype=np.float64).reshape(-1, 4),
        np.array(sizes, dtype=np.float64).reshape(-1, 2),
        unreadable,
        outside,
    )


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _in_processes(
    blocks: list[tuple[int, Sequence[Job]]], settings: CropSettings, workers: int
) -> Generator[Cut, None, None]:
    """Hand blocks to processes, each attended by a thread that waits for its answer."""
    idle: SimpleQueue[_Worker] = SimpleQueue()
    started = [_Worker(settings) for _ in range(workers)]
    for worker in started:
        idle.put(worker)

    def run(first: int, block: Sequence[Job]) -> Cut:
        worker = idle.get()
        try:
            return worker.cut(first, block)
        finally:
            idle.put(worker)

    threads = ThreadPoolExecutor(workers)
    try:
        waiting: deque[Future[Cut]] = deque()
        for first, block in blocks:
            waiting.append(threads.submit(run, first, block))
            # Bounded, so that crops do not pile up in memory where the reader is slow.
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for worker in started:
            worker.stop()
        threads.shutdown(cancel_futures=True)


class _Worker:
    """A Python process that runs `serve`, spoken to in pickles over its standard streams.

    The multiprocessing module would run the caller's main module again in every process: seconds
    where that imports PyTorch, endless trouble in a script without a main guard or from a pipe.
    """

    def __init__(self, settings: CropSettings) -> None:
        root = str(Path(__file__).resolve().parents[3])
        code = (
            "import sys; sys.path.insert(0, sys.argv[1]); "
            "from svhn_lib.data.cutting.workers import serve; serve()"
        )
        # -P: a file called csv.py or numbers.py in the current folder must not come first
        command = [sys.executable, "-P", "-c", code, root]
        # A process group of its own: Ctrl-C in a terminal goes to the parent, which ends us, and
        # must not reach a worker while that is still importing.
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0
        )
        self._settings = settings

    def cut(self, first: int, jobs: Sequence[Job]) -> Cut:
        assert self._process.stdin
        assert self._process.stdout
        try:
            pickle.dump((first, list(jobs), self._settings), self._process.stdin, protocol=5)
            self._process.stdin.flush()
            answer = pickle.load(self._process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError, ValueError) as error:
            raise ChildProcessError(
                f"a worker process died between {jobs[0].path} and {jobs[-1].path}, perhaps for "
                "lack of memory; try again with fewer workers"
            ) from error
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream
            stream.close()


def serve() -> None:
    """Answer requests on standard input until it ends: the whole life of a worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Windows has no process groups
    cv2.setNumThreads(1)  # the workers are the parallelism
    requests = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing a decoder prints may land among the answers
    while True:
        try:
            first, jobs, settings = pickle.load(requests)
        except EOFError:
            return
        try:
            answer: Cut | Exception = cut_block(first, jobs, settings)
        except Exception as error:  # the parent raises it
            answer = error
        pickle.dump(answer, answers, protocol=5)
        answers.flush()
