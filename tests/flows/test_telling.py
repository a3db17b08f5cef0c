"""Webhooks: in order, signed, at least once, and never at the cost of a run."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import orjson
import pytest

from flows.loading.steps import run_load
from flows.progress import Watcher
from flows.settings import read_settings
from flows.telling.deliveries import signature
from flows.telling.webhooks import Told, tell_hooks, try_hook
from storage import edits, tables
from storage.database import Engine
from storage.edits import By
from storage.hooks.kept import EVENTS, HookView, list_hooks
from storage.hooks.writes import add_hook, lease_hooks
from storage.reading import reading
from tests.flows.receiver import Receiver, receiving
from tests.storage.articles import NOON, Newsdesk, article, prose
from tests.storage.live import go_by

_ROOT = Path(__file__).parents[2]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Give an open receiver."""
    with receiving() as opened:
        yield opened


@pytest.fixture
def desk(engine: Engine) -> Newsdesk:
    """Give an empty store, once on each kind of database."""
    return Newsdesk(engine)


def _add(desk: Newsdesk, receiver: Receiver, *events: str) -> str:
    """Make a hook; give its secret."""
    return add_hook(desk.engine, receiver.url, events=events or EVENTS, allow_private=True, now=NOON)[1]


def _tell(url: str, *, now: datetime = NOON, owner: str | None = None) -> Told:
    return tell_hooks(url, contact=None, clock=lambda: now, owner=owner)


def _only_hook(url: str) -> HookView:
    with reading(url) as reader:
        [hook] = list_hooks(reader)
    return hook


def _by() -> By:
    return By(actor="ines", note="", at=NOON)


def test_events_are_told_in_order_and_signed(desk: Newsdesk, database_url: str, receiver: Receiver) -> None:
    """What happens is told in its order, each event with the story as it stands, and the signature is the body's."""
    desk.load(article("before/1", prose(9)))
    secret = _add(desk, receiver)
    desk.load(article("gazette/1", prose(1), title="Dam"), article("wire/2", prose(2)))
    desk.load(article("ledger/1", prose(1)), article("wire/2", prose(3), title="Changed"))

    told = _tell(database_url)

    assert receiver.events == [
        ("story.created", 2),
        ("story.created", 3),
        ("story.joined", 2),
        ("story.corrected", 3),
    ]
    assert told.events == {1: len(receiver.got)}
    assert all(got.fields["x-newsfold-signature"] == signature(secret, got.raw) for got in receiver.got)
    assert all(got.said["sent_at"] == "2026-05-20T12:00:00Z" and got.key == got.said["id"] for got in receiver.got)
    first = receiver.got[0].said
    assert (first["story"]["title"], first["story"]["size"], first["url"]) == ("Dam", 2, "https://gazette.example/1")
    assert _tell(database_url) == Told()


def test_independent_voices_are_told_once(desk: Newsdesk, database_url: str, receiver: Receiver) -> None:
    """A story is told to be of so many voices when it has more than the hook knows of: reprints add none."""
    _add(desk, receiver, "story.independent")
    words = prose(1)
    desk.load(article("gazette/1", words))
    _tell(database_url)
    desk.load(article("ledger/1", words))
    _tell(database_url)
    desk.load(article("courier/8", prose(5)))
    edits.merge(desk.engine, 1, 2, by=_by())
    _tell(database_url)
    desk.load(article("post/1", words))
    _tell(database_url)

    assert [(got.said["story_id"], got.said["known_before"], got.said["independent"]) for got in receiver.got] == [
        (1, 1, 2)
    ]


def test_what_people_correct_is_told(desk: Newsdesk, database_url: str, receiver: Receiver) -> None:
    """Merged, split, withdrawn, restored: also by an undo, and by an undo of that; one variant's end is no event."""
    desk.load(article("a/1", prose(1)), article("b/2", prose(2)))
    _add(desk, receiver)
    edits.merge(desk.engine, 1, 2, by=_by())
    edits.undo(desk.engine, by=_by())
    edits.withdraw(desk.engine, 1, by=_by())
    withdrawal = edits.undo(desk.engine, by=_by()).judgement
    edits.undo(desk.engine, withdrawal, by=_by())
    edits.restore(desk.engine, 1, by=_by())
    edits.withdraw_variant(desk.engine, 2, by=_by())

    _tell(database_url)

    assert [event for event in receiver.events if event[0] not in ("story.independent", "story.joined")] == [
        ("story.merged", 2),
        ("story.split", 1),
        ("story.withdrawn", 1),
        ("story.restored", 1),
        ("story.withdrawn", 1),
        ("story.restored", 1),
    ]
    others = {got.said["event"]: got.said["other_story_id"] for got in receiver.got}
    assert (others["story.merged"], others["story.split"]) == (1, 2)


def test_a_story_parted_from_another_is_told_as_created(desk: Newsdesk, database_url: str, receiver: Receiver) -> None:
    """A number that a split gives for the first time is told to be a story's, and where it began."""
    desk.load(article("a/1", prose(1)), article("b/1", prose(1)))
    _add(desk, receiver, "story.created")

    edits.split(desk.engine, 1, [2], by=_by())
    _tell(database_url)

    [got] = receiver.got
    assert (got.said["event"], got.said["story_id"], got.said["other_story_id"]) == ("story.created", 2, 1)


def test_what_was_withdrawn_is_told_no_more(desk: Newsdesk, database_url: str, receiver: Receiver) -> None:
    """Told late, an event of a story that was withdrawn meanwhile says its number and nothing of its texts."""
    _add(desk, receiver)
    desk.load(article("a/1", prose(1), title="Not to be said"))
    edits.withdraw(desk.engine, 1, by=_by())

    _tell(database_url)

    assert receiver.events == [("story.created", 1), ("story.withdrawn", 1)]
    assert not any(b"Not to be said" in got.raw or b"a.example" in got.raw for got in receiver.got)


def test_a_failure_is_tried_again_under_the_same_id(desk: Newsdesk, database_url: str, receiver: Receiver) -> None:
    """After a 500 and a redirect the event waits, longer each time, and comes under its id; the others wait behind."""
    _add(desk, receiver, "story.created")
    desk.load(article("a/1", prose(1)), article("b/2", prose(2)))
    receiver.statuses = [500, 302]

    _tell(database_url)
    _tell(database_url, now=NOON + MINUTE / 2)
    _tell(database_url, now=NOON + MINUTE)
    failing = _only_hook(database_url)
    _tell(database_url, now=NOON + 2 * MINUTE)
    _tell(database_url, now=NOON + 3 * MINUTE)

    assert [got.key for got in receiver.got] == ["1-1", "1-1", "1-1", "1-2"]
    assert (failing.failures, failing.last_error, failing.next_try_at) == (2, "HTTP 302", NOON + 3 * MINUTE)
    assert _only_hook(database_url).failures == 0


def test_a_hook_that_is_gone_is_paused(desk: Newsdesk, database_url: str, receiver: Receiver) -> None:
    """After a 410 nothing is sent, however long; once it answers a test it is told what it missed."""
    _add(desk, receiver, "story.created")
    desk.load(article("a/1", prose(1)))
    receiver.statuses = [410]
    _tell(database_url)
    paused = _only_hook(database_url)
    _tell(database_url, now=NOON + timedelta(days=9))

    trouble = try_hook(database_url, 1, contact=None, clock=lambda: NOON)
    _tell(database_url)

    assert (paused.paused_at, trouble) == (NOON, None)
    assert [got.said["event"] for got in receiver.got] == ["story.created", "hook.test", "story.created"]


def test_nobody_there_is_a_failure(desk: Newsdesk, database_url: str) -> None:
    """Where nobody listens, the hook rests, and nothing is lost."""
    with receiving() as receiver:
        _add(desk, receiver, "story.created")
    desk.load(article("a/1", prose(1)))

    told = _tell(database_url)

    assert (list(told.troubles), told.events) == ([1], {})
    assert _only_hook(database_url).waiting == 1


def test_killed_before_it_was_noted_it_is_told_again(desk: Newsdesk, database_url: str, receiver: Receiver) -> None:
    """Killed between the post and the note, the next delivery tells it again, once nobody holds the hook."""
    _add(desk, receiver, "story.created")
    desk.load(article("a/1", prose(1)), article("b/2", prose(2)))
    words = [sys.executable, "-m", "newsfold", "hooks", "deliver", "--db", database_url]
    process = subprocess.Popen(words, cwd=_ROOT, env={**os.environ}, stderr=subprocess.PIPE)
    receiver.before = process.kill
    process.communicate(timeout=60)
    receiver.before = lambda: None

    _tell(database_url)
    held = len(receiver.got)
    go_by(desk.engine, 5, of=tables.Hook)
    _tell(database_url)

    assert held == 1
    assert [got.key for got in receiver.got] == ["1-1", "1-1", "1-2"]


def test_two_at_once_tell_everything_in_order(desk: Newsdesk, database_url: str, receiver: Receiver) -> None:
    """Two deliveries at the same time share the hooks: all of a hook's events come, once and in order."""
    _add(desk, receiver, "story.created")
    desk.load(*(article(f"a/{number}", prose(number)) for number in range(20, 30)))
    threads = [threading.Thread(target=_tell, args=(database_url,)) for _ in range(2)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [got.key for got in receiver.got] == [f"1-{number}" for number in range(1, 11)]


def test_who_lost_a_hook_notes_nothing(desk: Newsdesk, database_url: str, receiver: Receiver) -> None:
    """One that was too slow, and whose hook another took over, moves nothing forward."""
    _add(desk, receiver, "story.created")
    desk.load(article("a/1", prose(1)), article("b/2", prose(2)))
    receiver.before = lambda: _take_over(desk)

    told = _tell(database_url, owner="slow")

    assert (told.events, len(receiver.got)) == ({}, 1)
    assert _only_hook(database_url).waiting == 2


def _take_over(desk: Newsdesk) -> None:
    go_by(desk.engine, 3, of=tables.Hook)
    lease_hooks(desk.engine, owner="quick", now=NOON, seconds=60)


def test_one_that_fails_holds_up_no_other(desk: Newsdesk, database_url: str, receiver: Receiver) -> None:
    """A hook is told whatever becomes of another one."""
    with receiving() as gone:
        _add(desk, gone)
    _add(desk, receiver, "story.created")
    desk.load(article("a/1", prose(1)))

    told = _tell(database_url)

    assert (told.events, list(told.troubles)) == ({2: 1}, [1])


def test_a_run_tells_at_its_end_and_never_fails_for_it(
    desk: Newsdesk, database_url: str, receiver: Receiver, tmp_path: Path
) -> None:
    """A load tells the hooks what it brought, and ends as it would where one of them is out of order."""
    _add(desk, receiver, "story.created")
    with receiving() as gone:
        _add(desk, gone)
    (tmp_path / "inbox").mkdir()
    page = {"text": prose(4), "url": "https://gazette.example/4", "title": "Four"}
    (tmp_path / "inbox" / "one.jsonl").write_bytes(orjson.dumps(page))
    environ = {"NEWSFOLD_DATA": str(tmp_path / "data"), "NEWSFOLD_WORKERS": "1"}
    settings = read_settings(environ, database_url=database_url)

    report = run_load([str(tmp_path / "inbox")], source="gazette", settings=settings, watch=Watcher())

    assert (report.exit_code, receiver.events) == (0, [("story.created", 1)])


@pytest.mark.parametrize(
    ("url", "is_private"),
    [
        ("http://169.254.169.254/latest", True),
        ("http://[fd00:ec2::254]/", True),
        ("https://127.0.0.1/", False),
        ("https://2130706433/", False),
        ("https://localhost/", False),
    ],
)
def test_no_hook_leads_where_it_must_not(desk: Newsdesk, database_url: str, url: str, is_private: bool) -> None:
    """Even where such a hook stands in the database, nothing is sent to it."""
    add_hook(desk.engine, url, events=EVENTS, allow_private=is_private, now=NOON)
    desk.load(article("a/1", prose(1)))

    told = _tell(database_url)

    assert told.events == {}
    assert "secrets" in told.troubles[1] or "not public" in told.troubles[1]
