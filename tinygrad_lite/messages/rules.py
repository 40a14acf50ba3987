"""Messages of the rules of single functions: errors that NumPy itself would raise, and calls that have no derivative."""

from __future__ import annotations

from typing import Any

import numpy as np

from .phrases import Message, describe, in_code

# fmt: off

# --- np.linalg --------------------------------------------------------------------------------------------------------

hermitian_svd = Message(TypeError, lambda:
    "np.linalg.svd(..., hermitian=True) has no derivative rule on a Tensor. Leave the keyword out: write `np.linalg.svd(t)`.")
free_vectors = Message(TypeError, lambda m, n: f"""
    np.linalg.svd of {m} by {n} matrices: with full_matrices=True, the additional vectors of the larger factor can be chosen
    freely, so they have no derivative. Write `np.linalg.svd(t, full_matrices=False)`.
""")
free_columns = Message(TypeError, lambda mode, m, n: f"""
    np.linalg.qr(..., mode={mode!r}) has no derivative rule for {m} by {n} matrices: the additional columns of q can be chosen
    freely. Write `np.linalg.qr(t, mode='reduced')`, or `np.linalg.qr(t, mode='r')`.
""")
cut_pseudo_inverse = Message(ValueError, lambda shape: f"""
    np.linalg.pinv(a, rcond) and np.linalg.lstsq(a, b, rcond) have no derivative rule if rcond leaves out a singular value
    that is not 0 (of a matrix of shape {shape[-2:]}). Use a smaller rcond. Or make the result smooth in another way: write
    `np.linalg.solve(a.T @ a + 1e-6 * np.eye({shape[-1]}), a.T @ b)`.
""")


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


def both_are(first: float, second: float) -> str:
    text = f"are both {first:.6g}" if f"{first:.6g}" == f"{second:.6g}" else f"are {first:.2g} and {second:.2g}"
    return text if first == second else f"{text}, which is equal up to rounding"


equal_values = Message(np.linalg.LinAlgError, lambda function, values, shape, place: f"""
    np.linalg.{function} has no derivative here: the {VALUES_ALONE[function][0]}s {place[-2]} and
    {place[-1]}{in_the_stack(place[:-2])} {both_are(*values[place[:-2]][[*place[-2:]]].tolist())}. The vectors of equal values
    are not unique, so they have no derivative: its formula divides by the difference of the values, which is 0. If the loss
    uses only the values, write `{VALUES_ALONE[function][1]}`: the values have a first derivative here too, but their second
    derivative needs the vectors. If there is a function with a rule of its own for what you compute, use that function:
    np.linalg.inv, solve, pinv, det, slogdet, matrix_power or norm. Otherwise make the values differ: write
    {moved_apart(shape, values)}. Then you get the derivative at this other matrix.
""")
zero_singular_value = Message(np.linalg.LinAlgError, lambda shape, values, place: f"""
    np.linalg.svd has no derivative here: the singular value {place[-1]}{in_the_stack(place[:-1])} is
    {float(values[place]):.2g}{', which is 0 up to rounding' if values[place] else ''}. In a matrix with {shape[0]} rows and
    {shape[1]} columns the {'left' if shape[0] > shape[1] else 'right'} vector of such a value is not unique, so it has no
    derivative: its formula divides by the value. If the loss uses only the values, write
    `np.linalg.svd(a, compute_uv=False)`: the values have a first derivative here too, but their second derivative needs the
    vectors. Otherwise make the value larger: write {moved_apart(shape, values)}. Then you get the derivative at this other
    matrix.
""")
too_few_vectors = Message(np.linalg.LinAlgError, lambda function, n, place: f"""
    np.linalg.{function} has no derivative here: the eigenvectors{in_the_stack(place)} are not independent. Some eigenvalues
    are equal, and together they have fewer vectors than the matrix has rows, {n}. Such eigenvalues move infinitely fast when
    the matrix changes. If the matrix is symmetric, write `np.linalg.eigvalsh(a)`. For the sum and the product of the
    eigenvalues write `np.trace(a)` and `np.linalg.det(a)`; for the sum of their squares write `np.trace(a @ a)`.
""")
dependent_columns = Message(np.linalg.LinAlgError, lambda place: f"""
    Singular matrix: np.linalg.qr has no derivative here. Column {place[-1]}{in_the_stack(place[:-1])} is 0, or a sum of
    multiples of the columns before it, exactly or up to rounding. So its column of q is not unique. Leave it out, or change
    the order of the columns: if a matrix has m rows and more columns, the first m columns must be independent.
""")
no_order = Message(ValueError, lambda of, order: f"np.linalg.norm of a {of} has no order {order!r}.")
norm_of_many_axes = Message(ValueError, lambda order, count:
    f"np.linalg.norm(..., ord={order!r}) is for vectors and matrices, not for {count} axes.")
other_operands = Message(ValueError, lambda text, terms, given:
    f"np.einsum: {text!r} has subscripts for {terms} operands, but there are {given}.")
other_axes = Message(ValueError, lambda left, shape, right, other:
    f"np.tensordot: axes {left} of shape {shape} do not match axes {right} of shape {other}.")
not_two_or_three = Message(ValueError, lambda a, b:
    f"np.cross takes vectors of 2 or 3 elements; these have {len(a)} and {len(b)}.")

# --- np.fft -----------------------------------------------------------------------------------------------------------

no_norm = Message(ValueError, lambda norm: f"np.fft has no norm {norm!r}: it is 'backward', 'ortho' or 'forward'.")
no_points = Message(ValueError, lambda n: f"np.fft: the number of points is {n}, but it must be at least 1.")
no_axis = Message(ValueError, lambda: "np.fft: a single number has no axis to transform along.")

# --- differences and pieces -------------------------------------------------------------------------------------------

other_spacings = Message(TypeError, lambda spacings, axes:
    f"np.gradient: {spacings} spacings for {axes} axes; give one spacing, or one for each axis.")
axis_too_short = Message(ValueError, lambda n, edge_order:
    f"np.gradient: an axis of length {n} is too short for edge_order={edge_order}.")
unequal_parts = Message(ValueError, lambda n, sections: f"""
    np.split: an axis of length {n} cannot be divided into {sections} equal parts. For parts of unequal length write
    `np.array_split(t, {sections})`.
""")
no_sections = Message(ValueError, lambda sections: f"np.array_split: cannot make {sections} sections; give 1 or more.")
no_pad = Message(TypeError, lambda mode:
    f"np.pad(..., mode={mode!r}) has no derivative rule on a Tensor. Write it with np.concatenate.")
other_functions = Message(ValueError, lambda conditions, functions: f"""
    np.piecewise: {len(conditions)} conditions need as many functions, or one more for all other elements, but there are
    {len(functions)}.
""")
nothing_to_apply_to = Message(ValueError, lambda shape:
    f"np.apply_along_axis: there is nothing to apply it to in an array of shape {shape}.")
removes_axes = Message(ValueError, lambda func, shape, before:
    f"np.apply_over_axes: {in_code(func)} gave shape {shape} for {before}; it may remove an axis.")
power_modulo = Message(TypeError, lambda tensor: f"""
    pow() with a third argument is for Python's whole numbers, but a Tensor ({describe(tensor)}) holds real numbers. For the
    remainder of a power write `t**2 % 3`.
""")
looks_at_memory = Message(TypeError, lambda tensor: f"""
    np.lib.stride_tricks.as_strided looks at the memory of an array, but the memory does not contain the history of a Tensor
    ({describe(tensor)}). For windows write `np.lib.stride_tricks.sliding_window_view(t, 2)`, for other patterns write
    `t[[0, 1, 1]]`.
""")
steps_in_q = Message(TypeError, lambda method, smooth: f"""
    The quantile with method={method!r} jumps from one element to another as q grows, so it has no derivative with respect to
    q. Give q as a constant: write `q.detach()`. Or use a method that interpolates: {', '.join(smooth)}.
""")

# --- polynomials ------------------------------------------------------------------------------------------------------

zeros_of_a_matrix = Message(TypeError, lambda: """
    np.poly of a matrix has no derivative rule, because its zeros may be complex. If they are real, give the zeros: write
    `np.poly(np.linalg.eigvalsh(t))`.
""")
no_spread = Message(ValueError, lambda points, order: f"""
    np.polyfit(..., cov=True): {points} points are too few to estimate the spread as well as {order} coefficients. Give more
    points, or cov='unscaled'.
""")
polynomial_at_an_array = Message(TypeError, lambda c, x: f"""
    The functions of np.polynomial do not ask a Tensor of coefficients ({describe(c)}) how to compute with it, and at a plain
    array ({describe(x)}) they would give an array of objects. Make the points a constant Tensor: write
    `x = tg.Tensor(x, requires_grad=False)`. Or write `np.polyval(c[::-1], x)`, with the highest power first.
""")

SEVERAL = {"c": "its coefficients c are those of several polynomials", "r": "its zeros r are several numbers"}

several_polynomials = Message(TypeError, lambda module, name, x, c: f"""
    {name} treats a Tensor ({describe(x)}) like a single number, and {SEVERAL[c]}. For an array of points it would add an
    axis to {c} for each axis of the points, but for a Tensor it does not. Write
    `{module.replace('numpy', 'np')}.{name}(t, {c}.reshape({c}.shape + (1,) * t.ndim), tensor=False)`. On a grid, reshape the
    result in the same way, and give it to the next call as its coefficients.
""")
