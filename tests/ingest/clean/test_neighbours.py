"""What the line model is told of the lines around a line."""

import numpy as np

from ingest.clean.blocks import read_lines
from ingest.clean.neighbours import NAMES, neighbours
from ingest.clean.page import parse
from tests.ingest.clean.documents import page


def test_a_line_hears_of_those_around_it() -> None:
    """Each line has the odds of its neighbours, and the share of likely lines among those of its kind."""
    lines = read_lines(parse(page(), "page").tree)
    asked = np.arange(1, len(lines))
    odds = np.array([3.0, 2.0, 1.0])

    rows = neighbours(lines, asked, odds, np.ones(len(lines), bool))

    assert rows.shape == (len(lines), len(NAMES))
    assert rows[:, NAMES.index("odds")].tolist() == [-5.0, 3.0, 2.0, 1.0]
    assert rows[2, [NAMES.index("odds -1"), NAMES.index("odds +1")]].tolist() == [3.0, 1.0]
    assert rows[2, NAMES.index("odds of the kind")] > 0.8
