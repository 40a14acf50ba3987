"""Derivatives of distribution functions in scipy.special: the probability up to x, its complement, and the inverse of each.

The slope of a distribution function is its density; of an inverse, 1 over the density. The derivative is with respect to the
last argument. The others are parameters, in which there is no formula: they are constants.

Nearly all are cases of two, the incomplete gamma and beta functions. Their densities are products of huge and tiny factors.
For large parameters these are put together beforehand: Γ(a) is written as Stirling's formula times exp(δ(a)), with a tiny δ,
and what remains is how far x is from the middle of the density.

Sources of the formulas: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), chapters 6 (6.1.41, 6.5, 6.6) and
26; Loader, Fast and Accurate Computation of Binomial Probabilities (2000); and, of owens_t, Owen, Tables for Computing
Bivariate Normal Probabilities (1956).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...registry import derivative
from .special import special

ROOT_2, ROOT_2_PI, LARGE = math.sqrt(2), math.sqrt(2 * math.pi), 10

# fmt: off
# the incomplete gamma function, and the gamma, Poisson and χ² distributions
derivative(special.gammainc,     y=lambda g, x, y: g * gamma_density(x, y))
derivative(special.gammaincc,    y=lambda g, x, y: -g * gamma_density(x, y))
derivative(special.gammaincinv,  y=lambda g, x, out: g / gamma_density(x, out))
derivative(special.gammainccinv, y=lambda g, x, out: -g / gamma_density(x, out))
derivative(special.gdtr,         z=lambda g, x, y, z: g * (x * gamma_density(y, x * z)))
derivative(special.gdtrc,        z=lambda g, x, y, z: -g * (x * gamma_density(y, x * z)))
derivative(special.gdtrix,       z=lambda g, x, y, out: g / (x * gamma_density(y, x * out)))
derivative(special.pdtr,         y=lambda g, x, y: -g * gamma_density(np.floor(x) + 1, y))
derivative(special.pdtrc,        y=lambda g, x, y: g * gamma_density(np.floor(x) + 1, y))
derivative(special.pdtri,        y=lambda g, x, out: -g / gamma_density(np.floor(x) + 1, out))
derivative(special.chdtr,        y=lambda g, x, y: g * (gamma_density(x / 2, y / 2) / 2))
derivative(special.chdtrc,       y=lambda g, x, y: -g * (gamma_density(x / 2, y / 2) / 2))
derivative(special.chdtri,       y=lambda g, x, out: -2 * g / gamma_density(x / 2, out / 2))

# the incomplete beta function, and the negative binomial, F and Student's t distributions
derivative(special.betainc,      z=lambda g, x, y, z: g * beta_density(x, y, z))
derivative(special.betaincc,     z=lambda g, x, y, z: -g * beta_density(x, y, z))
derivative(special.betaincinv,   z=lambda g, x, y, out: g / beta_density(x, y, out))
derivative(special.betainccinv,  z=lambda g, x, y, out: -g / beta_density(x, y, out))
derivative(special.nbdtr,        z=lambda g, x, y, z: g * beta_density(y, np.floor(x) + 1, z))
derivative(special.nbdtrc,       z=lambda g, x, y, z: -g * beta_density(y, np.floor(x) + 1, z))
derivative(special.nbdtri,       z=lambda g, x, y, out: g / beta_density(y, np.floor(x) + 1, out))
derivative(special.fdtr,         z=lambda g, x, y, z: g * f_density(x, y, z))
derivative(special.fdtrc,        z=lambda g, x, y, z: -g * f_density(x, y, z))
derivative(special.fdtri,        z=lambda g, x, y, out: g / f_density(x, y, out))
derivative(special.stdtr,        y=lambda g, x, y: g * student_density(x, y))
derivative(special.stdtrit,      y=lambda g, x, out: g / student_density(x, out))

# the normal distribution of two variables, in a wedge
derivative(special.owens_t,      x=lambda g, x, y: -g * (np.exp(-x * x / 2) * special.erf(x * y / ROOT_2) / (2 * ROOT_2_PI)),
                                 y=lambda g, x, y: g * (np.exp(-x * x * (1 + y * y) / 2) / (2 * math.pi * (1 + y * y))))
# fmt: on


def stirling_rest(a: Any) -> Any:
    """δ(a) = log Γ(a) - (a - ½) log a + a - ½ log 2π, what Stirling's formula leaves, by its series (6.1.41): for a ≥ 10."""
    u = 1 / (a * a)
    return (1 / 12 + u * (-1 / 360 + u * (1 / 1260 + u * (-1 / 1680 + u * (1 / 1188 + u * (-691 / 360360 + u / 156)))))) / a


def log_beta(a: Any, b: Any) -> Any:
    """The logarithm of B(a, b), of constants.

    If one of them is large, log Γ(b) - log Γ(a + b) would be a difference of huge numbers: it is put together beforehand.
    """
    small, large = np.minimum(a, b), np.maximum(a, b)
    c = np.where(large >= LARGE, large, LARGE)
    n = small + c
    ratio = small - small * np.log(n) - (c - 0.5) * np.log1p(small / c) + stirling_rest(c) - stirling_rest(n)
    return np.where(large >= LARGE, special.gammaln(small) + ratio, special.betaln(a, b))


def away(part: Any, middle: Any) -> Any:
    """How far the density is below its middle there: m (r - 1 - log r) with r = part / m, without the loss of r - 1."""
    d = (part - middle) / middle
    return middle * (d - np.log1p(d))


def gamma_density(a: Any, x: Any) -> Any:
    """The density xᵃ⁻¹ e⁻ˣ / Γ(a), of which gammainc is the integral (6.5.1)."""
    large = (a >= LARGE) & (x > 0)
    c, y = np.where(large, a, LARGE), np.where(large, x, LARGE)
    stirling = np.sqrt(c) / (ROOT_2_PI * y) * np.exp(-away(y, c) - stirling_rest(c))
    b, x = np.where(large, 1, a), np.where(large, 1, x)
    return np.where(large, stirling, np.exp(special.xlogy(b - 1, x) - x - special.gammaln(b)))


def beta_density(a: Any, b: Any, x: Any) -> Any:
    """The density xᵃ⁻¹ (1 - x)ᵇ⁻¹ / B(a, b), of which betainc is the integral (6.6.1)."""
    large = (a >= LARGE) & (b >= LARGE) & (x > 0) & (x < 1)
    c, d, y = np.where(large, a, LARGE), np.where(large, b, LARGE), np.where(large, x, 0.5)
    n = c + d
    rest = stirling_rest(n) - stirling_rest(c) - stirling_rest(d)
    below = away(n * y, c) + away(n * (1 - y), d)
    stirling = np.sqrt(c / n * d) / (ROOT_2_PI * y * (1 - y)) * np.exp(rest - below)
    a, b, x = np.where(large, 1, a), np.where(large, 1, b), np.where(large, 0.5, x)
    return np.where(large, stirling, np.exp(special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x) - log_beta(a, b)))


def f_density(m: Any, n: Any, x: Any) -> Any:
    """The density of the F distribution: with m x / (n + m x) in the place of x it is a beta density (26.6.2)."""
    total = n + m * x
    return beta_density(m / 2, n / 2, m * x / total) * (m / total * n / total)


def student_density(n: Any, t: Any) -> Any:
    """The density of Student's t with n degrees of freedom: (1 + t²/n)^(-(n + 1)/2) / (√n B(½, n/2)) (26.7.1)."""
    return np.exp(-(n + 1) / 2 * np.log1p(t * t / n) - log_beta(0.5, n / 2)) / np.sqrt(n)
