"""How a value was computed, as a formula: in names (`Names`), or in numbers, at one element of an array (`Numbers`).

Flows in: a `Graph`, one of its values, and which values stand for themselves. Flows out: a piece of a formula.

The rule of a backward step is not written by hand anywhere. The walk back is itself a recorded computation, so what a call
did to the gradient is read off from that record. What only moves numbers about is not said, and a case that did not occur,
as a tie, is left out (`reading`).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from .. import messages
from ..graphs.elements import MOVING, Index
from ..graphs.graph import Graph
from ..graphs.lookup import rule_of
from ..graphs.nodes import GraphNode, Ref, filled, is_numpy
from ..protocols.primitives import alias, astype, put
from ..rules.activations import relu, sigmoid, softplus
from ..rules.indexing import scatter
from ..rules.linalg import contract
from ..rules.reductions import axes_of, euclidean_norm
from .notation import ATOM, CASES, EITHER, PRODUCT, SIGN, SUM, Piece, Term, atom, constant, math_style
from .words import CALLED, clean, inline, lines, number

Factors = list[tuple[int, Index]]  # values, each at an element
TERMS = 4  # sums of up to so many numbers are written out


class Call(NamedTuple):
    """A call as one would say it. Arguments are a `Ref`, a plain value, or again a Call."""

    function: Any
    args: tuple[Any, ...]
    keywords: Mapping[str, Any]


# --- functions that have a way of their own to be written -----------------------------------------------------------------


def turned(x: Any) -> Any:
    """A matrix with its rows as columns; each matrix, of a stack."""
    return np.swapaxes(x, -1, -2)


def count(x: Any) -> Any:
    """How many of some conditions hold."""
    return np.count_nonzero(x)


def added_up(value: Any, index: Any) -> Any:
    """What `scatter` does where an index names an element more than once."""
    raise NotImplementedError


LARGEST: Mapping[Any, str] = {np.max: "max", np.amax: "max", np.min: "min", np.amin: "min"}
SAID: Mapping[Any, str] = {**LARGEST, euclidean_norm: "norm"}
REDUCING = {np.sum, np.mean, np.prod, *LARGEST}
LOGICAL = {np.bitwise_and: np.logical_and, np.bitwise_or: np.logical_or, np.invert: np.logical_not}
RARE = {np.equal, np.isnan, np.isinf}  # cases that are worth a word only where they occur
STAYING = {np.broadcast_to, np.copy, alias, astype}  # each number stays where it is
SILENT = {*STAYING, np.reshape, np.squeeze, np.expand_dims}
ELEMENTWISE = {np.zeros_like, np.ones_like, np.round, np.around, np.fix, np.nan_to_num, relu, sigmoid, softplus, *STAYING}


def called(function: Any) -> str:
    """What a function is called in a formula."""
    name = getattr(function, "__name__", None) or messages.name_of(function).rpartition(".")[2]
    return clean(SAID.get(function) or CALLED.get(function, name), 24)


MATH = math_style(called, number, {turned: ("{}ᵀ", ATOM, ATOM)})


# --- what is said of a call, and what goes without saying -----------------------------------------------------------------


def reading(graph: Graph, node: GraphNode) -> Any:
    """What a call says: a `Call`; or a `Ref`, if it hands on another value as it is; or a number.

    Calls of the user's stay as they are. In the walk back ``where(x = y, a, b)`` is read as ``b`` if `x` is nowhere equal to
    `y`, ``x × x`` as ``x²``, and so on.
    """
    function, args = rule_of(node).function, node.args
    defaults = rule_of(node).defaults
    keywords = {
        name: value
        for name, value in node.keywords.items()
        if value is not np._NoValue and not (name in defaults and value is defaults[name])
    }
    if function in LOGICAL and node.dtype == "bool":
        function = LOGICAL[function]
    if turns(graph, node):
        return Call(turned, args[:1], {})
    if function is scatter and repeats(graph, node):
        function = added_up
    if node.through is None:
        return Call(function, args, keywords)
    keywords.pop("keepdims", None)
    if type(axis := keywords.get("axis")) is tuple and len(axis) == 1:
        keywords["axis"] = axis[0]
    if is_silent(graph, node):
        return args[0]
    if function in (np.zeros_like, np.ones_like):
        return int(function is np.ones_like)
    if function is np.sum and graph.nodes[args[0].id].dtype == "bool":
        return Call(count, args, keywords)
    if function in (np.multiply, np.add) and args[0] == args[1]:
        return Call(np.square, args[:1], {}) if function is np.multiply else Call(np.multiply, (2, args[0]), {})
    if function in (np.multiply, np.divide) and isinstance(args[1], Ref):
        inner = within(graph, node)
        if inner is not None and rule_of(inner).function is function and inner.args[1] == args[1]:
            return Call(function, (inner.args[0], Call(np.square, args[1:], {})), {})
        if (
            inner is not None
            and function is np.multiply
            and rule_of(inner).function is np.negative
            and inner.args == args[1:]
        ):
            return Call(np.negative, (Call(np.square, args[1:], {}),), {})
    if function is np.divide and isinstance(args[1], Ref) and without_ties(graph, graph.nodes[args[1].id]):
        return args[0]
    if function is np.logical_or and any(never(graph, arg) for arg in args):
        return args[0] if never(graph, args[1]) else args[1]
    if function is np.where and (never(graph, args[0]) or always(graph, args[0])):
        return args[2] if never(graph, args[0]) else args[1]
    return Call(function, args, keywords)


def option(node: GraphNode, name: str, position: int) -> Any:
    """An argument that may have been given by name or by position; None if it was not given."""
    return node.keywords.get(name, node.args[position] if len(node.args) > position else None)


def turns(graph: Graph, node: GraphNode) -> bool:
    """Whether a call exchanges the rows and the columns of a matrix, or of each matrix in a stack."""
    function, ndim = rule_of(node).function, len(node.shape)
    if function is np.swapaxes:
        return {option(node, "axis1", 1) % ndim, option(node, "axis2", 2) % ndim} == {ndim - 1, ndim - 2}
    if function is np.transpose:
        return ndim == 2 and [axis % 2 for axis in option(node, "axes", 1) or (1, 0)] == [1, 0]
    return getattr(function, "__name__", "") == "matrix_transpose"


def parts_of(index: Any) -> tuple[Any, ...]:
    return index if isinstance(index, tuple) else (index,)


def is_silent(graph: Graph, node: GraphNode) -> bool:
    """Whether a call of the walk back does no more than bring numbers into another form."""
    function = rule_of(node).function
    if not (node.args and isinstance(node.args[0], Ref)):
        return False
    if function is operator.getitem:
        index = parts_of(node.args[1])
        return all(part is None or part is Ellipsis or (isinstance(part, slice) and part == slice(None)) for part in index)
    if function is np.moveaxis:
        return bool(option(node, "source", 1) == option(node, "destination", 2))
    if function is np.transpose:
        return list(option(node, "axes", 1) or [None]) == list(range(len(node.shape)))
    if function is np.reshape and len(node.shape) == 2 < len(graph.nodes[node.args[0].id].shape):
        return False  # a stack of matrices as one: a product of these is a sum over the stack
    return function in SILENT


def within(graph: Graph, node: GraphNode) -> GraphNode | None:
    """The call that made the first argument, if that belongs to the same step of the walk back."""
    if node.through is None or not isinstance(node.args[0], Ref):
        return None
    found = graph.nodes[node.args[0].id]
    return found if found.kind == "call" and is_inside(graph, found, node.through) else None


def is_inside(graph: Graph, node: GraphNode, user: int) -> bool:
    """Whether a call was made in the walk back through `user`, from the gradient that came in there."""
    return node.through == user and node.kind == "call" and node.id != graph.nodes[user].gradient_id


def never(graph: Graph, arg: Any) -> bool:
    """Whether this is the condition of a rare case, in the walk back, and holds nowhere."""
    if not isinstance(arg, Ref):
        return False
    node = graph.nodes[arg.id]
    rare = node.kind == "call" and node.through is not None and rule_of(node).function in RARE
    return rare and is_numpy(node.value) and not node.value.any()


def always(graph: Graph, arg: Any) -> bool:
    """Whether this is a condition that the rule itself found to hold everywhere."""
    node = graph.nodes[arg.id] if isinstance(arg, Ref) else None
    return node is not None and node.kind == "constant" and node.through is not None and bool(np.all(node.value))


def without_ties(graph: Graph, node: GraphNode) -> bool:
    """Whether a value says how many elements are the largest, and it is always one."""
    if node.kind != "call" or node.through is None or rule_of(node).function is not np.sum:
        return False
    return graph.nodes[node.uses[0]].dtype == "bool" and is_numpy(node.value) and bool(np.all(node.value == 1))


def repeats(graph: Graph, node: GraphNode) -> bool:
    """Whether a `scatter` adds several numbers up at one place."""
    index = filled(node.keywords["index"], lambda i: graph.nodes[i].value)
    if all(
        isinstance(i, (int, np.integer, slice, type(None), type(...))) for i in (index if type(index) is tuple else (index,))
    ):
        return False
    places = np.arange(node.size).reshape(node.shape)[index]
    return len(np.unique(places)) < places.size


def is_elementwise(graph: Graph, node: GraphNode) -> bool:
    """Whether each element of the result depends on one element of each argument, the one at the same place."""
    function = rule_of(node).function
    plain = all(isinstance(arg, (Ref, int, float)) for arg in node.args) and not node.keywords
    one = all(graph.nodes[i].shape == () for i in (node.id, *node.uses))
    return (one and plain) or rule_of(node).broadcasts or function in ELEMENTWISE


# --- in names -------------------------------------------------------------------------------------------------------------


class Names:
    """Formulas with names. `leaf` gives what a value is called; None for one that is itself to be written as a formula.

    Calls that are `silent` are not written: what they are applied to stands for them.
    """

    def __init__(
        self, graph: Graph, leaf: Callable[[int], Piece | None], silent: Callable[[int], bool] = lambda i: False
    ) -> None:
        self.graph, self.leaf, self.silent = graph, leaf, silent
        self.texts = Texts(self)

    def piece(self, value: Any) -> Piece:
        """An argument: a value of the graph, a call, or whatever else it is."""
        if isinstance(value, Ref):
            found = self.leaf(value.id)
            return self.made(value.id) if found is None else found
        if isinstance(value, Call):
            return self.said(value)
        if type(value) in (int, float) and math.isfinite(value):
            return constant(value)
        return Term(inline(value, self.texts))

    def made(self, i: int) -> Piece:
        """A value as the call that made it."""
        node = self.graph.nodes[i]
        if self.silent(i):
            return self.piece(node.args[0])
        call = reading(self.graph, node)
        return self.said(call) if isinstance(call, Call) else self.piece(call)

    def said(self, call: Call) -> Piece:
        function, args, keywords = call
        if function is operator.getitem:
            return MATH.call(function, [self.piece(args[0]), Term(inline(args[1], self.texts, True))])
        if function in (scatter, added_up, put):
            index = inline(keywords["index"], self.texts, True)
            first, *new = (MATH.inside(self.piece(arg), EITHER) for arg in args)
            if function is put:
                return Term(f"{first} with [{index}] = {new[0]}", CASES)
            return Term(f"{first} {'at' if function is scatter else 'added up at'} [{index}], else 0", CASES)
        if function is contract:
            return MATH.call(function, [Term(f'"{clean(keywords["subscripts"], 40)}"'), *map(self.piece, args)])
        words = [f"{name}={inline(value, self.texts)}" for name, value in keywords.items()]
        return MATH.call(function, [self.piece(arg) for arg in args], words)

    def operations(self, i: int, found: dict[int, int]) -> int:
        """How many operations the formula for a value has."""
        if i not in found:
            found[i] = 0 if self.leaf(i) is not None else self.operations_in(reading(self.graph, self.graph.nodes[i]), found)
        return found[i]

    def operations_in(self, value: Any, found: dict[int, int]) -> int:
        if isinstance(value, Ref):
            return self.operations(value.id, found)
        if not isinstance(value, Call):
            return 0
        own = 100 if value.function is np.pad else 1  # one of these is one too many
        return own + sum(self.operations_in(arg, found) for arg in value.args)


class Texts(dict[int, str]):
    """What values are called inside an index, or a keyword."""

    def __init__(self, names: Names) -> None:
        super().__init__()
        self.names = names

    def __missing__(self, i: int) -> str:
        return MATH.term(self.names.piece(Ref(i))).text


# --- in numbers -----------------------------------------------------------------------------------------------------------


class Numbers:
    """Formulas with numbers in the place of values: ``0.5 × 3``. `leaf` says which values are shown as numbers.

    The value `one` counts as 1: so ``upstream × slope`` becomes the slope.
    """

    def __init__(self, graph: Graph, leaf: Callable[[int], bool], one: int | None = None) -> None:
        self.graph, self.leaf, self.one = graph, leaf, one
        self.watched: int | None = None
        self.seen: Index | None = None
        self.summing = False

    def text(self, i: int, at: Index) -> str:
        return MATH.term(self.piece(i, at)).text

    def reached(self, i: int, at: Index, wanted: int | None) -> Index | None:
        """At which element the value `wanted` is met, on the way from an element of value `i`."""
        self.watched, self.seen = wanted, None
        self.piece(i, at)
        return self.seen

    def piece(self, i: int, at: Index) -> Piece:
        """An element of a value."""
        if i == self.watched and self.seen is None:
            self.seen = at
        node = self.graph.nodes[i]
        if i == self.one:
            return constant(1)
        if self.leaf(i) or node.kind != "call" or not is_numpy(node.value):
            return atom(text_at(node.value, at))
        return self.made(node, at)

    def made(self, node: GraphNode, at: Index) -> Piece:
        """An element of a value, as the call that made it."""
        function = rule_of(node).function
        if node.args and isinstance(node.args[0], Ref):
            if function in STAYING:
                return self.argument(node.args[0], at)
            if is_numpy(self.graph.nodes[node.args[0].id].value) and (function in MOVING or turns(self.graph, node)):
                return self.piece(node.args[0].id, self.came_from(node, at))
        call = reading(self.graph, node)
        if not isinstance(call, Call):
            return self.argument(call, at)
        addends = self.addends(node, call.function, at)
        if addends is not None and not self.summing:  # a sum of sums would be too much to read
            return self.summed(call.function, *addends)
        apart = addends is None and is_elementwise(self.graph, node)
        return self.said(call, at) if apart else atom(text_at(node.value, at))

    def said(self, call: Call, at: Index) -> Piece:
        """An element of a call that works element by element."""
        keywords = [f"{name}={inline(value, {})}" for name, value in call.keywords.items()]
        return MATH.call(call.function, [self.argument(arg, at) for arg in call.args], keywords)

    def argument(self, value: Any, at: Index) -> Piece:
        """The element of an argument that was broadcast to an element of the result."""
        if isinstance(value, Ref):
            return self.piece(value.id, element_in(self.graph.nodes[value.id].shape, at))
        if isinstance(value, Call):
            return self.said(value, at)
        return constant(value) if type(value) in (int, float) and math.isfinite(value) else atom(inline(value, {}))

    def came_from(self, node: GraphNode, at: Index) -> Index:
        """Where an element was before the call moved it."""
        source = self.graph.nodes[node.args[0].id]
        args, keywords = filled((node.args[1:], node.keywords), lambda i: self.graph.nodes[i].value)
        places = rule_of(node).run(np.arange(source.size).reshape(source.shape), *args, **keywords)
        return tuple(int(i) for i in np.unravel_index(int(places[at]), source.shape)) if source.shape else ()

    def addends(self, node: GraphNode, function: Any, at: Index) -> tuple[int, Callable[[int], Factors]] | None:
        """How many numbers an element of a sum is made of, and of which values at which elements each is the product."""
        refs = [self.graph.nodes[arg.id] for arg in node.args if isinstance(arg, Ref)]
        if node.keywords.keys() & {"where", "initial"}:
            return None
        if function in REDUCING and refs and refs[0].dtype != "bool":
            shape, keepdims = refs[0].shape, bool(node.keywords.get("keepdims"))
            axes = axes_of(option(node, "axis", 1), len(shape))
            sizes = [shape[axis] for axis in axes]
            return math.prod(sizes), lambda k: [(refs[0].id, place(shape, axes, at, keepdims, np.unravel_index(k, sizes)))]
        if function is np.matmul and len(refs) == 2:
            a, b = refs
            after = (at[-1],) if len(b.shape) > 1 else ()
            before = at[: len(at) - len(after)] if len(a.shape) > 1 else (*at[: len(at) - len(after)], 0)
            stack, row = before[:-1], before[-1:]
            return a.shape[-1], lambda k: [
                (a.id, element_in(a.shape, (*stack, *row, k))), (b.id, element_in(b.shape, (*stack, k, *after)))
            ]  # fmt: skip
        if function in (scatter, added_up) and refs:
            index = filled(node.keywords["index"], lambda i: self.graph.nodes[i].value)
            places = np.asarray(np.arange(node.size).reshape(node.shape)[index])
            here = np.argwhere(places == (np.ravel_multi_index(at, node.shape) if at else 0)).tolist()
            return len(here), lambda k: [(refs[0].id, element_in(refs[0].shape, tuple(here[k])))]
        return None

    def summed(self, function: Any, many: int, factors: Callable[[int], Factors]) -> Piece:
        """A sum, a product or an extreme of many numbers: all of them, or the first and the last."""
        shown: list[Piece] = []
        self.summing = True
        for k in range(many) if many <= TERMS else (0, 1, many - 1):
            first, *others = (self.piece(i, at) for i, at in factors(k))
            for other in others:
                first = MATH.call(np.multiply, [first, other])
            shown.append(first)
        self.summing = False
        if len(shown) == 1:
            return shown[0]
        needed = SIGN if function is np.prod else EITHER if function in LARGEST else PRODUCT
        texts = [MATH.inside(piece, needed, i > 0 and needed != EITHER) for i, piece in enumerate(shown)]
        if many > TERMS:
            texts.insert(2, "…")
        if function in LARGEST:
            return Term(f"{LARGEST[function]}({', '.join(texts)})")
        if function is np.prod:
            return Term(" × ".join(texts), PRODUCT) if texts else constant(1)
        total = Term(" + ".join(texts), SUM) if texts else constant(0)
        return MATH.call(np.divide, [total, constant(many)]) if function is np.mean else total


def place(shape: tuple[int, ...], axes: list[int], at: Index, keepdims: bool, inside: Any) -> Index:
    """An element of what is summed: `inside` says where on the axes that are summed over, `at` where on the others."""
    summed = dict(zip(axes, map(int, inside)))
    kept = iter(i for axis, i in enumerate(at) if not (keepdims and axis in axes))
    return tuple(summed[axis] if axis in summed else next(kept) for axis in range(len(shape)))


# --- one element of an array ----------------------------------------------------------------------------------------------


def element_in(shape: tuple[int, ...], element: Index | None) -> Index:
    """The element that is followed, in an array of this shape: what is broadcast with it, or else the first."""
    wanted = tuple(element or ())[-len(shape) :] if shape else ()
    at = (0,) * (len(shape) - len(wanted)) + wanted
    at = tuple(0 if n == 1 else i for i, n in zip(at, shape))
    return tuple(i % n for i, n in zip(at, shape)) if all(-n <= i < n for i, n in zip(at, shape)) else (0,) * len(shape)


def text_at(value: Any, at: Index) -> str:
    """The number at an element of an array."""
    if not is_numpy(value):
        return lines(value)[0] if value is not None else "?"
    if not value.size:
        return "empty"
    element = value[at] if value.shape else value[()]
    return number(element if value.dtype == bool else element + 0)  # which makes 0 of -0
