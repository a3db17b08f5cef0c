"""Fit the model of ingest/cluster/coverage.py on labelled news, and score it on sets that it has not seen.

    python -m tests.quality.train_coverage   prints scores, and writes ingest/cluster/coverage.toml

A logistic model over pairs of candidates, Newton's method in NumPy; each set weighs the same. Before the model of all
sets is written, each set is loaded under a model that was fitted without it, and scored: thresholds and weights must
hold for other outlets, years and subjects. The thresholds are no part of the fit: they stand in coverage.toml.
The sets are looked for as the gate does: in the folder that NEWSFOLD_DATASETS names, else in `../shared`.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select

from ingest.cluster import coverage
from ingest.cluster.coverage import FEATURES, SHIPPED, Model, score_pairs
from storage import tables
from storage.candidates import Vectors, event_candidates
from storage.database import reading
from storage.segments import Segments
from storage.tables import core
from tests.quality.coverage_sets import COVERAGE_SETS, Labelled, read_labelled, scorer, stored

_VARIANT = core(tables.Variant)
_TABLE = Path(coverage.__file__).with_name("coverage.toml")
_PULL = 1e-4  # of the weights, in standard deviations, towards 0
_STEPS = 40

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Candidates of one set: their features, and which of them report the same event."""

    rows: Floats  # a row a pair, a column for each of FEATURES
    same: Floats  # 1 or 0


def main() -> int:
    """Fit, score and write the model."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--dry", action="store_true", help="score, and write nothing")
    dry = asked.parse_args().dry
    folder = Path(os.environ.get("NEWSFOLD_DATASETS", "../shared")) / "bench" / "cluster"
    sets = {name: read_labelled(folder, name) for name in COVERAGE_SETS}
    pairs = {name: _pairs(labelled) for name, labelled in sets.items()}
    for name, found in pairs.items():
        print(f"{name:12} {len(found.same):,} pairs, {int(found.same.sum()):,} of one event", flush=True)
    print("left out, scored under the model of the others:  pairs AP | ARI, pair P, pair R, B3")
    for name, labelled in sets.items():
        model = fit([pairs[other] for other in sets if other != name])
        print(f"  {name:12} {_scored(folder, labelled, pairs[name], model)}", flush=True)
    model = fit(list(pairs.values()))
    print("the model of all sets:")
    for name, labelled in sets.items():
        print(f"  {name:12} {_scored(folder, labelled, pairs[name], model)}", flush=True)
    if not dry:
        _write(model)
    return 0


def fit(pairs: Sequence[Pairs]) -> Model:
    """Fit a logistic model, with the thresholds of the shipped one."""
    rows = np.concatenate([part.rows for part in pairs])
    same = np.concatenate([part.same for part in pairs])
    shares = np.concatenate([np.full(len(part.same), 1 / len(part.same) / len(pairs)) for part in pairs])
    middle, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    design = np.column_stack(((rows - middle) / spread, np.ones(len(rows))))
    pull = np.diag([_PULL] * len(FEATURES) + [0.0])
    weights = np.zeros(len(FEATURES) + 1)
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        slope = design.T @ (shares * (chance - same)) + pull @ weights
        bend = (design.T * (shares * chance * (1 - chance))) @ design + pull
        step = np.linalg.solve(bend + 1e-10 * np.eye(len(weights)), slope)
        weights -= step
        if np.abs(step).max() < 1e-7:
            break
    plain = weights[:-1] / spread
    bias = float(weights[-1] - plain @ middle)
    return replace(SHIPPED, weights=tuple(round(float(weight), 3) for weight in plain), bias=round(bias, 3))


def _pairs(labelled: Labelled) -> Pairs:
    """Give the candidates among a set's articles as they are found, under the counts of all of them."""
    with stored(labelled.articles) as engine, reading(engine) as db:
        segments = Segments()
        segments.refresh(db)
        columns = select(_VARIANT.c.id, _VARIANT.c.url, func.coalesce(_VARIANT.c.copy_of, _VARIANT.c.id))
        spoken = columns.where(_VARIANT.c.text_key != 0, _VARIANT.c.twin_of.is_(None)).order_by(_VARIANT.c.id)
        known = {number: (labelled.gold[url], group) for number, url, group in db.execute(spoken)}
        vectors = Vectors(db, segments, db.scalar(select(func.max(_VARIANT.c.id))) or 0)
        vectors.read(known)
        found = event_candidates(Segments(), vectors, list(known))  # of an empty index: each finds those before it
        ends = [(one, other) for one, others in found.items() for other in others if known[one][1] != known[other][1]]
        scores = score_pairs([(vectors[one], vectors[other]) for one, other in ends])
    same = [float(known[one][0] == known[other][0]) for one, other in ends]
    return Pairs(np.array([score.features for score in scores]), np.array(same))


def _scored(folder: Path, labelled: Labelled, pairs: Pairs, model: Model) -> str:
    """Load a set under `model`, and give its scores in one line."""
    order = np.argsort(-(pairs.rows @ np.array(model.weights)), kind="stable")
    hits = pairs.same[order]
    average = float((np.cumsum(hits) / np.arange(1, len(hits) + 1) * hits).sum() / hits.sum())
    with stored(labelled.articles, model=model) as engine, reading(engine) as db:
        groups = {url: str(story) for url, story in db.execute(select(_VARIANT.c.url, _VARIANT.c.story_id))}
    found = scorer(folder).score(labelled.gold, groups)
    return f"{average:.3f} | " + " ".join(f"{found[key]:.3f}" for key in ("ARI", "pair_P", "pair_R", "B3_F1"))


def _write(model: Model) -> None:
    """Put the name, bias and weights into coverage.toml; its comments and thresholds stay."""
    told = dict(zip(FEATURES, model.weights, strict=True)) | {"bias": model.bias}
    lines = _TABLE.read_text(encoding="utf-8").splitlines()
    for place, line in enumerate(lines):
        key = line.partition("=")[0].strip()
        if key in told:
            lines[place] = f"{key} = {told[key]}"
    _TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"written: {_TABLE.name}")


if __name__ == "__main__":
    sys.exit(main())
