"""Fit the line model of ingest/clean/likely.py on labelled pages, and score it on sites that it has not seen.

    python -m tests.quality.train_lines   writes ingest/clean/lines.tsv, and folds/*.tsv without a third of the sites

The gate scores each page with the table of folds/ that was fitted without its site.

The pages are looked for as the gate does: in the folder that NEWSFOLD_DATASETS names, else in `../shared`.
"""

import argparse
import gzip
import json
import logging
import os
import re
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.clean import likely, metadata
from ingest.clean import page as pages
from ingest.clean.blocks import read_lines
from ingest.clean.traits import NAMES, candidates
from ingest.clean.trees import Trees
from ingest.outcome import Refused
from tests.quality.boosting import Floats, fit, write_trees

_FOLDS = 3
_NAME = "tests/quality/train_lines.py"
_HERE = Path(__file__).parent
_TABLE = Path(likely.__file__).with_name("lines.tsv")
_TOKEN = re.compile(r"\w+")
_LONG, _NEAR = 8, 4  # words, lines: a short one belongs to the article only near longer ones that do


@dataclass(frozen=True, slots=True)
class Labelled:
    """The lines of a page that are asked about, and which of them are the article's."""

    domain: str
    gold: str
    texts: list[str]
    rows: NDArray[np.float32]
    wanted: Floats
    weights: Floats


def main() -> int:
    """Fit and write the tables."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    logging.disable(logging.CRITICAL)
    folder = Path(os.environ.get("NEWSFOLD_DATASETS", "../shared")) / "bench" / "extraction"
    labelled = list(_read(folder))
    print(f"{len(labelled)} pages, {sum(len(page.texts) for page in labelled)} lines", flush=True)
    write_tables(labelled)
    return 0


def table_without(domain: str) -> Path:
    """Give the table that was fitted without the pages of `domain`."""
    return _HERE / "folds" / f"{_fold_of(domain)}.tsv"


def write_tables(labelled: Sequence[Labelled]) -> None:
    """Fit and write the table of all pages, and those of the folds."""
    write_trees(_fit(labelled), _TABLE, NAMES, fitted_by=_NAME)
    for fold in range(_FOLDS):
        others = [page for page in labelled if _fold_of(page.domain) != fold]
        write_trees(_fit(others), _HERE / "folds" / f"{fold}.tsv", NAMES, fitted_by=_NAME)


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
    lines = read_lines(page.tree)
    extracted = [] if page.is_reduced else pages.extract(page)
    if extracted:
        title = metadata.title_of(facts, entry["url"] or "page")
        rows = likely.traits_of(page, facts, lines, extracted, title=title)
        asked = candidates(rows[:, NAMES.index("held")] > 0)
        texts = [lines[at].text for at in asked]
        wanted, weights = _labels(texts, entry["gold_text"])
        yield Labelled(entry["domain"], entry["gold_text"], texts, rows[asked], wanted, weights)


def _labels(texts: list[str], gold: str) -> tuple[Floats, Floats]:
    """Give for each line whether the gold holds it, and how much it weighs: a page's lines all weigh as much."""
    tokens = _TOKEN.findall(gold)
    shingles = {tuple(tokens[at : at + 4]) for at in range(len(tokens) - 3)}
    whole = f"\0{chr(0).join(tokens)}\0"
    gold_lines = {tuple(_TOKEN.findall(line)) for line in gold.split("\n")}
    sizes: list[int] = []
    held: list[bool] = []
    for text in texts:
        words = _TOKEN.findall(text)
        sizes.append(len(words))
        if len(words) >= 4:
            held.append(float(np.mean([tuple(words[at : at + 4]) in shingles for at in range(len(words) - 3)])) >= 0.5)
        else:
            is_part = len(words) > 1 and f"\0{chr(0).join(words)}\0" in whole
            held.append(bool(words) and (tuple(words) in gold_lines or is_part))
    long = [at for at, count in enumerate(sizes) if count >= _LONG and held[at]]
    for at, count in enumerate(sizes):  # "Related" is in many an article, and no line of it
        if count < _LONG and not any(abs(at - other) <= _NEAR for other in long):
            held[at] = False
    size, wanted = np.array(sizes, float), np.array(held, float)
    weights = 30 * (size + 4) / (size.sum() + 4 * len(size) + 50)
    return wanted, weights


def _fit(labelled: Sequence[Labelled]) -> Trees:
    return fit(
        np.concatenate([page.rows for page in labelled]),
        np.concatenate([page.wanted for page in labelled]),
        np.concatenate([page.weights for page in labelled]),
    )


if __name__ == "__main__":
    sys.exit(main())
