"""A story's own pages: its variants and reasons, and the differences of any two of its texts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse

from query.serve.bar import opened
from query.serve.callers import Reads
from query.serve.pictures import draw
from query.serve.problems import Problem
from query.serve.reads import StoryId, existing
from query.serve.rendering import link, page
from query.serve.telling import TextName, named_text
from query.why import LinkWhy, outside, why
from query.word_diff import difference
from storage.asking import timeline
from storage.asking.glances import RevisionView, TextView, list_revisions
from storage.asking.review import get_judgement, list_judgements
from storage.queries import list_places
from storage.reading import MOST_ID, Reader
from storage.views import RemovedView, StoryDetail, VariantView

router = APIRouter(include_in_schema=False)
_VARIANTS = 200  # shown of a story
_LINKS = 40  # whose reasons are told
_JUDGEMENTS = 50


class Told(BaseModel):
    """What a story's page is asked for, beside the story."""

    done: Annotated[int, Field(ge=1, le=MOST_ID)] | None = None  # the correction that led here


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A text of the story, and its copies."""

    head: VariantView
    copies: list[VariantView]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One text of an outlet, and what it replaced."""

    name: str  # as in an address: 12, 12.1
    revision: RevisionView | None  # None: what it says now
    before: str | None


@router.get("/stories/{story_id}")
def show_story(request: Request, caller: Reads, story_id: StoryId, told: Annotated[Told, Query()]) -> Response:
    """Give the page of one story; 308 to the one it was merged into, 410 when it was withdrawn."""
    with opened(request, caller) as reader:
        story = existing(reader, story_id)
        if "withdrawn" in story.states:
            said = list_judgements(reader, limit=_JUDGEMENTS, story=story.id)
            return page(request, "withdrawn.html", status=410, story=story, judgements=said)
        if story.id != story_id:
            return RedirectResponse(link(f"/stories/{story.id}", done=told.done), 308)
        return _story_page(request, reader, story, told)


def _story_page(request: Request, reader: Reader, story: StoryDetail, told: Told) -> Response:
    shown = story.variants[:_VARIANTS]
    reasons = why(replace(story, links=story.links[:_LINKS]), list_places(reader, outside(story)))
    inside = {variant.id: variant for variant in story.variants}
    told_of = [variant for variant in story.variants if variant.withdrawn_at is None]
    revisions = list_revisions(reader, [variant.id for variant in told_of if variant.revisions])
    speaker = story.variants[0]
    return page(
        request,
        "story.html",
        story=story,
        speaker=speaker,
        second=told_of[1].id if len(told_of) > 1 else None,
        groups=_groups(shown),
        more_variants=len(story.variants) - len(shown),
        outlets=len({variant.source for variant in story.variants}),
        why=reasons,
        together=[each for each in reasons.links if each.outside is None],
        apart=[each for each in reasons.links if each.outside is not None],
        more_links=len(story.links) - len(reasons.links),
        inside=inside,
        pair=_pair,
        matrix=_matrix(told_of, revisions),
        columns=max((len(found) for found in revisions.values()), default=0) + 1,
        removed=_removed(story.removed),
        picture=draw(timeline(reader, story.id, step="hour"), step="hour", leads_to=lambda _from, _to: "#variants"),
        done=get_judgement(reader, told.done) if told.done else None,
        judgements=list_judgements(reader, limit=_JUDGEMENTS, story=story.id),
    )


class Chosen(BaseModel):
    """Two texts."""

    a: TextName
    b: TextName
    back: Literal["", "review"] = ""  # where a decision leads


@router.get("/stories/{story_id}/differences")
def show_differences(
    request: Request, caller: Reads, story_id: StoryId, chosen: Annotated[Chosen, Query()]
) -> Response:
    """Give what differs between two texts, side by side; one of them is of the story."""
    with opened(request, caller) as reader:
        one, other = named_text(reader, chosen.a), named_text(reader, chosen.b)
    if story_id not in (one.story_id, other.story_id):
        raise Problem(404, f"neither {chosen.a} nor {chosen.b} is of story {story_id}")
    found = difference(_whole(one), _whole(other))
    sides = ((chosen.a, one, found.one, "del"), (chosen.b, other, found.other, "ins"))
    swapped = link(f"/stories/{story_id}/differences", a=chosen.b, b=chosen.a, back=chosen.back)
    are_variants = one.variant_id != other.variant_id and one.number is None and other.number is None
    return page(
        request,
        "differences.html",
        story_id=story_id,
        sides=sides,
        found=found,
        swapped=swapped,
        are_variants=are_variants,
        back=chosen.back,
    )


def _whole(text: TextView) -> str:
    return "\n\n".join([text.title, *text.text.split("\n")])


def _groups(variants: Sequence[VariantView]) -> list[Group]:
    found: dict[int, list[VariantView]] = {}
    for variant in variants:
        found.setdefault(variant.copy_of or variant.id, []).append(variant)
    return [Group(head=members[0], copies=members[1:]) for members in found.values()]


def _pair(each: LinkWhy, story: int) -> str:
    return link(f"/stories/{story}/differences", a=each.variant_b, b=each.variant_a)


def _matrix(
    variants: Sequence[VariantView], revisions: Mapping[int, Sequence[RevisionView]]
) -> Iterator[tuple[VariantView, list[Cell]]]:
    """Give for each outlet with earlier texts what it said, the oldest first, and what it says now."""
    for variant in variants:
        found = revisions.get(variant.id, ())
        if not found:
            continue
        names = [*(f"{variant.id}.{revision.number}" for revision in found), str(variant.id)]
        yield (
            variant,
            [
                Cell(name=name, revision=revision, before=before)
                for name, revision, before in zip(names, [*found, None], [None, *names[:-1]], strict=True)
            ],
        )


def _removed(removed: Sequence[RemovedView]) -> dict[int, list[RemovedView]]:
    found: dict[int, list[RemovedView]] = {}
    for each in removed:
        found.setdefault(each.variant_id, []).append(each)
    return found
