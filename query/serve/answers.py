"""Answers for programs: one JSON document with its ETag, or a listing as a file that is written as it is read."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol, TypeAlias, TypeVar
from urllib.parse import urlencode

import orjson
from fastapi import Path, Request, Response
from starlette.responses import StreamingResponse

from ingest.safe import json_controls
from query.export import Form, TextForm, columns, record, write
from query.parquet import MISSING, columns_of, is_installed, parquet
from query.serve.etags import tagged
from query.serve.problems import Problem, responses
from query.serve.serving import Serving
from storage.reading import Reader

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from storage.cursors import Page

View = TypeVar("View")
_PAGE = 500  # rows read at once for a file
FileForm: TypeAlias = Annotated[Literal["json", "jsonl", "csv", "parquet"], Path(description="The form of the file.")]
MEDIA_TYPES: dict[str, str] = {
    "json": "application/json",
    "jsonl": "application/jsonl",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}
FILE_ANSWERS: dict[int | str, dict[str, object]] = {
    200: {
        "description": "The listing as a file",
        "content": {
            "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
            "application/jsonl": {"schema": {"type": "string"}},
            "text/csv": {"schema": {"type": "string"}},
            "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
        },
    },
    **responses(501),
}


def feed_answers(media_type: str, schema: str) -> dict[int | str, dict[str, object]]:
    """Describe an answer of one media type."""
    return {200: {"description": "The list", "content": {media_type: {"schema": {"type": schema}}}}}


NOT_MODIFIED: dict[int | str, dict[str, object]] = {304: {"description": "Not changed since the ETag you named"}}


def document(request: Request, value: object, *, status: int = 200, links: dict[str, str] | None = None) -> Response:
    """Give `value`, views and all, as JSON; an answer to a read has its ETag."""
    body = json_controls(orjson.dumps(value, option=orjson.OPT_UTC_Z))
    response = Response(body, status, media_type="application/json")
    if links:
        response.headers["Link"] = ", ".join(f'<{url}>; rel="{rel}"' for rel, url in links.items())
    response.headers["Cache-Control"] = "private, no-cache"
    return tagged(request, response) if request.method == "GET" and status == 200 else response


def paged(request: Request, page: "Page[Any]") -> Response:  # Any: whatever it lists
    """Give a page of a listing; its Link leads on."""
    links = {"next": with_query(request, cursor=page.next_cursor)} if page.next_cursor else None
    return document(request, page.items, links=links)


def with_query(request: Request, **changed: object) -> str:
    """Give the address that was asked with other values in its query."""
    query = {**request.query_params, **{name: str(value) for name, value in changed.items()}}
    return f"{request.url.path}?{urlencode(query)}"


class Ask(Protocol[View]):
    """What gives a page of a listing."""

    def __call__(self, reader: Reader, /, *, limit: int, cursor: str | None) -> "Page[View]":
        """Give at most `limit` rows, from where the page of that cursor ended. Raises QuestionProblem."""


def file_pages(serving: Serving, ask: Ask[View], *, most: int, cursor: str | None) -> Iterator[Sequence[View]]:
    """Give all of a listing, or its first `most`, page after page; each is read by itself, and asked for by `ask`.

    A file may take its reader a while: nothing is held open meanwhile. The first page is read at once, so that what is
    wrong with the question is said before the file begins.
    """

    def read(left: int, behind: str | None) -> "Page[View]":
        with serving.reading() as reader:
            return ask(reader, limit=min(_PAGE, left), cursor=behind)

    def pages(page: "Page[View]") -> Iterator[Sequence[View]]:
        left = most - len(page.items)
        yield page.items
        while left > 0 and page.next_cursor is not None:
            page = read(left, page.next_cursor)
            left -= len(page.items)
            yield page.items

    return pages(read(most, cursor))


def listing_file(
    pages: Iterable[Sequence["DataclassInstance"]], view: "type[DataclassInstance]", *, form: Form, name: str
) -> Response:
    """Give a listing as a file, page after page of it; its name is ours, never a title's.

    Raises Problem 501 for Parquet that cannot be written here.
    """
    if form == "parquet" and not is_installed():
        raise Problem(501, MISSING)
    header = columns(view)
    write_pages: Callable[[], Iterator[bytes]] = {
        "json": lambda: _json(pages),
        "jsonl": lambda: (_written(page, "jsonl", header) for page in pages),
        "csv": lambda: _csv(pages, header),
        "parquet": lambda: parquet((record(each) for page in pages for each in page), columns_of(view)),
    }[form]
    headers = {"Content-Disposition": f'attachment; filename="newsfold-{name}.{form}"'}
    return StreamingResponse(write_pages(), media_type=MEDIA_TYPES[form], headers=headers)


def _json(pages: Iterable[Sequence["DataclassInstance"]]) -> Iterator[bytes]:
    opening = b"["
    for page in pages:
        for view in page:
            yield opening + json_controls(orjson.dumps(record(view), option=orjson.OPT_UTC_Z))
            opening = b",\n"
    yield b"[]" if opening == b"[" else b"]"


def _csv(pages: Iterable[Sequence["DataclassInstance"]], header: Sequence[str]) -> Iterator[bytes]:
    yield _written([], "csv", header)
    for page in pages:
        yield _written(page, "csv", header).partition(b"\r\n")[2]


def _written(page: Sequence["DataclassInstance"], form: TextForm, header: Sequence[str]) -> bytes:
    out = BytesIO()
    write(out, map(record, page), form=form, header=header)
    return out.getvalue()
