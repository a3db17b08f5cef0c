"""The readers' comments under an article, known by what templates call the element that holds them."""

import re
from functools import lru_cache

from lxml.html import HtmlElement

# As WordPress, Disqus, Drupal and those who copy them say it. What tells that there are some ("has-comments",
# "comments-open") may stand on the article itself, and so may the name of a section ("commentary").
_COMMENTS = re.compile(
    r"(?:(?!(?:no|has|have|with|allow|enable|show|hide|open|close|closed)[-_])[a-z0-9]+[-_]+){0,4}?"
    r"(?:comments?|usercomments?|commentlist|commentsection|disqus|disqus[-_]thread|livefyre|respond)"
    r"(?:[-_]+(?:area|author|block|body|box|container|content|form|header|holder|inner|item|list|main|message|meta"
    r"|respond|reply|section|sub|template|text|thread|top|tree|widget|wrap|wrapper|[0-9]+))*"
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WHOLE = frozenset({"body", "html", "main"})
_MAX_NAME = 100  # characters


def holds_comments(element: HtmlElement, named: str) -> bool:
    """Whether an element with these classes and ids (and itemprop) holds comments, and not the article too."""
    if element.tag in _WHOLE or not _is_called_comments(named):
        return False
    return element.find(".//h1") is None and element.find(".//main") is None


@lru_cache(maxsize=4096)
def _is_called_comments(names: str) -> bool:
    """Whether one of the names is one for comments.

    >>> _is_called_comments("wp-block-comments"), _is_called_comments("commentBody"), _is_called_comments("no-comments")
    (True, True, False)
    """
    return any(
        _COMMENTS.fullmatch(_CAMEL.sub("-", name).lower()) is not None
        for name in names.split()
        if len(name) <= _MAX_NAME
    )
