"""Feeds that mean harm, or are only large. What ordinary feeds give is in cases/feeds."""

import gzip
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fetch.entries import MOST_ENTRIES
from ingest.fetch.feeds import read_feed
from ingest.outcome import Outcome, Refused
from tests.ingest.fetch.listings import NOW, URL, item, listing, rss, titles

_TAGS = 700_000  # of 7 bytes: 5 MB


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE r [<!ENTITY % p "x">]>',
        '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE r [<!ENTITY % d SYSTEM "http://127.0.0.1:9/x.dtd"> %d;]>',
        '<!-- first -->\n<!DOCTYPE r PUBLIC "x" "y" [<!ENTITY a "x">]>',
    ],
)
def test_5_02_and_5_03_declared_entities_are_refused(declared: str) -> None:
    """A document that declares an entity of any sort is refused as soon as it does, used or not."""
    with pytest.raises(Refused) as refused:
        listing(declared + rss(item(1)))

    assert refused.value.outcome is Outcome.MALFORMED


def test_5_02_an_entity_of_10_mb_costs_nothing() -> None:
    """A long entity is refused where it is declared."""
    body = '<!DOCTYPE r [<!ENTITY a "' + "x" * 10_000_000 + '">]>' + rss(item(1, "<category>&a;</category>"))
    began = time.process_time()

    with pytest.raises(Refused, match="declares entities"):
        listing(body)

    assert time.process_time() - began < 2


_HOSTILE: dict[str, Callable[[], str]] = {
    "comments_begun_in_a_description": lambda: f"<description><![CDATA[{'<!--' * 100_000}]]></description>",
    "comments_begun_in_content": lambda: f"<content type='html'><![CDATA[{'<!--' * 100_000}]]></content>",
    "comments_begun_in_a_title": lambda: f"<subtitle>{'&lt;!--' * 100_000}</subtitle>",
    "tags_begun_in_an_author": lambda: f"<author>{'&lt;a' * 100_000}</author>",
    "50,000_attributes": lambda: "<category" + "".join(f" a{n}=''" for n in range(50_000)) + "/>",
    "5_mb_of_tags_in_a_description": lambda: f"<description>{'<b></b>' * _TAGS}</description>",
    "5_mb_of_tags_in_content": lambda: f"<content type='xhtml'>{'<b></b>' * _TAGS}</content>",
    "5_mb_of_escaped_tags": lambda: f"<content type='html'>{'&lt;b&gt;' * (_TAGS * 7 // 9)}</content>",
    "half_a_megabyte_of_digits": lambda: f"<pubDate>{'9' * 500_000}</pubDate>",
    "200,000_references": lambda: f"<author>{'&#128512;' * 200_000}</author>",
}


@pytest.mark.parametrize("more", _HOSTILE.values(), ids=_HOSTILE)
def test_5_04_one_hostile_field_costs_little_and_no_other_item(more: Callable[[], str]) -> None:
    """What is slow for parsers is quick here, and each item is kept with what is usable of it."""
    body = rss(item(1), item(2, more()), item(3))
    began = time.process_time()

    found = listing(body)

    assert time.process_time() - began < 8
    assert titles(found) == ["Item 1", "Item 2", "Item 3"]


def test_5_04_fields_left_out_for_their_length_are_told_of() -> None:
    """A field beyond a megabyte is left out, and the listing says so."""
    found = listing(rss(item(1, f"<content type='html'>{'word ' * 250_000}</content>")))

    assert found.entries[0].content is None
    assert found.notes == ("left out: 1 fields too long to be of an article",)


@pytest.mark.parametrize("before", ["<rss><channel>", "<rss>", "<urlset>", "<urlset><url>"])
def test_5_04_tags_without_end_are_left_alone(before: str) -> None:
    """Elements one in another without end are refused long before they fill the memory."""
    began = time.process_time()

    with pytest.raises(Refused, match="nested too deep"):
        listing(before + "<b>" * 3_000_000)

    assert time.process_time() - began < 2


def test_5_04_items_full_of_tags_are_read_until_it_is_enough() -> None:
    """A feed of more tags than feedparser has time for is cut behind an item, and the rest is told of."""
    began = time.process_time()

    found = listing(rss(*(item(n, f"<content type='xhtml'>{'<b></b>' * 4_000}</content>") for n in range(100))))

    assert time.process_time() - began < 8
    assert len(found.entries) == 14
    assert found.notes == ("cut at the first 14 entries of 100",)


def test_5_05_the_first_5000_items_are_kept_within_seconds() -> None:
    """Of more items the first 5,000 are kept, in two seconds or three, and the rest is told of."""
    more = "<description>A line.</description><pubDate>Fri, 31 Jul 2026 10:00:00 +0200</pubDate><guid>g</guid>"
    body = rss(*(item(n, more) for n in range(MOST_ENTRIES + 100)))
    began = time.process_time()

    found = listing(body)

    assert time.process_time() - began < 8
    assert titles(found) == [f"Item {n}" for n in range(MOST_ENTRIES)]
    assert found.notes == ("cut at the first 5,000 entries of 5,100",)


def test_5_09_of_a_long_feed_that_is_badly_nested_the_first_items_are_recovered() -> None:
    """A mistake at the start of a long feed costs no item before the place where mending ends."""
    found = listing(rss("<b></i></b>", *(item(n) for n in range(MOST_ENTRIES))))

    assert len(found.entries) > 4_000
    assert [note.partition(" ")[0] for note in found.notes] == ["partial:", "cut"]


def test_5_09_prefixes_that_are_never_declared_are_known() -> None:
    """An undeclared prefix means what it usually does, and the feed is as good as any."""
    found = listing(rss(item(1, "<dc:creator x:y='z'>Mara Quill</dc:creator>"), item(2)))

    assert (found.entries[0].byline, found.notes) == ("Mara Quill", ())


@pytest.mark.parametrize("text", ["/etc/hostname", "file:///etc/hostname", "https://127.0.0.1:9/"])
def test_5_03_what_looks_like_an_address_is_never_opened(text: str) -> None:
    """A document is read as such, whatever it looks like."""
    with pytest.raises(Refused, match="no item can be read"):
        read_feed(text.encode(), kind="rss", url=URL, now=NOW)


def test_what_breaks_feedparser_is_malformed() -> None:
    """A feed on which feedparser fails is refused as any malformed one."""
    with pytest.raises(Refused) as refused:
        listing(rss("<item><author_detail>x</author_detail><author><name>N</name></author></item>", item(2)))

    assert refused.value.outcome is Outcome.MALFORMED


_LONG = " ".join(f"word{n}" for n in range(250))


@pytest.mark.parametrize(
    ("field", "unless_asked", "if_asked"),
    [
        (f"<description><![CDATA[<p>{_LONG}</p>]]></description>", None, f"<p>{_LONG}</p>"),
        (f"<summary>{_LONG}</summary>", None, f"<p>{_LONG}</p>"),
        ("<description>A line.</description>", None, None),
        (f"<description>{_LONG}</description><itunes:summary>{_LONG} again</itunes:summary>", None, _LONG),
        (f"<content:encoded>{_LONG} and more</content:encoded>", f"{_LONG} and more", f"{_LONG} and more"),
    ],
    ids=["description", "summary", "short", "podcast", "content"],
)
def test_a_description_is_the_article_only_if_the_source_says_so(
    field: str, unless_asked: str | None, if_asked: str | None
) -> None:
    """A long description stands for the page only where the feed is said to carry its articles whole."""
    body = rss(item(1, field))

    assert listing(body).entries[0].content == unless_asked
    assert listing(body, full_text=True).entries[0].content == if_asked


def test_5_06_new_guids_make_no_new_pages() -> None:
    """The same links under other guids are the same pages."""
    first = listing(rss(*(item(n, f"<guid>a{n}</guid>") for n in range(3))))
    second = listing(rss(*(item(n, f"<guid>b{n}</guid>") for n in range(3))))

    assert [entry.url for entry in first.entries] == [entry.url for entry in second.entries]


def test_5_09_a_feed_cut_anywhere_keeps_its_whole_items() -> None:
    """However much of a feed arrives, the items that arrived whole are kept, and no half one."""
    body = rss(*map(item, range(4))).encode()
    for cut in range(body.index(b"</item>") + len(b"</item>"), len(body)):
        found = listing(body[:cut])

        assert len(found.entries) == body[:cut].count(b"</item>")
        assert any(note.startswith("partial: ") for note in found.notes)


@pytest.mark.parametrize("charset", ["utf-7", "unicode_escape", "punycode", "idna", "zlib_codec", "\xe0\x80\x8f", "\0"])
def test_3_05_only_encodings_of_the_web_are_heeded(charset: str) -> None:
    """A charset that is none of the web's is as good as none, in header and declaration alike."""
    plain = rss(item(1, "<author>Zoë +AGE- \\u0041</author>"))
    declared = b'<?xml version="1.0" encoding="' + charset.encode("latin-1") + b'"?>' + plain.encode()

    for found in (listing(plain, charset=charset), listing(declared), listing(declared, charset=charset)):
        assert found.entries[0].byline == "Zoë +AGE- \\u0041"


@pytest.mark.parametrize("codec", ["utf-16", "utf-8-sig", "cp1252", "iso-8859-15", "koi8-r", "gb18030", "euc-kr"])
def test_3_05_declared_encodings_are_heeded(codec: str) -> None:
    """A feed is read in the encoding that it declares, or that its byte order mark does."""
    name = {"koi8-r": "Шлюз", "gb18030": "水闸", "euc-kr": "수문"}.get(codec, "Zoë")
    body = f'<?xml version="1.0" encoding="{codec.removesuffix("-sig")}"?>' + rss(item(1, f"<author>{name}</author>"))

    found = listing(body.encode(codec))

    assert found.entries[0].byline == name


@given(st.integers(min_value=0, max_value=2**40), st.booleans())
def test_3_06_any_number_may_be_a_reference(number: int, is_hex: bool) -> None:
    """A reference to any number at all leaves a title that can be stored, and the other items."""
    written = f"&#x{number:x};" if is_hex else f"&#{number};"

    found = listing(rss(f"<item><title>a {written} b</title><link>/1</link></item>", item(2)))

    assert len(found.entries) == 2
    str(found.entries[0].title).encode("utf-8")
    assert "\0" not in str(found.entries[0].title)


def test_a_packed_feed_is_unpacked() -> None:
    """A feed that is gzip though nobody said so is read as what it holds."""
    assert titles(listing(gzip.compress(rss(item(1)).encode()))) == ["Item 1"]
