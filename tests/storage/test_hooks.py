"""What a hook is still to be told, and who may tell it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from storage import edits, tables
from storage.edits import By
from storage.hooks.events import Event, read_pending
from storage.hooks.kept import EVENTS, Hook, any_due, get_hook, list_hooks
from storage.hooks.writes import (
    LONGEST_PAUSE,
    NoHook,
    add_hook,
    lease_hooks,
    mark_failed,
    mark_told,
    release_hooks,
    remove_hook,
)
from storage.reading import reading
from tests.storage.articles import NOON, Newsdesk, article, prose
from tests.storage.live import go_by

MINUTE = timedelta(minutes=1)


def _hook(desk: Newsdesk) -> Hook:
    """Make a hook that is told everything."""
    add_hook(desk.engine, "https://desk.example/", events=EVENTS, allow_private=False, now=NOON)
    with reading(_url(desk)) as reader:
        found = get_hook(reader, 1)
    assert found is not None
    return found


def _url(desk: Newsdesk) -> str:
    return desk.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")


def _walk(desk: Newsdesk, hook: Hook, *, most: int) -> list[tuple[int, str, int]]:
    """Read all that is pending, so many changes at once; note how many voices were heard of, and nothing else."""
    found: list[Event] = []
    lease_hooks(desk.engine, owner="reader", now=NOON, seconds=60)
    while True:
        with reading(_url(desk)) as reader:
            pending = read_pending(reader, hook, most=most)
        for step in pending.steps:
            found += step.events
            said = step.heard
            assert mark_told(desk.engine, 1, owner="reader", change_id=0, heard=said, seconds=60)
        if pending.is_all:
            break
        hook = replace(hook, since_change=pending.last_change)
    return [(event.change_id, event.name, event.story_id) for event in found]


@pytest.mark.parametrize("most", [1, 2, 3, 5])
def test_it_does_not_matter_how_many_changes_are_read_at_once(desk: Newsdesk, most: int) -> None:
    """Read in parts, what is pending is the same, none of it left out and none twice."""
    hook = _hook(desk)
    desk.load(article("a/1", prose(1)), article("b/1", prose(2)), article("c/1", prose(1)), article("d/1", prose(3)))
    edits.merge(desk.engine, 1, 2, by=By(actor="ines", note="one dam", at=NOON))
    edits.merge(desk.engine, 1, 3, by=By(actor="ines", note="", at=NOON))
    desk.load(article("b/1", prose(5)))

    found = _walk(desk, hook, most=most)

    assert [name for _, name, _ in found].count("story.created") == 3
    assert [name for _, name, _ in found].count("story.merged") == 2
    assert [name for _, name, _ in found].count("story.independent") == 1
    assert found == sorted(found, key=lambda event: event[0])
    assert len(set(found)) == len(found)


def test_a_hook_is_told_by_one_at_a_time(desk: Newsdesk) -> None:
    """A leased hook is nobody else's until the lease is given back, has run out, or is longer than any can be."""
    _hook(desk)
    desk.load(article("a/1", prose(1)))

    def lease(owner: str) -> list[int]:
        return [hook.id for hook in lease_hooks(desk.engine, owner=owner, now=NOON, seconds=60)]

    assert (lease("one"), lease("two")) == ([1], [])
    release_hooks(desk.engine, "two")
    assert lease("two") == []
    release_hooks(desk.engine, "one")
    assert lease("two") == [1]
    go_by(desk.engine, 1, of=tables.Hook)
    assert lease("three") == [1]
    go_by(desk.engine, -60, of=tables.Hook)
    assert lease("four") == [1]


def test_no_hook_is_held_for_long(desk: Newsdesk) -> None:
    """Whoever asks for a day has it for ten minutes, by the clock of the database, at first and each time."""
    _hook(desk)
    desk.load(article("a/1", prose(1)))

    def lease(owner: str, *, hours: float = 0) -> list[int]:
        at = NOON + timedelta(hours=hours)
        return [hook.id for hook in lease_hooks(desk.engine, owner=owner, now=at, seconds=86_400)]

    lease("one")
    assert mark_told(desk.engine, 1, owner="one", change_id=0, heard={}, seconds=86_400)
    go_by(desk.engine, 9.5, of=tables.Hook)
    assert lease("two", hours=20) == []
    go_by(desk.engine, 0.5, of=tables.Hook)
    assert lease("two") == [1]


def test_who_does_not_hold_a_hook_notes_nothing(desk: Newsdesk) -> None:
    """Success and failure are noted by who leased the hook."""
    hook = _hook(desk)
    desk.load(article("a/1", prose(1)))
    lease_hooks(desk.engine, owner="one", now=NOON, seconds=60)

    told = mark_told(desk.engine, 1, owner="two", change_id=9, heard={}, seconds=60)
    failed = mark_failed(desk.engine, 1, owner="two", error="HTTP 500", is_gone=True, now=NOON)

    with reading(_url(desk)) as reader:
        [view] = list_hooks(reader)
        assert get_hook(reader, 1) == hook
    assert (told, failed, view.failures, view.paused_at) == (False, None, 0, None)


def test_a_failing_hook_rests_longer_each_time(desk: Newsdesk) -> None:
    """A minute, doubled after each failure, six hours at most."""
    _hook(desk)
    desk.load(article("a/1", prose(1)))
    rests = []
    now = NOON
    for _ in range(12):
        lease_hooks(desk.engine, owner="one", now=now, seconds=60)
        again = mark_failed(desk.engine, 1, owner="one", error="HTTP 500", is_gone=False, now=now)
        release_hooks(desk.engine, "one")
        assert again is not None
        with reading(_url(desk)) as reader:
            assert (any_due(reader, now=again - MINUTE / 2), any_due(reader, now=again)) == (False, True)
        rests.append(again - now)
        now = again

    assert rests[:4] == [MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE]
    assert max(rests) == rests[-1] == LONGEST_PAUSE


def test_a_removed_hook_is_gone(desk: Newsdesk) -> None:
    """With a hook goes what it has heard; one that is not there cannot be removed."""
    hook = _hook(desk)
    desk.load(article("a/1", prose(1)), article("b/1", prose(2)))
    edits.merge(desk.engine, 1, 2, by=By(actor="ines", note="", at=NOON))
    assert "story.independent" in {name for _, name, _ in _walk(desk, hook, most=9)}

    remove_hook(desk.engine, 1)

    with reading(_url(desk)) as reader:
        assert (list_hooks(reader), any_due(reader, now=NOON)) == ([], False)
    with pytest.raises(NoHook):
        remove_hook(desk.engine, 1)
