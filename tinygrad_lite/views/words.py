"""How values and calls are written in pictures: briefly, on one line, in characters that every font has.

Flows in: arrays, and the nodes of a `Graph`. Flows out: text, not yet escaped for any format.
"""

from __future__ import annotations

import operator
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..graphs.graph import Graph
from ..graphs.lookup import rule_of
from ..graphs.nodes import GraphNode, Ref, is_numpy
from ..protocols.primitives import put
from ..rules.linalg import contract
from ..rules.shapes import join

IN_FULL = 6  # arrays of up to so many elements are written out

FORMULAS: Mapping[Any, str] = {
    np.add: "{} + {}",
    np.subtract: "{} − {}",
    np.multiply: "{} × {}",
    np.divide: "{} ÷ {}",
    np.matmul: "{} @ {}",
    np.power: "{} ** {}",
    np.floor_divide: "{} // {}",
    np.remainder: "{} % {}",
    np.negative: "−{}",
    np.square: "{}²",
    np.sqrt: "√{}",
    np.absolute: "|{}|",
    operator.getitem: "{}[{}]",
    put: "{} with [{index}] = {}",
}
CALLED: Mapping[Any, str] = {join: "concatenate", contract: "einsum"}  # by the name that users called it by
SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def clean(text: str, limit: int) -> str:
    """One line of printable text, no longer than `limit`."""
    text = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def labels(graph: Graph) -> dict[int, str]:
    """What each value is called in every view of a graph, by its id.

    The user's name, or that of the traced function for what it returns; where several values have the same, as in a loop,
    they are counted: h₁, h₂, … Values without a name are v₁, v₂, … in the order in which they were made, as textbooks write
    the trace of an evaluation (Griewank and Walther 2008, chapter 2). In the walk back, what is the gradient of a value is
    called after it, and anything else w₁, w₂, …
    """
    shown = {node.id: clean(node.name or "", 20) for node in graph}
    if (graph.name or "").isidentifier() and graph.name not in shown.values():  # what f returns without a name is f
        shown[graph.output.id] = shown[graph.output.id] or clean(str(graph.name), 20)
    times = Counter(shown.values())
    taken, found = set(shown.values()), dict[int, str]()
    seen, count = Counter[str](), {True: 0, False: 0}
    output = ""
    walking = {node.id for node in graph.backward}
    ranked = sorted(graph.nodes, key=lambda node: (bool(shown[node.id]), node.id))  # some values share a gradient
    gradient_of = {node.gradient_id: node.id for node in ranked if node.gradient_id is not None}
    for node in graph:
        name = shown[node.id]
        if name and times[name] == 1:
            found[node.id] = name
            continue
        if node.id in gradient_of:
            output = output or found[graph.output.id]
            found[node.id] = f"∂{output}/∂{found[gradient_of[node.id]]}"
            continue
        back = node.id in walking
        while True:
            if name:
                seen[name] += 1
                label = name + f"{seen[name]}".translate(SUBSCRIPT)
            else:
                count[back] += 1
                label = ("w" if back else "v") + f"{count[back]}".translate(SUBSCRIPT)
            if label not in taken:
                break
        found[node.id] = label
        taken.add(label)
    return found


def number(x: Any, digits: int = 6) -> str:
    """Six significant digits, or fewer, but a whole number up to a million is not written with a power of ten."""
    if isinstance(x, (float, np.floating)):
        text = format(x, f".{digits}g")
        return format(x, ".0f") if "e+" in text and abs(x) < 1e6 else text
    return clean(str(x), 24)


def lines(value: Any) -> list[str]:
    """A value in a few lines: numbers and small arrays in full, large arrays as range and mean.

    >>> lines(np.float64(37.77311549))
    ['37.7731']
    >>> lines(np.arange(100.0))
    ['0 … 99', 'mean 49.5']
    """
    if not is_numpy(value):
        if isinstance(value, (list, tuple)):
            return ["(several results)"]
        return [f"({type(value).__module__.split('.')[0]} array)"]
    if value.ndim == 0:
        return [number(value[()])]
    if value.size == 0:
        return ["empty"]
    if value.size <= IN_FULL:
        full = np.array2string(value, separator=", ", formatter={"all": lambda x: number(x, 4)}, max_line_width=200)
        return [line for line in full.split("\n") if line]
    if value.dtype.kind not in "fiu":
        return [f"{np.count_nonzero(value)} of {value.size} {'True' if value.dtype == bool else 'not zero'}"]
    finite = value[np.isfinite(value)]
    text: list[str] = []
    if finite.size:
        low, high, mean = finite.min(), finite.max(), finite.mean(dtype=np.float64)
        text = [f"{number(low, 3)} … {number(high, 3)}", f"mean {number(mean, 3)}"]
        if low == high:
            text = [f"{number(low, 4)} everywhere"]
        elif abs(mean) < 1e-12 * max(abs(low), abs(high)):
            text[1] = "mean ≈ 0"
    odd = {"nan": np.isnan(value).sum(), "inf": np.isinf(value).sum()}
    return text + [f"{count} × {what}" for what, count in odd.items() if count]


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape; a single number is called a scalar."""
    return str(tuple(map(int, shape))) if shape else "scalar"


def brief(value: Any) -> str:
    """A value in a few letters: the first lines of what its box would say."""
    text = lines(value)
    return " ".join(text) if value.size <= IN_FULL else text[0]


def signed(parts: Sequence[Any]) -> str:
    """Numbers as a sum, with a minus in front of those that are negative."""
    text = brief(parts[0])
    for part in map(brief, parts[1:]):
        text += f" − {part[1:]}" if part.startswith("-") else f" + {part}"
    return text


def formula(node: GraphNode, names: Mapping[int, str]) -> str:
    """The call as people write it: ``a × v₁``, ``mean(v₂, axis=0)``, with the `labels` of its arguments."""
    rule = rule_of(node)
    function, index = rule.function, rule.function in (operator.getitem, put)
    words = [inline(value, names, index) for value in node.args]
    if function in (np.power, np.float_power) and not isinstance(node.args[1], Ref) and re.fullmatch(r"-?\d+", words[1]):
        return words[0] + words[1].translate(SUPERSCRIPT)
    if function in FORMULAS:
        return FORMULAS[function].format(*words, **{name: inline(v, names, index) for name, v in node.keywords.items()})
    for name, value in node.keywords.items():
        if value is not np._NoValue and not (name in rule.defaults and value is rule.defaults[name]):
            words.append(f"{name}={inline(value, names)}")
    return f"{clean(CALLED.get(function, rule.name), 24)}({clean(', '.join(words), 48)})"


def inline(value: Any, names: Mapping[int, str], index: bool = False) -> str:
    """An argument inside a formula. Between the brackets of an index, slices and tuples are written as people do."""
    if isinstance(value, Ref):
        return names[value.id]
    if isinstance(value, tuple) and index:
        return ", ".join(inline(part, names, index) for part in value)
    if isinstance(value, slice):
        ends = ["" if end is None else str(end) for end in (value.start, value.stop, value.step)]
        return ":".join(ends if ends[2] else ends[:2])
    if getattr(value, "shape", ()) != ():
        return f"array {tuple(value.shape)}"
    return "..." if value is Ellipsis else number(value)
