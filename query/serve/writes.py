"""The API's writes: what people correct. Each takes a token that may write, and may be asked again under its key."""

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from query.serve.callers import WriteRoute, Writes, serving_of
from query.serve.correcting import Edit, correct_once
from query.serve.problems import Problem, responses
from query.serve.reads import StoryId, existing
from query.serve.waiting import waiting_of
from storage import edits
from storage.edits import Edited
from storage.reading import MOST_ID

_EDITED: dict[int | str, dict[str, object]] = {200: {"model": Edited}}
router = APIRouter(
    prefix="/api",
    tags=["write"],
    route_class=WriteRoute,
    responses=_EDITED | responses(400, 401, 403, 404, 409, 413, 415, 421, 422, 503),
)
Id = Annotated[int, Field(ge=1, le=MOST_ID)]
VariantId = Annotated[int, Path(ge=1, le=MOST_ID, description="A variant.")]
JudgementId = Annotated[int, Path(ge=1, le=MOST_ID, description="What was said, as the answer to it numbers it.")]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[!-~]+$",
        description="Asked again within a day under the same key, nothing is done twice, and the answer is the same.",
    ),
]


class Noted(BaseModel):
    """Why, for those who come after."""

    model_config = ConfigDict(extra="forbid", strict=True)
    note: Annotated[str, Field(max_length=2_000)] = ""


class Merge(Noted):
    """The story that is the same as this one."""

    other: Id


class Split(Noted):
    """The variants that leave for a story of their own."""

    variants: Annotated[list[Id], Field(min_length=1, max_length=1_000)]


class Pin(Noted):
    """The variant of this story that is to speak for it, or to be pinned no more."""

    variant: Id
    is_pinned: bool = True


class Move(Noted):
    """The story that the variant belongs to."""

    story: Id


class Said(Noted):
    """Two variants: of one story whatever the scores say, of two, or to be asked about later."""

    kind: Literal["same", "not-same", "later"]
    one: Id
    other: Id


@router.post("/stories/{story_id}/merge", response_model=None)
def merge(request: Request, caller: Writes, story_id: StoryId, body: Merge, key: Key = None) -> Response:
    """Make two stories one: the older stays, and the younger's address leads to it."""
    return _once(request, caller, body, key, lambda engine, by: edits.merge(engine, story_id, body.other, by=by))


@router.post("/stories/{story_id}/split", response_model=None)
def split(request: Request, caller: Writes, story_id: StoryId, body: Split, key: Key = None) -> Response:
    """Part variants of a story from the others, into a story of their own."""
    return _once(request, caller, body, key, lambda engine, by: edits.split(engine, story_id, body.variants, by=by))


@router.post("/stories/{story_id}/pin", response_model=None)
def pin(request: Request, caller: Writes, story_id: StoryId, body: Pin, key: Key = None) -> Response:
    """Let a variant speak for its story, or let the rules choose again."""
    place = edits.pin if body.is_pinned else edits.unpin
    with serving_of(request).reading() as reader:
        if body.variant not in {variant.id for variant in existing(reader, story_id).variants}:
            raise Problem(404, f"variant {body.variant} is not in story {story_id}")
    return _once(request, caller, body, key, lambda engine, by: place(engine, body.variant, by=by))


@router.post("/stories/{story_id}/withdraw", response_model=None)
def withdraw(request: Request, caller: Writes, story_id: StoryId, body: Noted, key: Key = None) -> Response:
    """Take a story out of lists, searches and exports; its address answers 410."""
    return _once(request, caller, body, key, lambda engine, by: edits.withdraw(engine, story_id, by=by))


@router.post("/stories/{story_id}/restore", response_model=None)
def restore(request: Request, caller: Writes, story_id: StoryId, body: Noted, key: Key = None) -> Response:
    """Show a withdrawn story again."""
    return _once(request, caller, body, key, lambda engine, by: edits.restore(engine, story_id, by=by))


@router.post("/variants/{variant_id}/move", response_model=None)
def move(request: Request, caller: Writes, variant_id: VariantId, body: Move, key: Key = None) -> Response:
    """Take a variant out of its story, and put it into another one."""
    return _once(request, caller, body, key, lambda engine, by: edits.move(engine, variant_id, body.story, by=by))


@router.post("/variants/{variant_id}/withdraw", response_model=None)
def withdraw_variant(request: Request, caller: Writes, variant_id: VariantId, body: Noted, key: Key = None) -> Response:
    """Take a variant out of searches and exports; it never speaks for its story again."""
    return _once(request, caller, body, key, lambda engine, by: edits.withdraw_variant(engine, variant_id, by=by))


@router.post("/variants/{variant_id}/restore", response_model=None)
def restore_variant(request: Request, caller: Writes, variant_id: VariantId, body: Noted, key: Key = None) -> Response:
    """Show a withdrawn variant again."""
    return _once(request, caller, body, key, lambda engine, by: edits.restore_variant(engine, variant_id, by=by))


@router.post("/judgements", response_model=None)
def judge(request: Request, caller: Writes, body: Said, key: Key = None) -> Response:
    """Hold two variants, and with them their stories, together or apart, or put their review off."""
    say = {"same": edits.same, "not-same": edits.not_same, "later": edits.later}[body.kind]
    return _once(request, caller, body, key, lambda engine, by: say(engine, body.one, body.other, by=by))


@router.post("/judgements/{judgement_id}/undo", response_model=None)
def undo(request: Request, caller: Writes, judgement_id: JudgementId, body: Noted, key: Key = None) -> Response:
    """Take back a correction; of an undoing, say again what it took back."""
    return _once(request, caller, body, key, lambda engine, by: edits.undo(engine, judgement_id, by=by))


def _once(request: Request, caller: Writes, body: Noted, key: str | None, edit: Edit) -> Response:
    asked = f"{request.url.path} {body.model_dump_json()}"
    done = correct_once(serving_of(request).url, caller, edit, note=body.note, key=key, asked=asked)
    waiting_of(request).forget()
    return done
