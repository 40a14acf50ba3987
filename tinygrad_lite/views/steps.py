"""A computation step by step, in words: forward, what each call computed; backward, what each use of a value sent back to it.

Flows in: a `Graph` with gradients. Flows out: steps of plain text and numbers, which the table of `explain` and the page of
`step_through` show. In arrays one element is followed through, by numbers: what is summed over is written as a sum.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..frames import Line
from ..graph import Contribution, Graph, GraphNode, Ref, is_numpy, rule_of
from .formulas import MATH, MOVING, STAYING, TERMS, Index, Names, Numbers, element_in, is_elementwise, is_inside, text_at
from .notation import PRODUCT, Piece, Term, atom, constant
from .words import IN_FULL, labels, lines, number

LONG = 8  # a rule of more operations than this is not written out
FEW = 64  # results of up to so many elements are asked how each depends on an argument, where the rule is not written out


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


def forward_steps(graph: Graph, element: Index | None = None, only: Collection[int] | None = None) -> list[ForwardStep]:
    """The steps of the computation, in order. Arrays are followed at `element`, the first if there is none given.

    only: the ids of the values whose steps are wanted, if not all
    """
    names = labels(graph)
    found = []
    for node in graph.forward:
        if only is not None and node.id not in only:
            continue
        at = element_in(node.shape, element)
        value = text_at(node.value, at)
        formula, numbers = call_of(graph, node, names, at) if node.kind == "call" else ("", "")
        found.append(
            ForwardStep(node.id, names[node.id], formula, unless_same(numbers, value), value, summary(node), at, node.line)
        )
    return found


def backward_steps(graph: Graph, element: Index | None = None, only: Collection[int] | None = None) -> list[BackwardStep]:
    """The steps of the walk back, in order: each is one use of one value.

    only: the ids of the calls whose steps are wanted, if not all
    """
    names = labels(graph)
    forward = {node.id for node in graph.forward}
    order = [
        (part, node) for node in graph.forward for part in node.contributions if part.user in forward and part.id is not None
    ]
    order.sort(key=lambda pair: (-pair[0].user, pair[0].position))
    waiting = Counter(node.id for _, node in order)
    totals: dict[int, Any] = {}
    found = []
    for part, parent in order:
        before = totals.get(parent.id)
        totals[parent.id] = part.value if before is None else before + part.value
        waiting[parent.id] -= 1
        if only is not None and part.user not in only:
            continue
        at = element_in(parent.shape, element)
        use = Use(graph, part, parent, names)
        value, total = text_at(part.value, at), text_at(totals[parent.id], at)
        found.append(
            BackwardStep(
                user=part.user,
                position=part.position,
                parent=parent.id,
                target=use.target,
                upstream=use.upstream,
                upstream_value=text_at(use.user.gradient, use.upstream_at(at)),
                local="" if use.slope is None else MATH.term(use.slope).text,
                local_value=use.slope_in_numbers(at),
                rule=MATH.term(use.rule).text,
                numbers=unless_same(use.rule_in_numbers(at), value),
                value=value,
                summary=summary(parent, part.value),
                running="" if before is None else f"{text_at(before, at)} + {bracketed(value)} = {total}",
                total=total,
                complete=not waiting[parent.id],
                element=at,
                line=use.user.line,
            )
        )
    return found


def call_of(graph: Graph, node: GraphNode, names: Mapping[int, str], at: Index) -> tuple[str, str]:
    """The call that made a value, in names and in numbers."""
    in_names = Names(graph, lambda i: None if i == node.id else atom(names[i]))
    shown = node.size and is_numpy(node.value)
    numbers = Numbers(graph, lambda i: i != node.id).text(node.id, at) if shown else ""
    return MATH.term(in_names.piece(Ref(node.id))).text, numbers


def bracketed(text: str) -> str:
    return f"({text})" if text.startswith("-") else text


def unless_same(numbers: str, value: str) -> str:
    """Numbers, if they say more than the value does."""
    return "" if numbers.replace("−", "-") in (value, f"-{value}" if value == "0" else value) else numbers


def summary(node: GraphNode, value: Any = None) -> str:
    """Shape and range of an array, in a line."""
    value = node.value if value is None else value
    if not node.shape:
        return ""
    shown = lines(value) if value is not None else []
    return f"{node.shape}  " + ("" if node.size <= IN_FULL else ", ").join(shown)


# --- one step back --------------------------------------------------------------------------------------------------------


class Use:
    """One use of a value, and what it sent back: as a rule, as a slope, and each of them in numbers.

    Most rules are short enough to be read. Where one is not, as that of ``np.prod``, what it computes is said instead:
    the gradient that came in times the slope, summed over the elements of the result that the value goes into.
    """

    def __init__(self, graph: Graph, part: Contribution, parent: GraphNode, names: Mapping[int, str]) -> None:
        assert part.id is not None
        self.graph, self.part, self.parent, self.names = graph, part, parent, names
        self.id, self.user = part.id, graph.nodes[part.user]
        self.comes_in = self.user.gradient_id
        output = names[graph.output.id]
        self.target, self.upstream = f"∂{output}/∂{names[parent.id]}", f"∂{output}/∂{names[part.user]}"
        self.name_of_slope = f"∂{names[part.user]}/∂{names[parent.id]}"
        self.in_names = Names(graph, self.leaf)
        self.numbers = Numbers(graph, lambda i: not self.inside(i))
        self.short = self.in_names.operations(self.id, {}) <= LONG
        self.known: dict[int, bool] = {}

    def inside(self, i: int) -> bool:
        """Whether a value belongs to this step, so that it has to be written as a formula."""
        return is_inside(self.graph, self.graph.nodes[i], self.part.user)

    def leaf(self, i: int) -> Piece | None:
        """What is written for a value, if it is not a formula."""
        if i == self.comes_in:
            return Term(self.upstream)
        if self.inside(i):
            return None
        node = self.graph.nodes[i]
        if node.kind != "constant" or node.through is None or not is_numpy(node.value):
            return atom(self.names[i])
        alike = node.size and np.all(node.value == node.value.flat[0])  # an array that the rule made: it has no name
        return atom(text_at(node.value, (0,) * len(node.shape))) if alike else Term(f"array {node.shape}")

    def carries(self, i: int) -> bool:
        """Whether a value was made from the gradient that came in."""
        if i not in self.known:
            inside = i != self.comes_in and self.inside(i)
            self.known[i] = any(map(self.carries, self.graph.nodes[i].uses)) if inside else i == self.comes_in
        return self.known[i]

    def by_element(self, i: int) -> bool:
        """Whether each element of a value was made from one element of the gradient that came in."""
        node = self.graph.nodes[i]
        if i == self.comes_in or not self.carries(i):
            return True
        moves = rule_of(node).function in MOVING
        return (moves or is_elementwise(self.graph, node)) and all(map(self.by_element, node.uses))

    def unsummed(self) -> int:
        """What was sent back, before it was summed over what had been stretched."""
        i, rule = self.id, rule_of(self.user)
        while (
            rule.__dict__.get("broadcasts", False)
            or rule.function is np.broadcast_to
            or self.parent.shape == self.user.shape == ()
        ):
            if not self.inside(i) or rule_of(self.graph.nodes[i]).function not in (np.sum, np.reshape):
                break
            i = self.graph.nodes[i].uses[0]
        return i

    @functools.cached_property
    def diagonal(self) -> bool:
        """Whether each element of the value goes into its own elements of the result, so that there is *a* slope."""
        return self.parent.shape == self.user.shape == () or self.by_element(self.unsummed())

    @property
    def rule(self) -> Piece:
        """What the use sent back, in names."""
        if self.short:
            return self.in_names.piece(Ref(self.id))
        product = MATH.call(np.multiply, [Term(self.upstream), Term(self.name_of_slope)])
        return product if self.diagonal else Term(f"sum({MATH.term(product).text})")

    @property
    def slope(self) -> Piece | None:
        """The slope in names, if there is one: what would be sent back if a 1 came in."""
        if not self.diagonal or not self.short:
            return Term(self.name_of_slope) if self.diagonal else None
        moved = {*MOVING, *STAYING, np.sum}

        def silent(i: int) -> bool:
            return self.carries(i) and rule_of(self.graph.nodes[i]).function in moved

        return Names(self.graph, lambda i: constant(1) if i == self.comes_in else self.leaf(i), silent).piece(Ref(self.id))

    def rule_in_numbers(self, at: Index) -> str:
        if not self.parent.size or not is_numpy(self.part.value):
            return ""
        if self.short:
            return self.numbers.text(self.id, at)
        terms = self.terms(at)
        shown = terms if len(terms) <= TERMS else [*terms[:2], terms[-1]]
        pieces = [MATH.call(np.multiply, [atom(text_at(self.user.gradient, k)), atom(number(slope))]) for k, slope in shown]
        texts = [MATH.inside(piece, PRODUCT, i > 0) for i, piece in enumerate(pieces)]
        return " + ".join([*texts[:2], "…", *texts[2:]] if len(terms) > TERMS else texts)

    def slope_in_numbers(self, at: Index) -> str:
        if not self.diagonal or not self.parent.size or not is_numpy(self.part.value):
            return ""
        if not self.short:
            return next((number(slope) for _, slope in self.terms(at)), "0")
        i = self.unsummed()
        return Numbers(self.graph, self.numbers.leaf, one=self.comes_in).text(i, element_in(self.graph.nodes[i].shape, at))

    def upstream_at(self, at: Index) -> Index:
        """Which element of the gradient that came in is followed."""
        found = None
        if self.parent.size and is_numpy(self.part.value):
            found = (
                self.numbers.reached(self.id, at, self.comes_in) if self.short else next((k for k, _ in self.terms(at)), None)
            )
        return element_in(self.user.shape, at) if found is None else found

    def terms(self, at: Index) -> list[tuple[Index, Any]]:
        """The elements of the result that an element of the value goes into, each with its slope; of few, all."""
        if self.user.size <= FEW:
            places = list(np.ndindex(self.user.shape))
        else:
            places = [at] if self.user.shape == self.parent.shape and self.diagonal else []
        found = []
        for k in places:
            one = np.zeros(self.user.shape, self.user.dtype)
            one[k] = 1
            slope = self.graph.send_back(*self.part[:2], one[()])[at]
            if slope != 0:
                found.append((k, slope))
        return found
