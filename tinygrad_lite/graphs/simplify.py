"""From the record of a computation to the program that a person would write for it.

The record of a walk back multiplies by ones, stretches numbers to arrays and adds them up again, and computes things twice:
each rule on its own does not know better. Here that is cleaned up, in ways that leave every number the same up to rounding:

- what multiplies by 1, adds 0, or changes nothing, goes; so does what nobody uses (`used`)
- a stretched value is used as it is wherever NumPy stretches it anyway
- 0 stays 0 through everything that is linear
- what is computed twice is computed once
- numbers are computed now

Flows in: a `Graph`. Flows out: a `Program`: its calls, simplified, and what each node of the graph has become.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..protocols.primitives import alias, astype
from ..rules.indexing import scatter
from ..rules.linalg import contract
from ..rules.reductions import axes_of
from .elements import turns
from .graph import Graph
from .lookup import given_keywords, rule_of
from .nodes import GraphNode, Ref


class Stretched(NamedTuple):
    """A value that NumPy is to stretch to a shape. `core` is what is stretched: a Ref or a number."""

    core: Any
    shape: tuple[int, ...]
    dtype: str


class Zero(NamedTuple):
    """Zeros of a shape."""

    shape: tuple[int, ...]
    dtype: str


class Op(NamedTuple):
    """A call in the program. `id` is that of the node in the graph which first computed it."""

    id: int
    function: Any
    args: tuple[Any, ...]
    keywords: Mapping[str, Any]
    shape: tuple[int, ...]
    dtype: str
    backward: bool


NONE: Mapping[str, Any] = {}
NOTHING = {alias, np.positive, np.conjugate, np.copy}
LINEAR = {
    np.sum, np.reshape, np.transpose, np.swapaxes, np.moveaxis, np.expand_dims, np.squeeze, np.flip, np.roll, np.tril,
    np.triu, np.matmul, np.cumsum, np.broadcast_to, operator.getitem, scatter, contract, astype, np.mean, np.negative,
    np.multiply, np.deg2rad, np.rad2deg,
}  # fmt: skip


MOVES = {np.sum, np.reshape, np.transpose, np.swapaxes}  # a sign before them is as good as one inside


def is_number(value: Any) -> bool:
    return type(value) in (int, float)


class Program:
    """The simplified calls of a graph, in order (`ops`), and what each of its nodes has become (`of`)."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.ops: dict[int, Op] = {}
        self.of: dict[int, Any] = {}  # id -> Ref, number, Stretched or Zero
        self.known: dict[Any, int] = {}
        self.made = len(graph)
        self.walking = False  # whether we are in the walk back
        for node in graph:
            self.walking = node.through is not None
            self.of[node.id] = 1 if node.kind == "seed" else Ref(node.id) if node.kind != "call" else self.simplified(node)

    # --- one call ---------------------------------------------------------------------------------------------------------

    def simplified(self, node: GraphNode) -> Any:
        """What becomes of a call."""
        function = rule_of(node).function
        args, keywords = tuple(self.operand(arg) for arg in node.args), self.whole_keywords(node)
        if function in NOTHING or node.function == "detach" or keeps_order(function, args, keywords, node):
            return args[0]
        index = args[1] if function is operator.getitem else keywords["index"] if function is scatter else "none"
        several = type(index) is int and not self.shape(args[0])  # one of several results, not an element
        if only_axes(index) and self.size(args[0]) == node.size and not several:
            function, args, keywords = np.reshape, args[:1], {"shape": node.shape}
        if function in (np.zeros_like, np.ones_like):
            zero = function is np.zeros_like
            return Zero(node.shape, node.dtype) if zero else Stretched(1, node.shape, node.dtype) if node.shape else 1
        if function is np.broadcast_to:
            return self.stretched(args[0], node)
        if function in LINEAR and isinstance(args[0], Zero):
            return Zero(node.shape, node.dtype)
        if function is astype and is_number(core_of(args[0])) and "float" in node.dtype:
            return self.stretched(float(np.dtype(node.dtype).type(core_of(args[0]))), node)
        if function in (np.matmul, np.multiply) and isinstance(args[1], Zero):
            return Zero(node.shape, node.dtype)
        if rule_of(node).broadcasts:
            return self.elementwise(node, function, args)
        while function is np.reshape and (before := self.op(args[0])) is not None and before.function is np.reshape:
            args = (before.args[0], *args[1:])
        if function is np.reshape and self.shape(args[0]) == node.shape:
            return args[0]
        if function is np.reshape and isinstance(args[0], Stretched) and self.size(args[0].core) == 1:
            return self.stretched(self.scalar(args[0].core, node), node)
        if function is np.sum and self.shape(args[0]) == ():
            return args[0]
        if function is np.sum and isinstance(args[0], Stretched) and is_number(args[0].core):
            return self.stretched(float(args[0].core) * (math.prod(args[0].shape) // max(node.size, 1)), node)
        if function is np.sum and isinstance(args[0], Stretched) and node.shape == () and self.shape(args[0].core) == ():
            return self.call(node, np.multiply, (args[0].core, math.prod(args[0].shape)), {}, ())
        op = self.op(args[0])
        if function in MOVES and op is not None and op.function in (np.negative, np.multiply, np.divide):
            scaled = {is_number(arg): i for i, arg in enumerate(op.args)}  # which is the number, which is the value
            linear = scaled.keys() == {True, False} and (op.function is np.multiply or scaled[True] == 1) and op.backward
            if op.function is np.negative or linear:
                inner = self.moved(node, function, (op.args[scaled[False]], *args[1:]), keywords)
                outer = [inner if i == scaled[False] else arg for i, arg in enumerate(op.args)]
                return self.call(node, op.function, tuple(outer), {}, node.shape)
        turned = op is not None and turns(op.function, op.args, op.keywords, len(op.shape))
        if op is not None and turned and turns(function, args, keywords, len(node.shape)):
            return op.args[0]
        args = tuple(
            self.make(np.dtype(node.dtype).type, (arg,), (), node.dtype)
            if isinstance(given, Ref | np.floating) and is_number(arg)
            else arg
            for given, arg in zip(node.args, map(self.whole, args))
        )
        return self.moved(node, function, args, keywords)

    def moved(self, node: GraphNode, function: Any, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
        """A call, where a sum that is given back the axes which it lost is a sum that keeps them.

        And a product with a column that is made a vector again is a product with a vector.
        """
        if function is np.reshape and isinstance(args[0], Ref) and (kept := self.kept(args[0], node.shape)):
            return self.call(node, np.sum, kept[0], kept[1], node.shape)
        if function is np.reshape and (product := self.op(args[0])) is not None and product.function is np.matmul:
            matrix, column = product.args[0], self.op(product.args[1])
            if column is not None and column.function is np.reshape and column.shape[1:] == (1,) and len(node.shape) == 1:
                vector = column.args[0]
                if len(self.shape(vector)) == 1 and len(self.shape(matrix)) == 2:
                    return self.call(node, np.matmul, (matrix, vector), {}, node.shape)
        return self.call(node, function, args, keywords, node.shape)

    def op(self, value: Any) -> Op | None:
        """The call that made a value."""
        return self.ops.get(value.id) if isinstance(value, Ref) else None

    def kept(self, ref: Ref, shape: tuple[int, ...]) -> Any:
        """If a value is a sum over axes, and `shape` is its shape with those axes kept: that sum."""
        op = self.ops.get(ref.id)
        if op is None or op.function is not np.sum or op.keywords.get("axis") is None or op.keywords.get("keepdims"):
            return None
        inside = self.shape(op.args[0])
        axes = axes_of(op.keywords["axis"], len(inside))
        whole = tuple(1 if i in axes else n for i, n in enumerate(inside))
        return (op.args, {**op.keywords, "keepdims": True}) if whole == shape else None

    def operand(self, value: Any) -> Any:
        """An argument, with what its nodes have become."""
        if isinstance(value, Ref):
            return self.of[value.id]
        if type(value) in (list, tuple):
            return type(value)(self.whole(self.operand(item)) for item in value)
        if isinstance(value, np.generic) and value.dtype in (np.float64, np.int64):
            return value.item()
        return value

    def elementwise(self, node: GraphNode, function: Any, args: tuple[Any, ...]) -> Any:
        """A call that stretches its arguments by itself: what is stretched to its shape anyway need not be before."""
        same = self.same(node, function, args)
        if same is not None:
            return self.stretched(same, node)
        args = tuple(0 if isinstance(arg, Zero) else arg for arg in args)
        cores = tuple(arg.core if isinstance(arg, Stretched) else arg for arg in args)
        keywords = self.whole_keywords(node)
        if all(map(is_number, cores)) and function not in (np.multiply, np.divide):
            with np.errstate(all="ignore"):
                value = rule_of(node).run(*map(float, cores), **keywords)
            return self.stretched(value.item() if hasattr(value, "item") else value, node)
        if function is np.where:  # of whole numbers it would make an array of whole numbers
            cores = (cores[0], *(float(core) if is_number(core) else core for core in cores[1:]))
            if node.dtype != "float64" and all(map(is_number, cores[1:])):  # and of two floats one of float64
                kind = np.dtype(node.dtype).type
                cores = (cores[0], *(self.make(kind, (core,), (), node.dtype) for core in cores[1:]))
        shape = np.broadcast_shapes(*map(self.shape, cores))
        if function is np.add and cores[0] == cores[1]:
            function, cores = np.multiply, (2, cores[0])
        if function is np.multiply and cores[0] == cores[1] and node.through is not None:
            function, cores = np.square, cores[:1]
        return self.stretched(self.call(node, function, cores, keywords, shape), node)

    def same(self, node: GraphNode, function: Any, args: tuple[Any, ...]) -> Any:
        """What a call gives that changes nothing, or always gives 0; None for any other."""
        x, y = (*args, None)[:2]
        one_x, one_y = (arg == 1 and is_number(arg) for arg in map(core_of, (x, y)))
        zero_x, zero_y = (isinstance(arg, Zero) or (is_number(arg) and arg == 0) for arg in (x, y))
        if function is np.multiply and (one_x or one_y):
            return y if one_x else x
        if function in (np.divide, np.power) and one_y:
            return x
        if function is np.add and (zero_x or zero_y):
            return y if zero_x else x
        if function is np.subtract and zero_y:
            return x
        if function is np.subtract and zero_x:
            return self.call(node, np.negative, (core_of(y),), {}, self.shape(core_of(y)))
        if function in (np.divide, np.negative) and isinstance(x, Zero):
            return Zero(node.shape, node.dtype)
        if function is np.where and all(isinstance(a, Zero) or (is_number(a) and a == 0) for a in args[1:]):
            return Zero(node.shape, node.dtype)
        if function is np.negative and isinstance(core_of(x), Ref):
            op = self.ops.get(core_of(x).id)
            if op is not None and op.function is np.negative:
                return op.args[0]
        if function is np.negative and is_number(core_of(x)):
            return -core_of(x)
        return None

    def call(self, node: GraphNode, function: Any, args: tuple[Any, ...], keywords: Mapping[str, Any], shape: Any) -> Ref:
        """A call that stays; or the same call, if it was made before."""
        key = (function, tuple(map(key_of, args)), tuple((k, key_of(v)) for k, v in sorted(keywords.items())), shape)
        if function in (np.add, np.multiply):
            key = (key[0], tuple(sorted(key[1], key=repr)), *key[2:])
        i = node.id
        if i in self.ops:  # a call that became two
            i = self.made
            self.made += 1
        if key not in self.known:
            self.known[key] = i
            self.ops[i] = Op(i, function, args, keywords, tuple(shape), node.dtype, node.through is not None)
        return Ref(self.known[key])

    # --- shapes -----------------------------------------------------------------------------------------------------------

    def shape(self, value: Any) -> tuple[int, ...]:
        if isinstance(value, Ref):
            return self.ops[value.id].shape if value.id in self.ops else self.graph[value.id].shape
        return tuple(getattr(value, "shape", ()))

    def size(self, value: Any) -> int:
        return math.prod(self.shape(value))

    def stretched(self, value: Any, node: GraphNode) -> Any:
        """A value, seen as one of the shape of this node."""
        if self.shape(value) == node.shape:
            return value
        if isinstance(value, Zero):
            return Zero(node.shape, value.dtype)
        return Stretched(core_of(value), node.shape, node.dtype)

    def scalar(self, value: Any, node: GraphNode) -> Any:
        """One number in whatever shape, as a plain number."""
        if self.shape(value) == ():
            return value
        return self.call(node, np.reshape, (value, ()), {}, ())

    def whole(self, value: Any) -> Any:
        """A value for a function that does not stretch its arguments: stretched before, by a call of its own."""
        if isinstance(value, Zero):
            return self.filled(np.zeros, (value.shape,), value)
        if isinstance(value, Stretched):
            if value.core == 1:
                return self.filled(np.ones, (value.shape,), value)
            if self.shape(value.core) == ():
                core = float(value.core) if is_number(value.core) else value.core
                return self.filled(np.full, (value.shape, core), value)
            return self.make(np.broadcast_to, (value.core, value.shape), value.shape, value.dtype)
        return value

    def filled(self, function: Any, args: tuple[Any, ...], like: Stretched | Zero) -> Ref:
        """A new array of equal numbers. What NumPy makes unasked is float64, so any other dtype has to be said."""
        keywords = {} if like.dtype == "float64" else {"dtype": np.dtype(like.dtype)}
        return self.make(function, args, like.shape, like.dtype, keywords)

    def make(
        self, function: Any, args: tuple[Any, ...], shape: tuple[int, ...], dtype: str, keywords: Mapping[str, Any] = NONE
    ) -> Ref:
        """A call that is in no graph."""
        key = (function, tuple(map(key_of, args)), tuple((k, str(v)) for k, v in keywords.items()), shape)
        if key not in self.known:
            self.known[key] = self.made
            self.ops[self.made] = Op(self.made, function, args, keywords, shape, dtype, self.walking)
            self.made += 1
        return Ref(self.known[key])

    def whole_keywords(self, node: GraphNode) -> dict[str, Any]:
        """The keywords of a call that differ from their defaults."""
        return {key: self.whole(self.operand(value)) for key, value in given_keywords(node).items()}

    # --- what is used -----------------------------------------------------------------------------------------------------

    def used(self, ends: Any) -> dict[int, int]:
        """How often each value that leads to `ends` is used; of calls those alone that are needed, in their order."""
        counts: dict[int, int] = {}
        for ref in refs_of(ends):
            counts[ref.id] = counts.get(ref.id, 0) + 1
        for op in reversed(self.ops.values()):
            if op.id in counts:
                for ref in refs_of([op.args, op.keywords]):
                    counts[ref.id] = counts.get(ref.id, 0) + 1
        given = [i for i in counts if i not in self.ops]
        return {i: counts[i] for i in [*sorted(given), *self.ops] if i in counts}


def keeps_order(function: Any, args: tuple[Any, ...], keywords: Mapping[str, Any], node: GraphNode) -> bool:
    """Whether a transposition leaves all axes where they are."""
    axes = [*args[1:], *keywords.values()] if function is np.transpose else []
    return function is np.transpose and (
        len(node.shape) < 2 or (bool(axes) and axes[0] is not None and [*axes[0]] == [*range(len(node.shape))])
    )


def only_axes(index: Any) -> bool:
    """Whether an index does no more than to insert or remove axes, if the number of elements stays the same."""
    parts = index if isinstance(index, tuple) else (index,)
    kinds = (slice, int, type(None), type(...))
    return all(type(part) in kinds and (part in (None, ...) or part == slice(None) or part == 0) for part in parts)


def core_of(value: Any) -> Any:
    return value.core if isinstance(value, Stretched) else value


def refs_of(value: Any) -> Iterator[Ref]:
    """The references in arguments of a program."""
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, Stretched):
        yield from refs_of(value.core)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from refs_of(item)
    elif type(value) in (list, tuple):
        for item in value:
            yield from refs_of(item)


def key_of(value: Any) -> Any:
    """What tells an argument from others, to find calls that are made twice."""
    if isinstance(value, np.ndarray):
        return "array", value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, slice):
        return "slice", key_of(value.start), key_of(value.stop), key_of(value.step)
    if isinstance(value, (list, tuple)):
        return type(value).__name__, *map(key_of, value)
    if isinstance(value, Mapping):
        return "mapping", *((key, key_of(item)) for key, item in value.items())
    return type(value).__name__, value if value.__hash__ else repr(value)
