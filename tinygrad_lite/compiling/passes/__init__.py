"""What is done to a program before it is written, one idea a file. In reading order, which is also the order of work:

elementary.py   what is one call in the engine, as the few calls of NumPy's that it consists of
quotients.py    several divisions by the same array become one division, and products
scales.py       a number that all elements are multiplied with is multiplied last
sums.py         sums as products of vectors and matrices
numbers.py      single numbers with as few operations as possible
factors.py      common factors of a sum are multiplied once
places.py       what comes back through slices is added in place
masks.py        "this, or else 0" without a branch
columns.py      short rows are kept as columns

`PASSES` has them by name. Each takes a `Code` and returns another one that computes the same values.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from ..code import Code
from . import columns, elementary, factors, masks, numbers, places, quotients, scales, sums

PASSES: dict[str, Callable[[Code], Code]] = {
    "elementary": elementary.apply,
    "quotients": quotients.apply,
    "scales": scales.apply,
    "sums": sums.apply,
    "numbers": numbers.apply,
    "factors": factors.apply,
    "places": places.apply,
    "masks": masks.apply,
    "columns": columns.apply,
}


def improved(code: Code, without: Collection[str] = ()) -> Code:
    """The program after all passes but those named in `without`."""
    for apply in [apply for name, apply in PASSES.items() if name not in without] or [unchanged]:
        code = apply(code)
    return code


def unchanged(code: Code) -> Code:
    """The program as it is, with what is computed twice computed once."""
    return code.rebuilt(elementary.typed)
