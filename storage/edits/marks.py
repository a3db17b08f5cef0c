"""What is said of a variant or a story by itself: pin, withdraw, restore."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Engine, update

from ingest.cluster.judgements import Kind
from storage import tables
from storage.edits.arranging import gather, rearrange
from storage.edits.work import Edit, Edited, editing
from storage.rows import among
from storage.stories.judgements import By, about
from storage.tables import core

_VARIANT = core(tables.Variant)
PINNING = (Kind.PIN, Kind.UNPIN)
WITHDRAWING = (Kind.WITHDRAW, Kind.RESTORE)


def pin(engine: Engine, variant: int, *, by: By) -> Edited:
    """Let a variant speak for its story, in place of one that was pinned before. Raises EditProblem."""
    said = f"pin {variant}"
    with editing(engine, by) as edit:
        story = edit.variant(variant)
        pinned = {other.variant_id for other in edit.picture.members_of(story) if other.is_pinned}
        if pinned == {variant}:
            return edit.is_so(said, [variant])
        judgement = edit.judge(Kind.PIN, said, ((variant,), tuple(sorted(pinned - {variant})), ()))
        mark_pins(edit, [variant, *pinned])
        return edit.finish(judgement, [variant])


def unpin(engine: Engine, variant: int, *, by: By) -> Edited:
    """Let the rules choose again who speaks for a variant's story. Raises EditProblem."""
    said = f"unpin {variant}"
    with editing(engine, by) as edit:
        edit.variant(variant)
        if not edit.picture.members[variant].contender.is_pinned:
            return edit.is_so(said, [variant])
        judgement = edit.judge(Kind.UNPIN, said, ((variant,), (), ()))
        mark_pins(edit, [variant])
        return edit.finish(judgement, [variant])


def withdraw(engine: Engine, story_id: int, *, by: By) -> Edited:
    """Take a story out of lists, searches and exports; its number says that it was withdrawn. Raises EditProblem."""
    return _mark_story(engine, story_id, Kind.WITHDRAW, by)


def restore(engine: Engine, story_id: int, *, by: By) -> Edited:
    """Show a withdrawn story again. Raises EditProblem."""
    return _mark_story(engine, story_id, Kind.RESTORE, by)


def withdraw_variant(engine: Engine, variant: int, *, by: By) -> Edited:
    """Take a variant out of searches and exports; it never speaks for its story again. Raises EditProblem."""
    return _mark_variant(engine, variant, Kind.WITHDRAW, by)


def restore_variant(engine: Engine, variant: int, *, by: By) -> Edited:
    """Show a withdrawn variant again. Raises EditProblem."""
    return _mark_variant(engine, variant, Kind.RESTORE, by)


def mark_pins(edit: Edit, variants: Collection[int]) -> None:
    """Mark those of these variants as pinned of whom this was said last."""
    pinned: set[int] = set()
    for judgement in about(edit.db, variants, PINNING, whole=False):
        pinned = pinned - set(judgement.sides[0] + judgement.sides[1])
        pinned |= set(judgement.sides[0]) if judgement.kind is Kind.PIN else set()
    edit.db.execute(
        update(_VARIANT).where(among(edit.db, _VARIANT.c.id, variants)).values(is_pinned=_VARIANT.c.id.in_(pinned))
    )
    for variant in variants:
        edit.picture.mark(variant, is_pinned=variant in pinned)


def mark_withdrawn(edit: Edit, variants: Collection[int], *, whole: bool) -> None:
    """Mark those of these variants, or their `whole` stories, as withdrawn of whom this was said last."""
    homes = {edit.picture.story_of(variant) for variant in variants}
    everyone = [member for story_id in homes for member in edit.members(story_id)] if whole else variants
    since: dict[int, datetime | None] = {}
    for judgement in about(edit.db, everyone, WITHDRAWING, whole=whole):
        for variant in judgement.sides[0]:
            since[variant] = judgement.at if judgement.kind is Kind.WITHDRAW else None
    if whole:
        for story_id in homes:
            times = [at for variant in edit.members(story_id) if (at := since.get(variant)) is not None]
            edit.picture.withdraw(story_id, min(times, default=None))
        scene = gather(edit.db, edit.picture, everyone)
        rearrange(edit.db, scene, scene.judgements, keeps={})  # what was tied to it meanwhile
        return
    for variant in variants:
        at = since.get(variant)
        edit.db.execute(update(_VARIANT).where(_VARIANT.c.id == variant).values(withdrawn_at=at))
        edit.picture.mark(variant, is_withdrawn=at is not None)


def _mark_story(engine: Engine, story_id: int, kind: Kind, by: By) -> Edited:
    said = f"{kind.value} {story_id}"
    with editing(engine, by) as edit:
        story = edit.story(story_id)
        parties = edit.members(story)
        if (edit.picture.withdrawn_at(story) is not None) == (kind is Kind.WITHDRAW):
            return edit.is_so(said, parties)
        judgement = edit.judge(kind, said, (parties, (), ()), story_id=story)
        mark_withdrawn(edit, parties, whole=True)
        return edit.finish(judgement, parties)


def _mark_variant(engine: Engine, variant: int, kind: Kind, by: By) -> Edited:
    said = f"{kind.value} --variant {variant}"
    with editing(engine, by) as edit:
        edit.variant(variant)
        if edit.picture.members[variant].contender.is_withdrawn == (kind is Kind.WITHDRAW):
            return edit.is_so(said, [variant])
        judgement = edit.judge(kind, said, ((variant,), (), ()))
        mark_withdrawn(edit, [variant], whole=False)
        return edit.finish(judgement, [variant])
