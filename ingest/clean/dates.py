"""When an article was published: what people write for a date, read without guessing.

A time stays in the zone that is said with it, since that tells the day on which its readers saw it.
Dates that could be two days ("05/03/2026", without a weekday) and relative ones ("2 hours ago") are nobody's word.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from itertools import pairwise
from pathlib import Path

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=2)  # clocks and zones differ; a page of next week is a mistake
_MAX_CHARS = 120

_MONTH_OF = {
    start: int(number)
    for line in (Path(__file__).parent / "months.tsv").read_text("utf-8").splitlines()
    if not line.startswith("# ")
    for number, starts in [line.split("\t")]
    for start in starts.split("|")
}
_MONTH = "ב?(?P<month>" + "|".join(sorted(map(re.escape, _MONTH_OF), key=len, reverse=True)) + r")[^\s\d,.;|/()\-]*\.?"
_ANY_YEAR = re.compile(r"(?:19|20|25)\d\d|\.\s?\d\d\D.{0,12}Uhr\b")  # before a German clock two digits are one
_YEAR = r"(?P<year>(?:19|20|25)\d\d)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|º|ª)?\.?"
_DATES = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"\b{_YEAR}(?P<mark>[-./])\s?(?P<month>\d{{1,2}})(?P=mark)\s?(?P<day>\d{{1,2}})(?!\d)",
        rf"{_YEAR}\s?[年년]\s?(?P<month>\d{{1,2}})\s?[月월]\s?(?P<day>\d{{1,2}})\s?[日일]",
        rf"(?<!\d){_DAY}[\s-]?(?:de |of |d'|d’)?{_MONTH}(?:/\w+)?[\s,-]+(?:de |del )?{_YEAR}(?!\d)",
        rf"(?:(?<![^\W\d_])|(?-i:(?<=[a-z])(?=[A-Z]))){_MONTH}\s+{_DAY}(?:,\s*|\s+){_YEAR}(?!\d)",
        rf"\b{_YEAR}(?:\.| m\.)?\s{_MONTH}\s{_DAY}(?!\d)",
        rf"\b{_YEAR}\. gada {_DAY}\s{_MONTH}",
        rf"(?<!\d){_DAY}\s?tháng\s?(?P<month>\d{{1,2}})(?:,| năm)?\s{_YEAR}\b",
        rf"(?<!\d)(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.\s?{_YEAR}\b",
        r"(?<![\d.])(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d\d)(?![\d.])(?=.{1,12}\d\s?Uhr\b)",
        rf"(?<!\d)(?P<first>\d{{1,2}})[/-](?P<second>\d{{1,2}})[/-]{_YEAR}\b",
    )
)
_WEEKDAY = re.compile(
    r"\b(?:(?P<_0>mon|lun)|(?P<_1>tue|mar)|(?P<_2>wed|mer|mi[eé])|(?P<_3>thu|jeu|jue|gio)|(?P<_4>fri|ven|vie)"
    r"|(?P<_5>sat|sam|s[aá]b)|(?P<_6>sun|dim|dom))",
    re.IGNORECASE,
)
_BUDDHIST = 543  # years that Thailand is ahead
_TIME = re.compile(
    r"(?<![\d:])(?:(?P<late>오후|下午|午後|晚上)\s?)?(?P<hour>\d{1,2})[:.h時时](?P<minute>[0-5]\d)"
    r"(?:[:分](?P<second>[0-5]\d))?\s*(?P<half>[ap])?\.?(?:m\b)?\.?"
    r"\s*(?:uhr\s*)?(?P<zone>[A-Z]{2,5}\b|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)
# fmt: off
_HOURS = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "BST": 1, "CET": 1, "WAT": 1, "WEST": 1, "CEST": 2, "CAT": 2, "SAST": 2,
    "EET": 2, "EEST": 3, "EAT": 3, "MSK": 3, "TRT": 3, "PKT": 5, "IST": 5.5, "WIB": 7, "ICT": 7, "HKT": 8, "SGT": 8,
    "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "EST": -5, "EDT": -4, "ET": -4, "CST": -6,
    "CDT": -5, "CT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "PT": -7, "BRT": -3, "ART": -3,
}
# fmt: on
# What is said in front of a date: that something was changed, or that it came out.
_SAYING = re.compile(
    r"(?P<update>\b(?:updated?|modified|reviewed|revised|edited|aktualisiert|geändert"
    r"|actualizad[oa]|modificad[oa]|mise? à jour|modifié|aggiornat[oa]|modificat[oa]|atualizad[oa]|bijgewerkt|gewijzigd"
    r"|oppdatert|opdateret|uppdaterad|päivitetty|zaktualizowan[oa]|aktualizováno|güncelle(?:me|ndi)|обновлен[оа]?"
    r"|оновлено|cập nhật|diperbarui)\b|更新|수정|تحديث|अपडेट|अद्यतन)"
    r"|(?P<first>\b(?:published|posted|submitted|created|veröffentlicht|publié|publicad[oa]|pubblicat[oa]|gepubliceerd|publisert"
    r"|publicerad|julkaistu|opublikowan[oa]|yayınlan\w*|опубликован[оа]?|xuất bản|diterbitkan)\b"
    r"|公開|発行|发布|發布|입력|등록|نشر|प्रकाशित)",
    re.IGNORECASE,
)
_LONG_MONTHS = "january|february|march|april|june|july|august|september|october|november|december"
_IN_URL = re.compile(
    rf"/(?P<year>(?:19|20)\d\d)[/-](?P<month>0?[1-9]|1[0-2]|[a-z]{{3}}|{_LONG_MONTHS})[/-](?P<day>0?[1-9]|[12]\d|3[01])(?![\w.])"
    r"|(?<!\d)(?P<run>20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?!\d)"
)


def is_believable(date: datetime, *, now: datetime) -> bool:
    """Whether news can have been published at `date`."""
    return _EARLIEST <= date <= now + _AHEAD


def read_date(text: str) -> datetime | None:
    """Give the time that `text` names, in the zone named with it, else in UTC; None where it names none, or two.

    >>> read_date("May 25, 2026, 9:30 PM EST").isoformat()
    '2026-05-25T21:30:00-05:00'
    """
    text = text.strip()[:_MAX_CHARS]
    if not text.isascii():
        text = "".join(str(unicodedata.decimal(char, char)) for char in text)
    try:
        return _zoned(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        pass
    if not _ANY_YEAR.search(text):
        return None
    if "," in text[:5]:
        try:
            return _zoned(parsedate_to_datetime(text))
        except (ValueError, OverflowError, TypeError, IndexError):
            pass
    for pattern in _DATES:
        if found := pattern.search(text):
            return _dated(found, text)
    return None


def date_in_url(url: str) -> datetime | None:
    """Give the day in an address such as ".../2026/05/25/harbour"."""
    found = _IN_URL.search(url)
    if found is None:
        return None
    run = found["run"]
    year, month, day = (run[:4], run[4:6], run[6:]) if run else (found["year"], found["month"], found["day"])
    number = int(month) if month.isdecimal() else _MONTH_OF.get(month[:3], 0)
    return _day(int(year), number, int(day))


def _dated(found: re.Match[str], text: str) -> datetime | None:
    parts = found.groupdict()
    if parts.get("first"):
        first, second = int(parts["first"]), int(parts["second"])
        if first <= 12 and second <= 12 and first != second:
            named = _named_day(text[: found.start()], int(parts["year"]), (first, second))
            if named is None:
                return None
            day, month = named
        else:
            day, month = (first, second) if first > 12 else (second, first)
    else:
        name = parts["month"].lower()
        day, month = int(parts["day"]), int(name) if name.isdecimal() else _MONTH_OF[name]
    year = int(parts["year"])
    year = year - _BUDDHIST if year > 2500 else year + 2000 if year < 100 else year
    date = _day(year, month, day)
    rest = text[: found.start()] + " " + text[found.end() :].removeprefix("T")
    return _timed(date, rest) if date else None


def _named_day(before: str, year: int, numbers: tuple[int, int]) -> tuple[int, int] | None:
    """Give day and month in the one order in which they fall on the weekday named `before` them."""
    *_, weekday = [None, *(found.lastgroup for found in _WEEKDAY.finditer(before))]
    fitting = [
        (day, month)
        for day, month in (numbers, numbers[::-1])
        if (at := _day(year, month, day)) and f"_{at.weekday()}" == weekday
    ]
    return fitting[0] if len(fitting) == 1 else None


def _timed(date: datetime, rest: str) -> datetime:
    found = _TIME.search(rest)
    if found is None or int(found["hour"]) > 23:
        return date
    hour = int(found["hour"])
    if found["half"] or found["late"]:
        hour = hour % 12 + (12 if found["late"] or found["half"].lower() == "p" else 0)
    zone = found["zone"] or "UTC"
    hours = _HOURS.get(zone.upper(), 0.0) if zone[0].isalpha() else int(zone[:3]) + int(zone[0] + zone[-2:]) / 60
    local = date.replace(hour=hour, minute=int(found["minute"]), second=int(found["second"] or 0))
    return _zoned(local.replace(tzinfo=timezone(timedelta(hours=hours)))) or date if abs(hours) < 24 else local


def _day(year: int, month: int, day: int) -> datetime | None:
    try:
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None


def _zoned(date: datetime) -> datetime | None:
    """Give `date` with a zone, UTC unless it has one; None where it cannot be told in UTC."""
    try:
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC).astimezone(date.tzinfo)
    except (OverflowError, ValueError):
        return None


def is_update(text: str) -> bool:
    """Whether the last that `text` says before a date is that something was changed."""
    sayings = list(_SAYING.finditer(text))
    return bool(sayings) and sayings[-1]["update"] is not None


def first_told(lines: Iterable[str]) -> datetime | None:
    """Give the time of the first line that says in so many words when something came out.

    >>> first_told(["May 3, 2025", "Published on: 5 May 2025"]).day
    5
    """
    for line in lines:
        said = _SAYING.search(line) if len(line) <= _MAX_CHARS else None
        if said and said["first"] and (date := read_date(line[said.start() :])):
            return date
    return None


def dates_in(line: str) -> Iterator[tuple[bool, datetime]]:
    """Give the times that a line names one after the other, each with whether it is that of a change.

    >>> [(changed, date.day) for changed, date in dates_in("Published 3 May 2025, updated 5 May 2025")]
    [(False, 3), (True, 5)]
    """
    starts = [found.start() for found in _SAYING.finditer(line)]
    for start, end in pairwise([0, *starts, len(line)]):
        if date := read_date(line[start:end]):
            yield is_update(line[:end]), date
