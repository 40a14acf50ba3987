"""Compositions are functions that are written with other functions that have rules, so the chain rule gives their gradient.

Flows in: ``@composition(np.median)`` above a few lines of NumPy, from `rules/`, or a line of a table there,
``composition(np.fliplr)(lambda m: np.flip(m, 1))``. Flows out: an entry of `COMPOSITIONS`, which `tensor.call` finds.
Before it runs, lists are converted to arrays where arrays are meant. Then NumPy's own function is tried with the plain
arrays: if NumPy raises an error, so do we, and no composition has to repeat NumPy's checks. The answer depends only on shapes
and options, so NumPy is asked once for each combination.
"""

from __future__ import annotations

import dis
import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .. import autograd, messages
from ..autograd import Handle
from ..containers import mapped
from ..memory import plain
from ..operands import CARRIERS, FIT, holds_tensor, is_sparse, operand, option

Array = Any  # in the signature of a composition: an array, a Tensor, or what NumPy makes an array of
Arrays = Any  # several of them, in a list or tuple
COMPOSITIONS: dict[Any, Callable[..., Any]] = {}  # functions written with other functions that have rules


def without_tensors(value: Any) -> Any:
    """The same arguments with every Tensor, also inside lists and tuples, replaced by its array."""
    return mapped(lambda item: plain(item._array if isinstance(item, Handle) else item), value)


def indices_of(value: Any) -> Any:
    """Indices or conditions, also in lists and tuples, as plain arrays. Raises for a masked one: it would count."""
    return mapped(lambda item: plain(item._array if isinstance(item, Handle) else option(item)), value)


def composition(*functions: Any, ask: bool = True) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Compute NumPy functions of Tensors with other functions that have rules; the chain rule gives the gradient.

    A parameter annotated `Array` gets an array or a Tensor, also if the caller gave a number or a list; one annotated
    `Arrays` gets several. A lambda has no annotations: there each parameter without a default is an `Array`. NumPy is asked
    first, with the plain arrays, whether it takes the arguments at all: what it refuses is refused here, with the same kind
    of error. ``ask=False`` is for what it must not be asked: functions that call a function of the caller's, or that write
    into an array. A function that this version of NumPy does not have is None here, and left out.
    """

    def register(composed: Callable[..., Any]) -> Callable[..., Any]:
        for function in filter(None, functions):
            COMPOSITIONS[function] = checked(function, composed, ask)
        return composed

    return register


def checked(function: Any, composed: Callable[..., Any], ask: bool) -> Callable[..., Any]:
    """A composition that sees arrays where it wants arrays, and only arguments that NumPy's function would take."""

    @functools.wraps(composed)
    def on_tensors(*args: Any, **keywords: Any) -> Any:
        converters, by_position, rest, takes_any = wanted_by(composed)
        given, named = args, keywords
        if rest is not None:
            given = tuple(map(rest, args))
        elif any(arg.__class__ not in READY for arg in args):
            given = tuple((change or option)(arg) for change, arg in zip(by_position, args))
        if keywords:
            named = {key: (converters.get(key) or option)(arg) for key, arg in keywords.items()}
        if ask and (error := refused(function, given, named)):
            own_words(composed, given, named)
            raise messages.refused_call(error, function, given, named, converters) from error
        if named and not takes_any and (unknown := named.keys() - converters.keys()):
            raise messages.unknown_keyword(function, keyword := min(unknown), named[keyword])
        return composed(*given, **named)

    return on_tensors


@functools.cache  # found out at the first call: for all compositions at once it would take a third of the import
def wanted_by(composed: Callable[..., Any]) -> tuple[dict[str, Any], list[Any], Any, bool]:
    """What makes arrays of its arguments, by name and by position, and of any number of them; and if it takes any keyword."""
    converters, rest, takes_any = dict[str, Any](), None, False
    for parameter in inspect.signature(composed).parameters.values():
        is_array = composed.__name__ == "<lambda>" and parameter.default is parameter.empty
        converters[parameter.name] = array_of if is_array else CONVERTERS.get(parameter.annotation)
        rest = converters[parameter.name] if parameter.kind is parameter.VAR_POSITIONAL else rest
        takes_any = takes_any or parameter.kind is parameter.VAR_KEYWORD
    return converters, [*converters.values(), *[None] * 64], rest, takes_any


def array_of(value: Any) -> Any:
    """A number or a list as an array; Tensors in it are stacked, and stay connected. Of all else operands.py decides."""
    if isinstance(value, (list, tuple)):
        return np.stack([array_of(v) for v in value]) if holds_tensor(value) else np.asarray(value)
    if isinstance(value, (bool, int, float, complex)):
        return np.asarray(value)
    ready = value.__class__ in READY or value.__class__ in CARRIERS or isinstance(value, (Handle, str))
    return value if ready or is_sparse(value) else operand(value)  # np.dot takes sparse matrices


def arrays_of(values: Any) -> Any:
    """Several arrays: each item of a list as an array."""
    return [array_of(v) for v in values] if isinstance(values, (list, tuple)) else values


READY: set[type] = FIT - {int, float, bool}  # what no converter changes; tensor.py adds the Tensor
CONVERTERS = {"Array": array_of, "Arrays": arrays_of}
REFUSALS = TypeError, ValueError, ArithmeticError, LookupError
ACCEPTED: set[Any] = set()  # the calls that NumPy has taken, by function, shapes and options: it is asked once for each


def refused(function: Any, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Exception | None:
    """The error that NumPy's own function raises for the plain arrays, if it does."""
    try:
        key = (function, *map(outline, args), outline(keywords) if keywords else None)
    except Unknown:  # an array of another library, or an object: whoever computes with it will tell
        return None
    if key in ACCEPTED:
        return None
    run = getattr(*function) if isinstance(function, tuple) else function
    try:
        with np.errstate(all="ignore"):
            run(*without_tensors(args), **without_tensors(keywords))
    except REFUSALS as error:
        return error
    if len(ACCEPTED) > 4096:
        ACCEPTED.clear()
    ACCEPTED.add(key)
    return None


def own_words(composed: Callable[..., Any], args: Any, keywords: Any) -> None:
    """Raise what the composition itself has to say about a call that NumPy refuses, if anything."""
    try:
        with np.errstate(all="ignore"):
            composed(*args, **keywords)
    except (TypeError, ValueError) as error:
        if is_ours(error):
            raise
    except REFUSALS:
        pass


def is_ours(error: Exception) -> bool:
    """Whether an error comes from a `raise` in this package, and not from what Python or NumPy found there."""
    at: Any = error.__traceback__
    while at.tb_next is not None:
        at = at.tb_next
    frame = at.tb_frame
    raised = dis.opname[frame.f_code.co_code[at.tb_lasti]] == "RAISE_VARARGS"
    return raised and error.__cause__ is None and frame.f_globals.get("__name__", "").startswith(__name__.partition(".")[0])


class Unknown(Exception):
    """NumPy cannot be asked about this argument."""


def outline(value: Any) -> Any:
    """What NumPy's verdict on an argument depends on: its shape and dtype, and the values of options and indices."""
    kind = value.__class__
    if kind is int or kind is str or value is None:
        return value
    if isinstance(value, autograd.Tensor):  # not a Spectrum, which is another Handle
        value = value._array
    if isinstance(value, (np.ndarray, np.generic)):
        if value.dtype.kind == "O":  # of Tensors, for one
            raise Unknown
        if value.dtype.kind in "biu" and value.size <= 64:
            return value.shape, value.dtype, plain(value).tobytes()
        return value.shape, value.dtype
    if isinstance(value, (list, tuple)):
        return (type(value), *map(outline, value))
    if isinstance(value, Mapping):
        return tuple((key, outline(item)) for key, item in value.items())
    if isinstance(value, float):
        return float
    if value is None or isinstance(value, (bool, int, str, type, np.dtype)) or value is np._NoValue or value is Ellipsis:
        return type(value), value
    raise Unknown
