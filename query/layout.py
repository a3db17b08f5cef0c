"""Tables without lines, in colour on a terminal, plain and uncut in a pipe.

Rich's own table takes a second for a thousand rows: it wraps every cell. Here only the last column is ever wrapped,
and stands below the others where they leave no room for it.
"""

import sys
from collections.abc import Iterator
from typing import TypeAlias

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from ingest.safe import visible

Cell: TypeAlias = str | Text

PIPE_CHARS = 100_000  # as wide as a line in a pipe may be: nothing is wrapped
_WIDE = 120  # from this width on, there is room for what matters less
_GAP = "  "
_LEAST_ROOM = 20  # for the last column; where there is less it stands below the others
_BELOW = " " * 4


class Grid:
    """Rows of cells below heads; a head that ends in ">" is of numbers."""

    def __init__(self, *heads: str, has_head: bool = True) -> None:
        self._rows: list[list[Cell]] = [[Text(head.removesuffix(">"), style="dim") for head in heads]]
        self._has_head = has_head
        self._is_number = [head.endswith(">") for head in heads]
        self._widths = [0] * len(heads)

    def widen(self, *widths: int) -> None:
        """Make the first columns so wide at least: the same in every table of a listing."""
        self._widths[: len(widths)] = widths

    def row(self, *cells: Cell) -> None:
        """Add a row."""
        self._rows.append([visible(cell) if isinstance(cell, str) else cell for cell in cells])

    def lines(self, console: Console, width: int) -> Iterator[list[Cell]]:
        """Give the rows as lines that fit, where that can be, each in pieces."""
        rows = self._rows if self._has_head else self._rows[1:]
        sizes = [[_chars(cell) for cell in row] for row in rows]
        widths = [max(column) for column in zip(self._widths, *sizes, strict=True)]
        before = sum(widths[:-1]) + len(_GAP) * (len(widths) - 1)
        is_below = len(widths) > 1 and width - before < min(_LEAST_ROOM, widths[-1])
        before = len(_BELOW) if is_below else before
        room = max(width - before, _LEAST_ROOM)
        for row, chars in zip(rows, sizes, strict=True):
            line: list[Cell] = []
            for cell, size, most, is_number in zip(row[:-1], chars, widths, self._is_number, strict=False):
                padding = " " * (most - size)
                line += (padding, cell, _GAP) if is_number else (cell, padding, _GAP)
            if is_below:
                if any(chars[:-1]):
                    yield line
                if not chars[-1]:
                    continue
                line = [_BELOW]
            if chars[-1] <= room:
                yield [*line, row[-1]]
                continue
            last = row[-1] if isinstance(row[-1], Text) else Text(row[-1])
            first, *more = last.wrap(console, room, overflow="fold")
            yield [*line, first]
            for rest in more:
                yield [" " * before, rest]


def show_grid(grid: Grid, *, indent: int = 0) -> None:
    """Print a grid."""
    terminal = console()
    margin = " " * indent
    lines = grid.lines(terminal, terminal.width - indent)
    if terminal.is_terminal:
        # At once: each print costs as much as ten lines.
        terminal.print(Text("\n").join(Text.assemble(margin, *line) for line in lines), soft_wrap=True)
    else:
        sys.stdout.writelines(f"{margin}{''.join(map(str, line))}".rstrip() + "\n" for line in lines)


def show_line(strong: str, rest: str = "", *, style: str = "dim") -> None:
    """Print a line, its first part bold."""
    console().print(Text.assemble((strong, "bold"), (rest, style)), soft_wrap=True)


def is_wide() -> bool:
    """Whether there is room beside what matters most."""
    return console().width >= _WIDE


def console() -> Console:
    """Give what is printed on."""
    width = None if sys.stdout.isatty() else PIPE_CHARS
    return Console(file=sys.stdout, width=width, highlight=False, markup=False, emoji=False)


def _chars(cell: Cell) -> int:
    return cell_len(cell) if isinstance(cell, str) else cell.cell_len
