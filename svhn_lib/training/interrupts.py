"""Ctrl-C, SIGTERM and SIGHUP while training: the step at hand is finished and saved first.

SIGTERM is what SLURM, Docker and systemd send before they kill; SIGHUP comes when a terminal or a
connection is closed. A second signal stops at once, as
everywhere.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP
SIGNALS = tuple(signal.Signals[name] for name in NAMES if hasattr(signal, name))


class StopRequest:
    """Which signal asked for an end; 0 for none."""

    def __init__(self) -> None:
        """Begin without a request."""
        self.signal = 0

    def exception(self) -> BaseException:
        """Return what to end with: KeyboardInterrupt, or SystemExit(128 + signal)."""
        if self.signal == signal.SIGINT:
            return KeyboardInterrupt()
        return SystemExit(128 + self.signal)


@contextmanager
def catch_stop_signals() -> Iterator[StopRequest]:
    """Note SIGINT, SIGTERM and SIGHUP for as long as this lasts; only the main thread can.

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
