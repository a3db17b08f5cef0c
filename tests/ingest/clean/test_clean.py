"""From bytes to Article, or to the reason why there is none."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.clean import CLEANER, clean, source_of
from ingest.clean.again import clean_again
from ingest.clean.decode import decode
from ingest.document import Article, DateOrigin, RawDocument, Removed, Stated
from ingest.outcome import IngestError, Outcome, Refused
from tests.ingest.clean.documents import NOW, PARAGRAPHS, TEXT, page, page_document, text_document

# fmt: off
_FURNITURE = (
    "Harbour reopens", "2 Comments", "Leave a comment", "Related Articles", "Home", "Sport", "By Ana Ruiz",
    "May 3, 2026", "© 2026 Review", "1. ANA June 5, 2026 at 7:57 am", "Share", "Advertisement", "", "About the author",
)
# fmt: on
_LINES = st.one_of(st.sampled_from((*_FURNITURE, *PARAGRAPHS)), st.text(max_size=200))
_JSON_LD = '<script type="application/ld+json">{"@type":"NewsArticle","datePublished":"%s"}</script>'
_STARTS = (b"", b"<p>", b"<html><svg><html>", b"<table><td colspan=9", b"<script type='application/ld+json'>")
_FLASH = "The harbour of Port Vela reopens after a week of repairs to its main pier"
_META = '<meta name="date" content="2026-05-13">'


def _refusal(body: str | bytes) -> Outcome:
    with pytest.raises(Refused) as refused:
        clean(page_document(body), now=NOW)
    return refused.value.outcome


def _outcome(raw: RawDocument) -> Outcome | Article:
    try:
        return clean(raw, now=NOW)
    except IngestError as error:
        return error.outcome


@given(st.binary(max_size=300))
def test_any_text_ends_as_article_or_refusal(body: bytes) -> None:
    """Whatever the bytes, a text is cleaned or refused, and nothing else happens."""
    outcome = _outcome(text_document(body))

    if isinstance(outcome, Article):
        assert outcome.text.encode("utf-8")
    else:
        assert not outcome.is_stored


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.binary(max_size=120), st.sampled_from(_STARTS))
def test_any_page_ends_as_article_or_refusal(body: bytes, start: bytes) -> None:
    """Whatever the bytes, a page is cleaned or refused, and nothing else happens."""
    outcome = _outcome(page_document(start + body))

    assert isinstance(outcome, Article) or not outcome.is_stored


@given(st.lists(_LINES, max_size=25))
def test_every_line_ends_in_the_text_or_among_the_removed(lines: list[str]) -> None:
    """No line of a dump is lost: it is in the article, or it is told which rule took it."""
    article = _outcome(text_document("\n".join(lines)))

    if isinstance(article, Article):
        removed = "\n".join(line.line for line in article.removed)
        assert Counter(_split("\n".join(lines))) == Counter([*_split(article.text), *_split(removed)])


@given(st.lists(_LINES, max_size=25))
def test_a_clean_text_stays(lines: list[str]) -> None:
    """Cleaning an article's text again removes nothing."""
    article = _outcome(text_document("\n".join(lines)))

    if isinstance(article, Article):
        again = clean(text_document(article.text, stated=Stated(title=article.title or None)), now=NOW)
        assert again.removed == ()
        assert again.text == article.text


def _split(text: str) -> list[str]:
    lines = (" ".join(line.split()) for line in decode(text_document(text)).split("\n"))
    return [line for line in lines if line]


def test_a_stated_text_comes_out_as_it_was() -> None:
    """A text that is clean already loses nothing but its repeated headline."""
    stated = Stated(
        title="Harbour reopens after storm", byline="Ana Ruiz", published_at=NOW - timedelta(days=3), language="en-GB"
    )

    article = clean(text_document(f"Harbour reopens after storm\n\n{TEXT}\n", stated=stated), now=NOW)

    assert article == Article(
        source="archive",
        url="storm.txt",
        title="Harbour reopens after storm",
        text=TEXT,
        byline="Ana Ruiz",
        credit=None,
        published_at=NOW - timedelta(days=3),
        published_on=(NOW - timedelta(days=3)).date(),
        published_from=DateOrigin.STATED,
        fetched_at=NOW,
        language="en-GB",
        cleaner=CLEANER,
        raw_key=article.raw_key,
        removed=article.removed,
    )
    assert [removed.rule for removed in article.removed] == ["title-repeated"]


@pytest.mark.parametrize(
    "line",
    ["Ana Ruiz", "Ana Ruiz | Harbour | 2 April 2026", "Interview: Ana Ruiz", "Ana Ruiz in Vela and wire services"],
)
def test_the_known_byline_leaves_the_text(line: str) -> None:
    """A line above the text that names who wrote it is no paragraph; a sentence about that person is one."""
    text = "Ana Ruiz came back on the ferry.\nThe harbour was full of people who had waited for it since noon."

    article = clean(text_document(f"{line}\n{text}", stated=Stated(title="Ferry back", byline="By Ana Ruiz")), now=NOW)

    assert article.text == text
    assert Removed(line, "byline") in article.removed


def test_a_name_that_wrote_nothing_stays() -> None:
    """A speaker's name above the text is the article's, and so is a text that is nothing but the byline."""
    stated = Stated(title="Ferry back", byline="Ana Ruiz")

    assert clean(text_document("Jo Berg\nI came back.", stated=stated), now=NOW).text == "Jo Berg\nI came back."
    assert clean(text_document("Ana Ruiz", stated=stated), now=NOW).text == "Ana Ruiz"


_DUMP = """Skip to content
Harbour
Log in
Ferry back at sea
{}
The ferry went back to sea on Monday, and those who had waited for it stood on the pier until noon.
The harbour was full of people, who had come from as far as Vela to see it leave with the morning tide.
Jo Berg, who was born on 3 May 1951, had packed a hat.
2 Comments
Leave a comment"""


@pytest.mark.parametrize(
    "line", ["By Ana Ruiz\n2 April 2026", "Ana Ruiz | 2 April 2026", "Ana Ruiz • April 2, 2026 • 7 min read"]
)
def test_the_masthead_of_a_dump_is_read(line: str) -> None:
    """Byline and day between the headline of a page dump and its first paragraph are the article's."""
    article = clean(text_document(_DUMP.format(line)), now=NOW)

    assert (article.title, article.byline) == ("Ferry back at sea", "Ana Ruiz")
    assert article.published_on == date(2026, 4, 2)


def test_the_first_paragraph_of_a_dump_is_no_masthead() -> None:
    """A day of which the article speaks is not its own, near the headline though it is."""
    article = clean(text_document(_DUMP.replace("{}\n", "").replace("on Monday", "on 4 May 2025")), now=NOW)

    assert (article.title, article.byline, article.published_on) == ("Ferry back at sea", None, None)


def test_source_is_named_or_host_or_folder() -> None:
    """The source is what someone named, else the host of the address, else the folder."""
    raw = text_document(TEXT)

    assert source_of(raw, "https://www.coast.example/a") == "coast.example"
    assert source_of(raw, "storm.txt") == "archive"


@pytest.mark.parametrize(
    ("head", "origin", "day"),
    [
        (_JSON_LD % "2026-05-12" + _META, DateOrigin.JSON_LD, 12),
        (_META, DateOrigin.META, 13),
        (_JSON_LD % "1970-01-01" + _META, DateOrigin.META, 13),
        (_JSON_LD % "2999-01-01", DateOrigin.URL, 25),
        ("", DateOrigin.URL, 25),
    ],
)
def test_8_5_the_most_trusted_believable_date_counts(head: str, origin: DateOrigin, day: int) -> None:
    """A date before 1990 or after tomorrow is nobody's word; the next one is asked."""
    article = clean(page_document(page(head=head), url="https://coast.example/2026/05/25/storm"), now=NOW)

    assert article.published_from is origin
    assert article.published_at == datetime(2026, 5, day, tzinfo=UTC)


def test_4_7_a_guessed_date_says_so() -> None:
    """A date that only a guess gives is marked, and none at all is no date."""
    guessed = clean(page_document(page(body="<p>© 2019 Coast Review</p>")), now=NOW)

    assert guessed.published_from in (None, DateOrigin.GUESS)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "  \n ",
        "\ufeff",
        "<html></html>",
        "<frameset><frame src='/a'></frameset>",
        "<template><p>Ships</p></template>",
    ],
)
def test_4_9_an_empty_page_has_no_text(body: str) -> None:
    """Nothing, blanks, a byte order mark, frames and templates hold no article."""
    assert _refusal(body) is Outcome.NO_TEXT


def test_few_words_are_no_page() -> None:
    """A page of a few words is too short; a text of one word is kept."""
    assert _refusal("<html><body><p>Ships are back.</p></body></html>") is Outcome.TOO_SHORT
    assert clean(text_document("Ships"), now=NOW).text == "Ships"


@pytest.mark.parametrize(
    "headline",
    [
        f"{_FLASH}.",
        "维拉港主码头经过一周抢修后今天上午重新开放渡轮恢复通航",
    ],
)
def test_a_flash_is_its_headline(headline: str) -> None:
    """A text that says what its headline says, and no more, is kept whole, and so it is when it is cleaned again."""
    found = clean(text_document(headline, stated=Stated(title=headline)), now=NOW)

    assert (found.title, found.text, found.removed) == (headline, headline, ())
    assert found.is_flash
    assert clean_again(found).text == headline


@pytest.mark.parametrize("body", ["Harbour reopens", "Harbour reopens\n2 Comments", f"{_FLASH}\n2 Comments", ""])
def test_a_headline_is_no_text(body: str) -> None:
    """A headline of a few words, one that stood in a page's furniture, or none in the text, is no article."""
    title = body.partition("\n")[0] or _FLASH

    assert _outcome(text_document(body, stated=Stated(title=title))) is Outcome.NO_TEXT


@pytest.mark.parametrize("start", [b"%PDF-1.7 ", b"\x89PNG\r\n", b"PK\x03\x04", bytes(range(32)) * 20])
def test_1_18_a_binary_file_is_no_page(start: bytes) -> None:
    """A file of another kind is refused, whatever its label says."""
    assert _refusal(start + page().encode()) is Outcome.BINARY


def test_identity_of_a_fetched_page_is_its_own_site() -> None:
    """The canonical address counts where it names the same site, and not the front page."""
    here = "https://www.coast.example/storm?utm_source=feed"

    def identity(canonical: str) -> str:
        return clean(page_document(page(head=f'<link rel="canonical" href="{canonical}">'), url=here), now=NOW).url

    assert identity("https://m.coast.example/2026/storm") == "https://m.coast.example/2026/storm"
    assert identity("https://elsewhere.example/storm") == "https://www.coast.example/storm"
    assert identity("https://www.coast.example/") == "https://www.coast.example/storm"


def test_identity_of_a_saved_page_is_what_it_says() -> None:
    """A page loaded from a file names its own address, else the file is its identity."""
    said = '<meta property="og:url" content="https://coast.example/storm">'

    assert clean(page_document(page(head=said), url="saved/storm.html"), now=NOW).url == "https://coast.example/storm"
    assert clean(page_document(page(), url="saved/storm.html"), now=NOW).url == "saved/storm.html"


@pytest.mark.parametrize(("stated", "end"), [("Ferry sails " * 50_000, "sails Ferry …"), ("渡" * 500_000, "渡渡 …")])
def test_a_title_is_cut_where_it_is_no_headline(stated: str, end: str) -> None:
    """Half a million characters are stored as two thousand, cut at a word where there are words."""
    article = clean(text_document(TEXT, stated=Stated(title=stated)), now=NOW)

    assert 1_900 < len(article.title) <= 2_002
    assert article.title.endswith(end)
    assert article.text == TEXT


@pytest.mark.parametrize(
    ("title", "head"),
    [
        ("Harbour reopens | Coast Review", '<meta property="og:site_name" content="Coast Review">'),
        ("Coast Review - Harbour reopens", '<meta property="og:site_name" content="The Coast Review">'),
        ("Harbour reopens – coast.example", ""),
        (
            "Ships &amp; more",
            '<script type="application/ld+json">{"@type":"NewsArticle","headline":"Harbour reopens"}</script>',
        ),
    ],
)
def test_title_does_not_name_the_site(title: str, head: str) -> None:
    """A headline comes without the outlet's name at its end or start."""
    assert clean(page_document(page(head=head, title=title)), now=NOW).title == "Harbour reopens"
