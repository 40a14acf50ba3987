"""Passes change a program before it is written, to make it faster. Each file has one idea. They run in this reading order:

images.py       convolutions and poolings are written as products of matrices and as slices
spreads.py      variances are written out, so that the mean and the distances from it are computed once
elementary.py   a call of the engine is written as the few NumPy calls that it consists of
sigmoids.py     the logistic function, its derivative and its integral share one exponential
quotients.py    several divisions by the same array become one division and several products
scales.py       multiplying all elements by a single number is done last
sums.py         sums are written as products of vectors and matrices
numbers.py      single numbers are computed with as few operations as possible
factors.py      common factors of a sum are multiplied once
places.py       gradients that come back through slices are added in place
masks.py        numbers are replaced by 0 where a mask is False, without a branch
columns.py      matrices with short rows are transposed
stacks.py       several sums of products with the same vector become one product of a matrix

`PASSES` contains them by name. Each takes a `Code` and returns another one that computes the same values.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from ..code import Code
from . import columns, elementary, factors, images, masks, numbers, places, quotients, scales, sigmoids, spreads, stacks, sums

PASSES: dict[str, Callable[[Code], Code]] = {
    "images": images.apply,
    "spreads": spreads.apply,
    "elementary": elementary.apply,
    "sigmoids": sigmoids.apply,
    "quotients": quotients.apply,
    "scales": scales.apply,
    "sums": sums.apply,
    "numbers": numbers.apply,
    "factors": factors.apply,
    "places": places.apply,
    "masks": masks.apply,
    "columns": columns.apply,
    "stacks": stacks.apply,
}


def improved(code: Code, without: Collection[str] = ()) -> Code:
    """The program after all passes but those named in `without`."""
    for apply in [apply for name, apply in PASSES.items() if name not in without] or [unchanged]:
        code = apply(code)
    return code


def unchanged(code: Code) -> Code:
    """The program as it is, with what is computed twice computed once."""
    return code.rebuilt(elementary.typed)
