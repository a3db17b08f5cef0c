"""The review queue: pairs that may be one event, each decided with one key; as a page and for programs."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from query.serve.answers import FILE_ANSWERS, NOT_MODIFIED, FileForm, document, listing_file
from query.serve.bar import opened
from query.serve.callers import Reads, serving_of
from query.serve.house import Limited
from query.serve.problems import responses
from query.serve.rendering import page
from query.serve.story_page import Told
from query.serve.waiting import said_in
from storage.glances import list_beginnings
from storage.reading import reading
from storage.review import list_review as find_pairs
from storage.views import SuggestionView

router = APIRouter(prefix="/api", tags=["read"], responses=responses(400, 401, 421, 422, 503) | NOT_MODIFIED)
pages = APIRouter(include_in_schema=False)
_SHOWN = 20


@router.get("/review", responses={200: {"model": list[SuggestionView]}}, response_model=None)
def list_review(request: Request, _: Reads, asked: Annotated[Limited, Query()]) -> Response:
    """Give the pairs that wait for a person, the most useful first."""
    with reading(serving_of(request).url) as reader:
        return document(request, find_pairs(reader, limit=asked.limit))


@router.get("/review.{form}", responses=FILE_ANSWERS, response_model=None)
def export_review(request: Request, _: Reads, form: FileForm, asked: Annotated[Limited, Query()]) -> Response:
    """Give the pairs that wait for a person as one file."""
    with reading(serving_of(request).url) as reader:
        pairs = find_pairs(reader, limit=asked.limit)
    return listing_file([pairs], SuggestionView, form=form, name="review")


@pages.get("/review")
def show_review(request: Request, caller: Reads, told: Annotated[Told, Query()]) -> Response:
    """Give the page of the pairs that wait for a person."""
    with opened(request, caller) as reader:
        pairs = find_pairs(reader, limit=_SHOWN)
        variants = {variant for pair in pairs for variant in (pair.variant_a, pair.variant_b)}
        texts = list_beginnings(reader, sorted(variants))
        done = said_in(reader, told.done)
    return page(request, "review.html", pairs=pairs, texts=texts, done=done)
