"""Readers' comments, as templates mark them up."""

import pytest
from lxml.html import fromstring

from ingest.clean import clean
from ingest.clean.comments import holds_comments
from tests.ingest.clean.documents import NOW, PARAGRAPHS, TEXT, page, page_document

_OPINION = (
    "I was on the pier that night, and nobody from the county came to look at the crane before the morning after.",
    "Half of the damage is not enough, and whoever signed that contract should read it to us in the town hall.",
)


@pytest.mark.parametrize(
    "markup",
    [
        '<div id="comments" class="comments-area"><ol class="comment-list"><li class="comment">{}</li></ol></div>',
        '<section class="wp-block-comments"><div class="comment-content">{}</div></section>',
        '<div id="disqus_thread"><div>{}</div></div>',
        '<ul><li id="comment-4711"><article class="comment-body">{}</article></li></ul>',
        '<div itemprop="comment"><div itemprop="text">{}</div></div>',
        '<div class="articleComments"><div class="commentBody">{}</div></div>',
        '<div class="yorumlar"><div class="yorum">{}</div></div>',
        '<section id="kommentarii-list"><div>{}</div></section>',
        '<div class="reacties-wrapper"><div>{}</div></div>',
        '<section class="guestbook"><div class="entry">{}</div></section>',
    ],
)
def test_no_comment_is_left(markup: str) -> None:
    """A comment goes, whatever the template calls its element, and the reason given for it is what it is."""
    said = "".join(f"<p>{line}</p>" for line in _OPINION)

    article = clean(page_document(page(body=markup.format(said))), now=NOW)

    assert article.text == TEXT
    assert {removed.rule for removed in article.removed if removed.line in _OPINION} == {"comments"}


@pytest.mark.parametrize(
    "attributes",
    [
        'class="has-comments"',
        'class="post comments-open"',
        'class="commentary"',
        'class="no-comments"',
        'class="kommentar"',
        'class="yorum"',
        'class="moment"',
    ],
)
def test_an_article_that_may_be_commented_on_is_no_comment(attributes: str) -> None:
    """What says of an article that there are comments, or that it is one, does not make it one of them."""
    assert not holds_comments(fromstring(f"<div {attributes}><p>{PARAGRAPHS[0]}</p></div>"), attributes[7:-1])


def test_a_section_called_comment_keeps_its_article() -> None:
    """An element called comment that holds the headline is the article's, not the readers'."""
    text = page().replace("<article>", '<div class="comment"><article>').replace("</article>", "</article></div>")

    article = clean(page_document(text), now=NOW)

    assert article.text == TEXT


@pytest.mark.parametrize("name", ["comment", "story-body--comment", "comment article-content"])
def test_an_opinion_in_an_element_called_comment_is_the_article(name: str) -> None:
    """An element called so that has most to read on the page, in paragraphs side by side, is the outlet's own."""
    text = page(body="</div>").replace("</h1>", f'</h1><div class="{name}">')

    article = clean(page_document(text), now=NOW)

    assert article.text == TEXT


def test_comments_longer_than_the_article_are_none_of_it() -> None:
    """Readers may write more than the outlet: each has an element of his own."""
    said = "".join(f'<div class="comment-item"><b>Jo</b><p>{line}</p></div>' for line in _OPINION * 3)

    article = clean(page_document(page(body=f'<div class="comments">{said}</div>')), now=NOW)

    assert article.text == TEXT
