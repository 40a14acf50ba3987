"""Inside ``with tg.debug():`` every call is checked, forward and backward, and errors say where they come from.

Flows in: each call as it is recorded, and each step of a backward pass. Flows out: an error or a warning that names the
function, the shapes, the elements, and the line of the user's program. Outside the block, none of this runs.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from .. import messages
from ..autograd import Handle, Node, wants_gradient
from ..containers import with_paths
from ..frames import is_users, line_of, users_frame
from ..graphs.tracing import parameter_names
from ..memory import plain
from ..recording import Mode, in_mode, recording
from ..registry import Vjp
from ..values import array_of
from ..watching import Watcher
from . import rounds, shapes
from .arriving import Paths, name_argument
from .notes import (
    Place,
    Used,
    argument_names,
    as_argument,
    checksum,
    described,
    elements,
    kind_of,
    line_text,
    name_of,
    note_of,
    value_at,
)


@contextlib.contextmanager
def debug(nan_only: bool = False) -> Iterator[None]:
    """Check every call in this block, forward and backward, and say where a number goes wrong.

    - The first value or gradient that is not finite raises FloatingPointError, which says which function made it, and where.
    - An array that was changed after a function used it, and before the gradient is computed with it, raises RuntimeError.
    - After `backward`, a UserWarning names each leaf that got no gradient, or only zeros, and where the path to it ends;
      after `grad` and the other transforms, the same for each argument.
    - A UserWarning names a graph that grows from round to round, a parameter whose new value is lost, one that is updated
      without `zero_grad()` in between, and two arrays of shapes (n, 1) and (n,), which broadcast to (n, n).
    - An error in the backward pass quotes the line of the call that it is about.

    nan_only:  allow infinite values, as in masks made with -inf

    Inside the block, a program takes several times as long, and keeps all values. Also a decorator: ``@tg.debug()``.

    >>> import numpy as np, tinygrad_lite as tg
    >>> x = tg.Tensor([4.0, -1.0], name="x")
    >>> try:
    ...     with tg.debug(), np.errstate(invalid="ignore"):
    ...         np.sqrt(x)
    ... except FloatingPointError as error:
    ...     print(str(error).splitlines()[0])
    np.sqrt made nan from finite numbers, at element [1] (1 of 2): the leaf 'x' of shape (2,) is -1.0 there.
    """
    with in_mode(Mode(True, Debugger(nan_only))):
        yield


class Debugger(Watcher):
    """What one `debug` block has seen since the last `backward`."""

    explains = True

    def __init__(self, nan_only: bool) -> None:
        self.bad = np.isnan if nan_only else lambda x: ~np.isfinite(x)
        self.paths = Paths()

    # --- forward ------------------------------------------------------------------------------------------------------

    def saw(self, node: Node, values: list[Any], result: Handle) -> None:
        """A call was recorded."""
        place, note = Place(), note_of(node)
        note.line, node.value = place.line, result._array  # kept, so that it can be shown
        for entry in node.args:
            if isinstance(entry, Node):
                note_of(entry).variable = note_of(entry).variable or place.name(entry)
        if self.is_bad(node.value):
            self.report_value(node, values, place)
        for argument, entry in zip(argument_names(node), node.args):
            array = array_of(entry)
            if isinstance(array, np.ndarray) and array.dtype.kind != "O":
                text = f"{described(entry, place.name(entry))}, the {as_argument(node, argument)}"
                note.used.append(Used(argument, text, array, checksum(array)))
        if isinstance(node.value, np.ndarray):
            note.used.append(Used("out", f"its result, shape {node.shape}", node.value, checksum(node.value)))
        self.paths.nodes.append(node)
        if not self.paths.walking:
            rounds.look_for_update(node.rule.function, node.args, node.shape, place, node)
            if node.rule.broadcasts:
                shapes.warn_of_accident(node, place)

    def saw_constant(self, rule: Any, entries: list[Any], keywords: Mapping[str, Any], out: Any) -> Node | None:
        """A call that wants no gradient. Inside `no_grad` it may be the update of a parameter."""
        if not recording() and not self.paths.walking and any(wants_gradient(entry) for entry in entries):
            rounds.look_for_update(rule.function, entries, out.shape, Place(), None)
        return None

    def is_bad(self, value: Any) -> bool:
        """Whether there is a number in it that is not finite. Arrays of other libraries are not touched."""
        real = isinstance(value, float) or (isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind == "f")
        return real and bool(np.any(self.bad(value)))

    def report_value(self, node: Node, values: list[Any], place: Place) -> None:
        """Raise for a value that is not finite, naming the function or the argument that it came from."""
        name, bad = name_of(node), np.asarray(self.bad(node.value))
        where, what = elements(bad), kind_of(node.value, bad)
        for argument, entry, value in zip(argument_names(node), node.args, values):
            if self.is_bad(value):
                came = np.asarray(self.bad(value))
                source = described(entry, place.name(entry))
                raise messages.got_bad(
                    name, kind_of(value, came), source, elements(came), as_argument(node, argument), place.line
                )
        raise messages.made_bad(name, what, where, self.values_there(node, bad, values, place), place.line)

    def values_there(self, node: Node, bad: np.ndarray, values: list[Any], place: Place | None = None) -> str:
        """What the arguments of a call are at the first bad element, by the user's names for them."""
        return " and ".join(
            f"{described(entry, place.name(entry) if place else None)} is {value_at(value, bad)}"
            for entry, value in zip(node.args, values)
            if value_at(value, bad) is not None
        )

    def left(self, values: tuple[Any, ...], by: str) -> None:
        """A value was used by something that is not recorded."""
        for value in values:
            if recording() and not self.paths.walking and isinstance(value, Handle) and wants_gradient(value.node):
                assert value.node is not None
                rounds.looked_at(value.node)
                self.paths.exits.append((value.node, by, line_of(users_frame())))

    def opened(self, handle: Handle) -> Any:
        """Somebody asks for the array of a Tensor."""
        node = handle.node
        if wants_gradient(node) and is_users(sys._getframe(2)):  # the user's own ``t.data``
            assert node is not None
            if node.rule is None:
                rounds.look_for_plain_update(node, Place())
            self.left((handle,), "t.data")
        return plain(handle._array)

    def updated(self, leaf: Handle, old: Node) -> None:
        """A leaf was given a new array."""
        rounds.look_for_spent_gradient(leaf, old)

    # --- backward -----------------------------------------------------------------------------------------------------

    def watch(self, steps: Iterator[tuple[Node, Any]], output: Handle | None) -> Iterator[tuple[Node, Any]]:
        """The same steps, each looked at before it is taken."""
        seen: dict[Node, Any] = {}
        last = None
        while True:
            self.paths.walking += 1
            try:
                node, g = next(steps)
            except StopIteration:
                break
            except Exception as error:
                if last is not None and note_of(last).line:
                    error.args = (f"{error}\n  In the backward pass, at {name_of(last)}:  {line_text(last)}", *error.args[1:])
                raise
            finally:
                self.paths.walking -= 1
            array = g
            if isinstance(g, Handle):
                array, self.paths.higher = g._array, max(self.paths.higher, node.number)
            if self.is_bad(array):
                self.report_gradient(node, array, seen)
            self.check_unchanged(node)
            seen[node] = array
            self.paths.arrived(node, array)
            if output is not None and node.rule is None:
                rounds.is_about_to_add(node)
            last = node
            yield node, g
        if not isinstance(g, Handle):  # otherwise it is recorded, and part of a larger computation
            rounds.finish(list(seen), Place())
        if output is not None:
            self.paths.warn_of_leaves()
            self.paths.forget()

    def check_unchanged(self, node: Node) -> None:
        """Raise if an array that the rules of this call ask for is not what it was."""
        asked: set[str] = set()
        for name, entry in zip(argument_names(node), node.args):
            vjp: Vjp | None = node.rule.vjps.get(node.rule.arguments[0] if node.rule.variadic else name)
            if wants_gradient(entry) and vjp is not None:
                asked |= vjp.asks
        for used in note_of(node).used:
            if (used.argument in asked or node.rule.variadic) and checksum(used.array) != used.checksum:
                raise messages.changed_in_place(name_of(node), used.text, line_text(node))

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
                comes_in = value_at(incoming, bad)
                shown = [f"the incoming gradient is {comes_in}"] if comes_in is not None else []
                shown += filter(None, [self.values_there(user, bad, [array_of(entry) for entry in user.args])])
                raise messages.became_bad(
                    described(parent), kind_of(part, bad), name_of(user), elements(bad), shown, as_argument(user, name),
                    line_text(user),
                )  # fmt: skip
        raise messages.started_bad(what, where)

    # --- transforms ---------------------------------------------------------------------------------------------------

    def differentiates(self, f: Any, numbers: list[int], arguments: list[Any], variables: list[Handle]) -> None:
        """`grad` or a relative of it made these variables for the values in these arguments of `f`."""
        names = parameter_names(f, max(numbers, default=0) + 1)
        paths = [f"{names[i]}{path}" for i, argument in zip(numbers, arguments) for path, _ in with_paths(argument)]
        for path, variable in zip(paths, variables):
            name_argument(variable, f, path)

    def differentiated(self, variables: list[Any], gradients: list[list[Any]]) -> None:
        """`grad` or a relative of it computed these gradients: for each variable an array, or several."""
        self.paths.warn_of_arguments(variables, gradients)
