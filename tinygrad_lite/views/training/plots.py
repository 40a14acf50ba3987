"""Draws a frame with ticks for curves, fields and charts, which takes the width that the page gives it.

Flows in: numbers. Flows out: SVG. Positions are percentages, and paths are in a box of 1000 × 1000 that is stretched, so
that letters and lines have the same size on a phone and on a wide screen.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..words import number

BOX = 1000  # the width and the height of the box that paths are in


class Axis(NamedTuple):
    """The numbers from `low` to `high` along one side of a plot, evenly or by their logarithms."""

    low: float
    high: float
    log: bool = False

    def place(self, x: Any) -> Any:
        """How far along the axis a number is: 0 at its beginning, 1 at its end."""
        with np.errstate(all="ignore"):
            low, high, x = (np.log10(v) for v in (self.low, self.high, x)) if self.log else (self.low, self.high, x)
            return (x - low) / (high - low)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """The numbers that are written at the axis, each with its text."""
        ticks = decades(self.low, self.high) if self.log else steps(self.low, self.high)
        return [(x, text_of(x)) for x in ticks]


def text_of(x: float) -> str:
    """A tick in few letters, with a proper minus."""
    return number(x).replace("e-0", "e-").replace("e+0", "e").replace("-", "−")


def steps(low: float, high: float, most: int = 6, whole: bool = False) -> list[float]:
    """Round numbers at equal distances: multiples of 1, 2 or 5 times a power of ten.

    >>> steps(0.0, 47.0)
    [0.0, 10.0, 20.0, 30.0, 40.0]
    """
    rough = (high - low) / most
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * unit for factor in (1, 2, 5, 10) if factor * unit >= rough * (1 - 1e-9))
    step = max(step, 1.0) if whole else step
    return [float(f"{step * i:.12g}") for i in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def decades(low: float, high: float) -> list[float]:
    """Powers of ten, not more than six of them; with their doubles and halves if there are only few.

    >>> decades(0.02, 300.0), decades(0.3, 2.5)
    ([0.1, 1.0, 10.0, 100.0], [0.5, 1.0, 2.0])
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    every = -(-(last - first) // 6)
    factors = (1, 2, 5) if high < 100 * low else (1,)
    ticks = [float(f"{factor}e{k}") for k in range(first, last + 1) for factor in factors if k % every == 0]
    return [tick for tick in ticks if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]


def around(numbers: Iterable[Any], margin: float = 0.05) -> Axis:
    """An axis for all finite ones of these numbers, with some room at both ends."""
    found = np.concatenate([np.ravel(np.asarray(n, float)) for n in numbers] or [np.zeros(0)])
    found = found[np.isfinite(found)]
    low, high = (float(found.min()), float(found.max())) if found.size else (0.0, 1.0)
    room = margin * (high - low) if high > low else 0.5 * abs(high) or 1.0
    return Axis(low - room, high + room)


def percent(place: float) -> str:
    return f"{100 * place:.4g}%"


def path(x: Any, y: Any) -> str:
    """The `d` of a line through points that are given by their places, upwards; it is broken where one is not finite."""
    parts, pen = list[str](), "M"
    for px, py in zip(np.asarray(x, float), np.asarray(y, float)):
        if math.isfinite(px) and math.isfinite(py):
            parts.append(f"{pen}{BOX * px:.0f},{BOX * (1 - py):.0f}")
            pen = "L"
        else:
            pen = "M"
    return "".join(parts)


def plot(
    name: str, label: str, x: Axis, y: Axis, titles: Sequence[str], inside: str, over: str, under: str = "",
    x_ticks: Sequence[float] = (),
) -> str:  # fmt: skip
    """A frame with ticks.

    name:    the id of the element
    label:   what those are told who do not see it
    titles:  those of the axes, x first
    inside:  what is in the box that is stretched; `over` and `under` are not
    x_ticks: instead of those that the axis chooses
    """
    drawn = [under]
    for tick, text in y.ticks:
        at = percent(1 - y.place(tick))
        drawn.append(f'<line class="grid" x1="0" x2="100%" y1="{at}" y2="{at}"/>')
        drawn.append(f'<text class="tick y" x="0" dx="-8" y="{at}" dy="0.35em">{text}</text>')
    for tick, text in [(t, text_of(t)) for t in x_ticks] or x.ticks:
        at = percent(x.place(tick))
        drawn.append(f'<line class="grid" x1="{at}" x2="{at}" y1="0" y2="100%"/>')
        drawn.append(f'<text class="tick x" x="{at}" y="100%" dy="19">{text}</text>')
    x_title, y_title = map(html.escape, (*titles, "")[:2])
    drawn.append(f'<text class="title" x="100%" y="100%" dy="36">{x_title}</text>')
    drawn.append(f'<text class="title y" x="0" y="0" dy="-7">{y_title}</text>' if y_title else "")
    return (
        f'<svg id="{name}" class="plot" role="img" aria-label="{html.escape(label)}">{"".join(drawn)}\n'
        f'<svg class="inside" viewBox="0 0 {BOX} {BOX}" preserveAspectRatio="none" width="100%" height="100%">{inside}</svg>'
        f"{over}</svg>"
    )
