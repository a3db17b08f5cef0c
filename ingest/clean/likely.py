"""How likely each line of a page is the article's: a table of trees, fitted by tests/quality/train_lines.py."""

from collections.abc import Sequence
from contextvars import ContextVar
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.clean.blocks import Line
from ingest.clean.furniture import SHORT, rule_of
from ingest.clean.metadata import Facts
from ingest.clean.page import Page, extract_fast
from ingest.clean.traits import NAMES, candidates, traits
from ingest.clean.trees import read_trees
from ingest.document import Removed

# The gate scores a page with a table that was fitted without its site.
TABLE: ContextVar[Path | None] = ContextVar("TABLE", default=None)

_TABLE = Path(__file__).with_name("lines.tsv")

_SURE = 0.0  # log odds from which a line is the article's
_MIN_KEPT = 0.15  # of the extracted characters; where less is left, the model is wrong


def choose(
    page: Page, facts: Facts, lines: Sequence[Line], extracted: list[str], *, title: str
) -> tuple[list[str], list[Removed]]:
    """Give the article's lines among those of the page, and the extracted ones that are none, with reasons."""
    rows = traits_of(page, facts, lines, extracted, title=title)
    held = rows[:, NAMES.index("held")] > 0
    asked = candidates(held)
    kept = asked[scores(rows[asked]) > _SURE] if len(asked) else asked
    chosen = [lines[at].text for at in kept]
    if sum(map(len, chosen)) < _MIN_KEPT * sum(map(len, extracted)):
        return extracted, []
    refused = sorted({int(at) for at in asked if held[at]} - set(kept.tolist()))
    return chosen, [Removed(lines[at].text, _named(lines[at].text) or why_not(rows[at])) for at in refused]


def traits_of(
    page: Page, facts: Facts, lines: Sequence[Line], extracted: list[str], *, title: str
) -> NDArray[np.float32]:
    """Give the traits of the lines of a page, with a second, quicker extraction as a witness."""
    second = "\n".join(extract_fast(page))
    return traits(lines, extracted, second, title=title, body=facts.body, description=facts.description)


def scores(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """Give the log odds that each line is the article's, from its traits."""
    return read_trees(TABLE.get() or _TABLE, NAMES).scores(rows)


def why_not(row: NDArray[np.float32]) -> str:
    """Name the rule that takes an unlikely line, with what is known to speak against it."""
    known = dict(zip(NAMES, row.tolist(), strict=True))
    reasons = [
        reason
        for reason, is_so in (
            ("not extracted", not known["held"]),
            ("links", known["links"] > 0.5),
            ("short", known["words"] < 6),
            ("no end mark", not known["end mark"]),
            ("repeated", known["repeated"] > 1),
            ("before the start", known["from first"] <= 0),
            ("after the end", known["to last"] <= 0),
            ("after an ending", known["since rule"] < 6),
            ("among lines of that kind", known["alike held"] < 0.5),
        )
        if is_so
    ]
    return f"unlikely: {', '.join(reasons[:3])}" if reasons else "unlikely"


def _named(line: str) -> str | None:
    return rule_of(line) if len(line) < SHORT else None
