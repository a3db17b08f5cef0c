"""Connections: to addresses that were checked, kept while they are good, and closed when they are not."""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_network

import httpcore
import httpx
import pytest

from ingest.fetch.response import PUBLIC, Access
from ingest.fetch.transport import ACCESS, GuardedTransport, SystemResolver
from ingest.outcome import Outcome, Refused
from tests.ingest.fetch.asking import LOOPBACK
from tests.newsroom import Outlet


@pytest.fixture
def outlet(outlet: Outlet) -> Outlet:
    """Give an outlet of the test's own, with one page."""
    outlet.publish("ferry")
    return outlet


async def _get(transport: GuardedTransport, url: str, access: Access = LOOPBACK) -> bytes:
    waits = dict.fromkeys(("connect", "read", "write", "pool"), 2.0)
    request = httpx.Request("GET", url, extensions={ACCESS: access, "timeout": waits})
    response = await transport.handle_async_request(request)
    assert isinstance(response.stream, httpx.AsyncByteStream)
    try:
        return b"".join([piece async for piece in response.stream])
    finally:
        await response.aclose()


def test_a_connection_is_kept(outlet: Outlet) -> None:
    """Pages of one origin come over one connection."""

    async def ask() -> None:
        async with GuardedTransport() as transport:
            for _ in range(3):
                await _get(transport, outlet.url("/news/ferry"))

    asyncio.run(ask())

    assert [visit.connection for visit in outlet.visits] == [1, 1, 1]


def test_a_dead_connection_is_replaced(outlet: Outlet) -> None:
    """What the server closed meanwhile is not asked, and what it closes on being asked is asked anew, once."""

    async def close_at_second(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await reader.readuntil(b"\r\n\r\n")

    url = outlet.script("/once", close_at_second)

    async def ask() -> list[bytes]:
        async with GuardedTransport() as transport:
            return [await _get(transport, url) for _ in range(3)]

    assert asyncio.run(ask()) == [b"ok"] * 3


def test_a_connection_is_not_asked_anew_for_ever(outlet: Outlet) -> None:
    """A server that always closes is asked once on a new connection, and twice where one was kept."""
    outlet.break_down("close", path="/closed")

    async def ask() -> None:
        async with GuardedTransport() as transport:
            with pytest.raises(httpcore.RemoteProtocolError):
                await _get(transport, outlet.url("/closed"))
            assert outlet.fetched("/closed") == 1
            await _get(transport, outlet.url("/news/ferry"))
            with pytest.raises(httpcore.RemoteProtocolError):
                await _get(transport, outlet.url("/closed"))

    asyncio.run(ask())

    assert outlet.fetched("/closed") == 3


def test_a_body_left_unread_closes_its_connection(outlet: Outlet) -> None:
    """Whoever does not read to the end gets a new connection the next time."""

    async def ask() -> None:
        async with GuardedTransport() as transport:
            request = httpx.Request("GET", outlet.url("/news/ferry"), extensions={ACCESS: LOOPBACK})
            response = await transport.handle_async_request(request)
            await response.aclose()
            await response.aclose()
            await _get(transport, outlet.url("/news/ferry"))

    asyncio.run(ask())

    assert [visit.connection for visit in outlet.visits] == [1, 2]


def test_requests_at_once_have_a_connection_each(outlet: Outlet) -> None:
    """Nobody waits for another's connection; one of them is kept."""
    outlet.latency_s = 0.05

    async def ask() -> None:
        async with GuardedTransport() as transport:
            await asyncio.gather(*(_get(transport, outlet.url("/news/ferry")) for _ in range(4)))
            await _get(transport, outlet.url("/news/ferry"))

    asyncio.run(ask())

    assert len({visit.connection for visit in outlet.visits[:4]}) == 4
    assert outlet.log.connections == 4


@pytest.mark.parametrize(
    ("access", "is_refused"),
    [
        (PUBLIC, True),
        (LOOPBACK, False),
        (Access(networks=(ip_network("127.0.0.0/8"),), ports=frozenset({80})), False),
        (Access(networks=(ip_network("10.0.0.0/8"),)), True),
    ],
)
def test_every_connection_is_checked(outlet: Outlet, access: Access, is_refused: bool) -> None:
    """Without access to loopback nothing there is connected to, not even by a name."""

    async def resolve(_: str) -> Sequence[str]:
        return [outlet.host]

    async def ask(url: str) -> bytes | Refused:
        async with GuardedTransport(resolve=resolve) as transport:
            try:
                return await _get(transport, url, access)
            except Refused as error:
                return error

    for host in (outlet.host, "gazette.example"):
        came = asyncio.run(ask(f"http://{host}:{outlet.port}/news/ferry"))

        assert isinstance(came, Refused) is is_refused
        assert not isinstance(came, Refused) or came.outcome is Outcome.ADDRESS
    assert bool(outlet.log.connections) is not is_refused


def test_any_port_is_for_private_networks_only() -> None:
    """allow_private opens any port there, and none of a public host."""

    async def resolve(_: str) -> Sequence[str]:
        return ["203.0.112.1"]

    async def ask() -> None:
        async with GuardedTransport(resolve=resolve) as transport:
            await _get(transport, "http://gazette.example:22/")

    with pytest.raises(Refused, match=r"port 22 of 203\.0\.112\.1"):
        asyncio.run(ask())


def test_the_next_address_is_tried(outlet: Outlet) -> None:
    """Where nobody listens at a name's first address, its second one is asked."""

    async def resolve(_: str) -> Sequence[str]:
        return ["127.99.99.99", outlet.host]

    async def ask() -> bytes:
        async with GuardedTransport(resolve=resolve) as transport:
            return await _get(transport, f"http://gazette.example:{outlet.port}/news/ferry")

    assert b"<html" in asyncio.run(ask())


def test_the_system_resolves() -> None:
    """The system knows localhost, in whatever spelling, each address once."""

    async def look_up() -> list[Sequence[str]]:
        resolve = SystemResolver()
        try:
            return [await resolve(name) for name in ("localhost", "127.1", "2130706433")]
        finally:
            resolve.close()

    localhost, *others = asyncio.run(look_up())

    assert set(localhost) <= {"127.0.0.1", "::1"}
    assert len(localhost) == len(set(localhost))
    assert others == [["127.0.0.1"], ["127.0.0.1"]]
