"""What every command that runs something needs: Prefect where it is wanted, signals, and problems in one line.

Everything heavy is imported when a command runs: `newsfold --help` imports this module.
"""

import atexit
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from query.terminal.saying import FAILED, give_up

if TYPE_CHECKING:
    from prefect import Flow

    from flows.progress import Watcher
    from flows.settings import Settings

MOST_HELPERS = 256
Workers = Annotated[
    str | None, typer.Option("--workers", metavar="N", help="Processes that clean pages [one per CPU].")
]

_PARAMETER_CHARS = 400_000  # Prefect refuses a run whose parameters are beyond 512 KB


def is_flow(asked: bool | None) -> bool:  # noqa: FBT001  as the option gives it
    """Whether to run as a Prefect flow: as asked, else where a server is named."""
    return bool(os.environ.get("PREFECT_API_URL")) if asked is None else asked


def check_runner(runner: str, *, as_flow: bool) -> None:
    """See that helpers of that kind can be had. Raises SettingProblem."""
    from flows.settings import SettingProblem

    if runner not in ("here", "shards", "dask"):
        raise SettingProblem(f"--runner: give here, shards or dask, not {runner!r}")
    if runner != "here" and not as_flow:
        raise SettingProblem(f"--runner {runner}: helpers are Prefect's: set PREFECT_API_URL, or give --prefect")


def check_source(source: str | None) -> None:
    """See that `source` is a name as documents may give one. Raises SettingProblem."""
    from flows.settings import SettingProblem
    from ingest.load.names import SOURCE_CHARS, source_named

    if source is not None and source_named(source) != source:
        raise SettingProblem(f"--source: give one line of 1 to {SOURCE_CHARS} characters, not {source[:40]!r}")


def in_flow(name: str, *, settings: "Settings", watch: "Watcher", **parameters: Any) -> dict[str, Any]:  # Any: JSON
    """Run the flow of that name in this process, on the Prefect server of the environment, else on a temporary one.

    Raises ServerProblem, and what the flow raises.
    """
    size = sum(len(text) for value in parameters.values() if isinstance(value, list) for text in value)
    if size > _PARAMETER_CHARS:
        give_up(f"{size:,} characters of arguments are more than a Prefect run takes: use --no-prefect")
    # The flow reads them there: a parameter would be shown to all who may see the run, password and all.
    os.environ.update(
        NEWSFOLD_DATABASE_URL=settings.database_url,
        NEWSFOLD_WORKERS=str(settings.workers),
        NEWSFOLD_SOURCES=str(settings.sources),
        NEWSFOLD_LOG_FORMAT=settings.log_format,
    )
    _quieten_prefect()
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        give_up(f"NEWSFOLD_DATA: no folder can be made at {settings.data}: {problem.strerror}")
    run = _flow_on_server if os.environ.get("PREFECT_API_URL") else _flow_on_temporary_server
    flow = run(name, settings)
    from flows.progress import watcher

    watcher.set(watch)
    answer: dict[str, Any] = flow(**parameters)
    return answer


def _named(name: str) -> "Flow[..., dict[str, Any]]":
    from importlib import import_module

    flow: Flow[..., dict[str, Any]] = getattr(import_module(f"flows.{name}"), name)
    return flow


def _flow_on_server(name: str, settings: "Settings") -> "Flow[..., dict[str, Any]]":
    home = Path(os.environ.setdefault("PREFECT_HOME", str(settings.data / "prefect")))
    home.mkdir(parents=True, exist_ok=True)
    from prefect.client.orchestration import get_client

    from flows.server import ServerProblem

    with get_client(sync_client=True) as client:
        if (problem := client.api_healthcheck()) is not None:
            raise ServerProblem(f"{os.environ['PREFECT_API_URL']}: no Prefect server answers: {problem}")
    return _named(name)


def _flow_on_temporary_server(name: str, settings: "Settings") -> "Flow[..., dict[str, Any]]":
    from flows.server import temporary_server

    server = ExitStack()
    atexit.register(server.close)  # after Prefect's own exit, which sends it the last logs and events
    wait = server.enter_context(temporary_server(settings.data))
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    flow = _named(name)
    # Nobody watches for it here, and at its end a flow waits a second for the thread that sends it.
    server.enter_context(temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}))
    wait()
    return flow


def _quieten_prefect() -> None:
    """Keep Prefect from the network and from this terminal; it reads the environment when it is first imported."""
    os.environ.update(DO_NOT_TRACK="1", PREFECT_SERVER_ANALYTICS_ENABLED="false")
    os.environ.setdefault("PREFECT_SERVER_LOGGING_LEVEL", "CRITICAL")
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")  # run logs still reach the server


@contextmanager
def one_line_problems(again: str) -> Iterator[None]:
    """Turn what the user can mend into one line and an exit code; what we must mend keeps its traceback.

    `again` says what goes on where a run has ended early.
    """
    from flows.patience import first_line, is_of_database
    from flows.server import ServerProblem
    from flows.settings import SettingProblem
    from flows.stop import Stopped, stoppable
    from flows.telling.report import RefreshFailed
    from ingest.fetch.exchange import ArchiveProblem
    from ingest.load.names import PathProblem
    from ingest.sources import SourcesProblem
    from storage.reading import DatabaseProblem

    try:
        with stoppable():
            yield
    except Stopped as stop:
        give_up(f"{stop}; what was stored stays, and {again} goes on", code=stop.exit_code)
    except SourcesProblem as problem:
        give_up(*problem.mistakes)
    except (RefreshFailed, ArchiveProblem) as failure:
        give_up(str(failure), code=FAILED)
    except (SettingProblem, PathProblem, DatabaseProblem, ServerProblem) as problem:
        give_up(str(problem))
    except Exception as error:
        if not is_of_database(error):
            raise
        give_up(f"database: {first_line(error)}; what was stored stays, and {again} goes on", code=FAILED)
