"""Queues of visits: one after the other at a host, all hosts at once."""

import asyncio

import pytest

from ingest.fetch.crawl import Crawl

Visit = tuple[str, int]


def _host(item: Visit) -> str:
    return item[0]


def test_every_item_is_visited_in_order() -> None:
    """Each host's items are visited in the order they were put, never two at once."""
    seen: list[Visit] = []
    busy: set[str] = set()

    async def visit(item: Visit) -> None:
        assert item[0] not in busy
        busy.add(item[0])
        await asyncio.sleep(0.001)
        busy.remove(item[0])
        seen.append(item)

    async def crawl() -> None:
        async with Crawl(visit, host=_host) as work:
            for number in range(20):
                for host in "abc":
                    work.put((host, number))
            await work.drain()

    asyncio.run(crawl())

    assert [[item[1] for item in seen if item[0] == host] for host in "abc"] == [list(range(20))] * 3


def test_a_slow_host_holds_up_nobody() -> None:
    """While one host's visit hangs, the others' are all made."""
    seen: list[Visit] = []

    async def crawl() -> None:
        hanging = asyncio.Event()

        async def visit(item: Visit) -> None:
            if item[0] == "slow":
                await hanging.wait()
            seen.append(item)

        async with Crawl(visit, host=_host) as work:
            work.put(("slow", 0))
            for number in range(100):
                work.put((f"host-{number % 10}", number))
            await asyncio.sleep(0.05)
            assert len(seen) == 100
            hanging.set()
            await work.drain()

    asyncio.run(crawl())

    assert seen[-1] == ("slow", 0)


def test_what_a_visit_puts_is_visited_too() -> None:
    """A visit may put more, at its own host or another, before drain() ends."""
    seen: list[Visit] = []

    async def crawl() -> None:
        async def visit(item: Visit) -> None:
            seen.append(item)
            if item[1] < 3:
                work.put((item[0], item[1] + 1))
                work.put((f"{item[0]}-{item[1]}", 9))

        async with Crawl(visit, host=_host) as work:
            work.put(("a", 0))
            await work.drain()
            assert work.queued("a") == 0

    asyncio.run(crawl())

    assert sorted(seen) == [("a", 0), ("a", 1), ("a", 2), ("a", 3), ("a-0", 9), ("a-1", 9), ("a-2", 9)]


def test_what_is_put_as_a_host_runs_dry_is_visited() -> None:
    """However close to the end of a host's last visit an item is put, it is visited."""
    seen: list[Visit] = []

    async def visit(item: Visit) -> None:
        seen.append(item)

    async def crawl() -> None:
        async with Crawl(visit, host=_host) as work:
            for number in range(8):
                work.put(("a", number))
                for _ in range(number):
                    await asyncio.sleep(0)  # one turn of the loop: the visit, the end of its task, what follows that
            await work.drain()

    asyncio.run(crawl())

    assert seen == [("a", number) for number in range(8)]


@pytest.mark.parametrize("is_stopped", [False, True])
def test_a_failing_visit_stops_all(*, is_stopped: bool) -> None:
    """No further visit is begun, those under way end, and what was raised is raised to whoever drains or stops."""
    seen: list[Visit] = []

    async def crawl() -> None:
        async def visit(item: Visit) -> None:
            if item == ("a", 1):
                raise RuntimeError("the disk is full")
            while item[0] == "b" and not work.is_stopped:
                await asyncio.sleep(0)
            seen.append(item)

        async with Crawl(visit, host=_host) as work:
            for number in range(3):
                work.put(("a", number))
                work.put(("b", number))
            while not work.is_stopped:
                await asyncio.sleep(0.001)
            work.put(("c", 0))
            await (work.stop() if is_stopped else work.drain())

    with pytest.raises(RuntimeError, match="the disk is full"):
        asyncio.run(crawl())

    assert seen == [("a", 0), ("b", 0)]


def test_stopping_finishes_what_is_under_way() -> None:
    """stop() lets the visits that have begun end, and gives back all others, those put later included."""
    seen: list[Visit] = []

    async def visit(item: Visit) -> None:
        await asyncio.sleep(0.02)
        seen.append(item)

    async def crawl() -> list[Visit]:
        async with Crawl(visit, host=_host) as work:
            for number in range(5):
                work.put(("a", number))
                work.put(("b", number))
            await asyncio.sleep(0.01)
            assert work.queued("a") == 4
            stopping = asyncio.create_task(work.stop())
            await asyncio.sleep(0)
            work.put(("c", 0))
            return await stopping

    left = asyncio.run(crawl())

    assert sorted(seen) == [("a", 0), ("b", 0)]
    assert sorted(left) == [*(("a", n) for n in range(1, 5)), *(("b", n) for n in range(1, 5)), ("c", 0)]


def test_leaving_early_ends_the_visits() -> None:
    """Whoever leaves a crawl leaves no task behind."""

    async def visit(_: Visit) -> None:
        await asyncio.Event().wait()

    async def crawl() -> int:
        async with Crawl(visit, host=_host) as work:
            work.put(("a", 0))
            await asyncio.sleep(0)
        return len(asyncio.all_tasks())

    assert asyncio.run(crawl()) == 1
