"""An input comes out of the database as it went in."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ingest.document import RawDocument, Stated, TextOrigin
from storage.blobs import pack_raw, unpack_raw

_TIMES = st.datetimes(min_value=datetime(1990, 1, 1), timezones=st.just(UTC)).map(lambda at: at.replace(fold=0))  # noqa: DTZ001  hypothesis adds the zone
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_MAYBE = st.none() | _TEXTS
_STATED = st.builds(
    Stated,
    title=_MAYBE,
    byline=_MAYBE,
    published_at=st.none() | _TIMES,
    language=_MAYBE,
    credit=_MAYBE,
    media=st.lists(_TEXTS, max_size=3).map(tuple),
    origin=_TEXTS,
)
_RAWS = st.builds(
    RawDocument,
    source=_MAYBE,
    folder=_TEXTS,
    url=_TEXTS,
    fetched_at=_TIMES,
    body=st.binary(max_size=200),
    media_type=_TEXTS,
    charset=_MAYBE,
    stated=st.none() | _STATED,
    text_from=st.sampled_from(TextOrigin),
    feed_text=_MAYBE,
)


@given(_RAWS)
def test_an_input_is_kept_as_it_came(raw: RawDocument) -> None:
    """Byte by byte, with all that was said of it: it has the same key."""
    again = unpack_raw(pack_raw(raw))

    assert again == raw
    assert again.raw_key == raw.raw_key


def test_an_address_that_is_no_unicode_is_kept() -> None:
    """A lone surrogate, which no JSON takes, is replaced; the body stays."""
    raw = RawDocument(
        source=None,
        folder="inbox",
        url="caf\udce9.html",
        fetched_at=datetime(2026, 5, 20, tzinfo=UTC),
        body=b"\xff\n\0",
        media_type="text/html",
        stated=Stated(title="\ud800"),
    )

    again = unpack_raw(pack_raw(raw))

    assert (again.url, again.body) == ("caf?.html", b"\xff\n\0")
    assert again.stated == Stated(title="?")
