"""Derivatives of the functions that sort values into bins, or find which values occur.

The bin of a value changes only in jumps, so no gradient leads to the values. But the weights in a bin are added up, so each
weight gets the gradient of its bin. Counts, without weights, are plain arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd import Handle
from ..protocols.calling import PLAIN, on_arrays
from ..protocols.compositions import composition
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


composition(np.union1d)(lambda ar1, ar2: np.unique(np.concatenate([np.ravel(ar1), np.ravel(ar2)])))
