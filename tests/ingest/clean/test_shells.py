"""Pages that hold no article, and pages that hold a part of one, told by how they are built."""

import pytest

from ingest.clean import clean
from ingest.document import RawDocument
from ingest.outcome import Outcome, Refused
from tests.ingest.clean.documents import NOW, PARAGRAPHS, TEXT, page, page_document

_WORDS = ("ferry", "harbour", "crane", "divers", "council", "bridge", "pilots", "beacon", "market", "storm", "mill")
_LINKS = [f"The {one} and the {other} of Port Vela" for one in _WORDS for other in _WORDS[:2] if one != other]
_NODE = '{"@type": "NewsArticle", "headline": "Harbour reopens after storm", %s}'
_NOT_FREE = f'<script type="application/ld+json">{_NODE}</script>'


def _list_page(*, head: str = "", title: str = "Port news", lead: str = "") -> str:
    items = "".join(f'<li><a href="/{at}">{text}</a></li><p>A report from there.</p>' for at, text in enumerate(_LINKS))
    return f"<html><head><title>{title}</title>{head}</head><body><h1>{title}</h1>{lead}<ul>{items}</ul></body></html>"


def _refusal(raw: RawDocument) -> tuple[Outcome, str]:
    with pytest.raises(Refused) as refused:
        clean(raw, now=NOW)
    return refused.value.outcome, refused.value.detail


def test_a_front_page_is_named() -> None:
    """A page of links without a path is a front page."""
    found = _refusal(page_document(_list_page(), url="https://coast.example/"))

    assert found == (Outcome.WALL, "the page is a front page")


def test_a_section_list_is_named() -> None:
    """A page of links with a path is a list of articles, also where JSON-LD describes each of these."""
    nodes = ", ".join(f'{{"@type": "NewsArticle", "headline": "{text}"}}' for text in _LINKS[:5])
    head = f'<script type="application/ld+json">{{"@type": "ItemList", "itemListElement": [{nodes}]}}</script>'

    found = _refusal(page_document(_list_page(head=head), url="https://coast.example/harbour"))

    assert found == (Outcome.WALL, "the page is a list of articles")


_SUMMARY = "The town council will hear the harbour office on Monday, and the divers who saw it, before it decides."


def _cards(count: int, entry: str, *, lead: str = "") -> str:
    entries = "".join(entry.format(link=f'<h2><a href="/{at}">{_LINKS[at]}</a></h2>') for at in range(count))
    return f"<html><head><title>Port news</title></head><main><h1>Port news</h1>{lead}{entries}</main></html>"


@pytest.mark.parametrize("count", [5, 14])
def test_summaries_in_cards_make_no_article(count: int) -> None:
    """A section's headlines with a summary each are a list, though the summaries are longer than the headlines."""
    body = _cards(count, f'<div class="card">{{link}}<p>{_SUMMARY}</p></div>')

    found = _refusal(page_document(body, url="https://coast.example/harbour"))

    assert found == (Outcome.WALL, "the page is a list of articles")


@pytest.mark.parametrize(
    ("entry", "lead"),
    [
        (f"{{link}}<p>{_SUMMARY}</p>", ""),
        (f"<div>{{link}}<p>{_SUMMARY} {_SUMMARY} {_SUMMARY}</p></div>", ""),
        (f"<div><h2>Noon</h2><p>{_SUMMARY} {{link}}</p></div>", ""),
        (f"<div>{{link}}<p>{_SUMMARY}</p></div>", f"<p>{PARAGRAPHS[0]}</p>"),
    ],
)
def test_an_article_of_entries_is_no_list(entry: str, lead: str) -> None:
    """Entries in one element, long ones, those of a live blog, and cards below a paragraph may be an article."""
    article = clean(page_document(_cards(5, entry, lead=lead)), now=NOW)

    assert (PARAGRAPHS[0] if lead else _SUMMARY) in article.text


@pytest.mark.parametrize("head", ['<meta property="og:type" content="article">', _NOT_FREE % '"wordCount": 9'])
def test_a_page_that_calls_itself_an_article_is_believed(head: str) -> None:
    """An article may be a list of links."""
    assert clean(page_document(_list_page(head=head)), now=NOW).text


def test_an_article_among_links_is_no_list() -> None:
    """Three paragraphs on end are an article, whatever stands around it."""
    lead = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)

    assert PARAGRAPHS[0] in clean(page_document(_list_page(lead=lead)), now=NOW).text


def test_a_missing_page_that_suggests_others_is_named() -> None:
    """A page whose title says that it is not there is none, however much it shows instead."""
    lead = f"<p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p><p>{PARAGRAPHS[2]}</p>"

    found = _refusal(page_document(_list_page(title="Page not found | Coast", lead=lead)))

    assert found == (Outcome.WALL, "the page was not found")


def test_a_gallery_without_text_is_named() -> None:
    """Pictures without words are no article; with them they are."""
    pictures = "".join(f'<img src="/{at}.jpg">' for at in range(6))

    found = _refusal(page_document(f"<html><body><h1>Storm in pictures</h1>{pictures}</body></html>"))

    assert found == (Outcome.WALL, "the page is a gallery without text")
    assert clean(page_document(page(body=pictures)), now=NOW).text == TEXT


@pytest.mark.parametrize(
    ("said", "body", "is_teaser"),
    [
        ('"isAccessibleForFree": false', "", False),
        ('"isAccessibleForFree": false, "wordCount": 900', "", True),
        ('"isAccessibleForFree": "False"', "<p>The ferry company, which lost its only ship in the storm ...</p>", True),
        ('"isAccessibleForFree": true, "wordCount": 900', "", False),
        ('"wordCount": "60"', "", False),
    ],
)
def test_a_page_tells_that_it_is_a_teaser(said: str, body: str, is_teaser: bool) -> None:
    """An article that has to be paid for is a teaser when it breaks off, or is longer by the page's own account."""
    article = clean(page_document(page(head=_NOT_FREE % said, body=body)), now=NOW)

    assert article.is_teaser is is_teaser
    assert article.text.startswith(TEXT)


def test_a_request_behind_a_short_article_makes_it_a_teaser() -> None:
    """A page that asks to pay right behind a few paragraphs has more to show; the request is not the article's."""
    article = clean(page_document(page(body="<div>To continue reading, subscribe now.</div>")), now=NOW)

    assert (article.text, article.is_teaser) == (TEXT, True)
    assert "To continue reading, subscribe now." in [line.line for line in article.removed]


def test_an_article_is_no_teaser() -> None:
    """A page that asks for nothing gives the whole article."""
    assert not clean(page_document(page()), now=NOW).is_teaser
