"""Derivatives of the functions that work element by element, as in the table at the back of a calculus book.

Each line names a NumPy function and, for each argument, its vector-Jacobian product (vjp): a function of the gradient `g`
that comes in, which returns the gradient of the argument. A ufunc's arguments are called x and y. The names of a vjp's
parameters say what it needs: an argument, or `out`, the result. A rule that needs more than a line is a function below the
table, with a docstring that derives it. With arrays, the rules compute arrays. With Tensors, they are recorded, and can be
differentiated themselves.

`derivative` in registry.py describes the other keywords. `run` and `summed` compute the same faster: for two numbers,
`operator.mul` is faster than np.multiply, and `np.vdot` sums a product without making an array for it. `ignore` lists
arguments that no vjp needs. `signature` and `broadcasts` describe a function that is not a ufunc.

Source of the formulas: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), chapters 3 and 4.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from ..protocols.primitives import alias, astype
from ..registry import derivative
from .activations import at_least_zero, relu, sigmoid, softplus

# --- the table --------------------------------------------------------------------------------------------------------

LOG_2, LOG_10, DEGREE = math.log(2), math.log(10), math.pi / 180

# fmt: off
# arithmetic
derivative(np.add,          x=lambda g: g,                          y=lambda g: g,               run=operator.add)
derivative(np.subtract,     x=lambda g: g,                          y=lambda g: -g,              run=operator.sub)
derivative(np.multiply,     x=lambda g, y: g * y,                   y=lambda g, x: g * x,        run=operator.mul,
           summed=np.vdot)
derivative(np.divide,       x=lambda g, y: g / y,                   y=lambda g, x, y: -g * x / y / y,
           run=operator.truediv)
derivative(np.power,        x=lambda g, x, y: power_base(g, x, y),  y=lambda g, x, y, out: power_exponent(g, x, y, out),
           run=operator.pow)
derivative(np.float_power,  x=lambda g, x, y: power_base(g, x, y),  y=lambda g, x, y, out: power_exponent(g, x, y, out))
derivative(np.negative,     x=lambda g: -g,                                                      run=operator.neg)
derivative(np.positive,     x=lambda g: g)
derivative(np.nextafter,    x=lambda g: g,                          y=lambda g: np.zeros_like(g))
derivative(np.conjugate,    x=lambda g: g)
derivative(np.reciprocal,   x=lambda g, out: -g * out * out)
derivative(np.square,       x=lambda g, x: g * (2 * x))
derivative(np.sqrt,         x=lambda g, out: g / (2 * out))
derivative(np.cbrt,         x=lambda g, out: g / (3 * out * out))
derivative(np.hypot,        x=lambda g, x, out: g * over(x, out),   y=lambda g, y, out: g * over(y, out))
derivative(alias,           x=lambda g: g)
derivative(astype,          x=lambda g: g,                                                            ignore=["dtype"])

# exponentials and logarithms
derivative(np.exp,          x=lambda g, out: g * out)
derivative(np.exp2,         x=lambda g, out: g * (LOG_2 * out))
derivative(np.expm1,        x=lambda g, x: g * np.exp(x))
derivative(np.log,          x=lambda g, x: g / x)
derivative(np.log2,         x=lambda g, x: g / (LOG_2 * x))
derivative(np.log10,        x=lambda g, x: g / (LOG_10 * x))
derivative(np.log1p,        x=lambda g, x: g / (1 + x))
derivative(np.logaddexp,    x=lambda g, x, y: g * sigmoid(x - y),
                            y=lambda g, x, y: g * sigmoid(y - x))
derivative(np.logaddexp2,   x=lambda g, x, y: g * sigmoid(LOG_2 * (x - y)),
                            y=lambda g, x, y: g * sigmoid(LOG_2 * (y - x)))
derivative(sigmoid,         x=lambda g, x: g * (sigmoid(x) * sigmoid(-x)))
derivative(softplus,        x=lambda g, x: g * sigmoid(x))

# angles
derivative(np.sin,          x=lambda g, x: g * np.cos(x))
derivative(np.cos,          x=lambda g, x: -g * np.sin(x))
derivative(np.tan,          x=lambda g, out: g * (1 + out * out))
derivative(np.arcsin,       x=lambda g, x: g / np.sqrt((1 - x) * (1 + x)))
derivative(np.arccos,       x=lambda g, x: -g / np.sqrt((1 - x) * (1 + x)))
derivative(np.arctan,       x=lambda g, x: g / (1 + x * x))
derivative(np.arctan2,      x=lambda g, x, y: g * angle_slope(y, x),
                            y=lambda g, x, y: -g * angle_slope(x, y))
derivative(np.sinc,         x=lambda g, x: g * sinc_slope(x))
derivative(np.deg2rad,      x=lambda g: g * DEGREE)
derivative(np.radians,      x=lambda g: g * DEGREE)
derivative(np.rad2deg,      x=lambda g: g / DEGREE)
derivative(np.degrees,      x=lambda g: g / DEGREE)

# hyperbolic functions
derivative(np.sinh,         x=lambda g, x: g * np.cosh(x))
derivative(np.cosh,         x=lambda g, x: g * np.sinh(x))
derivative(np.tanh,         x=lambda g, out: g * (1 - out * out))
derivative(np.arcsinh,      x=lambda g, x: g / np.hypot(x, 1))
derivative(np.arccosh,      x=lambda g, x: g / (np.sqrt(x - 1) * np.sqrt(x + 1)))
derivative(np.arctanh,      x=lambda g, x: g / ((1 - x) * (1 + x)))

# corners: where the slopes from the left and from the right differ; equal arguments share the gradient equally
derivative(np.absolute,     x=lambda g, x: g * np.sign(x),                                       run=operator.abs)
derivative(np.fabs,         x=lambda g, x: g * np.sign(x))
derivative(relu,            x=lambda g, out: only(g, out > 0),                                 run=at_least_zero)
derivative(np.maximum,      x=lambda g, x, y: share(g, x > y, x == y),
                            y=lambda g, x, y: share(g, y > x, x == y))
derivative(np.minimum,      x=lambda g, x, y: share(g, x < y, x == y),
                            y=lambda g, x, y: share(g, y < x, x == y))
derivative(np.fmax,         x=lambda g, x, y: share(g, (x > y) | np.isnan(y), same(x, y)),
                            y=lambda g, x, y: share(g, (y > x) | np.isnan(x), same(x, y)))
derivative(np.fmin,         x=lambda g, x, y: share(g, (x < y) | np.isnan(y), same(x, y)),
                            y=lambda g, x, y: share(g, (y < x) | np.isnan(x), same(x, y)))
derivative(np.copysign,     x=lambda g, x, y: g * (np.sign(x) * np.copysign(1, y)),
                            y=lambda g: np.zeros_like(g))

# steps: flat wherever they have a derivative
derivative(np.sign,         x=lambda g: np.zeros_like(g))
derivative(np.floor,        x=lambda g: np.zeros_like(g))
derivative(np.ceil,         x=lambda g: np.zeros_like(g))
derivative(np.rint,         x=lambda g: np.zeros_like(g))
derivative(np.trunc,        x=lambda g: np.zeros_like(g))
derivative(np.fix,          x=lambda g: np.zeros_like(g),           run=np.trunc)
derivative(np.imag,         val=lambda g: np.zeros_like(g))
derivative(np.round,        a=lambda g: np.zeros_like(g),           ignore=["decimals"])
derivative(np.around,       a=lambda g: np.zeros_like(g),           ignore=["decimals"])
derivative(np.heaviside,    x=lambda g: np.zeros_like(g),           y=lambda g, x: only(g, x == 0))
derivative(np.floor_divide, x=lambda g: np.zeros_like(g),           y=lambda g: np.zeros_like(g))
derivative(np.remainder,    x=lambda g: g,                          y=lambda g, x, y: -g * np.floor_divide(x, y))
derivative(np.fmod,         x=lambda g: g,                          y=lambda g, x, y: -g * np.trunc(x / y))

# choosing
derivative(np.where,        x=lambda g, condition: only(g, condition),
                            y=lambda g, condition: only(g, np.logical_not(condition)),
           signature="condition, x, y", broadcasts=True)
derivative(np.nan_to_num,   x=lambda g, x: only(g, np.isfinite(x)), ignore=["nan", "posinf", "neginf"])
derivative(np.real_if_close, a=lambda g: g,                         ignore=["tol"])
derivative(np.copy,         a=lambda g: g,                          ignore=["order", "subok"])
# fmt: on

# --- rules that need more than a line ---------------------------------------------------------------------------------


def power_base(g: Any, x: Any, y: Any) -> Any:
    """The slope of xʸ in x is y xʸ⁻¹. For y = 0 that would be 0 · x⁻¹, which is nan at x = 0; but x⁰ is 1 for every x.

    The square is the most common power, so it has a case of its own, which is faster.
    """
    if isinstance(y, (int, float, np.number)):
        return g * (x + x) if y == 2 else g * (y * x ** (y - 1)) if y != 0 else np.zeros_like(g)
    return g * (y * np.power(x, np.where(y == 0, 1, y - 1)))


def power_exponent(g: Any, x: Any, y: Any, out: Any) -> Any:
    """The slope of xʸ in y is log(x) xʸ. At x = 0 it is 0 for y ≥ 0, because 0ʸ is 0 for y > 0; for y < 0 it is -inf.

    For y > 0 the formula would give log(0) · 0 = nan.
    """
    return g * (np.log(np.where(x == 0, np.where(y >= 0, 1, x), x)) * out)


def over(x: Any, length: Any) -> Any:
    """The slope of a length √(x² + …) in x: x / length, and 0 at its corner, where the length is 0."""
    origin = length == 0
    return np.where(origin, 0, x) / np.where(origin, 1, length)


def angle_slope(x: Any, y: Any) -> Any:
    """The slope x / (x² + y²), and 0 at the origin, where there is no angle. It computes no squares, so nothing overflows."""
    length = np.hypot(x, y)
    return over(over(x, length), length)


def share(g: Any, wins: Any, ties: Any) -> Any:
    """The gradient for the argument that was chosen; half of it where both were equal."""
    if ties.__class__ is np.ndarray and not ties.any():  # the usual case, which is faster
        return only(g, wins)
    return np.where(ties, g / 2, np.where(wins, g, 0))


def same(x: Any, y: Any) -> Any:
    """Where two arguments are equal, or both nan."""
    return (x == y) | (np.isnan(x) & np.isnan(y))


def only(g: Any, mask: Any) -> Any:
    """`g` where the mask is true, and exactly 0 elsewhere, also where `g` is inf or nan.

    For large arrays a product is ten times faster than np.where. It would give 0 · inf = nan, so the sum of g² is
    computed first: if it is finite, then so is every element.
    """
    large = isinstance(g, np.ndarray) and g.size > 1000 and mask.__class__ is np.ndarray and mask.dtype == bool
    if large and math.isfinite(np.vdot(g, g)):
        return g * mask
    return np.where(mask, g, 0)


def sinc_slope(x: Any) -> Any:
    """sinc(x) = sin(πx) / (πx), so its slope is (cos(πx) - sinc(x)) / x.

    Near 0 that is a difference of almost equal numbers, divided by a small one, so the power series is used there:
    with z = πx, sinc = Σ (-z²)ᵏ / (2k+1)!, and its slope is π Σ (-1)ᵏ 2k z²ᵏ⁻¹ / (2k+1)!.
    """
    near = np.abs(x) < 0.3
    far = np.where(near, 1, x)
    z = np.where(near, np.pi * x, 0)
    series = 0.0
    for k in range(9, 0, -1):  # Horner's scheme in z²
        series = series * (z * z) + (-1) ** k * 2 * k / math.factorial(2 * k + 1)
    return np.where(near, np.pi * (series * z), (np.cos(np.pi * far) - np.sinc(far)) / far)
