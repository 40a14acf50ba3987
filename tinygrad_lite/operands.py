"""Decides what a Tensor can be computed with: numbers, arrays and similar objects. Anything else is an error with a remedy.

Flows in: an operand that is neither a Tensor nor one of `FIT`, the plain numbers and arrays. Flows out: a plain array or
number that means the same; or the operand itself, if it is an array of a library that follows NumPy's protocols, as Dask and
CuPy do; or an error. `record` sends every operand that it does not know through here, so each decision is made in one place:

====================================================  ====================================================
lists, tuples, ranges, buffers of numbers             become arrays; with Tensors in them, np.stack
Fraction, Decimal, 2**70 and other real numbers       become floats, also in lists
a scipy.sparse matrix or array                        works in ``@``, and an array in ``*``; refused elsewhere
a pandas Series of numbers, rows labelled 0, 1, 2 …   its values; with other labels or missing values refused
an ndarray's subclass without functions of its own    a plain array
np.matrix, masked arrays, DataFrames, xarray, torch…  refused: they mean something else by ``*`` or would be lost
complex numbers, text, dates, objects                 refused: they have no derivative here
an object with ``__array_ufunc__ = None``             asks to be left alone, so Python asks the object itself
====================================================  ====================================================

The smallest program that goes wrong without this file: ``t * np.matrix(...)`` is a matrix product, but the rule of `multiply`
would compute the gradient of an elementwise product.
"""

from __future__ import annotations

import numbers
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from . import messages
from .memory import OURS, scratch

REAL = "fbiu"  # the kinds of dtype that a Tensor can hold
FIT: set[type] = {
    np.ndarray, int, float, bool, type(None), np.bool_, np.float16, np.float32, np.float64, np.longdouble,
    *(np.dtype(char).type for char in np.typecodes["AllInteger"]),
}  # fmt: skip
CARRIERS: set[type] = set()  # arrays that stand for a Tensor: an operator leaves it to them, and they ask the Tensor
SPARSE: dict[Callable[..., Any], Callable[..., Any]] = {}  # the functions that take scipy.sparse matrices, and how


def operand(value: Any) -> Any:
    """`value` as a plain array or number. Raises TypeError for what has no derivative or means something else."""
    if isinstance(value, np.ndarray):
        return of_real_numbers(as_plain_array(value), value)
    if isinstance(value, np.generic):
        return of_real_numbers(value, value)
    if isinstance(value, (bool, int, float)) or value is None:
        return value
    if is_real(value):
        return float(value)
    if isinstance(value, (list, tuple, range)):
        return of_real_numbers(array_of_list(value), value)
    if getattr(value, "__array_ufunc__", 0) is None:
        raise messages.left_alone(value)
    if is_sparse(value) or isinstance(value, (complex, str, bytes)):
        raise messages.not_an_operand(value)
    if (pandas := sys.modules.get("pandas")) and isinstance(value, pandas.Series):
        return of_real_numbers(values_of_series(value), value)
    if hasattr(value, "__array_ufunc__") and hasattr(value, "__array_function__") and not hasattr(value, "magnitude"):
        return value  # an array of another library, which computes with ours
    if isinstance(value, memoryview) or not hasattr(value, "__array__"):
        return of_real_numbers(array_of_buffer(value), value)
    raise messages.not_an_operand(value)


def of_real_numbers(array: Any, given: Any) -> Any:
    """The array, if its dtype is one that has derivatives or may be a constant beside one."""
    if array.dtype.kind not in REAL:
        raise messages.not_an_operand(given, array.dtype)
    return array


def as_plain_array(array: np.ndarray) -> np.ndarray:
    """An ndarray's subclass as plain, if it computes like a plain one: np.memmap does, a masked array does not."""
    kind = type(array)
    if kind in OURS:
        return array
    if kind in CARRIERS:
        raise messages.NotReal
    inherited = kind.__array_ufunc__ is np.ndarray.__array_ufunc__ and kind.__mul__ is np.ndarray.__mul__
    if not inherited or isinstance(array, (np.matrix, np.ma.MaskedArray)):
        raise messages.not_an_operand(array)
    return array.view(np.ndarray)


def option(value: Any) -> Any:
    """An argument that has no derivative, such as a mask or weights: as it is, but no array that means more than its numbers.

    NumPy's functions take the numbers out of a masked array, and would count what is masked.
    """
    known = not isinstance(value, np.ndarray) or value.__class__ in FIT or value.__class__ in CARRIERS
    return value if known else as_plain_array(value)


def array_of_list(values: Any) -> Any:
    """A list as an array. Tensors in it are stacked, and stay connected."""
    if holds_tensor(values):
        return np.stack([array_of_list(v) if isinstance(v, (list, tuple)) else v for v in values])
    try:
        return array_of_numbers(values)
    except ValueError as error:  # rows of different lengths
        raise messages.not_an_operand(values) from error


def array_of_numbers(values: Any) -> np.ndarray:
    """What NumPy makes of values. Exact numbers that it has no dtype for, such as Fraction and 2**70, become floats."""
    array = np.asarray(values)
    exact = array.dtype.kind == "O" and all(map(is_real, array.flat))
    return array.astype(float) if exact else array


def holds_tensor(value: Any) -> bool:
    """Whether this is one of our Tensors, or a list with one in it, at any depth."""
    return hasattr(value, "requires_grad") or (isinstance(value, (list, tuple)) and any(map(holds_tensor, value)))


def array_of_buffer(value: Any) -> Any:
    """What hands out its memory, like array.array, as an array. A memoryview is more likely one `.data` too many."""
    try:
        view = memoryview(value)
    except TypeError:
        raise messages.not_an_operand(value) from None
    if value is view or isinstance(value, memoryview):
        raise messages.not_an_operand(value)
    return np.asarray(view)


def values_of_series(series: Any) -> np.ndarray:
    """The values of a pandas Series whose labels say no more than their places."""
    index = series.index
    if not (index.equals(type(index)(range(len(index)))) if index.nlevels == 1 else False):
        raise messages.not_an_operand(series, "labels")
    if series.isna().any():
        raise messages.not_an_operand(series, "missing")
    values = series.to_numpy()
    if values.dtype.kind == "O" and getattr(series.dtype, "kind", "O") in REAL:  # a nullable column, such as Float64
        values = series.to_numpy(dtype=float)
    return values


def is_real(value: Any) -> bool:
    """Whether this is a real number: one of Python's, a Fraction, or a Decimal, whose module need not be imported."""
    decimal = sys.modules.get("decimal")
    return isinstance(value, numbers.Real) or (decimal is not None and isinstance(value, decimal.Decimal))


def is_sparse(value: Any) -> bool:
    """Whether this is a matrix or array of scipy.sparse, which need not be installed."""
    sparse = sys.modules.get("scipy.sparse")
    return sparse is not None and bool(sparse.issparse(value))


def misfit(values: Any, function: Any = None) -> TypeError | None:
    """Of the arrays in a call that failed, the error for the first that has no derivative: text, objects, dates.

    None is one of them if the function is a ufunc, whose arguments are all numbers.
    """
    for value in values:
        if value is None and isinstance(function, np.ufunc):
            return messages.not_an_operand(value)
        dtype = getattr(value, "dtype", None)
        if isinstance(value, (np.ndarray, np.generic)) and dtype is not None and dtype.kind not in REAL:
            return messages.not_an_operand(value, dtype)
    return None


# --- what a Tensor itself holds ---------------------------------------------------------------------------------------


def in_floats(x: Any) -> Any:
    """Whole numbers as float64: a difference, or -x, may not fit into their dtype. In uint8, 10 - 200 is 66."""
    x = x if hasattr(x, "dtype") else np.asarray(x)
    return x.astype(np.float64) if x.dtype.kind in "biu" else x


def held(data: Any, requires_grad: bool, dtype: Any = None) -> Any:
    """What ``Tensor(data)`` holds: arrays as they are, a single number as NumPy's; float64 for whole numbers with gradients.

    Raises TypeError for what has no derivative.
    """
    given = data
    if isinstance(data, np.ma.MaskedArray) or is_sparse(data):
        raise messages.not_differentiable(data)
    if isinstance(data, np.ndarray):
        data = np.asarray(data)
    elif not hasattr(data, "__array_function__") and not isinstance(data, np.generic):
        try:
            data = array_of_numbers(data)
        except ValueError as error:  # rows of different lengths
            raise messages.not_differentiable(given) from error
        data = data[()] if data.dtype.kind in REAL else data
    if data.dtype.kind not in REAL:
        raise messages.not_differentiable(given, data.dtype if data.ndim or hasattr(given, "dtype") else None)
    if dtype is not None:
        if np.dtype(dtype).kind not in REAL:
            raise messages.not_a_real_dtype(dtype)
        data = data.astype(dtype, copy=False)
    if data.dtype.kind in "biu" and requires_grad:
        data = data.astype(np.float64)
    return scratch(data)
