"""A newsroom for each file of tests, and in it outlets that are one test's own."""

from collections.abc import Iterator

import pytest

from tests.newsroom import Newsroom, Outlet


@pytest.fixture(scope="module")
def room() -> Iterator[Newsroom]:
    """Give a newsroom for all tests of a file: each has outlets of its own in it."""
    with Newsroom() as room:
        yield room


@pytest.fixture
def outlet(room: Newsroom, request: pytest.FixtureRequest) -> Outlet:
    """Give an outlet that nobody has asked yet, and that has no page."""
    return room.outlet(request.node.nodeid)


@pytest.fixture
def gazette(outlet: Outlet) -> Outlet:
    """Give an outlet with two articles."""
    outlet.publish("storm", title="Storm over Port Vela", byline="Ada Quill")
    outlet.publish("ferry", title="Ferry back in Port Vela", credit="Harbour Wire")
    return outlet
