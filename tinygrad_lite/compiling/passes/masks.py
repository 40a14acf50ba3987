"""Numbers are replaced by 0 where a mask is False, without a branch for each element.

    np.where(mask, x, 0.0)   ->   masked(x, mask)
    np.where(mask, x, y)     ->   chosen(mask, x, y)         of many numbers
    np.sign(x)               ->   signs(x)                   of many numbers

`masked` multiplies the bits of each number, as a whole number, by 1 or 0. `x * mask` would not do: where the mask is 0 and
`x` is inf, it gives nan. `chosen` takes the bits in which `x` differs from `y`, keeps those
that the mask has, and changes them in `y`. `signs` subtracts where `x` is less than 0 from where it is greater.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...graphs.program import Op, is_number
from ..code import Code
from ..kernels import chosen, masked, signs

MANY = 1024  # numbers, from which on four calls are faster than a branch for each number


def apply(code: Code) -> Code:
    return code.rebuilt(without_branch)


def without_branch(c: Code, op: Op) -> Any:
    if op.function is np.sign and op.dtype in ("float32", "float64") and math.prod(op.shape) >= MANY:
        return c.add(signs, op.args, op.shape, op) if c.dtype(op.args[0]) == op.dtype else None
    if op.function is not np.where or not op.shape or op.dtype not in ("float32", "float64"):
        return None
    args = mask, x, other = op.args
    whole = c.shape(mask) == c.shape(x) == op.shape and c.dtype(mask) == "bool" and c.dtype(x) == op.dtype
    if whole and is_zero(c, other):
        return c.add(masked, (x, mask), op.shape, op)
    many = whole and c.size(x) >= MANY and c.shape(other) == op.shape and c.dtype(other) == op.dtype
    return c.add(chosen, args, op.shape, op) if many else None


def is_zero(c: Code, value: Any) -> bool:
    """Whether a value is the number 0, also as a number of NumPy's."""
    op = c.op(value)
    if op is not None and op.shape == () and isinstance(op.function, type) and len(op.args) == 1:
        value = op.args[0]
    return is_number(value) and value == 0
