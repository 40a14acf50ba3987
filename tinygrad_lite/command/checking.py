"""Check the gradient of a function in a file from the command line, by autograd or derived by hand.

Flows in: a `Call`, and the name of a function that is to be its gradient. Flows out: lines that say what was checked, and how
far it agrees; or, where it does not, an AssertionError with the report of `check_gradients`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..containers import flatten, with_paths
from ..testing import check_gradients
from ..transforms import value_and_grad
from .from_file import Call, Stop, is_variable, load, users_program


def checked(call: Call, by_hand: str | None, order: int) -> list[str]:
    """Check it, and say so. Raises AssertionError with the report if it is wrong."""
    values = call.bound.arguments
    wanted = [key for key, value in values.items() if any(map(is_variable, flatten(value)[0]))]
    if not wanted:  # without any --arg, every float counts
        wanted = [key for key, value in values.items() if any(map(is_float, flatten(value)[0]))]
    if not wanted:
        raise Stop(
            f"There is nothing to check: {call.name} has no argument that is a float, such as 2.0, or has floats in it."
        )
    point = [arrays(values[key]) for key in wanted]

    def loss(*chosen: Any) -> Any:
        return run(call.function, {**values, **dict(zip(wanted, chosen))})

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    loss.__name__ = call.name
    vars(loss)["__signature__"] = inspect.Signature([inspect.Parameter(key, kind) for key in wanted])
    name, mine = (None, None) if by_hand is None else gradient_in(call, by_hand, wanted)
    options: dict[str, Any] = {} if mine is None else {"gradient": mine}
    check_gradients(loss, *point, order=order, **options)
    return list(report(loss, wanted, point, name, mine, order))


def run(function: Callable[..., Any], values: dict[str, Any]) -> Any:
    bound = inspect.BoundArguments(inspect.signature(function), values)
    return function(*bound.args, **bound.kwargs)


def is_float(value: Any) -> bool:
    return isinstance(value, float) or getattr(getattr(value, "dtype", None), "kind", "") == "f"


def arrays(nest: Any) -> Any:
    """The numbers of Tensors."""
    values, rebuild = flatten(nest)
    return rebuild([value.data if is_variable(value) else value for value in values])


# --- a gradient that somebody derived -------------------------------------------------------------------------------------


def gradient_in(call: Call, target: str, wanted: Sequence[str]) -> tuple[str, Callable[..., Any]]:
    """The function that is to be the gradient, called with what its parameters are called, as the function itself is."""
    file, _, name = target.rpartition(":")
    module = load(Path(file)) if file else call.module
    function = vars(module).get(name)
    if not callable(function):
        raise Stop(
            f"--gradient {target}: there is no function {name!r} in {Path(str(module.__file__)).name}. It is a function that "
            f"returns the gradient of {call.name}, in the same file, or elsewhere as FILE.py:FUNCTION."
        )
    parameters = inspect.signature(function).parameters
    known = {**vars(module), **{key: arrays(value) for key, value in call.bound.arguments.items()}}
    for key, parameter in parameters.items():
        named = parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        if named and key not in known and parameter.default is parameter.empty:
            raise Stop(
                f"--gradient {target}: its parameter {key!r} is none of those of {call.name} "
                f"({', '.join(call.bound.signature.parameters)}), and no variable of the file. Its parameters are called as "
                "those of the function whose gradient it is."
            )

    def gradient(*chosen: Any) -> Any:
        given = {**known, **dict(zip(wanted, chosen))}
        return run(function, {key: given[key] for key in parameters if key in given})

    return name, gradient


# --- what is said ---------------------------------------------------------------------------------------------------------


def report(
    loss: Callable[..., Any], wanted: Sequence[str], point: Sequence[Any], name: str | None, mine: Any, order: int
) -> Iterator[str]:
    """What agrees, and how far: for each argument the distance along a direction, relative to the slope."""
    who = f"{name}, autograd and the differences" if name else "autograd and the differences"
    second = ", and its second derivatives" if order == 2 else ""
    yield f"The gradient of {loss.__name__}{second}: {who} agree. How far autograd is, relative to the gradient:"
    yield ""
    with users_program(), np.errstate(all="ignore"):
        positions = tuple(range(len(point)))
        gradients = value_and_grad(weighted(loss, point), positions)(*point)[1]
        hand = mine(*point) if mine is not None else None
        hand = hand if hand is None or len(point) > 1 else (hand,)
        rows = list[tuple[str, ...]]()
        for i, key in enumerate(wanted):
            for k, (path, value) in enumerate(with_paths(point[i])):
                if not is_float(value):
                    continue
                slope = np.asarray(flatten(gradients[i])[0][k], float)
                shape = f"shape {slope.shape}" if slope.ndim else f"{float(slope):.6g}"
                row = [key + path, shape, f"from the differences {apart(along(loss, point, i, k, slope))}"]
                if hand is not None:
                    own = np.asarray(arrays(flatten(hand[i])[0][k] if path else hand[i]), float)
                    row.append(f"from {name} {apart(distance(own, slope))}")
                rows.append(tuple(row))
    widths = [max(map(len, column)) for column in zip(*rows)]
    for texts in rows:
        yield "  " + "   ".join(text.ljust(width) for text, width in zip(texts, widths)).rstrip()


def weighted(loss: Callable[..., Any], point: Sequence[Any]) -> Callable[..., Any]:
    """The sum of all results, so that there is one number to take the gradient of."""

    def total(*args: Any) -> Any:
        return sum(np.sum(y) for y in flatten(loss(*args))[0])

    return total


def along(loss: Callable[..., Any], point: Sequence[Any], i: int, k: int, slope: Any) -> float:
    """How far the slope along a random direction is from differences of the values, with Richardson's correction."""
    values, rebuild = flatten(point[i])
    x = np.asarray(values[k], float)
    direction = np.random.default_rng(0).uniform(0.5, 1, x.shape) * np.maximum(np.abs(x), 1)
    step = float(np.finfo(float).eps) ** 0.2

    def at(t: float) -> float:
        moved = [x + t * direction if j == k else value for j, value in enumerate(values)]
        args = [rebuild(moved) if j == i else value for j, value in enumerate(point)]
        return float(weighted(loss, point)(*args))

    near, far = ((at(h) - at(-h)) / (2 * h) for h in (step, 2 * step))
    return distance((4 * near - far) / 3, np.sum(slope * direction))


def distance(a: Any, b: Any) -> float:
    """How far two arrays are apart, relative to the larger."""
    size = max(float(np.max(np.abs(a), initial=0)), float(np.max(np.abs(b), initial=0)))
    return float(np.max(np.abs(np.subtract(a, b)), initial=0)) / size if size else 0.0


def apart(relative: float) -> str:
    return f"{relative:.0e}" if relative else "0"
