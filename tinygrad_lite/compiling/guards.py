"""Guards decide which program fits which arguments.

A program is made for arguments of certain shapes and dtypes, in certain containers. Flows in: arguments. Flows out: their
*signature*, which is equal for arguments that one program serves; and the same question as an expression of Python's, which
is several times as fast as making a signature.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..containers import children, mapped_nest, values_of
from ..tensor import Tensor


class Foreign(Exception):
    """Something among the arguments only the engine understands: a Tensor that wants a gradient, for example."""


def signature(value: Any, wanted: bool) -> Any:
    """What a program has to know of an argument. With `wanted`, gradients are taken with respect to it."""
    kind = type(value)
    if wanted and (kind is bool or getattr(getattr(value, "dtype", None), "kind", "") == "b"):
        raise Foreign  # it has no derivative
    if kind is np.ndarray and value.dtype.isnative and value.dtype.kind in "fiub":
        return "array", value.shape, value.dtype.str
    if kind is float:
        return "float"
    if isinstance(value, np.generic):
        return "number", value.dtype.str
    if kind is int and wanted:
        return "int"
    if isinstance(value, Tensor):
        if value.requires_grad or type(value._array) is not np.ndarray:
            raise Foreign
        return "tensor", value.shape, value.dtype.str
    if hasattr(value, "__array_function__"):
        raise Foreign
    inside = children(value)
    if inside is not None:
        return kind, *((step, signature(item, wanted)) for step, item in inside)
    try:
        hash(value)
    except TypeError:
        raise Foreign from None
    return "option", kind, value


def unwrapped(nest: Any) -> Any:
    """An argument as the program takes it: constant Tensors as their arrays."""
    if not any(isinstance(value, Tensor) for value in values_of(nest)):
        return nest
    return mapped_nest(lambda value: value.data if isinstance(value, Tensor) else value, nest)


def in_floats(nest: Any) -> Any:
    """An argument that gradients are wanted of, with arrays of whole numbers as floats."""
    if not any(map(is_whole, values_of(nest))):
        return nest
    return mapped_nest(lambda value: value.astype(float) if is_whole(value) else value, nest)


def is_whole(value: Any) -> bool:
    return type(value) is np.ndarray and value.dtype.kind in "iu"


def conditions_of(name: str, value: Any, wanted: bool, names: dict[str, Any]) -> list[str] | None:
    """Conditions under which the argument called `name` has the signature of `value`; None if only the signature can tell.

    `names` gets what the conditions need.
    """
    kind = type(value)
    if kind is np.ndarray:
        if value.dtype is not np.dtype(value.dtype.type):  # one that is equal, but not the same object
            return None
        names[f"_dtype_{value.dtype.name}"] = value.dtype
        return [
            f"{name}.__class__ is _ndarray",
            f"{name}.shape == {value.shape}",
            f"{name}.dtype is _dtype_{value.dtype.name}",
        ]
    if kind is float or (kind is int and wanted):
        return [f"{name}.__class__ is {kind.__name__}"]
    if isinstance(value, np.generic) and value.dtype.kind in "fiub":
        names[f"_kind_{kind.__name__}"] = kind
        return [f"{name}.__class__ is _kind_{kind.__name__}"]
    if value is None or kind is bool:
        return [f"{name} is {value}"]
    if kind in (int, str):
        return [f"{name}.__class__ is {kind.__name__}", f"{name} == {value!r}"]
    if kind.__eq__ is object.__eq__ and children(value) is None:  # it equals nothing but itself
        names[f"_{id(value):x}"] = value
        return [f"{name} is _{id(value):x}"]
    if kind in (list, tuple):
        found = [f"{name}.__class__ is {kind.__name__}", f"len({name}) == {len(value)}"]
        return joined(found, [conditions_of(f"{name}[{i}]", item, wanted, names) for i, item in enumerate(value)])
    if kind is dict and all(type(key) is str for key in value):
        found = [f"{name}.__class__ is dict", f"{name}.keys() == {set(value) or 'set()'}", f"[*{name}] == {[*value]}"][::2]
        return joined(found, [conditions_of(f"{name}[{key!r}]", item, wanted, names) for key, item in value.items()])
    return None


def joined(found: list[str], parts: list[list[str] | None]) -> list[str] | None:
    for part in parts:
        if part is None:
            return None
        found += part
    return found


def is_object_itself(f: Any, value: Any) -> bool:
    """Whether the first argument of a method is the object, which has no numbers to differentiate by."""
    names = getattr(getattr(f, "__code__", None), "co_varnames", ())
    is_object = hasattr(value, "__dict__") and not hasattr(value, "__array__") and children(value) is None
    return is_object and names[:1] == ("self",)


def wanted_keys(argnums: Any, count: int) -> Mapping[int, bool]:
    numbers = argnums if isinstance(argnums, (tuple, list)) else (argnums,)
    return {i % count: True for i in numbers if -count <= i < count} if count else {}
