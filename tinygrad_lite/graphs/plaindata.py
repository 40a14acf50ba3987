"""Writes values as strict JSON, and reads them back: numbers, arrays, slices, tuples and other arguments of calls.

Flows in: a value. Flows out: what `json` can write and any language can read, from which `decode` makes an equal value.
JSON has numbers, text, lists, truth values and null. Everything else is an object with a key that says what it is,
``{"slice": [0, 5, null]}``. `KINDS` has them all, and nodes.py adds the reference to a node. docs/reference/graph_format.md
lists them.
"""

from __future__ import annotations

import collections
import json
import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from .. import messages

EXACT = 2**53  # up to here a whole number is exact where all numbers are float64, as in JavaScript
FLOATS = (np.float16, np.float32, np.float64, np.complex64, np.complex128)  # those that are exact as a float64, or two
TYPES: dict[str, type] = {"bool": bool, "int": int, "float": float, "complex": complex}
Of = Callable[[Any], Any]  # writes, or reads, what is inside a value


def encode(value: Any, where: str) -> Any:
    """A value as what JSON has.

    Raises TypeError for what cannot be written, as a function; the message says `where`.

    >>> encode((1.5, slice(0, None)), "here")
    {'tuple': [1.5, {'slice': [0, None, None]}]}
    """
    if value is None or type(value) in (bool, str) or (type(value) in (int, float) and plain_number(value) is value):
        return value

    def of(item: Any) -> Any:
        return encode(item, where)

    if type(value) is list:
        return list(map(of, value))
    for kind in KINDS.values():
        if kind.fits(value):
            return kind.write(value, of)
    raise messages.not_plain_data(value.dtype if isinstance(value, (np.ndarray, np.generic)) else value, where)


def decode(data: Any, where: str) -> Any:
    """The value that `encode` wrote. Raises ValueError for anything else; nothing is ever imported or executed.

    >>> decode({"tuple": [1.5, {"slice": [0, None, None]}]}, "here")
    (1.5, slice(0, None, None))
    """

    def of(item: Any) -> Any:
        return decode(item, where)

    if isinstance(data, list):
        return [of(item) for item in data]
    if not isinstance(data, dict):
        return data
    kind = next((key for key in KINDS if key in data), None)
    if kind is None:
        raise messages.unknown_kind(where, data)
    try:
        return KINDS[kind].read(data, of)
    except (TypeError, ValueError, KeyError, IndexError, OverflowError, AttributeError) as error:
        raise messages.not_of_kind(where, json.dumps(data)[:80], kind, error) from error


class Kind(NamedTuple):
    """A kind of value that JSON does not have: which values are of it, how one is written, and how it is read again."""

    fits: Callable[[Any], bool]
    write: Callable[[Any, Of], dict[str, Any]]  # an object with the name of the kind as a key
    read: Callable[[dict[str, Any], Of], Any]


def exactly(kind: type) -> Callable[[Any], bool]:
    return lambda value: type(value) is kind


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
    flat = np.ravel(value).tolist()
    if value.dtype.kind == "c":
        flat = [[plain_number(z.real), plain_number(z.imag)] for z in flat]
    elif value.dtype.kind in "iuf":
        exact = np.isfinite(value) if value.dtype.kind == "f" else (value <= EXACT) & (value >= -EXACT)
        flat = flat if np.all(exact) else [plain_number(x) for x in flat]
    return flat if value.ndim else flat[0]


def array(data: Any, dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    """The opposite of `numbers`."""
    kind, flat = dtype_of(dtype), data if shape else [data]
    if kind.kind == "c":
        flat = [complex(float(re), float(im)) for re, im in flat]
    elif kind.kind in "iu":
        flat = [int(x) if isinstance(x, str) else x for x in flat]
    elif kind.kind == "f":
        flat = [float(x) for x in flat]
    wanted = {"b": bool, "i": int, "u": int, "f": float, "c": complex, "U": str}[kind.kind]
    if len(flat) != math.prod(shape) or not all(type(x) is wanted for x in flat):
        raise messages.not_the_elements(list(shape), dtype)
    if kind.kind in "iu" and any(not np.iinfo(kind).min <= x <= np.iinfo(kind).max for x in flat):  # NumPy 1 would wrap it
        raise messages.not_the_elements(list(shape), dtype)
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


def is_type(value: Any) -> bool:
    """Whether it is a type that stands for a dtype: one of Python's, or one of NumPy's that has a name there."""
    numpys = isinstance(value, type) and issubclass(value, np.generic) and hasattr(np, value.__name__)
    return numpys or any(value is kind for kind in TYPES.values())


def named_tuple(data: dict[str, Any], of: Of) -> Any:
    names, items = zip(*data["namedtuple"]) if data["namedtuple"] else ((), ())
    return collections.namedtuple(data["name"], names)(*map(of, items))


# --- the kinds --------------------------------------------------------------------------------------------------------------

KINDS: dict[str, Kind] = {
    "int": Kind(exactly(int), lambda x, of: {"int": str(x)}, lambda data, of: int(data["int"])),
    "float": Kind(exactly(float), lambda x, of: {"float": str(x)}, lambda data, of: float(data["float"])),
    "complex": Kind(
        exactly(complex),
        lambda z, of: {"complex": numbers(np.asarray(z))},
        lambda data, of: complex(array(data["complex"], "complex128", ())),
    ),
    "number": Kind(
        lambda x: isinstance(x, np.generic) and is_plain(x.dtype),
        lambda x, of: {"number": numbers(x), "dtype": str(x.dtype)},
        lambda data, of: array(data["number"], data["dtype"], ())[()],
    ),
    "array": Kind(
        lambda a: isinstance(a, np.ndarray) and is_plain(a.dtype),
        lambda a, of: {"array": numbers(a), "dtype": str(a.dtype), "shape": list(a.shape)},
        lambda data, of: array(data["array"], data["dtype"], tuple(data["shape"])),
    ),
    "tuple": Kind(exactly(tuple), lambda t, of: {"tuple": [*map(of, t)]}, lambda data, of: tuple(map(of, data["tuple"]))),
    "namedtuple": Kind(
        lambda t: isinstance(t, tuple) and hasattr(t, "_fields"),
        lambda t, of: {"namedtuple": [[name, of(item)] for name, item in zip(t._fields, t)], "name": type(t).__name__},
        named_tuple,
    ),
    "dict": Kind(
        lambda d: isinstance(d, Mapping),
        lambda d, of: {"dict": [[of(key), of(item)] for key, item in d.items()]},
        lambda data, of: {of(key): of(item) for key, item in data["dict"]},
    ),
    "slice": Kind(
        exactly(slice),
        lambda s, of: {"slice": [of(s.start), of(s.stop), of(s.step)]},
        lambda data, of: slice(*map(of, data["slice"])),
    ),
    "range": Kind(
        exactly(range),
        lambda r, of: {"range": [of(r.start), of(r.stop), of(r.step)]},
        lambda data, of: range(*map(of, data["range"])),
    ),
    "ellipsis": Kind(lambda x: x is Ellipsis, lambda x, of: {"ellipsis": True}, lambda data, of: Ellipsis),
    "no_value": Kind(lambda x: x is np._NoValue, lambda x, of: {"no_value": True}, lambda data, of: np._NoValue),
    "dtype": Kind(
        lambda d: isinstance(d, np.dtype) and is_plain(d),
        lambda d, of: {"dtype": str(d)},
        lambda data, of: dtype_of(data["dtype"]),
    ),
    "type": Kind(
        is_type,
        lambda t, of: {"type": t.__name__ if t in TYPES.values() else f"np.{t.__name__}"},
        lambda data, of: dtype_of(data["type"][3:]).type if data["type"].startswith("np.") else TYPES[data["type"]],
    ),
}
