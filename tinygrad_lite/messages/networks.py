"""Messages about networks: layers, losses, and the functions that they are computed with."""

from __future__ import annotations

from .phrases import Message

# fmt: off

# --- losses -----------------------------------------------------------------------------------------------------------

no_such_class = Message(IndexError, lambda wrong, count: f"""
    The targets have class {wrong}, but the logits are of {count} classes, numbered from 0 to {count - 1}. If the numbers in
    your data start at 1, write `targets = targets - 1`. With ignore_index={wrong}, samples of class {wrong} do not count.
""")
