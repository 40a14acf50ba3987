"""The simplified program of a computation: the calls that a person would write for it.

Flows in: a `Graph`, and the rewrites that simplify its calls (see simplify.py). Flows out: a `Program`. Its calls are in
order, each with its arguments, shape and dtype; and for each node of the graph it says what the node has become: the result
of a call, a plain number, or a value that is smaller than the node and that NumPy broadcasts where it is used.

All generated programs start from here, for example the source of the gradient.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..protocols.primitives import astype
from .graph import Graph
from .lookup import given_keywords, rule_of
from .nodes import GraphNode, Ref, refs_in
from .shifts import gradients_that_cancel

FLOATS, SHORT = {"float16", "float32", "float64"}, {"float16", "float32"}


class Op(NamedTuple):
    """A call in the program. `id` is that of the first node in the graph that computes it."""

    id: int
    function: Any
    args: tuple[Any, ...]
    keywords: Mapping[str, Any]
    shape: tuple[int, ...]
    dtype: str
    backward: bool


class Broadcast(NamedTuple):
    """A value that is to be broadcast to a shape. `core` is the value before it is broadcast: a Ref or a number."""

    core: Any
    shape: tuple[int, ...]
    dtype: str


class Zero(NamedTuple):
    """Zeros of a shape."""

    shape: tuple[int, ...]
    dtype: str


class Draft(NamedTuple):
    """A call that is being simplified: what the call of a node looks like after some of the rewrites."""

    node: GraphNode
    function: Any
    args: tuple[Any, ...]
    keywords: Mapping[str, Any]
    shape: tuple[int, ...]

    @property
    def dtype(self) -> str:
        return self.node.dtype

    @property
    def backward(self) -> bool:
        return self.node.through is not None

    @property
    def elementwise(self) -> bool:
        """Whether NumPy broadcasts the arguments of this call to one shape, and computes it element by element.

        A call with two results, such as np.divmod of constants, is none: a tuple has no shape.
        """
        rule = rule_of(self.node)
        return bool(rule.broadcasts) and getattr(rule.function, "nout", 1) == 1

    def written(self, function: Any, args: tuple[Any, ...], keywords: Mapping[str, Any] | None = None) -> Draft:
        """The same value, written as another call."""
        return self._replace(function=function, args=args, keywords=keywords or {})


class Rewrite(NamedTuple):
    """One way to simplify calls.

    functions:   the functions whose calls it is tried on; if there are none, it is tried on all calls
    elementwise: whether it is tried only on calls that NumPy computes element by element
    change:      gets the program so far, and a draft; returns a simpler draft, or the value if no call is needed, or None if
                 it does not apply
    """

    functions: frozenset[Any]
    elementwise: bool
    change: Callable[[Program, Draft], Any]


class Program:
    """The simplified calls of a graph, in order (`ops`), and what each of its nodes has become (`of`).

    ops:  the id of each call -> the `Op`
    of:   the id of each node of the graph -> a `Ref` to an input, a constant or a call; a number; a `Broadcast`; a `Zero`
    """

    def __init__(self, graph: Graph, rewrites: Iterable[Rewrite]) -> None:
        self.graph, self.rewrites = graph, tuple(rewrites)
        self.ops: dict[int, Op] = {}
        self.of: dict[int, Any] = {}
        self.known: dict[Any, int] = {}  # what a call computes -> its id: a call that is computed twice is written once
        self.made = len(graph)  # the id of the next call that is not in the graph
        self.mixed = is_mixed(graph)
        self.cancelling = gradients_that_cancel(graph)
        self.backward = False  # whether the calls that are added now belong to the backward pass
        for node in graph:
            self.backward = node.through is not None
            if node.kind == "call":
                self.of[node.id] = self.simplified(self.draft(node))
            else:
                self.of[node.id] = 1 if node.kind == "seed" else Ref(node.id)

    # --- one call ---------------------------------------------------------------------------------------------------------

    def draft(self, node: GraphNode) -> Draft:
        """The call of a node, with what its arguments have become, and without keywords that are at their default."""
        given = {key: self.whole(self.operand(value)) for key, value in given_keywords(node).items()}
        return Draft(node, rule_of(node).function, tuple(map(self.operand, node.args)), given, node.shape)

    def operand(self, value: Any) -> Any:
        """An argument, with what its nodes have become."""
        if isinstance(value, Ref):
            return self.of[value.id]
        if type(value) in (list, tuple):
            return type(value)(self.whole(self.operand(item)) for item in value)
        if isinstance(value, np.generic) and value.dtype in (np.float64, np.int64):
            return value.item()
        return value

    def simplified(self, draft: Draft, after: Rewrite | None = None) -> Any:
        """What becomes of a call: each rewrite in turn may change it (with `after`, each that comes after that one). What is
        left of the call is added to the program.
        """
        start = self.rewrites.index(after) + 1 if after else 0
        for functions, elementwise, change in self.rewrites[start:]:
            if (functions and draft.function not in functions) or (elementwise and not draft.elementwise):
                continue
            found = change(self, draft)
            if isinstance(found, Draft):
                draft = found
            elif found is not None:
                return self.broadcast(found, draft.node)
        made = self.call(draft.function, self.args(draft), draft.shape, draft.dtype, draft.keywords, draft.node.id)
        return self.broadcast(made, draft.node)

    def args(self, draft: Draft) -> tuple[Any, ...]:
        """The arguments of a call in full. A function that is not elementwise may look at their dtypes, so an array that has
        become a plain number is a number of NumPy's there.
        """
        arrays = [isinstance(given, Ref | np.floating) and not draft.elementwise for given in draft.node.args]
        return tuple(
            self.typed(arg, draft.dtype) if is_number(arg) and i < len(arrays) and arrays[i] else self.whole(arg)
            for i, arg in enumerate(draft.args)
        )

    def call(
        self,
        function: Any,
        args: tuple[Any, ...],
        shape: tuple[int, ...],
        dtype: str,
        keywords: Mapping[str, Any] | None = None,
        node: int | None = None,
    ) -> Ref:
        """Add a call to the program, or find the same call if it is already there. `node` is the node that it computes."""
        keywords = keywords or {}
        operands = tuple(map(key_of, args))
        if function in (np.add, np.multiply):  # x + y is y + x
            operands = tuple(sorted(operands, key=repr))
        key = (function, operands, tuple((name, key_of(value)) for name, value in sorted(keywords.items())), shape)
        if key not in self.known:
            if node is None or node in self.ops:  # not in the graph, or a call that became two
                node, self.made = self.made, self.made + 1
            self.known[key] = node
            self.ops[node] = Op(node, function, args, keywords, tuple(shape), dtype, self.backward)
        return Ref(self.known[key])

    # --- values -----------------------------------------------------------------------------------------------------------

    def op(self, value: Any) -> Op | None:
        """The call that computes a value; None if it is not computed by one."""
        return self.ops.get(value.id) if isinstance(value, Ref) else None

    def shape(self, value: Any) -> tuple[int, ...]:
        if isinstance(value, Ref):
            return self.ops[value.id].shape if value.id in self.ops else self.graph[value.id].shape
        return tuple(getattr(value, "shape", ()))

    def size(self, value: Any) -> int:
        return math.prod(self.shape(value))

    def broadcast(self, value: Any, node: GraphNode) -> Any:
        """A value as one of the shape of this node; and of its dtype, where there are floats of several lengths."""
        if self.mixed:
            value = self.in_dtype(value, node.dtype)
        if self.shape(value) == node.shape:
            return value
        if isinstance(value, Zero):
            return Zero(node.shape, value.dtype)
        return Broadcast(core_of(value), node.shape, node.dtype)

    def in_dtype(self, value: Any, dtype: str) -> Any:
        """A value in the precision of a node, which a rewrite may have lost: ``1.0 * x`` is x, but in double precision."""
        core, kind = core_of(value), np.dtype(dtype)
        if is_number(core):
            new: Any = float(kind.type(core)) if dtype in SHORT else core
        elif isinstance(core, Ref) and (before := self.dtype(core)) != dtype and {before, dtype} <= FLOATS:
            new = self.call(astype, (core, kind), self.shape(core), dtype)
        else:
            new = core
        return value if new is core else value._replace(core=new, dtype=dtype) if isinstance(value, Broadcast) else new

    def dtype(self, value: Ref) -> str:
        return self.ops[value.id].dtype if value.id in self.ops else self.graph[value.id].dtype

    def whole(self, value: Any) -> Any:
        """A value for a function that does not broadcast its arguments: a call does it before."""
        if not isinstance(value, Zero | Broadcast):
            return value
        shape, dtype = value.shape, value.dtype
        kind = {} if dtype == "float64" else {"dtype": np.dtype(dtype)}  # NumPy makes float64 unless `dtype` says otherwise
        if isinstance(value, Zero):
            return self.call(np.zeros, (shape,), shape, dtype, kind)
        if value.core == 1:
            return self.call(np.ones, (shape,), shape, dtype, kind)
        if self.shape(value.core) == ():
            core = float(value.core) if is_number(value.core) else value.core
            return self.call(np.full, (shape, core), shape, dtype, kind)
        return self.call(np.broadcast_to, (value.core, shape), shape, dtype)

    def typed(self, number: Any, dtype: str) -> Ref:
        """A plain number as a number of NumPy's."""
        return self.call(np.dtype(dtype).type, (number,), (), dtype)

    def used(self, ends: Any) -> dict[int, int]:
        """How often each value that `ends` need is used. Only the calls that are needed are in it, in their order."""
        counts: dict[int, int] = {}

        def count(args: Any) -> None:
            for ref in refs_in(args):
                counts[ref.id] = counts.get(ref.id, 0) + 1

        count(ends)
        for op in reversed(self.ops.values()):
            if op.id in counts:
                count((op.args, op.keywords))
        given = [i for i in counts if i not in self.ops]
        return {i: counts[i] for i in [*sorted(given), *self.ops] if i in counts}


def is_mixed(graph: Graph) -> bool:
    """Whether a graph computes with floats of several lengths. A number beside arrays may take on their dtype."""
    return len({node.dtype for node in graph if node.shape or node.kind == "call"} & FLOATS) > 1


def is_number(value: Any) -> bool:
    return type(value) in (int, float)


def is_zero(value: Any) -> bool:
    return isinstance(value, Zero) or (is_number(value) and value == 0)


def core_of(value: Any) -> Any:
    """A value before it is broadcast."""
    return value.core if isinstance(value, Broadcast) else value


def key_of(value: Any) -> Any:
    """What an argument is, as something that can be compared: equal for arguments that are equal."""
    if isinstance(value, np.ndarray):
        return "array", value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, slice):
        return "slice", key_of(value.start), key_of(value.stop), key_of(value.step)
    if isinstance(value, (list, tuple)):
        return type(value).__name__, *map(key_of, value)
    if isinstance(value, Mapping):
        return "mapping", *((key, key_of(item)) for key, item in value.items())
    return type(value).__name__, value if value.__hash__ else repr(value)
