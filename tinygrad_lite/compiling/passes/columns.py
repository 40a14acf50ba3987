"""Matrices with short rows are transposed, so that NumPy's loops go along the long axis.

    z = h @ w;  np.max(z, axis=1)   ->   zt = w.T @ h.T;  np.max(zt, axis=0)

NumPy takes some 40 times as long to find the largest of each of 1,024 rows of 10 numbers as to compare 10 rows of 1,024. So
the scores of a classifier, and all that is computed of them element by element, are kept with a column for each sample. A
product of matrices takes either form of its arguments and costs the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...graphs.nodes import Ref
from ...graphs.program import Op
from ...rules.reductions import axes_of
from ..code import Code
from ..kernels import dot, less_one_at, less_one_in_column, ones, picked, picked_in_column

LONGEST = 64  # numbers in a row
FLOATS = ("float32", "float64")


def apply(code: Code) -> Code:
    chosen = connected(code)
    return code.rebuilt(lambda c, op: turned_call(c, op, chosen)) if chosen else code


def connected(code: Code) -> set[int]:
    """The values of short rows: those whose rows are compared, and all that is connected with them element by element."""
    needed = list(code.needed())
    chosen = {op.args[0].id for op in needed if over_rows(code, op) and isinstance(op.args[0], Ref)}
    links = [members(code, op) for op in needed]
    grown = True
    while grown:
        grown = False
        for link in links:
            if len(link) > 1 and not chosen.isdisjoint(link) and not link <= chosen:
                chosen |= link
                grown = True
    return {i for i in chosen if i in code.ops}


def over_rows(code: Code, op: Op) -> bool:
    """Whether a call finds the largest of each short row."""
    if op.function not in (np.max, np.min) or op.dtype not in FLOATS or not set(op.keywords) <= {"axis", "keepdims"}:
        return False
    shape = code.shape(op.args[0])
    return len(shape) == 2 and set(axes_of(op.keywords.get("axis"), 2)) == {1} and 1 < shape[1] <= min(LONGEST, shape[0])


def members(code: Code, op: Op) -> set[int]:
    """The values that a call has to have in one form, if it works element by element."""
    if len(op.shape) != 2 or not (
        (isinstance(op.function, np.ufunc) and op.function is not np.matmul) or op.function is less_one_at
    ):
        return set()
    return {op.id, *(arg.id for arg in op.args if isinstance(arg, Ref) and code.shape(arg) == op.shape)}


def turned_call(c: Code, op: Op, chosen: set[int]) -> Any:
    """A call on columns instead of rows, if it is one of those."""
    f, args = op.function, op.args
    if f in (np.max, np.min) and is_turned(c, args[0]) and len(axes_of(op.keywords.get("axis"), 2)) == 1:
        (axis,) = axes_of(op.keywords.get("axis"), 2)
        n = c.shape(args[0])[1 - axis]
        found = c.add(f, (turned(c, args[0], op),), (n,), op, {"axis": 1 - axis})
        return found if len(op.shape) == 1 else c.add(np.reshape, (found,), op.shape, op, {"shape": op.shape})
    if f is np.matmul and is_turned(c, args[0]) and (row := c.op(args[1])) is not None and row.function is ones:
        return c.add(f, (args[1], turned(c, args[0], op)), op.shape, op)
    if f is picked and is_turned(c, args[0]):
        return c.add(picked_in_column, (turned(c, args[0], op), args[1]), op.shape, op)
    if f is dot and any(is_turned(c, arg) for arg in args) and all(len(c.shape(arg)) == 2 or is_ones(c, arg) for arg in args):
        return c.add(f, tuple(arg if is_ones(c, arg) else turned(c, arg, op) for arg in args), (), op)
    if op.id not in chosen:
        return None
    shape = op.shape[::-1]
    if f is np.matmul and all(len(c.shape(arg)) == 2 for arg in args):
        made = c.add(f, (turned(c, args[1], op), turned(c, args[0], op)), shape, op)
    elif f is less_one_at:
        made = c.add(less_one_in_column, (turned(c, args[0], op), args[1]), shape, op)
    elif isinstance(f, np.ufunc) and f is not np.matmul:  # which NumPy calls a ufunc, too
        made = c.add(f, tuple(turned(c, arg, op) for arg in args), shape, op, op.keywords)
    else:
        return None
    return c.add(np.transpose, (made,), op.shape, op)


def is_ones(c: Code, value: Any) -> bool:
    op = c.op(value)
    return op is not None and op.function is ones


def is_turned(c: Code, value: Any) -> bool:
    """Whether a value is the transpose of what is kept."""
    op = c.op(value)
    return op is not None and op.function is np.transpose and len(op.shape) == 2


def turned(c: Code, value: Any, like: Op) -> Any:
    """The transpose of a matrix; a vector that was a row as a column, and a column as a row."""
    shape, op = c.shape(value), c.op(value)
    if len(shape) == 2 and 1 not in shape:
        turns = op is not None and op.function in (np.transpose, np.swapaxes)
        return op.args[0] if turns and op else c.add(np.transpose, (value,), shape[::-1], like, dtype=c.dtype(value))
    if not shape:
        return value
    inner = op.args[0] if op is not None and op.function is np.reshape else value
    new = (shape[0], 1) if len(shape) == 1 else shape[::-1]
    return inner if c.shape(inner) == new else c.add(np.reshape, (inner,), new, like, {"shape": new}, dtype=c.dtype(value))
