"""The gradients of slices are added into one array of zeros, each in its place.

    scatter(u, np.s_[1:], (20,)) + scatter(v, np.s_[:-1], (20,))   ->   t[...] = 0;  t[1:] = u;  t[:-1] += v

The gradient of a slice is an array of zeros with the gradient of its elements in their place. Several slices of one array
give several such arrays, of which the sum is wanted: one array of zeros serves them all.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...containers import parts_of
from ...graphs.program import Op
from ...rules.indexing import scatter
from ..code import Code
from ..kernels import added_at, placed_at


def apply(code: Code) -> Code:
    return code.rebuilt(in_place)


def in_place(c: Code, op: Op) -> Any:
    if op.function is scatter and op.shape and is_slice(index := op.keywords["index"]) and c.dtype(op.args[0]) == op.dtype:
        return c.add(placed_at, op.args[:1], op.shape, op, {"index": index, "shape": op.shape})
    if op.function is np.add and op.dtype in ("float32", "float64"):
        for x, y in (op.args, op.args[::-1]):
            made = c.op(y)
            if made is not None and made.function is placed_at and c.uses.get(made.id, 0) < 2 and c.shape(x) == op.shape:
                return c.add(added_at, (x, made.args[0]), op.shape, op, {"index": made.keywords["index"]})
    return None


def is_slice(index: Any) -> bool:
    """Whether an index is of slices and numbers, and so takes no element twice."""
    return all(type(part) in (slice, int, type(None), type(...)) for part in parts_of(index))
