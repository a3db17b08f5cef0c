"""What the header of an answer says, as far as it is believed."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fetch.fields import charset_of, conditions_of, location_of, media_type_of, retry_after_s, validators_of
from ingest.fetch.response import Validators

_NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("120", 120.0),
        (" 120 ", 120.0),
        ("0", 60.0),
        ("9" * 5_000, 86_400.0),
        (format_datetime(_NOW + timedelta(minutes=5), usegmt=True), 300.0),
        (format_datetime(_NOW - timedelta(days=5), usegmt=True), 60.0),
        ("Sun, 22 Nov 2026 12:05:00", 300.0),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 86_400.0),
        *[(junk, None) for junk in ("", "-5", "soon", "1e3", "٣", "Mon, 99 Nov 2026 00:00:00 GMT", "1" + " 2" * 999)],
    ],
)
def test_retry_after(text: str, expected: float | None) -> None:
    """Seconds or a date, clamped to a minute and a day; junk is ignored."""
    assert retry_after_s(text, _NOW) == expected


@given(st.text())
def test_retry_after_of_any_text(text: str) -> None:
    """Any text is a rest of a minute to a day, or none."""
    seconds = retry_after_s(text, _NOW)

    assert seconds is None or 60.0 <= seconds <= 86_400.0


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("text/html; charset=UTF-8", ("text/html", "utf-8")),
        ('Text/HTML ;q=1; Charset = "iso-8859-1"', ("text/html", "iso-8859-1")),
        ("application/rss+xml", ("application/rss+xml", None)),
        ("text/html, text/html; charset=x", ("text/html", "x")),
        ("", ("", None)),
        (";charset=", ("", None)),
    ],
)
def test_content_type(content_type: str, expected: tuple[str, str | None]) -> None:
    """The media type is lower case and bare; the charset is what is claimed."""
    assert (media_type_of(content_type), charset_of(content_type)) == expected


@given(st.text(max_size=20) | st.just("x" * 1025))
def test_validators_can_be_sent_as_they_came(text: str) -> None:
    """What is kept of a validator is what came, and can stand in a header; the rest is not kept."""
    kept = validators_of({"etag": text})
    sent = conditions_of(Validators(etag=text, last_modified=None))

    assert kept.etag in (text, None)
    assert sent == ([("If-None-Match", text)] if kept.etag else [])
    assert kept.etag is None or (kept.etag.isprintable() and kept.etag.isascii() and len(kept.etag) <= 1024)


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/b", "http://gazette.example/b"),
        ("c?d", "http://gazette.example/a/c?d"),
        ("//other.example/", "http://other.example/"),
        ("https://other.example/x", "https://other.example/x"),
        ("http:///etc/passwd", "http:///etc/passwd"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("//[::1", None),
        ("", None),
        (None, None),
    ],
)
def test_location(location: str | None, expected: str | None) -> None:
    """A redirect leads where a browser would go, or nowhere."""
    assert location_of(location, "http://gazette.example/a/b") == expected
