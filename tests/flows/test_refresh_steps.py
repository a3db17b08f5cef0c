"""The steps of a refresh, walked in this process against a newsroom."""

import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from flows.loading.steps import run_load
from flows.progress import Watcher
from flows.refreshing.gathering import Gathering
from flows.refreshing.steps import OpenRefresh, run_refresh
from flows.settings import SettingProblem
from ingest.outcome import Outcome
from ingest.sources import SourcesProblem
from query.terminal.saying import DONE, IN_PART
from storage.check import check
from storage.database import connected, writing
from storage.reading import reading
from storage.watching.journal import list_rejections
from tests.faults.stores import partition
from tests.flows.newsroom_sources import (
    answers,
    outlets,
    page_visits,
    refresh,
    rows,
    settings_for,
    source,
    write_sources,
)
from tests.flows.newsstand import article, runs_of
from tests.newsroom import Newsroom

_SOON = timedelta(minutes=2)  # everything is due again
_LATER = timedelta(hours=2)  # a page may be asked again, where its source says that it changed
_CONSENT = Path(__file__).parents[1] / "cases" / "clean" / "cookie-wall" / "page.html"


def _every_kind(room: Newsroom, folder: Path) -> list[str]:
    """Give an outlet with three pages for each kind of source; and its block."""
    names = ["rss", "atom", "json", "sitemap", "index", "site", "listed", "filed"]
    rss, atom, json, sitemap, index, site, listed, filed = outlets(room, names, pages=3)
    (folder / "filed.txt").write_text("\n".join(filed.url(f"/news/page-{number}") for number in range(3)))
    urls = ", ".join(f'"{listed.url(f"/news/page-{number}")}"' for number in range(3))
    return [
        source(rss),
        source(atom, "/atom.xml"),
        source(json, "/feed.json"),
        source(sitemap, "/news-sitemap.xml", kind="sitemap"),
        source(index, "/sitemap_index.xml.gz", kind="sitemap"),
        source(site, "/", kind="site"),
        f'[[source]]\nkey = "listed"\nurls = [{urls}]\n',
        '[[source]]\nkey = "filed"\nurls = "filed.txt"\n',
    ]


def test_every_kind_of_source_gives_stories(room: Newsroom, tmp_path: Path, database_url: str) -> None:
    """Each page is a story of its own source; asked again, nothing but lists is asked for, and nothing has changed."""
    write_sources(tmp_path, *_every_kind(room, tmp_path))
    settings = settings_for(tmp_path, database_url)
    names = ["atom", "filed", "index", "json", "listed", "rss", "site", "sitemap"]

    first = refresh(settings)
    asked_first = {name: page_visits(room.outlet(name)) for name in names}
    for name in names:
        room.outlet(name).forget()
    second = refresh(settings, later=_SOON)

    assert (first.met, first.outcomes, first.stories) == (24, {Outcome.NEW_STORY: 24}, 24)
    assert first.by_source == {name: {Outcome.NEW_STORY: 3} for name in names}
    assert (first.exit_code, first.waiting, first.failing) == (DONE, 0, ())
    assert asked_first == {name: {f"/news/page-{number}": 1 for number in range(3)} for name in names}
    stored = {(str(key), str(url)) for key, url in rows(settings, "SELECT source, url FROM variant")}
    assert stored == {(name, room.outlet(name).url(f"/news/page-{number}")) for name in names for number in range(3)}
    assert (second.met, second.outcomes, second.stories) == (0, {}, 24)
    assert Counter(one.outcome for one in second.asked) == {"unchanged": 8}
    seen = {name: answers(room.outlet(name)) for name in names}
    assert {status for name in names if name != "index" for _, status in seen[name]} == {304}
    # What an index names may hold new pages though the index is the same.
    assert [path for path, _ in seen.pop("index")] == ["/sitemap_index.xml.gz", "/news-sitemap.xml"]
    assert sorted(map(len, seen.values())) == [0, 0, 1, 1, 1, 1, 1]
    assert [run.state for run in runs_of(settings.database_url)] == ["done", "done"]
    assert check(settings.database_url) == []


def test_only_what_is_new_is_fetched(room: Newsroom, tmp_path: Path) -> None:
    """A new page alone is fetched; an amended one (5.7) is a revision; a withdrawn one is gone, its story stays."""
    [gazette] = outlets(room, ["gazette"], pages=3)
    write_sources(tmp_path, source(gazette, "/atom.xml"))
    settings = settings_for(tmp_path)
    refresh(settings)
    gazette.forget()

    gazette.publish("fresh")
    newer = refresh(settings, later=_SOON)
    after_new = page_visits(gazette)
    gazette.amend("page-0", text=article(900), title="The dam holds after all")
    gazette.amend("page-1")
    gazette.put("/news/page-1", "Gone", status=410)
    amended = refresh(settings, later=_LATER)

    assert newer.outcomes == {Outcome.NEW_STORY: 1}
    assert after_new == {"/news/fresh": 1}
    assert amended.outcomes == {Outcome.REVISED: 1, Outcome.GONE: 1}
    assert amended.exit_code == DONE
    assert page_visits(gazette) == {"/news/fresh": 1, "/news/page-0": 1, "/news/page-1": 1}
    assert amended.stories == 4


def test_an_amended_page_is_asked_with_its_condition(room: Newsroom, tmp_path: Path) -> None:
    """Where the feed says that it changed and the server that it did not, it is unchanged."""
    [gazette] = outlets(room, ["gazette"], pages=1)
    write_sources(tmp_path, source(gazette, "/atom.xml"))
    settings = settings_for(tmp_path)
    refresh(settings)
    printed = gazette.visits[-1]
    gazette.amend("page-0")

    async def unchanged(_: object, writer: object) -> None:
        writer.write(b"HTTP/1.1 304 Not Modified\r\n\r\n")  # type: ignore[attr-defined]

    gazette.script("/news/page-0", unchanged)
    report = refresh(settings, later=_LATER)

    assert (printed.path, printed.status) == ("/news/page-0", 200)
    assert "if-none-match" in gazette.visits[-1].headers
    assert report.outcomes == {Outcome.UNCHANGED: 1}


def test_a_page_that_is_not_stored_is_asked_without_condition(room: Newsroom, tmp_path: Path) -> None:
    """Nothing is unchanged that was never taken: a wall is asked for in full again, and is a wall again."""
    [gazette] = outlets(room, ["gazette"], pages=1)
    reply = (("ETag", '"the-wall"'),)
    gazette.put("/news/page-0", _CONSENT.read_bytes(), headers=reply)
    write_sources(tmp_path, source(gazette, "/atom.xml"))
    settings = settings_for(tmp_path)

    first = refresh(settings)
    gazette.amend("page-0")
    second = refresh(settings, later=_LATER)

    assert first.outcomes == second.outcomes == {Outcome.WALL: 1}
    assert "if-none-match" not in gazette.visits[-1].headers


def _mixed_feed(links: list[str]) -> str:
    items = "".join(
        f"<item><title>Number {number}</title><link>{link}</link></item>" for number, link in enumerate(links)
    )
    return f'<rss version="2.0"><channel><title>mixed</title>{items}</channel></rss>'


def test_outcomes_of_all_sorts_add_up(room: Newsroom, tmp_path: Path) -> None:
    """Each page and each bad line ends in one outcome, is named where it is rejected, and hurts no other."""
    gazette = room.outlet("gazette")
    gazette.robots("User-agent: *\nDisallow: /secret")
    same = f"<html><body><article><h1>Not here</h1>{'<p>' + article(77) + '</p>'}</article></body></html>"
    pages = {
        Outcome.NEW_STORY: [gazette.publish("good", listed=False)],
        Outcome.ROBOTS: [gazette.url("/secret/plan")],
        Outcome.GONE: [gazette.put("/lost", "Gone", status=410), gazette.url("/never-was")],
        Outcome.HTTP_ERROR: [gazette.put("/broken", "Sorry", status=500), gazette.put("/no", "No", status=403)],
        Outcome.WALL: [gazette.put("/wall", _CONSENT.read_bytes())],
        Outcome.BINARY: [gazette.put("/report", b"%PDF-1.7\n" + bytes(500))],
        Outcome.NOT_HTML: [gazette.put("/picture", b"\x89PNG" + bytes(500), media_type="image/png")],
        Outcome.BOILERPLATE: [gazette.put(f"/old/{number}", same) for number in range(3)],
        Outcome.OPAQUE: ["https://news.google.com/rss/articles/CBMiQ2h0dHBzOi8vd3d3?oc=5"],
        Outcome.MALFORMED: ["javascript:alert(1)"],
    }
    feed = _mixed_feed([link for links in pages.values() for link in links])
    gazette.put("/mixed.xml", feed, media_type="application/rss+xml")
    write_sources(tmp_path, source(gazette, "/mixed.xml"))
    settings = settings_for(tmp_path)

    report = refresh(settings)

    assert report.outcomes == {outcome: len(links) for outcome, links in pages.items()}
    assert report.met == sum(report.outcomes.values())
    assert report.exit_code == IN_PART
    assert report.waiting == 1  # an answer of 500 may pass
    with reading(settings.database_url) as reader:
        rejections = list_rejections(reader, limit=100)
    named = {(one.outcome, one.url) for one in rejections}
    assert {one.source for one in rejections} == {"gazette"}
    assert named >= {
        (outcome.value, link)
        for outcome, links in pages.items()
        if outcome not in (Outcome.NEW_STORY, Outcome.MALFORMED)
        for link in links
    }
    assert Counter(outcome for outcome, _ in named) == {
        outcome.value: len(links) for outcome, links in pages.items() if outcome is not Outcome.NEW_STORY
    }


def test_1_17_a_text_of_many_pages_is_no_story(room: Newsroom, tmp_path: Path) -> None:
    """Three pages of a host with the very same text are boilerplate; the articles beside them are stories."""
    [gazette] = outlets(room, ["gazette"], pages=2)
    for number in range(4):
        gazette.publish(f"moved-{number}", title=f"Number {number}", text=article(5))
    write_sources(tmp_path, source(gazette))

    report = refresh(settings_for(tmp_path))

    assert report.outcomes == {Outcome.NEW_STORY: 2, Outcome.BOILERPLATE: 4}


def _long_article(number: int) -> str:
    return "\n".join(article(1000 * number + part) for part in range(5))


def test_the_feeds_text_stands_in_for_a_page_that_cannot_be_had(room: Newsroom, tmp_path: Path) -> None:
    """A page that is gone, or a wall, is an article all the same where the feed carries it; the variant says so."""
    gazette = room.outlet("gazette")
    gazette.full_text = True
    for number, slug in enumerate(("whole", "gone", "wall"), 1):
        gazette.publish(slug, text=_long_article(number))
    gazette.put("/news/gone", "Gone", status=404)
    gazette.put("/news/wall", _CONSENT.read_bytes())
    write_sources(tmp_path, source(gazette))
    settings = settings_for(tmp_path)

    report = refresh(settings)

    assert report.outcomes == {Outcome.NEW_STORY: 3}
    origins = set(rows(settings, "SELECT url, text_from FROM variant"))
    assert origins == {
        (gazette.url("/news/whole"), "page"),
        (gazette.url("/news/gone"), "feed"),
        (gazette.url("/news/wall"), "feed"),
    }


def test_a_feed_with_the_full_text_is_enough(room: Newsroom, tmp_path: Path) -> None:
    """With full_text_in_feed no page is asked for that the feed carries whole."""
    gazette = room.outlet("gazette")
    gazette.full_text = True
    gazette.publish("long", text=_long_article(1))
    gazette.publish("short")
    write_sources(tmp_path, source(gazette, more="full_text_in_feed = true"))
    settings = settings_for(tmp_path)

    report = refresh(settings)

    assert report.outcomes == {Outcome.NEW_STORY: 2}
    assert page_visits(gazette) == {"/news/short": 1}
    assert sorted(rows(settings, "SELECT text_from, text FROM variant"))[0] == ("feed", _long_article(1))


def test_only_asks_what_it_names(room: Newsroom, tmp_path: Path) -> None:
    """--only asks a source that is not due, and fetches its pages alone, whatever else waits."""
    gazette, echo = outlets(room, ["gazette", "echo"], pages=2)
    slow = 'every = "1h"'
    write_sources(tmp_path, source(gazette, more=slow), source(echo, more=slow))
    settings = settings_for(tmp_path)
    gazette.latency_s = echo.latency_s = 0.5
    refresh(replace(settings, refresh_s=0.9))  # both are asked, and their pages wait
    gazette.latency_s = echo.latency_s = 0.0
    gazette.forget()
    echo.forget()

    report = refresh(settings, "gazette")

    assert [one.source for one in report.asked] == ["gazette"]
    assert report.by_source == {"gazette": {Outcome.NEW_STORY: 2}}
    assert gazette.fetched("/feed.xml") == 1
    assert answers(echo) == []
    assert refresh(settings).by_source == {"echo": {Outcome.NEW_STORY: 2}}
    assert echo.fetched("/feed.xml") == 0


@pytest.mark.parametrize(
    ("block", "only", "problem", "words"),
    [
        ('[[source]]\nkey = "a"\nfed = "https://a.example/"\n', (), SourcesProblem, "fed"),
        ('[[source]]\nkey = "a"\nfeed = "https://a.example/"\n', ("b",), SettingProblem, "there is no source 'b'"),
        (
            '[[source]]\nkey = "a"\nfeed = "https://a.example/"\nallow_private = false\n',
            (),
            SettingProblem,
            "NEWSFOLD_CONTACT: ",
        ),
    ],
)
def test_a_mistake_leaves_nothing_behind(
    tmp_path: Path, block: str, only: tuple[str, ...], problem: type[Exception], words: str
) -> None:
    """What the list of sources or the command has wrong is said before anything is written."""
    write_sources(tmp_path, block)

    with pytest.raises(problem, match=words):
        refresh(settings_for(tmp_path, f"sqlite:///{tmp_path}/none.db"), *only)

    assert [path.name for path in tmp_path.iterdir()] == ["sources.toml"]


def test_an_archive_that_cannot_be_is_a_mistake(room: Newsroom, tmp_path: Path) -> None:
    """It is said which setting to change; no run begins."""
    write_sources(tmp_path, source(room.outlet("gazette")))
    settings = settings_for(tmp_path, NEWSFOLD_ARCHIVE=str(tmp_path / "sources.toml" / "archive"))

    with pytest.raises(SettingProblem, match="NEWSFOLD_ARCHIVE: no folder can be made"):
        refresh(settings)

    assert rows(settings, "SELECT * FROM run") == []


_NO_OUTLETS = "CREATE TRIGGER never BEFORE INSERT ON outlet BEGIN SELECT RAISE(ABORT, 'no outlets'); END"


def test_a_start_that_fails_leaves_nothing_open(room: Newsroom, tmp_path: Path) -> None:
    """Its run row says why, and nothing signs for it any more."""
    write_sources(tmp_path, source(room.outlet("gazette"), more='publisher = "Gazette Group"'))
    settings = settings_for(tmp_path)
    with connected(settings.database_url) as engine, writing(engine) as db:
        db.execute(text(_NO_OUTLETS))

    with pytest.raises(IntegrityError, match="no outlets"):
        refresh(settings)

    [run] = runs_of(settings.database_url)
    assert (run.state, run.error) == ("failed", "IntegrityError: no outlets")
    assert not _threads_of_a_run()


class Unmade(OpenRefresh):
    """A refresh that finds no way to fetch anything, once its network runs."""

    async def _make_gathering(self) -> Gathering:
        raise OSError("no descriptor is left")


def test_a_network_ends_with_a_start_that_fails(room: Newsroom, tmp_path: Path) -> None:
    """Its thread too is ended, and the run row says why."""
    write_sources(tmp_path, source(room.outlet("gazette")))
    settings = settings_for(tmp_path)

    with pytest.raises(OSError, match="no descriptor"), Unmade(settings, watch=Watcher()):
        pytest.fail("it began")

    assert [run.error for run in runs_of(settings.database_url)] == ["OSError: no descriptor is left"]
    assert not _threads_of_a_run()


def _threads_of_a_run() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name.startswith(("signs of life", "network"))]


def test_nothing_due_is_a_run_too(room: Newsroom, tmp_path: Path) -> None:
    """A run with nothing to do ends well, and asks nobody."""
    [gazette] = outlets(room, ["gazette"], pages=1)
    write_sources(tmp_path, source(gazette, more='every = "1h"'))
    settings = settings_for(tmp_path)
    refresh(settings)
    gazette.forget()

    report = refresh(settings)

    assert (report.met, report.asked, report.exit_code) == (0, (), DONE)
    assert answers(gazette) == []


def test_a_retired_source_that_moved_is_asked_again(room: Newsroom, tmp_path: Path) -> None:
    """A feed that is gone for good is asked no more, until the list of sources names another address for it."""
    gazette, echo = outlets(room, ["gazette", "echo"], pages=1)
    gazette.break_down(410, path="/feed.xml")
    write_sources(tmp_path, source(gazette), source(echo))
    settings = settings_for(tmp_path)

    first = refresh(settings)
    second = refresh(settings, later=_SOON)
    write_sources(tmp_path, source(gazette, "/atom.xml"), source(echo))
    moved = refresh(settings, later=2 * _SOON)

    assert [(one.source, one.outcome) for one in first.failing] == [("gazette", "gone")]
    assert [one.source for one in second.asked] == ["echo"]
    assert moved.by_source == {"gazette": {Outcome.NEW_STORY: 1}}


def test_an_archive_gives_the_same_stories(room: Newsroom, tmp_path: Path) -> None:
    """What a refresh kept, loaded into an empty database, is the same stories with the same sources and titles."""
    gazette, echo, post = outlets(room, ["gazette", "echo", "post"], pages=3)
    gazette.publish("shared", title="Ferry runs again", text=_long_article(3))
    echo.publish("shared", title="Ferry is back", text=_long_article(3), credit="Northwire")
    post.full_text = True
    post.publish("carried", text=_long_article(4))
    post.put("/news/carried", "Gone", status=404)
    write_sources(tmp_path, source(gazette, "/atom.xml"), source(echo), source(post, "/feed.json"))
    settings = settings_for(tmp_path, NEWSFOLD_ARCHIVE=str(tmp_path / "archive"))
    again = settings_for(tmp_path, f"sqlite:///{tmp_path}/again.db")

    report = refresh(settings)
    run_load([str(tmp_path / "archive")], source=None, settings=again, watch=Watcher())

    sql = "SELECT source, url, title, text, text_from, published_at, byline FROM variant"
    assert report.outcomes == {Outcome.NEW_STORY: 11, Outcome.VARIANT: 1}
    assert set(rows(again, sql)) == set(rows(settings, sql))
    assert partition(again.database_url) == partition(settings.database_url)


def test_whoever_watches_is_told_all(room: Newsroom, tmp_path: Path) -> None:
    """The sources expected are those asked, and the documents those met."""
    [gazette] = outlets(room, ["gazette"], pages=3)
    write_sources(tmp_path, source(gazette))
    told: Counter[str] = Counter()

    class Counting(Watcher):
        def expect(self, sources: int) -> None:
            told["expected"] += sources

        def polled(self, sources: int) -> None:
            told["polled"] += sources

        def stored(self, documents: int) -> None:
            told["stored"] += documents

    run_refresh((), settings=settings_for(tmp_path), watch=Counting())

    assert told == {"expected": 1, "polled": 1, "stored": 3}
