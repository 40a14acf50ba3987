"""Lists all paths from a parameter to the result, and what each path contributes to the gradient.

By the chain rule for many variables, the derivative is a sum over paths, and each path contributes the product of the local
derivatives along it (Bauer 1974; Griewank and Walther 2008, section 2.2). Backpropagation computes the same sum without
listing the paths, of which there may be millions. This file lists them, to show why a gradient has its value.

Flows in: a `Graph` and one of its values. Flows out: `Paths`.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any, NamedTuple

import numpy as np

from .. import messages
from .elements import Index, moves_of, onward, slopes_of
from .graph import Graph
from .lookup import rule_of
from .names import value_called
from .nodes import is_numpy

FOLLOWED = 100  # along paths of up to so many steps one element is followed
FEW = 64  # of results of up to so many elements it is counted how many chains lead to each
Step = tuple[int, int]  # the id of a call, and as which of its arguments the path enters it


class Path(NamedTuple):
    """One path from the value to the result.

    steps:        the calls on it, from the value to the result, each with the position of the argument that it enters by
    factors:      the local derivative at each step, where both ends are single numbers; None where they are not
    contribution: what comes back to the value this way, in its shape: the product of all local derivatives
    """

    steps: tuple[Step, ...]
    factors: tuple[float | None, ...]
    contribution: Any


@dataclasses.dataclass(frozen=True)
class Paths:
    """The paths from a value to the result.

    start: the id of the value
    paths: the first of them, at most `limit`
    count: how many there are in all
    total: what all of them contribute together: the gradient of the result in the value
    """

    start: int
    paths: tuple[Path, ...]
    count: int
    total: Any

    @property
    def rest(self) -> Any:
        """What the paths that are not listed contribute together."""
        return self.total - sum((path.contribution for path in self.paths), np.zeros_like(self.total))


def paths(graph: Graph, wrt: Any, limit: int = 100) -> Paths:
    """The paths from `wrt`, a name, an id or a Tensor by its name, to the output of `graph`, a single number.

    A name may have an index behind it, ``"w1[0, 3]"``: the paths are those of the whole value, and `chain` follows one of its
    elements along each.

    At most `limit` are listed; ``.count`` says how many there are. Raises KeyError for an unknown name, ValueError if the
    output is not a single number or does not depend on `wrt`, IndexError for an element that is not there.

    >>> import tinygrad_lite as tg
    >>> def f(x):
    ...     s = np.sin(x)
    ...     return x * s
    >>> found = paths(tg.trace(f)(2.0), "x")
    >>> [[float(round(factor, 4)) for factor in path.factors] for path in found.paths]      # x by itself; by way of s
    [[0.9093], [-0.4161, 2.0]]
    >>> [float(round(path.contribution, 4)) for path in found.paths]
    [0.9093, -0.8323]
    """
    (start, _), output = value_called(graph, wrt), graph.output
    if output.size != 1:
        raise messages.many_outputs(output)
    entries = {node.id: [(node.id, p) for p, _ in graph.wanting(node.id)] for node in graph.forward}
    ways = {node.id: 0 for node in graph.forward} | {start: 1}  # how many ways lead from the start to each value
    for node in graph.forward:
        if node.id != start:
            ways[node.id] = sum(ways[graph.nodes[i].args[p].id] for i, p in entries[node.id])
    if not ways[output.id]:
        raise messages.no_path(output, graph.nodes[start].name or wrt)
    found = list[Path]()
    seed = np.ones(output.shape, output.dtype)[()]
    stack: list[tuple[int, Any, tuple[Step, ...], tuple[float | None, ...]]] = [(output.id, seed, (), ())]
    while stack and len(found) < limit:
        i, g, steps, factors = stack.pop()
        if i == start:
            found.append(Path(steps, factors, g))
            continue
        for step in reversed(entries[i]):
            parent = graph.nodes[graph.nodes[i].args[step[1]].id]
            if ways[parent.id]:
                part = graph.send_back(*step, g)
                stack.append((parent.id, part, (step, *steps), (local(graph, step), *factors)))
    return Paths(start, tuple(found), ways[output.id], gradient_of(graph, start, entries, ways))


class Chain(NamedTuple):
    """A path through arrays, one element of each: there the derivatives are numbers, whose product it contributes.

    elements: the element of each value on the path, from the start to the output
    slopes:   the derivative of each in the one before it
    many:     how many such chains the path is made of, which together contribute what the path does; None if not known
    """

    elements: tuple[Index, ...]
    slopes: tuple[float, ...]
    many: int | None

    @property
    def product(self) -> float:
        """What this chain contributes to the gradient."""
        return math.prod(self.slopes)


def can_follow(graph: Graph, start: int, path: Path) -> bool:
    """Whether one element can be followed along a path: it is not too long, and no array on it is empty or not NumPy's."""
    nodes = [graph.nodes[start], *(graph.nodes[user] for user, _ in path.steps)]
    return 0 < len(path.steps) <= FOLLOWED and all(node.size and is_numpy(node.value) for node in nodes)


def chain(graph: Graph, start: int, path: Path, at: Index) -> Chain:
    """A path element by element, from the element `at` of the value `start`: each time on to the first that contributes.

    >>> import tinygrad_lite as tg
    >>> graph = tg.trace(lambda a, x: np.mean(a * x))(tg.Tensor(2.0), np.array([5.0, 6.0]))
    >>> [path] = paths(graph, "a").paths
    >>> along = chain(graph, graph["a"].id, path, ())
    >>> along.elements, [float(slope) for slope in along.slopes], along.many
    (((), (0,), ()), [5.0, 0.5], 2)
    """
    back = [np.ones(graph.output.shape, graph.output.dtype)[()]]  # the gradient that comes along this path, newest first
    for step in reversed(path.steps):
        back.append(graph.send_back(*step, back[-1]))
    elements, slopes = [at], list[float]()
    reached: Any = np.zeros(graph.nodes[start].shape)  # how many chains lead to each element
    reached[at] = 1
    for step, g in zip(path.steps, back[-2::-1]):
        here = onward(graph, *step, elements[-1], g)
        part = slopes_of(graph, *step, here)
        slopes.append(float(part[elements[-1]]))
        reached = chains_on(graph, step, reached, part)
        elements.append(here)
    return Chain(tuple(elements), tuple(slopes), None if reached is None else int(np.sum(reached)))


def chains_on(graph: Graph, step: Step, reached: Any, slopes: Any) -> Any:
    """How many chains lead to each element after a call, as far as that is easily told: in arrays of any size where one
    element spreads out, where the result is one number, and where each element has its own; in small ones always.
    """
    node = graph.nodes[step[0]]
    parent = graph.nodes[node.args[step[1]].id]
    if reached is None:
        return None
    if node.size == 1:
        return np.sum(reached[np.reshape(slopes, parent.shape) != 0]).reshape(node.shape)
    if np.count_nonzero(reached) == 1:
        at = tuple(int(i[0]) for i in np.nonzero(np.atleast_1d(reached)))[-len(parent.shape) or len(parent.shape) :]
        moves = moves_of(graph, *step, at if parent.shape else ())
        return None if moves is None else np.where(moves != 0, np.max(reached), 0)
    if rule_of(node).broadcasts and node.shape == parent.shape:
        return reached
    if node.size > FEW:
        return None
    parts = [slopes_of(graph, *step, at) for at in np.ndindex(node.shape)]
    return np.array([np.sum(reached[part != 0]) for part in parts]).reshape(node.shape)


def local(graph: Graph, step: Step) -> float | None:
    """The derivative of a call in one of its arguments, if both are single numbers."""
    node = graph.nodes[step[0]]
    if node.shape != () or graph.nodes[node.args[step[1]].id].shape != ():
        return None
    return float(graph.send_back(*step, np.ones((), node.dtype)[()]))


def gradient_of(graph: Graph, start: int, entries: dict[int, list[Step]], ways: dict[int, int]) -> Any:
    """The gradient, by a backward pass: each call once, whatever the number of paths."""
    gradients = {graph.output.id: np.ones(graph.output.shape, graph.output.dtype)[()]}
    for node in reversed(graph.forward):
        if node.id == start:
            break
        if node.id in gradients and ways[node.id]:
            for step in entries[node.id]:
                parent = node.args[step[1]].id
                if ways[parent]:
                    part = graph.send_back(*step, gradients[node.id])
                    gradients[parent] = gradients[parent] + part if parent in gradients else part
    return gradients[start]
