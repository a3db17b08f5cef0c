"""Boosted trees that ask the same questions on every branch: histograms in NumPy, logistic loss, no library."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.clean.trees import Trees

_BINS = 24
_PULL = 2.0  # towards 0, for leaves with few lines

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many trees to fit, with how many questions each, how far each goes, and what each sees."""

    trees: int = 220
    questions: int = 5
    rate: float = 0.1
    rows: float = 0.25  # share that a tree sees
    columns: float = 0.25


def fit(rows: NDArray[np.float32], wanted: Floats, weights: Floats, *, plan: Plan = Plan()) -> Trees:
    """Give trees that tell the `rows` (lines x traits) that are `wanted` (1) from the others (0)."""
    weights = weights / weights.mean()
    edges = [_edges(column) for column in rows.T]
    binned = np.stack([np.searchsorted(edge, column) for edge, column in zip(edges, rows.T, strict=True)]).astype(
        np.uint8
    )
    random = np.random.default_rng(0)
    odds = np.zeros(len(rows))
    columns_asked, thresholds, leaves = [], [], []
    for _ in range(plan.trees):
        chance = 1 / (1 + np.exp(-odds))
        slope, bend = weights * (wanted - chance), weights * chance * (1 - chance)
        seen = random.choice(len(rows), int(len(rows) * plan.rows), replace=False)
        columns = [
            at for at in random.choice(len(edges), int(len(edges) * plan.columns), replace=False) if len(edges[at])
        ]
        sample = binned[np.ix_(columns, seen)].astype(np.intp)
        sizes = [len(edges[column]) for column in columns]
        found = _questions(sample, slope[seen], bend[seen], sizes, count=plan.questions)
        questions = [(columns[at], answer) for at, answer in found]
        leaf = _leaves(binned, questions)
        answers = 1 << plan.questions
        values = plan.rate * np.bincount(leaf, slope, answers) / (np.bincount(leaf, bend, answers) + _PULL)
        odds += values[leaf]
        columns_asked.append([column for column, _ in questions])
        thresholds.append([edges[column][at] for column, at in questions])
        leaves.append(values)
    return Trees(
        columns=np.array(columns_asked, np.intp),
        thresholds=np.array(thresholds, np.float32),
        values=np.array(leaves),
    )


def write_trees(trees: Trees, table: Path, names: Sequence[str], *, fitted_by: str) -> None:
    """Write `trees`, which ask about the columns called `names`, as read_trees() reads them."""
    lines = [f"# Trees that score lines, fitted by {fitted_by}: questions, then values."]
    for columns, thresholds, values in zip(trees.columns, trees.thresholds, trees.values, strict=True):
        asked = " | ".join(f"{names[at]} > {threshold!s}" for at, threshold in zip(columns, thresholds, strict=True))
        lines.append(f"{asked}\t{' '.join(f'{value:.4f}' for value in values)}")
    table.parent.mkdir(parents=True, exist_ok=True)
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"wrote {table.name}", flush=True)


def _questions(
    sample: NDArray[np.intp], slope: Floats, bend: Floats, edges: list[int], *, count: int
) -> list[tuple[int, int]]:
    """Give the questions of one tree, each the one that gains most over all branches so far."""
    leaf = np.zeros(sample.shape[1], np.intp)
    questions: list[tuple[int, int]] = []
    for depth in range(count):
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
