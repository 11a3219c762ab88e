"""Charts as inline SVG: points, lines and stacked bars on axes. Shapes differ where colours do."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

from results.render.style import COLOURS

WIDTH, HEIGHT = 440, 290
LEFT, RIGHT, TOP, BOTTOM = 60, 14, 14, 44
ROOM = 0.4
"""Share of a logarithmic axis that is left free for the label of the last point."""

LINE = 15
"""Pixels between lines of text."""

DASHES = ("", "6 3", "2 3", "8 3 2 3", "1 4", "10 4", "4 2 1 2", "12 3")


@dataclass(frozen=True)
class Point:
    """A value with its interval; `low` and `high` may be NaN."""

    x: float
    y: float
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True)
class Axes:
    """A rectangle of values drawn into a rectangle of pixels."""

    x_low: float
    x_high: float
    y_low: float
    y_high: float
    logarithmic: bool = False

    def x(self, value: float) -> float:
        """Pixel of a value along x."""
        low, high, at = self.x_low, self.x_high, value
        if self.logarithmic:
            low, high, at = math.log10(low), math.log10(high), math.log10(value)
        return round(LEFT + (at - low) / (high - low) * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        """Pixel of a value along y, upwards."""
        share = (value - self.y_low) / (self.y_high - self.y_low)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    def frame(self, x_label: str, y_label: str, x_ticks: Sequence[float], *, percent: bool) -> str:
        """Axes, grid lines and labels."""
        bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
        parts = [f'<path class="axis" d="M{LEFT} {TOP}V{bottom}H{right}"/>']
        for tick in nice_ticks(self.y_low, self.y_high):
            at = self.y(tick)
            label = f"{tick:.0%}" if percent else f"{tick:g}"
            parts.append(f'<path class="tick" d="M{LEFT} {at}H{right}"/>')
            parts.append(text(LEFT - 6, at + 4, label, anchor="end", soft=True))
        parts += [
            text(self.x(tick), bottom + 16, f"{tick:g}", anchor="middle", soft=True) for tick in x_ticks
        ]
        parts.append(text((LEFT + right) / 2, HEIGHT - 8, x_label, anchor="middle"))
        middle = (TOP + bottom) / 2
        turn = f'transform="rotate(-90 13 {middle})"'
        parts.append(f'<text x="13" y="{middle}" text-anchor="middle" {turn}>{html.escape(y_label)}</text>')
        return "".join(parts)


def nice_ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers from `low` to `high`, about so many."""
    span = high - low
    if span <= 0:
        return [low]
    power = 10.0 ** math.floor(math.log10(span / about))
    step = next(power * factor for factor in (1, 2, 5, 10) if span / (power * factor) <= about)
    first = math.ceil(low / step - 1e-9)
    return [round(count * step, 12) for count in range(first, math.floor(high / step + 1e-9) + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten between `low` and `high`, with their multiples by 2 and 5, or 3, where they are few."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    factors = (1, 2, 5) if len(powers) <= 3 else (1, 3) if len(powers) <= 5 else (1,)
    values = [factor * 10.0**power for power in powers for factor in factors]
    return [float(f"{value:.6g}") for value in values if low <= value <= high]


def text(x: float, y: float, words: str, *, anchor: str = "start", soft: bool = False) -> str:
    """A label at a pixel."""
    kind = ' class="soft"' if soft else ""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{kind}>{html.escape(words)}</text>'


def marker(x: float, y: float, place: int, size: float = 5) -> str:
    """The mark of a series: its colour and its shape."""
    s = size
    shapes = (
        f"M{x - s} {y}a{s} {s} 0 1 0 {2 * s} 0a{s} {s} 0 1 0 {-2 * s} 0z",
        f"M{x - s} {y - s}h{2 * s}v{2 * s}h{-2 * s}z",
        f"M{x} {y - s - 1}l{s + 1} {2 * s}h{-2 * s - 2}z",
        f"M{x} {y - s - 1}l{s + 1} {s + 1}l{-s - 1} {s + 1}l{-s - 1} {-s - 1}z",
        f"M{x} {y + s + 1}l{s + 1} {-2 * s}h{-2 * s - 2}z",
    )
    return f'<path d="{shapes[place % len(shapes)]}" fill="{colour(place)}"/>'


def colour(place: int) -> str:
    """Of the series at a place."""
    return COLOURS[place % len(COLOURS)]


def error_bar(axes: Axes, point: Point, place: int, shift: float = 0.0) -> str:
    """Interval of a point, where it has one."""
    if math.isnan(point.low) or math.isnan(point.high):
        return ""
    x = axes.x(point.x) + shift
    path = f"M{x:g} {axes.y(point.low)}V{axes.y(point.high)}"
    return f'<path d="{path}" stroke="{colour(place)}" stroke-width="1.6" opacity=".55" fill="none"/>'


def svg(body: str, title: str, *, width: float = WIDTH, height: float = HEIGHT, fixed: bool = False) -> str:
    """A drawing with a title for those who cannot see it; a fixed one does not shrink with the page."""
    kind = ' class="fixed"' if fixed else ""
    return (
        f'<svg{kind} xmlns="http://www.w3.org/2000/svg" role="img" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}"><title>{html.escape(title)}</title>{body}</svg>'
    )


def figure(drawing: str, caption: str) -> str:
    """A drawing with words below."""
    return f"<figure>{drawing}<figcaption>{html.escape(caption)}</figcaption></figure>"


def scatter(series: dict[str, Point], x_label: str, title: str) -> str:
    """One labelled point a name over a logarithmic x, and the line of those that no other one beats."""
    values = [point.x for point in series.values()]
    low = min(values) / 1.6
    high = max(values) * max(3.0, (max(values) / low) ** ROOM)
    axes = Axes(low, high, 0.0, 1.0, logarithmic=True)
    parts = [axes.frame(x_label, "success", log_ticks(low, high), percent=True)]
    best = frontier(list(series.values()))
    if len(best) > 1:
        steps = "".join(f"H{axes.x(point.x)}V{axes.y(point.y)}" for point in best[1:])
        start = f"M{axes.x(best[0].x)} {axes.y(best[0].y)}"
        parts.append(f'<path class="axis" stroke-dasharray="4 3" d="{start}{steps}"/>')
    taken: list[tuple[float, float]] = []
    for place, (name, point) in enumerate(series.items()):
        x, y = axes.x(point.x), axes.y(point.y)
        parts += [error_bar(axes, point, place), marker(x, y, place)]
        parts.append(text(x + 9, free(y + 4, x, taken), name))
    return svg("".join(parts), title)


def free(y: float, x: float, taken: list[tuple[float, float]]) -> float:
    """A height near `y` at which a label beside `x` covers no earlier one; remembers it."""
    for shift in (0, -LINE, LINE, -2 * LINE, 2 * LINE, -3 * LINE, 3 * LINE):
        at = y + shift
        inside = TOP < at < HEIGHT - BOTTOM
        if inside and all(abs(at - other) >= LINE - 2 or abs(x - near) > 110 for near, other in taken):
            taken.append((x, at))
            return at
    return y


def frontier(points: Sequence[Point]) -> list[Point]:
    """Points that are better than all cheaper ones, by rising cost."""
    best: list[Point] = []
    for point in sorted(points, key=lambda point: (point.x, -point.y)):
        if not best or point.y > best[-1].y:
            best.append(point)
    return best


def lines(
    series: dict[str, list[Point]], x_label: str, y_label: str, title: str, *, percent: bool, marks: bool
) -> str:
    """One line a name, with intervals where points have them; y begins at 0."""
    points = [point for line in series.values() for point in line]
    x_low, x_high = min(point.x for point in points), max(point.x for point in points)
    top = 1.0 if percent else max(point.y for point in points) * 1.05
    margin = max(x_high - x_low, 1) * 0.05 if marks else 0.0
    axes = Axes(x_low - margin, max(x_high, x_low + 1) + margin, 0.0, top)
    ticks = nice_ticks(x_low, x_high)
    parts = [axes.frame(x_label, y_label, ticks, percent=percent)]
    for place, line in enumerate(series.values()):
        shift = (place - (len(series) - 1) / 2) * 4 if marks else 0.0
        path = "L".join(f"{axes.x(point.x) + shift:g} {axes.y(point.y)}" for point in line)
        dash = f' stroke-dasharray="{DASHES[place % len(DASHES)]}"' if DASHES[place % len(DASHES)] else ""
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour(place)}" stroke-width="2"{dash}/>')
        if marks:
            parts += [error_bar(axes, point, place, shift) for point in line]
            parts += [marker(axes.x(point.x) + shift, axes.y(point.y), place, 4) for point in line]
    return svg("".join(parts), title)


def legend(names: Sequence[str], *, dashes: bool = False) -> str:
    """The names with their marks, as a line that wraps."""
    items = []
    for place, name in enumerate(names):
        dash = f' stroke-dasharray="{DASHES[place % len(DASHES)]}"' if DASHES[place % len(DASHES)] else ""
        line = f'<path d="M0 8H26" stroke="{colour(place)}" stroke-width="2" fill="none"{dash}/>'
        sign = line if dashes else line + marker(13, 8, place, 4)
        items.append(f'<span class="key">{svg(sign, name, width=26, height=16)}{html.escape(name)}</span>')
    return f'<p class="keys">{"".join(items)}</p>'


def bars(rows: dict[str, list[float]], parts_names: Sequence[str], unit: str, title: str) -> str:
    """One bar a name, stacked from parts (same order as `parts_names`), with its sum."""
    step, left = 26, 118
    height = TOP + step * len(rows) + BOTTOM
    most = max(sum(values) for values in rows.values()) or 1.0
    scale = (WIDTH - left - 66) / most
    drawn = []
    for row, (name, values) in enumerate(rows.items()):
        y, x = TOP + row * step, float(left)
        drawn.append(text(left - 8, y + 14, name, anchor="end"))
        for place, value in enumerate(values):
            wide = value * scale
            kind = f'fill="{colour(place)}" stroke="var(--paper)"'
            drawn.append(f'<path d="M{x:.1f} {y}h{wide:.1f}v18h{-wide:.1f}z" {kind}/>' if wide > 0.2 else "")
            x += wide
        drawn.append(text(x + 5, y + 14, f"{sum(values):,.1f} {unit}", soft=True))
    x = float(left)
    for place, name in enumerate(parts_names):
        label = f'<path d="M{x:g} {height - 24}h10v10h-10z" fill="{colour(place)}"/>'
        drawn.append(label + text(x + 14, height - 15, name))
        x += 26 + 6.6 * len(name)
    return svg("".join(drawn), title, width=max(WIDTH, x), height=height)
