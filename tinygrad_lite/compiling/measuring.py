"""Checks whether the first results of a program are those of the engine, and measures how long a call takes.

Flows in: a `Program`, and arguments. Flows out: the comparison with the trace, the fastest of several sizes of blocks
(`tune`), and the list of what was done and how much time each part saves (`explain`).
"""

from __future__ import annotations

import sys
import timeit
import warnings
from typing import Any

import numpy as np

from .. import messages
from ..containers import flatten, mapped_nest
from ..tensor import Tensor
from ..transforms import value_and_grad
from .blocks import cut
from .passes import PASSES, improved
from .programs import Program, assembled, called, order_of, refs_of
from .tracing import Plan


def agrees(f: Any, program: Program, args: Any, keywords: Any, options: dict[str, Any]) -> bool:
    """Whether the results of a program are those of the engine, which the trace has computed."""
    found, graph, direction = program.plan, program.plan.graph, None
    if program.at is not None:  # the trace has multiplied the Hessian with ones
        direction = mapped_nest(np.ones_like, args[program.at])
        args = args[: program.at] + args[program.at + 1 :]
    extras = program.outside(direction)
    if extras is None:
        return True
    result = program.run(*args, *keywords.values(), *extras)
    expected = [graph[i].value for i in graph.outputs]
    if options["order"] == 2:
        expected[1:] = [np.asarray(value, like.dtype) for value, like in zip(expected[1:], found.likes[1:])]
    wanted = found.wanted
    if program.text.nested:
        wanted = [i for k in order_of(f, found, options) for i in refs_of(graph.arguments[k][1])]
    expected += [np.zeros(graph[i].shape, graph[i].dtype) if graph[i].gradient is None else graph[i].gradient for i in wanted]
    values = flatten([result])[0]
    if len(values) != len(expected):
        return False
    with np.errstate(all="ignore"):
        largest = max((largest_in(node.value) for node in graph), default=0.0)  # sums of large numbers may be small
        single = any(node.dtype == "float32" for node in graph)  # and half precision is less exact still
        exact = 1e-2 if any(node.dtype == "float16" for node in graph) else 1e-4 if single else 1e-9
        if not all(close(np.asarray(a), np.asarray(b), exact * largest) for a, b in zip(values, expected)):
            return False
        seen = [value for value in seen_by_the_function(f, args, keywords, options) if is_numbers(value)]
        if not all(close(np.asarray(a), np.asarray(b), exact * largest) for a, b in zip(values, seen)):
            raise messages.asks_for_kinds(f)
    return True


def is_numbers(value: Any) -> bool:
    """Whether a value is an array or a single float, and can be compared."""
    return isinstance(value, (np.ndarray, np.generic)) and np.asarray(value).dtype.kind == "f"


def seen_by_the_function(f: Any, args: Any, keywords: Any, options: dict[str, Any]) -> list[Any]:
    """The value of a function that is not traced: a trace gives it arrays that are no floats to `isinstance`, for example."""
    if options["value_only"] or options["order"] == 2:
        return []
    with warnings.catch_warnings():  # the trace has warned already
        warnings.simplefilter("ignore")
        if options["parameters"] is not None:
            value = f(*args, **keywords)
        else:
            value = value_and_grad(f, options["argnums"], options["has_aux"])(*args, **keywords)[0]
            value = value[0] if options["has_aux"] else value
    return [value.data if isinstance(value, Tensor) else value]


def largest_in(value: Any) -> float:
    """The largest finite number in an array, without its sign."""
    if not isinstance(value, (np.ndarray, np.generic)) or value.dtype.kind != "f":
        return 0.0
    array = np.asarray(value)
    return float(np.max(np.abs(array), where=np.isfinite(array), initial=0.0))


def close(a: np.ndarray, b: np.ndarray, exact: float) -> bool:
    """Whether two arrays are equal up to a difference that rounding explains."""
    if a.shape != b.shape or (b.dtype.kind == "f" and a.dtype != b.dtype):
        return False
    if b.dtype.kind != "f":
        return bool(np.array_equal(a, b))
    finite = np.isfinite(b)
    if not np.array_equal(finite, np.isfinite(a)):
        return False
    return bool(np.all(np.abs(a - b)[finite] <= exact)) and np.array_equal(a[~finite], b[~finite], equal_nan=True)


def tuned(program: Program, found: Plan, f: Any, options: dict[str, Any], args: Any, keywords: Any) -> Program:
    """The fastest of some programs, which differ in how many rows they work on at a time."""
    rows = cut(improved(found.code, options["without"]))
    if rows is None:
        return program
    sizes = [size for size in (rows.block // 4, rows.block // 2, rows.block * 2, rows.block * 4) if 16 <= size < rows.total]
    others = [assembled(found, f, options, options["without"], size) for size in sizes]
    return min([program, *others], key=lambda each: seconds(each, args, keywords))


def seconds(program: Program, args: Any, keywords: Any, times: int = 5) -> float:
    """How long a program takes: the median of some calls."""
    once = timeit.timeit(lambda: called(program, args, keywords), number=1)
    number = max(1, int(0.005 / max(once, 1e-7)))
    rows = sorted(timeit.repeat(lambda: called(program, args, keywords), number=number, repeat=times))
    return rows[len(rows) // 2] / number


def explained(compiled: Any, program: Program, args: Any, keywords: Any) -> str:
    """The text of a program, with what was done to make it fast, and how long it takes without each of these."""
    base = seconds(program, args, keywords)
    lines = [
        "",
        f"    One call takes {base * 1e6:,.1f} µs. What was done, and how many times as long it takes without it:",
        "",
    ]
    for name in (*PASSES, "blocks"):
        other = compiled.made(args, keywords, (name,))
        if other.text.text == program.text.text:
            continue
        what = str(sys.modules[PASSES[name].__module__ if name in PASSES else cut.__module__].__doc__).split("\n")[0]
        lines.append(f"    {seconds(other, args, keywords) / base:5.2f}  {name}: {what}")
    lines.append(
        f"    {program.text.in_place} of {program.text.calls} calls write into the array that their argument was in."
    )
    head, mark, rest = program.text.text.rpartition('\n    """\n')
    return head + "\n".join(lines) + mark + rest
