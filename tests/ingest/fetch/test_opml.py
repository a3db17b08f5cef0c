"""OPML: what other people's lists become, and what ours look like to them."""

from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.fetch.opml import Outline, as_toml, read_opml
from ingest.outcome import Outcome, Refused
from ingest.outlines import write_opml
from ingest.sources import Feed, Source, parse_sources


def _opml(*outlines: str) -> bytes:
    return f'<?xml version="1.0"?><opml version="2.0"><head/><body>{"".join(outlines)}</body></opml>'.encode()


def _sources(toml: str) -> tuple[Source, ...]:
    return parse_sources(toml.encode(), name="sources.toml", folder=Path())


def test_outlines_are_found_in_any_folder() -> None:
    """Feeds are found wherever they stand, with what the list says about them."""
    body = _opml(
        '<outline text="Far"><outline text="Away"><outline title="Gazette" text="g" language="en-gb"'
        ' xmlUrl="https://gazette.example/feed?a=1&b=2" htmlUrl="https://gazette.example/"/></outline></outline>',
        '<outline text="Ledger &amp; Sons" xmlurl="feed://ledger.example/rss"/>',
        '<outline text="Old" xmlUrl="feed:https://old.example/rss"/>',
        '<outline text="No feed" htmlUrl="https://nofeed.example/"/>',
    )

    assert read_opml(body) == (
        Outline(
            title="Gazette",
            url="https://gazette.example/feed?a=1&b=2",
            given="https://gazette.example/feed?a=1&b=2",
            language="en-GB",
        ),
        Outline(title="Ledger & Sons", url="http://ledger.example/rss", given="feed://ledger.example/rss"),
        Outline(title="Old", url="https://old.example/rss", given="feed:https://old.example/rss"),
    )


def test_5_11_depth_means_nothing() -> None:
    """50,000 outlines one inside another are 50,000 feeds."""
    begun = "".join(f'<outline text="{n}" xmlUrl="https://a.example/{n}">' for n in range(50_000))

    assert len(read_opml(_opml(begun))) == 50_000


@pytest.mark.parametrize("url", ["file:///etc/passwd", "javascript:x", "/etc/passwd", "-", "https://u:p@a.example/"])
def test_5_11_other_addresses_are_told_of_and_not_taken(url: str) -> None:
    """An outline whose address is none of the web, or holds a password, is no source."""
    (outline,) = read_opml(_opml(f'<outline text="x" xmlUrl="{url}"/>'))

    assert (outline.url, outline.given) == ("", url)
    assert list(as_toml([outline], known=())) == []


def test_5_11_titles_make_keys_and_nothing_else() -> None:
    """Whatever a title holds, the key is made of letters, digits and hyphens, and is new."""
    named = ["../../etc/passwd", '"\nfeed = "x', "Zeitung für Köln", "日本", "a", "a", "A!", "", "x" * 500]
    outlines = (f'<outline text={quoteattr(t)} xmlUrl="https://h{n}.example/f"/>' for n, t in enumerate(named))

    sources = _sources("\n".join(as_toml(read_opml(_opml(*outlines)), known=())))

    assert [source.key for source in sources[:8]] == [
        "etc-passwd", "feed-x", "zeitung-fu-r-ko-ln", "h3-example", "a", "a-2", "a-3", "h7-example",
    ]  # fmt: skip
    assert sources[2].name == "Zeitung für Köln"


def test_large_lists_go_in_and_out() -> None:
    """A list of ten thousand feeds becomes as many sources, and the same list again."""
    count = 10_000
    body = _opml(
        *(
            f'<outline type="rss" text="Town {n % (count // 2)}" xmlUrl="https://t{n}.example/rss?a=1&amp;b=2"/>'
            for n in range(count)
        )
    )

    outlines = read_opml(body)
    sources = _sources("\n".join(as_toml(outlines, known=())))
    again = read_opml(write_opml(sources))

    assert len({source.key for source in sources}) == count
    assert [outline.url for outline in again] == [outline.url for outline in outlines]


def test_known_feeds_stay_as_they_are() -> None:
    """A feed that is a source already, or that stands twice in the list, makes no second one."""
    known = Source(key="gazette", name="Gazette", kind=Feed(url="https://gazette.example/feed"))
    listed = [
        Outline(title="G", url=url, given=url) for url in ("HTTPS://Gazette.example/feed#top", "https://b.example/")
    ]

    (block,) = as_toml([*listed, *listed], known=[known])

    assert block == '[[source]]\nkey = "g"\nname = "G"\nfeed = "https://b.example/"\n'


@example(["\x1f\x1f\x08\x08", "\x1f\x1b\x08\x08"])
@given(st.lists(st.text(max_size=60), max_size=5))
def test_any_titles_give_sources(titles: list[str]) -> None:
    """Each outline with an address gives a source that sources.toml can hold, whatever its title."""
    outlines = [Outline(title=t, url=f"https://h{n}.example/", given="") for n, t in enumerate(titles)]
    written = write_opml(
        [Source(key=f"k{n}", name=o.title or "x", kind=Feed(url=o.url)) for n, o in enumerate(outlines)]
    )

    sources = _sources("\n".join(as_toml(read_opml(written), known=())))

    assert len(sources) == len(titles)


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b"", Outcome.NOT_A_FEED),
        (b"<rss/>", Outcome.NOT_A_FEED),
        (b"<opml><body><outline", Outcome.NOT_A_FEED),
        (
            b'<!DOCTYPE o [<!ENTITY a SYSTEM "file:///etc/passwd">]><opml><outline text="&a;"/></opml>',
            Outcome.MALFORMED,
        ),
    ],
)
def test_what_is_no_opml_is_refused(body: bytes, outcome: Outcome) -> None:
    """A file that is no OPML, or declares entities, is refused."""
    with pytest.raises(Refused) as refused:
        read_opml(body)

    assert refused.value.outcome is outcome
