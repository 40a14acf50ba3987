"""Lets the functions of np.polynomial compute with Tensors.

They are written in Python, for anything that can be added and multiplied. NumPy does not ask a Tensor what to do for them:
they first make an array of it. So they get an array whose arithmetic is that of the Tensor. This chapter is imported when
np.polynomial is used; `tensor.py` asks the tables that it fills.
"""

from __future__ import annotations

from types import CodeType, FrameType
from typing import Any

import numpy as np

from .. import messages
from ..operands import CARRIERS, in_floats
from ..protocols.calling import CALLERS, GIVEN_AS
from ..protocols.compositions import Array, Arrays, composition, without_tensors
from ..tensor import Tensor


class Carrier(np.ndarray):
    """A Tensor in the form of an array. What is computed with it is computed with the Tensor."""

    tensor: Any

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **keywords: Any) -> Any:
        return getattr(ufunc, method)(*(a.tensor if isinstance(a, Carrier) else a for a in args), **keywords)


CARRIERS.add(Carrier)


def carried(tensor: Any, _: Any) -> Carrier:
    """For ``np.polynomial.Polynomial([1, 2])(t)``, which maps the domain before it computes the value."""
    carrier = np.asarray(without_tensors(tensor)).view(Carrier)
    carrier.tensor = tensor
    return carrier


def coefficients_apart(c: Any, given: Any) -> np.ndarray:
    """For ``polyval(x, c)``: the coefficients as an array of Tensors. They are meant for `x`, a number or a Tensor."""
    x = given["x"]
    if isinstance(x, (np.ndarray, list, tuple)) and (not isinstance(x, Carrier) or given["tensor"]):
        raise messages.polynomial_at_an_array(c, x)
    if np.ndim(c) > 1 and np.ndim(x) and given.get("tensor", True):  # each polynomial at each point
        c = np.reshape(c, np.shape(c) + (1,) * np.ndim(x))
    c = in_floats(c)
    apart = np.empty(len(np.atleast_1d(c)), object)
    for i, coefficient in enumerate(np.atleast_1d(c)):
        apart[i] = coefficient
    return apart


def one_polynomial(part: Any, _: Any, frame: FrameType) -> None:
    """For ``polyval(t, c)`` with several polynomials in c: NumPy stretches c only for an array, and not for a Tensor."""
    x = frame.f_locals.get("x")
    if isinstance(x, Tensor) and x.ndim and isinstance(part, np.ndarray) and frame.f_locals.get("tensor", True):
        raise messages.several_polynomials(frame.f_globals["__name__"], frame.f_code.co_name, x, "c")


def zeros_apart(_: Any, frame: FrameType) -> None:
    """The same for ``polyvalfromroots(t, r)``, which multiplies t - r."""
    x = frame.f_locals.get("x")
    if isinstance(x, Tensor) and x.ndim and frame.f_locals.get("tensor", True):
        raise messages.several_polynomials(frame.f_globals["__name__"], frame.f_code.co_name, x, "r")


GIVEN_AS[np.polynomial.polyutils.mapdomain.__code__] = carried
of_several: Any = vars(np.polynomial.polyutils)["_valnd"].__code__  # for polyval2d(t, u, c) and its like
for part in (of_several, *(const for const in of_several.co_consts if isinstance(const, CodeType))):  # a list comprehension
    GIVEN_AS[part] = carried
for evaluate in (
    np.polynomial.polynomial.polyval, np.polynomial.chebyshev.chebval, np.polynomial.legendre.legval,
    np.polynomial.hermite.hermval, np.polynomial.hermite_e.hermeval, np.polynomial.laguerre.lagval,
):  # fmt: skip
    GIVEN_AS[vars(evaluate).get("__wrapped__", evaluate).__code__] = coefficients_apart
    CALLERS[vars(evaluate).get("__wrapped__", evaluate).__code__] = one_polynomial
from_roots = np.polynomial.polynomial.polyvalfromroots
CALLERS[vars(from_roots).get("__wrapped__", from_roots).__code__] = zeros_apart


def of_several_variables(c: Any, *points: Any) -> Any:
    """A polynomial in x gives the coefficients of one in y, and so on; for np.polyval, the highest power comes first."""
    c = in_floats(c)
    c = np.reshape(c, np.shape(c) + (1,) * np.ndim(points[0]))
    for x in points:
        c = np.polyval(c[::-1] if np.ndim(c) else np.reshape(c, 1), x)
    return c


if hasattr(np.polynomial.polynomial.polyval2d, "_implementation"):  # since 2.4, NumPy asks about these two

    @composition(np.polynomial.polynomial.polyval2d)
    def polyval2d(x: Array, y: Array, c: Array) -> Any:
        return of_several_variables(c, x, y)

    @composition(np.polynomial.polynomial.polygrid2d)
    def polygrid2d(x: Array, y: Array, c: Array) -> Any:
        return of_several_variables(c, np.reshape(x, np.shape(x) + (1,) * np.ndim(y)), y)


if hasattr(np.polynomial.polynomial, "polyvalnd"):  # since 2.5

    @composition(np.polynomial.polynomial.polyvalnd)
    def polyvalnd(pts: Arrays, c: Array) -> Any:
        return of_several_variables(c, *pts)
