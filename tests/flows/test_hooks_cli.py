"""newsfold hooks, as a program."""

import json
from collections.abc import Iterator

import pytest

from storage.database import connected
from storage.upgrading import upgrade
from tests.flows.receiver import Receiver, receiving
from tests.query.conftest import ask_newsfold
from tests.storage.articles import Newsdesk, article, prose


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Give an open receiver."""
    with receiving() as opened:
        yield opened


@pytest.fixture
def empty_url(database_url: str) -> str:
    """Give the URL of a migrated database without a story, once of each kind."""
    upgrade(database_url)
    return database_url


def test_a_hook_is_made_tested_told_and_removed(empty_url: str, receiver: Receiver) -> None:
    """The secret is shown by `add` alone, `test` posts, `deliver` tells, and after `remove` there is none."""
    chosen = ["--events", "story.joined, story.created", "--allow-private"]
    made = ask_newsfold("hooks", "add", receiver.url, *chosen, url=empty_url)
    [listed] = json.loads(ask_newsfold("hooks", "list", "--json", url=empty_url).stdout)
    tested = ask_newsfold("hooks", "test", "1", url=empty_url)
    with connected(empty_url) as engine:
        Newsdesk(engine).load(article("a/1", prose(1)))
    told = ask_newsfold("hooks", "deliver", url=empty_url)
    removed = ask_newsfold("hooks", "remove", "1", url=empty_url)
    again = ask_newsfold("hooks", "remove", "1", url=empty_url)

    assert made.lines[0].startswith("nfh_")
    assert made.lines[0] not in json.dumps(listed)
    assert (listed["url"], listed["events"]) == (receiver.url, ["story.created", "story.joined"])
    assert (tested.code, tested.stderr) == (0, "newsfold: hook 1 answers\n")
    assert (told.code, told.stderr) == (0, "newsfold: hook 1: told 1 event\n")
    assert [got.fields["x-newsfold-event"] for got in receiver.got] == ["hook.test", "story.created"]
    assert (removed.code, again.code, again.stderr) == (0, 1, "newsfold: no hook 1: newsfold hooks list lists them\n")


def test_a_hook_that_fails_is_named(empty_url: str, receiver: Receiver) -> None:
    """What went wrong is said by `test` and `deliver`, with their exit codes, and stands in the list."""
    ask_newsfold("hooks", "add", receiver.url, "--allow-private", url=empty_url)
    with connected(empty_url) as engine:
        Newsdesk(engine).load(article("a/1", prose(1)))
    receiver.statuses = [404, 503]

    tested = ask_newsfold("hooks", "test", "1", url=empty_url)
    told = ask_newsfold("hooks", "deliver", url=empty_url)
    [listed] = json.loads(ask_newsfold("hooks", "list", "--json", url=empty_url).stdout)

    assert (tested.code, tested.stderr) == (1, "newsfold: hook 1: HTTP 404\n")
    assert told.code == 3
    assert told.stderr.startswith("newsfold: hook 1: HTTP 503; again after ")
    assert (listed["last_error"], listed["failures"], listed["waiting"]) == ("HTTP 503", 1, 1)
    assert "failing" in ask_newsfold("hooks", "list", url=empty_url).stdout


@pytest.mark.parametrize(
    "words",
    [
        ["add", "http://desk.example/in"],
        ["add", "https://10.0.0.1/in"],
        ["add", "https://desk.example/in", "--events", "story.made"],
        ["add", "https://desk.example/in", "--events", ""],
        ["remove", "x"],
        ["test", "0"],
    ],
)
def test_wrong_usage_is_refused(words: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """What cannot be meant is refused with exit code 2."""
    url = f"sqlite:///{tmp_path_factory.mktemp('hooks')}/stories.db"

    assert ask_newsfold("hooks", *words, url=url).code == 2
