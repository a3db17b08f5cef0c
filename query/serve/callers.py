"""Who asks: nobody in particular, the holder of a token, or a browser that was given one at /login.

A session is a cookie that names a token and is signed with a secret of this server; the token is looked up each time,
so revoking it ends its sessions. No other process knows the secret, so the server alone has to remember who logged out.
"""

import hashlib
import hmac
import re
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from query.serve.problems import Problem
from query.serve.serving import Serving
from storage.access.tokens import TokenView, find_token, get_token

COOKIE = "newsfold_session"
SESSION_S = 12 * 3600
_JSON = re.compile(r"(?i)application/([\w.-]+\+)?json\s*(;.*)?")
_bearer = HTTPBearer(auto_error=False, description="A token of `newsfold token make`; reads on loopback need none.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks."""

    token: TokenView | None = None
    session: str | None = None  # the cookie by which they are known

    @property
    def may_write(self) -> bool:
        """Tell whether they may change anything."""
        return self.token is not None and self.token.may_write


def serving_of(request: Request) -> Serving:
    """Give what the server was started with."""
    found: Serving = request.app.state.serving
    return found


async def _caller(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Caller:
    if hasattr(request.state, "caller"):
        known: Caller = request.state.caller
        return known
    if credentials is not None:
        found = await run_in_threadpool(_holder, serving_of(request), credentials.credentials)
    elif "authorization" in request.headers:
        raise _unknown("give a token as Authorization: Bearer")
    else:
        found = await run_in_threadpool(_visitor, serving_of(request), request.cookies.get(COOKIE, ""))
    request.state.caller = found
    return found


Asker = Annotated[Caller, Depends(_caller)]


def _reading(request: Request, caller: Asker) -> Caller:
    if caller.token is not None or serving_of(request).is_open:
        return caller
    raise _unknown("reading needs a token here: Authorization: Bearer, or /login")


def _writing(caller: Asker) -> Caller:
    """Let in the holder of a write token; a session does not write here, or any page could."""
    if caller.token is None or caller.session is not None:
        raise _unknown("writing needs a token: Authorization: Bearer")
    if not caller.may_write:
        raise Problem(403, f"token {caller.token.id} ({caller.token.name}) may read, not write")
    return caller


class WriteRoute(APIRoute):
    """A write of the API: its token is asked for before its body is read, and so is what kind of body it is."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:  # Any: FastAPI's own
        """Give what answers."""
        answer = super().get_route_handler()

        async def ask_first(request: Request) -> Response:
            _writing(await _caller(request, await _bearer(request)))
            if not _JSON.fullmatch(request.headers.get("content-type", "")):
                raise Problem(415, "send a JSON document as Content-Type: application/json")
            return await answer(request)

        return ask_first


Reads = Annotated[Caller, Depends(_reading)]
Writes = Annotated[Caller, Depends(_writing)]


def begin_session(response: Response, serving: Serving, token: TokenView, *, is_https: bool) -> None:
    """Let the browser be known by a cookie."""
    until = int(time.time()) + SESSION_S
    said = f"{token.id}.{until}.{secrets.token_urlsafe(9)}"
    cookie = f"{said}.{_signed(serving, 'session', said)}"
    response.set_cookie(COOKIE, cookie, max_age=SESSION_S, httponly=True, samesite="strict", secure=is_https)
    response.headers["Cache-Control"] = "no-store"


def end_session(response: Response, serving: Serving, session: str) -> None:
    """Let the cookie of a session open nothing any more, wherever it was copied to."""
    now = int(time.time())
    for ended in [each for each, until in serving.ended.copy().items() if until < now]:
        serving.ended.pop(ended, None)
    serving.ended[session] = _until(session)
    response.delete_cookie(COOKIE)


def csrf_of(serving: Serving, caller: Caller) -> str:
    """Give what each form of this session must send back: another site's form cannot know it."""
    return _signed(serving, "form", caller.session) if caller.session else ""


def check_form(serving: Serving, caller: Caller, sent: str, *, is_write: bool = True) -> None:
    """Raise Problem unless a form comes from this session, and may write."""
    if caller.session is None or caller.token is None:
        raise Problem(403, "log in first: a token that may write opens /login")
    if not hmac.compare_digest(csrf_of(serving, caller).encode(), sent.encode("utf-8", "replace")):
        raise Problem(403, "this form is not of this session: load the page again")
    if is_write and not caller.may_write:
        raise Problem(403, f"token {caller.token.id} ({caller.token.name}) may read, not write")


def _holder(serving: Serving, token: str) -> Caller:
    with serving.reading() as reader:
        found = find_token(reader, token)
    if found is None:
        raise _unknown("this token is unknown, or revoked")
    return Caller(token=found)


def _visitor(serving: Serving, cookie: str) -> Caller:
    said, _, signature = cookie.rpartition(".")
    if not said or not hmac.compare_digest(_signed(serving, "session", said).encode(), signature.encode()):
        return Caller()
    if _until(said) < time.time() or said in serving.ended:
        return Caller()
    with serving.reading() as reader:
        found = get_token(reader, int(said.partition(".")[0]))
    return Caller(token=found, session=said) if found else Caller()


def _until(session: str) -> int:
    return int(session.split(".")[1])


def _signed(serving: Serving, what: str, text: str) -> str:
    mark = hmac.new(serving.secret, f"{what}:{text}".encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(mark).decode().rstrip("=")


def _unknown(detail: str) -> Problem:
    return Problem(401, detail, headers={"WWW-Authenticate": 'Bearer realm="newsfold"'})
