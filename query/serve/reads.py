"""The API's reads of stories: lists, one, its differences, search, facets, timeline."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from query.serve.answers import (
    FILE_ANSWERS,
    NOT_MODIFIED,
    FileForm,
    document,
    file_pages,
    listing_file,
    with_query,
)
from query.serve.callers import Reads, serving_of
from query.serve.filters import MOST, MOST_ROWS, Exported, Filters, Listed, Words
from query.serve.problems import Problem, responses
from query.serve.telling import TextName, named_text, without_withdrawn
from query.word_diff import Difference, difference
from storage.asking import Bucket, FacetValue, count_facets, count_stories, find_stories, timeline
from storage.asking.glances import TextView
from storage.asking.search import search_stories
from storage.cursors import Page
from storage.queries import get_story
from storage.reading import MOST_ID, Reader
from storage.views import SearchHit, StoryDetail, StorySummary

router = APIRouter(prefix="/api", tags=["read"], responses=responses(400, 401, 421, 422, 503) | NOT_MODIFIED)
StoryId = Annotated[int, Path(ge=1, le=MOST_ID, description="A story, also one that was merged into another.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stories:
    """A page of stories."""

    stories: list[StorySummary]
    next_cursor: str | None
    is_whole: bool  # no: more variants hold the text than are looked at, and these stories are of the newest


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """How many stories there are of each value, within the question; and how many in all."""

    count: int
    is_exact: bool  # else there are at least so many
    facets: dict[str, list[FacetValue]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """Two texts and what differs."""

    one: TextView
    other: TextView
    difference: Difference


class Searched(BaseModel):
    """A search for variants."""

    model_config = ConfigDict(extra="forbid")
    q: Words
    limit: int = Field(default=20, ge=1, le=MOST_ROWS, description=MOST)


class SearchedFile(Searched):
    """A search for variants, as a file: all that a search gives, unless so many."""

    limit: int = Field(default=MOST_ROWS, ge=1, le=MOST_ROWS, description=MOST)


class Timed(Filters):
    """A timeline: of a story, or of all that the filters let through."""

    story: Annotated[int, Field(ge=1, le=MOST_ID)] | None = Field(default=None, description="Of this story alone.")
    step: Literal["hour", "day"] = Field(default="hour", description="By the hour, or by the day.")


@router.get("/stories", responses={200: {"model": Stories}}, response_model=None)
def list_stories(request: Request, _: Reads, asked: Annotated[Listed, Query()]) -> Response:
    """Give the stories that the filters let through, a page at a time."""
    with serving_of(request).reading() as reader:
        question = asked.question(order=asked.order)
        found = find_stories(reader, question, limit=asked.limit, cursor=asked.cursor)
    links = {"next": with_query(request, cursor=found.next_cursor)} if found.next_cursor else None
    page = Stories(stories=found.stories, next_cursor=found.next_cursor, is_whole=found.is_whole)
    return document(request, page, links=links)


@router.get("/stories.{form}", responses=FILE_ANSWERS, response_model=None)
def export_stories(request: Request, _: Reads, form: FileForm, asked: Annotated[Exported, Query()]) -> Response:
    """Give the stories that the filters let through as one file."""
    question = asked.question(order=asked.order)

    def ask(reader: Reader, *, limit: int, cursor: str | None) -> Page[StorySummary]:
        found = find_stories(reader, question, limit=limit, cursor=cursor)
        return Page(items=found.stories, next_cursor=found.next_cursor)

    pages = file_pages(serving_of(request), ask, most=asked.limit, cursor=None)
    return listing_file(pages, StorySummary, form=form, name="stories")


@router.get(
    "/stories/{story_id}", responses={200: {"model": StoryDetail}, **responses(308, 404, 410)}, response_model=None
)
def show_story(request: Request, _: Reads, story_id: StoryId) -> Response:
    """Give all of one story; 308 to the one it was merged into, 410 when it was withdrawn."""
    with serving_of(request).reading() as reader:
        found = living(reader, story_id)
    if found.id != story_id:
        return Response(status_code=308, headers={"Location": f"/api/stories/{found.id}"})
    return document(request, found)


class Pair(BaseModel):
    """Two texts of stories: a variant, or an earlier revision of it as variant.revision."""

    model_config = ConfigDict(extra="forbid")
    a: TextName
    b: TextName


@router.get(
    "/stories/{story_id}/differences",
    responses={200: {"model": Differences}, **responses(404, 410)},
    response_model=None,
)
def show_differences(request: Request, _: Reads, story_id: StoryId, pair: Annotated[Pair, Query()]) -> Response:
    """Give what differs between two texts, word for word; numbers and names apart. One of them is of the story."""
    with serving_of(request).reading() as reader:
        one, other = named_text(reader, pair.a), named_text(reader, pair.b)
    if story_id not in (one.story_id, other.story_id):
        raise Problem(404, f"neither {pair.a} nor {pair.b} is of story {story_id}")
    found = Differences(one=one, other=other, difference=difference(one.text, other.text))
    return document(request, found)


@router.get("/search", responses={200: {"model": list[SearchHit]}}, response_model=None)
def search(request: Request, _: Reads, asked: Annotated[Searched, Query()]) -> Response:
    """Give the variants that have all that was asked for, best first."""
    with serving_of(request).reading() as reader:
        return document(request, search_stories(reader, asked.q, limit=asked.limit))


@router.get("/search.{form}", responses=FILE_ANSWERS, response_model=None)
def export_search(request: Request, _: Reads, form: FileForm, asked: Annotated[SearchedFile, Query()]) -> Response:
    """Give the variants that have all that was asked for as one file."""
    with serving_of(request).reading() as reader:
        hits = search_stories(reader, asked.q, limit=asked.limit)
    return listing_file([hits], SearchHit, form=form, name="search")


@router.get("/facets", responses={200: {"model": Facets}}, response_model=None)
def show_facets(request: Request, _: Reads, asked: Annotated[Filters, Query()]) -> Response:
    """Give how many of the stories are of each outlet, language, kind and so on."""
    with serving_of(request).reading() as reader:
        question = asked.question()
        count, facets = count_stories(reader, question), count_facets(reader, question, now=datetime.now(UTC))
    return document(request, Facets(count=count.value, is_exact=count.is_exact, facets=facets))


@router.get("/timeline", responses={200: {"model": list[Bucket]}, **responses(404)}, response_model=None)
def show_timeline(request: Request, _: Reads, asked: Annotated[Timed, Query()]) -> Response:
    """Give how many variants were published in each hour or day: of a story, or of what the filters let through."""
    with serving_of(request).reading() as reader:
        about: Any = asked.question()  # Any: a question, or a story's number
        if asked.story is not None:
            about = living(reader, asked.story).id
        return document(request, timeline(reader, about, step=asked.step))


def living(reader: Reader, story_id: int) -> StoryDetail:
    """Give a story, or the one it was merged into.

    Raises Problem: 404 where there is none, 410 where it was withdrawn.
    """
    found = existing(reader, story_id)
    if "withdrawn" in found.states:
        raise Problem(410, f"story {found.id} was withdrawn")
    return found


def existing(reader: Reader, story_id: int) -> StoryDetail:
    """Give a story, or the one it was merged into, withdrawn or not; raises Problem 404 where there is none.

    Of withdrawn variants the texts are left out.
    """
    found = get_story(reader, story_id)
    if found is None:
        raise Problem(404, f"no story {story_id}")
    return without_withdrawn(found)
