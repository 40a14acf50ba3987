"""Draws the loss and the metrics over the epochs.

Flows in: columns of numbers. Flows out: SVG with all lines, in which the script moves a mark; and the heights of the lines
at each epoch that the page has.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from .plots import BOX, Axis, around, path, percent, plot, steps

SPAN = 20  # a factor between losses that is drawn on a logarithmic scale
LONGEST = 1000  # points of a line; of a longer training, evenly chosen epochs are joined


class Chart(NamedTuple):
    """A chart as HTML; and for each line its height at each step of the page, in percent from the top, or None."""

    html: str
    heights: list[list[float | None]]


def chart(
    name: str, title: str, epochs: Sequence[int], lines: Mapping[str, Sequence[float | None]], chosen: Sequence[int], x: Axis,
    style: int,
) -> Chart:  # fmt: skip
    """Lines over the epochs, each with its name.

    chosen: the rows of the columns that the page has as steps; -1 for the state before the training
    style:  the number of the colour and the dashes of the first line; the others follow
    """
    values = {line: np.array([np.nan if v is None else v for v in column], float) for line, column in lines.items()}
    y = height_axis(list(values.values()))
    rows = np.unique(np.linspace(0, len(epochs) - 1, min(len(epochs), LONGEST)).round().astype(int))
    along = np.asarray(x.place(np.asarray(epochs, float)))
    heights = [[top(y, column[row]) if row >= 0 else None for row in chosen] for column in values.values()]
    inside = [
        f'<clipPath id="{name}-past"><rect class="past" x="-9" y="-500" width="{BOX + 18}" height="{2 * BOX}"/></clipPath>'
    ]
    under, over = list[str](), ['<line class="here" x1="100%" x2="100%" y1="0" y2="100%"/>']
    for i, (line, column) in enumerate(values.items(), style):
        d = path(along[rows], y.place(column)[rows])
        inside.append(f'<path class="line ahead line{i}" d="{d}"/>')
        inside.append(f'<path class="line line{i}" clip-path="url(#{name}-past)" d="{d}"/>')
        under.append(odd_epochs(along, lines[line]))
    for i, places in enumerate(heights, style):
        at = f'cy="{places[-1]}%"' if places[-1] is not None else 'visibility="hidden"'
        over.append(f'<circle class="dot dot{i}" r="4.5" cx="100%" {at}/>')
    label = f"{title} over the epochs{', on a logarithmic scale' if y.log else ''}: {', '.join(lines)}"
    ticks = steps(x.low, x.high, whole=True)
    svg = plot(name, label, x, y, ["epoch"], "".join(inside), "".join(over), "".join(under), ticks)
    legend = "".join(f'<li><span class="sample line{i}"></span> {html.escape(n)}</li>' for i, n in enumerate(lines, style))
    legend = f'<ul class="legend">{legend}</ul>' if len(lines) > 1 else ""
    remarks = [next(iter(lines))] * (len(lines) == 1 and style > 0) + ["logarithmic scale"] * y.log
    remark = f' <span class="quiet">({", ".join(remarks)})</span>' if remarks else ""
    head = f'<div class="head"><h2>{html.escape(title)}{remark}</h2>{legend}</div>'
    return Chart(f'<div class="chart">{head}<div class="area">{svg}</div></div>', heights)


def height_axis(columns: list[np.ndarray]) -> Axis:
    """Logarithmic if positive numbers span more than a factor of 20; otherwise from 0, if that is not far below."""
    found = np.concatenate(columns)
    found = found[np.isfinite(found)]
    if found.size and found.min() > 0 and found.max() > SPAN * found.min():
        room = (found.max() / found.min()) ** 0.04
        return Axis(float(found.min() / room), float(found.max() * room), log=True)
    axis = around([found])
    if found.size and 0 <= found.min() < 0.6 * found.max():
        axis = Axis(0.0, axis.high)
    return Axis(axis.low, 1.0) if found.size and 0.9 < found.max() <= 1 and found.min() >= 0 else axis  # a share of all


def top(axis: Axis, value: float) -> float | None:
    return round(100 * (1 - float(axis.place(value))), 2) if np.isfinite(value) else None


def odd_epochs(along: np.ndarray, column: Sequence[float | None]) -> str:
    """The epochs whose number is not finite: a shade over them, with the word."""
    drawn, start = list[str](), 0
    half = (along[1] - along[0]) / 2 if len(along) > 1 else 0.05
    for end in range(1, len(column) + 1):
        if end == len(column) or word(column[end]) != word(column[start]):
            if kind := word(column[start]):
                left, right = max(0.0, along[start] - half), min(1.0, along[end - 1] + half)
                drawn.append(f'<rect class="odd" x="{percent(left)}" width="{percent(right - left)}" y="0" height="100%"/>')
                drawn.append(f'<text class="odd-word" x="{percent((left + right) / 2)}" y="14">{kind}</text>')
            start = end
    return "".join(drawn)


def word(x: float | None) -> str:
    return "" if x is None or np.isfinite(x) else "nan" if np.isnan(x) else "inf"
