"""Derivatives of elliptic integrals and of Jacobi's elliptic functions in scipy.special. The parameter is called m.

The slope of a complete integral is the usual difference of both, over m, which is 0 / 0 at m = 0. As hypergeometric functions
(17.3.9, 17.3.10), whose slopes have a rule, they have no such difference. The incomplete integrals have a derivative with
respect to the amplitude, and Jacobi's functions with respect to the argument u.
Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), chapters 15 (15.2.1, 15.3.3), 16 (16.16) and 17.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...operands import operand
from ...protocols.compositions import composition
from ...registry import derivative, primitive
from .special import special

# fmt: off
derivative(special.ellipk,      x=lambda g, x: g * (math.pi / 8 * special.hyp2f1(0.5, 0.5, 2, x) / (1 - x)))
derivative(special.ellipkm1,    x=lambda g, x: -g * (math.pi / 8 * special.hyp2f1(0.5, 0.5, 2, 1 - x) / x))
derivative(special.ellipe,      x=lambda g, x: -g * (math.pi / 8 * special.hyp2f1(0.5, 1.5, 2, x)))
derivative(special.ellipkinc,   x=lambda g, x, y: g / np.sqrt(1 - y * np.sin(x) ** 2))
derivative(special.ellipeinc,   x=lambda g, x, y: g * np.sqrt(1 - y * np.sin(x) ** 2))
# fmt: on


@primitive
def jacobi(u: Any, m: Any, part: int) -> Any:
    """One of Jacobi's functions: sn, cn, dn, or the amplitude φ, by its place in the results of scipy.special.ellipj."""
    return special.ellipj(u, m)[part]


def jacobi_slope(u: Any, m: Any, part: int) -> Any:
    """The slopes: sn' = cn dn, cn' = -sn dn, dn' = -m sn cn, and φ' = dn (16.16)."""
    first, second = [(1, 2), (0, 2), (0, 1), (2, 2)][part]
    slope = jacobi(u, m, part=first)
    if part == 3:
        return slope
    return (1.0, -1.0, -m)[part] * (slope * jacobi(u, m, part=second))


derivative(jacobi, u=lambda g, u, m, part: g * jacobi_slope(u, m, part), broadcasts=True)


@composition(special.ellipj)
def ellipj(u: Any, m: Any) -> Any:
    """All four, as a tuple. Numbers are not made arrays: beside a number, float32 stays float32."""
    m = operand(m)
    return tuple(jacobi(u, m, part=part) for part in range(4))
