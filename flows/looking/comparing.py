"""Two articles, each a variant or a file, compared: load, clean and analyse what is a file; nothing is stored.

a number:  its variant    | compare_pair
a file:    load, prepare  |
"""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flows.embedding import embedder_of
from flows.settings import Settings
from ingest.document import Prepared, RawDocument
from ingest.load import FileEnd, load
from ingest.load.names import PathProblem
from ingest.outcome import Outcome, Rejection
from ingest.prepare import prepare
from ingest.workers import Workers
from storage.asking.comparing import Comparison, compare_pair
from storage.reading import MOST_ID, DatabaseProblem, reading

_NUMBERED = re.compile(r".+#[1-9][0-9]{0,8}", re.DOTALL)


class NoArticle(Exception):
    """A file in which there is not exactly one article; `str()` is one line that names it and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What the comparison came to, and where its rarity of words is from."""

    comparison: Comparison
    background: str  # why rarity is that of the shipped background alone; "" where a database was asked


def compare(one: str, other: str, *, settings: Settings, needs_database: bool, now: datetime) -> Compared:
    """Compare two articles, each named by the number of its variant or by the path of its file.

    Without `needs_database`, two files are compared also where there is no database. Raises PathProblem, NoArticle,
    SettingProblem, DatabaseProblem and storage.asking.comparing.NoVariant.
    """
    numbers = [_number(given) for given in (one, other)]
    url, background = _database(settings, is_needed=needs_database or any(numbers))
    with Workers(workers=1, timeout_s=settings.page_timeout_s) as workers:
        first, second = (
            number or _prepared(given, workers, now=now) for number, given in zip(numbers, (one, other), strict=True)
        )
    embedder = None if all(numbers) else embedder_of(settings)  # what is stored has its meaning with it
    return Compared(comparison=compare_pair(url, first, second, embedder=embedder), background=background)


def _number(given: str) -> int | None:
    """Give the variant that is meant; a file whose name is a number is meant as ./NUMBER."""
    is_number = given.isascii() and given.isdigit() and 0 < int(given[:20]) <= MOST_ID
    return int(given) if is_number else None


def _database(settings: Settings, *, is_needed: bool) -> tuple[str | None, str]:
    try:
        with reading(settings.database_url):
            return settings.database_url, ""
    except DatabaseProblem as problem:
        if is_needed:
            raise
        return None, str(problem).partition(": run")[0]


def _prepared(given: str, workers: Workers, *, now: datetime) -> Prepared:
    [result] = prepare([_document(given, now=now)], workers, now=now)
    if isinstance(result, Rejection):
        raise _no_article(given, result)
    return result


def _document(given: str, *, now: datetime) -> RawDocument:
    """Give the one document of a file; of FILE#N the N-th."""
    path, number = Path(given), ""
    if not path.exists() and _NUMBERED.fullmatch(given):
        before, _, number = given.rpartition("#")
        path = Path(before)
    if path.is_dir():
        raise PathProblem(f"{given}: a folder; name one file of it")
    items = [item for item in load([path], source=None, now=now) if not isinstance(item, FileEnd)]
    if len(items) < int(number or 1) or (len(items) > 1 and not number):
        remedy = f'; name one of them, such as "{path}#1"' if items else ""
        raise NoArticle(f"{given}: {len(items):,} documents in it{remedy}")
    item = items[int(number or 1) - 1]
    if isinstance(item, Rejection):
        raise _no_article(given, item)
    return item


def _no_article(given: str, rejection: Rejection) -> NoArticle:
    fault = "; the log has more" if rejection.outcome is Outcome.FAILED else ""
    return NoArticle(f"{given}: {rejection.outcome}: {rejection.detail}{fault}")
