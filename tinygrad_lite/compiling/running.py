"""Which of the user's functions run while a function is traced.

Flows in: a call that is about to be made. Flows out: the code of each function of the user's that ran in it, and the module
that its variables are looked up in. Only these can have used something outside of the arguments.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import sys
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, FrameType, FunctionType
from typing import Any

from ..frames import is_installed, is_users, is_users_file


class Ran(dict[int, tuple[CodeType, dict[str, Any]]]):
    """The code that ran, by its id, each with the variables of its module."""

    def names(self) -> set[str]:
        """The names of variables and attributes in the code, and its texts, as in ``getattr(model, "w")``."""
        return {"forward"}.union(*(names_in(code) for code, _ in self.values()))

    def modules(self) -> list[tuple[dict[str, Any], set[str]]]:
        """The variables of each module, and which names its code has."""
        found: dict[int, tuple[dict[str, Any], set[str]]] = {}
        for code, module in self.values():
            found.setdefault(id(module), (module, set()))[1].update(code.co_names)
        return list(found.values())

    def others(self, known: Iterable[Any]) -> list[FunctionType]:
        """The functions of code that ran, other than those that are known, and those that are made inside of others."""
        inner = {id(part) for code, _ in self.values() for part in code.co_consts}
        found = {id(f.__code__) for f in known if isinstance(f, FunctionType)}
        codes = [code for i, (code, _) in self.items() if i not in found | inner]
        return [f for f in gc.get_referrers(*codes) if isinstance(f, FunctionType)] if codes else []


@contextlib.contextmanager
def noted(ran: Ran) -> Iterator[None]:
    """Note the code that runs. A profiler that is at work already gets its events as before."""
    other = sys.getprofile()
    switch: Callable[[Any], None] = sys.setprofile
    if not (other is None or callable(other)):  # C's own profiler cannot be switched on again from here, so it stays
        switch, other = sys.settrace, sys.gettrace()

    def note(frame: FrameType, event: Any, argument: Any) -> Any:
        if event == "call" and id(frame.f_code) not in ran and is_own(frame):
            ran[id(frame.f_code)] = frame.f_code, frame.f_globals
        return None if other is None else other(frame, event, argument)

    switch(note)
    try:
        yield
    finally:
        switch(other)


def is_own(frame: FrameType) -> bool:
    """Whether a frame is the user's own. Python writes code of its own for some classes, which has no file."""
    return is_users_own(frame.f_code.co_filename) and is_users(frame) and is_users_own(frame.f_globals.get("__file__"))


def names_in(code: CodeType) -> set[str]:
    """The names in a function, and the texts that could be names."""
    constants = [*code.co_consts, *(item for part in code.co_consts if isinstance(part, tuple) for item in part)]
    return {*code.co_names, *(text for text in constants if isinstance(text, str) and text.isidentifier())}


@functools.cache
def is_users_own(file: str | None) -> bool:
    """Whether a file is the user's, and not that of a library. What has no file is typed in, or in a notebook."""
    return file is None or (is_users_file(file) and not is_installed(file))
