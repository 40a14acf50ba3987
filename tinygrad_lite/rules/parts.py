"""Elementwise functions that are written with those of the table: parts of a number, ``np.subtract.outer``; and truth values.

Flows out: their entries in `COMPOSITIONS`; and in `PLAIN`, those without a derivative, which return truth values or text.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..autograd import RULES
from ..protocols.calling import PLAIN
from ..protocols.compositions import Array, composition, without_tensors
from . import elementwise  # noqa: F401, its table comes first

# --- the parts of a number that has no imaginary part -----------------------------------------------------------------


@composition(np.real)
def real(val: Any) -> Any:
    return val


@composition(np.angle)
def angle(z: Any, deg: bool = False) -> Any:
    """0 for a positive number and π for a negative one: a step, which is flat wherever it has a derivative."""
    return np.arctan2(np.zeros_like(z), np.sign(z)) * (180 / math.pi if deg else 1)


# --- a number in parts ------------------------------------------------------------------------------------------------


@composition(np.divmod)
def quotient_and_remainder(x1: Any, x2: Any) -> tuple[Any, Any]:
    return np.floor_divide(x1, x2), np.remainder(x1, x2)


@composition(np.modf)
def fraction_and_whole(x: Array) -> tuple[Any, Any]:
    whole, endless = np.trunc(x), np.isinf(x)
    return np.where(endless, np.copysign(np.zeros_like(x), x), x - np.where(endless, 0, whole)), whole


@composition(np.ldexp)
def times_power_of_2(x1: Array, x2: Array) -> Any:
    """X · 2ⁿ in two steps, as 2ⁿ alone may be too large or too small. The whole numbers n are constants."""
    n = np.asarray(without_tensors(x2))
    one = x1.dtype.type(1)
    return x1 * np.ldexp(one, n // 2) * np.ldexp(one, n - n // 2)


@composition(np.frexp)
def mantissa_and_exponent(x: Array) -> tuple[Any, Any]:
    """X = m · 2ⁿ: the whole number n is constant between its jumps, and a plain array."""
    exponent = np.frexp(without_tensors(x))[1]
    return np.ldexp(x, -exponent), exponent


def outer_of(ufunc: np.ufunc) -> Any:
    """``np.subtract.outer(a, b)``: every element of `a` with every element of `b`."""

    def outer(A: Any, B: Any, **keywords: Any) -> Any:
        return ufunc(np.reshape(A, np.shape(A) + (1,) * np.ndim(B)), B, **keywords)

    return outer


OF_TWO = [f for f in RULES if isinstance(f, np.ufunc) and f.nin == 2 and f.signature is None]
for function in [*OF_TWO, np.divmod, np.ldexp]:
    composition((function, "outer"))(outer_of(function))

# --- no derivative: these give truth values, or text ------------------------------------------------------------------

PLAIN.update((
    np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal,
    np.logical_and, np.logical_or, np.logical_xor, np.logical_not,
    np.isnan, np.isinf, np.isfinite, np.isneginf, np.isposinf, np.isclose, np.signbit, np.isreal, np.iscomplex,
    np.isrealobj, np.iscomplexobj, np.array2string, np.array_repr, np.array_str,
))  # fmt: skip
OF_TRUTH = [f for f in PLAIN if isinstance(f, np.ufunc) and f.nin == 2]
PLAIN.update((function, method) for function in OF_TRUTH for method in ("reduce", "accumulate", "reduceat", "outer"))
