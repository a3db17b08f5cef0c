"""Any sequence of arrivals and judgements: what people said holds, and what is undone leaves no trace."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import SQLModel

from storage import tables
from storage.check import check
from storage.database import writing
from storage.edits import By, Edited, EditProblem, merge, move, not_same, same, split, undo, withdraw
from storage.stories.cards import refresh_cards
from storage.tables import Card, Mark
from tests.postgres import NewDatabase
from tests.storage.articles import NOON, Newsdesk, article, drifting, newsdesk, sentences

_BY = By(actor="ines", note="", at=NOON)
_POOL = [
    *drifting(21, 14, foreign=True),
    *(  # each ties two that were apart, or revises one
        article(f"t{number}/1", "\n".join(sentences(21_000, 5) + sentences(21_000 + number, 5)), language=f"r{number}")
        for number in (2, 5, 9)
    ),
    article("s2/2", "\n".join(sentences(21_000, 9)), language="q2", title="No 2"),
]
_KINDS = ("arrive", "arrive", "same", "not-same", "merge", "split", "move", "withdraw", "undo")
_STEPS = st.lists(st.tuples(st.sampled_from(_KINDS), st.integers(0, 999), st.integers(0, 999)), max_size=8)


@dataclass(slots=True)
class _Said:
    """What a judgement asks of variants."""

    together: list[int]
    apart: tuple[list[int], list[int]] = field(default_factory=lambda: ([], []))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def long_desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsdesk]:
    """Give a store that all examples share; each empties it first."""
    url = f"sqlite:///{tmp_path_factory.mktemp('edits')}/stories.db"
    if request.param == "postgresql":
        new: NewDatabase = request.getfixturevalue("new_postgres")
        url = new()
    with newsdesk(url) as opened:
        yield opened


@settings(
    max_examples=5,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.integers(2, 9), _STEPS)
def test_what_people_said_holds(long_desk: Newsdesk, first: int, steps: list[tuple[str, int, int]]) -> None:
    """After each step must-links are together, cannot-links apart, the database is sound; undo and redo restore."""
    walk = _Walk(_emptied(long_desk))
    walk.arrive(first)

    for kind, one, other in steps:
        walk.step(kind, one, other)
        walk.look()

    walk.undo_everything()
    assert walk.is_as_if_nothing_was_said()


class _Walk:
    """A store, and what must be true of it."""

    def __init__(self, desk: Newsdesk) -> None:
        self.desk = desk
        self.url = desk.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
        self.arrived = 0
        self.said: dict[int, _Said] = {}

    def arrive(self, count: int) -> None:
        """Store the next articles."""
        self.desk.load(*_POOL[self.arrived : self.arrived + count])
        self.arrived += count

    def step(self, kind: str, one: int, other: int) -> None:
        """Take a step; a judgement is undone and said again before it counts."""
        if kind == "arrive":
            self.arrive(1 + one % 3)
        elif kind == "undo":
            standing = sorted(self.said)
            if standing:
                self._undo(standing[one % len(standing)])
        else:
            self._judge(*self._edit(kind, one, other))

    def look(self) -> None:
        """Hold what was said against the store."""
        story = dict(self.desk.rows(tables.Variant, "id", "story_id"))
        for said in self.said.values():
            assert len({story[variant] for variant in said.together}) <= 1
            assert all(story[one] != story[other] for one, other in product(*said.apart))
        assert check(self.url) == []
        kept = self.desk.rows(Card), self.desk.rows(Mark)
        with writing(self.desk.engine) as db:
            refresh_cards(db, [row[0] for row in self.desk.rows(tables.Story, "id")])
        assert (self.desk.rows(Card), self.desk.rows(Mark)) == kept

    def undo_everything(self) -> None:
        """Take back all that stands, the newest first."""
        for number in sorted(self.said, reverse=True):
            undo(self.desk.engine, number, by=_BY)

    def is_as_if_nothing_was_said(self) -> bool:
        """Compare with a store that nobody corrected: its stories, but for ties that became suggestions meanwhile."""
        mine, tied = self.desk.stories(), self._suggested()
        self.desk = _emptied(self.desk)
        arrived, self.arrived = self.arrived, 0
        self.arrive(arrived)
        plain = self.desk.stories()
        return mine == plain if not tied else all(any(story <= whole for whole in plain) for story in mine)

    def _judge(self, edit: Callable[[], Edited], expected: _Said) -> None:
        before = self._places()
        try:
            done = edit()
        except EditProblem:
            assert self._places() == before
            return
        if not done.is_new or done.judgement is None:
            assert self._places() == before
            return
        after = self._places()
        self.said[done.judgement] = expected
        undone = undo(self.desk.engine, done.judgement, by=_BY)
        assert self._places() == before
        undo(self.desk.engine, undone.judgement, by=_BY)
        assert self._places() == after

    def _undo(self, number: int) -> None:
        try:
            undo(self.desk.engine, number, by=_BY)
        except EditProblem:  # of what was withdrawn in part since
            return
        del self.said[number]

    def _edit(self, kind: str, one: int, other: int) -> tuple[Callable[[], Edited], _Said]:
        engine, places = self.desk.engine, self._places()
        variants = [variant for members in places.values() for variant in members]
        stories = sorted(places)
        a, b = variants[one % len(variants)], variants[other % len(variants)]
        story, target = stories[one % len(stories)], stories[other % len(stories)]
        home = next(number for number, members in places.items() if a in members)
        some = sorted(places[story])[:: 1 + other % 3]
        match kind:
            case "same":
                return lambda: same(engine, a, b, by=_BY), _Said([a, b])
            case "not-same":
                return lambda: not_same(engine, a, b, by=_BY), _Said([], ([a], [b]))
            case "merge":
                speakers = [number for number, speaks in self.desk.rows(tables.Variant, "id", "is_canonical") if speaks]
                both = [number for number in speakers if number in places[story] | places[target]]
                return lambda: merge(engine, story, target, by=_BY), _Said(both)
            case "split":
                apart = (some, sorted(places[story] - set(some)))
                return lambda: split(engine, story, some, by=_BY), _Said([], apart)
            case "move":
                return lambda: move(engine, a, target, by=_BY), _Said([], ([a], sorted(places[home] - {a})))
        return lambda: withdraw(engine, story, by=_BY), _Said([])

    def _places(self) -> dict[int, frozenset[int]]:
        found: dict[int, frozenset[int]] = {}
        for variant, story in self.desk.rows(tables.Variant, "id", "story_id"):
            found[story] = found.get(story, frozenset()) | {variant}
        return found

    def _suggested(self) -> bool:
        return any(relation == "suggested" for _, relation in self.desk.rows(tables.Link, "variant_a", "relation"))


def _emptied(desk: Newsdesk) -> Newsdesk:
    names = [table.name for table in reversed(SQLModel.metadata.sorted_tables)]
    with writing(desk.engine) as db:
        if db.dialect.name == "postgresql":
            db.execute(text(f"TRUNCATE {', '.join(names)} CASCADE"))
        else:
            db.execute(text("PRAGMA defer_foreign_keys = ON"))
            for name in names:
                db.execute(text(f"DELETE FROM {name}"))
    return Newsdesk(desk.engine)
