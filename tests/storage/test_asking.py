"""Which stories a question finds: the same ones on both databases."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel

from ingest.outcome import Outcome
from storage import tables
from storage.asking import (
    ORDERS,
    Question,
    QuestionProblem,
    count_facets,
    count_stories,
    export_stories,
    find_stories,
    finding,
    timeline,
)
from storage.asking.finding import FEW, ask
from storage.asking.question import PLACES
from storage.asking.search import catch_up
from storage.cursors import place_of
from storage.happened import HAPPENED
from storage.reading import Reader, reading
from storage.views import StorySummary
from tests.ready import make_ready
from tests.storage.stories import NOON, add, run, story, variant
from tests.storage.stories import replace as replace_rows


@pytest.fixture
def reader(stories_url: str) -> Iterator[Reader]:
    """Give a reader of the small story database."""
    with reading(stories_url) as open_reader:
        yield open_reader


def _found(reader: Reader, question: Question) -> list[int]:
    return [story.id for story in find_stories(reader, question, limit=100).stories]


def _pages(reader: Reader, question: Question, *, limit: int) -> Iterator[list[StorySummary]]:
    page = find_stories(reader, question, limit=limit)
    yield page.stories
    while page.next_cursor is not None:
        page = find_stories(reader, question, limit=limit, cursor=page.next_cursor)
        yield page.stories


class TestListing:
    """find_stories()."""

    def test_stories_seen_last_come_first_and_absorbed_ones_not_at_all(self, reader: Reader) -> None:
        """A listing has each story once, newest first, as its canonical variant tells it."""
        found = find_stories(reader, Question(), limit=10).stories

        assert [story.id for story in found] == [1, 2, 5]
        assert found[0].title == "Orrin Steel to close last furnace"
        assert found[0].sources == ["northwire", "harbour-post", "lowland-ledger"]
        assert (found[0].kind, found[0].size, found[0].language) == ("covered", 3, "en")
        assert found[0].last_seen_at == NOON

    @pytest.mark.parametrize(
        ("asked", "ids"),
        [
            (Question(changed_since=NOON - timedelta(hours=30)), [1, 2]),
            (Question(outlet="lowland-ledger"), [1]),
            (Question(outlet="nobody"), []),
            (Question(language="pt"), [2]),
            (Question(language="PT_br"), [2]),
            (Question(language="p"), []),
            (Question(language="%"), []),
            (Question(least_variants=2), [1]),
            (Question(kind="single"), [2, 5]),
            (Question(kind="single", language="ja", outlet=None), [5]),
        ],
    )
    def test_each_condition_holds_for_what_is_listed(self, reader: Reader, asked: Question, ids: list[int]) -> None:
        """Conditions are met together; one that is None is none."""
        assert _found(reader, asked) == ids
        assert sorted(story.id for story, _ in export_stories(reader, asked)) == sorted(ids)

    def test_pages_put_together_are_the_listing(self, database_url: str) -> None:
        """Paging meets every story once, also where several were seen at the same time."""
        make_ready(database_url)
        rows = [story(number, last_seen_at=NOON - timedelta(hours=number // 4)) for number in range(1, 14)]
        add(database_url, *rows, *(variant(number, number) for number in range(1, 14)))

        with reading(database_url) as reader:
            pages = list(_pages(reader, Question(), limit=5))
            whole = find_stories(reader, Question(), limit=100).stories

        assert [story for page in pages for story in page] == whole
        assert len(whole) == 13


class TestExport:
    """export_stories()."""

    def test_every_story_comes_with_its_variants_in_the_order_of_ids(self, reader: Reader) -> None:
        """An export says the same as a listing."""
        exported = list(export_stories(reader, Question()))

        assert [story.id for story, _ in exported] == [1, 2, 5]
        assert sorted((story for story, _ in exported), key=lambda story: -story.last_seen_at.timestamp()) == (
            find_stories(reader, Question(), limit=10).stories
        )
        assert [[variant.id for variant in variants] for _, variants in exported] == [[11, 12, 13], [21], [51]]

    def test_statements_grow_with_pages_not_with_stories(self, database_url: str) -> None:
        """700 stories take three pages, and a handful of statements each."""
        make_ready(database_url)
        numbers = range(1, 701)
        add(database_url, *map(story, numbers), *(variant(number, number) for number in numbers))
        asked: list[str] = []

        class Counting(Reader):
            def rows(self, sql: str, **params: object) -> list[tuple[object, ...]]:
                asked.append(sql)
                return super().rows(sql, **params)

        with reading(database_url) as reader:
            exported = list(export_stories(Counting(reader._connection), Question()))

        assert [story.id for story, _ in exported] == list(numbers)
        assert len(asked) <= 3 * 5


_OUTLETS, _LANGUAGES = ("gazette", "post", "courier"), ("en", "en-GB", "pt-BR", "zh-Hant-TW")
_WORDS = ("furnace", "dam", "tram", "whales")


@dataclass(frozen=True, slots=True)
class _Said:
    """What a story of the test says of itself, to be found by."""

    id: int
    size: int
    outlet: str
    language: str
    publisher: str | None
    first: datetime
    last: datetime
    published: datetime | None
    title: str
    text: str

    @property
    def changes(self) -> list[tuple[int, str]]:
        """The runs that changed it, and how."""
        later = (1 + self.id % 2, "joined" if self.size > 1 else "revised")
        return [(1 + self.id % 3, "created"), *([later] * (self.id % 4))]


def _invented(count: int) -> list[_Said]:
    chance = Random(5)
    made = []
    for number in range(1, count + 1):
        first = NOON - timedelta(hours=chance.randrange(48))
        made.append(
            _Said(
                id=number,
                size=chance.choice((1, 1, 2, 3)),
                outlet=chance.choice(_OUTLETS),
                language=chance.choice(_LANGUAGES),
                publisher=chance.choice((None, "Lowland Papers")),
                first=first,
                last=first + timedelta(hours=chance.randrange(6)),
                published=chance.choice((None, first - timedelta(hours=1))),
                title=chance.choice(_WORDS),
                text=" ".join(chance.choices(_WORDS, k=2)),
            )
        )
    return made


_STORIES = _invented(60)


def _changes() -> Iterator[tables.Change]:
    told = ((said.id, number, kind) for said in _STORIES for number, kind in said.changes)
    for place, (story_id, number, kind) in enumerate(told, 1):
        yield tables.Change(id=place, story_id=story_id, kind=kind, actor="newsfold", run_id=number, detail="", at=NOON)


def _rows(said: _Said) -> list[SQLModel]:
    kind = "single" if said.size == 1 else "covered"
    rows: list[SQLModel] = [story(said.id, first_seen_at=said.first, last_seen_at=said.last, size=said.size, kind=kind)]
    for place in range(said.size):
        more: dict[str, Any] = {"relation": "coverage", "title": "more", "text": "of it", "source": f"other-{place}"}
        own = {"title": said.title, "text": said.text, "source": said.outlet, "publisher": said.publisher}
        common: dict[str, Any] = {"language": said.language, "published_at": said.published}
        rows.append(variant(said.id * 10 + place, said.id, **common, **(more if place else own)))
    return rows


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def invented(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give a database of _STORIES, all of it searchable, once of each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('asking')}/stories.db"
    else:
        url = request.getfixturevalue("new_postgres")()
    make_ready(url)
    rows = [row for said in _STORIES for row in _rows(said)]
    add(url, run(1), run(2), run(3), *sorted(rows, key=lambda row: isinstance(row, tables.Variant)))
    add(url, *_changes())
    add(url, *(tables.Unsearched(variant_id=said.id * 10 + place) for said in _STORIES for place in range(said.size)))
    catch_up(url)
    return url


_TIMES = st.none() | st.integers(0, 50).map(lambda hours: NOON - timedelta(hours=hours))
_QUESTIONS = st.builds(
    Question,
    text=st.sampled_from([None, None, *_WORDS, "furnace OR title:dam", "whales NOT tram"]),
    seen_since=_TIMES,
    seen_until=_TIMES,
    changed_since=_TIMES,
    changed_until=_TIMES,
    published_until=_TIMES,
    outlet=st.sampled_from([None, None, *_OUTLETS, "other-1", "nobody"]),
    publisher=st.sampled_from([None, None, "Lowland Papers"]),
    language=st.sampled_from([None, None, "en", "EN_gb", "zh", "zh-hant", "z"]),
    country=st.sampled_from([None, None, None, "GB", "tw"]),
    least_variants=st.sampled_from([None, None, 1, 2, 3]),
    least_independent=st.sampled_from([None, None, 2]),
    kind=st.sampled_from([None, None, "single", "covered"]),
    run=st.sampled_from([None, None, 1, 2, 3, 4]),
    order=st.sampled_from(ORDERS),
)


def _expected(question: Question) -> list[int]:
    found = [said for said in _STORIES if _meets(said, question)]

    def place(said: _Said) -> tuple[object, ...]:
        match question.order:
            case "newest":
                return said.first, said.id
            case "independent":
                return said.size, said.last, said.id
            case "best" if question.text is not None:
                return _holds(question.text, said.title, ""), said.last, said.id
        return said.last, said.id

    return [said.id for said in sorted(found, key=place, reverse=True)]


def _meets(said: _Said, asked: Question) -> bool:
    tag = asked.language.replace("_", "-").lower() if asked.language else ""
    outlets = {said.outlet, *(f"other-{place}" for place in range(1, said.size))}
    return all(
        (
            asked.text is None or _holds(asked.text, said.title, said.text),
            asked.seen_since is None or said.first >= asked.seen_since,
            asked.seen_until is None or said.first < asked.seen_until,
            asked.changed_since is None or said.last >= asked.changed_since,
            asked.changed_until is None or said.last < asked.changed_until,
            asked.published_until is None or (said.published is not None and said.published < asked.published_until),
            asked.outlet is None or asked.outlet in outlets,
            asked.publisher is None or asked.publisher == said.publisher,
            not tag or f"{said.language}-".lower().startswith(f"{tag}-"),
            asked.country is None or said.language.endswith(f"-{asked.country.upper()}"),
            said.size >= max(asked.least_variants or 1, asked.least_independent or 1),
            asked.kind is None or (asked.kind == "single") == (said.size == 1),
            asked.run is None
            or any(
                number == asked.run and (asked.outcome is None or kind == HAPPENED[Outcome(asked.outcome)])
                for number, kind in said.changes
            ),
        )
    )


def _holds(query: str, title: str, text: str) -> bool:
    match query:
        case "furnace OR title:dam":
            return "furnace" in (title + text) or title == "dam"
        case "whales NOT tram":
            return _holds("whales", title, text) and "tram" not in title + text
    return query in title.split() + text.split()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    question=_QUESTIONS,
    few=st.sampled_from([0, 5, FEW]),
    is_far=st.sampled_from([None, False, True]),
    limit=st.integers(1, 20),
)
def test_filters_combine_and_pages_have_every_story_once(
    invented: str, question: Question, few: int, *, is_far: bool | None, limit: int
) -> None:
    """Any question finds the stories that meet all of it, in its order, however they are found; pages follow suit."""
    expected = _expected(question)

    with reading(invented) as reader, pytest.MonkeyPatch.context() as patch:
        if is_far is not None:
            patch.setattr(finding, "_is_far", lambda *_: is_far)
        found = [row[0] for row in ask(reader, question, few=few).rows(reader, ["c.story_id"], limit=100)]
        paged = [story.id for page in _pages(reader, question, limit=limit) for story in page]
        count = count_stories(reader, question)

    assert found == expected
    assert paged == expected
    assert (count.value, count.is_exact) == (len(expected), True)


@pytest.mark.parametrize("outcome", HAPPENED)
def test_a_run_s_stories_are_told_by_what_became_of_its_documents(invented: str, outcome: str) -> None:
    """Of each outcome of its tally a run's stories are found, and no others."""
    asked = Question(run=2, outcome=outcome)

    with reading(invented) as reader:
        assert _found(reader, asked) == _expected(asked)


def test_an_outcome_is_one_of_a_run() -> None:
    """What became of a document is asked of a run, or not at all."""
    with pytest.raises(QuestionProblem, match="of which run"):
        Question(outcome="variant")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=_QUESTIONS)
def test_a_facet_counts_the_stories_that_its_link_would_list(invented: str, question: Question) -> None:
    """Asking for the value of a facet as well gives as many stories as it says."""
    fields = {"outlet": "outlet", "language": "language", "kind": "kind", "publisher": "publisher"}
    with reading(invented) as reader:
        found = count_facets(reader, question, most=99, now=NOON + timedelta(hours=1))

        for name, field in fields.items():
            for value in found[name] if getattr(question, field) is None else ():
                narrower = replace(question, **{field: value.value})  # type: ignore[arg-type]  # texts, all of them
                assert value.is_exact
                assert count_stories(reader, narrower).value == value.count


def test_a_timeline_counts_every_variant(invented: str) -> None:
    """The hours of a question hold all variants of its stories, and add up to its days."""
    with reading(invented) as reader:
        hours = timeline(reader, Question(), step="hour")
        days = timeline(reader, Question(), step="day")
        [of_one] = timeline(reader, 1, step="day")

    assert sum(bucket.variants for bucket in hours) == sum(said.size for said in _STORIES)
    assert sum(bucket.variants for bucket in hours) == sum(bucket.variants for bucket in days)
    assert [bucket.at for bucket in hours] == sorted({bucket.at for bucket in hours})
    assert of_one.variants == _STORIES[0].size


class TestCursor:
    """The cursor of find_stories()."""

    def test_it_stays_right_while_stories_come_and_change(self, database_url: str) -> None:
        """What comes or changes between two pages moves to the front: nothing is met twice, and nothing left out."""
        make_ready(database_url)
        rows = [story(number, last_seen_at=NOON - timedelta(hours=number)) for number in range(1, 11)]
        add(database_url, *rows, *(variant(number, number) for number in range(1, 11)))
        with reading(database_url) as reader:
            first = find_stories(reader, Question(), limit=4)

        add(database_url, story(11, last_seen_at=NOON), variant(111, 11))
        replace_rows(database_url, story(9, last_seen_at=NOON + timedelta(hours=1)))
        with reading(database_url) as reader:
            rest = find_stories(reader, Question(), limit=50, cursor=first.next_cursor)

        assert [found.id for found in first.stories] == [1, 2, 3, 4]
        assert [found.id for found in rest.stories] == [5, 6, 7, 8, 10]
        assert rest.next_cursor is None

    @given(st.text(max_size=80) | st.binary(max_size=60).map(lambda data: urlsafe_b64encode(data).decode()))
    def test_no_text_but_a_cursor_is_one(self, text: str) -> None:
        """Whatever else is given as a cursor is refused in one line."""
        with pytest.raises(QuestionProblem, match="this is no cursor"):
            place_of("changed", text, PLACES["changed"])

    @pytest.mark.parametrize(
        "said", [[], ["changed"], ["newest", "2026-05-20T12:00:00+00:00", 1], ["changed", "2026-05-20", 1]]
    )
    def test_a_cursor_that_was_tampered_with_is_refused(self, said: list[object]) -> None:
        """Another order, a time without a zone and missing parts are no cursor."""
        with pytest.raises(QuestionProblem):
            place_of("changed", urlsafe_b64encode(json.dumps(said).encode()).decode(), PLACES["changed"])

    def test_a_cursor_of_an_order_is_none_of_another(self, reader: Reader) -> None:
        """A cursor says what it is of."""
        page = find_stories(reader, Question(), limit=1)

        with pytest.raises(QuestionProblem, match="first page"):
            find_stories(reader, Question(order="independent"), limit=1, cursor=page.next_cursor)


@pytest.mark.parametrize("asked", [{"order": "size"}, {"kind": "pair"}, {"state": "'; DROP TABLE story"}])
def test_a_question_of_something_unknown_is_refused(asked: dict[str, str]) -> None:
    """What is none of a few words is refused before any database is asked."""
    with pytest.raises(QuestionProblem, match="is none of"):
        Question(**asked)  # type: ignore[arg-type]  # whatever a face may hand on


@pytest.mark.parametrize("said", ["'", '"', "%", "\0", "\ud800", "'; DELETE FROM card; --", "x" * 7_000])
def test_values_are_parameters(reader: Reader, said: str) -> None:
    """MUST_HANDLE 10.2: whatever is asked for is looked for, and nothing happens to the rows."""
    before = reader.rows("SELECT count(*) FROM card")

    found = [
        find_stories(reader, Question(**{name: said}), limit=5).stories  # type: ignore[arg-type]  # as above
        for name in ("text", "outlet", "publisher", "language", "country")
    ]

    assert found == [[]] * 5
    assert reader.rows("SELECT count(*) FROM card") == before
