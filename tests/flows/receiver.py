"""A receiver of webhooks on loopback, which keeps what it is sent and answers as it is told."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """One request."""

    fields: dict[str, str]
    raw: bytes

    @property
    def said(self) -> dict[str, Any]:  # Any: JSON
        """Give the body."""
        said: dict[str, Any] = orjson.loads(self.raw)
        return said

    @property
    def key(self) -> str:
        """Give the event's id."""
        return self.fields["x-newsfold-id"]


@dataclass(slots=True)
class Receiver:
    """What came, and what is answered."""

    url: str = ""
    got: list[Got] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)  # of the next answers; then 204
    before: Callable[[], None] = lambda: None  # before each answer

    @property
    def events(self) -> list[tuple[str, int]]:
        """Give the names of the events that came, each with the story whose change it was."""
        return [(got.said["event"], got.said["story_id"]) for got in self.got]

    def take(self, got: Got) -> int:
        """Keep a request; give the status of its answer."""
        self.got.append(got)
        self.before()
        return self.statuses.pop(0) if self.statuses else 204


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Open a receiver."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            fields = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(receiver.take(Got(fields=fields, raw=raw)))
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/in"
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
