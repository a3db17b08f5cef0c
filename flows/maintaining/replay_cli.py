"""`newsfold replay`: rejected documents tried again. Everything heavy is imported when the command runs."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from flows.front import MOST_HELPERS, Workers, one_line_problems
from query.terminal.options import Db, Json, Quiet
from query.terminal.quick import one_of, whole_number
from query.terminal.saying import DONE, not_there


def replay(
    *,
    outcome: Annotated[
        str | None, typer.Option("--outcome", metavar="OUTCOME", help="Rejected as this: wall, failed, ...")
    ] = None,
    run: Annotated[str | None, typer.Option("--run", metavar="ID", help="Last met by this run.")] = None,
    source: Annotated[str | None, typer.Option("--source", metavar="KEY", help="Of this source.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell how many would be tried again.")] = False,
    db: Db = None,
    as_json: Json = False,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Try rejected documents again, once the cause is mended.

    Their inputs were kept as they came (NEWSFOLD_RAW_MIB); nothing is fetched. What is stored now is rejected no
    more; what is not stays with its new outcome.

    newsfold replay --outcome wall --dry-run

    newsfold replay --run 88 --source gazette
    """
    from ingest.outcome import Outcome

    processes = whole_number("--workers", workers, most=MOST_HELPERS)
    ended = one_of("--outcome", outcome, tuple(known.value for known in Outcome if not known.is_stored))
    met_by = whole_number("--run", run)
    with one_line_problems("replaying again"):
        import orjson

        from flows.maintaining.replay_steps import count_replayable, run_replay
        from flows.progress import Watcher
        from flows.settings import read_settings
        from flows.telling.report import as_text
        from storage.running.raws import Chosen

        chosen = Chosen(outcome=Outcome(ended) if ended else None, source=source, run=met_by)
        settings = read_settings(database_url=db, workers=processes)
        if met_by is not None and not _has_run(settings.database_url, met_by):
            not_there(f"no run {met_by}")
        if dry_run:
            counted = count_replayable(chosen, settings=settings)
            said = {"rejections": counted.rejections, "kept": counted.kept}
            line = f"{counted.rejections:,} rejected ({chosen}); the inputs of {counted.kept:,} are kept"
            typer.echo(orjson.dumps(said).decode() if as_json else line)
            return
        report = run_replay(chosen, settings=settings, watch=Watcher())
    if as_json:
        typer.echo(report.to_json())
    if not quiet or report.exit_code != DONE:
        typer.echo(as_text(report), err=as_json)
    raise typer.Exit(report.exit_code)


def _has_run(database_url: str, run: int) -> bool:
    from storage.reading import reading
    from storage.watching.journal import get_run

    with reading(database_url) as reader:
        return get_run(reader, run, now=datetime.now(UTC)) is not None
