"""Derivatives of the functions that make arrays from a few numbers, or call a function for each part of an array.

A grid between two numbers depends on both: each point depends more on the nearer one. All are written with functions that
have rules.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import messages
from ..operands import in_floats
from ..protocols.calling import on_arrays
from ..protocols.compositions import Array, array_of, composition, indices_of, without_tensors
from ..protocols.primitives import put
from .shapes import cast, several

# --- numbers between two ends -----------------------------------------------------------------------------------------


@composition(np.linspace)
def linspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None, axis: int = 0,
    *, device: Any = None,
) -> Any:  # fmt: skip
    """The numbers start + i · step; with the end point, that is `stop` itself."""
    dtype = np.dtype(dtype) if dtype is not None else dtype_of(np.linspace, start, stop, 1)
    steps = num - 1 if endpoint else num
    start, stop = (in_floats(array_of(end) if isinstance(end, (list, tuple)) else end) for end in (start, stop))
    delta = np.subtract(stop, start)
    counted = np.reshape(np.arange(num, dtype=delta.dtype), (-1,) + (1,) * np.ndim(delta))
    step = delta / steps if steps > 0 else delta * np.nan
    points = counted * (step if steps > 0 else delta) + start
    if endpoint and num > 1:
        points = np.concatenate([points[:-1], np.broadcast_to(stop, points.shape[1:])[None]])
    points = np.moveaxis(points, 0, axis) if axis != 0 else points
    points = cast(np.floor(points) if dtype.kind in "iu" else points, dtype)
    return (points, step) if retstep else points


@composition(np.logspace)
def logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, dtype: Any = None, axis: int = 0
) -> Any:
    """`base` to the power of evenly spaced numbers."""
    if np.ndim(base):
        ndim = max(map(np.ndim, (start, stop, base)))
        start, stop, base = (np.reshape(a, (1,) * (ndim - np.ndim(a)) + np.shape(a)) for a in (start, stop, base))
        base = np.expand_dims(base, axis)
    powers = np.power(base, np.linspace(start, stop, num, endpoint, axis=axis))
    return powers if dtype is None else cast(powers, dtype)


@composition(np.geomspace)
def geomspace(start: Array, stop: Array, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0) -> Any:
    """Powers of ten, evenly spaced between the logarithms of the ends; the ends are `start` and `stop` themselves."""
    dtype = np.dtype(dtype) if dtype is not None else dtype_of(np.geomspace, start, stop, 1)
    start, stop = in_floats(start), in_floats(stop)
    sign = on_arrays(np.sign, start)
    start, stop = start / sign, stop / sign
    points = np.logspace(np.log10(start), np.log10(stop), num, endpoint)
    first = [np.broadcast_to(start, points.shape[1:])[None]] if num > 0 else []
    last = [np.broadcast_to(stop, points.shape[1:])[None]] if num > 1 and endpoint else []
    points = np.concatenate([*first, points[len(first) : num - len(last)], *last]) * sign
    return cast(np.moveaxis(points, 0, axis) if axis != 0 else points, dtype)


def dtype_of(function: Callable[..., Any], *args: Any) -> np.dtype[Any]:
    """The dtype that NumPy's function would give for the plain arrays."""
    dtype: np.dtype[Any] = function(*without_tensors(args)).dtype
    return dtype


@composition(np.meshgrid)
def meshgrid(*xi: Array, copy: bool = True, sparse: bool = False, indexing: Any = "xy") -> Any:
    """Each array along an axis of its own; "xy" has the first two the other way round."""
    order = list(range(len(xi)))
    if indexing == "xy" and len(xi) > 1:
        order[:2] = 1, 0
    grids = [np.reshape(x, [-1 if i == axis else 1 for i in range(len(xi))]) for axis, x in zip(order, xi)]
    stretched = grids if sparse else np.broadcast_arrays(*grids)
    return several([np.copy(grid) if copy else grid for grid in stretched])


# --- functions that call a function of the caller's -------------------------------------------------------------------


@composition(np.piecewise, ask=False)
def piecewise(x: Array, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """Each function computes its own elements, which are then put in their places."""
    conditions = conditions_of(indices_of(condlist), np.ndim(x))
    if len(funclist) == len(conditions) + 1:
        conditions = np.concatenate([conditions, ~np.any(conditions, axis=0, keepdims=True)])
    if len(funclist) != len(conditions):
        raise messages.other_functions(conditions, funclist)
    result = np.zeros(x.shape, x.dtype)
    for condition, function in zip(conditions, funclist):
        if not callable(function):
            result = put(result, function, condition)
        elif condition.any():
            result = put(result, function(x[condition], *args, **kw), condition)
    return result


def conditions_of(condlist: Any, ndim: int) -> np.ndarray:
    """The conditions as rows of truth values; one that stands alone is a list of one."""
    alone = np.ndim(condlist) == 0 or (ndim != 0 and not isinstance(condlist[0], (list, np.ndarray)))
    return np.asarray([condlist] if alone else condlist, dtype=bool)


@composition(np.apply_along_axis, ask=False)
def apply_along_axis(func1d: Callable[..., Any], axis: Any, arr: Array, *args: Any, **kwargs: Any) -> Any:
    """The results for each row in turn, stacked; their axes take the place of the one that they came from."""
    rows = np.moveaxis(arr, axis, -1)
    outer, position = rows.shape[:-1], axis % arr.ndim
    if 0 in outer:
        raise messages.nothing_to_apply_to(arr.shape)
    results = [func1d(rows[index], *args, **kwargs) for index in np.ndindex(*outer)]
    stacked = np.reshape(np.stack(results), (*outer, *np.shape(results[0])))
    new = range(len(outer), stacked.ndim)
    return np.moveaxis(stacked, tuple(new), tuple(range(position, position + len(new))))


@composition(np.apply_over_axes, ask=False)
def apply_over_axes(func: Callable[..., Any], a: Array, axes: Any) -> Any:
    """Over one axis after the other; an axis that a call removes comes back with length 1."""
    for axis in np.atleast_1d(axes).tolist():
        axis = axis + a.ndim if axis < 0 else axis
        result = func(a, axis)
        result = result if result.ndim == a.ndim else np.expand_dims(result, axis)
        if result.ndim != a.ndim:
            raise messages.removes_axes(func, result.shape, a.shape)
        a = result
    return a
