"""A computation step by step, in words: forward, what each call computed; backward, what each use of a value sent back to it.

Flows in: a `Graph` with gradients. Flows out: steps of plain text and numbers, which the table of `explain` and the page of
`step_through` show. In arrays one element is followed through, by numbers: what is summed over is written as a sum.

The rule of each backward step is not written by hand here. The walk back is itself a recorded computation, so what a call
did to the gradient is read off from that record.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

import numpy as np

from .. import messages
from ..frames import Line
from ..graph import Graph, GraphNode, Ref, is_numpy, rule_of
from ..rules.indexing import scatter
from ..rules.reductions import axes_of
from ..tensor import alias
from .notation import ATOM, CHOICE, PRODUCT, SUM, Piece, Term, atom, constant, math_style
from .words import CALLED, IN_FULL, clean, inline, labels, lines, number

Index = tuple[int, ...]
TERMS = 4  # sums of up to so many numbers are written out


class ForwardStep(NamedTuple):
    """A value, and how it was computed: ``label = formula = numbers = value``, at one `element` of an array."""

    id: int
    label: str
    formula: str  # empty for inputs and constants
    numbers: str  # empty where they would say no more than the value
    value: str
    summary: str  # shape and range of an array; empty for a number
    element: Index
    line: Line | None


class BackwardStep(NamedTuple):
    """What one use of a value sent back to it: ``rule = numbers = value``, and the sum so far.

    `user` is the call that used it, as its argument number `position`; `upstream` is the gradient of that call's result.
    """

    user: int
    position: int
    parent: int
    target: str  # what is computed: ∂loss/∂x
    upstream: str  # what comes in: ∂loss/∂y
    upstream_value: str
    local: str  # the slope ∂y/∂x, where the function works element by element
    local_value: str
    rule: str
    numbers: str
    value: str
    summary: str
    running: str  # "1.5 + 0.2 = 1.7"; empty where the value has one use
    total: str  # the gradient so far
    complete: bool  # whether this was the last use
    element: Index
    line: Line | None


def forward_steps(graph: Graph, element: Index | None = None) -> list[ForwardStep]:
    """The steps of the computation, in order. Arrays are followed at `element`, the first if there is none given."""
    names = labels(graph)
    found = []
    for node in graph.forward:
        at = element_in(node.shape, element)
        value = text_at(node.value, at)
        formula = numbers = ""
        if node.kind == "call":
            formula = MATH.term(call(graph, node, lambda i: atom(names[i]))).text
            numbers = Numbers(graph, node.uses).text(node.id, at) if node.size and is_numpy(node.value) else ""
        found.append(
            ForwardStep(
                node.id, names[node.id], formula, "" if numbers == value else numbers, value, summary(node), at, node.line
            )
        )
    return found


def backward_steps(graph: Graph, element: Index | None = None) -> list[BackwardStep]:
    """The steps of the walk back, in order: each is one use of one value."""
    names = labels(graph)
    output = names[graph.output.id]
    forward = {node.id for node in graph.forward}
    order = [
        (part, node) for node in graph.forward for part in node.contributions if part.user in forward and part.id is not None
    ]
    order.sort(key=lambda pair: (-pair[0].user, pair[0].position))
    totals: dict[int, Any] = {}
    counts: dict[int, int] = {}
    found = []
    for part, parent in order:
        user = graph.nodes[part.user]
        at = element_in(parent.shape, element)
        comes_in = user.gradient_id
        name = f"∂{output}/∂{names[user.id]}"

        def leaf(i: int, comes_in: Any = comes_in, user: int = user.id, name: str = name) -> Piece | None:
            if i == comes_in:
                return Term(name)
            return None if graph.nodes[i].through == user and graph.nodes[i].kind == "call" else atom(names[i])

        assert part.id is not None
        rule = expression(graph, part.id, leaf)
        slope = expression(graph, part.id, lambda i: constant(1) if i == comes_in else leaf(i), HANDED_BACK | {np.sum})  # noqa: B023
        elementwise = works_elementwise(graph, part.id, comes_in)
        inner = [n.id for n in graph.backward if n.through == user.id and n.kind == "call" and n.id != comes_in]
        leaves = {n.id for n in graph} - set(inner)
        numbers = Numbers(graph, leaves)
        value = text_at(part.value, at)
        before = totals.get(parent.id)
        totals[parent.id] = part.value if before is None else before + part.value
        counts[parent.id] = counts.get(parent.id, 0) + 1
        total = text_at(totals[parent.id], at)
        upstream_at = numbers.reached(part.id, at, comes_in)
        local_value = ""
        if elementwise and parent.size and upstream_at is not None:
            local_value = Numbers(graph, leaves, one=comes_in).slope(part.id, at)
        written = numbers.text(part.id, at) if parent.size else ""
        found.append(
            BackwardStep(
                user=user.id,
                position=part.position,
                parent=parent.id,
                target=f"∂{output}/∂{names[parent.id]}",
                upstream=name,
                upstream_value=text_at(
                    user.gradient, element_in(user.shape, element) if upstream_at is None else upstream_at
                ),
                local=MATH.term(slope).text if elementwise else "",
                local_value=local_value,
                rule=MATH.term(rule).text,
                numbers="" if written == value else written,
                value=value,
                summary=summary(parent, part.value),
                running="" if before is None else f"{text_at(before, at)} + {bracketed(value)} = {total}",
                total=total,
                complete=counts[parent.id] == len([p for p in parent.contributions if p.user in forward]),
                element=at,
                line=user.line,
            )
        )
    return found


def bracketed(text: str) -> str:
    return f"({text})" if text.startswith("-") else text


# --- one element of an array ------------------------------------------------------------------------------------------


def element_in(shape: tuple[int, ...], element: Index | None) -> Index:
    """The element that is followed, in an array of this shape: what is broadcast with it, or else the first."""
    wanted = tuple(element or ())[-len(shape) :] if shape else ()
    at = (0,) * (len(shape) - len(wanted)) + wanted
    at = tuple(0 if n == 1 else i for i, n in zip(at, shape))
    return at if all(-n <= i < n for i, n in zip(at, shape)) else (0,) * len(shape)


def text_at(value: Any, at: Index) -> str:
    """The number at an element of an array."""
    if not is_numpy(value):
        return lines(value)[0] if value is not None else "?"
    if not value.size:
        return "empty"
    return number((value[at] if value.shape else value[()]) + 0)  # which makes 0 of -0


def summary(node: GraphNode, value: Any = None) -> str:
    """Shape and range of an array, in a line."""
    value = node.value if value is None else value
    if not node.shape:
        return ""
    shown = lines(value) if value is not None else []
    return f"{node.shape}  " + ("" if node.size <= IN_FULL else ", ").join(shown)


# --- formulas ---------------------------------------------------------------------------------------------------------


def called(function: Any) -> str:
    name = getattr(CALLED.get(function, function), "__name__", None) or messages.name_of(function).rpartition(".")[2]
    return clean(CALLED.get(function, name), 24)


HANDED_BACK = {np.broadcast_to, np.reshape, alias}  # they move numbers about, which in a formula goes without saying
MATH = math_style(called, number)


def call(graph: Graph, node: GraphNode, piece_of: Callable[[int], Piece]) -> Piece:
    """A call as a formula, its arguments written by `piece_of`."""
    rule = rule_of(node)
    names = NamesOf(piece_of)
    if rule.function is operator.getitem:
        return MATH.call(rule.function, [argument(node.args[0], piece_of), Term(inline(node.args[1], names, True))])
    if rule.function is scatter:
        index = inline(node.keywords["index"], names, True)
        return Term(f"{MATH.term(argument(node.args[0], piece_of)).text} at [{index}], else 0", CHOICE)
    if rule.function in (np.swapaxes, np.transpose) and len(node.shape) == 2:
        return Term(MATH.inside(argument(node.args[0], piece_of), ATOM) + "ᵀ")
    keywords = [
        f"{name}={inline(value, names)}"
        for name, value in node.keywords.items()
        if value is not np._NoValue and not (name in rule.defaults and value is rule.defaults[name])
    ]
    return MATH.call(rule.function, [argument(arg, piece_of) for arg in node.args], keywords)


class NamesOf(dict[int, str]):
    """What references inside a tuple are called."""

    def __init__(self, piece_of: Callable[[int], Piece]) -> None:
        super().__init__()
        self.piece_of = piece_of

    def __missing__(self, i: int) -> str:
        return MATH.term(self.piece_of(i)).text


def argument(value: Any, piece_of: Callable[[int], Piece]) -> Piece:
    if isinstance(value, Ref):
        return piece_of(value.id)
    return constant(value) if type(value) in (int, float) and math.isfinite(value) else Term(inline(value, {}))


def expression(graph: Graph, i: int, leaf: Callable[[int], Piece | None], silent: Collection[Any] = HANDED_BACK) -> Piece:
    """The formula for a value, down to where `leaf` gives a piece. What is `silent` is not written."""
    found = leaf(i)
    if found is not None:
        return found
    node = graph.nodes[i]
    if rule_of(node).function in silent and isinstance(node.args[0], Ref):
        return expression(graph, node.args[0].id, leaf, silent)
    if rule_of(node).function is np.multiply and node.args[0] == node.args[1]:
        return MATH.call(np.square, [expression(graph, node.uses[0], leaf, silent)])
    return call(graph, node, lambda j: expression(graph, j, leaf, silent))


def is_elementwise(node: GraphNode) -> bool:
    """Whether each element of the result depends on one element of each argument, the one at the same place."""
    function = rule_of(node).function
    ufunc = isinstance(function, np.ufunc) and function.signature is None
    return ufunc or rule_of(node).__dict__.get("broadcasts", False) or function in ELEMENTWISE


ELEMENTWISE = {np.broadcast_to, np.zeros_like, np.ones_like, alias}


def works_elementwise(graph: Graph, i: int, leaf: int | None) -> bool:
    """Whether a value is made element by element of the node `leaf`, but for sums over what was stretched."""
    if i == leaf:
        return True
    node = graph.nodes[i]
    if node.through is None or node.kind != "call":
        return True
    if not (is_elementwise(node) or rule_of(node).function in (np.sum, np.reshape)):
        return False
    return all(works_elementwise(graph, j, leaf) for j in node.uses)


class Numbers:
    """Formulas with numbers in the place of values: ``0.5 × 3``. `leaves` are the values that are shown as numbers.

    The value `one` counts as 1: so ``upstream × slope`` becomes the slope.
    """

    def __init__(self, graph: Graph, leaves: Any, one: int | None = None) -> None:
        self.graph, self.leaves, self.one = graph, set(leaves), one
        self.watched: int | None = None
        self.seen: Index | None = None

    def text(self, i: int, at: Index) -> str:
        return MATH.term(self.piece(i, at)).text

    def slope(self, i: int, at: Index) -> str:
        """The same for a slope, at the first element of those that a sum is over."""
        node = self.graph.nodes[i]
        while i not in self.leaves and node.kind == "call" and rule_of(node).function in (np.sum, np.reshape):
            i, at = node.uses[0], element_in(self.graph.nodes[node.uses[0]].shape, at)
            node = self.graph.nodes[i]
        return self.text(i, at)

    def reached(self, i: int, at: Index, wanted: int | None) -> Index | None:
        """At which element the value `wanted` is met, on the way from an element of value `i`."""
        self.watched, self.seen = wanted, None
        self.piece(i, at)
        return self.seen

    def piece(self, i: int, at: Index) -> Piece:
        if i == self.watched and self.seen is None:
            self.seen = at
        node = self.graph.nodes[i]
        if i == self.one:
            return constant(1)
        if i in self.leaves or node.kind != "call":
            return atom(text_at(node.value, at))
        function = rule_of(node).function
        if is_elementwise(node):
            if function in HANDED_BACK and isinstance(node.args[0], Ref):
                return self.at(node.args[0].id, at)
            if function is np.multiply and node.args[0] == node.args[1] and node.through is not None:
                return MATH.call(np.square, [self.argument(node.args[0], at)])
            keywords = [f"{k}={inline(v, {})}" for k, v in node.keywords.items() if k not in rule_of(node).defaults]
            return MATH.call(function, [self.argument(arg, at) for arg in node.args], keywords)
        if function is np.reshape and isinstance(node.args[0], Ref):
            source = self.graph.nodes[node.args[0].id]
            flat = np.ravel_multi_index(at, node.shape) if node.shape else 0
            where = tuple(int(k) for k in np.unravel_index(flat, source.shape)) if source.shape else ()
            return self.piece(source.id, where)
        if function in (np.transpose, np.swapaxes) and len(node.shape) == 2:
            return self.piece(node.args[0].id, at[::-1])
        terms = self.terms(node, at)
        if terms is None:
            return atom(text_at(node.value, at))
        total = self.summed(terms)
        if function is np.mean:
            source = self.graph.nodes[node.args[0].id]
            return MATH.call(np.divide, [total, constant(max(source.size // max(node.size, 1), 1))])
        return total

    def at(self, i: int, at: Index) -> Piece:
        """The element of an argument that was broadcast to an element of the result."""
        return self.piece(i, element_in(self.graph.nodes[i].shape, at))

    def argument(self, value: Any, at: Index) -> Piece:
        if isinstance(value, Ref):
            return self.at(value.id, at)
        return atom(inline(value, {}))

    def terms(self, node: GraphNode, at: Index) -> list[Callable[[], Piece]] | None:
        """What an element of a sum, a mean or a product of matrices is the sum of."""
        function = rule_of(node).function
        refs = [arg for arg in node.args if isinstance(arg, Ref)]
        if function in (np.sum, np.mean) and refs:
            source = self.graph.nodes[refs[0].id]
            axes, kept = axes_of(node.keywords.get("axis"), len(source.shape)), bool(node.keywords.get("keepdims"))
            places = [self.place(source.shape, axes, at, kept, k) for k in inner(source.shape, axes)]
            return [lambda p=p: self.piece(source.id, p) for p in places]  # type: ignore[misc]
        if function is np.matmul and len(refs) == 2:
            a, b = (self.graph.nodes[ref.id] for ref in refs)
            if len(a.shape) > 2 or len(b.shape) > 2:
                return None
            rows = at[: len(a.shape) - 1]
            columns = at[len(at) - (len(b.shape) - 1) :] if len(b.shape) > 1 else ()
            return [
                lambda k=k: MATH.call(np.multiply, [self.piece(a.id, (*rows, k)), self.piece(b.id, (k, *columns))])  # type: ignore[misc]
                for k in range(a.shape[-1])
            ]
        return None

    @staticmethod
    def place(shape: tuple[int, ...], axes: list[int], at: Index, keepdims: bool, inside: Index) -> Index:
        """An element of what is summed: `inside` says where on the axes that are summed over, `at` where on the others."""
        kept = list(at) if not keepdims else [i for axis, i in enumerate(at) if axis not in axes]
        summed = list(inside)
        return tuple(summed.pop(0) if axis in axes else kept.pop(0) for axis in range(len(shape)))

    def summed(self, terms: list[Callable[[], Piece]]) -> Piece:
        """A sum, written out if it is short; otherwise its beginning and its end."""
        if not terms:
            return constant(0)
        shown = terms if len(terms) <= TERMS else [*terms[:2], terms[-1]]
        texts = [MATH.inside(term(), PRODUCT, i > 0) for i, term in enumerate(shown)]
        if len(texts) == 1:
            return Term(texts[0], PRODUCT)
        if len(terms) > TERMS:
            texts.insert(2, "…")
        return Term(" + ".join(texts), SUM)


def inner(shape: tuple[int, ...], axes: list[int]) -> list[Index]:
    """All places on some of the axes; of many, the first two and the last, and as many as there are between."""
    sizes = [shape[axis] for axis in axes]
    count = math.prod(sizes)
    if count <= TERMS:
        return list(np.ndindex(*sizes))
    ends = [tuple(int(i) for i in np.unravel_index(k, sizes)) for k in (0, 1, count - 1)]
    return [*ends[:2], *[ends[1]] * (min(count, TERMS + 1) - 3), ends[2]]
