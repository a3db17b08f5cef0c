"""A signed word to whoever asked for it: one POST, followed nowhere, through the same guarded connections as a GET."""

import asyncio
import ssl
from collections.abc import AsyncIterable, Mapping
from typing import Self

import httpx

from ingest.fetch.asking import BROKEN, kind_of
from ingest.fetch.guard import Target
from ingest.fetch.response import Access
from ingest.fetch.transport import ACCESS, GuardedTransport, Resolve
from ingest.outcome import Outcome, Refused, Unavailable

_PATIENCE_S = 10.0  # for all of one POST
_DRAINED_BYTES = 64 * 1024  # of an answer, so that its connection can be kept
_DRAINED_S = 2.0


class Poster:
    """Posts to many receivers; an async context manager."""

    def __init__(
        self,
        identity: str,
        *,
        resolve: Resolve | None = None,
        ssl_context: ssl.SSLContext | None = None,
        patience_s: float = _PATIENCE_S,
    ) -> None:
        self._identity = identity
        self._transport = GuardedTransport(resolve=resolve, ssl_context=ssl_context)
        self._patience_s = patience_s

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._transport.aclose()

    async def post(self, target: Target, body: bytes, fields: Mapping[str, str], *, access: Access) -> int:
        """Give the status of the answer, whatever it is: a redirect leads nowhere.

        Raise `Refused` (ADDRESS) for an address that `access` does not allow, and `Unavailable` (UNREACHABLE).
        """
        try:
            async with asyncio.timeout(self._patience_s):
                return await self._post(target, body, fields, access)
        except TimeoutError:
            why = f"not answered within {self._patience_s:g} s"
            raise Unavailable(Outcome.UNREACHABLE, target.url, why) from None
        except Refused as refused:
            raise Refused(refused.outcome, target.url, refused.detail) from None
        except BROKEN as error:
            raise Unavailable(Outcome.UNREACHABLE, target.url, kind_of(error)) from None

    async def _post(self, target: Target, body: bytes, fields: Mapping[str, str], access: Access) -> int:
        waits = dict.fromkeys(("connect", "read", "write", "pool"), self._patience_s)
        request = httpx.Request(
            "POST",
            target.url,
            headers={"User-Agent": self._identity, "Content-Type": "application/json", **fields},
            content=body,
            extensions={"timeout": waits, ACCESS: access},
        )
        response = await self._transport.handle_async_request(request)
        try:
            await _drain(response)
        finally:
            await response.aclose()
        return response.status_code


async def _drain(response: httpx.Response) -> None:
    assert isinstance(response.stream, AsyncIterable)
    left = _DRAINED_BYTES
    try:
        async with asyncio.timeout(_DRAINED_S):
            async for part in response.stream:
                left -= len(part)
                if left < 0:
                    return
    except BROKEN:  # the status is known, and all that was asked
        return
