"""A post: its status, whatever else a receiver does."""

import asyncio

import pytest

from ingest.fetch.posting import Poster
from ingest.fetch.receivers import receiver_of
from ingest.outcome import Outcome, Refused, Unavailable
from tests.newsroom import Outlet


def _post(url: str, *, patience_s: float = 10.0) -> int:
    async def post() -> int:
        target, access = receiver_of(url, allow_private=True)
        async with Poster("newsfold/test", patience_s=patience_s) as poster:
            return await poster.post(target, b"{}", {"X-Newsfold-Id": "1-1"}, access=access)

    return asyncio.run(post())


def test_a_receiver_that_says_nothing_is_left(outlet: Outlet) -> None:
    """A post has so much time and no more."""

    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    url = outlet.script("/in", silent)

    with pytest.raises(Unavailable, match=r"0\.3 s"):
        _post(url, patience_s=0.3)


def test_what_is_no_http_is_no_answer(outlet: Outlet) -> None:
    """A receiver that talks nonsense has not taken anything."""

    async def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"welcome to the fish market\r\n\r\n")
        await writer.drain()

    url = outlet.script("/in", babble)

    with pytest.raises(Unavailable) as error:
        _post(url)

    assert error.value.outcome is Outcome.UNREACHABLE


def test_an_answer_that_is_cut_short_has_a_status(outlet: Outlet) -> None:
    """What comes behind the status is nothing to us."""

    async def cut(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 900\r\n\r\nshort")
        await writer.drain()

    assert _post(outlet.script("/in", cut)) == 202


def test_a_name_that_leads_inside_is_refused() -> None:
    """A name is looked up when it is told, and every address behind it is checked."""

    async def inside(_: str) -> list[str]:
        return ["93.184.216.34", "10.0.0.1"]

    async def post() -> int:
        target, access = receiver_of("https://desk.example/in", allow_private=False)
        async with Poster("newsfold/test", resolve=inside) as poster:
            return await poster.post(target, b"{}", {}, access=access)

    with pytest.raises(Refused, match="not public"):
        asyncio.run(post())
