"""Finds mistakes from one round of a training loop to the next: a graph that grows, parameters that never change, and
gradients that are used twice.

Flows in: calls as they are recorded, and the nodes that a backward pass went through. Flows out: a warning with the line and
the remedy. What earlier rounds did is in the notes on the nodes, so a debug() block around each round sees the loop as well
as one around all of them.

A graph grows if a round extends what an earlier backward pass went through, and the next round extends that::

    w ── subtract ── loss          backward pass 1 ends here
             └────── subtract ── loss
                         └────── subtract ── loss

A single extension is no sign of this: if two losses share a part, the second backward pass extends the first. So
`Note.rounds` counts extensions along a path, and two are needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..autograd import Handle, Node, new_number, wants_gradient
from ..messages import warn
from .notes import Place, Update, capital, checksum, line_text, note_of, title

STEPS = (np.add, np.subtract)  # what an update of a parameter ends with


def finish(nodes: list[Node], place: Place) -> None:
    """A backward pass went through these nodes, newest first: write that down, and warn if a loop goes wrong."""
    numbers = {node.number for node in nodes}
    grown: list[tuple[Node, Node]] = []
    repeated, time = 0, new_number()
    for node in reversed(nodes):
        note = note_of(node)
        if node.rule is None:
            if note.update is not None and note.update.number not in numbers:
                warn_of_lost_update(node, note.update)
            note.update = None
        elif note.walked:
            repeated += 1
            continue
        else:
            for old in node.args:
                if wants_gradient(old) and old.rule is not None:
                    below = note_of(old)
                    extends = 0 < below.walked < node.number
                    note.rounds = max(note.rounds, below.rounds + extends)
                    if extends:
                        grown.append((node, old))
        note.walked = note.walked or time
    output = note_of(nodes[0])
    if output.walked == time and output.rounds == 2:
        warn_of_growth(repeated, grown, place)
    output.was_output = True


def warn_of_growth(repeated: int, grown: list[tuple[Node, Node]], place: Place) -> None:
    """Warn of a pass that went once more through the calls of earlier rounds. `grown` has each call that led it there."""
    where, remedies = list[str](), dict[str, str]()
    for node, old in grown:
        name = note_of(old).variable or place.name(node) or note_of(node).variable
        called = f"`{name}`" if name else title(old).rstrip(",")
        where.append(f"{called} is computed from what an earlier round computed: {line_text(node)}")
        name = name or "t"
        if note_of(old).was_output:
            remedies.setdefault("sum", f"To add up losses for yourself, add their numbers: {name} = {name} + loss.item()")
        else:
            remedies.setdefault("update", f"If it is a parameter: with tg.no_grad(): {name} -= rate * {name}.grad")
            remedies.setdefault("carry", f"If it is a state that is passed on to the next round: {name} = {name}.detach()")
    warn(
        f"This backward pass goes through {repeated} call{'s' * (repeated != 1)} that an earlier backward() already went "
        "through. The graph grows with each round, and takes more time and memory.\n  "
        + "\n  ".join([*dict.fromkeys(where[:3]), *remedies.values()])
    )


# --- parameters that never change -------------------------------------------------------------------------------------


def look_for_update(function: Any, entries: Iterable[Any], shape: tuple[int, ...], place: Place, node: Node | None) -> None:
    """Write down if this call computes the new value of a parameter, as in ``p = p - rate * p.grad``.

    Whether anything is made of the new value, the next backward pass shows. `node` is None for a call inside `no_grad`.
    """
    leaves, step = set[Node | None](), False
    for entry in entries:
        if wants_gradient(entry):
            leaf = entry if entry.rule is None else note_of(entry).made_of
            leaves.add(leaf)
            update = note_of(leaf).update if leaf is not None else None
            if leaf is not None and update is not None and update.number == entry.number:
                note_of(leaf).update = None  # it is used: by one more step of the update, or by something else
                step = True
            step = step or leaf is entry
    leaf = leaves.pop() if len(leaves) == 1 else None
    if leaf is None or not note_of(leaf).walked:
        return
    if node is not None:
        note_of(node).made_of = leaf
    if not step or function not in STEPS or shape != leaf.shape:
        return
    name, code = place.name(leaf, plain=True), place.line.code
    assigned = (
        name
        and re.match(rf"{name}\s*=[^=]", code)
        and any(getattr(e, "shape", ()) == shape for e in entries if e is not leaf)
    )
    if ".grad" in code or (assigned and node is not None):
        note_of(leaf).update = Update(name or variable_of(leaf), place.line, node.number if node is not None else 0)


def look_for_plain_update(leaf: Node, place: Place) -> None:
    """The same for ``p = p.data - rate * p.grad``, of which only the ``p.data`` is seen."""
    name, code = place.name(leaf, plain=True), place.line.code
    if name and note_of(leaf).walked and ".grad" in code and re.match(rf"{name}\s*=\s*{name}\.data\b", code):
        note_of(leaf).update = Update(name, place.line, 0)


def looked_at(node: Node) -> None:
    """Somebody took the plain number of a value: then it was made for that, unless its line says that it is a step."""
    leaf = note_of(node).made_of
    update = note_of(leaf).update if leaf is not None else None
    if leaf is not None and update is not None and update.number == node.number and ".grad" not in update.line.code:
        note_of(leaf).update = None


def variable_of(leaf: Node) -> str:
    return note_of(leaf).variable or leaf.name or "p"


def warn_of_lost_update(leaf: Node, update: Update) -> None:
    p = update.variable
    warn(
        f"{capital(title(leaf))} has the same value as in the last backward pass, although a new one was computed for it: "
        f"{update.line}\n  `{p} = ...` only rebinds the name {p}; the Tensor that the loss uses is still the old one. Change "
        f"the Tensor itself: with tg.no_grad(): {p} -= rate * {p}.grad"
    )


# --- gradients that are used twice ------------------------------------------------------------------------------------


def is_about_to_add(leaf: Node) -> None:
    """A backward pass adds to the .grad of a leaf: write down if an update has used what is there already."""
    note, tensor = note_of(leaf), leaf.tensor()
    grad = tensor.grad if tensor is not None else None
    note.added_to_spent = is_some(grad) and (note.added_to_spent or checksum(grad) == note.spent)


def look_for_spent_gradient(tensor: Handle, old: Node) -> None:
    """A leaf is updated: warn if its gradient is the sum of a new one and of one that an update has used already.

    Several backward() before one update are fine, and so are those that are cleared before the next update.
    """
    if not wants_gradient(old) or not is_some(tensor.grad) or not (note_of(old).walked or note_of(old).spent):
        return
    note_of(tensor.node).spent = checksum(tensor.grad)  # type: ignore[arg-type]
    place = Place()
    optimizer = re.search(r"([\w.]+)\.step\(", place.line.code)
    if note_of(old).added_to_spent and (optimizer or ".grad" in place.line.code):
        note_of(old).variable = note_of(old).variable or place.names.get(id(tensor))
        who = optimizer[1] if optimizer else variable_of(old)
        warn(
            f"{capital(title(old))} is updated with a gradient that an earlier update has used already, in part: backward() "
            f"adds to what is in .grad. Clear it in each round: {who}.zero_grad()"
        )


def is_some(grad: Any) -> bool:
    """Whether it is an array that is not all zeros."""
    return isinstance(grad, (np.ndarray, np.generic)) and bool(np.any(grad))
