"""Each source is asked as often as it has something to say, and left alone when it says so."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fetch.habits import (
    DAY_S,
    Failed,
    Listed,
    NotModified,
    PollResult,
    PollState,
    after,
    is_due,
    silent_s,
    standing,
    worth_keeping,
)
from ingest.fetch.response import Validators
from ingest.outcome import Outcome

NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
HOUR_S = 3600.0
FEED = "https://gazette.example/feed.xml"
MOVED = "https://news.gazette.example/feed.xml"

_DOWN = Failed(outcome=Outcome.UNREACHABLE, detail="no answer")
_MISSING = Failed(outcome=Outcome.HTTP_ERROR, detail="status 404", status=404, is_final=True)
_RESULTS: st.SearchStrategy[PollResult] = st.one_of(
    st.builds(Listed, new=st.integers(0, 500), listed=st.integers(0, 500), body_key=st.integers(-3, 3)),
    st.builds(NotModified, moved_to=st.sampled_from([None, FEED, MOVED, "ftp://gazette.example/"])),
    st.builds(
        Failed,
        outcome=st.sampled_from([Outcome.UNREACHABLE, Outcome.HTTP_ERROR, Outcome.NOT_A_FEED]),
        detail=st.just("no"),
        status=st.sampled_from([None, 401, 404, 429, 500, 503]),
        retry_after_s=st.sampled_from([None, 60.0, 86_400.0]),
        is_final=st.booleans(),
    ),
)


def later(hours: float) -> datetime:
    """Give the time so many hours after noon."""
    return NOON + timedelta(hours=hours)


def asked(
    state: PollState, result: PollResult, hours: float = 0, *, every_s: float = HOUR_S, key: str = "gazette"
) -> PollState:
    """Give what is known after a poll so many hours after noon."""
    return after(state, result, key=key, every_s=every_s, now=later(hours))


def listed(new: int, body_key: int = 0, **more: str | None) -> Listed:
    """Give a list with so many new pages."""
    return Listed(new=new, listed=new + 5, body_key=body_key, moved_to=more.get("moved_to"))


def polled(state: PollState, results: list[PollResult], *, every_s: float = HOUR_S) -> tuple[PollState, list[float]]:
    """Ask whenever the source is due; give the state at the end, and how many hours passed before each next poll."""
    now, waits = NOON, []
    for result in results:
        state = after(state, result, key="gazette", every_s=every_s, now=now)
        assert state.next_due_at is not None
        waits.append((state.next_due_at - now).total_seconds() / HOUR_S)
        now = state.next_due_at
    return state, waits


def test_a_quiet_source_is_asked_more_and_more_seldom() -> None:
    """The wait grows while nothing new comes, up to a day; one new page makes it short again."""
    quiet: list[PollResult] = [listed(9), *[NotModified()] * 16, listed(1, 1), NotModified()]

    _, waits = polled(PollState(), quiet)

    assert waits[0] == 1
    assert waits[1:17] == sorted(waits[1:17])
    assert waits[16] == 24
    assert waits[17] == 1
    assert waits[18] == 1


def test_a_source_that_always_has_news_is_asked_each_time() -> None:
    """While each poll brings something, the wait stays the shortest, and the habit is learned."""
    state, waits = polled(PollState(), [listed(2, number) for number in range(12)])

    assert set(waits) == {1.0}
    assert state.publishes_every_s == pytest.approx(HOUR_S / 2)


def test_the_habit_is_not_unlearned_at_once() -> None:
    """A week's pause, or a burst, changes the typical interval by half at most."""
    state = replace(PollState(), newest_at=NOON, publishes_every_s=HOUR_S)

    paused = asked(state, listed(1), 24 * 7)
    burst = asked(state, listed(400), 1)

    assert HOUR_S < (paused.publishes_every_s or 0) <= 1.6 * HOUR_S
    assert HOUR_S > (burst.publishes_every_s or 0) >= HOUR_S / 1.6


def test_a_seldom_source_is_asked_seldom() -> None:
    """The wait doubles to a quarter of the typical interval, and is half of the silence where that is longer."""
    state = replace(PollState(), newest_at=NOON, publishes_every_s=DAY_S)

    waits = {hours: asked(state, NotModified(), hours).next_due_at for hours in (1, 3, 10, 20)}

    assert waits == {1: later(2), 3: later(6), 10: later(16), 20: later(30)}


@given(st.lists(_RESULTS, max_size=25), st.sampled_from([1.0, 60.0, HOUR_S, 3 * DAY_S]))
def test_waits_have_bounds(results: list[PollResult], every_s: float) -> None:
    """Whatever comes, nobody is asked sooner than allowed, nor later than in a day or its own interval."""
    state = standing(PollState(), FEED)
    for result in results:
        now = state.next_due_at or NOON
        state = after(state, result, key="gazette", every_s=every_s, now=now)
        if state.next_due_at is None:
            assert state.retired_at == now
            break
        wait = (state.next_due_at - now).total_seconds()
        assert every_s <= wait <= max(every_s, DAY_S)
        assert (state.failing_since is None) == (not isinstance(result, Failed))
        assert state.asked_url in (None, MOVED)


def test_1_12_an_identical_body_is_no_change() -> None:
    """MUST_HANDLE 1.12: the same body under a new ETag is unchanged; the new ETag is kept."""
    first = asked(PollState(), listed(3, 7))

    again = asked(first, Listed(listed=8, body_key=7, validators=Validators(etag='"2"')), 1)

    assert (first.outcome, again.outcome) == ("listed", "unchanged")
    assert (again.validators.etag, again.newest_at) == ('"2"', NOON)


@pytest.mark.parametrize("etag", ['"x"', 'W/"a b"', "no quotes at all", "e" * 1024])
def test_1_12_an_etag_is_opaque(etag: str) -> None:
    """MUST_HANDLE 1.12: any ETag that can be sent back is kept as it is."""
    assert worth_keeping(Validators(etag=etag), now=NOON) == Validators(etag=etag)


@pytest.mark.parametrize("value", ["", "e" * 1025, "a\r\nCookie: b", "a\0b", "\u00e9", "a\x7f", "\ud800"])
def test_1_12_what_cannot_be_sent_is_not_kept(value: str) -> None:
    """MUST_HANDLE 1.12: a validator that is long, or no printable ASCII, is dropped."""
    assert worth_keeping(Validators(etag=value, last_modified=value), now=NOON) == Validators()


def test_1_12_a_date_to_come_is_not_kept() -> None:
    """MUST_HANDLE 1.12: a Last-Modified of the year 2999 is dropped, one of yesterday or of no known form is kept."""
    yesterday = format_datetime(NOON - timedelta(days=1), usegmt=True)

    def kept(date: str) -> str | None:
        return worth_keeping(Validators(last_modified=date), now=NOON).last_modified

    assert kept("Thu, 01 Jan 2999 00:00:00 GMT") is None
    assert kept("Thu, 01 Jan 2999 00:00:00") is None
    assert kept(yesterday) == yesterday
    assert kept("yesterday, 99:99") == "yesterday, 99:99"


def test_1_10_a_permanent_redirect_is_believed_on_the_second_day() -> None:
    """MUST_HANDLE 1.10: the target is asked instead once the same redirect has stood for a day."""
    state = asked(standing(PollState(), FEED), listed(1, moved_to=MOVED))
    hours_later = asked(state, NotModified(moved_to=MOVED), 20)
    next_day = asked(hours_later, NotModified(moved_to=MOVED), 24)

    assert (state.asked_url, state.moved_to, state.moved_first_at) == (None, MOVED, NOON)
    assert hours_later.asked_url is None
    assert (next_day.asked_url, next_day.moved_to, next_day.moved_first_at) == (MOVED, None, None)
    assert asked(next_day, NotModified(), 48).asked_url == MOVED


def test_1_10_a_redirect_must_stay_the_same() -> None:
    """MUST_HANDLE 1.10: a day without it, or another target, begins the count anew; a failure does not."""
    state = asked(standing(PollState(), FEED), NotModified(moved_to=MOVED))

    gone = asked(asked(state, NotModified(), 12), NotModified(moved_to=MOVED), 24)
    other = asked(state, NotModified(moved_to="https://third.example/"), 24)
    after_failure = asked(asked(state, _DOWN, 12), NotModified(moved_to=MOVED), 24)

    assert (gone.asked_url, gone.moved_first_at) == (None, later(24))
    assert (other.asked_url, other.moved_first_at) == (None, later(24))
    assert after_failure.asked_url == MOVED


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://gazette.example/", "javascript:1", "", "https://"])
def test_1_10_no_redirect_to_another_scheme(target: str) -> None:
    """MUST_HANDLE 1.10: an address that is no http or https URL is never remembered."""
    state = asked(standing(PollState(), FEED), NotModified(moved_to=target))

    assert (state.moved_to, asked(state, NotModified(moved_to=target), 48).asked_url) == (None, None)


def test_an_adopted_address_that_fails_is_given_up() -> None:
    """When the address that a source moved to says no, its own is asked next, without the other one's validators."""
    state = PollState(listed_url=FEED, asked_url=MOVED, validators=Validators(etag='"1"'))

    state = asked(state, Failed(outcome=Outcome.GONE, detail="status 410", status=410, is_final=True))

    assert (state.asked_url, state.validators, state.retired_at) == (None, Validators(), None)
    assert state.next_due_at == later(1)


def test_moving_back_is_adopted_too() -> None:
    """A redirect from the adopted address to the source's own ends the adoption."""
    state = PollState(listed_url=FEED, asked_url=MOVED, moved_to=FEED, moved_first_at=NOON)

    assert asked(state, NotModified(moved_to=FEED), 24).asked_url is None


def test_another_address_begins_anew() -> None:
    """A source whose address was changed in the list is due at once and known by its habit alone."""
    state = replace(asked(standing(PollState(), FEED), _MISSING), publishes_every_s=60.0, newest_at=NOON)

    assert standing(state, FEED) == state
    assert standing(state, MOVED) == PollState(listed_url=MOVED, publishes_every_s=60.0, newest_at=NOON)
    assert is_due(standing(state, MOVED), NOON)


def test_failures_weigh() -> None:
    """A plain no counts one, what may pass a half, and being told to wait nothing."""
    server_down = Failed(outcome=Outcome.HTTP_ERROR, detail="status 500", status=500)
    busy = Failed(outcome=Outcome.HTTP_ERROR, detail="status 429", status=429, retry_after_s=7200.0)
    page = Failed(outcome=Outcome.NOT_A_FEED, detail="a page", is_final=True)

    weights = [asked(PollState(), failed).failures for failed in (_MISSING, page, server_down, _DOWN, busy)]

    assert weights == [1.0, 1.0, 0.5, 0.5, 0.0]


def test_failures_double_the_wait() -> None:
    """Each plain no doubles the wait, up to a day, less a tenth at most; one success ends it."""
    state, waits = polled(PollState(), [_MISSING] * 9)

    assert all(0.9 * 2**number <= wait <= 2**number for number, wait in enumerate(waits[:4], start=1))
    assert all(0.9 * 24 <= wait <= 24 for wait in waits[4:])
    assert (state.failures, state.refusals, state.failing_since) == (9, 9, NOON)
    well = asked(state, listed(1), 999)
    assert (well.failures, well.refusals, well.failing_since) == (0, 0, None)
    assert well.next_due_at == later(1000)


def test_sources_that_fail_together_come_back_apart() -> None:
    """The wait after a failure differs from source to source, and is always the same for one."""
    waits = [asked(PollState(), _MISSING, key=f"paper-{number % 50}").next_due_at for number in range(100)]

    assert len(set(waits)) == 50
    assert waits[:50] == waits[50:]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("retry_after_s", "hours"), [(60.0, 1.0), (7200.0, 2.0), (86_400.0, 24.0)])
def test_1_11_retry_after_is_honoured(status: int, retry_after_s: float, hours: float) -> None:
    """MUST_HANDLE 1.11: whoever says how long to wait is asked then, but no sooner than ever."""
    busy = Failed(outcome=Outcome.HTTP_ERROR, detail="busy", status=status, retry_after_s=retry_after_s)

    state = asked(PollState(), busy)

    assert (state.next_due_at, state.failing_since) == (later(hours), NOON)


def test_1_11_gone_is_gone() -> None:
    """MUST_HANDLE 1.11: after a 410 the source is not asked any more, and says so; a success by hand wakes it."""
    state = asked(PollState(), Failed(outcome=Outcome.GONE, detail="status 410", status=410, is_final=True))

    assert (state.retired_at, state.next_due_at) == (NOON, None)
    assert state.detail == "status 410; not asked any more"
    assert not is_due(state, later(24 * 365))
    assert is_due(asked(state, listed(1), 5), later(6))


@pytest.mark.parametrize("status", [401, 403, 404])
def test_1_11_who_refuses_for_a_week_is_not_asked_any_more(status: int) -> None:
    """MUST_HANDLE 1.11: ten refusals over at least seven days retire a source; fewer, or sooner, do not."""
    refusal = Failed(outcome=Outcome.HTTP_ERROR, detail="refused", status=status, is_final=True)
    nine = PollState()
    for hour in range(9):
        nine = asked(nine, refusal, hour)

    assert asked(nine, refusal, 24 * 7 - 1).retired_at is None
    assert asked(nine, refusal, 24 * 7).retired_at == later(24 * 7)
    assert asked(asked(PollState(), refusal), refusal, 24 * 30).retired_at is None


def test_1_11_who_is_down_is_never_given_up() -> None:
    """MUST_HANDLE 1.11: no number of timeouts retires a source."""
    state, waits = polled(PollState(), [_DOWN] * 60)

    assert state.retired_at is None
    assert max(waits) <= 24


def test_due_a_little_early() -> None:
    """A source that does well is due up to 30 s early; one that asked for rest or failed is not."""
    well, failed = asked(PollState(), listed(1)), asked(PollState(), _MISSING)
    assert well.next_due_at
    assert failed.next_due_at

    assert is_due(PollState(), NOON)
    assert is_due(well, well.next_due_at - timedelta(seconds=30))
    assert not is_due(well, well.next_due_at - timedelta(seconds=31))
    assert not is_due(failed, failed.next_due_at - timedelta(seconds=1))
    assert is_due(failed, failed.next_due_at)


def test_8_6_a_clock_that_was_ahead_stops_nothing() -> None:
    """MUST_HANDLE 8.6: a source polled in what is the future now is due."""
    state = asked(PollState(), listed(1), 24 * 400)

    assert is_due(state, NOON)
    assert asked(state, listed(1)).publishes_every_s == 1.0


def test_silent_far_beyond_its_habit() -> None:
    """A source is silent after ten times its habit and two days at least, or after thirty days if that is not known."""
    hourly = PollState(newest_at=NOON, publishes_every_s=HOUR_S)
    daily = PollState(newest_at=NOON, publishes_every_s=DAY_S)
    stranger = PollState(newest_at=NOON)

    assert [silent_s(hourly, later(hours)) for hours in (48, 49)] == [None, 49 * HOUR_S]
    assert [silent_s(daily, later(24 * days)) for days in (10, 11)] == [None, 11 * DAY_S]
    assert [silent_s(stranger, later(24 * days)) for days in (30, 31)] == [None, 31 * DAY_S]
    assert silent_s(PollState(), later(9999)) is None
    assert silent_s(replace(hourly, failing_since=NOON), later(99)) is None
    assert silent_s(replace(hourly, retired_at=NOON), later(99)) is None
