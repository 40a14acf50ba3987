"""Derivatives of quantiles. A quantile is the element at a given rank, or a value between two elements.

Flows in: elements in any order, and q, a part of the way from the smallest to the largest. With the
elements sorted, a quantile is (1 - s) times the element of rank i plus s times the next one; i and s depend on how many
there are, on q and on the method, but not on the elements. So those two elements get (1 - s) and s of the gradient, and q
gets the distance between them. Where values are equal, their order is that of a stable sort.

The methods are those of R. J. Hyndman and Y. Fan, Sample quantiles in statistical packages, The American Statistician 50,
1996. NumPy knows them all, so we ask it for the quantile of the ranks 0, 1, 2, …: that is i + s.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import messages
from ..protocols.compositions import composition
from ..registry import derivative
from .indexing import at_places, scatter
from .reductions import axes_of, from_rows, rows_of

# --- the table --------------------------------------------------------------------------------------------------------

SIGNATURE = "a, q, axis=None, out=None, overwrite_input=False, method='linear', keepdims=False, weights=None"

# fmt: off
derivative(np.quantile,      a=lambda g, a, q, axis, method, weights:
                                 to_ranks(np.quantile, g, a, q, axis, method, weights),
                             q=lambda g, a, q, axis, method: to_level(np.quantile, g, a, q, axis, method),
           signature=SIGNATURE, ignore=["keepdims", "overwrite_input"])
derivative(np.percentile,    a=lambda g, a, q, axis, method, weights:
                                 to_ranks(np.quantile, g, a, hundredth(q), axis, method, weights),
                             q=lambda g, a, q, axis, method: to_level(np.quantile, g, a, hundredth(q), axis, method) / 100,
           signature=SIGNATURE, ignore=["keepdims", "overwrite_input"])
derivative(np.nanquantile,   a=lambda g, a, q, axis, method, weights:
                                 to_ranks(np.nanquantile, g, a, q, axis, method, weights),
                             q=lambda g, a, q, axis, method: to_level(np.nanquantile, g, a, q, axis, method),
           signature=SIGNATURE, ignore=["keepdims", "overwrite_input"])
derivative(np.nanpercentile, a=lambda g, a, q, axis, method, weights:
                                 to_ranks(np.nanquantile, g, a, hundredth(q), axis, method, weights),
                             q=lambda g, a, q, axis, method: to_level(np.nanquantile, g, a, hundredth(q), axis, method) / 100,
           signature=SIGNATURE, ignore=["keepdims", "overwrite_input"])
derivative(np.nanmedian,     a=lambda g, a, axis: to_ranks(np.nanquantile, g, a, 0.5, axis, "linear", None),
           signature="a, axis=None, out=None, overwrite_input=False, keepdims=False", ignore=["keepdims", "overwrite_input"])
# fmt: on

# n elements are at the ranks (n + 1 - α - β) q + α - 1, cut off at 0 and n - 1. These are α and β.
CONTINUOUS = {
    "linear": (1, 1),
    "interpolated_inverted_cdf": (0, 1),
    "hazen": (1 / 2, 1 / 2),
    "weibull": (0, 0),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
}

# --- what the table is written with -----------------------------------------------------------------------------------


def hundredth(q: Any) -> Any:
    """Percents, also those in a list, as parts of 1."""
    return np.true_divide(q, 100)


def to_ranks(quantile: Any, g: Any, a: Any, q: Any, axis: Any, method: str, weights: Any) -> Any:
    """The two elements around each quantile get their parts of its gradient. One that is nan hands on nothing."""
    rows = rows_of(a, axis)
    if not rows.size:  # the quantile of nothing is nan, and there is no element to hand its gradient to
        return np.zeros_like(a)
    order = np.argsort(rows, axis=-1, kind="stable")
    rank = rank_of(quantile, rows, order, q, method, weights_of(weights, a.shape, axis))
    lost = np.isnan(rank)
    below, above = neighbours(rank, rows.shape[-1])
    upper = np.where(lost, 0, rank - below)
    g = np.where(lost, 0, levels_last(g, q, rows))
    places = np.take_along_axis(order, np.concatenate([below, above], axis=-1), axis=-1)
    return from_rows(
        scatter(np.concatenate([g * (1 - upper), g * upper], axis=-1), at_places(places, rows.shape, -1), rows.shape),
        a.shape,
        axis,
    )


def to_level(quantile: Any, g: Any, a: Any, q: Any, axis: Any, method: str) -> Any:
    """A quantile moves with q by the distance between its two elements, times how fast its rank moves with q."""
    if method not in CONTINUOUS:
        raise messages.steps_in_q(method, list(CONTINUOUS))
    rows = rows_of(a if hasattr(a, "ndim") else np.asarray(a), axis)
    order = np.argsort(rows, axis=-1, kind="stable")
    rank = rank_of(quantile, rows, order, q, method, None)
    below, above = neighbours(rank, rows.shape[-1])
    upper, lower = (np.take_along_axis(rows, np.take_along_axis(order, i, -1), -1) for i in (above, below))
    n = np.sum(~np.isnan(rows), axis=-1, keepdims=True)
    alpha, beta = CONTINUOUS[method]
    uncut = np.ravel(q) * (n + 1 - alpha - beta) + alpha - 1
    moves = np.logical_and(uncut >= 0, uncut <= n - 1)
    part = np.where(moves, levels_last(g, q, rows) * (upper - lower) * (n + 1 - alpha - beta), 0)
    return np.reshape(np.sum(part, axis=tuple(range(part.ndim - 1))), np.shape(q))


def rank_of(quantile: Any, rows: Any, order: Any, q: Any, method: str, weights: Any) -> Any:
    """The quantile of the ranks 0, 1, 2, … of each row, in the shape (…, levels). It is nan where that of the elements is."""
    n, kept = rows.shape[-1], rows.shape[:-1]
    missing = np.isnan(np.take_along_axis(rows, order, axis=-1))
    if weights is None and not np.any(missing):
        return np.broadcast_to(quantile(np.arange(float(n)), np.ravel(q), method=method), (*kept, np.size(q)))
    ranks = np.where(missing, np.nan, np.arange(float(n)))
    more = {} if weights is None else {"weights": np.take_along_axis(np.broadcast_to(weights, rows.shape), order, axis=-1)}
    return np.moveaxis(quantile(ranks, np.ravel(q), axis=-1, method=method, **more), 0, -1)


def weights_of(weights: Any, shape: tuple[int, ...], axis: Any) -> Any:
    """The weights in the order of the rows. NumPy takes one for each element, or one for each along `axis`."""
    if weights is None:
        return None
    weights = np.asarray(weights)
    return rows_of(weights, axis) if weights.shape == shape else np.ravel(weights)


def neighbours(rank: Any, n: int) -> tuple[Any, Any]:
    """The ranks of the two elements around each quantile, as whole numbers; at the largest, those of the last two."""
    below = np.floor(np.nan_to_num(rank)).astype(int)
    below = np.clip(below, 0, max(n - 2, 0))
    return below, np.minimum(below + 1, n - 1)


def levels_last(g: Any, q: Any, rows: Any) -> Any:
    """The gradient with the levels, which NumPy has as the first axes, as the last one."""
    return np.moveaxis(np.reshape(g, (np.size(q), *rows.shape[:-1])), 0, -1)


# --- the median -------------------------------------------------------------------------------------------------------


@composition(np.median)
def median(a: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False) -> Any:
    """The middle of the sorted elements, or the mean of the middle two: they share the gradient. Any nan makes it nan."""
    if axis is not None:
        axis = tuple(axis) if np.iterable(axis) else (axis,)
        np.zeros((1,) * a.ndim).sum(axis=axis)  # raises what NumPy raises for such axes
    rows = np.sort(rows_of(a, axis), axis=-1)
    n = rows.shape[-1]
    middle = np.mean(rows[..., (n - 1) // 2 : n // 2 + 1], axis=-1)
    if np.any(lost := np.isnan(rows[..., -1:])):
        middle = np.where(lost[..., 0], middle.dtype.type(np.nan), middle)
    axes = axes_of(axis, a.ndim)
    return np.reshape(middle, [1 if i in axes else m for i, m in enumerate(a.shape)]) if keepdims else middle
