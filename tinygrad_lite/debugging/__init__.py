"""debug(): where does a wrong number come from, and what will go wrong next?

In reading order: `notes.py`, what is written down about a value, and how a message calls it; `watching.py`, the `Debugger`,
which looks on and finds numbers that are not finite and arrays that were changed; `arriving.py`, gradients that do not
arrive; `rounds.py`, what goes wrong from one round of a training loop to the next; `shapes.py`, shapes that broadcast by
accident.
"""

from .watching import debug

__all__ = ["debug"]
