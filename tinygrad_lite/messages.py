"""What people read when something goes wrong: what happened, with names and shapes; why; what to write instead.

Flows in: the call, rule or Tensor in question. Flows out: an exception, ready to be raised. Kept apart so that the engine
reads as an engine, and so that all messages can be read, and improved, in one place.
"""

from __future__ import annotations

import ast
import difflib
import functools
import re
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from .frames import name_of_variable
from .hints import ATTRIBUTES, NAMES


def describe(value: Any) -> str:
    """A value in the words of a message: the name of a Tensor, and the shape of whatever has one."""
    shape, name = getattr(value, "shape", None), getattr(value, "name", None)
    if shape is None or isinstance(value, type):
        text = repr(value)
        return text if len(text) <= 40 else f"a {type(value).__name__}"
    return f"{name}, shape {tuple(shape)}" if isinstance(name, str) else f"shape {tuple(shape)}"


def name_of(function: Any) -> str:
    """``np.mean`` for NumPy's functions, ``np.add.reduce`` for a method of a ufunc, the plain name otherwise."""
    if isinstance(function, tuple):
        return f"np.{function[0].__name__}.{function[1]}"
    if not getattr(function, "__module__", None):  # a ufunc, of NumPy or of another library
        name: str = function.__name__
        return f"np.{name}" if vars(np).get(name) is function else name.lstrip("_")  # scipy.special.zeta calls _zeta
    module = function.__module__.replace("numpy", "np")
    return f"{module}.{function.__name__}" if module.startswith("np") else function.__name__


# --- calls ------------------------------------------------------------------------------------------------------------


def failed_call(error: Exception, rule: Any, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Exception:
    """NumPy refused the call: its own words, and what it was called with, by the names that the user gave."""
    names = rule.arguments if len(rule.arguments) == len(args) else [str(i) for i in range(len(args))]
    parts = [f"{name}: {as_user_says(arg)}" for name, arg in zip(names, args)]
    parts += [f"{name}={describe(value)}" for name, value in keywords.items()]
    text = f"{error}\n  This was {name_of(rule.function)} with " + "; ".join(parts) + "."
    try:
        return type(error)(text)
    except TypeError:  # some of NumPy's own errors are made of more than a text
        return TypeError(text)


def as_user_says(value: Any) -> str:
    """The same as `describe`, by the name of the user's variable if there is one."""
    variable = name_of_variable(value) if hasattr(value, "shape") else None
    return f"{variable}, shape {tuple(value.shape)}" if variable else describe(value)


def refused_call(error: Exception, function: Any, args: Any, keywords: Mapping[str, Any], names: Any) -> Exception:
    """NumPy refuses what a composition was called with: its own words, and the names and shapes."""
    parts = [f"{name}: {describe(arg)}" for name, arg in zip([*names, *map(str, range(len(names), len(args)))], args)]
    parts += [f"{name}={describe(value)}" for name, value in keywords.items()]
    text = f"{error}\n  This was {name_of(function)} with " + "; ".join(parts) + "."
    try:
        return type(error)(text)
    except TypeError:  # some of NumPy's own kinds are not made from a text
        kind: Any = next(kind for kind in type(error).__mro__ if kind.__module__ == "builtins")
        return kind(text)


def no_rule(function: Any) -> TypeError:
    name = name_of(function)
    if formula := FORMULAS.get(name):
        return TypeError(
            f"{name} has no derivative rule, so it cannot be applied to a Tensor that wants a gradient. Of functions that "
            f"have rules {formula}. If no gradient should flow through it, write `t.detach()`."
        )
    return TypeError(
        f"{name} has no derivative rule, so it cannot be applied to a Tensor that wants a gradient: the gradient would be "
        "lost on the way. If none should flow through it, give it a constant with the same numbers: write `t.detach()`. If "
        "one should, write it with functions that have a rule, or teach the rule: tg.derivative(...), see the page 'Add your "
        "own rule' of the docs. The plain array, t.data, loses the gradient without a word."
    )


def refused(function: Any, reason: str) -> TypeError:
    """A function that no gradient can flow through, for a reason of its own; see rules/refused.py."""
    return TypeError(f"{name_of(function)} has no derivative rule: {reason}")


IN_PARTS = "these are the real and the imaginary part, as a Tensor holds real numbers only:"
FORMULAS = {  # of functions without a rule, and of SciPy's functions that take no Tensors: the same, written with others
    "wofz": f"{IN_PARTS} `np.exp(-t * t)` and `2 / np.sqrt(np.pi) * scipy.special.dawsn(t)`",
    "hankel1": f"{IN_PARTS} `scipy.special.jv(n, t)` and `scipy.special.yv(n, t)`",
    "hankel2": f"{IN_PARTS} `scipy.special.jv(n, t)` and `-scipy.special.yv(n, t)`",
    "multigammaln": "this is the same: `np.sum(scipy.special.gammaln(np.expand_dims(t, -1) - np.arange(d) / 2), axis=-1) "
    "+ d * (d - 1) / 4 * np.log(np.pi)`",
    "bdtr": "this is the same: `scipy.special.betaincc(k + 1, n - k, t)`",
    "bdtrc": "this is the same: `scipy.special.betainc(k + 1, n - k, t)`",
    "bdtri": "this is the same: `scipy.special.betainccinv(k + 1, n - k, t)`",
    "agm": "this is the same: `np.pi / 4 * (s + t) / scipy.special.ellipk(((s - t) / (s + t)) ** 2)`",
    "spherical_jn": "this is the same: `np.sqrt(np.pi / (2 * t)) * scipy.special.jv(n + 0.5, t)`",
    "spherical_yn": "this is the same: `np.sqrt(np.pi / (2 * t)) * scipy.special.yv(n + 0.5, t)`",
    "spherical_in": "this is the same: `np.sqrt(np.pi / (2 * t)) * scipy.special.iv(n + 0.5, t)`",
    "spherical_kn": "this is the same: `np.sqrt(np.pi / (2 * t)) * scipy.special.kv(n + 0.5, t)`",
}


def no_primitive_rule(name: str) -> TypeError:
    return TypeError(
        f"{name} is a primitive without a derivative rule, so it cannot be applied to a Tensor that wants a gradient. "
        f"Give it one: tg.derivative({name}, x=lambda g, x: ...), see the page 'Add your own rule' of the docs."
    )


def no_vjp(rule: Any, argument: str) -> TypeError:
    name, instead = name_of(rule.function), INSTEAD.get(argument, "")
    if scipys := names_of_scipy(rule):
        argument, others = scipys[argument], " and ".join(repr(scipys[a]) for a in rule.vjps)
        instead = f" The rule is for {others} alone: SciPy has no function for the derivative in such a parameter."
    return TypeError(
        f"{name} has no derivative with respect to its argument {argument!r}, and that argument is a "
        f"Tensor that wants a gradient. If no gradient should flow through it, write `t.detach()`.{instead}"
    )


def names_of_scipy(rule: Any) -> dict[str, str]:
    """What SciPy's documentation calls the arguments of a ufunc, which our rules call x, y, z and w."""
    ufunc = rule.function
    if not isinstance(ufunc, np.ufunc) or vars(np).get(ufunc.__name__) is ufunc:
        return {}
    found = re.search(rf"^ *{ufunc.__name__}\((?!x1)(.*?)(?:, out.*)?\)$", ufunc.__doc__ or "", re.MULTILINE)
    names = [name.strip() for name in found[1].split(",")] if found else []
    return dict(zip(rule.arguments, names if len(names) == len(rule.arguments) else rule.arguments))


INSTEAD = {  # arguments of reductions for which there is another way
    "initial": " If one should, combine the two results: write `np.sum(x) + t`, or `np.prod(x) * t`, or "
    "`np.maximum(np.max(x), t)`.",
    "mean": " If one should, write `np.sum((x - t) ** 2) / x.size`; the mean of x itself may be left out.",
}


def missing_argument(rule: Any, argument: str) -> TypeError:
    return TypeError(f"{name_of(rule.function)}() is missing its argument {argument!r}.")


def repeated_index(kind: type) -> TypeError:
    return TypeError(
        f"An index names an element twice, so their gradients have to be added up in one place, and {kind.__module__} has no "
        "function for that (np.add.at). Write it with slices, or with each index once."
    )


def unknown_keyword(function: Any, keyword: str, given: Any) -> TypeError:
    name = name_of(function)
    remedy = "Leave it out; or, if no gradient should flow through it, write `t.detach()` in the place of t."
    if getattr(function, "__module__", None) and not name.startswith("np."):  # a primitive
        remedy = (
            f"If it changes the derivative, let the rule ask for it by name: tg.derivative({name}, x=lambda g, {keyword}: "
            f"...). If it does not, say so: tg.derivative({name}, ..., ignore=[{keyword!r}])."
        )
    return TypeError(
        f"{name}(..., {keyword}={given!r}) on a Tensor: the derivative rule of {name} does not know the keyword "
        f"{keyword!r}, and to ignore it could make the gradient wrong. {remedy}"
    )


def where_of_ufunc(ufunc: Any) -> TypeError:
    name = name_of(ufunc)
    call = f"{name}({', '.join('tu'[: ufunc.nin])})"
    return TypeError(
        f"{name}(..., where=mask) on a Tensor: NumPy does not compute the elements where the mask is false, and leaves there "
        "whatever was in memory, unless there is an array `out`, which a Tensor cannot be. Say what should be there: "
        f"write `np.where(mask, {call}, 0)`."
    )


class Declined(TypeError):
    """We do not compute with this operand; in an operator, Python then asks the operand itself."""


class NotReal(Declined):
    """What stands for a Tensor, or as a pair of them for complex numbers, was taken for an array: ask it itself."""


def left_alone(value: Any) -> Declined:
    return Declined(
        f"This operand, {a_kind_of(value)}, asks NumPy to leave it alone: its __array_ufunc__ is None. "
        "Use the numbers in it; to compare with pytest.approx, write `t.data == pytest.approx(...)`."
    )


def a_kind_of(value: Any, of_dtype: str = "") -> str:
    """What a value is, for a sentence: "a pandas.Series of shape (3,)"."""
    kind = type(value)
    package = kind.__module__.partition(".")[0]
    name = kind.__name__ if package in ("builtins", "__main__") else f"{package}.{kind.__name__}"
    if kind is np.ndarray:
        name = "array"
    shape = getattr(value, "shape", None)
    of_shape = f" of shape {tuple(shape)}" if isinstance(shape, tuple) and shape else ""
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}{of_dtype}{of_shape}"


COMPLEX = (
    "A Tensor holds real numbers, and the gradient through complex ones would be wrong. Keep the real and the imaginary part "
    "as two arrays: for z = x * (1 + 2j) write `re, im = x * 1, x * 2`, and for abs(z) write `np.hypot(re, im)`. Where a "
    "Fourier transform made the complex numbers, let np.fft have the Tensor: it gives a Spectrum, which may be multiplied "
    "with complex arrays."
)
REMEDIES = {  # for operands that mean something else than a plain array, by package and class
    "matrix": "For it `*` is the matrix product, for an array it is elementwise. Make it an array, `x = np.asarray(x)`, and "
    "write `@` for the matrix product.",
    "MaskedArray": "Its masked elements would count in the gradient. Give it without them, `x.compressed()`; or filled, "
    "`x.filled(0.0)`, with weights that leave them out: `np.where(np.ma.getmaskarray(x), 0.0, 1.0)`.",
    "sparse": "A sparse matrix can be a constant factor in the matrix product, `@`. Elsewhere make it an array: "
    "`x = x.toarray()`.",
    "labels": "Its rows are labelled, and pandas would pair them by their labels, but a Tensor has none. To take the values "
    "in the order in which they are, write `x = x.to_numpy()`.",
    "missing": "Values are missing in it: pandas would leave them out, but a Tensor cannot. Drop them before: "
    "`x = x.dropna().to_numpy()`.",
    "pandas": "pandas pairs rows and columns by their labels, but a Tensor has none. Write `x = x.to_numpy()`.",
    "xarray": "xarray pairs dimensions by their names, but a Tensor has none. Write `x = x.to_numpy()`.",
    "torch": "A gradient cannot pass from one library to the other. Write `x = x.detach().numpy()`.",
    "Quantity": "Its unit would be lost. Write `x = x.magnitude` (pint) or `x = x.value` (astropy).",
    "memoryview": "Is it `w.grad.data`? A gradient is an array already, so write `w.grad`. Otherwise, `x = np.asarray(x)`.",
    "str": "For numbers that were read as text, write `x = float(x)`.",
    "bytes": "For numbers that were read as text, write `x = float(x)`.",
    "list": "Its rows have different lengths, or it holds something else than numbers. Compute with each row on its own.",
}
OF_DTYPE = {  # and for arrays of these kinds of dtype
    "c": COMPLEX,
    "O": "Convert it before: `x = x.astype(float)`.",
    "U": "These numbers were read as text. Convert them before: `x = x.astype(float)`.",
    "S": "These numbers were read as text. Convert them before: `x = x.astype(float)`.",
    "V": "Use one of its fields, such as `x = x[x.dtype.names[0]]`.",
    "M": "Dates are no numbers. Count from the first: `x = (x - x.min()) / np.timedelta64(1, 's')`.",
    "m": "Spans of time are no numbers. Count them in a unit: `x = x / np.timedelta64(1, 's')`.",
}


def not_an_operand(value: Any, why: Any = None) -> TypeError:
    """An operand that has no derivative, or that means something else by the same operator. `why`: a dtype, or a reason."""
    of = f" of dtype {why}" if isinstance(why, np.dtype) else ""
    return TypeError(f"A Tensor cannot be computed with {a_kind_of(value, of)}. {remedy_for(value, why)}")


def remedy_for(value: Any, why: Any) -> str:
    """What to write instead of this operand."""
    kind = type(value)
    if isinstance(why, np.dtype):
        why = why.kind
    if isinstance(value, complex):
        why = "c"
    package, names = kind.__module__.split("."), [base.__name__ for base in kind.__mro__]
    keys = [why, *names, *(["sparse"] if "sparse" in package and package[0] == "scipy" else []), package[0]]
    found = next((table[key] for key in keys if key for table in (OF_DTYPE, REMEDIES) if key in table), None)
    array = "Make it a plain array: `x = np.asarray(x)`." if hasattr(value, "__array__") else None
    return found or array or "What can stand beside a Tensor are Tensors, arrays, lists of numbers, and numbers."


def sparse_takes_matrices(tensor: Any, matrix: Any) -> ValueError:
    return ValueError(
        f"The product with {a_kind_of(matrix)} takes a vector or a matrix, and this Tensor ({describe(tensor)}) has "
        f"{tensor.ndim} axes. Make an array of the sparse matrix: `x = x.toarray()`."
    )


def not_a_result(function: Any, out: Any) -> TypeError:
    dtype = getattr(out, "dtype", None)
    gave = f"an array of dtype {dtype}" if dtype is not None else f"a {type(out).__name__}"
    advice = (
        COMPLEX
        if dtype is not None and dtype.kind == "c"
        else (
            "Return one array of floats, or one number. For several results write one primitive for each, or join them with "
            "np.stack or np.concatenate and take them apart outside."
        )
    )
    return TypeError(f"{name_of(function)} gave {gave}, and only real arrays and numbers have a gradient. {advice}")


def into_whole_numbers(x: Any, dtype: Any) -> TypeError:
    return TypeError(
        f"t[...] = value: the Tensor ({describe(x)}) has dtype {x.dtype} and the value {dtype}, so it would be rounded, and "
        f"its gradient would be lost. Make the Tensor one of floats: write "
        f"`tg.Tensor(np.zeros({tuple(x.shape)}), requires_grad=False)`."
    )


def not_for_spectra(what: str) -> NotReal:
    return NotReal(
        f"{what} has no derivative rule for complex numbers. A Tensor holds real ones; the transforms of np.fft "
        "give a Spectrum, which can be added, multiplied, divided, summed, indexed and transformed back. For everything else "
        "take it apart: z.real and z.imag, or np.abs(z) and np.angle(z), are Tensors."
    )


def writes_in_place(function: Any) -> TypeError:
    name, given = name_of(function), ", ".join(["t"] * getattr(function, "nin", 1))
    return TypeError(
        f"{name}(..., out=...) writes its result into an array, and the graph may still need what was in it. "
        f"Leave `out` out, and give the result a name: write `result = {name}({given})`."
    )


def into_a_plain_array(function: Any, target: Any, values: Any) -> TypeError:
    name = name_of(function)
    return TypeError(
        f"{name} would write a Tensor ({describe(values)}) into a plain array of {describe(target)}, which cannot remember "
        "where its numbers come from: the gradient would be lost. Make the array a constant Tensor first: write "
        f"`array = tg.Tensor(array, requires_grad=False)`; then {name}(array, ...) is recorded."
    )


def polynomial_at_an_array(c: Any, x: Any) -> TypeError:
    return TypeError(
        f"The functions of np.polynomial do not ask a Tensor of coefficients ({describe(c)}) how to compute with it, and at "
        f"a plain array ({describe(x)}) they would give an array of objects. Make the points a constant Tensor: "
        "write `x = tg.Tensor(x, requires_grad=False)`. Or write `np.polyval(c[::-1], x)`, with the highest power first."
    )


def several_polynomials(module: str, name: str, x: Any, c: str) -> TypeError:
    function = f"{module.replace('numpy', 'np')}.{name}"
    what = {"c": "its coefficients c are those of several polynomials", "r": "its zeros r are several numbers"}[c]
    return TypeError(
        f"{name} computes at a Tensor ({describe(x)}) as at a single number, and {what}. For an array it would give them an "
        "axis more for each axis of the points, and for a Tensor it does not. "
        f"Write `{function}(t, {c}.reshape({c}.shape + (1,) * t.ndim), tensor=False)`. On a grid, give the result, again so "
        "reshaped, to the next call as its coefficients."
    )


def looks_at_memory(tensor: Any) -> TypeError:
    return TypeError(
        f"np.lib.stride_tricks.as_strided looks at the memory of an array, and the history of a Tensor ({describe(tensor)}) "
        "is not in there. For windows write `np.lib.stride_tricks.sliding_window_view(t, 2)`, for other patterns write "
        "`t[[0, 1, 1]]`."
    )


def steps_in_q(method: str, smooth: list[str]) -> TypeError:
    return TypeError(
        f"The quantile with method={method!r} jumps from one element to another as q grows, so it has no derivative with "
        f"respect to q. Give q as a constant: write `q.detach()`. Or take a method that interpolates: "
        f"{', '.join(smooth)}."
    )


def not_a_real_dtype(dtype: Any) -> TypeError:
    return TypeError(
        f"dtype={np.dtype(dtype).name!r} on a Tensor: it holds real numbers, in floating point. Leave dtype out, or give "
        "np.float32 or np.float64."
    )


# --- rules ------------------------------------------------------------------------------------------------------------


def rule_for_unknown(function: str, unknown: list[str], parameters: Any) -> TypeError:
    return TypeError(
        f"derivative({function}, ...) has a rule for {', '.join(map(repr, unknown))}, but the parameters of {function} "
        f"are {', '.join(map(repr, parameters))}. Name the argument as the function does."
    )


def rule_asks_unknown(function: str, argument: str, unknown: list[str], known: list[str]) -> TypeError:
    return TypeError(
        f"derivative({function}, {argument}=...): the rule asks for {', '.join(map(repr, unknown))}, which {function} "
        f"does not have. A rule may ask for {', '.join(map(repr, known))}."
    )


def wrong_shape(node: Any, parent: Any, got: Any) -> ValueError:
    position = next(i for i, arg in enumerate(node.args) if arg is parent)
    argument = node.rule.arguments[min(position, len(node.rule.arguments) - 1)]
    handle = parent.tensor()
    variable = name_of_variable(handle) if handle is not None else None
    own = f"that argument, `{variable}`," if variable else "the argument"
    return ValueError(
        f"The derivative rule of {name_of(node.rule.function)} for its argument {argument!r} gave {describe(got)}, but "
        f"{own} has shape {parent.shape}. A gradient has one number for each element of what it is the gradient of: "
        "sum over what the function repeated, repeat over what it summed."
    )


# --- matrices ---------------------------------------------------------------------------------------------------------


VALUES_ALONE = {  # of the functions that give vectors too: what their values are called, and the function for them alone
    "eigh": ("eigenvalue", "np.linalg.eigvalsh(a)"),
    "eig": ("eigenvalue", "np.linalg.eigvals(a)"),
    "svd": ("singular value", "np.linalg.svd(a, compute_uv=False)"),
}


def in_the_stack(place: tuple[int, ...]) -> str:
    """Which matrix it is, if there are several."""
    return f" of the matrix [{', '.join(map(str, place))}] in the stack" if place else ""


def moved_apart(shape: tuple[int, int], values: Any) -> str:
    """Code that adds to a matrix as little as makes the values differ by much more than rounding."""
    m, n = shape
    step = float(np.sqrt(np.finfo(values.dtype).eps) * (np.max(np.abs(values)) or 1))
    return f"`a = a + {step:.0e} * np.eye({m}, {n}) * np.arange(1, {n + 1})`"


def equal_values(function: str, values: Any, shape: tuple[int, int], place: tuple[int, ...]) -> np.linalg.LinAlgError:
    stack, (i, j) = place[:-2], place[-2:]
    value, alone = VALUES_ALONE[function]
    first, second = map(float, values[stack][[i, j]])
    both = f"are both {first:.6g}" if f"{first:.6g}" == f"{second:.6g}" else f"are {first:.2g} and {second:.2g}"
    both += "" if first == second else ", within rounding the same"
    return np.linalg.LinAlgError(
        f"np.linalg.{function} has no derivative here: the {value}s {i} and {j}{in_the_stack(stack)} {both}. The "
        "vectors of equal values are not unique, so they have no derivative: it would be divided by the difference of the "
        f"values, which is 0. If the loss uses only the values, write `{alone}`: these have a first derivative here too, "
        "but their second one needs the vectors. If the loss is a function with a rule of its own, use this function: "
        "np.linalg.inv, solve, pinv, det, slogdet, matrix_power or norm. Otherwise make the values differ: write "
        f"{moved_apart(shape, values)}. What you get is then the derivative at this other matrix."
    )


def zero_singular_value(shape: tuple[int, int], values: Any, place: tuple[int, ...]) -> np.linalg.LinAlgError:
    m, n = shape
    side = "left" if m > n else "right"
    return np.linalg.LinAlgError(
        f"np.linalg.svd has no derivative here: the singular value {place[-1]}{in_the_stack(place[:-1])} is "
        f"{float(values[place]):.2g}{', within rounding 0' if values[place] else ''}. In a matrix with {m} rows and {n} "
        f"columns the {side} vector of such a value is not unique, so it has no derivative: it would be divided by the "
        "value. If the loss uses only the values, write `np.linalg.svd(a, compute_uv=False)`: these have a first derivative "
        "here too, but their second one needs the vectors. Otherwise make the value larger: write "
        f"{moved_apart(shape, values)}. What you get is then the derivative at this other matrix."
    )


def too_few_vectors(function: str, n: int, place: tuple[int, ...]) -> np.linalg.LinAlgError:
    return np.linalg.LinAlgError(
        f"np.linalg.{function} has no derivative here: the eigenvectors{in_the_stack(place)} are not independent. Some "
        f"eigenvalues are equal, and together they have fewer vectors than the matrix has rows, {n}. Such eigenvalues move "
        "infinitely fast when the matrix changes. If the matrix is symmetric, write `np.linalg.eigvalsh(a)`. For the sum and "
        "the product of the eigenvalues write `np.trace(a)` and `np.linalg.det(a)`; for the sum of their squares write "
        "`np.trace(a @ a)`."
    )


# --- packages that are not there --------------------------------------------------------------------------------------


def not_installed(what: str, package: str, extra: str) -> ImportError:
    return ImportError(
        f"{what} needs {package}, which is not installed. In the project's folder: python -m pip install -e '.[{extra}]'"
    )


# --- transforms -------------------------------------------------------------------------------------------------------


def called(function: Any) -> str:
    return getattr(function, "__name__", None) or repr(function)


def no_such_argument(f: Any, number: Any, count: int) -> TypeError:
    return TypeError(
        f"argnums={number!r}, but {called(f)} was called with {count} positional arguments. Arguments are counted from 0, "
        "and one to be differentiated is passed by position, not by keyword."
    )


def argument_twice(argnums: Any) -> TypeError:
    return TypeError(
        f"argnums={argnums} names an argument twice (negative numbers count from the end). Name each argument once; the "
        "gradients come back in the same order."
    )


def not_a_sequence(f: Any, given: Any) -> TypeError:
    return TypeError(
        f"jvp({called(f)}, primals, tangents) takes a list or tuple with all arguments of {called(f)}, and one with their "
        f"directions, and was given {describe(given)}. For a single argument x write `tg.jvp({called(f)}, [x], [v])`."
    )


def no_vector(name: str, f: Any, count: int) -> TypeError:
    given = "no arguments" if count == 0 else "one argument"
    return TypeError(
        f"{name}({called(f)}) was called with {given}. It takes the point and then the vector: "
        f"write `tg.{name}({called(f)})(x, v)`. More arguments of {called(f)} follow the vector."
    )


def where_the_vector_is(name: str, f: Any, at: int) -> str:
    order = ", ".join(["x", *(f"x{i}" for i in range(2, at + 1)), "v", "*args"])
    return f" In tg.{name}({called(f)})({order}) the vector comes before the arguments that are not differentiated."


def no_aux(f: Any, value: Any) -> TypeError:
    return TypeError(
        f"has_aux=True means that {called(f)} returns a pair (result, anything else); it returned {describe(value)}."
    )


def not_a_number(f: Any, name: str, value: Any) -> ValueError:
    return ValueError(
        f"{name}({called(f)}): {called(f)} returned {describe(value)}, and only a single number has a gradient. Make it one "
        f"with np.sum or np.mean. For the derivatives of all results write `tg.jacobian({called(f)})`, or "
        f"`tg.elementwise_grad({called(f)})` if each result depends on one element only."
    )


def no_derivative_of(f: Any, path: str, value: Any) -> TypeError:
    """What `f` returned, or what is at `path` in it, is nothing that could have a derivative."""
    what, why, instead = of_no_derivative(value)
    result = f"{called(f)} returned {what}" if not path else f"In what {called(f)} returned, {path} is {what}"
    if path and instead.startswith("Return the number"):
        instead = "Return the pair `result, other` with it in other, and say has_aux=True: then it is handed through."
    return TypeError(f"{result}, {why}. {instead}")


def of_no_derivative(value: Any) -> tuple[str, str, str]:
    """What it is, why it has no derivative, and what to return instead."""
    kind, name = getattr(getattr(value, "dtype", None), "kind", None), type(value).__name__
    module = type(value).__module__.partition(".")[0]
    what = f"a {name}" if module in {"__main__", *sys.stdlib_module_names} else f"a {name} of {module}"
    if value is None:
        return "None", "which has no derivative", "Is a `return` missing?"
    if module in ("pandas", "xarray", "polars"):
        return (
            what,
            "which holds the numbers without their graph, or each Tensor as an object",
            "Return the Tensor itself, before it is put into one; or join Tensors with `return np.stack([t, u])`.",
        )
    if isinstance(value, bool) or kind == "b":
        return (
            "a truth value" if np.ndim(value) == 0 else f"an array of truth values, {describe(value)}",
            "which jumps between False and True, so it has no derivative",
            "Return the numbers that are compared, or their difference.",
        )
    if isinstance(value, str | bytes) or kind in ("U", "S"):
        return "text" if kind is None else "an array of text", "which has no derivative", "Return the number itself."
    if isinstance(value, np.ndarray) and kind == "O":
        join = "np.stack(result)" if value.ndim == 1 else "np.stack(list(result.flat)).reshape(result.shape)"
        return (
            f"an array of objects, {describe(value)}",
            "and NumPy does not look inside those, so its elements have no common graph",
            f"Join them into one Tensor: `return {join}`.",
        )
    if isinstance(value, complex) or kind == "c":
        return (
            f"complex numbers, {describe(value)}",
            "and derivatives here are of real ones",
            "Return what is real: `return np.abs(result) ** 2`, or result.real and result.imag.",
        )
    if isinstance(value, set | frozenset):
        return what, "which has no order, so its derivatives would have none", "Return a list: `return [t, u]`."
    if hasattr(value, "__next__") or (hasattr(value, "__iter__") and not hasattr(value, "__getitem__")):
        return what, "whose values cannot be seen without using it up", "Return a list: `return list(result)`."
    if callable(value):
        return what, "which is a function and not a number", "Return what it gives: `return result(...)`."
    if inside := [key for key, item in getattr(value, "__dict__", {}).items() if hasattr(item, "node")]:
        return (
            what,
            "which is not a container that is looked into",
            f"Return what is to be differentiated, `return result.{inside[0]}`; or a dict of all, `return vars(result)`.",
        )
    return (
        what,
        "which has no derivative",
        "Return numbers, arrays and Tensors, also in dicts, lists, tuples and dataclasses.",
    )


def independent(f: Any, outputs: Any) -> str:
    """For a warning or an error: all derivatives are 0."""
    what = f"the constant {describe(outputs[0])}" if len(outputs) == 1 else f"{len(outputs)} constants"
    what = what.replace("constant shape", "constant result of shape")
    return (
        f"The result of {called(f)}, {what}, does not depend on its arguments in a way that was recorded, so all "
        "derivatives are 0. If it should depend on them, a value left the graph on the way: look for t.data, t.item(), "
        "t.tolist(), t.detach(), no_grad, a comparison, or a new tg.Tensor(...), and compute with the argument itself."
    )


def constant_loss(f: Any, outputs: Any) -> TypeError:
    return TypeError(f"minimize({called(f)}): nothing to minimise. {independent(f, outputs)}")


def no_pair(f: Any, result: Any) -> TypeError:
    return TypeError(
        f"minimize({called(f)}, jac=True): {called(f)} has to return the pair (value, gradient) then, and returned "
        f"{describe(result)}. Leave jac out, and the gradient is computed."
    )


def no_complex_step(f: Any) -> TypeError:
    return TypeError(
        f"minimize({called(f)}, jac='cs') would call {called(f)} with complex numbers, and derivatives here are of real "
        "ones. Leave jac out: the gradient is then exact, as with the complex step."
    )


def not_a_parameter(f: Any, number: int, path: str, value: Any) -> TypeError:
    return TypeError(
        f"{called(f)} is to be differentiated with respect to its argument {number}, and "
        f"{f'{path} in it' if path else 'that'} is {describe(value)}, a {type(value).__name__}{of_dtype(value)}, which has "
        "no derivative. Parameters are floats and arrays, in dicts, lists, tuples and dataclasses; pass options as arguments "
        "of their own."
    )


def not_an_argument(f: Any) -> TypeError:
    return TypeError(
        f"checkpoint({called(f)}): {called(f)} uses a Tensor that wants a gradient and is not among its arguments, so that "
        "gradient would be lost. Pass it as an argument; or, if no gradient should flow through it, write `t.detach()`."
    )


def not_alike(path: str, a: Any, other_path: str, b: Any, hint: str = "") -> ValueError:
    return ValueError(
        f"The vector has to have the form of what it is multiplied with: {describe(a)} at {path or 'the top'} there, and "
        f"{describe(b)} at {other_path or 'the top'} in the vector.{hint}"
    )


def of_dtype(value: Any) -> str:
    return f" of dtype {value.dtype}" if hasattr(value, "dtype") else ""


def not_a_direction(path: str, value: Any) -> TypeError:
    return TypeError(
        f"The vector that a derivative is multiplied with holds {describe(value)}{f' at {path}' if path else ''}, a "
        f"{type(value).__name__}{of_dtype(value)}. Derivatives here are of real numbers: give floats, and for a complex "
        "vector its real and imaginary parts, one after the other."
    )


def not_the_form_of_x0(path: str, a: Any, other_path: str, b: Any) -> ValueError:
    return ValueError(
        f"A gradient for minimize has the form of x0: {describe(a)} at {path or 'the top'} there, and {describe(b)} at "
        f"{other_path or 'the top'} in the gradient."
    )


# --- check_gradients --------------------------------------------------------------------------------------------------


def nothing_to_check(args: Any) -> TypeError:
    kinds = ", ".join(type(a).__name__ for a in args) or "no arguments"
    return TypeError(
        f"check_gradients got {kinds}: nothing to check, as only floats have gradients. Write `2.0`, not 2, for an array "
        "write `np.array([1.0, 2.0])`."
    )


def not_one_for_each(count: int, given: Any) -> TypeError:
    what = f"a {type(given).__name__} of {len(given)}" if isinstance(given, (tuple, list)) else describe(given)
    return TypeError(
        f"check_gradients(..., gradient=...): there are {count} arguments to check, so the gradient is a tuple with one for "
        f"each of them, and yours is {what}."
    )


def nothing_at(name: str, given: Any) -> TypeError:
    return TypeError(
        f"check_gradients(..., gradient=...): your gradient has no number for {name}; it is {describe(given)}. A gradient "
        "has the form of the argument: the same dicts, lists, tuples and dataclasses, with arrays of the same shapes. If it "
        "is None, is a `return` missing?"
    )


# --- graphs -----------------------------------------------------------------------------------------------------------


def no_history(value: Any) -> TypeError:
    return TypeError(
        f"This shows how a Tensor was made, and a {type(value).__name__} does not remember that. Wrap what you want "
        "gradients for: write `w = tg.Tensor(w)`, compute with it, and give the result. Or trace the function: write "
        "`tg.trace(f)(w)`."
    )


def no_result(f: Any, result: Any) -> TypeError:
    return TypeError(
        f"trace({called(f)}): {called(f)} returned {describe(result)}. A graph is of Tensors, arrays and numbers: of one, or "
        "of several in lists, tuples and dicts, but of nothing else."
    )


def no_way_back(f: Any, variables: list[str]) -> TypeError:
    of = f"It was called with the variables {', '.join(variables)}" if variables else "None of its arguments is a variable"
    return TypeError(
        f"What {called(f)} returned does not depend on a variable in a way that has a derivative, so there is no way back. "
        f"{of}. Variables are the Tensors among the arguments; without any, the floats (2.0, not 2) and arrays of floats."
    )


def without_walk(what: str, graph: Any) -> ValueError:
    return ValueError(
        f"{what} is about the walk back, and {graph!r} does not have it. Record it with that: "
        f"write `tg.trace({graph.name or 'f'}, backward=True)(x)`, or `tg.Graph.of(loss, backward=True)`."
    )


def other_shape(name: Any, shape: Any, got: Any) -> ValueError:
    return ValueError(
        f"replay({name}=...): the graph was recorded with {name} of shape {shape}, and this has shape {got}. Sizes are built "
        "into a graph, as in the mean of 100 numbers. For other sizes, trace the function again."
    )


def other_size(function: Any, line: Any, shape: Any, got: Any) -> ValueError:
    where = f"\n  {line}" if line else ""
    return ValueError(
        f"With these numbers {function} gives shape {got}, and the graph was recorded with shape {shape}. Sizes are built "
        f"into a graph, as in the mean of 100 numbers. Trace the function again.{where}"
    )


def not_used(name: Any) -> ValueError:
    return ValueError(
        f"replay({name}=...): no call of this graph uses {name}, so nothing would change. If the program does use it, then "
        f"where NumPy does not tell: np.asarray({name}) makes a plain array of it, and in table[{name}] a plain `table` is "
        "asked for elements. Leave np.asarray out, or make the table an argument of the function too; or trace it again with "
        "the other numbers."
    )


def unknown_function(name: Any) -> LookupError:
    return LookupError(
        f"This graph calls {name}, and no function of this name is known here. If it is a primitive of your own, import the "
        "module that defines it before you replay the graph."
    )


def several_of_this_name(name: Any) -> LookupError:
    return LookupError(
        f"This graph calls {name}, and there are several functions of this name, in different modules, so it is not clear "
        "which is meant. Rename your own."
    )


def another_way(line: Any, found: Any, finds: Any) -> ValueError:
    small = getattr(found, "size", 1) <= 6
    what = (
        f"{found}, and would find {finds} now"
        if small
        else f"an array of shape {found.shape}, and would find other numbers now"
    )
    where = f"\n  {line}" if line else ""
    return ValueError(
        f"The program looked at a value and went on according to it: it found {what}. So with these numbers it might compute "
        f"something else than what this graph has. Trace the function again.{where}"
    )


def not_plain_data(value: Any, where: str) -> TypeError:
    kind = f"dtype {value}" if isinstance(value, np.dtype) else f"a {type(value).__module__}.{type(value).__name__}"
    return TypeError(
        f"{where}: {kind.replace('builtins.', '')} cannot be written as plain data. Numbers, text, NumPy arrays of them, "
        "dtypes, slices, and lists, tuples and dicts of these can. Compute it from such (float64 instead of longdouble, "
        "t.data.compute() for a dask array), and trace again; or keep the graph with pickle, which takes more."
    )


def neither_text_nor_file(text: str, error: Exception) -> FileNotFoundError:
    return FileNotFoundError(
        f"Graph.from_json takes the text that graph.to_json() gave, or the path of a file with it. {text[:60]!r} is neither: "
        f"{error}."
    )


def other_format(where: str, data: Any, wanted: str) -> ValueError:
    found = data.get("format") if isinstance(data, dict) else data
    return ValueError(
        f'{where} is not a graph of this package: its "format" would be {wanted!r}, and is {str(found)[:60]!r}.'
    )


def newer_version(where: str, version: Any, known: int) -> ValueError:
    return ValueError(
        f"{where} is of version {version!r} of the format, and this package reads version {known}. If it was written by a "
        "newer tinygrad_lite, install that one."
    )


def bad_data(where: str, what: str) -> ValueError:
    return ValueError(f"{where} cannot be read: {what}.")


# --- Tensors ----------------------------------------------------------------------------------------------------------


def not_recorded(value: Any) -> TypeError:
    what = f"This Tensor ({describe(value)})" if hasattr(value, "node") else f"This {type(value).__name__}"
    return TypeError(
        f"{what} has no graph to walk back through: it was made from constants only, under no_grad(), or by detach(). "
        "Wrap what you want gradients for before you compute with it: write `w = tg.Tensor(w)`."
    )


def not_a_scalar(output: Any) -> ValueError:
    return ValueError(
        f"The gradient of a Tensor of {describe(output)} is not one array: each of its {output.size} elements has its own. "
        "Make it one number first: write `t.sum().backward()`, or `t.mean().backward()`. Or say how much each one counts: "
        f"write `t.backward(np.ones({output.shape}))`, with your weights in the place of the ones."
    )


def wrong_seed(gradient: Any, output: Any) -> ValueError:
    return ValueError(
        f"backward() got a gradient of {describe(gradient)} for a Tensor of {describe(output)}. It is the gradient of some "
        "later loss with respect to this Tensor, so it has this Tensor's shape."
    )


def leaf_in_place(leaf: Any, wrote: str) -> RuntimeError:
    variable = name_of_variable(leaf)
    name = variable or leaf.name or "t"
    the_leaf = f"the leaf {leaf.name!r}" if leaf.name else f"the leaf `{variable}`" if variable else "this leaf"
    change = wrote.removeprefix(leaf.name or "w")  # " -= ...", or "[...] = ..."
    operator = change.partition("=")[0].strip()
    new = f"np.copy({name})" if "[" in operator else f"{name} {operator} 1.0"
    return RuntimeError(
        f"`{name}{change}` would change {the_leaf} in the middle of a computation that is being recorded, and what was "
        "computed with its old value would get a gradient at the new one. To update a parameter, write "
        f"`with tg.no_grad(): {name}{change.replace('= ...', '= 1.0')}`, with your value in the place of 1.0. To compute "
        f"something new, write `new = {new}`, which leaves {the_leaf} as it is."
    )


def view_of_leaf(leaf: Any, view: Any, wrote: str, made: str) -> RuntimeError:
    name = leaf.name or "w"
    return RuntimeError(
        f"`{wrote}` would write into a view ({describe(view)}) of the leaf {name!r} ({describe(leaf)}), and so change that "
        "in the middle of a computation that is being recorded. To compute something new, make a copy and change that: write "
        f"`t = np.copy({made})`. To update a parameter, do it inside `with tg.no_grad():`."
    )


def read_only(function: Any, base: Any, new: Any) -> ValueError:
    if name_of(function) != "np.broadcast_to":
        return ValueError(
            f"{name_of(function)} shows some elements of an array of shape {tuple(base.shape)}, as shape {tuple(new.shape)}, "
            "and is read-only, as in NumPy. Make a copy and change that: write `t = np.copy(t)`. To change the array itself, "
            "write into that, with an index."
        )
    return ValueError(
        f"np.broadcast_to shows the {base.size} elements of an array of shape {tuple(base.shape)} several times, as shape "
        f"{tuple(new.shape)}, so there is no room to write into it. Make a copy and change that: write `t = np.copy(t)`."
    )


def newer_than(output: Any, tensor: Any) -> str:
    return (
        f"The gradient with respect to a Tensor ({describe(tensor)}) that is newer than the output ({describe(output)}) is "
        "all zeros, as the output was not computed from it. If it was used for the output, something was written into it "
        "afterwards (t[0] = ..., t += ...), or its name was given to another Tensor. Ask for the gradient before that, or "
        "leave the Tensor as it is and change a copy: write `new = np.copy(t)`."
    )


def gradient_of_another_shape(leaf: Any) -> ValueError:
    return ValueError(
        f"The leaf {leaf.name or 'w'!r} has shape {leaf.shape}, and its .grad has shape {leaf.grad.shape}, so the new "
        f"gradient cannot be added to it. Forget the old one before: write `{leaf.name or 'w'}.zero_grad()`."
    )


def not_a_leaf(tensor: Any, what: str) -> RuntimeError:
    return RuntimeError(
        f"{what}: this Tensor ({describe(tensor)}) was made by {tensor.node.rule.name}, and its graph would be lost. "
        "For a constant with the same numbers write `t.detach()`, for a new leaf write `tg.Tensor(t.data)`."
    )


def already_a_tensor(tensor: Any) -> TypeError:
    return TypeError(
        f"Tensor(...) of a Tensor that wants a gradient ({describe(tensor)}): a new leaf would cut the graph here. Use the "
        "Tensor as it is; or say that you want to cut: write `t.detach()` for a constant, or `tg.Tensor(t.data)` for a new "
        "leaf."
    )


def not_differentiable(data: Any, dtype: Any = None) -> TypeError:
    of = f" of dtype {dtype}" if dtype is not None else ""
    return TypeError(f"A Tensor cannot hold {a_kind_of(data, of)}: it holds real numbers. {remedy_for(data, dtype)}")


LOST = "and its history would be lost"


def not_an_array(tensor: Any) -> TypeError:
    return TypeError(
        f"A Tensor that wants a gradient ({describe(tensor)}) was about to be turned into a plain array, by np.array, "
        f"np.asarray or a function that calls them, {LOST}. To join Tensors write `np.stack([t, t])`; for the numbers alone "
        "write `t.detach()`, or `t.item()` for a single one."
    )


def asked_by_list(tensor: Any, function: str, argument: str) -> TypeError:
    """A list with a Tensor in it was given to a function that makes an array of it."""
    joined = f"np.stack({argument})"
    plain = function.rpartition(".")[2] in ("array", "asarray", "asanyarray", "Tensor", "fsum", "fromiter")
    write = {"fsum": f"np.sum({joined})"}.get(function.rpartition(".")[2], joined if plain else f"{function}({joined})")
    return TypeError(
        f"{function}({argument}) was about to make a plain array of a Tensor that wants a gradient ({describe(tensor)}), "
        f"{LOST}: NumPy does not ask the Tensors in a list. Join them first: write `{write}`. For the numbers alone write "
        f"`{joined}.detach()`."
    )


def asked_by_full(tensor: Any, shape: str, value: str) -> TypeError:
    return TypeError(
        f"np.full({shape}, {value}) was about to write a Tensor that wants a gradient ({describe(tensor)}) into a plain "
        f"array, {LOST}. Write `{value} * np.ones({shape})`."
    )


def asked_by_library(tensor: Any, module: str, function: str, alike: str | None) -> TypeError:
    which = f"{module}.{function}" if function else module
    if not module.startswith("scipy"):
        remedy = "It computes with the numbers alone: write `t.detach()` in the place of t"
    elif formula := FORMULAS.get(function):
        remedy = f"Of functions that have rules {formula}; if no gradient should flow through it, write `t.detach()`"
    elif alike:
        remedy = f"Use {alike}, which has a rule; if no gradient should flow through it, write `t.detach()`"
    else:
        remedy = (
            "Write its formula with functions of NumPy and scipy.special that have rules; or make one function with a "
            "derivative of it, with tg.primitive, see the page 'Add your own rule' of the docs. If no gradient should flow "
            "through it, write `t.detach()`"
        )
    return TypeError(
        f"{which} asked for the plain array of a Tensor that wants a gradient ({describe(tensor)}), {LOST}. {remedy}."
    )


def asked_by_masked(tensor: Any) -> TypeError:
    return TypeError(
        f"A masked array asked for the plain array of a Tensor that wants a gradient ({describe(tensor)}), {LOST}. "
        f"{REMEDIES['MaskedArray']}"
    )


def asked_by_vectorize(tensor: Any) -> TypeError:
    return TypeError(
        f"np.vectorize asked for the plain array of a Tensor that wants a gradient ({describe(tensor)}), {LOST}. Call your "
        "function with the whole array, and write np.where instead of if: write `np.where(t > 0, t**2, 0.0)`. Or call it "
        "with one element after the other: write `np.stack([f(v) for v in t])`."
    )


def asked_by_index_trick(tensor: Any, trick: str) -> TypeError:
    joined = "np.column_stack([t, t])" if trick.endswith("c_") else "np.hstack([t, t])"
    return TypeError(
        f"{trick}[...] was about to turn a Tensor that wants a gradient ({describe(tensor)}) into a plain array, {LOST}. "
        f"NumPy does not ask the Tensors here. Write `{joined}`."
    )


def asked_by_assignment(tensor: Any, target: str) -> TypeError:
    array = target.partition("[")[0]
    return TypeError(
        f"{target} = ... would write a Tensor that wants a gradient ({describe(tensor)}) into a plain array, {LOST}. Collect "
        "the parts in a list and join them: write `np.stack([t, t])`. Or write into a constant Tensor of the same shape: "
        f"write `{array} = tg.Tensor(np.zeros(2), requires_grad=False)`, or `{array} = np.zeros_like(t)`, before."
    )


def asked_by_index(tensor: Any, array: str) -> TypeError:
    return TypeError(
        f"{array}[...] has a Tensor that wants a gradient ({describe(tensor)}) as its index. An index picks elements, and "
        f"has no derivative. Write `{array}[t.astype(int)]`."
    )


def asked_by_random(tensor: Any, function: str) -> TypeError:
    start = f"{function} asked for the plain array of a Tensor that wants a gradient ({describe(tensor)}), {LOST}. "
    if function.rpartition(".")[2] in ("choice", "permutation", "permuted"):
        pick = "Draw the indices instead: write `t[rng.permutation(len(t))]`, or `t[rng.integers(len(t), size=5)]`."
        return TypeError(start + pick)
    return TypeError(
        f"{start}NumPy draws random numbers from plain numbers only. Draw from a fixed distribution, and scale and shift "
        "with the Tensors: for rng.normal(mu, sigma) write `mu + sigma * rng.normal(size=5)`, for rng.uniform(low, high) "
        "write `low + (high - low) * rng.uniform(size=5)`. If no gradient should flow, write `t.detach()`."
    )


def asked_by_method(tensor: Any, owner: str, name: str, argument: str) -> TypeError:
    operator = f"`{owner} @ {argument}` or " if name == "dot" else ""
    return TypeError(
        f"{owner}.{name}({argument}) is a method of a plain array, which asked for the plain array of a Tensor that wants a "
        f"gradient ({describe(tensor)}), {LOST}. Write {operator}`np.{name}({owner}, {argument})`, which asks the Tensor."
    )


def sparse_operand(tensor: Any, function: str) -> TypeError:
    return TypeError(
        f"{function} of SciPy's sparse arrays cannot compute with a Tensor ({describe(tensor)}). The products S @ t and "
        "t @ S can; for everything else make the sparse array S a plain one: write `S.toarray()`."
    )


MATH = {
    **{name: f"np.{name.replace('a', 'arc', 1)}" for name in ("acos", "asin", "atan", "atan2", "acosh", "asinh", "atanh")},
    "pow": "np.power", "gamma": "scipy.special.gamma", "lgamma": "scipy.special.gammaln", "erf": "scipy.special.erf",
    "erfc": "scipy.special.erfc", "fabs": "np.abs",
}  # fmt: skip


def not_a_float(tensor: Any, asked: str, arguments: str) -> TypeError:
    name = asked.rpartition(".")[2]
    function = MATH.get(name) or (f"np.{name}" if callable(getattr(np, name, None)) else None)
    if asked.startswith("math.") and function:
        same = f"NumPy's function asks the Tensor: write `{function}({arguments})`, not {asked}({arguments}). "
    else:
        same = (
            "" if "." in asked else "Functions of the math module ask for it: np.sin(t), not math.sin(t), keeps the history. "
        )
    item = f"{arguments}.item()" if arguments.isidentifier() else "t.item()"
    return TypeError(
        f"{asked}() asked for the plain number of a Tensor that wants a gradient ({describe(tensor)}), {LOST}. {same}For the "
        f"number alone write `{item}`."
    )


def not_an_index(tensor: Any) -> TypeError:
    what = "wants a gradient" if tensor.requires_grad else f"has dtype {tensor.dtype} and shape {tensor.shape}"
    return TypeError(
        f"A Tensor is an index or a count only if it is a constant whole number; this one ({describe(tensor)}) {what}. For "
        "the number alone write `int(t.item())`."
    )


def truth_of_several(tensor: Any) -> ValueError:
    return ValueError(
        f"Whether a Tensor of shape {tensor.shape} is true is ambiguous: it has {tensor.size} elements. To choose for each "
        "element write `np.where(t > 0, t, 0.0)`; to ask about all of them write `np.any(t > 0)` or `np.all(t > 0)`."
    )


def compared_by_max(tensor: Any, name: str, call: Any) -> TypeError:
    arguments = [ast.unparse(argument) for argument in call.args]
    function = {"max": "np.maximum", "min": "np.minimum"}[name]
    one = len(arguments) == 1
    write = f"np.{name}(np.stack({arguments[0]}), axis=0)" if one else f"{function}({', '.join(arguments[:2])})"
    relu = ", or `tg.relu(t)`" if name == "max" and not one else ""
    return TypeError(
        f"{name}({', '.join(arguments)}) is Python's own, which asks which of its arguments is the larger, and a Tensor of "
        f"shape {tensor.shape} has {tensor.size} elements. To compare element by element write `{write}`{relu}."
    )


def compared_by_sorted(tensor: Any, name: str) -> TypeError:
    return TypeError(
        f"{name}() asks which of two Tensors is the smaller, and one of shape {tensor.shape} has {tensor.size} elements. To "
        "sort the elements write `np.sort(t)`."
    )


@functools.lru_cache(256)
def closest(name: str, known: tuple[str, ...]) -> str | None:
    """The known name that is most like another; kept, because libraries ask again and again whether a Tensor has it."""
    return next(iter(difflib.get_close_matches(name, known, 1, 0.7)), None)


def no_attribute(name: str, known: list[str]) -> AttributeError:
    hint = ATTRIBUTES.get(name)
    if hint is None and callable(getattr(np.ndarray, name, None)):
        hint = f"t.data.{name}"
    if hint is not None:
        return AttributeError(f"Tensor has no attribute {name!r}. Write `{hint}`.", name=name)
    close = closest(name, tuple(known))
    near = f" Did you mean `t.{close}`?" if close else " dir(t) lists those it has; the array itself is t.data."
    return AttributeError(f"Tensor has no attribute {name!r}.{near}", name=name)


def no_public_name(name: str, known: list[str]) -> AttributeError:
    """The package was asked for a name that it does not have."""
    start = f"tinygrad_lite has no attribute {name!r}"
    if hint := NAMES.get(name):
        return AttributeError(f"{start}. Write `{hint}`.", name=name)
    for path, package in (("np", np), ("np.linalg", np.linalg), ("np.fft", np.fft)):
        if callable(getattr(package, name, None)) and not name.startswith("_"):
            what = "function" if not isinstance(getattr(package, name), type) else "name"
            text = f"{start}: NumPy's {what} is used as it is, also on Tensors. Write `{path}.{name}`."
            return AttributeError(text, name=name)
    close = closest(name, tuple(known))
    near = f" Did you mean `tg.{close}`?" if close else " dir(tg) lists those it has."
    return AttributeError(f"{start}.{near}", name=name)
