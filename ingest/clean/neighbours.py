"""What a first look made of the lines around a line: what the line model is told when it looks again."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.clean.blocks import Line
from ingest.clean.sheet import weight
from ingest.clean.sums import grouped, sum_of
from ingest.clean.windows import Floats, around, shifted

_LIMIT = 5.0  # log odds; a line that was not asked about has the least
_SHIFTS = (-3, -2, -1, 1, 2, 3)
_WINDOWS = (2, 5, 12)
_LONG = 60  # characters
_BASE = 10  # characters that every line counts more than it has
_GROUPS = ("of the kind", "of the block", "of the parent", "of the grandparent")
NAMES = (
    "odds",
    *(f"odds {by:+}" for by in _SHIFTS),
    *(f"odds around {reach}" for reach in _WINDOWS),
    *(f"odds {group}" for group in _GROUPS),
    "odds of the long around",
    "likely before",
    "likely in all",
    "likely of the held",
    "unsure",
)


def neighbours(
    lines: Sequence[Line], asked: NDArray[np.intp], odds: Floats, held: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Give one row for each line, one column for each of NAMES; `odds` are those of the lines `asked` about."""
    known = np.full(len(lines), -_LIMIT)
    known[asked] = np.clip(odds, -_LIMIT, _LIMIT)
    chance = 1 / (1 + np.exp(-known))
    size = np.array([weight(line.text) + _BASE for line in lines], np.float64)
    likely, long = size * chance, size > _LONG + _BASE
    total = max(1.0, float(likely.sum()))
    groups = (
        grouped([line.kind for line in lines]),
        grouped([line.block for line in lines]),
        grouped([line.path[-2:-1] for line in lines]),
        grouped([line.path[-3:-2] for line in lines]),
    )
    columns = [
        known,
        *(shifted(known.astype(np.float32), by) for by in _SHIFTS),
        *(_others(around(likely, reach), around(size, reach), likely, size) for reach in _WINDOWS),
        *(_others(sum_of(group, likely), sum_of(group, size), likely, size) for group in groups),
        around(likely * long, _WINDOWS[-1]) / np.maximum(1, around(size * long, _WINDOWS[-1])),
        (np.cumsum(likely) - likely) / total,
        np.full(len(lines), np.log1p(total)),
        np.full(len(lines), total / max(1.0, float((size * held).sum()))),
        np.full(len(lines), float((likely * (1 - chance)).sum()) / total),
    ]
    return np.array(columns, np.float32).T.reshape(len(lines), len(NAMES))


def _others(part: Floats, whole: Floats, own_part: Floats, own: Floats) -> Floats:
    """Give the share of `part` in `whole` without the line itself."""
    return np.asarray((part - own_part) / np.maximum(1, whole - own))
