"""Dates as people write them, in the zones that they say."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ingest.clean import clean
from ingest.clean.dates import date_in_url, dates_in, read_date
from ingest.clean.published import Dates, changed_after, first_published
from ingest.document import DateOrigin
from tests.ingest.clean.documents import NOW, PARAGRAPHS, page_document

_NOW = datetime(2026, 8, 1, tzinfo=UTC)
_LATE = datetime(2026, 5, 25, 2, 30, tzinfo=UTC)  # the evening of the 24th in the west
_NEW_YORK = timezone(timedelta(hours=-4))


@pytest.mark.parametrize(
    "text",
    [
        "24 April 2026",
        "Fr 24.04.26 | 17:04 Uhr | Von Eva Brandt",
        "By Jo BergApr. 24, 2026 5:04 pm",
        "APRIL 24, 2026Updated",
        "April 24th, 2026",
        "24-Apr-2026",
        "24. apr. 2026 kl. 17.04",
        "24. huhtikuuta 2026",
        "24 avril 2026 à 17h04",
        "24 de abril de 2026",
        "24 d'abril de 2026",
        "24 kwietnia 2026",
        "24 Nisan 2026 17:04",
        "2026. április 24.",
        "2026 m. balandžio 24 d.",
        "2026. gada 24. aprīlis",
        "24 апреля 2026, 17:04",
        "24 квітня 2026",
        "24 Απριλίου 2026",
        "24 أبريل/نيسان 2026",
        "٢٤ أبريل ٢٠٢٦",
        "۲۴ آوریل ۲۰۲۶",
        "24 באפריל 2026",
        "24 अप्रैल 2026",
        "২৪ এপ্রিল ২০২৬",
        "24 เมษายน 2569",
        "24 tháng 4, 2026",
        "2026年4月24日(金) 17:04",
        "2026. 4. 24. 오후 5:04",
    ],
)
def test_days_are_read_in_many_languages(text: str) -> None:
    """The day is the same however its month is called, whatever its digits and its calendar's era."""
    found = read_date(text)

    assert found is not None
    assert found.date() == date(2026, 4, 24)


@given(st.datetimes(timezones=st.timezones()))
def test_a_time_keeps_its_zone(at: datetime) -> None:
    """A time in ISO 8601 is read as it was written: the same moment, on the same day."""
    assume(1900 < at.year < 9000)

    found = read_date(at.isoformat())

    assert found is not None
    assert (found, found.date()) == (datetime.fromisoformat(at.isoformat()), at.date())


@given(st.text(alphabet="0123456789 /-.:,TZ+年月日AprilMaioМая", max_size=40))
def test_nothing_that_is_written_is_an_error(text: str) -> None:
    """What names no date gives none, and a date always has a zone."""
    found = read_date(text)

    assert found is None or found.tzinfo is not None


@pytest.mark.parametrize(
    ("text", "month"),
    [("Mon, 06/01/2026 - 08:15", 6), ("Tue, 06/01/2026", 1), ("Submitted by Monica on Mon, 01/06/2026", 6)],
)
def test_a_weekday_tells_day_from_month(text: str, month: int) -> None:
    """Of the two days that numbers alone can be, the one that falls on the weekday before them is meant."""
    found = read_date(text)

    assert found is not None
    assert (found.month, found.day) in ((6, 1), (1, 6))
    assert found.month == month


@pytest.mark.parametrize(
    "text", ["05/03/2026", "Fri, 05/03/2026", "24.04.26", "2 hours ago", "June 2026", "31 April 2026", ""]
)
def test_what_could_be_two_days_is_none(text: str) -> None:
    """A date that is ambiguous, relative or impossible is nobody's word."""
    assert read_date(text) is None


@pytest.mark.parametrize(
    ("line", "days"),
    [
        ("Published 3 May 2025, updated 5 May 2025", [(False, 3), (True, 5)]),
        ("Aktualisiert am 5. Mai 2025", [(True, 5)]),
        ("Publié le 3 mai 2025 | Mis à jour le 5 mai 2025", [(False, 3), (True, 5)]),
        ("公開日 2025年5月3日 更新 2025年5月5日", [(False, 3), (True, 5)]),
        ("입력 2025.05.03 09:00 수정 2025.05.05 10:00", [(False, 3), (True, 5)]),
        ("Обновлено 5 мая 2025", [(True, 5)]),
        ("By Ana Ruiz | 3 May 2025", [(False, 3)]),
        ("The ferry is back.", []),
    ],
)
def test_a_line_tells_a_change_from_the_first_day(line: str, days: list[tuple[bool, int]]) -> None:
    """What stands before a date says whether it is that of a change."""
    assert [(is_change, at.day) for is_change, at in dates_in(line)] == days


@pytest.mark.parametrize(
    ("origin", "other", "day"),
    [
        (DateOrigin.LINE, datetime(2026, 5, 24, tzinfo=UTC), 24),
        (DateOrigin.TIME, datetime(2026, 5, 24, 22, 30, tzinfo=_NEW_YORK), 24),
        (DateOrigin.META, datetime(2026, 5, 24, 22, 30, tzinfo=UTC), 24),  # its zone was left out
        (DateOrigin.URL, datetime(2026, 5, 24, tzinfo=UTC), 24),
        (DateOrigin.LINE, datetime(2026, 5, 22, tzinfo=UTC), 25),  # no zone makes it that day
        (DateOrigin.META, datetime(2026, 5, 24, 20, 17, tzinfo=UTC), 25),  # nor is that another zone's clock
    ],
)
def test_the_day_is_the_one_that_readers_saw(origin: DateOrigin, other: datetime, day: int) -> None:
    """A time in UTC is of the day that another source has for it in the outlet's own zone."""
    found = first_published(Dates(published=[(DateOrigin.JSON_LD, _LATE), (origin, other)]), now=_NOW)

    assert found is not None
    assert (found.at, found.on, found.origin) == (_LATE, date(2026, 5, day), DateOrigin.JSON_LD)


def test_a_time_in_its_own_zone_needs_no_other() -> None:
    """The outlet's own zone gives the day; the time itself is told in UTC."""
    at = datetime(2026, 5, 24, 22, 30, tzinfo=_NEW_YORK)

    found = first_published(Dates(published=[(DateOrigin.META, at), (DateOrigin.LINE, _LATE)]), now=_NOW)

    assert found is not None
    assert (found.at.isoformat(), found.on) == ("2026-05-25T02:30:00+00:00", date(2026, 5, 24))


@pytest.mark.parametrize(
    ("origin", "shown", "again", "day"),
    [
        (DateOrigin.META, 3, None, 3),  # brought over later
        (DateOrigin.META, 25, None, 10),
        (DateOrigin.META, 25, 25, 25),  # published anew
        (DateOrigin.STATED, 3, None, 10),
    ],
)
def test_the_day_beside_the_headline_can_outweigh_data(
    origin: DateOrigin, shown: int, again: int | None, day: int
) -> None:
    """An earlier day that is shown counts before later data, a later one where data says so too."""
    said = [(origin, datetime(2026, 5, 10, 9, tzinfo=UTC))]
    said += [(DateOrigin.TIME, datetime(2026, 5, again, 9, tzinfo=UTC))] if again else []

    found = first_published(Dates(published=said, shown=[datetime(2026, 5, shown, tzinfo=UTC)]), now=_NOW)

    assert found is not None
    assert found.on == date(2026, 5, day)


def test_a_change_alone_is_a_guess() -> None:
    """Where only a change is known, it stands in for the day of publication, marked as a guess."""
    dates = Dates(changed=[(DateOrigin.META, _LATE)])

    found = first_published(dates, now=_NOW)

    assert found is not None
    assert found.origin is DateOrigin.GUESS
    assert changed_after(found, dates.changed, now=_NOW) is None


def test_a_change_comes_later() -> None:
    """A change counts where it is later than what was published."""
    published = first_published(Dates(published=[(DateOrigin.META, _LATE)]), now=_NOW)
    later = (DateOrigin.JSON_LD, _LATE + timedelta(hours=3))

    assert changed_after(published, [(DateOrigin.META, _LATE)], now=_NOW) is None
    found = changed_after(published, [later], now=_NOW)
    assert found is not None
    assert (found.at, found.origin) == (later[1], DateOrigin.JSON_LD)


@pytest.mark.parametrize(
    ("address", "day"),
    [
        ("https://gazette.example/2026/april/24/harbour", date(2026, 4, 24)),
        ("https://gazette.example/2026/apr/24/harbour", date(2026, 4, 24)),
        ("https://gazette.example/2026-04-24+harbour", date(2026, 4, 24)),
        ("https://gazette.example/2026/marketing/24/harbour", None),
        ("https://gazette.example/2026/04/24.5", None),
    ],
)
def test_the_day_in_an_address(address: str, day: date | None) -> None:
    """A day stands in an address with its month as a number or by its name, and ends where its number ends."""
    found = date_in_url(address)

    assert day == (found and found.date())


def test_a_line_that_says_when_it_came_out_is_better_than_a_guess() -> None:
    """Where nothing else tells the day, the first line of the page that says so does."""
    lines = "".join(f"<p>{line} That was day {day}.</p>" for day in range(8) for line in PARAGRAPHS)
    behind = "<p>Ferries will be late, says the harbour office, May 1, 2026</p><p>Posted on: 3 May 2026</p>"
    body = f"<main><h1>Harbour reopens</h1>{lines}</main>{behind}"

    article = clean(page_document(f"<html><body>{body}</body></html>"), now=NOW)

    assert (article.published_on, article.published_from) == (date(2026, 5, 3), DateOrigin.LINE)
