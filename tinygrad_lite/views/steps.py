"""Describes a computation step by step: what each call computed, and what each use of a value sent back to it.

Flows in: a `Graph` with gradients. Flows out: steps of plain text and numbers, which the table of `explain` and the page of
`step_through` show. In arrays, the numbers are those of one element; a sum over an axis is written as a sum.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..frames import Line
from ..graphs.elements import MOVING, Index, chosen, follow
from ..graphs.graph import Graph
from ..graphs.lookup import rule_of
from ..graphs.names import labels
from ..graphs.nodes import Contribution, GraphNode, Ref, is_numpy
from .formulas import MATH, STAYING, TERMS, Names, Numbers, element_in, formula, is_elementwise, is_inside, text_at
from .notation import PRODUCT, Piece, Term, atom, constant
from .words import IN_FULL, index_text, joined, lines, number

Followed = Mapping[int, Index]  # the element that is shown of each value, by its id
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
    number: int  # which of all steps back this is, counted from 1
    use: int  # which of the uses of the value this is, counted from 1
    uses: int  # how many there are
    element: Index
    line: Line | None

    @property
    def complete(self) -> bool:
        """Whether the gradient of the value is complete now."""
        return self.use == self.uses


def forward_steps(
    graph: Graph, element: Index | Followed | None = None, only: Collection[int] | None = None
) -> list[ForwardStep]:
    """The steps of the computation, in order. Of arrays one element is followed: `element`, and those that belong to it.

    element: one that the last array of its kind has; or already for each value the one to show; the first if not given
    only:    the ids of the values whose steps are wanted, if not all
    """
    names, followed = labels(graph), followed_in(graph, element)
    found = []
    for node in graph.forward:
        if only is not None and node.id not in only:
            continue
        at = followed[node.id]
        value = text_at(node.value, at)
        formula, numbers = call_of(graph, node, names, at) if node.kind == "call" else ("", "")
        found.append(
            ForwardStep(node.id, names[node.id], formula, unless_same(numbers, value), value, summary(node), at, node.line)
        )
    return found


def backward_steps(
    graph: Graph, element: Index | Followed | None = None, only: Collection[int] | None = None
) -> list[BackwardStep]:
    """The steps of the backward pass, in order: each is one use of one value.

    element: as in `forward_steps`
    only:    the ids of the calls whose steps are wanted, if not all
    """
    names, followed = labels(graph), followed_in(graph, element)
    forward = {node.id for node in graph.forward}
    order = [(part, node) for node in graph.forward for part in node.contributions if part.user in forward]
    order.sort(key=lambda pair: (-pair[0].user, pair[0].position))
    uses, seen = Counter(node.id for _, node in order), Counter[int]()
    totals: dict[int, Any] = {}
    found = []
    for step, (part, parent) in enumerate(order, 1):
        sent = part.value
        if sent is None:
            sent = graph.send_back(part.user, part.position, graph.nodes[part.user].gradient)
        before = totals.get(parent.id)
        totals[parent.id] = sent if before is None else before + sent
        seen[parent.id] += 1
        if only is not None and part.user not in only:
            continue
        at = followed[parent.id]
        use = Use(graph, part, parent, names, followed[part.user])
        value, total = text_at(sent, at), text_at(totals[parent.id], at)
        found.append(
            BackwardStep(
                user=part.user,
                position=part.position,
                parent=parent.id,
                target=use.target,
                upstream=use.upstream,
                upstream_value=text_at(use.user.gradient, use.upstream_at(at)),
                local="" if use.slope is None else MATH.term(use.slope).text,
                local_value=use.slope_at(at),
                rule=MATH.term(use.rule).text,
                numbers=unless_same(use.rule_at(at), value),
                value=value,
                summary=summary(parent, sent),
                running="" if before is None else f"{joined(' + ', [text_at(before, at), value])} = {total}",
                total=total,
                number=step,
                use=seen[parent.id],
                uses=uses[parent.id],
                element=at,
                line=use.user.line,
            )
        )
    return found


def followed_in(graph: Graph, element: Index | Followed | None) -> Followed:
    """The element that is shown of each value."""
    return element if isinstance(element, Mapping) else follow(graph, chosen(graph, element))


def call_of(graph: Graph, node: GraphNode, names: Mapping[int, str], at: Index) -> tuple[str, str]:
    """The call that made a value, in names and in numbers."""
    shown = node.size and is_numpy(node.value)
    numbers = Numbers(graph, lambda i: i != node.id).text(node.id, at) if shown else ""
    return formula(graph, node, names), numbers


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


def described(node: GraphNode, at: Index, value: Any = None) -> str:
    """Which element of an array is followed; and what the others are, if `value` is the array."""
    if not node.shape:
        return ""
    where = f"{index_text(at)} of {node.shape}" if node.size else f"{node.shape}"
    shown = lines(value) if value is not None and node.size > 1 else []
    return where + (": " + ("" if node.size <= IN_FULL else ", ").join(shown) if shown else "")


# --- one step back --------------------------------------------------------------------------------------------------------


class Use:
    """One use of a value, and what it sent back: as a rule, as a slope, and each of them in numbers.

    Most rules are short enough to be read. Where one is not, as that of ``np.prod``, what it computes is said instead:
    the gradient that came in times the slope, summed over the elements of the result that the value goes into.
    """

    def __init__(
        self, graph: Graph, part: Contribution, parent: GraphNode, names: Mapping[int, str], wanted: Index | None = None
    ) -> None:
        self.wanted = wanted  # the element of the result that is shown
        self.graph, self.part, self.parent, self.names = graph, part, parent, names
        self.user = graph.nodes[part.user]
        self.comes_in = self.user.gradient_id
        output = names[graph.output.id]
        self.target, self.upstream = f"∂{output}/∂{names[parent.id]}", f"∂{output}/∂{names[part.user]}"
        self.name_of_slope = f"∂{names[part.user]}/∂{names[parent.id]}"
        self.in_names = Names(graph, self.leaf)
        self.in_numbers = Numbers(graph, lambda i: not self.inside(i))
        self.id = (
            part.id if part.id is not None and self.in_names.operations(Ref(part.id), {}) <= LONG else None
        )  # if it is written
        self.has_numbers = bool(parent.size) and is_numpy(parent.value)
        self.carrying: dict[int, bool] = {}

    def inside(self, i: int) -> bool:
        """Whether a value belongs to this step, so that it has to be written as a formula."""
        return is_inside(self.graph, self.graph.nodes[i], self.part.user)

    def leaf(self, i: int) -> Piece | None:
        """What is written for a value, if it is not a formula."""
        if i == self.comes_in:
            return atom(self.upstream)
        if self.inside(i):
            return None
        node = self.graph.nodes[i]
        if node.kind != "constant" or node.through is None or not is_numpy(node.value):
            return atom(self.names[i])
        alike = node.size and np.all(node.value == node.value.flat[0])  # an array that the rule made: it has no name
        return atom(text_at(node.value, (0,) * len(node.shape))) if alike else Term(f"array {node.shape}")

    # --- is there a slope? ------------------------------------------------------------------------------------------------

    def carries(self, i: int) -> bool:
        """Whether a value was made from the gradient that came in."""
        if i not in self.carrying:
            inside = i != self.comes_in and self.inside(i)
            self.carrying[i] = any(map(self.carries, self.graph.nodes[i].uses)) if inside else i == self.comes_in
        return self.carrying[i]

    def unsummed(self, i: int) -> int:
        """What was sent back, before it was summed over what had been stretched."""
        rule = rule_of(self.user)
        stretches = rule.broadcasts or rule.function is np.broadcast_to or self.user.shape == ()
        while stretches and self.inside(i) and rule_of(self.graph.nodes[i]).function in (np.sum, np.reshape):
            i = self.graph.nodes[i].uses[0]
        return i

    @functools.cached_property
    def diagonal(self) -> bool:
        """Whether each element of the value goes into elements of its own, so that there is *a* slope."""
        if self.parent.shape == self.user.shape == ():
            return True
        waiting, seen = [] if self.part.id is None else [self.unsummed(self.part.id)], set[int]()
        while waiting:
            i = waiting.pop()
            if i in seen or i == self.comes_in or not self.carries(i):
                continue
            seen.add(i)
            node = self.graph.nodes[i]
            if rule_of(node).function not in MOVING and not is_elementwise(self.graph, node):
                return False
            waiting += node.uses
        return self.part.id is not None

    # --- in names ---------------------------------------------------------------------------------------------------------

    @property
    def rule(self) -> Piece:
        """What the use sent back, in names."""
        if self.id is not None:
            return self.in_names.piece(Ref(self.id))
        product = MATH.call(np.multiply, [atom(self.upstream), atom(self.name_of_slope)])
        return product if self.diagonal else Term(f"sum({MATH.term(product).text})")

    @functools.cached_property
    def slope(self) -> Piece | None:
        """The slope in names, if there is one: what would be sent back if a 1 came in."""
        if self.id is None or not self.diagonal:
            return atom(self.name_of_slope) if self.diagonal else None
        moved = {*MOVING, *STAYING, np.sum}

        def silent(i: int) -> bool:
            return self.carries(i) and rule_of(self.graph.nodes[i]).function in moved

        return Names(self.graph, lambda i: constant(1) if i == self.comes_in else self.leaf(i), silent).piece(Ref(self.id))

    # --- in numbers, at one element ---------------------------------------------------------------------------------------

    def rule_at(self, at: Index) -> str:
        """What the use sent back to an element."""
        if not self.has_numbers:
            return ""
        if self.id is not None:
            return self.in_numbers.text(self.id, at)
        terms = self.terms(at)
        shown = terms if len(terms) <= TERMS else [*terms[:2], terms[-1]]
        pieces = [MATH.call(np.multiply, [atom(text_at(self.user.gradient, k)), atom(number(slope))]) for k, slope in shown]
        texts = [MATH.inside(piece, PRODUCT, i > 0) for i, piece in enumerate(pieces)]
        return " + ".join([*texts[:2], "…", *texts[2:]] if len(terms) > TERMS else texts)

    def slope_at(self, at: Index) -> str:
        """The slope at an element, if there is one; where that goes into several, at the first of those."""
        if not self.diagonal or not self.has_numbers:
            return ""
        if self.id is None:
            return next((number(slope) for _, slope in self.terms(at)), "0")
        i = self.unsummed(self.id)
        numbers = Numbers(self.graph, self.in_numbers.leaf, one=self.comes_in)
        shape = self.graph.nodes[i].shape
        return numbers.text(i, self.upstream_at(at) if shape == self.user.shape else element_in(shape, at))

    def slope_value(self, at: Index) -> str:
        """The slope at an element as a number; empty if there is none."""
        if not self.diagonal or not self.has_numbers:
            return ""
        return number(self.slope_of(self.upstream_at(at), at) + 0)

    def upstream_at(self, at: Index) -> Index:
        """Which element of the gradient that came in is followed: the one that is shown of the result, if it has a part."""
        found = None
        if self.has_numbers and self.wanted is not None and self.user.size and self.slope_of(self.wanted, at) != 0:
            return self.wanted
        if self.has_numbers and self.id is not None:
            found = self.in_numbers.reached(self.id, at, self.comes_in)
        elif self.has_numbers:
            found = next((k for k, _ in self.terms(at)), None)
        return element_in(self.user.shape, at) if found is None else found

    def terms(self, at: Index) -> list[tuple[Index, Any]]:
        """The elements of the result that an element of the value goes into, each with its slope; of few, all."""
        places = list(np.ndindex(self.user.shape)) if self.user.size <= FEW else []
        if not places and self.user.shape == self.parent.shape and self.diagonal:
            places = [at]
        slopes = [(k, self.slope_of(k, at)) for k in places]
        return [(k, slope) for k, slope in slopes if slope != 0 or self.user.size == 1]

    def slope_of(self, k: Index, at: Index) -> Any:
        """How element `k` of the result changes with an element of the value: what comes back there of a 1 at `k`."""
        one = np.zeros(self.user.shape, self.user.dtype)
        one[k] = 1
        return self.graph.send_back(self.part.user, self.part.position, one[()])[at]
