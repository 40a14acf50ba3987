"""Names for the values of a graph, the same in all views; and the value that is meant by a name or a Tensor.

Flows in: a `Graph`, and a name or a Tensor that a user gave. Flows out: a name for each value; the id of the value meant.
"""

from __future__ import annotations

import operator
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from .. import messages
from ..autograd import Handle
from ..frames import users_frame
from .elements import Index, is_in
from .graph import Graph
from .tracer import names_in

OF_A_MODULE = re.compile(r"\w+(\.\w+|\[['\"]?\w+['\"]?\])+")  # model.layers[0].weight, which is not cut where others are
SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def clean(text: str, limit: int) -> str:
    """One line of printable text, no longer than `limit`."""
    text = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def labels(graph: Graph) -> dict[int, str]:
    """What each value is called in every view of a graph, by its id.

    The user's name, or the name of the traced function for what it returns. Where several values have the same name, as in a
    loop, they are counted: h₁, h₂, … Values without a name are v₁, v₂, … in the order in which they were made, as textbooks
    write the trace of an evaluation (Griewank and Walther 2008, chapter 2). In the backward pass, the gradient of a value is
    called after that value, and all other values are w₁, w₂, …
    """
    shown = {node.id: clean(node.name or "", 40 if OF_A_MODULE.fullmatch(node.name or "") else 20) for node in graph}
    if (graph.name or "").isidentifier() and graph.name not in shown.values():  # what f returns without a name is f
        shown[graph.output.id] = shown[graph.output.id] or clean(str(graph.name), 20)
    times = Counter(shown.values())
    taken, found = set(shown.values()), dict[int, str]()
    seen = Counter[str]()
    back = {node.id for node in graph.backward}
    ranked = sorted(graph.nodes, key=lambda node: (bool(shown[node.id]), node.id))  # some values share a gradient
    gradient_of = {node.gradient_id: node.id for node in ranked if node.gradient_id is not None}
    for node in graph:
        name = shown[node.id]
        if name and times[name] == 1:
            found[node.id] = name
            continue
        if node.id in gradient_of:
            found[node.id] = f"∂{found[graph.output.id]}/∂{found[gradient_of[node.id]]}"
            continue
        name = name or ("w" if node.id in back else "v")
        while True:
            seen[name] += 1
            label = name + f"{seen[name]}".translate(SUBSCRIPT)
            if label not in taken:
                break
        found[node.id] = label
        taken.add(label)
    return found


def value_called(graph: Graph, wrt: Any, id_of: Callable[[Any], int | None] | None = None) -> tuple[int, Index | None]:
    """The id of the value that is meant; and the element of it, where an index follows the name: ``w1[0, 3]``.

    wrt:   a name as it is shown (`labels`); a name that several values have, which means the input of this name, or the last
           value if there is no such input; an id; or a Tensor
    id_of: finds a Tensor in a graph that was made of Tensors. In any other graph a Tensor is found by its own name, and an
           input also by the name of the user's variable.

    A name that itself ends in brackets, as ``layers[0]`` does, is not read as a name with an index.

    Raises KeyError if there is no such value, TypeError for anything else, IndexError for an element that is not there.

    >>> import numpy as np, tinygrad_lite as tg
    >>> def f(x):
    ...     x = np.sin(x)
    ...     return x[0] * x[1]
    >>> graph = tg.trace(f)(np.array([2.0, 3.0]))
    >>> value_called(graph, "x"), value_called(graph, "x₂"), value_called(graph, "x[1]")
    ((0, None), (1, None), (0, (1,)))
    """
    ids = {node.id for node in graph.forward}
    names = {name: i for i, name in labels(graph).items() if i in ids}
    if isinstance(wrt, Handle):
        found = id_of(wrt) if id_of else by_name(graph, names, wrt)
        if found in ids:
            return found, None
        raise messages.not_in_graph(wrt, names)
    if not isinstance(wrt, str):
        if not hasattr(wrt, "__index__"):
            raise messages.not_a_name(wrt, names)
        if operator.index(wrt) in ids:
            return operator.index(wrt), None
    elif (found := named(graph, names, wrt)) is not None:
        return found, None
    elif parts := split_index(wrt):
        wrt, at = parts
        if (found := named(graph, names, wrt)) is not None:
            shape = graph.nodes[found].shape
            if is_in(shape, at):
                return found, tuple(i % n for i, n in zip(at, shape))
            raise messages.no_element(f"{wrt}[{', '.join(map(str, at))}]", wrt, shape)
    raise messages.no_value_called(wrt, names)


def named(graph: Graph, names: Mapping[str, int], name: str) -> int | None:
    """The value with this name. Of several, the input is meant; without an input, the last of them."""
    alike = [i for i in names.values() if graph.nodes[i].name == name]
    inputs = [i for i in alike if graph.nodes[i].kind == "input"]
    found = inputs if len(inputs) == 1 else alike
    return names.get(name, found[-1] if found else None)


def by_name(graph: Graph, names: Mapping[str, int], tensor: Any) -> int | None:
    """The value that a Tensor stands for in a graph that was traced with other Tensors."""
    own, frame = getattr(tensor, "name", None), users_frame()
    found = named(graph, names, own) if own else None
    if found is None and frame is not None:
        variables = {name for value, name in names_in(frame) if value is tensor}
        found = next((i for i in graph.inputs if graph.nodes[i].name in variables), None)
    return found


def split_index(name: str) -> tuple[str, Index] | None:
    """``w1[0, 3]`` as a name and an index; None if it is only a name.

    >>> split_index("w1[0, 3]"), split_index("w1")
    (('w1', (0, 3)), None)
    """
    found = re.fullmatch(r"(.+?)\s*\[\s*(-?\d+(?:\s*,\s*-?\d+)*)\s*,?\s*\]", name)
    return (found[1], tuple(map(int, found[2].split(",")))) if found else None
