"""Stories for other programs, in the forms of their trades: feeds of a question, one story as a news item."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from query import feeds, news_items
from query.export import Record
from query.listing import changed_stories
from query.serve.answers import NOT_MODIFIED, document, feed_answers
from query.serve.callers import Reads, serving_of
from query.serve.etags import tagged
from query.serve.filters import Filters
from query.serve.problems import responses
from query.serve.reads import StoryId, living
from storage.asking import story_summary
from storage.queries import list_variants, standing

router = APIRouter(prefix="/api", tags=["read"], responses=responses(400, 401, 421, 422, 503) | NOT_MODIFIED)
ATOM, JSON_FEED = "application/atom+xml", "application/feed+json"


@router.get("/stories.atom", responses=feed_answers(ATOM, "string"), response_model=None)
def atom_feed(request: Request, _: Reads, asked: Annotated[Filters, Query()]) -> Response:
    """Give the stories that changed last as an Atom feed, an entry each; a withdrawn one as a deleted entry."""
    with serving_of(request).reading() as reader:
        told = list(changed_stories(reader, asked.question()))
    # A feed without entries has the time of its last change too: the same one each time, so that it has one ETag.
    body = feeds.atom(told, title=_title(asked), base=_base(request), now=datetime.fromtimestamp(0, UTC))
    return _fed(request, body, ATOM)


@router.get("/stories.jsonfeed", responses=feed_answers(JSON_FEED, "object"), response_model=None)
def json_feed(request: Request, _: Reads, asked: Annotated[Filters, Query()]) -> Response:
    """Give the stories that changed last as a JSON Feed, an item each."""
    with serving_of(request).reading() as reader:
        told = list(changed_stories(reader, asked.question()))
    feed = feeds.json_feed(told, title=_title(asked), base=_base(request))
    return _fed(request, bytes(document(request, feed).body), JSON_FEED)


@router.get("/stories/{story_id}/ninjs", responses=responses(308, 404, 410), response_model=None)
def ninjs(request: Request, _: Reads, story_id: StoryId) -> Response:
    """Give a story as a ninjs 3.0 item; the other variants are its associations."""
    return _item(request, story_id, "ninjs", news_items.ninjs)


@router.get("/stories/{story_id}/newsarticle", responses=responses(308, 404, 410), response_model=None)
def news_article(request: Request, _: Reads, story_id: StoryId) -> Response:
    """Give a story as a schema.org NewsArticle in JSON-LD."""
    return _item(request, story_id, "newsarticle", news_items.news_article)


def _item(request: Request, story_id: int, name: str, form: Callable[..., Record]) -> Response:
    with serving_of(request).reading() as reader:
        survivor = living(reader, story_id).id
        if survivor != story_id:
            return Response(status_code=308, headers={"Location": f"/api/stories/{survivor}/{name}"})
        story = story_summary(reader, story_id)
        variants = standing(list_variants(reader, [story_id])[story_id])
    return document(request, form(story, variants, base=_base(request)))


def _fed(request: Request, body: bytes, media_type: str) -> Response:
    response = Response(body, media_type=media_type)
    response.headers["Cache-Control"] = "private, no-cache"
    return tagged(request, response)


def _title(asked: Filters) -> str:
    said = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in asked.asked().items())
    return f"newsfold: {said}" if said else "newsfold"


def _base(request: Request) -> str:
    """Give the address of this server, as the operator says, else as it was asked for: the gate looked at its name."""
    return serving_of(request).page_url or str(request.base_url).rstrip("/")
