"""One published file fetched over HTTP: mirrors, range requests after a cut, verification.

Which files there are is `catalogue.py`; where they go, `fetch.py`.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import requests
import urllib3

from svhn_lib.data.download.published import DownloadError, RemoteFile, find_fault, size_on_disk

Report = Callable[[int], None]

_READ_SIZE = 1 << 18
_TRY_AGAIN = {408, 425, 429}
_LONGEST_PAUSE = 60.0


class _Interrupted(Exception):
    """A transfer that stopped, where the same mirror is worth another try."""


class _NoSuchFile(Exception):
    """A mirror that does not have the file: the next one is tried."""


@dataclass(frozen=True)
class RetryPolicy:
    """How long one mirror is tried before the next.

    Attributes:
        attempts: tries in a row that bring less than 1 % of the file.
        pause: seconds before the second try, doubled with each further one.
        timeout: seconds without an answer or a byte.
        sleep: what waits.

    Example:
        >>> RetryPolicy(attempts=2).timeout
        30.0
    """

    attempts: int = 4
    pause: float = 1.0
    timeout: float = 30.0
    sleep: Callable[[float], None] = time.sleep


def fetch(file: RemoteFile, part: Path, policy: RetryPolicy, report: Report) -> str:
    """Bring `file` to the path `part` from the first mirror that delivers it, verified.

    Bytes that are there already, from a transfer that was cut or from another mirror, are kept:
    only the rest is asked for, with a range request (RFC 9110, section 14). That they belong
    together is proved by the checksums; if they do not, the file is fetched anew in one piece.

    Args:
        file: what to fetch.
        part: where the bytes go; what was received stays there after a failure, so that the next
            call can go on from it.
        policy: tries, pauses and time limit.
        report: called with the number of bytes at hand, which falls when a transfer starts anew.

    Returns:
        The URL that delivered the last byte.

    Raises:
        DownloadError: no mirror delivered the file; the message has one line per mirror.
        OSError: the bytes cannot be written.
    """
    failures = []
    with requests.Session() as session:
        for url in file.urls:
            try:
                _insist(_Mirror(url, file, part, session, policy.timeout), policy, report)
                return url
            except _NoSuchFile as reason:
                failures.append(f"  {url}: {reason}")
    raise DownloadError("\n".join(failures))


class _Mirror:
    """One URL of a file, and what its server has been seen to do."""

    def __init__(
        self, url: str, file: RemoteFile, part: Path, session: requests.Session, timeout: float
    ) -> None:
        self.url, self.file, self.part = url, file, part
        self.session, self.timeout = session, timeout
        self.ranges = True  # until the server answers a range request wrongly
        self.pieced = True  # the bytes at hand are not all from one response of this mirror
        self.etag: str | None = None

    def complete(self, report: Report) -> None:
        """Receive what is missing and verify the whole; a wrong file is deleted.

        Raises:
            _Interrupted: the file is still incomplete.
            _NoSuchFile: this mirror has no such file.
        """
        if size_on_disk(self.part) < self.file.size:
            self._receive(report)
        fault = find_fault(self.part, self.file)
        if fault is None:
            return
        self.part.unlink()
        if not self.pieced:
            raise _NoSuchFile(f"not the published file: {fault}")
        self.ranges = False
        raise _Interrupted(f"pieces that do not belong together: {fault}")

    def _receive(self, report: Report) -> None:
        start = size_on_disk(self.part) if self.ranges else 0
        # Compression on the way would make sizes and ranges others than those published.
        headers = {"Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
            if self.etag:
                headers["If-Range"] = self.etag
        try:
            with self.session.get(
                self.url, headers=headers, stream=True, timeout=self.timeout
            ) as response:
                self._append(response, self._first_byte(response, start), report)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise _Interrupted(_in_plain_words(error, self.timeout)) from error

    def _first_byte(self, response: requests.Response, asked: int) -> int:
        """Return the place in the file where the response begins; raise where it is of no use."""
        status = response.status_code
        if status == 416 or (status == 206 and not _is_range(response, asked, self.file.size)):
            self.ranges = False
            raise _Interrupted(f"HTTP {status}, not the range of bytes that was asked for")
        if status == 206:
            return asked
        if status in _TRY_AGAIN or status >= 500:
            raise _Interrupted(f"HTTP {status} {response.reason}")
        if status != 200:
            raise _NoSuchFile(f"HTTP {status} {response.reason}")
        length = response.headers.get("Content-Length", str(self.file.size))
        if length != str(self.file.size):
            raise _NoSuchFile(f"not the published file: {length} bytes instead of {self.file.size}")
        etag = response.headers.get("ETag", "")
        self.etag = etag if etag.startswith('"') else None  # If-Range takes no weak validator
        return 0

    def _append(self, response: requests.Response, start: int, report: Report) -> None:
        self.pieced = start > 0
        received = start
        with self.part.open("ab" if start else "wb") as out:
            # read1 hands over what has arrived; read would drop its last bytes on a cut.
            while received < self.file.size and (
                block := response.raw.read1(min(_READ_SIZE, self.file.size - received))
            ):
                out.write(block)
                received += len(block)
                report(received)
        if received < self.file.size:
            raise _Interrupted(f"cut after {received:,} of {self.file.size:,} bytes")


def _insist(mirror: _Mirror, policy: RetryPolicy, report: Report) -> None:
    """Get the whole verified file from one mirror, or raise _NoSuchFile."""
    furthest, failures = size_on_disk(mirror.part), 0
    while True:
        try:
            mirror.complete(report)
            return
        except _Interrupted as error:
            reason = str(error)
        # Only a hundredth of the file counts as getting on: else a server that gives a few bytes
        # at a time would keep us for ever.
        received = size_on_disk(mirror.part)
        if received - furthest >= mirror.file.size / 100:
            furthest, failures = received, 0
        failures += 1
        if failures >= policy.attempts:
            raise _NoSuchFile(reason)
        policy.sleep(min(policy.pause * 2 ** (failures - 1), _LONGEST_PAUSE))


def _is_range(response: requests.Response, first: int, size: int) -> bool:
    """Return whether a 206 response begins at byte `first` of a file of `size` bytes."""
    text = response.headers.get("Content-Range", "")
    match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", text.strip())
    if match is None or first == 0:
        return False
    return int(match[1]) == first and int(match[2]) < size and match[3] in (str(size), "*")


def _in_plain_words(error: Exception, timeout: float) -> str:
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy does not answer or refuses"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not accepted (REQUESTS_CA_BUNDLE names a file of trusted ones)"
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return f"no answer for {timeout:g} seconds"
    if isinstance(error, requests.ConnectionError | urllib3.exceptions.ProtocolError):
        return "no connection, or one that broke"
    return f"{type(error).__name__}: {error}"[:200]
