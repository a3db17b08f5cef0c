"""Which wire agency a text credits: its dateline, its last line or its byline says so."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

_DATELINE_CHARS = 160
_CREDIT_LINE_CHARS = 120
_MAX_PLACE_CHARS = 60
_TAIL_CHARS = 60
_OPENING, _CLOSING = frozenset("([（【/"), frozenset(")]）/")

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.?"
_DASH = r"\s?(?:--?|–|—|:|\.)\s?"
_PLACE = r"[^\W\d_a-z][^()\n:]{0,60}?"
# London, May 3 (AP) —
_DATELINE = re.compile(
    rf"\s*(?:(?P<place>{_PLACE}),?\s+)?(?:(?P<day>{_MONTH}\s\d{{1,2}}|\d{{1,2}}\.?\s{_MONTH})(?:,\s\d{{4}})?,?\s+)?"
    rf"[(\[（](?P<name>[^\W\d_][\w .&/’'-]{{1,38}})[)\]）]{_DASH}"
)
# ПОРТ, 3 мая. /ТАСС/.   (서울=연합뉴스)   [港 3日 ロイター]   【港・共同】
_BRACKETED = re.compile(
    r"(?P<place>(?:[^(\[（/【]|(?<=\w)/(?=\w))*)(?P<open>[(\[（【]|/ ?(?=\w))"
    r"(?P<said>[^)\]）/】]{2,40}(?:/[^)\]）/】]{2,12})?)(?: ?/|[)\]）】])"
)
_INSIDE = re.compile(r"[/=＝・、\-–]|\s(?=[^\W\d_])")
_BARE = re.compile(rf"\s*(?:{_PLACE}[,/.]\s*)?(?P<name>[^\W\d_a-zа-яё][\w. -]{{1,24}}?)\s?(?:--|–|—|-)\s")
_AFTER_DAY = re.compile(rf"\s*{_PLACE}\d\s?[^\W\d_]{{3,10}}\s?[—–-]\s?(?P<name>[^\W\d_][^.—–\n]{{1,24}})\.\s")
_CHINESE = re.compile(
    r"\s*[（(]?(?:[据據])?(?P<name>新华社|新華社|中新社|中新网|中央社|路透社|法新社|美联社|美聯社|共同社|央视新闻)"
    r"[^，。\n]{0,20}?(?:电|電|讯|訊|消息|报道|報導|報道)"
)
_JAPANESE = re.compile(r"\s*【[^】]{1,20}?(?P<name>共同|時事|ロイター|AFP)】")
_SOURCE = (
    "source|quelle|quellen|fuente|fonte|bron|kaynak|источник|джерело|источници|المصدر|来源|來源|出典|źródło|zdroj|forrás"
    "|πηγή|kilde|källa|lähde|sursa|izvor|sumber|nguồn|स्रोत|출처"
    "|(?:with )?(?:additional )?(?:material|files|reporting|information|inputs?)(?: was provided)? (?:from|by)"
    "|mit material von|(?:.{2,30} )?avec|con información de|com informações d[aeo]|con informazioni di"
    "|met informatie van"
)
_YEAR = r"(?:\s?(?:19|20)\d\d)?"
_LAST = re.compile(
    rf"\W{{0,3}}(?:{_SOURCE}|©{_YEAR}|\(c\){_YEAR}|copyright{_YEAR})\s*[:：]?\s*(?:the |l['’]|el |la )?"
    r"(?P<name>[^\W\d_][\w .&/’'-]{1,38}?)\s*[)\]）]?(?:[.。]|[,:].{0,40})?(?: all rights reserved.{0,60})?",
    re.IGNORECASE,
)
_CONTRIBUTED = re.compile(
    r"(?:the )?(?P<name>[A-Z][\w. ]{1,30}) (?:also )?contributed to this (?:report|story|article)\.?", re.I
)
_TAIL = re.compile(
    r"(?:\A|[.!?。…”»\"]\s*)[(（\[/]\s*(?:©\s*)?(?P<name>[^()（）\[\]/\d]{2,30}(?:/\w{2,12})?)"
    r"(?:,\s[\d. ]+)?[)）\]/]\s*[.。]?\Z"
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
    if _OPENING.isdisjoint(start):
        return _undelimited(start)
    if known := _bracketed(start):
        return known
    found = _DATELINE.match(start) if "(" in start or "[" in start or "（" in start else None
    if found:
        name = found["name"].strip()
        is_dateline = found["day"] or (found["place"] or "").isupper()
        return name if is_dateline and _is_name(name) else None
    if named := _JAPANESE.match(start):
        return _agencies().get(named["name"].lower(), named["name"])
    return _undelimited(start)


def _undelimited(start: str) -> str | None:
    if not start.isascii() and (named := _CHINESE.match(start)):
        return _agencies().get(named["name"], named["name"])
    for pattern in (_BARE, _AFTER_DAY) if any(dash in start for dash in (" - ", "--", "–", "—")) else ():
        bare = pattern.match(start)
        spelling = bare["name"].strip().lower() if bare else ""
        if spelling in _agencies() and spelling not in _ambiguous():
            return _agencies()[spelling]
    return None


def _bracketed(start: str) -> str | None:
    """Give the known agency that stands in brackets behind a place or a day, with what ends a dateline behind it."""
    found = _BRACKETED.match(start)
    if found is None or len(found["place"]) > _MAX_PLACE_CHARS:
        return None
    place, rest = found["place"].strip(), start[found.end() :].lstrip()
    agency = _inside(found["said"])
    if agency is None or place[:1].islower():
        return None
    is_ended = rest[:1] in ("-", "–", "—", ":", "：", ".", "=", "") or found["open"] in "/【" or "=" in found["said"]
    # PORT, May 3 (PTI) Ships are back.   (Belga) Ships are back.
    is_placed = not place or place.isupper() or place[-1].isdigit() or any(map(str.isdigit, place))
    return agency if is_ended or (is_placed and not rest[:1].islower()) else None


def _inside(said: str) -> str | None:
    """Give the agency among what stands in brackets: alone, first of several, or behind a place or a day."""
    parts = [said, *_INSIDE.split(said)]
    for part in parts:
        spelling = part.strip().lower().removeprefix("©").strip()
        if spelling in _agencies():
            return _agencies()[spelling]
    return None


def _ending(text: str) -> str | None:
    last = text[text.rfind("\n") + 1 :]
    if len(last) <= _CREDIT_LINE_CHARS and (name := _credit_line(last)):
        return name
    tail = _TAIL.search(last[-_TAIL_CHARS:]) if last.rstrip(" .。")[-1:] in _CLOSING else None
    return _inside(tail["name"]) if tail else None


def _credit_line(line: str) -> str | None:
    line = line.strip()
    if tail := _TAIL.match(line):
        return _inside(tail["name"])
    found = _LAST.fullmatch(line) or _CONTRIBUTED.fullmatch(line)
    if found:
        return _first_of(found["name"])
    spelling = line.strip("()[]/ .–—-").lower()
    return _agencies().get(spelling) if line[:1] in "([/–—-" and spelling not in _ambiguous() else None


def _first_of(names: str) -> str | None:
    """Give the first agency of several: "AP and Reuters", "dpa/AFP"."""
    parts = (names, *re.split(r"/|,| and | und | et | y | e | en | i ", names))
    known = (_agencies().get(part.strip().lower().removeprefix("the ")) for part in parts)
    return next((name for name in known if name), None)


def _from_byline(byline: str | None) -> str | None:
    for part in re.split(r"[,;/|()]| and | und | et | y | avec | mit | con | with ", byline) if byline else ():
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
        if found and (known := _agencies().get(found["name"].lower())):
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
