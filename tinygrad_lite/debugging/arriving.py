"""Finds leaves and arguments that got no gradient or only zeros, and the place where their path to the output ends.

Flows in: the calls since the last backward pass, what left the graph in between, and the gradients of that pass. Flows out:
a warning for each leaf and each argument that got nothing, with the calls after which the gradient is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..autograd import Handle, Node, wants_gradient
from ..frames import Line
from ..messages import warn
from .notes import capital, line_text, name_of, note_of, title, vanishes

FLAT = "it is flat between its steps"
REASONS = {  # why a function may send nothing back
    **dict.fromkeys(("floor", "ceil", "rint", "trunc", "fix", "round", "around", "sign", "floor_divide", "heaviside"), FLAT),
    "relu": "all its inputs are 0 or less, where it is flat: a dead unit",
    "maximum": "the other argument was the larger one everywhere",
    "minimum": "the other argument was the smaller one everywhere",
    "clip": "all its inputs are outside the bounds",
    "where": "the condition chose the other branch everywhere",
    "multiply": "the other factor is 0 everywhere",
    "matmul": "the other factor is 0, or its terms cancel out",
}


class Paths:
    """How values flowed since the last backward pass, and what came back to them."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []  # every call, oldest first
        self.exits: list[tuple[Node, str, Line]] = []  # where a value left the graph: from what, by what, at which line
        self.gradients: dict[Node, Any] = {}  # what the backward passes brought
        self.walking = 0  # inside how many backward passes we are: the user did not write what is recorded there
        self.higher = 0  # the newest node that a recorded backward pass went through

    def forget(self, since: int = 0) -> None:
        """Let go of what is newer than that."""
        self.nodes[:] = [node for node in self.nodes if node.number < since]
        self.exits[:] = [exit for exit in self.exits if exit[0].number < since]
        self.gradients.clear()

    def arrived(self, node: Node, g: Any) -> None:
        """A backward pass brought this gradient. Of several passes, as for a Jacobian, one that is not zero counts."""
        if node not in self.gradients or vanishes(self.gradients[node]):
            self.gradients[node] = g

    def warn_of_leaves(self) -> None:
        """Look at each leaf that was used since the last `backward`."""
        leaves = {a: None for node in self.nodes for a in node.args if wants_gradient(a) and a.rule is None}
        leaves |= {node: None for node, _, _ in self.exits if node.rule is None}
        for leaf in leaves:
            tensor = leaf.tensor()
            if tensor is not None and tensor.node is leaf:  # it was not updated since
                self.warn_of(leaf, leaf in self.gradients and not vanishes(self.gradients[leaf]))

    def warn_of_arguments(self, variables: Sequence[Handle], gradients: Sequence[Sequence[Any]]) -> None:
        """Look at the arguments of a function that was differentiated. Of a second derivative, zeros are nothing special."""
        start = min((v.node.number for v in variables if v.node is not None), default=0)
        recorded = any(isinstance(part, Handle) for parts in gradients for part in parts)
        for variable, parts in zip(variables, gradients):
            if self.higher < start and not recorded and variable._array.size:
                assert variable.node is not None
                self.warn_of(variable.node, not all(map(vanishes, parts)))
        self.forget(start)

    def warn_of(self, leaf: Node, arrives: bool) -> None:
        if arrives:
            return
        if leaf in self.gradients:
            warn(f"{capital(title(leaf))} got a gradient of zeros only. {self.where_it_vanishes(leaf)}")
        else:
            warn(f"{capital(title(leaf))} got no gradient. {self.where_it_ends(leaf)}")

    def reached_from(self, leaf: Node) -> tuple[set[Node], set[Node]]:
        """What was computed from a leaf, and which of that was used further."""
        reached, used = {leaf}, set()
        for node in self.nodes:
            if mine := [a for a in node.args if wants_gradient(a) and a in reached]:
                reached.add(node)
                used.update(mine)
        return reached, used

    def where_it_ends(self, leaf: Node) -> str:
        """The calls after which the path to the output is lost."""
        reached, used = self.reached_from(leaf)
        lines = [f"{by} took {title(node)} out of the graph: {line}" for node, by, line in self.exits if node in reached]
        if not lines:
            ends = [node for node in reached if node not in used and node not in self.gradients]
            ends.sort(key=lambda node: node.number)
            if not any(node.rule is not None and node.rule.name != "alias" for node in ends):
                return "Nothing that is recorded was computed from it."
            lines = [f"no recorded call uses {title(node)}: {line_text(node)}" for node in ends[-3:]]
        return "The path from it ends here:\n  " + "\n  ".join(dict.fromkeys(lines[-3:]))

    def where_it_vanishes(self, leaf: Node) -> str:
        """The calls that got a gradient and sent back zeros."""
        reached, _ = self.reached_from(leaf)
        alive = {node for node in reached if node in self.gradients and not vanishes(self.gradients[node])}
        lines = []
        for node in self.nodes:
            if node in alive and not any(a in alive for a in node.args if wants_gradient(a)):
                why = REASONS.get(node.rule.name, "its slope is 0 there, or several gradients cancel out")
                lines.append(f"{name_of(node)}: {why}. {line_text(node)}")
        return "It is lost here:\n  " + "\n  ".join(lines[-3:] or ["the gradient that the backward pass began with is zero"])


def name_argument(variable: Handle, f: Callable[..., Any], path: str) -> None:
    """Write down what a function calls this argument, or its place in an argument."""
    assert variable.node is not None
    called = getattr(f, "__name__", "")
    note_of(variable.node).argument = f"argument `{path}`" + (f" of {called}" if called.isidentifier() else "")
