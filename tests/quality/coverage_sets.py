"""Labelled sets of coverage: their articles in the order of the gate, stored by the shipped code, and scored."""

import gzip
import importlib.util
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import xxhash
from sqlalchemy import Engine

from ingest.cluster.analysis import analyse
from ingest.cluster.embeddings import Embedder
from ingest.cluster.weights import SHIPPED, Model
from ingest.document import Article, DateOrigin, signed64
from ingest.load.dates import utc
from storage.database import connect
from storage.running.runs import start_run
from storage.store import Store
from storage.upgrading import upgrade

COVERAGE_SETS = ("allsides", "gunviolence", "ecbplus", "wikinews")
_BATCH = 1_000
_NOW = datetime(2026, 12, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Labelled:
    """One set."""

    articles: list[Article]  # known by their ids; in date order, or in file order where there are no dates
    gold: dict[str, str]  # id -> group, of all documents, those that say nothing included


def read_labelled(folder: Path, name: str) -> Labelled:
    """Read a set; its texts are not cleaned further, and what has neither text nor title is left out."""
    rows = sorted(read_rows(folder / f"{name}.jsonl.gz"), key=lambda row: row.get("date") or "")
    articles = [_article(row) for row in rows if _text(row)]
    return Labelled(articles, {str(row["id"]): str(row["cluster"]) for row in rows})


def _article(row: Mapping[str, Any]) -> Article:  # Any: JSON
    at = utc(row.get("date"))
    return Article(
        source=row.get("source") or "unnamed",
        url=str(row["id"]),
        title=row.get("title") or "",
        text=_text(row),
        byline=None,
        credit=None,
        published_at=at,
        published_from=DateOrigin.STATED if at else None,
        fetched_at=_NOW,
        language=row.get("lang"),
        cleaner="labelled",
        raw_key=signed64(xxhash.xxh3_64_intdigest(f"{row['id']}\n{_text(row)}".encode())),
    )


def _text(row: Mapping[str, Any]) -> str:  # Any: JSON
    """Give the text of a document, of a flash its headline, as loading does."""
    return str(row["text"] if row["text"].strip() else (row.get("title") or "").strip())


@contextmanager
def stored(
    articles: Sequence[Article],
    *,
    model: Model = SHIPPED,
    embedder: Embedder | None = None,
    watch: Callable[[Engine], None] = lambda _: None,
) -> Iterator[Engine]:
    """Store articles in their order, in a database that goes with the block; `watch` is called after each batch."""
    with tempfile.TemporaryDirectory(prefix="newsfold-sets-") as folder:
        url = f"sqlite:///{folder}/set.db"
        upgrade(url)
        engine = connect(url)
        try:
            store = Store(engine, model=model, embedder=embedder)
            run = start_run(engine, flow="sets", what="a labelled set", now=_NOW)
            for first in range(0, len(articles), _BATCH):
                prepared = analyse(articles[first : first + _BATCH])
                store.store_batch(run, prepared, known=Counter(), cleaner="labelled", now=_NOW)
                watch(engine)
            yield engine
        finally:
            engine.dispose()


def read_rows(path: Path) -> Iterator[dict[str, Any]]:  # Any: JSON
    """Give the documents of a set in file order."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def scorer(folder: Path) -> ModuleType:
    """Give the scorer that came with the sets; its score(gold, groups) gives a dict of scores."""
    path = folder / "score.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module
