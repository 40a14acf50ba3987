"""What is wrong with a file: it runs, and is checked, in this process.

Flows in: an `Exercise` and the path of the learner's file. Flows out: a `Finding`; or None if the file is right. All errors
of the file are caught here. What cannot be caught, such as an endless loop, is the subject of alone.py.
"""

from __future__ import annotations

import linecache
import os
import sys
import traceback
import types
from pathlib import Path
from typing import Any

from .catalogue import Exercise
from .errors import error_lines, hints_of
from .finding import Finding

GIGABYTES = 4  # that a learner's file may use


def judged(exercise: Exercise, path: Path) -> Finding | None:
    """Run the file, and check what it defines."""
    checks = [check.prepared() for check in exercise.checks]  # what is right is computed before the file can change anything
    try:
        code = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:  # ValueError: bytes that are not text
        return not_python(error, path)
    try:
        names = defined(code, path)
        return next((found for check in checks if (found := check(names, path, exercise.heading))), None)
    except SystemExit as end:
        return Finding(
            f"{path.name} ends the program, as sys.exit({end.code!r}) does, so it cannot be checked.",
            hints=('What runs only when the file is run by itself goes under `if __name__ == "__main__":`.', ""),
        )
    except MemoryError:
        return Finding(
            f"{path.name} needs more than {GIGABYTES} GB of memory, and was stopped.",
            hints=("Is there a loop that appends to a list, or doubles an array, and never ends?", ""),
        )
    except EOFError as error:
        return Finding(
            f"{path.name} asks for input, and during a check nobody can type:",
            lines=error_lines(error, path),
            hints=("Leave out input(). The check calls your functions with values of its own.", ""),
        )
    except BaseException as error:
        if not from_file(error, path):
            raise  # a mistake of ours
        said = f"{path.name} fails with an error when it runs:"
        return Finding(said, lines=error_lines(error, path), hints=hints_of(error))


def from_file(error: BaseException, path: Path) -> bool:
    """Whether a line of the learner's file led to the error."""
    return any(line.filename == str(path) for line in traceback.extract_tb(error.__traceback__))


def defined(code: types.CodeType, path: Path) -> dict[str, Any]:
    """The names that the file defines. It runs as a module, in its folder."""
    module = types.ModuleType(path.stem)
    module.__file__ = str(path)
    sys.modules[path.stem] = module
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    linecache.checkcache(str(path))
    try:
        exec(code, vars(module))
    finally:
        if sys.modules.get(path.stem) is module:
            del sys.modules[path.stem]
    return vars(module)


def not_python(error: SyntaxError | ValueError, path: Path) -> Finding:
    """A file that Python cannot read."""
    if not isinstance(error, SyntaxError) or error.lineno is None:
        return Finding(f"Python cannot read {path.name}: {error}.")
    if "codec" in str(error):
        hint = "Save it as UTF-8 in your editor, or write it anew."
        return Finding(f"{path.name} is not a text in UTF-8, which Python needs.", hints=(hint, ""))
    line = (error.text or "").rstrip("\n")
    mark = " " * (error.offset - 1) + "^" if error.offset else ""
    lines = os.linesep.join(filter(None, [line, mark])).replace(os.linesep, "\n")
    hint = "The mistake can also be in the line above: is a bracket, a quote or a colon missing there?"
    if isinstance(error, IndentationError):
        hint = (
            "Begin each line inside a function with four spaces, and each line inside a loop there with eight. Use no tabs."
        )
    return Finding(f"Python cannot read line {error.lineno} of {path.name}: {error.msg}.", lines=lines, hints=(hint, ""))
