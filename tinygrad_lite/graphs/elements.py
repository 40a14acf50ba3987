"""Finds, for one chosen element, the element of every other array that belongs to it.

A batch has many samples. If you look at sample 3 of the result, you want to see sample 3 everywhere: in the data, in what was
computed from it, and in the gradients. So a chosen element is followed through the calls, one call at a time: back to an
element that it depends on (`back`), and forward to one that depends on it (`onward`).

Flows in: a `Graph`, and an element of one of its values. Flows out: an element of the argument, or of the result, of a call.
"""

from __future__ import annotations

import contextlib
import math
import operator
import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from .graph import Graph
from .lookup import rule_of
from .nodes import GraphNode, filled, is_numpy

Index = tuple[int, ...]

STAYS = 1e-6  # what contributes less than this part of the largest contribution does not count
MOVING: set[Any] = {
    np.reshape, np.squeeze, np.expand_dims, np.transpose, np.swapaxes, np.moveaxis, np.flip, np.roll, operator.getitem,
}  # fmt: skip


class Chosen(NamedTuple):
    """An element of a value; `asked` says whether somebody asked for it."""

    id: int
    at: Index
    asked: bool = True


def chosen(graph: Graph, element: Index | None) -> Chosen:
    """The last value that has this element, and where in it that is; if nothing was chosen, the last array and its first."""
    shaped = [node for node in graph.forward if node.size and node.shape]
    for node in reversed(shaped):
        if element is not None and is_in(node.shape, element):
            return Chosen(node.id, tuple(i % n for i, n in zip(element, node.shape)))
    last = shaped[-1] if shaped else graph.output
    return Chosen(last.id, (0,) * len(last.shape), False)


def follow(graph: Graph, start: Chosen) -> dict[int, Index]:
    """For each value of a computation the element that belongs to the chosen one."""
    nodes, found = graph.forward, {start.id: start.at}
    for node in nodes:  # what was computed from it
        for position, i in node.links:
            if i in found and node.id not in found:
                found[node.id] = onward(graph, node.id, position, found[i])
    for node in reversed(nodes):  # what it was computed from; and what is beside it, by way of what both went into
        at = found.setdefault(node.id, (0,) * len(node.shape))
        for position, i in node.links:
            if i not in found:
                found[i] = back(graph, node.id, position, i, at)
    return found


def is_in(shape: tuple[int, ...], element: Index) -> bool:
    """Whether an array of this shape has this element."""
    return len(shape) == len(element) and all(-n <= i < n for i, n in zip(element, shape))


def turns(function: Any, args: tuple[Any, ...], keywords: Mapping[str, Any], ndim: int) -> bool:
    """Whether a call exchanges the rows and the columns of a matrix, or of each matrix in a stack."""
    axes = [*args[1:], *keywords.values()]
    if function is np.swapaxes:
        return {axis % ndim for axis in axes} == {ndim - 1, ndim - 2}
    if function is np.transpose and ndim == 2:
        return axes in ([], [None]) or [axis % 2 for axis in axes[0]] == [1, 0]
    return False


# --- back ------------------------------------------------------------------------------------------------------------------


def back(graph: Graph, user: int, position: int, parent: int, at: Index) -> Index:
    """An element of an argument that an element of the result depends on: the first of those that contribute to it."""
    node, value = graph.nodes[user], graph.nodes[parent]
    if value.size <= 1 or not node.size or not is_numpy(value.value):
        return (0,) * len(value.shape)
    rule = rule_of(node)
    if rule.broadcasts or position < 0:
        return aligned(value.shape, node.shape, at)
    if rule.function in MOVING and position == 0:
        return came_from(graph, node, at)
    slopes = slopes_of(graph, user, position, at)
    others = [i for i in node.uses if i != parent and graph.nodes[i].size > 1]
    contributions = slopes * value.value if others and slopes is not None else slopes  # of a product both sides agree then
    return first_large(contributions, slopes) or aligned(value.shape, node.shape, at)


def came_from(graph: Graph, node: GraphNode, at: Index) -> Index:
    """Where an element was in the first argument, before a call moved it."""
    source = graph.nodes[node.args[0].id]
    args, keywords = filled((node.args[1:], node.keywords), lambda i: graph.nodes[i].value)
    places = rule_of(node).run(np.arange(source.size).reshape(source.shape), *args, **keywords)
    return tuple(int(i) for i in np.unravel_index(int(places[at]), source.shape)) if source.shape else ()


def slopes_of(graph: Graph, user: int, position: int, at: Index) -> Any:
    """How an element of the result of a call changes with each element of an argument; None where that is not known."""
    node = graph.nodes[user]
    one = np.zeros(node.shape, node.dtype if "float" in node.dtype else float)
    one[at] = 1
    with contextlib.suppress(Exception), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return graph.send_back(user, position, one[()])
    return None


def aligned(shape: tuple[int, ...], other: tuple[int, ...], at: Index) -> Index:
    """The element of an array of this shape that is in line with an element of another array, judging by the shapes alone.

    They are laid upon each other as in broadcasting if that fits; otherwise with their first axes, or their last, together.
    """
    zeros = (0,) * len(shape)
    last = list(zip(reversed(shape), reversed(other), reversed(at)))
    if len(shape) <= len(other) and all(n in (1, m) for n, m, _ in last):
        return tuple(reversed([0 if n == 1 else i for n, _, i in last]))
    if shape and other and shape[0] == other[0]:
        same = next((k for k, (n, m) in enumerate(zip(shape, other)) if n != m), min(len(shape), len(other)))
        return at[:same] + zeros[same:]
    if shape and other and shape[-1] == other[-1]:
        return (*zeros[:-1], at[-1])
    return zeros


def first_large(*several: Any) -> Index | None:
    """The first element that is not nearly nothing, in the first of these arrays that has one; None if they are not known."""
    for amounts in several if several[-1] is not None else ():
        sizes = np.abs(np.nan_to_num(np.asarray(amounts, float)))
        if largest := sizes.max(initial=0.0):
            return tuple(int(i) for i in np.unravel_index(int(np.argmax(sizes > STAYS * largest)), sizes.shape))
    return None


# --- onward ----------------------------------------------------------------------------------------------------------------


def onward(graph: Graph, user: int, position: int, at: Index, g: Any = None) -> Index:
    """An element of the result of a call that depends on an element of an argument: the first of those that count.

    They are found by moving the element a little. With `g`, the gradient of the result, an element counts by what it
    contributes to the output; otherwise by how far it moves.
    """
    node = graph.nodes[user]
    if node.size <= 1:
        return (0,) * len(node.shape)
    moves = moves_of(graph, user, position, at)
    counts = moves if g is None or moves is None else moves * g
    parent = graph.nodes[node.args[position].id].shape if position >= 0 else ()
    return first_large(counts, moves) or aligned(node.shape, parent, at)


def moves_of(graph: Graph, user: int, position: int, at: Index) -> Any:
    """How far each element of the result of a call moves with an element of an argument; None where that is not known."""
    node = graph.nodes[user]
    parent = graph.nodes[node.args[position].id] if position >= 0 else None
    if parent is None or not is_numpy(parent.value) or not is_numpy(node.value) or parent.value.dtype.kind != "f":
        return None
    moved = np.array(parent.value)
    moved[at] += max(abs(float(moved[at])), 1.0) * math.sqrt(np.finfo(moved.dtype).eps)
    with contextlib.suppress(Exception), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        args = [filled(arg, lambda i: graph.nodes[i].value) for arg in node.args]
        args[position] = moved[()]
        keywords = filled(node.keywords, lambda i: graph.nodes[i].value)
        return np.asarray(rule_of(node).run(*args, **keywords), float) - node.value
    return None
