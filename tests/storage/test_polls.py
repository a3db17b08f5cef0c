"""What a poll lists is known afterwards: each page once, whoever lists it, and again when it changed."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.document import Entry
from ingest.fetch.habits import Failed, Listed, NotModified, PollState
from ingest.fetch.response import Validators
from ingest.outcome import Outcome
from storage import tables
from storage.blobs import pack_entry, unpack_entry
from storage.keys import identity_key
from storage.running.polls import states
from tests.storage.articles import NOON, Newsdesk
from tests.storage.live import entry, later, poll, save, settle, waits

_TEXTS = st.text(st.characters(exclude_categories=()), max_size=20)
_TIMES = st.none() | st.datetimes().map(lambda at: at.replace(tzinfo=NOON.tzinfo))


def test_what_is_listed_waits(desk: Newsdesk) -> None:
    """New pages wait, each once, with all that the source says; the poll counts them."""
    said = entry("a/1", published_at=NOON, media=("https://a.example/1.jpg",), content="<p>All of it.</p>", guid="g")

    saved = save(desk.engine, poll("a", said, "a/2", "a/2"), poll("b", "b/1", from_feed=True))

    assert [saved[source].waiting for source in "ab"] == [2, 1]
    assert saved["a"].state.detail == "3 listed, 2 new"
    first = next(page for page in waits(desk.engine, "a") if page.entry.guid)
    assert (first.entry, first.url, first.host, first.source) == (said, said.url, "www.a.example", "a")
    assert (first.attempts, first.validators, first.from_feed) == (0, Validators(), False)
    assert [page.from_feed for page in waits(desk.engine, "b")] == [True]


def test_an_address_has_the_key_of_its_variant(desk: Newsdesk) -> None:
    """A page that waits is known under the key that its variant will have."""
    save(desk.engine, poll("a", "a/1"))

    assert [page.url_key for page in waits(desk.engine, "a")] == [identity_key("a", entry("a/1").url)]


def test_the_same_again_is_nothing_new(desk: Newsdesk) -> None:
    """A list that is met again makes nobody wait, neither before its pages are fetched nor after."""
    save(desk.engine, poll("a", "a/1", "a/2"))
    again = save(desk.engine, poll("a", "a/1", "a/2"), minutes=30)
    settle(desk.engine, waits(desk.engine, "a"), minutes=31)

    after_fetch = save(desk.engine, poll("a", "a/1", "a/2"), minutes=500)

    assert (again["a"].waiting, after_fetch["a"].waiting) == (0, 0)
    assert waits(desk.engine, "a", minutes=999) == []


@pytest.mark.parametrize("changed", [{"title": "Corrected"}, {"updated_at": later(100)}, {"published_at": later(1)}])
def test_a_changed_page_waits_again(desk: Newsdesk, changed: dict[str, object]) -> None:
    """Another title or time makes a fetched page wait again, an hour after the fetch, with its validators."""
    save(desk.engine, poll("a", "a/1"))
    settle(desk.engine, waits(desk.engine, "a"), minutes=10, validators=Validators(etag='"1"'))

    saved = save(desk.engine, poll("a", entry("a/1", **changed)), minutes=30)

    assert saved["a"].waiting == 1
    assert waits(desk.engine, "a", minutes=69) == []
    [page] = waits(desk.engine, "a", minutes=70)
    assert (page.entry, page.attempts) == (entry("a/1", **changed), 0)
    assert page.validators == Validators(etag='"1"')


def test_a_page_changed_later_waits_at_once(desk: Newsdesk) -> None:
    """A page fetched more than an hour ago, even in vain, is due when it changes."""
    save(desk.engine, poll("a", "a/1"))
    settle(desk.engine, waits(desk.engine, "a"), Outcome.HTTP_ERROR)

    save(desk.engine, poll("a", entry("a/1", title="Here at last")), minutes=90)

    assert len(waits(desk.engine, "a", minutes=90)) == 1


def test_a_change_before_the_fetch_is_taken_along(desk: Newsdesk) -> None:
    """A page that changes while it waits keeps its place and its next try, and has the newer entry."""
    save(desk.engine, poll("a", "a/1"), poll("z", "a/2"))
    settle(desk.engine, waits(desk.engine, "a"), Outcome.UNREACHABLE, try_again=40)

    saved = save(desk.engine, poll("a", entry("a/1", title="Newer")), minutes=20)

    assert saved["a"].waiting == 0
    assert waits(desk.engine, "a", minutes=39) == []
    page = next(page for page in waits(desk.engine, "a", minutes=40) if page.source == "a")
    assert (page.entry.title, page.attempts) == ("Newer", 1)


def test_a_page_belongs_to_one_source(desk: Newsdesk) -> None:
    """What another source says of a page changes nothing: two that differ do not fetch it for ever."""
    save(desk.engine, poll("a", "x/1"), poll("b", entry("x/1", title="In other words")))
    settle(desk.engine, waits(desk.engine, "x"))

    others = save(desk.engine, poll("b", entry("x/1", title="Yet others")), poll("a", "x/1"), minutes=90)
    own = save(desk.engine, poll("b", "x/1"), poll("a", entry("x/1", title="Changed")), minutes=95)

    assert [others[source].waiting for source in "ab"] == [0, 0]
    assert [own[source].waiting for source in "ab"] == [1, 0]
    assert [page.source for page in waits(desk.engine, "x", minutes=95)] == ["a"]


def test_what_two_list_is_news_of_both(desk: Newsdesk) -> None:
    """A source whose pages are always found at another's first is not taken for silent."""
    before = save(desk.engine, poll("a", "a/1"), poll("b", "b/1"))
    save(desk.engine, poll("a", "x/1", state=before["a"].state), minutes=30)

    after = save(desk.engine, poll("b", "b/1", "x/1", state=before["b"].state), minutes=60)
    again = save(desk.engine, poll("b", "b/1", "x/1", "b/2", state=after["b"].state), minutes=90)

    assert (after["b"].state.newest_at, after["b"].waiting) == (later(60), 0)
    assert again["b"].state.detail == "3 listed, 1 new"


def test_states_come_back(desk: Newsdesk) -> None:
    """Every field of a state is the same when it is read again, and only those asked for are."""
    state = PollState(
        listed_url="https://a.example/feed",
        asked_url="https://a.example/moved",
        moved_to="https://a.example/moving",
        moved_first_at=later(-3),
        validators=Validators(etag='W/"1"', last_modified="Wed, 20 May 2026 11:00:00 GMT"),
        body_key=-(2**63),
        succeeded_at=later(-1),
        newest_at=later(-2),
        failures=1.5,
        refusals=1,
        failing_since=later(-1),
        publishes_every_s=123.456,
    )
    assert all(getattr(state, field.name) != field.default for field in fields(state)[:6])
    down = Failed(outcome=Outcome.UNREACHABLE, detail="no \0 answer \ud800" + "." * 2000)

    saved = save(desk.engine, poll("a", state=state, result=down), poll("b", result=NotModified()))

    found = states(desk.engine, ["a", "c"])
    assert found.keys() == {"a"}
    assert found["a"] == replace(saved["a"].state, detail="no \ufffd answer ?" + "." * 987)
    assert (found["a"].failures, found["a"].body_key, found["a"].outcome) == (2.0, -(2**63), "unreachable")


def test_a_poll_replaces_the_one_before(desk: Newsdesk) -> None:
    """There is one row for a source, with the newest state."""
    state = save(desk.engine, poll("a", "a/1"))["a"].state
    save(desk.engine, poll("a", state=state, result=NotModified()), minutes=30)

    assert desk.rows(tables.Poll, "source", "outcome", "polled_at") == [("a", "unchanged", later(30))]
    assert states(desk.engine, ["a"])["a"].next_due_at == later(60)


def test_5_10_many_pages_at_once(desk: Newsdesk) -> None:
    """MUST_HANDLE 5.10: a list of 20,000 pages is known in one go, and nothing of it is new the second time."""
    listed = Listed(listed=20_000, body_key=1)
    places = [Entry(url=f"https://www.a.example/{number}") for number in range(20_000)]

    first = save(desk.engine, poll("a", *places, result=listed))
    second = save(desk.engine, poll("a", *places, result=listed), minutes=1)

    assert (first["a"].waiting, second["a"].waiting) == (20_000, 0)


def test_nothing_polled_is_nothing_written(desk: Newsdesk) -> None:
    """No polls make no rows."""
    assert save(desk.engine) == {}
    assert states(desk.engine, []) == {}
    assert desk.rows(tables.Poll) == []


@given(st.builds(Entry, url=_TEXTS, title=st.none() | _TEXTS, published_at=_TIMES, updated_at=_TIMES, content=_TEXTS))
def test_entries_come_out_as_they_went_in(said: Entry) -> None:
    """A packed entry is the same again, but for a lone surrogate, which no JSON takes."""
    if not any("\ud800" <= sign <= "\udfff" for text in (said.url, said.title, said.content) for sign in text or ""):
        assert unpack_entry(pack_entry(said)) == said
    assert replace(unpack_entry(pack_entry(said)), url="", title=None, content=None) == replace(
        said, url="", title=None, content=None
    )


def test_entries_with_lone_surrogates_lose_them_alone() -> None:
    """A sign that is half of one becomes a question mark, and all else stays."""
    said = entry("a/1", title="half \ud83d sign", media=("https://a.example/\udc00",), published_at=NOON)

    again = unpack_entry(pack_entry(said))

    assert again == replace(said, title="half ? sign", media=("https://a.example/?",))
    assert again.published_at == NOON + timedelta(0)
