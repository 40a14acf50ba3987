"""playground() makes a page in which a computation runs while you drag its parameters, in a single HTML file.

Flows in: a function and its arguments. Flows out: a `Playground`, the text of a page, which can be saved. The parameters are
sliders. Next to them are the data and the prediction, the loss from step to step, the loss as a landscape over two
parameters, and the graph. All of them change with the sliders, and with the steps of an optimizer. `writer.py` writes the
computation in JavaScript. These files are the rest of the script, each for its part of the page::

    descent.js    the optimizers                       sliders.js     the parameters
    plots.js      axes, ticks, lines                   landscape.js   the loss over two parameters
    picture.js    the data and the prediction          graph.js       the graph
    losses.js     the loss from step to step           playground.js  one step, running, keys
"""

from __future__ import annotations

import html
import math
import numbers
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from ... import messages
from ...graphs.graph import Graph
from ...graphs.names import labels
from ..player.player import asset, document, page_path
from .arguments import traced
from .boxes import drawing
from .picture import described, picture_of
from .writer import Writer, packed

OPTIMIZERS = ("descent", "momentum", "adam")
LARGEST = 80  # values of a graph that is still drawn
MOST = 5000  # numbers that the parameters may have together
FIXED = re.compile(r"\b(reshape|take|scatter|put|contract|full|broadcast_to)\(")  # calls that are written for one shape
SCRIPTS = ("descent", "plots", "sliders", "picture", "losses", "landscape", "graph", "playground")


class Playground(str):
    """The text of a page. Notebooks show it in a frame."""

    __slots__ = ()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page; return where it is. Raises ValueError for a suffix other than .html, and for a missing folder."""
        path = page_path(path, "playground()")
        path.write_bytes(self.encode())
        return path

    def __repr__(self) -> str:
        return f"<Playground: {len(self):,} letters. Write it with .save('playground.html')>"

    def _repr_html_(self) -> str:
        frame = 'style="width: 100%; height: 54em; border: 1px solid #888; border-radius: 6px"'
        return f'<iframe srcdoc="{html.escape(self)}" title="Playground" {frame}></iframe>'


def playground(
    f: Callable[..., Any],
    *args: Any,
    learning_rate: float = 0.1,
    optimizer: str = "descent",
    ranges: Mapping[str, tuple[float, float]] | None = None,
    contours: Sequence[str] | None = None,
    title: str | None = None,
    **keywords: Any,
) -> Playground:
    """A page with sliders for the parameters of `f`, and an optimizer: ``tg.playground(f, a=2.0, x=x).save("f.html")``.

    f:             computes the loss, a single number. It is called with the other arguments and traced. Numbers among these,
                   such as 2.0 or 2, are parameters, and so are numbers and arrays in a dict or list. Other arrays are data,
                   which the page does not change; only if there is nothing but one array, this is a parameter. To choose
                   otherwise, make Tensors of the parameters. If there is a Tensor, or a module, all else is data
    learning_rate: the learning rate at first
    optimizer:     the optimizer at first: "descent", "momentum" (0.9), or "adam"
    ranges:        the ends of a slider, by the name of the parameter: ``{"a": (0, 8)}``. A slider that is too short becomes
                   longer while the page runs
    contours:      the two parameters of the landscape at first, by name: ``("a", "b")``, or ``("w[0, 1]", "b[0]")``
    title:         the headline

    The data are plotted if they have one or two inputs, and the loss compares a prediction with targets, a row for each row
    of the data. A graph of more than 80 values is not drawn.

    The computation runs in the page, in double precision. It may use arithmetic, powers, exp, log, trigonometric and
    hyperbolic functions, relu, sigmoid, softplus, maximum, minimum, where, clip, comparisons, sums, means, products,
    extremes, variances, norms, softmax, logsumexp, cross-entropy, products of matrices, shapes, slices, and indices that
    depend on no parameter.

    Raises TypeError or ValueError if there is no gradient; TypeError for several arrays of which any may be a parameter, and
    for a number that has to stay whole, as the 3 of range(3); ValueError (`NoSource`), with the line, for any other function;
    ValueError for more than 5000 parameters, an unknown optimizer, and a name that no parameter has; RuntimeError
    (`NoRenderer`) if there is no Graphviz on this machine.

    >>> import numpy as np, tinygrad_lite as tg
    >>> def loss(a, b, x, y):
    ...     return np.mean((a * x + b - y) ** 2)
    >>> page = playground(loss, a=1.0, b=0.0, x=np.arange(4.0), y=np.array([1.0, 3.0, 5.0, 7.0]))
    >>> "multiply(a, x)" in page
    True
    """
    if optimizer not in OPTIMIZERS:
        raise messages.no_optimizer_to_play(optimizer, OPTIMIZERS)
    if not (isinstance(learning_rate, numbers.Real) and 0 < learning_rate < math.inf):
        raise messages.no_rate_to_play(learning_rate)
    graph = traced(f, args, keywords)
    if len(graph.outputs) > 1:
        raise messages.several_to_play(f, len(graph.outputs))
    return Playground(page_of(graph, float(learning_rate), optimizer, ranges or {}, contours, title))


# --- the page -------------------------------------------------------------------------------------------------------------


def page_of(
    graph: Graph, rate: float, optimizer: str, ranges: Mapping[str, tuple[float, float]], contours: Sequence[str] | None,
    title: str | None,
) -> str:  # fmt: skip
    """The text of the page."""
    names, writer, picture = labels(graph), Writer(graph), picture_of(graph)
    shown = [node.id for node in graph.forward] if len(graph.forward) <= LARGEST else []
    parameters = parameters_of(graph, writer.parameters, names, ranges)
    if sum(parameter["size"] for parameter in parameters) > MOST:
        raise messages.too_large_to_play(sum(parameter["size"] for parameter in parameters), MOST)
    results = {"loss": writer.value(graph.output.id)}
    kept = {*shown, *(look.id for look in graph.looks), *([picture.prediction] if picture else [])}
    results |= {f"value{i}": writer.value(i) for i in sorted(kept)}
    graded = {*writer.parameters, *(i for i in shown if graph[i].wants_gradient)}
    results |= {f"gradient{i}": writer.gradient(i) for i in sorted(graded)}
    writer.add("loss", writer.value(graph.output.id))
    writer.add("everything", results)
    if picture:
        writer.add("predict", writer.value(picture.prediction), [picture.x] if picture.movable else [])
    drawn = described(graph, picture, names) if picture else {}
    if picture:
        drawn["anyRows"] = picture.movable and not FIXED.search(writer.functions[-1])
    program, constants = writer.script()
    data = {
        "name": names[graph.output.id], "constants": constants, "parameters": parameters, "rate": rate,
        "optimizer": optimizer, "picture": drawn or None,
        "contours": places_of_contours(parameters, contours),
        "nodes": [[i, graph[i].size > 1, len(graph[i].shape), graph[i].wants_gradient] for i in shown],
        "looks": [[look.id, float(look.found), look.line.number if look.line else 0] for look in graph.looks
                  if np.size(look.found) == 1 and np.asarray(look.found).dtype.kind in "fiub"],
    }  # fmt: skip
    body = Template(asset(__package__, "playground.html")).substitute(
        optimizers="".join(optimizer_choice(name, name == optimizer) for name in OPTIMIZERS),
        drawing=drawing(graph, names) if shown else "",
        no_graph=" hidden" if not shown else "",
        no_picture=" hidden" if not picture else "",
        data="" if not picture else "Data and prediction",
        program=html.escape(program.partition("// --- the program")[2].partition("\n\n")[2].rpartition("\n\n  return")[0]),
    )
    style = f"{asset('tinygrad_lite.views.player', 'player.css')}\n\n{asset(__package__, 'playground.css')}"
    script = "\n\n".join([asset(__package__, "head.js"), program, *(asset(__package__, f"{name}.js") for name in SCRIPTS)])
    name = graph.name or names[graph.output.id]
    called = title or ("A playground" if name == "<lambda>" else f"{name}: a playground")
    return document(called, about(parameters), style, script, body, data)


def parameters_of(
    graph: Graph, ids: Sequence[int], names: Mapping[int, str], ranges: Mapping[str, tuple[float, float]]
) -> list[dict[str, Any]]:
    """The parameters for the script, each with its first value, and with the range of its slider."""
    found, start = [], 0
    unknown = [name for name in ranges if name not in {names[i] for i in ids}]
    if unknown:
        raise messages.no_parameter_to_play(unknown[0], [names[i] for i in ids])
    for i in ids:
        node = graph[i]
        low, high = checked_range(names[i], ranges[names[i]]) if names[i] in ranges else range_of(node.value)
        found.append(
            {"id": i, "name": names[i], "start": start, "size": node.size, "low": low, "high": high} | packed(node.value)
        )
        start += node.size
    return found


def checked_range(name: str, given: Any) -> tuple[float, float]:
    """A range that was asked for, as two numbers."""
    try:
        low, high = map(float, given)
    except (TypeError, ValueError):
        raise messages.no_range_to_play(name, given) from None
    if not -math.inf < low < high < math.inf:
        raise messages.no_range_to_play(name, given)
    return low, high


def range_of(value: Any) -> tuple[float, float]:
    """From where to where a slider goes, if nobody says it: twice as far as the largest number, on both sides."""
    finite = np.abs(np.asarray(value, float))
    largest = float(finite[np.isfinite(finite)].max(initial=0.0))
    unit = 10.0 ** math.floor(math.log10(max(largest, 0.5)))
    reach = next(factor * unit for factor in (2, 4, 6, 10, 20) if factor * unit >= 2 * max(largest, 0.5))
    return -reach, reach


def places_of_contours(parameters: Sequence[Mapping[str, Any]], contours: Sequence[str] | None) -> list[int]:
    """Which numbers of all parameters the landscape is over at first."""
    every = [f"{p['name']}{index}" for p in parameters for index in indices(p["shape"])]
    if contours is None:
        return [0, 1 if len(every) > 1 else 0]
    if not isinstance(contours, (tuple, list)) or len(contours) != 2 or contours[0] == contours[1]:
        raise messages.not_two_to_play(contours)
    for name in contours:
        if name not in every:
            raise messages.no_parameter_to_play(name, every)
    return [every.index(name) for name in contours]


def indices(shape: Sequence[int]) -> list[str]:
    """How the elements of an array are called: ``[0, 1]``; a single number has nothing after its name."""
    return [f"[{', '.join(map(str, at))}]" if shape else "" for at in np.ndindex(*shape)]


def about(parameters: Sequence[Mapping[str, Any]]) -> str:
    count = sum(parameter["size"] for parameter in parameters)
    return "One parameter. Drag it, or descend." if count == 1 else f"{count} parameters. Drag them, or descend."


def optimizer_choice(name: str, chosen: bool) -> str:
    word = {"adam": "Adam"}.get(name, name.capitalize())
    checked = " checked" if chosen else ""
    return f'<label><input type="radio" name="optimizer" value="{name}"{checked}><span>{word}</span></label>'
