"""Which arguments of a function are its parameters, and which are data.

Flows in: a function and its arguments. Flows out: the `Graph` of the call, with the parameters as Tensors.

Numbers are parameters, and arrays are data: ``f(a=2, b=3.0, x=x)`` has the parameters a and b. What is in a dict or a list is
a parameter, too. If the arguments say it themselves, with Tensors or a module, it is as they say.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from ... import messages
from ...containers import flatten, mapped_nest
from ...differentiation import is_recorded
from ...graphs.graph import Graph
from ...graphs.nodes import Ref
from ...graphs.tracing import parameter_names, trace, uses_modules
from ...tensor import Tensor

MOST = 3  # numbers that have to stay whole, among which a mistake is looked for
POWERS = ("np.power", "np.float_power")


def traced(f: Callable[..., Any], args: tuple[Any, ...], keywords: dict[str, Any]) -> Graph:
    """The graph of the call, with the backward pass. Raises TypeError if it is not to be seen what the parameters are."""
    run, names = trace(f, backward=True), parameter_names(f, len(args))
    named = dict(zip(names, args)) | keywords
    if any(map(is_recorded, flatten(named)[0])) or uses_modules(f, args, keywords):
        return run(*args, **keywords)
    chosen = chosen_of(named)
    if len(chosen) > 1 and not any(map(is_parameter, map(named.get, chosen))):
        raise messages.which_to_play(f, args, keywords, names, chosen)

    def graph_of(parameters: Collection[str]) -> Graph:
        made = {name: as_parameters(value) if name in parameters else value for name, value in named.items()}
        return run(*[made[name] for name in names], **{name: made[name] for name in keywords})

    try:
        graph = graph_of(chosen)
    except Exception as error:
        whole = whole_numbers(named, chosen)
        for count in range(1, min(MOST, len(chosen) - 1) + 1):  # is it the error of a loop of 3.0 turns?
            for some in itertools.combinations(whole, count):
                if works(graph_of, {*chosen} - {*some}):
                    raise messages.whole_to_play(f, args, keywords, names, chosen, some, error) from error
        lists = [name for name in chosen if is_list_of_numbers(named[name])]
        named |= {name: np.array(named[name]) for name in lists}
        if 0 < len(lists) < len(chosen) and works(graph_of, {*chosen} - {*lists}):
            raise messages.lists_to_play(f, args, keywords, names, lists) from error
        raise
    exponents = without_slope(graph, whole_numbers(named, chosen))
    if 0 < len(exponents) < len(chosen):
        raise messages.whole_to_play(f, args, keywords, names, chosen, exponents, None)
    return graph


def chosen_of(named: Mapping[str, Any]) -> list[str]:
    """The names of the arguments that are parameters; if there are none, of those with arrays."""
    found = [name for name, value in named.items() if is_parameter(value)]
    return found or [name for name, value in named.items() if any(map(is_array, flatten(value)[0]))]


def is_parameter(nest: Any) -> bool:
    """Whether this is a number, or has one in it, or is a dict or list of arrays. An array, or a tuple of arrays, is data."""
    values = flatten(nest)[0]
    return any(map(is_number, values)) or (any(map(is_array, values)) and not isinstance(nest, (np.ndarray, tuple)))


def is_list_of_numbers(nest: Any) -> bool:
    return isinstance(nest, (list, tuple)) and len(nest) > 1 and all(map(is_number, nest))


def is_number(value: Any) -> bool:
    """Whether this is a single number; True and False are options."""
    if isinstance(value, np.ndarray) and not value.shape:
        return value.dtype.kind in "iuf"
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "iuf"


def as_parameters(nest: Any) -> Any:
    """The same with Tensors. An array of whole numbers in a dict stays as it is, as it says which elements are taken."""
    if is_array(nest):
        return Tensor(nest)
    return mapped_nest(lambda value: Tensor(value) if is_number(value) or is_floats(value) else value, nest)


def is_floats(value: Any) -> bool:
    return is_array(value) and value.dtype.kind == "f"


def whole_numbers(named: Mapping[str, Any], chosen: Collection[str]) -> list[str]:
    """The names of the parameters that were given as whole numbers, as 3 and not 3.0."""
    return [name for name in chosen if isinstance(named[name], (int, np.integer))]


def works(graph_of: Callable[[Collection[str]], Graph], parameters: Collection[str]) -> bool:
    """Whether the function can be traced with these parameters alone."""
    try:
        graph_of(parameters)
    except Exception:
        return False
    return True


def without_slope(graph: Graph, whole: Collection[str]) -> list[str]:
    """Those of these parameters that are exponents, where the power has no derivative in the exponent: (-2)**n."""
    exponents = {node.args[1].id for node in graph if node.function in POWERS and isinstance(node.args[1], Ref)}
    nodes = [graph[i] for i in graph.inputs if i in exponents and graph[i].gradient is not None]
    return [str(node.name) for node in nodes if node.name in whole and np.isnan(node.gradient)]
