"""Variances are written out, so that the mean and the distances from it are computed once.

    np.var(x, axis=1)          ->   np.mean(np.square(d), axis=1),      where d = x - np.mean(x, axis=1, keepdims=True)
    np.std(x, axis=1)          ->   np.sqrt(np.var(x, axis=1))
    standardize(x, axis=1)     ->   d / np.sqrt(np.var(x, axis=1, keepdims=True) + 1e-5)

The backward pass of each of these needs `d` again; and that of `standardize`, which layer norm uses, the square root as well.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...graphs.nodes import Ref
from ...graphs.program import Op
from ...rules.nets.normalization import standardize
from ...rules.reductions import axes_of
from ..code import Code


def apply(code: Code) -> Code:
    return code.rebuilt(written_out)


def written_out(c: Code, op: Op) -> Any:
    f, x = op.function, op.args[0] if op.args else None
    if f not in (np.var, np.std, standardize) or op.dtype not in ("float32", "float64") or not isinstance(x, Ref):
        return None
    options = {"axis", "eps"} if f is standardize else {"axis", "keepdims", "ddof"}
    if c.dtype(x) != op.dtype or not c.size(x) or not set(op.keywords) <= options or len(op.args) > 1:
        return None
    if f is standardize:
        axis = {"axis": op.keywords.get("axis", -1)}
        distance, variance = parts(c, op, x, {**axis, "keepdims": True}, 0)
        raised = c.add(np.add, (variance, op.keywords.get("eps", 1e-5)), c.shape(variance), op)
        return c.add(np.divide, (distance, c.add(np.sqrt, (raised,), c.shape(raised), op)), op.shape, op)
    ddof = op.keywords.get("ddof", 0)
    _, variance = parts(c, op, x, {name: value for name, value in op.keywords.items() if name != "ddof"}, ddof)
    return variance if f is np.var or variance is None else c.add(np.sqrt, (variance,), op.shape, op)


def parts(c: Code, op: Op, x: Any, keywords: dict[str, Any], ddof: Any) -> tuple[Any, Any]:
    """How far each element is from the mean, and the variance; None if there are too few elements for it."""
    shape = c.shape(x)
    axes = axes_of(keywords.get("axis"), len(shape))
    kept = tuple(1 if i in axes else n for i, n in enumerate(shape))
    whole = kept if keywords.get("keepdims") else tuple(n for i, n in enumerate(shape) if i not in axes)
    count = math.prod(shape) // math.prod(kept)
    if type(ddof) is not int or count <= ddof:
        return None, None
    mean = c.add(np.mean, (x,), kept, op, {**keywords, "keepdims": True})
    distance = c.add(np.subtract, (x, mean), shape, op)
    squares = c.add(np.square, (distance,), shape, op)
    if not ddof:
        return distance, c.add(np.mean, (squares,), whole, op, keywords)
    return distance, c.add(np.divide, (c.add(np.sum, (squares,), whole, op, keywords), float(count - ddof)), whole, op)
