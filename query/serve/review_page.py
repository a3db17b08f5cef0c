"""The review queue: pairs that may be one event, each decided with one key; as a page and for programs."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from query.serve.answers import FILE_ANSWERS, NOT_MODIFIED, FileForm, file_pages, listing_file, paged
from query.serve.bar import opened
from query.serve.callers import Reads, serving_of
from query.serve.filters import Cursor
from query.serve.house import Filed, Limited
from query.serve.problems import responses
from query.serve.rendering import page, turns
from query.serve.story_page import Told
from storage.asking.glances import list_beginnings
from storage.asking.review import get_judgement, page_review
from storage.views import SuggestionView

router = APIRouter(prefix="/api", tags=["read"], responses=responses(400, 401, 421, 422, 503) | NOT_MODIFIED)
pages = APIRouter(include_in_schema=False)
_SHOWN = 20


class Turned(Told):
    """A page of the review, and perhaps what was done on it."""

    cursor: Cursor | None = None


@router.get("/review", responses={200: {"model": list[SuggestionView]}}, response_model=None)
def list_review(request: Request, _: Reads, asked: Annotated[Limited, Query()]) -> Response:
    """Give the pairs that wait for a person, the most useful first."""
    with serving_of(request).reading() as reader:
        found = page_review(reader, limit=asked.limit, cursor=asked.cursor)
    return paged(request, found)


@router.get("/review.{form}", responses=FILE_ANSWERS, response_model=None)
def export_review(request: Request, _: Reads, form: FileForm, asked: Annotated[Filed, Query()]) -> Response:
    """Give the pairs that wait for a person as one file."""
    pages = file_pages(serving_of(request), page_review, most=asked.limit, cursor=asked.cursor)
    return listing_file(pages, SuggestionView, form=form, name="review")


@pages.get("/review")
def show_review(request: Request, caller: Reads, told: Annotated[Turned, Query()]) -> Response:
    """Give the page of the pairs that wait for a person."""
    with opened(request, caller) as reader:
        found = page_review(reader, limit=_SHOWN, cursor=told.cursor)
        pairs = found.items
        variants = {variant for pair in pairs for variant in (pair.variant_a, pair.variant_b)}
        texts = list_beginnings(reader, sorted(variants))
        done = get_judgement(reader, told.done) if told.done else None
    return page(
        request,
        "review.html",
        pairs=pairs,
        texts=texts,
        done=done,
        turns=turns(request, found),
        cursor=told.cursor or "",
    )
