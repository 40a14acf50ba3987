"""The logistic function, its derivative and its integral share one exponential.

    sigmoid(x)                ->   np.maximum(e, np.copysign(1, x)) / t,    where e = np.exp(-np.abs(x)) and t = e + 1
    sigmoid(x) * sigmoid(-x)  ->   e / t**2
    np.logaddexp(0, x)        ->   np.log1p(e) + np.maximum(x, 0)           if the program has sigmoid(x), too

Nothing overflows, as e is at most 1. The maximum is 1 where x is positive, and e where it is negative, without a branch.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...graphs.nodes import Ref
from ...graphs.program import Op, is_number
from ...rules.activations import sigmoid, softplus
from ..code import Code
from .elementary import negative_of

FLOATS = ("float32", "float64")


def apply(code: Code) -> Code:
    halves = {op.id for op in code.ops.values() if op.function is sigmoid and is_plain(code, op, op.args[0])}
    if not halves:
        return code
    bases = {base_of(code, code.ops[i].args[0]) for i in halves}
    parts: dict[int, tuple[Ref, Ref]] = {}  # for each sigmoid of the program before, e and t

    def change(c: Code, op: Op) -> Any:
        old = code.ops[op.id]
        if op.id in halves:
            e, t = parts[op.id] = shared(c, op.args[0], op)
            sides = c.add(np.copysign, (1.0, op.args[0]), op.shape, op)
            return c.add(np.divide, (c.add(np.maximum, (e, sides), op.shape, op), t), op.shape, op)
        if op.function is np.multiply and is_slope(code, old, halves):
            e, t = parts[old.args[0].id]
            return c.add(np.divide, (e, c.add(np.square, (t,), op.shape, op)), op.shape, op)
        x = integrated(code, old)
        if x is not None and is_plain(code, old, x) and base_of(code, x) in bases:
            (new,) = (arg for arg in op.args if not is_number(arg))
            logs = c.add(np.log1p, (shared(c, new, op)[0],), op.shape, op)
            return c.add(np.add, (logs, c.add(np.maximum, (new, 0.0), op.shape, op)), op.shape, op)
        return None

    return code.rebuilt(change)


def shared(c: Code, x: Any, op: Op) -> tuple[Ref, Ref]:
    """What all of them need: e and t. They are the same for x and -x."""
    size = c.add(np.absolute, (base_of(c, x),), op.shape, op)
    e = c.add(np.exp, (c.add(np.negative, (size,), op.shape, op),), op.shape, op)
    return e, c.add(np.add, (e, 1.0), op.shape, op)


def base_of(c: Code, x: Any) -> Any:
    """x, if a value is -x."""
    negative = negative_of(c, x)
    return x if negative is None else negative


def is_plain(c: Code, op: Op, x: Any) -> bool:
    """Whether a call takes one array, and has a result like it."""
    return isinstance(x, Ref) and op.dtype in FLOATS and c.dtype(x) == op.dtype and c.shape(x) == op.shape


def is_slope(code: Code, op: Op, halves: set[int]) -> bool:
    """Whether a product is that of sigmoid(x) and sigmoid(-x)."""
    made = [code.op(arg) for arg in op.args]
    if not all(each is not None and each.id in halves for each in made):
        return False
    x, y = (each.args[0] for each in made if each is not None)
    return bool(negative_of(code, x) == y or negative_of(code, y) == x)


def integrated(code: Code, op: Op) -> Any:
    """x, if a call is the integral of sigmoid(x): np.logaddexp(0, x), or softplus(x)."""
    if op.function is softplus:
        return op.args[0]
    if op.function is np.logaddexp and any(is_number(arg) and arg == 0 for arg in op.args):
        return next((arg for arg in op.args if not is_number(arg)), None)
    return None
