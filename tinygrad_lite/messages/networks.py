"""Messages about networks: layers, losses, and the functions that they are computed with."""

from __future__ import annotations

from typing import Any

from .phrases import Message

# fmt: off

# --- losses -----------------------------------------------------------------------------------------------------------

no_such_class = Message(IndexError, lambda classes, count: f"""
    The targets have class {wrong(classes, count)}, but the logits are of {count} classes, numbered from 0 to {count - 1}.
    If the numbers in your data start at 1, write `targets = targets - 1`. With `ignore_index={wrong(classes, count)}`, samples
    of class {wrong(classes, count)} do not count.
""")


def wrong(classes: Any, count: int) -> int:
    """The first class number that does not exist."""
    return int(classes[(classes < 0) | (classes >= count)].flat[0])
