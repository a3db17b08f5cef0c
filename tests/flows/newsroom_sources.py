"""Lists of sources for a pretend newsroom, and what the story database has of them afterwards."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from flows.open_run import Clock, now_utc
from flows.progress import Watcher
from flows.refreshing.steps import run_refresh
from flows.settings import Settings, read_settings
from flows.telling.report import RefreshReport
from storage.database import connected
from storage.reading import reading
from storage.running.leases import held_by_others
from tests.newsroom import Newsroom, Outlet
from tests.ready import make_ready

_DEFAULTS = '[defaults]\nevery = "1s"\npace = "0s"\nallow_private = true\n'


def source(outlet: Outlet, path: str = "/feed.xml", *, kind: str = "feed", more: str = "") -> str:
    """Give the block of one source: the outlet's feed, sitemap or site; `more` are further lines."""
    return f'[[source]]\nkey = "{outlet.name}"\n{kind} = "{outlet.url(path)}"\n{more}\n'


def write_sources(folder: Path, *blocks: str) -> Path:
    """Write a list of sources on this machine, asked as often and as quickly as can be."""
    path = folder / "sources.toml"
    path.write_text("\n".join([_DEFAULTS, *blocks]), encoding="utf-8")
    return path


def settings_for(folder: Path, database_url: str | None = None, **environ: str) -> Settings:
    """Give the settings of a refresh whose list of sources and data are in `folder`."""
    known = {"NEWSFOLD_DATA": str(folder / "data"), "NEWSFOLD_WORKERS": "1", "NEWSFOLD_PACE_MS": "0"}
    url = database_url or make_ready(f"sqlite:///{folder}/stories.db")
    return read_settings(known | environ, database_url=url, sources=str(folder / "sources.toml"))


def refresh(settings: Settings, *only: str, later: timedelta = timedelta(0)) -> RefreshReport:
    """Refresh in this process; `later` than now, for all it knows."""
    return run_refresh(only, settings=settings, watch=Watcher(), clock=clock(later))


def clock(later: timedelta) -> Clock:
    """Give a clock that is ahead."""

    def now() -> datetime:
        return now_utc() + later

    return now


def publish(outlet: Outlet, count: int, *, name: str = "page") -> list[str]:
    """Publish so many articles; give their URLs."""
    return [outlet.publish(f"{name}-{number}") for number in range(count)]


def page_visits(outlet: Outlet) -> dict[str, int]:
    """Give how often each article was asked for."""
    paths = [visit.path for visit in outlet.visits if visit.path.startswith("/news/")]
    return {path: paths.count(path) for path in paths}


def answers(outlet: Outlet) -> list[tuple[str, int | None]]:
    """Give what was asked for, and the status of each answer, in order."""
    return [(visit.path, visit.status) for visit in outlet.visits]


def rows(settings: Settings, sql: str) -> list[tuple[object, ...]]:
    """Give what the database has."""
    with reading(settings.database_url) as reader:
        return [tuple(row) for row in reader.rows(sql)]


def outlets(room: Newsroom, names: Sequence[str], *, pages: int) -> list[Outlet]:
    """Give outlets of those names, each with so many pages."""
    made = [room.outlet(name) for name in names]
    for outlet in made:
        publish(outlet, pages)
    return made


def free_sources(settings: Settings, *sources: str) -> list[str]:
    """Give those of the sources that no run holds."""
    with connected(settings.database_url) as engine:
        held = held_by_others(engine, "nobody")
    return [source for source in sources if source not in held]
