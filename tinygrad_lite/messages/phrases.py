"""Functions that all messages use: they make an error or a warning from its text, and name a value, a function or a line.

Flows in: whatever a message is about. Flows out: words for it.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

import numpy as np

from ..frames import line_of, name_of_variable, users_frame

E = TypeVar("E", bound=Exception)


class Message(Generic[E]):
    """The text of an error, as a function of what the error is about. Calling it makes the error.

    kind: the class of the error
    text: a function that returns the text. The text may be broken into lines, with an indent of four spaces

    >>> too_short = Message(ValueError, lambda n: f'''
    ...     An axis of length {n} is too short.
    ...     Take a longer one.
    ... ''')
    >>> too_short(2)
    ValueError('An axis of length 2 is too short. Take a longer one.')
    """

    def __init__(self, kind: type[E], text: Callable[..., str]) -> None:
        self.kind, self.text = kind, text

    def __call__(self, *args: Any, **keywords: Any) -> E:
        return self.kind(re.sub(r"\n {4}(?! )", " ", self.text(*args, **keywords)).strip())


def warn(text: str) -> None:
    """A warning at the user's line. Python shows the same text for the same line once."""
    frame = users_frame()
    line, names = line_of(frame), frame.f_globals if frame else {}
    registry = names.setdefault("__warningregistry__", {})
    warnings.warn_explicit(text, UserWarning, line.file, line.number, names.get("__name__", "__main__"), registry)


def describe(value: Any) -> str:
    """A value in the words of a message: the name of a Tensor, and the shape of whatever has one."""
    shape, name = getattr(value, "shape", None), getattr(value, "name", None)
    if shape is None or isinstance(value, type):
        text = repr(value)
        return text if len(text) <= 40 else f"a {type(value).__name__}"
    return f"{name}, shape {tuple(shape)}" if isinstance(name, str) else f"shape {tuple(shape)}"


def as_user_says(value: Any) -> str:
    """The same as `describe`, by the name of the user's variable if there is one."""
    variable = name_of_variable(value) if hasattr(value, "shape") else None
    return f"{variable}, shape {tuple(value.shape)}" if variable else describe(value)


def variable_or(value: Any, other: str) -> str:
    """What the user's program calls a value; `other` if it has no name there, or is a value that many names may have."""
    shared = value is None or isinstance(value, (str, bytes, bool, int, float, complex))
    return other if shared else name_of_variable(value) or other


KINDS = {  # of dtypes, for those who do not know dtypes
    "U": "text", "S": "bytes", "c": "complex numbers", "M": "dates", "m": "spans of time", "O": "objects", "V": "records",
}  # fmt: skip


SIMPLE = {"NoneType": "None", "str": "text", "bytes": "bytes", "complex": "a complex number"}


def a_kind_of(value: Any, dtype: Any = None) -> str:
    """What a value is, for a sentence: "a pandas.Series of shape (3,)". `dtype`: that of the array it would become."""
    kind = type(value)
    if kind.__name__ in SIMPLE:
        return SIMPLE[kind.__name__]
    what = f"dtype {dtype}" if hasattr(value, "dtype") else KINDS[dtype.kind] if dtype is not None else ""
    of_dtype = f" of {what}" if dtype is not None else ""
    package = kind.__module__.partition(".")[0]
    name = kind.__name__ if package in ("builtins", "__main__", "tinygrad_lite") else f"{package}.{kind.__name__}"
    if kind is np.ndarray:
        name = "array"
    shape = getattr(value, "shape", None)
    of_shape = f" of shape {tuple(shape)}" if isinstance(shape, tuple) and shape else ""
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}{of_dtype}{of_shape}"


def of_dtype(value: Any) -> str:
    return f" of dtype {value.dtype}" if hasattr(value, "dtype") else ""


def name_of(function: Any) -> str:
    """``np.mean`` for NumPy's functions, ``np.add.reduce`` for a method of a ufunc, the plain name otherwise."""
    if isinstance(function, tuple):
        return f"np.{function[0].__name__}.{function[1]}"
    if not getattr(function, "__module__", None):  # a ufunc, of NumPy or of another library
        name: str = function.__name__
        return f"np.{name}" if vars(np).get(name) is function else name.lstrip("_")  # scipy.special.zeta calls _zeta
    module = function.__module__.replace("numpy", "np")
    return f"{module}.{function.__name__}" if module.startswith("np") else function.__name__


def called(function: Any) -> str:
    """What a function that the user gave is called."""
    return getattr(function, "__name__", None) or repr(function)


def in_code(function: Any) -> str:
    """How a program writes a function that the user gave: ``np.sin``, ``loss``."""
    return name_of(function) if hasattr(function, "__name__") else repr(function)


def listed(names: Iterable[Any]) -> str:
    """Names in a row, each in quotes."""
    return ", ".join(map(repr, names))


def at(line: Any) -> str:
    """A line of its own, such as that of the user's program; nothing if it is not known."""
    return f"\n  {line}" if line else ""
