"""A polite GET: the one way in which newsfold asks the web for anything.

get(url) | for each hop, at most 5 redirects:
  target_of        scheme, port, host                     else ADDRESS
  Turns.enter      the host is ours to ask                else UNREACHABLE
  Gate.rules_for   its robots.txt allows it               else ROBOTS
  Turns.ask        our turn, its pace | Asker.ask         else UNREACHABLE, TOO_LARGE, UNDECODABLE
    connect_tcp    every address behind the name          else ADDRESS
  a redirect?      never the same page twice              else REDIRECTS
"""

import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Self, TypedDict, Unpack

import stamina

from ingest.fetch.asking import Answer, Asker, Budget, Question
from ingest.fetch.exchange import Archive
from ingest.fetch.fields import (
    PERMANENT,
    REDIRECTS,
    charset_of,
    location_of,
    media_type_of,
    retry_after_s,
    validators_of,
)
from ingest.fetch.gate import Gate
from ingest.fetch.guard import Target, target_of, without_credentials
from ingest.fetch.hosts import Hosts, Resting
from ingest.fetch.response import PUBLIC, Access, Limits, Response, Validators, rest_s, status_may_pass
from ingest.fetch.transport import GuardedTransport, Resolve
from ingest.fetch.turns import Turns
from ingest.outcome import Outcome, Refused, Unavailable

ANY = "*/*"

stamina.instrumentation.set_on_retry_hooks([])  # else each retry is a line on the terminal, without a word of what
_ATTEMPTS, _PATIENCE_S = 3, 20.0


def _now() -> datetime:
    return datetime.now(UTC)


class How(TypedDict, total=False):
    """What `Client.get` takes beside the URL."""

    access: Access
    accept: str
    validators: Validators | None
    obey_robots: bool
    limits: Limits | None
    pace_s: float | None


class Client:
    """Asks many hosts at once and each one politely; an async context manager.

    Keeps no cookies, sends no credentials, and reads nothing from the environment.
    """

    def __init__(  # noqa: PLR0913 - its world is passed in
        self,
        identity: str,  # the User-Agent: who we are and how to reach us
        hosts: Hosts,
        *,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        pace_s: float = 1.0,
        at_once: int = 64,
        archive: Archive | None = None,
        clock: Callable[[], datetime] = _now,
        ssl_context: ssl.SSLContext | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        self._limits = limits
        self._pace_s = pace_s
        self._transport = GuardedTransport(resolve=resolve, ssl_context=ssl_context)
        asker = Asker(self._transport, identity=identity, at_once=at_once, clock=clock, archive=archive)
        self._turns = Turns(asker, hosts, clock=clock)
        self._gate = Gate(self._turns, hosts, limits=limits, pace_s=pace_s, clock=clock)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.aclose()

    def rests(self) -> dict[str, datetime | None]:
        """Give for every host that was asked until when it should not be asked again (UTC); None where it may be."""
        return self._turns.rests()

    async def get(
        self,
        url: str,
        *,
        access: Access = PUBLIC,
        accept: str = ANY,
        validators: Validators | None = None,
        obey_robots: bool = True,
        limits: Limits | None = None,
        pace_s: float | None = None,
    ) -> Response:
        """Give the answer, whatever its status, after its redirects; its body only for status 200.

        The limits hold for all hops together, but not for the time spent waiting for a turn.
        Raise `Refused` (ADDRESS, ROBOTS, REDIRECTS, TOO_LARGE, UNDECODABLE) or `Unavailable` (UNREACHABLE, ROBOTS,
        HTTP_ERROR for a 304 nobody asked for); `Resting`, which is one, while the host is left alone: it said so by
        Retry-After, or was silent three times in a row. Raise ArchiveProblem where an answer cannot be kept.
        """
        limits = limits or self._limits
        question = Question(access=access, limits=limits, accept=accept, validators=validators)
        budget = Budget(limits.total_s)
        trail = [target_of(url, access)]
        moved: Target | None = None
        is_permanent = True
        while True:
            pause_s = self._pace_s if pace_s is None else pace_s
            if obey_robots:
                pause_s = max(pause_s, await self._allowed_delay_s(trail[-1], access))
            answer = await self._turns.ask(trail[-1], question, budget, pause_s=pause_s)
            if answer.status not in REDIRECTS:
                return _response(url, answer, question, moved)
            trail.append(_next(answer, trail, question))
            is_permanent = is_permanent and answer.status in PERMANENT
            moved = trail[-1] if is_permanent else moved
            if trail[-1].origin != trail[-2].origin:  # what one server gave is not shown to another
                question = replace(question, validators=None)

    async def get_patiently(self, url: str, **how: Unpack[How]) -> Response:
        """Give what `get` gives, asking up to three times within 20 s where the failure may pass meanwhile."""
        response: Response | None = None
        attempts = stamina.retry_context(
            on=_may_pass, attempts=_ATTEMPTS, timeout=_PATIENCE_S, wait_initial=0.5, wait_max=5.0, wait_jitter=1.0
        )
        with suppress(_NotNow):
            async for attempt in attempts:
                with attempt:
                    response = await self.get(url, **how)
                    wanted_s = rest_s(response.status, response.retry_after_s) or response.retry_after_s or 0.0
                    if status_may_pass(response.status) and wanted_s <= _PATIENCE_S:
                        raise _NotNow
        assert response is not None  # else the last attempt has raised
        return response

    async def _allowed_delay_s(self, target: Target, access: Access) -> float:
        rules = await self._gate.rules_for(target, access)
        if not rules.allows(target.url):
            raise Refused(Outcome.ROBOTS, target.url, "its robots.txt says not to ask for it")
        return rules.delay_s


class _NotNow(Exception):
    """A status that may be another one in a moment."""


def _may_pass(error: Exception) -> bool:
    if isinstance(error, Unavailable):
        return error.outcome is Outcome.UNREACHABLE and not isinstance(error, Resting)
    return isinstance(error, _NotNow)


def _next(answer: Answer, trail: list[Target], question: Question) -> Target:
    """Give where a redirect leads; raise `Refused` (REDIRECTS, or ADDRESS by its spelling)."""
    here = answer.target.url
    if len(trail) > question.limits.redirects:
        raise Refused(Outcome.REDIRECTS, here, f"more than {question.limits.redirects} redirects")
    location = location_of(answer.fields.get("location"), here)
    if location is None:
        raise Refused(Outcome.REDIRECTS, here, f"HTTP {answer.status} without an address to go to")
    target = target_of(location, question.access)
    if target in trail:
        raise Refused(Outcome.REDIRECTS, target.url, "redirects lead back to it")
    return target


def _response(asked: str, answer: Answer, question: Question, moved: Target | None) -> Response:
    sent = question.validators
    if answer.status == 304 and (sent is None or not (sent.etag or sent.last_modified)):
        raise Unavailable(Outcome.HTTP_ERROR, answer.target.url, "HTTP 304 though we named no earlier answer")
    content_type = answer.fields.get("content-type", "")
    return Response(
        asked=without_credentials(asked),
        url=answer.target.url,
        moved_to=moved.url if moved else None,
        status=answer.status,
        media_type=media_type_of(content_type),
        charset=charset_of(content_type),
        body=answer.data,
        validators=validators_of(answer.fields),
        retry_after_s=retry_after_s(answer.fields.get("retry-after"), answer.fetched_at),
        fetched_at=answer.fetched_at,
    )
