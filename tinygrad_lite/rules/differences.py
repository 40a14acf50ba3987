"""Derivatives of the functions that compare neighbours along an axis: differences, slopes, areas, interpolation.

All are written with slices and arithmetic, so the chain rule gives their derivatives.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .. import messages
from ..autograd import Handle
from ..operands import in_floats
from ..protocols.calling import on_arrays
from ..protocols.compositions import Array, composition
from .indexing import take
from .shapes import along, cast, several

# --- differences ------------------------------------------------------------------------------------------------------


@composition(np.diff)
def diff(a: Array, n: int = 1, axis: int = -1, prepend: Array = None, append: Array = None) -> Any:
    if n == 0:
        return a
    edge = [1 if i == axis % a.ndim else m for i, m in enumerate(a.shape)]
    parts = [p if np.ndim(p) else np.broadcast_to(p, edge) for p in (prepend, a, append) if p is not None]
    a = np.concatenate(parts, axis=axis) if len(parts) > 1 else a
    for _ in range(n):
        a = along(a, axis, 1, None) - along(a, axis, None, -1)
    return a


@composition(np.ediff1d)
def ediff1d(ary: Array, to_end: Array = None, to_begin: Array = None) -> Any:
    ary = np.ravel(ary)
    between = along(ary, 0, 1, None) - along(ary, 0, None, -1)
    parts = [p if p is between else cast(np.ravel(p), ary.dtype) for p in (to_begin, between, to_end) if p is not None]
    return np.concatenate(parts) if len(parts) > 1 else between


@composition(np.unwrap)
def unwrap(p: Array, discont: Any = None, axis: int = -1, *, period: Any = 2 * np.pi) -> Any:
    """Each element moves by a whole number of periods. How many, NumPy says; they stay the same when `p` moves a little."""
    moved = on_arrays(np.unwrap, p, discont, axis, period=period)
    periods = on_arrays(np.rint, on_arrays(np.divide, on_arrays(np.subtract, moved, p), period))
    return p + periods * period


@composition(vars(np).get("trapezoid") or vars(np)["trapz"])
def trapezoid(y: Array, x: Array = None, dx: Any = 1.0, axis: int = -1) -> Any:
    if x is not None:
        dx = np.diff(x) if np.ndim(x) == 1 else np.diff(x, axis=axis)
        if np.ndim(x) == 1:
            dx = np.reshape(dx, [-1 if i == axis % np.ndim(y) else 1 for i in range(np.ndim(y))])
    return np.sum(dx * (along(y, axis, 1, None) + along(y, axis, None, -1)) / 2.0, axis=axis)


@composition(np.gradient)
def gradient(f: Array, *varargs: Array, axis: Any = None, edge_order: int = 1) -> Any:
    axes = list(range(f.ndim)) if axis is None else [i % f.ndim for i in np.atleast_1d(axis)]
    spacings = list(varargs) * (len(axes) if len(varargs) == 1 else 1) or [1.0] * len(axes)
    if len(spacings) != len(axes):
        raise messages.other_spacings(len(varargs), len(axes))
    dtype = f.dtype if f.dtype.kind == "f" else np.dtype(float)  # whatever the spacing's is
    f, spacings = in_floats(f), list(map(in_floats, spacings))
    slopes = [cast(slope_along(f, spacing, i, edge_order), dtype) for spacing, i in zip(spacings, axes)]
    return slopes[0] if len(slopes) == 1 else several(slopes)


def slope_along(f: Any, spacing: Any, axis: int, edge_order: int) -> Any:
    """Second-order accurate differences inside, of `edge_order` at the two ends, for even or uneven spacing."""
    n = f.shape[axis]
    if n < edge_order + 1:
        raise messages.axis_too_short(n, edge_order)
    steps = np.diff(spacing) if np.ndim(spacing) else np.full(n - 1, 1.0) * spacing
    steps = np.reshape(steps, [-1 if i == axis else 1 for i in range(f.ndim)])
    slopes = (along(f, axis, 1, None) - along(f, axis, None, -1)) / steps  # of each interval
    h, k = along(steps, axis, None, -1), along(steps, axis, 1, None)
    before, after = along(slopes, axis, None, -1), along(slopes, axis, 1, None)
    inside = (k * before + h * after) / (h + k)
    first, last = along(slopes, axis, None, 1), along(slopes, axis, -1, None)
    if edge_order == 2:  # extend the change of the slope to the end point
        bend = (after - before) / (h + k)
        first = first - along(steps, axis, None, 1) * along(bend, axis, None, 1)
        last = last + along(steps, axis, -1, None) * along(bend, axis, -1, None)
    return np.concatenate([first, inside, last], axis=axis)


def elements(x: Any, indices: Any) -> Any:
    """Elements of a Tensor or of an array. NumPy does not ask the indices what np.take is, so a trace would not see it."""
    return take(x, indices) if isinstance(x, Handle) else on_arrays(np.take, x, indices)


@composition(np.interp)
def interp(x: Array, xp: Array, fp: Array, left: Any = None, right: Any = None, period: Any = None) -> Any:
    """A straight line between neighbouring points; the gradient reaches x, the points and the values."""
    if period is not None:
        x, xp = np.mod(x, period), np.mod(xp, period)
        order = on_arrays(np.argsort, xp)
        xp, fp = np.take(xp, order), np.take(fp, order)
        xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
        fp = np.concatenate([fp[-1:], fp, fp[:1]])
    x, xp, fp = (cast(v, np.float64) for v in (x, xp, fp))
    if len(xp) == 1:
        inside = fp[0] + 0.0 * x
    else:
        i = np.clip(on_arrays(np.searchsorted, xp, x, side="right") - 1, 0, len(xp) - 2)
        (start, end), (low, high) = ((elements(v, i), elements(v, i + 1)) for v in (xp, fp))
        doubled = on_arrays(np.equal, start, end)  # as only the last point can be, or the first: there is a step
        inside = low + (x - start) / np.where(doubled, 1.0, end - start) * (high - low)
        inside = np.where(np.logical_and(doubled, on_arrays(np.equal, x, end)), high, inside)
    first, last = on_arrays(operator.getitem, xp, 0), on_arrays(operator.getitem, xp, -1)
    inside = np.where(on_arrays(np.less, x, first), fp[0] if left is None else left, inside)
    return np.where(on_arrays(np.greater, x, last), fp[-1] if right is None else right, inside)
