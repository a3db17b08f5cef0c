"""TCP and TLS connections for httpcore, straight on asyncio.

httpcore's own go through anyio, and take a third of the processor's time that fetching a page takes.
"""

import asyncio
import os
import ssl
from collections import deque
from collections.abc import Sequence
from typing import Any

import httpcore

from ingest.fetch.guard import Address

_BUFFERED = 256 * 1024  # bytes taken from the system before anyone has asked for them
_MOST_TRIED = 4  # addresses of one name
_TRY_S = 3.0  # for all of them but the last


class Stream(httpcore.AsyncNetworkStream):
    """One connection."""

    def __init__(self, inbox: "_Inbox") -> None:
        self._inbox = inbox

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Give `max_bytes` at most of what has come; b"" at the end. Raise httpcore.ReadTimeout after `timeout` s."""
        return await self._inbox.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send, waiting while the other side does not read. Raise httpcore.WriteTimeout after `timeout` s."""
        await self._inbox.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close at once: nothing we send is worth waiting for."""
        self._inbox.transport.abort()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> "Stream":
        """Give the same connection, encrypted; else close it and raise httpcore.ConnectTimeout or ConnectError."""
        try:
            async with asyncio.timeout(timeout):
                await self._inbox.start_tls(ssl_context, server_hostname)
        except BaseException as error:
            self._inbox.transport.abort()
            if isinstance(error, TimeoutError):
                raise httpcore.ConnectTimeout("TLS was not agreed upon in time") from error
            if isinstance(error, OSError | ValueError):  # what ssl raises is either, or both
                raise httpcore.ConnectError(f"TLS: {reason(error)}") from error
            raise
        return self

    def get_extra_info(self, info: str) -> Any:  # Any: httpcore's signature
        """Give the TLS object, the other side's address, or whether an idle connection has something to say."""
        match info:
            case "is_readable":
                return self._inbox.has_news
            case "server_addr":
                return self._inbox.transport.get_extra_info("peername")
            case _:
                return self._inbox.transport.get_extra_info(info)


async def connect(addresses: Sequence[Address], port: int) -> Stream:
    """Give a connection to the first of the addresses that takes one; raise the last one's `OSError`."""
    *others, last = addresses[:_MOST_TRIED]
    for address in others:
        try:
            async with asyncio.timeout(_TRY_S):
                return await _connect(address, port)
        except OSError:  # a TimeoutError is one too
            continue
    return await _connect(last, port)


def reason(error: BaseException) -> str:
    """Give what an error of the system says, without its number."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"the certificate is not valid: {error.verify_message}"
        case ssl.SSLError():
            return (error.reason or "failed").replace("_", " ").lower()
        case OSError(errno=int(number)) if number > 0:
            return os.strerror(number).lower()  # what asyncio says in its place tells the address again
        case OSError() if error.strerror:
            return error.strerror.lower()
        case _:
            return str(error) or type(error).__name__


async def _connect(address: Address, port: int) -> Stream:
    # An address is not looked up again: asyncio takes it as it is.
    _, inbox = await asyncio.get_running_loop().create_connection(_Inbox, str(address), port)
    return Stream(inbox)


class _Inbox(asyncio.Protocol):
    """What has come over one connection and is not yet read."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._is_ended = False
        self._is_paused = False
        self._is_clogged = False
        self._readable: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None

    @property
    def has_news(self) -> bool:
        return self._is_ended or bool(self._pieces)

    async def start_tls(self, ssl_context: ssl.SSLContext, server_hostname: str | None) -> None:
        if self.has_news:  # else it would be read as if it had come encrypted
            raise ConnectionError("the server spoke before TLS was agreed upon")
        loop = asyncio.get_running_loop()
        encrypted = await loop.start_tls(self.transport, self, ssl_context, server_hostname=server_hostname)
        if encrypted is None:
            raise ConnectionError("the connection was closed")
        self.transport = encrypted

    async def read(self, max_bytes: int, timeout: float | None) -> bytes:
        if not self._pieces and not self._is_ended:
            self._readable = asyncio.get_running_loop().create_future()
            await _within(timeout, self._readable, httpcore.ReadTimeout(f"nothing came for {timeout or 0:g} s"))
        if not self._pieces:
            return b""
        piece = self._pieces.popleft()
        if len(piece) > max_bytes:
            self._pieces.appendleft(piece[max_bytes:])
            piece = piece[:max_bytes]
        self._size -= len(piece)
        if self._is_paused and self._size <= _BUFFERED:
            self._is_paused = False
            self.transport.resume_reading()
        return piece

    async def write(self, buffer: bytes, timeout: float | None) -> None:
        # Where nobody listens any more, what had come before is still to be read; then reading tells.
        if self.transport.is_closing():
            return
        self.transport.write(buffer)
        if self._is_clogged:
            self._writable = asyncio.get_running_loop().create_future()
            await _within(timeout, self._writable, httpcore.WriteTimeout(f"nothing was taken for {timeout or 0:g} s"))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._pieces.append(data)
        self._size += len(data)
        if self._size > _BUFFERED and not self._is_paused:
            self._is_paused = True
            self.transport.pause_reading()
        _wake(self._readable)

    def eof_received(self) -> None:
        self._is_ended = True
        _wake(self._readable)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        # However it ended: what was cut short is seen from what is missing.
        self._is_ended = True
        _wake(self._readable)
        _wake(self._writable)

    def pause_writing(self) -> None:
        self._is_clogged = True

    def resume_writing(self) -> None:
        self._is_clogged = False
        _wake(self._writable)


async def _within(timeout_s: float | None, happens: asyncio.Future[None], error: Exception) -> None:
    """Wait; raise `error` when it has not happened in time. Costs less than `asyncio.timeout`, once per read."""
    if timeout_s is None:
        return await happens
    timer = asyncio.get_running_loop().call_later(timeout_s, _fail, happens, error)
    try:
        await happens
    finally:
        timer.cancel()


def _fail(waiter: asyncio.Future[None], error: Exception) -> None:
    if not waiter.done():
        waiter.set_exception(error)


def _wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)
