"""Draw a computation: every value a box, every function call a rounded box, arrows from what went in to what came out.

Flows in: a Tensor. Flows out: a `Drawing`: text in DOT, the language of Graphviz, which `render.py` turns into a picture.

A value shows its name, shape, numbers and gradient. Values without a name are called v₁, v₂, … in the order they were
made, as textbooks write the trace of an evaluation (Griewank and Walther 2008, chapter 2); so a call can be read as
the formula it is, ``v₁ + c``. What was not kept in memory is computed again for the picture; the graph stays as it is.
"""

from __future__ import annotations

import contextlib
import html
import itertools
import os
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import graphviz  # type: ignore[import-untyped]
import numpy as np

from ..autograd import Handle, Node, seed_for, walk
from . import render
from .words import SUBSCRIPT, clean, formula, is_numpy, lines

# Colours by Okabe and Ito (2008), which colour-blind readers can tell apart. Outline and fill say the same once more.
LOOKS: Mapping[str, Mapping[str, str]] = {
    "leaf": {"color": "#0072B2", "fillcolor": "#D9EAF5", "penwidth": "2"},
    "constant": {"color": "#767676", "fillcolor": "#F7F7F7", "style": "filled,dashed"},
    "function": {"color": "#E69F00", "fillcolor": "#FFF4D6", "style": "filled,rounded", "height": "0.35"},
    "intermediate": {"color": "#333333", "fillcolor": "#FFFFFF"},
    "result": {"color": "#D55E00", "fillcolor": "#FBE7DA", "penwidth": "2", "peripheries": "2"},
}
GREY = "#5F5F5F"
NODES = {"shape": "box", "style": "filled", "fontname": "Helvetica", "fontsize": "11", "margin": "0.06,0.03"}
GRAPH = {"rankdir": "LR", "bgcolor": "white", "nodesep": "0.2", "ranksep": "0.25", "fontname": "Helvetica", "fontsize": "10"}


def draw(tensor: Any, path: str | os.PathLike[str] | None = None, max_nodes: int = 500) -> Drawing:
    """Draw how `tensor` was computed, left to right, with names, shapes, values and gradients.

    tensor:    a Tensor of any shape and dtype; the numbers of arrays that are not NumPy's are not looked at
    path:      also write the picture there; its suffix chooses the format: .svg .png .pdf, or .dot (.gv) for the text
    max_nodes: refuse to draw more values than this

    Returns a `Drawing`, which notebooks display. A gradient is shown as –, not 0, as long as there is none. Raises
    TypeError for anything but a Tensor, ValueError for a graph of more than `max_nodes` values and for another suffix.

    >>> import tinygrad_lite as tg
    >>> x = tg.Tensor(3.0, name="x")
    >>> drawing = draw(x * x)
    >>> drawing.source.count("->")      # two arrows from x to the product, one from there to its value
    3
    """
    if not isinstance(tensor, Handle):
        raise not_a_tensor(tensor)
    if path is not None:
        render.format_of(path)
    drawing = Drawing(source_of(tensor, max_nodes))
    if path is not None:
        drawing.save(path)
    return drawing


class Drawing:
    """A drawn graph: `source` is its DOT text, `save` and `render` make pictures of it, notebooks display it."""

    def __init__(self, source: str) -> None:
        self.source = source

    def __repr__(self) -> str:
        return f"<Drawing: {len(self.source.splitlines())} lines of DOT in .source; .save('graph.svg') makes a picture>"

    def render(self, format: str = "svg") -> bytes:
        """The picture as bytes: svg, png, pdf, or dot for the text. Raises RuntimeError where no program can make it."""
        return render.render(self.source, format)

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


# --- from the graph to what is shown ----------------------------------------------------------------------------------


def has_box(value: Any) -> bool:
    """Recorded values and arrays are drawn as boxes; numbers, axes and the like are written into the formula."""
    return isinstance(value, Node) or getattr(value, "shape", ()) != ()


def boxes_behind(output: Any, max_nodes: int) -> dict[int, Any]:
    """Everything that gets a box, by its id: nodes from old to new, a constant array before its first use."""
    found, stack, arrows = {id(output): output}, [output], 0
    while stack:
        for arg in getattr(stack.pop(), "args", ()):
            if has_box(arg):
                arrows += 1
                if id(arg) not in found:
                    found[id(arg)] = arg
                    stack.append(arg)
        if len(found) > max_nodes or arrows > 4 * max_nodes:
            raise too_large(max_nodes)
    ordered: dict[int, Any] = {}
    for node in sorted((box for box in found.values() if isinstance(box, Node)), key=lambda node: node.number):
        ordered.update((id(box), box) for box in (*node.args, node) if has_box(box))
    return ordered or found


def values_of(boxes: Mapping[int, Any]) -> dict[int, Any]:
    """The value in every box; what the graph did not keep and no Tensor holds is computed again. None if it cannot be."""
    values: dict[int, Any] = {}
    for key, box in boxes.items():
        values[key] = box.value if isinstance(box, Node) else box
        if values[key] is None:
            handle = box.tensor()
            args = [values[id(arg)] if isinstance(arg, Node) else arg for arg in box.args]
            if handle is not None and handle.node is box:
                values[key] = handle._data
            elif all(is_numpy(value) for value, arg in zip(args, box.args) if has_box(arg)):
                with contextlib.suppress(Exception):  # a function that cannot be called twice
                    values[key] = box.rule.run(*args, **box.keywords)
    return values


def gradients_of(tensor: Any, boxes: Mapping[int, Any]) -> dict[int, list[str]]:
    """What to show as the gradient in each box that wants one: the `.grad` of its Tensor, or – for none.

    Nobody holds a Tensor for the values inside an expression, so their gradients were not kept. Where `tensor` is what
    `backward()` started from, which its own gradient of 1 tells, the walk is made once more to show those too.
    """
    shown, gone = {}, set()
    for key, box in boxes.items():
        if box.__class__ is Node:
            handle = box.tensor()
            if handle is None or (handle.node is not box and box.rule is not None):
                handle = None
                gone.add(key)
            shown[key] = ["–"] if handle is None or handle.grad is None else lines(handle.grad)
    if gone and is_numpy(tensor.grad) and tensor.grad.size == 1 and tensor.grad == 1:
        for node, g in walk(tensor.node, seed_for(tensor)):
            if id(node) in gone:
                shown[id(node)] = lines(g)
    return shown


# --- from what is shown to DOT ----------------------------------------------------------------------------------------


def source_of(tensor: Any, max_nodes: int) -> str:
    """The DOT text of the graph behind `tensor`."""
    output = tensor._data if tensor.node is None else tensor.node
    boxes = boxes_behind(output, max_nodes)
    with warnings.catch_warnings(), np.errstate(all="ignore"):  # the computation itself has warned already
        warnings.simplefilter("ignore")
        values = {key: lines(value) for key, value in values_of(boxes).items() if value is not None}
        gradients = gradients_of(tensor, boxes)
    names: dict[int | None, str] = {}
    count = itertools.count(1)
    for key, box in boxes.items():
        names[key] = clean(getattr(box, "name", None) or "", 20) or f"v{next(count)}".translate(SUBSCRIPT)
    graph = graphviz.Digraph("computation graph", graph_attr=GRAPH, node_attr=NODES)
    graph.attr("edge", color=GREY, arrowsize="0.7")
    ids = {key: f"value{i}" for i, key in enumerate(boxes, 1)}
    for key, box in boxes.items():
        label = table(names[key], box, values.get(key), gradients.get(key))
        graph.node(ids[key], label, **LOOKS[kind_of(box, output)])
        if getattr(box, "rule", None) is None:
            continue
        call = ids[key].replace("value", "call")
        uses = [id(arg) if has_box(arg) else None for arg in box.args]
        text = formula(box, [names.get(use) for use in uses])
        graph.node(call, escape(text), width=f"{room(len(text)) / 72:.2f}", **LOOKS["function"])
        for use in filter(None, uses):
            dashed = {"style": "dashed"} if kind_of(boxes[use], output) == "constant" else {}
            graph.edge(ids[use], call, **dashed)
        graph.edge(call, ids[key])
    if len(boxes) > 1:
        graph.attr(label=legend())
    return graph.source


def kind_of(box: Any, output: Any) -> str:
    if box.__class__ is not Node:
        return "constant"
    return "leaf" if box.rule is None else "result" if box is output else "intermediate"


def escape(text: str) -> str:
    r"""Text for a label. Besides HTML's characters there is the backslash: for \N, Graphviz would put a name of its own."""
    return html.escape(text).replace("\\", "\\\\")


def table(name: str, box: Any, value: list[str] | None, gradient: list[str] | None) -> str:
    """The HTML-like label of a box: name and shape, below them the numbers."""
    size = f"({', '.join(map(str, box.shape))}{',' * (len(box.shape) == 1)})" if len(box.shape) else "scalar"
    about = size if box.dtype == np.float64 else f"{size} {box.dtype}"
    letters = 1.1 * len(name) + len(about) + 2
    rows = f"<TR>{cell(f'<B>{escape(name)}</B>  {grey(about)}', letters, columns=2)}</TR>"
    for label, text in (("value", value), ("grad", gradient)):
        if text:
            words = '<BR ALIGN="LEFT"/>'.join([*map(escape, text), ""])
            rows += f"<TR>{cell(grey(label), 5)}{cell(words, max(letters - 5, *map(len, text)))}</TR>"
    return f'<<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="1">{rows}</TABLE>>'


def cell(words: str, letters: float, columns: int = 1) -> str:
    size = f'COLSPAN="{columns}" WIDTH="{room(letters):.0f}"'
    return f'<TD ALIGN="LEFT" BALIGN="LEFT" VALIGN="TOP" {size}>{words}</TD>'


def room(letters: float) -> float:
    """A least width, in points: a browser may have wider letters than those that Graphviz reckons with."""
    return 6.3 * letters + 4


def grey(words: str) -> str:
    return f'<FONT COLOR="{GREY}">{escape(words)}</FONT>'


def legend() -> str:
    """One line below the picture that says what the looks mean."""
    cells = ""
    for kind, look in LOOKS.items():
        words = {"leaf": "leaf: wants a gradient", "function": "function call"}.get(kind, kind)
        shape = f'STYLE="{look["style"].split(",")[1]}"' if "style" in look else ""
        frame = f'BORDER="{look.get("penwidth", 1)}" COLOR="{look["color"]}" BGCOLOR="{look["fillcolor"]}"'
        cells += f"<TD {frame} {shape}>{words}</TD>"
    notes = grey("v₁, v₂, …: no name given;  grad –: none yet")
    return f'<<TABLE BORDER="0" CELLSPACING="6" CELLPADDING="3"><TR>{cells}<TD>{notes}</TD></TR></TABLE>>'


# --- messages ---------------------------------------------------------------------------------------------------------


def not_a_tensor(value: Any) -> TypeError:
    return TypeError(
        f"draw() shows how a Tensor was made, and this is of type {type(value).__name__}, which does not remember that. "
        "Wrap what you want gradients for, w = tg.Tensor(w, name='w'), compute with it, and draw the result."
    )


def too_large(max_nodes: int) -> ValueError:
    return ValueError(
        f"This graph has more than {max_nodes} values, too many to read in one picture, so it was not drawn. Draw a part: a "
        "Tensor from an earlier step of the computation, one layer instead of the network, one turn of a loop instead of "
        "all. If you do want the whole, say how large it may be: draw(t, max_nodes=2000)."
    )
