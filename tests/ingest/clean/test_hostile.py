"""Pages and texts that were made to hurt, or might have been: none may cost more than a page may."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.clean import clean
from ingest.clean.pages import Cleaning
from ingest.cluster.analysis import analyse
from ingest.document import DateOrigin, Stated
from ingest.outcome import IngestError, Outcome
from ingest.serve import Done, attempt
from tests.ingest.clean.documents import NOW, PARAGRAPHS, TEXT, page, page_document, text_document

_MOST_S = 10.0  # of processor time: what a page may take in a run, and three to twenty times what these take
_CELL = "<td colspan=100 rowspan=100>Ships</td>"
_LD = '<script type="application/ld+json">%s</script>'
_COSTLY: dict[str, Callable[[], str]] = {
    "4.1 300 nested elements": lambda: page(body="<div>" * 300 + "Ships" + "</div>" * 300),
    "4.2 a data: image of 12 MB": lambda: page(body=f'<img src="data:image/png;base64,{"A" * 12_000_000}">'),
    "4.2 JSON-LD of 10 MB": lambda: page(head=_LD % f'{{"articleBody":"{"x" * 10_000_000}"}}'),
    "4.3 cells that span a hundred": lambda: page(body=f"<table>{f'<tr>{_CELL * 20}</tr>' * 20}</table>"),
    "4.4 40,000 attributes": lambda: page(body=f"<p {' '.join(f'a{number}=1' for number in range(40_000))}>Ships</p>"),
    "4.5 50,000 paragraphs": lambda: page(body="<p>a b c</p>" * 50_000),
    "4.5 9,000 paragraphs": lambda: page(body="<p>a b c</p>" * 9_000),
    "4.5 30,000 links": lambda: page(body="<a href='/a'>a</a>" * 30_000),
    "4.5 50,000 list items": lambda: page(body=f"<ul>{'<li>a b' * 50_000}</ul>"),
    "4.8 JSON-LD 100,000 deep": lambda: page(head=_LD % ("[" * 100_000)),
    "4.8 JSON-LD of 2 MB of quotes": lambda: page(head=_LD % ('"' * 2_000_000)),
}
_TOO_MUCH = {
    "4.1 3,000 nested elements": lambda: page(body="<div>" * 3_000),
    "4.2 12 MB in one paragraph": lambda: page(body=f"<p>{'Ships are back. ' * 800_000}</p>"),
    "4.2 12 MB in one attribute": lambda: page(body=f'<p title="{"x" * 12_000_000}">Ships</p>'),
    "4.5 a million line breaks": lambda: page(body="a<br>" * 1_000_000),
}
_UNSEEN = {
    "nothing": "",
    "blanks": " \n\t ",
    "a byte order mark": "\ufeff",
    "zero width": "\u200b\u200d",
    "frames": '<html><frameset cols="50%,50%"><frame src="/a"><frame src="/b"></frameset></html>',
    "a template": f"<html><body><template><article><p>{PARAGRAPHS[0]}</p></article></template></body></html>",
    "a comment": f"<html><body><!-- {PARAGRAPHS[0]} --></body></html>",
    "a style": "<html><head><style>p { color: red }</style></head><body></body></html>",
    "pictures": '<html><body><img src="/a.jpg" alt=""><img src="/b.jpg" alt=""></body></html>',
}


@pytest.mark.parametrize("case", _COSTLY)
def test_4_1_to_4_8_no_page_takes_long(case: str) -> None:
    """What makes parsers and extractors slow costs seconds at most, and the article is still found."""
    raw = page_document(_COSTLY[case]())
    began = time.process_time()

    article = clean(raw, now=NOW)

    assert article.text.startswith(PARAGRAPHS[0])
    assert time.process_time() - began < _MOST_S


@pytest.mark.parametrize("case", _TOO_MUCH)
def test_4_1_to_4_5_too_much_is_refused_at_once(case: str) -> None:
    """What is more than a page may hold is refused whole, not stored in part."""
    raw = page_document(_TOO_MUCH[case]())
    began = time.process_time()

    assert _outcome(raw.body) is Outcome.TOO_COMPLEX
    assert time.process_time() - began < _MOST_S


@settings(max_examples=60, deadline=None)
@given(
    outer=st.sampled_from(
        ["svg", "math", "template", "table", "select", "p", "a", "noscript", "iframe", "object", "ul"]
    ),
    inner=st.sampled_from(["html", "body", "head", "frameset", "svg", "table", "td", "article", "title", "plaintext"]),
    depth=st.integers(1, 4),
    is_closed=st.booleans(),
)
def test_4_6_no_odd_nesting_breaks_the_cleaner(outer: str, inner: str, depth: int, *, is_closed: bool) -> None:
    """A page within a drawing, and whatever else stands where it cannot, ends as an article or as a refusal."""
    end = f"</{inner}></{outer}>" * depth if is_closed else ""
    raw = page_document(page(body=f"<{outer}><{inner} lang=en><p>Ships</p>" * depth + end))

    answer = attempt(Cleaning(raw, NOW))

    assert isinstance(answer, Done) or answer.outcome in (Outcome.NO_TEXT, Outcome.TOO_SHORT, Outcome.WALL), answer


@pytest.mark.parametrize(
    "body",
    ["<p>© 2019 Coast Review</p>", '<a href="/item/19950101773">more</a>', '<a href="/archive/1995/01/">1995</a>'],
)
def test_4_7_no_date_is_invented(body: str) -> None:
    """A number in a link or a copyright line is no date, or a guess that says so."""
    article = clean(page_document(page(body=body)), now=NOW)

    assert article.published_from in (None, DateOrigin.GUESS)
    assert (article.published_at is None) == (article.published_from is None)


def test_4_7_what_a_feed_says_comes_before_any_guess() -> None:
    """A stated date is taken, and one of the page before a guess."""
    stated = NOW.replace(day=1, month=6)
    meta = '<meta property="article:published_time" content="2026-05-12T07:00:00Z">'

    from_feed = clean(page_document(page(head=meta), stated=Stated(published_at=stated)), now=NOW)
    from_page = clean(page_document(page(head=meta, body="<p>© 2019 Coast Review</p>")), now=NOW)

    assert (from_feed.published_at, from_feed.published_from) == (stated, DateOrigin.STATED)
    assert from_page.published_from is DateOrigin.META


@pytest.mark.parametrize("case", _UNSEEN)
def test_4_9_a_page_without_text_holds_no_article(case: str) -> None:
    """What shows a reader no word is named as that."""
    assert _outcome(_UNSEEN[case].encode()) is Outcome.NO_TEXT


@pytest.mark.parametrize("text", ["Ships", "Ships are back", "船舶", "Ships are back in the harbour of Port Vela."])
def test_4_10_a_text_of_few_words_is_kept_and_resembles_nothing(text: str) -> None:
    """A text shorter than a shingle, or than what tells a copy from a phrase, is an article that nothing is like."""
    article = clean(text_document(text), now=NOW)
    (prepared,) = analyse([article])

    assert article.text == text
    assert not prepared.is_matchable


def test_3_3_surrogates_and_3_4_controls_leave_every_field() -> None:
    """What neither hashes nor databases take is gone from title, byline, text and removed lines alike."""
    bad = "\ud800\x00\x07"
    stated = Stated(title=f"Ships{bad} are back", byline=f"Ana{bad} Ruiz", credit=f"Reuters{bad}")
    article = clean(text_document(f"{TEXT} {bad}\n2 Comments{bad}", stated=stated), now=NOW)

    fields = [article.title, article.text, article.byline or "", article.credit or ""]
    for field in (*fields, *(removed.line for removed in article.removed)):
        assert not set(field) & set("\ud800\x00\x07")
        field.encode()


def _outcome(body: bytes) -> Outcome:
    with pytest.raises(IngestError) as refused:
        clean(page_document(body), now=NOW)
    return refused.value.outcome
