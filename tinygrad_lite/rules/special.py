"""Derivatives of the functions in scipy.special: error functions, the gamma function, entropies, Bessel functions.

Flows in: one of SciPy's functions meets a Tensor for the first time, and `tensor.call` imports this chapter. Flows out: the
rules, and `polygamma`. SciPy's own polygamma takes no Tensors, as it is no ufunc. Nor do SciPy's logsumexp, softmax and
log_softmax: tinygrad_lite has its own.

The order of a polygamma or Bessel function is a constant. Where x is 0, x log(y) is 0 for every y: so its slope in y is 0
there, also at y = 0. Its slope in x, log(y), is infinite at y = 0; but where a gradient of 0 comes in, 0 goes out.

Sources of the formulas: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), chapters 6 (gamma), 7 (error
function), 9 (Bessel: 9.1.27, 9.6.26) and 26 (normal distribution); NIST Digital Library of Mathematical Functions (2010-),
5.15 (polygamma), 25.11 (zeta); and, of the entropies, Boyd and Vandenberghe, Convex Optimization (2004), section 3.2.6.
"""

from __future__ import annotations

import inspect
import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import scipy.special

from ..registry import derivative, primitive

# SciPy may wrap a ufunc in a function that chooses between array libraries. What has a rule is the ufunc inside.
special: Any = SimpleNamespace(**{name: inspect.unwrap(f) for name, f in vars(scipy.special).items() if callable(f)})

ROOT_2, ROOT_PI, ROOT_2_PI = math.sqrt(2), math.sqrt(math.pi), math.sqrt(2 * math.pi)

# --- functions that SciPy does not have, or not for Tensors -----------------------------------------------------------


@primitive
def polygamma(n: int, x: Any) -> Any:
    """The n-th derivative of digamma(x), elementwise, for one whole number n ≥ 0: scipy.special.polygamma for Tensors.

    >>> import numpy as np
    >>> polygamma(1, np.array([1.0])) * 6 / np.pi**2      # polygamma(1, 1) = Σ 1/k² = π²/6
    array([1.])
    """
    if n == 0:
        return special.digamma(x)
    out = (-1.0) ** (n + 1) * math.gamma(n + 1) * special.zeta(n + 1.0, x)  # n! = Γ(n + 1)
    return out.astype(np.result_type(np.asarray(x).dtype, np.float32))  # before 2.0 NumPy makes one float32 a float64


@primitive
def normal_hazard(x: Any) -> Any:
    """φ(x) / Φ(x), the slope of log_ndtr. With erfcx(z) = exp(z²) erfc(z) there is nothing that could underflow.

    >>> import numpy as np
    >>> normal_hazard(np.array([-1000.0, 1000.0])).round(3).tolist()      # about |x|, and about 0
    [1000.001, 0.0]
    """
    return (2 / ROOT_2_PI) / special.erfcx(x / -ROOT_2)


# --- the table --------------------------------------------------------------------------------------------------------

# fmt: off
# error functions and the normal distribution
derivative(special.erf,       x=lambda g, x: g * (2 / ROOT_PI * np.exp(-x * x)))
derivative(special.erfc,      x=lambda g, x: g * (-2 / ROOT_PI * np.exp(-x * x)))
derivative(special.erfcx,     x=lambda g, x, out: g * erfcx_slope(x, out))
derivative(special.erfinv,    x=lambda g, out: g * (ROOT_PI / 2 * np.exp(out * out)))
derivative(special.erfcinv,   x=lambda g, out: g * (-ROOT_PI / 2 * np.exp(out * out)))
derivative(special.ndtr,      x=lambda g, x: g * (np.exp(-x * x / 2) / ROOT_2_PI))
derivative(special.log_ndtr,  x=lambda g, x: g * normal_hazard(x))
derivative(special.ndtri,     x=lambda g, out: g * (ROOT_2_PI * np.exp(out * out / 2)))
derivative(normal_hazard,     x=lambda g, x, out: -g * (out * hazard_gap(x, out)))

# the gamma function and its relatives
derivative(special.gamma,     x=lambda g, x, out: g * (out * special.digamma(x)))
derivative(special.gammaln,   x=lambda g, x: g * special.digamma(x))
derivative(special.digamma,   x=lambda g, x: g * polygamma(1, x))
derivative(polygamma,         x=lambda g, n, x: g * polygamma(n + 1, x),   broadcasts=True)
derivative(special.beta,      x=lambda g, x, y, out: g * (out * (special.digamma(x) - special.digamma(x + y))),
                              y=lambda g, x, y, out: g * (out * (special.digamma(y) - special.digamma(x + y))))
derivative(special.betaln,    x=lambda g, x, y: g * (special.digamma(x) - special.digamma(x + y)),
                              y=lambda g, x, y: g * (special.digamma(y) - special.digamma(x + y)))

# the logistic function
derivative(special.expit,     x=lambda g, x, out: g * (out * special.expit(-x)))
derivative(special.logit,     x=lambda g, x: g / (x * (1 - x)))
derivative(special.log_expit, x=lambda g, x: g * special.expit(-x))

# entropies, in which 0 log 0 = 0
derivative(special.xlogy,     x=lambda g, y: special.xlogy(g, y),          y=lambda g, x, y: g * over(x, y))
derivative(special.xlog1py,   x=lambda g, y: special.xlog1py(g, y),        y=lambda g, x, y: g * over(x, 1 + y))
derivative(special.entr,      x=lambda g, x: -special.xlogy(g, x) - g)
derivative(special.rel_entr,  x=lambda g, x, y: special.xlogy(g, over(x, y)) + g,
                              y=lambda g, x, y: -g * over(x, y))
derivative(special.kl_div,    x=lambda g, x, y: special.xlogy(g, over(x, y)),  y=lambda g, x, y: g * (1 - over(x, y)))

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
# fmt: on

# --- rules that need more than a line ---------------------------------------------------------------------------------


def mills_gap(z: Any) -> Any:
    """By how much the hazard φ(z) / Φ(-z) exceeds z, for z ≥ 5: 1/z - 2/z³ + …, as a continued fraction (26.2.14).

    To subtract z from the hazard would leave rounding only: from z = 10⁸ on the two are equal in all digits. All terms of the
    fraction are positive, so it loses nothing; 40 of them give all digits from z = 5 on.
    """
    denominator = z
    for k in range(40, 1, -1):
        denominator = z + k / denominator
    return 1 / denominator


def hazard_gap(x: Any, out: Any) -> Any:
    """Hazard + x, which is what the slope of the hazard is made of: the gap between the two far to the left."""
    far = x < -5
    return np.where(far, mills_gap(np.where(far, -x, 5)), np.where(far, 0, x) + np.where(far, 0, out))


def erfcx_slope(x: Any, out: Any) -> Any:
    """erfcx(x) = exp(x²) erfc(x), so its slope is 2x erfcx(x) - 2/√π: for large x a difference of almost equal numbers.

    As √(2/π) / erfcx(x) is the hazard at √2 x, and that is √2 x plus its gap, the slope there is -√2 gap erfcx(x).
    """
    far = x > 4
    near = np.where(far, 0, x)
    return np.where(far, -ROOT_2 * mills_gap(ROOT_2 * np.where(far, x, 4)) * out, 2 * near * out - 2 / ROOT_PI)


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
    t, difference = -sign / np.where(far, x, 20), 0.0
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


def over(x: Any, y: Any) -> Any:
    """The slope of x log(y) in y is x / y, and 0 where both are 0: there x log(y) is 0 for every y."""
    return x / np.where((x == 0) & (y == 0), 1, y)
