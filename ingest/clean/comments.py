"""The readers' comments under an article, known by what templates call the element that holds them."""

import re
from collections import Counter
from functools import lru_cache

from lxml.etree import XPath
from lxml.html import HtmlElement

# As WordPress, Disqus, Drupal and those who copy them say it, and in other languages where there are several: one
# "kommentar" or "yorum" is as often the outlet's own. What tells that there are some ("has-comments", "comments-open")
# may stand on the article itself, and so may the name of a section ("commentary").
_COMMENTS = re.compile(
    r"(?:(?!(?:no|has|have|with|allow|enable|show|hide|open|close|closed)[-_])[a-z0-9]+[-_]+){0,4}?"
    r"(?:comments?|usercomments?|commentlist|commentsection|disqus|disqus[-_]thread|livefyre|respond"
    r"|kommentare[nr]?|kommentarii|komentarze|komentare|komentari|coment[aá]rios|commentaires|commenti|reacties|yorumlar"
    r"|guestbook|talkbacks?)"
    r"(?:[-_]+(?:area|author|block|body|box|container|content|form|header|holder|inner|item|list|main|message|meta"
    r"|respond|reply|section|sub|template|text|thread|top|tree|widget|wrap|wrapper|[0-9]+))*"
)
_HINT = re.compile("oment|omment|disqus|livefyre|respond|reacti|yorum|guestbook|talkback", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WHOLE = frozenset({"body", "html", "main"})
_MAX_NAME = 100  # characters
_NAMES = ("class", "id", "itemprop")
_NAMED = XPath("//*[@class or @id][contains(@class, 'omment') or contains(@id, 'omment')]")
_PROSE = XPath(".//text()[string-length(.) >= 60][not(parent::script or parent::style or parent::noscript)]")
_MIN_PARAGRAPHS = 3  # side by side, of an article
_SHARE = 0.8  # of the long texts that they hold: of readers, each has an element of his own


def holds_comments(element: HtmlElement, named: str) -> bool:
    """Whether an element with these classes and ids (and itemprop) holds comments, and not the article too."""
    if element.tag in _WHOLE or not _is_called_comments(named):
        return False
    return element.find(".//h1") is None and element.find(".//main") is None


def names_of(element: HtmlElement) -> str:
    """Give the classes and ids of an element, and its itemprop."""
    return " ".join(filter(None, map(element.get, _NAMES)))


def unname_article(tree: HtmlElement) -> None:
    """Take its names off the first element called a comment where it holds the article: the outlet's own opinion.

    Nothing else on the page has as much to read, and it stands in paragraphs side by side.
    """
    for element in _NAMED(tree):
        if holds_comments(element, names_of(element)):
            if _holds_article(element):
                for name in _NAMES:
                    element.attrib.pop(name, None)
            return


def _holds_article(element: HtmlElement) -> bool:
    prose = _PROSE(element)
    parents = Counter(text.getparent().getparent() for text in prose if text.getparent().tag == "p" and text.is_text)
    paragraphs = max(parents.values(), default=0)
    if paragraphs < _MIN_PARAGRAPHS or paragraphs < _SHARE * len(prose):
        return False
    return 2 * sum(map(len, prose)) > sum(map(len, _PROSE(element.getroottree())))


@lru_cache(maxsize=4096)
def _is_called_comments(names: str) -> bool:
    """Whether one of the names is one for comments.

    >>> _is_called_comments("wp-block-comments"), _is_called_comments("commentBody"), _is_called_comments("no-comments")
    (True, True, False)
    """
    return _HINT.search(names) is not None and any(
        _COMMENTS.fullmatch(_CAMEL.sub("-", name).lower()) is not None
        for name in names.split()
        if len(name) <= _MAX_NAME
    )
