"""A recorded computation as plain data: a list of nodes, in the order in which they were computed.

Flows in: a Tensor (`Graph.of`), or a function and its arguments (`trace`). Flows out: a `Graph`, which holds no Tensor and
keeps none alive: numbers, arrays, names, and whole numbers that say which node is whose argument. Everything that people
look at, and everything that is generated, is made from it.

The textbooks call it a Wengert list, or the evaluation trace (Wengert 1964; Griewank and Walther 2008, chapter 2)::

    0  input     a                      2
    1  call      multiply(0, 0)         4
    2  call      sin(1)                 -0.7568

The walk back is recorded in the same way, if asked for: it is a computation like any other.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import math
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from . import messages, plaindata
from .autograd import RULES, Handle, Node, Sparse, new_number, seed_for, state, unbroadcast, walk
from .containers import flatten, with_paths
from .frames import forget_variables, users_frame
from .memory import plain
from .nodes import Contribution, GraphNode, Look, Ref, filled, is_numpy, parts_from_data, refs_in, same, written
from .tensor import CHAPTERS, Tensor
from .tracing import Detached, Tracer, Unruled, place


class Graph:
    """A recorded computation: ``graph.nodes``, in order, and which of them are inputs, constants and outputs (their ids).

    It can be iterated over, indexed by id or by name, compared, pickled, replayed with other numbers and written as JSON.
    `name` is that of the traced function; `arguments` are the names of its parameters, each with what was passed: a `Ref` for
    each array, in the nest of dicts, lists and tuples that they came in. `looks` are the places where the program looked at a
    value, as an ``if`` does.

    >>> import tinygrad_lite as tg
    >>> def f(a, b):
    ...     product = a * b
    ...     return np.sin(product)
    >>> graph = tg.trace(f)(2.0, 3.0)
    >>> [node.name or node.function for node in graph]
    ['a', 'b', 'product', 'np.sin']
    >>> float(graph["product"].value), float(graph.replay(a=2.5)["product"].value)
    (6.0, 7.5)
    """

    def __init__(
        self,
        nodes: Sequence[GraphNode],
        outputs: Sequence[int],
        name: str | None = None,
        arguments: Sequence[tuple[str, Any]] = (),
        looks: Sequence[Look] = (),
    ) -> None:
        self.nodes, self.outputs, self.name = tuple(nodes), tuple(outputs), name
        self.arguments, self.looks = tuple(arguments), tuple(looks)
        self.inputs = tuple(node.id for node in self.nodes if node.kind == "input")
        self.constants = tuple(node.id for node in self.nodes if node.kind == "constant")

    @staticmethod
    def of(tensor: Any, backward: bool = False) -> Graph:
        """The graph of how `tensor` was made. Variables of the caller name what has no name of its own.

        backward:  also the walk back from it, as nodes after the others. `tensor` is a single number then.

        Gradients are those in ``.grad``, as far as ``backward()`` has been called; with the walk back they are computed.
        Raises TypeError for anything but a Tensor, ValueError with `backward` if it is not a single number.
        """
        return graph_and_places(tensor, backward)[0]

    # --- a list of nodes -------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.nodes)

    def __iter__(self) -> Iterator[GraphNode]:
        return iter(self.nodes)

    def __getitem__(self, key: int | str) -> GraphNode:
        """A node by id; or the last one of this name."""
        if not isinstance(key, str):
            return self.nodes[key]
        for node in reversed(self.nodes):
            if node.name == key:
                return node
        names = ", ".join(sorted({node.name for node in self.nodes if node.name}))
        raise KeyError(f"No value of this graph is called {key!r}. Its names are: {names or '(none)'}.")

    @property
    def output(self) -> GraphNode:
        """What the function returned, if it is one value; otherwise the first."""
        return self.nodes[self.outputs[0]]

    @functools.cached_property
    def forward(self) -> list[GraphNode]:
        """The nodes without those of the walk back, and without what was only looked at."""
        wanted = {*self.outputs, *self.inputs}
        for node in reversed(self.nodes):
            if node.id in wanted:
                wanted.update(node.uses)
        return [node for node in self.nodes if node.id in wanted]

    @property
    def backward(self) -> list[GraphNode]:
        """The nodes of the walk back, if the graph has them."""
        return [node for node in self.nodes if node.through is not None or node.kind == "seed"]

    def users(self) -> dict[int, list[tuple[int, int]]]:
        """For each id: the nodes that use it, and as which argument (by position; -1 for a keyword or inside a tuple)."""
        found: dict[int, list[tuple[int, int]]] = {node.id: [] for node in self.nodes}
        for node in self.nodes:
            direct = [(i, arg) for i, arg in enumerate(node.args) if isinstance(arg, Ref)]
            for i, arg in direct:
                found[arg.id].append((node.id, i))
            inside = [arg for arg in node.args if not isinstance(arg, Ref)]
            for ref in refs_in((inside, node.keywords)):
                found[ref.id].append((node.id, -1))
        return found

    def __eq__(self, other: object) -> bool:
        """The same nodes, with the same values and gradients; nan equals nan. Lines of the program do not count."""
        if not isinstance(other, Graph):
            return NotImplemented
        mine, theirs = ((g.nodes, g.outputs, g.name, g.arguments, [look[:3] for look in g.looks]) for g in (self, other))
        return same(mine, theirs)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        backward = f", {len(self.backward)} of them walking back" if self.backward else ""
        return f"<Graph{f' of {self.name}' if self.name else ''}: {len(self.nodes)} nodes{backward}>"

    def __reduce__(self) -> Any:
        nodes = [node.replace(rule=None) for node in self.nodes]
        return restored, (nodes, self.outputs, self.name, self.arguments, self.looks)

    # --- as text ---------------------------------------------------------------------------------------------------------

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str:
        """The graph as text, in strict JSON, also written to a file if there is a `path`; docs/graph_format.md says how.

        Raises TypeError for what is no plain data: a function as an argument, an array of another library.

        >>> import tinygrad_lite as tg
        >>> graph = tg.trace(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
        >>> Graph.from_json(graph.to_json()) == graph
        True
        """
        text = written(self.nodes, self.outputs, self.name, self.arguments, self.looks)
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text

    @staticmethod
    def from_json(text_or_path: str | os.PathLike[str]) -> Graph:
        """The graph that `to_json` wrote, from its text or from the path of a file. Nothing in it is imported or executed.

        Raises ValueError for anything else, and FileNotFoundError if there is no such file.
        """
        where, text = "The text", os.fspath(text_or_path)
        if not text.lstrip().startswith(("{", "[")):
            where = os.path.basename(text)
            try:
                text = Path(text).read_text(encoding="utf-8")
            except OSError as error:
                raise messages.neither_text_nor_file(text, error) from error
        return restored(*parts_from_data(plaindata.parse(text, where), where))

    def to_onnx(self, path: str | os.PathLike[str] | None = None, backward: bool = False) -> Any:
        """The graph as a model of ONNX, which other programs can run and Netron can show; also written to a file.

        The inputs of the model are those of the graph, with their shapes and dtypes, its outputs those of the graph; with
        `backward` also the gradients of the inputs, if the graph has the walk back. Values are called as in `draw`.
        Needs the extra `onnx`. Raises ValueError, with the line, for a function that ONNX has no counterpart for.
        """
        from .views.onnx_model import onnx_model  # ONNX is optional

        return onnx_model(self, path, backward)

    # --- computing with it -----------------------------------------------------------------------------------------------

    def replay(self, **values: Any) -> Graph:
        """The same computation once more, from the inputs on: a new graph. Other values for inputs may be given by name.

        Gradients are in it if this graph has the walk back. Raises KeyError for a name that is no input, ValueError for a
        value of another shape, and where the program looked at a value (in an ``if``) and would find something else now.
        """
        given = {self.input(name): value for name, value in values.items()}
        done: dict[int, Any] = {}
        for node in self.nodes:
            if node.id in given:
                value = np.asarray(given[node.id], node.dtype)[()]
                if value.shape != node.shape:
                    raise messages.other_shape(node.name, node.shape, value.shape)
                if node.id not in self.used and not same(value, node.value):
                    raise messages.not_used(node.name)
                done[node.id] = value
            elif node.kind != "call":
                done[node.id] = node.value
            else:
                args, keywords = filled(node.args, done.__getitem__), filled(node.keywords, done.__getitem__)
                value = as_value(plain(rule_of(node).run(*args, **keywords)))
                if is_numpy(value) and value.shape != node.shape:
                    raise messages.other_size(node.function, node.line, node.shape, value.shape)
                done[node.id] = value
        for look in self.looks:
            if not same(done[look.id], look.found) and (look.by != "bool(t)" or bool(done[look.id]) != bool(look.found)):
                raise messages.another_way(look.line, look.found, done[look.id])
        return self.with_values(done)

    @functools.cached_property
    def used(self) -> set[int]:
        """The ids of what is used by a call, was looked at, or is an output."""
        return {*self.outputs, *(look.id for look in self.looks), *(i for node in self.nodes for i in node.uses)}

    def input(self, name: str) -> int:
        """The id of the input with this name."""
        found = [i for i in self.inputs if self.nodes[i].name == name]
        if len(found) == 1:
            return found[0]
        if found:
            raise KeyError(
                f"{len(found)} inputs of this graph are called {name!r}. Give them different names, and trace again."
            )
        names = ", ".join(str(self.nodes[i].name) for i in self.inputs)
        raise KeyError(f"No input of this graph is called {name!r}. Its inputs are: {names or '(none)'}.")

    def with_values(self, values: Mapping[int, Any]) -> Graph:
        """The same graph with other numbers in it; gradients from the walk back, if it is there."""
        nodes, walked = [], bool(self.backward)
        for node in self.nodes:
            gradient, parts = node.gradient if walked else None, node.contributions if walked else ()
            if node.gradient_id is not None:
                gradient = values[node.gradient_id]
            parts = tuple(part if part.id is None else part._replace(value=values[part.id]) for part in parts)
            nodes.append(node.replace(value=values[node.id], gradient=gradient, contributions=parts))
        return Graph(nodes, self.outputs, self.name, self.arguments, self.looks)

    def wanting(self, user: int) -> list[tuple[int, int]]:
        """The arguments of a call that a gradient flows back to: position and id, once for each place where one is used."""
        node = self.nodes[user]
        links = [(i, arg.id) for i, arg in enumerate(node.args) if isinstance(arg, Ref)] if node.wants_gradient else []
        return [(i, arg) for i, arg in links if self.nodes[arg].wants_gradient]

    def send_back(self, user: int, position: int, g: Any, summed: bool = True) -> Any:
        """The chain rule at one call: what a gradient `g` of its result becomes for its argument at `position`.

        This is the vector-Jacobian product of the function, summed over what was stretched; with ``summed=False`` without
        that sum, so it may have the shape of the result (for `examples/break_it.py`, which shows what comes of that).
        """
        node = self.nodes[user]
        parent = self.nodes[node.args[position].id]
        stand_ins = {ref.id: stand_in(self.nodes[ref.id]) for ref in refs_in((node.args, node.keywords))}
        call = stand_in(node)
        call.args = tuple(
            stand_ins[arg.id] if isinstance(arg, Ref) else filled(arg, lambda i: self.nodes[i].value) for arg in node.args
        )
        call.keywords = filled(node.keywords, lambda i: self.nodes[i].value)
        vjps = rule_of(node).on_arrays
        vjp = next(v for i, v in enumerate(vjps) if i == position)
        part = vjp(g, call, stand_ins[parent.id])
        if hasattr(part, "add_to"):  # a gradient that is kept small
            part = part.add_to(np.zeros(parent.shape, parent.dtype))
        part = plain(part)
        part = unbroadcast(part, parent.shape) if summed and part.shape != parent.shape else part
        return part.astype(parent.dtype, copy=False)


def graph_and_places(tensor: Any, backward: bool = False) -> tuple[Graph, Callable[[Any], int | None]]:
    """`Graph.of`, and what tells the id that a Tensor has in it; None if it is not there."""
    if not isinstance(tensor, Handle):
        raise messages.no_history(tensor)
    tracer, frame = Tracer(), users_frame()
    if frame is not None:
        tracer.learn_names(frame, 0)
        forget_variables(frame)
    recorded = tensor.node.__class__ is Node
    if backward and not recorded:
        raise messages.not_recorded(tensor)
    started = is_numpy(tensor.grad) and tensor.grad.size == 1 and tensor.grad == 1  # backward() was called on this Tensor
    builder = Builder(tracer)
    graph = builder.graph([tensor], recorded and (backward or started), backward)
    return graph, lambda other: builder.ids.get(other.node)


def stand_in(node: GraphNode) -> Node:
    """A node as the engine has it, for its rules."""
    twin = Node()
    twin.value, twin.shape, twin.dtype = node.value, node.shape, np.dtype(node.dtype)
    twin.args, twin.keywords, twin.rule = (), {}, node.rule
    return twin


def rule_of(node: GraphNode) -> Any:
    """The rule of a call, or what stands for one. In a graph that was read it is found by the name of the function."""
    return node.rule or found_rule(node)


def restored(nodes: Sequence[GraphNode], *rest: Any) -> Graph:
    """A graph that was read, with the rules of all functions that are known here."""
    named, complete = functools.cache(rule_of_name), list(nodes)
    for node in nodes:
        if node.kind == "call":
            with contextlib.suppress(LookupError):  # a primitive of the user's, which may come later
                complete[node.id] = node.replace(rule=found_rule(node, named))
    return Graph(complete, *rest)


def found_rule(node: GraphNode, named: Callable[[str | None], Any] | None = None) -> Any:
    """The rule with the name of the function, if the call has the form in which rules are called; data may be passed as in
    ``np.sum(x, 0)``.
    """
    rule = (named or rule_of_name)(node.function)
    fits = rule.variadic or (len(node.args) == rule.arity and {*node.keywords} <= {*rule.parameters[rule.arity :]})
    return rule if fits else Unruled(rule.function)


def rule_of_name(name: str | None) -> Any:
    """The rule of a function with this name, or what stands for one: for NumPy's functions that only compute, no others."""
    if name == "detach":
        return DETACH
    rules = {f: rule for f, rule in RULES.items() if messages.name_of(f) == name}
    if not rules:
        for chapter in CHAPTERS.values():
            with contextlib.suppress(ImportError):  # a package that is not installed has no part in the graph
                importlib.import_module(chapter)
        rules = {f: rule for f, rule in RULES.items() if messages.name_of(f) == name}
    if len({getattr(f, "__module__", None) for f in rules}) > 1:
        raise messages.several_of_this_name(name)
    if rules:
        return list(rules.values())[-1]  # one that was defined again
    package, *path = str(name).split(".")
    found: list[Any] = [np]
    for part in path:
        found.append(getattr(found[-1], part, None))
    if package == "np" and len(found) > 2 and isinstance(found[-2], np.ufunc) and path[-1] in OF_UFUNCS:
        return Unruled((found[-2], path[-1]))
    if package == "np" and isinstance(found[-1], (np.ufunc, type(np.sum))) and found[-1] not in WRITES_FILES:
        return Unruled(found[-1])
    raise messages.unknown_function(name)


OF_UFUNCS = ("reduce", "accumulate", "reduceat", "outer", "at")
WRITES_FILES = {np.save, np.savez, np.savez_compressed, np.savetxt}


def as_value(value: Any) -> Any:
    """A number of Python's as NumPy's."""
    return np.asarray(value)[()] if isinstance(value, (bool, int, float, complex)) else value


def detach(x: Any) -> Any:
    """The function of a node that stands for the array of another: the same numbers, and no gradient flows back."""
    return x


DETACH = Unruled(detach)


# --- from the engine's nodes to plain data -------------------------------------------------------------------------------


class Builder:
    """Makes a `Graph` of the engine's nodes, with what a tracer knows about them.

    An *entry* is what becomes a node of the graph: a Node, a `Detached` one, or an array that is an argument (a constant).
    """

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer
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
    ) -> Graph:
        """The graph of `outputs`; with gradients if there is a walk back, which `backward` puts into the graph."""
        results = [self.tracer.resolved(y) for y in outputs]
        looks = [look for look in self.tracer.looks if not isinstance(self.tracer.resolved(look.node), np.ndarray)]
        ends = [*(entry for _, nest in arguments for entry in flatten(nest)[0] if is_entry(entry)), *results]
        ends += [look.node for look in looks]
        if walk and not backward:
            self.walk_on_arrays(outputs[0])
        if walk and backward:
            self.gradients = self.walk_back(outputs[0], self.sent)
            ends += [*self.seeds, *map(self.tracer.resolved, self.gradients.values())]
        if order == 2:
            more = self.second([e for _, nest in arguments for e in flatten(nest)[0] if e.__class__ is Node], outputs[0])
            results = [results[0], *map(self.tracer.resolved, more)]
            ends += [*results, *self.directions, *dict.fromkeys(self.through.values())]
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
        given = [(parameter, rebuilt(nest, self.encoded)) for parameter, nest in arguments]
        found = [Look(self.ids[look.node], look.by, look.found, look.line) for look in looks]
        return Graph(of_the_walk(nodes), results, name, given, found)

    def walk_on_arrays(self, output: Any) -> None:
        """Walk back as `backward` does, for the gradients alone."""
        positions: Iterator[int] = iter(())

        def sent(node: Node, parent: Node, part: Any) -> None:
            self.sent.setdefault(parent, []).append((node, next(positions), part))

        with warnings.catch_warnings(), np.errstate(all="ignore"):  # the computation itself has warned already
            warnings.simplefilter("ignore")
            for node, g in walk(output.node, seed_for(output), sent=sent):
                self.gradients[node] = g
                positions = iter([i for i, arg in enumerate(node.args) if arg.__class__ is Node])

    def walk_back(self, output: Any, found: dict[Node, list[tuple[Node, int, Any]]]) -> dict[Node, Any]:
        """Walk back on the record. Returns all gradients; `found` gets what each call sends to each of its arguments."""
        tracer, start, gradients = self.tracer, Tensor(seed_for(output)), dict[Node, Any]()
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

        before, state.recording = state.recording, tracer
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):  # the computation itself has warned already
                warnings.simplefilter("ignore")
                for node, g in walk(output.node, start, True, sent):
                    gradients[node] = g
                    positions = iter([i for i, arg in enumerate(node.args) if arg.__class__ is Node])
                    arguments[node] = node.args  # the rules see arrays that tell what is computed from them
                    node.args = tuple(map(tracer.constant, node.args))
        finally:
            state.recording = before
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
        before, state.recording = state.recording, self.tracer
        seen = len(self.tracer.nodes)
        try:
            along = [self.tracer.input(np.ones(leaf.shape, leaf.dtype), f"v_{leaf.name}") for leaf in leaves]
            slope = sum(np.sum(g * v) for g, v in zip(gradients, along) if g is not None)
        finally:
            state.recording = before
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
        note = self.tracer.notes.get(entry)
        args, keywords = (note.args, note.keywords) if note else (entry.args, entry.keywords)
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

    def encoded(self, value: Any, inside: bool = False) -> Any:
        """Arguments as plain data, with references for entries."""
        if isinstance(value, (Node, Detached)) or (is_entry(value) and not inside):
            return Ref(self.ids[key_of(value)])
        if isinstance(value, Mapping):
            return {key: self.encoded(item, True) for key, item in value.items()}
        if type(value) in (list, tuple):
            return type(value)(self.encoded(item, True) for item in value)
        return plain(value)[()] if isinstance(value, np.ndarray) else value

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
                    value = handle._data
                elif value is None and all(is_numpy(value_of(e)) for e in entries_in(*self.links(entry))):
                    args, keywords = with_entries(self.links(entry), value_of)
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
            return GraphNode(kind="constant", function=None, name=self.tracer.array_names.get(place(entry)), **common)
        note = self.tracer.notes.get(entry)
        made_of_data = entry in self.tracer.sources
        kind = "call" if entry.rule or made_of_data else "seed" if entry in self.seeds else "input"
        if kind == "input":
            common["value"] = np.array(value)[()] if is_numpy(value) else value
            kind = "input" if entry.__class__ is Node or entry in self.tracer.inputs else "constant"
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
            line=note.line if note else getattr(getattr(entry, "note", None), "line", None),
            scope=note.scope if note else (),
            wants_gradient=entry.__class__ is Node and entry not in self.through and entry not in self.seeds,
            through=self.ids[self.through[entry]] if entry in self.through else None,
            rule=entry.rule,
            **common,
        )

    def name(self, entry: Node) -> str | None:
        """What the user's program calls a value."""
        if entry in self.tracer.names:
            return self.tracer.names[entry][1]
        return self.tracer.array_names.get(place(plain(entry.value))) if entry.rule is None else None

    def gradient(self, entry: Node, backward: bool) -> Any:
        """The gradient: what the walk back found; but without that in the graph, what is in ``.grad``."""
        handle, found = entry.tensor(), self.gradients.get(entry)
        held = handle is not None and (handle.node is entry or entry.rule is None) and handle.grad is not None
        if held and not (backward and found is not None):
            return plain(handle.grad)  # type: ignore[union-attr]
        return None if found is None else plain(found._data if isinstance(found, Handle) else found)

    def sent_back(self, entry: Node, part: Any) -> Any:
        """What one use sent back. What many slices of a large array send is nearly all zeros, and not written out."""
        if isinstance(part, Sparse):
            few = len(self.sent[entry]) * math.prod(entry.shape) <= 1_000_000
            return part.add_to(np.zeros(entry.shape, entry.dtype)) if few else None
        return plain(part._data if isinstance(part, Handle) else part)

    def id_of(self, tensor: Any) -> int | None:
        """The node that computed a gradient; None if it is a plain number."""
        entry = self.tracer.resolved(tensor)
        return self.ids.get(key_of(entry))


def key_of(entry: Any) -> Any:
    """What tells an entry from others: nodes are themselves, arrays are where they lie."""
    return entry if isinstance(entry, (Node, Detached)) else ("array", place(entry))


def is_entry(value: Any) -> bool:
    """Whether it becomes a node of the graph. Numbers, axes and the like are written where they are used."""
    return isinstance(value, (Node, Detached)) or getattr(value, "shape", ()) != ()


def entries_in(args: Iterable[Any], keywords: Mapping[str, Any]) -> Iterator[Any]:
    """What becomes a node among the arguments of a call; arrays inside a tuple, as in an index, are written there."""
    for arg in args:
        if is_entry(arg):
            yield arg
        elif isinstance(arg, Mapping) or type(arg) in (list, tuple):
            yield from nodes_in(arg)
    yield from nodes_in(keywords)


def nodes_in(value: Any) -> Iterator[Any]:
    """Nodes, wherever they are."""
    if isinstance(value, (Node, Detached)):
        yield value
    elif isinstance(value, Mapping) or type(value) in (list, tuple):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from nodes_in(item)


def with_entries(value: Any, value_of: Callable[[Any], Any]) -> Any:
    """The same arguments with the values of nodes in their places."""
    if isinstance(value, (Node, Detached)):
        return value_of(value)
    if isinstance(value, Mapping):
        return {key: with_entries(item, value_of) for key, item in value.items()}
    return type(value)(with_entries(item, value_of) for item in value) if type(value) in (list, tuple) else value


def rebuilt(nest: Any, change: Callable[[Any], Any]) -> Any:
    """A nest of the same form around other values."""
    values, rebuild = flatten(nest)
    return rebuild([change(value) for value in values])


def of_the_walk(nodes: list[GraphNode]) -> list[GraphNode]:
    """Constants that only the walk back uses belong to it."""
    first: dict[int, int | None] = {}
    for node in nodes:
        for i in node.uses:
            first.setdefault(i, node.through)
    return [n.replace(through=first.get(n.id)) if n.kind == "constant" and n.through is None else n for n in nodes]


def is_recorded(value: Any) -> bool:
    return isinstance(value, Tensor) and value.requires_grad


# --- tracing a function --------------------------------------------------------------------------------------------------


def trace(
    f: Callable[..., Any], backward: bool = False, argnums: int | tuple[int, ...] | None = None, order: int = 1
) -> Callable[..., Graph]:
    """The function that calls `f` and returns the `Graph` of what it computed: ``trace(f)(*args)``.

    Gradients are taken with respect to the Tensors among the arguments, also in dicts, lists and tuples; if there are none,
    to every float and array of floats. Other numbers and arrays are data, and inputs of the graph as well. Whole numbers
    and options (3, "relu", None) are what they are: the graph is of the computation with them.

    backward:  put the walk back from the result into the graph, too; `f` returns a single number then (if several values,
               the first)
    argnums:   the positions of the arguments that gradients are taken with respect to
    order:     2 to walk back through the walk back as well. After the result, the outputs of the graph are the second
               derivatives, of single numbers: row by row, those on and above the diagonal; with arrays among the arguments,
               the Hessian times a vector whose parts are inputs called ``v_`` and the name

    Values get the names of the variables in `f`, and in the functions that it calls, unless they have one of their own; and
    the line that computed them. If `f` returns one number, gradients are computed.

    >>> import tinygrad_lite as tg
    >>> def loss(w, x):
    ...     error = w * x - 1
    ...     return np.mean(error**2)
    >>> graph = trace(loss)(tg.Tensor(2.0), np.array([1.0, 3.0]))
    >>> [(node.name, node.function) for node in graph][2:4]
    [(None, 'np.multiply'), ('error', 'np.subtract')]
    >>> float(graph["w"].gradient)
    16.0
    """

    @functools.wraps(f, updated=())
    def traced(*args: Any, **keywords: Any) -> Graph:
        tracer = Tracer(sys._getframe())
        wanted = wanted_in(f, args, keywords, argnums)
        arguments = dict[str, Any]()

        def moved(parameter: str, nest: Any, position: int | None) -> Any:
            values, rebuild = flatten(nest)
            paths = [path.replace("'", '"') for path, _ in with_paths(nest)]
            new = [as_input(tracer, v, parameter + path, wanted(v, position)) for v, path in zip(values, paths)]
            arguments[parameter] = rebuild([tracer.resolved(value) for value in new])
            return rebuild(new)

        names = parameter_names(f, len(args))
        args = tuple(moved(names[i], arg, i) for i, arg in enumerate(args))
        keywords = {name: moved(name, arg, None) for name, arg in keywords.items()}
        recording, profile = state.recording, sys.getprofile()
        state.recording, tracer.begun = tracer, new_number()
        if profile is None or callable(profile):  # C's own profiler cannot be switched on again from here, so it stays
            sys.setprofile(tracer.returning)
        try:
            result = f(*args, **keywords)
        finally:
            if profile is None or callable(profile):
                sys.setprofile(profile)
            state.recording = recording
            tracer.leave()
        outputs = flatten(result)[0]
        if not outputs or not all(isinstance(y, (Handle, bool, int, float, complex)) or hasattr(y, "dtype") for y in outputs):
            raise messages.no_result(f, result)
        first = outputs[0]
        recorded = is_recorded(first)
        if backward and not recorded:
            raise messages.no_way_back(f, [str(held.name) for held in tracer.held if isinstance(held, Tensor)])
        walk = backward or (recorded and is_numpy(first._data) and first._data.size == 1)
        name = getattr(f, "__name__", None)
        return Builder(tracer).graph(outputs, walk, backward, name, list(arguments.items()), order if backward else 1)

    return traced


def wanted_in(f: Any, args: Any, keywords: Any, argnums: Any) -> Callable[[Any, int | None], bool]:
    """Which values of the arguments are variables."""
    if argnums is not None:
        numbers = argnums if isinstance(argnums, tuple) else (argnums,)
        for number in numbers:
            if not -len(args) <= number < len(args):
                raise messages.no_such_argument(f, number, len(args))
        chosen = {number % len(args) for number in numbers}
        return lambda value, position: position in chosen
    values = flatten([args, keywords])[0]
    if any(isinstance(value, Tensor) and value.requires_grad for value in values):
        return lambda value, _: isinstance(value, Tensor) and value.requires_grad
    return lambda value, _: (
        isinstance(value, float)
        or (not isinstance(value, Tensor) and getattr(getattr(value, "dtype", None), "kind", "") == "f")
    )


def as_input(tracer: Tracer, value: Any, name: str, wanted: bool) -> Any:
    """An argument as the traced function gets it: a new variable, data that tells, or the thing itself."""
    if wanted:
        data = value.data if isinstance(value, Tensor) else value
        data = np.array(data)[()] if is_numpy(data) else data  # memory of its own, which tells it from all other arrays
        variable = Tensor(data, name=getattr(value, "name", None) or name)
        assert variable.node is not None
        tracer.keep(variable.node)
        tracer.held.append(variable)
        return variable
    if isinstance(value, Tensor):
        value = value.data
    if is_numpy(value) or isinstance(value, float):
        return tracer.input(value, name)
    return value


def parameter_names(f: Any, count: int) -> list[str]:
    """What a function calls its positional arguments."""
    if f in RULES:
        return list(RULES[f].parameters[:count])
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    rest = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), "x" if parameters else "argument")
    return names[:count] + [f"{rest}{i}" for i in range(1, count - len(names) + 1)]
