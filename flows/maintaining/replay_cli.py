"""`newsfold replay`: rejected documents tried again. Everything heavy is imported when the command runs."""

from typing import Annotated

import typer

from flows.front import one_line_problems
from terminal.options import Db, Json, Quiet
from terminal.saying import DONE, give_up


def replay(
    *,
    outcome: Annotated[str | None, typer.Option(metavar="OUTCOME", help="Rejected as this: wall, failed, ...")] = None,
    run: Annotated[int | None, typer.Option(min=1, metavar="ID", help="Last met by this run.")] = None,
    source: Annotated[str | None, typer.Option(metavar="KEY", help="Of this source.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell how many would be tried again.")] = False,
    db: Db = None,
    as_json: Json = False,
    workers: Annotated[
        int | None, typer.Option(min=1, max=256, metavar="N", help="Processes that clean pages [one per CPU].")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Try rejected documents again, after what rejected them is mended.

    Their inputs were kept as they came (NEWSFOLD_RAW_MIB); nothing is fetched. What is stored now is rejected no
    more; what is not stays with its new outcome.

    newsfold replay --outcome wall --dry-run

    newsfold replay --run 88 --source gazette
    """
    with one_line_problems("replaying again"):
        import orjson

        from flows.maintaining.replay_steps import count_replayable, run_replay
        from flows.progress import Watcher
        from flows.settings import read_settings
        from flows.telling.report import as_text
        from ingest.outcome import Outcome
        from storage.running.raws import Chosen

        names = [known.value for known in Outcome if not known.is_stored]
        if outcome is not None and outcome not in names:
            give_up(f"--outcome: give one of {', '.join(names)}, not {outcome!r}")
        chosen = Chosen(outcome=Outcome(outcome) if outcome else None, source=source, run=run)
        settings = read_settings(database_url=db, workers=workers)
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
