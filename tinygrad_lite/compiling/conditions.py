"""Comparisons of what is around a function with what was there when it was compiled.

Flows in: a value as it is now, and as it was. Flows out: whether nothing has changed that the function could notice: nan is
itself, 0.0 is not -0.0, and 1 is neither 1.0 nor True. Most values are the same objects as before, and Python compares those
at once.
"""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import fractions
import functools
import operator
import pathlib
import types
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from ..graphs.nodes import same
from ..graphs.traced import equal
from ..tensor import Tensor

NUMBERS = (bool, int, float, complex, str, bytes, type(None), np.generic, np.dtype)
VALUES = (  # which cannot change, and which are compared by what they look like
    range, slice, fractions.Fraction, decimal.Decimal, datetime.date, datetime.timedelta, pathlib.PurePath,
)  # fmt: skip
MAPPINGS = (dict, collections.ChainMap, collections.UserDict, types.MappingProxyType)
SETS = (set, frozenset)
CONTAINERS = (list, tuple, bytearray, collections.deque, *SETS, *MAPPINGS)
FUNCTIONS = (types.FunctionType, types.MethodType, functools.partial, property, classmethod, staticmethod)
LASTING = (*FUNCTIONS, types.BuiltinFunctionType, np.ufunc, type, enum.Enum)  # compared by identity


def same_as(a: Any, b: Any) -> bool:
    """Whether two values that are no arrays are the same."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, types.MethodType):  # a new one is made each time
        return a.__self__ is b.__self__ and a.__func__ is b.__func__
    if isinstance(a, CONTAINERS):
        alike = is_plain(a) and (not isinstance(a, MAPPINGS) or same_items(a, b))
        return alike and same_items(items_of(a), items_of(b))
    return isinstance(a, (*NUMBERS, *VALUES)) and same(a, b) and repr(a) == repr(b)


def same_items(a: Collection[Any], b: Collection[Any]) -> bool:
    """Whether two collections have the same items in the same order."""
    return len(a) == len(b) and (all(map(operator.is_, a, b)) or all(map(same_as, a, b)))


def items_of(container: Any) -> Collection[Any]:
    """What is in a container; of a dict, the values."""
    return container.values() if isinstance(container, MAPPINGS) else container


def is_plain(value: Any) -> bool:
    """Whether there is no array and no object with attributes in a value: it is compared as a whole."""
    if isinstance(value, CONTAINERS):
        return not hasattr(value, "__dict__") and all(map(is_plain, items_of(value)))
    return isinstance(value, (*NUMBERS, *VALUES, *LASTING))


def unchanged(value: Any, before: np.ndarray) -> bool:
    """Whether an array, or what a Tensor holds, still has the numbers that it had."""
    array = value.data if isinstance(value, Tensor) else value
    return isinstance(array, (np.ndarray, np.generic)) and equal(np.asarray(array), before)


def all_hold(conditions: Sequence[tuple[str, str]], roots: Mapping[str, Any]) -> bool:
    """Whether conditions hold now; each is what the user calls it, and an expression."""
    try:
        return bool(eval(" and ".join(text for _, text in conditions) or "True", dict(roots)))
    except Exception:  # there is no such place any more
        return False
