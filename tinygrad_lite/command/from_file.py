"""Runs the user's file, and finds the function in it that a command is about.

Flows in: ``fit.py:loss``. Flows out: the function, and the module that the file became when it ran. An error in the user's
program is shown only with the user's own lines.
"""

from __future__ import annotations

import contextlib
import difflib
import inspect
import os
import sys
import traceback
import types
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ..frames import is_installed, is_users_file
from .examples import examples_folder
from .stopping import Again, Stop


def function_in_file(target: str, typed: Sequence[str]) -> tuple[str, Callable[..., Any], types.ModuleType, Again]:
    """The function at ``FILE.py:FUNCTION`` and its name; the file as a module; and the command, for when it goes wrong."""
    file, _, name = (target, "", "") if target.endswith(".py") else target.rpartition(":")
    if not file:
        raise Stop(f"{target!r} is not FILE.py:FUNCTION, such as fit.py:loss. Say which file the function is in.")
    again = Again(typed, file, target)
    module = load(Path(file))
    return *function_in(module, name, again), module, again


def load(path: Path) -> types.ModuleType:
    """Run a file as a module: its folder is on the path, its `__name__` is not "__main__"."""
    path = shipped(path)
    try:
        text = path.read_bytes()
    except OSError as error:
        raise Stop(f"Cannot read {path}: {error.strerror}.") from None
    path = path.resolve()
    module = types.ModuleType(path.stem)
    module.__file__ = str(path)
    sys.modules.setdefault(path.stem, module)
    sys.path.insert(0, str(path.parent))
    with users_program():
        exec(compile(text, str(path), "exec", dont_inherit=True), vars(module))
    return module


def shipped(path: Path) -> Path:
    """The file; or that of our examples which goes by this path, where the reader has no such folder."""
    ours = len(path.parts) == 2 and path.parts[0] == "examples" and not path.exists()
    return examples_folder() / path.name if ours and (examples_folder() / path.name).exists() else path


@contextlib.contextmanager
def users_program() -> Iterator[None]:
    """What goes wrong in here is shown with the lines of the user's program, and without ours."""
    try:
        yield
    except SystemExit as end:
        raise Stop(
            f"The file ended the program, with sys.exit({end.code!r}), before there was anything to show. If some lines "
            'should run only when you run the file itself, put them under `if __name__ == "__main__":`.',
            1,
        ) from None
    except Stop:
        raise
    except Exception as error:
        found = traceback.TracebackException.from_exception(error)
        inside = keep_users_lines(found)
        raise Stop("".join(found.format() if inside else found.format_exception_only()).rstrip(), 1) from None


def keep_users_lines(found: traceback.TracebackException) -> bool:
    """Drop all lines that are not the user's; and errors that led to this one, if they happened elsewhere."""
    lines = [line for line in found.stack if is_users_file(line.filename)]
    own = [line for line in lines if not is_installed(line.filename)]
    found.stack = traceback.StackSummary.from_list(own or lines)
    for name in ("__cause__", "__context__"):
        before = getattr(found, name)
        if before is not None and not keep_users_lines(before):
            setattr(found, name, None)
    return bool(found.stack)


def function_in(module: types.ModuleType, name: str, again: Again) -> tuple[str, Callable[..., Any]]:
    """The function that is asked for; if none is named, the only one."""
    public = {
        key: value
        for key, value in vars(module).items()
        if inspect.isroutine(value) and value.__module__ == module.__name__ and value.__name__ == key and key[0] != "_"
    }
    file = os.path.basename(str(module.__file__))
    if not name and len(public) == 1:
        return next(iter(public.items()))
    function = vars(module).get(name)
    if callable(function):
        return name, function
    if name in vars(module):
        start = f"{name} in {file} is not a function, but of type {type(function).__name__}."
    else:
        start = f"There is no {name} in {file}." if name else f"You did not say which function of {file} to show."
    if not public:
        raise Stop(f"{start} It has no functions of its own. Write a function for what you want to show: def loss(a, b): ...")
    listed = "".join(f"\n  {key}{signature(value)}" for key, value in public.items())
    [likely] = difflib.get_close_matches(name, public, 1) or [*public][-1:]
    raise Stop(f"{start} It has these functions:\n{listed}\n\nChoose one:\n  {again.command(likely)}")


def signature(function: Callable[..., Any]) -> inspect.Signature:
    """The parameters of a function, without their types, which are not needed here."""
    try:
        found = inspect.signature(function)
    except (TypeError, ValueError):
        raise Stop("Python cannot find the parameters of this function. Write one of your own that calls it.") from None
    plain = [parameter.replace(annotation=parameter.empty) for parameter in found.parameters.values()]
    return found.replace(parameters=plain, return_annotation=found.empty)
