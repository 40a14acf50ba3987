"""Messages about values that a Tensor cannot be computed with: complex numbers, text, dates, objects of other libraries."""

from __future__ import annotations

import decimal
import numbers
import re
from typing import Any

import numpy as np

from ..frames import name_of_variable
from .phrases import Message, a_kind_of, describe, name_of, variable_or

# fmt: off


class Declined(TypeError):
    """We do not compute with this operand; in an operator, Python then asks the operand itself."""


class NotReal(Declined):
    """An object that stands for Tensors, such as a `Spectrum`, was used as an array; its own methods have to be asked."""


COMPLEX = (
    "The gradient through complex numbers would be wrong. Keep the real and the imaginary part as two arrays: for "
    "z = x * (1 + 2j) write `re, im = x * 1, x * 2`, and for abs(z) write `np.hypot(re, im)`. For a Fourier transform, give "
    "the Tensor itself to np.fft."
)
TO_FLOATS = "`x = np.array(x, dtype=float)`"
WAS_TEXT = f"Numbers that were read as text have to be converted first: {TO_FLOATS}."
ONE_WAS_TEXT = "For a number that was read as text, write `x = float(x)`."
REMEDIES = {  # for operands that mean something else than a plain array, by package and class
    "matrix": "For a matrix, `*` is the matrix product, but for an array it is elementwise. Make it an array, "
    "`x = np.asarray(x)`, and write `@` for the matrix product.",
    "MaskedArray": "Its masked elements would count in the gradient. Remove them, `x.compressed()`; or fill them, "
    "`x.filled(0.0)`, and use weights that leave them out: `np.where(np.ma.getmaskarray(x), 0.0, 1.0)`.",
    "sparse": "A sparse matrix can be a constant factor in the matrix product, `@`. Elsewhere make it an array: "
    "`x = x.toarray()`.",
    "labels": "Its rows are labelled, and pandas would pair them by their labels, but a Tensor has no labels. To use the "
    "values in their present order, write `x = x.to_numpy()`.",
    "missing": "Some of its values are missing: pandas would leave them out, but a Tensor cannot. Drop them first: "
    "`x = x.dropna().to_numpy()`.",
    "pandas": "pandas pairs rows and columns by their labels, but a Tensor has no labels. Write `x = x.to_numpy()`.",
    "xarray": "xarray pairs dimensions by their names, but a Tensor has no such names. Write `x = x.to_numpy()`.",
    "torch": "A gradient cannot pass from one library to the other. Write `x = x.detach().numpy()`.",
    "Quantity": "Its unit would be lost. Write `x = x.magnitude` (pint) or `x = x.value` (astropy).",
    "memoryview": "Is it `w.grad.data`? A gradient is an array already, so write `w.grad`. Otherwise, `x = np.asarray(x)`.",
    "str": ONE_WAS_TEXT,
    "bytes": ONE_WAS_TEXT,
    "NoneType": "A function that ends without `return` gives None. So does one that changes its argument, such as "
    "`values.sort()`, and so does the `.grad` of a Tensor before `backward()`. Give a number or an array: `x = 0.0`.",
    "list": "Its rows have different lengths, or it contains more than numbers. Compute with each row on its own.",
    "dict": "A Tensor has no keys. Make one Tensor for each entry, `{key: tg.Tensor(value) for key, value in x.items()}`, or "
    "take the values in their order: `x = np.array(list(x.values()))`.",
    "callable": "Call it, and use what it returns: `x = x(1.0)`, with your argument.",
    "tensors": "NumPy does not look into an array of Tensors. Join them into one Tensor: "
    "`x = np.stack(list(x.flat)).reshape(x.shape)`.",
    "iterable": "Its values come one by one. Make an array of them: `x = np.array(list(x))`.",
}
OF_DTYPE = {  # and for arrays of these kinds of dtype
    "c": COMPLEX,
    "O": f"Convert it first: {TO_FLOATS}.",
    "U": WAS_TEXT,
    "S": WAS_TEXT,
    "V": "Use one of its fields, such as `x = x[x.dtype.names[0]]`.",
    "M": "Dates are not numbers. Count from the first: `x = (x - x.min()) / np.timedelta64(1, 's')`.",
    "m": "Spans of time are not numbers. Count them in a unit: `x = x / np.timedelta64(1, 's')`.",
}


def not_an_operand(value: Any, why: Any = None) -> TypeError:
    """An operand that has no derivative, or that means something else by the same operator. `why`: a dtype, or a reason."""
    return TypeError(f"A Tensor cannot be computed with {what_and_remedy(value, why, '.')}")


def what_and_remedy(value: Any, why: Any, between: str) -> str:
    """What an operand is, and what to write instead, by the user's name for it. Of a list, what in it is no number."""
    what = a_kind_of(value, why if isinstance(why, np.dtype) else None)
    if isinstance(value, (list, tuple)) and isinstance(why, np.dtype) and why.kind == "O":
        inside = np.array(value, object).flat
        culprit = next((each for each in inside if not isinstance(each, (numbers.Real, decimal.Decimal))), value)
        what, value, why = f"a {type(value).__name__} with {a_kind_of(culprit)} in it", culprit, None
    remedy = remedy_for(value, why)
    if remedy is not COMPLEX:
        name = variable_or(value, "x")
        if name == "x" and "`x = " in remedy and hasattr(value, "shape") and name_of_variable(value) is None:
            remedy += " It has no name in your program: give it the name x first."
        remedy = re.sub(r"`[^`]+`", lambda code: re.sub(r"\bx\b", lambda _: name, code[0]), remedy)
    return f"{what}{between} {remedy}"


def remedy_for(value: Any, why: Any) -> str:
    """What to write instead of this operand."""
    kind = type(value)
    if isinstance(why, np.dtype):
        of_tensors = why.kind == "O" and any(hasattr(each, "node") for each in np.ravel(value))
        why = "tensors" if of_tensors else why.kind
    if isinstance(value, complex):
        why = "c"
    package, names = kind.__module__.split("."), [base.__name__ for base in kind.__mro__]
    keys = [why, *names, *(["sparse"] if "sparse" in package and package[0] == "scipy" else []), package[0]]
    found = next((table[key] for key in keys if key for table in (OF_DTYPE, REMEDIES) if key in table), None)
    if found or hasattr(value, "__array__"):
        return found or "Make it a plain array: `x = np.asarray(x)`."
    able = "callable" if callable(value) else "iterable" if hasattr(value, "__iter__") else ""
    return REMEDIES.get(able, "Give it a number, an array or a list of numbers.")


def not_a_result(function: Any, out: Any) -> TypeError:
    """A primitive returned something that has no gradient."""
    dtype, advice = getattr(out, "dtype", None), COMPLEX
    gave = f"an array of dtype {dtype}" if dtype is not None else f"a {type(out).__name__}"
    if dtype is None or dtype.kind != "c":
        advice = (
            "Return one array of floats, or one number. For several results write one primitive for each. Or join them with "
            "np.stack or np.concatenate, and split the result outside."
        )
    return TypeError(f"{name_of(function)} gave {gave}, but only real arrays and numbers have a gradient. {advice}")


left_alone = Message(Declined, lambda value: f"""
    This operand, {a_kind_of(value)}, asks NumPy to leave it alone: its __array_ufunc__ is None. Use the numbers in it; to
    compare with pytest.approx, write `t.data == pytest.approx(...)`.
""")
sparse_takes_matrices = Message(ValueError, lambda tensor, matrix: f"""
    The product with {a_kind_of(matrix)} takes a vector or a matrix, but this Tensor ({describe(tensor)}) has {tensor.ndim}
    axes. Turn the sparse matrix into an array: write `x = x.toarray()`.
""")
repeated_index = Message(TypeError, lambda kind: f"""
    An index names an element twice, so its gradients have to be added up, and {kind.__module__} has no function for that
    (np.add.at). Use slices, or name each element only once.
""")
not_for_spectra = Message(NotReal, lambda what: f"""
    {what} has no derivative rule for complex numbers. A Tensor holds real numbers. The transforms of np.fft return a
    Spectrum, which can be added, multiplied, divided, summed, indexed and transformed back. For everything else use its
    parts: write `z.real` and `z.imag`, or `np.abs(z)` and `np.angle(z)`, which are Tensors.
""")
no_attribute_of_spectrum = Message(AttributeError, lambda name: f"{not_for_spectra('Spectrum.' + name)}")
