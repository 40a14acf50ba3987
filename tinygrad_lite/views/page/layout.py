"""Finds places for the boxes and arrows of a graph. Graphviz does it; what it draws is read back as numbers.

Flows in: the size of each box, and which boxes are joined by an arrow. Flows out: a `Layout`. No text of the user is used
here, so nothing has to be escaped; and the page can draw the boxes in its own way, with any version of Graphviz.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..drawing import render

INCH = 72  # points, in which boxes are measured; Graphviz measures in inches


class Rectangle(NamedTuple):
    """A rectangle: its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float


class Layout(NamedTuple):
    """All boxes by id; for each arrow the `d` of an SVG path; and the rectangle around everything."""

    boxes: dict[int, Rectangle]
    arrows: list[str]
    frame: Rectangle


def layout(sizes: Mapping[int, tuple[float, float]], arrows: Sequence[tuple[int, int]], margin: float = 8) -> Layout:
    """Lay out boxes of these sizes, from left to right along the arrows.

    >>> found = layout({0: (60, 40), 1: (60, 40)}, [(0, 1)])
    >>> found.boxes[0].x < found.boxes[1].x, found.arrows[0][0], len(found.arrows)
    (True, 'M', 1)
    """
    lines = ['digraph { rankdir=LR nodesep=0.3 ranksep=0.42 node [shape=box fixedsize=true label=""] edge [dir=none]']
    lines += ["nslimit=1"]  # so many rounds for each box are enough; without a limit, 250 boxes may take minutes
    lines += [f"{i} [width={width / INCH:.4f} height={height / INCH:.4f}]" for i, (width, height) in sizes.items()]
    lines += [f"{start} -> {end}" for start, end in arrows]
    boxes, paths, corners = dict[int, Rectangle](), defaultdict[tuple[int, int], list[str]](list), list[tuple[float, float]]()
    for line in render.render("\n".join([*lines, "}"]), "plain").decode().splitlines():
        kind, *words = line.split()
        if kind == "node":
            x, y, width, height = (INCH * float(word) for word in words[1:5])
            boxes[int(words[0])] = Rectangle(x - width / 2, -y - height / 2, width, height)
            corners += [(x - width / 2, -y - height / 2), (x + width / 2, -y + height / 2)]
        elif kind == "edge":  # the points that bend a curve count as its corners: it stays between them
            start, end, count, *numbers = words
            points = [(INCH * float(x), -INCH * float(y)) for x, y in zip(numbers[0 : 2 * int(count) : 2], numbers[1::2])]
            first, *rest = (f"{x:.2f},{y:.2f}" for x, y in points)
            paths[int(start), int(end)].append(f"M{first}C{' '.join(rest)}")
            corners += points
    (left, top), (right, bottom) = map(min, zip(*corners)), map(max, zip(*corners))
    frame = Rectangle(left - margin, top - margin, right - left + 2 * margin, bottom - top + 2 * margin)
    return Layout(boxes, [paths[start, end].pop(0) for start, end in arrows], frame)
