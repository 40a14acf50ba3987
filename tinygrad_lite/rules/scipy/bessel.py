"""Derivatives of the Bessel functions in scipy.special, and of Kelvin's and Struve's. The order is a constant.

The slope of a Bessel function is made of its neighbours in the order. For the orders 0 and 1 the two are made of each other:
SciPy's functions for general orders, which give nan from about x = 2³⁰ on, are not needed far out. The functions whose names
end in e are scaled by an exponential, so that they neither overflow nor underflow. Those of order 0 and of order 1 are almost
equal far out, and their difference is computed from the series of both.

Source of the formulas: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), chapters 9 (9.1.27,
9.6.26, 9.7, 9.9) and 12.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...registry import derivative
from .special import special

# fmt: off
# Bessel functions: the slope is half the difference, or half the sum, of the neighbours in the order
derivative(special.j0,        x=lambda g, x: -g * special.j1(x))
derivative(special.j1,        x=lambda g, x, out: g * (special.j0(x) - over_x(out, x, special.jv, +1)))
derivative(special.jv,        y=lambda g, x, y: g * ((special.jv(x - 1, y) - special.jv(x + 1, y)) / 2))
derivative(special.y0,        x=lambda g, x: -g * special.y1(x))
derivative(special.y1,        x=lambda g, x, out: g * (special.y0(x) - out / x))
derivative(special.yv,        y=lambda g, x, y: g * ((special.yv(x - 1, y) - special.yv(x + 1, y)) / 2))
derivative(special.i0,        x=lambda g, x: g * special.i1(x))
derivative(special.i1,        x=lambda g, x, out: g * (special.i0(x) - over_x(out, x, special.iv, -1)))
derivative(special.iv,        y=lambda g, x, y: g * ((special.iv(x - 1, y) + special.iv(x + 1, y)) / 2))
derivative(special.i0e,       x=lambda g, x: g * (np.sign(x) * scaled_difference(np.abs(x), special.i0e, special.i1e)))
derivative(special.i1e,       x=lambda g, x, out: g * i1e_slope(x, out))
derivative(special.ive,       y=lambda g, x, y, out: g * (
                                  (special.ive(x - 1, y) + special.ive(x + 1, y)) / 2 - np.sign(y) * out))
derivative(special.k0,        x=lambda g, x: -g * special.k1(x))
derivative(special.k1,        x=lambda g, x, out: -g * (special.k0(x) + out / x))
derivative(special.kv,        y=lambda g, x, y: -g * ((special.kv(x - 1, y) + special.kv(x + 1, y)) / 2))
derivative(special.kn,        y=lambda g, x, y: -g * ((special.kn(x - 1, y) + special.kn(x + 1, y)) / 2))
derivative(special.yn,        y=lambda g, x, y: g * ((special.yn(x - 1, y) - special.yn(x + 1, y)) / 2))
derivative(special.jve,       y=lambda g, x, y: g * ((special.jve(x - 1, y) - special.jve(x + 1, y)) / 2))
derivative(special.yve,       y=lambda g, x, y: g * ((special.yve(x - 1, y) - special.yve(x + 1, y)) / 2))
derivative(special.k0e,       x=lambda g, x: -g * scaled_difference(x, special.k0e, special.k1e, -1))
derivative(special.k1e,       x=lambda g, x, out: g * (scaled_difference(x, special.k0e, special.k1e, -1) - out / x))
derivative(special.kve,       y=lambda g, x, y, out: g * (
                                  out - (special.kve(x - 1, y) + special.kve(x + 1, y)) / 2))

# Kelvin functions: the real and imaginary parts of Bessel functions of order 0, at complex arguments (9.9)
derivative(special.ber,       x=lambda g, x: g * special.berp(x))
derivative(special.bei,       x=lambda g, x: g * special.beip(x))
derivative(special.ker,       x=lambda g, x: g * special.kerp(x))
derivative(special.kei,       x=lambda g, x: g * special.keip(x))
derivative(special.berp,      x=lambda g, x, out: g * (-special.bei(x) - out / x))
derivative(special.beip,      x=lambda g, x, out: g * (special.ber(x) - out / x))
derivative(special.kerp,      x=lambda g, x, out: g * (-special.kei(x) - out / x))
derivative(special.keip,      x=lambda g, x, out: g * (special.ker(x) - out / x))

# Struve functions (12.1.9, 12.2.4)
derivative(special.struve,    y=lambda g, x, y, out: g * (special.struve(x - 1, y) - x * out / y))
derivative(special.modstruve, y=lambda g, x, y, out: g * (special.modstruve(x - 1, y) - x * out / y))
# fmt: on


def over_x(out: Any, x: Any, of_order: Any, sign: int) -> Any:
    """f₁(x) / x, of which the slope of a Bessel function of order 1 is made: f₁' = f₀ - f₁ / x (9.1.27, 9.6.26).

    At 0 that is 0 / 0. For |x| < 10 it is (f₀ ± f₂) / 2 instead; not everywhere, as SciPy has no f₂ from about 2³⁰ on.
    """
    far = np.abs(x) > 10
    near = np.where(far, 0, x)
    return np.where(far, out / np.where(far, x, 1), (of_order(0, near) + sign * of_order(2, near)) / 2)


def scaled_difference(x: Any, order_0: Any, order_1: Any, sign: int = 1) -> Any:
    """f₁ - f₀ for x ≥ 0, where f is i0e and i1e, or k0e and k1e (sign -1). Far out the two are almost equal.

    There each is a factor times the series Σ (∓1)ᵏ aₖ(ν) / xᵏ (9.7.1, 9.7.2), and the difference is taken term by term.
    """
    far = x > 20
    t = -sign / np.where(far, x, 20)
    difference: Any = 0.0
    for k in range(len(TERMS), 0, -1):
        difference = (difference + TERMS[k - 1]) * t
    factor = 1 / (2 * math.pi) if sign > 0 else math.pi / 2
    near = np.where(far, 1, x)
    return np.where(far, np.sqrt(factor / np.where(far, x, 20)) * difference, order_1(near) - order_0(near))


def hankel(order: int, k: int) -> float:
    """The coefficient aₖ(ν) = (4ν² - 1)(4ν² - 9) … (4ν² - (2k - 1)²) / (k! 8ᵏ) of the series far out."""
    return math.prod((4 * order**2 - (2 * i - 1) ** 2) / (8 * i) for i in range(1, k + 1))


TERMS = [hankel(1, k) - hankel(0, k) for k in range(1, 25)]


def i1e_slope(x: Any, out: Any) -> Any:
    """With i1 / x from 9.6.26: (exp(-|x|) i1(x))' = i0e - i1e / x - |i1e|, in which the first and the last nearly cancel."""
    return -scaled_difference(np.abs(x), special.i0e, special.i1e) - over_x(out, x, special.ive, -1)
