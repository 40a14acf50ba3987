"""Makes the rows of the table: all steps of a computation, forward and backward.

Flows in: a `Graph` with the backward pass. Flows out: blocks of text, for `explain(loss)`.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from ...graphs.elements import Chosen, Index, follow
from ...graphs.graph import Graph
from ...graphs.names import clean, labels
from ...graphs.nodes import GraphNode
from ...messages.options import asked, option
from ..formulas import text_at
from ..steps import BackwardStep, ForwardStep, backward_steps, described, forward_steps
from ..words import index_text, steps
from .blocks import Block, Entry, Equation, Gap, Listing, Paragraph, Row, Table

Place = tuple[str, str]  # where in the user's program, and the code
NOWHERE: Place = ("", "")


class Account:
    """All steps of a computation, in words."""

    def __init__(self, graph: Graph, chosen: Chosen, limit: int) -> None:
        self.graph, self.chosen, self.limit = graph, chosen, limit
        self.followed = follow(graph, chosen)
        self.names = labels(graph)
        self.output = self.names[graph.output.id]
        self.parameters = [node for node in graph.forward if node.kind == "input" and node.wants_gradient]
        calls = dict.fromkeys(node.id for node in graph.forward if node.kind == "call")
        self.turn = len(calls) + 1  # the number of the step at which the backward pass starts
        self.last = self.turn + sum(part.user in calls for node in graph.forward for part in node.contributions)
        self.numbers = {id: i for i, id in enumerate(calls, 1)}

    def blocks(self) -> Iterator[Block]:
        yield from map(Paragraph, self.opening())
        back = f"backward, {steps(self.turn, self.last)}: how {self.output} changes with each"
        yield Table(
            f"forward, {steps(1, self.turn - 1)}: the values" if self.numbers else "forward: the value", back, self.rows()
        )
        shown = self.parameters[: self.limit]
        if shown:
            yield Listing(f"So the gradient of {self.output} is", [self.answer(node) for node in shown])
        if len(self.parameters) > len(shown):
            yield Paragraph(f"and so on: it depends on {len(self.parameters)} parameters.")

    def opening(self) -> Iterator[str]:
        """How to read the table, for someone who never saw one."""
        output = self.output
        if len(self.numbers) == 1:
            yield f"Forward: step 1 computes {output}, from the values above it."
        elif self.numbers:
            yield (
                f"Forward, from the first call to the last: {steps(1, self.turn - 1)} compute {output}, each of them one "
                "value from values above it."
            )
        text = (
            f"Backward, from the last call to the first: {steps(self.turn, self.last)} find how much {output} would change "
            f"per unit of change in each value. For a value w this is written ∂{output}/∂w."
        )
        if self.last == self.turn:
            text = f"Backward: the derivative of {output} in itself is 1, and {output} was computed from nothing else."
        else:
            text += (
                " By the chain rule, it is the derivative in a later value, times the slope of the call between them. A "
                "value that is used more than once gets a part from each use, and the parts add up."
            )
        yield text
        about = about_arrays(self.graph, self.chosen, self.followed) if any(node.shape for node in self.graph.forward) else ""
        yield about + "Numbers are shown with six digits, and computed with all digits."

    def rows(self) -> list[Row | Gap]:
        nodes = self.graph.forward
        left_out = max(len(nodes) - self.limit, 0)
        first = len(nodes) if not left_out else (self.limit + 1) // 2
        shown = [*nodes[:first], *nodes[first + left_out :]]
        ids = {node.id for node in shown}
        back = defaultdict[int, list[BackwardStep]](list)
        for step in backward_steps(self.graph, self.followed, ids):
            back[step.user].append(step)
        where = places(shown)
        rows: list[Row | Gap] = [
            self.row(step, back[step.id], where[step.id]) for step in forward_steps(self.graph, self.followed, ids)
        ]
        if left_out:
            every = asked("explain(...)", "limit", len(nodes))
            rows.insert(first, Gap(f"{left_out} of {len(nodes)} rows left out; {every} shows all"))
        return rows

    def row(self, step: ForwardStep, back: Sequence[BackwardStep], line: Place) -> Row:
        node = self.graph.nodes[step.id]
        target = f"∂{self.output}/∂{step.label}"
        about = described(node, step.element) if node.kind == "call" else described(node, step.element, node.value)
        parts = dict.fromkeys(filter(None, [step.label, step.formula, step.numbers, step.value]))
        forward = Entry(self.numbers.get(node.id), [Equation(list(parts), about)])
        backward = [self.entry(part) for part in back]
        if step.id == self.graph.output.id:
            backward.insert(0, Entry(self.turn, [Equation([target, "1"], "where the backward pass starts")]))
        if node.kind == "input" and node.wants_gradient:
            known = node.gradient is not None or node.id == self.graph.output.id
            value = text_at(node.gradient, step.element) if known else "0"
            backward.append(Entry(None, [Equation([target, value], "" if known else f"{self.output} does not depend on it")]))
        return Row(line, forward, backward[::-1])

    def entry(self, step: BackwardStep) -> Entry:
        """A step back; after it the sum so far, if there is more than one part."""
        node = self.graph.nodes[step.parent]
        target = step.target if step.uses == 1 else f"{step.target} (part {step.use} of {step.uses})"
        parts = [target, *dict.fromkeys(filter(None, [step.rule, step.numbers, step.value]))]
        equations = [Equation(parts, index_text(step.element) if node.size else "")]
        if step.running:
            total, so_far = step.running.rsplit(" = ", 1)
            equations.append(Equation([step.target + (" so far" if not step.complete else ""), total, so_far]))
        return Entry(self.turn + step.number, equations)

    def answer(self, node: GraphNode) -> Entry:
        name = f"∂{self.output}/∂{self.names[node.id]}"
        if node.gradient is None:
            return Entry(None, [Equation([name, "0"], f"{self.output} does not depend on {self.names[node.id]}")])
        at = self.followed[node.id]
        return Entry(None, [Equation([name, text_at(node.gradient, at)], described(node, at, node.gradient))])


def places(nodes: Sequence[GraphNode]) -> dict[int, Place]:
    """The user's line for each row. Arrays that come in between stand with the line that uses them first."""
    found, after = dict[int, Place](), NOWHERE
    for node in reversed(nodes):
        if node.kind == "call":
            line = node.line
            after = (clean(line.where, 50), clean(line.code, 120)) if line else NOWHERE
        found[node.id] = after
    given = itertools.takewhile(lambda node: node.kind != "call", nodes)
    return found | {node.id: NOWHERE for node in given}


def about_arrays(graph: Graph, chosen: Chosen, followed: Mapping[int, Index]) -> str:
    """Which element of the arrays is followed, and how to follow another."""
    arrays = [node for node in graph.forward if node.size > 1]
    if not arrays:
        return ""
    names = labels(graph)
    example = graph.nodes[chosen.id] if chosen.asked else max(arrays, key=lambda node: node.size)
    at = followed[example.id]
    which = "" if chosen.asked or any(at) else ", the first"
    text = f"An array is many numbers. The table follows one of them{which}: {index_text(at)} of {example.shape} in "
    text += names[example.id]
    beside = next((node for node in arrays if node.shape != example.shape and any(followed[node.id])), None)
    if beside is not None and beside.id != example.id:
        there = f"{index_text(followed[beside.id])} of {beside.shape} in {names[beside.id]}"
        text += f"; in other arrays the element that belongs to it, such as {there}"
    other = tuple(n - 1 if i != n - 1 else 0 for i, n in zip(at, example.shape))
    return f"{text}. To follow another, say {option('element', other)}. "
