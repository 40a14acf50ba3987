"""Guards decide which program fits which arguments.

A program is made for arguments of certain shapes and dtypes, in certain containers. Flows in: arguments. Flows out: their
*signature*, which is equal for arguments that one program serves; and the same question as an expression of Python's, which
is several times as fast as making a signature.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..containers import children, fields_of, mapped_nest, values_of
from ..tensor import Tensor
from .conditions import CONTAINERS, VALUES


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
        if getattr(value, "__dict__", {}).keys() - (fields_of(value) or ()):
            raise Foreign  # attributes that are neither items nor fields
        return kind, *((step, signature(item, wanted)) for step, item in inside)
    return "option", exact(value)


class Itself:
    """In the place of an object in a signature: it is equal to nothing but itself, whatever its class takes for equal."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, Itself) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)


def exact(value: Any) -> Any:
    """An option, so that it is equal to no other value: 1 is not True, and 0.0 is not -0.0."""
    kind = type(value)
    if kind is frozenset:
        return kind, frozenset(map(exact, value))
    if kind in (str, bytes, int, bool) or isinstance(value, (np.dtype, types.MethodType)):
        return kind, value
    if kind in (float, complex, *VALUES):
        return kind, repr(value)
    if kind in CONTAINERS:
        raise Foreign
    return Itself(value)


def unwrapped(nest: Any) -> Any:
    """An argument as the program takes it: constant Tensors as their arrays."""
    if not any(isinstance(value, Tensor) for value in values_of(nest)):
        return nest
    return mapped_nest(lambda value: value.data if isinstance(value, Tensor) else value, nest)


def in_floats(nest: Any) -> Any:
    """An argument that gradients are wanted of, with whole numbers as floats."""
    if not any(map(is_whole, values_of(nest))):
        return nest
    return mapped_nest(as_float, nest)


def as_float(value: Any) -> Any:
    """A whole number as a float; anything else as it is."""
    if not is_whole(value):
        return value
    return value.astype(float) if isinstance(value, np.ndarray) else float(value)


def is_whole(value: Any) -> bool:
    if type(value) is int:
        return True
    return isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "iu"


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
    if children(value) is None and isinstance(signature(value, wanted)[-1], Itself):
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
