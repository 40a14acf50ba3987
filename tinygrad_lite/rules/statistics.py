"""Statistics of samples, written with sums and products: weighted means, covariance and correlation; weighted logsumexp.

Flows in: samples, and weights for them; both may be Tensors. Flows out: numbers whose gradients follow from the chain rule,
because all of these functions are a few lines with functions that have rules. NumPy is asked first, so wrong arguments raise
NumPy's own errors.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..operands import in_floats
from ..protocols.calling import on_arrays
from ..protocols.compositions import array_of, composition, without_tensors
from . import reductions
from .reductions import axes_of, count


def ask_numpy(function: Any, *args: Any, **keywords: Any) -> None:
    """Raise what NumPy raises for these arguments, and warn as it warns."""
    function(*without_tensors(args), **without_tensors(keywords))


@composition(np.average)
def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = False) -> Any:
    """Σ w a / Σ w. Weights of another shape than `a` are those along `axis`, in the order in which it names the axes."""
    keepdims = bool(keepdims) and keepdims is not np._NoValue
    if weights is None:
        mean, total = np.mean(a, axis=axis, keepdims=keepdims), count(a.shape, axis)
        return (mean, np.full(mean.shape, total, mean.dtype)[()]) if returned else mean
    ask_numpy(np.average, a, axis, weights)
    a, weights = in_floats(array_of(a)), array_of(weights)
    axis = axis if axis is None else tuple(axes_of(tuple(axis) if np.iterable(axis) else axis, a.ndim))
    if weights.shape != a.shape:
        assert axis is not None  # or NumPy had refused it
        in_order = np.transpose(weights, np.argsort(axis).tolist())
        weights = np.reshape(in_order, [n if i in axis else 1 for i, n in enumerate(a.shape)])
    weights = np.broadcast_to(weights, a.shape)
    total = np.sum(weights, axis=axis, keepdims=keepdims, dtype=np.result_type(a.dtype, weights.dtype, 0.0))
    mean = np.sum(a * weights, axis=axis, keepdims=keepdims) / total
    return (mean, np.broadcast_to(total, mean.shape)) if returned else mean


@composition(np.cov)
def cov(
    m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: Any = None, fweights: Any = None,
    aweights: Any = None, *, dtype: Any = None,
) -> Any:  # fmt: skip
    """Σ w (x - mean)(x - mean)ᵀ / d, where d makes it an unbiased estimate, or is Σ w if `bias`."""
    ask_numpy(np.cov, m, y, rowvar, bias, ddof, fweights, aweights, dtype=dtype)
    kinds = [array_of(x).dtype for x in (m, y) if x is not None]
    dtype = np.result_type(*kinds, np.float64) if dtype is None else dtype
    x = variables(m, rowvar, dtype)
    if y is not None:
        x = np.concatenate([x, variables(y, rowvar or array_of(y).ndim == 1, dtype)], axis=0)
    ddof = int(not bias) if ddof is None else ddof
    weights = None
    if fweights is not None:
        weights = in_dtype(fweights, np.float64)
    if aweights is not None:
        aweights = in_dtype(aweights, np.float64)
        weights = aweights if weights is None else weights * aweights
    if weights is None:
        mean, total = np.mean(x, axis=1, keepdims=True), x.shape[1]
        free = total - ddof
    else:
        total = np.sum(weights)
        mean = np.sum(x * weights, axis=1, keepdims=True) / total
        free = total - (ddof if aweights is None else ddof * np.sum(weights * aweights) / total)
    away = x - mean
    product = np.matmul(away, np.transpose(away if weights is None else away * weights))
    return np.squeeze(product * np.divide(1, np.maximum(free, 0.0)))


@composition(np.corrcoef)
def corrcoef(
    x: Any, y: Any = None, rowvar: bool = True, bias: Any = np._NoValue, ddof: Any = np._NoValue, *, dtype: Any = None
) -> Any:
    """The covariances, each divided by both standard deviations. NumPy takes no notice of `bias` and `ddof`, but warns."""
    covariances = np.cov(x, y, rowvar, dtype=dtype)
    if not covariances.ndim:
        return covariances / covariances
    deviation = np.sqrt(np.diagonal(covariances))
    return np.clip(covariances / deviation[:, None] / deviation[None, :], -1, 1)


def in_dtype(x: Any, dtype: Any) -> Any:
    """An array or a Tensor with this dtype."""
    x = array_of(x)
    return x if x.dtype == dtype else x.astype(dtype)


def variables(m: Any, rowvar: bool, dtype: Any) -> Any:
    """Samples as a matrix with a variable in each row."""
    m = in_dtype(m, dtype)
    x = np.atleast_2d(m)
    return np.transpose(x) if not rowvar and m.ndim != 1 else x


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False, b: Any = None, return_sign: bool = False) -> Any:
    """log(sum(b * exp(x))) over `axis`, with no overflow for any x. Without b, its gradient is the softmax.

    x:           an array or Tensor of any shape
    axis:        an axis or several in a tuple; None for all
    keepdims:    whether the axes that were summed stay, with length 1
    b:           weights, of any shape that broadcasts with that of x. They may be negative or 0, and Tensors
    return_sign: if True, the result is a pair: the logarithm of the size of the sum, and its sign, a plain array. Otherwise
                 the result is nan where the sum is negative

    The same as scipy.special.logsumexp, with `keepdims` as the third argument. What x is where b is 0 makes no difference.

    >>> import numpy as np
    >>> float(logsumexp(np.array([1000.0, 1000.0])))      # 1000 + log(2)
    1000.6931471805599
    >>> float(logsumexp(np.array([1000.0, 1000.0]), b=np.array([3.0, -2.0])))      # 1000 + log(1)
    1000.0
    """
    if b is None:
        out = reductions.logsumexp(x, axis=axis, keepdims=keepdims)
        return (out, on_arrays(np.ones_like, out)) if return_sign else out
    x, b = array_of(x), array_of(b)
    top = on_arrays(largest_with_weight, x, b, axis)
    away = x - top
    limit = float(np.log(np.finfo(away.dtype).max)) - 1  # an x without weight may be larger, and 0 · ∞ is not 0
    total = np.sum(b * np.exp(np.where(b == 0, np.minimum(away, limit), away)), axis=axis, keepdims=True)
    out, sign = np.log(np.abs(total) if return_sign else total) + top, on_arrays(np.sign, total)
    if not keepdims:
        summed = tuple(axes_of(axis, out.ndim))
        out, sign = np.squeeze(out, axis=summed), on_arrays(np.squeeze, sign, axis=summed)
    return (out, sign) if return_sign else out


def largest_with_weight(x: Any, b: Any, axis: Any) -> Any:
    """The largest x of which the weight is not 0: what every x is made smaller by, so that no exp overflows."""
    top = np.max(np.where(b == 0, -np.inf, x), axis=axis, keepdims=True)
    return np.where(np.isfinite(top), top, 0).astype(x.dtype)
