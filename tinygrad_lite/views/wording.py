"""What a reader asks a view for: a computation, an element of its arrays, options.

An option is a keyword in Python, ``element=(3,)``, and an option of the command, ``--element 3``. It is explained in the same
sentences in both places, but a remedy has to be one that can be typed where the reader is.

Flows in: what the reader gave. Flows out: the graph and the element that are meant, or a message with what to type instead.
"""

from __future__ import annotations

import contextlib
import operator
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any

from .. import messages
from ..graphs.elements import Chosen, Index, chosen, is_in
from ..graphs.graph import Graph, graph_and_places
from ..graphs.names import labels, split_index, value_called

IN_A_SHELL = ContextVar("IN_A_SHELL", default=False)


# --- a computation, and an element of its arrays --------------------------------------------------------------------------


def graph_of(what: Any, call: str, backward: bool = True) -> tuple[Graph, Callable[[Any], int | None] | None]:
    """The graph of a Tensor, and what finds Tensors in it; or a `Graph` as it is, which does not know its Tensors.

    Raises TypeError for anything else. `call` needs the backward pass in the graph, unless `backward` is False: raises
    ValueError for a `Graph` that was traced without it.
    """
    if not isinstance(what, Graph):
        return graph_and_places(what, backward)
    if backward and not what.backward:
        raise messages.without_walk(call, what)
    return what, None


def element_of(graph: Graph, element: int | Index | str | None) -> Chosen:
    """The element to follow, and the value that it is one of: the named one, or else the last that has such an element."""
    if element is None:
        return chosen(graph, None)
    if isinstance(element, str) and split_index(element):
        found, there = value_called(graph, element)
        if there is not None:
            return Chosen(found, there)
    parts: Any = element if isinstance(element, (tuple, list)) else (element,)
    try:
        at = tuple(map(operator.index, parts))
    except TypeError:
        raise TypeError(
            f"{option('element', element)}: an element is named by whole numbers, as in {option('element', (3,))}, or by the "
            f"name of its array as well, as in {option('element', 'x[3]')}."
        ) from None
    shapes = {node.shape: node.id for node in reversed(graph.forward) if node.shape}
    if any(is_in(shape, at) for shape in shapes):
        return chosen(graph, at)
    raise no_such_element(at, {labels(graph)[i]: shape for shape, i in shapes.items()})


def no_such_element(element: Index, shapes: Mapping[str, Any]) -> ValueError:
    if not shapes:
        return ValueError(
            f"{option('element', element)} chooses one element of the arrays, and this computation has single numbers only."
        )
    shown = ", ".join(f"{name} {shape}" for name, shape in list(shapes.items())[:8])
    return ValueError(
        f"{option('element', element)} is in no array of this computation. An element is named by one number for each "
        f"axis, counted from 0. The arrays and their shapes: {shown}."
    )


# --- options, as they are typed -------------------------------------------------------------------------------------------


@contextlib.contextmanager
def in_a_shell() -> Iterator[None]:
    """In this context, options are those of ``python -m tinygrad_lite``."""
    token = IN_A_SHELL.set(True)
    try:
        yield
    finally:
        IN_A_SHELL.reset(token)


def option(name: str, value: Any) -> str:
    """An option with a value, as it is typed.

    >>> option("element", (3, 0)), option("max_nodes", 200)
    ('element=(3, 0)', 'max_nodes=200')
    >>> with in_a_shell():
    ...     option("element", (3, 0)), option("max_nodes", 200), option("fold", True)
    ('--element 3,0', '--max-nodes 200', '--fold')
    """
    if not IN_A_SHELL.get():
        return f"{name}={value!r}"
    words = [f"--{name.replace('_', '-')}"]
    if value is not True:
        words.append(",".join(map(str, value)) if isinstance(value, tuple) else str(value))
    return " ".join(words)


def asked(call: str, name: str, value: Any) -> str:
    """An option inside the call that it belongs to. On the command line the call is typed already: the option alone.

    >>> asked("explain(...)", "limit", 400)
    'explain(..., limit=400)'
    """
    return option(name, value) if IN_A_SHELL.get() else f"{call.removesuffix(')')}, {option(name, value)})"
