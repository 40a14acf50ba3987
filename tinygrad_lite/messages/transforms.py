"""Messages of `grad` and the other transforms, of `minimize` and `checkpoint`, and of `check_gradients`."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from .phrases import Message, a_kind_of, called, describe, in_code, of_dtype

# fmt: off

# --- arguments --------------------------------------------------------------------------------------------------------

not_a_function = Message(TypeError, lambda given, name="": f"""
    {f'tg.{name} takes' if name else 'tg.grad and similar functions take'} a function of the parameters, but this is
    {a_kind_of(given)}. The parameters are given in a second call: write
    `tg.{name or 'grad'}(loss)({'w, v' if name.endswith('vp') else 'w'})`. For a Tensor that was computed already write
    `t.backward()`.
""")
not_a_position = Message(TypeError, lambda argnums: f"""
    argnums={argnums!r}: arguments are counted from 0, so write `argnums=1`, or `argnums=(0, 1)` for several. The arguments
    themselves are given in a second call: write `tg.grad(loss)(w)`.
""")
no_such_argument = Message(TypeError, lambda f, number, count: f"""
    argnums={number!r}, but {in_code(f)} was called with {count} positional arguments. Arguments are counted from 0. An
    argument that has a gradient must be passed by position, not by keyword.
""")
argument_twice = Message(TypeError, lambda argnums: f"""
    argnums={argnums} names an argument twice (negative numbers count from the end). Name each argument once; the gradients
    are returned in the same order.
""")
not_a_parameter = Message(TypeError, lambda f, number, path, value: f"""
    {in_code(f)} should be differentiated with respect to its argument {number}, but {f'{path} in it' if path else 'this'} is
    {describe(value)}, a {type(value).__name__}{of_dtype(value)}, which has no derivative. Parameters are floats and arrays,
    in dicts, lists, tuples and dataclasses; pass options as arguments of their own.
""")
not_an_argument = Message(TypeError, lambda f: f"""
    checkpoint({in_code(f)}): {in_code(f)} uses a Tensor that wants a gradient but is not one of its arguments, so this
    gradient would be lost. Pass the Tensor as an argument. Or, if no gradient should flow through it, write `t.detach()`.
""")
writes_into_an_argument = Message(TypeError, lambda f: f"""
    checkpoint({in_code(f)}): {in_code(f)} writes into one of its arguments. It is computed again in the backward pass, so it
    would write twice, and what was written would get no gradient. Return the new value instead. Or begin {in_code(f)} with a
    copy: write `x = np.copy(x)`.
""")
left_sideways = Message(TypeError, lambda f: f"""
    checkpoint({in_code(f)}): a Tensor that {in_code(f)} computed was used outside, but {in_code(f)} did not return it. It put
    the Tensor into a list, an attribute or another array, so the gradient would be lost. Return it as a second result.
""")
not_repeatable = Message(RuntimeError, lambda f: f"""
    checkpoint({in_code(f)}): the backward pass computes {in_code(f)} again, and it gave other values than the first time, so
    the gradient would be wrong. {in_code(f)} draws random numbers, or it reads something that has changed since then. Draw
    the numbers outside and pass them as an argument: write
    `tg.checkpoint({in_code(f) if called(f).isidentifier() else 'f'})(x, rng.uniform(size=x.shape))`.
""")


def list_of_numbers(f: Any, given: Any, error: Exception) -> Exception:
    """A list of numbers was given for an array: NumPy's error, and what the function got."""
    kind, n = type(given).__name__, len(given)
    values = [getattr(each, "_array", each) for each in given]
    short = n <= 4 and not any(isinstance(value, (list, tuple)) for value in values)
    numbers = list(map(float, values)) if short else "x"
    return type(error)(
        f"{error}\n  {in_code(f)} was given a {kind} of {n} numbers. Each of them is a parameter of its own, so {in_code(f)} "
        f"gets a {kind} of {n} Tensors, but computes with it as with an array. For one parameter that is a vector, write "
        f"`np.array({numbers})` instead of the {kind}."
    )


# --- vectors ----------------------------------------------------------------------------------------------------------

not_a_sequence = Message(TypeError, lambda f, given: f"""
    jvp({in_code(f)}, primals, tangents) takes a list or tuple with all arguments of {in_code(f)}, and another one with their
    directions, but was given {describe(given)}. For a single argument x write `tg.jvp({in_code(f)}, [x], [v])`.
""")
not_one_direction_each = Message(ValueError, lambda f, arguments, directions: f"""
    jvp({in_code(f)}, primals, tangents) needs one direction for each argument, but the numbers differ: {arguments} of
    arguments, {directions} of directions. For an argument that should not change, give zeros of its shape.
""")
no_vector = Message(TypeError, lambda name, f, count: f"""
    {name}({in_code(f)}) was called with {'one argument' if count else 'no arguments'}. It takes the point and then the
    vector: write `tg.{name}({in_code(f)})(x, v)`. More arguments of {in_code(f)} follow the vector.
""")
not_alike = Message(ValueError, lambda path, a, other_path, b, hint='': f"""
    The vector must have the same form as what it is multiplied with, which has {at_its_place(path, a)}, but the vector has
    {at_its_place(other_path, b)}.{hint}
""")
not_a_direction = Message(TypeError, lambda path, value: f"""
    The vector that a derivative is multiplied with contains {describe(value)}{f' at {path}' if path else ''}, a
    {type(value).__name__}{of_dtype(value)}. Derivatives here are of real numbers, so give floats. For a complex vector, give
    its real part, and then its imaginary part in another call.
""")


def at_its_place(path: str, value: Any) -> str:
    """A value of a nest and where it is; None if the nest has ended, as it holds no None."""
    return "nothing more" if value is None else f"{describe(value)} at {path or 'the top'}"


def where_the_vector_is(name: str, f: Any, at: int) -> str:
    order = ", ".join(["x", *(f"x{i}" for i in range(2, at + 1)), "v", "*args"])
    return f" In tg.{name}({in_code(f)})({order}) the vector comes before the arguments that are not differentiated."


# --- results ----------------------------------------------------------------------------------------------------------


def no_derivative_of(f: Any, path: str, value: Any) -> TypeError:
    """What `f` returned, or what is at `path` in it, has no derivative."""
    what, why, instead = of_no_derivative(value)
    result = f"{in_code(f)} returned {what}" if not path else f"In what {in_code(f)} returned, {path} is {what}"
    if path and instead.startswith("Return the number"):
        instead = "Return the pair `result, other` with it in other, and write has_aux=True: then it is returned unchanged."
    return TypeError(f"{result}, {why}. {instead}")


def of_no_derivative(value: Any) -> tuple[str, str, str]:
    """What it is, why it has no derivative, and what to return instead."""
    kind, name = getattr(getattr(value, "dtype", None), "kind", None), type(value).__name__
    module, nothing = type(value).__module__.partition(".")[0], "which has no derivative"
    what = f"a {name}" if module in {"__main__", *sys.stdlib_module_names} else f"a {name} of {module}"
    if value is None:
        return "None", nothing, "Is a `return` missing?"
    if module in ("pandas", "xarray", "polars"):
        why = "which holds the numbers without their graph, or each Tensor as an object"
        join = "Return the Tensor itself, before it is put into one; or join Tensors with `return np.stack([t, u])`."
        return what, why, join
    if isinstance(value, bool) or kind == "b":
        what = "a truth value" if np.ndim(value) == 0 else f"an array of truth values, {describe(value)}"
        why = "which jumps between False and True, so it has no derivative"
        return what, why, "Return the numbers that are compared, or their difference."
    if isinstance(value, str | bytes) or kind in ("U", "S"):
        return "text" if kind is None else "an array of text", nothing, "Return the number itself."
    if isinstance(value, np.ndarray) and kind == "O":
        join = "np.stack(result)" if value.ndim == 1 else "np.stack(list(result.flat)).reshape(result.shape)"
        why = "and NumPy does not look inside objects, so its elements have no common graph"
        return f"an array of objects, {describe(value)}", why, f"Join them into one Tensor: `return {join}`."
    if isinstance(value, complex) or kind == "c":
        real = "Return what is real: `return np.abs(result) ** 2`, or result.real and result.imag."
        return f"complex numbers, {describe(value)}", "but derivatives here are of real numbers", real
    if isinstance(value, set | frozenset):
        return what, "which has no order, so its derivatives would have none", "Return a list: `return [t, u]`."
    if hasattr(value, "__next__") or (hasattr(value, "__iter__") and not hasattr(value, "__getitem__")):
        return what, "whose values cannot be seen without using it up", "Return a list: `return list(result)`."
    if callable(value):
        return what, "which is a function and not a number", "Return its result: `return result(...)`."
    if inside := [key for key, item in getattr(value, "__dict__", {}).items() if hasattr(item, "node")]:
        one = f"Return the value itself, `return result.{inside[0]}`; or a dict of all values, `return vars(result)`."
        return what, "and Tensors inside such an object are not found", one
    return what, nothing, "Return numbers, arrays and Tensors, also in dicts, lists, tuples and dataclasses."


def independent(f: Any, outputs: Any) -> str:
    """For a warning or an error: all derivatives are 0."""
    what = f"the constant {describe(outputs[0])}" if len(outputs) == 1 else f"{len(outputs)} constants"
    what = what.replace("constant shape", "constant result of shape")
    return (
        f"The result of {in_code(f)}, {what}, does not depend on its arguments in a way that was recorded, so all "
        "derivatives are 0. If it should depend on them, a value left the graph on the way: look for t.data, t.item(), "
        "t.tolist(), t.detach(), no_grad, a comparison, or a new tg.Tensor(...), and compute with the argument itself."
    )


no_aux = Message(TypeError, lambda f, value:
    f"has_aux=True means that {in_code(f)} returns a pair (result, anything else), but it returned {describe(value)}.")
not_a_number = Message(ValueError, lambda f, name, value: f"""
    {name}({in_code(f)}): {in_code(f)} returned {describe(value)}, but only a single number has a gradient. Make it one with
    np.sum or np.mean. For the derivatives of all results write `tg.jacobian({in_code(f)})`, or
    `tg.elementwise_grad({in_code(f)})` if each result depends on one element only.
""")

# --- minimize ---------------------------------------------------------------------------------------------------------

constant_loss = Message(TypeError, lambda f, outputs:
    f"minimize({in_code(f)}): nothing to minimize. {independent(f, outputs)}")
no_pair = Message(TypeError, lambda f, result: f"""
    minimize({in_code(f)}, jac=True): with jac=True, {in_code(f)} has to return the pair (value, gradient), but it returned
    {describe(result)}. If you leave jac out, the gradient is computed for you: write `tg.minimize({in_code(f)}, x0)`.
""")
no_complex_step = Message(TypeError, lambda f: f"""
    minimize({in_code(f)}, jac='cs') would call {in_code(f)} with complex numbers, but Tensors hold real numbers. If you leave
    jac out, the gradient is as exact as with the complex step: write `tg.minimize({in_code(f)}, x0)`.
""")
not_the_form_of_x0 = Message(ValueError, lambda path, a, other_path, b: f"""
    A gradient for minimize must have the form of x0. x0 has {describe(a)} at {path or 'the top'}, but the gradient has
    {describe(b)} at {other_path or 'the top'}.
""")

# --- check_gradients --------------------------------------------------------------------------------------------------

nothing_to_check = Message(TypeError, lambda args: f"""
    check_gradients got {', '.join(type(a).__name__ for a in args) or 'no arguments'}: nothing to check, because only floats
    have gradients. Write `2.0`, not 2; for an array write `np.array([1.0, 2.0])`.
""")
not_one_for_each = Message(TypeError, lambda count, given: f"""
    check_gradients(..., gradient=...): there are {count} arguments to check, so the gradient must be a tuple with one for
    each, but it is {f'a {type(given).__name__} of {len(given)}' if isinstance(given, (tuple, list)) else describe(given)}.
""")
nothing_at = Message(TypeError, lambda name, given: f"""
    check_gradients(..., gradient=...): your gradient has no number for {name}; it is {describe(given)}. A gradient has the
    form of the argument: the same dicts, lists, tuples and dataclasses, with arrays of the same shapes. If it is None, is a
    `return` missing?
""")
