"""One run at a time asks a host, whatever becomes of the runs."""

import pytest

from ingest.fetch.hosts import HostMemory, RobotsFile, RobotsState
from storage import tables
from storage.running.hosts import lease, release, remember_robots, renew
from tests.storage.articles import Newsdesk
from tests.storage.live import go_by, later

_LEASE_S = 300.0
_HOSTS = ("a.example", "b.example", "c.example")


def take(desk: Newsdesk, owner: str, *hosts: str, minutes: float = 0) -> dict[str, HostMemory]:
    """Lease the hosts for five minutes; what is known of them is of so many minutes after noon."""
    return lease(desk.engine, hosts, owner=owner, now=later(minutes), seconds=_LEASE_S)


def robots(origin: str, text: bytes = b"", *, minutes: float = 0) -> RobotsFile:
    """Give a robots.txt that was found so many minutes after noon."""
    return RobotsFile(origin=origin, state=RobotsState.FOUND, body=text, fetched_at=later(minutes))


def test_a_host_has_one_holder(desk: Newsdesk) -> None:
    """Of two runs the first gets the host, and keeps it when it asks again; the other gets what is left."""
    assert take(desk, "one", *_HOSTS[:2]) == dict.fromkeys(_HOSTS[:2], HostMemory())

    go_by(desk.engine, 4)
    assert take(desk, "other", *_HOSTS).keys() == {"c.example"}
    assert take(desk, "one", *_HOSTS).keys() == set(_HOSTS[:2])
    assert take(desk, "one") == {}


def test_9_11_a_lease_runs_out(desk: Newsdesk) -> None:
    """MUST_HANDLE 9.11: the hosts of a run that died are free after five minutes, and then it has lost them."""
    take(desk, "dead", *_HOSTS)

    go_by(desk.engine, 4.5)
    assert take(desk, "next", *_HOSTS) == {}
    go_by(desk.engine, 0.5)
    assert take(desk, "next", _HOSTS[0]).keys() == {_HOSTS[0]}
    assert renew(desk.engine, "dead", seconds=_LEASE_S) == frozenset(_HOSTS[1:])
    go_by(desk.engine, 4.5)
    assert take(desk, "third", *_HOSTS) == {}


def test_a_host_whose_clock_is_wrong_takes_nobodys(desk: Newsdesk) -> None:
    """Whatever the time is for those who ask, a lease ends by the clock of the database."""
    take(desk, "one", "a.example")

    found = [take(desk, "other", "a.example", minutes=minutes) for minutes in (-60, 6, 60)]

    assert found == [{}] * 3


def test_9_11_no_lease_is_long(desk: Newsdesk) -> None:
    """MUST_HANDLE 9.11: whoever asks for a day gets ten minutes, at first and each time."""
    lease(desk.engine, ["a.example"], owner="one", now=later(0), seconds=86_400)
    go_by(desk.engine, 9.5)
    assert take(desk, "other", "a.example") == {}
    renew(desk.engine, "one", seconds=86_400)

    go_by(desk.engine, 9.5)
    assert take(desk, "other", "a.example") == {}
    go_by(desk.engine, 0.5)
    assert take(desk, "other", "a.example").keys() == {"a.example"}


def test_8_6_a_clock_that_was_ahead_locks_nothing(desk: Newsdesk) -> None:
    """MUST_HANDLE 8.6: a lease and a rest that end in a year were made by a wrong clock, and hold nobody up."""
    year = 60 * 24 * 365
    take(desk, "ahead", "a.example", "b.example")
    go_by(desk.engine, -year)
    release(desk.engine, "ahead", {"b.example": later(year)})

    assert take(desk, "one", "a.example", "b.example") == dict.fromkeys(("a.example", "b.example"), HostMemory())


def test_released_hosts_are_free(desk: Newsdesk) -> None:
    """A host given back can be had at once, and says how long it wants rest; others stay with their holder."""
    take(desk, "one", *_HOSTS)
    release(desk.engine, "one", {"a.example": None, "b.example": later(90)})
    release(desk.engine, "one", {})

    found = take(desk, "other", *_HOSTS, minutes=1)

    assert found == {"a.example": HostMemory(), "b.example": HostMemory(rest_until=later(90))}


def test_nobody_gives_back_what_is_anothers(desk: Newsdesk) -> None:
    """A run that lost its lease changes nothing when it gives the host back."""
    take(desk, "slow", "a.example")
    go_by(desk.engine, 6)
    take(desk, "next", "a.example")

    release(desk.engine, "slow", {"a.example": later(999)})

    assert take(desk, "third", "a.example") == {}
    assert take(desk, "next", "a.example") == {"a.example": HostMemory()}


def test_robots_files_are_remembered(desk: Newsdesk) -> None:
    """Each origin's newest robots.txt comes with the lease, byte by byte, whether the host is known or not."""
    old, new = robots("https://a.example:443", bytes(range(256))), robots("https://a.example:443", b"new", minutes=3)
    down = RobotsFile(
        origin="http://a.example:80", state=RobotsState.UNREACHABLE, fetched_at=later(1), failing_since=later(-60)
    )
    bare = robots("https://b.example:8443", bytes(range(256)))
    take(desk, "one", "a.example")

    for files in ([old], [down, bare], [new], [old], []):
        remember_robots(desk.engine, files)

    found = take(desk, "one", "a.example", "b.example", minutes=1)
    assert found["a.example"].robots == {new.origin: new, down.origin: down}
    assert found["b.example"].robots == {bare.origin: bare}


def test_no_host_is_remembered_by_all_its_ports(desk: Newsdesk) -> None:
    """Of a host with many origins, those asked last are kept."""
    remember_robots(desk.engine, [robots(f"http://a.example:{port}", minutes=port) for port in range(1, 30)])

    found = take(desk, "one", "a.example")["a.example"].robots

    assert found.keys() == {f"http://a.example:{port}" for port in range(22, 30)}


@pytest.mark.parametrize("host", ["127.0.0.1", "[2001:db8::1]", "xn--bcher-kva.example", "a_b.example"])
def test_any_host_can_be_leased(desk: Newsdesk, host: str) -> None:
    """A host is whatever stands between the slashes of an address."""
    remember_robots(desk.engine, [robots(f"http://{host}:8080", b"x")])

    assert take(desk, "one", host)[host].robots.keys() == {f"http://{host}:8080"}
    assert desk.rows(tables.Host, "host", "owner") == [(host, "one")]
