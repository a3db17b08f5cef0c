"""The small pure parts of the command line: times, safe text, reasons."""

import doctest
import re
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import safe
from ingest.safe import visible
from query import reasons, sources
from query.reasons import evidence_words, losers
from query.terminal import since
from query.terminal.since import parse_since

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize("module", [reasons, safe, since, sources])
def test_the_examples_in_the_docstrings_hold(module: object) -> None:
    """Doctests are true."""
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]  # parametrized modules are objects


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("90m", "2026-05-20T10:30:00+00:00"),
        ("7d", "2026-05-13T12:00:00+00:00"),
        ("2w", "2026-05-06T12:00:00+00:00"),
        ("2026-05-20", "2026-05-20T00:00:00+00:00"),
        ("2026-05-20T14:00", "2026-05-20T14:00:00+00:00"),
        ("2026-05-20T14:00+02:00", "2026-05-20T12:00:00+00:00"),
        (" 2026-05-20T14:00Z ", "2026-05-20T14:00:00+00:00"),
    ],
)
def test_since_is_a_span_or_a_time(text: str, time: str) -> None:
    """A time without a zone is UTC."""
    assert parse_since(text, NOW).isoformat() == time


@given(st.text(max_size=12) | st.from_regex(r"\A\d{1,9}[mhdw]\Z") | st.from_regex(r"\A\d{4}-\d\d-\d\d.*\Z"))
def test_since_is_a_utc_time_or_one_line(text: str) -> None:
    """Whatever is written is understood, or said to be no time."""

    def answer() -> str:
        try:
            return parse_since(text, NOW).strftime("%Z")
        except ValueError as error:
            return str(error)

    assert answer() == "UTC" or re.fullmatch(r".* is no time: write 24h, 7d, .*", answer())


@given(st.text(st.characters(codec=None)))
def test_visible_text_has_nothing_to_obey(text: str) -> None:
    """No control character is left, nor what turns the direction of writing."""
    shown = visible(text)

    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Zl", "Zp"}
    assert not [char for char in shown if unicodedata.bidirectional(char) in {"LRE", "RLE", "LRO", "RLO", "LRI", "RLI"}]


def test_the_evidence_of_a_text_ends_with_the_passages() -> None:
    """What agrees comes first, then what differs, and the passages last; what does not differ is not said."""
    words = evidence_words(
        {
            "passages": [[0, 40, 3, 43], [41, 60, 44, 63]],
            "jaccard": 1.0,
            "aligned": [0.97, 0.6],
            "shared_shingles": 41,
            "numbers": 2,
            "names": 0,
            "words": 1,
        }
    )

    assert words == [
        "Jaccard 1.00",
        "0.97 of the shorter text and 0.60 of the longer run side by side",
        "41 shared shingles",
        "2 numbers differ",
        "1 word differs",
        "shared passages: 2, the longest of 40 tokens",
    ]


def test_the_evidence_of_an_event_begins_with_the_terms() -> None:
    """What a person understands is said, and not what a model weighed, nor what is unknown."""
    words = evidence_words(
        {
            "features": {"cosine": 0.41, "names": 2},
            "terms": ["furnace", "Orrin"],
            "hours": None,
            "members": 3,
            "mean": 0.7,
        }
    )

    assert words == [
        "shared terms: furnace, Orrin",
        "compared with 3 of the story's variants",
    ]


def test_evidence_of_a_kind_not_known_yet_is_shown_all_the_same() -> None:
    """A feature that is new to this release is named and shown."""
    assert evidence_words({"same_photo": True}) == ["same photo True"]


def test_a_reason_without_losers_has_none() -> None:
    """A story of one variant has nobody who lost."""
    assert losers({"rule": "the only variant"}) == []
