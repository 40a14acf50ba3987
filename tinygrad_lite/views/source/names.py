"""Chooses the names of the variables in the program.

Flows in: a graph, and its simplified program. Flows out: a name for each value that gets a line of its own: the name that it
has in the user's program; ``d_`` and the name of the variable for a derivative; and for any other value a name that is made
from its call, like ``x_squared``.
"""

from __future__ import annotations

import keyword
import operator
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...containers import flatten, with_paths
from ...graphs.nodes import GraphNode, Ref, refs_in
from ...graphs.program import Op
from ...rules.running import running_max, running_min, sum_pieces
from ..notation import Term
from .expressions import SYMBOLS, Expressions, short_array

SHORT = 24  # an expression that is not longer than this is written where it is used
NAMES = {
    operator.getitem: "{}_part",
    np.square: "{}_squared",
    np.sqrt: "root_{}",
    np.reciprocal: "one_over_{}",
    np.negative: "minus_{}",
    running_max: "running_max_{}",
    running_min: "running_min_{}",
    sum_pieces: "sums_of_{}",
}  # of a value without a name: that of its argument, and what the call does with it


def identifier(text: str) -> str:
    """A name as one that Python takes."""
    name = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", text)).strip("_") or "v"
    name = name if name.isidentifier() else f"v_{name}"
    return f"{name}_" if keyword.iskeyword(name) else name


class Names:
    """Gives names to the values of a program, each only once."""

    def __init__(self, expressions: Expressions) -> None:
        self.e, self.program, self.graph = expressions, expressions.program, expressions.program.graph

    def returned_name(self) -> str:
        """What the result is called if it has no name: as the function is."""
        return identifier(str(self.graph.name)) if (self.graph.name or "").isidentifier() else "result"

    def parameters(self) -> list[str]:
        """The parameters, and how each input is written: ``x``, ``params["w"]``."""
        found = []
        inside: set[int] = set()
        for parameter, nest in self.graph.arguments:
            if not list(refs_in(flatten(nest)[0])):
                continue  # an option; the graph is of the computation with it
            name = self.e.free(identifier(parameter))
            found.append(name)
            for path, value in with_paths(nest):
                if isinstance(value, Ref):
                    self.e.pieces[value.id] = Term(name + path)
                    inside.add(value.id)
        for i in self.graph.inputs:
            if i not in inside:
                found.append(self.e.free(identifier(self.graph[i].name or "w")))
                self.e.pieces[i] = Term(found[-1])
                if self.graph[i].wants_gradient:  # a Tensor from outside; otherwise it is a direction
                    self.e.constants[found[-1]] = self.graph[i].value
        return found

    def constant(self, i: int, parameters: list[str], lines: list[tuple[str, str]]) -> None:
        """An array that was there before: written out if it is small, otherwise a parameter."""
        if i in self.e.pieces:
            return
        node = self.graph[i]
        text = short_array(node.value)
        if text is None or len(text) > SHORT:
            name = self.e.free(identifier(node.name or "data"))
            if text is None:
                parameters.append(name)
                self.e.constants[name] = node.value
            else:
                lines.append((f"{name} = {text}", ""))
            text = name
        self.e.pieces[i] = Term(text)

    def names(self, counts: Mapping[int, int], gradients: Mapping[int, Any]) -> dict[int, str]:
        """The variables that have a name: what the user gave one, and its derivatives."""
        found: dict[int, str] = {}
        program = self.program
        forward = [node for node in self.graph.forward if node.kind == "call" and node.name]
        for node in forward:
            value = program.of[node.id]
            if isinstance(value, Ref) and value.id in program.ops and value.id in counts and value.id not in found:
                found[value.id] = self.e.free(identifier(str(node.name)))
        inputs = [self.graph[i] for i in gradients]
        for node in [*reversed(forward), *inputs]:
            value = gradients[node.id] if node.id in gradients else program.of.get(node.gradient_id or -1)
            op = program.ops.get(value.id) if isinstance(value, Ref) and value.id in counts else None
            if op is not None and op.backward and op.id not in found:
                own = program.of[node.id]
                name = found.get(own.id) if isinstance(own, Ref) else None
                found[op.id] = self.e.free("d_" + (name or identifier(self.short(node))))
        return found

    def name_second(self, names: dict[int, str], wanted: list[int], second: list[Any]) -> None:
        """The variables of second derivatives: d_a_b; or of the Hessian times a vector: hv_w."""
        short = [identifier(self.short(self.graph[i])) for i in wanted]
        words = [f"hv_{w}" for w in short]
        if self.scalars(wanted):
            words = [f"d_{a}_{b}" for i, a in enumerate(short) for b in short[i:]]
        for word, value in zip(words, second):
            op = self.program.ops.get(value.id) if isinstance(value, Ref) else None
            if op is not None and op.backward and op.id not in names:
                names[op.id] = self.e.free(word)

    def scalars(self, wanted: list[int]) -> bool:
        return all(self.graph[i].shape == () for i in wanted)

    def short(self, node: GraphNode) -> str:
        """A name without the way to it: w for params["w"]."""
        piece = self.e.pieces.get(node.id)
        text = piece.text if isinstance(piece, Term) else str(node.name)
        last = re.search(r"""\[['"](\w+)['"]\]$""", text)
        return last[1] if last else text

    def guess(self, op: Op, text: str) -> str:
        """A name for a value that has none: x_squared, exp_scores; but what an operator makes has no short one."""
        args = [self.e.text(arg) for arg in op.args if isinstance(arg, Ref)]
        short = self.e.function(op.function).rpartition(".")[2]
        operator_like = op.function in SYMBOLS or op.function in (np.add, np.subtract)
        if len(args) == 1 and args[0].isidentifier() and len(args[0]) <= 12 and not operator_like:
            return NAMES.get(op.function, f"{short}_{{}}").format(args[0])
        return "g" if op.backward else "v"
