"""Several divisions by the same array become one division and several products.

    u / q, v / q, 1 / q   ->   u * r, v * r, r,    where r = 1 / q

A division takes several times as long as a product, and passes over the memory again.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from ...graphs.nodes import Ref
from ...graphs.program import Op, is_number
from ..code import Code


def apply(code: Code) -> Code:
    divisors = Counter(op.args[1] for op in code.needed() if divides(code, op))
    shared = {value.id for value, count in divisors.items() if count > 1}

    def change(c: Code, op: Op) -> Any:
        if not divides(c, op) or c.old[op.args[1].id].isdisjoint(shared):
            return None
        inverse = c.add(np.reciprocal, op.args[1:], c.shape(op.args[1]), op, unsafe=True)
        if is_number(op.args[0]) and op.args[0] == 1:
            return inverse
        return c.add(np.multiply, (op.args[0], inverse), op.shape, op, unsafe=True)

    return code.rebuilt(change) if shared else code


def divides(c: Code, op: Op) -> bool:
    """Whether a call divides by an array of its own dtype."""
    divisor = op.args[1] if op.function is np.divide and len(op.args) == 2 else None
    if not isinstance(divisor, Ref) or not c.shape(divisor) or op.dtype not in ("float32", "float64"):
        return False
    return c.dtype(divisor) == op.dtype and not (is_number(op.args[0]) and c.shape(divisor) != op.shape)
