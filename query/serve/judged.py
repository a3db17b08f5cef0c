"""What people said, the newest first, and the button that takes it back; as a page and for programs."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from query.serve.answers import FILE_ANSWERS, NOT_MODIFIED, FileForm, file_pages, listing_file, paged
from query.serve.bar import opened
from query.serve.callers import Reads, serving_of
from query.serve.filters import Name
from query.serve.house import Filed, Limited
from query.serve.problems import responses
from query.serve.rendering import link, page, turns
from storage.asking.review import page_judgements
from storage.cursors import Page
from storage.reading import MOST_ID, Reader
from storage.views import JudgementView

router = APIRouter(prefix="/api", tags=["read"], responses=responses(400, 401, 421, 422, 503) | NOT_MODIFIED)
pages = APIRouter(include_in_schema=False)


class Sayings(BaseModel):
    """Which judgements; what is not given does not matter."""

    story: Annotated[int, Field(ge=1, le=MOST_ID)] | None = Field(
        default=None, description="Of this story, and of the variants in it."
    )
    actor: Name | None = Field(default=None, description="By this person.")

    def find(self, reader: Reader, *, limit: int, cursor: str | None) -> Page[JudgementView]:
        """Give a page of them."""
        return page_judgements(reader, limit=limit, cursor=cursor, story=self.story, actor=self.actor)


class Judged(Sayings, Limited):
    """A listing of judgements."""


class JudgedFile(Sayings, Filed):
    """A file of judgements."""


@router.get("/judgements", responses={200: {"model": list[JudgementView]}}, response_model=None)
def list_judgements(request: Request, _: Reads, asked: Annotated[Judged, Query()]) -> Response:
    """Give what people said about stories and variants, the newest first."""
    with serving_of(request).reading() as reader:
        return paged(request, asked.find(reader, limit=asked.limit, cursor=asked.cursor))


@router.get("/judgements.{form}", responses=FILE_ANSWERS, response_model=None)
def export_judgements(request: Request, _: Reads, form: FileForm, asked: Annotated[JudgedFile, Query()]) -> Response:
    """Give what people said as one file."""
    found = file_pages(serving_of(request), asked.find, most=asked.limit, cursor=asked.cursor)
    return listing_file(found, JudgementView, form=form, name="judgements")


@pages.get("/judgements")
def show_judgements(request: Request, caller: Reads, asked: Annotated[Judged, Query()]) -> Response:
    """Give the page of what people said."""
    with opened(request, caller) as reader:
        found = asked.find(reader, limit=asked.limit, cursor=asked.cursor)
    said = asked.model_dump(include={"story", "actor"}, exclude_none=True)
    return page(
        request,
        "judged.html",
        judgements=found.items,
        asked=said,
        chips=[(name, value, link("/judgements", **{**said, name: None})) for name, value in said.items()],
        turns=turns(request, found),
    )
