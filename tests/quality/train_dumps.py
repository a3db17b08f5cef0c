"""Fit the line model of ingest/clean/dumps.py on labelled dumps of pages, some of them without their layout.

    python -m tests.quality.train_dumps   writes ingest/clean/dumps.tsv, and folds/dumps-*.tsv without a third of the
                                          sites

The dumps are looked for as the gate does: in the folder that NEWSFOLD_DATASETS names, else in `../shared`.
"""

import argparse
import gzip
import json
import os
import re
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.clean import dumps
from ingest.clean.announced import take_announced
from ingest.clean.dump_traits import NAMES, traits
from ingest.clean.sheet import read_sheet, split_lines, take_named
from ingest.clean.trees import Trees
from tests.quality.boosting import Floats, Plan, fit, write_trees

_NAME = "tests/quality/train_dumps.py"
_HERE = Path(__file__).parent
_FOLDS = 3
_TABLE = Path(dumps.__file__).with_name("dumps.tsv")
_PLAN = Plan(trees=260, questions=6, rate=0.07, rows=0.2, columns=0.3)
_WORD = re.compile(r"\w+")
_BODY = "B"  # the label of a line of the article
_BARE, _BARE_BRIEF = 0.25, 0.5  # of the dumps are shown without indents and empty lines, as some tools write them
_BRIEF, _MIN_BRIEF, _MAX_BRIEF = 0.4, 2, 9  # of the dumps are shown once more, with so few lines of the article

Line = tuple[str, str]  # and its label, "" for an empty line


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """The lines of a dump, and which of them are the article's."""

    domain: str
    rows: NDArray[np.float32]
    wanted: Floats
    weights: Floats


def main() -> int:
    """Fit and write the tables."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    folder = Path(os.environ.get("NEWSFOLD_DATASETS", "../shared")) / "bench" / "extraction"
    labelled = list(_read(folder))
    print(f"{len(labelled)} dumps, {sum(len(dump.rows) for dump in labelled)} lines", flush=True)
    write_trees(_fit(labelled), _TABLE, NAMES, fitted_by=_NAME)
    for table in sorted({table_without(dump.domain) for dump in labelled}):
        others = [dump for dump in labelled if table_without(dump.domain) != table]
        write_trees(_fit(others), table, NAMES, fitted_by=_NAME)
    return 0


def table_without(domain: str) -> Path:
    """Give the table that was fitted without the dumps of `domain`."""
    return _HERE / "folds" / f"dumps-{zlib.crc32(domain.encode()) % _FOLDS}.tsv"


def _read(folder: Path) -> Iterator[Labelled]:
    for file in sorted(folder.glob("text/*/*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as found:
            for entry in map(json.loads, found):
                if not entry.get("gold_doubtful"):
                    labels = iter(entry["labels"])
                    lines = [(line, next(labels) if line.strip() else "") for line in entry["text"].split("\n")]
                    yield from (_labelled(entry["domain"], shown) for shown in _shown(lines))


def _shown(lines: list[Line]) -> Iterator[list[Line]]:
    """Give a dump, and for some a brief one: most labelled articles are long, and many a piece of news is not."""
    random = np.random.default_rng(zlib.crc32("".join(line for line, _ in lines).encode()))
    yield _without_layout(lines) if random.random() < _BARE else lines
    body = [at for at, (_, label) in enumerate(lines) if label == _BODY]
    if len(body) > _MAX_BRIEF and random.random() < _BRIEF:
        gone = set(body[random.integers(_MIN_BRIEF, _MAX_BRIEF) : -1])
        brief = [line for at, line in enumerate(lines) if at not in gone and (line[1] or at - 1 not in gone)]
        yield _without_layout(brief) if random.random() < _BARE_BRIEF else brief


def _without_layout(lines: list[Line]) -> list[Line]:
    return [(line.strip(), label) for line, label in lines if label]


def _labelled(domain: str, lines: list[Line]) -> Labelled:
    text = "\n".join(line for line, _ in lines)
    sheet = read_sheet(split_lines(text))
    prose = sheet.prose()
    take_named(sheet, prose)
    take_announced(sheet, prose)
    size = np.array([len(_WORD.findall(line)) for line in sheet.lines], float)
    return Labelled(
        domain=domain,
        rows=traits(sheet, prose, text),
        wanted=np.array([label == _BODY for _, label in lines if label], float),
        weights=30 * (size + 4) / (size.sum() + 4 * len(size) + 50),  # a dump's lines all weigh as much
    )


def _fit(labelled: Sequence[Labelled]) -> Trees:
    return fit(
        np.concatenate([dump.rows for dump in labelled]),
        np.concatenate([dump.wanted for dump in labelled]),
        np.concatenate([dump.weights for dump in labelled]),
        plan=_PLAN,
    )


if __name__ == "__main__":
    sys.exit(main())
