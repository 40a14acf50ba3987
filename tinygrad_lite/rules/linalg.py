"""Derivatives of products of vectors and matrices, and of the sums and differences along an axis that are like them.

A product is linear in each factor, so the gradient of one factor is a product of `g` with the other. Everything rests on
three rules: matmul, einsum and convolve.
"""

from __future__ import annotations

import operator
import string
from typing import Any

import numpy as np

from ..autograd import Handle, unbroadcast
from ..registry import derivative, primitive
from ..tensor import composition, on_arrays
from .indexing import take
from .shapes import several


@primitive
def contract(*operands: Any, subscripts: str, optimize: Any = False) -> Any:
    """np.einsum in its one normal form: every index a letter, the output written out."""
    return np.einsum(subscripts, *operands, optimize=optimize)


# fmt: off
derivative(np.matmul,   x=lambda g, y, shape: matmul_left(g, y, shape),  y=lambda g, x, shape: matmul_right(g, x, shape))
derivative(contract,    operands=lambda g, position, operands, subscripts, optimize:
                            contract_rule(g, position, operands, subscripts, optimize))
derivative(np.convolve, a=lambda g, a, v, mode: np.convolve(to_full(g, len(a), len(v), mode), np.flip(v), "valid"),
                        v=lambda g, a, v, mode: np.convolve(to_full(g, len(a), len(v), mode), np.flip(a), "valid"))
# fmt: on


def turned(x: Any) -> Any:
    """Every matrix in `x` transposed."""
    return np.swapaxes(x, -1, -2)


def matmul_left(g: Any, y: Any, shape: tuple[int, ...]) -> Any:
    """As zᵢⱼ = Σₖ xᵢₖ yₖⱼ, xᵢₖ gets Σⱼ gᵢⱼ yₖⱼ: g yᵀ. A vector is a matrix with one row or one column."""
    if y.ndim == 1:
        return unbroadcast(g[..., None] * y, shape) if len(shape) > 1 else g * y
    if len(shape) == 1:
        return unbroadcast(np.matmul(y, g[..., None])[..., 0], shape)
    return unbroadcast(np.matmul(g, turned(y)), shape)


def matmul_right(g: Any, x: Any, shape: tuple[int, ...]) -> Any:
    """And yₖⱼ gets Σᵢ xᵢₖ gᵢⱼ: xᵀ g. One matrix that multiplied a whole stack of them gets the sum, in one product."""
    if x.ndim == 1:
        return unbroadcast(x[:, None] * g[..., None, :], shape) if len(shape) > 1 else g * x
    if len(shape) == 1:
        return unbroadcast(np.matmul(turned(x), g[..., None])[..., 0], shape)
    if len(shape) == 2 and x.ndim > 2:
        x, g = np.reshape(x, (-1, x.shape[-1])), np.reshape(g, (-1, g.shape[-1]))
    return unbroadcast(np.matmul(turned(x), g), shape)


def contract_rule(g: Any, position: int, operands: list[Any], subscripts: str, optimize: Any) -> Any:
    """Products are summed over all indices that the output does not have; swap the roles of output and operand.

    The gradient of B in A_ij B_jk -> C_ik is A_ij g_ik -> jk. Two cases need an extra factor: an index that only this
    operand has was summed, so its gradient is repeated (ones); an index it has twice took a diagonal, so its gradient
    lies on that diagonal (the identity matrix).
    """
    inputs, output = subscripts.split("->")
    terms = inputs.split(",")
    mine, shape = terms[position], operands[position].shape
    spare = iter(sorted(set(string.ascii_letters) - set(subscripts)))
    factors = [g, *operands[:position], *operands[position + 1 :]]
    labels = [output, *terms[:position], *terms[position + 1 :]]
    target = ""
    for letter, n in zip(mine, shape):
        if letter in target:
            new = next(spare)
            factors.append(np.eye(n, dtype=g.dtype))
            labels.append(letter + new)
            target += new
            continue
        if not any(letter in label and np.shape(f)[label.index(letter)] == n for label, f in zip(labels, factors)):
            factors.append(np.ones(n, dtype=g.dtype))
            labels.append(letter)
        target += letter
    return unbroadcast(np.einsum(",".join(labels) + "->" + target, *factors, optimize=optimize), shape)


def to_full(g: Any, n: int, m: int, mode: str) -> Any:
    """The gradient of the full convolution: the modes "same" and "valid" keep a part of it, the rest gets 0."""
    length, start = n + m - 1, {"full": 0, "same": (min(n, m) - 1) // 2, "valid": min(n, m) - 1}[mode]
    return np.pad(g, (start, length - start - len(g)))


# --- products, written with others ------------------------------------------------------------------------------------


@composition(np.einsum)
def einsum(*operands: Any, out: Any = None, optimize: Any = False, **keywords: Any) -> Any:
    if keywords:
        raise TypeError(f"np.einsum on a Tensor: the keyword {next(iter(keywords))!r} has no derivative rule.")
    subscripts, arrays = normal_form(operands)
    return contract(*arrays, subscripts=subscripts, optimize=optimize)


def normal_form(operands: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """Subscripts with every index a letter and the output written out, from any of the forms that NumPy accepts."""
    if isinstance(operands[0], str):
        text, arrays = operands[0].replace(" ", ""), list(operands[1:])
    else:  # arrays and lists of index numbers, in turn
        arrays, lists = list(operands[: len(operands) // 2 * 2 : 2]), operands[1::2]
        letters = ["".join("..." if i is Ellipsis else string.ascii_letters[i] for i in row) for row in lists]
        text = ",".join(letters)
        if len(operands) % 2:
            text += "->" + "".join("..." if i is Ellipsis else string.ascii_letters[i] for i in operands[-1])
    inputs, arrow, output = text.partition("->")
    terms = inputs.split(",")
    if len(terms) != len(arrays):
        raise ValueError(f"np.einsum: {text!r} has subscripts for {len(terms)} operands, and there are {len(arrays)}.")
    free = sorted(set(string.ascii_letters) - set(text))
    dots = max((np.ndim(a) - len(term) + 3 for a, term in zip(arrays, terms) if "..." in term), default=0)
    ellipsis = "".join(free[:dots])  # the letters that stand for "...", aligned at the right like broadcasting
    if not arrow:
        once = sorted(c for c in set(inputs) - set(",.") if inputs.count(c) == 1)
        output = ("..." if "..." in inputs else "") + "".join(once)
    full = []
    for a, term in zip(arrays, terms):
        n = np.ndim(a) - len(term) + 3
        full.append(term.replace("...", ellipsis[dots - n :] if n else ""))
    return ",".join(full) + "->" + output.replace("...", ellipsis), arrays


@composition(np.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """A matrix product, once the summed axes stand last in `a` and first in `b` and are merged into one."""
    if np.iterable(axes):
        left, right = ([i] if not np.iterable(i) else list(i) for i in axes)
    else:
        left, right = list(range(np.ndim(a) - axes, np.ndim(a))), list(range(axes))
    left, right = [i % np.ndim(a) for i in left], [i % np.ndim(b) for i in right]
    rows = [i for i in range(np.ndim(a)) if i not in left]
    columns = [i for i in range(np.ndim(b)) if i not in right]
    shape, inner = np.shape(a), int(np.prod([np.shape(b)[i] for i in right]))
    if [shape[i] for i in left] != [np.shape(b)[i] for i in right]:
        raise ValueError(f"np.tensordot: axes {left} of shape {shape} do not match axes {right} of shape {np.shape(b)}.")
    rows_shape, columns_shape = [shape[i] for i in rows], [np.shape(b)[i] for i in columns]
    x = np.reshape(np.transpose(a, rows + left), (int(np.prod(rows_shape)), inner))
    y = np.reshape(np.transpose(b, right + columns), (inner, int(np.prod(columns_shape))))
    return np.reshape(np.matmul(x, y), rows_shape + columns_shape)


@composition(np.dot)
def dot(a: Any, b: Any, out: Any = None) -> Any:
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    return np.matmul(a, b) if np.ndim(b) <= 2 else np.tensordot(a, b, (-1, -2))


@composition(np.inner)
def inner(a: Any, b: Any) -> Any:
    return np.multiply(a, b) if np.ndim(a) == 0 or np.ndim(b) == 0 else np.tensordot(a, b, (-1, -1))


@composition(np.vdot)
def vdot(a: Any, b: Any) -> Any:
    return np.matmul(np.ravel(a), np.ravel(b))


@composition(np.outer)
def outer(a: Any, b: Any, out: Any = None) -> Any:
    return np.reshape(a, (-1, 1)) * np.reshape(b, (1, -1))


@composition(np.kron)
def kron(a: Any, b: Any) -> Any:
    """Each axis of `a` gets a partner axis of `b`, and the two are merged."""
    ndim = max(np.ndim(a), np.ndim(b))
    a_shape, b_shape = ((1,) * (ndim - np.ndim(x)) + np.shape(x) for x in (a, b))
    wide_a = np.reshape(a, [n for size in a_shape for n in (size, 1)])
    wide_b = np.reshape(b, [n for size in b_shape for n in (1, size)])
    return np.reshape(wide_a * wide_b, [n * m for n, m in zip(a_shape, b_shape)])


@composition(np.cross)
def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None) -> Any:
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.moveaxis(a, axisa, 0), np.moveaxis(b, axisb, 0)
    if not {len(a), len(b)} <= {2, 3}:
        raise ValueError(f"np.cross takes vectors of 2 or 3 elements; the axes have {len(a)} and {len(b)}.")
    z = a[0] * b[1] - a[1] * b[0]
    if len(a) == len(b) == 2:
        return z
    a3, b3 = a[2] if len(a) == 3 else np.zeros_like(a[0]), b[2] if len(b) == 3 else np.zeros_like(b[0])
    return np.stack([a[1] * b3 - a3 * b[1], a3 * b[0] - a[0] * b3, z], axis=axisc)


@composition(np.correlate)
def correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    if len(a) < len(v) and mode != "full":
        return np.flip(np.correlate(v, a, mode))
    return np.convolve(a, np.flip(v), mode)


# --- along an axis: differences, slopes, areas ------------------------------------------------------------------------


def along(a: Any, axis: int, start: int | None, stop: int | None) -> Any:
    """The slice start:stop of one axis."""
    return a[(slice(None),) * (axis % a.ndim) + (slice(start, stop),)]


@composition(np.diff)
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    edge = [1 if i == axis % a.ndim else m for i, m in enumerate(a.shape)]
    parts = [p if np.ndim(p) else np.broadcast_to(p, edge) for p in (prepend, a, append) if p is not None]
    a = np.concatenate(parts, axis=axis) if len(parts) > 1 else a
    for _ in range(n):
        a = along(a, axis, 1, None) - along(a, axis, None, -1)
    return a


@composition(vars(np).get("trapezoid") or vars(np)["trapz"])
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    if x is not None:
        dx = np.diff(x) if np.ndim(x) == 1 else np.diff(x, axis=axis)
        if np.ndim(x) == 1:
            dx = np.reshape(dx, [-1 if i == axis % np.ndim(y) else 1 for i in range(np.ndim(y))])
    y = y if hasattr(y, "ndim") else np.asarray(y)
    return np.sum(dx * (along(y, axis, 1, None) + along(y, axis, None, -1)) / 2.0, axis=axis)


@composition(np.gradient)
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    axes = list(range(f.ndim)) if axis is None else [i % f.ndim for i in np.atleast_1d(axis)]
    spacings = list(varargs) * (len(axes) if len(varargs) == 1 else 1) or [1.0] * len(axes)
    if len(spacings) != len(axes):
        raise TypeError(f"np.gradient: {len(varargs)} spacings for {len(axes)} axes; give one, or one for each axis.")
    dtype = f.dtype if f.dtype.kind == "f" else np.dtype(float)  # whatever the spacing's is
    slopes = [slope_along(f, spacing, i, edge_order).astype(dtype) for spacing, i in zip(spacings, axes)]
    return slopes[0] if len(slopes) == 1 else several(slopes)


def slope_along(f: Any, spacing: Any, axis: int, edge_order: int) -> Any:
    """Second-order accurate differences inside, of `edge_order` at the two ends, for even or uneven spacing."""
    n = f.shape[axis]
    if n < edge_order + 1:
        raise ValueError(f"np.gradient: an axis of length {n} is too short for edge_order={edge_order}.")
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
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    """A straight line between neighbouring points; the gradient reaches x, the points and the values."""
    if period is not None:
        x, xp = np.mod(x, period), np.mod(xp, period)
        order = on_arrays(np.argsort, xp)
        xp, fp = np.take(xp, order), np.take(fp, order)
        xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
        fp = np.concatenate([fp[-1:], fp, fp[:1]])
    x, xp, fp = (v if hasattr(v, "ndim") else np.asarray(v, float) for v in (x, xp, fp))
    if len(xp) == 1:
        inside = fp[0] + 0.0 * x
    else:
        i = np.clip(on_arrays(np.searchsorted, xp, x, side="right") - 1, 0, len(xp) - 2)
        (start, end), (low, high) = ((elements(v, i), elements(v, i + 1)) for v in (xp, fp))
        inside = low + (x - start) / (end - start) * (high - low)
    first, last = on_arrays(operator.getitem, xp, 0), on_arrays(operator.getitem, xp, -1)
    inside = np.where(on_arrays(np.less, x, first), fp[0] if left is None else left, inside)
    return np.where(on_arrays(np.greater, x, last), fp[-1] if right is None else right, inside)
