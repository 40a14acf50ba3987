"""Derivatives of the functions that sort values into bins, or look which are there, in one set or another.

Where a value belongs changes only in jumps, so no gradient leads to the values. But what is added up in a bin are weights:
each gets the gradient of the bin that it was added to. Counts, without weights, are plain arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..autograd import Handle
from ..protocols.calling import PLAIN, on_arrays
from ..protocols.compositions import Array, composition, without_tensors
from ..protocols.leaving import leaves_the_graph
from ..registry import derivative

derivative(
    np.bincount,
    weights=lambda g, x: g[np.asarray(x, dtype=int)],
    signature="x, weights=None, minlength=0",
    ignore=["minlength"],
)


@composition(np.histogram)
def histogram(a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> tuple[Any, Any]:
    """NumPy says where the edges of the bins are, and we add up the weights between them. Edges are a plain array.

    Each bin is closed on its left and open on its right, but the last is closed on both sides.
    """
    leaves_the_graph("np.histogram", a, bins, range)
    recorded = isinstance(weights, Handle)
    if not recorded:
        return on_arrays(np.histogram, a, bins, range, density, weights)
    values, edges = on_arrays(np.ravel, a), on_arrays(np.histogram, a, bins, range, density, weights)[1]
    n = len(edges) - 1
    inside = np.flatnonzero((values >= edges[0]) & (values <= edges[-1]))
    bin_of = np.minimum(np.searchsorted(edges, values[inside], side="right") - 1, n - 1)
    totals = np.bincount(bin_of, np.ravel(weights)[inside], minlength=n)
    totals = totals if totals.dtype == weights.dtype else totals.astype(weights.dtype)
    return totals / np.diff(edges) / np.sum(totals) if density else totals, edges


@composition(np.histogramdd)
def histogramdd(sample: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> tuple[Any, Any]:
    """As `histogram`, with bins in several dimensions: each row of `sample` is a point, or each item the same coordinate."""
    leaves_the_graph("np.histogramdd", sample, bins, range)
    recorded = isinstance(weights, Handle)
    if not recorded:
        return on_arrays(np.histogramdd, sample, bins, range, density, weights)
    edges = on_arrays(np.histogramdd, sample, bins, range, density, without_tensors(weights))[1]
    points = without_tensors(sample)
    points = points if np.ndim(points) == 2 and hasattr(points, "shape") else np.atleast_2d(points).T
    shape = tuple(len(edge) - 1 for edge in edges)
    places, inside = [], np.ones(len(points), bool)
    for coordinate, edge in zip(points.T, edges):
        inside &= (coordinate >= edge[0]) & (coordinate <= edge[-1])
        places.append(np.searchsorted(edge, coordinate, side="right") - 1)
    bin_of = np.ravel_multi_index([np.minimum(p[inside], n - 1) for p, n in zip(places, shape)], shape)
    totals = np.reshape(np.bincount(bin_of, weights[inside], minlength=int(np.prod(shape))), shape)
    totals = totals if totals.dtype == float else totals.astype(float)
    sizes = np.ones(shape)
    for size in np.meshgrid(*map(np.diff, edges), indexing="ij"):
        sizes = sizes * size
    return totals / sizes / np.sum(totals) if density else totals, edges


@composition(np.histogram2d)
def histogram2d(
    x: Any, y: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> tuple[Any, Any, Any]:  # fmt: skip
    """Bins along x and along y."""
    if hasattr(bins, "__len__") and len(bins) not in (1, 2):  # the same edges for both
        bins = [bins, bins]
    totals, edges = np.histogramdd([x, y], bins, range, density, weights)
    return totals, edges[0], edges[1]


PLAIN.add(np.histogram_bin_edges)

# --- which values are there -------------------------------------------------------------------------------------------


@composition(np.unique)
def unique(
    ar: Any, return_index: bool = False, return_inverse: bool = False, return_counts: bool = False, axis: Any = None,
    **keywords: Any,
) -> Any:  # fmt: skip
    """Of equal values the first one is taken, and gets the gradient. Indices and counts are plain arrays."""
    leaves_the_graph("np.unique", ar)
    places, *others = on_arrays(np.unique, ar, True, return_inverse, return_counts, axis, **keywords)[1:]
    values = np.take(np.ravel(ar) if axis is None else ar, places, axis=0 if axis is None else axis)
    more = [places] * bool(return_index) + others
    return (values, *more) if more else values


def unique_of(function: Callable[..., Any]) -> Callable[..., Any]:
    """np.unique_values and its relatives: in the order in which NumPy gives them, each with the gradient of the first."""

    def named(x: Array, /) -> Any:
        out = on_arrays(function, x)
        values = out if isinstance(out, np.ndarray) else out.values
        sorted_values = np.unique(x, equal_nan=False)
        ranks = np.argsort(np.argsort(values, kind="stable"), kind="stable")
        return sorted_values[ranks] if isinstance(out, np.ndarray) else out._replace(values=sorted_values[ranks])

    return named


for name in ("unique_values", "unique_counts", "unique_inverse", "unique_all"):
    if function := vars(np).get(name):  # since NumPy 2
        composition(function)(unique_of(function))

# --- sets -------------------------------------------------------------------------------------------------------------


composition(np.union1d)(lambda ar1, ar2: np.unique(np.concatenate([np.ravel(ar1), np.ravel(ar2)])))


@composition(np.intersect1d)
def intersect1d(ar1: Array, ar2: Array, assume_unique: bool = False, return_indices: bool = False) -> Any:
    """What is in both is taken from the first, and so the gradient goes there."""
    values, places, others = on_arrays(np.intersect1d, ar1, ar2, assume_unique, True)
    common = np.ravel(ar1)[places].astype(values.dtype)
    return (common, places, others) if return_indices else common


@composition(np.setdiff1d)
def setdiff1d(ar1: Array, ar2: Array, assume_unique: bool = False) -> Any:
    first = np.ravel(ar1) if assume_unique else np.unique(ar1)
    return first[~on_arrays(np.isin, first, ar2)]


@composition(np.setxor1d)
def setxor1d(ar1: Array, ar2: Array, assume_unique: bool = False) -> Any:
    """Sorted together, what is in one of them only differs from both neighbours."""
    both = np.concatenate([np.ravel(ar) if assume_unique else np.unique(ar) for ar in (ar1, ar2)])
    both = np.sort(both)
    changes = np.concatenate([[True], both[1:] != both[:-1], [True]]) if both.size else np.ones(1, bool)
    return both[changes[1:] & changes[:-1]]
