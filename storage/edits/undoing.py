"""Taking a judgement back, and taking that back."""

from sqlalchemy import Engine

from ingest.cluster.judgements import PLACING, Judgement, Kind
from storage.edits.arranging import gather, rearrange
from storage.edits.marks import PINNING, WITHDRAWING, mark_pins, mark_withdrawn
from storage.edits.work import Edit, Edited, EditProblem, Nothing, editing, refuse_clash, refuse_withdrawn
from storage.stories.judgements import By, Kept, find_judgement, last_standing, mark_undone


def undo(engine: Engine, judgement_id: int | None = None, *, by: By) -> Edited:
    """Take back a judgement, by default the last one of the same person that stands.

    The stories are then as if it had not been said, what arrived since included; what an undo took back is said
    again by undoing that. Raises EditProblem.
    """
    with editing(engine, by) as edit:
        number = judgement_id if judgement_id is not None else last_standing(edit.db, edit.by.actor)
        if number is None:
            raise Nothing(f"nothing that {edit.by.actor} said is left to undo: name a judgement")
        found, target = _found(edit, number)
        parties = [variant for side in target.judgement.sides for variant in side]
        edit.picture.read(parties)
        said = f"undo {number}"
        if found.undone_by is not None:
            return edit.is_so(said, parties, found.undone_by)
        if target.judgement.kind in PLACING:
            return _replace(edit, found, target, said)
        undoing = _turn(edit, found, target, said)
        if target.judgement.kind in PINNING:
            mark_pins(edit, parties)
        elif target.judgement.kind in WITHDRAWING:
            mark_withdrawn(edit, parties, whole=target.story_id is not None)
        return edit.finish(undoing, parties)


def _found(edit: Edit, number: int) -> tuple[Kept, Kept]:
    """Give a judgement, and the one that holds or does not hold by it: itself, or what it undid."""
    found = find_judgement(edit.db, number)
    if found is None:
        raise Nothing(f"no judgement {number}")
    if found.undoes is None:
        return found, found
    target = find_judgement(edit.db, found.undoes)
    assert target is not None  # a foreign key
    if target.undoes is not None:
        raise EditProblem(f"judgement {number} says again what was undone: undo judgement {target.undoes} itself")
    return found, target


def _turn(edit: Edit, found: Kept, target: Kept, said: str) -> Judgement:
    """Keep the undoing, and let the target hold no more, or again."""
    undoing = edit.judge(Kind.UNDO, said, ((), (), ()), story_id=target.story_id, undoes=found.judgement.id)
    mark_undone(edit.db, found.judgement.id, by=undoing.id)
    if found is not target:
        mark_undone(edit.db, target.judgement.id, by=None)
    return undoing


def _replace(edit: Edit, found: Kept, target: Kept, said: str) -> Edited:
    """Arrange the stories without the target, or with it again."""
    parties = [variant for side in target.judgement.sides for variant in side]
    scene = gather(edit.db, edit.picture, parties)
    others = [judgement for judgement in scene.judgements if judgement.id != target.judgement.id]
    if found is target:
        if target.judgement.left_together:
            refuse_withdrawn(edit, scene.stories_of(parties))
        judgements = others
    else:
        refuse_clash(others, target.judgement)
        refuse_withdrawn(edit, scene.stories_of(target.judgement.together))
        judgements = [*others, target.judgement]
    undoing = _turn(edit, found, target, said)
    rearrange(edit.db, scene, judgements, keeps={})
    return edit.finish(undoing, parties)
