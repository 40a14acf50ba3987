"""Derivatives of the functions in scipy.special: error functions, the gamma function, entropies.

`tensor.call` imports this chapter when one of SciPy's functions is first called with a Tensor. Flows out: the rules, and
`polygamma`. SciPy's own polygamma takes no Tensors, because it is not a ufunc. Nor do SciPy's logsumexp, softmax and
log_softmax: tinygrad_lite has its own.

The order of a polygamma function is a constant. Where x is 0, x log(y) is 0 for every y: so its slope in y is 0
there, also at y = 0. Its slope in x, log(y), is infinite at y = 0; but where a gradient of 0 comes in, 0 goes out.

Sources of the formulas: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), chapters 6 (gamma), 7 (error
function) and 26 (normal distribution); NIST Digital Library of Mathematical Functions (DLMF, 2010-), 4.13 (wrightomega), 5.15
(polygamma), 13.5 (dawsn), 25.11 (zeta); and, of the entropies, Boyd and Vandenberghe, Convex Optimization (2004), 3.2.6.
"""

from __future__ import annotations

import inspect
import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import scipy.special

from ...registry import derivative, primitive

# SciPy may wrap a ufunc in a function that chooses between array libraries. What has a rule is the ufunc inside.
special: Any = SimpleNamespace(**{name: inspect.unwrap(f) for name, f in vars(scipy.special).items() if callable(f)})

zeta: Any = scipy.special._ufuncs._zeta  # of two arguments. SciPy's own zeta is a function that chooses between two ufuncs

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
derivative(special.ndtri_exp, x=lambda g, out: g / normal_hazard(out))
derivative(special.erfi,      x=lambda g, x: g * (2 / ROOT_PI * np.exp(x * x)))
derivative(special.dawsn,     x=lambda g, x, out: g * dawson_slope(x, out))
derivative(normal_hazard,     x=lambda g, x, out: -g * (out * hazard_gap(x, out)))

# the gamma function and its relatives
derivative(special.gamma,     x=lambda g, x, out: g * (out * special.digamma(x)))
derivative(special.gammaln,   x=lambda g, x: g * special.digamma(x))
derivative(special.loggamma,  x=lambda g, x: g * special.digamma(x))
derivative(special.rgamma,    x=lambda g, x, out: g * rgamma_slope(x, out))
derivative(special.gammasgn,  x=lambda g: np.zeros_like(g))
derivative(special.digamma,   x=lambda g, x: g * polygamma(1, x))
derivative(polygamma,         x=lambda g, n, x: g * polygamma(n + 1, x),   broadcasts=True)
derivative(zeta,              y=lambda g, x, y: -g * (x * zeta(x + 1, y)))
derivative(special.beta,      x=lambda g, x, y, out: -g * (out * digamma_rise(x, y)),
                              y=lambda g, x, y, out: -g * (out * digamma_rise(y, x)))
derivative(special.betaln,    x=lambda g, x, y: -g * digamma_rise(x, y),
                              y=lambda g, x, y: -g * digamma_rise(y, x))
derivative(special.poch,      x=lambda g, x, y, out: g * (out * digamma_rise(x, y)),
                              y=lambda g, x, y, out: g * (out * special.digamma(x + y)))
derivative(special.binom,     x=lambda g, x, y, out: g * (out * digamma_rise(x - y + 1, y)),
                              y=lambda g, x, y, out: g * (out * (special.digamma(x - y + 1) - special.digamma(y + 1))))

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

# SciPy's own names for functions that NumPy has, and powers
derivative(special.expm1,     x=lambda g, x: g * np.exp(x))
derivative(special.log1p,     x=lambda g, x: g / (1 + x))
derivative(special.exp2,      x=lambda g, out: g * (math.log(2) * out))
derivative(special.exp10,     x=lambda g, out: g * (math.log(10) * out))
derivative(special.exprel,    x=lambda g, x: g * power_slope(1.0, x))
derivative(special.wrightomega, x=lambda g, out: g * np.where(out < 1, out / (1 + out), 1 - 1 / (1 + out)))
derivative(special.cbrt,      x=lambda g, out: g / (3 * out * out))
derivative(special.cosm1,     x=lambda g, x: -g * np.sin(x))
derivative(special.round,     x=lambda g: np.zeros_like(g))
derivative(special.powm1,     x=lambda g, x, y: g * (y * np.power(x, y - 1)),
                              y=lambda g, x, out: g * (np.log(x) * (out + 1)))
derivative(special.boxcox,    x=lambda g, x, y: g * np.power(x, y - 1),
                              y=lambda g, x, y: g * power_slope(np.log(x), y))
derivative(special.boxcox1p,  x=lambda g, x, y: g * np.power(1 + x, y - 1),
                              y=lambda g, x, y: g * power_slope(np.log1p(x), y))
derivative(special.inv_boxcox,    x=lambda g, y, out: g * np.power(out, 1 - y),
                                  y=lambda g, y, out: -g * (np.power(out, 1 - y) * power_slope(np.log(out), y)))
derivative(special.inv_boxcox1p,  x=lambda g, y, out: g * np.power(1 + out, 1 - y),
                                  y=lambda g, y, out: -g * (np.power(1 + out, 1 - y) * power_slope(np.log1p(out), y)))

# losses: a square near 0, and its tangent from x on
derivative(special.huber,        x=lambda g, x, y: g * np.maximum(np.abs(y) - x, 0),  y=lambda g, x, y: g * np.clip(y, -x, x))
derivative(special.pseudo_huber, x=lambda g, x, y, out: g * ((out / x) ** 2 / np.hypot(x, y)),
                                 y=lambda g, x, y: g * (y * x / np.hypot(x, y)))
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


def dawson_slope(x: Any, out: Any) -> Any:
    """The slope of Dawson's integral D is 1 - 2x D. Further out, where 2x D is nearly 1, a continued fraction is used.

    D is x / (1 + 2x² - r) with r = 4x² / (3 + 2x² - 8x² / (5 + 2x² - …)), the fraction of Kummer's function (DLMF 13.5). So
    the slope is (1 - r) / (1 + 2x² - r), in which r is about 2. Each fraction is divided by x², so that nothing overflows; 60
    of them give all digits from x = 2 on.
    """
    far = np.abs(x) > 2
    u = (1 / np.where(far, x, 2)) ** 2
    r: Any = 0.0
    for k in range(60, 0, -1):
        r = 4 * k / ((2 * k + 1) * u + 2 - r * u)
    return np.where(far, (1 - r) * u / (u + 2 - r * u), 1 - 2 * np.where(far, 0, x) * out)


def rgamma_slope(x: Any, out: Any) -> Any:
    """1 / Γ has the slope -ψ / Γ; to the left, where ψ and Γ have poles, by reflection: 1 / Γ(x) = Γ(1 - x) sin(πx) / π."""
    left = x < 0.5
    s = np.where(left, x, 0)
    reflected = np.cos(np.pi * s) - special.digamma(1 - s) * np.sin(np.pi * s) / np.pi
    return np.where(left, special.gamma(1 - s) * reflected, -out * special.digamma(np.where(left, 1, x)))


def digamma_rise(x: Any, d: Any) -> Any:
    """ψ(x + d) - ψ(x), of which the slopes of beta and its relatives are made. For large x the two are almost equal.

    For positive arguments, ψ(x + 1) = ψ(x) + 1/x (6.3.5) moves both to where the asymptotic series (6.3.18) holds, and d is
    factored out of each difference of terms: so nothing cancels.
    """
    positive = (x > 0) & (x + d > 0)
    a, b = np.where(positive, x, 1), np.where(positive, d, 1)
    rise: Any = 0.0
    for k in range(10):
        rise = rise + b / (a + k) / (a + b + k)
    p, q = 1 / (a + 10), 1 / (a + b + 10)
    powers: Any = 1.0  # (p²ᵏ - q²ᵏ) / (p² - q²)
    series: Any = 0.0
    for k, coefficient in enumerate(SERIES, 1):
        series = series + coefficient * powers
        powers = p * p * powers + q ** (2 * k)
    rise = rise + np.log1p(b * p) + b * p * q * (0.5 + (p + q) * series)
    return np.where(positive, rise, special.digamma(x + d) - special.digamma(x))


SERIES = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)  # B₂ₖ / 2k, with the numbers of Bernoulli


def power_slope(log_x: Any, y: Any) -> Any:
    """The slope of (xʸ - 1) / y in y: log(x)² (eᵘ (u - 1) + 1) / u², with u = y log x.

    For small u, where that is 0 / 0, it is log(x)² Σ uᵏ / (k! (k + 2)).
    """
    u = y * log_x
    far = np.abs(u) > 1
    v, near = np.where(far, u, 1), np.where(far, 0, u)
    series: Any = 0.0
    for k in range(20, -1, -1):
        series = series * near + 1 / (math.factorial(k) * (k + 2))
    return log_x * log_x * np.where(far, (np.exp(v) * (v - 1) + 1) / (v * v), series)


def over(x: Any, y: Any) -> Any:
    """The slope of x log(y) in y is x / y, and 0 where both are 0: there x log(y) is 0 for every y."""
    return x / np.where((x == 0) & (y == 0), 1, y)
