"""Which story a variant is in: merge, split, move, same, not same."""

from collections.abc import Collection, Mapping

from sqlalchemy import Engine, select

from ingest.cluster.judgements import Judgement, Kind, holding_apart
from storage import tables
from storage.edits.arranging import gather, rearrange
from storage.edits.work import Edit, Edited, EditProblem, Sides, editing, refuse, refuse_clash, refuse_withdrawn
from storage.stories.judgements import By, placing, said_before
from storage.tables import core

_STORY = core(tables.Story)


def merge(engine: Engine, one: int, other: int, *, by: By) -> Edited:
    """Make two stories one: the older stays, and the younger leads to it. Raises EditProblem."""
    said = f"merge {min(one, other)} {max(one, other)}"
    with editing(engine, by) as edit:
        stories = edit.story(one), edit.story(other)
        speakers = _speaker(edit, stories[0]), _speaker(edit, stories[1])
        if stories[0] == stories[1]:
            return edit.is_so(said, speakers[:1], said_before(edit.db, said, edit.members(stories[0])))
        refuse_withdrawn(edit, stories)
        _refuse_parted(edit, said, edit.members(stories[0]), edit.members(stories[1]))
        sides = tuple(sorted(speakers)), (), ()
        return _place(edit, Kind.MERGE, said, sides, story_id=min(stories))


def split(engine: Engine, story_id: int, variants: Collection[int], *, by: By) -> Edited:
    """Part these variants of a story from the others, into a story of their own. Raises EditProblem."""
    leaving = tuple(sorted(set(variants)))
    said = f"split {story_id} {' '.join(map(str, leaving))}"
    with editing(engine, by) as edit:
        story = edit.story(story_id)
        homes = {variant: edit.variant(variant) for variant in leaving}
        if known := said_before(edit.db, said, leaving):
            return edit.is_so(said, leaving, known)
        for variant, home in homes.items():
            if home != story:
                raise EditProblem(f"variant {variant} is in story {home}, not in story {story}")
        staying = tuple(sorted(set(edit.members(story)) - set(leaving)))
        if not leaving or not staying:
            raise EditProblem(f"name some of the {len(edit.members(story))} variants of story {story}, not all of them")
        keeps = {story: staying[0]} if _founder(edit, story) in leaving else {}
        return _place(edit, Kind.SPLIT, said, (leaving, staying, ()), story_id=story, keeps=keeps)


def move(engine: Engine, variant: int, story_id: int, *, by: By) -> Edited:
    """Take a variant out of its story, and put it into another one. Raises EditProblem."""
    said = f"move {variant} {story_id}"
    with editing(engine, by) as edit:
        source, target = edit.variant(variant), edit.story(story_id)
        if source == target:
            return edit.is_so(said, [variant], said_before(edit.db, said, [variant]))
        refuse_withdrawn(edit, (source, target))
        _refuse_parted(edit, said, [variant], edit.members(target))
        staying = tuple(member for member in edit.members(source) if member != variant)
        founded = select(_STORY.c.id).where(_STORY.c.founder_id == variant)
        keeps = dict.fromkeys(edit.db.scalars(founded), staying[0]) if staying else {}
        sides = (variant,), staying, (_speaker(edit, target),)
        return _place(edit, Kind.MOVE, said, sides, story_id=target, keeps=keeps)


def same(engine: Engine, one: int, other: int, *, by: By) -> Edited:
    """Hold two variants, and with them their stories, together whatever the scores say. Raises EditProblem."""
    said, pair = _pair(Kind.SAME, one, other)
    with editing(engine, by) as edit:
        refuse_withdrawn(edit, [edit.variant(variant) for variant in pair])
        return _place(edit, Kind.SAME, said, (pair, (), ()))


def not_same(engine: Engine, one: int, other: int, *, by: By) -> Edited:
    """Hold two variants apart; if they are in one story, each keeps what is tied to it more. Raises EditProblem."""
    said, pair = _pair(Kind.NOT_SAME, one, other)
    with editing(engine, by) as edit:
        for variant in pair:
            edit.variant(variant)
        return _place(edit, Kind.NOT_SAME, said, (pair[:1], pair[1:], ()))


def later(engine: Engine, one: int, other: int, *, by: By) -> Edited:
    """Put a suggested pair at the end of the queue. Raises EditProblem."""
    said, pair = _pair(Kind.LATER, one, other)
    with editing(engine, by) as edit:
        for variant in pair:
            edit.variant(variant)
        if known := said_before(edit.db, said, pair):
            return edit.is_so(said, pair, known)
        judgement = edit.judge(Kind.LATER, said, (pair, (), ()))
        return Edited(judgement=judgement.id, is_new=True, said=said, stories=edit.is_so(said, pair).stories)


def _place(
    edit: Edit, kind: Kind, said: str, sides: Sides, *, story_id: int | None = None, keeps: Mapping[int, int] = {}
) -> Edited:
    """Keep a judgement of places, and arrange the stories anew; nothing where it stands already."""
    parties = [variant for side in sides for variant in side]
    if known := said_before(edit.db, said, parties):
        return edit.is_so(said, parties, known)
    scene = gather(edit.db, edit.picture, parties)
    judgement = edit.judge(kind, said, sides, story_id=story_id)
    refuse_clash(scene.judgements, judgement)
    rearrange(edit.db, scene, [*scene.judgements, judgement], keeps=keeps)
    return edit.finish(judgement, parties)


def _pair(kind: Kind, one: int, other: int) -> tuple[str, tuple[int, ...]]:
    if one == other:
        raise EditProblem(f"name two variants, not variant {one} twice")
    pair = tuple(sorted((one, other)))
    return f"{kind.value} {pair[0]} {pair[1]}", pair


def _speaker(edit: Edit, story_id: int) -> int:
    return next(variant for variant in edit.members(story_id) if edit.picture.members[variant].is_canonical)


def _founder(edit: Edit, story_id: int) -> int | None:
    founder: int | None = edit.db.scalar(select(_STORY.c.founder_id).where(_STORY.c.id == story_id))
    return founder if founder in edit.members(story_id) else min(edit.members(story_id))


def _refuse_parted(edit: Edit, said: str, one: Collection[int], other: Collection[int]) -> None:
    """Raise EditProblem where a judgement parts any of these variants from any of the others."""
    against: tuple[Judgement, ...] = holding_apart(placing(edit.db, one), one, other)
    if against:
        refuse(said, against)
