"""Draws the graph of a playground: a box for each value, with places for numbers that the script fills in.

Flows in: a `Graph`. Flows out: SVG. The box of a single number shows its value and its gradient as text. The box of an array
has two small plots, of its elements and of their gradients, and below each the smallest and the largest number.
"""

from __future__ import annotations

import html
from collections.abc import Mapping

from ...graphs.graph import Graph
from ...graphs.names import clean
from ...graphs.nodes import GraphNode
from ..page.layout import Rectangle, layout
from ..steps import forward_steps

WIDTH, PAD, LINE, PLOT = 104, 9, 16, 29  # of a box, the room around its words, a line of text, the height of a plot
LETTER = 7.3  # the width of a letter
LONGEST = "−0.0012 … −0.0034"  # of what is said of the elements of an array


def drawing(graph: Graph, names: Mapping[int, str]) -> str:
    """The graph as SVG. The value 7 has the texts ``value7`` and ``gradient7``; an array also has the paths of its plots."""
    formulas = {step.id: step.formula for step in forward_steps(graph)}
    kinds = {node.id: clean(formulas[node.id], 30) or kind_of(node) for node in graph.forward}
    sizes = {node.id: size_of(node, names[node.id], kinds[node.id]) for node in graph.forward}
    arrows = [(i, node.id) for node in graph.forward for i in node.uses]
    places = layout(sizes, arrows)
    drawn = [f'<path class="arrow" d="{d}"/>' for d in places.arrows]
    drawn += [box(node, names[node.id], kinds[node.id], places.boxes[node.id]) for node in graph.forward]
    frame = " ".join(f"{x:.1f}" for x in places.frame)
    opening = f'<svg id="graph" viewBox="{frame}" width="{places.frame.width:.0f}" role="group" aria-label="The graph">'
    return "\n".join([opening, TIP, *drawn, "</svg>"])


def kind_of(node: GraphNode) -> str:
    return "parameter" if node.wants_gradient else "data" if node.kind == "input" else node.kind


def size_of(node: GraphNode, name: str, formula: str) -> tuple[float, float]:
    letters = max(1.1 * len(name) + len(shape_of(node)) + 2, len(formula), len(LONGEST) if is_array(node) else 0)
    rows = 2 * PLOT + 2 * LINE if is_array(node) else 2 * LINE
    if not node.wants_gradient:
        rows //= 2
    return max(WIDTH, LETTER * letters + 2 * PAD), 2 * PAD + 2 * LINE + 4 + rows


def is_array(node: GraphNode) -> bool:
    return node.size > 1


def shape_of(node: GraphNode) -> str:
    return f"({', '.join(map(str, node.shape))}{',' * (len(node.shape) == 1)})" if node.shape else ""


def box(node: GraphNode, name: str, formula: str, at: Rectangle) -> str:
    """One box. The script finds its parts by their ids."""
    left, right, y, i = at.x + PAD, at.x + at.width - PAD, at.y + PAD + 11, node.id
    drawn = [f'<rect x="{at.x:.1f}" y="{at.y:.1f}" width="{at.width:.1f}" height="{at.height:.1f}" rx="5"/>']
    drawn += [text("name", left, y, name), text("shape", right, y, shape_of(node))]
    drawn.append(text("formula", left, y + LINE, formula))
    y += LINE + 7
    for kind in ("value", "gradient")[: 1 + node.wants_gradient]:
        if is_array(node):
            inside = f'<svg x="{left:.1f}" y="{y:.1f}" width="{right - left:.1f}" height="{PLOT - 5}" viewBox="0 0 100 100"'
            drawn.append(f'{inside} preserveAspectRatio="none"><path id="{kind}-plot{i}" class="plot-of {kind}"/></svg>')
            y += PLOT
        drawn.append(text(f"{kind} number", left, y + 11, "", f"{kind}{i}"))
        y += LINE
    classes = "box leaf" if node.wants_gradient and node.kind == "input" else "box"
    return f'<g class="{classes}">{"".join(drawn)}</g>'


def text(kind: str, x: float, y: float, words: str, id: str = "") -> str:
    name = f' id="{id}"' if id else ""
    return f'<text{name} class="{kind}" x="{x:.1f}" y="{y:.1f}">{html.escape(words)}</text>'


TIP = """<defs><marker id="tip" viewBox="0 0 10 10" refX="10" refY="5" markerWidth="8" markerHeight="8"
 markerUnits="userSpaceOnUse" orient="auto"><path d="M0,1L10,5L0,9z"/></marker></defs>"""
