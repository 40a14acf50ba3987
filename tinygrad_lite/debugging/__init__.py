"""debug() finds where a wrong number comes from, and warns of common mistakes.

In reading order: `notes.py`, what is noted about a value, and its name in messages; `watching.py`, the `Debugger`, which
finds numbers that are not finite and arrays that were changed; `arriving.py`, gradients that do not arrive; `rounds.py`,
mistakes from one round of a training loop to the next; `shapes.py`, shapes that broadcast by accident.
"""

from .watching import debug

__all__ = ["debug"]
