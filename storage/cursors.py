"""Where a page of a listing ended, as a text that only this program reads: what comes meanwhile does not move it."""

import base64
import binascii
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeAlias, TypeVar

from storage.reading import DatabaseProblem

Place: TypeAlias = tuple[object, ...]  # what the order of a listing is by, which no two rows share
Item = TypeVar("Item")

_MOST_CHARS = 1_000
_UNSTORED = re.compile("[\0\ud800-\udfff]")  # in no text of ours, and refused by PostgreSQL


class QuestionProblem(DatabaseProblem):
    """A question that cannot be answered: one line that says what to ask instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """Some of a listing."""

    items: list[Item]
    next_cursor: str | None  # asks for the page behind this one; None: there is none


def cursor_of(listing: str, place: Place) -> str:
    """Give the cursor that asks for what comes behind `place`."""
    parts = [part.isoformat() if isinstance(part, datetime) else part for part in place]
    return base64.urlsafe_b64encode(json.dumps([listing, *parts]).encode()).decode().rstrip("=")


def place_of(listing: str, cursor: str, kinds: Sequence[type]) -> Place:
    """Give where the page before ended, which is made of these kinds of parts: int, float, str, datetime.

    Raises QuestionProblem for what is no cursor, or one of another listing.
    """
    problem = QuestionProblem("this is no cursor of this question: ask for the first page again")
    if len(cursor) > _MOST_CHARS:
        raise problem
    try:
        made_for, *parts = json.loads(
            base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        )
        place = tuple(_time(part) if kind is datetime else part for part, kind in zip(parts, kinds, strict=True))
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error):
        raise problem from None
    if made_for != listing or not all(map(_is_sound, place, kinds)):
        raise problem
    return place


def cut(found: Sequence[Item], limit: int, cursor: Callable[[Item], str]) -> Page[Item]:
    """Give a page of what was found, one more than is shown of it; `cursor` gives the cursor behind an item."""
    shown = list(found[:limit])
    return Page(items=shown, next_cursor=cursor(shown[-1]) if len(found) > limit else None)


def _time(part: str) -> datetime:
    time = datetime.fromisoformat(part)
    return time if time.tzinfo is None else time.astimezone(UTC)  # beyond whose years some zones have others


def _is_sound(part: object, kind: type) -> bool:
    match part:
        case datetime():
            return part.tzinfo is not None
        case bool():
            return False
        case str():
            return kind is str and not _UNSTORED.search(part)
        case int():
            return kind in (int, float) and abs(part) < 2**63
        case float():
            return kind is float and abs(part) < 1e300  # NaN is not
    return False
