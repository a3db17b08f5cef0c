"""Servers for the tests, and a browser."""

from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copyfile

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.postgres import NewDatabase
from tests.query.serve.newsstand import Served, fill, served

_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def stand(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the newsroom's stories to be read only, once of each kind of database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('stand')}/stories.db"
    else:
        url = request.getfixturevalue("new_postgres")()
    fill(url)
    with served(url) as found:
        yield found


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a file with the newsroom's stories, to be copied."""
    path = tmp_path_factory.mktemp("filled") / "stories.db"
    fill(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def filled_postgres(new_postgres: NewDatabase) -> str:
    """Give the URL of a PostgreSQL database with the newsroom's stories, to be copied."""
    url = new_postgres()
    fill(url)
    return url


@pytest.fixture
def own_stand(filled: Path, tmp_path: Path) -> Iterator[Served]:
    """Serve the newsroom's stories from a database of this test's own."""
    with served(copied(filled, tmp_path)) as found:
        yield found


@pytest.fixture(params=["sqlite", "postgresql"])
def own_stands(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    """Serve the newsroom's stories from a database of this test's own, once of each kind."""
    if request.param == "sqlite":
        url = copied(request.getfixturevalue("filled"), tmp_path)
    else:
        url = request.getfixturevalue("new_postgres")(like=request.getfixturevalue("filled_postgres"))
    with served(url) as found:
        yield found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a program of Debian's: a machine without it leaves that out, and says so (tests/debian.sh)."""
    for item in items:
        if not {"browser", "promtool"}.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker("debian")


@pytest.fixture(scope="session")
def promtool() -> str:
    """Give the path of Prometheus' own tool, which tests/debian.sh installs."""
    return "/usr/bin/promtool"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Debian's Chromium, which tests/debian.sh installs."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=_FLAGS)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages in a window of their own; an error in a page's script, and any script refused, fails the test."""
    contexts, said = [], []

    def opened(address: str, **more: object) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **more})  # type: ignore[arg-type]  # as Playwright names them
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda message: said.append(message.text) if "Security Policy" in message.text else None)
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert said == []


def copied(filled: Path, folder: Path) -> str:
    """Give the URL of a copy of that file in `folder`."""
    for path in filled.parent.glob("stories.db*"):
        copyfile(path, folder / path.name)
    return f"sqlite:///{folder}/stories.db"
