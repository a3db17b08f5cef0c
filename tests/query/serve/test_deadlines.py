"""Who keeps the server waiting loses the connection."""

import socket
import time
from contextlib import suppress

import pytest

from query.serve.deadlines import Punctual
from tests.query.serve.newsstand import Served

_HEAD = b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
_GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (b"", b""),
        (_GET, b""),
        (_HEAD + b"Content-Length: 1000\r\n\r\ntoken=", b""),
        (_HEAD + b"Transfer-Encoding: chunked\r\n\r\n6\r\ntoken=\r\n", b""),
        (_GET + b"\r\n" + _GET, b"HTTP/1.1 200 "),
    ],
)
def test_a_request_that_does_not_come_whole_is_given_up(
    own_stand: Served, monkeypatch: pytest.MonkeyPatch, sent: bytes, answered: bytes
) -> None:
    """Nothing at all, half a head, half a body, or half of a second request: the connection is closed in time."""
    monkeypatch.setattr(Punctual, "head_s", 0.3)
    monkeypatch.setattr(Punctual, "body_s", 0.6)

    with _connected(own_stand) as connection:
        connection.sendall(sent)
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))

    assert answer[:13] == answered


def test_what_comes_bit_by_bit_has_no_longer(own_stand: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """A head that is sent a byte at a time does not begin its time anew with each."""
    monkeypatch.setattr(Punctual, "head_s", 0.5)

    began = time.monotonic()
    with _connected(own_stand) as connection, suppress(ConnectionError):
        for byte in _GET * 4:  # for nine seconds
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    assert time.monotonic() - began < 5


def test_a_rest_between_two_requests_is_not_cut_short(own_stand: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """What came whole is answered, and the next request has a time of its own."""
    monkeypatch.setattr(Punctual, "head_s", 0.3)

    with _connected(own_stand) as connection:
        answers = []
        for _ in range(2):
            connection.sendall(_GET + b"\r\n")
            answers.append(_until(connection, b"}")[:13])
            time.sleep(0.6)

    assert answers == [b"HTTP/1.1 200 "] * 2


def _connected(stand: Served) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(stand.base.rpartition(":")[2])), timeout=20)


def _until(connection: socket.socket, end: bytes) -> bytes:
    came = b""
    while not came.endswith(end):
        came += connection.recv(65_536) or pytest.fail("closed")
    return came
