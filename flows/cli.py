"""The commands of flows: `newsfold load`, `refresh` and `maintain`, which run something, and those of its rooms.

Everything heavy is imported when the command runs: `newsfold --help` imports this module.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.front import MOST_HELPERS, Workers, check_runner, check_source, in_flow, is_flow, one_line_problems
from flows.health.doctor_cli import doctor
from flows.looking.clean_cli import clean
from flows.looking.compare_cli import compare_app
from flows.looking.sources_cli import sources_app
from flows.maintaining.replay_cli import replay
from flows.telling.account_cli import report
from flows.telling.hooks_cli import hooks_app
from query.terminal.options import Db, Json, Quiet, Sources
from query.terminal.quick import QuickCommand, whole_number
from query.terminal.saying import DONE, give_up

if TYPE_CHECKING:
    from flows.progress import Watcher

app = typer.Typer()
app.command(cls=QuickCommand)(clean)
app.command(cls=QuickCommand)(doctor)
app.command(cls=QuickCommand)(replay)
app.command(cls=QuickCommand)(report)
app.registered_commands += compare_app.registered_commands
app.add_typer(sources_app, name="sources")
app.add_typer(hooks_app, name="hooks")

Prefect = Annotated[
    bool | None,
    typer.Option(
        "--prefect/--no-prefect",
        help="As a Prefect flow, or in this process alone [a flow when PREFECT_API_URL is set].",
    ),
]
LogFormat = Annotated[
    str | None,
    typer.Option("--log-format", metavar="FORMAT", help="How to log: text, or json [NEWSFOLD_LOG_FORMAT, else text]."),
]


@app.command(cls=QuickCommand)
def load(  # noqa: PLR0913  a command has the options it has
    *,
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files and folders; - reads a list of them.")],
    source: Annotated[
        str | None, typer.Option("--source", metavar="KEY", help="The source of documents that do not name theirs.")
    ] = None,
    db: Db = None,
    as_json: Json = False,
    prefect: Prefect = None,
    workers: Workers = None,
    runner: Annotated[
        str,
        typer.Option("--runner", metavar="WHO", help="Who cleans and signs: here, shards (of the work pool), or dask."),
    ] = "here",
    shards: Annotated[str, typer.Option("--shards", metavar="N", help="Helpers, where not here.")] = "2",
    log_format: LogFormat = None,
    quiet: Quiet = False,
) -> None:
    """Load documents from disk: clean, cluster and store them.

    Takes .txt page dumps, .html, .jsonl and .warc, also compressed, and folders of them.
    Loading again is harmless: what is there already ends as unchanged.

    newsfold load inbox archive.warc.gz

    find inbox -name '*.html' -newer last-run | newsfold load - --source gazette
    """
    processes = whole_number("--workers", workers, most=MOST_HELPERS)
    helpers = {"runner": runner, "shards": whole_number("--shards", shards, most=MOST_HELPERS)}
    with one_line_problems("loading again"):
        from flows.settings import read_settings
        from flows.telling.report import LoadReport, as_text
        from ingest.load.names import roots

        settings = read_settings(database_url=db, workers=processes, log_format=log_format)
        all_paths = list(_listed(paths))
        roots(map(Path, all_paths))  # else a mistyped path would be noticed only after Prefect has started
        as_flow = is_flow(prefect)
        check_runner(runner, as_flow=as_flow)
        check_source(source)
        with _watched(all_paths, quiet=quiet) as watch:
            if as_flow:
                answer = in_flow("load", settings=settings, watch=watch, paths=all_paths, source=source, **helpers)
                report = LoadReport.from_dict(answer)
            else:
                from flows.loading.steps import run_load

                report = run_load(all_paths, source=source, settings=settings, watch=watch)
    if as_json:
        typer.echo(report.to_json())
    if not quiet or report.exit_code != DONE:
        typer.echo(as_text(report), err=as_json)
    raise typer.Exit(report.exit_code)


@app.command(cls=QuickCommand)
def refresh(
    *,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="KEY", help="Ask this source alone, due or not; may be repeated."),
    ] = None,
    sources: Sources = None,
    db: Db = None,
    as_json: Json = False,
    prefect: Prefect = None,
    workers: Workers = None,
    log_format: LogFormat = None,
    quiet: Quiet = False,
) -> None:
    """Ask the sources that are due what is new, and store it.

    Every host is asked one thing at a time, at its own pace, and only what its robots.txt allows.
    What is not had within NEWSFOLD_REFRESH_MINUTES waits for the next run.

    newsfold refresh

    newsfold refresh --only gazette --only northwire
    """
    processes = whole_number("--workers", workers, most=MOST_HELPERS)
    with one_line_problems("the next refresh"):
        from flows.refreshing.steps import chosen_sources, run_refresh
        from flows.settings import read_settings
        from flows.telling.report import RefreshReport, refresh_as_text

        settings = read_settings(database_url=db, workers=processes, sources=sources, log_format=log_format)
        chosen_sources(settings, only or ())  # else a mistake would be noticed only after Prefect has started
        with _watched_sources(quiet=quiet) as watch:
            if is_flow(prefect):
                report = RefreshReport.from_dict(
                    in_flow("refresh", settings=settings, watch=watch, only=list(only or ()))
                )
            else:
                report = run_refresh(only or (), settings=settings, watch=watch)
    if as_json:
        typer.echo(report.to_json())
    if not quiet or report.exit_code != DONE:
        typer.echo(refresh_as_text(report), err=as_json)
    raise typer.Exit(report.exit_code)


@app.command(cls=QuickCommand)
def maintain(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done, table by table.")] = False,
    settings_file: Annotated[
        str | None,
        typer.Option(
            "--settings", metavar="FILE", help="Apply the thresholds of this file: copy = 0.8, coverage = 0.45."
        ),
    ] = None,
    db: Db = None,
    as_json: Json = False,
    prefect: Prefect = None,
    log_format: LogFormat = None,
    quiet: Quiet = False,
) -> None:
    """Work over what is stored, and let go of what is old.

    Loads and refreshes go on beside it. What failed by newsfold's own fault is tried again, three times in all. A line
    that many stories of one site bear, and no other site's, is no article's: those that came before it was known lose
    it. What an earlier release cleaned or signed is cleaned and signed again, from what was kept of it. Then goes what
    is older than the NEWSFOLD_KEEP_..._DAYS say, never a story, and the room is given back.

    With --settings, what newsfold tune tells of these thresholds is done: stories merge and split, what people said
    holds, and the thresholds hold for all that comes later.

    newsfold maintain --dry-run

    newsfold maintain --settings thresholds.toml
    """
    with one_line_problems("running it again"):
        import orjson

        from flows.maintaining.report import MaintainReport, maintain_as_text, plan_as_text
        from flows.settings import read_settings

        settings = read_settings(database_url=db, log_format=log_format)
        said = _thresholds(settings_file)
        if dry_run:
            from flows.maintaining.steps import plan

            planned = plan(settings=settings, thresholds=said)
            typer.echo(orjson.dumps(planned).decode() if as_json else plan_as_text(planned))
            return
        with _watched_variants(quiet=quiet) as watch:
            if is_flow(prefect):
                answer = in_flow("maintain", settings=settings, watch=watch, thresholds=said)
                report = MaintainReport.from_dict(answer)
            else:
                from flows.maintaining.steps import run_maintain

                report = run_maintain(settings=settings, watch=watch, thresholds=said)
    if as_json:
        typer.echo(report.to_json())
    if not quiet or report.exit_code != DONE:
        typer.echo(maintain_as_text(report), err=as_json)
    raise typer.Exit(report.exit_code)


def _thresholds(settings_file: str | None) -> dict[str, float] | None:
    """Give the thresholds that a file names. Raises typer.Exit with one line on what is wrong with it."""
    from ingest.thresholds import ThresholdsProblem, read_thresholds

    try:
        return read_thresholds(Path(settings_file)) if settings_file is not None else None
    except ThresholdsProblem as problem:
        give_up(str(problem))


@contextmanager
def _watched(paths: list[str], *, quiet: bool) -> Iterator["Watcher"]:
    """Draw a progress bar where someone can see it."""
    from flows.progress import Watcher, bar_on_stderr

    if not _is_seen(quiet=quiet):
        yield Watcher()
        return
    from ingest.load import size_of

    with bar_on_stderr(size_of(map(Path, paths))) as watch:
        yield watch


@contextmanager
def _watched_sources(*, quiet: bool) -> Iterator["Watcher"]:
    """Draw a progress bar of sources and pages where someone can see it."""
    from flows.progress import Watcher, sources_bar_on_stderr

    with sources_bar_on_stderr() if _is_seen(quiet=quiet) else nullcontext(Watcher()) as watch:
        yield watch


@contextmanager
def _watched_variants(*, quiet: bool) -> Iterator["Watcher"]:
    """Draw a progress bar of variants where someone can see it."""
    from flows.progress import Watcher, variants_bar_on_stderr

    with variants_bar_on_stderr() if _is_seen(quiet=quiet) else nullcontext(Watcher()) as watch:
        yield watch


def _is_seen(*, quiet: bool) -> bool:
    return not quiet and sys.stderr.isatty()


def _listed(paths: list[str]) -> Iterator[str]:
    """Give the paths, with those listed on standard input where a path is `-`."""
    for path in paths:
        if path != "-":
            yield path
            continue
        for line in sys.stdin.buffer:
            if name := os.fsdecode(line.rstrip(b"\r\n")):
                yield name
