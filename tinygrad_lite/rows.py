"""Computes several backward passes at once, with their gradients as the rows of one array.

Flows in: gradients of one value, as ``Rows(array)``; the first axis says which backward pass each belongs to. Flows out: an
object that looks like a single gradient to a rule. The rules are NumPy code, so NumPy asks `Rows` what to do (through
``__array_ufunc__`` and ``__array_function__``), and `Rows` computes all rows in one call. A Jacobian with 20 rows then costs
little more than a gradient, because a NumPy call on a small array takes the same time for one row and for 20.

Some things `Rows` computes row by row: a function that is not in `AT_ONCE`, and a rule that fails (`row_by_row`). So each
result is that of single backward passes, except for the rounding of sums.

>>> import numpy as np
>>> g = Rows(np.array([[1.0, 0.0], [0.0, 1.0]]))      # two gradients of a value with two elements
>>> g.shape, (g * np.array([3.0, 4.0])).array.tolist()
((2,), [[3.0, 0.0], [0.0, 4.0]])
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from .containers import mapped, parts_of, values_in
from .memory import plain
from .sums import Sparse, is_plain

AT_ONCE: dict[Callable[..., Any], Callable[..., Any]] = {}  # what computes a function of NumPy's for all rows
MOST = 1 << 16  # numbers in one array: more would leave the cache, and take more memory than it saves time


class RowByRow(TypeError):
    """What cannot be done for all rows at once. Whoever called does it row by row."""


class Rows(np.lib.mixins.NDArrayOperatorsMixin):
    """An array of which each row is a gradient. Its shape, its axes and its indices are those of one row."""

    __slots__ = ("array",)

    def __init__(self, array: Any) -> None:
        self.array = array

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape[1:]

    @property
    def ndim(self) -> int:
        return self.array.ndim - 1

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.array.dtype

    @property
    def T(self) -> Rows:
        return transposed(self)

    def __len__(self) -> int:
        return len(self.array[0])

    def __bool__(self) -> bool:
        raise RowByRow

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise RowByRow

    def __getitem__(self, index: Any) -> Rows:
        return Rows(self.array[in_rows(index)])

    def __setitem__(self, index: Any, value: Any) -> None:
        self.array[in_rows(index)] = value.array if isinstance(value, Rows) else value

    def copy(self) -> Rows:
        return Rows(self.array.copy())

    def astype(self, dtype: Any) -> Rows:
        return Rows(self.array.astype(dtype))

    def sum(self, axis: Any = None) -> Any:
        return total(self, axis)

    def reshape(self, shape: tuple[int, ...]) -> Rows:
        return reshaped(self, shape)

    def __iadd__(self, other: Any) -> Rows:
        """The one change in place: `sums.py` adds what a slice sends back to an array of its own."""
        self.array += other.array if isinstance(other, Rows) else other
        return self

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **keywords: Any) -> Any:
        if method != "__call__" or keywords:
            raise RowByRow
        ndims = [getattr(arg, "ndim", 0) for arg in args]
        if ufunc.signature is not None and (ufunc is not np.matmul or min(ndims) < 2):
            return each(ufunc, args, keywords)
        return Rows(ufunc(*aligned(args, max(ndims))))

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, keywords: Mapping[str, Any]) -> Any:
        if function is np.zeros:  # that is np.zeros(shape, like=g)
            return Rows(np.zeros((len(self.array), *args[0]), *args[1:], **keywords))
        return AT_ONCE[function](*args, **keywords) if function in AT_ONCE else each(function, args, keywords)


def in_rows(index: Any) -> tuple[Any, ...]:
    """An index of one row as an index of the array. Of several index arrays in it, NumPy may put the axes before the rows."""
    parts = parts_of(index)
    if not is_plain(index):
        arrays = [not isinstance(part, (slice, type(None), type(...))) for part in parts]  # a number is one beside others
        if sum(arrays) > 1 and any(isinstance(part, (list, np.ndarray)) for part in parts):
            raise RowByRow
    return (slice(None), *parts)


def aligned(args: Iterable[Any], ndim: int) -> list[Any]:
    """Operands of at most `ndim` axes as arrays that NumPy broadcasts as it would those of one row."""
    arrays = []
    for arg in args:
        if isinstance(arg, Rows):
            new = (1,) * (ndim - arg.ndim)  # axes before those of a row, as NumPy puts them before those of an array
            arrays.append(arg.array.reshape(len(arg.array), *new, *arg.shape) if new else arg.array)
        elif isinstance(arg, (np.ndarray, np.generic, int, float)):
            arrays.append(plain(arg))
        else:
            raise RowByRow
    return arrays


def each(function: Callable[..., Any], args: Any, keywords: Mapping[str, Any]) -> Rows:
    """What a function gives for each row, stacked."""
    count = next(len(arg.array) for arg in values_in([args, keywords]) if isinstance(arg, Rows))

    def row(i: int) -> Any:
        given, options = mapped(lambda arg: arg.array[i] if isinstance(arg, Rows) else arg, [list(args), dict(keywords)])
        return function(*given, **options)

    found = [row(i) for i in range(count)]
    if not all(isinstance(result, (np.ndarray, np.generic)) for result in found):
        raise RowByRow
    return Rows(np.stack(found))


def row_by_row(vjp: Callable[..., Any], known: bool) -> Callable[..., Any]:
    """A vjp that takes `Rows`. It is called for each row if it fails, or if it is not known what it does with a gradient."""

    def on_rows(g: Any, node: Any, parent: Any) -> Any:
        if known:
            try:
                part = vjp(g, node, parent)
                if isinstance(part, (Rows, Sparse)):
                    return part
            except Exception:  # if it fails for a single gradient too, it does so below
                pass
        parts = [vjp(row, node, parent) for row in g.array]
        return Rows(np.stack([part.full() if isinstance(part, Sparse) else part for part in parts]))

    return on_rows


def how_many(shapes: Iterable[tuple[int, ...]]) -> int:
    """How many rows are best computed at once, if the arrays on the way have these shapes; 1 for large arrays."""
    return max(1, MOST // max([1, *map(math.prod, shapes)]))


# --- functions of NumPy's that compute all rows at once ---------------------------------------------------------------------


def axes_of(axis: Any, g: Rows) -> tuple[int, ...]:
    """The axes of one row as axes of the array."""
    axes = range(g.ndim)
    return tuple(1 + axes[i] for i in (axes if axis is None else axis if isinstance(axis, (tuple, list)) else (axis,)))


def total(g: Any, axis: Any = None, keepdims: Any = False) -> Rows:
    return Rows(np.sum(g.array, axis=axes_of(axis, g), keepdims=bool(keepdims)))


def transposed(g: Any, axes: Any = None) -> Rows:
    return Rows(np.transpose(g.array, (0, *(axes_of(None, g)[::-1] if axes is None else axes_of(axes, g)))))


def reshaped(g: Any, shape: Any) -> Rows:
    return Rows(np.reshape(g.array, (len(g.array), *(shape if isinstance(shape, (tuple, list)) else (shape,)))))


def swapped(g: Any, i: int, j: int) -> Rows:
    return Rows(np.swapaxes(g.array, *axes_of((i, j), g)))


def chosen(condition: Any, x: Any, y: Any) -> Rows:
    """np.where is no ufunc, but it is broadcast like one."""
    args = (condition, x, y)
    return Rows(np.where(*aligned(args, max(getattr(arg, "ndim", 0) for arg in args))))


def stretched(g: Any, shape: tuple[int, ...]) -> Rows:
    return Rows(np.broadcast_to(aligned([g], len(shape))[0], (len(g.array), *shape)))


def product(g: Any, other: Any) -> Rows:
    """The sum of all products: for each row a number."""
    return Rows(np.reshape(g.array, (len(g.array), -1)) @ np.ravel(plain(other)))


AT_ONCE.update({
    np.ndim: lambda g: g.ndim,
    np.shape: lambda g: g.shape,
    np.size: lambda g: g.size,
    np.sum: total,
    np.vdot: product,
    np.where: chosen,
    np.transpose: transposed,
    np.swapaxes: swapped,
    np.reshape: reshaped,
    np.broadcast_to: stretched,
    np.zeros_like: lambda g: Rows(np.zeros_like(g.array)),
})  # fmt: skip
