"""The nodes of a `Graph`. Each is one value of a computation, as plain data, with the call that made it. Also: nodes as JSON.

A node contains no Tensor and no other node, only numbers, arrays, names, and whole numbers that say which nodes are meant.
Flows in: what `graph.py` finds out about a computation, or the text of a file. Flows out: the same, compared, or written.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import messages
from ..containers import Value, flatten, mapped, values_in
from ..frames import Line
from . import plaindata
from .tracer import Scope, equal


@dataclasses.dataclass(frozen=True)
class Ref(Value):
    """In the arguments of a node: the value of the node with this id."""

    id: int


class Contribution(NamedTuple):
    """What one use of a value sent back to it. The gradient of the value is the sum of these."""

    user: int  # the node that used it
    position: int  # as which of its arguments
    value: Any  # None where it is nearly all zeros and there are many: `Graph.send_back` computes it
    id: int | None  # the node of the backward pass that computed this, if the graph has such nodes


class Look(NamedTuple):
    """Where the program looked at a value, as an `if` does: the graph is what it did next."""

    id: int
    by: str
    found: Any
    line: Line | None


@dataclasses.dataclass(frozen=True, eq=False)
class GraphNode:
    """One value of a computation, and the call that made it.

    id:            its place in ``graph.nodes``; arguments always have smaller ids
    kind:          "input" (an argument of the traced function, or a leaf), "constant", "call", or "seed": the 1 at which the
                   walk back starts, ∂output/∂output
    function:      the name of the function, like "np.multiply"; None unless it is a call
    args:          its positional arguments, with a `Ref` for each that is itself a node, also inside tuples and lists
    keywords:      its keyword arguments, likewise
    shape:         of the value, as in NumPy
    dtype:         of the value, as text
    name:          what the user calls it, or None
    value:         a NumPy array or number; None if it is not known
    gradient:      the derivative of the output in it, in its shape; None if there is none, or none yet
    gradient_id:   the node that computed the gradient, in a graph with the backward pass
    contributions: what each use sent back, in order of arrival
    line:          the user's line
    scope:         the functions of the user's that it was made in, outermost first, each with the number of its call
    wants_gradient: whether it is a leaf, or was made from one in a way that has a derivative
    through:       in the backward pass: the id of the call that the gradient comes back through at this node
    """

    id: int
    kind: str
    function: str | None
    args: tuple[Any, ...]
    keywords: Mapping[str, Any]
    shape: tuple[int, ...]
    dtype: str
    name: str | None
    value: Any
    gradient: Any = None
    gradient_id: int | None = None
    contributions: tuple[Contribution, ...] = ()
    line: Line | None = None
    scope: Scope = ()
    wants_gradient: bool = False
    through: int | None = None
    rule: Any = dataclasses.field(default=None, repr=False)

    @property
    def size(self) -> int:
        """How many numbers it is."""
        return math.prod(self.shape)

    @property
    def uses(self) -> list[int]:
        """The ids of its arguments, one for each place where one is used."""
        return [i for _, i in self.links]

    @property
    def links(self) -> list[tuple[int, int]]:
        """Its arguments, one for each place: the position, which is -1, -2, … inside tuples and keywords, and the id."""
        found, inside = list[tuple[int, int]](), 0
        for position, arg in enumerate((*self.args, self.keywords)):
            for ref in refs_in(arg):
                inside += arg is not ref
                found.append((position if arg is ref else -inside, ref.id))
        return found

    def replace(self, **changes: Any) -> GraphNode:
        return dataclasses.replace(self, **changes)


def refs_in(value: Any) -> Iterable[Ref]:
    """The references in arguments, wherever they are. Most are arguments themselves."""
    if not isinstance(value, (list, tuple, dict)):
        return (value,) if isinstance(value, Ref) else ()
    return (item for item in values_in(value) if isinstance(item, Ref))


def filled(value: Any, values: Callable[[int], Any]) -> Any:
    """The same arguments with the value of each node in the place of its reference."""
    return mapped(lambda item: values(item.id) if isinstance(item, Ref) else item, value)


def is_numpy(value: Any) -> bool:
    """Whether its numbers may be looked at. With arrays of other libraries that could start a long computation."""
    return isinstance(value, (np.ndarray, np.generic))


def same(a: Any, b: Any) -> bool:
    """Whether two pieces of plain data are equal, where nan equals nan."""
    if a is b:
        return True
    if isinstance(a, GraphNode) and isinstance(b, GraphNode):
        return all(same(getattr(a, name), getattr(b, name)) for name in COMPARED)
    if isinstance(a, np.ndarray | np.generic) and isinstance(b, np.ndarray | np.generic):
        return equal(a, b)
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and bool(a == b or a != a)


COMPARED = [field.name for field in dataclasses.fields(GraphNode) if field.name not in ("line", "rule")]


# --- as JSON --------------------------------------------------------------------------------------------------------------

FORMAT, VERSION = "tinygrad_lite.graph", 1
KINDS = ("input", "constant", "call", "seed")


plaindata.KINDS["ref"] = plaindata.Kind(
    lambda value: isinstance(value, Ref), lambda ref, of: {"ref": ref.id}, lambda data, of: Ref(data["ref"])
)


def written(
    nodes: Sequence[GraphNode],
    outputs: Sequence[int],
    name: str | None,
    arguments: Sequence[tuple[str, Any]],
    looks: Sequence[Look],
) -> str:
    """A graph as JSON, with a line for each node."""
    head = {
        "format": FORMAT, "version": VERSION, "name": name, "outputs": outputs,
        "arguments": [[name, plaindata.encode(nest, f"The argument {name}")] for name, nest in arguments],
        "looks": [
            look._asdict() | {"found": plaindata.encode(look.found, f"What the program looked at, node {look.id}")}
            for look in looks
        ],
    }  # fmt: skip
    lines = [f"{json.dumps(key)}: {json.dumps(value, allow_nan=False)}" for key, value in head.items()]
    each = ",\n".join(json.dumps(node_as_data(node), allow_nan=False) for node in nodes)
    return "{" + ",\n".join([*lines, f'"nodes": [\n{each}\n]']) + "}\n"


def node_as_data(node: GraphNode) -> dict[str, Any]:
    """A node for JSON. What is None, empty or False is left out."""
    where = f"Node {node.id}" + (f", a call of {node.function}" if node.function else "")

    def numbers(value: Any) -> Any:
        """An array of the node's own shape and dtype is written as its elements."""
        if is_numpy(value) and (value.shape, str(value.dtype)) == (node.shape, node.dtype):
            plaindata.dtype_text(value.dtype, where)
            return plaindata.numbers(value)
        return plaindata.encode(value, where)

    data = {"id": node.id, "kind": node.kind, "function": node.function}
    if node.function is not None:
        data["args"] = [plaindata.encode(arg, where) for arg in node.args]
        data["keywords"] = {key: plaindata.encode(value, where) for key, value in node.keywords.items()}
    parts = [{**part._asdict(), "value": numbers(part.value)} for part in node.contributions]
    data |= {
        "shape": node.shape, "dtype": node.dtype, "name": node.name, "value": numbers(node.value),
        "gradient": numbers(node.gradient), "gradient_id": node.gradient_id, "contributions": parts,
        "line": node.line, "scope": node.scope, "wants_gradient": node.wants_gradient, "through": node.through,
    }  # fmt: skip
    empty = {"keywords": {}, "contributions": [], "scope": (), "wants_gradient": False}
    return {key: item for key, item in data.items() if item is not None and not (key in empty and item == empty[key])}


def parts_from_data(data: Any, where: str) -> tuple[Any, ...]:
    """What a graph is made of, from JSON's objects: the arguments of `Graph`."""
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise messages.other_format(where, data, FORMAT)
    if data.get("version") != VERSION:
        raise messages.newer_version(where, data.get("version"), VERSION)
    nodes = [node_from_data(item, i, f"{where}, node {i},") for i, item in enumerate(field(data, "nodes", list, where))]
    arguments = [(str(name), plaindata.decode(nest, where)) for name, nest in field(data, "arguments", list, where)]
    looks = [
        Look(field(look, "id", int, where), field(look, "by", str, where), plaindata.decode(look.get("found"), where),
             line_from_data(look.get("line")))
        for look in field(data, "looks", list, where)
    ]  # fmt: skip
    outputs = field(data, "outputs", list, where)
    parts = [part for node in nodes for part in node.contributions]
    named = [*outputs, *(look.id for look in looks), *(part.user for part in parts)]
    named += [ref.id for _, nest in arguments for ref in flatten(nest)[0] if isinstance(ref, Ref)]
    optional = [i for node in nodes for i in (node.gradient_id, node.through)] + [part.id for part in parts]
    check_ids([*named, *(i for i in optional if i is not None)], len(nodes), where)
    return nodes, outputs, data.get("name"), arguments, looks


def check_ids(ids: Iterable[Any], count: int, where: str) -> None:
    """Raise ValueError for what is not the id of one of the first `count` nodes."""
    for i in ids:
        if type(i) is not int or not 0 <= i < count:
            raise messages.no_such_node(where, i, count)


def node_from_data(data: Any, i: int, where: str) -> GraphNode:
    """One node of a graph that is read."""
    if field(data, "id", int, where) != i:
        raise messages.wrong_id(where, data["id"])
    kind, shape, dtype = (
        field(data, "kind", str, where),
        tuple(field(data, "shape", list, where)),
        field(data, "dtype", str, where),
    )
    if kind not in KINDS:
        raise messages.wrong_kind(where, kind, KINDS)

    def numbers(value: Any) -> Any:
        if value is None or isinstance(value, dict) or dtype == "object":  # or several arrays in one
            return plaindata.decode(value, where)
        try:
            return plaindata.array(value, dtype, shape)[()]
        except (TypeError, ValueError) as error:
            raise messages.wrong_numbers(where, error) from error

    called = kind == "call"
    node = GraphNode(
        id=i,
        kind=kind,
        function=field(data, "function", str, where) if called else None,
        args=tuple(plaindata.decode(arg, where) for arg in field(data, "args", list, where)) if called else (),
        keywords={key: plaindata.decode(value, where) for key, value in data.get("keywords", {}).items()},
        shape=shape,
        dtype=dtype,
        name=data.get("name"),
        value=numbers(data.get("value")),
        gradient=numbers(data.get("gradient")),
        gradient_id=data.get("gradient_id"),
        contributions=tuple(
            Contribution(field(part, "user", int, where), field(part, "position", int, where), numbers(part.get("value")),
                         part.get("id"))
            for part in data.get("contributions", [])
        ),
        line=line_from_data(data.get("line")),
        scope=tuple((str(name), int(count)) for name, count in data.get("scope", [])),
        wants_gradient=bool(data.get("wants_gradient", False)),
        through=data.get("through"),
    )  # fmt: skip
    check_ids(node.uses, i, where)
    return node


def field(data: Any, name: str, kind: type, where: str) -> Any:
    """A field that has to be there."""
    if not isinstance(data, dict) or type(data.get(name)) is not kind:
        found = f"is {data[name]!r}"[:60] if isinstance(data, dict) and name in data else "is missing"
        raise messages.wrong_field(where, name, kind, found)
    return data[name]


def line_from_data(data: Any) -> Line | None:
    return None if data is None else Line(str(data[0]), int(data[1]))
