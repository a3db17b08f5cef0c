"""make quality: is the work as good as it was? Scores on labelled news, beside a plain baseline where there is one.

    python -m tests.quality.gate [seeds|crowd|cluster|steady|text|html ...] [--pin [--allow-regression]]

The labelled sets are other people's texts and no part of this repository. They are looked for in the folder that
NEWSFOLD_DATASETS names, else in `../shared`: `seeds/`, `bench/cluster/`, `bench/extraction/`. Without them the gate
says so and fails: a gate that measures nothing keeps nothing.
Floors stand in floors.json; --pin raises them to what was measured (less what noise may take), and lowers one only
with --allow-regression.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from flows.loading.steps import run_load
from flows.progress import Watcher
from flows.settings import read_settings
from flows.telling.report import LoadReport
from storage.check import check
from storage.queries import get_story
from storage.reading import reading
from storage.views import StoryDetail
from tests.quality.baselines import minhash_lsh, tfidf_linkage
from tests.quality.coverage_sets import COVERAGE_SETS, read_labelled, read_rows, scorer
from tests.quality.extraction import html_scores, text_scores
from tests.quality.steadiness import candidate_recall, order_agreement

_FLOORS = Path(__file__).with_name("floors.json")
_SLACK = 0.002  # a pinned floor lies this much below what was measured
_SEED_HEAD = 3  # lines before the article in either seed: headlines, and one line of topics
_SEED_TAIL = "Related Articles"  # from there on the first seed is no article any more
_ORDERED = 1_500  # articles that arrive in other orders: more than a batch, within which the order is no matter
_APART = ("template", "sibling", "shared_furniture", "excerpt_host")  # kinds of texts that are no copies of others

Scores = dict[str, float]


@dataclass(frozen=True, slots=True)
class Data:
    """Where the labelled sets are, and what is asked of them."""

    root: Path
    is_alone: bool = False  # plain tools are not scored beside ours

    @property
    def seeds(self) -> Path:
        """The two page dumps of one event."""
        return self.root / "seeds"

    @property
    def cluster(self) -> Path:
        """Labelled groups of articles."""
        return self.root / "bench" / "cluster"

    @property
    def extraction(self) -> Path:
        """Pages and dumps with the article that is in them."""
        return self.root / "bench" / "extraction"


def main() -> int:
    """Run the gate; 1 when a score is under its floor, or there is nothing to score."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("part", nargs="*", choices=[[], *_PARTS], help="only these parts")
    asked.add_argument("--pin", action="store_true", help="raise the floors to what is measured")
    asked.add_argument("--allow-regression", action="store_true", help="with --pin: lower them too")
    asked.add_argument("--alone", action="store_true", help="without the plain tools, which no score depends on")
    args = asked.parse_args()
    data = Data(Path(os.environ.get("NEWSFOLD_DATASETS", "../shared")), is_alone=args.alone)
    missing = [str(folder) for folder in (data.seeds, data.cluster, data.extraction) if not folder.is_dir()]
    if missing:
        print(f"NO DATA, NOTHING MEASURED: {', '.join(missing)} not there; name their folder in NEWSFOLD_DATASETS")
        return 1
    scores: Scores = {}
    for part in args.part or _PARTS:
        print(f"\n== {part}", flush=True)
        scores |= _PARTS[part](data)
    if args.pin:
        return _pin(scores, lower=args.allow_regression)
    return _compare(scores)


def _seeds(data: Data) -> Scores:
    """Both seeds clean line by line, and one story; unchanged when loaded again."""
    with tempfile.TemporaryDirectory(prefix="newsfold-gate-") as folder:
        url = f"sqlite:///{folder}/seeds.db"
        _load([data.seeds], url)
        again = _load([data.seeds], url)
        stories = _stories(url)
        clean = all(
            variant.text == _expected_seed((data.seeds / variant.url).read_text(encoding="utf-8"))
            for story in stories
            for variant in story.variants
        )
        alone = _relations(stories) == [["canonical", "coverage"]]
        same = set(again.outcomes) == {"unchanged"} and again.met == 2
    print(f"  clean line by line: {clean}; one story, canonical and coverage: {alone}; second load unchanged: {same}")
    return {"seeds.clean": float(clean), "seeds.one_story": float(alone), "seeds.unchanged": float(same)}


def _crowd(data: Data) -> Scores:
    """Both seeds and nothing else in one story, when every other labelled article is loaded beside them."""
    with tempfile.TemporaryDirectory(prefix="newsfold-gate-") as folder:
        url = f"sqlite:///{folder}/crowd.db"
        files = sorted(data.cluster.glob("*.jsonl.gz"))
        report = _load([data.seeds, *files], url)
        with reading(url) as reader:
            rows = reader.rows("SELECT story_id FROM variant WHERE url LIKE '%.txt' AND source = 'seeds'")
            story = get_story(reader, rows[0][0])
        members = sorted(variant.source for variant in story.variants) if story else []
        problems = check(url)
    found = f"the seeds' story holds {members}; {problems or 'sound'}"
    print(f"  {report.met:,} documents, {report.stories:,} stories; {found}")
    return {"crowd.seeds_alone": float(members == ["seeds", "seeds"]), "crowd.sound": float(not problems)}


def _cluster(data: Data) -> Scores:
    """Copies and coverage, scored by the sets' own scorer, and under each what a plain tool reaches on it."""
    score = scorer(data.cluster).score
    scores: Scores = {}
    print(f"  {'set':16} {'ARI':>6} {'pair P':>7} {'pair R':>7} {'B3 P':>6} {'B3 R':>6} {'B3 F1':>6}")
    for name in ("copies", *COVERAGE_SETS):
        source = data.cluster / f"{name}.jsonl.gz"
        gold = {row["id"]: row["cluster"] for row in read_rows(source)}
        with tempfile.TemporaryDirectory(prefix="newsfold-gate-") as folder:
            url = f"sqlite:///{folder}/{name}.db"
            ordered = _in_date_order(source, Path(folder, f"{name}.jsonl"))
            _load([ordered], url)
            groups = _copy_groups(url) if name == "copies" else _story_groups(url)
        found = score(gold, groups)
        _show(name, found)
        if not data.is_alone:
            plain = minhash_lsh if name == "copies" else tfidf_linkage
            _show(f"  {plain.__name__}", plain(read_labelled(data.cluster, name).articles, partial(score, gold)))
        scores |= {f"cluster.{name}.ari": found["ARI"], f"cluster.{name}.b3": found["B3_F1"]}
        scores[f"cluster.{name}.precision"] = found["pair_P"]
        if name == "copies":
            scores |= _by_op(list(read_rows(source)), groups)
    return scores


def _show(name: str, found: Scores) -> None:
    shown = [found[key] for key in ("ARI", "pair_P", "pair_R", "B3_P", "B3_R", "B3_F1")]
    print(f"  {name:16} " + " ".join(f"{value:6.3f}" for value in shown), flush=True)


def _steady(data: Data) -> Scores:
    """How far other orders of arrival give the same stories, and whether the index finds all texts that are alike."""
    score = scorer(data.cluster).score
    articles = read_labelled(data.cluster, "allsides").articles[:_ORDERED]
    agreement = order_agreement(articles, lambda usual, other: float(score(usual, other)["ARI"]))
    recall = candidate_recall(read_labelled(data.cluster, "copies").articles)
    print(f"  ten shuffles: ARI {agreement:.3f} with the usual order; candidates among texts alike: {recall:.4f}")
    return {"steady.order": agreement, "steady.candidates": recall}


def _by_op(rows: list[dict[str, Any]], groups: dict[str, str]) -> Scores:  # Any: JSON
    """Score what was done to an article: how often it stays with its base, or, of another's text, stays apart."""
    bases = {row["cluster"]: groups[row["id"]] for row in rows if row["op"] == "base"}
    holders: dict[str, set[str]] = {}
    for row in rows:
        holders.setdefault(groups[row["id"]], set()).add(row["cluster"])
    right: dict[str, list[bool]] = {}
    for row in rows:
        if row["op"] in _APART:
            right.setdefault(f"{row['op']}.apart", []).append(len(holders[groups[row["id"]]]) == 1)
        elif row["op"] != "base" and row["cluster"] in bases:
            right.setdefault(f"{row['op']}.recall", []).append(groups[row["id"]] == bases[row["cluster"]])
    found = {name: sum(values) / len(values) for name, values in sorted(right.items())}
    print("    " + ", ".join(f"{name} {value:.3f}" for name, value in found.items()), flush=True)
    return {f"cluster.copies.{name}": value for name, value in found.items()}


def _text(data: Data) -> Scores:
    return text_scores(data.extraction, is_alone=data.is_alone)


def _html(data: Data) -> Scores:
    return html_scores(data.extraction, is_alone=data.is_alone)


_PARTS: dict[str, Callable[[Data], Scores]] = {
    "seeds": _seeds,
    "crowd": _crowd,
    "cluster": _cluster,
    "steady": _steady,
    "text": _text,
    "html": _html,
}


def _compare(scores: Scores) -> int:
    floors: Scores = json.loads(_FLOORS.read_text())
    under = [
        f"{name}: {value:.4f} is under its floor {floors[name]:.4f}"
        for name, value in scores.items()
        if value < floors.get(name, 0.0)
    ]
    unknown = sorted(scores.keys() - floors.keys())
    for line in under:
        print(f"UNDER: {line}")
    for name in unknown:
        print(f"NO FLOOR: {name}: {scores[name]:.4f}; pin it with --pin")
    print(f"\n{len(scores)} scores, {len(under)} under their floors, {len(unknown)} without one")
    return 1 if under or unknown else 0


def _pin(scores: Scores, *, lower: bool) -> int:
    floors: Scores = json.loads(_FLOORS.read_text()) if _FLOORS.exists() else {}
    for name, value in scores.items():
        floor = round(value - (0 if value == 1.0 else _SLACK), 4)
        if floor > floors.get(name, -1.0) or lower:
            floors[name] = floor
    _FLOORS.write_text(json.dumps(dict(sorted(floors.items())), indent=2) + "\n")
    print(f"pinned {len(scores)} floors in {_FLOORS.name}")
    return 0


def _load(paths: list[Path], url: str) -> LoadReport:
    settings = read_settings(database_url=url)
    return run_load([str(path) for path in paths], source=None, settings=settings, watch=Watcher())


def _stories(url: str) -> list[StoryDetail]:
    with reading(url) as reader:
        ids = [row[0] for row in reader.rows("SELECT id FROM story WHERE merged_into IS NULL ORDER BY id")]
        return [story for story in (get_story(reader, number) for number in ids) if story]


def _relations(stories: list[StoryDetail]) -> list[list[str]]:
    return [sorted(variant.relation for variant in story.variants) for story in stories]


def _expected_seed(dump: str) -> str:
    """Give the article in a seed: without the lines before it, and without the tail that some have."""
    lines = [" ".join(line.split()) for line in dump.split("\n") if line.strip()]
    tail = lines.index(_SEED_TAIL) if _SEED_TAIL in lines else len(lines)
    return "\n".join(lines[_SEED_HEAD:tail])


def _story_groups(url: str) -> dict[str, str]:
    with reading(url) as reader:
        return {url.partition("#")[2]: str(story) for url, story in reader.stream("SELECT url, story_id FROM variant")}


def _copy_groups(url: str) -> dict[str, str]:
    with reading(url) as reader:
        rows = reader.stream("SELECT url, coalesce(copy_of, id) FROM variant")
        return {url.partition("#")[2]: str(head) for url, head in rows}


def _in_date_order(source: Path, target: Path) -> Path:
    """Write the documents as they would arrive, known by their ids alone."""
    rows = sorted(read_rows(source), key=lambda row: row.get("date") or "")
    kept = ("id", "title", "text", "date", "source", "lang")
    lines = [json.dumps({key: row[key] for key in kept if row.get(key) is not None}) for row in rows]
    target.write_text("\n".join(lines), encoding="utf-8")
    return target


if __name__ == "__main__":
    sys.exit(main())
