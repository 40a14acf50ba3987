"""draw() shows a computation as a picture.

Flows in: a Tensor, or a `Graph`. Flows out: a `Drawing`, which notebooks display, and which can be saved as SVG, PNG, PDF, or
as text for Graphviz (.dot) and Mermaid (.mmd).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from ... import messages
from ...autograd import Handle, Node
from ...graphs.building import is_entry
from ...graphs.elements import Index, chosen, follow
from ...graphs.graph import Graph
from ...graphs.names import labels, value_called
from ...graphs.paths import Chain, Paths, can_follow, chain, paths
from ..asking import graph_of
from . import render
from .dot import dot
from .folding import READABLE, Folding
from .mermaid import mermaid
from .painting import paint
from .tidying import tidied

LARGEST = 20  # times max_nodes: beyond that a graph is not even folded
LISTED = 6  # paths


def draw(
    what: Any,
    path: str | os.PathLike[str] | None = None,
    *,
    wrt: Any = None,
    depth: int | None = None,
    fold: bool | None = None,
    backward: bool = False,
    max_nodes: int = 2000,
    direction: str = "LR",
) -> Drawing:
    """Draw a computation, left to right, with names, shapes, values and gradients.

    what:      a Tensor of any shape and dtype, or a Graph: ``tg.trace(f)(*args)``, which also knows the functions that values
               were made in. Arrays of other libraries are drawn without their numbers.
    path:      also write the picture there; its suffix chooses the format: .svg .png .pdf, or text: .dot (.gv), .mmd
    wrt:       a name in the drawing, or a leaf: highlight every path from it to the result, a single number, with the slope
               of each use, and show what each path contributes to the gradient. In arrays one element is followed, the
               first or the one that is named, ``wrt="w1[0, 3]"``; it contributes the product of the slopes along its path
    depth:     how many functions inside functions are opened; 0 shows each as one box. If it is not given, all are opened
    fold:      if several equal rounds follow each other, show one, and how many there are. If it is not given, graphs of more
               than 60 values are folded; in a graph of more than `max_nodes` values, functions are closed as well
    backward:  also draw the backward pass, below the computation: how every gradient was computed, and from what
    max_nodes: the largest number of values to draw. A graph with more than 20 times as many raises an error before folding
    direction: "LR", or "TB" from top to bottom

    If a value has several uses, each arrow shows what came back along it, and the box shows the sum. If an argument was
    broadcast to the shape of others, its arrow widens, and the gradient that comes back is summed, Σ. A gradient that does
    not exist yet is shown as –, not as 0.

    Returns a `Drawing`, which notebooks display. Raises TypeError for anything but a Tensor or Graph, ValueError for a graph
    that is too large, for another suffix or direction, and for `backward` with a Graph that was traced without it; KeyError
    for a `wrt` that is not in the graph, IndexError for an element of it that is not there.

    >>> import tinygrad_lite as tg
    >>> x = tg.Tensor(3.0, name="x")
    >>> drawing = draw(x * x)
    >>> drawing.source.count("->")      # two arrows from x to the product, one from there to its value
    3
    """
    if path is not None:
        render.format_of(path)
    if direction not in ("LR", "TB"):
        raise messages.no_direction(direction)
    if depth is not None and depth < 0:
        raise messages.no_depth(depth)
    refuse_too_large(what, fold, max_nodes)
    graph, id_of = graph_of(what, "draw(backward=True)", backward)
    graph = tidied(graph)
    start, at = (None, None) if wrt is None else value_called(graph, wrt, id_of)
    folding = folded(graph, depth, fold, backward, max_nodes, start)
    picture = paint(folding, labels(graph), *(() if start is None else paths_and_chains(graph, start, at)))
    drawing = Drawing(dot(picture, direction), mermaid(picture, direction))
    if path is not None:
        drawing.save(path)
    return drawing


class Drawing:
    """A drawn graph: `source` is its DOT text, `mermaid` that for Mermaid; `save` and `render` make pictures of it."""

    def __init__(self, source: str, mermaid: str = "") -> None:
        self.source, self.mermaid = source, mermaid

    def __repr__(self) -> str:
        return f"<Drawing: {len(self.source.splitlines())} lines of DOT in .source; .save('graph.svg') makes a picture>"

    def render(self, format: str = "svg") -> bytes:
        """The picture as bytes: svg, png, pdf; or dot, mermaid for text. Raises RuntimeError where no program can make it."""
        return self.mermaid.encode() if format == "mermaid" else render.render(self.source, format)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture; return where. If no program can make it, the DOT text is written beside it as .dot."""
        path = Path(path)
        try:
            path.write_bytes(self.render(render.format_of(path)))
        except messages.NoRenderer as error:
            path = path.with_suffix(".dot")
            path.write_text(self.source, encoding="utf-8")
            print(f"Wrote the graph as text to {path}. {error}", file=sys.stderr)
        return path

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What a notebook shows: the picture; where there is no program to make it, the text. It never raises."""
        try:
            return {"image/svg+xml": self.render("svg").decode(), "text/plain": repr(self)}
        except Exception as error:
            return {"text/plain": f"{error}\n\n{self.source}"}


# --- what is drawn ------------------------------------------------------------------------------------------------------


def refuse_too_large(what: Any, fold: bool | None, max_nodes: int) -> None:
    """Refuse a graph that is far too large, before anything is done with it."""
    limit = LARGEST * max_nodes
    if isinstance(what, Graph) and len(what) > limit:
        raise messages.too_large_to_draw(f"{len(what):,}", max_nodes)
    if fold is False:  # what was not traced has no functions to close either
        limit = max_nodes
    if isinstance(what, Handle) and is_larger(what.node, limit):
        raise messages.too_large_to_draw(f"more than {limit:,}", max_nodes)


def is_larger(node: Node | None, limit: int) -> bool:
    """Whether a result has more than so many values behind it, or more than four times as many arrows."""
    found, stack, arrows = {id(node)}, [node], 0
    while stack and len(found) <= limit and arrows <= 4 * limit:
        for arg in getattr(stack.pop(), "args", ()):
            if is_entry(arg):
                arrows += 1
                if id(arg) not in found:
                    found.add(id(arg))
                    stack.append(arg)
    return bool(stack)


def folded(graph: Graph, depth: int | None, fold: bool | None, backward: bool, max_nodes: int, start: int | None) -> Folding:
    """As much of the graph as can be shown: all; if that is too much, repeats folded; then functions, the innermost first."""
    keep = () if start is None else (start,)
    folding = Folding(graph, depth, bool(fold), backward, keep)
    if fold is None and len(folding.shown) > READABLE:
        folding = Folding(graph, depth, True, backward, keep)
    everything = len(folding.nodes)
    deepest = max((len(node.scope) for node in graph), default=0) if fold is not False else 0
    while folding.too_large(max_nodes):
        depth = min(deepest, deepest if depth is None else depth) - 1
        if depth < 0:
            raise messages.too_large_to_draw(f"{everything:,}", max_nodes)
        folding = Folding(graph, depth, True, backward, keep)
    return folding


def paths_and_chains(graph: Graph, start: int, at: Index | None) -> tuple[Paths, dict[Any, Chain]]:
    """The paths from a value; and for those through arrays the elements that are followed."""
    found = paths(graph, start, LISTED)
    if at is None:
        at = follow(graph, chosen(graph, None))[start]
    arrays = [path for path in found.paths if None in path.factors and can_follow(graph, start, path)]
    return found, {path.steps: chain(graph, start, path, at) for path in arrays}
