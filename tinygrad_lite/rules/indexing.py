"""Derivatives of the functions that take elements out of an array, or put them in.

The gradient of taking elements out is an array with the gradients put back in their places. An element that was taken twice
gets the sum of both: gather and scatter-add are each other's derivative.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .. import messages
from ..autograd import unbroadcast
from ..containers import parts_of
from ..protocols.calling import PLAIN, on_arrays
from ..protocols.compositions import Array, Arrays, composition, without_tensors
from ..protocols.primitives import put
from ..protocols.writing import on_its_own
from ..registry import derivative, primitive
from ..rows import Rows
from ..sums import Sparse, is_plain
from ..tensor import Tensor
from .elementwise import only

# --- the table --------------------------------------------------------------------------------------------------------


@primitive
def scatter(value: Any, index: Any, shape: Any) -> Any:
    """Zeros of `shape` with `value` added at `index`."""
    if isinstance(value, (np.ndarray, np.generic)):
        return Sparse(value, index, shape).full()
    places = tuple(i for i in parts_of(index) if i is not None)
    if any(isinstance(i, (list, np.ndarray)) and len(np.unique(i)) < np.size(i) for i in places):
        raise messages.repeated_index(type(value))
    zeros = np.zeros(shape, value.dtype, like=value)
    zeros[places] = np.reshape(value, zeros[places].shape)
    return zeros


@primitive
def clip(x: Any, low: Any, high: Any) -> Any:
    """`x`, but no less than `low` and no more than `high`. On its bounds the gradient still passes."""
    return np.clip(x, low, high)


# fmt: off
derivative(operator.getitem, x=lambda g, index, shape: send_back(g, index, shape),          signature="x, index, /")
derivative(scatter,          value=lambda g, index: g[index],                               ignore=["shape"])
derivative(put,              x=lambda g, index: put(g, 0.0, index),
                             value=lambda g, index, shape: what_was_put(g, index, shape))
derivative(clip,             x=lambda g, x, low, high: only(g, (x >= low) & (x <= high)),
                             low=lambda g, x, low, high: only(g, (x < low) & (low <= high)),
                             high=lambda g, x, low, high: only(g, np.maximum(x, low) > high), broadcasts=True)
# fmt: on


def send_back(g: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """The gradient of ``x[index]``: zero but at `index`. NumPy's is kept small; any other has to be a full array."""
    is_small = isinstance(g, (np.ndarray, np.generic)) or (isinstance(g, Rows) and is_plain(index))
    return Sparse(g, index, shape) if is_small else scatter(g, index, shape)


def what_was_put(g: Any, index: Any, shape: tuple[int, ...]) -> Any:
    """The value gets the gradient of the places it went to.

    Where an index names a place twice, the last value stays there, and the earlier one gets nothing. NumPy lets a value
    have more axes than the places, of length 1: they come back.
    """
    part = g[index]
    if any(isinstance(i, (list, np.ndarray)) for i in parts_of(index)):
        turn, last = np.arange(part.size).reshape(part.shape), np.zeros(g.shape, int)
        last[index] = turn
        part = np.where(last[index] == turn, part, 0)
    return np.reshape(unbroadcast(part, shape[max(len(shape) - part.ndim, 0) :]), shape)


# --- written with other functions -------------------------------------------------------------------------------------


@composition(np.clip)
def numpy_clip(
    a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, *, min: Any = None, max: Any = None, dtype: Any = None
) -> Any:
    low, high = min if a_min is None else a_min, max if a_max is None else a_max
    clipped = clip(a, -np.inf if low is None else low, np.inf if high is None else high)
    return clipped if dtype is None else clipped.astype(dtype)


clip_ufunc = (getattr(vars(np).get("_core"), "umath", None) or vars(np)["core"].umath).clip


@composition(clip_ufunc)
def clip_method(a: Any, low: Any, high: Any, dtype: Any = None) -> Any:
    """The ufunc that ``array.clip(0, t)`` calls, the method of a plain array."""
    return np.clip(a, low, high, dtype=dtype)


@composition(np.take)
def take(a: Array, indices: Any, axis: Any = None, out: Any = None, mode: Any = "raise") -> Any:
    if axis is None or not a.ndim:
        a, axis = np.ravel(a), 0
    axis, indices = axis % a.ndim, whole_numbers(indices)
    if mode in ("wrap", 1):
        indices = indices % a.shape[axis]
    elif mode in ("clip", 0):
        indices = np.clip(indices, 0, a.shape[axis] - 1)
    picked = a[(slice(None),) * axis + (indices[()],)]
    return on_its_own(picked, by_rows=lambda: np.take(without_tensors(a), indices, axis=axis))


def whole_numbers(indices: Any) -> Any:
    """Indices as an array of whole numbers; an empty list is none by itself."""
    indices = indices.data if isinstance(indices, Tensor) else indices
    return indices if isinstance(indices, np.ndarray) and indices.dtype.kind in "iu" else np.asarray(indices, dtype=np.intp)


@composition(np.take_along_axis)
def take_along_axis(arr: Array, indices: Any, axis: Any = -1) -> Any:
    if axis is None:
        arr, axis = np.ravel(arr), 0
    return arr[at_places(np.asarray(without_tensors(indices)), arr.shape, axis)]


def at_places(places: Any, shape: tuple[int, ...], axis: int) -> tuple[Any, ...]:
    """The index of `places` along an axis of an array, each in its own row."""
    grid = [np.arange(n).reshape([-1 if i == j else 1 for j in range(len(shape))]) for i, n in enumerate(shape)]
    grid[axis] = places
    return tuple(grid)


composition(np.compress)(
    lambda condition, a, axis=None, out=None: np.take(a, on_arrays(np.flatnonzero, condition), axis=axis)
)
composition(np.extract)(lambda condition, arr: np.take(arr, on_arrays(np.flatnonzero, condition)))


@composition(np.select)
def select(condlist: Any, choicelist: Arrays, default: Any = 0) -> Any:
    result = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist)):
        result = np.where(condition, choice, result)
    return result


@composition(np.choose)
def choose(a: Any, choices: Arrays, out: Any = None, mode: Any = "raise") -> Any:
    """NumPy says which choice each element takes, in the given `mode`; the choices are laid over each other."""
    which = on_arrays(np.choose, a, range(len(choices)), mode=mode)
    result = choices[0]
    for i in range(1, len(choices)):
        result = np.where(which == i, choices[i], result)
    return np.broadcast_to(result, np.broadcast_shapes(which.shape, np.shape(result)))


@composition(np.sort)
def sort(a: Array, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    if axis is None:
        a, axis = np.ravel(a), -1
    return np.take_along_axis(a, on_arrays(np.argsort, a, axis=axis, kind="stable" if stable else kind), axis=axis)


@composition(np.partition)
def partition(a: Array, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None) -> Any:
    if axis is None:
        a, axis = np.ravel(a), -1
    return np.take_along_axis(a, on_arrays(np.argpartition, a, kth, axis=axis, kind=kind), axis=axis)


# --- no derivative: these give indices --------------------------------------------------------------------------------

PLAIN.update((
    np.argsort, np.argpartition, np.lexsort, np.argwhere, np.nonzero, np.flatnonzero,
    np.searchsorted, np.digitize, np.isin, np.diag_indices_from, np.tril_indices_from, np.triu_indices_from,
))  # fmt: skip
if "in1d" in vars(np):  # the old name of isin
    PLAIN.add(vars(np)["in1d"])
