"""Fit the line model of ingest/clean/likely.py on labelled pages, and tables to score it on sites it has not seen.

    python -m tests.quality.train_lines   writes the tables of ingest/clean, and those of folds/ without some sites

The gate scores each page with the tables of folds/ that were fitted without its site. The second table of a model
learns from what first tables made of pages that they had not seen either.

The pages are looked for as the gate does: in the folder that NEWSFOLD_DATASETS names, else in `../shared`.
"""

import argparse
import gzip
import json
import logging
import os
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.clean import likely, metadata, neighbours
from ingest.clean import page as pages
from ingest.clean.blocks import Line, read_lines
from ingest.clean.traits import NAMES, candidates
from ingest.clean.trees import Trees
from ingest.outcome import Refused
from tests.quality.boosting import Floats, Plan, fit, write_trees
from tests.quality.labels import lines_of, word_count

_FOLDS = 5
_SECOND = Plan(trees=150)
_NAME = "tests/quality/train_lines.py"
_HERE = Path(__file__).parent
_TABLES = Path(likely.__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A page: the traits of its lines, which are asked about, and which of those are the article's."""

    domain: str
    lines: list[Line]
    rows: NDArray[np.float32]
    asked: NDArray[np.intp]
    wanted: Floats
    weights: Floats


def main() -> int:
    """Fit and write the tables."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    logging.disable(logging.CRITICAL)
    folder = Path(os.environ.get("NEWSFOLD_DATASETS", "../shared")) / "bench" / "extraction"
    labelled = list(_read(folder))
    print(f"{len(labelled)} pages, {sum(len(page.asked) for page in labelled)} lines", flush=True)
    write_tables(labelled)
    return 0


def tables_without(domain: str) -> Path:
    """Give the folder of the tables that were fitted without the pages of `domain`."""
    return _HERE / "folds" / str(_fold_of(domain))


def write_tables(labelled: Sequence[Labelled]) -> None:
    """Fit and write the tables of all pages, and those of the folds."""
    first = {}
    for pair in combinations_with_replacement(range(_FOLDS), 2):
        first[pair] = _first([page for page in labelled if _fold_of(page.domain) not in pair])
        print(f"fitted without {pair}", flush=True)
    for fold in range(_FOLDS):
        others = [page for page in labelled if _fold_of(page.domain) != fold]
        tables = [first[min(fold, other), max(fold, other)] for other in range(_FOLDS)]
        _write(_HERE / "folds" / str(fold), first[fold, fold], _second(others, tables))
    tables = [first[fold, fold] for fold in range(_FOLDS)]
    _write(_TABLES, _first(labelled), _second(labelled, tables))


def _write(folder: Path, first: Trees, second: Trees) -> None:
    write_trees(first, folder / likely.FIRST, NAMES, fitted_by=_NAME)
    write_trees(second, folder / likely.SECOND, NAMES + neighbours.NAMES, fitted_by=_NAME)


def _fold_of(domain: str) -> int:
    return zlib.crc32(domain.encode()) % _FOLDS


def _read(folder: Path) -> Iterator[Labelled]:
    for manifest in sorted(folder.glob("html/*/manifest.json")):
        for entry in json.loads(manifest.read_text("utf-8")):
            if not entry.get("gold_doubtful"):
                html = gzip.decompress((manifest.parent / entry["html"]).read_bytes()).decode("utf-8", "replace")
                yield from _labelled(entry, html)


def _labelled(entry: dict[str, Any], html: str) -> Iterator[Labelled]:  # Any: JSON
    try:
        page = pages.parse(html, entry["url"] or "page")
    except Refused:
        return
    facts = metadata.read_facts(page.tree)
    lines = [line for line in read_lines(page.tree) if not line.is_comment]
    extracted = [] if page.is_reduced else pages.extract(page)
    if extracted and lines:
        title = metadata.title_of(facts, entry["url"] or "page")
        rows = likely.traits_of(page, facts, lines, extracted, title=title)
        yield label(entry["domain"], lines, rows, entry["gold_text"])


def label(domain: str, lines: list[Line], rows: NDArray[np.float32], gold: str) -> Labelled:
    """Give a page with its labels, and how much each line weighs: all pages weigh about as much."""
    asked = candidates(rows[:, NAMES.index("held")] > 0)
    held = lines_of(gold, [line.text for line in lines])
    size = np.array([word_count(lines[at].text) for at in asked], np.float64)
    return Labelled(
        domain=domain,
        lines=lines,
        rows=rows,
        asked=asked,
        wanted=np.array([held[at] for at in asked], np.float64),
        weights=30 * (size + 4) / (size.sum() + 4 * len(size) + 50),
    )


def _first(labelled: Sequence[Labelled]) -> Trees:
    return fit(*_stacked(labelled, lambda page: page.rows[page.asked]))


def _second(labelled: Sequence[Labelled], tables: Sequence[Trees]) -> Trees:
    """Fit the second table; `tables` are for each fold a first one that has not seen its pages."""

    def rows(page: Labelled) -> NDArray[np.float32]:
        odds = tables[_fold_of(page.domain)].scores(page.rows[page.asked])
        return likely.neighbouring(page.lines, page.rows, page.asked, odds)

    return fit(*_stacked(labelled, rows), plan=_SECOND)


def _stacked(
    labelled: Sequence[Labelled], rows: Callable[[Labelled], NDArray[np.float32]]
) -> tuple[NDArray[np.float32], Floats, Floats]:
    pages_asked = [page for page in labelled if len(page.asked)]
    return (
        np.concatenate([rows(page) for page in pages_asked]),
        np.concatenate([page.wanted for page in pages_asked]),
        np.concatenate([page.weights for page in pages_asked]),
    )


if __name__ == "__main__":
    sys.exit(main())
