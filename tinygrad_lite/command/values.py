"""Makes the arguments of a function in a file from texts such as ``a=2.0``.

Flows in: the function, and what was typed after each ``--arg``. Flows out: a `Call`, in which the parameters, which get a
gradient, are Tensors. If there are no parameters, a `Stop` suggests commands that have been tried to work.
"""

from __future__ import annotations

import argparse
import contextlib
import inspect
import io
import os
import re
import traceback
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

import tinygrad_lite as tg

from ..containers import flatten, mapped_nest
from .from_file import function_in_file, signature, users_program
from .stopping import Again, Stop


class Given(NamedTuple):
    """One --arg. Without a value it says that the parameter is a variable, with the value that it has."""

    name: str
    value: str
    word: str


def given(text: str) -> Given:
    """Take ``a=2.0`` apart."""
    name, sign, value = text.partition("=")
    if not name.strip().isidentifier() or (sign and not value.strip()):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form name=value, such as a=2.0")
    return Given(name.strip(), value.strip(), text)


class Call(NamedTuple):
    """A function, under the name that it has in the file, and what it is called with, in the order of its parameters."""

    name: str
    function: Callable[..., Any]
    bound: inspect.BoundArguments
    module: types.ModuleType

    @property
    def values(self) -> Mapping[str, Any]:
        return self.bound.arguments

    def with_values(self, values: Mapping[str, Any]) -> Call:
        """The same call, with other values for some of its parameters."""
        return self._replace(bound=inspect.BoundArguments(self.bound.signature, {**self.values, **values}))

    def has_variable(self) -> bool:
        return any(map(is_variable, flatten(self.values)[0]))

    def has_gradient(self) -> bool:
        """Whether the result depends on a variable. It is only tried: nothing is printed, and no error comes out."""
        nowhere = io.StringIO()
        with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere), np.errstate(all="ignore"):
            try:
                return tg.trace(self.function)(*self.bound.args, **self.bound.kwargs).output.wants_gradient
            except Exception:
                return False


def call_in(target: str, args: Sequence[Given], typed: Sequence[str], wrt: str | None = None) -> Call:
    """The call that a command asks for. What is given, and what `wrt` names, become variables."""
    name, function, module, again = function_in_file(target, typed)
    by_name = {arg.name: arg for arg in args}
    bound = inspect.BoundArguments(signature(function), values_of(name, function, by_name, module, again))
    call = Call(name, function, bound, module)
    wanted = re.split(r"\W", wrt or "", maxsplit=1)[0]  # of w[0, 3] and of params["w"], the name of the parameter
    chosen = [wanted] if wanted in call.values and (args or call.has_variable()) else []
    chosen += [name for name in by_name if name not in chosen]
    made = call.with_values({key: variables(call.values[key]) for key in chosen})
    if chosen and not made.has_variable():
        raise Stop(no_variable(call, chosen, by_name, again))
    return made


def values_of(
    name: str, function: Callable[..., Any], args: Mapping[str, Given], module: types.ModuleType, again: Again
) -> dict[str, Any]:
    """A value for each parameter: the one that is given, or a variable of that name in the file, or its default."""
    names, file = vars(module), os.path.basename(str(module.__file__))
    parameters = signature(function)
    if unknown := [key for key in args if key not in parameters.parameters]:
        listed = ", ".join(parameters.parameters) or "none"
        raise Stop(f"{name} has no parameter {unknown[0]!r}. Its parameters: {listed}.")
    values, missing = dict[str, Any](), list[str]()
    for key, parameter in parameters.parameters.items():
        if key in args and args[key].value:
            values[key] = value_of(args[key], names, file)
        elif key in names:
            values[key] = names[key]
        elif parameter.default is not parameter.empty:
            values[key] = parameter.default
        elif parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            missing.append(key)
    if missing:
        instead = {args[key].word: f"{key}=1.0" for key in missing if key in args}
        command = again.command(name, instead, more=[f"{key}=1.0" for key in missing if key not in args])
        raise Stop(
            f"{name}{parameters} needs a value for {' and '.join(filter(None, [', '.join(missing[:-1]), missing[-1]]))}. "
            f"Give it here, or give it to a variable of this name in {file}:\n  {command}"
        )
    return values


SPOKEN = {  # what values are printed with: so what was printed can be typed
    "np": np, "array": np.array, "nan": np.nan, "inf": np.inf, "Tensor": tg.Tensor, "float32": np.float32,
    "float64": np.float64, "int64": np.int64, "int32": np.int32,
}  # fmt: skip


def value_of(arg: Given, names: dict[str, Any], file: str) -> Any:
    """What is written to the right of ``=``."""
    try:
        return with_arrays(eval(arg.value, {**SPOKEN, **names}))
    except Exception as error:
        words = "".join(traceback.format_exception_only(type(error), error)[-1:]).strip()
        raise Stop(
            f"--arg {arg.word} cannot be evaluated: {words}.\n"
            f"The text after = is a Python expression, which can use np and the names in {file}. Numbers: {arg.name}=2.0. "
            f"Arrays: '{arg.name}=[1.0, 2.0]'. Text, in quotes of its own: \"{arg.name}='text'\"."
        ) from None


def with_arrays(value: Any) -> Any:
    """Lists of numbers as arrays: that is how one types an array."""
    if type(value) is dict:
        return {key: with_arrays(item) for key, item in value.items()}
    if type(value) is tuple:
        return tuple(map(with_arrays, value))
    if type(value) is not list:
        return value
    items = list(map(with_arrays, value))
    numbers = all(type(item) in (bool, int, float, list) for item in value) and list not in map(type, items)
    return np.array(items) if numbers and len(set(map(np.shape, items))) == 1 else items


def variables(nest: Any) -> Any:
    """Floats and arrays of floats as Tensors, wherever they are."""
    return mapped_nest(lambda value: tg.Tensor(value) if kind(value) == "f" and not is_variable(value) else value, nest)


def kind(value: Any) -> str:
    """Whether this is a float or an array of them, "f"; of whole numbers, "i" or "u"; or something else."""
    value = plain(value)
    return str(np.asarray(value).dtype.kind) if isinstance(value, (int, float, np.ndarray, np.generic)) else ""


def is_variable(value: Any) -> bool:
    return isinstance(value, tg.Tensor) and value.requires_grad


def plain(value: Any) -> Any:
    return value.data if isinstance(value, tg.Tensor) else value


# --- nothing to take a gradient with respect to ---------------------------------------------------------------------------


def no_variable(call: Call, chosen: Sequence[str], args: Mapping[str, Given], again: Again) -> str:
    """Say that there is nothing to take the gradient with respect to, and what to type. Each proposal was tried before."""
    lines = [f"{call.name} has no argument that a gradient could be taken with respect to."]
    whole = {key: text for key in chosen if (text := as_floats(call, key, args))}
    if whole:
        first = next(iter(whole))
        shown = args[first].word if first in args else f"{first}={plain(call.values[first])!r}"
        instead = {args[key].word: f"{key}={text}" for key, text in whole.items() if key in args}
        more = [f"{key}={text}" for key, text in whole.items() if key not in args]
        lines += [
            f"Whole numbers, such as {shown}, have no gradient. Write them with a decimal point:",
            f"  {again.command(call.name, instead, more)}",
        ]
    for key, value in call.values.items():
        floats = key not in args and any(kind(part) == "f" for part in flatten(value)[0])
        if floats and call.with_values({key: variables(value)}).has_gradient():
            lines += [
                f"Arguments that are not given are data. To take the gradient in {key}, give its name without a value:",
                f"  {again.command(call.name, more=[key])}",
            ]
            break
    if len(lines) == 1:
        with users_program():  # the function may fail for any values; then that is what is wrong
            call.function(*call.bound.args, **call.bound.kwargs)
        lines += ["None of its arguments is a float, such as 2.0, or an array of floats, that its result depends on."]
    return "\n".join(lines)


def as_floats(call: Call, key: str, args: Mapping[str, Given]) -> str:
    """How the whole numbers of a parameter are typed as floats; "" if it has none, or if the function cannot take floats."""
    value = plain(call.values[key])
    if kind(value) not in ("i", "u") or not call.with_values({key: variables(np.asarray(value, float)[()])}).has_gradient():
        return ""
    if np.size(value) <= 12:
        return repr(np.asarray(value, float).tolist())
    return f"1.0 * ({args[key].value or key})" if key in args else ""
