"""What `newsfold doctor` finds, and what it tells to do about it."""

import http.server
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from flows.cli import app
from flows.health import doctor
from flows.health.doctor import Finding, Grade, examine
from flows.health.prefect_health import ask_prefect
from flows.settings import read_settings
from storage import tables
from storage.database import Engine, connect, writing
from storage.hooks.kept import EVENTS
from storage.hooks.writes import add_hook
from storage.running.runs import finish_run, start_run
from storage.tables import core
from storage.upgrading import upgrade
from tests.word_model import write_model

_NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)  # when Prefect is asked
_SOURCES = '[[source]]\nkey = "gazette"\nfeed = "https://gazette.example/feed"\n'


def _now() -> datetime:
    return datetime.now(UTC)


def _examined(url: str, folder: Path, *, ahead: timedelta = timedelta(0), **environ: str) -> dict[str, Finding]:
    settings = read_settings({"NEWSFOLD_DATA": str(folder), **environ}, database_url=url)
    return {finding.part: finding for finding in examine(settings, environ=environ, now=_now() + ahead)}


@pytest.fixture
def listed(tmp_path: Path) -> str:
    """Give the path of a list of sources."""
    path = tmp_path / "sources.toml"
    path.write_text(_SOURCES)
    return str(path)


def test_a_sound_install_is_well(database_url: str, engine: Engine, tmp_path: Path, listed: str) -> None:
    """Of a migrated database, a list of sources and a contact there is nothing to say but that all is well."""
    run = start_run(engine, flow="load", what="inbox", now=_now())
    finish_run(engine, run, met=0, now=_now())

    found = _examined(database_url, tmp_path, NEWSFOLD_SOURCES=listed, NEWSFOLD_CONTACT="desk@gazette.example")

    assert {finding.grade for finding in found.values()} == {Grade.WELL}
    assert list(found) == ["database", "clock", "runs", "disk", "sources", "Prefect"]


def test_a_database_that_is_not_there_is_broken(tmp_path: Path, listed: str) -> None:
    """What cannot be read is named with its remedy, and everything else is looked at all the same."""
    found = _examined(f"sqlite:///{tmp_path}/none.db", tmp_path, NEWSFOLD_SOURCES=listed)

    assert found["database"].grade is Grade.BROKEN
    assert "newsfold load" in str(found["database"].remedy)
    assert found["contact"].grade is Grade.LOOK
    assert {"disk", "sources", "Prefect"} <= found.keys()


def test_a_database_that_cannot_be_read_comes_with_its_remedy(tmp_path: Path, listed: str) -> None:
    """The cause is said with what is wrong, and what to do stands by itself."""
    (tmp_path / "letter.db").write_text("Dear editor, " * 999)

    found = _examined(f"sqlite:///{tmp_path}/letter.db", tmp_path, NEWSFOLD_SOURCES=listed)["database"]

    assert found.said == f"{tmp_path}/letter.db cannot be used: file is not a database"
    assert found.remedy == "name another with --db"


def test_a_model_of_words_is_looked_at_where_one_is_named(database_url: str, tmp_path: Path) -> None:
    """A folder that holds none is broken, with the folder named; one that does is well."""
    folder = write_model(tmp_path / "words", [("dam", "damm")])

    named = _examined(database_url, tmp_path, NEWSFOLD_EMBEDDINGS=str(folder))["model"]
    empty = _examined(database_url, tmp_path, NEWSFOLD_EMBEDDINGS=str(tmp_path))["model"]

    assert (named.grade, empty.grade) == (Grade.WELL, Grade.BROKEN)
    assert named.said.startswith("words ")
    assert "no config.json in it" in empty.said
    assert "model2vec" in str(empty.remedy)


def test_a_clock_that_went_back_is_told(database_url: str, engine: Engine, tmp_path: Path) -> None:
    """A run seen in what is the future now, and a database whose clock is another, are both named."""
    start_run(engine, flow="load", what="inbox", now=_now() + timedelta(hours=5))

    ahead = _examined(database_url, tmp_path)["clock"]
    off = _examined(database_url, tmp_path, ahead=timedelta(hours=3))["clock"]

    assert (ahead.grade, off.grade) == (Grade.LOOK, Grade.BROKEN)
    assert "5.0 h from now" in ahead.said


def test_a_large_database_asks_for_more_memory(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL as it comes holds 128 MiB: of a database that outgrew this, the doctor says so."""
    upgrade(postgres_url)
    small = _examined(postgres_url, tmp_path)["database"]
    monkeypatch.setattr(doctor, "_LARGE", 1_000_000)
    large = _examined(postgres_url, tmp_path)["database"]

    assert (small.grade, large.grade) == (Grade.WELL, Grade.LOOK)
    assert large.said.startswith("PostgreSQL holds 128 MiB")
    assert "shared_buffers" in str(large.remedy)


def test_the_last_run_of_each_flow_counts(database_url: str, engine: Engine, tmp_path: Path) -> None:
    """A run that died is told with what to do, until the next one of its flow has ended well."""
    start_run(engine, flow="load", what="inbox", now=_now() - timedelta(hours=1))

    lost = _examined(database_url, tmp_path)["runs"]
    again = start_run(engine, flow="load", what="inbox", now=_now())
    finish_run(engine, again, met=0, now=_now())
    after = _examined(database_url, tmp_path)["runs"]

    assert (lost.grade, after.grade) == (Grade.LOOK, Grade.WELL)
    assert lost.said.startswith("the last load, run 1, is lost: no sign of life since ")


def test_a_webhook_that_fails_is_told(database_url: str, engine: Engine, tmp_path: Path) -> None:
    """One that answers is well; what one that does not said last is named, and that one is paused is, too."""
    hook, _ = add_hook(engine, "https://desk.example/in", events=EVENTS, allow_private=False, now=_now())

    well = _examined(database_url, tmp_path)["hooks"]
    _change(engine, failures=4, last_error="HTTP 500")
    failing = _examined(database_url, tmp_path)["hooks"]
    _change(engine, paused_at=_now())
    paused = _examined(database_url, tmp_path)["hooks"]

    assert [one.grade for one in (well, failing, paused)] == [Grade.WELL, Grade.LOOK, Grade.LOOK]
    assert f"hook {hook} failed 4 times" in failing.said
    assert "HTTP 500" in failing.said
    assert "paused" in paused.said
    assert paused.remedy is not None


def _change(engine: Engine, **values: object) -> None:
    with writing(engine) as db:
        db.execute(update(core(tables.Hook)).values(values))


def test_a_mistake_in_the_sources_is_broken(tmp_path: Path) -> None:
    """A list of sources that cannot be read is named by its first mistake."""
    path = tmp_path / "outlets.toml"
    path.write_text('[[source]]\nkey = "gazette"\n')

    found = _examined(f"sqlite:///{tmp_path}/none.db", tmp_path, NEWSFOLD_SOURCES=str(path))["sources"]

    assert found.grade is Grade.BROKEN
    assert found.said.startswith(str(path))


def test_the_command_ends_by_what_it_found(tmp_path: Path, listed: str) -> None:
    """The exit code is that of the worst finding, and JSON says the same as the lines."""
    url = f"sqlite:///{tmp_path}/stories.db"
    upgrade(url)
    connect(url).dispose()
    runner = CliRunner(env={"NEWSFOLD_DATA": str(tmp_path), "PREFECT_API_URL": ""})

    look = runner.invoke(app, ["doctor", "--db", url, "--sources", listed])
    broken = runner.invoke(app, ["doctor", "--db", f"{url}.none", "--sources", listed, "--json"])

    assert (look.exit_code, broken.exit_code) == (3, 1)
    assert "look    contact" in look.stdout
    assert json.loads(broken.stdout)[0]["grade"] == "broken"


@contextmanager
def _server(answers: Mapping[str, Any], *, csrf_token: str | None = None) -> Iterator[str]:  # Any: JSON
    """Serve JSON by path, as a Prefect server answers it, which may ask each POST for a token."""
    clients: set[str] = set()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.removeprefix("/api").partition("?client=")
            if path == "/csrf-token":
                clients.add(query)
                self._answer(422 if csrf_token is None else 200, {"token": csrf_token})
            else:
                self._answer(200, answers.get(path, []))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = self.headers
            is_ours = headers["Prefect-Csrf-Token"] == csrf_token and headers["Prefect-Csrf-Client"] in clients
            if csrf_token is None or is_ours:
                self.do_GET()
            else:
                self._answer(403, {"detail": "Missing CSRF token."})

        def _answer(self, status: int, said: object) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/api"
        finally:
            server.shutdown()
            thread.join()


def _run(*, minutes_ago: float) -> dict[str, Any]:  # Any: JSON
    """Give a run that should have begun then, and whose state is from then."""
    at = (_NOON - timedelta(minutes=minutes_ago)).isoformat()
    return {"id": "f", "expected_start_time": at, "state": {"timestamp": at}}


_DEPLOYED = [{"id": "d", "schedules": [{"active": True}]}]
_POOL = [{"name": "newsfold", "is_paused": False, "status": "READY"}]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"/work_pools/filter": [], "/deployments/filter": _DEPLOYED}, "no work pool named newsfold"),
        ({"/work_pools/filter": [{**_POOL[0], "is_paused": True}]}, "the work pool newsfold is paused"),
        ({"/work_pools/filter": [{**_POOL[0], "status": "NOT_READY"}]}, "no worker polls the pool newsfold"),
        ({"/work_pools/filter": _POOL}, "nothing is deployed"),
        ({"/work_pools/filter": _POOL, "/deployments/filter": _DEPLOYED}, "schedules are on, and no run is planned"),
        (
            {
                "/work_pools/filter": _POOL,
                "/deployments/filter": _DEPLOYED,
                "/flow_runs/filter": [_run(minutes_ago=60)],
            },
            "1 runs are late",
        ),
        (
            {
                "/work_pools/filter": _POOL,
                "/deployments/filter": _DEPLOYED,
                "/flow_runs/filter": [_run(minutes_ago=16), _run(minutes_ago=14)],
            },
            "1 run hangs before the start or the end",
        ),
        ({"/admin/version": "0.0.1"}, f"the server is of release 0.0.1, this is {version('prefect')}"),
    ],
)
def test_each_trouble_of_prefect_has_its_remedy(answers: dict[str, Any], said: str) -> None:
    """What a server answers when something is missing is told in a line, with the command that mends it."""
    with _server({"/admin/version": version("prefect"), **answers}) as url:
        found = {answer.said: answer for answer in ask_prefect({"PREFECT_API_URL": url}, now=_NOON)}

    assert found[said].grade in {"look", "broken"}
    assert found[said].remedy


def test_a_server_with_csrf_protection_is_asked_with_its_token() -> None:
    """What a POST has to bear there is had first, and the answers are those of any server."""
    answers = {"/admin/version": version("prefect"), "/work_pools/filter": _POOL, "/deployments/filter": _DEPLOYED}
    planned = {"/flow_runs/filter": [_run(minutes_ago=-60)]}

    with _server(answers | planned, csrf_token="t0ken") as url:
        found = list(ask_prefect({"PREFECT_API_URL": url}, now=_NOON))

    assert [answer.grade for answer in found] == ["well"] * 3


def test_a_server_that_is_down_is_broken() -> None:
    """An address where nothing answers is one line, and shows no password."""
    [answer] = ask_prefect({"PREFECT_API_URL": "http://ana:secret@127.0.0.1:9/api"}, now=_now())

    assert answer.grade == "broken"
    assert "secret" not in answer.said
