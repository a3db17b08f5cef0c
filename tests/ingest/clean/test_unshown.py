"""Pages that hold more of the article in their data than they show."""

import json

import pytest

from ingest.clean import clean
from tests.ingest.clean.documents import NOW, PARAGRAPHS, TEXT, page_document

_TITLE = "Harbour reopens after storm"
_WHOLE = "\n".join([TEXT, *(f"Of the {number} cranes of the harbour the storm had left six." for number in range(9))])


def _page(shown: str, *, body: str = _WHOLE, **said: object) -> str:
    node = json.dumps({"@type": "NewsArticle", "headline": _TITLE, "articleBody": body, **said})
    head = f'<title>{_TITLE}</title><script type="application/ld+json">{node}</script>'
    return f"<html><head>{head}</head><body>{shown}<script src='/app.js'></script></body></html>"


def _shown(*paragraphs: str) -> str:
    return f"<article><h1>{_TITLE}</h1>{''.join(f'<p>{line}</p>' for line in paragraphs)}</article>"


@pytest.mark.parametrize("shown", ["<div id='app'></div>", _shown(PARAGRAPHS[0]), _shown(*PARAGRAPHS)])
def test_the_rest_of_an_article_comes_from_the_data(shown: str) -> None:
    """A page that shows nothing, or the first paragraph, gives the article that it holds for its script."""
    article = clean(page_document(_page(shown)), now=NOW)

    assert (article.title, article.text, article.is_teaser) == (_TITLE, _WHOLE, False)


def test_markup_in_the_data_is_read() -> None:
    """Paragraphs in the data may be elements, and characters references."""
    body = "".join(f"<p>{line.replace('the', '<b>the</b>').replace('.', '&#46;')}</p>" for line in _WHOLE.split("\n"))

    assert clean(page_document(_page(_shown(*PARAGRAPHS), body=body)), now=NOW).text == _WHOLE


@pytest.mark.parametrize(
    ("said", "body"),
    [
        ({"isAccessibleForFree": False}, _WHOLE),
        ({}, f"{_WHOLE[:-1]} ..."),
        ({}, _WHOLE.replace("of", "for").replace("the", "this")),
    ],
)
def test_the_data_of_a_page_is_not_always_its_article(said: dict[str, object], body: str) -> None:
    """An article that has to be paid for, one that is cut, and another one are left where they are."""
    article = clean(page_document(_page(_shown(*PARAGRAPHS), body=body, **said)), now=NOW)

    assert article.text == TEXT
