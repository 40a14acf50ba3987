"""Derivatives of polynomials, whose values depend on the point and on the coefficients.

The coefficient of the highest power is the first, as in np.polyval and np.poly1d. All are written with arithmetic and
np.convolve, which multiplies polynomials.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .. import messages
from ..operands import in_floats
from ..protocols.calling import on_arrays
from ..protocols.compositions import Array, array_of, composition, without_tensors
from .shapes import cast

RankWarning = vars(np).get("RankWarning") or vars(np.exceptions)["RankWarning"]


def coefficients(p: Any) -> Any:
    """The coefficients of a polynomial, which may be an np.poly1d."""
    return p.coeffs if isinstance(p, np.poly1d) else array_of(p)


def same_form(new: Any, *given: Any) -> Any:
    """An np.poly1d if one of the polynomials was one, otherwise its coefficients."""
    return np.poly1d(new) if any(isinstance(p, np.poly1d) for p in given) else new


@composition(np.polyval)
def polyval(p: Any, x: Any) -> Any:
    """Horner's scheme: ((p₀ x + p₁) x + p₂) x + … takes one product for each power."""
    p = coefficients(p)
    if isinstance(x, np.poly1d):  # a polynomial of a polynomial
        return composed(p, x)
    point = array_of(x)
    y = p[0] if len(p) else point * 0
    for coefficient in p[1:]:
        y = y * point + coefficient
    return y if len(p) > 1 else y + np.zeros(np.shape(point), point.dtype)


def composed(p: Any, x: np.poly1d) -> Any:
    """The polynomial p(x(·)), again by Horner's scheme."""
    y = p[:1]
    for i in range(1, len(p)):
        y = np.polyadd(np.convolve(y, x.coeffs), p[i : i + 1])
    return np.poly1d(y)


@composition(np.vander)
def vander(x: Array, N: Any = None, increasing: bool = False) -> Any:
    """The powers of each element in a row, each the one before times the element."""
    x = cast(x, np.promote_types(x.dtype, int))
    n = len(x) if N is None else N
    columns = [np.ones(len(x), x.dtype), *[x] * (n > 1)][:n]
    while len(columns) < n:
        columns.append(columns[-1] * x)
    return np.stack(columns if increasing else columns[::-1], axis=1) if n else np.reshape(x, (-1, 1))[:, :0]


@composition(np.polyfit, ask=False)
def polyfit(x: Array, y: Array, deg: Any, rcond: Any = None, full: bool = False, w: Array = None, cov: Any = False) -> Any:
    """Least squares on the powers of x, each scaled to length 1. NumPy says what the rank is, and whether that is low."""
    _, _, rank, _, rcond = on_arrays(np.polyfit, x, y, deg, rcond, True, w)
    order = int(deg) + 1
    powers, values = np.vander(x + 0.0, order), y + 0.0
    if w is not None:
        weights = np.reshape(w, (-1, 1))
        powers, values = powers * weights, values * (weights if y.ndim == 2 else w)
    scale = np.sqrt(np.sum(powers * powers, axis=0))
    scaled = powers / scale
    solution, left, _, sizes = np.linalg.lstsq(scaled, values, rcond)
    fit = np.transpose(np.transpose(solution) / scale)
    if rank != order and not full:
        warnings.warn("Polyfit may be poorly conditioned", RankWarning, stacklevel=4)
    if full:
        return fit, left, rank, sizes, rcond
    if not cov:
        return fit
    covariance = np.linalg.inv(np.matmul(np.transpose(powers), powers))
    if cov != "unscaled":
        covariance = covariance[:, :, None] if y.ndim == 2 else covariance
        if len(without_tensors(x)) <= order:
            raise messages.no_spread(len(x), order)
        covariance = covariance * (left / (len(x) - order))
    elif y.ndim == 2:
        covariance = covariance[:, :, None] * 1
    return fit, covariance


# --- sums, products, slopes -------------------------------------------------------------------------------------------


@composition(np.polyadd)
def polyadd(a1: Any, a2: Any) -> Any:
    first, second = aligned(a1, a2)
    return same_form(first + second, a1, a2)


@composition(np.polysub)
def polysub(a1: Any, a2: Any) -> Any:
    first, second = aligned(a1, a2)
    return same_form(first - second, a1, a2)


def aligned(a1: Any, a2: Any) -> list[Any]:
    """The coefficients of both, with zeros before the shorter ones."""
    both = [np.atleast_1d(coefficients(a)) for a in (a1, a2)]
    longest = max(map(len, both))
    return [np.concatenate([np.zeros(longest - len(p), p.dtype), p]) if len(p) < longest else p for p in both]


@composition(np.polymul)
def polymul(a1: Any, a2: Any) -> Any:
    first, second = (coefficients(np.poly1d(coefficients(a))) for a in (a1, a2))  # which leaves out leading zeros
    return same_form(np.convolve(first, second), a1, a2)


@composition(np.polydiv)
def polydiv(u: Any, v: Any) -> tuple[Any, Any]:
    """Long division: the highest power of what is left, over that of `v`, is the next coefficient of the quotient."""
    left, divisor = (np.atleast_1d(coefficients(a)) + 0.0 for a in (u, v))
    steps = max(len(left) - len(divisor) + 1, 0)
    quotient, factor = [], 1.0 / divisor[:1]
    for k in range(steps):
        quotient.append(factor * left[k : k + 1])
        around = np.zeros(steps - 1, left.dtype)
        left = left - np.concatenate([around[:k], quotient[k] * divisor, around[k:]])
    remainder = on_arrays(np.polydiv, coefficients(u), coefficients(v))[1]  # NumPy says which powers are left
    left = left[len(left) - len(remainder) :]
    whole = np.concatenate(quotient) if quotient else left[:1] * 0
    return same_form(whole, u, v), same_form(left, u, v)


@composition(np.polyder)
def polyder(p: Any, m: Any = 1) -> Any:
    """The coefficient of xⁿ times n is that of xⁿ⁻¹."""
    slope = coefficients(p)
    for _ in range(int(m)):
        slope = slope[:-1] * np.arange(len(slope) - 1, 0, -1)
    return same_form(slope, p)


@composition(np.polyint)
def polyint(p: Any, m: Any = 1, k: Any = None) -> Any:
    """The coefficient of xⁿ over n + 1 is that of xⁿ⁺¹; the constants of integration are `k`."""
    m, area = int(m), coefficients(p)
    constants = np.atleast_1d(np.zeros(m) if k is None else array_of(k))
    for i in range(m):
        constant = constants[:1] if len(constants) == 1 else constants[i : i + 1]
        area = np.concatenate([area / np.arange(len(area), 0, -1), constant])
    return same_form(area, p)


@composition(np.poly)
def poly(seq_of_zeros: Array) -> Any:
    """The product of (x - z) for all zeros z."""
    if np.ndim(seq_of_zeros) > 1:
        raise messages.zeros_of_a_matrix()
    zeros = in_floats(np.atleast_1d(seq_of_zeros))
    product = np.ones(1, zeros.dtype)
    for i in range(len(zeros)):
        product = np.convolve(product, np.concatenate([np.ones(1, zeros.dtype), -zeros[i : i + 1]]))
    return product if len(zeros) else np.float64(1.0)
