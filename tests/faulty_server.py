"""A local web server that fails on request, for the tests of downloads.

It counts the bytes of every body it sends; what a fault means is the docstring of its function.
"""

import re
import socket
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

Fault = Callable[["Handler", bytes], None]


@dataclass
class Resource:
    """A file the server has: its bytes, the faults of the next requests, then that of the rest."""

    body: bytes
    faults: list[Fault] = field(default_factory=list)
    then: Fault | None = None  # None: answered properly


class FaultyServer(ThreadingHTTPServer):
    """Serves `resources` by path; `sent` has the body bytes sent, `ranges` the Range headers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.resources: dict[str, Resource] = {}
        self.sent: dict[str, int] = defaultdict(int)
        self.ranges: dict[str, list[str | None]] = defaultdict(list)
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def put(self, path: str, body: bytes, *faults: Fault, then: Fault | None = None) -> str:
        """Serve `body` at `path`, with these faults first; its URL."""
        self.resources[path] = Resource(body, list(faults), then)
        return f"{self.address}{path}"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def stop(self) -> None:
        self.stopping.set()
        self.shutdown()
        self.server_close()
        self.thread.join()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that closes early is part of the tests."""


class Handler(BaseHTTPRequestHandler):
    server: FaultyServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = urlsplit(self.path).path  # the whole URL, when it is asked as a proxy
        self.name = path
        self.server.ranges[path].append(self.headers.get("Range"))
        resource = self.server.resources.get(path)
        if resource is None:
            answer(404)(self, b"")
            return
        fault = resource.faults.pop(0) if resource.faults else resource.then
        (fault or proper)(self, resource.body)

    def first_byte(self) -> int:
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        return int(match[1]) if match else 0

    def head(self, status: int, length: int | None, **fields: str) -> None:
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def range_head(self, body: bytes, first: int, **fields: str) -> None:
        """The proper head of an answer that begins at byte `first`."""
        if first:
            span = f"bytes {first}-{len(body) - 1}/{len(body)}"
            self.head(206, len(body) - first, Content_Range=span, **fields)
        else:
            self.head(200, len(body), Accept_Ranges="bytes", **fields)

    def send(self, data: bytes) -> None:
        self.server.sent[self.name] += len(data)  # first: the client may look when it has them
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        """Keep the output of the tests clean."""


def proper(handler: Handler, body: bytes) -> None:
    """The whole file, or the range that is asked for."""
    handler.range_head(body, handler.first_byte())
    handler.send(body[handler.first_byte() :])


def cut(count: int, tag: str = '"1"', reset: bool = False) -> Fault:
    """A proper answer that ends after `count` bytes, or one byte too early, by FIN or by RST."""

    def fault(handler: Handler, body: bytes) -> None:
        handler.range_head(body, handler.first_byte(), ETag=tag)
        handler.send(body[handler.first_byte() : -1][:count])
        if reset:
            handler.wfile.flush()
            linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            handler.connection.close()

    return fault


def cut_without_length(count: int) -> Fault:
    """No Content-Length and `count` bytes: for HTTP that is a whole answer."""

    def fault(handler: Handler, body: bytes) -> None:
        handler.head(200, None)
        handler.send(body[:count])

    return fault


def answer(status: int) -> Fault:
    """A bare status such as 404, 500 or 503, with a page of HTML."""

    def fault(handler: Handler, body: bytes) -> None:
        page = b"<html>no</html>"
        handler.head(status, len(page))
        handler.wfile.write(page)

    return fault


def page(handler: Handler, body: bytes) -> None:
    """Status 200 and a log-in page, as networks of hotels give."""
    handler.head(200, 17)
    handler.wfile.write(b"<html>log in</ht>")


def longer(handler: Handler, body: bytes) -> None:
    """A file with more bytes than published."""
    handler.head(200, len(body) + 100)
    handler.send(body + bytes(100))


def altered(handler: Handler, body: bytes) -> None:
    """The right size, ranges and all, but one byte in the middle of the answer is another."""
    first = handler.first_byte()
    wrong = bytearray(body[first:])
    wrong[len(wrong) // 2] ^= 1
    handler.range_head(body, first)
    handler.send(bytes(wrong))


def altered_and_cut(count: int) -> Fault:
    """`count` bytes, the first of them wrong, then the connection ends."""

    def fault(handler: Handler, body: bytes) -> None:
        first = handler.first_byte()
        handler.range_head(body, first)
        handler.send(bytes([body[first] ^ 1]) + body[first + 1 : first + count])

    return fault


def no_ranges(handler: Handler, body: bytes) -> None:
    """The whole file, whatever range is asked for."""
    handler.head(200, len(body))
    handler.send(body)


def no_ranges_and_cut(count: int) -> Fault:
    """Whatever range is asked for, the file from its beginning, ending after `count` bytes."""

    def fault(handler: Handler, body: bytes) -> None:
        handler.head(200, len(body))
        handler.send(body[:count])

    return fault


def content_range(text: str) -> Fault:
    """206 and this Content-Range where a range is asked for, with the rest of the file; else it."""

    def fault(handler: Handler, body: bytes) -> None:
        first = handler.first_byte()
        if not first:
            proper(handler, body)
            return
        handler.head(206, len(body) - first, Content_Range=text)
        handler.send(body[first:])

    return fault


def unasked_range(handler: Handler, body: bytes) -> None:
    """206 and the second half of the file, whatever is asked for."""
    first = len(body) // 2
    span = f"bytes {first}-{len(body) - 1}/{len(body)}"
    handler.head(206, len(body) - first, Content_Range=span)
    handler.send(body[first:])


def lying_range(handler: Handler, body: bytes) -> None:
    """206 and the Content-Range asked for, with bytes from the beginning of the file."""
    first = handler.first_byte()
    handler.range_head(body, first)
    handler.send(body[: len(body) - first])


def hang(handler: Handler, body: bytes) -> None:
    """Half of the answer, then nothing until the server stops."""
    first = handler.first_byte()
    handler.range_head(body, first)
    handler.send(body[first:][: (len(body) - first) // 2])
    handler.server.stopping.wait(10)
