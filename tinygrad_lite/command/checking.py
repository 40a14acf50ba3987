"""check: says whether the gradient of a function in a file is right, by autograd or by a formula that the user derived.

Flows in: a `Call`, and the name of a function that should be its gradient. Flows out: lines that say what was checked, and
how well it agrees; or a `Stop` with the report of `check_gradients`.
"""

from __future__ import annotations

import argparse
import inspect
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .. import testing
from ..containers import flatten, mapped_nest, with_paths
from .from_file import load, users_program
from .stopping import Stop
from .values import Call, is_variable, plain


def check(call: Call, args: argparse.Namespace) -> None:
    """Check the gradient of the function, and print how far it agrees."""
    leaves = {key: flatten(value)[0] for key, value in call.values.items()}
    wanted = [key for key, values in leaves.items() if any(map(is_variable, values))]
    wanted = wanted or [key for key, values in leaves.items() if any(map(testing.has_gradient, values))]  # without any --arg
    if not wanted:
        raise Stop(
            f"There is nothing to check: {call.name} has no argument that is a float, such as 2.0, or has floats in it."
        )
    point = {key: arrays(call.values[key]) for key in wanted}
    loss = of_some(call.function, wanted, call.values, call.name)
    name, formula = gradient_in(call, args.gradient, wanted) if args.gradient else (None, None)
    with users_program():
        try:
            judges = testing.judged(loss, tuple(point.values()), gradient=formula, order=args.order)
        except (AssertionError, TypeError) as error:
            if traceback.extract_tb(error.__traceback__)[-1].filename != testing.__file__:
                raise  # an error of the reader's program
            raise Stop(str(error), 1 if isinstance(error, AssertionError) else 2) from None
    paths = [key + path for key, nest in point.items() for path, value in with_paths(nest) if testing.has_gradient(value)]
    second = ", and its second derivatives" if args.order == 2 else ""
    who = f"{name}, autograd and the differences" if name else "autograd and the differences"
    if (count := len(judges[0].here)) > 1:
        print(f"{call.name} returns {count} numbers. The check is for their sum, each times a random weight.\n")
    print(f"The gradient of {call.name}{second}: {who} agree. The distance of autograd, relative to the gradient:\n")
    rows = [row(path, judge, name) for path, judge in zip(paths, judges)]
    widths = [max(map(len, column)) for column in zip(*rows)]
    for texts in rows:
        print("  " + "   ".join(text.ljust(width) for text, width in zip(texts, widths)).rstrip())


def row(path: str, judge: testing.Judge, name: str | None) -> list[str]:
    """Of one value: its name, its gradient or the shape of it, and how far the others are from what autograd computes."""
    gradient = np.asarray(judge.claim, float)
    shown = f"shape {gradient.shape}" if gradient.ndim else f"{float(gradient):.6g}"
    found = [path, shown, f"from the differences {apart(judge.whole.claim, judge.whole.slope.value)}"]
    return found if name is None else [*found, f"from {name} {apart(judge.beside, gradient)}"]


def apart(a: Any, b: Any) -> str:
    """How far two arrays are apart, relative to the larger."""
    size, far = (float(np.max(np.abs(x), initial=0)) for x in (np.maximum(np.abs(a), np.abs(b)), np.subtract(a, b)))
    return f"{far / size:.0e}" if far else "0"


def arrays(nest: Any) -> Any:
    """The numbers of Tensors."""
    return mapped_nest(lambda value: plain(value) if is_variable(value) else value, nest)


def of_some(function: Callable[..., Any], names: Sequence[str], values: Mapping[str, Any], name: str) -> Callable[..., Any]:
    """The function as one of these parameters alone; the others have the values they are given here."""
    signature = inspect.signature(function)

    def of_these(*chosen: Any) -> Any:
        given = {**values, **dict(zip(names, chosen))}
        bound = inspect.BoundArguments(signature, {key: given[key] for key in signature.parameters if key in given})
        return function(*bound.args, **bound.kwargs)

    of_these.__name__ = name
    parameters = [inspect.Parameter(key, inspect.Parameter.POSITIONAL_OR_KEYWORD) for key in names]
    vars(of_these)["__signature__"] = inspect.Signature(parameters)
    return of_these


def gradient_in(call: Call, target: str, wanted: Sequence[str]) -> tuple[str, Callable[..., Any]]:
    """The function that is to be the gradient. Its parameters are called as those of the function whose gradient it is."""
    file, _, name = target.rpartition(":")
    module = load(Path(file)) if file else call.module
    function = vars(module).get(name)
    if not callable(function):
        raise Stop(
            f"--gradient {target}: there is no function {name!r} in {Path(str(module.__file__)).name}. Name a function that "
            f"returns the gradient of {call.name}, in the same file, or in another one as FILE.py:FUNCTION."
        )
    known = {**vars(module), **{key: arrays(value) for key, value in call.values.items()}}
    for key, parameter in inspect.signature(function).parameters.items():
        named = parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        if named and key not in known and parameter.default is parameter.empty:
            raise Stop(
                f"--gradient {target}: its parameter {key!r} is not a parameter of {call.name} ({', '.join(call.values)}), "
                f"and not a variable of the file. Give its parameters the names that they have in {call.name}."
            )
    return name, of_some(function, wanted, known, name)
