"""One request and its answer, without following it anywhere: the only place where we wait for the network."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import h2.exceptions
import httpcore
import httpx

from ingest.fetch.body import ACCEPTED, Body, read_body
from ingest.fetch.exchange import Archive, Exchange
from ingest.fetch.fields import conditions_of
from ingest.fetch.guard import Target
from ingest.fetch.response import Access, Limits, Validators
from ingest.fetch.transport import ACCESS
from ingest.outcome import IngestError, Outcome, Refused, Unavailable

_DRAINED_BYTES = 64 * 1024  # of a body that nobody reads, so that its connection can be kept
_DRAINED_S = 2.0
_VERSIONS = frozenset({b"HTTP/1.0", b"HTTP/1.1", b"HTTP/2"})
# What a server can make httpx, httpcore, h11, h2, ssl and asyncio raise: each has been seen to let others' through.
BROKEN = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    httpcore.ConnectionNotAvailable,
    httpx.HTTPError,
    httpx.StreamError,
    h2.exceptions.H2Error,
    OSError,
    ValueError,
    LookupError,
    MemoryError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of one server after another, until one answers with something else than a redirect."""

    access: Access
    limits: Limits
    accept: str
    validators: Validators | None = None
    may_cut: bool = False  # a body beyond its limits is cut there, not refused


@dataclass(slots=True)
class Budget:
    """The time left for a question; waiting for a turn is free."""

    left_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server said."""

    target: Target
    status: int
    fields: Mapping[str, str]  # names in lower case; several values joined by a comma
    data: bytes = field(repr=False)  # empty unless the status is 200
    fetched_at: datetime


class NoAnswer(Unavailable):
    """Nothing came, or not in time."""


class NoConnection(NoAnswer):
    """Nobody is there to be asked: no such name, no connection, no TLS that can be trusted."""


class Asker:
    """Asks, `at_once` questions at a time."""

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        *,
        identity: str,
        at_once: int,
        clock: Callable[[], datetime],
        archive: Archive | None,
    ) -> None:
        self._transport = transport
        self._fields = [("User-Agent", identity), ("Accept-Encoding", ACCEPTED)]
        self._slots = asyncio.Semaphore(at_once)
        self._clock = clock
        self._archive = archive

    async def ask(self, target: Target, question: Question, budget: Budget) -> Answer:
        """Give the answer, and take the time that it needed from `budget`.

        Raise `Refused` (ADDRESS, TOO_LARGE, UNDECODABLE) or `Unavailable` (UNREACHABLE): `NoAnswer` after silence,
        `NoConnection` where there was nobody. Raise ArchiveProblem where the answer cannot be kept.
        """
        async with self._slots:
            answer, exchange = await self._within(budget, target, question)
        if self._archive:
            self._archive.keep(exchange)
        return answer

    async def _within(self, budget: Budget, target: Target, question: Question) -> tuple[Answer, Exchange]:
        began = time.monotonic()
        try:
            async with asyncio.timeout(budget.left_s):
                return await self._exchange(target, question)
        except TimeoutError:
            why = f"not answered in full within {question.limits.total_s:g} s"
            raise NoAnswer(Outcome.UNREACHABLE, target.url, why) from None
        except IngestError as error:
            raise type(error)(error.outcome, target.url, error.detail) from None
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            raise NoConnection(Outcome.UNREACHABLE, target.url, kind_of(error)) from None
        except httpcore.TimeoutException as error:
            raise NoAnswer(Outcome.UNREACHABLE, target.url, kind_of(error)) from None
        except BROKEN as error:
            raise Unavailable(Outcome.UNREACHABLE, target.url, kind_of(error)) from None
        finally:
            budget.left_s -= time.monotonic() - began

    async def _exchange(self, target: Target, question: Question) -> tuple[Answer, Exchange]:
        response = await self._transport.handle_async_request(self._request(target, question))
        try:
            fields = _fields(response)
            if response.extensions.get("http_version") not in _VERSIONS:
                raise Unavailable(Outcome.UNREACHABLE, target.url, "broken HTTP: no version we know")
            _check_header(response.status_code, fields, question, target.url)
            body = await self._body(response, fields.get("content-encoding", ""), question, target.url)
        finally:
            await response.aclose()
        answer = Answer(
            target=target,
            status=response.status_code,
            fields=fields,
            data=body.data if response.status_code == 200 else b"",
            fetched_at=self._clock(),
        )
        return answer, _exchange_of(answer, response, body.raw)

    def _request(self, target: Target, question: Question) -> httpx.Request:
        try:
            url = httpx.URL(target.url)
        except (httpx.InvalidURL, ValueError) as error:
            raise Refused(Outcome.ADDRESS, target.url, f"no valid URL: {error}") from None
        limits = question.limits
        waits = {"connect": limits.idle_s, "read": limits.idle_s, "write": limits.idle_s, "pool": limits.idle_s}
        return httpx.Request(
            "GET",
            url,
            headers=[*self._fields, ("Accept", question.accept), *conditions_of(question.validators)],
            extensions={"timeout": waits, ACCESS: question.access},
        )

    async def _body(self, response: httpx.Response, coding: str, question: Question, url: str) -> Body:
        keep_raw = self._archive is not None
        if response.status_code == 200:
            return await read_body(
                _stream(response),
                coding=coding,
                limits=question.limits,
                url=url,
                keep_raw=keep_raw,
                may_cut=question.may_cut,
            )
        try:
            async with asyncio.timeout(_DRAINED_S):
                drained = Limits(wire_bytes=_DRAINED_BYTES, body_bytes=_DRAINED_BYTES)
                return await read_body(_stream(response), coding="", limits=drained, url=url, keep_raw=keep_raw)
        except (IngestError, *BROKEN):  # the status is known, and all that was asked of such an answer
            return Body(data=b"", raw=b"")


def _stream(response: httpx.Response) -> AsyncIterator[bytes]:
    assert isinstance(response.stream, httpx.AsyncByteStream)
    return aiter(response.stream)


def _fields(response: httpx.Response) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in response.headers.raw:
        key, text = name.decode("ascii", "replace").lower(), value.decode("utf-8", "replace").strip()
        fields[key] = f"{fields[key]}, {text}" if key in fields else text
    return fields


def _check_header(status: int, fields: Mapping[str, str], question: Question, url: str) -> None:
    limits = question.limits
    if sum(len(name) + len(value) + 4 for name, value in fields.items()) > limits.header_bytes:
        raise Unavailable(Outcome.UNREACHABLE, url, f"a header of more than {limits.header_bytes:,} bytes")
    announced = fields.get("content-length", "")
    is_read = status == 200 and not question.may_cut
    if is_read and announced.isdecimal() and len(announced) < 20 and int(announced) > limits.wire_bytes:
        raise Refused(Outcome.TOO_LARGE, url, f"{int(announced):,} bytes are more than {limits.wire_bytes:,}")


def _exchange_of(answer: Answer, response: httpx.Response, raw_body: bytes) -> Exchange:
    return Exchange(
        url=answer.target.url,
        status=answer.status,
        reason=response.extensions.get("reason_phrase", b"").decode("ascii", "replace"),
        http_version=response.extensions.get("http_version", b"HTTP/1.1").decode("ascii", "replace"),
        headers=tuple(response.headers.raw),
        raw_body=raw_body,
        fetched_at=answer.fetched_at,
    )


def kind_of(error: BaseException) -> str:
    """Give what went wrong with a connection, on one line."""
    match error:
        case httpcore.ProtocolError() | h2.exceptions.H2Error():
            kind = "broken HTTP"
        case httpcore.ReadError() | httpcore.WriteError():
            kind = "the connection broke"
        case httpcore.TimeoutException() | httpcore.ConnectError():
            kind = ""
        case _:
            kind = type(error).__name__
    said = " ".join(str(error).split())[:200]
    shown = "".join(character if character.isprintable() else "?" for character in said)
    return f"{kind}: {shown}" if kind and shown else kind or shown
