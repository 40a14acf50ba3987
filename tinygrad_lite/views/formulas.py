"""Writes how a value was computed as a formula: in names (`Names`), or in numbers, for one element of an array (`Numbers`).

Flows in: a `Graph`, one of its values, and the values that are written as names. Flows out: a piece of a formula.

The formula of a backward step is not written by hand anywhere. The backward pass is itself a recorded computation, and its
record says what a call did to the gradient. Calls that only move numbers are left out, and so is a case that did not occur,
such as a tie (`reading`).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import messages
from ..containers import parts_of
from ..graphs.elements import MOVING, Index, came_from, is_in, turns
from ..graphs.graph import Graph
from ..graphs.lookup import given_keywords, rule_of
from ..graphs.names import clean
from ..graphs.nodes import GraphNode, Ref, filled, is_numpy
from ..protocols.primitives import alias, astype, put
from ..rules.activations import relu, sigmoid, softplus
from ..rules.indexing import scatter
from ..rules.linalg import contract
from ..rules.nets.linear import linear
from ..rules.reductions import axes_of, euclidean_norm
from ..rules.shapes import join
from .notation import ATOM, CASES, EITHER, PRODUCT, SIGN, SUM, Piece, Term, atom, constant, math_style
from .words import lines, number

Factors = list[tuple[int, Index]]  # values, each at an element
TERMS = 4  # sums of up to so many numbers are written out


class Call(NamedTuple):
    """A call as one would say it. Arguments are a `Ref`, a plain value, or again a Call."""

    function: Any
    args: tuple[Any, ...]
    keywords: dict[str, Any]


# --- functions that are written in their own way --------------------------------------------------------------------------


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
CALLED: Mapping[Any, str] = {**LARGEST, euclidean_norm: "norm", join: "concatenate", contract: "einsum"}
REDUCING = {np.sum, np.mean, np.prod, *LARGEST}
LOGICAL = {np.bitwise_and: np.logical_and, np.bitwise_or: np.logical_or, np.invert: np.logical_not}
RARE = {np.equal, np.isnan, np.isinf}  # cases that are worth a word only where they occur
STAYING = {np.broadcast_to, np.copy, alias, astype}  # each number stays where it is
ELEMENTWISE = {np.zeros_like, np.ones_like, np.round, np.around, np.fix, np.nan_to_num, relu, sigmoid, softplus, *STAYING}


def called(function: Any) -> str:
    """What a function is called in a formula."""
    name = getattr(function, "__name__", None) or messages.name_of(function).rpartition(".")[2]
    return clean(CALLED.get(function, name), 24)


MATH = math_style(called, number, {turned: ("{}ᵀ", ATOM, ATOM)})


def formula(graph: Graph, node: GraphNode, names: Mapping[int, str]) -> str:
    """The call that made a value, as people write it: ``a × v₁``, ``mean(v₂, axis=0)``. Its arguments are called by `names`.

    Nothing is left out: ``x × 1`` is not ``x``, and in the backward pass a broadcast is written as one.
    """
    written = Names(graph, lambda i: atom(names[i]), number=lambda x: atom(number(x)))
    return MATH.term(written.said(as_called(graph, node))).text


# --- what is said of a call, and what goes without saying -----------------------------------------------------------------


def as_called(graph: Graph, node: GraphNode) -> Call:
    """A call as it was made, without the keywords that say what goes without saying."""
    function = rule_of(node).function
    if turns(function, node.args, node.keywords, len(node.shape)):
        return Call(turned, node.args[:1], {})
    if function in LOGICAL and node.dtype == "bool":
        function = LOGICAL[function]
    if function is scatter and repeats(graph, node):
        function = added_up
    return Call(function, node.args, given_keywords(node))


def option(node: GraphNode, name: str, position: int) -> Any:
    """An argument that may have been given by name or by position; None if it was not given."""
    return node.keywords.get(name, node.args[position] if len(node.args) > position else None)


def is_inside(graph: Graph, node: GraphNode, user: int) -> bool:
    """Whether a call was made in the backward pass through `user`, from the gradient that came in there."""
    return node.through == user and node.kind == "call" and node.id != graph.nodes[user].gradient_id


def repeats(graph: Graph, node: GraphNode) -> bool:
    """Whether a `scatter` adds several numbers up at one place."""
    index = filled(node.keywords["index"], lambda i: graph.nodes[i].value)
    if all(isinstance(part, (int, np.integer, slice, type(None), type(...))) for part in parts_of(index)):
        return False
    places = np.arange(node.size).reshape(node.shape)[index]
    return len(np.unique(places)) < places.size


def is_elementwise(graph: Graph, node: GraphNode) -> bool:
    """Whether each element of the result depends on one element of each argument, the one at the same place."""
    function = rule_of(node).function
    plain = all(isinstance(arg, (Ref, int, float)) for arg in node.args) and not node.keywords
    one = all(graph.nodes[i].shape == () for i in (node.id, *node.uses))
    return (one and plain) or rule_of(node).broadcasts or function in ELEMENTWISE


# --- how calls of the backward pass are read ------------------------------------------------------------------------------


class Made(NamedTuple):
    """A call of the backward pass, and what the table of readings asks of it."""

    graph: Graph
    node: GraphNode
    call: Call

    @property
    def args(self) -> tuple[Any, ...]:
        return self.call.args

    @property
    def ndim(self) -> int:
        """How many axes the first argument has."""
        return len(self.graph.nodes[self.node.uses[0]].shape)

    @property
    def inner(self) -> Any:
        """The call that made the first argument, if that belongs to the same step of the backward pass."""
        node, user = self.made("call", 0), self.node.through
        return node if node is not None and user is not None and is_inside(self.graph, node, user) else None

    def made(self, kind: str, i: int) -> Any:
        """The node of an argument, if it is of this kind and belongs to the backward pass."""
        arg = self.node.args[i]
        node = self.graph.nodes[arg.id] if isinstance(arg, Ref) else None
        return node if node is not None and node.kind == kind and node.through is not None else None

    def follows(self, function: Any, i: int) -> bool:
        """Whether `function` made the first argument, and its own argument `i` was what is the second argument here."""
        inner, arg = self.inner, self.node.args[1]
        return inner is not None and isinstance(arg, Ref) and rule_of(inner).function is function and inner.args[i] == arg

    def never(self, i: int) -> bool:
        """Whether an argument is the condition of a rare case that occurs nowhere."""
        node = self.made("call", i)
        return node is not None and rule_of(node).function in RARE and is_numpy(node.value) and not node.value.any()

    def always(self, i: int) -> bool:
        """Whether an argument is a condition that the rule itself found to hold everywhere."""
        node = self.made("constant", i)
        return node is not None and bool(np.all(node.value))

    def counts(self, node: GraphNode | None) -> bool:
        """Whether a call counts conditions that hold."""
        return node is not None and rule_of(node).function is np.sum and self.graph.nodes[node.uses[0]].dtype == "bool"

    def without_ties(self) -> bool:
        """Whether the second argument says how many elements are the largest, and that is always one."""
        node = self.made("call", 1)
        return self.counts(node) and is_numpy(node.value) and bool(np.all(node.value == 1))


def first(c: Made) -> Any:
    """What only brings a value of the graph into another form is read as that value."""
    return c.args[0]


# A call of the backward pass is read as the first of these says whose condition holds.
READINGS: Mapping[Any, Sequence[tuple[Callable[[Made], bool], Callable[[Made], Any]]]] = {
    **dict.fromkeys([*STAYING, np.squeeze, np.expand_dims], ((lambda c: isinstance(c.args[0], Ref), first),)),
    np.reshape: [(lambda c: not len(c.node.shape) == 2 < c.ndim, first)],  # of a stack as one matrix, a product is a sum
    np.transpose: [(lambda c: [*(option(c.node, "axes", 1) or [None])] == [*range(c.ndim)], first)],
    np.moveaxis: [(lambda c: option(c.node, "source", 1) == option(c.node, "destination", 2), first)],
    operator.getitem: [(lambda c: takes_all(c.args[1]), first)],
    np.zeros_like: [(lambda c: True, lambda c: 0)],
    np.ones_like: [(lambda c: True, lambda c: 1)],
    np.sum: [(lambda c: c.counts(c.node), lambda c: c.call._replace(function=count))],
    np.add: [(lambda c: c.args[0] == c.args[1], lambda c: Call(np.multiply, (2, c.args[0]), {}))],
    np.multiply: [
        (lambda c: c.args[0] == c.args[1], lambda c: squared(c.args[0])),
        (lambda c: c.follows(np.multiply, 1), lambda c: Call(np.multiply, (c.inner.args[0], squared(c.args[1])), {})),
        (lambda c: c.follows(np.negative, 0), lambda c: Call(np.negative, (squared(c.args[1]),), {})),
    ],
    np.divide: [
        (lambda c: c.follows(np.divide, 1), lambda c: Call(np.divide, (c.inner.args[0], squared(c.args[1])), {})),
        (lambda c: c.without_ties(), first),
    ],
    np.logical_or: [(lambda c: c.never(1), first), (lambda c: c.never(0), lambda c: c.args[1])],
    np.where: [(lambda c: c.never(0), lambda c: c.args[2]), (lambda c: c.always(0), lambda c: c.args[1])],
}


def squared(value: Any) -> Call:
    return Call(np.square, (value,), {})


def takes_all(index: Any) -> bool:
    """Whether an index takes every element."""
    return all(p is None or p is ... or (type(p) is slice and p == slice(None)) for p in parts_of(index))


def reading(graph: Graph, node: GraphNode) -> Any:
    """What a call says: a `Call`; or a `Ref`, if it hands on another value as it is; or a number.

    Calls of the user's stay as they are. Those of the backward pass are read by the table: ``where(x = y, a, b)`` as ``b`` if
    `x` is nowhere equal to `y`, ``x × x`` as ``x²``, and so on.
    """
    call = as_called(graph, node)
    if node.through is None or call.function is turned:
        return call
    call.keywords.pop("keepdims", None)
    if type(axis := call.keywords.get("axis")) is tuple and len(axis) == 1:
        call.keywords["axis"] = axis[0]
    made = Made(graph, node, call)
    return next((read(made) for holds, read in READINGS.get(call.function, ()) if holds(made)), call)


# --- in names -------------------------------------------------------------------------------------------------------------


class Names:
    """Formulas with names. `leaf` gives what a value is called; None for one that is itself to be written as a formula.

    Calls that are `silent` are not written: what they are applied to stands for them. `number` makes a piece of a number; as
    a `constant` it is left out where it changes nothing, as in ``1 × x``.
    """

    def __init__(
        self,
        graph: Graph,
        leaf: Callable[[int], Piece | None],
        silent: Callable[[int], bool] = lambda i: False,
        number: Callable[[float], Piece] = constant,
    ) -> None:
        self.graph, self.leaf, self.silent, self.number = graph, leaf, silent, number

    def piece(self, value: Any) -> Piece:
        """An argument: a value of the graph, a call, or whatever else it is."""
        if isinstance(value, Ref):
            found = self.leaf(value.id)
            return self.made(value.id) if found is None else found
        if isinstance(value, Call):
            return self.said(value)
        if type(value) in (int, float) and math.isfinite(value):
            return self.number(value)
        return Term(inline(value, self.text))

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
            return MATH.call(function, [self.piece(args[0]), Term(inline(args[1], self.text, True))])
        if function in (scatter, added_up, put):
            index = inline(keywords["index"], self.text, True)
            first, *new = (MATH.inside(self.piece(arg), EITHER) for arg in args)
            if function is put:
                return Term(f"{first} with [{index}] = {new[0]}", CASES)
            return Term(f"{first} {'at' if function is scatter else 'added up at'} [{index}], else 0", CASES)
        if function is contract:
            return MATH.call(function, [Term(f'"{clean(keywords["subscripts"], 40)}"'), *map(self.piece, args)])
        words = [f"{name}={inline(value, self.text)}" for name, value in keywords.items()]
        return MATH.call(function, [self.piece(arg) for arg in args], words)

    def text(self, i: int) -> str:
        """What a value is called inside an index, or a keyword."""
        return MATH.term(self.piece(Ref(i))).text

    def operations(self, value: Any, found: dict[int, int]) -> int:
        """How many operations the formula for a value or a call has; `found` keeps those of values."""
        if isinstance(value, Ref):
            if value.id not in found:
                made = None if self.leaf(value.id) is not None else reading(self.graph, self.graph.nodes[value.id])
                found[value.id] = self.operations(made, found)
            return found[value.id]
        if not isinstance(value, Call):
            return 0
        own = 100 if value.function is np.pad else 1  # one of these is one too many
        return own + sum(self.operations(arg, found) for arg in value.args)


def inline(value: Any, name: Callable[[int], str] = str, index: bool = False) -> str:
    """An argument inside a formula. Between the brackets of an index, slices and tuples are written as people do."""
    if isinstance(value, Ref):
        return name(value.id)
    if isinstance(value, tuple) and index:
        return ", ".join(inline(part, name, index) for part in value)
    if isinstance(value, slice):
        ends = ["" if end is None else str(end) for end in (value.start, value.stop, value.step)]
        return ":".join(ends if ends[2] else ends[:2])
    if isinstance(value, type):  # a dtype, as ``dtype=np.float32``
        return value.__name__
    if getattr(value, "shape", ()) != ():
        return f"array {tuple(value.shape)}"
    return "..." if value is Ellipsis else number(value)


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
            if is_numpy(self.graph.nodes[node.args[0].id].value) and function in MOVING:
                return self.piece(node.args[0].id, came_from(self.graph, node, at))
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
        keywords = [f"{name}={inline(value)}" for name, value in call.keywords.items()]
        return MATH.call(call.function, [self.argument(arg, at) for arg in call.args], keywords)

    def argument(self, value: Any, at: Index) -> Piece:
        """The element of an argument that was broadcast to an element of the result."""
        if isinstance(value, Ref):
            return self.piece(value.id, element_in(self.graph.nodes[value.id].shape, at))
        if isinstance(value, Call):
            return self.said(value, at)
        return constant(value) if type(value) in (int, float) and math.isfinite(value) else atom(inline(value))

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
        if function is linear and len(refs) == len([arg for arg in node.args if arg is not None]):
            x, weight, *bias = refs
            return x.shape[-1] + len(
                bias
            ), lambda k: [(x.id, (*at[:-1], k)), (weight.id, (at[-1], k))] if k < x.shape[-1] else [(bias[0].id, at[-1:])]
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
    return tuple(i % n for i, n in zip(at, shape)) if is_in(shape, at) else (0,) * len(shape)


def text_at(value: Any, at: Index) -> str:
    """The number at an element of an array."""
    if not is_numpy(value):
        return lines(value)[0] if value is not None else "?"
    if not value.size:
        return "empty"
    element = value[at] if value.shape else value[()]
    return number(element if value.dtype == bool else element + 0)  # which makes 0 of -0
