"""Cleaning, scored on labelled pages and dumps by their own scorer, beside plain trafilatura in the same run."""

import argparse
import json
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import trafilatura

from ingest.clean import clean
from ingest.clean.likely import FOLDER
from ingest.document import RawDocument
from ingest.outcome import IngestError
from tests.quality.comments import share_without
from tests.quality.train_lines import tables_without

_NOW = datetime(2026, 12, 1, tzinfo=UTC)
Found = dict[str, object]


def text_scores(folder: Path) -> dict[str, float]:
    """Score the cleaning of page dumps: `main` (a rough main block) and `full` (every visible line)."""
    scores: dict[str, float] = {}
    for kind in ("main", "full"):
        print(f" {kind} dumps: newsfold, then every line kept")
        ours = _evaluate(folder, kind, _clean_text)
        _evaluate(folder, kind, lambda text, _: {"text": text})
        scores |= {f"text.{kind}.f1": ours["zyte_f1"]}
    return scores


def html_scores(folder: Path) -> dict[str, float]:
    """Score the cleaning of HTML pages, and the metadata read from them."""
    print(" pages: newsfold, then trafilatura with metadata, without comments")
    texts: dict[str, str] = {}
    ours = _evaluate(folder, "html", _unseen(folder, texts))
    theirs = _evaluate(folder, "html", _trafilatura)
    print(f" time per page: {ours['cpu_ms_per_page'] / theirs['cpu_ms_per_page']:.2f} of trafilatura's")
    names = {"f1": "zyte_f1", "precision": "precision", "recall": "recall", "title": "title_exact", "date": "date_day"}
    names |= {"author": "author_f1", "exact": "exact"}
    scores = {f"html.{ours_name}": float(ours[theirs_name]) for ours_name, theirs_name in names.items()}
    return scores | {"html.comment_free": share_without(folder, texts)}


def _evaluate(
    folder: Path, kind: str, extract: Callable[[str, str | None], Found]
) -> dict[str, Any]:  # Any: the scorer's
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
    found: dict[str, Any] = result["ALL"]
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


def _clean_text(text: str, url: str | None) -> Found:
    return _clean(text, url, "text/plain")


def _unseen(folder: Path, texts: dict[str, str]) -> Callable[[str, str | None], Found]:
    """Give the cleaning of pages, each with the line model that was fitted without the page's site.

    It fills `texts`, the article of each address.
    """
    manifests = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("html/*/manifest.json"))]
    domains = {entry["url"]: entry["domain"] for manifest in manifests for entry in manifest}

    def clean_page(page: str, url: str | None) -> Found:
        FOLDER.set(tables_without(domains[url]))
        found = _clean(page, url, "text/html")
        texts[url or ""] = str(found["text"])
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
    date = article.published_at.date().isoformat() if article.published_at else None
    authors = article.byline.split(", ") if article.byline else []
    return {"text": article.text, "title": article.title, "date": date, "authors": authors}


def _trafilatura(page: str, url: str | None) -> Found:
    found = trafilatura.bare_extraction(page, url=url, include_comments=False, with_metadata=True)
    if found is None:
        return {"text": ""}
    values = found if isinstance(found, dict) else found.as_dict()
    authors = (values["author"] or "").split("; ")
    return {"text": values["text"], "title": values["title"], "date": values["date"], "authors": authors}
