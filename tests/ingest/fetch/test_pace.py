"""One at a time per host, with a pause in between."""

import asyncio
import time
from itertools import pairwise

from ingest.fetch.pace import Pace


async def _visits(
    pace: Pace, hosts: list[str], pause_s: float, *, takes_s: float = 0.0
) -> list[tuple[str, float, float]]:
    seen: list[tuple[str, float, float]] = []

    async def visit(host: str) -> None:
        async with pace.turn(host, pause_s):
            began = time.monotonic()
            await asyncio.sleep(takes_s)
            seen.append((host, began, time.monotonic()))

    await asyncio.gather(*(visit(host) for host in hosts))
    return seen


def test_one_at_a_time_with_a_pause() -> None:
    """Each visit begins the pause after the end of the one before it."""
    seen = asyncio.run(_visits(Pace(), ["a"] * 4, 0.05, takes_s=0.02))

    gaps = [later[1] - earlier[2] for earlier, later in pairwise(seen)]
    assert len(gaps) == 3
    assert all(0.05 <= gap < 0.3 for gap in gaps)


def test_hosts_do_not_wait_for_each_other() -> None:
    """Fifty hosts take as long as one."""
    began = time.monotonic()

    asyncio.run(_visits(Pace(), [f"host-{number}" for number in range(50)] * 2, 0.05))

    assert time.monotonic() - began < 1.0


def test_a_failed_visit_ends_its_turn_too() -> None:
    """Whoever raises, or is cancelled, rests the host and lets the next one in."""

    async def fail_then_visit() -> float:
        pace = Pace()
        try:
            async with pace.turn("a", 0.05):
                raise OSError
        except OSError:
            pass
        began = time.monotonic()
        async with pace.turn("a", 0.0):
            return time.monotonic() - began

    assert asyncio.run(fail_then_visit()) >= 0.04


def test_a_rest_is_waited_for() -> None:
    """A host rests as long as it was told to, and a shorter rest does not shorten it."""

    async def rest() -> tuple[float, float]:
        pace = Pace()
        pace.rest("a", 0.1)
        pace.rest("a", 0.01)
        resting_s = pace.resting_s("a")
        began = time.monotonic()
        async with pace.turn("a", 0.0):
            return resting_s, time.monotonic() - began

    resting_s, waited_s = asyncio.run(rest())

    assert 0.05 < resting_s <= 0.1
    assert waited_s >= 0.09
