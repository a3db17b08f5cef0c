"""What a record of our own archive says about itself."""

import base64
import json
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.archived import About, Kind, packed, unpacked
from ingest.document import Stated

_SHORT = st.none() | st.text(max_size=40)
_STATED = st.builds(
    Stated,
    title=_SHORT,
    byline=_SHORT,
    published_at=st.none()
    | st.datetimes(timezones=st.just(UTC), allow_imaginary=False).map(lambda at: at.replace(fold=0)),
    language=_SHORT,
    credit=_SHORT,
    media=st.lists(st.text(max_size=40), max_size=10).map(tuple),
    origin=st.text(max_size=10),
)
_ABOUT = st.builds(
    About, kind=st.sampled_from(Kind), source=_SHORT, stated=st.none() | _STATED, feed_text=st.none() | st.text()
)
_LONG = Stated(title="Storm", media=tuple(f"https://gazette.example/{n}/{'a' * 8_000}" for n in range(10)))


@given(_ABOUT)
def test_what_is_packed_comes_back(about: About) -> None:
    """Every value survives, and the field is one line."""
    field = packed(about)

    assert unpacked(field) == about
    assert repr(unpacked(field)) == repr(about)  # RawDocument.raw_key is made of it
    assert not {"\r", "\n", "\0"} & set(field)


@given(st.text())
@example("")
@example("null")
@example("[]")
@example('"newsfold"')
@example('{"newsfold": []}')
@example('{"newsfold": "page", "stated": {"media": 5}}')
@example('{"newsfold": "page", "stated": {"published_at": "0001-01-01T00:00:00+23:00"}}')
@example('{"newsfold": "page", "stated": {"published_at": "9999-12-31T23:59:59-23:00"}}')
@example('{"newsfold": "page", "feed_text": 5}')
@example('{"newsfold": "page", "feed_text": {"a": 1}}')
@example('{"newsfold": "page", "feed_text": "eJw="}')
@example("[" * 100_000)
@example('{"newsfold": "\ud800"}')
def test_any_string_is_read_or_is_not(field: str) -> None:
    """Nothing but an About or None comes of it."""
    found = unpacked(field)

    assert found is None or isinstance(found, About)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
_KEYS = ("title", "published_at", "media", "origin", "source")


@given(
    st.fixed_dictionaries(
        {"newsfold": st.sampled_from([*Kind])},
        optional={
            "source": _JSON,
            "stated": _JSON | st.dictionaries(st.sampled_from(_KEYS), _JSON),
            "feed_text": _JSON | st.binary().map(lambda body: base64.b64encode(body).decode()),
        },
    )
)
def test_any_json_is_read_or_is_not(values: dict[str, object]) -> None:
    """Whatever stands where something else should, nothing but an About or None comes of it."""
    found = unpacked(json.dumps(values))

    assert found is None or isinstance(found, About)


@pytest.mark.parametrize(
    "field", ["", "{}", '{"title": "by warcio"}', '{"newsfold": "letter"}', '{"newsfold": "page"', "[1, 2]"]
)
def test_what_others_wrote_is_not_ours(field: str) -> None:
    """Other programs use the field too."""
    assert unpacked(field) is None


def test_what_is_too_long_is_left_out() -> None:
    """Readers give up on long headers: the feed's text goes first, then the media, and the rest as a whole."""
    noise = "".join(Random(3).choices("abcdefghijklmnopqrstuvwxyz", k=200_000))
    full = About(kind=Kind.PAGE, source="gazette", stated=Stated(title="Storm"), feed_text=noise)
    pictured = replace(full, stated=_LONG)
    endless = replace(full, stated=Stated(title=noise))

    assert unpacked(packed(full)) == replace(full, feed_text=None)
    assert unpacked(packed(pictured)) == replace(full, feed_text=None)
    assert unpacked(packed(endless)) == About(kind=Kind.PAGE, source="gazette")
    assert max(len(packed(about).encode()) for about in (full, pictured, endless)) <= 48_000


def test_a_text_that_packs_well_fits() -> None:
    """A long article of a feed is kept as long as it can be."""
    about = About(kind=Kind.PAGE, feed_text="<p>The harbour office counted every boat.</p>" * 10_000)

    assert unpacked(packed(about)) == about


def test_a_bomb_is_not_unpacked() -> None:
    """A field that would unpack to more than a feed carries is none of ours."""
    bomb = base64.b64encode(zlib.compress(bytes(30 << 20), 9)).decode()

    assert len(bomb) < 48_000
    assert unpacked(f'{{"newsfold": "page", "feed_text": "{bomb}"}}') is None


def test_half_a_character_is_no_text() -> None:
    """What cannot be written as UTF-8 becomes a question mark, and nothing raises."""
    about = About(
        kind=Kind.PAGE, source="\ud800", stated=Stated(title="a\udfffb", media=("\ud800",)), feed_text="\ud800"
    )

    assert unpacked(packed(about)) == About(
        kind=Kind.PAGE, source="?", stated=Stated(title="a?b", media=("?",), origin="stated"), feed_text="?"
    )


def test_times_come_back_in_utc() -> None:
    """A time is the same moment in UTC; one without a zone says nothing."""
    at = datetime(2026, 11, 2, 9, 30, tzinfo=timezone(timedelta(hours=2)))
    naive = '{"newsfold": "page", "stated": {"published_at": "2026-11-02T09:30:00"}}'

    found, silent = unpacked(packed(About(stated=Stated(published_at=at)))), unpacked(naive)

    assert found is not None
    assert found.stated == Stated(published_at=datetime(2026, 11, 2, 7, 30, tzinfo=UTC))
    assert silent is not None
    assert silent.stated == Stated(origin="feed")
