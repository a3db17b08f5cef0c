"""The line model, on pages of our own."""

from ingest.clean import clean
from ingest.clean.blocks import read_lines
from ingest.clean.page import parse
from tests.ingest.clean.documents import NOW, PARAGRAPHS, TEXT, page, page_document

_LINKS = "".join(f'<li><a href="/{number}">Ten more ways to paint a harbour {number}</a></li>' for number in range(8))


def test_links_among_the_paragraphs_go_with_a_reason() -> None:
    """A block of links is no part of the article, and each line of it says what spoke against it."""
    body = f'<div class="related"><ul>{_LINKS}</ul></div>'

    article = clean(page_document(page(body=body)), now=NOW)

    assert article.text == TEXT
    assert {removed.rule for removed in article.removed if "paint a harbour" in removed.line} <= {
        "not-article",
        "related",
        *(removed.rule for removed in article.removed if removed.rule.startswith("unlikely")),
    }


def test_lines_know_their_markup() -> None:
    """A line knows the elements and the class words around it, and how much of it is links."""
    tree = parse(f'<main><div class="relatedStories"><p><a href="/">{PARAGRAPHS[0]}</a></p></div></main>', "page").tree

    (line,) = read_lines(tree)

    assert (line.text, line.linked) == (PARAGRAPHS[0], len(PARAGRAPHS[0]))
    assert line.tags
    assert line.classes
