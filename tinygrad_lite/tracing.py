"""Looking on while a computation runs, so that all of it is known afterwards: also what wants no gradient.

The engine records what leads to a gradient, and no more. A picture, or source code, needs the rest too: the mask in
``np.where(x > 0, x, 0)``, the ``x**2`` of the data, which of the user's lines made a value and what the user calls it.

Flows in: calls, as the engine makes them (a `Tracer` is a `Watcher`), and calls on plain arrays, which are made to tell (as
`Traced` arrays). Flows out: the recorded nodes, with a line, a name and a scope for each; `graph.py` makes a `Graph` of them.
"""

from __future__ import annotations

import itertools
import operator
import sys
from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

from . import messages
from .autograd import NO_KEYWORDS, Constant, Handle, Node, Watcher, leaf_node, new_number, state
from .frames import Line, is_users, line_of
from .memory import OURS, plain
from .tensor import astype, put

Scope = tuple[tuple[str, int], ...]


class Computed(Constant):
    """A call that wants no gradient, on record because a `Tracer` looks on. The walk back passes it by."""

    __slots__ = ()


class Unruled:
    """A function without a derivative, in the place where a node has its rule."""

    variadic, vjps, defaults, arguments, parameters = True, dict[str, Any](), dict[str, Any](), ("args",), ("args",)

    def __init__(self, function: Any) -> None:
        self.function, self.name = function, messages.name_of(function).rpartition(".")[2]
        self.run: Callable[..., Any] = getattr(*function) if isinstance(function, tuple) else function


class Detached(NamedTuple):
    """An argument that came as the plain array of a node which wants a gradient: none flows back this way."""

    node: Node


class Note(NamedTuple):
    """What is known of a call: its arguments, with nodes for all arrays that we have seen before, also inside tuples; the
    user's line; and the functions of the user's that it was made in, outermost first.
    """

    args: tuple[Any, ...]
    keywords: Mapping[str, Any]
    line: Line | None
    scope: Scope


class Look(NamedTuple):
    """A place where the program looked at a value, as an `if` does: with other values it might go another way."""

    node: Node
    by: str
    found: Any
    line: Line | None


def place(value: Any) -> Any:
    """What tells one array from another, also if it is seen through another view: where it lies in memory, and how."""
    if isinstance(value, np.ndarray):
        where = value.__array_interface__
        return where["data"][0] if value.size else None, value.shape, value.strides, value.dtype.str
    return id(value)


class Tracer(Watcher):
    """Writes down what it sees. `base` is the frame from which the user's function is called, if there is one."""

    def __init__(self, base: FrameType | None = None) -> None:
        self.base = base
        self.nodes: list[Node] = []
        self.notes: dict[Node, Note] = {}
        self.names: dict[Node, tuple[int, str]] = {}  # with how deep in the user's calls it is called so
        self.inputs: set[Node] = set()  # those that want no gradient
        self.known: dict[Any, Node] = {}  # the place of a value -> the node that made it
        self.array_names: dict[Any, str] = {}  # what arrays are called that no node made
        self.held: list[Any] = []  # keeps these places from being used again
        self.looks: list[Look] = []
        self.calls: dict[str, Iterator[int]] = {}
        self.entered: dict[FrameType, int] = {}  # which call of its function a frame is

    # --- what the engine tells ------------------------------------------------------------------------------------------

    def saw(self, node: Node, values: list[Any], result: Handle) -> None:
        node.value = result._data
        self.note(node)

    def saw_constant(self, rule: Any, entries: list[Any], keywords: Mapping[str, Any], out: Any) -> Node | None:
        if any(isinstance(entry, Node) or self.node_of(entry) is not None for entry in entries):
            return self.record(rule, tuple(entries), keywords, out)
        return None

    def computed(self, function: Any, args: tuple[Any, ...], keywords: Mapping[str, Any], out: Any) -> Any:
        if not isinstance(out, (np.ndarray, np.generic, tuple, list)) or function in (np.shape, np.size, np.ndim):
            return out
        if isinstance(out, (tuple, list)) and not all(isinstance(part, (np.ndarray, np.generic)) for part in out):
            return out
        node = self.record(Unruled(function), args, keywords, out)
        if isinstance(out, (np.ndarray, np.generic)):
            return self.traced(node)
        parts = [self.traced(self.record(Unruled(operator.getitem), (node, i), NO_KEYWORDS, p)) for i, p in enumerate(out)]
        return type(out)(*parts) if hasattr(out, "_fields") else type(out)(parts)

    def left(self, values: tuple[Any, ...], by: str) -> None:
        if by in ("bool(t)", "t.item()", "t.tolist()"):
            for value in values:
                if isinstance(value, Handle) and value.node is not None:
                    self.looked(value.node, by, plain(value._data))

    # --- what it writes down --------------------------------------------------------------------------------------------

    def record(self, rule: Any, args: tuple[Any, ...], keywords: Mapping[str, Any], out: Any) -> Node:
        """A call that the engine does not record."""
        node = Computed()
        node.rule, node.args, node.keywords, node.name, node.tensor = rule, args, keywords, None, lambda: None
        node.value, node.number = out, new_number()
        node.shape, node.dtype = getattr(out, "shape", ()), getattr(out, "dtype", np.dtype(object))
        self.note(node)
        return node

    def note(self, node: Node) -> None:
        """Where are we, and what does the user call what was made before?"""
        for entry in node.args:
            if isinstance(entry, Node) and entry.rule is None:
                self.keep(entry)  # a leaf, whose array may be used as such as well
        args, keywords = self.resolved(tuple(node.args)), self.resolved(dict(node.keywords))
        frames = list(self.users_frames())
        scope = tuple(self.call(frame) for frame in frames[1:] if frame.f_code.co_name[0] != "<")
        self.notes[node] = Note(args, keywords, line_of(frames[-1]) if frames else None, scope)
        self.nodes.append(node)
        self.keep(node)
        for depth, frame in enumerate(frames[:8]):
            self.learn_names(frame, depth)

    def keep(self, node: Node) -> None:
        """From now on an array at this place stands for this node."""
        value = plain(node.value)
        if isinstance(value, (np.ndarray, np.floating, np.integer)):  # np.True_ is one object, whoever made it
            self.held.append(value)
            self.known[place(value)] = node

    def resolved(self, value: Any) -> Any:
        """An argument with nodes in the place of Tensors and of arrays that we have seen before, also inside containers."""
        if isinstance(value, Node):
            return value
        if isinstance(value, Handle):
            return self.resolved(value._data) if value.node is None else value.node
        if isinstance(value, dict):
            return {key: self.resolved(item) for key, item in value.items()}
        if type(value) in (list, tuple):
            return type(value)(map(self.resolved, value))
        node = self.node_of(value)
        return untraced(value) if node is None else Detached(node) if node.__class__ is Node else node

    def node_of(self, value: Any) -> Node | None:
        """The node of an array that we have seen before, however it got where it is."""
        return self.known.get(place(value)) if isinstance(value, (np.ndarray, np.generic)) else None

    def looked(self, node: Node, by: str, found: Any) -> None:
        frames = list(self.users_frames())
        self.looks.append(Look(node, by, found, line_of(frames[-1]) if frames else None))

    def users_frames(self) -> Iterator[FrameType]:
        """The user's frames between the traced function and here, outermost first."""
        frames = list[FrameType]()
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame is not self.base:
            if is_users(frame):
                frames.append(frame)
            frame = frame.f_back
        return reversed(frames if frame is not None else [])  # without a base, nothing of the user's is going on

    def call(self, frame: FrameType) -> tuple[str, int]:
        """The function that runs in a frame, and which of its calls this is."""
        name = frame.f_code.co_name
        if frame not in self.entered:
            self.entered[frame] = next(self.calls.setdefault(name, itertools.count(1)))
        return name, self.entered[frame]

    def learn_names(self, frame: FrameType, depth: int) -> None:
        """The names that values have in a frame. A name further out, in the user's own function, is the better one."""
        for value, name in names_in(frame):
            node = getattr(value, "node", None) if isinstance(value, Handle) else self.node_of(value)
            if node is None:
                self.array_names.setdefault(place(value), name)
            elif node not in self.names or depth < self.names[node][0]:
                self.names[node] = depth, name

    def returning(self, frame: FrameType, event: str, _: Any) -> None:
        """Called by Python at each call and return (`sys.setprofile`): as a function returns, it knows most names."""
        if event == "return" and is_users(frame):
            frames = list(self.users_frames())
            if frame in frames:
                self.learn_names(frame, frames.index(frame))

    # --- arrays that tell -----------------------------------------------------------------------------------------------

    def traced(self, node: Node) -> Any:
        """The value of a node as an array that tells what is computed from it."""
        value = np.asarray(plain(node.value))
        self.held.append(value)
        self.known[place(value)] = node
        return value.view(Traced)

    def input(self, value: Any, name: str) -> Any:
        """Data that wants no gradient, as an array that tells what is computed from it."""
        handle = object.__new__(Handle)
        handle._data = np.array(value)
        node = leaf_node(handle, Constant, name)
        self.inputs.add(node)
        return self.traced(node)


def names_in(frame: FrameType) -> Iterator[tuple[Any, str]]:
    """The Tensors and arrays among the variables of a frame, also inside a list, tuple or dict, each with its name."""
    for name, value in list(frame.f_locals.items()):
        if name.startswith(("_", ".")):
            continue
        if isinstance(value, (Handle, np.ndarray, np.generic)):
            yield value, name
        elif isinstance(value, (list, tuple, dict)) and len(value) <= 64:
            for key, item in value.items() if isinstance(value, dict) else enumerate(value):
                if isinstance(item, (Handle, np.ndarray, np.generic)):
                    yield item, f"{name}[{key!r}]".replace("'", '"')


def untraced(value: Any) -> Any:
    """The same arguments as plain arrays."""
    if isinstance(value, Traced):
        return value.view(np.ndarray)
    if isinstance(value, dict):
        return {key: untraced(item) for key, item in value.items()}
    return type(value)(map(untraced, value)) if type(value) in (list, tuple) else value


def holds_tensor(value: Any) -> bool:
    return isinstance(value, Handle) or (type(value) in (list, tuple) and any(map(holds_tensor, value)))


class Traced(np.ndarray):
    """A plain array that wants no gradient, and tells the tracer of the thread what is computed from it.

    A program may do with it what it does with any array. Where no protocol of NumPy's catches what, it gets a plain one.
    """

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **keywords: Any) -> Any:
        if any(map(holds_tensor, args)):
            return NotImplemented
        result = getattr(ufunc, method)(*untraced(args), **untraced(keywords))
        if keywords.get("out") is None:
            return self.tell(ufunc if method == "__call__" else (ufunc, method), args, keywords, result)
        [target] = keywords["out"]  # written in place: this place in memory now stands for the new value
        return self.tell(ufunc, args, {}, np.array(result), at=target)

    def __array_function__(self, function: Any, types: Any, args: Any, keywords: Any) -> Any:
        if any(issubclass(kind, Handle) for kind in types):
            return NotImplemented
        return self.tell(function, args, keywords, function(*untraced(args), **untraced(keywords)))

    def tell(self, function: Any, args: Any, keywords: Any, result: Any, at: Any = None) -> Any:
        """Have a call on these arrays written down."""
        tracer = state.recording
        if not isinstance(tracer, Tracer):
            return result if at is None else at
        told = tracer.computed(function, tuple(args), keywords, result)
        if at is not None:
            tracer.known[place(at)] = tracer.known[place(told)]
            return at
        return told

    def looked(self, by: str, found: Any) -> Any:
        """The program looks at the value: what it does next may depend on it."""
        node = state.recording.node_of(self) if isinstance(state.recording, Tracer) else None
        if node is not None:
            state.recording.looked(node, by, self.view(np.ndarray))
        return found

    def __bool__(self) -> bool:
        return self.looked("bool(t)", bool(self.view(np.ndarray)))

    def __int__(self) -> int:
        return self.looked("t.item()", int(self.view(np.ndarray)))

    def __index__(self) -> int:
        return self.looked("t.item()", operator.index(self.view(np.ndarray)))

    def __float__(self) -> float:
        return self.looked("t.item()", float(self.view(np.ndarray)))

    def item(self, *args: Any) -> Any:
        return self.looked("t.item()", self.view(np.ndarray).item(*args))

    def tolist(self) -> Any:
        return self.looked("t.tolist()", self.view(np.ndarray).tolist())

    def __getitem__(self, index: Any) -> Any:
        return self.tell(operator.getitem, (self, index), {}, self.view(np.ndarray)[untraced(index)])

    def __setitem__(self, index: Any, value: Any) -> None:
        before = np.array(self.view(np.ndarray))
        self.view(np.ndarray)[untraced(index)] = untraced(value)
        tracer = state.recording
        if isinstance(tracer, Tracer) and (node := tracer.node_of(self)) is not None:
            node.value = before
            after = tracer.record(Unruled(put), (node, value, index), NO_KEYWORDS, np.array(self.view(np.ndarray)))
            tracer.known[place(self)] = after

    def astype(self, dtype: Any, **keywords: Any) -> Any:  # type: ignore[override]
        return self.tell(astype, (self, np.dtype(dtype)), {}, self.view(np.ndarray).astype(dtype, **keywords))

    def reshape(self, *shape: Any, **keywords: Any) -> Any:
        return np.reshape(self, shape[0] if len(shape) == 1 else shape, **keywords)

    def transpose(self, *axes: Any) -> Any:
        return np.transpose(self, axes[0] if len(axes) == 1 else axes or None)

    @property
    def T(self) -> Any:
        return np.transpose(self)


def method(name: str) -> Callable[..., Any]:
    """An array's method as the function of the same name, which tells."""
    return lambda self, *args, **keywords: getattr(np, name)(self, *args, **keywords)


for name in [
    "all", "any", "argmax", "argmin", "argsort", "choose", "clip", "copy", "cumprod", "cumsum", "diagonal", "dot", "max",
    "mean", "min", "nonzero", "prod", "ptp", "ravel", "repeat", "round", "searchsorted", "squeeze", "std", "sum", "swapaxes",
    "take", "trace", "var",
]:  # fmt: skip
    setattr(Traced, name, method(name))
setattr(Traced, "flatten", method("ravel"))  # noqa: B010
OURS.add(Traced)
