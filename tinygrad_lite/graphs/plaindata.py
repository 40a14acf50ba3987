"""Values as strict JSON, and back: numbers, arrays, slices, tuples and whatever else stands in the arguments of a call.

Flows in: a value. Flows out: what `json` can write and any language can read, from which `decode` makes an equal value.
JSON has numbers, text, lists, truth values and null. Everything else is an object with a key that says what it is,
``{"slice": [0, 5, null]}``. docs/graph_format.md lists them all.
"""

from __future__ import annotations

import collections
import json
import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from .. import messages

EXACT = 2**53  # up to here a whole number is exact where all numbers are float64, as in JavaScript
FLOATS = (np.float16, np.float32, np.float64, np.complex64, np.complex128)  # those that are exact as a float64, or two
TYPES: dict[str, type] = {"bool": bool, "int": int, "float": float, "complex": complex}


def encode(value: Any, where: str, special: Callable[[Any], dict[str, Any] | None] = lambda value: None) -> Any:
    """A value as what JSON has. `special` says how to write a kind of object that this module does not know.

    Raises TypeError for what cannot be written, as a function; the message says `where`.

    >>> encode((1.5, slice(0, None)), "here")
    {'tuple': [1.5, {'slice': [0, None, None]}]}
    """

    def of(item: Any) -> Any:
        return encode(item, where, special)

    kind = type(value)
    if (written := special(value)) is not None:
        return written
    if value is None or kind in (bool, str):
        return value
    if kind in (int, float):
        number = plain_number(value)
        return {kind.__name__: number} if isinstance(number, str) else number
    if kind is list:
        return [of(item) for item in value]
    if isinstance(value, (np.ndarray, np.generic)):
        text = dtype_text(value.dtype, where)
        if isinstance(value, np.generic):
            return {"number": numbers(value), "dtype": text}
        return {"array": numbers(value), "dtype": text, "shape": list(value.shape)}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {"namedtuple": [[name, of(item)] for name, item in zip(value._fields, value)], "name": kind.__name__}
    if kind is tuple:
        return {"tuple": [of(item) for item in value]}
    if isinstance(value, Mapping):
        return {"dict": [[of(key), of(item)] for key, item in value.items()]}
    if kind in (slice, range):
        return {kind.__name__: [of(value.start), of(value.stop), of(value.step)]}
    if kind is complex:
        return {"complex": numbers(np.asarray(value))}
    if value is Ellipsis or value is np._NoValue:
        return {"ellipsis" if value is Ellipsis else "no_value": True}
    if isinstance(value, np.dtype):
        return {"dtype": dtype_text(value, where)}
    if isinstance(value, type) and (
        value in TYPES.values() or (issubclass(value, np.generic) and hasattr(np, value.__name__))
    ):
        return {"type": value.__name__ if value in TYPES.values() else f"np.{value.__name__}"}
    raise messages.not_plain_data(value, where)


def decode(data: Any, where: str, special: Mapping[str, Callable[[Any], Any]] = MappingProxyType({})) -> Any:
    """The value that `encode` wrote. Raises ValueError for anything else; nothing is ever imported or executed.

    >>> decode({"tuple": [1.5, {"slice": [0, None, None]}]}, "here")
    (1.5, slice(0, None, None))
    """

    def of(item: Any) -> Any:
        return decode(item, where, special)

    if isinstance(data, list):
        return [of(item) for item in data]
    if not isinstance(data, dict):
        return data
    kind = next((key for key in (*special, *READERS) if key in data), None)
    if kind is None:
        raise messages.unknown_kind(where, data)
    if kind in special:
        return special[kind](data[kind])
    try:
        return READERS[kind](data, of)
    except (TypeError, ValueError, KeyError, IndexError, OverflowError, AttributeError) as error:
        raise messages.not_of_kind(where, json.dumps(data)[:80], kind, error) from error


READERS: dict[str, Callable[[dict[str, Any], Callable[[Any], Any]], Any]] = {
    "int": lambda data, of: int(data["int"]),
    "float": lambda data, of: float(data["float"]),
    "complex": lambda data, of: complex(array(data["complex"], "complex128", ())),
    "number": lambda data, of: array(data["number"], data["dtype"], ())[()],
    "array": lambda data, of: array(data["array"], data["dtype"], tuple(data["shape"])),
    "tuple": lambda data, of: tuple(map(of, data["tuple"])),
    "namedtuple": lambda data, of: collections.namedtuple(data["name"], [name for name, _ in data["namedtuple"]])(
        *(of(item) for _, item in data["namedtuple"])
    ),
    "dict": lambda data, of: {of(key): of(item) for key, item in data["dict"]},
    "slice": lambda data, of: slice(*map(of, data["slice"])),
    "range": lambda data, of: range(*map(of, data["range"])),
    "ellipsis": lambda data, of: Ellipsis,
    "no_value": lambda data, of: np._NoValue,
    "dtype": lambda data, of: dtype_of(data["dtype"]),
    "type": lambda data, of: dtype_of(data["type"][3:]).type if data["type"].startswith("np.") else TYPES[data["type"]],
}


def plain_number(value: Any) -> Any:
    """A number of Python's; as text if JSON has none for it: nan, inf, and whole numbers that are not exact everywhere."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return str(value) if type(value) is int and abs(value) > EXACT else value


def numbers(value: Any) -> Any:
    """The elements of an array in a row, the last axis running fastest; of a single number, that number.

    >>> numbers(np.array([[1.0, np.nan], [3.0, 4.0]]))
    [1.0, 'nan', 3.0, 4.0]
    """
    if value.dtype.kind == "c":
        flat = [[plain_number(z.real), plain_number(z.imag)] for z in np.ravel(value).tolist()]
    else:
        flat = np.ravel(value).tolist()
        if value.dtype.kind in "iuf" and not np.all(
            np.isfinite(value) if value.dtype.kind == "f" else abs_at_most(value, EXACT)
        ):
            flat = [plain_number(x) for x in flat]
    return flat if value.ndim else flat[0]


def abs_at_most(value: Any, limit: int) -> Any:
    return (value <= limit) & (value >= -limit)  # the abs of the least int64 is itself


def array(data: Any, dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    """The opposite of `numbers`."""
    kind, flat = dtype_of(dtype), data if shape else [data]
    if not isinstance(flat, list) or len(flat) != math.prod(shape):
        raise messages.not_so_many(list(shape), math.prod(shape), np.size(flat))
    if kind.kind == "c":
        flat = [complex(float(re), float(im)) for re, im in flat]
    elif kind.kind in "iu":
        flat = [int(x) if isinstance(x, str) else x for x in flat]
    elif kind.kind == "f":
        flat = [float(x) for x in flat]
    wanted = {"b": bool, "i": int, "u": int, "f": float, "c": complex, "U": str}[kind.kind]
    if not all(type(x) is wanted for x in flat):
        raise messages.not_of_dtype(dtype)
    if kind.kind in "iu" and not all(np.iinfo(kind).min <= x <= np.iinfo(kind).max for x in flat):
        raise messages.not_in_range(dtype)
    return np.array(flat, kind).reshape(shape)


def is_plain(dtype: np.dtype[Any]) -> bool:
    """Truth values, whole numbers, text, and the usual floats and complex numbers."""
    return dtype.kind in "biuU" or dtype.type in FLOATS


def dtype_text(dtype: np.dtype[Any], where: str) -> str:
    """A dtype as text. Raises TypeError for those that JSON's numbers and text cannot hold."""
    if not is_plain(dtype):
        raise messages.not_plain_data(dtype, where)
    return str(dtype)


def dtype_of(text: str) -> np.dtype[Any]:
    dtype = np.dtype(text)
    if not is_plain(dtype):
        raise messages.not_a_read_dtype(text)
    return dtype


def parse(text: str, where: str) -> Any:
    """Strict JSON as Python has it. Raises ValueError for anything else, also for the NaN that Python's `json` would take."""

    def refuse(constant: str) -> Any:
        raise messages.not_json(constant)

    try:
        return json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise messages.bad_data(where, error) from error
