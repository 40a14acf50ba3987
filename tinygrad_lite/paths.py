"""All ways from a parameter to the result, and what each contributes to the gradient.

The chain rule for many variables: the derivative is a sum over paths, and what a path contributes is the product of the local
derivatives along it (Bauer 1974; Griewank and Walther 2008, section 2.2). Backpropagation gets the same sum without ever
listing the paths, of which there may be millions. Here they are listed, for who wants to see why a gradient is what it is.

Flows in: a `Graph` and one of its values. Flows out: `Paths`.
"""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import numpy as np

from .autograd import Handle
from .graph import Graph

Step = tuple[int, int]  # the id of a call, and as which of its arguments the path enters it


class Path(NamedTuple):
    """One way from the value to the result.

    steps:        the calls on it, from the value to the result, each with the position of the argument that it enters by
    factors:      the local derivative at each step, where both ends are single numbers; None where they are not
    contribution: what comes back to the value this way, in its shape: the product of all local derivatives
    """

    steps: tuple[Step, ...]
    factors: tuple[float | None, ...]
    contribution: Any


@dataclasses.dataclass(frozen=True)
class Paths:
    """The ways from a value to the result.

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

    At most `limit` are listed; ``.count`` says how many there are. Raises KeyError for an unknown name, ValueError if the
    output is not a single number or does not depend on `wrt`.

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
    start, output = start_of(graph, wrt), graph.output
    if output.size != 1:
        raise ValueError(f"The paths lead to a single number, and {output.name or 'the output'} has shape {output.shape}.")
    entries = {node.id: [(node.id, p) for p, _ in graph.wanting(node.id)] for node in graph.forward}
    ways = {node.id: 0 for node in graph.forward} | {start: 1}  # how many ways lead from the start to each value
    for node in graph.forward:
        if node.id != start:
            ways[node.id] = sum(ways[graph.nodes[i].args[p].id] for i, p in entries[node.id])
    if not ways[output.id]:
        raise ValueError(
            f"{output.name or 'The output'} does not depend on {graph.nodes[start].name or wrt!r}, or in no way that has a "
            "derivative: no path leads from the one to the other."
        )
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


def start_of(graph: Graph, wrt: Any) -> int:
    """The id of the value that paths start from."""
    if isinstance(wrt, Handle):
        name = getattr(wrt, "name", None)
        if name is None:
            raise KeyError("This Tensor has no name by which it could be found in the graph: tg.Tensor(..., name='w').")
        wrt = name
    inputs = [i for i in graph.inputs if graph[i].name == wrt]  # before later values of the same name
    return inputs[0] if len(inputs) == 1 else graph[wrt].id


def local(graph: Graph, step: Step) -> float | None:
    """The derivative of a call in one of its arguments, if both are single numbers."""
    node = graph.nodes[step[0]]
    if node.shape != () or graph.nodes[node.args[step[1]].id].shape != ():
        return None
    return float(graph.send_back(*step, np.ones((), node.dtype)[()]))


def gradient_of(graph: Graph, start: int, entries: dict[int, list[Step]], ways: dict[int, int]) -> Any:
    """The gradient, by walking back: each call once, whatever the number of paths."""
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
