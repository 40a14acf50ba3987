"""Derivatives of the functions that reduce step by step, or piece by piece: running sums, products and extremes.

Flows in: a row of numbers. Flows out: the reduction of its first element, of its first two, and so on; or of each piece of
the row. An element is used by every result from its own place on, so its gradient is a running sum from the end.
`accumulate`, `reduce` and `reduceat` of NumPy's ufuncs are here too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..autograd import RULES
from ..protocols.compositions import COMPOSITIONS, composition, without_tensors
from ..registry import derivative, primitive
from .indexing import scatter
from .reductions import hand_back, in_reals, is_step, rows_of
from .shapes import cast

# --- functions that NumPy has as methods of ufuncs --------------------------------------------------------------------


@primitive
def running_max(a: Any, axis: int = 0) -> Any:
    """The largest element so far, along `axis`: np.maximum.accumulate as a function."""
    return np.maximum.accumulate(a, axis=axis)


@primitive
def running_min(a: Any, axis: int = 0) -> Any:
    """The smallest element so far, along `axis`: np.minimum.accumulate as a function."""
    return np.minimum.accumulate(a, axis=axis)


@primitive
def sum_pieces(a: Any, indices: Any, axis: int = 0, dtype: Any = None) -> Any:
    """The sum of each piece of `a`: np.add.reduceat as a function."""
    return in_reals(np.add.reduceat)(a, indices=indices, axis=axis, dtype=dtype)


# --- the table --------------------------------------------------------------------------------------------------------

# fmt: off
derivative(np.cumsum,     a=lambda g, shape, axis: cumsum_rule(g, shape, axis),
           run=in_reals(np.cumsum), ignore=["dtype"])
derivative(np.nancumsum,  a=lambda g, a, axis: np.where(np.isnan(a), 0, cumsum_rule(g, a.shape, axis)),
           run=in_reals(np.nancumsum), ignore=["dtype"])
derivative(np.cumprod,    a=lambda g, a, axis: cumprod_rule(g, a, axis),
           run=in_reals(np.cumprod), ignore=["dtype"])
derivative(np.nancumprod, a=lambda g, a, axis: np.where(np.isnan(a), 0, cumprod_rule(g, np.where(np.isnan(a), 1, a), axis)),
           run=in_reals(np.nancumprod), ignore=["dtype"])
derivative(running_max,   a=lambda g, a, out, axis: running_extreme_rule(g, a, out, axis))
derivative(running_min,   a=lambda g, a, out, axis: running_extreme_rule(g, a, out, axis))
derivative(sum_pieces,    a=lambda g, shape, indices, axis: pieces_rule(g, shape, indices, axis), ignore=["dtype"])
# fmt: on

# --- what the table is written with -----------------------------------------------------------------------------------


def cumsum_rule(g: Any, shape: tuple[int, ...], axis: Any) -> Any:
    """Element i is in every running sum from i on, so its gradient is the sum of theirs: a running sum from the end."""
    if is_step(g):
        return hand_back(g, shape, None, False)
    axis = 0 if axis is None else axis
    return np.reshape(np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis), shape)


def cumprod_rule(g: Any, a: Any, axis: Any) -> Any:
    """Running products pⱼ = a₀ ⋯ aⱼ. Element i is in every pⱼ from i on, each time times the others.

    Σⱼ gⱼ pⱼ / aᵢ would do if no element were 0. Without division: with Pᵢ = a₀ ⋯ aᵢ₋₁ and Sᵢ = gᵢ + aᵢ₊₁ Sᵢ₊₁, computed
    from the end, the gradient is Pᵢ Sᵢ.
    """
    shape, axis = a.shape, 0 if axis is None else axis
    if is_step(g):
        return hand_back(g, shape, None, False)
    a, g = np.moveaxis(np.reshape(a, g.shape), axis, -1), np.moveaxis(g, axis, -1)
    n = a.shape[-1]
    before = np.concatenate([np.ones_like(a[..., :1]), np.cumprod(a[..., :-1], axis=-1)], axis=-1)
    sums = [g[..., n - 1 :]] if n else []
    for i in range(n - 2, -1, -1):
        sums.append(g[..., i : i + 1] + a[..., i + 1 : i + 2] * sums[-1])
    result = before * np.concatenate(sums[::-1], axis=-1) if n else g
    return np.reshape(np.moveaxis(result, -1, axis), shape)


def running_extreme_rule(g: Any, a: Any, out: Any, axis: int) -> Any:
    """Each result hands its gradient to the elements so far that are equal to it, which share it equally.

    The results stay the same up to the next record. So an element that is equal to its result gets the sum of the shares
    from there to the end of that stretch. It is summed in log₂ n steps, over twice as many results in each (Hillis and
    Steele, Data parallel algorithms, 1986). Where a result is nan, no element is equal to it: the gradient is 0.
    """
    a, g, out = (np.moveaxis(x, axis, -1) for x in (a, g, out))
    n, is_it = a.shape[-1], a == out
    new = np.concatenate([np.ones_like(is_it[..., :1]), out[..., 1:] != out[..., :-1]], axis=-1)
    before = np.cumsum(is_it, axis=-1)  # equal elements so far, those of earlier stretches too
    start = np.maximum.accumulate(np.where(new, before - is_it, 0), axis=-1)
    sums, step = g / np.maximum(before - start, 1), 1
    while step < n:
        same = out[..., :-step] == out[..., step:]
        further = np.where(same, sums[..., step:], 0)
        sums = np.concatenate([sums[..., :-step] + further, sums[..., -step:]], axis=-1)
        step *= 2
    return np.moveaxis(np.where(is_it, sums, 0), -1, axis)


def pieces_rule(g: Any, shape: tuple[int, ...], indices: Any, axis: int) -> Any:
    """Each element gets the gradient of every piece that it is in. Pieces may overlap, if the indices go down."""
    if is_step(g):
        return hand_back(g, shape, None, False)
    axis %= len(shape)
    pieces = pieces_at(indices, shape[axis])
    which = np.repeat(np.arange(len(pieces)), [stop - start for start, stop in pieces])
    places = np.concatenate([np.arange(start, stop) for start, stop in pieces]) if pieces else which
    return scatter(np.take(g, which, axis=axis), (slice(None),) * axis + (places,), shape)


def pieces_at(indices: Any, n: int) -> list[tuple[int, int]]:
    """Where the pieces of `reduceat` start and stop: each at the next index, or after one element if that is not larger."""
    starts = [int(i) + n * (int(i) < 0) for i in indices]
    return [(a, b if b > a else a + 1) for a, b in zip(starts, [*starts[1:], n])]


# --- methods of ufuncs that are named functions too --------------------------------------------------------------------


def over_first_axis(function: Callable[..., Any]) -> Callable[..., Any]:
    """A ufunc's `reduce` is the named function, but runs over axis 0 unless told otherwise."""

    def reduce(
        array: Any, axis: Any = 0, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None,
        where: Any = True,
    ) -> Any:  # fmt: skip
        more = {"dtype": dtype, "initial": initial, "where": None if where is True else False if where is None else where}
        return function(
            array, axis=axis, keepdims=keepdims, **{key: value for key, value in more.items() if value is not None}
        )

    return reduce


def of_floats(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that takes no dtype, with one: its argument is converted before."""
    return lambda array, dtype=None, **keywords: function(array if dtype is None else array.astype(dtype), **keywords)


def along_first_axis(ufunc: np.ufunc, function: Callable[..., Any]) -> Callable[..., Any]:
    """A ufunc's `accumulate` is the named function, but runs over axis 0 unless told otherwise, and not over a number."""

    def accumulate(array: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Any:
        if not array.ndim:
            ufunc.accumulate(without_tensors(array), axis)  # which says why not
        return function(array, axis=axis, **({} if dtype is None else {"dtype": dtype}))

    return accumulate


for ufunc, whole, step_by_step in (
    (np.add, np.sum, np.cumsum), (np.multiply, np.prod, np.cumprod), (np.maximum, of_floats(np.max), of_floats(running_max)),
    (np.minimum, of_floats(np.min), of_floats(running_min)),
):  # fmt: skip
    composition((ufunc, "reduce"))(over_first_axis(whole))
    composition((ufunc, "accumulate"))(along_first_axis(ufunc, step_by_step))


@composition((np.add, "reduceat"))
def add_reduceat(array: Any, indices: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Any:
    return sum_pieces(array, indices=without_tensors(indices), axis=axis, **({} if dtype is None else {"dtype": dtype}))


# --- methods of all other ufuncs: one call after another ---------------------------------------------------------------

# They run in the dtype in which NumPy computes, be it for `dtype` or because the ufunc knows no other.


def one_after_another(ufunc: np.ufunc) -> Callable[..., Any]:
    """The `reduce` of a ufunc: ((a₀ ∘ a₁) ∘ a₂) ∘ …, one call for each element along the axis, as NumPy does it."""

    def reduce(
        array: Any, axis: Any = 0, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = np._NoValue,
        where: Any = True,
    ) -> Any:  # fmt: skip
        asked = ufunc.reduce(
            *without_tensors((array, axis, dtype, None, keepdims, initial, where))
        )  # raises what NumPy raises
        rows = rows_of(cast(array, asked.dtype), axis)
        mask: Any = where if where is True else rows_of(np.broadcast_to(where, array.shape), axis)
        n, first, result = rows.shape[-1], 0, initial
        if initial is np._NoValue or initial is None:
            if n and where is True:
                first, result = 1, rows[..., 0]
            else:
                result = ufunc.identity
        for i in range(first, n):
            after = ufunc(result, rows[..., i])
            result = after if where is True else np.where(mask[..., i], after, result)
        if np.shape(result) != rows.shape[:-1]:
            result = np.broadcast_to(result, rows.shape[:-1])
        return np.reshape(result, np.shape(asked)) if keepdims else result

    return reduce


def one_by_one(ufunc: np.ufunc) -> Callable[..., Any]:
    """The `accumulate` of a ufunc: a₀, a₀ ∘ a₁, (a₀ ∘ a₁) ∘ a₂, …"""

    def accumulate(array: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Any:
        asked = ufunc.accumulate(*without_tensors((array, axis, dtype)))  # raises what NumPy raises
        array = np.moveaxis(cast(array, asked.dtype), axis, 0)
        results = [array[i] for i in range(min(1, len(array)))]
        for i in range(1, len(array)):
            results.append(ufunc(results[-1], array[i]))
        return np.moveaxis(np.stack(results) if results else array, 0, axis)

    return accumulate


def piece_by_piece(ufunc: np.ufunc) -> Callable[..., Any]:
    """The `reduceat` of a ufunc: its `reduce`, of each piece of the array."""

    def reduceat(array: Any, indices: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Any:
        asked = ufunc.reduceat(*without_tensors((array, indices, axis, dtype)))  # raises what NumPy raises
        array = np.moveaxis(cast(array, asked.dtype), axis, 0)
        pieces = pieces_at(without_tensors(indices), len(array))
        results = [ufunc.reduce(array[start:stop]) for start, stop in pieces]
        return np.moveaxis(np.stack(results) if results else array[:0], 0, axis)

    return reduceat


for function in [f for f in RULES if isinstance(f, np.ufunc) and f.nin == 2 and f.nout == 1 and f.signature is None]:
    for name, method in (("reduce", one_after_another), ("accumulate", one_by_one), ("reduceat", piece_by_piece)):
        if (function, name) not in COMPOSITIONS:
            composition((function, name))(method(function))


# --- the array API's names, in NumPy since 2.1 ------------------------------------------------------------------------


def with_initial(name: str, running: Callable[..., Any], start: int) -> None:
    """``np.cumulative_sum`` is np.cumsum, but for a matrix it wants an axis; and it may begin with the sum of nothing."""
    function: Any = vars(np).get(name)

    def cumulative(x: Any, axis: Any = None, dtype: Any = None, out: Any = None, include_initial: bool = False) -> Any:
        if axis is None and x.ndim > 1:
            function(without_tensors(x))  # which says that it wants one
        x = np.atleast_1d(x)
        axis = 0 if axis is None else axis
        result = running(x, axis=axis, dtype=dtype)
        if not include_initial:
            return result
        shape = [1 if i == axis % x.ndim else n for i, n in enumerate(x.shape)]
        return np.concatenate([np.full(shape, start, result.dtype), result], axis=axis)

    if function is not None:
        composition(function)(cumulative)


with_initial("cumulative_sum", np.cumsum, 0)
with_initial("cumulative_prod", np.cumprod, 1)
