"""A stored article, cleaned again: what earlier rules left in it and the present ones take, as far as that can be told.

The page is gone: nothing is chosen anew, and nothing comes back. What goes is what a line says of itself.
"""

from dataclasses import replace

from ingest.clean import CLEANER
from ingest.clean.furniture import SHORT, is_marker, rule_of
from ingest.clean.lines import clean_paragraphs
from ingest.document import WENT_OVER, Article

_SAID = '.!?”»"」'  # how an answer or a quotation ends


def is_clean(cleaner: str) -> bool:
    """Tell whether a text by that cleaner was made, or gone over, by the present one."""
    return cleaner == CLEANER or cleaner.endswith(f"{WENT_OVER}{CLEANER}")


def clean_again(article: Article) -> Article:
    """Give the article without the lines that present rules take from an article's paragraphs, and say who did it.

    A text of nothing but such lines stays whole. A line that may be a table's cell, a line of code or an answer
    stays too: here nobody knows any more what it was.
    """
    lines = article.text.split("\n")
    spared = frozenset(at for at, line in enumerate(lines) if len(line) < SHORT and _may_be_said(line))
    cleaned = clean_paragraphs(lines, title=article.title or None, spared=spared)
    named = replace(article, cleaner=_named(article.cleaner))
    if not cleaned.removed or not cleaned.lines:
        return named
    return replace(named, text="\n".join(cleaned.lines), removed=(*article.removed, *cleaned.removed))


def _may_be_said(line: str) -> bool:
    return rule_of(line) == "navigation" or (is_marker(line) and line[-1] in _SAID)


def _named(cleaner: str) -> str:
    """Name who made the text and who went over it.

    >>> _named("newsfold 1, trafilatura 2.0 + newsfold 2, trafilatura 2.0").count("+")
    1
    """
    return cleaner if is_clean(cleaner) else f"{cleaner.partition(WENT_OVER)[0]}{WENT_OVER}{CLEANER}"
