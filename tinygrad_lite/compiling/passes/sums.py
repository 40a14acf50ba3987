"""Sums become products of vectors and matrices, which a library (BLAS) computes several times as fast as NumPy adds.

    np.sum(x * y)        ->   x.dot(y)
    np.sum(x**2)         ->   x.dot(x)
    np.sum(x)            ->   x.dot(ones)
    np.sum(x, axis=0)    ->   ones @ x        of a matrix
    np.sum(x + u * v)    ->   np.sum(x) + u.dot(v)

One long product of single-precision numbers loses digits (3e-5 of 10^6 of them, where np.sum loses 2e-8), so a vector of
float32 is added up like this only as far as `LONGEST`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...graphs.program import Op
from ...rules.reductions import axes_of
from ..code import Code
from ..kernels import dot, ones

LONGEST = 16_384


def apply(code: Code) -> Code:
    return code.rebuilt(as_products)


def as_products(c: Code, op: Op) -> Any:
    if op.function is not np.sum or not set(op.keywords) <= {"axis", "keepdims"} or op.dtype not in ("float32", "float64"):
        return None
    x = op.args[0]
    shape = c.shape(x)
    if c.dtype(x) != op.dtype or not math.prod(shape):
        return None
    axes = axes_of(op.keywords.get("axis"), len(shape))
    if op.shape == () or set(axes) == set(range(len(shape))):
        total = full_sum(c, op, x)
        return total if total is None or op.shape == () else c.add(np.reshape, (total,), op.shape, op, {"shape": op.shape})
    if len(shape) == 2 and len(axes) == 1:
        n = shape[axes[0]]
        if op.dtype == "float32" and n > LONGEST:
            return None
        row = c.add(ones, (n,), (n,), op)
        args = (row, x) if axes[0] == 0 else (x, row)
        total = c.add(np.matmul, args, (shape[1 - axes[0]],), op)
        return total if len(op.shape) == 1 else c.add(np.reshape, (total,), op.shape, op, {"shape": op.shape})
    return None


def full_sum(c: Code, op: Op, x: Any) -> Any:
    """The sum of all elements."""
    made, n = c.op(x), c.size(x)
    if op.dtype == "float32" and n > LONGEST:
        return None
    if made is not None and made.function is np.square:
        return c.add(dot, (made.args[0], made.args[0]), (), op)
    alike = made is not None and all(c.shape(arg) == made.shape and c.dtype(arg) == op.dtype for arg in made.args)
    if made is not None and alike:
        if made.function is np.multiply:
            return c.add(dot, made.args, (), op)
        if made.function is np.add and c.uses.get(made.id, 0) < 2:
            return c.add(np.add, tuple(full_sum(c, op, arg) for arg in made.args), (), op, unsafe=True)
    return c.add(dot, (x, c.add(ones, (n,), (n,), op)), (), op)
