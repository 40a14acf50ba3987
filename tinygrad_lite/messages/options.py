"""Users give options as keywords in Python, ``element=(3,)``, or as options of the command, ``--element 3``.

Messages are the same in both places, but a remedy must be something that can be typed where the user is. Flows in: the name
of an option, and a value. Flows out: what to type.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

IN_A_SHELL = ContextVar("IN_A_SHELL", default=False)


@contextlib.contextmanager
def in_a_shell() -> Iterator[None]:
    """In here, options are those of ``python -m tinygrad_lite``."""
    token = IN_A_SHELL.set(True)
    try:
        yield
    finally:
        IN_A_SHELL.reset(token)


def option(name: str, value: Any) -> str:
    """An option with a value, as it is typed.

    >>> option("element", (3, 0)), option("max_nodes", 200)
    ('element=(3, 0)', 'max_nodes=200')
    >>> with in_a_shell():
    ...     option("element", (3, 0)), option("max_nodes", 200), option("fold", True)
    ('--element 3,0', '--max-nodes 200', '--fold')
    """
    if not IN_A_SHELL.get():
        return f"{name}={value!r}"
    words = [f"--{name.replace('_', '-')}"]
    if value is not True:
        words.append(",".join(map(str, value)) if isinstance(value, tuple) else str(value))
    return " ".join(words)


def asked(call: str, name: str, value: Any) -> str:
    """An option inside the call that it belongs to; on the command line, only the option.

    >>> asked("explain(...)", "limit", 400)
    'explain(..., limit=400)'
    """
    return option(name, value) if IN_A_SHELL.get() else f"{call.removesuffix(')')}, {option(name, value)})"
