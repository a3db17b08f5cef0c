"""Hosts in one run's hands: taken, kept, lost and given back, over a database that others use too."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import pytest

from flows.refreshing.leases import LEASE_S, Leases
from ingest.fetch.hosts import HostBusy, HostMemory, RobotsFile, RobotsState
from storage.database import Engine
from tests.storage.live import go_by

_NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
_HOSTS = ("a.example", "b.example", "c.example")


def _noon() -> datetime:
    return _NOON


def _leases(engine: Engine, owner: str, *, patience_s: float = 0.0) -> Leases:
    return Leases(engine, owner=owner, clock=_noon, patience_s=patience_s, renewed_s=0.0)


def _robots(origin: str) -> RobotsFile:
    return RobotsFile(origin=origin, state=RobotsState.FOUND, body=b"User-agent: *", fetched_at=_NOON)


def test_a_host_has_one_run(engine: Engine) -> None:
    """Of two runs, each has what the other does not hold, until it is given back."""

    async def two() -> list[set[str]]:
        one, other = _leases(engine, "one"), _leases(engine, "other")
        taken = [await one.take(_HOSTS[:2]), await other.take(_HOSTS), await one.take(_HOSTS)]
        with pytest.raises(HostBusy):
            await other.enter("a.example")
        await one.give_back({})
        return [*taken, await other.take(_HOSTS), await one.take(_HOSTS)]

    assert asyncio.run(two()) == [{*_HOSTS[:2]}, {"c.example"}, {*_HOSTS[:2]}, {*_HOSTS}, set()]


def test_who_enters_waits_a_little(engine: Engine) -> None:
    """A host that another run gives back meanwhile is entered."""

    async def meanwhile() -> HostMemory:
        one, other = _leases(engine, "one"), _leases(engine, "other", patience_s=5.0)
        await one.take(["a.example"])
        entering = asyncio.create_task(other.enter("a.example"))
        await asyncio.sleep(0.05)
        assert not entering.done()
        await one.give_back({"a.example": _NOON + timedelta(hours=1)})
        return await entering

    assert asyncio.run(meanwhile()) == HostMemory(rest_until=_NOON + timedelta(hours=1))


def test_a_host_that_was_not_asked_keeps_its_rest(engine: Engine) -> None:
    """A run that took a host and asked it nothing does not forget that it wanted to be left alone."""
    rest = _NOON + timedelta(hours=5)

    async def in_turn() -> dict[str, HostMemory]:
        first = _leases(engine, "first")
        await first.take(["a.example", "b.example"])
        await first.give_back({"a.example": rest, "b.example": rest})
        second = _leases(engine, "second")
        await second.take(["a.example", "b.example"])
        await second.give_back({"b.example": None})  # it was asked, and had no objection
        third = _leases(engine, "third")
        return {host: await third.enter(host) for host in ("a.example", "b.example")}

    assert asyncio.run(in_turn()) == {"a.example": HostMemory(rest_until=rest), "b.example": HostMemory()}


def test_signs_of_life_hold_the_hosts(engine: Engine) -> None:
    """A run that renews holds on to its hosts beyond the end of a lease; one that does not loses them."""

    async def for_twelve_minutes() -> list[set[str]]:
        one, other, silent = (_leases(engine, owner) for owner in ("one", "other", "silent"))
        await one.take(["a.example"])
        await silent.take(["b.example"])
        taken = []
        for _ in range(3):
            go_by(engine, 4)
            await one.renew()
            taken.append(await other.take(["a.example", "b.example"]))
        return taken

    assert LEASE_S / 60 < 8
    assert asyncio.run(for_twelve_minutes()) == [set(), {"b.example"}, {"b.example"}]


def test_a_sign_of_life_is_not_given_all_the_time(engine: Engine) -> None:
    """Asked every moment, a run writes once a minute: the lease that runs out meanwhile shows it."""

    async def at_once() -> set[str]:
        one, other = Leases(engine, owner="one", clock=_noon), _leases(engine, "other")
        await one.take(["a.example"])
        go_by(engine, LEASE_S / 60 - 1)
        await one.renew()
        go_by(engine, 1)
        return await other.take(["a.example"])

    assert asyncio.run(at_once()) == {"a.example"}


def test_9_11_a_host_that_was_lost_is_not_ours(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    """MUST_HANDLE 9.11: a run that was away too long learns it with its next sign of life, and takes nothing back."""

    async def too_late() -> list[set[str]]:
        slow, next_one = _leases(engine, "slow"), _leases(engine, "next")
        await slow.take(["a.example", "b.example"])
        go_by(engine, 6)
        taken = [await next_one.take(["a.example"])]
        await slow.renew()
        taken.append(await slow.take(["a.example", "b.example"]))
        await slow.give_back({"a.example": _NOON + timedelta(days=1)})
        third = _leases(engine, "third")
        return [*taken, await third.take(["a.example", "b.example"])]

    with caplog.at_level(logging.WARNING):
        taken = asyncio.run(too_late())

    assert taken == [{"a.example"}, {"b.example"}, {"b.example"}]
    assert [record.getMessage().partition(" ")[0] for record in caplog.records] == ["a.example"]


def test_robots_files_outlive_the_run(engine: Engine) -> None:
    """What one run read, the next one finds: written with a sign of life, and at the end."""
    early, late = _robots("https://a.example:443"), _robots("http://a.example:80")

    async def in_turn() -> list[dict[str, RobotsFile]]:
        one = _leases(engine, "one")
        await one.enter("a.example")
        await one.remember(early)
        await one.renew()
        go_by(engine, 6)
        heir = _leases(engine, "heir")  # as if the first one had died then
        found = [dict((await heir.enter("a.example")).robots)]
        await heir.remember(late)
        await heir.give_back({})
        return [*found, dict((await _leases(engine, "next").enter("a.example")).robots)]

    assert asyncio.run(in_turn()) == [{early.origin: early}, {early.origin: early, late.origin: late}]


def test_entering_at_once_takes_once(engine: Engine) -> None:
    """Many that enter the same hosts together all have them, and all the same."""

    async def together() -> list[HostMemory]:
        one = _leases(engine, "one")
        return await asyncio.gather(*(one.enter(host) for host in _HOSTS * 5))

    assert asyncio.run(together()) == [HostMemory()] * 15


def test_nothing_held_is_nothing_to_write(engine: Engine) -> None:
    """A run that took no host gives none back, and may renew all the same."""

    async def idle() -> set[str]:
        one = _leases(engine, "one")
        await one.renew()
        await one.give_back({"a.example": _NOON})
        return await one.take([])

    assert asyncio.run(idle()) == set()
