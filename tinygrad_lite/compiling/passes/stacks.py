"""Several sums of products with the same short vector become one product of a matrix: one call instead of one for each.

    e.dot(x)             ->   t = products(e, x, y, e)      the rows x, y and e of a matrix, times e
    e.dot(y)             ->   t[0], t[1], t[2]
    e.dot(e)

A call on a short vector takes most of its time before the first product: about a microsecond. The values that the program
computes are written into rows of the matrix from the start. An argument has to be copied there, so it has to be worth it.
"""

from __future__ import annotations

import operator

import numpy as np

from ...graphs.nodes import Ref, refs_in
from ...graphs.program import Op
from ..code import Code
from ..kernels import dot, ones, products

LONGEST = 2048  # numbers, from which on the products themselves take longer than the calls


def apply(code: Code) -> Code:
    new, done = code.rebuilt(lambda c, op: None), set[int]()
    while (found := next_group(new, done)) is not None:
        put_together(new, *found)
    return new


def next_group(code: Code, done: set[int]) -> tuple[int, list[Op]] | None:
    """A vector that is not in `done`, and the sums of products with it that can be computed together."""
    with_vector: dict[int, list[Op]] = {}
    for op in code.needed():
        short = op.function is dot and 0 < code.size(op.args[0]) <= LONGEST
        if short and all(isinstance(arg, Ref) and code.dtype(arg) == op.dtype for arg in op.args):
            for i in dict.fromkeys(arg.id for arg in op.args):
                with_vector.setdefault(i, []).append(op)
    for i, group in sorted(with_vector.items(), key=lambda item: -len(item[1])):
        if i in done:
            continue
        done.add(i)
        copied = sum(not is_written(code, other(op, i)) for op in group)
        later = code.reach({op.id for op in group})
        if len(group) - 1 > copied and i not in later and not any(other(op, i).id in later for op in group):
            return i, group
    return None


def other(op: Op, i: int) -> Ref:
    """The other vector of a sum of products."""
    first, second = op.args
    found: Ref = second if first.id == i else first
    return found


def is_written(code: Code, value: Ref) -> bool:
    """Whether a value can be in a row of a matrix without being copied: it is computed there, or always the same."""
    op = code.op(value)
    return op is not None and (op.function is ones or isinstance(op.function, np.ufunc))


def put_together(code: Code, i: int, group: list[Op]) -> None:
    """One product for a group. What it needs is computed before the first of the group."""
    rows = [other(op, i) for op in group]
    needed = {i, *(row.id for row in rows)}
    ops = list(code.needed())
    for op in reversed(ops):
        if op.id in needed:
            needed.update(ref.id for ref in refs_in([op.args, op.keywords]))
    first, new = group[0], max(code.ops) + 1
    at = ops.index(first)
    matrix = Op(new, products, (Ref(i), *rows), {}, (len(rows),), first.dtype, first.backward)
    code.origin[new] = code.origin[first.id]
    taken = {op.id: op._replace(function=operator.getitem, args=(Ref(new), k)) for k, op in enumerate(group)}
    before, after = ([op for op in ops[at:] if (op.id in needed) == is_needed] for is_needed in (True, False))
    code.ops = {op.id: op for op in (*ops[:at], *before, matrix, *(taken.get(op.id, op) for op in after))}
    if not code.unsafe.isdisjoint(taken):
        code.unsafe.add(new)
