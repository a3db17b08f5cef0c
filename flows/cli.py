"""`newsfold load`: what triggers a load by hand.

Everything heavy is imported when the command runs: `newsfold --help` imports this module.
"""

import atexit
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from prefect import Flow

    from flows.progress import Watcher
    from flows.report import LoadReport
    from flows.settings import Settings

app = typer.Typer()

_PARAMETER_CHARS = 400_000  # Prefect refuses a run whose parameters are beyond 512 KB


@app.command()
def load(
    *,
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files and folders; - reads a list of them.")],
    source: Annotated[
        str | None, typer.Option(metavar="KEY", help="The source of documents that do not name theirs.")
    ] = None,
    db: Annotated[
        str | None,
        typer.Option(metavar="URL", help="The story database [NEWSFOLD_DATABASE_URL, else sqlite:///newsfold.db]."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    prefect: Annotated[
        bool | None,
        typer.Option(
            "--prefect/--no-prefect",
            help="As a Prefect flow, or in this process alone [a flow when PREFECT_API_URL is set].",
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=256, metavar="N", help="Processes that clean pages [one per CPU].")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing while all goes well.")] = False,
) -> None:
    """Load documents from disk: clean them, cluster them, store them.

    Takes .txt page dumps, .html, .jsonl and .warc, also compressed, and folders of them.
    Loading again is harmless: what is there already ends as unchanged.

    newsfold load inbox archive.warc.gz

    find inbox -name '*.html' -newer last-run | newsfold load - --source gazette
    """
    with _one_line_problems():
        from flows.report import DONE, as_text
        from flows.settings import read_settings
        from ingest.load.names import roots

        settings = read_settings(database_url=db, workers=workers)
        as_flow = bool(os.environ.get("PREFECT_API_URL")) if prefect is None else prefect
        all_paths = list(_listed(paths))
        roots(map(Path, all_paths))  # else a mistyped path would be noticed only after Prefect has started
        with _watched(all_paths, quiet=quiet) as watch:
            walk = _in_flow if as_flow else _in_process
            report = walk(all_paths, source=source, settings=settings, watch=watch)
    if as_json:
        typer.echo(report.to_json())
    if not quiet or report.exit_code != DONE:
        typer.echo(as_text(report), err=as_json)
    raise typer.Exit(report.exit_code)


def _in_process(paths: list[str], *, source: str | None, settings: "Settings", watch: "Watcher") -> "LoadReport":
    from flows.steps import run_load

    return run_load(paths, source=source, settings=settings, watch=watch)


def _in_flow(paths: list[str], *, source: str | None, settings: "Settings", watch: "Watcher") -> "LoadReport":
    """Run the flow in this process, on the Prefect server of the environment, else on a temporary one."""
    if sum(map(len, paths)) > _PARAMETER_CHARS:
        _give_up(f"{len(paths):,} paths are more than a Prefect run takes: name their folder, or use --no-prefect")
    # The flow reads them there: a parameter would be shown to all who may see the run, password and all.
    os.environ.update(NEWSFOLD_DATABASE_URL=settings.database_url, NEWSFOLD_WORKERS=str(settings.workers))
    _quieten_prefect()
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        _give_up(f"NEWSFOLD_DATA: no folder can be made at {settings.data}: {problem.strerror}")
    flow = _flow_on_server(settings) if os.environ.get("PREFECT_API_URL") else _flow_on_temporary_server(settings)
    from flows.progress import watcher
    from flows.report import LoadReport

    watcher.set(watch)
    return LoadReport.from_dict(flow(paths=paths, source=source))


def _flow_on_server(settings: "Settings") -> "Flow[..., dict[str, object]]":
    home = Path(os.environ.setdefault("PREFECT_HOME", str(settings.data / "prefect")))
    home.mkdir(parents=True, exist_ok=True)
    from prefect.client.orchestration import get_client

    from flows.load import load
    from flows.server import ServerProblem

    with get_client(sync_client=True) as client:
        if (problem := client.api_healthcheck()) is not None:
            raise ServerProblem(f"{os.environ['PREFECT_API_URL']}: no Prefect server answers: {problem}")
    return load


def _flow_on_temporary_server(settings: "Settings") -> "Flow[..., dict[str, object]]":
    from flows.server import temporary_server

    server = ExitStack()
    atexit.register(server.close)  # after Prefect's own exit, which sends it the last logs and events
    wait = server.enter_context(temporary_server(settings.data))
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    from flows.load import load

    # Nobody watches for it here, and at its end a flow waits a second for the thread that sends it.
    server.enter_context(temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}))
    wait()
    return load


def _quieten_prefect() -> None:
    """Keep Prefect from the network and from this terminal; it reads the environment when it is first imported."""
    os.environ.update(DO_NOT_TRACK="1", PREFECT_SERVER_ANALYTICS_ENABLED="false")
    os.environ.setdefault("PREFECT_SERVER_LOGGING_LEVEL", "CRITICAL")
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")  # run logs still reach the server


@contextmanager
def _watched(paths: list[str], *, quiet: bool) -> Iterator["Watcher"]:
    """Draw a progress bar where someone can see it."""
    from flows.progress import Watcher, bar_on_stderr

    if quiet or not sys.stderr.isatty():
        yield Watcher()
        return
    from ingest.load import size_of

    with bar_on_stderr(size_of(map(Path, paths))) as watch:
        yield watch


@contextmanager
def _one_line_problems() -> Iterator[None]:
    """Turn what the user can mend into one line and an exit code; what we must mend keeps its traceback."""
    from flows.patience import first_line, is_of_database
    from flows.report import FAILED
    from flows.server import ServerProblem
    from flows.settings import SettingProblem
    from flows.stop import Stopped, stoppable
    from ingest.load import PathProblem
    from storage.reading import DatabaseProblem

    try:
        with stoppable():
            yield
    except Stopped as stop:
        typer.echo(f"newsfold: {stop}; what was stored stays, and loading again goes on", err=True)
        raise typer.Exit(stop.exit_code) from None
    except (SettingProblem, PathProblem, DatabaseProblem, ServerProblem) as problem:
        _give_up(str(problem))
    except Exception as error:
        if not is_of_database(error):
            raise
        typer.echo(
            f"newsfold: database: {first_line(error)}; what was stored stays, and loading again goes on", err=True
        )
        raise typer.Exit(FAILED) from None


def _give_up(problem: str) -> NoReturn:
    from flows.report import MISUSED

    typer.echo(f"newsfold: {problem}", err=True)
    raise typer.Exit(MISUSED) from None


def _listed(paths: list[str]) -> Iterator[str]:
    """Give the paths, with those listed on standard input where a path is `-`."""
    for path in paths:
        if path != "-":
            yield path
            continue
        for line in sys.stdin.buffer:
            if name := os.fsdecode(line.rstrip(b"\r\n")):
                yield name
