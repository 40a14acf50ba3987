"""Where the boxes and arrows of a graph go. Graphviz finds out; what it draws is read back as numbers.

Flows in: the size of each box, and which boxes are joined by an arrow. Flows out: a `Layout`. Nothing that users wrote comes
by here, so nothing has to be escaped; and boxes may look as the page wants them to, whichever Graphviz there is.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..drawing import render

SVG = "{http://www.w3.org/2000/svg}"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


class Box(NamedTuple):
    """A rectangle: its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float


class Layout(NamedTuple):
    """All boxes by id; for each arrow the `d` of an SVG path; and the rectangle around everything."""

    boxes: dict[int, Box]
    arrows: list[str]
    frame: Box


def layout(sizes: Mapping[int, tuple[float, float]], arrows: Sequence[tuple[int, int]], margin: float = 8) -> Layout:
    """Lay out boxes of these sizes, from left to right along the arrows.

    >>> found = layout({0: (60, 40), 1: (60, 40)}, [(0, 1)])
    >>> found.boxes[0].x < found.boxes[1].x, found.arrows[0][0], len(found.arrows)
    (True, 'M', 1)
    """
    lines = ['digraph { rankdir=LR nodesep=0.3 ranksep=0.42 node [shape=box fixedsize=true label=""] edge [dir=none]']
    lines += ["nslimit=1"]  # so many rounds for each box are enough; without a limit, 250 boxes may take minutes
    lines += [f"{i} [id=box{i} width={width / 72:.4f} height={height / 72:.4f}]" for i, (width, height) in sizes.items()]
    lines += [f"{start} -> {end} [id=arrow{i}]" for i, (start, end) in enumerate(arrows)]
    root = ElementTree.fromstring(render.render("\n".join([*lines, "}"]), "svg"))
    groups = {group.get("id"): group for group in root.iter(SVG + "g")}
    boxes, paths, corners = dict[int, Box](), list[str](), list[tuple[float, float]]()
    for i in sizes:
        points = points_in(groups[f"box{i}"], "polygon", "points")
        (left, top), (right, bottom) = map(min, zip(*points)), map(max, zip(*points))
        boxes[i] = Box(left, top, right - left, bottom - top)
        corners += points
    for i in range(len(arrows)):
        corners += points_in(groups[f"arrow{i}"], "path", "d")
        paths.append(groups[f"arrow{i}"].find(SVG + "path").get("d", ""))  # type: ignore[union-attr]
    (left, top), (right, bottom) = map(min, zip(*corners)), map(max, zip(*corners))
    return Layout(boxes, paths, Box(left - margin, top - margin, right - left + 2 * margin, bottom - top + 2 * margin))


def points_in(group: ElementTree.Element, shape: str, attribute: str) -> list[tuple[float, float]]:
    """The points of what is drawn in a group of the picture. Those that bend a curve count: it stays between them."""
    element = group.find(SVG + shape)
    assert element is not None
    numbers = [float(text) for text in NUMBER.findall(element.get(attribute, ""))]
    return list(zip(numbers[::2], numbers[1::2]))
