"""`trace` calls a function, and returns the graph of what it computes.

Flows in: a function and its arguments. Flows out: the `Graph` of one call. While the function runs, a `Tracer` is active. The
arguments are new Tensors, and arrays that report what is computed from them.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from types import CellType
from typing import Any

import numpy as np

from .. import messages
from ..autograd import RULES, Handle, new_number
from ..containers import flatten, with_paths
from ..differentiation import is_recorded, positions
from ..frames import Part
from ..recording import Mode, in_mode
from ..tensor import Tensor
from .building import Builder
from .graph import Graph
from .nodes import is_numpy
from .tracer import Tracer


def trace(
    f: Callable[..., Any], backward: bool = False, argnums: int | tuple[int, ...] | None = None, order: int = 1
) -> Callable[..., Graph]:
    """The function that calls `f` and returns the `Graph` of what it computed: ``trace(f)(*args)``.

    Gradients are taken with respect to the Tensors among the arguments, also in dicts, lists and tuples. If there are none
    and the function uses a module (`tinygrad_lite.nn`), they are taken with respect to the parameters of the module;
    otherwise, to every float and array of floats. Other numbers and arrays are data, and inputs of the graph as well. Whole
    numbers and options (3, "relu", None) are fixed: the graph is for these values only.

    backward:  add the backward pass from the result to the graph; then `f` must return a single number (if it returns several
               values, the first is used)
    argnums:   the positions of the arguments that gradients are taken with respect to
    order:     2 for second derivatives as well, by a backward pass through the backward pass. They are outputs of the graph,
               after the result. For single numbers they are those on and above the diagonal of the Hessian, row by row; with
               arrays among the arguments, the Hessian times a vector, whose parts are inputs called ``v_`` and the name

    Values without a name get the names of the variables in `f` and in the functions that it calls. Each value has the line
    that computed it. If `f` returns one number, gradients are computed.

    >>> import tinygrad_lite as tg
    >>> def loss(w, x):
    ...     error = w * x - 1
    ...     return np.mean(error**2)
    >>> graph = trace(loss)(tg.Tensor(2.0), np.array([1.0, 3.0]))
    >>> [(node.name, node.function) for node in graph][2:4]
    [(None, 'np.multiply'), ('error', 'np.subtract')]
    >>> float(graph["w"].gradient)
    16.0
    """
    if not callable(f):
        raise messages.not_a_function(f, "trace")

    @functools.wraps(f, updated=())
    def traced(*args: Any, **keywords: Any) -> Graph:
        return traced_call(f, args, keywords, backward, argnums, order)[0]

    return traced


def traced_call(
    f: Callable[..., Any],
    args: tuple[Any, ...],
    keywords: dict[str, Any],
    backward: bool,
    argnums: int | tuple[int, ...] | None,
    order: int,
    every_look: bool = False,
) -> tuple[Graph, Builder]:
    """The graph of one call, and the builder that knows which node of it is which Tensor.

    With `every_look`, the graph also says where the rules looked at a value in the backward pass.
    """
    tracer = Tracer(sys._getframe())
    wanted = wanted_in(f, args, keywords, argnums)
    arguments = dict[str, Any]()

    def moved(parameter: str, nest: Any, position: int | None) -> Any:
        values, rebuild = flatten(nest)
        paths = [path.replace("'", '"') for path, _ in with_paths(nest)]
        new = [as_input(tracer, v, parameter + path, wanted(v, position)) for v, path in zip(values, paths)]
        arguments[parameter] = rebuild([tracer.resolved(value) for value in new])
        return rebuild(new)

    names = parameter_names(f, len(args))
    args = tuple(moved(names[i], arg, i) for i, arg in enumerate(args))
    keywords = {name: moved(name, arg, None) for name, arg in keywords.items()}
    profile, tracer.begun = sys.getprofile(), new_number()
    if profile is None or callable(profile):  # C's own profiler cannot be switched on again from here, so it stays
        sys.setprofile(tracer.returning)
    try:
        with in_mode(Mode(True, tracer)):
            result = f(*args, **keywords)
    finally:
        if profile is None or callable(profile):
            sys.setprofile(profile)
        tracer.leave()
    outputs = flatten(result)[0]
    if not outputs or not all(isinstance(y, (Handle, bool, int, float, complex)) or hasattr(y, "dtype") for y in outputs):
        raise messages.no_result(f, result)
    first = outputs[0]
    recorded = is_recorded(first)
    if backward and not recorded:
        raise messages.no_way_back(f, [str(held.name) for held in tracer.held if isinstance(held, Tensor)])
    if backward and order == 2 and len(outputs) > 1:  # the second derivatives take the place of the others
        raise messages.several_results(f, len(outputs))
    walk = backward or (recorded and is_numpy(first._array) and first._array.size == 1)
    name, builder = getattr(f, "__name__", None), Builder(tracer, every_look)
    parts = builder.graph(outputs, walk, backward, name, list(arguments.items()), order if backward else 1)
    return Graph(*parts), builder


def wanted_in(f: Any, args: Any, keywords: Any, argnums: Any) -> Callable[[Any, int | None], bool]:
    """Which values of the arguments are variables."""
    if argnums is not None:
        chosen = positions(f, argnums, len(args))
        return lambda value, position: position in chosen
    if any(map(is_recorded, flatten([args, keywords])[0])) or uses_modules(f, args, keywords):
        return lambda value, _: is_recorded(value)
    return lambda value, _: (
        isinstance(value, float)
        or (not isinstance(value, Tensor) and getattr(getattr(value, "dtype", None), "kind", "") == "f")
    )


def uses_modules(f: Any, args: Any, keywords: Any) -> bool:
    """Whether a function computes with a network. Gradients are taken of its parameters then, and not of the data.

    It is one, or a method of one, or gets one, or names one that is outside of it.
    """
    return any(isinstance(value, Part) for value in named_by(f, args, keywords))


def named_by(f: Any, args: Any, keywords: Any) -> list[Any]:
    """A function, what it is a method of, its arguments, and what it names outside of it; also inside lists and tuples."""
    inner = inspect.unwrap(getattr(f, "__func__", f))
    cells = [cell.cell_contents for cell in getattr(inner, "__closure__", None) or () if cell != CellType()]
    code, seen = getattr(inner, "__code__", None), getattr(inner, "__globals__", {})
    named = [seen.get(name) for name in code.co_names] if code else []
    found = [f, getattr(f, "__self__", None), *cells, *named, *args, *keywords.values()]
    return [value for each in found for value in (each if isinstance(each, (list, tuple)) else [each])]


def as_input(tracer: Tracer, value: Any, name: str, wanted: bool) -> Any:
    """An argument as the traced function gets it: a new variable, data that tells, or the thing itself."""
    if wanted:
        data = value.data if isinstance(value, Tensor) else value
        data = np.array(data)[()] if is_numpy(data) else data  # memory of its own tells it from all other arrays
        variable = Tensor(data, name=getattr(value, "name", None) or name)
        assert variable.node is not None
        tracer.keep(variable.node)
        tracer.held.append(variable)
        return variable
    if isinstance(value, Tensor):
        value = value.data
    if is_numpy(value) or isinstance(value, float):
        return tracer.input(value, name)
    return value


def parameter_names(f: Any, count: int) -> list[str]:
    """What a function calls its positional arguments."""
    if f in RULES:
        return list(RULES[f].parameters[:count])
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    rest = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), "x" if parameters else "argument")
    return names[:count] + [f"{rest}{i}" for i in range(1, count - len(names) + 1)]
