"""The API's reads of the house: sources, runs, rejections; and what machines watch."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Literal, TypeAlias

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from ingest.outcome import Outcome
from ingest.outlines import write_opml
from ingest.sources import Source, SourcesProblem, read_sources, sources_path
from query.serve.answers import (
    FILE_ANSWERS,
    NOT_MODIFIED,
    FileForm,
    document,
    feed_answers,
    file_pages,
    listing_file,
    paged,
)
from query.serve.callers import Reads, serving_of
from query.serve.etags import tagged
from query.serve.filters import BEHIND, MOST, MOST_EXPORTED, MOST_ROWS, Cursor, Name
from query.serve.problems import responses
from query.sources import SourceLine, source_lines
from storage.cursors import Page
from storage.reading import MOST_ID, Reader
from storage.views import RejectionView, RunView, WaitingView
from storage.watching.journal import page_rejections, page_runs
from storage.watching.readiness import check_ready
from storage.watching.sources import list_source_health, page_waiting

router = APIRouter(prefix="/api", tags=["read"], responses=responses(400, 401, 421, 422, 503) | NOT_MODIFIED)
OPML = "text/x-opml"
watched = APIRouter(tags=["watch"], responses=responses(421))


class Limited(BaseModel):
    """A listing."""

    model_config = ConfigDict(extra="forbid")
    limit: int = Field(default=50, ge=1, le=MOST_ROWS, description=MOST)
    cursor: Cursor | None = Field(default=None, description=BEHIND)


Standing: TypeAlias = Literal["well", "failing", "silent", "retired", "new"]


class Health(BaseModel):
    """Sources by how they do."""

    model_config = ConfigDict(extra="forbid")
    standing: Standing | None = Field(default=None, description="Those that do so.")

    def of(self, lines: Iterable[SourceLine]) -> list[SourceLine]:
        """Give the lines that were asked for."""
        return [line for line in lines if self.standing in (None, line.standing)]


class Filed(BaseModel):
    """A listing as a file: all of it, unless so many."""

    model_config = ConfigDict(extra="forbid")
    limit: int = Field(default=MOST_EXPORTED, ge=1, le=MOST_EXPORTED, description=MOST)
    cursor: Cursor | None = Field(default=None, description=BEHIND)


class Refusals(BaseModel):
    """Which rejections; what is not given does not matter."""

    outcome: Outcome | None = Field(default=None, description="That ended so.")
    source: Name | None = Field(default=None, description="Of this source.")
    run: Annotated[int, Field(ge=1, le=MOST_ID)] | None = Field(default=None, description="That this run met last.")


class Rejected(Refusals, Limited):
    """A listing of rejections."""


class RejectedFile(Refusals, Filed):
    """A file of rejections."""


class OfSource(BaseModel):
    """Which source."""

    source: Name | None = Field(default=None, description="That this source listed.")


class Waited(OfSource, Limited):
    """A listing of what waits."""


class WaitedFile(OfSource, Filed):
    """A file of what waits."""


@router.get("/sources", responses={200: {"model": list[SourceLine]}}, response_model=None)
def list_sources(request: Request, _: Reads, asked: Annotated[Health, Query()]) -> Response:
    """Give how each source does."""
    with serving_of(request).reading() as reader:
        return document(request, asked.of(read_lines(reader, serving_of(request).sources)))


@router.get("/sources.opml", responses=feed_answers(OPML, "string"), response_model=None)
def export_feeds(request: Request, _: Reads) -> Response:
    """Give the feeds of the list of sources as OPML 2.0, for other programs."""
    response = Response(write_opml(_listed(serving_of(request).sources)), media_type=OPML)
    response.headers["Content-Disposition"] = 'attachment; filename="newsfold-sources.opml"'
    return tagged(request, response)


@router.get("/sources.{form}", responses=FILE_ANSWERS, response_model=None)
def export_sources(request: Request, _: Reads, form: FileForm, asked: Annotated[Health, Query()]) -> Response:
    """Give how each source does as one file."""
    with serving_of(request).reading() as reader:
        lines = asked.of(read_lines(reader, serving_of(request).sources))
    return listing_file([lines], SourceLine, form=form, name="sources")


@router.get("/runs", responses={200: {"model": list[RunView]}}, response_model=None)
def show_runs(request: Request, _: Reads, asked: Annotated[Limited, Query()]) -> Response:
    """Give the newest runs, with what became of their documents."""
    with serving_of(request).reading() as reader:
        page = page_runs(reader, now=datetime.now(UTC), limit=asked.limit, cursor=asked.cursor)
    return paged(request, page)


@router.get("/runs.{form}", responses=FILE_ANSWERS, response_model=None)
def export_runs(request: Request, _: Reads, form: FileForm, asked: Annotated[Filed, Query()]) -> Response:
    """Give the runs as one file, the newest first."""
    ask = partial(page_runs, now=datetime.now(UTC))
    pages = file_pages(serving_of(request), ask, most=asked.limit, cursor=asked.cursor)
    return listing_file(pages, RunView, form=form, name="runs")


@router.get("/rejections", responses={200: {"model": list[RejectionView]}}, response_model=None)
def show_rejections(request: Request, _: Reads, asked: Annotated[Rejected, Query()]) -> Response:
    """Give the documents that did not make it, those of the newest run first."""
    with serving_of(request).reading() as reader:
        page = read_rejections(reader, asked=asked, limit=asked.limit, cursor=asked.cursor)
    return paged(request, page)


@router.get("/rejections.{form}", responses=FILE_ANSWERS, response_model=None)
def export_rejections(request: Request, _: Reads, form: FileForm, asked: Annotated[RejectedFile, Query()]) -> Response:
    """Give the documents that did not make it as one file."""
    ask = partial(read_rejections, asked=asked)
    pages = file_pages(serving_of(request), ask, most=asked.limit, cursor=asked.cursor)
    return listing_file(pages, RejectionView, form=form, name="rejections")


@router.get("/waiting", responses={200: {"model": list[WaitingView]}}, response_model=None)
def show_waiting(request: Request, _: Reads, asked: Annotated[Waited, Query()]) -> Response:
    """Give the pages that wait to be fetched, source by source, of each host those due first."""
    with serving_of(request).reading() as reader:
        page = page_waiting(reader, limit=asked.limit, cursor=asked.cursor, source=asked.source)
    return paged(request, page)


@router.get("/waiting.{form}", responses=FILE_ANSWERS, response_model=None)
def export_waiting(request: Request, _: Reads, form: FileForm, asked: Annotated[WaitedFile, Query()]) -> Response:
    """Give the pages that wait to be fetched as one file."""
    ask = partial(page_waiting, source=asked.source)
    pages = file_pages(serving_of(request), ask, most=asked.limit, cursor=asked.cursor)
    return listing_file(pages, WaitingView, form=form, name="waiting")


@watched.get("/healthz", response_model=None)
def healthz() -> dict[str, str]:
    """Say that the server answers."""
    return {"status": "ok"}


@watched.get("/readyz", responses=responses(503), response_model=None)
def readyz(request: Request) -> dict[str, str]:
    """Say that the database is of this program's schema and can be written."""
    check_ready(serving_of(request).url)
    return {"status": "ok"}


def read_rejections(reader: Reader, *, asked: Refusals, limit: int, cursor: str | None) -> Page[RejectionView]:
    """Give the rejections that were asked for."""
    return page_rejections(
        reader,
        limit=limit,
        cursor=cursor,
        outcome=asked.outcome.value if asked.outcome else None,
        source=asked.source,
        run=asked.run,
    )


def read_lines(reader: Reader, given: str | None) -> list[SourceLine]:
    """Give how each source does: those of the list, where there is one, and those that the database alone knows."""
    return source_lines(_listed(given), list_source_health(reader, now=datetime.now(UTC)))


def _listed(given: str | None) -> tuple[Source, ...]:
    try:
        return read_sources(sources_path(given, os.environ))
    except SourcesProblem:
        return ()
