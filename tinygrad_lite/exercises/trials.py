"""One call of a learner's function: the input, what is right, and what came out.

Flows in: an input, and what a function made of it. Flows out: a `Trial` that can say whether that is right, and how large the
input is, as the smallest is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .comparing import alike, has_gap, typed

Case = tuple[Any, ...]


@dataclass(frozen=True)
class Trial:
    """One call: what is right, and what came out. An error is a result as well."""

    case: Case
    expected: Any
    found: Any = None
    changed: int | None = None

    def is_right(self, tolerance: float) -> bool:
        """Whether the right result came out, and no argument was changed."""
        return (
            self.changed is None and not isinstance(self.found, BaseException) and alike(self.found, self.expected, tolerance)
        )

    def meets_gap(self) -> bool:
        """Whether the result is the `...` of the task, or an error because of it, or has it in it."""
        if isinstance(self.found, BaseException):
            return "ellipsis" in str(self.found).lower()
        return has_gap(self.found)


def has_changed(after: Any, before: Any) -> bool:
    """Whether an argument is no longer what it was: an array, a list or a dict."""
    if isinstance(before, np.ndarray):
        return not alike(after, before, 0.0)
    return isinstance(before, list | dict) and bool(after != before)


def size(case: Case) -> tuple[int, int]:
    """How large an input is: how many numbers are in it, then how long it is when it is written out."""
    return count(case), sum(len(typed(part)) for part in case)


def count(value: Any) -> int:
    """How many numbers, texts and other things are in it."""
    if isinstance(value, np.ndarray):
        return value.size
    if isinstance(value, dict):
        return sum(map(count, value.values()))
    return sum(map(count, value)) if isinstance(value, list | tuple) else 1
