"""Makes the plain data of a graph from the engine's nodes.

Flows in: the results of a computation, and a `Tracer` that was active, or that has seen nothing. Flows out: nodes of a graph,
in order, with values, names, lines and gradients. For the gradients the builder runs a backward pass, which is recorded if it
should be in the graph. The engine's nodes, and the gradients in ``.grad``, do not change.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .. import messages
from ..autograd import Handle, Node, seed_for, walk, wants_gradient
from ..containers import flatten, mapped, mapped_nest, values_in
from ..differentiation import is_recorded
from ..memory import plain
from ..recording import Mode, in_mode
from ..sums import Sparse
from ..tensor import Tensor
from .nodes import Contribution, GraphNode, Look, Ref, is_numpy
from .tracer import Detached, Tracer, place

Parts = tuple[Sequence[GraphNode], Sequence[int], str | None, Sequence[tuple[str, Any]], Sequence[Look]]


class Builder:
    """Makes a `Graph` of the engine's nodes, with what a tracer knows about them.

    An *entry* is what becomes a node of the graph: a Node, a `Detached` one, or an array that is an argument (a constant).
    """

    def __init__(self, tracer: Tracer, every_look: bool = False) -> None:
        self.tracer, self.every_look = tracer, every_look
        self.gradients: dict[Node, Any] = {}
        self.sent: dict[Node, list[tuple[Node, int, Any]]] = {}
        self.through: dict[Node, Node] = {}
        self.seeds: list[Node] = []
        self.directions: list[Node] = []
        self.ids: dict[Any, int] = {}

    def graph(
        self,
        outputs: Sequence[Any],
        walk: bool,
        backward: bool,
        name: str | None = None,
        arguments: Sequence[tuple[str, Any]] = (),
        order: int = 1,
    ) -> Parts:
        """The parts of the graph of `outputs`, with gradients if there is a backward pass; `backward` adds that to it."""
        results = [self.tracer.resolved(y) for y in outputs]
        ends = [*(entry for _, nest in arguments for entry in flatten(nest)[0] if is_entry(entry)), *results]
        looks = list(self.tracer.looks)  # those of the program; the rules, in the backward pass, look at values too
        ends += [node for node, *_ in looks]
        if walk and not backward:
            self.gradients = self.walk_back(outputs[0], self.sent, recorded=False)
        if walk and backward:
            self.gradients = self.walk_back(outputs[0], self.sent)
            ends += [*self.seeds, *map(self.tracer.resolved, self.gradients.values())]
        if order == 2:
            more = self.second([e for _, nest in arguments for e in flatten(nest)[0] if wants_gradient(e)], outputs[0])
            results = [results[0], *map(self.tracer.resolved, more)]
            ends += [*results, *self.directions, *dict.fromkeys(self.through.values())]
        if self.every_look:
            ends += [node for node, *_ in self.tracer.looks[len(looks) :]]
            looks = list(self.tracer.looks)
        entries = self.in_order([end for end in ends if is_entry(end)])
        self.ids = {key_of(entry): i for i, entry in enumerate(entries)}
        values = self.values(entries)
        nodes = [self.node(i, entry, value, backward) for i, (entry, value) in enumerate(zip(entries, values))]
        for i, result in enumerate(results):
            if not is_entry(result):  # a plain number, which has to be a node to be an output
                value = np.asarray(result)[()]
                nodes.append(GraphNode(len(nodes), "constant", None, (), {}, value.shape, str(value.dtype), None, value))
                results[i] = self.ids.setdefault(("output", i), len(nodes) - 1)
            else:
                results[i] = self.ids[key_of(result)]
        given = [(parameter, mapped_nest(self.encoded, nest)) for parameter, nest in arguments]
        found = [Look(self.ids[node], *rest) for node, *rest in looks]
        return of_the_walk(nodes), results, name, given, found

    def walk_back(
        self, output: Any, found: dict[Node, list[tuple[Node, int, Any]]], recorded: bool = True
    ) -> dict[Node, Any]:
        """Run a backward pass, recorded or only for the gradients, as `backward` does. Returns all gradients; `found` gets
        what each call sends to each of its arguments.
        """
        tracer, start, gradients = self.tracer, seed_for(output), dict[Node, Any]()
        if recorded:
            start = Tensor(start)
            assert start.node is not None
            self.seeds.append(start.node)
        seen = len(tracer.nodes)
        positions: Iterator[int] = iter(())
        arguments: dict[Node, tuple[Any, ...]] = {}

        def sent(node: Node, parent: Node, part: Any) -> None:
            nonlocal seen
            found.setdefault(parent, []).append((node, next(positions), part))
            self.through.update(dict.fromkeys(tracer.nodes[seen:], node))
            seen = len(tracer.nodes)

        try:
            # the computation itself has warned already
            watched = in_mode(Mode(True, tracer)) if recorded else contextlib.nullcontext()
            with watched, warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                for node, g in walk(output.node, start, recorded, sent):
                    gradients[node] = g
                    positions = iter([i for i, arg in enumerate(node.args) if wants_gradient(arg)])
                    if recorded:
                        arguments[node] = node.args  # the rules see arrays that tell what is computed from them
                        node.args = tuple(map(tracer.constant, node.args))
        finally:
            for node, args in arguments.items():
                node.args = args
        return gradients

    def second(self, leaves: list[Node], output: Any) -> list[Any]:
        """Second derivatives: of single numbers all of them, row by row, the upper half; otherwise those along directions.

        A direction is an input of the shape of each leaf, and what comes out is the Hessian times that vector.
        """
        gradients = [self.gradients.get(leaf) for leaf in leaves]
        if all(leaf.shape == () for leaf in leaves):
            rows = [{} if not is_recorded(g) else self.walk_back(g, {}) for g in gradients]
            return [row.get(leaf, 0.0) for i, row in enumerate(rows) for leaf in leaves[i:]]
        seen = len(self.tracer.nodes)
        with in_mode(Mode(True, self.tracer)):
            along = [self.tracer.input(np.ones(leaf.shape, leaf.dtype), f"v_{leaf.name}") for leaf in leaves]
            slope = sum(np.sum(g * v) for g, v in zip(gradients, along) if g is not None)
        self.through.update(dict.fromkeys(self.tracer.nodes[seen:], output.node))
        self.directions = list(map(self.tracer.resolved, along))
        row = self.walk_back(slope, {}) if is_recorded(slope) else {}
        return [row.get(leaf, np.zeros(leaf.shape, leaf.dtype)) for leaf in leaves]

    def links(self, entry: Any) -> tuple[tuple[Any, ...], Mapping[str, Any]]:
        """The arguments of a call."""
        if isinstance(entry, Detached):
            return (entry.node,), {}
        if not isinstance(entry, Node):
            return (), {}
        if entry.rule is None:
            return ((self.tracer.sources[entry],) if entry in self.tracer.sources else ()), {}
        details = self.tracer.details.get(entry)
        args, keywords = (details.args, details.keywords) if details else (entry.args, entry.keywords)
        constants = self.tracer.constants
        return tuple(constants.get(place(arg), arg) if isinstance(arg, np.ndarray) else arg for arg in args), keywords

    def in_order(self, ends: Iterable[Any]) -> list[Any]:
        """Everything that `ends` were made from: nodes from old to new, everything else before its first use."""
        stack, found = list(ends), dict[Any, Any]()
        while stack:
            entry = stack.pop()
            if key_of(entry) not in found:
                found[key_of(entry)] = entry
                stack.extend(entries_in(*self.links(entry)))
        ordered = dict[Any, Any]()
        for node in sorted((entry for entry in found.values() if isinstance(entry, Node)), key=lambda node: node.number):
            for entry in (*entries_in(*self.links(node)), node):
                ordered.setdefault(key_of(entry), entry)
        return list((ordered | {key: entry for key, entry in found.items() if key not in ordered}).values())

    def encoded(self, value: Any) -> Any:
        """An argument as plain data, with references for entries."""
        return self.ref(value) if is_entry(value) else mapped(self.encoded_inside, value)

    def encoded_inside(self, value: Any) -> Any:
        """The same for what is inside a tuple, list or dict: an array is written out there."""
        if is_node(value):
            return self.ref(value)
        return plain(value)[()] if isinstance(value, np.ndarray) else value

    def ref(self, entry: Any) -> Ref:
        return Ref(self.ids[key_of(entry)])

    def values(self, order: Sequence[Any]) -> list[Any]:
        """The value of each entry. What was kept neither by the graph nor by a Tensor is computed again, if it can be."""
        values: dict[Any, Any] = {}

        def value_of(entry: Any) -> Any:
            return values[key_of(entry)]

        for entry in order:
            value = value_of(entry.node) if isinstance(entry, Detached) else entry
            if isinstance(entry, Node):
                handle, value = entry.tensor(), entry.value
                if value is None and handle is not None and handle.node is entry:
                    value = handle._array
                elif value is None and all(is_numpy(value_of(e)) for e in entries_in(*self.links(entry))):
                    args, keywords = mapped(lambda v: value_of(v) if is_node(v) else v, self.links(entry))
                    with contextlib.suppress(Exception), warnings.catch_warnings(), np.errstate(all="ignore"):
                        warnings.simplefilter("ignore")
                        value = entry.rule.run(*args, **keywords)  # it may be a function that cannot be called twice
            values[key_of(entry)] = plain(value)
        return list(values.values())

    def node(self, i: int, entry: Any, value: Any, backward: bool) -> GraphNode:
        """One entry as plain data."""
        source, args, keywords = entry.node if isinstance(entry, Detached) else entry, *self.links(entry)
        common: dict[str, Any] = {
            "id": i, "args": tuple(self.encoded(arg) for arg in args), "keywords": self.encoded(keywords),
            "shape": tuple(source.shape), "dtype": str(source.dtype), "value": value,
        }  # fmt: skip
        if isinstance(entry, Detached):
            return GraphNode(kind="call", function="detach", name=None, **common)
        if not isinstance(entry, Node):
            common["value"] = np.array(value) if is_numpy(value) else value
            return GraphNode(kind="constant", function=None, name=self.name_of_array(entry), **common)
        details = self.tracer.details.get(entry)
        made_of_data = entry in self.tracer.sources
        kind = "call" if entry.rule or made_of_data else "seed" if entry in self.seeds else "input"
        if kind == "input":
            common["value"] = np.array(value)[()] if is_numpy(value) else value
            kind = "input" if entry.wants_gradient or entry in self.tracer.inputs else "constant"
        parts = [
            Contribution(self.ids[user], position, self.sent_back(entry, part), self.id_of(part) if backward else None)
            for user, position, part in self.sent.get(entry, [])
        ]
        return GraphNode(
            kind=kind,
            function=messages.name_of(entry.rule.function) if entry.rule else "detach" if made_of_data else None,
            name=entry.name or self.name(entry),
            gradient=self.gradient(entry, backward),
            gradient_id=self.id_of(self.gradients[entry]) if backward and entry in self.gradients else None,
            contributions=tuple(parts),
            line=details.line if details else getattr(getattr(entry, "note", None), "line", None),
            scope=details.scope if details else (),
            wants_gradient=entry.wants_gradient and entry not in self.through and entry not in self.seeds,
            through=self.ids[self.through[entry]] if entry in self.through else None,
            rule=entry.rule,
            **common,
        )

    def name(self, entry: Node) -> str | None:
        """What the user's program calls a value."""
        if entry in self.tracer.names:
            return self.tracer.names[entry][1]
        return self.name_of_array(plain(entry.value)) if entry.rule is None else None

    def name_of_array(self, array: Any) -> str | None:
        """What the user's program calls an array that no call made."""
        return self.tracer.array_names.get(place(array))

    def gradient(self, entry: Node, backward: bool) -> Any:
        """The gradient: what the backward pass found; but without that in the graph, what is in ``.grad``."""
        handle, found = entry.tensor(), self.gradients.get(entry)
        held = handle is not None and (handle.node is entry or entry.rule is None) and handle.grad is not None
        if held and not (backward and found is not None):
            return plain(handle.grad)  # type: ignore[union-attr]
        return None if found is None else plain(found._array if isinstance(found, Handle) else found)

    def sent_back(self, entry: Node, part: Any) -> Any:
        """What one use sent back. What many slices of a large array send is nearly all zeros, and not written out."""
        if isinstance(part, Sparse):
            few = len(self.sent[entry]) * math.prod(entry.shape) <= 1_000_000
            return part.full() if few else None
        return plain(part._array if isinstance(part, Handle) else part)

    def id_of(self, tensor: Any) -> int | None:
        """The node that computed a gradient; None if it is a plain number."""
        entry = self.tracer.resolved(tensor)
        return self.ids.get(key_of(entry))


def key_of(entry: Any) -> Any:
    """What tells an entry from others: nodes are themselves, arrays are where they lie."""
    return entry if is_node(entry) else ("array", place(entry))


def is_entry(value: Any) -> bool:
    """Whether it becomes a node of the graph. Numbers, axes and the like are written where they are used."""
    return is_node(value) or (getattr(value, "shape", ()) != () and not isinstance(value, type))


def entries_in(args: Iterable[Any], keywords: Mapping[str, Any]) -> list[Any]:
    """What becomes a node among the arguments of a call; arrays inside a tuple, as in an index, are written there."""
    direct = [[arg] if is_entry(arg) else filter(is_node, values_in(arg)) for arg in args]
    return [*itertools.chain(*direct), *filter(is_node, values_in(keywords))]


def is_node(value: Any) -> bool:
    return isinstance(value, (Node, Detached))


def of_the_walk(nodes: list[GraphNode]) -> list[GraphNode]:
    """Constants that only the backward pass uses, which belong to it."""
    first: dict[int, int | None] = {}
    for node in nodes:
        for i in node.uses:
            first.setdefault(i, node.through)
    return [n.replace(through=first.get(n.id)) if n.kind == "constant" and n.through is None else n for n in nodes]
