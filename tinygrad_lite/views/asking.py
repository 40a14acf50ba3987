"""Finds out which computation, and which element of its arrays, a user wants to see.

Flows in: what the user gave. Flows out: the graph and the element that are meant, or a message with what to write instead.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from .. import messages
from ..graphs.elements import Chosen, Index, chosen, is_in
from ..graphs.graph import Graph, graph_and_places
from ..graphs.names import labels, split_index, value_called


def graph_of(what: Any, call: str, backward: bool = True) -> tuple[Graph, Callable[[Any], int | None] | None]:
    """The graph of a Tensor, and what finds Tensors in it; or a `Graph` as it is, which does not know its Tensors.

    Raises TypeError for anything else. `call` needs the backward pass in the graph, unless `backward` is False: raises
    ValueError for a `Graph` that was traced without it.
    """
    if not isinstance(what, Graph):
        return graph_and_places(what, backward)
    if backward and not what.backward:
        raise messages.without_walk(call, what)
    return what, None


def element_of(graph: Graph, element: int | Index | str | None) -> Chosen:
    """The element to follow, and the value that it is one of: the named one, or else the last that has such an element."""
    if element is None:
        return chosen(graph, None)
    if isinstance(element, str) and split_index(element):
        found, there = value_called(graph, element)
        if there is not None:
            return Chosen(found, there)
    parts: Any = element if isinstance(element, (tuple, list)) else (element,)
    try:
        at = tuple(map(operator.index, parts))
    except TypeError:
        raise messages.not_whole_numbers(element) from None
    shapes = {node.shape: node.id for node in reversed(graph.forward) if node.shape}
    if any(is_in(shape, at) for shape in shapes):
        return chosen(graph, at)
    if not shapes:
        raise messages.no_arrays(at)
    raise messages.in_no_array(at, {labels(graph)[i]: shape for shape, i in shapes.items()})
