"""What stands around the headline of a page, where outlets put the byline and the day."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ingest.clean.dates import dates_in, read_date
from ingest.clean.headline import folded
from ingest.clean.sheet import is_dense

_BEFORE, _BEHIND = 6, 14  # lines of the page
_CLOSE, _ABOVE = 5, 2  # where the day of the article itself stands
_MAX_CHARS = 120
_MAX_OTHER_WORDS = 6  # in a line that is there for its date
_WORD = re.compile(r"[^\W\d_]{2,}")
_BY = re.compile(
    r"^(?:[Bb]y|BY|(?:[Rr]eviewed|[Ww]ritten|[Pp]osted|[Aa]uthored|[Pp]ublished|[Ss]ubmitted) by"
    r"|[Vv]on|[Pp]ar|[Pp]or|[Dd]oor|[Aa]utor(?:in|e)?:|[Aa]uthor:|作者[:：]|记者|文[/:：]|بقلم|द्वारा)\s*[:：]?\s+(?=[^\W\d_a-z])"
    r"|^(?:[Ii]nterview|[Tt]e[kx]s?t[eo]?|[Tt]esto|[Hh]aber|[Mm]uhabir|[Oo]leh|[Аа]втор|[Тт]екст|מאת|كتبت?)\s?:\s?"
)
_WORD_OF_NAME = r"[^\W\d_a-z][^\W\d_]*[.’'-]?(?:[^\W\d_]+)?"
_NAME = (
    rf"{_WORD_OF_NAME}(?: (?:[^\W\d_a-z][\w.’'-]*"
    r"|de|van|von|der|den|la|le|da|dos|di|el|al|bin)){1,4}"
)
_NAMES = re.compile(rf"(?:di )?{_NAME}(?:(?:,| and| und| et| y| e| og| och| &) {_NAME}){{0,3}}")
_REPORTER = re.compile(r"[가-힣]{2,4} 기자\b")
_FIELD = re.compile(r"\s*[|•·]\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Masthead:
    """What the lines around the headline say, best first."""

    bylines: list[str]
    dates: list[datetime]  # in the zones that are said
    shown: list[datetime]  # those of them that stand by themselves, close to the headline
    changes: list[datetime]


def read_masthead(visible: Sequence[str], title: str) -> Masthead:
    """Give the bylines and dates in the `visible` lines of a page around its `title`.

    >>> read_masthead(["Ferry back", "By Ana Ruiz", "Nov 3, 2025"], "Ferry back").bylines
    ['By Ana Ruiz']
    """
    sought = folded(title)
    headlines = [at for at, line in enumerate(visible) if len(line) < 3 * _MAX_CHARS and folded(line) == sought]
    headlines = headlines or [
        at
        for at, line in enumerate(visible)
        if len(sought) > 12 and len(line) < 3 * _MAX_CHARS and folded(line).startswith(sought)
    ]
    if not sought or not headlines:
        return Masthead(bylines=[], dates=[], shown=[], changes=[])
    at = headlines[0] if len(headlines) == 1 else _best(visible, headlines)
    around = [*visible[at + 1 : at + 1 + _BEHIND], *reversed(visible[max(0, at - _BEFORE) : at])]
    lines = [line for line in around if len(line) <= _MAX_CHARS]
    dates = [said for line in lines for said in dates_in(line)]
    shown = [*_shown([*visible[at + 1 : at + 1 + _CLOSE], *reversed(visible[max(0, at - _ABOVE) : at])])]
    return Masthead(
        bylines=[*_bylines(around, behind=min(_CLOSE, len(visible) - at - 1))],
        dates=list(dict.fromkeys([*shown, *(date for is_change, date in dates if not is_change)])),
        shown=shown,
        changes=[date for is_change, date in dates if is_change],
    )


def _best(visible: Sequence[str], headlines: list[int]) -> int:
    """Give the headline that has a date or a byline nearest behind it."""
    for reach in (4, _BEHIND):
        for at in headlines[:_BEFORE]:
            behind = visible[at + 1 : at + 1 + reach]
            if _is_dated(behind) or next(_bylines(behind, behind=_CLOSE), None):
                return at
    return headlines[0]


def _bylines(around: Sequence[str], *, behind: int) -> Iterator[str]:
    """Give the bylines: those that say so, and names in the first lines, those `behind` the headline."""
    lines = [line for line in around if len(line) <= _MAX_CHARS]
    yield from (line for line in lines if _BY.match(line))
    for at, line in enumerate(around[:behind]):
        if len(line) > _MAX_CHARS or _BY.match(line):
            continue
        # A name alone is a byline where the day stands beside it, in its line or in those around.
        name, *fields = _FIELD.split(line)
        beside = fields or [*around[max(0, at - 1) : at], *around[at + 1 : at + 3]]
        if reporter := _REPORTER.match(line):
            yield reporter[0]
        elif _NAMES.fullmatch(name) and not is_dense(name) and _is_dated(beside):
            yield name


def _is_dated(lines: Sequence[str]) -> bool:
    return any(read_date(line) for line in lines if len(line) <= _MAX_CHARS)


def _shown(lines: Sequence[str]) -> Iterator[datetime]:
    """Give the days in lines that hold little else: a caption or a link of another article says more."""
    for line in lines:
        if len(line) <= _MAX_CHARS and len(_WORD.findall(line)) <= _MAX_OTHER_WORDS + 2:
            yield from (date for is_change, date in dates_in(line) if not is_change)
