"""Keeps debug()'s notes about each value, and finds names for values in its messages.

Flows in: nodes, and the user's frames. Flows out: a `Note` on each node, and the words for it. A note is on the node itself.
So what was noted in one debug() block is still known in the next, and it is freed together with the graph.
"""

from __future__ import annotations

import dataclasses
import zlib
from typing import Any, NamedTuple

import numpy as np

from .. import messages
from ..autograd import Handle, Node, wants_gradient
from ..frames import Line, forget_variables, line_of, users_frame, variables_in


class Used(NamedTuple):
    """An array that a call used, and may need again in the backward pass."""

    argument: str  # what the function calls it; "out" for the result
    text: str
    array: Any
    checksum: int


class Update(NamedTuple):
    """A new value for a leaf, computed after a backward pass, and kept in a variable at most."""

    variable: str
    line: Line
    number: int  # of the node that the new value has; 0 if it was not recorded


@dataclasses.dataclass(slots=True)
class Note:
    """What debug() knows of one node."""

    line: Line | None = None  # the user's line that made it; None if that was outside debug()
    used: list[Used] = dataclasses.field(default_factory=list)
    variable: str | None = None  # what the user's program calls it
    argument: str | None = None  # "argument w of loss", if a transform made it for an argument of a function
    walked: int = 0  # when the first backward pass that went through it ended, on the clock that numbers nodes; 0: never
    rounds: int = 0  # how many times it was extended after a backward pass
    was_output: bool = False  # a backward pass has started from it
    update: Update | None = None  # of a leaf
    spent: int = 0  # of a leaf: the checksum of the .grad that it was updated with
    added_to_spent: bool = False  # of a leaf: a backward pass has added to that
    made_of: Node | None = None  # the leaf, if it was made after a backward pass of that one leaf and constants


def note_of(node: Node) -> Note:
    """The note on a node; an empty one if there was none."""
    if not hasattr(node, "note"):
        node.note = Note()
    note: Note = node.note
    return note


def checksum(array: Any) -> int:
    """One number that is another one, in all likelihood, if the array was changed."""
    return zlib.crc32(np.ascontiguousarray(array).view(np.uint8).data) if np.size(array) else 0


class Place:
    """Where the user's program is now: the line, and what its variables are called."""

    def __init__(self) -> None:
        frame = users_frame()
        self.line, self.names = line_of(frame), dict[int, str]()
        self.plain_names: dict[int, str] = {}  # p and not ps[0]
        if frame is not None:
            for value, name in variables_in(frame):
                self.names.setdefault(id(value), name)
                if name.isidentifier():
                    self.plain_names.setdefault(id(value), name)
                if isinstance(value, Handle):
                    self.names.setdefault(id(value._array), name)
            forget_variables(frame)

    def name(self, entry: Any, plain: bool = False) -> str | None:
        """The name of the variable that holds an entry of ``node.args``; if `plain`, only an identifier."""
        names = self.plain_names if plain else self.names
        if isinstance(entry, Node):
            handle = entry.tensor()
            return None if handle is None else names.get(id(handle))
        return names.get(id(entry)) if isinstance(entry, np.ndarray) else None


# --- words ------------------------------------------------------------------------------------------------------------


def name_of(node: Node) -> str:
    return messages.name_of(node.rule.function)


def line_text(node: Node) -> str:
    line = note_of(node).line
    return str(line) if line else "made outside debug()"


def argument_names(node: Node) -> list[str]:
    """What the function calls each of its arguments."""
    if node.rule is None:
        return []
    return [f"{i}" for i in range(len(node.args))] if node.rule.variadic else list(node.rule.arguments)


def title(node: Node) -> str:
    """A value in a sentence, by the user's own name for it if that is known."""
    if node.rule is not None and node.rule.name == "alias":
        node = node.args[0] if wants_gradient(node.args[0]) else node
    note = note_of(node)
    if note.argument:
        return f"the {note.argument}"
    name = repr(node.name) if node.name else f"`{note.variable}`" if note.variable else ""
    if node.rule is None:
        kind = "leaf" if wants_gradient(node) else "constant"
        return f"the {kind} {name}" if name else f"a {kind}"
    return f"{name}, the result of {name_of(node)}," if name else f"the result of {name_of(node)}"


def described(entry: Any, variable: str | None = None) -> str:
    """An argument in a sentence: what the user calls it or what made it, and its shape."""
    shape = getattr(entry, "shape", None)
    text = title(entry) if isinstance(entry, Node) else f"the array `{variable}`" if variable else "a constant"
    return text if shape is None else f"{text} of shape {tuple(shape)}"


def as_argument(node: Node, argument: str) -> str:
    """What the function calls an argument, after the user's own words for it."""
    return f"argument {argument} of {name_of(node)}"


def capital(text: str) -> str:
    """The text as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def kind_of(value: Any, bad: np.ndarray) -> str:
    """The first bad element: nan, inf or -inf."""
    return str(float(np.asarray(value).flat[int(np.argmax(bad))]))


def elements(bad: np.ndarray) -> str:
    """Which elements, in a sentence: the first, and how many."""
    if not bad.ndim:
        return "its one number"
    first = [int(i) for i in np.unravel_index(int(np.argmax(bad)), bad.shape)]
    return f"element {first} ({int(bad.sum())} of {bad.size})"


def value_at(value: Any, bad: np.ndarray) -> float | None:
    """What an argument is at the first bad element of the result, if it has one there."""
    try:
        if not isinstance(value, (int, float, np.ndarray, np.generic)) or np.asarray(value).dtype.kind not in "fiub":
            return None
        spread = np.broadcast_to(value, bad.shape)
    except ValueError:
        return None
    return float(spread.flat[int(np.argmax(bad))])


def vanishes(g: Any) -> bool:
    """Whether a gradient is zero everywhere, as far as can be seen without computing it."""
    return isinstance(g, (np.ndarray, np.generic)) and g.size > 0 and not np.any(g)
