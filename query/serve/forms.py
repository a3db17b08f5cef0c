"""The page's buttons: forms of a session that may write, each answered by the page that shows what came of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field, field_validator
from starlette.responses import RedirectResponse

from query.serve.callers import Asker, check_form, serving_of
from query.serve.correcting import Edit, correct
from query.serve.problems import Problem
from query.serve.rendering import link
from query.serve.waiting import waiting_of
from query.serve.writes import Id
from storage import edits
from storage.edits import Edited

router = APIRouter(include_in_schema=False)
Action = Literal[
    "merge",
    "merge-into",
    "split",
    "move",
    "pin",
    "unpin",
    "same",
    "not-same",
    "later",
    "withdraw",
    "withdraw-variants",
    "restore",
    "restore-variants",
    "undo",
]


class Sent(BaseModel):
    """What a form sends; each button reads what it needs."""

    form: str = ""
    story: Annotated[list[Id], Field(max_length=100)] = []
    variant: Annotated[list[Id], Field(max_length=1_000)] = []
    target: Id | None = None
    judgement: Id | None = None
    note: Annotated[str, Field(max_length=2_000)] = ""
    back: Literal["", "review"] = ""
    cursor: Annotated[str, Field(max_length=1_000)] = ""  # of the page of the review that this was decided on

    @field_validator("target", mode="before")
    @classmethod
    def _left_empty(cls, given: object) -> object:
        return None if given == "" else given


@dataclass(frozen=True, slots=True, kw_only=True)
class _Button:
    """What a button needs, and what it does: one correction, or several of which the last is told."""

    needs: str
    is_ready: Callable[[Sent], bool]
    does: Callable[[Sent], Sequence[Edit]]


_BUTTONS: dict[Action, _Button] = {
    "merge": _Button(
        needs="mark two stories or more",
        is_ready=lambda sent: len(sent.story) > 1,
        does=lambda sent: [_merging(sent.story[0], other) for other in sent.story[1:]],
    ),
    "merge-into": _Button(
        needs="name the other story by its number",
        is_ready=lambda sent: len(sent.story) == 1 and sent.target is not None,
        does=lambda sent: [_merging(sent.story[0], sent.target or 0)],
    ),
    "split": _Button(
        needs="mark the variants that are to leave",
        is_ready=lambda sent: len(sent.story) == 1 and bool(sent.variant),
        does=lambda sent: [lambda engine, by: edits.split(engine, sent.story[0], sent.variant, by=by)],
    ),
    "move": _Button(
        needs="mark variants, and name the story that they belong to by its number",
        is_ready=lambda sent: bool(sent.variant) and sent.target is not None,
        does=lambda sent: [_moving(variant, sent.target or 0) for variant in sent.variant],
    ),
    "pin": _Button(
        needs="mark one variant",
        is_ready=lambda sent: len(sent.variant) == 1,
        does=lambda sent: [lambda engine, by: edits.pin(engine, sent.variant[0], by=by)],
    ),
    "unpin": _Button(
        needs="mark one variant",
        is_ready=lambda sent: len(sent.variant) == 1,
        does=lambda sent: [lambda engine, by: edits.unpin(engine, sent.variant[0], by=by)],
    ),
    "same": _Button(
        needs="mark two variants",
        is_ready=lambda sent: len(sent.variant) == 2,
        does=lambda sent: [lambda engine, by: edits.same(engine, *sent.variant, by=by)],
    ),
    "not-same": _Button(
        needs="mark two variants",
        is_ready=lambda sent: len(sent.variant) == 2,
        does=lambda sent: [lambda engine, by: edits.not_same(engine, *sent.variant, by=by)],
    ),
    "later": _Button(
        needs="mark two variants",
        is_ready=lambda sent: len(sent.variant) == 2,
        does=lambda sent: [lambda engine, by: edits.later(engine, *sent.variant, by=by)],
    ),
    "withdraw": _Button(
        needs="name one story",
        is_ready=lambda sent: len(sent.story) == 1,
        does=lambda sent: [lambda engine, by: edits.withdraw(engine, sent.story[0], by=by)],
    ),
    "withdraw-variants": _Button(
        needs="mark the variants that are to be withdrawn",
        is_ready=lambda sent: bool(sent.variant),
        does=lambda sent: [_marking(edits.withdraw_variant, variant) for variant in sent.variant],
    ),
    "restore-variants": _Button(
        needs="mark the variants that are to be shown again",
        is_ready=lambda sent: bool(sent.variant),
        does=lambda sent: [_marking(edits.restore_variant, variant) for variant in sent.variant],
    ),
    "restore": _Button(
        needs="name one story",
        is_ready=lambda sent: len(sent.story) == 1,
        does=lambda sent: [lambda engine, by: edits.restore(engine, sent.story[0], by=by)],
    ),
    "undo": _Button(
        needs="name a correction",
        is_ready=lambda sent: sent.judgement is not None,
        does=lambda sent: [lambda engine, by: edits.undo(engine, sent.judgement, by=by)],
    ),
}


@router.post("/do/{action}")
def do(request: Request, caller: Asker, action: Action, sent: Annotated[Sent, Form()]) -> Response:
    """Do what a button says, and lead to what came of it."""
    serving, button = serving_of(request), _BUTTONS[action]
    check_form(serving, caller, sent.form)
    if not button.is_ready(sent):
        raise Problem(422, f"{button.needs} first")
    done: list[Edited] = []
    try:
        for edit in button.does(sent):
            done.append(correct(serving.url, caller, edit, note=sent.note))  # noqa: PERF401  told where one fails
    except Problem as problem:
        before = "".join(f"; before it was done: {each.said}" for each in done)
        raise Problem(problem.status, problem.detail + before) from None
    finally:
        waiting_of(request).forget()
    return RedirectResponse(_next(done[-1], sent), 303)


def _merging(one: int, other: int) -> Edit:
    return lambda engine, by: edits.merge(engine, one, other, by=by)


def _moving(variant: int, story: int) -> Edit:
    return lambda engine, by: edits.move(engine, variant, story, by=by)


def _marking(mark: Callable[..., Edited], variant: int) -> Edit:
    return lambda engine, by: mark(engine, variant, by=by)


def _next(done: Edited, sent: Sent) -> str:
    if sent.back == "review":
        return link("/review", cursor=sent.cursor, done=done.judgement)
    home = sent.story[0] if len(sent.story) == 1 and sent.story[0] in done.stories else done.stories[0]
    return link(f"/stories/{home}", done=done.judgement)
