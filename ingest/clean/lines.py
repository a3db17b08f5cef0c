"""Text dumps: named rules that drop a line or cut the tail, each telling what it removed and why.

A pass asks the rules about the short lines, then looks at how lines lie: the comments at the end, the block of
links after "Related articles", the menus around the article. Passes repeat until one removes nothing, so that
cleaning a cleaned text changes nothing.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from ingest.clean.furniture import SHORT, is_marker, notice_of, rule_of
from ingest.document import Removed

# A line may be taken for furniture anywhere, or, with these rules, only around the article:
# "Sport" and "May 3, 2025" are good sub-headlines.
_OUTER = frozenset({"section", "dateline", "author-note", "taxonomy-line", "share-bar", "subscription"})

_ENDINGS = frozenset({"comments", "related", "copyright", "newsletter", "cookie-notice"})

_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_ENDS = frozenset(".!?…。！？؟۔।:：;；,，、")
_CLOSERS = "\"'”’»«“„)]）】」』*›"
_OPENERS = "\"'“”„‘’«»([【「 *#"
_BULLETS = frozenset("•·*-–—▪►‣○●◦■□→>✓#+")
_HANDLE = re.compile(
    r"(?:\d+\.\s*)?.{1,60}\b(?:\d{1,2}:\d\d|says:?|said:|wrote:|(?:19|20)\d\d|ago|reply|antworten|responder|répondre)\b.{0,20}|#?\d+\.?",
    re.I,
)

_EVIDENCE = 3  # named lines that make a text a dump of a page
_TITLE_SLACK = 4  # characters by which a repeated headline may differ: quotes, an end mark
_SENTENCE = 60  # characters from which a line with an end mark is a paragraph
_MAX_GAP = 4.0
_STANDFIRST = 8  # lines above the first paragraph that may hold it
_MENU = 8  # short lines on end that make it one


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """The article's lines, and what was around them."""

    title: str
    lines: list[str]
    removed: tuple[Removed, ...]


@dataclass(slots=True)
class _Sheet:
    """The lines still there in one pass, and the rule that takes each away."""

    lines: list[str]
    names: dict[int, str] = field(default_factory=dict)  # what the line says by itself
    taken: dict[int, str] = field(default_factory=dict)  # which rule removes it


def clean_lines(text: str, *, title: str | None) -> Cleaned:
    r"""Give the article in a text dump; `title` where somebody states it.

    >>> dump = "Ships return\n\nShips are back in the harbour.\n\n2 Comments\n\nLeave a comment"
    >>> clean_lines(dump, title=None).lines
    ['Ships are back in the harbour.']
    """
    lines = [line for part in text.split("\n") if (line := part.strip())]
    if "\t" in text or "\u00a0" in text:
        lines = [" ".join(line.split()) for line in lines]
    return _until_still(lines, title, _read)


def clean_paragraphs(lines: list[str], *, title: str | None) -> Cleaned:
    """Give the article in paragraphs that an extractor chose: only what a line says by itself can remove it."""
    return _until_still(lines, title, _read_chosen)


def _until_still(lines: list[str], title: str | None, read: Callable[[_Sheet, str | None], str | None]) -> Cleaned:
    removed: list[tuple[int, str, str]] = []
    numbers = list(range(len(lines)))
    while True:
        sheet = _Sheet(lines)
        title = read(sheet, title)
        if not sheet.taken:
            break
        removed += [(numbers[at], lines[at], rule) for at, rule in sheet.taken.items()]
        numbers = [number for at, number in enumerate(numbers) if at not in sheet.taken]
        lines = [line for at, line in enumerate(lines) if at not in sheet.taken]
    ordered = tuple(Removed(line, rule) for _, line, rule in sorted(removed)) if removed else ()
    return Cleaned(title=title or "", lines=lines, removed=ordered)


def _read(sheet: _Sheet, title: str | None) -> str | None:
    """Fill `sheet.taken` in one pass; give the title, found where none is stated."""
    short = _name_lines(sheet)
    names = len(sheet.names)
    if names or title is None or len(short) >= _MENU:
        return _read_closely(sheet, title, _prose(sheet, short))
    # Most texts are clean, and this is all they cost.
    if title and (short or len(title) >= SHORT - _TITLE_SLACK):
        _take_title(sheet, title)
    return title


def _read_closely(sheet: _Sheet, title: str | None, prose: list[int]) -> str | None:
    names = len(sheet.names)
    if names:
        _take_named(sheet, prose)
        _cut_comments(sheet, prose)
        _take_links(sheet)
        _cut_author(sheet, prose)
    start = 0
    if names >= _EVIDENCE or len(sheet.lines) - len(prose) - names >= _MENU:
        _take_notices(sheet, prose)
        start = _take_surroundings(sheet)
    if title is None:
        title = _find_title(sheet, prose, start)
    if title:
        _take_title(sheet, title)
    if start:
        _keep_standfirst(sheet, start)
    return title


def _read_chosen(sheet: _Sheet, title: str | None) -> str | None:
    short = _name_lines(sheet)
    _take_named(sheet, _prose(sheet, short))
    if title:
        _take_title(sheet, title)
    return title


def _name_lines(sheet: _Sheet) -> list[int]:
    """Fill `sheet.names`; give the numbers of the short lines, the only ones that rules look at."""
    lines = sheet.lines
    short = [at for at, line in enumerate(lines) if len(line) < SHORT]
    for at in short:
        if (name := rule_of(lines[at])) is not None:
            sheet.names[at] = name
    return short


def _prose(sheet: _Sheet, short: list[int]) -> list[int]:
    """Give the numbers of the lines of running text: the long ones, and sentences."""
    brief = {at for at in short if at in sheet.names or not _is_prose(sheet.lines[at])}
    return [at for at in range(len(sheet.lines)) if at not in brief]


def _take_named(sheet: _Sheet, prose: list[int]) -> None:
    if not prose:
        first = last = -1
    else:
        first, last = prose[min(1, len(prose) - 1)], prose[-1]
    for at, name in sheet.names.items():
        is_outside = name not in _OUTER or at <= first or at >= last
        if is_outside and (name != "section" or first < 0 or len(sheet.names) >= _EVIDENCE):
            sheet.taken[at] = name


def _cut_comments(sheet: _Sheet, prose: list[int]) -> None:
    """Cut from the heading of the comments on, where it stands behind the article or comments follow it."""
    size = sum(map(len, sheet.lines))
    before = 0
    for at, line in enumerate(sheet.lines):
        if sheet.names.get(at) == "comments" and before:
            followers = [line for line in sheet.lines[at + 1 : at + 5] if len(line) < SHORT]
            handles = sum(1 for line in followers if _HANDLE.fullmatch(line))
            is_behind = before > size / 2 and prose and at > prose[0]
            if is_behind or (handles and sum(1 for other in prose if other < at) >= 3):
                for rest in range(at, len(sheet.lines)):
                    name = sheet.names.get(rest)
                    sheet.taken[rest] = name if name and name not in _OUTER else "comments"
                return
        before += len(line)


def _take_links(sheet: _Sheet) -> None:
    """Take the headlines that stand under "Related articles"."""
    for at, name in sheet.names.items():
        if name != "related" or not is_marker(sheet.lines[at]):
            continue
        run = at + 1
        while run < len(sheet.lines) and run - at <= 12 and (run in sheet.taken or _is_link(sheet.lines[run])):
            run += 1
        # The last one may be a sub-headline of the article that goes on.
        last = sheet.lines[run - 1]
        if (
            run < len(sheet.lines)
            and run - at > 2
            and run - 1 not in sheet.names
            and last[0] not in _BULLETS
            and len(last) < 60
        ):
            run -= 1
        for link in range(at + 1, run):
            sheet.taken.setdefault(link, sheet.names.get(link, "related"))


def _cut_author(sheet: _Sheet, prose: list[int]) -> None:
    """Cut the note on the author behind the article."""
    for at, name in sheet.names.items():
        if name == "author-note" and is_marker(sheet.lines[at]):
            behind = sum(1 for other in prose if other > at)
            if behind <= 3 and behind * 3 <= len(prose):
                for rest in range(at, len(sheet.lines)):
                    sheet.taken.setdefault(rest, sheet.names.get(rest, "author-note"))
                return


def _take_notices(sheet: _Sheet, prose: list[int]) -> None:
    """Take long lines at either end that speak of the page or of the author."""
    ends = {*prose[:3], *prose[-4:]} if len(prose) > 3 else set()
    for at in ends:
        if at not in sheet.taken and (rule := notice_of(sheet.lines[at])) is not None:
            sheet.taken[at] = rule


def _take_surroundings(sheet: _Sheet) -> int:
    """Take what stands before and behind the article; give where the article starts.

    The article is the run of lines with the greatest sum, where paragraphs count for it and links against it:
    Pasternack and Roth, "Extracting article text from the web with maximum subsequence segmentation", WWW 2009.
    """
    best = total = gap = 0.0
    start = opened = end = 0
    for at in range(len(sheet.lines)):
        score = _score(sheet, at)
        if score > 1:
            gap = 0.0
        elif score < 0 and at not in sheet.names:
            # A long list, however long, is one interruption: articles have some.
            score = max(score, gap - _MAX_GAP)
            gap -= score
        total += score
        if total > best:
            best, start, end = total, opened, at + 1
        elif total < 0:
            total, opened, gap = 0.0, at + 1, 0.0
    if not best:
        return 0
    for at in range(start):
        sheet.taken.setdefault(at, "navigation")
    for at in range(end, len(sheet.lines)):
        sheet.taken.setdefault(at, "footer")
    return start


def _keep_standfirst(sheet: _Sheet, start: int) -> None:
    """Give back the standfirst, the sentences between headline and first paragraph."""
    headline = max(
        (at for at, rule in sheet.taken.items() if rule == "title-repeated" and at < start), default=start - 6
    )
    for at in range(max(headline + 1, start - _STANDFIRST, 0), start):
        line = sheet.lines[at]
        is_long = len(line) >= 60 and line.count(" ") >= 8
        if at not in sheet.names and sheet.taken.get(at) == "navigation" and (is_sentence(line) or is_long):
            del sheet.taken[at]


def _score(sheet: _Sheet, at: int) -> float:
    """Give how much a line speaks for being inside the article."""
    line, name = sheet.lines[at], sheet.names.get(at)
    if at in sheet.taken or name is not None:
        return -3.0 if name in _ENDINGS and is_marker(line) else -1.0
    size = weight(line)
    if size >= SHORT:
        return max(1.01, min(size, 600) / 100)
    if is_sentence(line):
        return 0.4 if size >= 40 else 0.0
    return -0.7 if size < 40 else -0.35


def _find_title(sheet: _Sheet, prose: list[int], start: int) -> str | None:
    """Give the headline: a line that is said twice at the top, the longest above the article, or the first line."""
    first = prose[0] if prose else len(sheet.lines)
    top = [
        at
        for at in range(min(max(first, start) + 1, len(sheet.lines)))
        if at not in sheet.names and _is_headline(sheet.lines[at])
    ]
    counts = Counter(_folded(sheet.lines[at]) for at in top)
    repeated = [at for at in top if counts[_folded(sheet.lines[at])] > 1 and len(sheet.lines[at].split()) > 2]
    if repeated:
        return sheet.lines[max(repeated, key=lambda at: (counts[_folded(sheet.lines[at])], len(sheet.lines[at])))]
    near = [at for at in top if at >= first - 8 and weight(sheet.lines[at]) >= 25]
    if start and near:
        return sheet.lines[near[0]]
    kept = [at for at in range(len(sheet.lines)) if at not in sheet.taken]
    if len(kept) > 1 and _is_headline(sheet.lines[kept[0]]):
        longest = max(len(sheet.lines[at]) for at in kept[1:])
        if longest > len(sheet.lines[kept[0]]):
            return sheet.lines[kept[0]]
    return None


def _take_title(sheet: _Sheet, title: str) -> None:
    shortest, longest = len(title) - _TITLE_SLACK, len(title) + _TITLE_SLACK
    alike = [at for at, line in enumerate(sheet.lines) if shortest <= len(line) <= longest]
    start = title.lstrip(_OPENERS)[:1].lower()
    if alike := [at for at in alike if sheet.lines[at].lstrip(_OPENERS)[:1].lower() == start]:
        folded = _folded(title)
        sheet.taken.update((at, "title-repeated") for at in alike if _folded(sheet.lines[at]) == folded)


def _is_headline(line: str) -> bool:
    return len(line) < 160 and line[0] not in _BULLETS and line.rstrip(_CLOSERS)[-1:] not in ".。:：,;…"


def _is_link(line: str) -> bool:
    return len(line) < 160 and (line[0] in _BULLETS or not is_sentence(line))


def is_sentence(line: str) -> bool:
    """Tell whether a line ends as a sentence does."""
    return line.rstrip(_CLOSERS)[-1:] in _ENDS and (line.count(" ") >= 3 or not line.isascii())


def _is_prose(line: str) -> bool:
    return weight(line) >= SHORT or (len(line) >= _SENTENCE and is_sentence(line))


def weight(line: str) -> int:
    """Give the length of a line in characters of a Latin text: one Chinese character says as much as three."""
    return len(line) if line.isascii() else len(line) + 2 * len(_CJK.findall(line))


def _folded(line: str) -> str:
    return "".join(filter(str.isalnum, line.casefold()))
