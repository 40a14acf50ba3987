"""The errors that a learner's file ends with: its lines that led there, and a hint for those that have one cause.

Flows in: an error, and the path of the file. Flows out: texts for a report.
"""

from __future__ import annotations

import builtins
import difflib
import traceback
import types
from pathlib import Path

LINES = 6  # of the file, that led to the error
IMPORTS = {
    "np": "import numpy as np",
    "tg": "import tinygrad_lite as tg",
    "nn": "from tinygrad_lite import nn",
    "math": "import math",
}
NONE = ("", "")


def error_lines(error: BaseException, path: Path) -> str:
    """An error with the lines of the learner's file that led to it."""
    found = traceback.TracebackException.from_exception(error)
    mine = [line for line in found.stack if line.filename == str(path)]
    mine = [line for line, before in zip(mine, [None, *mine]) if before is None or line.lineno != before.lineno]
    found.stack = traceback.StackSummary.from_list(mine[-LINES:])
    found.__cause__, found.__context__ = None, None
    places = "".join(f"line {line.lineno}, in {line.name}\n    {line.line}\n" for line in found.stack)
    return (places + "".join(found.format_exception_only())).rstrip()


def hints_of(error: BaseException) -> tuple[str, str]:
    """The two hints for an error that says nothing about the task, but about the way to write Python; or none."""
    name = getattr(error, "name", None)
    if isinstance(error, ModuleNotFoundError):
        return f"There is no package {name!r}. The exercises need NumPy and tinygrad_lite alone.", ""
    if isinstance(error, RecursionError):
        return "The function calls itself again and again, and nothing ends that. Can it do without this call?", ""
    if isinstance(error, UnboundLocalError):
        return "A variable is used in this line before it has a value. Give it one above, also where no `if` is true.", ""
    if isinstance(error, NameError) and name in IMPORTS:
        return f"Begin the file with `{IMPORTS[name]}`.", ""
    if isinstance(error, NameError):
        return f"Nothing is called `{name}` in this line.{nearest(name, names_at(error))}", ""
    if isinstance(error, AttributeError) and name and isinstance(error.obj, types.ModuleType):
        return f"{error.obj.__name__} has nothing called `{name}`.{nearest(name, dir(error.obj))}", ""
    return NONE


def nearest(name: str | None, names: list[str]) -> str:
    """A question about the name that is most like this one."""
    found = difflib.get_close_matches(str(name), names, 1)
    return f" Did you mean `{found[0]}`?" if found else " Is there a letter too many, or is the line missing that makes it?"


def names_at(error: BaseException) -> list[str]:
    """The names that the line knows in which the error was raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return [] if trace is None else [*trace.tb_frame.f_locals, *trace.tb_frame.f_globals, *vars(builtins)]
