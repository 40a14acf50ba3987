"""Where does a wrong number come from? Inside ``with tg.debug():`` every call is watched, and what goes wrong says where.

Flows in: each call as it is recorded, and each step of a walk back. Flows out: an error or a warning that names the function,
the shapes, the elements, and the line of the user's program. Outside the block nothing of this runs.
"""

from __future__ import annotations

import contextlib
import warnings
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from . import messages
from .autograd import Handle, Node, Watcher, array_of, recording_as
from .frames import Line, line_of, users_frame
from .registry import Vjp

FLAT = "it is flat between its steps"
REASONS = {  # why a function may send nothing back
    **dict.fromkeys(("floor", "ceil", "rint", "trunc", "fix", "round", "around", "sign", "floor_divide", "heaviside"), FLAT),
    "relu": "all its inputs are 0 or less, where it is flat: a dead unit",
    "maximum": "the other argument was the larger everywhere",
    "minimum": "the other argument was the smaller everywhere",
    "clip": "all its inputs are outside the bounds",
    "where": "the condition chose the other branch everywhere",
    "multiply": "the other factor is 0 everywhere",
    "matmul": "the other factor is 0, or cancels out",
}


class Note(NamedTuple):
    """What is written down about a call: the line that made it, and each array it may need again, with a checksum."""

    line: Line
    arrays: list[tuple[str, Any, int]]


@contextlib.contextmanager
def debug(nan_only: bool = False) -> Iterator[None]:
    """Watch every call in this block, in both directions, and say where a number goes wrong.

    - The first value, or gradient, that is not finite raises FloatingPointError: which function made it, of what, where.
    - An array that was changed after a function used it, and before the gradient is computed with it, raises RuntimeError.
    - After `backward`, a UserWarning names each leaf that got no gradient, or only zeros, and where the path to it ends.
    - An error on the way back quotes the line of the call that it is about.

    nan_only:  let infinite values pass, as in masks made with -inf

    It takes a multiple of the time, and keeps all values. Also a decorator: ``@tg.debug()``.

    >>> import numpy as np, tinygrad_lite as tg
    >>> x = tg.Tensor([4.0, -1.0], name="x")
    >>> try:
    ...     with tg.debug(), np.errstate(invalid="ignore"):
    ...         np.sqrt(x)
    ... except FloatingPointError as error:
    ...     print(str(error).splitlines()[0])
    np.sqrt made nan of finite numbers, at element [1] (1 of 2). There x, the leaf 'x' of shape (2,), is -1.0.
    """
    with recording_as(Debugger(nan_only)):
        yield


class Debugger(Watcher):
    """What one `debug` block has seen since the last `backward`."""

    def __init__(self, nan_only: bool) -> None:
        self.bad = np.isnan if nan_only else lambda x: ~np.isfinite(x)
        self.forget()

    def forget(self) -> None:
        self.nodes: list[Node] = []  # every call, oldest first
        self.exits: list[tuple[Node, str, Line]] = []  # where a value left the graph: from what, by what, at which line

    # --- forward ------------------------------------------------------------------------------------------------------

    def saw(self, node: Node, values: list[Any], result: Handle) -> None:
        """A call was recorded."""
        frame = users_frame()
        line, names = line_of(frame), {id(value): name for name, value in (frame.f_locals if frame else {}).items()}
        node.value = result._data  # so that it can be shown
        if self.is_bad(node.value):
            self.report_value(node, values, line, names)
        arrays = []
        for argument, entry in zip(argument_names(node), node.args):
            array = array_of(entry)
            if isinstance(array, np.ndarray) and array.dtype.kind != "O":
                arrays.append((described(argument, entry, names.get(id(array))), array, checksum(array)))
        if isinstance(node.value, np.ndarray):
            arrays.append((f"its result, shape {node.shape}", node.value, checksum(node.value)))
        node.note = Note(line, arrays)
        self.nodes.append(node)

    def is_bad(self, value: Any) -> bool:
        """Whether there is a number in it that is not finite. Arrays of other libraries are not touched."""
        return isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind == "f" and bool(np.any(self.bad(value)))

    def report_value(self, node: Node, values: list[Any], line: Line, names: dict[int, str]) -> None:
        """Raise for a value that is not finite, naming the function or the argument that it came from."""
        name, bad = messages.name_of(node.rule.function), np.asarray(self.bad(node.value))
        where, what = elements(bad), kind_of(node.value, bad)
        for argument, entry, value in zip(argument_names(node), node.args, values):
            if self.is_bad(value):
                came, which = np.asarray(self.bad(value)), described(argument, entry, names.get(id(entry)))
                raise FloatingPointError(
                    f"{name} got {kind_of(value, came)} from its argument {which}, at {elements(came)}.\n  {line}"
                )
        there = [
            f"{described(argument, entry)}, is {value_at(value, bad)}"
            for argument, entry, value in zip(argument_names(node), node.args, values)
            if value_at(value, bad) is not None
        ]
        text = f" There {' and '.join(there)}." if there else ""
        raise FloatingPointError(f"{name} made {what} of finite numbers, at {where}.{text}\n  {line}")

    def left(self, values: tuple[Any, ...], by: str) -> None:
        """A value was used by something that is not recorded."""
        for value in values:
            if isinstance(value, Handle) and value.node.__class__ is Node:
                assert value.node is not None
                self.exits.append((value.node, by, line_of(users_frame())))

    # --- back ---------------------------------------------------------------------------------------------------------

    def watch(self, steps: Iterator[tuple[Node, Any]], output: Handle | None) -> Iterator[tuple[Node, Any]]:
        """The same steps, each looked at before it is taken."""
        seen: dict[Node, Any] = {}
        last = None
        while True:
            try:
                node, g = next(steps)
            except StopIteration:
                break
            except Exception as error:
                if last is not None and hasattr(last, "note"):
                    error.args = (f"{error}\n  Walking back through {call_of(last)}", *error.args[1:])
                raise
            array = g._data if isinstance(g, Handle) else g
            if self.is_bad(array):
                self.report_gradient(node, array, seen)
            self.check_unchanged(node)
            seen[node] = array
            last = node
            yield node, g
        if output is not None:
            self.report_leaves(seen)
            self.forget()

    def check_unchanged(self, node: Node) -> None:
        """Raise if an array that the rules of this call ask for is not what it was."""
        if not hasattr(node, "note"):
            return
        asked: set[str] = set()
        names = argument_names(node)
        for name, entry in zip(names, node.args):
            vjp: Vjp | None = node.rule.vjps.get(node.rule.arguments[0] if node.rule.variadic else name)
            if entry.__class__ is Node and vjp is not None:
                asked |= vjp.asks
        for text, array, before in node.note.arrays:
            argument = "out" if text.startswith("its result") else text.split(",")[0]
            if (argument in asked or node.rule.variadic) and checksum(array) != before:
                raise RuntimeError(
                    f"An array was changed in place after {messages.name_of(node.rule.function)} had used it, so its "
                    f"gradient would be computed with the new numbers: {text}.\n  {node.note.line}\n"
                    "  Make a new array instead of writing into this one (x = x + 1, not x += 1), or hand over a copy."
                )

    def report_gradient(self, node: Node, g: Any, seen: dict[Node, Any]) -> None:
        """Raise for a gradient that is not finite: it was finite in all calls that came before, so one of them made it so."""
        bad = np.asarray(self.bad(g))
        what, where = kind_of(g, bad), elements(bad)
        for user, incoming in seen.items():
            for name, vjp, parent in zip(argument_names(user), user.rule.on_arrays if user.rule else (), user.args):
                if parent is not node:
                    continue
                with np.errstate(all="ignore"):
                    part = vjp(incoming, user, parent)
                part = part.value if hasattr(part, "index") else part
                if not self.is_bad(np.asarray(part)):
                    continue
                bad = np.asarray(self.bad(part))
                shown = [("the gradient that comes in", incoming)]
                shown += [(f"{described(a, e)},", array_of(e)) for a, e in zip(argument_names(user), user.args)]
                there = " and ".join(f"{text} is {value_at(v, bad)}" for text, v in shown if value_at(v, bad) is not None)
                raise FloatingPointError(
                    f"Walking back, the gradient becomes {kind_of(part, bad)} in {messages.name_of(user.rule.function)}, for "
                    f"its argument {described(name, parent)}, at {elements(bad)}. "
                    f"There {there or 'the slope is not finite'}.\n  {line_text(user)}"
                )
        raise FloatingPointError(f"The gradient that backward() starts from, or the sum of several, is {what} at {where}.")

    def report_leaves(self, seen: dict[Node, Any]) -> None:
        """Warn of leaves that were used since the last `backward`, and got nothing from this one."""
        leaves = {a: None for node in self.nodes for a in node.args if a.__class__ is Node and a.rule is None}
        leaves |= {node: None for node, _, _ in self.exits if node.rule is None}
        for leaf in leaves:
            if leaf.tensor() is None:
                continue
            if leaf not in seen:
                warn(f"{title(leaf)} got no gradient. {self.where_it_ends(leaf, seen)}")
            elif vanishes(seen[leaf]):
                warn(f"{title(leaf)} got a gradient of zeros only. {self.where_it_vanishes(leaf, seen)}")

    def reached_from(self, leaf: Node) -> tuple[set[Node], set[Node]]:
        """What was computed from a leaf, and which of that was used further."""
        reached, used = {leaf}, set()
        for node in self.nodes:
            if mine := [a for a in node.args if a.__class__ is Node and a in reached]:
                reached.add(node)
                used.update(mine)
        return reached, used

    def where_it_ends(self, leaf: Node, seen: dict[Node, Any]) -> str:
        """The calls after which the way to the output is lost."""
        reached, used = self.reached_from(leaf)
        exits = [exit for exit in self.exits if exit[0] in reached]
        lines = [f"{by} took {title(node, True)} out of the graph: {line}" for node, by, line in exits]
        if not lines:
            ends = [node for node in reached if node not in used and node not in seen]
            lines = [f"nothing that is recorded uses {title(node, True)}: {line_text(node)}" for node in ends[-3:]]
            lines.append("was its plain array used, as with t.data, t.item() or as an index?")
        return "The path from it ends here:\n  " + "\n  ".join(lines)

    def where_it_vanishes(self, leaf: Node, seen: dict[Node, Any]) -> str:
        """The calls that got a gradient and sent back zeros."""
        reached, _ = self.reached_from(leaf)
        alive = {node for node in reached if node in seen and not vanishes(seen[node])}
        lines = []
        for node in self.nodes:
            if node in alive and not any(a in alive for a in node.args if a.__class__ is Node):
                why = REASONS.get(node.rule.name, "its slope is 0 there, or several gradients cancel out")
                lines.append(f"{messages.name_of(node.rule.function)}: {why}. {line_text(node)}")
        return "It is lost here:\n  " + "\n  ".join(lines[-3:] or ["nothing but zeros came in"])


# --- words ------------------------------------------------------------------------------------------------------------


def warn(text: str) -> None:
    """A warning at the user's line."""
    line = line_of(users_frame())
    warnings.warn_explicit(text, UserWarning, line.file, line.number)


def line_text(node: Node) -> str:
    return str(node.note.line) if hasattr(node, "note") else "made outside debug()"


def call_of(node: Node) -> str:
    return f"{messages.name_of(node.rule.function)}:  {line_text(node)}"


def argument_names(node: Node) -> list[str]:
    """What the function calls each of its arguments."""
    if node.rule is None:
        return []
    return [f"{i}" for i in range(len(node.args))] if node.rule.variadic else list(node.rule.arguments)


def title(node: Node, short: bool = False) -> str:
    """A value in a sentence."""
    if node.rule is None:
        return f"The leaf {node.name!r}" if node.name and not short else f"the leaf {node.name!r}" if node.name else "A leaf"
    if node.rule.name == "alias":
        return "an argument"
    return f"{node.name!r}" if node.name else f"the result of {messages.name_of(node.rule.function)}"


def described(argument: str, entry: Any, variable: str | None = None) -> str:
    """An argument in a sentence: what the function calls it, what the user calls it, what made it, its shape."""
    shape = getattr(entry, "shape", None)
    of_shape = f" of shape {tuple(shape)}" if shape is not None else ""
    if not isinstance(entry, Node):
        return f"{argument}, the array `{variable}`{of_shape}" if variable else f"{argument}, a constant{of_shape}"
    if entry.rule is None:
        kind = "leaf" if entry.__class__ is Node else "constant"
        return f"{argument}, {f'the {kind} {entry.name!r}' if entry.name else f'a {kind}'}{of_shape}"
    return f"{argument}, {title(entry)}{of_shape}"


def kind_of(value: Any, bad: np.ndarray) -> str:
    """The first bad element: nan, inf or -inf."""
    return str(float(np.asarray(value).flat[int(np.argmax(bad))]))


def elements(bad: np.ndarray) -> str:
    """Which elements, in a sentence: the first, and how many."""
    if not bad.ndim:
        return "its one number"
    first = [int(i) for i in np.unravel_index(int(np.argmax(bad)), bad.shape)]
    return f"element {first} ({int(bad.sum())} of {bad.size})"


def vanishes(g: Any) -> bool:
    """Whether a gradient is zero everywhere, as far as can be seen without computing it."""
    return isinstance(g, (np.ndarray, np.generic)) and g.size > 0 and not np.any(g)


def value_at(value: Any, bad: np.ndarray) -> float | None:
    """What an argument is at the first bad element of the result, if it has one there."""
    try:
        if not isinstance(value, (int, float, np.ndarray, np.generic)) or np.asarray(value).dtype.kind not in "fiub":
            return None
        spread = np.broadcast_to(value, bad.shape)
    except ValueError:
        return None
    return float(spread.flat[int(np.argmax(bad))])


def checksum(array: Any) -> int:
    return zlib.crc32(np.ascontiguousarray(array).view(np.uint8).data) if array.size else 0
