"""What the environment says about a run, read once, at the edge."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from flows.logs import FORMATS
from ingest.sources import sources_path
from storage.keeping import Keep
from storage.reading import DatabaseProblem
from storage.reading import database_url as the_database_url

MIB = 1 << 20
_CONTACT = re.compile(r"[!-~]{1,100}@[!-~]{3,100}|https?://[!-~]{4,200}")
_PAGE_URL = re.compile(r"https?://[\w.:/\[\]-]{1,200}", re.ASCII)


class SettingProblem(ValueError):
    """A setting that cannot be used; `str()` is one line: the setting and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to run; deploy/README.md has the table."""

    database_url: str
    data: Path  # what a run leaves for itself: its spool, and Prefect's home
    shared: Path  # what helpers of a load see too, on whatever machine they are
    dask: str | None  # the address of a Dask scheduler
    workers: int  # processes that clean pages
    page_timeout_s: float  # what one page may take
    batch_documents: int  # documents in one transaction, at most
    batch_bytes: int  # bytes of documents held in one batch, about
    sources: Path  # the list of sources
    contact: str | None  # how those whom we ask can reach us; None: only this machine is asked
    pace_s: float  # rest of a host between two requests, at least
    fetches: int  # requests under way at once
    lease_s: float  # after which the hosts and sources of a run that gives no sign of life are free
    refresh_s: float  # after which a refresh leaves what still waits to the next one
    raw_bytes: int  # of inputs of rejected documents that are kept, packed; 0: none are
    keep: Keep  # for how long what is kept
    keep_prefect_days: int  # Prefect's own history of our runs; 0: for ever
    embeddings: Path | None  # the folder of a model of words: ingest/cluster/embeddings.py
    archive: Path | None  # where answers are kept as WARC
    page_url: str | None  # where `newsfold serve` is reached: reports link to it
    log_format: str  # text or json: flows/logs.py
    quiet: timedelta  # for how long no source may list anything new before someone should look


def read_settings(
    environ: Mapping[str, str] = os.environ,
    *,
    database_url: str | None = None,
    workers: int | None = None,
    sources: str | None = None,
    log_format: str | None = None,
) -> Settings:
    """Give the settings of this process; what is named by argument wins.

    Raises SettingProblem.
    """
    return Settings(
        database_url=_database_url(database_url, environ),
        data=data_folder(environ),
        dask=environ.get("NEWSFOLD_DASK") or None,
        shared=Path(environ["NEWSFOLD_SHARED"]).absolute() if environ.get("NEWSFOLD_SHARED") else data_folder(environ),
        workers=workers or _number(environ, "NEWSFOLD_WORKERS", default=os.cpu_count() or 1, most=256),
        page_timeout_s=_number(environ, "NEWSFOLD_PAGE_TIMEOUT_S", default=10, most=600),
        batch_documents=_number(environ, "NEWSFOLD_BATCH_DOCUMENTS", default=1_000, most=20_000),
        batch_bytes=_number(environ, "NEWSFOLD_BATCH_MIB", default=32, most=1_024) * MIB,
        sources=sources_path(sources, environ),
        contact=_contact(environ),
        pace_s=_number(environ, "NEWSFOLD_PACE_MS", default=1_000, most=600_000, least=0) / 1_000,
        fetches=_number(environ, "NEWSFOLD_FETCHES", default=64, most=1_000),
        lease_s=float(_number(environ, "NEWSFOLD_LEASE_S", default=300, most=600, least=2)),
        refresh_s=_number(environ, "NEWSFOLD_REFRESH_MINUTES", default=4, most=1_440) * 60.0,
        raw_bytes=_number(environ, "NEWSFOLD_RAW_MIB", default=256, most=1_048_576, least=0) * MIB,
        keep=_keep(environ),
        keep_prefect_days=_days(environ, "NEWSFOLD_KEEP_PREFECT_DAYS", default=30),
        embeddings=_embeddings(environ),
        archive=Path(environ["NEWSFOLD_ARCHIVE"]) if environ.get("NEWSFOLD_ARCHIVE") else None,
        page_url=_page_url(environ),
        log_format=_log_format(environ, log_format),
        quiet=timedelta(hours=_number(environ, "NEWSFOLD_QUIET_HOURS", default=6, most=8_760)),
    )


def _database_url(given: str | None, environ: Mapping[str, str]) -> str:
    try:
        return the_database_url(given, environ)
    except DatabaseProblem as problem:
        raise SettingProblem(str(problem)) from None


def data_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Give the folder for what runs leave for themselves; it need not exist."""
    return Path(environ.get("NEWSFOLD_DATA") or ".newsfold").absolute()


def _keep(environ: Mapping[str, str]) -> Keep:
    usual = Keep()
    return Keep(
        raw=_days(environ, "NEWSFOLD_KEEP_RAW_DAYS", default=usual.raw),
        rejections=_days(environ, "NEWSFOLD_KEEP_REJECTIONS_DAYS", default=usual.rejections),
        runs=_days(environ, "NEWSFOLD_KEEP_RUNS_DAYS", default=usual.runs),
        addresses=_days(environ, "NEWSFOLD_KEEP_ADDRESSES_DAYS", default=usual.addresses),
        hosts=_days(environ, "NEWSFOLD_KEEP_HOSTS_DAYS", default=usual.hosts),
        files=_days(environ, "NEWSFOLD_KEEP_FILES_DAYS", default=usual.files),
        revisions=_days(environ, "NEWSFOLD_KEEP_REVISIONS_DAYS", default=usual.revisions),
        index=_days(environ, "NEWSFOLD_KEEP_INDEX_DAYS", default=usual.index),
    )


def _days(environ: Mapping[str, str], name: str, *, default: int) -> int:
    return _number(environ, name, default=default, most=36_500, least=0)


def _contact(environ: Mapping[str, str]) -> str | None:
    said = environ.get("NEWSFOLD_CONTACT", "").strip()
    if said and (not _CONTACT.fullmatch(said)):
        raise SettingProblem(f"NEWSFOLD_CONTACT: give a mail address or the URL of a page about you, not {said[:80]!r}")
    return said or None


def _embeddings(environ: Mapping[str, str]) -> Path | None:
    said = environ.get("NEWSFOLD_EMBEDDINGS", "").strip()
    if said and not Path(said).is_dir():
        raise SettingProblem(f"NEWSFOLD_EMBEDDINGS: {said}: no such folder; name that of a model2vec model, or none")
    return Path(said) if said else None


def _log_format(environ: Mapping[str, str], given: str | None) -> str:
    of_environment = environ.get("NEWSFOLD_LOG_FORMAT", "").strip() or FORMATS[0]
    name, form = ("--log-format", given) if given is not None else ("NEWSFOLD_LOG_FORMAT", of_environment)
    if form not in FORMATS:
        raise SettingProblem(f"{name}: give {' or '.join(FORMATS)}, not {form[:80]!r}")
    return form


def _page_url(environ: Mapping[str, str]) -> str | None:
    said = environ.get("NEWSFOLD_PAGE_URL", "").strip().rstrip("/")
    if said and not _PAGE_URL.fullmatch(said):
        raise SettingProblem(
            f"NEWSFOLD_PAGE_URL: give an address such as https://news.yours.example, not {said[:80]!r}"
        )
    return said or None


def _number(environ: Mapping[str, str], name: str, *, default: int, most: int, least: int = 1) -> int:
    said = environ.get(name, "").strip()
    if not said:
        return default
    if not said.isascii() or not said.isdigit() or not least <= int(said) <= most:
        raise SettingProblem(f"{name}: give a whole number from {least} to {most}, not {said!r}")
    return int(said)
