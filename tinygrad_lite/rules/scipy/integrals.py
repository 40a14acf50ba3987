"""Derivatives of integrals that have a name, and of Airy functions, in scipy.special.

The slope of an integral is the function that is integrated. Some of SciPy's functions return several integrals, such as the
sine and the cosine integral. `one_of` takes one of the results, each with a slope of its own; the function itself is a
composition of them.
Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), chapters 5, 7.3, 10.4,
11.1, 12 and 27.7.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...protocols.compositions import Array, composition
from ...registry import derivative, primitive
from .special import special


@primitive
def one_of(x: Any, name: str, part: int) -> Any:
    """One of the results of a function of scipy.special that has several: ``one_of(x, "sici", 0)`` is the sine integral."""
    return vars(special)[name](x)[part]


SLOPES: dict[tuple[str, int], Callable[[Any], Any]] = {
    ("sici", 0): lambda x: np.sinc(x / np.pi),
    ("sici", 1): lambda x: np.cos(x) / x,
    ("shichi", 0): lambda x: np.where(x == 0, 1, np.sinh(x) / np.where(x == 0, 1, x)),
    ("shichi", 1): lambda x: np.cosh(x) / x,
    ("fresnel", 0): lambda x: np.sin(np.pi / 2 * (x * x)),
    ("fresnel", 1): lambda x: np.cos(np.pi / 2 * (x * x)),
    ("airy", 0): lambda x: one_of(x, name="airy", part=1),
    ("airy", 1): lambda x: x * one_of(x, name="airy", part=0),
    ("airy", 2): lambda x: one_of(x, name="airy", part=3),
    ("airy", 3): lambda x: x * one_of(x, name="airy", part=2),
    ("iti0k0", 0): lambda x: special.i0(x),
    ("iti0k0", 1): lambda x: special.k0(x),
    ("itj0y0", 0): lambda x: special.j0(x),
    ("itj0y0", 1): lambda x: special.y0(x),
}

# fmt: off
derivative(one_of,       x=lambda g, x, name, part: g * SLOPES[name, part](x))
derivative(special.exp1, x=lambda g, x: -g * np.exp(-x) / x)
derivative(special.expi, x=lambda g, x: g * np.exp(x) / x)
derivative(special.expn, y=lambda g, x, y: -g * next_lower(x, y))
derivative(special.spence,       x=lambda g, x: g * log_over_distance(x))
derivative(special.itstruve0,    x=lambda g, x: g * special.struve(0, x))
derivative(special.itmodstruve0, x=lambda g, x: g * special.modstruve(0, x))
derivative(special.it2struve0,   x=lambda g, x: -g * special.struve(0, x) / x)
# fmt: on


def next_lower(n: Any, x: Any) -> Any:
    """The exponential integral of order n - 1 (5.1.26). The one of order -1, which SciPy lacks, is e⁻ˣ (1 + 1/x) / x."""
    first = np.equal(n, 0)
    return np.where(first, np.exp(-x) * (1 + 1 / x) / x, special.expn(np.maximum(n, 1) - 1, x))


def log_over_distance(x: Any) -> Any:
    """log(x) / (1 - x), which spence integrates (27.7). Near 1 it is -Σ (1 - x)ᵏ / (k + 1), whose slope is no 0 / 0."""
    near = np.abs(x - 1) < 0.25
    d = np.where(near, 1 - x, 0)
    series: Any = 0.0
    for k in range(28, 0, -1):
        series = series * d + 1 / k
    far = np.where(near, 2, x)
    return np.where(near, -series, np.log(far) / (1 - far))


def several(name: str, count: int) -> None:
    """Make a function with several results a composition of `one_of`."""

    @composition(vars(special)[name])
    def all_of_them(x: Array) -> Any:
        return tuple(one_of(x, name=name, part=part) for part in range(count))


several("sici", 2)
several("shichi", 2)
several("fresnel", 2)
several("airy", 4)
several("iti0k0", 2)
several("itj0y0", 2)
