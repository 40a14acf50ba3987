"""`call` decides what happens when a NumPy function is called with a Tensor.

Flows in: a function, or a method of a ufunc as ``(np.add, "reduce")``, and its arguments. Flows out: a Tensor, if the
function has a rule or is written with functions that have one; a plain array, if it returns indices or truth values; or an
error that says what to write instead. Importing rules/ fills the tables below.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from types import CodeType, FrameType
from typing import Any

from .. import messages
from ..autograd import RULES, new_tensor, record
from ..recording import mode
from ..watching import watcher
from . import leaving
from .compositions import COMPOSITIONS, without_tensors

PLAIN: set[Any] = set()  # functions that give indices or truth values: plain arrays in, plain arrays out
CONSTANT: set[Any] = set()  # functions that give numbers which depend on no value: constant Tensors
REFUSED: dict[Any, str] = {}  # functions that no gradient can flow through: why, and what to write instead
CHAPTERS: dict[str, str] = {}  # an optional package, and the module with the rules for its functions
GIVEN_AS: dict[CodeType, Callable[..., Any]] = {}  # functions of NumPy that take arrays only, and what to give them
CALLERS: dict[CodeType, Callable[..., None]] = {}  # functions of NumPy that take a Tensor for a number: what to check there


def call(function: Any, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
    """Apply any NumPy function to arguments among which there is a Tensor."""
    if keywords and keywords.get("out") is not None:
        raise messages.writes_in_place(function)
    if rule := RULES.get(function):
        return record(rule, args, keywords)
    if composed := COMPOSITIONS.get(function):
        return composed(*args, **keywords)
    if function in PLAIN:
        if (looks_on := mode().watcher) is not None:
            looks_on.left((*args, *keywords.values()), messages.name_of(function))
        return on_arrays(function, *args, **keywords)
    if function in CONSTANT:
        out = on_arrays(function, *args, **keywords)
        return out if out.dtype.kind in "biu" else new_tensor(out)
    import_chapters()
    if has_derivative(function):
        return call(function, args, keywords)
    if leaving.may_run_on_arrays(function, (*args, *keywords.values())):
        return on_arrays(function, *args, **keywords)
    raise messages.refused(function, REFUSED[function]) if function in REFUSED else messages.no_rule(function)


def import_chapters() -> None:
    """The rules for the packages that are there; imported only when needed: most programs need no other than NumPy."""
    for package, chapter in CHAPTERS.items():
        if package in sys.modules:
            importlib.import_module(chapter)


def check_caller(args: tuple[Any, ...], frame: FrameType) -> None:
    """If this frame is of a function of np.polynomial, which takes a Tensor for a number: check what it computes with."""
    if "numpy.polynomial" in sys.modules:
        import_chapters()
        if check := CALLERS.get(frame.f_code):
            check(*args, frame)


def has_derivative(function: Any) -> bool:
    """Whether a function has a rule, or is written with functions that have one."""
    return function in RULES or function in COMPOSITIONS


def on_arrays(function: Any, *args: Any, **keywords: Any) -> Any:
    """The result of a function that has no derivative, for the arrays of the Tensors; trace(), if it looks on, is told."""
    run = getattr(*function) if isinstance(function, tuple) else function  # np.logical_and.reduce is one of these
    return watcher().computed(function, args, keywords, run(*without_tensors(args), **without_tensors(keywords)))
