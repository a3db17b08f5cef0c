"""Lines drawn as SVG, by hand: nothing that draws is a dependency."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 900, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 190, 20, 50
_COLOURS = ("#1b6ca8", "#d1495b", "#3a7d44", "#8a5a9e", "#c77d0a", "#4b4b4b")
_TICKS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line and its name."""

    name: str
    points: tuple[tuple[float, float], ...]


def drawn(lines: Sequence[Line], *, x: str, y: str) -> str:
    """Give the picture of lines over one another, from zero on both axes; `x` and `y` name these.

    >>> drawn([Line(name="a", points=((0, 1), (2, 3)))], x="x", y="y").count("<polyline")
    1
    """
    most_x = max((at for line in lines for at, _ in line.points), default=1) or 1
    most_y = 1.1 * max((value for line in lines for _, value in line.points), default=1) or 1
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" font-family="sans-serif"']
    parts[0] += ' font-size="12"><rect width="100%" height="100%" fill="white"/>'
    parts += [_tick_x(most_x * tick / _TICKS, most_x) for tick in range(_TICKS + 1)]
    parts += [_tick_y(most_y * tick / _TICKS, most_y) for tick in range(_TICKS + 1)]
    parts.append(f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2}" y="{_HEIGHT - 10}">{escape(x)}</text>')
    parts.append(f'<text x="15" y="{_HEIGHT / 2}" transform="rotate(-90 15 {_HEIGHT / 2})">{escape(y)}</text>')
    for number, line in enumerate(lines):
        colour = _COLOURS[number % len(_COLOURS)]
        points = " ".join(f"{_x(at, most_x):.1f},{_y(value, most_y):.1f}" for at, value in line.points)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        place = _TOP + 20 + 20 * number
        parts.append(f'<text x="{_WIDTH - _RIGHT + 12}" y="{place}" fill="{colour}">{escape(line.name)}</text>')
    return "\n".join([*parts, "</svg>"])


def _x(at: float, most: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * at / most


def _y(value: float, most: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * value / most


def _tick_x(at: float, most: float) -> str:
    return f'<text x="{_x(at, most):.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">{at:,.0f}</text>'


def _tick_y(value: float, most: float) -> str:
    place = _y(value, most)
    line = f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{place:.1f}" y2="{place:.1f}" stroke="#ddd"/>'
    return f'{line}<text x="{_LEFT - 6}" y="{place + 4:.1f}" text-anchor="end">{value:,.0f}</text>'
