"""The lines of a text while rules look at them: what each says by itself, and what kind of line it is."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.clean.dates import read_date
from ingest.clean.furniture import SHORT, rule_of
from ingest.scripts import DENSE

# A line may be taken for furniture anywhere, or, with these rules, only around the article:
# "Sport" and "May 3, 2025" are good sub-headlines.
OUTER = frozenset({"section", "dateline", "author-note", "taxonomy-line", "share-bar", "subscription"})

_ENDS = frozenset(".!?…。！？؟۔।:：;；,，、")
CLOSERS = "\"'”’»«“„)]）】」』*›"
_OPENERS = "\"'“”„‘’«»([【「 *#"
BULLETS = frozenset("•·*-–—▪►‣○●◦■□→>✓#+")

_SECTIONS = 3  # named lines from which "Sport" is one of a menu, and no sub-headline
_TITLE_SLACK = 4  # characters by which a repeated headline may differ: quotes, an end mark
_NEAR = 8  # lines above the article, those that name themselves left out, that may hold its headline
_LONG_TITLE = 25  # characters that a section's name seldom has
TITLE_RULE = "title-repeated"
_FIELD = re.compile(r"\s*[|»•·]\s*")
_MAX_FIELDS = 2  # in a headline: a kicker, or the site's name
_SENTENCE = 60  # characters from which a line with an end mark is a paragraph


@dataclass(slots=True)
class Sheet:
    """The lines still there in one pass, and the rule that takes each away."""

    lines: Sequence[str]
    short: list[int] = field(default_factory=list)  # the numbers of the short lines, the only ones rules look at
    names: dict[int, str] = field(default_factory=dict)  # what a line says by itself
    taken: dict[int, str] = field(default_factory=dict)  # which rule removes it

    def prose(self) -> list[int]:
        """Give the numbers of the lines of running text: the long ones, and sentences."""
        brief = {at for at in self.short if at in self.names or not is_paragraph(self.lines[at])}
        return [at for at in range(len(self.lines)) if at not in brief]


def split_lines(text: str) -> list[str]:
    """Give the lines of `text` that are not empty, without the blanks around them and with single ones inside."""
    lines = [line for part in text.split("\n") if (line := part.strip())]
    if "\t" in text or "\u00a0" in text:
        lines = [" ".join(line.split()) for line in lines]
    return lines


def read_sheet(lines: Sequence[str]) -> Sheet:
    """Give `lines` (stripped, none empty) with the rules that name them."""
    sheet = Sheet(lines)
    sheet.short = [at for at, line in enumerate(lines) if len(line) < SHORT]
    for at in sheet.short:
        if (name := rule_of(lines[at])) is not None:
            sheet.names[at] = name
    return sheet


def take_named(sheet: Sheet, prose: list[int]) -> None:
    """Take the lines that say by themselves what they are, some of them only around the article."""
    if not prose:
        first = last = -1
    else:
        first, last = prose[min(1, len(prose) - 1)], prose[-1]
    for at, name in sheet.names.items():
        is_outside = name not in OUTER or at <= first or at >= last
        if is_outside and (name != "section" or first < 0 or len(sheet.names) >= _SECTIONS):
            sheet.taken[at] = name


def find_title(sheet: Sheet, prose: list[int], start: int) -> str | None:
    """Give the headline: a line said twice at the top, the longest or nearest above the article, or the first one.

    `start` is the number of the article's first line, where one is known to be above it, else 0.
    """
    first = prose[0] if prose else len(sheet.lines)
    top = [
        at
        for at in range(min(max(first, start) + 1, len(sheet.lines)))
        if at not in sheet.names and _is_headline(sheet.lines[at])
    ]
    counts = Counter(folded(sheet.lines[at]) for at in top)
    repeated = [at for at in top if counts[folded(sheet.lines[at])] > 1 and len(sheet.lines[at].split()) > 2]
    if repeated:
        return sheet.lines[max(repeated, key=lambda at: (counts[folded(sheet.lines[at])], len(sheet.lines[at])))]
    unnamed = [at for at in range(start) if at not in sheet.names][-_NEAR:]
    if above := [at for at in top if unnamed and unnamed[0] <= at < start]:
        long = [at for at in above if weight(sheet.lines[at]) >= _LONG_TITLE]
        if long or len(sheet.lines[above[-1]].split()) > 2:
            return sheet.lines[long[0] if long else above[-1]]
    kept = [at for at in range(len(sheet.lines)) if at not in sheet.taken]
    if len(kept) < 2:
        return None
    weighty = [at for at in kept[:_NEAR] if at in top and weight(sheet.lines[at]) >= _LONG_TITLE]
    head = weighty[0] if weighty else kept[0]
    longest = max(len(sheet.lines[at]) for at in kept if at != head)
    return sheet.lines[head] if _is_headline(sheet.lines[head]) and longest > len(sheet.lines[head]) else None


def take_title(sheet: Sheet, title: str) -> None:
    """Take the lines that are the headline, whatever their quotes and end mark."""
    shortest, longest = len(title) - _TITLE_SLACK, len(title) + _TITLE_SLACK
    alike = [at for at, line in enumerate(sheet.lines) if shortest <= len(line) <= longest]
    start = title.lstrip(_OPENERS)[:1].lower()
    if alike := [at for at in alike if sheet.lines[at].lstrip(_OPENERS)[:1].lower() == start]:
        key = folded(title)
        sheet.taken.update((at, TITLE_RULE) for at in alike if folded(sheet.lines[at]) == key)


def may_hold_title(sheet: Sheet, title: str) -> bool:
    """Whether a line of the sheet may be as short as `title`; asked first, since most texts are clean."""
    return bool(sheet.short) or len(title) >= SHORT - _TITLE_SLACK


def is_link(line: str) -> bool:
    """Whether `line` may be the text of a link under "Related articles"."""
    return len(line) < 160 and (line[0] in BULLETS or not is_sentence(line))


def is_sentence(line: str) -> bool:
    """Whether `line` ends as sentences do, and has words enough."""
    return line.rstrip(CLOSERS)[-1:] in _ENDS and (line.count(" ") >= 3 or not line.isascii())


def weight(line: str) -> int:
    """Give the length of `line` in characters of a Latin text."""
    return len(line) if line.isascii() else len(line) + 2 * len(DENSE.findall(line))


def is_dense(line: str) -> bool:
    """Whether `line` is in a script that puts no spaces between words."""
    return not line.isascii() and DENSE.search(line) is not None


def folded(line: str) -> str:
    """Give the letters and digits of `line`, in lower case."""
    return "".join(filter(str.isalnum, line.casefold()))


def is_paragraph(line: str) -> bool:
    """Whether `line` is running text: long, or a sentence of some length."""
    return weight(line) >= SHORT or (len(line) >= _SENTENCE and is_sentence(line))


def _is_headline(line: str) -> bool:
    """Whether `line` may be one: not a list's item, not a sentence, not fields of which there are many, or a day."""
    if len(line) >= 160 or line[0] in BULLETS or line.rstrip(CLOSERS)[-1:] in ".。:：,;…":
        return False
    fields = _FIELD.split(line)
    return len(fields) <= _MAX_FIELDS and (len(fields) == 1 or not any(map(read_date, fields)))
