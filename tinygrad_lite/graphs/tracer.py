"""Records everything that a function computes while it runs, including what wants no gradient.

The engine records only what leads to a gradient. A picture, or source code, also needs the rest: the mask in
``np.where(x > 0, x, 0)``, the ``x**2`` of the data, the line of the user's program that made a value, and the user's name for
it.

Flows in: calls, as the engine makes them (a `Tracer` is a `Watcher`), and calls on plain arrays that report them
(`traced.py`). Flows out: the recorded nodes, with a line, a name and a scope for each; `graph.py` makes a `Graph` from them.

Some things cannot be seen: ``np.asarray(data)`` is a plain array, and for ``np.eye(3)[labels]`` NumPy asks the identity
matrix, not the labels. The result is a constant. If we see that we cannot follow, as in ``float(data)``, we note a `Look`:
the record is right as long as the value that was looked at is the same.
"""

from __future__ import annotations

import itertools
import math
import operator
import os
import sys
from collections.abc import Iterator, Mapping
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

from ..autograd import NO_KEYWORDS, Constant, Handle, Node, leaf_node, new_number, wants_gradient
from ..containers import mapped, values_in
from ..frames import Line, Part, is_users, line_of, part_running, shows_only, users_of, variables_in
from ..memory import plain
from ..protocols.primitives import put
from .traced import Listener, TracedArray, Unruled, as_arrays, as_float, buffer_of, equal, holds, place, untraced

Scope = tuple[tuple[str, int], ...]

STATIC: set[Any] = {np.shape, np.size, np.ndim, np.iscomplexobj, np.isrealobj, np.shares_memory, np.may_share_memory}


class Computed(Constant):
    """A call that wants no gradient, recorded because a `Tracer` is active. The backward pass does not visit it."""

    __slots__ = ()


class Detached(NamedTuple):
    """An argument that came as the plain array of a node which wants a gradient: none flows back this way."""

    node: Node


class Details(NamedTuple):
    """What is known of a call: its arguments, with nodes for all arrays that we have seen before, also inside tuples; the
    user's line; and the functions of the user's that it was made in, outermost first.
    """

    args: tuple[Any, ...]
    keywords: Mapping[str, Any]
    line: Line | None
    scope: Scope


class Tracer(Listener):
    """Writes down what it sees. `base` is the frame from which the user's function is called, if there is one."""

    def __init__(self, base: FrameType | None = None) -> None:
        self.base = base
        self.begun = math.inf  # the number from which on nodes are made by the user's function
        self.nodes: list[Node] = []
        self.details: dict[Node, Details] = {}
        self.names: dict[Node, tuple[int, str]] = {}  # with how deep in the user's calls it is called so
        self.inputs: dict[Node, np.ndarray] = {}  # those that want no gradient, with the array that the program gets
        self.known: dict[Any, Node] = {}  # the place of a value -> the node that made it
        self.held: list[Any] = []  # keeps these places from being used again
        self.sources: dict[Node, Node] = {}  # a leaf that was made of a value -> the node that made the value
        self.copies: dict[Any, np.ndarray] = {}  # the place of an array that no node made -> a copy of it
        self.array_names: dict[Any, str] = {}  # what these are called
        self.originals: dict[Any, Any] = {}  # the place of such a copy -> the array itself, or the Tensor that it is in
        self.constants: dict[Any, Node] = {}  # the place of such an array -> a node that stands for it
        self.views: dict[int, set[Any]] = {}  # the places in one piece of memory
        self.origins: dict[Any, tuple[np.ndarray, Any]] = {}  # the place of a view -> the array, and the index
        self.stale: dict[Any, list[Node]] = {}  # a view of an array that was changed -> what it depends on
        self.looks: list[tuple[Node, str, Any, Line | None]] = []  # where the program looked at a value: see nodes.Look
        self.calls: dict[str, Iterator[int]] = {}
        self.entered: dict[FrameType, int] = {}  # which call of its function a frame is
        self.parts: dict[Part, str] = {}  # modules of networks, and what they are called: model.layers[0]
        self.leaves: dict[Part, list[tuple[str, Any]]] = {}  # and their parameters
        self.drawn: Line | None = None  # where the program asked the operating system for random numbers

    # --- what the engine tells ------------------------------------------------------------------------------------------

    def saw(self, node: Node, values: list[Any], result: Handle) -> None:
        node.value = result._array
        self.note(node)

    def saw_constant(self, rule: Any, entries: list[Any], keywords: Mapping[str, Any], out: Any) -> Node | None:
        if any(isinstance(entry, Node) or self.node_of(entry) is not None for entry in entries):
            return self.record(rule, tuple(entries), keywords, out)
        return None

    def computed(self, function: Any, args: tuple[Any, ...], keywords: Mapping[str, Any], out: Any) -> Any:
        if function in STATIC or not holds((*args, *keywords.values()), (Handle, TracedArray)):
            return out
        return self.told(self.record(Unruled(function), args, keywords, out), out)

    def opened(self, handle: Handle) -> Any:
        data = plain(handle._array)
        node = handle.node or self.node_of(data)
        return self.traced(node, data) if node is not None and isinstance(data, (np.ndarray, np.generic)) else data

    def left(self, values: tuple[Any, ...], by: str) -> None:
        if by in ("bool(t)", "t.item()", "t.tolist()"):
            for value in values:
                if isinstance(value, Handle) and value.node is not None:
                    self.looked(value.node, by, plain(value._array))

    def watch(self, steps: Iterator[tuple[Node, Any]], output: Handle | None) -> Iterator[tuple[Node, Any]]:
        """The user's function runs a backward pass. If that is not recorded, its result is a number like any other."""
        first = True
        for node, g in steps:
            if first and not isinstance(g, Handle):
                self.looked(node, "backward()", plain(node.value))
            first = False
            yield node, g

    # --- what it writes down --------------------------------------------------------------------------------------------

    def record(self, rule: Any, args: tuple[Any, ...], keywords: Mapping[str, Any], out: Any) -> Node:
        """A call that the engine does not record."""
        node = Computed()
        node.rule, node.args, node.keywords, node.name, node.tensor = rule, args, keywords, None, lambda: None
        if isinstance(out, (bool, int, float, complex)):
            out = np.asarray(out)[()]
        elif isinstance(out, np.ndarray) and out.base is not None:
            out = np.array(out)  # a view, which changes with what it is a view of
        node.value, node.number = out, new_number()
        node.shape, node.dtype = getattr(out, "shape", ()), getattr(out, "dtype", np.dtype(object))
        self.note(node)
        return node

    def note(self, node: Node) -> None:
        """Where are we, and what does the user call what was made before?"""
        for entry in node.args:
            if isinstance(entry, Node) and entry.rule is None:
                self.leaf(entry)
        args, keywords = self.resolved(tuple(node.args)), self.resolved(dict(node.keywords))
        frames = list(self.users_frames())
        scope = self.scope(frames)
        self.details[node] = Details(args, keywords, line_of(frames[-1]) if frames else None, scope)
        self.nodes.append(node)
        self.keep(node)
        for depth, frame in enumerate(frames[:8]):
            self.learn_names(frame, depth)

    def leaf(self, node: Node) -> None:
        """A leaf, whose array may be used as such as well; or which was itself made of an array that we know."""
        source = self.node_of(plain(node.value))
        if node.number > self.begun and source is not None and source is not node:
            self.sources[node] = source
        self.keep(node)

    def keep(self, node: Node) -> None:
        """From now on an array at this place stands for this node."""
        value = plain(node.value)
        if isinstance(value, (np.ndarray, np.floating, np.integer)):  # np.True_ is one object, whoever made it
            self.held.append(value)
            self.known[place(value)] = node

    def resolved(self, value: Any) -> Any:
        """Arguments with nodes in the place of Tensors and of arrays that we have seen before."""
        return mapped(self.entry, value)

    def entry(self, value: Any) -> Any:
        """One value among these arguments."""
        holder = None
        if isinstance(value, Node):
            return value
        if isinstance(value, Handle):
            if value.node is not None:
                return value.node
            value, holder = value._array, value
        node = self.node_of(value)
        return self.copied(value, holder) if node is None else as_data(node)

    def copied(self, value: Any, holder: Any = None) -> Any:
        """What no call made, as far as we know. An array as it is now: the program may write into it later."""
        if not isinstance(value, np.ndarray):
            return value
        here, array = place(value), as_arrays(value)
        depends_on = self.stale.get(here, [])
        if isinstance(value, TracedArray):  # a view that was taken unseen
            depends_on = depends_on + [self.known[p] for p in self.views.get(buffer_of(array), ()) if p in self.known]
        for node in depends_on:
            self.looked(node, "a view of an array", plain(node.value))
        known = self.copies.get(here)
        if known is None or not equal(known, array):
            known = self.copies[here] = np.array(array)
        if holder is not None or place(known) not in self.originals:
            self.originals[place(known)] = array if holder is None else holder
        return known

    def node_of(self, value: Any) -> Node | None:
        """The node of an array that we have seen before, however it got where it is."""
        return self.known.get(place(value)) if isinstance(value, (np.ndarray, np.generic)) else None

    def looked(self, node: Node, by: str, found: Any) -> None:
        """The program looked at a value. What a library does only to show it is no part of the program."""
        if shows_only(self.frames()):
            return
        found = np.array(found)[()] if isinstance(found, np.ndarray) else found
        frames = list(self.users_frames())
        self.looks.append((node, by, found, line_of(frames[-1]) if frames else None))

    def users_frames(self) -> Iterator[FrameType]:
        """The user's frames between the traced function and here, outermost first."""
        frames = self.frames()
        return reversed(users_of(frames))

    def frames(self) -> list[FrameType]:
        """The user's and other libraries' frames between here and the traced function, innermost first.

        Without a base, nothing of the user's is going on. Our own frames would be in a cycle with the list.
        """
        if self.base is None:
            return []
        frames = list[FrameType]()
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame is not self.base:
            if is_users(frame):
                frames.append(frame)
            frame = frame.f_back
        return frames if frame is not None else []

    def scope(self, users: list[FrameType]) -> Scope:
        """The functions and modules that are running inside the traced function, outermost first.

        A module has the place it has in the network for its name, and then what it is: "model.layers[0]: Linear(2, 16)".
        """
        found = list[tuple[str, int]]()
        before: Any = None
        for outer, frame in zip([None, *(stack := self.stack(users))], stack):
            part = part_running(frame)
            if part is not None and part is before:  # Module.__call__ calls forward
                continue
            name = frame.f_code.co_name if part is None else f"{self.part_name(part, outer)}: {part._described()}"
            before = part
            if outer is not None and name[0] != "<":  # the outermost is the traced function itself
                if frame not in self.entered:
                    self.entered[frame] = next(self.calls.setdefault(name, itertools.count(1)))
                found.append((name, self.entered[frame]))
        return tuple(found)

    def stack(self, users: list[FrameType]) -> list[FrameType]:
        """The user's frames, and between them those in which modules of ours run; outermost first."""
        frames, frame = list[FrameType](), sys._getframe(2) if self.base else None
        while frame is not None and frame is not self.base:
            if frame in users or part_running(frame) is not None:
                frames.append(frame)
            frame = frame.f_back
        return frames[::-1]

    def part_name(self, part: Part, outer: FrameType | None) -> str:
        """What a module is called: as the variable that holds the network, and then how one gets from there to the module."""
        if part not in self.parts:
            frame = outer or self.caller()
            names = [name for value, name in variables_in(frame) if value is part] if frame else []
            root = names[0] if names else "model"
            for path, inner in part._parts():
                self.parts.setdefault(inner, root + path)
            for path, leaf in part._leaves():
                self.names[leaf.node] = -1, root + path  # before all that functions further inside call it
        return self.parts[part]

    def caller(self) -> FrameType | None:
        """The user's frame in which the traced function is called."""
        frame = self.base.f_back if self.base else None
        while frame is not None and not is_users(frame):
            frame = frame.f_back
        return frame

    def leaves_of(self, part: Part) -> list[tuple[str, Any]]:
        """The parameters of a module: found once, as every call asks for them."""
        if part not in self.leaves:
            self.leaves[part] = list(part._leaves())
        return self.leaves[part]

    def learn_names(self, frame: FrameType, depth: int) -> None:
        """The names that values have in a frame. A name further out, in the user's own function, is the better one."""
        for value, name in names_in(frame, self.leaves_of):
            node = getattr(value, "node", None) if isinstance(value, Handle) else self.node_of(value)
            if node is None:
                here = place(value)
                if here in self.copies or self.base is None:
                    self.array_names.setdefault(place(self.copies.get(here, value)), name)
            elif node not in self.names or depth < self.names[node][0]:
                self.names[node] = depth, name

    def returning(self, frame: FrameType, event: str, function: Any) -> None:
        """Called by Python at each call and return (`sys.setprofile`): as a function returns, it knows most names."""
        if event == "c_call" and function is os.urandom and self.drawn is None:
            frames = list(self.users_frames())
            self.drawn = line_of(frames[-1]) if frames else None
        if event == "return" and is_users(frame):
            frames = list(self.users_frames())
            if frame in frames:
                self.learn_names(frame, frames.index(frame))

    def leave(self) -> None:
        """The user's function has returned: forget its frames, which hold all its variables."""
        for node, array in self.inputs.items():
            if self.node_of(array) is node and not equal(array, node.value):  # changed unseen, through np.asarray
                self.looked(node, "np.asarray()", array)
        self.base = None
        self.entered.clear()

    # --- arrays that tell -----------------------------------------------------------------------------------------------

    def traced(self, node: Node, value: Any) -> Any:
        """The value of a node as an array that tells what is computed from it."""
        value = np.asarray(plain(value))
        here = place(value)
        self.held.append(value)
        if self.known.get(here, node) is not node:
            self.preserve(value)
        self.known[here] = node
        self.stale.pop(here, None)
        self.views.setdefault(buffer_of(value), set()).add(here)
        return value.view(TracedArray)

    def told(self, node: Node, out: Any) -> Any:
        """A result as the program gets it: arrays that tell, in the same containers.

        What the program does with a number of Python's, we cannot see; so that is a look.
        """
        if isinstance(out, (np.ndarray, np.generic)):
            return self.traced(node, out)
        if isinstance(out, (tuple, list)):
            parts = [
                self.told(self.record(Unruled(operator.getitem), (node, i), NO_KEYWORDS, p), p) for i, p in enumerate(out)
            ]
            return type(out)(*parts) if hasattr(out, "_fields") else type(out)(parts)
        if isinstance(out, (bool, int, float, complex)):
            self.looked(node, "bool(t)" if isinstance(out, bool) else node.rule.name, node.value)
        return out

    def constant(self, value: Any) -> Any:
        """An array that no node made, as one that tells what is computed from it; anything else as it is."""
        if (
            not isinstance(value, np.ndarray)
            or isinstance(value, TracedArray)
            or not value.ndim
            or value.dtype.kind not in "fiub"
        ):
            return value
        value = plain(value)
        if (node := self.node_of(value)) is not None:
            return self.traced(node, value)
        handle = object.__new__(Handle)
        handle._array = self.copies.get(place(value), value)
        node = self.constants[place(handle._array)] = leaf_node(handle, Constant)
        return self.traced(node, node.value)

    def input(self, value: Any, name: str) -> Any:
        """Data that wants no gradient, as an array that tells what is computed from it."""
        handle = object.__new__(Handle)
        handle._array = np.array(value)
        node = leaf_node(handle, Constant, name)
        self.inputs[node] = np.array(value)
        array = self.traced(node, self.inputs[node])
        return as_float(array) if type(value) is float else array

    def buffer(self, holder: Any) -> None:
        """A constant Tensor that the program may ask for its array: what is computed from this is told as well."""
        node = leaf_node(holder, Constant)
        self.keep(node)
        self.originals[place(plain(node.value))] = holder

    # --- arrays that change -----------------------------------------------------------------------------------------------

    def overwritten(self, target: Any, result: Any) -> None:
        """Write a result into an array: from now on its place stands for the node of the result."""
        self.preserve(target)
        as_arrays(target)[...] = untraced(result)
        self.replaced(target, self.known[place(result)])

    def viewed(self, part: Any, whole: np.ndarray, index: Any) -> None:
        if np.may_share_memory(part, whole) and place(part) != place(whole):
            self.origins[place(part)] = whole, self.resolved(index)

    def preserve(self, array: Any) -> None:
        """An array is about to change, or to stand for another node. What lies there keeps its value on record."""
        for here in self.views.get(buffer_of(array), ()):
            node = self.known.get(here)
            if node is not None and isinstance(node.value, np.ndarray) and np.may_share_memory(node.value, array):
                node.value = np.array(plain(node.value))

    def replaced(self, array: Any, node: Node) -> None:
        """The place of an array stands for a new node. What it is a part of, as a row, has that part replaced; and of other
        views of the same memory we know no more than what they depend on.
        """
        array, memory, kept = as_arrays(array), buffer_of(array), set[Any]()
        while (here := place(array)) not in kept:
            kept.add(here)
            self.known[here] = node
            if here in self.origins:
                array, index = self.origins[here]
                whole = self.known.get(place(array))
                if whole is not None:
                    node = self.record(Unruled(put), (as_data(whole), node, index), NO_KEYWORDS, np.array(array))
        for here in self.views.get(memory, set()) - kept:
            self.stale.setdefault(here, []).append(node)
            if here in self.known:
                self.stale[here].append(self.known.pop(here))
        self.views[memory] = kept

    def lost(self, target: Any, values: Any) -> None:
        """A call is about to change an array in a way that we do not follow: it looks at all that it gets."""
        for value in arrays_in((target, values)):
            if (node := self.node_of(value)) is not None:
                self.looked(node, "out=", plain(node.value))
        for array in arrays_in(target):
            self.preserve(array)
            for here in self.views.pop(buffer_of(array), set()):
                if here in self.known:
                    self.stale.setdefault(here, []).append(self.known.pop(here))


def as_data(node: Node) -> Node | Detached:
    """A node as the argument of a call that got its plain array."""
    return Detached(node) if wants_gradient(node) else node


def names_in(frame: FrameType, leaves: Any = Part._leaves) -> Iterator[tuple[Any, str]]:
    """The Tensors and arrays among the variables of a frame, each with its name."""
    kinds = (Handle, np.ndarray, np.generic)
    return ((value, name) for value, name in variables_in(frame, leaves) if isinstance(value, kinds))


def arrays_in(args: Any) -> list[Any]:
    """The arrays in the arguments of a call."""
    return [value for value in values_in(args) if isinstance(value, (np.ndarray, np.generic))]
