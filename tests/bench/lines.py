"""Lines drawn as SVG, by hand: nothing that draws is a dependency."""

import math
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
    ticks_x = ticks(max((at for line in lines for at, _ in line.points), default=1) or 1)
    ticks_y = ticks(max((value for line in lines for _, value in line.points), default=1) or 1)
    most_x, most_y = ticks_x[-1], ticks_y[-1]
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" font-family="sans-serif"']
    parts[0] += ' font-size="12"><rect width="100%" height="100%" fill="white"/>'
    parts += [_tick_x(at, most_x) for at in ticks_x]
    parts += [_tick_y(value, most_y) for value in ticks_y]
    below, beside = (_LEFT + _WIDTH - _RIGHT) / 2, (_TOP + _HEIGHT - _BOTTOM) / 2
    parts.append(f'<text x="{below}" y="{_HEIGHT - 10}" text-anchor="middle">{escape(x)}</text>')
    turned = f'transform="rotate(-90 15 {beside})" text-anchor="middle"'
    parts.append(f'<text x="15" y="{beside}" {turned}>{escape(y)}</text>')
    for number, line in enumerate(lines):
        colour = _COLOURS[number % len(_COLOURS)]
        points = " ".join(f"{_x(at, most_x):.1f},{_y(value, most_y):.1f}" for at, value in line.points)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        place = _TOP + 20 + 20 * number
        parts.append(f'<text x="{_WIDTH - _RIGHT + 12}" y="{place}" fill="{colour}">{escape(line.name)}</text>')
    return "\n".join([*parts, "</svg>"])


def ticks(most: float) -> list[float]:
    """Give round numbers from 0 to `most` or a little beyond, about _TICKS steps.

    >>> ticks(19_500)
    [0.0, 5000.0, 10000.0, 15000.0, 20000.0]
    """
    rough = most / _TICKS
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * part for part in (1, 2, 5, 10) if unit * part >= rough)
    return [step * number for number in range(math.ceil(most / step) + 1)]


def _x(at: float, most: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * at / most


def _y(value: float, most: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * value / most


def _tick_x(at: float, most: float) -> str:
    return f'<text x="{_x(at, most):.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">{at:,.10g}</text>'


def _tick_y(value: float, most: float) -> str:
    place = _y(value, most)
    line = f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{place:.1f}" y2="{place:.1f}" stroke="#ddd"/>'
    return f'{line}<text x="{_LEFT - 6}" y="{place + 4:.1f}" text-anchor="end">{value:,.10g}</text>'
