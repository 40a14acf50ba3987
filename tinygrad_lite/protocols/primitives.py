"""Functions that are recorded for statements and methods that are not NumPy functions. Their rules are in rules/."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import messages
from ..registry import primitive


@primitive
def alias(x: Any) -> Any:
    """The same array under another name: a variable of its own."""
    return x


@primitive
def astype(x: Any, dtype: Any) -> Any:
    """Convert to another floating-point dtype."""
    return x.astype(dtype)


@primitive
def put(x: Any, value: Any, index: Any) -> Any:
    """A copy of `x` with `value` at `index`: what ``x[index] = value`` makes of `x`."""
    new = np.array(x) if isinstance(x, (np.ndarray, np.generic)) else x.copy()
    dtype = getattr(value, "dtype", np.dtype(type(value)))
    if not np.can_cast(dtype, new.dtype, "same_kind"):
        raise messages.into_whole_numbers(new, dtype)
    new[index] = value
    return new
