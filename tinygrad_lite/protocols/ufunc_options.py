"""Handles the options that every NumPy ufunc has, ``dtype=``, ``casting=``, ``order=``, ``subok=`` and ``where=``, and those
of the ufuncs that work on the last axes, such as matmul: ``axes=``, ``axis=`` and ``keepdims=``.

Flows in: the arguments and keywords of a call like ``np.add(t, 1, dtype=np.float32)``. Flows out: the same call without the
options: arguments that are converted before, so that the rules need not know about it, and the gradient is converted back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .. import messages
from ..autograd import Handle
from ..operands import operand
from .compositions import array_of, refused

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
    asked = asked[0] if isinstance(asked, tuple) else asked
    if given.get("dtype") is None or not isinstance(asked, np.ndarray) or asked.dtype != given["dtype"]:
        return args, rest
    return tuple(converted(arg, asked.dtype) for arg in args), rest


def sketch(arg: Any) -> Any:
    """An array of no elements and the same dtype, to ask NumPy with: its answer depends on dtypes only."""
    if arg.__class__ in (bool, int, float):
        return arg
    arg = arg if isinstance(arg, Handle) else operand(arg)
    return np.empty((0, 0), arg.dtype) if hasattr(arg, "dtype") else arg


def converted(arg: Any, dtype: np.dtype[Any]) -> Any:
    """An argument in the dtype that is to be computed in. Numbers of Python adapt by themselves."""
    if arg.__class__ in (bool, int, float):
        return arg
    arg = arg if isinstance(arg, Handle) else operand(arg)
    return arg if arg.dtype == dtype else arg.astype(dtype)


def on_axes(ufunc: np.ufunc, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
    """A ufunc of the last axes, such as matmul, on other axes: they are moved to the end, and those of the result back.

    Raises what NumPy raises for axes that do not fit.

    >>> import numpy as np, tinygrad_lite as tg
    >>> np.matmul(tg.Tensor(np.ones((3, 2))), np.ones((3, 4)), axes=[(1, 0), (0, 1), (0, 1)]).shape
    (2, 4)
    """
    if error := refused(ufunc, args, keywords):
        raise messages.refused_call(error, ufunc, args, keywords, ["x1", "x2"])
    axes, axis, keepdims = (keywords.get(key) for key in ("axes", "axis", "keepdims"))
    args = tuple(map(array_of, args))
    if axis is not None:
        axes = [axis] * ufunc.nin
    if axes is not None:
        args = tuple(np.moveaxis(x, places, last(places)) for x, places in zip(args, axes))
    result = ufunc(*args)
    of_result = axes[ufunc.nin] if axes is not None and len(axes) > ufunc.nin else ()
    if keepdims:
        kept = of_result if np.size(of_result) else axis if axis is not None else -1
        return np.expand_dims(result, kept)
    return np.moveaxis(result, last(of_result), of_result) if np.size(of_result) else result


def last(places: Any) -> tuple[int, ...]:
    """The last axes, as many as there are places."""
    return tuple(range(-np.size(places), 0))
