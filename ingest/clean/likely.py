"""How likely each line of a page is the article's: tables of trees, fitted by tests/quality/train_lines.py.

The first table looks at each line by itself and where it stands, the second also at what the first made of the lines
around.
"""

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.clean import neighbours as around
from ingest.clean.blocks import Line
from ingest.clean.furniture import SHORT, rule_of
from ingest.clean.metadata import Facts
from ingest.clean.page import Page, extract_fast
from ingest.clean.people import people_in
from ingest.clean.settle import settle
from ingest.clean.traits import NAMES, anchored, candidates, traits
from ingest.clean.trees import read_trees, unlikely
from ingest.clean.windows import Floats
from ingest.document import Removed

# The gate scores a page with tables that were fitted without its site.
FOLDER: ContextVar[Path] = ContextVar("FOLDER", default=Path(__file__).parent)
FIRST, SECOND = "lines.tsv", "neighbours.tsv"

_MIN_KEPT = 0.15  # of the held characters; where less is left, the model is wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The article's lines, which of them no rule may name, and the extracted ones that are none of it."""

    lines: list[str]
    spared: frozenset[int] = frozenset()
    refused: tuple[Removed, ...] = ()


def choose(page: Page, facts: Facts, lines: Sequence[Line], extracted: list[str], *, title: str) -> Chosen:
    """Give the article's lines among those of the page, and the extracted ones that are none, with reasons."""
    rows = traits_of(page, facts, lines, extracted, title=title)
    held = rows[:, NAMES.index("held")] > 0
    asked = candidates(held)
    if not len(asked):
        return Chosen(lines=extracted)
    authors = people_in([*facts.bylines, *facts.marked])
    settled = settle(
        lines,
        asked,
        scores(lines, rows, asked),
        authors=authors.split(", ") if authors else (),
        is_news=facts.is_news,
    )
    chosen = [lines[at].text for at in settled.kept]
    if sum(map(len, chosen)) < _MIN_KEPT * sum(
        len(line.text) for line, is_held in zip(lines, held.tolist(), strict=True) if is_held
    ):
        return Chosen(lines=extracted)
    refused = sorted({int(at) for at in asked if held[at] or int(at) in settled.taken} - set(settled.kept))
    return Chosen(
        lines=chosen,
        spared=frozenset(number for number, at in enumerate(settled.kept) if at in settled.spared),
        refused=tuple(
            Removed(lines[at].text, settled.taken.get(at) or _named(lines[at].text) or why_not(rows[at]))
            for at in refused
        ),
    )


def traits_of(
    page: Page, facts: Facts, lines: Sequence[Line], extracted: list[str], *, title: str
) -> NDArray[np.float32]:
    """Give the traits of the lines of a page, with a second, quicker extraction as a witness."""
    second = "\n".join(extract_fast(page))
    held = anchored(lines, extracted, facts.body)
    return traits(lines, held, second, title=title, body=facts.body, description=facts.description)


def scores(lines: Sequence[Line], rows: NDArray[np.float32], asked: NDArray[np.intp]) -> Floats:
    """Give the log odds that each line `asked` about is the article's; `rows` are the traits of all lines."""
    first = read_trees(FOLDER.get() / FIRST, NAMES).scores(rows[asked])
    more = neighbouring(lines, rows, asked, first)
    return read_trees(FOLDER.get() / SECOND, NAMES + around.NAMES).scores(more)


def neighbouring(
    lines: Sequence[Line], rows: NDArray[np.float32], asked: NDArray[np.intp], first: Floats
) -> NDArray[np.float32]:
    """Give the traits of the lines `asked` about, and what the `first` table made of the lines around them."""
    held = rows[:, NAMES.index("held")] > 0
    return np.concatenate([rows, around.neighbours(lines, asked, first, held)], axis=1)[asked]


def why_not(row: NDArray[np.float32]) -> str:
    """Name the rule that takes an unlikely line, with what is known to speak against it."""
    known = dict(zip(NAMES, row.tolist(), strict=True))
    return unlikely(
        {
            "not extracted": not known["held"],
            "links": known["links"] > 0.5,
            "short": known["words"] < 6,
            "no end mark": not known["end mark"],
            "repeated": known["repeated"] > 1,
            "before the start": known["from first"] <= 0,
            "after the end": known["to last"] <= 0,
            "after an ending": known["since rule"] < 6,
            "among lines of that kind": known["alike held"] < 0.5,
        }
    )


def _named(line: str) -> str | None:
    return rule_of(line) if len(line) < SHORT else None
