"""A call of the engine is written as the few NumPy calls that it consists of, with the cheapest function for each.

    x**2                             ->  np.square(x)
    np.mean(x)                       ->  np.sum(x) / 100
    x / 4                            ->  x * 0.25
    relu(x)                          ->  np.maximum(x, 0)
    np.where(mask, 2.0, 0.0)         ->  mask * 2.0
    softmax(z, axis=1)               ->  e / t,      where e = np.exp(z - np.max(z, axis=1, keepdims=True))
    cross_entropy_of_classes(z, y)   ->  np.mean(np.log(t) - picked(z - m, y)),        and t = np.sum(e, axis=1)

So what the forward pass and the backward pass have in common is computed once: e and t of a softmax, for example.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...graphs.nodes import Ref
from ...graphs.program import Op, is_number
from ...rules.activations import relu
from ...rules.nets.entropy import cross_entropy_of_classes
from ...rules.reductions import axes_of, softmax
from ..code import Code
from ..kernels import less_one_at, picked
from .masks import is_zero

SMALLEST, LARGEST = 1e-300, 1e300  # between these, the reciprocal of a number is as exact as the number


def apply(code: Code) -> Code:
    return code.rebuilt(elementary)


def typed(c: Code, op: Op) -> Any:
    """A call with its numbers in the precision in which the engine computes with them: in double precision if the result is
    in that because of the number; and a float of Python's in the single precision of an array.
    """
    f, args = op.function, op.args
    if op.dtype in ("float32", "float64") and isinstance(f, np.ufunc) and not op.keywords and all(map(is_number, args)):
        kind = np.dtype(op.dtype).type
        with np.errstate(all="ignore"):
            return float(kind(f(*map(kind, args))))
    x = args[0] if args else None
    if f is np.power and is_number(args[1]) and args[1] == 2 and c.shape(x) == op.shape and c.dtype(x) == op.dtype:
        return c.add(np.square, args[:1], op.shape, op)  # as NumPy does
    if op.dtype == "float64" and (isinstance(f, np.ufunc) or f is np.where) and (double := doubles(c, op)):
        return c.add(f, double, op.shape, op, op.keywords)
    dtypes = {c.dtype(arg) for arg in args if not c.is_float(arg)} - {"bool", None}
    if dtypes == {"float32"} and (op.dtype == "float32" or (op.dtype == "bool" and isinstance(f, np.ufunc))):
        single = tuple(c.add(np.float32, (x,), (), op, dtype="float32") if is_floats(c, x) else x for x in args)
        return c.add(f, single, op.shape, op, op.keywords) if any(is_floats(c, x) for x in args) else None
    return None


def is_floats(c: Code, value: Any) -> bool:
    """Whether a value of the program is a float of Python's."""
    return isinstance(value, Ref) and c.dtype(value) == "float64" and c.is_float(value)


def elementary(c: Code, op: Op) -> Any:
    f, args = op.function, op.args
    if (found := typed(c, op)) is not None:
        return found
    if op.dtype not in ("float32", "float64"):
        return None
    if f is np.power and is_number(args[1]) and args[1] == 3 and c.shape(args[0]) == op.shape:
        squared = c.add(np.square, args[:1], op.shape, op)
        return c.add(np.multiply, (squared, args[0]), op.shape, op)
    if f is np.multiply and isinstance(args[0], Ref) and args[0] == args[1]:
        return c.add(np.square, args[:1], op.shape, op)
    if f is np.multiply and any(negative_of(c, x) == y for x, y in (args, args[::-1])):  # -x * x
        i = int(negative_of(c, args[0]) is None)
        squared = c.add(np.square, (negative_of(c, args[i]),), op.shape, op)
        return c.add(np.negative, (squared,), op.shape, op)
    if f is np.divide and op.shape and is_number(args[1]) and SMALLEST < abs(args[1]) < LARGEST and op.dtype == "float64":
        return c.add(np.multiply, (args[0], 1 / args[1]), op.shape, op)
    if f is relu and c.dtype(args[0]) == op.dtype:
        return c.add(np.maximum, (args[0], 0), op.shape, op)
    if f is np.where and is_number(args[1]) and math.isfinite(args[1]) and is_zero(c, args[2]):
        whole = c.dtype(args[0]) == "bool" and c.shape(args[0]) == op.shape
        return c.add(np.multiply, args[:2], op.shape, op) if whole else None
    if f is np.mean and set(op.keywords) <= {"axis", "keepdims"} and c.dtype(args[0]) == op.dtype and c.size(args[0]):
        total = c.add(np.sum, args, op.shape, op, op.keywords)
        return c.add(np.divide, (total, float(c.size(args[0]) // max(math.prod(op.shape), 1))), op.shape, op)
    if f is softmax and c.dtype(args[0]) == op.dtype and c.size(args[0]):
        axes = axes_of(op.keywords.get("axis", -1), len(op.shape))
        _, powers, total = parts_of_softmax(c, op, args[0], axes[0])
        return c.add(np.divide, (powers, total), op.shape, op)
    if f is cross_entropy_of_classes and c.dtype(args[0]) == op.dtype and c.size(args[0]):
        less, _, total = parts_of_softmax(c, op, args[0], 1)
        n = c.shape(args[0])[0]
        logs = c.add(np.sum, (c.add(np.log, (total,), (n, 1), op),), (), op)
        right = c.add(np.sum, (c.add(picked, (less, args[1]), (n,), op),), (), op)
        return c.add(np.divide, (c.add(np.subtract, (logs, right), (), op), float(n)), (), op)
    if f is np.subtract and (classes := compared_with_all(c, args[1], op)) is not None:
        return c.add(less_one_at, (args[0], classes), op.shape, op)
    return None


def negative_of(c: Code, value: Any) -> Any:
    """What a value is the negative of; None if it is no such thing."""
    op = c.op(value)
    return op.args[0] if op is not None and op.function is np.negative and isinstance(op.args[0], Ref) else None


def doubles(c: Code, op: Op) -> tuple[Any, ...] | None:
    """The arguments of a call whose result is in double precision because a number among them is, and not only Python's."""
    dtypes = {c.dtype(arg) for arg in op.args} - {None, "bool"}
    if dtypes <= {"float32", "float16"} and dtypes and any(map(is_number, op.args)):
        return tuple(c.add(np.float64, (arg,), (), op) if is_number(arg) else arg for arg in op.args)
    return None


def parts_of_softmax(c: Code, op: Op, z: Any, axis: int) -> tuple[Any, Any, Any]:
    """Z less its largest along an axis; the powers of e of that; and their sum along the axis."""
    shape = c.shape(z)
    kept = tuple(1 if i == axis else n for i, n in enumerate(shape))
    along = {"axis": axis, "keepdims": True}
    less = c.add(np.subtract, (z, c.add(np.max, (z,), kept, op, along)), shape, op)
    powers = c.add(np.exp, (less,), shape, op)
    return less, powers, c.add(np.sum, (powers,), kept, op, along)


def compared_with_all(c: Code, value: Any, op: Op) -> Any:
    """The classes, if a value is ``classes[:, None] == np.arange(count)``: 1 at the class of each row, and 0 elsewhere."""
    compared = c.op(value)
    if compared is None or compared.function is not np.equal or len(op.shape) != 2 or compared.shape != op.shape:
        return None
    column, numbers = compared.args
    reshaped, counting = c.op(column), c.value_of(numbers)
    n, count = op.shape
    if reshaped is None or reshaped.function is not np.reshape or c.shape(reshaped.args[0]) != (n,) or counting is None:
        return None
    right = np.shape(counting) == (count,) and np.array_equal(counting, np.arange(count))
    return reshaped.args[0] if right and "int" in str(c.dtype(reshaped.args[0])) else None
