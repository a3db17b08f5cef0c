"""A file of thresholds: what `newsfold tune` replays and `newsfold maintain` applies."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from ingest.cluster.replay import LEAST_COPY, LEAST_COVERAGE, Thresholds

_LEAST = {"copy": LEAST_COPY, "coverage": LEAST_COVERAGE}


class ThresholdsProblem(ValueError):
    """Thresholds that cannot be used; `str()` is one line: the file, the name and the remedy."""


def read_thresholds(path: Path) -> dict[str, float]:
    """Give the thresholds that a file names: `copy = 0.8` and `coverage = 0.45`, or one of them.

    Raises ThresholdsProblem.
    """
    if path == Path():  # of no name at all
        raise ThresholdsProblem("--settings: name a file that says copy = 0.8, coverage = 0.45, or one of them")
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ThresholdsProblem(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if not told or told.keys() - _LEAST.keys():
        unknown = ", ".join(sorted(told.keys() - _LEAST.keys())) or "nothing"
        raise ThresholdsProblem(f"{path}: give copy = 0.8, coverage = 0.45 or both, not {unknown}")
    return {name: _threshold(f"{path}: {name}", name, value) for name, value in told.items()}


def thresholds_of(said: Mapping[str, float], *, holding: Thresholds) -> Thresholds:
    """Give the thresholds said, and those that hold where nothing was said.

    Raises ThresholdsProblem.
    """
    known = {name: _threshold(name, name, value) for name, value in said.items()}
    return Thresholds(copy=known.get("copy", holding.copy), coverage=known.get("coverage", holding.coverage))


def _threshold(where: str, name: str, value: object) -> float:
    least = _LEAST[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= 1:
        raise ThresholdsProblem(f"{where}: give a number from {least:g} to 1, not {value!r}")
    return float(value)
