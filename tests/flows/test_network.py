"""An event loop beside the main thread."""

import asyncio
import logging
import threading
import time
from collections.abc import Iterator

import pytest

from flows.network import Network


async def _nothing() -> None:
    pass


async def _where() -> str:
    return threading.current_thread().name


def _is_running() -> bool:
    return any(thread.name == "network" for thread in threading.enumerate())


@pytest.fixture
def network() -> Iterator[Network]:
    """Give a loop that runs."""
    opened = Network()
    opened.start()
    yield opened
    if _is_running():
        opened.stop(_nothing())


def test_work_is_done_in_a_thread_of_its_own(network: Network) -> None:
    """Answers come back, and so do errors, from whichever thread the work is given."""

    async def broken() -> None:
        raise ValueError("no")

    assert network.call(_where()) == "network"
    assert network.begin(_where()).result(1) == "network"
    with pytest.raises(ValueError, match="no"):
        network.call(broken())


def test_things_can_be_told(network: Network) -> None:
    """What is told happens in the loop, in order."""
    event = asyncio.Event()

    async def told() -> str:
        await event.wait()
        return "told"

    waiting = network.begin(told())
    network.tell(event.set)

    assert waiting.result(1) == "told"


def test_stopping_breaks_off_what_is_under_way(network: Network) -> None:
    """What waits is cancelled and may clean up, then the last work is done, then the loop has ended."""
    done: list[str] = []

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            done.append("broken off")

    async def last() -> None:
        done.append("last")

    waiting = network.begin(endless())
    network.call(_nothing())
    network.stop(last())

    assert done == ["broken off", "last"]
    assert waiting.cancelled()
    assert not _is_running()


def test_nothing_begins_after_the_end(network: Network) -> None:
    """Who comes too late is told, instead of waiting for ever; what is told then is dropped."""
    network.stop(_nothing())

    with pytest.raises(RuntimeError, match="ended"):
        network.call(_where())
    network.tell(lambda: pytest.fail("told after the end"))


def test_what_comes_while_it_ends_is_refused(network: Network) -> None:
    """A thread that gives work while the last work is being done is not left waiting."""
    is_ending, go_on = threading.Event(), threading.Event()

    async def last() -> None:
        is_ending.set()
        while not go_on.is_set():
            await asyncio.sleep(0.01)

    stopping = threading.Thread(target=network.stop, args=(last(),))
    stopping.start()
    assert is_ending.wait(1)
    with pytest.raises(RuntimeError, match="ended"):
        network.call(_where())
    go_on.set()
    stopping.join(1)

    assert not stopping.is_alive()


def test_an_error_of_the_last_work_is_raised(network: Network) -> None:
    """The loop has ended all the same."""

    async def broken() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        network.stop(broken())

    assert not _is_running()


def test_threads_of_the_loop_are_waited_for(network: Network) -> None:
    """What the loop gave to a thread is not cut off: a database may be in it."""
    done: list[str] = []

    def slowly() -> None:
        time.sleep(0.1)
        done.append("done")

    async def begun() -> None:
        await asyncio.to_thread(slowly)

    network.begin(begun())
    network.call(_nothing())
    network.stop(_nothing())

    assert done == ["done"]


def test_work_that_hangs_holds_up_the_end_for_a_moment(caplog: pytest.LogCaptureFixture) -> None:
    """Last work that takes too long is left, with a word in the log."""
    hasty = Network(patience_s=0.05)
    hasty.start()

    async def endless() -> None:
        await asyncio.Event().wait()

    began = time.monotonic()
    with caplog.at_level(logging.WARNING):
        hasty.stop(endless())

    assert time.monotonic() - began < 2.0
    assert [record.getMessage().partition(" took")[0] for record in caplog.records] == ["what was to be done last"]
    assert not _is_running()


def test_a_network_that_never_ran_leaves_nothing() -> None:
    """One that is made and not started needs no end."""
    before = threading.active_count()

    Network()

    assert threading.active_count() == before
