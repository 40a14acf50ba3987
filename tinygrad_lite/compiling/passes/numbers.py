"""Single numbers are computed with as few operations as possible.

    2 * ((1 / (2 * loss)) / 100)   ->   0.01 / loss

A product or quotient of single numbers becomes one number over what it multiplies and divides by. What several calls use
stays a number of its own.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...graphs.program import Op, is_number
from ..code import Code


def apply(code: Code) -> Code:
    return code.rebuilt(ratio)


def ratio(c: Code, op: Op) -> Any:
    if op.shape or op.dtype not in ("float32", "float64") or op.function not in (np.multiply, np.divide, np.negative):
        return None
    if any(c.shape(arg) for arg in op.args):
        return None
    number, top, bottom = parts(c, op, op.args, op.function)
    if not math.isfinite(number) or (number and not 1e-300 < abs(number) < 1e300):
        return None
    if not top and not bottom:
        return number
    value: Any = number if number != 1 or not top else top.pop(0)
    for factor in top:
        value = c.add(np.multiply, (value, factor), (), op, unsafe=True)
    for divisor in bottom:
        value = c.add(np.divide, (value, divisor), (), op, unsafe=True)
    return value


def parts(c: Code, op: Op, args: tuple[Any, ...], function: Any) -> tuple[float, list[Any], list[Any]]:
    """The number, what is multiplied with it, and what it is divided by."""
    found = [split(c, op, arg) for arg in args]
    if function is np.negative:
        return -found[0][0], found[0][1], found[0][2]
    (k, top, bottom), (m, above, below) = found
    if function is np.multiply:
        return k * m, top + above, bottom + below
    return k / m if m else math.nan, top + below, bottom + above


def split(c: Code, user: Op, value: Any) -> tuple[float, list[Any], list[Any]]:
    if is_number(value):
        return value, [], []
    op = c.op(value)
    if op is None or op.dtype != user.dtype or op.shape or c.uses.get(op.id, 0) > 1:
        return 1, [value], []
    if op.function not in (np.multiply, np.divide, np.negative) or any(c.shape(arg) for arg in op.args):
        return 1, [value], []
    return parts(c, op, op.args, op.function)
