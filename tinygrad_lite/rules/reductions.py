"""Derivatives of the functions that make one number from many: sums, products, extremes, spreads.

A reduction uses each element once. So each element gets the gradient of the result, times a weight: 1 for a sum, 1/n for a
mean, the product of the other elements for a product, and for a maximum 1 for the largest and 0 for the others.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import messages
from ..autograd import Handle
from ..memory import plain
from ..operands import in_floats
from ..protocols.calling import PLAIN
from ..protocols.compositions import composition
from ..registry import derivative, primitive
from .elementwise import only

FLOAT64 = np.dtype(np.float64)
SPREAD = "a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, where=None, mean=None, correction=None"  # since NumPy 2

# --- functions that NumPy does not have -------------------------------------------------------------------------------


@primitive
def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """log(sum(exp(x))) over `axis`, with no overflow for any x. Its gradient is the softmax.

    >>> import numpy as np
    >>> float(logsumexp(np.array([1000.0, 1000.0])))      # 1000 + log(2)
    1000.6931471805599
    """
    x = in_floats(x)
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
    x = in_floats(x)
    powers = np.exp(x - x.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


@primitive
def log_softmax(x: Any, axis: int = -1) -> Any:
    """log(softmax(x)) along `axis`, computed so that it is finite where softmax(x) is 0.

    >>> import numpy as np
    >>> log_softmax(np.array([-1000.0, 1000.0])).tolist()
    [-2000.0, 0.0]
    """
    x = in_floats(x)
    return x - logsumexp(x, axis=axis, keepdims=True)


@primitive
def euclidean_norm(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """√Σx² over `axis`: one function, because the square root alone has an infinite slope at 0 and the norm has none."""
    return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))


def mean(a: Any, axis: Any = None, **keywords: Any) -> Any:
    """np.mean, which takes longer to decide how to add up than to add up a small array."""
    if axis is None and not keywords and a.__class__ is np.ndarray and a.dtype.char in "fd" and a.size:
        result = np.add.reduce(a, axis=None) / a.size
        return result if a.dtype is FLOAT64 else a.dtype.type(result)
    return in_reals(np.mean)(a, axis=axis, **keywords)


def in_reals(function: Any) -> Any:
    """The function, but it refuses the dtypes that no Tensor holds: complex numbers, text and objects."""

    def run(a: Any, **keywords: Any) -> Any:
        if keywords.get("dtype") is not None and np.dtype(keywords["dtype"]).kind not in "fbiu":
            raise messages.not_a_real_dtype(keywords["dtype"])
        return function(a, **keywords)

    return run


def total(a: Any, **keywords: Any) -> Any:
    """np.sum, or what it ends in: that is found sooner from here."""
    if not keywords and a.__class__ is np.ndarray:
        return np.add.reduce(a, axis=None)
    return method_sum(a, **keywords)


@in_reals
def method_sum(a: Any, **keywords: Any) -> Any:
    return a.sum(**keywords)


# --- what the table is written with -----------------------------------------------------------------------------------


def axes_of(axis: Any, ndim: int) -> list[int]:
    """The axes that a reduction runs over, as non-negative numbers. A single number has none, though NumPy takes 0 and -1."""
    if axis is None or not ndim:
        return list(range(ndim))
    return [int(a) % ndim for a in (axis if isinstance(axis, (tuple, list)) else (axis,))]


def count(shape: tuple[int, ...], axis: Any) -> int:
    """How many elements a reduction over `axis` makes one of."""
    return math.prod(shape) if axis is None else math.prod(shape[i] for i in axes_of(axis, len(shape)))


def present(a: Any, where: Any) -> Any:
    """Which elements a function uses that leaves out nan."""
    there = np.logical_not(np.isnan(a))
    return there if everywhere(where) else np.logical_and(there, where)


def everywhere(where: Any) -> bool:
    """Whether `where` leaves out no element, because it was not given, or is NumPy's default."""
    return where is None or where is True


def is_step(g: Any) -> bool:
    """Whether `g` is the gradient of whole numbers. What gives them, as np.sum(x, dtype=int), is flat between its jumps."""
    return g.dtype.kind != "f"


def hand_back(g: Any, shape: tuple[int, ...], axis: Any, keepdims: Any, where: Any = None) -> Any:
    """Give each element that was reduced the one number its sum got: summing forward is repeating backward.

    The elements that were left out, by `where`, get 0; and so do all elements if the result is of whole numbers.
    """
    if is_step(g):
        return np.zeros(shape) if isinstance(g, (np.ndarray, np.generic, Handle)) else np.zeros(shape, like=g)
    if axis is not None and not keepdims and g.ndim < len(shape):
        removed = axes_of(axis, len(shape))
        g = np.reshape(g, tuple(1 if i in removed else n for i, n in enumerate(shape)))
    if g.shape == shape:
        repeated: Any = g
    elif isinstance(g, np.floating):
        repeated = repeat_number(g, shape)
    else:
        whole = isinstance(g, (np.ndarray, Handle))  # an array in blocks stays in blocks: broadcast_to would make it one
        repeated = np.broadcast_to(g, shape) if whole else g + np.zeros(shape, g.dtype, like=g)
    return repeated if everywhere(where) else only(repeated, np.broadcast_to(where, shape))


def share_equally(g: Any, shape: tuple[int, ...], axis: Any, keepdims: Any, where: Any = None, ddof: Any = 0) -> Any:
    """Give each of the n elements that were averaged g / (n - ddof); nan if that would divide by 0 or less, as the result is.

    The division is in float32 at least: float16 ends at 65,504, and there may be more elements than that.
    """
    if is_step(g):
        return hand_back(g, shape, axis, keepdims)
    wide = np.float32(1) if g.dtype.char == "e" else 1
    if everywhere(where):
        n = count(shape, axis) - ddof
        return hand_back(g / (n * wide if n > 0 else wide * math.nan), shape, axis, keepdims)
    n = np.sum(np.broadcast_to(where, shape), axis=tuple(axes_of(axis, len(shape))), keepdims=True) - ddof
    return only(hand_back(g, shape, axis, keepdims) / (np.where(n > 0, n, math.nan) * wide), np.broadcast_to(where, shape))


def repeat_number(number: np.floating, shape: tuple[int, ...]) -> np.ndarray:
    """One number seen as a read-only array of any shape, as np.broadcast_to does in ten times the time: all strides are 0."""
    return np.ndarray(shape, number.dtype, number, 0, (0,) * len(shape))


def rows_of(a: Any, axis: Any) -> Any:
    """The elements that are reduced to one, as the last axis; before it the axes that stay."""
    axes = axes_of(axis, a.ndim)
    kept = [i for i in range(a.ndim) if i not in axes]
    return np.reshape(np.transpose(a, kept + axes), [*(a.shape[i] for i in kept), count(a.shape, axis)])


def from_rows(rows: Any, shape: tuple[int, ...], axis: Any) -> Any:
    """The elements back where `rows_of` took them from, in an array of `shape`."""
    axes = axes_of(axis, len(shape))
    order = [i for i in range(len(shape)) if i not in axes] + axes
    return np.transpose(np.reshape(rows, [shape[i] for i in order]), np.argsort(order).tolist())


def prod_rule(g: Any, a: Any, axis: Any, keepdims: Any, initial: Any, where: Any) -> Any:
    """The slope of a product in one element is the product of all others, and `initial` is one of them."""
    if is_step(g):
        return hand_back(g, a.shape, axis, keepdims)
    used = a if everywhere(where) else np.where(where, a, 1)
    g = g if initial is None else g * initial
    return hand_back(g, a.shape, axis, keepdims, where) * product_of_others(used, axis)


def product_of_others(a: Any, axis: Any) -> Any:
    """For each element the product of all the others over `axis`: those before it times those after it.

    Not the whole product divided by the element, which is 0 / 0 where the element is 0.
    """
    rows = rows_of(a, axis)
    ones = np.ones_like(rows[..., :1])
    before = np.concatenate([ones, np.cumprod(rows[..., :-1], axis=-1)], axis=-1)
    after = np.flip(np.concatenate([ones, np.cumprod(np.flip(rows, -1)[..., :-1], axis=-1)], axis=-1), -1)
    return from_rows(before * after, a.shape, axis)


def to_extreme(g: Any, a: Any, out: Any, axis: Any, keepdims: Any, initial: Any, where: Any) -> Any:
    """The gradient goes to the largest (smallest) element; equal ones share it, and `initial` counts as one of them.

    Where the result is nan, no element is equal to it, and the gradient is 0.
    """
    extreme = hand_back(out, a.shape, axis, keepdims)
    is_it = a == extreme if everywhere(where) else np.logical_and(a == extreme, where)
    ties = np.sum(is_it, axis=None if axis is None else tuple(axes_of(axis, a.ndim)), keepdims=True)
    if initial is not None:
        ties = ties + (extreme == initial)
    is_numpys = isinstance(ties, (np.ndarray, np.generic))  # to look into a dask array would compute it
    if not is_numpys or not np.all(plain(ties)):  # a nan is not equal to itself
        ties = np.maximum(ties, 1)
    return np.where(is_it, hand_back(g, a.shape, axis, keepdims) / ties, 0)


def var_rule(g: Any, a: Any, axis: Any, ddof: Any, keepdims: Any, where: Any, mean: Any, correction: Any) -> Any:
    """As var = Σ(a - mean)² / (n - ddof). The mean moves with every element, but Σ(a - mean) = 0: that adds nothing."""
    part = share_equally(g * 2, a.shape, axis, keepdims, where, ddof if correction is None else correction)
    return part * away_from_mean(a, axis, where, mean)


def away_from_mean(a: Any, axis: Any, where: Any, mean: Any) -> Any:
    """How far each element is from the mean of those that count; 0 for an element that does not."""
    if everywhere(where):
        return a - (np.mean(a, axis=axis, keepdims=True) if mean is None else mean)
    used = np.where(where, a, 0)
    if mean is None:
        mean = np.sum(share_equally(used, a.shape, axis, True, where), axis=tuple(axes_of(axis, a.ndim)), keepdims=True)
    return np.where(where, a - mean, 0)


def std_rule(g: Any, a: Any, out: Any, axis: Any, ddof: Any, keepdims: Any, where: Any, mean: Any, correction: Any) -> Any:
    """As std = √var, its slope is that of var / (2 std); and 0 where all elements are equal, its corner."""
    if is_step(g):
        return hand_back(g, a.shape, axis, keepdims)
    slope = np.where(out == 0, 0, g / (2 * np.where(out == 0, 1, out)))
    return var_rule(slope, a, axis, ddof, keepdims, where, mean, correction)


def logsumexp_rule(g: Any, x: Any, out: Any, axis: Any, keepdims: Any) -> Any:
    """The slope of log Σ exp(xⱼ) in xᵢ is exp(xᵢ) / Σ exp(xⱼ), the softmax; as one exp it cannot overflow."""
    return hand_back(g, x.shape, axis, keepdims) * np.exp(x - hand_back(out, x.shape, axis, keepdims))


def norm_rule(g: Any, x: Any, out: Any, axis: Any, keepdims: Any) -> Any:
    """d√Σx² / dx = x / √Σx², and 0 at the origin."""
    slope = np.where(out == 0, 0, g) / np.where(out == 0, 1, out)
    return hand_back(slope, x.shape, axis, keepdims) * x


# --- the table --------------------------------------------------------------------------------------------------------

# Where nan is left out, the rule is that of the same function told so by `where`.

# fmt: off
derivative(np.sum,      a=hand_back,          run=total,                 ignore=["dtype", "initial"])
derivative(np.nansum,   a=lambda g, a, axis, keepdims, where: hand_back(g, a.shape, axis, keepdims, present(a, where)),
                                              run=in_reals(np.nansum),   ignore=["dtype", "initial"])
derivative(np.mean,     a=lambda g, shape, axis, keepdims, where: share_equally(g, shape, axis, keepdims, where),
                                              run=mean,                  ignore=["dtype"])
derivative(np.nanmean,  a=lambda g, a, axis, keepdims, where: share_equally(g, a.shape, axis, keepdims, present(a, where)),
                                              run=in_reals(np.nanmean),  ignore=["dtype"])
derivative(np.prod,     a=prod_rule,          run=in_reals(np.prod),     ignore=["dtype"])
derivative(np.nanprod,  a=lambda g, a, axis, keepdims, initial, where:
                            prod_rule(g, a, axis, keepdims, initial, present(a, where)),
                                              run=in_reals(np.nanprod),  ignore=["dtype"])
derivative(np.max,      a=to_extreme)
derivative(np.min,      a=to_extreme)
derivative(np.amax,     a=to_extreme)
derivative(np.amin,     a=to_extreme)
derivative(np.nanmax,   a=to_extreme)
derivative(np.nanmin,   a=to_extreme)
derivative(np.var,      a=var_rule,           run=in_reals(np.var),      ignore=["dtype"],  signature=SPREAD)
derivative(np.std,      a=std_rule,           run=in_reals(np.std),      ignore=["dtype"],  signature=SPREAD)
derivative(np.nanvar,   a=lambda g, a, axis, ddof, keepdims, where, mean, correction:
                            var_rule(g, a, axis, ddof, keepdims, present(a, where), mean, correction),
                                              run=in_reals(np.nanvar),   ignore=["dtype"],  signature=SPREAD)
derivative(np.nanstd,   a=lambda g, a, out, axis, ddof, keepdims, where, mean, correction:
                            std_rule(g, a, out, axis, ddof, keepdims, present(a, where), mean, correction),
                                              run=in_reals(np.nanstd),   ignore=["dtype"],  signature=SPREAD)
derivative(logsumexp,   x=logsumexp_rule)
derivative(softmax,     x=lambda g, out, axis: out * (g - np.sum(g * out, axis=axis, keepdims=True)))
derivative(log_softmax, x=lambda g, out, axis: g - np.exp(out) * np.sum(g, axis=axis, keepdims=True))
derivative(euclidean_norm, x=norm_rule)
# fmt: on

# --- reductions written with other functions --------------------------------------------------------------------------


@composition(np.ptp)
def ptp(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


# --- no derivative: these give indices, counts or truth values --------------------------------------------------------

PLAIN.update((
    np.any, np.all, np.argmax, np.argmin, np.nanargmax, np.nanargmin, np.count_nonzero,
    np.allclose, np.array_equal, np.array_equiv, np.shape, np.ndim, np.size,
))  # fmt: skip
