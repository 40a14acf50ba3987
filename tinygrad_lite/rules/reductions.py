"""Derivatives of the functions that make one number of many: sums, products, extremes, spreads.

A reduction uses each element once, so its gradient is that one number handed back to each element, times the element's
weight: 1 for a sum, 1/n for a mean, the product of the others for a product, 1 for the largest and 0 for the rest.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..autograd import Handle
from ..registry import derivative, primitive
from ..tensor import PLAIN, composition

# --- functions that NumPy does not have -------------------------------------------------------------------------------


@primitive
def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """log(sum(exp(x))) over `axis`, with no overflow for any x. Its gradient is the softmax.

    >>> import numpy as np
    >>> float(logsumexp(np.array([1000.0, 1000.0])))      # 1000 + log(2)
    1000.6931471805599
    """
    top = np.max(x, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, np.zeros_like(top))
    out = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return out if keepdims else np.squeeze(out, axis=axis if axis is None else tuple(axes_of(axis, out.ndim)))[()]


@primitive
def softmax(x: Any, axis: int = -1) -> Any:
    """exp(x) / sum(exp(x)) along `axis`: positive numbers that sum to 1. No overflow for any x.

    >>> import numpy as np
    >>> softmax(np.array([-1000.0, 1000.0, 1000.0])).tolist()
    [0.0, 0.5, 0.5]
    """
    powers = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return powers / np.sum(powers, axis=axis, keepdims=True)


@primitive
def log_softmax(x: Any, axis: int = -1) -> Any:
    """log(softmax(x)) along `axis`, computed so that it is finite where softmax(x) is 0.

    >>> import numpy as np
    >>> log_softmax(np.array([-1000.0, 1000.0])).tolist()
    [-2000.0, 0.0]
    """
    return x - logsumexp(x, axis=axis, keepdims=True)


def mean(a: Any, axis: Any = None, **keywords: Any) -> Any:
    """np.mean, which takes longer to decide how to add up than to add up a small array."""
    if axis is None and not keywords and a.__class__ is np.ndarray and a.dtype is FLOAT64 and a.size:
        return np.add.reduce(a, axis=None) / a.size
    return np.mean(a, axis=axis, **keywords)


# --- the table --------------------------------------------------------------------------------------------------------

# fmt: off
derivative(np.sum,      a=lambda g, shape, axis, keepdims: hand_back(g, shape, axis, keepdims),
           run=lambda a, **keywords: a.sum(**keywords), ignore=["dtype"])
derivative(np.mean,     a=lambda g, shape, axis, keepdims: hand_back(g / (count(shape, axis) or 1), shape, axis, keepdims),
           run=mean, ignore=["dtype"])
derivative(np.prod,     a=lambda g, a, axis, keepdims: hand_back(g, a.shape, axis, keepdims) * product_of_others(a, axis),
           ignore=["dtype"])
derivative(np.nansum,   a=lambda g, a, axis, keepdims: np.where(np.isnan(a), 0, hand_back(g, a.shape, axis, keepdims)),
           ignore=["dtype"])
derivative(np.max,      a=lambda g, a, out, axis, keepdims: to_extreme(g, a, out, axis, keepdims))
derivative(np.min,      a=lambda g, a, out, axis, keepdims: to_extreme(g, a, out, axis, keepdims))
derivative(np.amax,     a=lambda g, a, out, axis, keepdims: to_extreme(g, a, out, axis, keepdims))
derivative(np.amin,     a=lambda g, a, out, axis, keepdims: to_extreme(g, a, out, axis, keepdims))
derivative(np.var,      a=lambda g, a, axis, ddof, keepdims: var_rule(g, a, axis, ddof, keepdims),
           ignore=["dtype"])
derivative(np.std,      a=lambda g, a, out, axis, ddof, keepdims: std_rule(g, a, out, axis, ddof, keepdims),
           ignore=["dtype"])
derivative(np.cumsum,   a=lambda g, shape, axis: np.reshape(sum_from_here(g, axis), shape),
           ignore=["dtype"])
derivative(np.cumprod,  a=lambda g, a, axis: cumprod_rule(g, a, axis),
           ignore=["dtype"])
derivative(logsumexp,   x=lambda g, x, out, axis, keepdims: logsumexp_rule(g, x, out, axis, keepdims))
derivative(softmax,     x=lambda g, out, axis: out * (g - np.sum(g * out, axis=axis, keepdims=True)))
derivative(log_softmax, x=lambda g, out, axis: g - np.exp(out) * np.sum(g, axis=axis, keepdims=True))
# fmt: on

# --- what the table is written with -----------------------------------------------------------------------------------


FLOAT64 = np.dtype(np.float64)


def axes_of(axis: Any, ndim: int) -> list[int]:
    """The axes that a reduction runs over, as non-negative numbers."""
    if axis is None:
        return list(range(ndim))
    return [int(a) % ndim if ndim else 0 for a in (axis if isinstance(axis, tuple) else (axis,))]


def count(shape: tuple[int, ...], axis: Any) -> int:
    """How many elements a reduction over `axis` makes one of."""
    return math.prod(shape) if axis is None else math.prod(shape[i] for i in axes_of(axis, len(shape)))


def hand_back(g: Any, shape: tuple[int, ...], axis: Any, keepdims: Any) -> Any:
    """Give each element that was reduced the one number its sum got: summing forward is repeating backward."""
    if axis is not None and not keepdims and g.ndim < len(shape):
        removed = axes_of(axis, len(shape))
        g = np.reshape(g, tuple(1 if i in removed else n for i, n in enumerate(shape)))
    if isinstance(g, np.floating):
        return repeat_number(g, shape)
    whole = isinstance(g, (np.ndarray, Handle))  # an array in blocks stays in blocks: broadcast_to would make it one
    return np.broadcast_to(g, shape) if whole else g + np.zeros(shape, g.dtype, like=g)


def repeat_number(number: np.floating, shape: tuple[int, ...]) -> np.ndarray:
    """One number seen as a read-only array of any shape, as np.broadcast_to does in ten times the time: all strides are 0."""
    return np.ndarray(shape, number.dtype, number, 0, (0,) * len(shape))


def product_of_others(a: Any, axis: Any) -> Any:
    """For each element the product of all the others over `axis`: those before it times those after it.

    Not the whole product divided by the element, which is 0 / 0 where the element is 0.
    """
    axes = axes_of(axis, a.ndim)
    kept = [i for i in range(a.ndim) if i not in axes]
    rows = np.reshape(np.transpose(a, kept + axes), [a.shape[i] for i in kept] + [count(a.shape, axis)])
    ones = np.ones_like(rows[..., :1])
    before = np.concatenate([ones, np.cumprod(rows[..., :-1], axis=-1)], axis=-1)
    after = np.flip(np.concatenate([ones, np.cumprod(np.flip(rows, -1)[..., :-1], axis=-1)], axis=-1), -1)
    others = np.reshape(before * after, [a.shape[i] for i in kept + axes])
    return np.transpose(others, np.argsort(kept + axes).tolist())


def to_extreme(g: Any, a: Any, out: Any, axis: Any, keepdims: Any) -> Any:
    """The gradient goes to the largest (smallest) element; equal ones share it."""
    is_it = a == hand_back(out, a.shape, axis, keepdims)
    ties = np.sum(is_it, axis=None if axis is None else tuple(axes_of(axis, a.ndim)), keepdims=True)
    return np.where(is_it, hand_back(g, a.shape, axis, keepdims) / ties, 0)


def var_rule(g: Any, a: Any, axis: Any, ddof: Any, keepdims: Any) -> Any:
    """As var = Σ(a - mean)² / (n - ddof). The mean moves with every element, but Σ(a - mean) = 0: that adds nothing."""
    n = np.maximum(count(a.shape, axis) - ddof, 0)
    return hand_back(g * 2 / n, a.shape, axis, keepdims) * (a - np.mean(a, axis=axis, keepdims=True))


def std_rule(g: Any, a: Any, out: Any, axis: Any, ddof: Any, keepdims: Any) -> Any:
    """As std = √var, its slope is that of var / (2 std); and 0 where all elements are equal, its corner."""
    slope = np.where(out == 0, 0, g / (2 * np.where(out == 0, 1, out)))
    return var_rule(slope, a, axis, ddof, keepdims)


def logsumexp_rule(g: Any, x: Any, out: Any, axis: Any, keepdims: Any) -> Any:
    """The slope of log Σ exp(xⱼ) in xᵢ is exp(xᵢ) / Σ exp(xⱼ), the softmax; as one exp it cannot overflow."""
    return hand_back(g, x.shape, axis, keepdims) * np.exp(x - hand_back(out, x.shape, axis, keepdims))


def sum_from_here(g: Any, axis: Any) -> Any:
    """Element i is in every running sum from i on, so its gradient is the sum of theirs: a running sum from the end."""
    axis = 0 if axis is None else axis
    return np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis)


def cumprod_rule(g: Any, a: Any, axis: Any) -> Any:
    """Running products pⱼ = a₀ ⋯ aⱼ. Element i is in every pⱼ from i on, each time times the others.

    Σⱼ gⱼ pⱼ / aᵢ would do if no element were 0. Without division: with Pᵢ = a₀ ⋯ aᵢ₋₁ and Sᵢ = gᵢ + aᵢ₊₁ Sᵢ₊₁, computed
    from the end, the gradient is Pᵢ Sᵢ.
    """
    shape = a.shape
    if axis is None:
        a, g = np.reshape(a, -1), np.reshape(g, -1)
    else:
        a, g = np.moveaxis(a, axis, -1), np.moveaxis(g, axis, -1)
    n = a.shape[-1]
    before = np.concatenate([np.ones_like(a[..., :1]), np.cumprod(a[..., :-1], axis=-1)], axis=-1)
    sums = [g[..., n - 1 :]] if n else []
    for i in range(n - 2, -1, -1):
        sums.append(g[..., i : i + 1] + a[..., i + 1 : i + 2] * sums[-1])
    result = before * np.concatenate(sums[::-1], axis=-1) if n else g
    return np.reshape(result, shape) if axis is None else np.moveaxis(result, -1, axis)


# --- reductions written with other functions --------------------------------------------------------------------------


@composition(np.ptp)
def ptp(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


@composition(np.nanmean)
def nanmean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    present = np.sum(~np.isnan(a), axis=axis, dtype=dtype or a.dtype, keepdims=keepdims)
    return np.nansum(a, axis=axis, dtype=dtype, keepdims=keepdims) / present


@composition(np.average)
def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    if weights is None:
        mean, total = np.mean(a, axis=axis, keepdims=keepdims), count(a.shape, axis)
        return (mean, np.full_like(mean, total)) if returned else mean
    if np.shape(weights) != np.shape(a):
        if axis is None or isinstance(axis, tuple) or np.ndim(weights) != 1:
            raise TypeError("np.average: give `axis` as one number when the weights are a row, or weights of a's shape.")
        weights = np.reshape(weights, [-1 if i == axis % np.ndim(a) else 1 for i in range(np.ndim(a))])
    weights = np.broadcast_to(weights, np.shape(a))
    total = np.sum(weights, axis=axis, keepdims=keepdims)
    mean = np.sum(a * weights, axis=axis, keepdims=keepdims) / total
    return (mean, np.broadcast_to(total, mean.shape)) if returned else mean


@composition(np.median)
def median(a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False) -> Any:
    """The middle of the sorted elements, or the mean of the middle two: they share the gradient."""
    axes = axes_of(axis, a.ndim)
    kept = [i for i in range(a.ndim) if i not in axes]
    n = count(a.shape, axis)
    rows = np.sort(np.reshape(np.transpose(a, kept + axes), [a.shape[i] for i in kept] + [n]), axis=-1)
    middle = np.mean(rows[..., (n - 1) // 2 : n // 2 + 1], axis=-1)
    return np.reshape(middle, [1 if i in axes else m for i, m in enumerate(a.shape)]) if keepdims else middle


@primitive
def euclidean_norm(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """√Σx² over `axis`: one function, because the square root alone has an infinite slope at 0 and the norm has none."""
    return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))


derivative(euclidean_norm, x=lambda g, x, out, axis, keepdims: norm_rule(g, x, out, axis, keepdims))


def norm_rule(g: Any, x: Any, out: Any, axis: Any, keepdims: Any) -> Any:
    """d√Σx² / dx = x / √Σx², and 0 at the origin."""
    slope = g / np.where(out == 0, 1, out)
    return hand_back(slope, x.shape, axis, keepdims) * x


def over_first_axis(function: Any) -> Any:
    """A ufunc's reduce or accumulate is the named function, but runs over axis 0 unless told otherwise."""
    return lambda a, axis=0, dtype=None, out=None, **keywords: function(
        a, axis=axis, **keywords, **({} if dtype is None else {"dtype": dtype})
    )


composition((np.add, "reduce"))(over_first_axis(np.sum))
composition((np.add, "accumulate"))(over_first_axis(np.cumsum))
composition((np.multiply, "reduce"))(over_first_axis(np.prod))
composition((np.multiply, "accumulate"))(over_first_axis(np.cumprod))
composition((np.maximum, "reduce"))(over_first_axis(np.max))
composition((np.minimum, "reduce"))(over_first_axis(np.min))

# --- no derivative: these give indices, counts or truth values --------------------------------------------------------

PLAIN.update((
    np.any, np.all, np.argmax, np.argmin, np.nanargmax, np.nanargmin, np.count_nonzero,
    np.allclose, np.array_equal, np.array_equiv, np.shape, np.ndim, np.size,
))  # fmt: skip
