"""The `Mode` says whether calls are recorded, and who is told about them. Each thread and each asyncio task has its own.

Flows in: ``with no_grad():``, ``with debug():``, `trace`, and the transforms. Flows out: `mode()`, which `record` asks at
every call. To understand backpropagation, you need only `no_grad` from this file.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, NamedTuple

from . import messages


class Mode(NamedTuple):
    """What happens to the calls of functions on Tensors."""

    recording: bool = True
    watcher: Any = None  # a Watcher, of watching.py: debug() or trace()


NORMAL = Mode()
MODE: ContextVar[Mode] = ContextVar("mode", default=NORMAL)
BEFORE: ContextVar[Any] = ContextVar("before", default=None)  # what to go back to: (block, mode, BEFORE)
mode = MODE.get


def recording() -> bool:
    """Whether calls are recorded now."""
    return mode().recording


class in_mode:
    """Inside ``with in_mode(Mode(...)):`` this is what `mode` gives.

    A context variable has a value of its own in each thread and each asyncio task. The smallest program that needs this: one
    task awaits something inside `no_grad`, and another task trains meanwhile. Its calls must still be recorded. The mode to
    go back to is in a context variable, too, so that one object can be used in several blocks and tasks. Leaving a block goes
    back to the mode before it, also if a generator stopped inside a block of its own meanwhile, and so has not left that.
    """

    __slots__ = ("to",)

    def __init__(self, to: Mode) -> None:
        self.to = to

    def __enter__(self) -> None:
        BEFORE.set((self, mode(), BEFORE.get()))
        MODE.set(self.to)

    def __exit__(self, *exception: object) -> None:
        entry = BEFORE.get()
        while entry and entry[0] is not self:
            entry = entry[2]
        if entry:  # if not, a block around this one has been left already
            MODE.set(entry[1])
            BEFORE.set(entry[2])


def switched_on() -> Mode:
    """The mode now, with recording on: for what must be recorded also inside `no_grad`, such as second derivatives."""
    return Mode(True, mode().watcher)


class NotCalled(type):
    """The class of the class `no_grad`. ``with no_grad:``, without parentheses, calls its methods, which raise a message."""

    def __enter__(cls) -> None:
        raise messages.no_parentheses()

    __exit__ = __enter__


class no_grad(in_mode, metaclass=NotCalled):
    """Inside ``with no_grad():`` nothing is recorded. Also a decorator: ``@no_grad()``.

    It affects only the thread and the asyncio task that it is in, and the tasks that are started inside it. Do not use
    `yield` in it: Python does not tell the block that a generator has stopped, so recording stays off for the caller until
    the generator continues, or the caller leaves a `no_grad` block of its own.

    >>> import tinygrad_lite as tg
    >>> w = tg.Tensor([1.0, 2.0])
    >>> with tg.no_grad():
    ...     w -= 0.1        # outside no_grad this would be an error: w is a leaf
    >>> w
    Tensor([0.9, 1.9])
    """

    __slots__ = ()

    def __init__(self, *function: Any) -> None:
        if function:  # @no_grad
            raise messages.no_parentheses()

    def __enter__(self) -> None:
        self.to = Mode(False, mode().watcher)
        super().__enter__()

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function) or isinstance(function, type):
            raise messages.no_grad_of_generator(function)

        @functools.wraps(function)
        async def unrecorded_coroutine(*args: Any, **keywords: Any) -> Any:
            with no_grad():
                return await function(*args, **keywords)

        @functools.wraps(function)
        def unrecorded(*args: Any, **keywords: Any) -> Any:
            with no_grad():
                return function(*args, **keywords)

        return unrecorded_coroutine if inspect.iscoroutinefunction(function) else unrecorded
