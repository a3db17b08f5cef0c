"""Which lines of a page are the article's, once each has its odds.

    likely lines | no doubtful end | no hole in the text | no article twice | no post without its name
                 | the standfirst  | tables whole        | no note behind the end

What is decided here hangs on the lines that are chosen around a line, which its odds know only in part.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.clean.blocks import CLASSES, TAGS, Line
from ingest.clean.endings import endings
from ingest.clean.headline import folded
from ingest.clean.windows import Floats

_SURE, _SURE_BETWEEN = 0.0, -0.7  # log odds from which a line is the article's, and one between two that are
_INTRODUCES = (":", "：")
_MAX_INTRODUCTION = 80  # characters
_LONG = 60  # letters and digits that no two lines share by chance
_MIN_REPEATED, _REPEATED_SHARE = 3, 0.25  # long lines, and share of the characters, of an article shown twice
# A line that templates call the standfirst is one where it stands close above the text and is not very unlikely.
_SURE_STANDFIRST, _ABOVE, _MIN_STANDFIRST = -2.3, 15, 40  # log odds, lines, characters
_SURE_NEWS = -4.0  # the same where the page calls itself news and the name is one that newsrooms use
_NEWSROOM = re.compile(
    r"(?<![a-z])(?:sub(?:head(?:ing|line)?|hed|line)|standfirst|strapline|teaser|lede|epigraph|epigrafe|entradilla"
    r"|bajada|copete|chapo|chapeau|catenaccio|sommario|vorspann|ingress|manchet|perex)(?![a-z])"
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_STANDFIRST = 1 << next(at for at, words in enumerate(CLASSES) if "standfirst" in words)
_CAPTION = 1 << next(at for at, words in enumerate(CLASSES) if "caption" in words)
_HEADLINE = 1 << TAGS.index("h1")
_SURE_TABLE = -1.5  # mean log odds of the cells of a table between two lines of the article
_BASE = 10  # characters that every cell counts more than it has
_MIN_CELLS, _MAX_CELL = 4, 200  # characters; what is longer stands in a table for its layout
# Log odds from which a sub-headline or an answer is the article's, though a template may say the same, and such a
# line in quotes.
_SURE_WORDS, _SURE_QUOTE = 1.85, 0.5
_HEADINGS = sum(1 << at for at, names in enumerate(TAGS) if names in ("h2", "h3|h4|h5|h6"))
_MAX_LINKED = 0.3  # of its characters
_ENDS = (".", "!", "?", "。", "！", "？", "۔", "।")
_OPENING, _CLOSING = ("“", "„", "«", "»", '"', "「", "『"), ("”", "“", "»", "«", '"', "」", "』")
_NAME_OF_POST = re.compile(r"[—–-] ?.{1,80}\(@\w+\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The numbers of the article's lines, which of them no rule may name, and what one took from their end."""

    kept: list[int]
    spared: frozenset[int]  # cells of a table, and words of the article's that templates use too
    taken: dict[int, str]


def settle(
    lines: Sequence[Line],
    asked: NDArray[np.intp],
    odds: Floats,
    *,
    authors: Sequence[str] = (),
    is_news: bool = False,
) -> Settled:
    """Give the article's lines; `odds` are the log odds of those `asked` about.

    `authors` are the names of those who wrote it; `is_news` where the page says in its data that it is news.
    """
    known = dict(zip(asked.tolist(), odds.tolist(), strict=True))
    likely = [at for at, odd in known.items() if odd > _SURE]
    while likely and _introduces(lines[likely[-1]].text):
        likely.pop()
    chosen = set(likely)
    chosen |= {at for at in known if {at - 1, at + 1} <= chosen and known[at] > _SURE_BETWEEN}
    chosen -= _repeated(lines, sorted(chosen))
    chosen |= {at for at in known if at - 1 in chosen and _NAME_OF_POST.match(lines[at].text)}
    tables = _tables(lines, known, chosen)
    cells = frozenset(at for table in tables if _mean(lines, known, table) > _SURE_TABLE for at in table)
    kept = sorted(chosen.difference(*tables) | cells | _standfirst(lines, known, chosen, is_news=is_news))
    taken = endings(lines, kept, known, authors)
    spared = cells.union(at for at in kept if _is_said(lines[at], known[at])).difference(taken)
    return Settled(kept=[at for at in kept if at not in taken], spared=spared, taken=taken)


def _is_said(line: Line, odds: float) -> bool:
    """Whether a line is surely the article's own, such as "Follow me" over a paragraph, or "Home." for an answer."""
    if line.linked > _MAX_LINKED * len(line.text):
        return False
    if odds > _SURE_WORDS:
        return bool(line.tags & _HEADINGS) or line.text.endswith(_ENDS)
    return odds > _SURE_QUOTE and line.text.startswith(_OPENING) and line.text.endswith(_CLOSING)


def _standfirst(lines: Sequence[Line], known: dict[int, float], chosen: set[int], *, is_news: bool) -> set[int]:
    """Give the lines above the text that the page calls its standfirst, and that the text does not say again."""
    first = min(chosen, default=0)
    found = {
        at
        for at in range(max(0, first - _ABOVE), first)
        if at in known
        and len(lines[at].text) >= _MIN_STANDFIRST
        and _calls_standfirst(lines[at], known[at], is_news=is_news)
    }
    said = {folded(lines[at].text) for at in chosen} if found else set()
    return {at for at in found if folded(lines[at].text) not in said}


def _calls_standfirst(line: Line, odds: float, *, is_news: bool) -> bool:
    """Whether the page calls the line its standfirst, and it may well be."""
    if line.near & _CAPTION or line.tags & _HEADLINE:
        return False
    if line.near & _STANDFIRST and odds > _SURE_STANDFIRST:
        return True
    is_called = _NEWSROOM.search(_CAMEL.sub(" ", line.kind).lower()) is not None
    return is_news and is_called and odds > _SURE_NEWS and 2 * line.linked <= len(line.text)


def _tables(lines: Sequence[Line], known: dict[int, float], chosen: set[int]) -> list[list[int]]:
    """Give the lines of each table of figures and short texts that stands inside the article: all of it or none."""
    tables: dict[int, list[int]] = {}
    for at in known:
        if lines[at].table:
            tables.setdefault(lines[at].table, []).append(at)
    first, last = min(chosen, default=0), max(chosen, default=0)
    return [
        cells
        for cells in tables.values()
        if first < cells[0]
        and cells[-1] < last
        and len(cells) >= _MIN_CELLS
        and max(len(lines[at].text) for at in cells) <= _MAX_CELL
    ]


def _mean(lines: Sequence[Line], known: dict[int, float], cells: list[int]) -> float:
    """Give the mean log odds of cells, the longer ones counting more."""
    sizes = [len(lines[at].text) + _BASE for at in cells]
    return sum(known[at] * size for at, size in zip(cells, sizes, strict=True)) / sum(sizes)


def _introduces(text: str) -> bool:
    """Whether a line announces what comes, which is not there where the line is the last."""
    return len(text) < _MAX_INTRODUCTION and text.endswith(_INTRODUCES)


def _repeated(lines: Sequence[Line], kept: list[int]) -> set[int]:
    """Give the lines of an article's second showing, as on pages that hold it once for each width of screen."""
    keys = {at: folded(lines[at].text) for at in kept}
    first: dict[str, int] = {}
    for at, key in keys.items():
        first.setdefault(key, at)
    again = [at for at, key in keys.items() if first[key] != at]
    long = [len(keys[at]) for at in again if len(keys[at]) > _LONG]
    if len(long) < _MIN_REPEATED or sum(long) < _REPEATED_SHARE * sum(map(len, keys.values())):
        return set()
    return set(again)
