"""httpx's transport for the open web: it connects only to addresses that were checked.

    connect_tcp(host)   resolve once | refuse the name if any address is refused | connect to exactly one of them

So pages, redirects, robots.txt and feeds all pass here, and a name that changes its answer gains nothing by it.
No proxy, no cookie, no environment; certificates are always verified.
"""

import asyncio
import socket
import ssl
from collections import OrderedDict
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from ipaddress import ip_address

import httpcore
import httpx

from ingest.fetch.guard import Address, is_private, refusal
from ingest.fetch.response import PUBLIC, Access
from ingest.fetch.wire import Stream, connect, reason
from ingest.outcome import Outcome, Refused

Resolve = Callable[[str], Awaitable[Sequence[str]]]
_Key = tuple[Access, bytes, bytes, int | None]
SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]

ACCESS = "newsfold_access"  # the request extension that holds the Access; without it, PUBLIC
_KEPT_OPEN = 256  # origins with an idle connection
_IDLE_S = 90.0  # that such a connection is kept: longer than any pace
_STALE = (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError, httpcore.ConnectionNotAvailable)


class SystemResolver:
    """The system's own look-up, in threads enough that slow names do not hold up the others."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=32, thread_name_prefix="resolve")

    async def __call__(self, host: str) -> Sequence[str]:
        """Give every address of `host`; raise `OSError` where there is none."""
        found = await asyncio.get_running_loop().run_in_executor(self._threads, _look_up, host)
        return list(dict.fromkeys(found))

    def close(self) -> None:
        """Begin no further look-up."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connections for one `Access`."""

    def __init__(self, access: Access, resolve: Resolve) -> None:
        self._access = access
        self._resolve = resolve

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002 - httpcore's signature
        socket_options: Iterable[SocketOption] | None = None,  # noqa: ARG002 - httpcore's signature
    ) -> Stream:
        """Give a connection; raise `Refused` (ADDRESS) when any of the host's addresses is refused.

        Raise httpcore.ConnectTimeout or httpcore.ConnectError where none is to be had within `timeout` seconds.
        """
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._addresses(host)
                self._check(addresses, host, port)
                return await connect(addresses, port)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout("no connection in time") from error
        except UnicodeError as error:
            raise Refused(Outcome.ADDRESS, host, "no host can have this name") from error
        except OSError as error:
            raise httpcore.ConnectError(reason(error)) from error

    async def _addresses(self, host: str) -> list[Address]:
        try:
            return [ip_address(host)]
        except ValueError:
            return [ip_address(text) for text in await self._resolve(host)]

    def _check(self, addresses: Sequence[Address], host: str, port: int) -> None:
        if not addresses:
            raise httpcore.ConnectError("the name has no address")
        for address in addresses:
            if why := refusal(address, self._access):
                raise Refused(Outcome.ADDRESS, host, why)
            # What opens any port in private networks opens none elsewhere.
            if port not in self._access.ports and not is_private(address):
                raise Refused(Outcome.ADDRESS, host, f"port {port} of {address} is not asked")


class GuardedTransport(httpx.AsyncBaseTransport):
    """HTTP/1.1, and HTTP/2 where the server offers it, to whatever the request's `Access` allows.

    Keeps one idle connection per access and origin, and no pool: what was opened under more access is never used under
    less, and many hosts do not slow each other (httpcore's pool goes through all its connections at every request).
    """

    def __init__(self, *, resolve: Resolve | None = None, ssl_context: ssl.SSLContext | None = None) -> None:
        self._system = SystemResolver()
        self._resolve = resolve or self._system
        self._ssl_context = ssl_context
        self._idle: OrderedDict[_Key, httpcore.AsyncHTTPConnection] = OrderedDict()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Give the answer with its body still to be read.

        Raise `Refused` (ADDRESS), or what httpcore raises. A kept connection that proves dead is replaced once.
        """
        assert isinstance(request.stream, AsyncIterable)
        url = request.url
        key = (request.extensions.get(ACCESS, PUBLIC), url.raw_scheme, url.raw_host, url.port)
        asked = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        connection = self._idle.pop(key, None)
        if connection is not None and not connection.has_expired():
            # Failing, it was closed by the server while we were away, or that had said more than it announced.
            with suppress(*_STALE):
                return await self._asked(asked, connection, key)
        elif connection is not None:
            await connection.aclose()
        return await self._asked(asked, self._new_connection(key[0], asked.url.origin), key)

    async def aclose(self) -> None:
        """Close every connection."""
        while self._idle:
            await self._idle.popitem()[1].aclose()
        self._system.close()
        await asyncio.sleep(0)  # the loop closes the sockets in its next round

    async def keep(self, key: _Key, connection: httpcore.AsyncHTTPConnection) -> None:
        """Take back a connection that has nothing more to say."""
        surplus = self._idle.pop(key, None)
        self._idle[key] = connection
        if surplus is None and len(self._idle) > _KEPT_OPEN:
            surplus = self._idle.popitem(last=False)[1]
        if surplus is not None:
            await surplus.aclose()

    async def _asked(
        self, asked: httpcore.Request, connection: httpcore.AsyncHTTPConnection, key: _Key
    ) -> httpx.Response:
        try:
            answer = await connection.handle_async_request(asked)
        except BaseException:
            await connection.aclose()
            raise
        assert isinstance(answer.stream, AsyncIterable)
        body = _Body(answer.stream, connection, key, self)
        return httpx.Response(answer.status, headers=answer.headers, stream=body, extensions=answer.extensions)

    def _new_connection(self, access: Access, origin: httpcore.Origin) -> httpcore.AsyncHTTPConnection:
        if self._ssl_context is None and origin.scheme == b"https":
            self._ssl_context = httpx.create_ssl_context(trust_env=False)
        return httpcore.AsyncHTTPConnection(
            origin,
            ssl_context=self._ssl_context,
            keepalive_expiry=_IDLE_S,
            http2=True,
            network_backend=GuardedBackend(access, self._resolve),
        )


class _Body(httpx.AsyncByteStream):
    """A body as it travels, after the transfer coding; read once."""

    def __init__(
        self,
        stream: AsyncIterable[bytes],
        connection: httpcore.AsyncHTTPConnection,
        key: _Key,
        transport: GuardedTransport,
    ) -> None:
        self._parts = (aiter(stream), stream)
        self._connection = connection
        self._key = key
        self._transport = transport
        self._is_read = False
        self._is_closed = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            return await anext(self._parts[0])
        except StopAsyncIteration:
            self._is_read = True
            raise

    async def aclose(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        try:
            for part in self._parts:
                if close := getattr(part, "aclose", None):
                    await close()
        finally:
            # Unless everything was read, the connection goes too: an HTTP/2 stream would go on coming.
            if self._is_read and self._connection.is_idle() and not _has_more(self._connection):
                await self._transport.keep(self._key, self._connection)
            else:
                await self._connection.aclose()


def _has_more(connection: httpcore.AsyncHTTPConnection) -> bool:
    """Whether more came than the answer was long: h11 would take it for the answer to the next request.

    httpcore offers no way to ask; where its inside is another one day, test_1_06_length_shorter_than_the_body fails.
    """
    parser = getattr(getattr(connection, "_connection", None), "_h11_state", None)
    return parser is not None and bool(parser.trailing_data[0])


def _look_up(host: str) -> list[str]:
    return [str(address[0]) for *_, address in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
