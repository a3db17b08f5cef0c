"""What every correction does: open, find what it names, refuse in one line, keep the judgement, write what changed."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, select

from ingest.cluster.decide import Relation
from ingest.cluster.judgements import Judgement, Kind, clash
from storage import tables
from storage.database import writing
from storage.rows import among, storable
from storage.stories.cards import refresh_cards, stories_of
from storage.stories.judgements import By, next_judgement, write_judgement
from storage.stories.picture import Picture
from storage.tables import core

_STORY, _VARIANT, _LINK = core(tables.Story), core(tables.Variant), core(tables.Link)
_MOST_ACTOR, _MOST_NOTE = 100, 2_000  # characters

Sides = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]


class EditProblem(Exception):
    """A correction that cannot be made: one line that names why, and the judgements that it contradicts."""

    def __init__(self, line: str, judgements: Iterable[Judgement] = ()) -> None:
        super().__init__(line)
        self.judgements = tuple(judgement.id for judgement in judgements)


class Nothing(EditProblem):
    """A correction of what is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """What came of a correction."""

    judgement: int | None  # None: it was so already, and nobody had to say it
    is_new: bool  # False: nothing was changed
    said: str
    stories: tuple[int, ...]  # where the variants that it is about are now, ascending


@dataclass(slots=True)
class Edit:
    """A correction on its way."""

    db: Connection
    picture: Picture
    by: By

    def judge(
        self, kind: Kind, said: str, sides: Sides, *, story_id: int | None = None, undoes: int | None = None
    ) -> Judgement:
        """Keep a judgement."""
        number = next_judgement(self.db)
        made = Judgement(id=number, kind=kind, said=said, actor=self.by.actor, at=self.by.at, sides=sides)
        write_judgement(self.db, made, note=self.by.note, story_id=story_id, undoes=undoes)
        return made

    def finish(self, judgement: Judgement, variants: Iterable[int]) -> Edited:
        """Tell the stories of these variants what was said, and write what changed."""
        stories = sorted({self.picture.story_of(variant) for variant in variants})
        said = f"judgement {judgement.id}: {judgement.said}" + (f": {self.by.note}" if self.by.note else "")
        for story_id in stories:
            self.picture.note(story_id, judgement.kind.value, storable(said))
        self.picture.settle()
        self.picture.write_new_stories()
        self.picture.write_changed(without=set())
        touched = self.picture.touched()
        refresh_cards(self.db, touched | self._suggested_to(touched))
        return Edited(judgement=judgement.id, is_new=True, said=judgement.said, stories=tuple(stories))

    def _suggested_to(self, story_ids: Collection[int]) -> set[int]:
        """Give the stories that a suggestion names beside one of these: what is said of these may settle it."""
        members = list(self.db.scalars(select(_VARIANT.c.id).where(among(self.db, _VARIANT.c.story_id, story_ids))))
        others: set[int] = set()
        for here, there in ((_LINK.c.variant_a, _LINK.c.variant_b), (_LINK.c.variant_b, _LINK.c.variant_a)):
            suggested = _LINK.c.relation == Relation.SUGGESTED
            others |= set(self.db.scalars(select(there).where(suggested, among(self.db, here, members))))
        return stories_of(self.db, others)

    def is_so(self, said: str, variants: Iterable[int], judgement: int | None = None) -> Edited:
        """Give the answer where nothing had to be changed."""
        stories = sorted({self.picture.story_of(variant) for variant in variants})
        return Edited(judgement=judgement, is_new=False, said=said, stories=tuple(stories))

    def story(self, story_id: int) -> int:
        """Give the story that is left of one, read into the picture; raise Nothing where there is none."""
        following: int | None = story_id
        survivor = story_id
        while following is not None:
            row = self.db.execute(select(_STORY.c.id, _STORY.c.merged_into).where(_STORY.c.id == following)).first()
            if row is None:
                raise Nothing(f"no story {story_id}")
            survivor, following = row.id, row.merged_into
        self.picture.read(self.db.scalars(select(_VARIANT.c.id).where(_VARIANT.c.story_id == survivor)))
        return survivor

    def variant(self, variant_id: int) -> int:
        """Give the story of a variant, read into the picture; raise Nothing where there is none."""
        self.picture.read([variant_id])
        if variant_id not in self.picture.members:
            raise Nothing(f"no variant {variant_id}")
        return self.picture.story_of(variant_id)

    def members(self, story_id: int) -> tuple[int, ...]:
        """Give the variants of a story, the oldest first."""
        return tuple(contender.variant_id for contender in self.picture.members_of(story_id))


@contextmanager
def editing(engine: Engine, by: By) -> Iterator[Edit]:
    """Open the write transaction for a correction by someone who has a name.

    Raises EditProblem for a name or a note that is none.
    """
    actor, note = by.actor.strip(), by.note.strip()
    if not actor or len(actor) > _MOST_ACTOR or not actor.isprintable():
        raise EditProblem(f"who says so? give a name of 1 to {_MOST_ACTOR} characters")
    if len(note) > _MOST_NOTE:
        raise EditProblem(f"the note is longer than {_MOST_NOTE:,} characters")
    by = By(actor=storable(actor), note=storable(note), at=by.at)
    with writing(engine) as db:
        yield Edit(db, Picture(db, None, by.at, by.actor), by)


def refuse_clash(judgements: Sequence[Judgement], new: Judgement) -> None:
    """Raise EditProblem where `new` and some of the others cannot all hold."""
    found = [judgement for judgement in clash([*judgements, new]) if judgement.id != new.id]
    if found:
        refuse(new.said, found)


def refuse(said: str, against: Sequence[Judgement]) -> None:
    """Raise EditProblem that names the judgements which say otherwise."""
    names = "; ".join(f"judgement {one.id} ({one.said}, by {one.actor}, {one.at:%Y-%m-%d})" for one in against)
    them = "it" if len(against) == 1 else "one of them"
    raise EditProblem(f'"{said}" contradicts {names}: undo {them} first', against)


def refuse_withdrawn(edit: Edit, stories: Iterable[int]) -> None:
    """Raise EditProblem where some of these stories are withdrawn and others are not."""
    gone = sorted(story_id for story_id in set(stories) if edit.picture.withdrawn_at(story_id) is not None)
    if gone and len(gone) < len(set(stories)):
        raise EditProblem(f"story {gone[0]} is withdrawn: restore it first")
