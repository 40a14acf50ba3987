"""Writes notes of any kind as strict JSON, and reads them back, equal and of the same type.

Flows in: None, truth values, numbers, texts, arrays, and lists, tuples and dicts of these. Flows out: a JSON text, and the
arrays, which are saved in the same file. JSON has no nan, no tuples, and only texts as keys. A value that JSON does not have
becomes an object with one key that begins with ``$``::

    float("nan")       {"$float": "nan"}              also inf and -inf; finite numbers are JSON's, with all their digits
    (0.9, 0.999)       {"$tuple": [0.9, 0.999]}
    {0: "a"}           {"$items": [[0, "a"]]}         keys that are not texts
    np.ones(3)         {"$array": "metadata/mean"}    the name that the array is saved under

A key of the user that begins with ``$`` gets another ``$``. NumPy's scalars become Python numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from .. import messages
from ..tensor import Tensor
from .file_format import strict_json

DEEPEST = 64  # of nested notes; in JSON each level may need two more


def strict_notes(text: str) -> dict[str, Any]:
    """The JSON of some notes, an object, before it is decoded. Otherwise ValueError."""
    notes = strict_json(text, 3 * DEEPEST)
    if not isinstance(notes, dict):
        raise messages.bad_json("object")
    return notes


def encoded(value: Any, place: str, arrays: dict[str, np.ndarray], depth: int = 0) -> Any:
    """A value in terms of what JSON has. Its arrays are put into `arrays`, under names that begin with `place`."""
    if depth > DEEPEST:
        raise messages.too_deep_to_save(DEEPEST)
    if isinstance(value, (np.bool_, np.integer, np.floating)):
        value = value.item()
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return value if math.isfinite(value) else {"$float": repr(value)}
    if isinstance(value, (np.ndarray, Tensor)):
        while place in arrays:  # the keys "a/b" and "a", then "b", give the same place
            place += "_"
        arrays[place] = value if isinstance(value, np.ndarray) else value.to_numpy()
        return {"$array": place}
    if type(value) in (list, tuple):
        items = [encoded(item, f"{place}/{i}", arrays, depth + 1) for i, item in enumerate(value)]
        return items if type(value) is list else {"$tuple": items}
    if isinstance(value, dict):
        inside = {key: encoded(item, f"{place}/{key}", arrays, depth + 1) for key, item in value.items()}
        if all(type(key) is str for key in inside):
            return {"$" + key if key.startswith("$") else key: item for key, item in inside.items()}
        return {"$items": [[encoded(key, place, arrays, depth + 1), item] for key, item in inside.items()]}
    raise messages.not_a_note(place, value)


def decoded(value: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    """The opposite of `encoded`. Raises ValueError for what `encoded` does not write, or an array that is not there."""
    if isinstance(value, list):
        return [decoded(item, arrays) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (key, inside), *_ = value.items()
        if key == "$float" and inside in ("nan", "inf", "-inf"):
            return float(inside)
        if key == "$array" and isinstance(inside, str) and inside in arrays:
            return arrays[inside]
        if key == "$tuple" and isinstance(inside, list):
            return tuple(decoded(inside, arrays))
        if key == "$items" and isinstance(inside, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in inside):
            pairs = [(decoded(key, arrays), decoded(item, arrays)) for key, item in inside]
            if all(type(key) in (str, int, float, bool, type(None)) for key, _ in pairs):
                return dict(pairs)
        if key.startswith("$") and not key.startswith("$$"):
            raise messages.bad_json("escape", key)
    return {key[1:] if key.startswith("$$") else key: decoded(item, arrays) for key, item in value.items()}
