"""When to ask a source again, by what asking it came to so far: values in, values out.

    state = standing(state, url)          the state as it holds for this address
    ask `state.asked_url or url`, with state.validators
    state = after(state, result, ...)     what is known then, and when it is due

Failures weigh: 1 where the server or its answer says no, a half where it may pass, nothing where the server
says itself how long to wait. Each whole one doubles the wait.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TypeAlias

import xxhash

from ingest.fetch.response import BUSY, Validators, status_may_pass
from ingest.outcome import Outcome
from ingest.urls import MAX_CHARS, is_web

DAY_S = 86_400.0
_SLOWEST = 32  # times a source's own interval, and never more than a day
_VALIDATOR_CHARS = 1024
_MOVED_AFTER = timedelta(days=1)  # that a permanent redirect must have stood for
_REFUSED = frozenset({401, 403, 404})
_RETIRED_AFTER = 10  # refusals without a success between them
_RETIRED_AFTER_S = 7 * DAY_S
_LEARNED = 0.3  # weight of the newest pause, as a power, since pauses differ by orders of magnitude
_STEP = 4.0  # one pause counts as at most so many times the habit, or its fraction
_SILENT_TIMES = 10  # the typical interval
_SILENT_S = 2 * DAY_S
_SILENT_STRANGER_S = 30 * DAY_S  # of a source whose habit is not known
_CLOCK_WAS_WRONG = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollState:
    """Where we stand with a source; as it is made, before the first poll."""

    listed_url: str | None = None  # the source's address in the list of sources: what all else is about
    asked_url: str | None = None  # asked instead: where it moved for good, or the feed found on it
    moved_to: str | None = None  # where permanent redirects led at last, not believed yet
    moved_first_at: datetime | None = None  # UTC, aware: since when, always there
    validators: Validators = field(default_factory=Validators)
    body_key: int | None = None  # 64-bit key of the last body
    next_due_at: datetime | None = None  # UTC, aware
    polled_at: datetime | None = None  # UTC, aware
    succeeded_at: datetime | None = None  # UTC, aware
    newest_at: datetime | None = None  # UTC, aware: when a page was last new; before there was one, the first success
    failures: float = 0.0  # since the last success, by weight
    refusals: int = 0  # how many of them were 401, 403 or 404
    failing_since: datetime | None = None  # UTC, aware
    retired_at: datetime | None = None  # UTC, aware: not asked any more
    publishes_every_s: float | None = None  # typical time from one new page to the next
    outcome: str = ""  # of the last poll: "listed", "unchanged", or an Outcome
    detail: str = ""  # one line


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The source listed pages."""

    new: int = 0  # of them never seen before
    listed: int
    body_key: int
    validators: Validators = field(default_factory=Validators)
    moved_to: str | None = None  # where permanent redirects alone led


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """The source said that nothing changed."""

    moved_to: str | None = None  # where permanent redirects alone led


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The source could not be had, or gave no list."""

    outcome: Outcome
    detail: str  # one line
    status: int | None = None
    retry_after_s: float | None = None
    is_final: bool = False  # Refused rather than Unavailable


PollResult: TypeAlias = Listed | NotModified | Failed


def standing(state: PollState, url: str) -> PollState:
    """Give the state as it holds for the source at `url`: at another address than before it begins anew."""
    if state.listed_url in (None, url):
        return replace(state, listed_url=url)
    return PollState(listed_url=url, newest_at=state.newest_at, publishes_every_s=state.publishes_every_s)


def after(state: PollState, result: PollResult, *, key: str, every_s: float, now: datetime) -> PollState:
    """Give what is known once the source named `key`, to be asked every `every_s` seconds at most, gave `result`."""
    state = replace(state, polled_at=now)
    if isinstance(result, Failed):
        return _failed(state, result, key=key, every_s=every_s, now=now)
    state = replace(_moved(state, result.moved_to, now=now), failures=0.0, refusals=0, failing_since=None)
    state = replace(state, succeeded_at=now, retired_at=None)
    if isinstance(result, NotModified):
        said = replace(state, outcome="unchanged", detail="not modified")
    elif result.body_key == state.body_key:  # a new ETag with the same body is no change
        said = replace(state, outcome="unchanged", detail="the same once more")
    else:
        said = replace(state, outcome="listed", detail=f"{result.listed} listed, {result.new} new")
    new = 0
    if isinstance(result, Listed):
        new = result.new
        said = replace(said, validators=worth_keeping(result.validators, now=now), body_key=result.body_key)
    said = _learned(said, new, now=now)
    return replace(said, next_due_at=_later(now, _interval_s(said, new, every_s=every_s, now=now)))


def is_due(state: PollState, now: datetime) -> bool:
    """Whether the source is to be asked now.

    One that does well may be asked a tenth of its interval early, at most 30 s, or a scheduler that is a second
    early would always be a whole round late.
    """
    if state.retired_at is not None:
        return False
    if state.next_due_at is None or state.polled_at is None:
        return True
    early = timedelta(0)
    if state.failing_since is None:
        early = min((state.next_due_at - state.polled_at) / 10, timedelta(seconds=30))
    return now >= state.next_due_at - early or state.polled_at - now > _CLOCK_WAS_WRONG


def silent_s(state: PollState, now: datetime) -> float | None:
    """Give the seconds for which a source that answers has listed nothing new; None while that is within its habit.

    Beyond it are ten times its typical interval, two days at least; thirty days where the habit is not known.
    """
    if state.newest_at is None or state.failing_since is not None or state.retired_at is not None:
        return None
    quiet = (now - state.newest_at).total_seconds()
    known = state.publishes_every_s
    return quiet if quiet > (_SILENT_STRANGER_S if known is None else max(_SILENT_TIMES * known, _SILENT_S)) else None


def worth_keeping(validators: Validators, *, now: datetime) -> Validators:
    """Give those validators that can be sent again: printable ASCII of at most 1 kB, and no date to come.

    A date to come is dropped, since a server that compares it would never again say that something changed.
    """
    date = _sendable(validators.last_modified)
    return Validators(etag=_sendable(validators.etag), last_modified=None if date and _is_to_come(date, now) else date)


def _sendable(value: str | None) -> str | None:
    fits = value and len(value) <= _VALIDATOR_CHARS and value.isascii() and value.isprintable()
    return value if fits else None


def _is_to_come(date: str, now: datetime) -> bool:
    try:
        said = parsedate_to_datetime(date)
        return (said if said.tzinfo else said.replace(tzinfo=UTC)) > now + timedelta(days=1)
    except (ValueError, OverflowError):
        return False


def _moved(state: PollState, target: str | None, *, now: datetime) -> PollState:
    """Note a permanent redirect, and ask its target from now on once it has stood for a day."""
    asked = state.asked_url or state.listed_url
    if target is None or target == asked or len(target) > MAX_CHARS or not is_web(target):
        return replace(state, moved_to=None, moved_first_at=None)
    if target != state.moved_to or state.moved_first_at is None:
        return replace(state, moved_to=target, moved_first_at=now)
    if now - state.moved_first_at < _MOVED_AFTER:
        return state
    adopted = None if target == state.listed_url else target
    return replace(state, asked_url=adopted, moved_to=None, moved_first_at=None)


def _learned(state: PollState, new: int, *, now: datetime) -> PollState:
    """Learn the habit from the pause before what is new; one long pause, or one burst, is no new habit."""
    if state.newest_at is None:
        return replace(state, newest_at=now)
    if new == 0:
        return state
    pause = max((now - state.newest_at).total_seconds() / new, 1.0)
    known = state.publishes_every_s
    if known is not None:
        pause = known * min(max(pause / known, 1 / _STEP), _STEP) ** _LEARNED
    return replace(state, newest_at=now, publishes_every_s=pause)


def _interval_s(state: PollState, new: int, *, every_s: float, now: datetime) -> float:
    """Give the time to the next poll: short after news, then as long as it has been quiet, up to a part of the habit.

    A quarter of the habit is always soon enough; beyond that, half of the time it has been quiet.
    """
    if new or state.newest_at is None:
        return every_s
    quiet = (now - state.newest_at).total_seconds()
    wait = min(quiet, max(quiet / 2, (state.publishes_every_s or 0.0) / 4))
    return min(max(wait, every_s), _slowest_s(every_s))


def _failed(state: PollState, failed: Failed, *, key: str, every_s: float, now: datetime) -> PollState:
    weight = _weight(failed)
    state = replace(
        state,
        outcome=failed.outcome.value,
        detail=failed.detail,
        failing_since=state.failing_since or now,
        failures=state.failures + weight,
        refusals=state.refusals + (failed.status in _REFUSED),
    )
    if weight == 1.0 and state.asked_url is not None:  # the source's own address may know better
        state = replace(state, asked_url=None, moved_to=None, moved_first_at=None, validators=Validators())
        return replace(state, next_due_at=_later(now, every_s))
    if _is_over(state, failed, now=now):
        return replace(state, retired_at=now, next_due_at=None, detail=f"{failed.detail}; not asked any more")
    if weight == 0.0 and failed.retry_after_s is not None:
        return replace(state, next_due_at=_later(now, max(every_s, failed.retry_after_s)))
    wait = min(every_s * 2 ** min(state.failures, 30.0), _slowest_s(every_s))
    return replace(state, next_due_at=_later(now, max(every_s, wait * (0.9 + 0.1 * _share(key, state.failures)))))


def _weight(failed: Failed) -> float:
    if failed.status in BUSY and failed.retry_after_s is not None:
        return 0.0
    is_refusal = failed.status is not None and 400 <= failed.status < 500 and not status_may_pass(failed.status)
    return 1.0 if failed.is_final or is_refusal else 0.5


def _is_over(state: PollState, failed: Failed, *, now: datetime) -> bool:
    """Tell whether to ask no more: it is gone, or has refused us for a week."""
    if failed.outcome is Outcome.GONE or failed.status == 410:
        return True
    failing_s = (now - (state.failing_since or now)).total_seconds()
    return failed.status in _REFUSED and state.refusals >= _RETIRED_AFTER and failing_s >= _RETIRED_AFTER_S


def _slowest_s(every_s: float) -> float:
    return max(every_s, min(_SLOWEST * every_s, DAY_S))


def _share(key: str, failures: float) -> float:
    """Give a number from 0 to 1 that is the same for the same source and failure: nobody comes back in step."""
    return xxhash.xxh3_64_intdigest(f"{key}\0{failures}".encode("utf-8", "replace")) / 2**64


def _later(now: datetime, seconds: float) -> datetime:
    return now + timedelta(seconds=seconds)
