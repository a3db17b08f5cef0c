"""What goes wrong has one shape: problem+json (RFC 9457) for programs, the same words on a page for people."""

import logging
import re
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from query.serve.rendering import page
from storage.asking import QuestionProblem
from storage.reading import DatabaseProblem

MEDIA_TYPE = "application/problem+json"
_log = logging.getLogger(__name__)
_SAID_CHARS = 1_000
_PLACES = re.compile(r"\b(?:query|path|body)\.(?=\w+: )")  # where a mistake is: programs are told, people see
_TITLES = {  # for people; else the status says it
    403: "Not allowed",
    404: "Not found",
    409: "This contradicts what was said before",
    422: "This cannot be asked so",
    503: "The stories cannot be read now",
}


class Mistake(BaseModel):
    """One thing that is wrong with what was asked."""

    where: str
    what: str


class ProblemBody(BaseModel):
    """What went wrong, in one shape for every error."""

    type: Annotated[str, Field(description="about:blank: the status says what it is")] = "about:blank"
    title: str
    status: int
    detail: str
    mistakes: list[Mistake] | None = None


class Problem(Exception):
    """An answer that is an error."""

    def __init__(
        self, status: int, detail: str, *, mistakes: list[Mistake] | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail[:_SAID_CHARS]
        self.mistakes, self.headers = mistakes, headers


def responses(*statuses: int) -> dict[int | str, dict[str, object]]:
    """Describe these errors in OpenAPI."""
    schema = {"$ref": "#/components/schemas/ProblemBody"}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }


def answer(request: Request, problem: Problem) -> Response:
    """Give the answer that tells of `problem`."""
    title = HTTPStatus(problem.status).phrase  # which programs know
    if not is_page(request):
        body = ProblemBody(title=title, status=problem.status, detail=problem.detail, mistakes=problem.mistakes)
        document = orjson.dumps(body.model_dump(exclude_none=True))
        return Response(document, problem.status, headers=problem.headers, media_type=MEDIA_TYPE)
    if problem.status == HTTPStatus.UNAUTHORIZED and request.method == "GET":
        asked = quote(f"{request.url.path}?{request.url.query}".rstrip("?"), safe="")
        return RedirectResponse(f"/login?next={asked}", 303)
    return page(
        request,
        "problem.html",
        status=problem.status,
        headers=problem.headers,
        title=_TITLES.get(problem.status, title),
        detail=_PLACES.sub("", problem.detail),
    )


def is_page(request: Request) -> bool:
    """Tell whether a person asks: everything but the API and what machines watch."""
    return not request.url.path.startswith(("/api", "/healthz", "/readyz", "/metrics"))


def handle_problems(app: FastAPI) -> None:
    """Let every error of `app` be answered in the one shape."""

    @app.exception_handler(Problem)
    def _problem(request: Request, problem: Problem) -> Response:
        return answer(request, problem)

    @app.exception_handler(RequestValidationError)
    def _invalid(request: Request, error: RequestValidationError) -> Response:
        mistakes = [
            Mistake(where=".".join(map(str, each["loc"])), what=str(each["msg"])[:_SAID_CHARS])
            for each in error.errors()
        ]
        said = "; ".join(f"{each.where}: {each.what}" for each in mistakes)
        return answer(request, Problem(422, said, mistakes=mistakes))

    @app.exception_handler(HTTPException)
    def _refused(request: Request, error: HTTPException) -> Response:
        said = str(error.detail)
        if error.status_code == HTTPStatus.NOT_FOUND:
            said = "there is nothing at this address"
        return answer(request, Problem(error.status_code, said, headers=dict(error.headers or {})))

    @app.exception_handler(QuestionProblem)
    def _question(request: Request, error: QuestionProblem) -> Response:
        return answer(request, Problem(422, str(error)))  # of all problems of the database the asker's own

    @app.exception_handler(DatabaseProblem)
    def _database(request: Request, error: DatabaseProblem) -> Response:
        _log.error("%s", error)
        return answer(request, Problem(503, "the story database cannot be used", headers={"Retry-After": "10"}))

    @app.exception_handler(Exception)
    def _failed(request: Request, _error: Exception) -> Response:  # which the server logs
        return answer(request, Problem(500, "newsfold failed here; its log says why"))
