"""Writes the program of a playground: the loss and its gradients in JavaScript.

Flows in: a `Graph` with the backward pass. Flows out: `Script`, a text that defines ``program``, and the arrays that it
needs. It has a line for each call of the simplified program, which is also the program that `source` writes. Values that
depend on no parameter are computed here, once, and become such arrays.
"""

from __future__ import annotations

import functools
import importlib.resources
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ... import messages
from ...autograd import RULES
from ...graphs.graph import Graph
from ...graphs.names import labels
from ...graphs.nodes import GraphNode, Ref, filled, refs_in
from ...graphs.program import Op, Zero, is_number
from ...graphs.simplify import simplified
from ...recompute import replayed
from .functions import Unwritten, call_text

RESERVED = {
    "arguments", "await", "break", "case", "catch", "class", "const", "constants", "continue", "debugger", "default",
    "delete", "do", "else", "enum", "eval", "export", "extends", "false", "finally", "for", "function", "if",
    "implements", "import", "in", "instanceof", "interface", "let", "new", "null", "package", "private", "program",
    "protected", "public", "return", "static", "super", "switch", "this", "throw", "true", "try", "typeof",
    "undefined", "var", "void", "while", "with", "yield", "Infinity", "NaN", "Math", "Number", "Object", "Array",
    "Float64Array",
}  # fmt: skip  # names that mean something else in the script


class Script(NamedTuple):
    """The program as text, ``const program = …``, and its arrays: as JSON takes them, in their order."""

    text: str
    constants: list[Any]


class Writer:
    """Writes functions of the parameters of a graph.

    graph:      has the backward pass
    parameters: the ids of the inputs that gradients are taken with respect to
    """

    def __init__(self, graph: Graph) -> None:
        self.graph, self.program = graph, simplified(graph)
        self.parameters = [i for i in graph.inputs if graph[i].wants_gradient]
        self.names: dict[int, str] = {}
        self.taken = {*RESERVED, *blocks()}
        self.labels = labels(graph)
        self.constants: dict[str, np.ndarray] = {}
        self.found: dict[int, Any] = {}  # what depends on no parameter, as far as it was computed
        self.functions: list[str] = []
        self.variable: set[int] = set()  # the values that the function which is being written computes

    # --- functions --------------------------------------------------------------------------------------------------------

    def add(self, name: str, results: Mapping[str, Any] | Any, inputs: Sequence[int] = ()) -> None:
        """Write a function of the parameters, and of `inputs`, that returns a value, or an object of values."""
        several = isinstance(results, dict)
        ends = list(results.values()) if several else [results]
        self.variable = {*self.parameters, *inputs}
        arguments = [f"[{', '.join(map(self.name, self.parameters))}]", *map(self.name, inputs)]
        lines = []
        for i in self.program.used(ends):
            op = self.program.ops.get(i)
            if op is not None and any(ref.id in self.variable for ref in refs_in((op.args, op.keywords))):
                text = self.call(op)
                self.variable.add(i)
                lines.append(f"const {self.name(i)} = {text};")
        if several:
            lines.append("return {")
            lines += [f"  {key}: {self.text(value)}," for key, value in results.items()]
            lines.append("};")
        else:
            lines.append(f"return {self.text(results)};")
        body = "\n".join(f"    {line}" for line in lines)
        self.functions.append(f"  function {name}({', '.join(arguments)}) {{\n{body}\n  }}")

    def full(self, value: Any, node: GraphNode) -> Any:
        """What a node has become, in the shape of the node."""
        value = 0 if isinstance(value, Zero) and not node.shape else value
        return self.program.whole(self.program.broadcast(value, node))

    def value(self, i: int) -> Any:
        return self.full(self.program.of[i], self.graph[i])

    def gradient(self, i: int) -> Any:
        """The derivative of the output in a node; zeros if it has none."""
        node = self.graph[i]
        return self.full(
            Zero(node.shape, node.dtype) if node.gradient_id is None else self.program.of[node.gradient_id], node
        )

    def script(self) -> Script:
        """All functions that were added, with what they need of the runtime."""
        names = [function.split("(")[0].split()[-1] for function in self.functions]
        arrays = f"  const [{', '.join(self.constants)}] = constants;\n\n" if self.constants else ""
        program = "\n\n".join(self.functions)
        runtime = "\n\n".join(indented(block) for block in needed(program))
        lines = [
            "const program = ((constants) => {",
            f"  // --- functions of NumPy's {'-' * 60}\n\n{runtime}\n",
            f"  // --- the program {'-' * 68}\n\n{arrays}{program}\n",
            f"  return {{ {', '.join(names)} }};",
            "})(story.constants.map(unpacked));",
        ]
        return Script("\n".join(lines), [packed(value) for value in self.constants.values()])

    # --- calls and their arguments ----------------------------------------------------------------------------------------

    def call(self, op: Op) -> str:
        try:
            return call_text(self, op)
        except Unwritten:
            raise self.unwritten(op) from None

    def unwritten(self, op: Op) -> Exception:
        """The error for a call that cannot be written, with the name of the function that the user called, and the line."""
        node = self.graph[op.id] if op.id < len(self.graph) else None
        through = None if node is None or node.through is None else self.graph[node.through]
        function = messages.name_of(op.function) if op.function is not replayed else "tg.checkpoint"
        shown = through or node
        line = None if shown is None else shown.line
        return messages.not_in_a_playground(function, None if through is None else through.function, line)

    def shape(self, value: Any) -> tuple[int, ...]:
        return self.program.shape(value)

    def text(self, value: Any) -> str:
        """An argument of a call: a name, or a number."""
        if isinstance(value, Ref):
            known = None if value.id in self.variable else self.known(value)
            return self.name(value.id) if known is None else self.literal(known, value.id)
        return self.literal(value)

    def literal(self, value: Any, i: int | None = None) -> str:
        """A number; or the name of an array, which is added to the constants. `i` is the id of its value, if it has one."""
        if is_number(value) or isinstance(value, (bool, np.generic)):
            return number(value)
        if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiub":
            raise Unwritten
        if value.shape == ():
            return number(value[()])
        name = self.name(i) if i is not None else self.free("data")
        self.constants[name] = value
        return name

    def places(self, places: Any) -> str:
        """Whole numbers, as a list that the script has: where elements are."""
        return f"{self.literal(np.atleast_1d(np.ravel(places)))}.data" if np.size(places) else "[]"

    def known(self, value: Any) -> Any:
        """Arguments with the values of what depends on no parameter. Raises Unwritten if something in them does."""
        if any(ref.id in self.variable for ref in refs_in(value)):
            raise Unwritten
        return filled(value, self.computed)

    def computed(self, i: int) -> Any:
        """A value that depends on no parameter."""
        if i not in self.program.ops:
            return self.graph[i].value
        if i not in self.found:
            op = self.program.ops[i]
            function = getattr(*op.function) if isinstance(op.function, tuple) else op.function
            function = RULES[function].run if function in RULES else function  # which takes the names of any version of NumPy
            with np.errstate(all="ignore"):
                self.found[i] = function(*filled(op.args, self.computed), **filled(dict(op.keywords), self.computed))
        return self.found[i]

    # --- names ------------------------------------------------------------------------------------------------------------

    def name(self, i: int) -> str:
        """What a value is called in the script: as on all other views, as far as JavaScript allows it."""
        if i not in self.names:
            self.names[i] = self.free(identifier(self.labels.get(i, "w")))
        return self.names[i]

    def free(self, wanted: str) -> str:
        """The name, with a number if it is taken."""
        name, count = wanted, 1
        while name in self.taken:
            count += 1
            name = f"{wanted}_{count}"
        self.taken.add(name)
        return name


def identifier(label: str) -> str:
    """A label as a name in JavaScript.

    >>> identifier("v₁"), identifier("∂loss/∂guess"), identifier("model[0].weight")
    ('v1', 'd_guess', 'model_0_weight')
    """
    label = re.sub(r"^∂.*/∂", "d_", unicodedata.normalize("NFKC", label))
    name = re.sub(r"[^0-9A-Za-z_]+", "_", label).strip("_") or "v"
    return name if not name[0].isdigit() else f"v_{name}"


def number(value: Any) -> str:
    """A number in JavaScript."""
    value = float(value)
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return repr(int(value)) if value.is_integer() and abs(value) < 2**53 and str(value) != "-0.0" else repr(value)


def packed(value: Any) -> Any:
    """An array, or a number, as JSON takes it: what is not finite is a text."""
    array = np.asarray(value)
    flat = [number(x) if not math.isfinite(x) else x for x in array.astype(float).ravel().tolist()]
    flat = [int(x) if isinstance(x, float) and x.is_integer() and abs(x) < 2**53 and str(x) != "-0.0" else x for x in flat]
    return {"shape": list(array.shape), "data": flat}


# --- the runtime ------------------------------------------------------------------------------------------------------------


@functools.cache
def blocks() -> dict[str, str]:
    """The definitions in `runtime.js`, by name, each with the comment above it."""
    text = (importlib.resources.files(__package__) / "runtime.js").read_text(encoding="utf-8")
    found = {}
    for block in re.split(r"\n\n(?=\S)", text.strip()):
        defined = re.search(r"^(?:const|function) (\w+)", block, re.MULTILINE)
        if defined:
            found[defined[1]] = block
    return found


def needed(text: str) -> list[str]:
    """The definitions that a text uses, and those that these use, in the order of the file."""
    found = set[str]()
    waiting = [text]
    while waiting:
        code = re.sub(r"//.*", "", waiting.pop())
        words = set(re.findall(r"(?<![.\w])[a-zA-Z_]\w*", code)) & blocks().keys() - found
        found |= words
        waiting += [blocks()[word] for word in words]
    return [block for name, block in blocks().items() if name in found]


def indented(block: str) -> str:
    return "\n".join(f"  {line}" if line else line for line in block.splitlines())
