"""Fit the model of ingest/cluster/coverage.py on labelled news, and score it on sets that it has not seen.

    python -m tests.quality.train_coverage                       prints scores, and writes ingest/cluster/coverage.toml
    python -m tests.quality.train_coverage --embeddings FOLDER   fits what meanings weigh, and writes nothing

Two logistic models over pairs of candidates, Newton's method in NumPy: one of pairs whose dates are known, one of the
others. Both are fitted on the candidates that articles have in a crowd, all sets loaded together: once as they are,
once with their dates hidden; the second also on the sets that have no dates, each alone, so that it learns what the
size of the crowd changes. Articles of two sets report two events, unless both are dated, and within days.
Before the model of all sets is written, each set is loaded under a model that was fitted without its articles, and
scored: thresholds and weights must hold for other outlets, years and subjects. The thresholds are no part of the fit:
they stand in coverage.toml.
With a model of words (ingest/cluster/embeddings.py), all other weights are held: what a cosine of two meanings adds is
one weight more, and the cosine from which it is positive.
The sets are looked for as the gate does: in the folder that NEWSFOLD_DATASETS names, else in `../shared`.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, func, select

from ingest.cluster import weights as shipped
from ingest.cluster.coverage import PairScore, crowd_of, score_pairs
from ingest.cluster.embeddings import Embedder, read_embedder
from ingest.cluster.weights import FEATURES, SHIPPED, Model
from storage import tables
from storage.database import reading
from storage.indexes.events import Vectors, event_candidates
from storage.indexes.segments import Segments
from storage.tables import core
from tests.quality.coverage_sets import COVERAGE_SETS, Labelled, read_labelled, scorer, stored

_VARIANT = core(tables.Variant)
_TABLE = Path(shipped.__file__).with_name("coverage.toml")
_PULL = 1e-4  # of the weights, in standard deviations, towards 0
_STEPS = 40
_CROWD_WITH = "copies"  # articles that are in the crowd, too, of which no pair is labelled
_NEAR_HOURS = 240.0  # two articles of two sets, published so near one another, may report one event
_CAUTION, _UNDATED_CAUTION = 0.85, 0.7  # a pair of two events weighs so many of one, dated or not
_TIMES = [FEATURES.index(name) for name in ("days", "weeks", "months")]
_UNDATED, _CROWD, _MEANING = (FEATURES.index(name) for name in ("undated", "crowd", "meaning"))
_HELD = [FEATURES.index("few"), _MEANING]  # weights that no set tells anything of

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Candidates: their features, which of them report the same event, and of which sets they are."""

    rows: Floats  # a row a pair, a column for each of FEATURES
    same: Floats  # 1 or 0
    sets: NDArray[np.str_]  # of both articles: a row a pair
    crowds: Floats  # what "crowd" is, or would be were the pair undated

    def without(self, name: str | None) -> "Pairs":
        """Give the pairs that no article of a set is in."""
        kept = np.flatnonzero((self.sets != (name or "")).all(axis=1))
        return Pairs(self.rows[kept], self.same[kept], self.sets[kept], self.crowds[kept])

    def undated(self) -> "Pairs":
        """Give the pairs as they are when nothing is known of the time between."""
        rows = self.rows.copy()
        rows[:, _TIMES] = 0
        rows[:, _UNDATED] = 1
        rows[:, _CROWD] = self.crowds
        return Pairs(rows, self.same, self.sets, self.crowds)


def main() -> int:
    """Fit, score and write the model."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--dry", action="store_true", help="score, and write nothing")
    asked.add_argument(
        "--embeddings", type=Path, metavar="FOLDER", help="fit the weight of this model's meanings alone"
    )
    said = asked.parse_args()
    folder = Path(os.environ.get("NEWSFOLD_DATASETS", "../shared")) / "bench" / "cluster"
    sets = {name: read_labelled(folder, name) for name in COVERAGE_SETS}
    if said.embeddings:
        _try_meanings(folder, sets, read_embedder(said.embeddings))
        return 0
    pairs = {name: _pairs({name: labelled}) for name, labelled in sets.items()}
    crowd = _pairs({_CROWD_WITH: read_labelled(folder, _CROWD_WITH)} | sets).without(_CROWD_WITH)
    for name, found in (pairs | {"crowd": crowd}).items():
        print(f"{name:12} {len(found.same):,} pairs, {int(found.same.sum()):,} of one event", flush=True)
    parts = [crowd, crowd.undated(), *pairs.values()]
    print("left out, scored under the model of the others:  pairs AP | ARI, pair P, pair R, B3")
    for name, labelled in sets.items():
        print(f"  {name:12} {_scored(folder, labelled, pairs[name], fit(parts, without=name))}", flush=True)
    model = fit(parts)
    print("the model of all sets:")
    for name, labelled in sets.items():
        print(f"  {name:12} {_scored(folder, labelled, pairs[name], model)}", flush=True)
    if not said.dry:
        _write(model)
    return 0


def fit(parts: Sequence[Pairs], *, without: str | None = None) -> Model:
    """Fit both models, with the thresholds of the shipped one; the pairs of each part weigh the same together."""
    left = [part.without(without) for part in parts]
    rows = np.concatenate([part.rows for part in left])
    same = np.concatenate([part.same for part in left])
    shares = np.concatenate([np.full(len(part.same), 1 / max(len(part.same), 1)) for part in left])
    undated = rows[:, _UNDATED] > 0
    shares[same == 0] *= np.where(undated, _UNDATED_CAUTION, _CAUTION)[same == 0]
    dated_row, bias = _logistic(rows[~undated], same[~undated], shares[~undated])
    undated_row, undated_bias = _logistic(rows[undated], same[undated], shares[undated])
    undated_row[_UNDATED] = undated_bias - bias
    dated_row[_HELD], undated_row[_HELD] = np.array(SHIPPED.weights)[_HELD], np.array(SHIPPED.undated)[_HELD]
    weights, unsaid = (tuple(round(float(weight), 3) for weight in row) for row in (dated_row, undated_row))
    return replace(SHIPPED, weights=weights, undated=unsaid, bias=round(bias, 3))


def _try_meanings(folder: Path, sets: Mapping[str, Labelled], embedder: Embedder) -> None:
    """Print what meanings weigh when all other weights are held, and what each set scores without and with them."""
    pairs = {name: _pairs({name: labelled}, embedder) for name, labelled in sets.items()}
    print("each set, fitted on the others:  pairs AP | ARI, pair P, pair R, B3")
    for name, labelled in sets.items():
        model = fit_meaning([part for other, part in pairs.items() if other != name])
        print(f"  {name:12} without      {_scored(folder, labelled, pairs[name], SHIPPED)}", flush=True)
        print(f"  {'':12} as shipped   {_scored(folder, labelled, pairs[name], SHIPPED, embedder)}", flush=True)
        print(f"  {'':12} as fitted    {_scored(folder, labelled, pairs[name], model, embedder)}", flush=True)
    model = fit_meaning(list(pairs.values()))
    print(f"of all sets: meaning = {model.weights[_MEANING]}, usual = {model.usual}")


def fit_meaning(parts: Sequence[Pairs]) -> Model:
    """Fit what a cosine of two meanings adds to what the shipped model says of a pair; each part weighs the same."""
    rows = np.concatenate([part.rows for part in parts])
    same = np.concatenate([part.same for part in parts])
    shares = np.concatenate([np.full(len(part.same), 1 / (len(part.same) * len(parts))) for part in parts])
    cosines = rows[:, _MEANING] + SHIPPED.usual
    undated = rows[:, _UNDATED] > 0
    shares[same == 0] *= np.where(undated, _UNDATED_CAUTION, _CAUTION)[same == 0]
    rows[:, _MEANING] = 0
    held = np.where(undated, rows @ np.array(SHIPPED.undated), rows @ np.array(SHIPPED.weights)) + SHIPPED.bias
    design, found = np.column_stack((cosines, np.ones(len(cosines)))), np.zeros(2)
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(held + design @ found, -30, 30)))
        bend = (design.T * (shares * chance * (1 - chance))) @ design + 1e-9 * np.eye(2)
        found -= np.linalg.solve(bend, design.T @ (shares * (chance - same)))
    weight, usual = (round(float(value), 3) for value in (found[0], -found[1] / found[0]))
    weights, unsaid = ((*row[:_MEANING], weight, *row[_MEANING + 1 :]) for row in (SHIPPED.weights, SHIPPED.undated))
    return replace(SHIPPED, weights=weights, undated=unsaid, usual=usual)


def _logistic(rows: Floats, same: Floats, shares: Floats) -> tuple[Floats, float]:
    """Fit the weights of the columns and the bias; a column that is the same in all rows weighs nothing."""
    middle, spread = rows.mean(axis=0), rows.std(axis=0)
    spread[spread < 1e-9] = np.inf
    shares = shares / shares.sum()
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
    return plain, float(weights[-1] - plain @ middle)


def _pairs(sets: Mapping[str, Labelled], embedder: Embedder | None = None) -> Pairs:
    """Give the candidates among articles of sets loaded together, as each batch of articles found them."""
    watched = _Watched({url: (name, group) for name, part in sets.items() for url, group in part.gold.items()})
    articles = [article for part in sets.values() for article in part.articles]
    with stored(articles, embedder=embedder, watch=watched.add):
        return Pairs(*(np.array(each) for each in (watched.rows, watched.same, watched.sets, watched.crowds)))


@dataclass(slots=True)
class _Watched:
    """The candidates of the articles stored so far."""

    gold: Mapping[str, tuple[str, str]]  # by URL, an article's set and group
    rows: list[tuple[float, ...]] = field(default_factory=list)
    same: list[float] = field(default_factory=list)
    sets: list[tuple[str, str]] = field(default_factory=list)
    crowds: list[float] = field(default_factory=list)
    _before: Segments = field(default_factory=Segments)  # as the index was when the last batch came
    _last: int = 0

    def add(self, engine: Engine) -> None:
        """Add the candidates of the batch that was stored last, under the counts that it was decided by."""
        with reading(engine) as db:
            segments = Segments()
            segments.refresh(db)
            columns = select(_VARIANT.c.id, _VARIANT.c.url, func.coalesce(_VARIANT.c.copy_of, _VARIANT.c.id))
            spoken = columns.where(_VARIANT.c.shingles != 0, _VARIANT.c.twin_of.is_(None)).order_by(_VARIANT.c.id)
            known = {number: (self.gold[url], group) for number, url, group in db.execute(spoken)}
            vectors = Vectors(db, segments, db.scalar(select(func.max(_VARIANT.c.id))) or 0)
            vectors.read(known)
            found = event_candidates(self._before, vectors, [number for number in known if number > self._last])
            ends = [(one, other) for one, others in found.items() for other in others]
            scores = score_pairs([(vectors[one], vectors[other]) for one, other in ends])
            self._before.refresh(db)
            self._last = vectors.variants
        for (one, other), score in zip(ends, scores, strict=True):
            (mine, group), (theirs, their_group) = known[one], known[other]
            if group != their_group and (mine[0] == theirs[0] or not _is_near(score)):
                self.rows.append(score.features)
                self.same.append(float(mine == theirs))
                self.sets.append((mine[0], theirs[0]))
                self.crowds.append(crowd_of(vectors.articles))


def _is_near(score: PairScore) -> bool:
    return score.hours is not None and score.hours < _NEAR_HOURS


def _scored(folder: Path, labelled: Labelled, pairs: Pairs, model: Model, embedder: Embedder | None = None) -> str:
    """Load a set under `model`, and give its scores in one line."""
    undated = pairs.rows[:, _UNDATED] > 0
    odds = np.where(undated, pairs.rows @ np.array(model.undated), pairs.rows @ np.array(model.weights))
    order = np.argsort(-odds, kind="stable")
    hits = pairs.same[order]
    average = float((np.cumsum(hits) / np.arange(1, len(hits) + 1) * hits).sum() / hits.sum())
    with stored(labelled.articles, model=model, embedder=embedder) as engine, reading(engine) as db:
        groups = {url: str(story) for url, story in db.execute(select(_VARIANT.c.url, _VARIANT.c.story_id))}
    found = scorer(folder).score(labelled.gold, groups)
    return f"{average:.3f} | " + " ".join(f"{found[key]:.3f}" for key in ("ARI", "pair_P", "pair_R", "B3_F1"))


def _write(model: Model) -> None:
    """Put the bias and both rows of weights into coverage.toml; its comments and thresholds stay."""
    rows = {
        "weights": dict(zip(FEATURES, model.weights, strict=True)),
        "undated": dict(zip(FEATURES, model.undated, strict=True)),
        "": {"bias": model.bias},
    }
    row, lines = "", _TABLE.read_text(encoding="utf-8").splitlines()
    for place, line in enumerate(lines):
        key = line.partition("=")[0].strip()
        if line.startswith("["):
            row = line[1 : line.index("]")]
        elif key in rows.get(row, {}):
            lines[place] = f"{key} = {rows[row][key]}"
    _TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"written: {_TABLE.name}")


if __name__ == "__main__":
    sys.exit(main())
