"""What could keep newsfold from its work, looked at part by part; every trouble comes with what to do about it."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from flows.embedding import embedder_of
from flows.health.prefect_health import ask_prefect
from flows.settings import SettingProblem, Settings
from ingest.sources import SourcesProblem, read_sources
from query.terminal.since import span
from storage.hooks.kept import HookView, list_hooks
from storage.reading import DatabaseProblem, reading, sqlite_path
from storage.views import SourceHealth
from storage.watching.alarms import Alarm, alarms
from storage.watching.condition import MAY_NOT_WRITE, Condition, condition
from storage.watching.journal import LastRuns, last_runs
from storage.watching.sources import list_source_health

_MIB, _GIB = 1 << 20, 1 << 30
_LEAST_FREE, _SCARCE = 200 * _MIB, _GIB  # bytes of a disk: less is a trouble, or soon one
_LARGE, _FEW_BUFFERS = _GIB, 256 * _MIB  # bytes of a database; and of PostgreSQL's memory for it
_CLOCK_OFF = timedelta(seconds=30)
_NAMED = 3  # sources, webhooks


class Grade(StrEnum):
    """How a part does."""

    WELL = "well"
    LOOK = "look"  # works, and someone should look
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One part, looked at."""

    part: str  # database, search, disk, clock, sources, contact, model, runs, habits, hooks, Prefect
    grade: Grade
    said: str  # one line
    remedy: str | None = None  # one line; None where all is well


def examine(settings: Settings, *, environ: Mapping[str, str], now: datetime) -> Iterator[Finding]:
    """Look at all parts, one after the other."""
    url = settings.database_url
    health: Sequence[SourceHealth] = ()
    try:
        with reading(url) as reader:
            found = condition(reader, url)
            yield from _database(found, now)
            yield from _runs(last_runs(reader, now=now))
            health = list_source_health(reader, now=now)
            yield from _habits(alarms(reader, now=now, quiet=settings.quiet))
            yield from _hooks(list_hooks(reader))
    except DatabaseProblem as problem:
        yield Finding(part="database", grade=Grade.BROKEN, said=problem.said, remedy=problem.remedy)
    yield from _disks(settings)
    yield from _sources(settings, health)
    yield from _model(settings)
    yield from (
        Finding(part="Prefect", grade=Grade(one.grade), said=one.said, remedy=one.remedy)
        for one in ask_prefect(environ, now=now)
    )


def _database(found: Condition, now: datetime) -> Iterator[Finding]:
    size = f"{found.bytes / _MIB:,.0f} MiB" if found.bytes >= _MIB else f"{found.bytes:,} bytes"
    if found.is_writable:
        yield Finding(part="database", grade=Grade.WELL, said=f"{size}, of this release's schema, takes writing")
    else:
        yield Finding(
            part="database",
            grade=Grade.BROKEN,
            said=f"{size}, takes no writing",
            remedy=MAY_NOT_WRITE,
        )
    if found.buffers is not None and found.bytes > _LARGE and found.buffers < _FEW_BUFFERS:
        yield Finding(
            part="database",
            grade=Grade.LOOK,
            said=f"PostgreSQL holds {found.buffers / _MIB:,.0f} MiB of it in memory, and looks up the rest",
            remedy="let it hold more, such as a quarter of the host's memory: ALTER SYSTEM SET shared_buffers = '1GB', "
            "and start it anew",
        )
    if found.unsearched:
        yield Finding(
            part="search",
            grade=Grade.LOOK,
            said=f"does not know {found.unsearched:,} variants yet",
            remedy="they are added at the end of a run: see newsfold runs for one that ended early, and load again",
        )
    yield _clock(found, now)


def _clock(found: Condition, now: datetime) -> Finding:
    off = now - found.now
    if abs(off) > _CLOCK_OFF:
        said = f"differs from the database's by {span(abs(off).total_seconds())}"
        return Finding(
            part="clock", grade=Grade.BROKEN, said=said, remedy="let both hosts take the time from one server"
        )
    if found.newest_at and found.newest_at - now > _CLOCK_OFF:
        said = f"a run was seen {span((found.newest_at - now).total_seconds())} from now: the clock was set back since"
        remedy = "wait, or see which clock is right; stories stay right, leases and the order of runs may not"
        return Finding(part="clock", grade=Grade.LOOK, said=said, remedy=remedy)
    return Finding(part="clock", grade=Grade.WELL, said="agrees with the database's")


def _runs(last: Sequence[LastRuns]) -> Iterator[Finding]:
    """Look at the last run of each flow."""
    if not last:
        yield Finding(part="runs", grade=Grade.WELL, said="none yet")
    for run in (of_flow.newest for of_flow in last):
        said = f"the last {run.flow}, run {run.id}, is {run.state}"
        match run.state:
            case "silent" | "lost":
                said += f": no sign of life since {run.seen_at:%Y-%m-%d %H:%M} UTC"
                remedy = (
                    f"where its process is gone nothing needs repair: start {run.flow} again, and see what killed it"
                )
                yield Finding(part="runs", grade=Grade.LOOK, said=said, remedy=remedy)
            case "failed":
                remedy = f"{run.error or 'see its log'}; then start {run.flow} again"
                yield Finding(part="runs", grade=Grade.LOOK, said=said, remedy=remedy)
            case "partly":
                remedy = f"newsfold rejections --run {run.id}"
                yield Finding(part="runs", grade=Grade.LOOK, said=f"{said} done", remedy=remedy)
            case _:
                yield Finding(part="runs", grade=Grade.WELL, said=said)


def _habits(found: Sequence[Alarm]) -> Iterator[Finding]:
    """Tell what is against habit, but for the runs and sources that have parts of their own."""
    for alarm in found:
        if alarm.kind in ("rejections", "nothing-new"):
            yield Finding(part="habits", grade=Grade.LOOK, said=alarm.said, remedy=alarm.remedy)


def _hooks(hooks: Sequence[HookView]) -> Iterator[Finding]:
    """Tell how the webhooks do; nothing where there are none."""
    paused = [str(hook.id) for hook in hooks if hook.paused_at is not None]
    failing = [hook for hook in hooks if hook.failures and hook.paused_at is None]
    if paused:
        said = f"paused, for the address answered 410: hook {', '.join(paused)}"
        yield Finding(part="hooks", grade=Grade.LOOK, said=said, remedy="newsfold hooks test ID, or hooks remove ID")
    for hook in failing[:_NAMED]:
        said = f"hook {hook.id} failed {hook.failures} times on end, {hook.waiting:,} changes wait: {hook.last_error}"
        yield Finding(part="hooks", grade=Grade.LOOK, said=said, remedy=f"newsfold hooks test {hook.id} tries it now")
    if hooks and not paused and not failing:
        yield Finding(part="hooks", grade=Grade.WELL, said=f"{len(hooks)}, none of them fails")


def _model(settings: Settings) -> Iterator[Finding]:
    """Read the model of words, where one is named."""
    try:
        embedder = embedder_of(settings)
    except SettingProblem as problem:
        said, _, remedy = str(problem).partition("; ")
        remedy = remedy or "name the folder of a model2vec model, or none"
        yield Finding(part="model", grade=Grade.BROKEN, said=said, remedy=remedy)
        return
    if embedder is not None:
        yield Finding(part="model", grade=Grade.WELL, said=f"{embedder.name}, says what articles mean")


def _disks(settings: Settings) -> Iterator[Finding]:
    """Look at the disks that are written to, each once."""
    folders = [settings.data, *([settings.archive] if settings.archive else [])]
    if settings.database_url.startswith("sqlite"):
        folders.insert(0, sqlite_path(settings.database_url).absolute().parent)
    seen: set[int] = set()
    for folder in map(_existing, folders):
        device = folder.stat().st_dev
        if device in seen:
            continue
        seen.add(device)
        free = shutil.disk_usage(folder).free
        said = f"{free / _GIB:,.1f} GiB free at {folder}"
        if free < _SCARCE:
            grade = Grade.BROKEN if free < _LEAST_FREE else Grade.LOOK
            yield Finding(part="disk", grade=grade, said=said, remedy="make room: a run that fills it ends early")
        else:
            yield Finding(part="disk", grade=Grade.WELL, said=said)


def _existing(folder: Path) -> Path:
    """Give the folder, or the nearest one above it that is there already."""
    folder = folder.absolute()
    return next(place for place in (folder, *folder.parents) if place.is_dir())


def _sources(settings: Settings, health: Sequence[SourceHealth]) -> Iterator[Finding]:
    try:
        sources = read_sources(settings.sources)
    except SourcesProblem as problem:
        grade = Grade.BROKEN if settings.sources.exists() or health else Grade.LOOK
        said = problem.mistakes[0] + (f" (and {len(problem.mistakes) - 1} more)" if len(problem.mistakes) > 1 else "")
        remedy = "newsfold sources check names every mistake; --sources or NEWSFOLD_SOURCES names another list"
        yield Finding(part="sources", grade=grade, said=said, remedy=remedy)
        return
    listed = {source.key for source in sources}
    known = [one for one in health if one.source in listed]
    troubles = {
        "retired": [one.source for one in known if one.retired_at],
        "failing": [one.source for one in known if one.failing_since and not one.retired_at],
        "silent": [one.source for one in known if one.silent_s is not None and not one.failing_since],
    }
    for standing, names in troubles.items():
        if names:
            shown = ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")
            said = f"{len(names):,} of {len(listed):,} {standing}: {shown}"
            yield Finding(part="sources", grade=Grade.LOOK, said=said, remedy="newsfold sources list says why")
    if not any(troubles.values()):
        yield Finding(part="sources", grade=Grade.WELL, said=f"{len(listed):,} listed in {settings.sources}")
    if settings.contact is None and any(source.access.asks_strangers for source in sources):
        remedy = "set NEWSFOLD_CONTACT to a mail address, or the URL of a page about you"
        yield Finding(part="contact", grade=Grade.LOOK, said="none: only private addresses are asked", remedy=remedy)
