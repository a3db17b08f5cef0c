"""`newsfold load` as a person runs it."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.flows.newsroom_sources import outlets, page_visits, source, write_sources
from tests.flows.newsstand import write_jsonl
from tests.newsroom import Newsroom

_NEWSFOLD = str(Path(sys.executable).with_name("newsfold"))


class Shell:
    """A folder to work in, and an environment that nobody has set up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "NEWSFOLD_"))}

    def load(self, *arguments: str, said: str = "", **env: str) -> "subprocess.CompletedProcess[str]":
        """Run `newsfold load` to its end."""
        return self.run("load", *arguments, said=said, **env)

    def run(self, *arguments: str, said: str = "", **env: str) -> "subprocess.CompletedProcess[str]":
        """Run `newsfold` to its end."""
        return subprocess.run(
            [_NEWSFOLD, *arguments],
            cwd=self.folder,
            env=self.env | env,
            input=said,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Give what the database in this folder has; nothing while there is none."""
        try:
            with closing(sqlite3.connect(self.folder / "newsfold.db")) as db:
                return db.execute(sql).fetchall()
        except sqlite3.OperationalError:
            return []


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Give a shell in a folder with twenty articles in it."""
    write_jsonl(tmp_path / "inbox.jsonl", range(20))
    return Shell(tmp_path)


def test_json_is_one_line_on_the_standard_output(shell: Shell) -> None:
    """A second load has all unchanged, and its report has the same five keys."""
    first, second = shell.load("inbox.jsonl", "--json"), shell.load("inbox.jsonl", "--json")

    reports = [json.loads(done.stdout) for done in (first, second)]
    assert [set(report) for report in reports] == [{"run", "met", "outcomes", "stories", "seconds"}] * 2
    assert [report["outcomes"] for report in reports] == [{"new_story": 20}, {"unchanged": 20}]
    assert (first.returncode, second.returncode) == (0, 0)
    assert "new_story" in first.stderr


def test_people_get_the_tally(shell: Shell) -> None:
    """Without --json the tally is on the standard output; some documents that fail are a load done in part."""
    (shell.folder / "bad.jsonl").write_text("{broken\n", encoding="utf-8")

    done = shell.load("inbox.jsonl", "bad.jsonl")

    assert done.stdout.startswith("run 1: 21 documents met in ")
    assert "new_story           20" in done.stdout
    assert "malformed            1" in done.stdout
    assert done.returncode == 3


def test_quiet_says_nothing_while_all_goes_well(shell: Shell) -> None:
    """A quiet load that took all prints nothing; `-` stands for a list of paths, one a line."""
    write_jsonl(shell.folder / "other news.jsonl", range(20, 25))

    done = shell.load("-", "--quiet", said="inbox.jsonl\n\nother news.jsonl\n")

    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    assert shell.rows("SELECT met FROM run") == [(25,)]


@pytest.mark.parametrize(
    ("arguments", "env", "words"),
    [
        (["nowhere"], {}, "nowhere: no such file or folder"),
        (["https://gazette.example/a"], {}, "what a source of sources.toml lists, refresh takes in"),
        (["inbox.jsonl", "--db", "mysql://u:secret@h/news"], {}, "sqlite:///PATH or postgresql://"),
        (["inbox.jsonl", "--db", "sqlite:////proc/nowhere/news.db"], {}, "cannot be used"),
        (["inbox.jsonl", "--source", "The\nGazette"], {}, "--source: give one line of 1 to 200 characters"),
        (["inbox.jsonl"], {"NEWSFOLD_EMBEDDINGS": "words"}, "NEWSFOLD_EMBEDDINGS: words: no such folder"),
        (["inbox.jsonl"], {"NEWSFOLD_WORKERS": "many"}, "NEWSFOLD_WORKERS: give a whole number"),
        (["inbox.jsonl"], {"PREFECT_API_URL": "http://127.0.0.1:9/api"}, "no Prefect server answers"),
    ],
)
def test_a_mistake_is_one_line(shell: Shell, arguments: list[str], env: dict[str, str], words: str) -> None:
    """What the user can mend ends with exit code 2 and a line that names it: no traceback, no database, no secret."""
    done = shell.load(*arguments, **env)

    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert "secret" not in done.stderr
    assert done.stdout == ""
    assert not (shell.folder / "newsfold.db").exists()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_load_in_order(shell: Shell, number: signal.Signals, code: int) -> None:
    """Within ten seconds: whole batches are stored, and the run row says why it ended."""
    write_jsonl(shell.folder / "archive.jsonl", range(1_000))
    command = [_NEWSFOLD, "load", "archive.jsonl"]
    env = shell.env | {"NEWSFOLD_BATCH_DOCUMENTS": "10"}
    process = subprocess.Popen(command, cwd=shell.folder, env=env, stderr=subprocess.PIPE, text=True)
    while not shell.rows("SELECT * FROM tally") and process.poll() is None:
        time.sleep(0.01)

    process.send_signal(number)
    _, said = process.communicate(timeout=10)

    [(error, met)] = shell.rows("SELECT error, met FROM run")
    assert process.returncode == code
    assert f"newsfold: stopped by {number.name}" in said
    assert error == "stopped by signal"
    assert shell.rows("SELECT sum(count) FROM tally") == shell.rows("SELECT count(*) FROM variant") == [(met,)]


def test_a_refresh_reports_as_json(shell: Shell, room: Newsroom) -> None:
    """The report is one line on the standard output: what was met, by source, and what each source came to."""
    [gazette] = outlets(room, ["gazette"], pages=3)
    write_sources(shell.folder, source(gazette))

    done = shell.run("refresh", "--json", NEWSFOLD_PACE_MS="0")

    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert (report["met"], report["outcomes"], report["waiting"]) == (3, {"new_story": 3}, 0)
    assert report["by_source"] == {"gazette": {"new_story": 3}}
    assert [(one["source"], one["outcome"]) for one in report["asked"]] == [("gazette", "listed")]
    assert "1 source asked: 1 listed" in done.stderr
    assert "newsfold" in gazette.visits[0].headers["user-agent"]


def test_a_refresh_in_part_ends_with_3_and_a_vain_one_with_1(shell: Shell, room: Newsroom) -> None:
    """A source that fails is named beside what others gave; when all fail, one line says so."""
    gazette, echo = outlets(room, ["gazette", "echo"], pages=1)
    echo.break_down(404)
    write_sources(shell.folder, source(gazette), source(echo))

    part = shell.run("refresh", NEWSFOLD_PACE_MS="0")
    vain = shell.run("refresh", "--only", "echo", NEWSFOLD_PACE_MS="0")

    assert part.returncode == 3
    assert "new_story            1" in part.stdout
    assert "2 sources asked: 1 listed, 1 failed" in part.stdout
    assert "  echo                 http_error   HTTP 404" in part.stdout
    assert part.stderr == ""
    assert (vain.returncode, vain.stdout) == (1, "")
    assert vain.stderr == "newsfold: none of 1 sources could be had; echo: HTTP 404\n"


@pytest.mark.parametrize(
    ("block", "arguments", "words"),
    [
        ('[[source]]\nkey = "a"\nfed = "x"\n', [], ["fed", "give exactly one"]),
        ('[[source]]\nkey = "a"\nfeed = "https://a.example/"\n', ["--only", "b"], ["there is no source 'b'"]),
        ('[[source]]\nkey = "a"\nfeed = "https://a.example/"\nallow_private = false\n', [], ["NEWSFOLD_CONTACT"]),
    ],
)
def test_a_mistake_about_sources_is_a_line_each(
    shell: Shell, block: str, arguments: list[str], words: list[str]
) -> None:
    """It ends with exit code 2 before anything is written, and before Prefect is started."""
    write_sources(shell.folder, block)

    done = shell.run("refresh", "--prefect", *arguments)

    lines = done.stderr.splitlines()
    assert done.returncode == 2
    assert len(lines) == len(words)
    assert all(line.startswith("newsfold: ") for line in lines)
    assert all(any(word in line for line in lines) for word in words)
    assert sorted(path.name for path in shell.folder.iterdir()) == ["inbox.jsonl", "sources.toml"]


def test_sigterm_ends_a_refresh_in_order(shell: Shell, room: Newsroom) -> None:
    """Within ten seconds, though a source hangs: what was stored stays, and the next refresh goes on."""
    good, hanging = outlets(room, ["good", "hanging"], pages=20)
    good.latency_s = 0.1
    hanging.break_down("hang")
    write_sources(shell.folder, source(hanging), source(good))
    env = shell.env | {"NEWSFOLD_BATCH_DOCUMENTS": "2", "NEWSFOLD_PACE_MS": "0"}
    process = subprocess.Popen([_NEWSFOLD, "refresh"], cwd=shell.folder, env=env, stderr=subprocess.PIPE, text=True)
    while not shell.rows("SELECT * FROM tally") and process.poll() is None:
        time.sleep(0.01)

    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=10)
    [(stored,)] = shell.rows("SELECT count(*) FROM variant")
    good.latency_s = 0.0
    after = shell.run("refresh", "--only", "good", "--json", NEWSFOLD_PACE_MS="0")

    assert process.returncode == 143
    assert said == "newsfold: stopped by SIGTERM; what was stored stays, and the next refresh goes on\n"
    assert shell.rows("SELECT error FROM run WHERE id = 1") == [("stopped by signal",)]
    assert isinstance(stored, int)
    assert 0 < stored < 20
    assert json.loads(after.stdout)["met"] == 20 - stored
    assert len(page_visits(good)) == 20


@pytest.mark.flow
def test_a_flow_without_a_server_brings_its_own(shell: Shell) -> None:
    """--prefect starts a server for the run: quiet, at home in the data folder, and gone afterwards."""
    done = shell.load("inbox.jsonl", "--prefect", "--json", "--quiet")

    [(prefect_id,)] = shell.rows("SELECT prefect_id FROM run")
    home = shell.folder / ".newsfold" / "prefect" / "1"
    assert json.loads(done.stdout)["outcomes"] == {"new_story": 20}
    assert prefect_id
    assert done.stderr == ""
    assert (home / "server.log").read_text() == ""
    assert _processes_at_home(home) == []
    assert list((shell.folder / ".newsfold" / "spool").glob("run-*")) == []


def _processes_at_home(home: Path) -> list[str]:
    def found() -> Iterator[str]:
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if f"PREFECT_HOME={home}\0".encode() in (process / "environ").read_bytes():
                    yield (process / "cmdline").read_text()
            except OSError:  # it has ended, or is not ours
                continue

    return list(found())


def test_help_needs_nothing_heavy() -> None:
    """Importing the command imports neither Prefect nor what reads, cleans and stores."""
    program = "import sys, flows.cli; print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()

    assert {"prefect", "sqlalchemy", "trafilatura", "numpy", "storage", "ingest", "rich.progress"}.isdisjoint(loaded)
