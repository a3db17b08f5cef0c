"""Boosted trees as a table that a person can read.

A tree a row: its questions ("links > 0.4"), the same on every branch, and a value for each way of answering them;
the first question counts 1, the second 2, the third 4. The sum over the trees is a line's log odds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees:
    """What each tree asks, and what the answers are worth."""

    columns: NDArray[np.intp]  # trees x questions: which trait is asked
    thresholds: NDArray[np.float32]  # same shape
    values: NDArray[np.float64]  # trees x 2 ** questions

    def scores(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Give the log odds of each row of traits (lines x traits)."""
        answers = rows.T[self.columns] > self.thresholds[:, :, np.newaxis]
        first = np.arange(len(self.values)) * self.values.shape[1]
        leaves = np.repeat(first[:, np.newaxis], len(rows), axis=1)
        for question in range(self.columns.shape[1]):  # twice as fast as a product of matrices
            leaves += answers[:, question].astype(np.intp) << question
        return np.asarray(self.values.ravel()[leaves].sum(axis=0))


@cache
def read_trees(table: Path, names: tuple[str, ...]) -> Trees:
    """Give the trees in `table`, whose questions speak of `names`, the columns of the rows."""
    columns, thresholds, values = [], [], []
    for line in table.read_text("utf-8").splitlines():
        if not line.startswith("# "):
            asked, given = line.split("\t")
            questions = [question.rsplit(" > ", 1) for question in asked.split(" | ")]
            columns.append([names.index(name) for name, _ in questions])
            thresholds.append([float(threshold) for _, threshold in questions])
            values.append([float(value) for value in given.split()])
    return Trees(
        columns=np.array(columns, np.intp),
        thresholds=np.array(thresholds, np.float32),
        values=np.array(values),
    )


def unlikely(against: Mapping[str, object]) -> str:
    """Name the rule that takes an unlikely line, with the first three of what is so `against` it.

    >>> unlikely({"links": False, "short": True})
    'unlikely: short'
    """
    reasons = [reason for reason, is_so in against.items() if is_so]
    return f"unlikely: {', '.join(reasons[:3])}" if reasons else "unlikely"
