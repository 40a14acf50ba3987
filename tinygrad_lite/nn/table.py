"""Writes a module as a table, which ``repr(model)`` shows.

Flows in: a module. Flows out: a text with a line for each module that has parameters or nothing in it, and for each function
among the layers of a `Sequential`: how Python reaches it, its class with its options, its parameters, and their count.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import messages
from ..tensor import Tensor
from .finding import Found, HasParts, directly_in, once, tensors_in, values_in

Row = tuple[str, str, str, str]


def table_of(module: HasParts) -> str:
    """The whole table."""
    total = sum(found.value.size for found in once(tensors_in(module)) if found.is_parameter)
    rows: list[Row] = [("name", "kind", "parameters", "count"), *rows_of(module, "", set()), ("total", "", "", f"{total:,}")]
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ["  ".join([*map(str.ljust, row[:3], widths), row[3].rjust(widths[3])]).rstrip() for row in rows]
    return "\n".join(lines)


def rows_of(module: HasParts, path: str, seen: set[int]) -> Iterator[Row]:
    """The lines of a module, and of what is in it. `seen` are the modules and parameters that have a line already."""
    seen.add(id(module))
    layers = list(layers_in(module))
    own = [found for found in directly_in(module) if found.is_parameter]
    if own or not layers:
        new = [found for found in own if id(found.value) not in seen]
        first, *others = in_lines([described(found, found not in new) for found in own])
        count = sum(found.value.size for found in new)
        seen.update(id(found.value) for found in own)
        yield path.removeprefix("."), kind_of(module), first, f"{count:,}" if own else ""
        yield from (("", "", line, "") for line in others)
    for step, layer in layers:
        if not isinstance(layer, HasParts):
            yield (path + step).removeprefix("."), messages.in_code(layer), "", ""
        elif id(layer) not in seen:
            yield from rows_of(layer, path + step, seen)


def layers_in(module: HasParts) -> Iterator[tuple[str, Any]]:
    """The modules that are directly in this one, and the functions that are layers of a Sequential."""
    for path, part in module.parts():
        for inner_path, value in values_in(part, path):
            if isinstance(value, HasParts) or (path.startswith("[") and callable(value)):
                yield inner_path, value


def in_lines(texts: list[str], width: int = 60) -> list[str]:
    """Texts with commas between them, in lines that are not too long: an LSTM has many parameters."""
    lines = [""]
    for text in texts:
        if lines[-1] and len(lines[-1]) + len(text) > width:
            lines.append("")
        lines[-1] += ", " * bool(lines[-1]) + text
    return lines


def described(found: Found, shared: bool) -> str:
    """A parameter in the table: ``weight (3, 2)``."""
    notes = ["shared"] * shared + ["frozen"] * (not found.value.requires_grad)
    return " ".join([found.path.removeprefix("."), str(found.value.shape), *notes])


def kind_of(module: HasParts) -> str:
    """The class with its options, as it would be made: ``Linear(2, 3, bias=False)``. They are read from the attributes."""
    options = []
    for name, parameter in itertools.islice(inspect.signature(type(module).__init__).parameters.items(), 1, None):
        value = vars(module).get(name, NOTHING)
        if isinstance(parameter.default, bool) and (value is None or isinstance(value, Tensor)):
            value = value is not None  # bias=True has become a Tensor, and bias=False None
        if name in ("seed", "dtype") or not is_option(value):
            continue
        if parameter.default is parameter.empty and parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
            options.append(repr(value))
        elif value != parameter.default and parameter.kind is not parameter.VAR_POSITIONAL:
            options.append(f"{name}={value!r}")
    return f"{type(module).__name__}({', '.join(options)})"


NOTHING = object()  # where a module has no attribute of an option's name


def is_option(value: Any) -> bool:
    """Whether a value is short enough for the table: a number, a text, None, or a few of them."""
    few = isinstance(value, (list, tuple)) and len(value) <= 4
    return all(map(is_option, value)) if few else value is None or isinstance(value, (int, float, str, np.generic))
