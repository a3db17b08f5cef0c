"""What stands at the top of every page: who is known, how things stand, what waits for a person."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import Request

from query.serve.callers import Caller, csrf_of, serving_of
from query.serve.waiting import waiting_of
from storage.reading import Reader
from storage.views import RunView
from storage.watching.readiness import MOST_COUNTED, standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The top of a page."""

    review: str  # how many pairs wait, "" for none
    failing: int
    rejections: str
    last_run: RunView | None
    holder: str | None  # whose token the session holds
    may_write: bool
    form: str  # what each form of this session sends back
    words: str  # that are searched for
    here: str  # the address that was asked


@contextmanager
def opened(request: Request, caller: Caller) -> Iterator[Reader]:
    """Open the database for one page, and read what stands at its top."""
    with serving_of(request).reading() as reader:
        now = standing(reader, now=datetime.now(UTC))
        request.state.bar = Bar(
            review=_most(waiting_of(request).count(reader)),
            failing=now.failing,
            rejections=_most(now.rejections),
            last_run=now.last_run,
            holder=caller.token.name if caller.token and caller.session else None,
            may_write=caller.may_write and caller.session is not None,
            form=csrf_of(serving_of(request), caller),
            words=request.query_params.get("q", "") if request.url.path in ("/", "/search") else "",
            here=f"{request.url.path}?{request.url.query}".rstrip("?"),
        )
        yield reader


def _most(count: int) -> str:
    return "" if not count else f"{count:,}" if count < MOST_COUNTED else f"{MOST_COUNTED:,}+"
