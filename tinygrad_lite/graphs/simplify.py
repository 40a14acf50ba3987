"""The rewrites that make the program of a computation short enough to read.

Each derivative rule knows only its own call. So the backward pass multiplies by ones, broadcasts numbers to arrays and sums
them up again, and computes some values twice. Each rewrite here removes one such thing, and leaves every number the same up
to rounding. Its docstring shows a call before and after; where that is not NumPy code, it says so in words.

Flows in: a `Graph`. Flows out: the simplified `Program`. `REWRITES` has the rewrites by name, in the order in which they are
tried on each call. A writer that wants some calls left as they are names those that it does without:

>>> import numpy as np, tinygrad_lite as tg
>>> graph = tg.trace(lambda x: 1 * np.sin(x))(2.0)
>>> [op.function.__name__ for op in simplified(graph).ops.values()]
['sin']
>>> [op.function.__name__ for op in simplified(graph, without={"times_one"}).ops.values()]
['sin', 'multiply']
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Collection
from typing import Any

import numpy as np

from ..containers import parts_of
from ..protocols.primitives import alias, astype
from ..rules.indexing import scatter
from ..rules.linalg import contract
from ..rules.nets.linear import linear
from ..rules.reductions import axes_of
from .elements import turns
from .graph import Graph
from .lookup import rule_of
from .nodes import Ref
from .program import Broadcast, Draft, Op, Program, Rewrite, Zero, core_of, is_number, is_zero

REWRITES: dict[str, Rewrite] = {}
Change = Callable[[Program, Draft], Any]
NOTHING = {alias, np.positive, np.conjugate, np.copy}
LINEAR = {
    np.sum, np.reshape, np.transpose, np.swapaxes, np.moveaxis, np.expand_dims, np.squeeze, np.flip, np.roll, np.tril,
    np.triu, np.cumsum, np.broadcast_to, operator.getitem, scatter, contract, astype, np.mean, np.negative,
    np.deg2rad, np.rad2deg,
}  # fmt: skip
MOVES = {np.sum, np.reshape, np.transpose, np.swapaxes}  # they may come before a factor as well as after it


def simplified(graph: Graph, without: Collection[str] = ()) -> Program:
    """The program of a graph, simplified by all rewrites but those named in `without`."""
    return Program(graph, [rewrite for name, rewrite in REWRITES.items() if name not in without])


def rewrite(*functions: Any, elementwise: bool = False) -> Callable[[Change], Change]:
    """Put a function in the table as the next rewrite."""

    def register(change: Change) -> Change:
        REWRITES[change.__name__] = Rewrite(frozenset(functions), elementwise, change)
        return change

    return register


# --- functions that NumPy does not have, but that are short in NumPy --------------------------------------------------------


@rewrite(linear)
def product_and_sum(program: Program, call: Draft) -> Any:
    """``linear(x, w, b)`` becomes ``x @ w.T + b``."""
    x, weight, bias = map(program.whole, call.args)
    turned = program.call(np.transpose, (weight,), program.shape(weight)[::-1], call.dtype)
    if bias is None:
        return call.written(np.matmul, (x, turned))
    return call.written(np.add, (program.call(np.matmul, (x, turned), call.shape, call.dtype), bias))


# --- calls that change nothing, and zeros -----------------------------------------------------------------------------------


@rewrite()
def shifts_exponents(program: Program, call: Draft) -> Any:
    """The gradient of ``np.max(z)`` becomes ``0``, if the maximum is only there so that no exponential overflows."""
    return Zero(call.shape, call.dtype) if call.node.id in program.cancelling else None


@rewrite()
def changes_nothing(program: Program, call: Draft) -> Any:
    """``np.copy(x)`` becomes ``x``."""
    return call.args[0] if call.function in NOTHING or call.node.function == "detach" else None


@rewrite(np.transpose)
def axes_in_order(program: Program, call: Draft) -> Any:
    """``np.transpose(x, (0, 1))`` becomes ``x``."""
    axes = [*call.args[1:], *call.keywords.values()]
    stay = axes and axes[0] is not None and [*axes[0]] == [*range(len(call.shape))]
    return call.args[0] if len(call.shape) < 2 or stay else None


@rewrite(operator.getitem, scatter)
def only_new_axes(program: Program, call: Draft) -> Any:
    """``x[:, None]``, and its derivative, become ``np.reshape(x, shape)``."""
    index = call.args[1] if call.function is operator.getitem else call.keywords["index"]
    of_several = type(index) is int and not program.shape(call.args[0])  # one of the results of a call, not an element
    if only_axes(index) and program.size(call.args[0]) == call.node.size and not of_several:
        return call.written(np.reshape, call.args[:1], {"shape": call.shape})
    return None


@rewrite(np.zeros_like)
def zeros(program: Program, call: Draft) -> Any:
    """``np.zeros_like(x)`` becomes a 0 of that shape."""
    return Zero(call.shape, call.dtype)


@rewrite(np.ones_like)
def ones(program: Program, call: Draft) -> Any:
    """``np.ones_like(x)`` becomes a 1 that is broadcast."""
    return 1


@rewrite(np.broadcast_to)
def broadcast_later(program: Program, call: Draft) -> Any:
    """``np.broadcast_to(x, shape)`` becomes ``x``, which is broadcast where that is necessary."""
    return call.args[0]


@rewrite(*LINEAR)
def linear_in_zero(program: Program, call: Draft) -> Any:
    """``np.sum(0)`` becomes ``0``."""
    return Zero(call.shape, call.dtype) if isinstance(call.args[0], Zero) else None


@rewrite(astype)
def number_as_type(program: Program, call: Draft) -> Any:
    """``np.float32(0.1)`` becomes ``0.10000000149011612``."""
    number = core_of(call.args[0])
    return float(np.dtype(call.dtype).type(number)) if is_number(number) and "float" in call.dtype else None


@rewrite(np.matmul, np.multiply)
def times_zero(program: Program, call: Draft) -> Any:
    """``x * 0`` and ``0 * x`` become ``0``, whatever ``x`` is."""
    return Zero(call.shape, call.dtype) if any(isinstance(arg, Zero) for arg in call.args) else None


# --- element by element -----------------------------------------------------------------------------------------------------


@rewrite(np.multiply, elementwise=True)
def times_one(program: Program, call: Draft) -> Any:
    """``1 * x`` and ``x * 1`` become ``x``."""
    return other_than(is_one, call.args)


@rewrite(np.divide, np.power, elementwise=True)
def over_one(program: Program, call: Draft) -> Any:
    """``x / 1`` and ``x**1`` become ``x``."""
    return call.args[0] if is_one(call.args[1]) else None


@rewrite(np.add, elementwise=True)
def plus_zero(program: Program, call: Draft) -> Any:
    """``0 + x`` and ``x + 0`` become ``x``."""
    return other_than(is_zero, call.args)


@rewrite(np.subtract, elementwise=True)
def minus_zero(program: Program, call: Draft) -> Any:
    """``x - 0`` becomes ``x``, and ``0 - x`` becomes ``-x``."""
    x, y = call.args
    return x if is_zero(y) else call.written(np.negative, (y,)) if is_zero(x) else None


@rewrite(np.divide, np.negative, elementwise=True)
def zero_divided(program: Program, call: Draft) -> Any:
    """``0 / x`` and ``-0`` become ``0``."""
    return Zero(call.shape, call.dtype) if isinstance(call.args[0], Zero) else None


@rewrite(np.where, elementwise=True)
def choice_of_zeros(program: Program, call: Draft) -> Any:
    """``np.where(condition, 0, 0)`` becomes ``0``."""
    return Zero(call.shape, call.dtype) if all(map(is_zero, call.args[1:])) else None


@rewrite(np.negative, elementwise=True)
def two_signs(program: Program, call: Draft) -> Any:
    """``-(-x)`` becomes ``x``, and the negative of a number becomes a number."""
    x = core_of(call.args[0])
    op = program.op(x)
    return -x if is_number(x) else op.args[0] if op is not None and op.function is np.negative else None


@rewrite(elementwise=True)
def broadcast_by_numpy(program: Program, call: Draft) -> Any:
    """``np.broadcast_to(x, shape) + y`` becomes ``x + y``."""
    cores = tuple(0 if isinstance(arg, Zero) else core_of(arg) for arg in call.args)
    return call._replace(args=cores, shape=np.broadcast_shapes(*map(program.shape, cores)))


@rewrite(elementwise=True)
def known_now(program: Program, call: Draft) -> Any:
    """``np.exp(1)`` becomes ``2.718281828459045``. Products and quotients stay, so that ``2 / 100`` can be read."""
    if call.function in (np.multiply, np.divide) or not all(map(is_number, call.args)):
        return None
    rule = rule_of(call.node)
    numbers = [
        # what counts things, as k in polygamma(k, x), stays a whole number
        np.float64(arg) if isinstance(given, Ref) or rule.variadic or name in rule.vjps else arg
        for name, given, arg in zip(rule.arguments * len(call.args), call.node.args, call.args)
    ]
    with np.errstate(all="ignore"):
        value = rule.run(*numbers, **call.keywords)
    return value.item() if hasattr(value, "item") else value


@rewrite(np.where, elementwise=True)
def numbers_to_choose(program: Program, call: Draft) -> Any:
    """``np.where(condition, 1, 0)`` becomes ``np.where(condition, 1.0, 0.0)``, which is of the right dtype."""
    condition, *choices = call.args
    numbers = all(map(is_number, choices))
    choices = [float(choice) if is_number(choice) else choice for choice in choices]
    if numbers and call.dtype != "float64":
        choices = [program.typed(choice, call.dtype) for choice in choices]
    return call._replace(args=(condition, *choices))


@rewrite(np.add, elementwise=True)
def added_to_itself(program: Program, call: Draft) -> Any:
    """``x + x`` becomes ``2 * x``."""
    x, y = call.args
    return call._replace(function=np.multiply, args=(2, x)) if x == y else None


@rewrite(np.multiply, elementwise=True)
def times_itself(program: Program, call: Draft) -> Any:
    """``x * x`` becomes ``x**2``, in the backward pass. The forward pass stays as it was written."""
    x, y = call.args
    return call._replace(function=np.square, args=(x,)) if x == y and call.backward else None


# --- shapes -----------------------------------------------------------------------------------------------------------------


@rewrite(np.reshape)
def reshaped_twice(program: Program, call: Draft) -> Any:
    """``np.reshape(np.reshape(x, a), b)`` becomes ``np.reshape(x, b)``, and ``x`` if it has this shape."""
    x = call.args[0]
    while (op := program.op(x)) is not None and op.function is np.reshape and "order" not in {*op.keywords, *call.keywords}:
        x = op.args[0]
    same = program.shape(x) == call.shape and "order" not in call.keywords
    return x if same else call._replace(args=(x, *call.args[1:]))


@rewrite(np.reshape)
def reshaped_number(program: Program, call: Draft) -> Any:
    """``np.reshape(np.broadcast_to(x, a), b)`` becomes ``np.broadcast_to(x, b)``, if ``x`` is a single number."""
    x = call.args[0]
    if not isinstance(x, Broadcast) or program.size(x.core) != 1:
        return None
    return program.call(np.reshape, (x.core, ()), (), call.dtype) if program.shape(x.core) else x.core


@rewrite(np.sum)
def sum_of_one(program: Program, call: Draft) -> Any:
    """``np.sum(x)`` becomes ``x``, if ``x`` is a single number."""
    return call.args[0] if program.shape(call.args[0]) == () else None


@rewrite(np.sum)
def sum_of_equals(program: Program, call: Draft) -> Any:
    """``np.sum(np.full(3, x))`` becomes ``3 * x``."""
    x = call.args[0]
    if isinstance(x, Broadcast) and is_number(x.core):
        return float(x.core) * (math.prod(x.shape) // max(call.node.size, 1))
    if isinstance(x, Broadcast) and call.shape == () and program.shape(x.core) == ():
        return program.call(np.multiply, (x.core, math.prod(x.shape)), (), call.dtype, node=call.node.id)
    return None


@rewrite(*MOVES)
def factor_outside(program: Program, call: Draft) -> Any:
    """``np.sum(2 * x)`` becomes ``2 * np.sum(x)``: a sign, or a number that the backward pass multiplies with, comes last."""
    op = program.op(call.args[0])
    if op is None or op.function not in (np.negative, np.multiply, np.divide):
        return None
    numbers = [is_number(arg) for arg in op.args]
    scaled = sorted(numbers) == [False, True] and op.backward and (op.function is np.multiply or numbers[1])
    if op.function is not np.negative and not scaled:
        return None
    i = numbers.index(False)
    inner = program.simplified(call._replace(args=(op.args[i], *call.args[1:])), after=REWRITES["factor_outside"])
    outer = (*op.args[:i], inner, *op.args[i + 1 :])
    return program.call(op.function, outer, call.shape, call.dtype, node=call.node.id)


@rewrite(np.transpose, np.swapaxes)
def transposed_twice(program: Program, call: Draft) -> Any:
    """``x.T.T`` becomes ``x``."""
    op = program.op(call.args[0])
    twice = op is not None and transposes(op) and transposes(call)
    return op.args[0] if op is not None and twice else None


@rewrite(np.reshape)
def sum_that_keeps_axes(program: Program, call: Draft) -> Any:
    """``np.sum(x, axis=1)[:, None]`` becomes ``np.sum(x, axis=1, keepdims=True)``."""
    op = program.op(call.args[0])
    if op is None or op.function is not np.sum or op.keywords.get("axis") is None or op.keywords.get("keepdims"):
        return None
    inside = program.shape(op.args[0])
    axes = axes_of(op.keywords["axis"], len(inside))
    kept = tuple(1 if i in axes else n for i, n in enumerate(inside))
    return call.written(np.sum, op.args, {**op.keywords, "keepdims": True}) if kept == call.shape else None


@rewrite(np.reshape)
def product_with_column(program: Program, call: Draft) -> Any:
    """``(matrix @ vector[:, None])[:, 0]`` becomes ``matrix @ vector``."""
    product = program.op(call.args[0])
    column = program.op(product.args[1]) if product is not None and product.function is np.matmul else None
    if product is None or column is None or column.function is not np.reshape or column.shape[1:] != (1,):
        return None
    matrix, vector = product.args[0], column.args[0]
    if [len(program.shape(value)) for value in (matrix, vector)] + [len(call.shape)] == [2, 1, 1]:
        return call.written(np.matmul, (matrix, vector))
    return None


# --- what the rewrites ask --------------------------------------------------------------------------------------------------


def is_one(value: Any) -> bool:
    number = core_of(value)
    return is_number(number) and number == 1


def other_than(unwanted: Callable[[Any], bool], args: tuple[Any, ...]) -> Any:
    """The other of two arguments, if one is unwanted."""
    x, y = args
    return y if unwanted(x) else x if unwanted(y) else None


def only_axes(index: Any) -> bool:
    """Whether an index only inserts or removes axes, if it leaves the number of elements as it is."""
    kinds = (slice, int, type(None), type(...))
    return all(type(part) in kinds and (part in (None, ...) or part == slice(None) or part == 0) for part in parts_of(index))


def transposes(call: Op | Draft) -> bool:
    """Whether a call makes the transpose of a matrix."""
    return len(call.shape) == 2 and turns(call.function, call.args, call.keywords, 2)
