"""A recorded computation as plain data: a list of nodes, in the order in which they were computed.

Flows in: a Tensor (`Graph.of`), or a function and its arguments (`trace`). Flows out: a `Graph`, which contains no Tensor:
only numbers, arrays, names, and whole numbers that say which nodes are the arguments of a call. All views are made from it.

The textbooks call it a Wengert list, or the evaluation trace (Wengert 1964; Griewank and Walther 2008, chapter 2)::

    0  input     a                      2
    1  call      multiply(0, 0)         4
    2  call      sin(1)                 -0.7568

The backward pass can be recorded in the same way: it is a computation like any other.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .. import messages
from ..autograd import RULES, Handle, Node, unbroadcast, wants_gradient
from ..frames import forget_variables, users_frame
from ..memory import plain
from ..sums import Sparse
from . import WRITERS, plaindata
from .building import Builder
from .lookup import found_rule, rule_of, rule_of_name
from .nodes import GraphNode, Look, Ref, filled, is_numpy, parts_from_data, refs_in, same, written
from .tracer import Tracer, Unruled


class Graph:
    """A recorded computation: ``graph.nodes``, in order, and which of them are inputs, constants and outputs (their ids).

    It can be iterated over, indexed by id or by name, compared, pickled, replayed with other numbers and written as JSON.
    `name` is the name of the traced function. `arguments` has the names of its parameters, each with what was passed: a `Ref`
    for each array, inside the same dicts, lists and tuples. `looks` are the places where the program looked at a value, as an
    ``if`` does.

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
        """The graph of how `tensor` was made. Values without a name get the names of the caller's variables.

        backward:  add the backward pass, as nodes after the others. Then `tensor` must be a single number.

        Gradients are those in ``.grad``, if ``backward()`` has been called; with `backward` they are computed.
        Raises TypeError for anything but a Tensor, and ValueError with `backward` if it is not a single number.
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
        raise messages.no_value_called(key, sorted({node.name for node in self.nodes if node.name}))

    @property
    def output(self) -> GraphNode:
        """What the function returned, if it is one value; otherwise the first."""
        return self.nodes[self.outputs[0]]

    @functools.cached_property
    def forward(self) -> list[GraphNode]:
        """The nodes without those of the backward pass, and without values that the program only looked at."""
        return self.leading_to(self.outputs)

    def leading_to(self, ends: Sequence[int]) -> list[GraphNode]:
        """All inputs, and all nodes that these values are made from."""
        wanted = {*ends, *self.inputs}
        for node in reversed(self.nodes):
            if node.id in wanted:
                wanted.update(node.uses)
        return [node for node in self.nodes if node.id in wanted]

    @property
    def backward(self) -> list[GraphNode]:
        """The nodes of the backward pass, if the graph has them."""
        return [node for node in self.nodes if node.through is not None or node.kind == "seed"]

    def users(self) -> dict[int, list[tuple[int, int]]]:
        """For each id: the nodes that use it, and as which argument (by position; -1, -2, … in keywords and tuples)."""
        found: dict[int, list[tuple[int, int]]] = {node.id: [] for node in self.nodes}
        for node in self.nodes:
            for position, i in node.links:
                found[i].append((node.id, position))
        return found

    def __eq__(self, other: object) -> bool:
        """The same nodes, with the same values and gradients; nan equals nan. Lines of the program do not count."""
        if not isinstance(other, Graph):
            return NotImplemented
        mine, theirs = ((g.nodes, g.outputs, g.name, g.arguments, [look[:3] for look in g.looks]) for g in (self, other))
        return same(mine, theirs)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        backward = f", {len(self.backward)} of them in the backward pass" if self.backward else ""
        return f"<Graph{f' of {self.name}' if self.name else ''}: {len(self.nodes)} nodes{backward}>"

    def __reduce__(self) -> Any:
        nodes = [node.replace(rule=None) for node in self.nodes]
        return restored, (nodes, self.outputs, self.name, self.arguments, self.looks)

    # --- as text ---------------------------------------------------------------------------------------------------------

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str:
        """The graph as text, in strict JSON, also written to a file if there is a `path`.

        The format is on the page docs/reference/graph_format.md.
        Raises TypeError for what is not plain data: a function as an argument, or an array of another library.

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
        """The graph as an ONNX model, which other programs can run and Netron can show; also written to a file.

        The model has the inputs and the outputs of the graph, with the same shapes and dtypes. With `backward`, and if the
        graph has the backward pass, it also has the gradients of the inputs. Values have the names that `draw` shows, each
        node has the line of the program. Needs the extra `onnx`. Raises ValueError, with the line, for a function that has no
        counterpart in ONNX: inverses, determinants and factors of matrices, the gamma and Bessel functions and similar ones.

        onnxruntime before version 1.26 runs the backward pass of a matrix product in double precision only with the session
        option ``graph_optimization_level = ORT_ENABLE_BASIC``: otherwise it replaces the product by one that it cannot run.
        """
        return importlib.import_module(WRITERS["onnx"]).onnx_model(self, path, backward)

    # --- computing with it -----------------------------------------------------------------------------------------------

    def replay(self, **values: Any) -> Graph:
        """The same computation again, from the inputs on, as a new graph. Other values for inputs may be given by name.

        The new graph has gradients if this one has the backward pass. Raises KeyError for a name that is not an input.
        Raises ValueError for a value of another shape, and if the program looked at a value (in an ``if``) that would now
        be different.
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
            raise messages.several_inputs_called(name, len(found))
        raise messages.no_input_called(name, [self.nodes[i].name for i in self.inputs])

    def with_values(self, values: Mapping[int, Any]) -> Graph:
        """The same graph with other numbers in it; gradients from the backward pass, if it is there."""
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
        links = node.links if node.wants_gradient else []
        return [(position, i) for position, i in links if position >= 0 and self.nodes[i].wants_gradient]

    def send_back(self, user: int, position: int, g: Any, summed: bool = True) -> Any:
        """The chain rule for one call: from the gradient `g` of its result to the gradient of its argument at `position`.

        This is the vector-Jacobian product of the function, summed over the axes that were broadcast. With ``summed=False``
        it is not summed, so it may have the shape of the result (`examples/break_it.py` shows what goes wrong then).
        """
        node = self.nodes[user]
        parent = self.nodes[node.args[position].id]
        stand_ins = {ref.id: stand_in(self.nodes[ref.id]) for ref in refs_in((node.args, node.keywords))}
        call = stand_in(node)
        call.args = tuple(
            stand_ins[arg.id] if isinstance(arg, Ref) else filled(arg, lambda i: self.nodes[i].value) for arg in node.args
        )
        call.keywords = filled(node.keywords, lambda i: self.nodes[i].value)
        rule = rule_of(node)  # where no gradient was wanted, the call was only looked on, but its function may have a rule
        vjps = (RULES[rule.function] if isinstance(rule, Unruled) else rule).on_arrays
        vjp = next(v for i, v in enumerate(vjps) if i == position)
        part = vjp(g, call, stand_ins[parent.id])
        part = plain(part.full() if isinstance(part, Sparse) else part)
        part = unbroadcast(part, parent.shape) if summed and part.shape != parent.shape else part
        return part.astype(parent.dtype, copy=False)


def graph_and_places(tensor: Any, backward: bool = False) -> tuple[Graph, Callable[[Any], int | None]]:
    """`Graph.of`, and what tells the id that a Tensor has in it; None if it is not there."""
    if not isinstance(tensor, Handle):
        raise messages.not_recorded(tensor)
    tracer, frame = Tracer(), users_frame()
    if frame is not None:
        tracer.learn_names(frame, 0)
        forget_variables(frame)
    recorded = wants_gradient(tensor.node)
    if backward and not recorded:
        raise messages.not_recorded(tensor)
    started = is_numpy(tensor.grad) and tensor.grad.size == 1 and tensor.grad == 1  # backward() was called on this Tensor
    builder = Builder(tracer)
    graph = Graph(*builder.graph([tensor], recorded and (backward or started), backward))
    return graph, lambda other: builder.ids.get(other.node)


def stand_in(node: GraphNode) -> Node:
    """A node as the engine has it, for its rules."""
    twin = Node()
    twin.value, twin.shape, twin.dtype = node.value, node.shape, np.dtype(node.dtype)
    twin.args, twin.keywords, twin.rule = (), {}, node.rule
    return twin


def restored(nodes: Sequence[GraphNode], *rest: Any) -> Graph:
    """A graph that was read, with the rules of all functions that are known here."""
    named, complete = functools.cache(rule_of_name), list(nodes)
    for node in nodes:
        if node.kind == "call":
            with contextlib.suppress(LookupError):  # a primitive of the user's, which may come later
                complete[node.id] = node.replace(rule=found_rule(node, named))
    return Graph(complete, *rest)


def as_value(value: Any) -> Any:
    """A number of Python's as NumPy's."""
    return np.asarray(value)[()] if isinstance(value, (bool, int, float, complex)) else value
