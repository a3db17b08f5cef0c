"""What a person sees, on a terminal and in a pipe."""

import os
import pty
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from ingest.safe import visible
from query.layout import Grid, console
from storage import tables
from tests.query.conftest import ask_newsfold
from tests.storage.stories import NOON, add, replace, run, variant

LONG = "A headline that is much longer than the line of the terminal that it is shown on, by far"


def _on_terminal(*words: str, url: str, columns: int, **environment: str) -> str:
    """Give what `newsfold *words` writes to a terminal of so many columns."""
    program = [sys.executable, "-c", "import newsfold; newsfold.main()", *words]
    env = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "COLUMNS": str(columns), **environment}
    child, terminal = pty.fork()
    if child == 0:
        os.execvpe(sys.executable, program, env | {"NEWSFOLD_DATABASE_URL": url, "PYTHONPATH": str(Path.cwd())})
    written = b""
    try:
        while piece := os.read(terminal, 4096):
            written += piece
    except OSError:  # how Linux says that the terminal was closed
        pass
    os.close(terminal)
    os.waitpid(child, 0)
    return written.decode()


def test_a_pipe_gets_plain_text_uncut(own_url: str) -> None:
    """Without a terminal a line has no colour, no padding at its end and all of the title."""
    replace(own_url, variant(21, 2, title=LONG))

    lines = ask_newsfold("stories", url=own_url).lines

    assert lines[2].endswith(LONG)
    assert not [line for line in lines if line != line.rstrip() or "\x1b" in line]


def test_a_terminal_gets_colour_and_lines_that_fit(own_url: str) -> None:
    """On a terminal long titles are wrapped in their column, none is cut."""
    replace(own_url, variant(21, 2, title=LONG))

    plain = _on_terminal("stories", url=own_url, columns=80, NO_COLOR="1")
    coloured = _on_terminal("runs", url=own_url, columns=160)

    assert all(len(line) <= 80 for line in plain.replace("\x1b[2m", "").replace("\x1b[0m", "").splitlines())
    assert "by far" in plain
    assert "\x1b[33mpartly" in coloured


def test_no_color_is_honoured(own_url: str) -> None:
    """NO_COLOR leaves no colour on a terminal."""
    assert "\x1b[33m" not in _on_terminal("runs", url=own_url, columns=160, NO_COLOR="1")


@pytest.mark.parametrize("columns", [80, 200])
def test_every_address_is_shown_whole(own_url: str, columns: int) -> None:
    """Beside the title where the terminal is wide, below it where it is not."""
    written = _on_terminal("stories", "--variants", url=own_url, columns=columns, NO_COLOR="1")

    for number, source in ((11, "northwire"), (12, "harbour-post"), (13, "lowland-ledger")):
        assert f"https://{source}.example/{number}" in written


def test_markup_in_a_headline_is_text(own_url: str) -> None:
    """Square brackets, emoji names and control characters in a title are shown as they are."""
    replace(own_url, variant(21, 2, title="[red]Sale[/red] :smile: \x1b[2J\x9b1m"))

    line = ask_newsfold("stories", url=own_url).lines[2]

    assert line.endswith(r"[red]Sale[/red] :smile: \x1b[2J\x9b1m")


def test_a_run_that_failed_says_why_below(own_url: str) -> None:
    """The reason of a failure stands under the run."""
    replace(own_url, run(2, error="disk full: make room and load again"))

    lines = ask_newsfold("runs", url=own_url).lines

    assert lines[1].split()[:3] == ["2", "load", "failed"]
    assert lines[2].strip() == "disk full: make room and load again"


@pytest.mark.parametrize(("silent_s", "state"), [(200, "silent"), (20_000, "lost")])
def test_a_run_that_says_nothing_says_since_when_below(own_url: str, silent_s: int, state: str) -> None:
    """A run that was killed outright is not shown as one that goes on: its last sign of life stands under it."""
    seen = datetime.now(UTC) - timedelta(seconds=silent_s)
    replace(own_url, run(2, seen_at=seen))

    lines = ask_newsfold("runs", url=own_url).lines

    assert lines[1].split()[:3] == ["2", "load", state]
    assert lines[2].strip() == f"no sign of life since {seen:%Y-%m-%d %H:%M}"


def test_a_long_answer_of_a_source_is_wrapped(own_url: str, tmp_path: Path) -> None:
    """On a narrow terminal what a source last answered is shown whole, in lines that fit, and its state in colour."""
    path = tmp_path / "sources.toml"
    path.write_text('[[source]]\nkey = "gazette"\nfeed = "https://gazette.example/feed"\n')
    said: Any = {"failures": 3.0, "refusals": 0, "outcome": "unreachable", "detail": f"{LONG}: connection refused"}
    add(own_url, tables.Poll(source="gazette", polled_at=NOON, failing_since=NOON, **said))

    written = _on_terminal("sources", "list", url=own_url, columns=80, NEWSFOLD_SOURCES=str(path))

    plain = re.sub("\x1b\\[[0-9]*m", "", written).splitlines()
    assert all(len(line) <= 80 for line in plain)
    assert "connection refused (failures: 3)" in " ".join(word for line in plain[1:-1] for word in line.split())
    assert "\x1b[31mfailing" in written


def test_titles_stand_below_where_there_is_no_room_beside(own_url: str) -> None:
    """On a phone's terminal a headline has the whole width below its story, and not a column that does not fit."""
    replace(own_url, variant(21, 2, title=LONG))

    written = _on_terminal("stories", url=own_url, columns=60)

    plain = re.sub("\x1b\\[[0-9]*m", "", written).splitlines()
    titles = [line for line in plain if line.startswith("    A headline")]
    assert titles
    assert all(len(line.rstrip()) <= 60 for line in plain)


@given(
    st.lists(st.lists(st.text("ab \x1b漢", max_size=30), min_size=3, max_size=3), max_size=6),
    st.integers(0, 120),
)
def test_a_grid_loses_no_word(rows: list[list[str]], width: int) -> None:
    """Whatever the cells and the width, all of them are there, in columns; only the last one takes several lines."""
    grid = Grid("first", "second>", "third")
    for row in rows:
        grid.row(*row)

    lines = [Text.assemble(*line) for line in grid.lines(console(), width)]

    shown = "".join("".join(line.plain.split()) for line in lines)
    assert shown == "firstsecondthird" + "".join("".join(visible(cell).split()) for row in rows for cell in row)
    before = sum(
        max(cell_len(head), *(cell_len(visible(row[place])) for row in rows), 0) + 2
        for place, head in enumerate(("first", "second"))
    )
    assert all(line.cell_len <= max(width, before + 20) for line in lines)
