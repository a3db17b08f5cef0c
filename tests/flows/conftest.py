"""A Prefect for the tests of flows: one temporary server a session, silent, at home in a temporary folder."""

import gc
import os
import warnings

# Before the first import of Prefect, which reads the environment once.
os.environ.update(
    DO_NOT_TRACK="1",
    PREFECT_SERVER_ANALYTICS_ENABLED="false",
    PREFECT_LOGGING_TO_API_ENABLED="false",
    PREFECT_LOGGING_LEVEL="WARNING",
    PREFECT_SERVER_LOGGING_LEVEL="CRITICAL",
)
os.environ.pop("PREFECT_API_URL", None)
os.environ.pop("PREFECT_API_AUTH_STRING", None)

from collections.abc import Iterator

import pytest

from tests.newsroom import Newsroom


@pytest.fixture
def room() -> Iterator[Newsroom]:
    """Give an open newsroom."""
    with Newsroom() as room:
        yield room


@pytest.fixture(scope="session")
def prefect_harness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give flows a server to run on; starting it takes a quarter of a minute, so only tests of flows ask for it."""
    from prefect.settings import (
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        PREFECT_HOME,
        PREFECT_LOCAL_STORAGE_PATH,
        temporary_settings,
    )
    from prefect.testing.utilities import prefect_test_harness

    home = tmp_path_factory.mktemp("prefect")
    settings = {
        PREFECT_HOME: home,
        PREFECT_LOCAL_STORAGE_PATH: home / "storage",
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,  # its thread is joined on a one second tick
    }
    with temporary_settings(settings), prefect_test_harness(server_startup_timeout=120):
        yield
    _collect_sockets()


@pytest.fixture
def flow_run(prefect_harness: None) -> Iterator[None]:  # noqa: ARG001  it is there to be started
    """Let a test run flows."""
    yield
    _collect_sockets()


def _collect_sockets() -> None:
    """Let go, here and now, of the sockets that Prefect leaves to the garbage collector.

    It would come upon them in any later test, which then fails for an unclosed socket that is none of its.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
