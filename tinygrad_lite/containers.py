"""Converts nested parameters (dicts, lists, tuples, named tuples and dataclasses of arrays) to a flat list and back.

Flows in: a nest such as ``{"layers": [(w, b), (w, b)], "scale": 2.0}``. Flows out: a list of its values, and a function that
makes the same nest with other values. So what works on a list of arrays works on any parameters.

A dataclass is treated as its fields, also those with ``init=False``. It is made again without ``__init__`` and
``__post_init__``: these may check or convert what they are given, and they do not expect a gradient. So a value that is
computed from other fields must be a property. As a field it would be a parameter of its own.
"""

from __future__ import annotations

import copy
import itertools
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

VALUES: set[type] = {np.ndarray, np.float64, np.float32, float, int}  # and tensor.py adds Tensor


class Value:
    """A dataclass that inherits from this is a value: it is not taken apart."""


def fields_of(nest: Any) -> list[str] | None:
    """The names of a dataclass's fields that have a value; None if this is no dataclass, or one that acts as an array."""
    dataclasses = sys.modules.get("dataclasses")  # if no program has imported it, there are none
    if dataclasses is None or not dataclasses.is_dataclass(nest):
        return None
    if isinstance(nest, (type, Value, dict, list, tuple)) or hasattr(nest, "__array__"):
        return None
    return [field.name for field in dataclasses.fields(nest) if hasattr(nest, field.name)]


def items_of(nest: Any) -> list[Any] | None:
    """What is inside; None if this is a value and not a container."""
    if nest.__class__ in VALUES:  # most are
        return None
    if isinstance(nest, (list, tuple)):
        return list(nest)
    if isinstance(nest, dict):
        return list(nest.values())
    if (fields := fields_of(nest)) is not None:
        return [getattr(nest, name) for name in fields]
    return [] if nest is None else None


def steps_of(nest: Any) -> list[str]:
    """How to get from a container to each of its items."""
    if isinstance(nest, dict):
        return [f"[{key!r}]" for key in nest]
    if isinstance(nest, tuple) and hasattr(nest, "_fields"):
        return [f".{name}" for name in nest._fields]
    return (
        [f"[{i}]" for i in range(len(nest))] if isinstance(nest, (list, tuple)) else [f".{n}" for n in fields_of(nest) or ()]
    )


def children(nest: Any) -> list[tuple[str, Any]] | None:
    """What is inside, each with how to get there from outside; None if this is a value and not a container."""
    items = items_of(nest)
    return None if items is None else list(zip(steps_of(nest), items))


def flatten(nest: Any) -> tuple[list[Any], Callable[[Sequence[Any]], Any]]:
    """The values of a nest as a flat list, and the function that puts other values in their places. None counts as empty.

    >>> values, rebuild = flatten({"a": 1.0, "b": [2.0, (3.0, None)]})
    >>> values
    [1.0, 2.0, 3.0]
    >>> rebuild("xyz")
    {'a': 'x', 'b': ['y', ('z', None)]}
    """
    return list(values_of(nest)), lambda values: rebuilt(nest, iter(values))


def values_of(nest: Any) -> Iterator[Any]:
    """Each value in a nest."""
    items = items_of(nest)
    if items is None:
        yield nest
    else:
        for item in items:
            yield from values_of(item)


def with_paths(nest: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each value with its place, as it would be written in Python: ``("['b'][1][0]", 3.0)``."""
    inside = children(nest)
    if inside is None:
        yield path, nest
    else:
        for step, item in inside:
            yield from with_paths(item, path + step)


def rebuilt(nest: Any, values: Iterator[Any]) -> Any:
    """A nest of the same form, with the next of `values` at each place."""
    items = items_of(nest)
    if items is None:
        return next(values)
    items = [rebuilt(item, values) for item in items]
    if isinstance(nest, dict):
        twin = copy.copy(nest)  # an ordered or default dict stays one
        twin.update(zip(nest, items))
        return twin
    if nest is None:
        return None
    if (fields := fields_of(nest)) is not None:
        new: Any = object.__new__(type(nest))
        for name, item in zip(fields, items):
            object.__setattr__(new, name, item)  # which a frozen dataclass allows
        return new
    return type(nest)(*items) if hasattr(nest, "_fields") else type(nest)(items)


def mapped_nest(change: Callable[[Any], Any], nest: Any) -> Any:
    """A nest of the same form, with ``change(value)`` in the place of each value."""
    return rebuilt(nest, map(change, list(values_of(nest))))


# --- the arguments of a call ------------------------------------------------------------------------------------------


def mapped(change: Callable[[Any], Any], args: Any) -> Any:
    """The arguments of a call, with ``change(value)`` in the place of each value.

    Only plain lists, tuples and dicts are taken apart. Everything else is a value: a function may expect a named tuple or a
    dataclass of its own.

    >>> mapped(lambda x: 10 * x, (1, [2, 3], {"axis": 4}))
    (10, [20, 30], {'axis': 40})
    """
    if isinstance(args, dict):
        return {key: mapped(change, item) for key, item in args.items()}
    return type(args)([mapped(change, item) for item in args]) if type(args) in (list, tuple) else change(args)


def values_in(args: Any) -> Iterator[Any]:
    """Each value in the arguments of a call, as `mapped` finds them.

    >>> list(values_in((1, [2, 3], {"axis": 4})))
    [1, 2, 3, 4]
    """
    if isinstance(args, dict) or type(args) in (list, tuple):
        for item in args.values() if isinstance(args, dict) else args:
            yield from values_in(item)
    else:
        yield args


def parts_of(index: Any) -> tuple[Any, ...]:
    """The parts of an index, one for each axis or so: ``i, j`` of ``x[i, j]``."""
    return index if isinstance(index, tuple) else (index,)


# --- vectors ----------------------------------------------------------------------------------------------------------


def pack(values: Sequence[Any]) -> Any:
    """All numbers of some arrays as one vector."""
    return np.concatenate([np.ravel(value) for value in values]) if len(values) else np.zeros(0)


def unpack(vector: Any, like: Sequence[Any]) -> list[Any]:
    """The opposite of `pack`: arrays with the shapes and dtypes of those in `like`."""
    ends = list(itertools.accumulate((np.size(value) for value in like), initial=0))
    shapes = [np.shape(value) for value in like]
    parts = [np.reshape(vector[i:j], shape) if shape else vector[i] for i, j, shape in zip(ends, ends[1:], shapes)]
    return [part if part.dtype == value.dtype else part.astype(value.dtype) for part, value in zip(parts, like)]
