"""newsfold serve and newsfold token, as programs."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from storage.upgrading import upgrade
from tests.query.conftest import ask_newsfold, refuse_writes


@pytest.fixture
def empty_url(database_url: str) -> str:
    """Give the URL of a migrated database without a story, once of each kind."""
    upgrade(database_url)
    return database_url


def test_a_token_is_shown_once_and_revoked(empty_url: str) -> None:
    """What opens a door is printed by `make` alone; `list` says whose it is, and `revoke` shuts it."""
    made = ask_newsfold("token", "make", "desk", "--scope", "write", url=empty_url)
    ask_newsfold("token", "make", "wall screen", url=empty_url)

    listed = json.loads(ask_newsfold("token", "list", "--json", url=empty_url).stdout)
    assert [(each["id"], each["name"], each["scope"]) for each in listed] == [
        (2, "wall screen", "read"),
        (1, "desk", "write"),
    ]
    assert made.lines[0].startswith("nf_")
    assert made.lines[0] not in json.dumps(listed)
    assert ask_newsfold("token", "revoke", "1", url=empty_url).code == 0
    again = ask_newsfold("token", "revoke", "1", url=empty_url)
    assert (again.code, again.stderr) == (
        1,
        "newsfold: no token 1, or it is revoked already: newsfold token list lists them\n",
    )
    assert "revoked" in ask_newsfold("token", "list", url=empty_url).stdout


@pytest.mark.parametrize(
    "words",
    [
        ["token", "make", "desk"],
        ["token", "revoke", "1"],
        ["hooks", "add", "https://desk.example/in"],
        ["hooks", "remove", "1"],
        ["withdraw", "1", "--actor", "ines"],
    ],
)
def test_what_cannot_be_written_is_one_line(own_url: str, words: list[str]) -> None:
    """A database that refuses a write is said so in one line, whatever was to be written."""
    ask_newsfold("token", "make", "wall screen", url=own_url)
    ask_newsfold("hooks", "add", "https://wall.example/in", url=own_url)
    refuse_writes(own_url)

    answer = ask_newsfold(*words, url=own_url)

    assert (answer.code, answer.stdout) == (2, "")
    assert answer.stderr == "newsfold: the database cannot be written: the disk is full\n"


@pytest.mark.parametrize(
    "words",
    [
        ["token", "make", "x", "--scope", "all"],
        ["token", "make", ""],
        ["token", "make", "a\x1b[2J"],
        ["token", "revoke", str(2**31)],
        ["serve", "--port", "65536"],
    ],
)
def test_wrong_usage_is_one_line(own_url: str, words: list[str]) -> None:
    """What cannot be meant is refused with exit code 2."""
    assert ask_newsfold(*words, url=own_url).code == 2


def test_an_address_that_is_none_is_named(own_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the server is said to be reached has to be an address of the web."""
    monkeypatch.setenv("NEWSFOLD_PAGE_URL", "news.example")

    answer = ask_newsfold("serve", "--port", "0", url=own_url)

    assert answer.code == 2
    assert "NEWSFOLD_PAGE_URL: give an address such as https://news.yours.example" in answer.stderr


def test_10_07_nothing_is_served_to_others_without_a_token(own_url: str) -> None:
    """MUST_HANDLE 10.7: bound where others can ask, and without a token, the server does not start."""
    for words in (["--host", "0.0.0.0"], ["--host", "::"], ["--name", "news.example"]):
        answer = ask_newsfold("serve", *words, "--port", "0", url=own_url)

        assert answer.code == 2
        assert answer.stderr == f"newsfold: {words[1]} can be asked from elsewhere: run newsfold token make first\n"


def test_a_port_that_is_taken_is_named(own_url: str) -> None:
    """Where something else listens, the server says so in one line."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = ask_newsfold("serve", "--port", str(port), url=own_url)

    assert answer.code == 1
    said = f"newsfold: 127.0.0.1:{port} cannot be used: Address already in use; --port 0 takes any\n"
    assert answer.stderr == said


def test_a_list_of_sources_that_is_named_is_there(own_url: str, tmp_path: Path) -> None:
    """A mistyped --sources is told before anything is served."""
    answer = ask_newsfold("serve", "--port", "0", "--sources", f"{tmp_path}/nope.toml", url=own_url)

    assert (answer.code, answer.stderr) == (2, f"newsfold: --sources: no file {tmp_path}/nope.toml\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_server_ends_when_it_is_told(own_url: str, number: signal.Signals, tmp_path: Path) -> None:
    """Told to end, the server finishes and exits with 0; nothing of it is on stdout."""
    said = tmp_path / "said"
    with said.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "newsfold", "serve", "--port", "0"],
            env={**os.environ, "NEWSFOLD_DATABASE_URL": own_url},
            stdout=subprocess.PIPE,
            stderr=stderr,
            cwd=Path(__file__).parents[2],
        )
        try:
            address = _address(said)
            assert httpx.get(f"{address}/healthz", timeout=30).status_code == 200
            process.send_signal(number)
            out, _ = process.communicate(timeout=30)
        finally:
            process.kill()
            process.wait()

    assert (process.returncode, out) == (0, b"")
    assert len(said.read_text().splitlines()) == 1


def _address(said: Path) -> str:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for word in said.read_text().split():
            if word.startswith("http://"):
                return word.rstrip("/")
        time.sleep(0.05)
    raise AssertionError(said.read_text())
