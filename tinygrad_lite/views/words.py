"""Writes values for all views: short, on one line, in characters that every font has.

Flows in: arrays and numbers. Flows out: text, not yet escaped for any format.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..graphs.names import clean
from ..graphs.nodes import is_numpy
from .notation import SUPERSCRIPT

IN_FULL = 6  # arrays of up to so many elements are written out


def number(x: Any, digits: int = 6) -> str:
    """Six significant digits, or fewer, but a whole number up to a million is not written with a power of ten."""
    if isinstance(x, (float, np.floating)):
        text = format(x, f".{digits}g")
        return format(x, ".0f") if "e+" in text and abs(x) < 1e6 else text
    return clean(str(x), 24)


def lines(value: Any) -> list[str]:
    """A value in a few lines: numbers and small arrays in full, large arrays as range and mean.

    >>> lines(np.float64(37.77311549))
    ['37.7731']
    >>> lines(np.arange(100.0))
    ['0 … 99', 'mean 49.5']
    """
    if not is_numpy(value):
        if isinstance(value, (list, tuple)):
            return ["(several results)"]
        return [f"({type(value).__module__.split('.')[0]} array)"]
    if value.ndim == 0:
        return [number(value[()])]
    if value.size == 0:
        return ["empty"]
    if value.size <= IN_FULL:
        full = np.array2string(value, separator=", ", formatter={"all": lambda x: number(x, 4)}, max_line_width=200)
        return [line for line in full.split("\n") if line]
    if value.dtype.kind not in "fiu":
        return [f"{np.count_nonzero(value)} of {value.size} {'True' if value.dtype == bool else 'not zero'}"]
    finite = value[np.isfinite(value)]
    text: list[str] = []
    if finite.size:
        low, high, mean = finite.min(), finite.max(), finite.mean(dtype=np.float64)
        text = [f"{number(low, 3)} … {number(high, 3)}", f"mean {number(mean, 3)}"]
        if low == high:
            text = [f"{number(low, 4)} everywhere"]
        elif abs(mean) < 1e-12 * max(abs(low), abs(high)):
            text[1] = "mean ≈ 0"
    odd = {"nan": np.isnan(value).sum(), "inf": np.isinf(value).sum()}
    return text + [f"{count} × {what}" for what, count in odd.items() if count]


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape; a single number is called a scalar."""
    return str(tuple(map(int, shape))) if shape else "scalar"


def brief(value: Any) -> str:
    """A value in a few letters: the first lines of what its box would say."""
    text = lines(value)
    return " ".join(text) if value.size <= IN_FULL else text[0]


def signed(parts: Sequence[Any]) -> str:
    """Numbers as a sum, with a minus in front of those that are negative."""
    text = brief(parts[0])
    for part in map(brief, parts[1:]):
        text += f" − {part[1:]}" if part.startswith("-") else f" + {part}"
    return text


def joined(sign: str, numbers: Sequence[str]) -> str:
    """Numbers as a sum or a product, with parentheses around those that are negative, but for the first.

    >>> joined(" × ", ["-2", "-1", "3"])
    '-2 × (-1) × 3'
    """
    return sign.join(f"({text})" if i and text.startswith("-") else text for i, text in enumerate(numbers))


def amount(n: int) -> str:
    """A whole number, also one of hundreds of digits."""
    return f"{n:,}" if n < 10**12 else f"about 10{str(len(str(n)) - 1).translate(SUPERSCRIPT)}"


def steps(first: int, last: int) -> str:
    """Which steps these are."""
    if last <= first:
        return f"step {first}"
    return f"steps {first} {'and' if last == first + 1 else 'to'} {last}"


def index_text(at: tuple[int, ...]) -> str:
    """Which element of an array; nothing for a single number."""
    return f"[{', '.join(map(str, at))}]" if at else ""
