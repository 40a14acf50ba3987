"""Finds shapes that broadcast by accident: (64, 1) minus (64,) is (64, 64), and the mean of its squares is one number.

Flows in: a call of a function that broadcasts, and where the user's program is. Flows out: a warning, if one argument is
a column, the other a row of the same length, and the line does not say that all pairs are meant.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from ..autograd import Node
from ..messages import warn
from .notes import Place, name_of, title

ON_PURPOSE = re.compile(r"\bNone\b|newaxis|expand_dims|reshape|broadcast|keepdims|outer")


def warn_of_accident(node: Node, place: Place) -> None:
    """Warn if an argument of shape (..., n, 1) meets one of shape (..., n), and the result has the shape of neither."""
    shaped = [entry for entry in node.args if isinstance(entry, (Node, np.ndarray))]
    for column in shaped:
        for row in shaped:
            accident = row.shape and column.shape == (*row.shape, 1) and node.shape not in (column.shape, row.shape)
            if accident and not made_of(column, row) and not ON_PURPOSE.search(place.line.code):
                a, b = (place.name(entry) or getattr(entry, "name", None) for entry in (column, row))
                before = ":" if len(row.shape) == 1 else "..."
                between = "None, :" if len(row.shape) == 1 else "..., None, :"
                warn(
                    f"{name_of(node)} of {called(column, a)}, shape {column.shape}, and {called(row, b)}, shape {row.shape}, "
                    f"gives shape {node.shape}: every element of one is combined with every element of the other.\n"
                    f"  {place.line}\n"
                    f"  If they belong together one by one, give both the same shape: {b or 'b'}[{before}, None], or "
                    f"np.squeeze({a or 'a'}, axis=-1). If you do mean all pairs, write {b or 'b'}[{between}]."
                )
                return


def called(entry: Any, name: str | None) -> str:
    return f"`{name}`" if name else title(entry).rstrip(",") if isinstance(entry, Node) else "an array"


def made_of(column: Any, row: Any) -> bool:
    """Whether the column is the row itself with one more axis, as in ``x[:, None]``, for all pairs of one array."""
    if isinstance(column, Node):
        return column.rule is not None and column.args[0] is row
    return isinstance(row, np.ndarray) and column.base is not None and column.base is (row if row.base is None else row.base)
