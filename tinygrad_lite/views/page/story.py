"""Writes the words that the page of `step_through` shows at each step.

Flows in: a `Graph` with the backward pass. Flows out: a `Story`: steps, each with a headline, a sentence for screen readers,
and rows for the panel. The words for values, rules and numbers come from `steps.py`.
"""

from __future__ import annotations

from typing import NamedTuple

from ...frames import Line
from ...graphs.graph import Graph
from ...graphs.names import clean
from ..formulas import Index
from ..steps import BackwardStep, Followed, ForwardStep, backward_steps, forward_steps
from ..words import index_text, steps


class Step(NamedTuple):
    """What one step shows. `part` is "inputs", "forward", "seed" or "back"."""

    part: str
    node: int | None  # the value that is computed, or whose gradient is
    user: int | None  # the call that sends a gradient back to it
    title: str
    result: str
    sentence: str
    rows: list[tuple[str, list[str]]]  # what the panel says: a label, and lines
    line: Line | None


class Story:
    """The steps of a computation, in order; `turn` is the number of the step at which the backward pass starts."""

    def __init__(self, graph: Graph, element: Index | Followed | None) -> None:
        self.graph = graph
        self.forward = forward_steps(graph, element)
        self.backward = backward_steps(graph, element)
        self.names = {step.id: step.label for step in self.forward}
        self.places = {step.id: f" at {index_text(step.element)}" if step.element else "" for step in self.forward}
        given = [step for step in self.forward if graph.nodes[step.id].kind != "call"]
        calls = [step for step in self.forward if graph.nodes[step.id].kind == "call"]
        self.turn = 1 + len(calls)
        self.steps = [self.inputs(given), *map(self.call, calls), self.seed(), *map(self.use, self.backward)]

    def about(self) -> str:
        """One line below the headline."""
        last = len(self.steps) - 1
        forward = f"{steps(1, self.turn - 1)} forward, " if self.turn > 1 else ""
        text = f"Step 0 shows what is given; {forward}{steps(self.turn, last)} back."
        arrays = any(step.element for step in self.forward)
        return text + " Of each array, one number is shown: the one at the place in brackets." * arrays

    def inputs(self, given: list[ForwardStep]) -> Step:
        """The first step: what the computation starts from."""
        rows = [(step.label, [step.value + self.places[step.id], *filter(None, [step.summary])]) for step in given]
        names = clean(", ".join(step.label for step in given), 30)
        return Step("inputs", None, None, "What is given", names, "Everything else is computed from this.", rows, None)

    def call(self, step: ForwardStep) -> Step:
        """A step forward: one value is computed."""
        title, result = f"{step.label} = {step.formula}", step.value + self.places[step.id]
        rows = [(step.label, equations(step.formula, step.numbers, result))]
        if step.summary:
            rows.append(("all of it", [step.summary]))
        return Step("forward", step.id, None, title, step.value, f"That is {result}.", rows, step.line)

    def seed(self) -> Step:
        """The step at which the backward pass starts."""
        output = self.graph.output
        name = self.names[output.id]
        sentence = f"The backward pass starts here: the derivative of {name} in itself is 1."
        if not self.backward:
            sentence += " It was computed from nothing else, so the backward pass ends here, too."
        return Step("seed", output.id, None, f"∂{name}/∂{name} = 1", "", sentence, [], output.line)

    def use(self, step: BackwardStep) -> Step:
        """A step back: the chain rule at one use of one value."""
        user, parent, at = self.names[step.user], self.names[step.parent], self.places[step.parent]
        count = step.uses
        rows = [("comes in", [f"{step.upstream} = {step.upstream_value}"])]
        if step.local:
            slope = dict.fromkeys([f"∂{user}/∂{parent}", step.local, step.local_value])
            rows.append(("local derivative", [" = ".join(filter(None, slope))]))
        rows.append(("product", equations(step.rule, step.numbers, step.value + at)))
        if step.summary:
            rows.append(("all of it", [step.summary]))
        use = f"use {step.use} of {count}" if count > 1 else "its only use"
        rows.append(("sum", [f"{step.target} = {step.running or step.total}", f"({use})"]))
        sentence = f"{user} sends {step.value} back to {parent}{at}."
        if step.running:
            sentence += f" It adds to what came before: {step.running}."
        if not step.complete:
            sentence += f" This is one of {count} uses of {parent}, so more parts will follow."
        elif count > 1:
            sentence += f" That was the last of {count} uses of {parent}: its gradient is complete."
        title = f"{step.target} {'+=' if step.use > 1 else '='} {step.rule}"
        return Step("back", step.parent, step.user, title, step.value, sentence, rows, step.line)


def equations(*parts: str) -> list[str]:
    """The same thing said in several ways, one below the other."""
    first, *others = filter(None, parts)
    return [first, *(f"= {part}" for part in others if part != first)]
