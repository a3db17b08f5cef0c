"""Which lines of a page dump are the article's: a table of trees, fitted by tests/quality/train_dumps.py."""

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.clean.dump_traits import NAMES, traits
from ingest.clean.sheet import Sheet
from ingest.clean.trees import read_trees, unlikely

# The gate scores a dump with a table that was fitted without its site.
TABLE: ContextVar[Path | None] = ContextVar("TABLE", default=None)

_TABLE = Path(__file__).with_name("dumps.tsv")

# Log odds from which a line is the article's: by itself, between such lines, and beside them in a brief text, whose
# last sentence may stand behind lines of figures or names.
_SURE, _BETWEEN, _BESIDE, _FIGURES = 0.0, -2.0, -1.2, -3.2
_BRIEF = 12  # lines of an article that one wrong line would leave a hole in
_ENDINGS = frozenset({"comments", "copyright", "author-note"})  # nothing is joined across these
_MIN_KEPT = 0.15  # of the running text that the rules leave; where less is left, the model is wrong
_SHORT = float(np.log1p(40))  # of a line's characters, as its trait tells them


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Where the article begins, what takes each line that is none of it, and which of those are in doubt."""

    first: int
    unlikely: dict[int, str]
    doubtful: frozenset[int] = frozenset()


def choose(sheet: Sheet, prose: Sequence[int], text: str) -> Choice:
    """Give which lines are the article's; `sheet.taken` is what the rules take, `text` the dump they are from."""
    rows = traits(sheet, prose, text)
    odds = read_trees(TABLE.get() or _TABLE, NAMES).scores(rows).tolist()
    kept = _settled(sheet, prose, odds)
    left = [at for at in prose if at not in sheet.taken]
    if sum(len(sheet.lines[at]) for at in left if kept[at]) < _MIN_KEPT * sum(len(sheet.lines[at]) for at in left):
        return Choice(first=0, unlikely=dict(sheet.taken))
    chosen = [at for at, is_kept in enumerate(kept) if is_kept]
    first, last = (chosen[0], chosen[-1]) if chosen else (len(kept), len(kept))
    unlikely = {
        at: "navigation" if at < first else "footer" if at > last else _why_not(rows[at])
        for at, is_kept in enumerate(kept)
        if not is_kept
    }
    doubtful = frozenset(at for at in unlikely if odds[at] > _BETWEEN)
    return Choice(first=first, unlikely=unlikely, doubtful=doubtful)


def _settled(sheet: Sheet, prose: Sequence[int], odds: list[float]) -> list[bool]:
    """Give which lines are kept: the likely ones, and the less likely ones that stand among them.

    Never a line that a rule takes or names, unless it is likely by itself.
    """
    kept = [value > _SURE for value in odds]
    is_free = [at not in sheet.taken and at not in sheet.names for at in range(len(odds))]
    may_join = [free and value > _BETWEEN for free, value in zip(is_free, odds, strict=True)]
    if sum(kept) > _BRIEF:
        _join(kept, range(len(kept)), may_join)
        return kept
    rules = sheet.names | sheet.taken
    seen = [at for at in range(len(kept)) if kept[at] or at not in rules or rules[at] in _ENDINGS]
    _join(kept, seen, may_join)
    is_prose = set(prose)
    for order in (seen, seen[::-1]):
        for at, other in pairwise(order):
            kept[other] |= kept[at] and is_free[other] and other in is_prose and odds[other] > _BESIDE
    _reach(kept, is_free, [at in is_prose and value > _BESIDE for at, value in enumerate(odds)], odds)
    return kept


def _reach(kept: list[bool], is_free: list[bool], is_end: list[bool], odds: list[float]) -> None:
    """Keep the lines behind the last one, such as results or a list, up to a sentence that no rule cuts off."""
    run: list[int] = []
    for at in range(max((at for at, is_kept in enumerate(kept) if is_kept), default=len(kept)) + 1, len(kept)):
        if not is_free[at] or odds[at] < _FIGURES:
            return
        run.append(at)
        if is_end[at]:
            for other in run:
                kept[other] = True
            run = []


def _join(kept: list[bool], seen: Sequence[int], may_join: list[bool]) -> None:
    """Keep the runs of lines that may join those kept before and behind them; the others are looked past."""
    run: list[int] = []
    is_open = False
    for at in seen:
        if kept[at]:
            for other in run:
                kept[other] = True
            run, is_open = [], True
        elif is_open and may_join[at]:
            run.append(at)
        else:
            run, is_open = [], False


def _why_not(row: NDArray[np.float32]) -> str:
    """Name the rule that takes an unlikely line inside the article, with what is known to speak against it."""
    known = dict(zip(NAMES, row.tolist(), strict=True))
    return unlikely(
        {
            "repeated": known["repeated"] > 1,
            "cut off": known["ellipsis"],
            "among furniture": known["named 5 before"] + known["named 5 behind"] >= 3,
            "short": known["log length"] < _SHORT,
            "no end mark": not known["end mark"],
            "no word in common": 0 <= known["head"] < 0.1,
            "among short lines": known["run"] >= 5 and known["score"] < 0,
        }
    )
