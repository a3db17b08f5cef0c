"""Corrections: each is one call of storage/edits in the name of a token's holder, done once however often asked."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

import orjson
from fastapi import Response

from ingest.safe import json_controls
from query.serve.callers import Caller
from query.serve.problems import Problem
from storage.access.replies import Kept, OtherwiseUsed, StillAtWork, claim, keep, let_go
from storage.database import Engine, opened
from storage.edits import By, Edited, EditProblem, Nothing

Edit: TypeAlias = Callable[[Engine, By], Edited]


def correct(url: str, caller: Caller, edit: Edit, *, note: str = "") -> Edited:
    """Make a correction in the caller's name.

    Raises DatabaseProblem, and Problem: 404 where it names what is not there, 409 where it contradicts what was said.
    """
    with opened(url) as engine:
        return _edited(engine, caller, edit, note)


def correct_once(url: str, caller: Caller, edit: Edit, *, note: str, key: str | None, asked: str) -> Response:
    """Answer a correction; asked again under its `key`, give the same answer and do nothing.

    Raises Problem as correct() does, and 422 and 409 for a key that something else has, or is at work under.
    """
    with opened(url) as engine:
        if key is None or caller.token is None:
            return _response(Kept(status=200, body=_document(_edited(engine, caller, edit, note))))
        token_id, asked_hash = caller.token.id, hashlib.sha256(asked.encode()).digest()
        try:
            known = claim(engine, token_id=token_id, key=key, asked_hash=asked_hash, now=datetime.now(UTC))
        except OtherwiseUsed as problem:
            raise Problem(422, str(problem)) from None
        except StillAtWork as problem:
            raise Problem(409, str(problem)) from None
        if known is not None:
            return _response(known, is_again=True)
        try:
            answer = Kept(status=200, body=_document(_edited(engine, caller, edit, note)))
        except BaseException:
            let_go(engine, token_id=token_id, key=key)  # nothing was done
            raise
        keep(engine, token_id=token_id, key=key, answer=answer)
        return _response(answer)


def _edited(engine: Engine, caller: Caller, edit: Edit, note: str) -> Edited:
    actor = caller.token.name if caller.token else ""
    try:
        return edit(engine, By(actor=actor, note=note, at=datetime.now(UTC)))
    except Nothing as problem:
        raise Problem(404, str(problem)) from None
    except EditProblem as problem:
        raise Problem(409, str(problem)) from None


def _document(edited: Edited) -> bytes:
    return json_controls(orjson.dumps(edited))


def _response(answer: Kept, *, is_again: bool = False) -> Response:
    headers = {"Idempotency-Replayed": "true"} if is_again else {}
    return Response(answer.body, answer.status, headers=headers, media_type="application/json")
