"""What recurs over the pages of a site is learned as articles are stored."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import pytest

from ingest.cluster.analysis import analyse
from ingest.document import Article
from ingest.fetch.response import Validators
from ingest.outcome import Outcome
from ingest.site_lines import Furniture, line_keys, without
from storage import tables
from storage.database import writing
from storage.indexes.segments import Kind, Segments
from storage.running.addresses import Visit
from storage.stories.site_lines import MOST_ROWS, OWN_PAGES, Lesson, learn, mark_applied, unapplied
from storage.upkeep.reworking import Reworked
from tests.storage.articles import CLEANER, NOON, Newsdesk, article, prose, shuffled

_PROMPT = "Our harbour letter tells you every Friday what the tide has brought."
_AUTHOR = "Ana Ruiz has written about the coast for this paper since the old pier burned."
_KEYS = frozenset(line_keys([_PROMPT]))


def _page(place: str, seed: int, *more: str) -> Article:
    return article(place, "\n".join([prose(seed), *more]), language=f"q{seed}")


def _pages(count: int, *more: str, site: str = "gazette", first: int = 0) -> list[Article]:
    return [_page(f"{site}/{number}", number, *more) for number in range(first, first + count)]


def _lines(desk: Newsdesk) -> dict[tuple[str, str], tuple[int, bool]]:
    rows = desk.rows(tables.SiteLine, "host", "sample", "pages", "is_shared")
    return {(host.removesuffix(".example"), sample): (pages, bool(shared)) for host, sample, pages, shared in rows}


def _own(desk: Newsdesk, *sites: str) -> Furniture:
    return desk.store.furniture([f"{site}.example" for site in sites])


def test_a_line_of_many_stories_is_the_sites(desk: Newsdesk) -> None:
    """A line that stands in eight stories of one site is its own; of seven, it may be anything; articles' are not."""
    desk.load(*_pages(OWN_PAGES - 1, _PROMPT))
    before = _own(desk, "gazette")
    desk.load(*_pages(1, _PROMPT, first=OWN_PAGES - 1))

    assert before == {}
    assert _own(desk, "gazette", "echo") == {"gazette.example": _KEYS}
    assert _lines(desk) == {("gazette", _PROMPT): (OWN_PAGES, False)}


def test_what_two_sites_bear_is_neithers(desk: Newsdesk) -> None:
    """A paragraph that reprints share over five hosts is no furniture, whichever host came first."""
    wire = [_page(f"{site}/wire", 500, _AUTHOR) for site in ("echo", "post", "star", "times")]

    desk.load(*_pages(12, _PROMPT, _AUTHOR), batch=5)
    known = _own(desk, "gazette")
    desk.load(*wire)
    desk.load(*_pages(12, _PROMPT, site="courier", first=100))

    assert known["gazette.example"] == frozenset(line_keys([_PROMPT, _AUTHOR]))
    assert _own(desk, "gazette", "courier", "echo") == {}
    assert _lines(desk) == {
        ("gazette", _PROMPT): (12, True),
        ("gazette", _AUTHOR): (12, True),
        ("courier", _PROMPT): (12, True),
    }


def test_revisions_and_copies_teach_nothing(desk: Newsdesk) -> None:
    """A live blog, corrections, and one story under many addresses of a site are one story."""
    blog = prose(7, 30).split("\n")
    desk.load(*(article("gazette/live", "\n".join([*blog[:length], _PROMPT])) for length in range(8, 30)))
    desk.load(*(article(f"gazette/copy-{number}", f"{prose(8)}\n{_AUTHOR}") for number in range(20)))

    assert _lines(desk) == {}


@pytest.mark.parametrize("batch", [1, 7])
def test_batches_make_no_difference(quick_desk: Newsdesk, batch: int) -> None:
    """The same articles teach the same, whatever their order and however they are grouped."""
    pages = [*_pages(11, _PROMPT), *_pages(9, _PROMPT, _AUTHOR, first=50), *_pages(4, _AUTHOR, site="echo", first=90)]

    quick_desk.load(*shuffled(pages, batch), batch=batch)

    assert _lines(quick_desk) == {
        ("gazette", _PROMPT): (20, False),
        ("gazette", _AUTHOR): (9, True),
        ("echo", _AUTHOR): (4, True),
    }


def test_lines_that_were_taken_still_count(desk: Newsdesk) -> None:
    """A line that left the articles as the site's own is known to be on further pages."""
    desk.load(*_pages(8, _PROMPT))

    desk.load(*(_taken(item) for item in _pages(4, _PROMPT, first=8)))

    assert _lines(desk) == {("gazette", _PROMPT): (12, False)}


def test_a_batch_that_fails_teaches_nothing(desk: Newsdesk) -> None:
    """What is learned is written with the articles or not at all, and counted once when the batch is tried again."""
    batch = analyse(_pages(9, _PROMPT))
    naive = Visit(url_key=1, outcome=Outcome.TIMEOUT, validators=_NONE, next_try_at=datetime(2026, 1, 1))  # noqa: DTZ001

    with pytest.raises(Exception, match="without a zone"):
        desk.store.store_batch(desk.run_id, batch, known=Counter(), cleaner=CLEANER, now=NOON, visits=[naive])
    assert desk.counts()["variant"] == len(_lines(desk)) == 0

    desk.store.store_batch(desk.run_id, batch, known=Counter(), cleaner=CLEANER, now=NOON)

    assert _lines(desk) == {("gazette", _PROMPT): (9, False)}


def test_what_is_applied_is_not_due(desk: Newsdesk) -> None:
    """A line is due until its site's earlier articles have lost it; a further one makes the site due again."""
    desk.load(*_pages(9, _PROMPT))
    due = unapplied(desk.engine)
    mark_applied(desk.engine, due)
    after = unapplied(desk.engine)
    desk.load(*_pages(9, _AUTHOR, first=20))

    assert (due, after) == ({"gazette.example": _KEYS}, {})
    assert unapplied(desk.engine) == {"gazette.example": frozenset(line_keys([_PROMPT, _AUTHOR]))}


def test_a_recleaned_text_is_no_correction(desk: Newsdesk) -> None:
    """The earlier text is kept with its reason, and the story is no newer than it was."""
    first, second = _pages(2, _PROMPT)
    desk.load(first, second)

    tally = _reclean(desk, [_taken(first)])
    again = _reclean(desk, [_taken(first)])

    assert (tally, again) == ({Outcome.RECLEANED: 1}, {Outcome.UNCHANGED: 1})
    assert desk.rows(tables.Revision, "text", "reason") == [(first.text, "cleaning")]
    assert desk.variants("text") == {"gazette/0": prose(0), "gazette/1": second.text}
    assert sorted(row[1] for row in desk.rows(tables.Change, "id", "kind")) == ["created", "created", "recleaned"]
    assert {row[1] for row in desk.rows(tables.Story, "id", "last_seen_at")} == {NOON}


def test_a_text_that_changed_meanwhile_stays(desk: Newsdesk) -> None:
    """A cleaning of what the outlet has replaced since is left alone."""
    (old,) = _pages(1, _PROMPT)
    desk.load(old)
    desk.load(_page("gazette/0", 77))

    assert _reclean(desk, [_taken(old)]) == {Outcome.UNCHANGED: 1}
    assert desk.variants("text") == {"gazette/0": prose(77)}


def test_a_page_that_comes_again_without_its_furniture_is_recleaned(desk: Newsdesk) -> None:
    """The same article, fetched again after its site was learned, is no revision of the outlet's; other words are."""
    (page,) = _pages(1, _PROMPT)
    fetched = article("gazette/0", prose(0), raw_key=99, removed=_taken(page).removed, language="q0")

    assert desk.outcomes(page, fetched) == {Outcome.NEW_STORY: 1, Outcome.RECLEANED: 1}
    assert desk.outcomes(_page("gazette/0", 0, _PROMPT, "A late word.")) == {Outcome.REVISED: 1}
    assert [row[1] for row in desk.rows(tables.Revision, "number", "reason")] == ["cleaning", "outlet"]


def test_lines_met_once_are_forgotten(quick_desk: Newsdesk) -> None:
    """Of a very long run of lines, those that no site has had twice are dropped, and the others are found."""
    segments = Segments()
    chance = np.random.default_rng(1)
    twice = np.arange(5, dtype=np.uint64)
    with writing(quick_desk.engine) as db:
        for _ in range(8):
            once = chance.integers(10, 1 << 63, 1 << 17, dtype=np.uint64)
            keys, sites = np.concatenate((once, twice)), np.full(len(once) + len(twice), 3, np.uint32)
            segments.add(db, Kind.LINE, keys, sites)
        places, _ = segments.find(Kind.LINE, twice)
        lost, _ = segments.find(Kind.LINE, once)

    assert (len(places), len(lost)) == (40, 0)


def test_a_site_keeps_its_commonest_lines(desk: Newsdesk) -> None:
    """Of a site that repeats more lines than are kept, the rarest rows are dropped, and other sites lose none."""
    often = [f"A line of the harbour's table, number {number}, as every page has it." for number in range(MOST_ROWS)]
    seldom = [f"A line of the old quay's table, number {number}." for number in range(9)]
    lessons = [
        *[Lesson(site="gazette.example", lines=often)] * 4,
        *[Lesson(site="gazette.example", lines=seldom)] * 3,
        *[Lesson(site="echo.example", lines=["Ask the editor of the echo for what is missing."])] * 3,
    ]

    with writing(desk.engine) as db:
        learn(db, Segments(), lessons)

    kept = _lines(desk)
    assert {sample for site, sample in kept if site == "gazette"} == set(often)
    assert [pages for (site, _), (pages, _) in kept.items() if site == "echo"] == [3]


_NONE = Validators()


def _taken(page: Article) -> Article:
    return without(page, _KEYS)


def _reclean(desk: Newsdesk, pages: Sequence[Article]) -> dict[Outcome, int]:
    work = Reworked(recleaned=analyse(pages))
    tally = desk.store.rework(desk.run_id, work, known=Counter(), now=NOON + timedelta(hours=9))
    return {outcome: count for (_, outcome), count in tally.items()}
