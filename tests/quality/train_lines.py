"""Fit the line model of ingest/clean/likely.py on labelled pages, and score it on sites that it has not seen.

    python -m tests.quality.train_lines   writes ingest/clean/lines.tsv, and folds/*.tsv without a third of the sites

The gate scores each page with the table of folds/ that was fitted without its site.

Boosted trees that ask the same questions on every branch: histograms in NumPy, logistic loss, no library.
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
from ingest.outcome import Refused

_TREES, _QUESTIONS, _RATE = 220, 5, 0.1
_BINS = 24
_PULL = 2.0  # towards 0, for leaves with few lines
_COLUMNS, _ROWS = 0.25, 0.25  # share of either that a tree sees
_FOLDS = 3
_HERE = Path(__file__).parent
_TABLE = Path(likely.__file__).with_name("lines.tsv")
_TOKEN = re.compile(r"\w+")
_LONG, _NEAR = 8, 4  # words, lines: a short one belongs to the article only near longer ones that do

Floats = NDArray[np.float64]
Trees = list[tuple[list[tuple[int, float]], Floats]]


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
    _write(_fit(labelled), _TABLE)
    for fold in range(_FOLDS):
        others = [page for page in labelled if _fold_of(page.domain) != fold]
        _write(_fit(others), _HERE / "folds" / f"{fold}.tsv")


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
    rows = np.concatenate([page.rows for page in labelled])
    wanted = np.concatenate([page.wanted for page in labelled])
    weights = np.concatenate([page.weights for page in labelled])
    weights /= weights.mean()
    edges = [_edges(column) for column in rows.T]
    binned = np.stack([np.searchsorted(edge, column) for edge, column in zip(edges, rows.T, strict=True)]).astype(
        np.uint8
    )
    random = np.random.default_rng(0)
    odds = np.zeros(len(rows))
    trees: Trees = []
    for _ in range(_TREES):
        chance = 1 / (1 + np.exp(-odds))
        slope, bend = weights * (wanted - chance), weights * chance * (1 - chance)
        seen = random.choice(len(rows), int(len(rows) * _ROWS), replace=False)
        columns = [at for at in random.choice(len(edges), int(len(edges) * _COLUMNS), replace=False) if len(edges[at])]
        sample = binned[np.ix_(columns, seen)].astype(np.intp)
        found = _questions(sample, slope[seen], bend[seen], [len(edges[column]) for column in columns])
        questions = [(columns[at], answer) for at, answer in found]
        leaf = _leaves(binned, questions)
        answers = 1 << _QUESTIONS
        values = _RATE * np.bincount(leaf, slope, answers) / (np.bincount(leaf, bend, answers) + _PULL)
        odds += values[leaf]
        trees.append(([(column, float(edges[column][at])) for column, at in questions], values))
    return trees


def _questions(sample: NDArray[np.intp], slope: Floats, bend: Floats, edges: list[int]) -> list[tuple[int, int]]:
    """Give the questions of one tree, each the one that gains most over all branches so far."""
    leaf = np.zeros(sample.shape[1], np.intp)
    questions: list[tuple[int, int]] = []
    for depth in range(_QUESTIONS):
        best, asked = -1.0, (0, 0)
        shape = (1 << depth, _BINS + 1)
        for column, bins in enumerate(sample):
            cell = leaf * (_BINS + 1) + bins
            slopes = np.bincount(cell, slope, shape[0] * shape[1]).reshape(shape).cumsum(axis=1)
            bends = np.bincount(cell, bend, shape[0] * shape[1]).reshape(shape).cumsum(axis=1)
            other, rest = slopes[:, -1:] - slopes, bends[:, -1:] - bends
            gains = (slopes**2 / (bends + _PULL) + other**2 / (rest + _PULL)).sum(axis=0)[: edges[column]]
            if gains.max() > best:
                best, asked = float(gains.max()), (column, int(gains.argmax()))
        questions.append(asked)
        leaf |= (sample[asked[0]] > asked[1]).astype(np.intp) << depth
    return questions


def _edges(column: NDArray[np.float32]) -> NDArray[np.float32]:
    values = np.unique(column)
    if len(values) <= _BINS:
        return np.asarray((values[1:] + values[:-1]) / 2, np.float32)
    return np.unique(np.quantile(column, np.linspace(0, 1, _BINS + 1)[1:-1])).astype(np.float32)


def _leaves(binned: NDArray[np.uint8], questions: list[tuple[int, int]]) -> NDArray[np.intp]:
    leaf = np.zeros(binned.shape[1], np.intp)
    for depth, (column, at) in enumerate(questions):
        leaf |= (binned[column] > at).astype(np.intp) << depth
    return leaf


def _write(trees: Trees, table: Path) -> None:
    lines = ["# Trees that score the lines of a page, fitted by tests/quality/train_lines.py: questions, then values."]
    for questions, values in trees:
        asked = " | ".join(f"{NAMES[column]} > {np.float32(threshold)!s}" for column, threshold in questions)
        lines.append(f"{asked}\t{' '.join(f'{value:.4f}' for value in values)}")
    table.parent.mkdir(exist_ok=True)
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"wrote {table.name}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
