"""The options that every ufunc of NumPy has: ``dtype=``, ``casting=``, ``order=``, ``subok=`` and ``where=``.

Flows in: the arguments and keywords of a call like ``np.add(t, 1, dtype=np.float32)``. Flows out: the same call without the
options: arguments that are converted before, so that the rules need not know about it, and the gradient is converted back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from . import messages
from .autograd import Handle
from .operands import operand

OPTIONS = {"dtype", "casting", "order", "subok", "where"}


def without_options(ufunc: np.ufunc, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> tuple[tuple[Any, ...], Any]:
    """The arguments and keywords of a call that computes the same and has none of these options.

    Raises what NumPy raises for a dtype that the ufunc does not have, and TypeError for a `where` that leaves elements out.
    """
    given = {key: value for key, value in keywords.items() if key in OPTIONS}
    rest = {key: value for key, value in keywords.items() if key not in OPTIONS}
    if given.pop("where", True) is not True:
        raise messages.where_of_ufunc(ufunc)
    asked = ufunc(*map(sketch, args), **given)  # raises what NumPy raises
    if given.get("dtype") is None or not isinstance(asked, np.ndarray) or asked.dtype != given["dtype"]:
        return args, rest
    return tuple(converted(arg, asked.dtype) for arg in args), rest


def sketch(arg: Any) -> Any:
    """An array of no elements and the same dtype, to ask NumPy with: its answer depends on dtypes only."""
    if arg.__class__ in (bool, int, float):
        return arg
    arg = arg if isinstance(arg, Handle) else operand(arg)
    return np.empty(0, arg.dtype) if hasattr(arg, "dtype") else arg


def converted(arg: Any, dtype: np.dtype[Any]) -> Any:
    """An argument in the dtype that is to be computed in. Numbers of Python adapt by themselves."""
    if arg.__class__ in (bool, int, float):
        return arg
    arg = arg if isinstance(arg, Handle) else operand(arg)
    return arg if arg.dtype == dtype else arg.astype(dtype)
