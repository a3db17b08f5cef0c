r"""Text, line by line: what names itself as furniture goes; what is a page dump is asked line by line.

    name lines | few name themselves: comments, links, author's note | headline
               | many do, a dump:     the model of dumps.py          | headline, and the rules once more

Passes of the rules repeat until one removes nothing. A text that the rules leave alone is no dump, so that cleaning
a cleaned text changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ingest.clean.announced import cut_comments, take_announced
from ingest.clean.dumps import choose
from ingest.clean.sheet import (
    TITLE_RULE,
    Sheet,
    find_title,
    is_sentence,
    may_hold_title,
    read_sheet,
    split_lines,
    take_named,
    take_title,
)
from ingest.document import Removed

# Lines that name themselves as furniture and make a text a dump of a page: fewer where nobody states a headline,
# since texts that come with one are records that somebody cleaned.
_STATED, _UNSTATED = 3, 1

_STANDFIRST = 8  # lines above the first paragraph that may hold it


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """The article's lines, and what was around them."""

    title: str
    lines: list[str]
    removed: tuple[Removed, ...]


@dataclass(frozen=True, slots=True)
class _Rest:
    """The lines that are left, where they stood, and what was removed: where it stood, the line, the rule."""

    lines: list[str]
    numbers: list[int]
    removed: list[tuple[int, str, str]]

    def without(self, taken: dict[int, str]) -> "_Rest":
        gone = [(self.numbers[at], self.lines[at], rule) for at, rule in taken.items()]
        kept = [at for at in range(len(self.lines)) if at not in taken]
        return _Rest([self.lines[at] for at in kept], [self.numbers[at] for at in kept], [*self.removed, *gone])


def clean_lines(text: str, *, title: str | None) -> Cleaned:
    r"""Give the article in a text dump; `title` where somebody states it.

    >>> dump = "Ships return\n\nShips are back in the harbour.\n\n2 Comments\n\nLeave a comment"
    >>> clean_lines(dump, title=None).lines
    ['Ships are back in the harbour.']
    """
    lines = split_lines(text)
    rest = _Rest(lines, list(range(len(lines))), [])
    sheet = read_sheet(lines)
    enough = _STATED if title else _UNSTATED
    if len(sheet.names) >= enough:
        prose = sheet.prose()
        take_named(sheet, prose)
        if len(sheet.taken) >= enough:
            title = _read_dump(sheet, prose, text, title)
            rest = rest.without(sheet.taken)
            sheet = read_sheet(rest.lines)
    return _until_still(rest, sheet, title, _read)


def clean_paragraphs(lines: list[str], *, title: str | None, spared: frozenset[int] = frozenset()) -> Cleaned:
    """Give the article in paragraphs that an extractor chose: only what a line says by itself can remove it.

    `spared` are the numbers of the lines that do not: in a cell a dash or a time is no furniture.
    """
    return _until_still(_Rest(lines, list(range(len(lines))), []), read_sheet(lines), title, _read_chosen, spared)


def _until_still(
    rest: _Rest,
    sheet: Sheet,
    title: str | None,
    read: Callable[[Sheet, str | None], str | None],
    spared: frozenset[int] = frozenset(),
) -> Cleaned:
    while True:
        for at in [at for at in sheet.names if rest.numbers[at] in spared]:
            del sheet.names[at]
        title = read(sheet, title)
        if not sheet.taken:
            break
        rest = rest.without(sheet.taken)
        sheet = read_sheet(rest.lines)
    ordered = tuple(Removed(line, rule) for _, line, rule in sorted(rest.removed)) if rest.removed else ()
    return Cleaned(title=title or "", lines=rest.lines, removed=ordered)


def _read_dump(sheet: Sheet, prose: list[int], text: str, title: str | None) -> str | None:
    """Fill `sheet.taken` with what is no article in the dump of a page; give the title, found where none is stated."""
    cut_comments(sheet, prose)
    certain = dict(sheet.taken)
    take_announced(sheet, prose)
    choice = choose(sheet, prose, text)
    sheet.taken = {at: sheet.taken.get(at) or sheet.names.get(at) or why for at, why in choice.unlikely.items()}
    sheet.taken |= certain
    if title is None:
        title = find_title(sheet, prose, choice.first)
    if title:
        take_title(sheet, title)
    _keep_standfirst(sheet, choice.first, choice.doubtful)
    return title


def _keep_standfirst(sheet: Sheet, start: int, doubtful: frozenset[int]) -> None:
    """Give back the standfirst, the sentences between headline and first paragraph that are `doubtful`."""
    heads = [at for at, rule in sheet.taken.items() if rule == TITLE_RULE and at < start]
    for at in range(max(heads, default=start - 1) + 1, start):
        line = sheet.lines[at]
        is_long = len(line) >= 60 and line.count(" ") >= 8
        is_near = start - at <= _STANDFIRST and at in doubtful
        if is_near and at not in sheet.names and (is_sentence(line) or is_long):
            del sheet.taken[at]


def _read(sheet: Sheet, title: str | None) -> str | None:
    """Fill `sheet.taken` in one pass over a text that is no dump; give the title, found where none is stated."""
    if sheet.names or title is None:
        prose = sheet.prose()
        take_named(sheet, prose)
        take_announced(sheet, prose)
        if title is None:
            title = find_title(sheet, prose, 0)
    # Most texts are clean, and this is all they cost.
    if title and may_hold_title(sheet, title):
        take_title(sheet, title)
    return title


def _read_chosen(sheet: Sheet, title: str | None) -> str | None:
    take_named(sheet, sheet.prose())
    if title:
        take_title(sheet, title)
    return title
