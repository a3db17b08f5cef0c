"""`newsfold sources list`: how each source does."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from ingest.sources import Feed, Source
from newsfold import app
from query.sources import source_lines, summary, worst_first
from storage import tables
from storage.database import connected
from storage.views import SourceHealth
from tests.query.conftest import Answer, ask_newsfold
from tests.ready import make_ready
from tests.storage.live import poll as listed
from tests.storage.live import save
from tests.storage.stories import add, fill

LIST = """
[defaults]
every = "1h"
[[source]]
key = "northwire"
name = "North Wire"
feed = "https://northwire.example/feed"
[[source]]
key = "vesper"
site = "https://vesper.example/"
[[source]]
key = "moribund"
sitemap = "https://moribund.example/sitemap.xml"
[[source]]
key = "ailing"
feed = "https://ailing.example/feed"
[[source]]
key = "long-ailing"
feed = "https://long-ailing.example/feed"
[[source]]
key = "clippings"
urls = ["https://a.example/1"]
"""


def ago(**span: float) -> datetime:
    """Give the time so long ago."""
    return datetime.now(UTC) - timedelta(**span)


def poll(source: str, **more: Any) -> tables.Poll:  # Any: whichever column is to differ
    """Give where we stand with a source: it listed something ten minutes ago."""
    times: Any = {"polled_at": ago(minutes=10), "succeeded_at": ago(minutes=10), "newest_at": ago(minutes=10)}
    said: Any = {"next_due_at": ago(minutes=-20.2), "publishes_every_s": 5400.0}
    count: Any = {"failures": 0.0, "refusals": 0, "outcome": "listed", "detail": "12 listed, 3 new"}
    return tables.Poll(**{"source": source} | times | said | count | more)


def failing(source: str, since: datetime, **more: Any) -> tables.Poll:  # Any: as above
    """Give where we stand with a source that has failed since then."""
    said: Any = {"succeeded_at": None, "failing_since": since, "outcome": "unreachable", "detail": "connection refused"}
    return poll(source, **said | {"failures": 2.5} | more)


class Desk:
    """A list of sources, a database, and the command about both."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.path = folder / "sources.toml"
        self.path.write_text(LIST)

    def ask(self, *words: str) -> Answer:
        """Give the answer of `newsfold sources list`."""
        env = {"NEWSFOLD_DATABASE_URL": self.url, "NEWSFOLD_SOURCES": str(self.path)}
        result = CliRunner(env=env).invoke(app, ["sources", "list", *words])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return Answer(result.exit_code, result.stdout, result.stderr)

    def table(self, *words: str) -> dict[str, str]:
        """Give the lines of the answer by their first word, with single spaces."""
        return {line.split()[0]: " ".join(line.split()) for line in self.ask(*words).lines if line}


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Desk:
    """Give a desk at which all kinds of things have happened to sources."""
    fill(database_url)
    add(
        database_url,
        poll("northwire"),
        poll("vesper", newest_at=ago(days=30)),
        failing("moribund", ago(days=9), retired_at=ago(days=2), next_due_at=None, outcome="gone", detail="HTTP 410"),
        failing("ailing", ago(hours=3)),
        failing("long-ailing", ago(days=3), failures=7.0, next_due_at=ago(minutes=1)),
        poll("old-timer"),
    )
    return Desk(database_url, tmp_path)


def test_each_source_is_a_line(desk: Desk) -> None:
    """A source tells its state, last success, next turn, habit, what it gave and what it last answered."""
    lines = desk.table()

    assert lines["northwire"] == "northwire well 10 min ago in 20 min 90 min 0 1 1 12 listed, 3 new"
    assert lines["vesper"].startswith("vesper silent 30 d 10 min ago in 20 min")
    assert lines["ailing"].startswith("ailing failing 3.0 h never in 20 min")
    assert lines["ailing"].endswith("unreachable: connection refused (failures: 2.5)")
    assert lines["long-ailing"].startswith("long-ailing failing 3.0 d never now")
    assert lines["moribund"].startswith("moribund retired 2.0 d never never")
    assert lines["clippings"] == "clippings new now"


def test_the_sources_are_summed_up(desk: Desk) -> None:
    """The last line counts the listed sources by how they do, and adds up."""
    assert desk.ask().lines[-1] == "6 sources: 1 well, 2 failing, 1 silent, 1 retired, 1 never asked"


def test_what_is_not_in_the_list_any_more_stands_apart(desk: Desk) -> None:
    """A source that the database alone knows comes last, under a line that says so, and is never asked again."""
    lines = desk.ask().lines

    apart = lines.index("not in the list of sources any more")
    listed = [line.split()[0] for line in lines[1 : apart - 1]]
    assert listed == ["ailing", "clippings", "long-ailing", "moribund", "northwire", "vesper"]
    assert " ".join(lines[apart + 2].split()).startswith("old-timer well 10 min ago never")


def test_the_worst_come_first(desk: Desk) -> None:
    """--failing shows those alone that someone should look at: retired, failing, silent, each longest first."""
    answer = desk.ask("--failing")

    assert [line.split()[0] for line in answer.lines[1:-1]] == ["moribund", "long-ailing", "ailing", "vesper"]
    assert answer.lines[-1].startswith("6 sources: 1 well,")


def test_nothing_failing_is_one_line(tmp_path: Path) -> None:
    """Where all is well, --failing says so and is no failure."""
    url = f"sqlite:///{tmp_path}/stories.db"
    make_ready(url)
    desk = Desk(url, tmp_path)

    plain, as_json = desk.ask("--failing"), desk.ask("--failing", "--json")

    assert (plain.code, plain.stdout, plain.stderr) == (0, "6 sources: 6 never asked\n", "")
    assert json.loads(as_json.stdout) == []


def test_the_three_forms_say_the_same(desk: Desk) -> None:
    """JSON, JSON lines and CSV have the same sources and fields, those not listed any more included."""
    document = json.loads(desk.ask("--json").stdout)
    lines = [json.loads(line) for line in desk.ask("--jsonl").lines]
    rows = list(csv.DictReader(io.StringIO(desk.ask("--csv").stdout, newline="")))

    assert [entry | {"silent_s": None} for entry in document] == [line | {"silent_s": None} for line in lines]
    assert [list(row) for row in rows] == [list(entry) for entry in document]
    assert {entry["source"]: (entry["standing"], entry["is_listed"]) for entry in document} == {
        "ailing": ("failing", True),
        "clippings": ("new", True),
        "long-ailing": ("failing", True),
        "moribund": ("retired", True),
        "northwire": ("well", True),
        "old-timer": ("well", False),
        "vesper": ("silent", True),
    }
    by_key = {entry["source"]: entry for entry in document}
    assert by_key["vesper"]["silent_s"] > 29 * 86_400
    assert (by_key["vesper"]["kind"], by_key["vesper"]["address"]) == ("site", "https://vesper.example/")
    assert (by_key["northwire"]["name"], by_key["northwire"]["every_s"]) == ("North Wire", 3600.0)
    assert (by_key["clippings"]["kind"], by_key["clippings"]["address"]) == ("urls", None)


def test_what_waits_is_listed(own_url: str) -> None:
    """The pages that wait are a listing: of all or of one source, as a table and as data, a page at a time."""
    with connected(own_url) as engine:
        save(engine, listed("gazette", "gazette/1", "gazette/2"), listed("vesper", "vesper/1"))

    table = ask_newsfold("waiting", url=own_url)
    first = ask_newsfold("waiting", "--source", "gazette", "--limit", "1", "--jsonl", url=own_url)
    second = ask_newsfold(
        "waiting", "--source", "gazette", "--cursor", first.stderr.split()[-1], "--jsonl", url=own_url
    )

    assert [line.split()[0] for line in table.lines] == ["source", "gazette", "gazette", "vesper"]
    assert table.lines[3].split()[1:3] == ["now", "0"]
    urls = [json.loads(line)["url"] for line in (*first.lines, *second.lines)]
    assert sorted(urls) == ["https://www.gazette.example/1", "https://www.gazette.example/2"]
    assert ask_newsfold("waiting", "--source", "nobody", url=own_url).stderr == "newsfold: nothing found\n"
    assert ask_newsfold("waiting", "--cursor", "x", url=own_url).code == 2


def test_every_mistake_in_the_list_is_a_line(desk: Desk) -> None:
    """A list that cannot be used ends with 2 and no data."""
    desk.path.write_text('[[source]]\nkey = "A"\nfeed = "gopher://a.example"\n')

    answer = desk.ask("--json")

    assert (answer.code, answer.stdout) == (2, "")
    assert len(answer.stderr.splitlines()) == 2


def test_the_group_has_what_looks_after_the_list_too() -> None:
    """What reads the database and what changes sources.toml is one group of commands."""
    listed = ask_newsfold("sources", "--help", url="").stdout

    for command in ("list", "check", "import", "export", "probe"):
        assert f"\n  {command} " in listed


_NAMES = st.lists(st.sampled_from("abcdefgh"), unique=True)
_TIMES = st.none() | st.datetimes(timezones=st.just(UTC))


@st.composite
def _health(draw: st.DrawFn) -> list[SourceHealth]:
    return [
        SourceHealth(
            source=name,
            asked_url=None,
            polled_at=draw(_TIMES),
            succeeded_at=None,
            next_due_at=None,
            outcome="",
            detail="",
            failures=0.0,
            failing_since=draw(_TIMES),
            retired_at=draw(_TIMES),
            publishes_every_s=None,
            newest_at=None,
            silent_s=draw(st.none() | st.floats(1, 1e9)),
            waiting=0,
            stored=0,
            rejected=0,
        )
        for name in draw(_NAMES)
    ]


@given(_NAMES, _health())
def test_every_source_is_told_of_once(listed: list[str], health: list[SourceHealth]) -> None:
    """Each source, listed or known, has one line; the summary counts the listed ones, each in one way."""
    sources = [Source(key=key, name=key, kind=Feed(url=f"https://{key}.example/")) for key in listed]

    lines = source_lines(sources, health)

    assert [line.source for line in lines[: len(listed)]] == sorted(listed)
    assert sorted(line.source for line in lines) == sorted({*listed, *(one.source for one in health)})
    total, _, parts = summary(lines).partition(": ")
    assert total.split()[0] == (str(len(listed)) if listed else "no")
    assert sum(int(part.split()[0]) for part in parts.split(", ") if part) == len(listed)
    assert {line.standing for line in worst_first(lines)} <= {"retired", "failing", "silent"}
