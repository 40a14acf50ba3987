"""draw(): a computation as a picture.

Flows in: a Tensor, or a `Graph`. Flows out: a `Drawing`, which notebooks display, and which can be saved as SVG, PNG, PDF, or
as text for Graphviz (.dot) and Mermaid (.mmd).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ... import messages
from ...autograd import Handle, Node
from ...frames import users_frame
from ...graphs.building import is_entry
from ...graphs.elements import Index, chosen, follow
from ...graphs.graph import Graph, graph_and_places
from ...graphs.paths import Chain, Paths, can_follow, chain, paths, with_element
from ...graphs.tracer import names_in
from ..wording import IN_A_SHELL, asked, option
from ..words import labels
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
               were made in. The numbers of arrays that are not NumPy's are not looked at.
    path:      also write the picture there; its suffix chooses the format: .svg .png .pdf, or text: .dot (.gv), .mmd
    wrt:       a name in the drawing, or a leaf: light every path from it to the result, a single number, with the slope of
               each use; and say what each path contributes to the gradient. Through arrays one element is followed, the
               first or the one that is named, ``wrt="w1[0, 3]"``: along it the slopes multiply to what it contributes
    depth:     how many functions inside functions are opened; 0 shows each as one box. All, if it is not given
    fold:      show one of several equal turns in a row, and how many there are. If not given: where there are more than 60
               values, or, along with ever less depth, more than `max_nodes`
    backward:  also draw the walk back, below the computation: how every gradient was computed, and from what
    max_nodes: refuse to draw more values than this. With more than 20 times as many, folding is not tried
    direction: "LR", or "TB" from top to bottom

    Where a value has several uses, each arrow says what came back by it, and the box shows the sum. Where an argument was
    stretched to the shape of others, its arrow widens, and the gradient coming back is summed, Σ. A gradient is shown as –,
    not 0, as long as there is none.

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
        raise ValueError(f"draw(direction={direction!r}): it is 'LR', from left to right, or 'TB', from top to bottom.")
    if depth is not None and depth < 0:
        raise ValueError(f"draw(depth={depth}): it is 0 to show each function as one box, 1 to open the outermost, …")
    graph, place = graph_of(what, backward, fold, max_nodes)
    graph = tidied(graph)
    names = labels(graph)
    start, at = None, None
    if wrt is not None:
        start, at = with_element(wrt, lambda name: start_of(graph, name, names, place), graph)
    folding = folded(graph, depth, fold, backward, max_nodes, start)
    picture = paint(folding, names, *(() if start is None else paths_and_chains(graph, start, at)))
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
        except render.NoRenderer as error:
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


def graph_of(what: Any, backward: bool, fold: bool | None, max_nodes: int) -> tuple[Graph, Callable[[Any], int | None]]:
    """The graph to draw, and what finds a Tensor in it. One that is far too large is refused before anything is done."""
    limit = LARGEST * max_nodes
    if isinstance(what, Graph):
        if backward and not what.backward:
            raise messages.without_walk("draw(backward=True)", what)
        if len(what) > limit:
            raise too_large(f"{len(what):,}", max_nodes)
        return what, lambda wrt: place_by_name(what, wrt)
    if not isinstance(what, Handle):
        raise messages.no_history(what)
    if fold is False:  # what was not traced has no functions to close either
        limit = max_nodes
    if is_larger(what.node, limit):
        raise too_large(f"more than {limit:,}", max_nodes)
    return graph_and_places(what, backward)


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
            raise too_large(f"{everything:,}", max_nodes)
        folding = Folding(graph, depth, True, backward, keep)
    return folding


def paths_and_chains(graph: Graph, start: int, at: Index | None) -> tuple[Paths, dict[Any, Chain]]:
    """The paths from a value; and for those through arrays the elements that are followed."""
    found = paths(graph, start, LISTED)
    if at is None:
        at = follow(graph, chosen(graph, None))[start]
    arrays = [path for path in found.paths if None in path.factors and can_follow(graph, start, path)]
    return found, {path.steps: chain(graph, start, path, at) for path in arrays}


def start_of(graph: Graph, wrt: Any, names: Mapping[int, str], place: Callable[[Any], int | None]) -> int:
    """The id of the value from which paths are shown."""
    if not isinstance(wrt, Handle):
        named = [i for i, name in names.items() if name == wrt]
        return named[0] if named else graph[wrt].id
    start = place(wrt)
    if start is None:
        raise not_in_graph(graph, wrt)
    return start


def place_by_name(graph: Graph, wrt: Any) -> int | None:
    """The input that a Tensor stands for in a graph that was traced before: by its name, or that of the user's variable."""
    frame = users_frame()
    names = {wrt.name, *(name for value, name in names_in(frame) if value is wrt)} if frame else {wrt.name}
    return next((i for i in graph.inputs if graph.nodes[i].name in names - {None}), None)


# --- messages -----------------------------------------------------------------------------------------------------------


def too_large(count: str, max_nodes: int) -> ValueError:
    closed = f"functions become single boxes with {option('depth', 0)}"
    if not IN_A_SHELL.get():
        closed = "functions become single boxes in draw(tg.trace(f)(*args), depth=0)"
    return ValueError(
        f"This graph has {count} values, too many to read in one picture ({option('max_nodes', max_nodes)}), and so it was "
        "not drawn. Draw a part: a Tensor from an earlier step of the computation, one layer instead of the network, one "
        f"turn of a loop instead of all. Or have it folded: equal turns in a row are, with {option('fold', True)}; {closed}. "
        f"If you do want the whole, say how large it may be: {asked('draw(t)', 'max_nodes', 10 * max_nodes)}."
    )


def not_in_graph(graph: Graph, wrt: Any) -> KeyError:
    names = ", ".join(sorted({node.name for node in graph if node.name and node.kind == "input"}))
    return KeyError(
        f"draw(wrt=...): {getattr(wrt, 'name', None) or 'this Tensor'} is not a leaf of this graph. Its leaves are called: "
        f"{names or '(none)'}. Give one of these names."
    )
