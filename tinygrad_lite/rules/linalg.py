"""Derivatives of products of vectors and matrices.

A product is linear in each factor, so the gradient of one factor is a product of `g` with the other. Only three functions
have rules: matmul, einsum and convolve. The others are written with them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import messages
from ..autograd import unbroadcast
from ..protocols.compositions import Array, array_of, composition
from ..protocols.primitives import put
from ..protocols.writing import PUT_BACK, view_made
from ..registry import VIEWS, derivative, primitive

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"  # as in `string`, which takes long to import


@primitive
def contract(*operands: Any, subscripts: str, optimize: Any = False) -> Any:
    """np.einsum in its one normal form: every index a letter, the output written out."""
    return np.einsum(subscripts, *operands, optimize=optimize)


def put_into_operand(base: Any, new: Any, subscripts: str, **_: Any) -> Any:
    """np.einsum of one operand that sums nothing is a view of it: of permuted axes, or of a diagonal."""
    term, output = subscripts.split("->")
    if len(term) == len(output):
        return np.einsum(f"{output}->{term}", new)
    grid = dict(zip(output, np.ix_(*map(np.arange, new.shape))))
    return put(base, new, tuple(grid[letter] for letter in term))


PUT_BACK[contract], VIEWS[contract] = put_into_operand, view_made

# fmt: off
derivative(np.matmul,   x=lambda g, y, shape: matmul_left(g, y, shape),  y=lambda g, x, shape: matmul_right(g, x, shape))
derivative(contract,    operands=lambda g, position, operands, subscripts, optimize:
                            contract_rule(g, position, operands, subscripts, optimize))
derivative(np.convolve, a=lambda g, a, v, mode, shape: convolve_rule(g, a, v, mode, shape),
                        v=lambda g, a, v, mode, shape: convolve_rule(g, v, a, mode, shape))
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
        rows = -1 if x.size and g.size else math.prod(x.shape[:-1])  # an axis of length 0 leaves -1 open
        x, g = np.reshape(x, (rows, x.shape[-1])), np.reshape(g, (rows, g.shape[-1]))
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
    spare = iter(sorted(set(LETTERS) - set(subscripts)))
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


def convolve_rule(g: Any, own: Any, other: Any, mode: str, shape: tuple[int, ...]) -> Any:
    """As zₖ = Σᵢ aᵢ vₖ₋ᵢ, aᵢ gets Σₖ gₖ vₖ₋ᵢ. A single number is a vector of one."""
    return np.reshape(np.convolve(to_full(g, np.size(own), np.size(other), mode), np.flip(other), "valid"), shape)


def to_full(g: Any, n: int, m: int, mode: str) -> Any:
    """The gradient of the full convolution: the modes "same" and "valid" keep a part of it, the rest gets 0."""
    length, start = n + m - 1, {"full": 0, "same": (min(n, m) - 1) // 2, "valid": min(n, m) - 1}[mode]
    return np.pad(g, (start, length - start - len(g)))


# --- products, written with others ------------------------------------------------------------------------------------


@composition(np.einsum)
def einsum(
    *operands: Any, out: Any = None, dtype: Any = None, order: Any = "K", casting: Any = "safe", optimize: Any = False
) -> Any:
    subscripts, arrays = normal_form(operands)
    arrays = arrays if dtype is None else [a.astype(dtype) for a in arrays]
    return contract(*arrays, subscripts=subscripts, optimize=optimize)


def normal_form(operands: tuple[Any, ...]) -> tuple[str, list[Any]]:
    """Subscripts with every index a letter and the output written out, from any of the forms that NumPy accepts."""
    if isinstance(operands[0], str):
        text, arrays = operands[0].replace(" ", ""), list(map(array_of, operands[1:]))
    else:  # arrays and lists of index numbers, in turn
        arrays, lists = list(map(array_of, operands[: len(operands) // 2 * 2 : 2])), operands[1::2]
        letters = ["".join("..." if i is Ellipsis else LETTERS[i] for i in row) for row in lists]
        text = ",".join(letters)
        if len(operands) % 2:
            text += "->" + "".join("..." if i is Ellipsis else LETTERS[i] for i in operands[-1])
    inputs, arrow, output = text.partition("->")
    terms = inputs.split(",")
    if len(terms) != len(arrays):
        raise messages.other_operands(text, len(terms), len(arrays))
    free = sorted(set(LETTERS) - set(text))
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
def tensordot(a: Array, b: Array, axes: Any = 2) -> Any:
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
        raise messages.other_axes(left, shape, right, np.shape(b))
    rows_shape, columns_shape = [shape[i] for i in rows], [np.shape(b)[i] for i in columns]
    x = np.reshape(np.transpose(a, rows + left), (int(np.prod(rows_shape)), inner))
    y = np.reshape(np.transpose(b, right + columns), (inner, int(np.prod(columns_shape))))
    return np.reshape(np.matmul(x, y), rows_shape + columns_shape)


@composition(np.dot)
def dot(a: Array, b: Array, out: Any = None) -> Any:
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    return np.matmul(a, b) if np.ndim(b) <= 2 else np.tensordot(a, b, (-1, -2))


# fmt: off
composition(np.inner)(lambda a, b: np.tensordot(a, b, (-1, -1)) if np.ndim(a) and np.ndim(b) else np.multiply(a, b))
composition(np.vdot)(lambda a, b: np.matmul(np.ravel(a), np.ravel(b)))
composition(np.outer)(lambda a, b, out=None: np.reshape(a, (-1, 1)) * np.reshape(b, (1, -1)))
composition(vars(np).get("matvec"))(lambda x1, x2, /: np.matmul(x1, x2[..., None])[..., 0])  # since NumPy 2.2, and vecmat
composition(vars(np).get("vecmat"))(lambda x1, x2, /: np.matmul(x1[..., None, :], x2)[..., 0, :])
# fmt: on


@composition(np.kron)
def kron(a: Array, b: Array) -> Any:
    """Each axis of `a` gets a partner axis of `b`, and the two are merged."""
    ndim = max(np.ndim(a), np.ndim(b))
    a_shape, b_shape = ((1,) * (ndim - np.ndim(x)) + np.shape(x) for x in (a, b))
    wide_a = np.reshape(a, [n for size in a_shape for n in (size, 1)])
    wide_b = np.reshape(b, [n for size in b_shape for n in (1, size)])
    return np.reshape(wide_a * wide_b, [n * m for n, m in zip(a_shape, b_shape)])


@composition(np.cross)
def cross(a: Array, b: Array, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None) -> Any:
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.moveaxis(a, axisa, 0), np.moveaxis(b, axisb, 0)
    if not {len(a), len(b)} <= {2, 3}:
        raise messages.not_two_or_three(a, b)
    z = a[0] * b[1] - a[1] * b[0]
    if len(a) == len(b) == 2:
        return z
    a3, b3 = a[2] if len(a) == 3 else np.zeros_like(a[0]), b[2] if len(b) == 3 else np.zeros_like(b[0])
    return np.stack([a[1] * b3 - a3 * b[1], a3 * b[0] - a[0] * b3, z], axis=axisc)


@composition(np.correlate)
def correlate(a: Array, v: Array, mode: Any = "valid") -> Any:
    if len(a) < len(v) and mode != "full":
        return np.flip(np.correlate(v, a, mode))
    return np.convolve(a, np.flip(v), mode)
