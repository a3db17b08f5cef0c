"""Shells: pages that hold no article, and pages that hold a part of one, told by how they are built.

A front page and a section list are links to articles, with a summary here and there or one in each card; what is not
there says so in its title. A page that calls itself an article is believed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ingest.clean.blocks import Line
from ingest.clean.furniture import SHORT, rule_of
from ingest.clean.metadata import Facts
from ingest.clean.sheet import is_sentence, weight
from ingest.clean.walls import breaks_off, is_followed_by_request, is_not_found
from ingest.scripts import words_in

_HEADLINE = range(25, 250)  # characters of a link that is a headline
_HEADLINE_SPACES = 3
_LINKS = 12  # such links, at the least, make a list
_LINKED = 0.8  # of the characters of a line that is a link
_UNLINKED = 0.3  # at most, of a line that is prose
_CARDS = 5  # links with a summary each, at the least, make one where they are all there is
_SUMMARY = 250  # characters that none has: what is said of an entry of an article's own list may have more
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
    found = _measured(lines)
    if found.longest <= _SUGGESTING_RUN and any(map(is_not_found, (*facts.titles, *facts.heads))):
        return "the page was not found"
    is_list = len(found.links) >= _LINKS and found.linked > found.prose
    is_of_cards = len(found.cards) >= _CARDS and not found.prose and not found.is_told
    if found.longest <= _LIST_RUN and (is_list or is_of_cards):
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


@dataclass(slots=True)
class _Measures:
    """What a page holds: headlines that are links, prose, and cards, each a link with its summary in one element."""

    links: set[str] = field(default_factory=set)
    linked: int = 0  # characters of these headlines
    prose: int = 0  # characters of unlinked prose that is no summary
    longest: int = 0  # run of lines of prose
    cards: set[int] = field(default_factory=set)
    is_told: bool = False  # there is a sentence above the last card, and in none


def _measured(lines: Sequence[Line]) -> _Measures:
    """Give what stands on the page."""
    found, blocks = _Measures(), set[int]()
    run = card = 0
    is_open = False
    for line in lines:
        size = weight(line.text)
        if line.linked >= _LINKED * len(line.text):
            is_worded = line.text.count(" ") >= _HEADLINE_SPACES or not line.text.isascii()
            if size in _HEADLINE and is_worded:
                found.links.add(line.text)
                found.linked += size
                run = 0
                card = 0 if line.block in blocks else line.block
                blocks.add(line.block)
        elif line.linked < _UNLINKED * len(line.text):
            is_prose = (size >= _SENTENCE and is_sentence(line.text)) or size >= _PARAGRAPH
            is_summary = line.block == card and size < _SUMMARY
            if is_summary:
                found.cards.add(card)
                found.is_told |= is_open
            elif is_sentence(line.text) and (size >= SHORT or rule_of(line.text) is None):
                is_open = True
            run += is_prose
            found.longest = max(found.longest, run)
            found.prose += size * (is_prose and not is_summary)
    return found
