"""Ctrl-C and SIGTERM while training: the step at hand is finished and saved first.

SIGTERM is what SLURM, Docker and systemd send before they kill. A second signal stops at once, as
everywhere.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopRequest:
    """Which signal asked for an end; 0 for none."""

    def __init__(self) -> None:
        """Begin without a request."""
        self.signal = 0

    def exception(self) -> BaseException:
        """Return what to end with: SystemExit(143) after SIGTERM, else KeyboardInterrupt."""
        if self.signal == signal.SIGTERM:
            return SystemExit(128 + signal.SIGTERM)
        return KeyboardInterrupt()


@contextmanager
def catch_stop_signals() -> Iterator[StopRequest]:
    """Note SIGINT and SIGTERM for as long as this lasts; only the main thread can.

    A signal that the process ignores, as one started with `nohup` may, stays ignored.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    before = {number: old for number, old in before.items() if old not in (signal.SIG_IGN, None)}

    def put_back() -> None:
        for number, old in before.items():
            signal.signal(number, old)

    def note(number: int, frame: FrameType | None) -> None:
        request.signal = number
        put_back()

    for number in before:
        signal.signal(number, note)
    try:
        yield request
    finally:
        put_back()
