"""A number that multiplies all elements of an array is moved out of sums and products, and multiplied last.

    np.sum((k * x) * y)   ->   k * np.sum(x * y)

One product of two numbers takes the place of one for each element. And where `k` depends on all rows, like 1 / (n *
loss), the sums no longer have to wait for it: so the rows can be worked on in blocks that stay in the cache.

A sum may be too large for its dtype where the sum of the scaled values is not: these calls are marked as unsafe.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...graphs.program import Op, is_number
from ..code import Code

MOVES = {np.reshape, np.transpose, np.swapaxes}


def apply(code: Code) -> Code:
    return code.rebuilt(outside)


def outside(c: Code, op: Op) -> Any:
    f, args = op.function, op.args
    if not op.backward or op.dtype not in ("float32", "float64"):
        return None
    if f is np.multiply and op.shape:
        return product(c, op, *args)
    if f is np.negative and (found := scaled(c, args[0], of_masks=True)):
        return times(c, op, number_times(c, op, -1, found[0]), found[1])
    if f in (np.add, np.subtract) and op.shape:
        (k, x), (m, y) = (scaled(c, arg) or (None, None) for arg in args)
        if k is not None and k == m and not is_number(k) and c.shape(x) == c.shape(y) == op.shape:
            return times(c, op, k, c.add(f, (x, y), op.shape, op, unsafe=True))
    if f is np.sum and (found := scaled(c, args[0])) and (op.shape == () or varies(c, found[0])):
        return times(c, op, found[0], c.add(f, (found[1],), op.shape, op, op.keywords, unsafe=not is_sign(found[0])))
    if f in MOVES and (found := scaled(c, args[0])) and varies(c, found[0]):
        return times(c, op, found[0], c.add(f, (found[1], *args[1:]), op.shape, op, op.keywords))
    if f is np.matmul and op.shape:
        for i in (0, 1):
            if (found := scaled(c, args[i])) and varies(c, found[0]):
                inner = (found[1], args[1]) if i == 0 else (args[0], found[1])
                return times(c, op, found[0], c.add(f, inner, op.shape, op, unsafe=True))
    if f is np.where and is_number(args[2]) and args[2] == 0:
        found = scaled(c, args[1])
        if found and varies(c, found[0]) and c.shape(found[1]) == op.shape:
            return times(c, op, found[0], c.add(f, (args[0], found[1], args[2]), op.shape, op))
    return None


def product(c: Code, op: Op, a: Any, b: Any) -> Any:
    """The product of two values, of which one is scaled or is a number."""
    for x, y in ((a, b), (b, a)):
        if (found := scaled(c, x, of_masks=c.dtype(y) in (None, op.dtype))) is None:
            continue
        if c.shape(y) == ():
            return times(c, op, number_times(c, op, y, found[0]), found[1])
        if (other := scaled(c, y)) is not None:
            k = number_times(c, op, found[0], other[0])
            return times(c, op, k, c.add(np.multiply, (found[1], other[1]), op.shape, op, unsafe=not is_sign(k)))
        unsafe = not is_sign(found[0]) and c.dtype(found[1]) != "bool"
        return times(c, op, found[0], c.add(np.multiply, (found[1], y), op.shape, op, unsafe=unsafe))
    return None


def scaled(c: Code, value: Any, of_masks: bool = False) -> tuple[Any, Any] | None:
    """The number and the array, if a value is their product and nothing else needs it. With `of_masks`, also of a mask."""
    op = c.op(value)
    if op is None or not op.shape or not op.backward or op.dtype not in ("float32", "float64"):
        return None
    if op.function is np.negative:
        return -1, op.args[0]
    if op.function is np.multiply:
        for k, x in (op.args, op.args[::-1]):
            fits = c.dtype(x) == op.dtype or (of_masks and c.dtype(x) == "bool")
            if c.shape(k) == () and c.shape(x) == op.shape and c.dtype(k) in (None, op.dtype) and fits:
                return (k, x) if is_number(k) or varies(c, k) else None
    return None


def is_sign(k: Any) -> bool:
    """Whether a number only changes signs, so that it does not matter when it is multiplied."""
    return is_number(k) and abs(k) == 1


def varies(c: Code, number: Any) -> bool:
    """Whether a number is computed by the program, from the data perhaps."""
    return c.op(number) is not None


def number_times(c: Code, op: Op, k: Any, m: Any) -> Any:
    if is_number(k) and is_number(m):
        return k * m
    return m if is_number(k) and k == 1 else c.add(np.multiply, (k, m), (), op)


def times(c: Code, op: Op, k: Any, x: Any) -> Any:
    return x if is_number(k) and k == 1 else c.add(np.multiply, (k, x), op.shape, op)
