"""One pool of worker processes for whatever is done picture by picture: cutting and rendering.

It starts plain Python processes and hands them calls of one function, in order. What the function
does is the caller's: `cutting.workers`, `street.render` and `scenes.render`.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

Argument = TypeVar("Argument")
Result = TypeVar("Result")


def cores() -> int:
    """Return how many processor cores this process may use.

    Example:
        >>> cores() >= 1
        True
    """
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def map_in_order(
    function: Callable[[Argument], Result],
    arguments: Sequence[Argument],
    workers: int,
    name: Callable[[Argument], str],
) -> Generator[Result, None, None]:
    """Yield `function(argument)` of every argument in order, whatever the number of workers.

    Close the iterator (contextlib.closing) if you may stop early: that ends the workers.

    Args:
        function: a function of a module, or `functools.partial` of one. A worker imports that
            module, so it should be quick to import: the caller's main module is never run again,
            and a script needs no `if __name__ == "__main__"`.
        arguments: one for each call; what can be pickled.
        workers: processes; with 0 or 1 the function is called in this one.
        name: what an error says of an argument, such as 'pictures 1 to 250'.

    Raises:
        ChildProcessError: a worker died, as the kernel kills one when memory runs out.
        Exception: what the function raised.

    Example:
        >>> from math import sqrt
        >>> list(map_in_order(sqrt, [1.0, 4.0, 9.0], 1, str))
        [1.0, 2.0, 3.0]
    """
    workers = min(workers, len(arguments))
    if workers > 1:
        yield from _in_processes(function, arguments, workers, name)
    else:
        yield from map(function, arguments)


def in_batches(
    write: Callable[[range], list[Result]],
    count: int,
    batch: int,
    named: str,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Result]:
    """Return all that `write` returns for the indices below `count`, some at a time, in order.

    Args:
        write: called in a worker process; what `map_in_order` can send there.
        count: indices.
        batch: of them that a worker does before it reports.
        named: what they are of, such as 'pictures', for messages.
        workers: processes; the number of cores when None.
        progress: called with (indices done, indices in all).

    Raises:
        ChildProcessError: a worker was killed.
    """
    ranges = [range(start, min(start + batch, count)) for start in range(0, count, batch)]
    results: list[Result] = []

    def name(indices: range) -> str:
        return f"{named} {indices[0] + 1} to {indices[-1] + 1}"

    with closing(map_in_order(write, ranges, workers or cores(), name)) as batches:
        for indices, done in zip(ranges, batches, strict=True):
            results += done
            if progress is not None:
                progress(indices[-1] + 1, count)
    return results


def _in_processes(
    function: Callable[[Argument], Result],
    arguments: Sequence[Argument],
    workers: int,
    name: Callable[[Argument], str],
) -> Generator[Result, None, None]:
    """Hand arguments to processes, each attended by a thread that waits for its answer."""
    idle: SimpleQueue[_Worker] = SimpleQueue()
    started = [_Worker(function) for _ in range(workers)]
    for worker in started:
        idle.put(worker)

    def run(argument: Argument) -> Result:
        worker = idle.get()
        try:
            return worker.call(argument, name(argument))
        finally:
            idle.put(worker)

    threads = ThreadPoolExecutor(workers)
    try:
        waiting: deque[Future[Result]] = deque()
        for argument in arguments:
            waiting.append(threads.submit(run, argument))
            # Bounded, so that results do not pile up in memory where the reader is slow.
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

    def __init__(self, function: Callable[[Any], Any]) -> None:
        root = str(Path(__file__).resolve().parents[2])
        code = (
            "import sys; sys.path.insert(0, sys.argv[1]); "
            "from svhn_lib.data.workers import serve; serve()"
        )
        # -P: a file called csv.py or numbers.py in the current folder must not come first
        command = [sys.executable, "-P", "-c", code, root]
        # A process group of its own: Ctrl-C in a terminal goes to the parent, which ends us, and
        # must not reach a worker while that is still importing.
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if sys.stderr else subprocess.DEVNULL,  # closed under cron and daemons
            process_group=0,
        )
        self._function = function

    def call(self, argument: Any, name: str) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        request = pickle.dumps((self._function, argument), protocol=5)
        try:
            self._process.stdin.write(request)
            self._process.stdin.flush()
            answer = pickle.load(self._process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError, ValueError) as error:
            raise ChildProcessError(
                f"a worker process died at {name}, perhaps for lack of memory; try again with "
                "fewer workers"
            ) from error
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream
            with suppress(OSError):  # what was not written yet has no reader any more
                stream.close()


def serve() -> None:
    """Answer requests on standard input until it ends: the whole life of a worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Windows has no process groups
    with suppress(ImportError):  # what cuts does without it
        import cv2

        cv2.setNumThreads(1)  # the workers are the parallelism
    requests = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing a decoder prints may land among the answers
    while True:
        try:
            function, argument = pickle.load(requests)
        except EOFError:
            return
        try:
            answer: Any = function(argument)
        except Exception as error:  # the parent raises it
            answer = error
        pickle.dump(answer, answers, protocol=5)
        answers.flush()
