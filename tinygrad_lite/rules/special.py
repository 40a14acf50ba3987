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
derivative(normal_hazard,     x=lambda g, x, out: -g * (out * (x + out)))

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
derivative(special.j1,        x=lambda g, x: g * ((special.j0(x) - special.jv(2, x)) / 2))
derivative(special.jv,        y=lambda g, x, y: g * ((special.jv(x - 1, y) - special.jv(x + 1, y)) / 2))
derivative(special.y0,        x=lambda g, x: -g * special.y1(x))
derivative(special.y1,        x=lambda g, x: g * ((special.y0(x) - special.yv(2, x)) / 2))
derivative(special.yv,        y=lambda g, x, y: g * ((special.yv(x - 1, y) - special.yv(x + 1, y)) / 2))
derivative(special.i0,        x=lambda g, x: g * special.i1(x))
derivative(special.i1,        x=lambda g, x: g * ((special.i0(x) + special.iv(2, x)) / 2))
derivative(special.iv,        y=lambda g, x, y: g * ((special.iv(x - 1, y) + special.iv(x + 1, y)) / 2))
derivative(special.i0e,       x=lambda g, x, out: g * (special.i1e(x) - np.sign(x) * out))
derivative(special.i1e,       x=lambda g, x, out: g * ((special.i0e(x) + special.ive(2, x)) / 2 - np.sign(x) * out))
derivative(special.ive,       y=lambda g, x, y, out: g * (
                                  (special.ive(x - 1, y) + special.ive(x + 1, y)) / 2 - np.sign(y) * out))
derivative(special.k0,        x=lambda g, x: -g * special.k1(x))
derivative(special.k1,        x=lambda g, x: -g * ((special.k0(x) + special.kv(2, x)) / 2))
derivative(special.kv,        y=lambda g, x, y: -g * ((special.kv(x - 1, y) + special.kv(x + 1, y)) / 2))
# fmt: on

# --- rules that need more than a line ---------------------------------------------------------------------------------


def erfcx_slope(x: Any, out: Any) -> Any:
    """erfcx(x) = exp(x²) erfc(x), so its slope is 2x erfcx(x) - 2/√π.

    For large x that is a difference of almost equal numbers. There the asymptotic series of erfc is used (7.1.23): with
    u = 1/(2x²) the slope is 2/√π (-u + 3u² - 3·5u³ + …), in which -u is factored out.
    """
    far = x > 10
    u = 0.5 / np.where(far, x * x, 1)
    series: Any = 1.0
    for k in range(21, 1, -2):
        series = 1 - k * u * series
    return np.where(far, -2 / ROOT_PI * u * series, 2 * x * out - 2 / ROOT_PI)


def over(x: Any, y: Any) -> Any:
    """The slope of x log(y) in y is x / y, and 0 where both are 0: there x log(y) is 0 for every y."""
    return x / np.where((x == 0) & (y == 0), 1, y)
