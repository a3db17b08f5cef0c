"""Which wire agency a text credits: its dateline, its last line or its byline says so."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

_DATELINE_CHARS = 160
_CREDIT_LINE_CHARS = 120

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.?"
_DASH = r"\s?(?:--?|–|—|:|\.)\s?"
_PLACE = r"[^\W\d_a-z][^()\n:]{0,60}?"
# London, May 3 (AP) —
_DATELINE = re.compile(
    rf"\s*(?:(?P<place>{_PLACE}),?\s+)?(?:(?P<day>{_MONTH}\s\d{{1,2}}|\d{{1,2}}\.?\s{_MONTH})(?:,\s\d{{4}})?,?\s+)?"
    rf"[(\[（](?P<name>[^\W\d_][\w .&/’'-]{{1,38}})[)\]）]{_DASH}"
)
_BARE = re.compile(rf"\s*(?:{_PLACE}[,/]\s*)?(?P<name>[A-ZÁČ][\w. -]{{1,24}}?)\s?(?:--|–|—)\s")
_CHINESE = re.compile(
    r"\s*[（(]?(?:据)?(?P<name>新华社|中新社|路透社|法新社|美联社|共同社)[^，。\n]{0,20}?(?:电|讯|消息|报道)"
)
_JAPANESE = re.compile(r"\s*(?:【.{1,20}?[=＝・ ]?(?P<name>共同|時事|ロイター|AFP)】)")
_SOURCE = (
    "source|quelle|quellen|fuente|fonte|bron|kaynak|источник|المصدر|来源|來源|出典"
    "|with (?:material|files|reporting|information|inputs?) from|mit material von|avec|con información de"
)
_YEAR = r"(?:\s?(?:19|20)\d\d)?"
_LAST = re.compile(
    rf"[(\[（]?\s*(?:{_SOURCE}|©{_YEAR}|\(c\){_YEAR}|copyright{_YEAR})\s*[:：]?\s*(?:the )?"
    r"(?P<name>[^\W\d_][\w .&/’'-]{1,38}?)\s*[)\]）]?[.。]?(?: all rights reserved.{0,60})?",
    re.IGNORECASE,
)
_BYLINE = re.compile(
    r"[Bb]y (?:the )?(?P<name>[A-Z][\w.-]{2,20}(?: [A-Z][\w.-]{1,15})?) (?:staff|reporters?|correspondents?)\b"
)
# fmt: off
_GENERIC = frozenset({
    "our", "the", "news", "web", "agency", "online", "video", "photo", "sports", "business", "staff", "own", "special",
    "updated", "update", "file", "reporter", "daily", "city", "district",
})
# fmt: on


def credit_of(text: str, byline: str | None, lines: Iterable[str] = ()) -> str | None:
    """Give the agency that `text`, the byline or one of the removed `lines` credits; None without one.

    An unknown capitalised name counts where it stands like one: "PORT, May 3 (Northwire) -".

    >>> credit_of("LONDON, May 3 (AP) — Ships are back.", None)
    'AP'
    """
    return _dateline(text[:_DATELINE_CHARS]) or _ending(text) or _from_byline(byline) or _from_lines(lines)


def _dateline(start: str) -> str | None:
    found = _DATELINE.match(start) if "(" in start or "[" in start or "（" in start else None
    if found:
        name = _agencies().get(found["name"].strip().lower())
        if name is None and (found["day"] or (found["place"] or "").isupper()) and _is_name(found["name"]):
            name = found["name"].strip()
        return name
    for pattern in (_CHINESE, _JAPANESE) if not start.isascii() else ():
        if named := pattern.match(start):
            return _agencies().get(named["name"].lower(), named["name"])
    if not any(dash in start for dash in ("--", "–", "—")):
        return None
    bare = _BARE.match(start)
    spelling = bare["name"].strip().lower() if bare else ""
    return _agencies().get(spelling) if spelling not in _ambiguous() else None


def _ending(text: str) -> str | None:
    last = text[text.rfind("\n") + 1 :]
    return _credit_line(last) if len(last) <= _CREDIT_LINE_CHARS else None


def _credit_line(line: str) -> str | None:
    found = _LAST.fullmatch(line.strip())
    spelling = (found["name"] if found else line.strip("()[]/ .–—-")).strip().lower()
    if not found and (spelling in _ambiguous() or line[:1] not in "([/–—-"):
        return None
    first = spelling.split("/")[0].strip()
    return _agencies().get(spelling) or _agencies().get(first)


def _from_byline(byline: str | None) -> str | None:
    for part in re.split(r"[,;/|]| and | und | et | y ", byline) if byline else ():
        name = part.strip().lower().removesuffix(" staff").removesuffix(" reporters").removeprefix("by ").strip()
        if name in _agencies():
            return _agencies()[name]
    return None


def _from_lines(lines: Iterable[str]) -> str | None:
    for line in lines:
        if len(line) > _CREDIT_LINE_CHARS:
            continue
        if name := _credit_line(line):
            return name
        found = _BYLINE.match(line)
        if found:
            known = _agencies().get(found["name"].lower())
            if known:
                return known
    return None


@cache
def _agencies() -> dict[str, str]:
    return {spelling.removeprefix("? "): name for name, spellings in _rows() for spelling in spellings}


@cache
def _ambiguous() -> frozenset[str]:
    """Give the spellings too short or too common to be believed outside of parentheses."""
    return frozenset(spelling[2:] for _, spellings in _rows() for spelling in spellings if spelling.startswith("? "))


def _rows() -> Iterator[tuple[str, list[str]]]:
    for line in (Path(__file__).parent / "agencies.tsv").read_text("utf-8").splitlines():
        if not line.startswith("# "):
            name, _, spellings = line.partition("\t")
            yield name, spellings.split(" | ")


def _is_name(name: str) -> bool:
    words = name.strip().split()
    return (
        len(words) <= 3
        and all(word[0].isupper() for word in words)
        and not any(word.lower() in _GENERIC for word in words)
    )
