"""What a robots.txt says to us, whoever wrote it."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fetch.hosts import RobotsFile, RobotsState
from ingest.fetch.robots import MOST_BYTES, is_forbidding, is_fresh, read_rules, whole_lines

_PAGE = "https://gazette.example/news/ferry?page=2"
_NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
_LINES = st.sampled_from(
    [
        "User-agent: *",
        "user-agent newsfold/2.0",
        "User agent: otherbot",
        "Disallow: /",
        "Allow: /news/*?page=$",
        "Disallow: /*/",
        "Crawl-delay: 7",
        "Crawl-delay: -1e999",
        "Sitemap: /x",
        "# nothing",
        ":",
        "\x00",
    ]
)


@given(st.binary(max_size=500) | st.lists(_LINES | st.text(max_size=30)).map(lambda lines: "\n".join(lines).encode()))
def test_any_bytes_give_rules(body: bytes) -> None:
    """Nothing raises, and a delay is between none and a minute."""
    rules = read_rules(body)

    assert rules.allows(_PAGE) in (True, False)
    assert 0.0 <= rules.delay_s <= 60.0


@pytest.mark.parametrize(
    ("lines", "is_allowed"),
    [
        ("", True),
        ("User-agent: *\nDisallow: /news", False),
        ("User-agent: *\nDisallow: /news\nUser-agent: newsfold\nDisallow: /desk", True),
        ("User-agent: *\nDisallow: /desk\nUser-agent: NewsFold/1.0 bot\nDisallow: /news", False),
        ("User-agent: newsfolder\nDisallow: /\nUser-agent: my-newsfold\nDisallow: /", True),
        ("User-agent: otherbot\nUser-agent: newsfold\nDisallow: /", False),
        ("User-agent: otherbot\nDisallow: /\nUser-agent: thatbot\nDisallow: /", True),
        ("User-agent: *\nDisallow: /news\nAllow: /news/ferry", True),
        ("User-agent: *\nDisallow: /*page=2$", False),
        ("User-agent: *\nDisallow: /news # not for robots\n", False),
        ("\ufeffUser-agent: *\nDisallow: /", False),
        ("<!doctype html><p>Disallow: /</p>", True),
        ("User-agent: *\nDisallow: /" + "x" * 3_000 + "\nDisallow: /news", False),
    ],
)
def test_rules_for_us(lines: str, is_allowed: bool) -> None:
    """Our own group counts, else everyone's; the longest rule wins (RFC 9309, 2.2)."""
    assert read_rules(lines.encode()).allows(_PAGE) is is_allowed


@pytest.mark.parametrize(
    ("said", "expected"),
    [("5", 5.0), ("0.5", 0.5), ("1e308", 60.0), ("-5", 0.0), ("nan", 0.0), ("inf", 0.0), ("x", 0.0)],
)
def test_crawl_delay(said: str, expected: float) -> None:
    """A delay is obeyed up to a minute; what is no delay is ignored."""
    assert read_rules(f"User-agent: *\nCrawl-delay: {said}".encode()).delay_s == expected


@pytest.mark.parametrize(
    "body",
    [
        b"".join(b"User-agent: bot%d\n" % number for number in range(12_000)) + b"Disallow: /x\n" * 18_000,
        b"".join(b"User-agent: newsfold%d\nDisallow: /%d\n" % (number, number) for number in range(12_000)),
        b"User-agent: *\n" + b"Disallow: /" + b"*a" * 240_000,
        b"User-agent: *\n" + (b"Disallow: /" + b"*a" * 900 + b"$\n") * 270,
        b"User-agent: *\n" + b"Disallow: /$$$$$$$$$$\n" * 22_000,
        b"User-agent: *\nDisallow: /" + b"%41" * 160_000,
        b"User-agent:" + b" " * 490_000 + b"*",
    ],
    ids=["agents", "near names", "one long rule", "wildcards", "dollars", "escapes", "blanks"],
)
def test_hostile_files_are_read_at_once(body: bytes) -> None:
    """Half a megabyte of anything is read, and asked, in less than a moment."""
    began = time.process_time()

    rules = read_rules(body)
    rules.allows("https://gazette.example/" + "a" * 8_000)

    assert time.process_time() - began < 1.5


def test_a_line_cut_by_the_limit_is_dropped() -> None:
    """Half of a rule would forbid more than the whole."""
    line = b"Disallow: /desk/of/the/editor\n"
    body = (b"User-agent: *\n" + line * 20_000)[:MOST_BYTES]

    kept = whole_lines(body)

    assert kept.endswith(b"/editor")
    assert read_rules(kept).allows("https://gazette.example/d")
    assert whole_lines(line) == line


def _file(state: RobotsState, *, age: timedelta, failing: timedelta | None = None) -> RobotsFile:
    since = None if failing is None else _NOW - failing
    return RobotsFile(origin="https://a.example:443", state=state, fetched_at=_NOW - age, failing_since=since)


def test_how_long_a_file_is_good() -> None:
    """A day (RFC 9309, 2.4), but half an hour where there was none to be had for now."""
    assert is_fresh(_file(RobotsState.FOUND, age=timedelta(hours=23)), _NOW)
    assert not is_fresh(_file(RobotsState.NONE, age=timedelta(hours=25)), _NOW)
    assert is_fresh(_file(RobotsState.UNREACHABLE, age=timedelta(minutes=20)), _NOW)
    assert not is_fresh(_file(RobotsState.UNREACHABLE, age=timedelta(minutes=40)), _NOW)


def test_how_long_an_unreachable_file_forbids() -> None:
    """Thirty days (RFC 9309, 2.3.1.4); one that is found or not there forbids nothing by itself."""
    short, long = timedelta(days=29), timedelta(days=31)

    assert is_forbidding(_file(RobotsState.UNREACHABLE, age=timedelta(), failing=short), _NOW)
    assert not is_forbidding(_file(RobotsState.UNREACHABLE, age=timedelta(), failing=long), _NOW)
    assert not is_forbidding(_file(RobotsState.NONE, age=timedelta()), _NOW)
