"""Shells: pages that hold no article, and pages that hold a part of one, told by how they are built.

A front page and a section list are links to articles with a summary here and there; what is not there says so in its
title. A page that calls itself an article is believed.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from ingest.clean.blocks import Line
from ingest.clean.metadata import Facts
from ingest.clean.sheet import is_sentence, weight
from ingest.clean.walls import breaks_off, is_followed_by_request, is_not_found
from ingest.scripts import words_in

_HEADLINE = range(25, 250)  # characters of a link that is a headline
_HEADLINE_SPACES = 3
_LINKS = 12  # such links, at the least, make a list
_LINKED = 0.8  # of the characters of a line that is a link
_UNLINKED = 0.3  # at most, of a line that is prose
_SENTENCE = 60  # characters from which a sentence is a paragraph
_PARAGRAPH = 150  # and any other line
_LIST_RUN = 2  # paragraphs on end, at most, in a list of articles with their summaries
_SUGGESTING_RUN = 3  # and on a page that says it is not there, and what else is

_SAID_SHARE = 1.6  # by which the article is longer than the page shows, as the page itself says
_SAID_WORDS = 50


def shell_of(facts: Facts, lines: Sequence[Line], url: str) -> str | None:
    """Give what the page loaded as `url` is in place of an article; None where it may be one."""
    if facts.is_article:
        return None
    links, linked, prose, longest = _measured(lines)
    if longest <= _SUGGESTING_RUN and any(map(is_not_found, (*facts.titles, *facts.heads))):
        return "the page was not found"
    if links >= _LINKS and linked > prose and longest <= _LIST_RUN:
        return "the page is a list of articles" if urlsplit(url).path.strip("/") else "the page is a front page"
    return None


def is_teaser(facts: Facts, visible: Sequence[str], article: Sequence[str]) -> bool:
    """Tell whether `article`, lines of the page, is the beginning of one that has to be paid for.

    "Not free" alone says little: most pages that say it hold the whole article.
    """
    if article and not facts.is_free:
        least = _SAID_SHARE * sum(map(words_in, article)) + _SAID_WORDS
        if breaks_off(article[-1]) or facts.said_words >= least:
            return True
    return is_followed_by_request(visible, article)


def _measured(lines: Sequence[Line]) -> tuple[int, int, int, int]:
    """Give how many headlines are links, their characters, those of unlinked prose, and its longest run of lines."""
    links: set[str] = set()
    linked = prose = run = longest = 0
    for line in lines:
        size = weight(line.text)
        if line.linked >= _LINKED * len(line.text):
            is_worded = line.text.count(" ") >= _HEADLINE_SPACES or not line.text.isascii()
            if size in _HEADLINE and is_worded:
                links.add(line.text)
                linked += size
                run = 0
        elif line.linked < _UNLINKED * len(line.text) and (
            (size >= _SENTENCE and is_sentence(line.text)) or size >= _PARAGRAPH
        ):
            run += 1
            longest = max(longest, run)
            prose += size
    return len(links), linked, prose, longest
