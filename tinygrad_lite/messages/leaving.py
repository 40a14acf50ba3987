"""Messages about a Tensor that would leave its graph: something asked for its plain array or number, or compared it."""

from __future__ import annotations

import ast
import math
import re
import sys
from typing import Any

import numpy as np

from .calls import FORMULAS
from .operands import REMEDIES
from .phrases import Message, describe, variable_or

# fmt: off

LOST = "and its history would be lost"


def wanting(tensor: Any) -> str:
    return f"a Tensor that wants a gradient ({describe(tensor)})"


def lost(who: str, tensor: Any) -> str:
    return f"{who} asked for the plain array of {wanting(tensor)}, {LOST}."


# --- arrays -----------------------------------------------------------------------------------------------------------

DRAW_INDICES = "Draw the indices instead: write `t[rng.permutation(len(t))]`, or `t[rng.integers(len(t), size=5)]`."
DRAW = dict.fromkeys(("choice", "permutation", "permuted"), DRAW_INDICES)
DRAW_FIXED = (
    "NumPy draws random numbers with plain numbers only. Draw from a fixed distribution, then scale and shift with the "
    "Tensors: for rng.normal(mu, sigma) write `mu + sigma * rng.normal(size=5)`, for rng.uniform(low, high) write "
    "`low + (high - low) * rng.uniform(size=5)`. If no gradient should flow, write `t.detach()`."
)

not_an_array = Message(TypeError, lambda tensor: f"""
    A Tensor that wants a gradient ({describe(tensor)}) was about to be turned into a plain array, by np.array, np.asarray or
    a function that calls them, {LOST}. To join Tensors write `np.stack([t, t])`; for the numbers alone write
    `{variable_or(tensor, 't')}.detach()`, or `{variable_or(tensor, 't')}.item()` for a single one.
""")
asked_by_full = Message(TypeError, lambda tensor, shape, value: f"""
    np.full({shape}, {value}) was about to write {wanting(tensor)} into a plain array, {LOST}. Write
    `{value} * np.ones({shape})`.
""")
asked_by_masked = Message(TypeError, lambda tensor: f"{lost('A masked array', tensor)} {REMEDIES['MaskedArray']}")
asked_by_vectorize = Message(TypeError, lambda tensor: f"""
    {lost('np.vectorize', tensor)} Call your function with the whole array, and use np.where instead of if: write
    `np.where(t > 0, t**2, 0.0)`. Or call it {'with one element after the other' if tensor.ndim else 'itself'}: write
    `{'np.stack([f(v) for v in t])' if tensor.ndim else 'f(t)'}`.
""")
asked_by_index_trick = Message(TypeError, lambda tensor, trick: f"""
    {trick}[...] was about to turn {wanting(tensor)} into a plain array, {LOST}. NumPy does not ask Tensors here. Write
    `np.{'column_stack' if trick.endswith('c_') else 'hstack'}([t, t])`.
""")
asked_by_assignment = Message(TypeError, lambda tensor, target: f"""
    {target} = ... would write {wanting(tensor)} into a plain array, {LOST}. First make the array a constant Tensor, which
    remembers what is written into it: write `{array_in(target)} = tg.Tensor({array_in(target)}, requires_grad=False)`. Or
    collect the parts in a list and join them: write `np.stack([t, t])`.
""")
asked_by_index = Message(TypeError, lambda tensor, array: f"""
    {array}[...] has {wanting(tensor)} as its index. An index chooses elements, and has no derivative. Write
    `{array}[t.astype(int)]`.
""")
asked_by_random = Message(TypeError, lambda tensor, function: f"""
    {lost(function, tensor)} {DRAW.get(function.rpartition(".")[2], DRAW_FIXED)}
""")
asked_by_method = Message(TypeError, lambda tensor, owner, name, argument: f"""
    {lost(f'{owner}.{name}({argument}) is a method of a plain array, which', tensor)} Write
    {f'`{owner} @ {argument}` or ' if name == 'dot' else ''}`np.{name}({owner}, {argument})`, which asks the Tensor.
""")
sparse_operand = Message(TypeError, lambda tensor, function: f"""
    {function} of SciPy's sparse arrays cannot compute with a Tensor ({describe(tensor)}). The products S @ t and t @ S can;
    for everything else make the sparse array S a plain one: write `S.toarray()`.
""")


def array_in(target: str) -> str:
    """The array that an assignment writes into, ``c`` in ``c[0]``."""
    return target.partition("[")[0]


def asked_by_list(tensor: Any, function: str, argument: str) -> TypeError:
    """A list with a Tensor in it was given to a function that makes an array of it."""
    joined, name = f"np.stack({argument})", function.rpartition(".")[2]
    plain = name in ("array", "asarray", "asanyarray", "Tensor", "fromiter")
    write = joined if plain else f"np.sum({joined})" if name == "fsum" else f"{function}({joined})"
    return TypeError(
        f"{function}({argument}) was about to make a plain array of {wanting(tensor)}, {LOST}: NumPy does not ask the "
        f"Tensors in a list. Join them first: write `{write}`. For the numbers alone write `{joined}.detach()`."
    )


asked_by_table = Message(TypeError, lambda tensor, module: f"""
    {lost(module, tensor)} A Tensor can be combined with plain arrays: write `df.to_numpy() @ t`, with your table in the place
    of df, and your operator in the place of @.
""")


def asked_by_library(tensor: Any, module: str, function: str, alike: str | None) -> TypeError:
    """Another library asked. `alike` is a function of ours or of NumPy's with the same name."""
    start = lost(f"{module}.{function}" if function else module, tensor)
    if not module.startswith("scipy"):
        name = variable_or(tensor, "t")
        return TypeError(f"{start} It computes only with the numbers: write `{name}.detach()` in the place of {name}.")
    if formula := FORMULAS.get(function):
        remedy = f"The same, with functions that have rules{formula}."
    elif alike:
        remedy = f"Use {alike}, which has a rule."
    else:
        remedy = (
            "Write its formula with functions of NumPy and scipy.special that have rules. Or make a function with its own "
            "derivative, with tg.primitive: see the page 'Add your own rule' of the docs."
        )
    return TypeError(f"{start} {remedy} If no gradient should flow through it, write `t.detach()`.")


OF_STATISTICS = {
    "variance": "np.var(t, ddof=1)", "pvariance": "np.var(t)", "stdev": "np.std(t, ddof=1)", "pstdev": "np.std(t)",
}

asked_by_statistics = Message(TypeError, lambda tensor, name: f"""
    statistics.{name} computes with exact fractions, which have no history, so the history of the Tensor ({describe(tensor)})
    would be lost. Write `{OF_STATISTICS.get(name, 'np.mean(t)')}`.
""")

OF_POLYNOMIALS = {  # what to write instead of a function of np.polynomial, by the end of its name
    "vander": "the columns are values of polynomials: `np.stack([{val}(t, row) for row in np.eye(3)], axis=-1)`",
    "der": "it is linear in the coefficients, so it is the product with a matrix: `{name}(np.eye(len(t))) @ t`",
    "int": "it is linear in the coefficients, so it is the product with a matrix: `{name}(np.eye(len(t))) @ t`",
    "add": "for coefficients of the same length write `t + u`",
    "sub": "for coefficients of the same length write `t - u`",
    "polymul": "the coefficients of a product are a convolution: `np.convolve(t, u)`",
    "fit": "for plain points x write `np.linalg.lstsq({vander}(x, 2), t, rcond=None)[0]`",
    "": "only the value of a polynomial takes Tensors: `np.polynomial.polynomial.polyval(x, t)`",
}


def asked_by_polynomial(tensor: Any, module: str, name: str) -> TypeError:
    path = module.replace("numpy", "np", 1)
    evaluate = next((each for each in vars(sys.modules[module]).get("__all__", ()) if each.endswith("val")), "polyval")
    names = {"name": f"{path}.{name}", "val": f"{path}.{evaluate}", "vander": f"{path}.{evaluate[:-3]}vander"}
    instead = next(text for end, text in OF_POLYNOMIALS.items() if name.endswith(end))
    return TypeError(
        f"{names['name']} makes a plain array of its coefficients or points, and the history of the Tensor "
        f"({describe(tensor)}) would be lost. Instead, {instead.format(**names)}. For the numbers alone write `t.detach()`."
    )


# --- single numbers ---------------------------------------------------------------------------------------------------

MATH = {
    **{name: f"np.{name.replace('a', 'arc', 1)}" for name in ("acos", "asin", "atan", "atan2", "acosh", "asinh", "atanh")},
    "pow": "np.power", "gamma": "scipy.special.gamma", "lgamma": "scipy.special.gammaln", "erf": "scipy.special.erf",
    "erfc": "scipy.special.erfc", "fabs": "np.abs",
}  # fmt: skip


def of_numpy(name: str) -> str | None:
    """The function of NumPy or SciPy that does the same as one of the math module."""
    known = callable(getattr(math, name, None)) and callable(getattr(np, name, None))
    return MATH.get(name) or (f"np.{name}" if known else None)


def not_a_float(tensor: Any, expression: Any) -> TypeError:
    """Something in the user's expression asked for a number. NumPy has most functions of the math module."""
    code = ast.unparse(expression) if expression else ""
    function = getattr(expression, "func", None)
    name = ast.unparse(function) if isinstance(function, (ast.Name, ast.Attribute)) else ""
    write = re.sub(r"\bmath\.(\w+)", lambda found: of_numpy(found[1]) or found[0], code)
    if isinstance(function, ast.Name) and of_numpy(name):  # from math import sin
        write = code.replace(name, str(of_numpy(name)), 1)
    in_math = re.search(r"\bmath\.\w+", code)
    asked = f"{in_math[0] if in_math else name}()" if in_math or name else "Python"
    if isinstance(expression, ast.BinOp) and isinstance(expression.op, ast.Mod):
        asked = "%"
    same = f"NumPy's function asks the Tensor: write `{write}`, not {code}. " if write != code else ""
    return TypeError(
        f"{asked} asked for the plain number of {wanting(tensor)}, {LOST}. {same}For the number alone write "
        f"`{variable_or(tensor, 't')}.item()`."
    )


# --- comparisons ------------------------------------------------------------------------------------------------------


def compared_by_max(tensor: Any, name: str, call: Any) -> TypeError:
    arguments = [ast.unparse(argument) for argument in call.args]
    pair = ", ".join(arguments[:2])
    write = {"max": f"`np.maximum({pair})`, or `tg.relu(t)`", "min": f"`np.minimum({pair})`"}[name]
    if len(arguments) == 1:
        write = f"`np.{name}(np.stack({pair}), axis=0)`"
    return TypeError(
        f"{name}({', '.join(arguments)}) is Python's own function, which asks which of its arguments is larger, but a Tensor "
        f"of shape {tensor.shape} has {tensor.size} elements. To compare element by element write {write}."
    )


compared_by_testing = Message(TypeError, lambda tensor, name: f"""
    np.testing.{name} takes two Tensors for single numbers, but one of shape {tensor.shape} has {tensor.size} elements. To
    compare element by element write `np.testing.{name}(t.data, t.data)`.
""")
compared_by_sorted = Message(TypeError, lambda tensor, name: f"""
    {name}() asks which of two Tensors is smaller, but one of shape {tensor.shape} has {tensor.size} elements. To sort the
    elements write `np.sort(t)`.
""")
