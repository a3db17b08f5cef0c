"""Cleaning, scored on labelled pages and dumps by their own scorer, beside plain trafilatura in the same run."""

import argparse
import gzip
import json
import logging
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import trafilatura
from trafilatura.meta import reset_caches

from ingest.clean import clean, dumps, likely
from ingest.document import RawDocument
from ingest.outcome import IngestError
from tests.quality import train_dumps, train_lines
from tests.quality.comments import share_without

_TIMED = 12  # pages, of which one is timed
_NOW = datetime(2026, 12, 1, tzinfo=UTC)
Found = dict[str, object]


def text_scores(folder: Path, *, is_alone: bool = False) -> dict[str, float]:
    """Score the cleaning of page dumps: `main` (a rough main block) and `full` (every visible line)."""
    scores: dict[str, float] = {}
    for kind in ("main", "full"):
        print(f" {kind} dumps: newsfold{'' if is_alone else ', then every line kept'}")
        ours = _evaluate(folder, kind, _unseen_text(folder, kind))["ALL"]
        if not is_alone:
            _evaluate(folder, kind, lambda text, _: {"text": text})
        scores |= {f"text.{kind}.f1": ours["zyte_f1"]}
    return scores


def html_scores(folder: Path, *, is_alone: bool = False) -> dict[str, float]:
    """Score the cleaning of HTML pages, and the metadata read from them."""
    print(f" pages, without comments: newsfold{'' if is_alone else ', then trafilatura with metadata'}")
    texts: dict[str, str] = {}
    pages: list[tuple[str, str | None]] = []
    unseen = _unseen(folder, texts, pages)
    sets = _evaluate(folder, "html", unseen)
    their_sets = None if is_alone else _evaluate(folder, "html", _trafilatura)
    ours = sets["ALL"]
    cost = _cost(unseen, pages[::_TIMED])
    print(f" processor time per page, both in turn on every {_TIMED}th: {cost:.2f} of trafilatura's")
    names = {"f1": "zyte_f1", "precision": "precision", "recall": "recall", "title": "title_exact", "date": "date_day"}
    names |= {"author": "author_f1", "exact": "exact"}
    scores = {f"html.{ours_name}": float(ours[theirs_name]) for ours_name, theirs_name in names.items()}
    for name in ("title", "date", "author"):
        mean = _mean(sets, names[name])
        beside = f", trafilatura {_mean(their_sets, names[name]):.4f}" if their_sets else ""
        print(f" {name}, mean of the sets: {mean:.4f}{beside}")
        scores[f"html.sets.{name}"] = mean
    return scores | {"html.comment_free": share_without(folder, texts), "html.thrift": 1 / cost}


def _cost(ours: Callable[[str, str | None], Found], pages: Sequence[tuple[str, str | None]]) -> float:
    """Give how many times trafilatura's processor time ours takes on these pages.

    Work beside it slows whatever a machine does meanwhile: so both take turns, and turns at being the first. What
    either remembers of a page that it has seen is forgotten.
    """
    spent = {ours: 0.0, _trafilatura: 0.0}
    for place, (page, url) in enumerate(pages):
        for extract in list(spent)[:: 1 if place % 2 else -1]:
            reset_caches()
            began = time.process_time()
            extract(page, url)
            spent[extract] += time.process_time() - began
    return spent[ours] / spent[_trafilatura]


def _mean(sets: dict[str, dict[str, Any]], score: str) -> float:  # Any: the scorer's
    """Give the mean of a score over the sets, each counting the same however large it is."""
    values = [float(found[score]) for name, found in sets.items() if name != "ALL" and score in found]
    return sum(values) / len(values)


def _evaluate(
    folder: Path, kind: str, extract: Callable[[str, str | None], Found]
) -> dict[str, dict[str, Any]]:  # Any: the scorer's
    """Give the scores of each set, and of all pages as "ALL"."""
    scorer = _scorer(folder)
    args = argparse.Namespace(
        data=[str(folder / ("html" if kind == "html" else "text"))],
        kind=kind,
        sets=None,
        limit=None,
        exclude_doubtful=True,
        timeout=60,
        bootstrap=0,
        worst=0,
    )
    logging.disable(logging.CRITICAL)
    try:
        result, _ = scorer.evaluate(extract, args)
    finally:
        logging.disable(logging.NOTSET)
    found: dict[str, dict[str, Any]] = result
    return found


def _scorer(folder: Path) -> ModuleType:
    import signal

    sys.path.insert(0, str(folder))
    try:
        import evaluate  # type: ignore[import-not-found]  # stands in the data's folder
    finally:
        sys.path.remove(str(folder))
    signal.signal(signal.SIGALRM, evaluate._alarm)
    module: ModuleType = evaluate
    return module


def _unseen_text(folder: Path, kind: str) -> Callable[[str, str | None], Found]:
    """Give the cleaning of dumps, each with the line model that was fitted without the dump's site."""
    domains: dict[str, str] = {}
    for file in sorted(folder.glob(f"text/*/{kind}.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            domains |= {entry["text"]: entry["domain"] for entry in map(json.loads, lines)}

    def clean_text(text: str, url: str | None) -> Found:
        dumps.TABLE.set(train_dumps.table_without(domains[text]))
        return _clean(text, url, "text/plain")

    return clean_text


def _unseen(
    folder: Path, texts: dict[str, str], pages: list[tuple[str, str | None]]
) -> Callable[[str, str | None], Found]:
    """Give the cleaning of pages, each with the line model that was fitted without the page's site.

    It fills `texts`, the article of each address, and `pages`, what was cleaned.
    """
    manifests = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("html/*/manifest.json"))]
    domains = {entry["url"]: entry["domain"] for manifest in manifests for entry in manifest}

    def clean_page(page: str, url: str | None) -> Found:
        likely.FOLDER.set(train_lines.tables_without(domains[url]))
        dumps.TABLE.set(train_dumps.table_without(domains[url]))  # where no element of the page holds the article
        found = _clean(page, url, "text/html")
        texts[url or ""] = str(found["text"])
        pages.append((page, url))
        return found

    return clean_page


def _clean(text: str, url: str | None, media_type: str) -> Found:
    raw = RawDocument(
        source=None,
        folder="gate",
        url=url or "page",
        fetched_at=_NOW,
        body=text.encode("utf-8", "replace"),
        media_type=media_type,
        charset="utf-8",
    )
    try:
        article = clean(raw, now=_NOW)
    except IngestError:
        return {"text": ""}
    date = article.published_on.isoformat() if article.published_on else None
    authors = article.byline.split(", ") if article.byline else []
    return {"text": article.text, "title": article.title, "date": date, "authors": authors}


def _trafilatura(page: str, url: str | None) -> Found:
    found = trafilatura.bare_extraction(page, url=url, include_comments=False, with_metadata=True)
    if found is None:
        return {"text": ""}
    values = found if isinstance(found, dict) else found.as_dict()
    authors = (values["author"] or "").split("; ")
    return {"text": values["text"], "title": values["title"], "date": values["date"], "authors": authors}
