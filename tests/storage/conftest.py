"""A store for the tests, once on each kind of database."""

from collections.abc import Iterator

import pytest

from storage.check import check
from tests.storage.articles import Newsdesk, newsdesk


@pytest.fixture
def desk(database_url: str) -> Iterator[Newsdesk]:
    """Give an empty store; whatever a test does with it, the database is sound afterwards."""
    with newsdesk(database_url) as opened:
        yield opened
    assert check(database_url) == []
