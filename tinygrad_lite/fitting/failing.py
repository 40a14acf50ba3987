"""Ends a training early: at the first number that is not finite, or by Ctrl-C.

Flows in: a step that failed, or a signal. Flows out: what `debug` says about the step; a flag.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..debugging import debug
from ..tensor import Tensor


class Broken(Exception):
    """The loss, or the gradient of a parameter, is not finite."""

    def __init__(self, parameter: Tensor | None, numbers: Any) -> None:
        self.parameter, self.numbers = parameter, numbers


def diagnosis(compute: Callable[[], Any]) -> list[str]:
    """What `debug` says while a step is computed again: of the first number that is not finite, and of the first nan.

    They differ where infinite numbers are meant to be, as in a mask made with -inf. Then the second report is the one that
    counts.
    """
    reports = []
    for nan_only in (False, True):
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                with debug(nan_only):
                    compute()
            except (FloatingPointError, RuntimeError) as error:
                reports.append(str(error))
            except Broken:
                pass
    return list(dict.fromkeys(reports))


class Interrupt:
    """Whether Ctrl-C was pressed."""

    pressed = False


@contextlib.contextmanager
def noticing_ctrl_c() -> Iterator[Interrupt]:
    """In here, Ctrl-C sets a flag, so that a step is never left half done. A second Ctrl-C does not wait for the step."""
    interrupt = Interrupt()

    def pressed(number: int, frame: Any) -> None:
        if interrupt.pressed:
            raise KeyboardInterrupt
        interrupt.pressed = True

    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before is None:
        yield interrupt  # signals arrive in the main thread alone; and a handler of another library stays where it is
        return
    signal.signal(signal.SIGINT, pressed)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, before)
