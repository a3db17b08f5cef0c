"""The pages: lists, search, timeline, the house; a story's own pages are in story_page.py."""

import re
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from query.serve import listing
from query.serve.bar import opened
from query.serve.callers import Asker, Reads, begin_session, check_form, end_session, serving_of
from query.serve.filters import Filters, Shown, Words
from query.serve.house import Health, Limited, Rejected, Waited, read_lines, read_rejections
from query.serve.pictures import draw
from query.serve.reads import Timed
from query.serve.rendering import link, page, turns
from query.serve.serving import Serving
from query.word_diff import Piece
from storage.access.tokens import TokenView, find_token
from storage.asking import COUNTED, MATCHES, count_facets, count_stories, find_stories, timeline
from storage.asking.glances import list_members
from storage.asking.search import search_stories
from storage.watching.journal import page_runs
from storage.watching.sources import page_waiting

router = APIRouter(include_in_schema=False, default_response_class=Response)
_ROWS = 50
_NEXT = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]{0,2000}")
_MATCH = re.compile("«([^»]*)»")
KEYS = {
    "j": "the next row",
    "k": "the row before",
    "Enter": "open the row's story",
    "o": "unfold the row, or fold it",
    "x": "mark the row",
    "m": "merge the marked stories",
    "s": "split the marked variants off into a story of their own; of the pair in review: later",
    "p": "pin the marked variant: it speaks for the story",
    "d": "differences: of the two texts chosen, of the pair in review",
    "y": "yes, the same: of the pair in review, of the two texts compared, or of two marked variants",
    "n": "no, not the same",
    "u": "undo the latest correction shown",
    "w": "why: the reasons of a story",
    "/": "search",
    "?": "this page",
}


@router.get("/")
def show_stories(request: Request, caller: Reads, asked: Annotated[Shown, Query()]) -> Response:
    """Give the page of stories."""
    question = asked.question(order=asked.order)
    with opened(request, caller) as reader:
        found = find_stories(reader, question, limit=_ROWS, cursor=asked.cursor)
        count, facets = count_stories(reader, question), count_facets(reader, question, now=datetime.now(UTC))
        several = [story.id for story in found.stories if story.size > 1]
        shown = [story for story in several if asked.fold == "copies" or story == asked.open]
        members = list_members(reader, shown)
    said = listing.state_of(asked)
    now = said | ({"cursor": asked.cursor} if asked.cursor else {})
    exported = asked.asked() | ({"order": asked.order} if asked.order else {})
    return page(
        request,
        "stories.html",
        asked=asked,
        stories=found.stories,
        is_whole=found.is_whole,
        count=count,
        unfolded={story: listing.groups_of(group) for story, group in members.items()},
        states=listing.states_of,
        facets=listing.facets_of(asked, facets),
        is_sampled=not all(value.is_exact for values in facets.values() for value in values),
        counted=COUNTED,
        matches=MATCHES,
        chips=listing.chips_of(asked),
        sorts=listing.sorts_of(asked),
        folds=listing.folds_of(asked),
        here=link("/", **said),
        opening=lambda story: link("/", **now, open=story) + f"#s{story}",
        closing=link("/", **now) + f"#s{asked.open}",
        first=link("/", **said) if asked.cursor else None,
        next=link("/", **said, cursor=found.next_cursor) if found.next_cursor else None,
        timeline=link("/timeline", **asked.asked()),
        exported=exported,
        feed=link("/api/stories.atom", **asked.asked()),
    )


@router.get("/search")
def search(request: Request, caller: Reads, q: Words = "") -> Response:
    """Give the variants that have all that was asked for, with the passage that has it."""
    with opened(request, caller) as reader:
        hits = search_stories(reader, q, limit=_ROWS) if q.strip() else []
    asked = Filters(q=q or None)
    feed = link("/api/stories.atom", q=q) if q.strip() else None
    is_full = len(hits) == _ROWS
    return page(request, "search.html", asked=asked, hits=hits, is_full=is_full, snippet=_marked, feed=feed)


@router.get("/timeline")
def show_timeline(request: Request, caller: Reads, asked: Annotated[Timed, Query()]) -> Response:
    """Give how many variants were published when, or arrived where nobody said, of all that the filters let through."""
    with opened(request, caller) as reader:
        buckets, count = timeline(reader, asked.question(), step=asked.step), count_stories(reader, asked.question())

    def leads_to(begins: datetime, ends: datetime) -> str:
        return link("/", **{**asked.asked(), "published_since": begins, "published_until": ends})

    picture = draw(buckets, step=asked.step, leads_to=leads_to)
    return page(
        request,
        "timeline.html",
        asked=asked.asked(),
        step=asked.step,
        picture=picture,
        is_sampled=not count.is_exact,
        counted=COUNTED,
    )


@router.get("/sources")
def show_sources(request: Request, caller: Reads, asked: Annotated[Health, Query()]) -> Response:
    """Give how each source does."""
    with opened(request, caller) as reader:
        lines = read_lines(reader, serving_of(request).sources)
    return page(
        request,
        "house.html",
        kind="sources",
        title="Sources",
        lines=asked.of(lines),
        choices=listing.standings_of(lines, asked.standing),
        asked=asked.model_dump(exclude_none=True),
    )


@router.get("/runs")
def show_runs(request: Request, caller: Reads, asked: Annotated[Limited, Query()]) -> Response:
    """Give the newest runs."""
    with opened(request, caller) as reader:
        found = page_runs(reader, now=datetime.now(UTC), limit=asked.limit, cursor=asked.cursor)
    return page(
        request,
        "house.html",
        kind="runs",
        title="Runs",
        lines=found.items,
        turns=turns(request, found),
    )


@router.get("/rejections")
def show_rejections(request: Request, caller: Reads, asked: Annotated[Rejected, Query()]) -> Response:
    """Give the documents that did not make it."""
    with opened(request, caller) as reader:
        found = read_rejections(reader, asked=asked, limit=asked.limit, cursor=asked.cursor)
    said = {"outcome": asked.outcome, "source": asked.source, "run": asked.run}
    chosen = {name: str(value) for name, value in said.items() if value is not None}
    return page(
        request,
        "house.html",
        kind="rejections",
        title="Rejections",
        lines=found.items,
        asked=chosen,
        chips=[(name, value, link("/rejections", **{**chosen, name: None})) for name, value in chosen.items()],
        turns=turns(request, found),
    )


@router.get("/waiting")
def show_waiting(request: Request, caller: Reads, asked: Annotated[Waited, Query()]) -> Response:
    """Give the pages that wait to be fetched."""
    with opened(request, caller) as reader:
        found = page_waiting(reader, limit=asked.limit, cursor=asked.cursor, source=asked.source)
    return page(
        request,
        "house.html",
        kind="waiting",
        title="Waiting pages",
        lines=found.items,
        asked={"source": asked.source} if asked.source else {},
        turns=turns(request, found),
    )


@router.get("/keys")
def show_keys(request: Request, caller: Reads) -> Response:
    """Give what each key does."""
    with opened(request, caller):
        return page(request, "keys.html", keys=KEYS.items())


@router.get("/login")
def show_login(request: Request, next: str = "/") -> Response:  # noqa: A002  as it stands in the address
    """Give the form for a token."""
    return page(request, "login.html", next=_inside(next), said="")


@router.post("/login")
async def log_in(
    request: Request,
    token: Annotated[str, Form(max_length=200)] = "",
    next: Annotated[str, Form(max_length=2_100)] = "/",  # noqa: A002  as above
) -> Response:
    """Let the browser be known by its token; another site's form cannot know one."""
    found = await run_in_threadpool(_find, serving_of(request), token.strip())
    if found is None:
        return page(request, "login.html", status=401, next=_inside(next), said="This token is unknown, or revoked.")
    response = RedirectResponse(_inside(next), 303)
    begin_session(response, serving_of(request), found, is_https=request.url.scheme == "https")
    return response


@router.post("/logout")
def log_out(request: Request, caller: Asker, form: Annotated[str, Form(max_length=200)] = "") -> Response:
    """End the browser's session."""
    response = RedirectResponse("/", 303)
    if caller.session is not None:
        check_form(serving_of(request), caller, form, is_write=False)
        end_session(response, serving_of(request), caller.session)
    return response


def _find(serving: Serving, token: str) -> TokenView | None:
    with serving.reading() as reader:
        return find_token(reader, token)


def _inside(address: str) -> str:
    """Give an address on this server; the first page where it is none."""
    return address if _NEXT.fullmatch(address) else "/"


def _marked(snippet: str) -> list[Piece]:
    """Cut a passage at its marks: what matched is what is shared with the question."""
    pieces = _MATCH.split(snippet)
    return [Piece(text=text, is_shared=place % 2 == 1) for place, text in enumerate(pieces) if text]
