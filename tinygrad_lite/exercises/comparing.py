"""Are two values alike, and how is a value written in a report?

Flows in: what a learner's function returned, and what it should have returned. Flows out: yes or no; what is wrong with the
kind or the shape; texts. What was returned can be anything, and nothing in here fails because of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..tensor import Tensor

FEW = 24  # an array of more numbers than this is not written out


class Wanted(NamedTuple):
    """An expected value of which many are right: the words for it, and the test that a right one passes."""

    words: str
    accepts: Callable[[Any], bool]


class Written:
    """A function made of a text, which is what a report shows: ``Written("lambda p: p[0] ** 2")``."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.function: Callable[..., Any] = eval(text, {"np": np})

    def __call__(self, *args: Any) -> Any:
        return self.function(*args)

    def __repr__(self) -> str:
        return self.text


def plain(value: Any) -> Any:
    """The same with arrays in the place of Tensors."""
    if isinstance(value, Tensor):
        return value.data
    if type(value) in (list, tuple):
        return type(value)(map(plain, value))
    if type(value) is dict:
        return {key: plain(part) for key, part in value.items()}
    return value


def numbers(value: Any) -> np.ndarray | None:
    """The value as an array of floats; None if it is not made of numbers alone."""
    try:
        array = np.asarray(value)
        return array.astype(float) if array.dtype.kind in "iuf" else None
    except Exception:  # such as lists of different lengths, or an object with an __array__ of its own
        return None


def has_gap(value: Any) -> bool:
    """Whether it is the `...` of a task, or has one in it."""
    return value is ... or (isinstance(value, list | tuple) and any(map(has_gap, value)))


def mismatch(found: Any, expected: Any) -> str:
    """What is wrong with the kind or the shape of what was found, as the end of a sentence; "" if these are right.

    >>> mismatch([1.0, 2.0], 3.0)
    'is a list of 2 numbers, and should be a single number'
    >>> mismatch(None, 3.0)
    'is None, because a `return` is missing'
    >>> mismatch((2.0, [3.0]), (2.0, 3.0))
    'is not right: its second value is a list of 1 number, and should be a single number'
    >>> mismatch(2.0, 3.0)
    ''
    """
    if found is None and expected is not None:
        return "is None, because a `return` is missing"
    if isinstance(expected, Wanted):
        return ""
    if isinstance(expected, Mapping):
        if not isinstance(found, Mapping):
            return f"is {kind(found)}, and should be a dict"
        return (
            "" if set(found) == set(expected) else f"has the keys {sorted(map(str, found))}, not {sorted(map(str, expected))}"
        )
    if isinstance(expected, bool | str) or expected is None:
        return "" if isinstance(found, type(expected) | np.bool_) else f"is {kind(found)}, not {kind(expected)}"
    if isinstance(expected, tuple) or (isinstance(expected, list) and numbers(expected) is None):
        if not isinstance(found, tuple | list) and not (isinstance(found, np.ndarray) and found.ndim):
            return f"is {kind(found)}, and should be {kind(expected)} of {counted(len(expected), 'value')}"
        if len(found) != len(expected):
            return f"has {counted(len(found), 'value')}, and should have {len(expected)}"
        wrong = ((place, said) for place, said in enumerate(map(mismatch, found, expected), 1) if said)
        return next((f"is not right: its {ordinal(place)} value {said}" for place, said in wrong), "")
    array, wanted = numbers(found), np.asarray(expected)
    if array is None and isinstance(found, list | tuple):
        odd = next((part for part in found if numbers(part) is None), None)
        return "has parts of different shapes" if odd is None else f"has {kind(odd)} in it, and should have numbers alone"
    if array is None:
        return f"is {kind(found)}, not {kind(expected)}"
    if array.shape != wanted.shape:
        return f"is {form(array, found)}, and should be {form(wanted, expected)}"
    return ""


def form(array: np.ndarray, value: Any) -> str:
    """What a value made of numbers looks like: "a list of 3 numbers"."""
    if array.ndim == 0:
        return "a single number"
    if array.ndim == 1 and isinstance(value, list | tuple):
        return f"a {type(value).__name__} of {counted(len(array), 'number')}"
    return f"an array of shape {array.shape}"


def counted(count: int, thing: str) -> str:
    """The number with the thing, in the plural where it is needed."""
    return f"{count} {thing}{'s' * (count != 1)}"


def ordinal(place: int) -> str:
    """A place in words, counted from 1: "first", and from the fourth on "4th"."""
    return {1: "first", 2: "second", 3: "third"}.get(place, f"{place}th")


def alike(found: Any, expected: Any, tolerance: float) -> bool:
    """Whether what was found is right. nan is like nan."""
    try:
        return bool(same(plain(found), expected, tolerance))
    except Exception:  # what was found has an __eq__, a __len__ or an __array__ that fails
        return False


def same(found: Any, expected: Any, tolerance: float) -> bool:
    """What `alike` does."""
    if isinstance(expected, Wanted):
        return expected.accepts(found)
    if mismatch(found, expected):
        return False
    if isinstance(expected, Mapping):
        return all(alike(found[key], expected[key], tolerance) for key in expected)
    if isinstance(expected, bool | str) or expected is None:
        return bool(found == expected)
    if isinstance(expected, tuple) or numbers(expected) is None:
        return all(alike(part, wanted, tolerance) for part, wanted in zip(found, expected))
    return np.allclose(np.asarray(found, float), expected, rtol=tolerance, atol=tolerance * 1e-3, equal_nan=True)


# --- how it is written ------------------------------------------------------------------------------------------------


def kind(value: Any) -> str:
    """What it is, in a few words: "a list", "an array of shape (3,)"."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, bool | np.bool_):
        return "True or False"
    if isinstance(value, int | float | np.number):
        return "a number"
    if isinstance(value, str):
        return "a text"
    if callable(value):
        return "a function"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def typed(value: Any) -> str:
    """An input, as it can be typed into a program."""
    if isinstance(value, np.ndarray):
        if value.size > FEW:
            return f"an array of shape {value.shape}"
        return f"np.array({value.tolist()!r})"
    return repr(value)


def shown(value: Any, digits: int = 6) -> str:
    """A result: numbers with a few digits, large arrays by their shape."""
    if isinstance(value, Wanted):
        return value.words
    try:
        return brief(plain(value), digits)
    except Exception:  # a __repr__ that fails
        return kind(value)


def brief(value: Any, digits: int) -> str:
    """What `shown` does."""
    if isinstance(value, np.ndarray) and value.ndim:
        return brief(value.tolist(), digits) if value.size <= FEW else f"an array of shape {value.shape}"
    if isinstance(value, float | np.floating) or (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
        return f"{float(value):.{digits}g}"
    if type(value) in (list, tuple) and len(value) <= FEW:
        parts = ", ".join(brief(part, digits) for part in value)
        return f"[{parts}]" if isinstance(value, list) else f"({parts})"
    if type(value) is dict and len(value) <= FEW:
        return "{" + ", ".join(f"{key!r}: {brief(part, digits)}" for key, part in value.items()) + "}"
    if isinstance(value, np.generic):
        return brief(value.item(), digits)
    text = repr(value)
    return text if len(text) < 200 else f"{text[:200]}…"


def both(expected: Any, found: Any) -> tuple[str, str]:
    """What is expected and what was found, with as many digits as show the difference; of large arrays, the worst element.

    >>> both(2.0, 2.5), both(2.0, 2.00000001)
    (('2', '2.5'), ('2', '2.00000001'))
    """
    wanted, array = (None, None) if isinstance(expected, Wanted) else (numbers(expected), numbers(plain(found)))
    if wanted is not None and array is not None and wanted.shape == array.shape and wanted.size > FEW:
        worst = np.unravel_index(np.nanargmax(np.nan_to_num(np.abs(wanted - array), nan=np.inf)), wanted.shape)
        place = f"  at [{', '.join(map(str, worst))}]"
        return shown(wanted[worst]) + place, shown(array[worst]) + place
    pairs = [(shown(expected, digits), shown(found, digits)) for digits in (6, 9, 12, 17)]
    return next((pair for pair in pairs if pair[0] != pair[1]), pairs[0])
