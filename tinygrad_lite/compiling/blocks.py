"""Calls are made for a block of rows at a time where this is possible, so that intermediate results stay in the cache.

Flows in: a `Code`. Flows out: `Blocks`: how many rows there are and how many go together, along which axis each value has
them, and which values are sums over all rows. None if the program cannot be cut like this, or is too small to gain by it.

A value either has a row for each row of the data, or is added up over the rows, or has nothing to do with them. What is added
up is complete only after the last row. So a program in which a row needs such a sum (a mean that is subtracted, as in batch
normalization) cannot be cut, and is written as a whole.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..containers import parts_of
from ..graphs.nodes import Ref, refs_in
from ..graphs.program import Op
from ..rules.reductions import axes_of
from .code import Code
from .kernels import added_at, chosen, dot, less_one_at, less_one_in_column, masked, ones, picked, picked_in_column, placed_at

BYTES = 512 * 1024  # of all arrays that a block needs at one time: so they fit into the second cache of most processors
FEWEST = 64  # rows
FEWEST_IN_PRODUCTS = 512  # rows: a product of matrices reads the whole other matrix again for each block


class Blocks(NamedTuple):
    """How a program is cut.

    total:  how many rows there are
    block:  how many go together
    axis:   for each value that has a row for each row of the data, the axis they are on
    summed: the calls that are added up over all rows
    after:  the calls that need one of those
    """

    total: int
    block: int
    axis: dict[int, int]
    summed: set[int]
    after: set[int]


SUMMED = -1


def cut(code: Code, block: int | None = None) -> Blocks | None:
    """How the program can be cut into blocks of rows; `block` is how many go together, if it is given."""
    needed = list(code.needed())
    for count in filter(None, candidates(code)):
        found = assigned(code, needed, count)
        if found is None:
            continue
        axis, summed, after = found
        size = block or best_block(code, needed, count, axis, summed)
        if size is not None and size < count:
            return Blocks(count, size, axis, summed, after)
    return None


def candidates(code: Code) -> list[int]:
    """Numbers of rows that the data may have, the likeliest first: those of arrays that no gradient is wanted of."""
    inputs = [given for i, given in code.given.items() if given.kind != "constant" and given.shape]
    data = [given.shape[0] for given in inputs if not given.wanted]
    return list(dict.fromkeys(data or [given.shape[0] for given in inputs]))


def assigned(code: Code, needed: list[Op], count: int) -> tuple[dict[int, int], set[int], set[int]] | None:
    """Which axis of each value the rows are on; None if the program cannot be cut."""
    data = [i for i, given in code.given.items() if given.kind == "input" and given.shape[:1] == (count,)]
    axis: dict[int, int] = {i: 0 for i in data if not code.given[i].wanted} or dict.fromkeys(data, 0)
    summed, after = set[int](), set[int]()
    for op in needed:
        refs = list(refs_in([op.args, op.keywords]))
        if any(ref.id in summed or ref.id in after for ref in refs):
            if any(ref.id in axis for ref in refs):
                return None
            after.add(op.id)
        elif any(ref.id in axis for ref in refs):
            rule = RULES.get(op.function) or (elementwise if isinstance(op.function, np.ufunc) else None)
            found = rule(code, op, axis) if rule else None
            if found is None:
                return None
            if found == SUMMED:
                summed.add(op.id)
            else:
                axis[op.id] = found
    if any(ref.id in axis for ref in refs_in(code.checks)):
        return None
    return axis, summed, after


def best_block(code: Code, needed: list[Op], count: int, axis: dict[int, int], summed: set[int]) -> int | None:
    """How many rows go together: as many as fit into the cache. None if that is all of them, or if what is computed of all
    of them fits: the data have to be read in any case.
    """
    inside = [op for op in needed if op.id in axis or op.id in summed]
    data, computed = most_bytes(code, inside, count, axis)
    in_products = any(op.function is np.matmul and len(op.shape) == 2 for op in inside)
    block = max(BYTES // max(data + computed, 1), FEWEST_IN_PRODUCTS if in_products else FEWEST)
    if block * 2 >= count or computed * count <= BYTES // 2:
        return None
    pieces = math.ceil(count / block)
    return math.ceil(count / pieces)


def most_bytes(code: Code, inside: list[Op], count: int, axis: dict[int, int]) -> tuple[int, int]:
    """How many bytes of a row are in the data, and how many in results and in what is computed in between, at one time."""
    last = {ref.id: position for position, op in enumerate(inside) for ref in refs_in([op.args, op.keywords])}
    last |= dict.fromkeys((ref.id for ref in refs_in(code.ends)), len(inside))
    sizes = {op.id: math.prod(op.shape) // count * np.dtype(op.dtype).itemsize for op in inside if op.id in axis}
    data = sum(
        math.prod(given.shape) // count * np.dtype(given.dtype).itemsize for i, given in code.given.items() if i in axis
    )
    now = most = 0
    ending: dict[int, int] = {}  # at each position, the bytes of values that no later call needs
    for position, op in enumerate(inside):
        if size := sizes.get(op.id, 0):
            now += size
            end = last.get(op.id, position)
            ending[end] = ending.get(end, 0) + size
        now -= ending.get(position, 0)  # the call may write into the array that its argument was in
        most = max(most, now)
    return data, most


# --- along which axis the rows of a result are ------------------------------------------------------------------------------


def elementwise(code: Code, op: Op, axis: dict[int, int]) -> int | None:
    """A call that NumPy broadcasts: the rows of all arguments are on one axis of the result."""
    places = set()
    for arg in op.args:
        if isinstance(arg, Ref) and arg.id in axis:
            places.add(axis[arg.id] - len(code.shape(arg)) + len(op.shape))
    if len(places) != 1:
        return None
    (place,) = places
    for arg in op.args:  # an array of another origin that has as many rows would have to be cut, too
        shape = code.shape(arg)
        here = place - len(op.shape) + len(shape)
        if not (isinstance(arg, Ref) and arg.id in axis) and here >= 0 and shape[here] != 1:
            return None
    return place


def product(code: Code, op: Op, axis: dict[int, int]) -> int | None:
    """A product of matrices or vectors: rows of the result, or a sum over the rows."""
    left, right = op.args
    a, b = (axis.get(arg.id) if isinstance(arg, Ref) else None for arg in op.args)
    m, n = len(code.shape(left)), len(code.shape(right))
    if m > 2 or n > 2:
        return None
    if (a == m - 1 and (b == 0 or made_of_ones(code, right))) or (b == 0 and made_of_ones(code, left)):
        return SUMMED
    if a == 0 and m == 2 and b is None:
        return 0
    if b == 1 and n == 2 and a is None:
        return len(op.shape) - 1
    return None


def made_of_ones(code: Code, value: Any) -> bool:
    op = code.op(value)
    return op is not None and op.function is ones


def inner(code: Code, op: Op, axis: dict[int, int]) -> int | None:
    """The sum of the products of all elements."""
    places = {axis.get(arg.id) for arg in op.args if not made_of_ones(code, arg)}
    return SUMMED if places == {0} or places == {1} else None


def reduced(code: Code, op: Op, axis: dict[int, int]) -> int | None:
    """A sum, or the largest, over some axes."""
    place, ndim = axis.get(op.args[0].id), len(code.shape(op.args[0]))
    if place is None or not set(op.keywords) <= {"axis", "keepdims"}:
        return None
    over = axes_of(op.keywords.get("axis"), ndim)
    if place in over:
        return SUMMED if op.function is np.sum else None
    return place if op.keywords.get("keepdims") else place - sum(i < place for i in over)


def moved(code: Code, op: Op, axis: dict[int, int]) -> int | None:
    """A transpose of a matrix."""
    if len(op.shape) != 2 or axis.get(op.args[0].id) is None or op.shape != code.shape(op.args[0])[::-1]:
        return None
    return 1 - axis[op.args[0].id]


def reshaped(code: Code, op: Op, axis: dict[int, int]) -> int | None:
    """A reshape that leaves the rows as they are."""
    shape, place = code.shape(op.args[0]), axis.get(op.args[0].id)
    if "order" in op.keywords:
        return None
    if place == 0 and op.shape[:1] == shape[:1]:
        return 0
    if place is not None and place == len(shape) - 1 and op.shape[-1:] == shape[-1:]:
        return len(op.shape) - 1
    return None


def by_row(code: Code, op: Op, axis: dict[int, int]) -> int | None:
    """`picked`, `less_one_at` and `masked`: each row, or column, with its own class or mask."""
    place, also = (axis.get(arg.id) if isinstance(arg, Ref) else None for arg in op.args)
    if place is None or also is None:
        return None
    if op.function is masked:
        return place if place == also else None
    if also != 0 or place != (op.function in (picked_in_column, less_one_in_column)):
        return None
    return 0 if op.function in (picked, picked_in_column) else place


def sliced(code: Code, op: Op, axis: dict[int, int]) -> int | None:
    """A slice that takes all rows."""
    return 0 if axis.get(op.args[0].id) == 0 and takes_all(op.args[1]) and not list(refs_in(op.args[1:])) else None


def placed(code: Code, op: Op, axis: dict[int, int]) -> int | None:
    """`placed_at` and `added_at` in the same columns of all rows."""
    same = all(isinstance(arg, Ref) and axis.get(arg.id) == 0 for arg in op.args)
    return 0 if same and takes_all(op.keywords["index"]) else None


def takes_all(index: Any) -> bool:
    """Whether an index takes all rows, and leaves them on the first axis."""
    parts = parts_of(index)
    simple = all(type(part) in (slice, int, type(None)) for part in parts)
    return simple and len(parts) > 0 and parts[0] == slice(None)


RULES: dict[Any, Callable[[Code, Op, dict[int, int]], int | None]] = {
    np.matmul: product, dot: inner, np.sum: reduced, np.max: reduced, np.min: reduced, np.transpose: moved,
    np.swapaxes: moved, np.reshape: reshaped, picked: by_row, less_one_at: by_row, masked: by_row,
    picked_in_column: by_row, less_one_in_column: by_row, chosen: elementwise,
    operator.getitem: sliced, placed_at: placed, added_at: placed,
}  # fmt: skip
