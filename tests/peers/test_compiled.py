"""Random expressions, compiled, against the engine: 300 of them with `--exhaustive`, and otherwise 15. The long run is::

    COMPILED_EXPRESSIONS=20000 python -m pytest tests/peers/test_compiled.py

What an expression computes may be sensitive to rounding. So what a program may differ by is not a fixed number: it is what
the engine's own results differ by if each of its numbers is rounded otherwise, at least 1e-12 of the largest.
"""

from __future__ import annotations

import os
import warnings
from typing import Any

import analysis  # noqa: F401
import numpy as np
from engines import Ours
from expressions import OPERATIONS, Expression, expressions, weights_for
from hypothesis import HealthCheck, given, settings

import tinygrad_lite as tg

OURS = Ours()
EXACT = {True: 1e-5, False: 1e-12}  # is a part of it in single precision?


def total_of(expression: Expression) -> Any:
    """The expression as a function of its inputs that returns one number, and arrays for these.

    Outside of its arguments are the functions that it calls, and no others: `compile` looks at all that a function can reach,
    and with the whole table of operations that takes a second for each expression.
    """
    names, arrays = OURS.names, [x.array() for x in expression.inputs]
    steps = [(OPERATIONS[step.name].form, step.args, step.constants) for step in expression.steps]

    def result(inputs: Any) -> Any:
        values = list(inputs)
        for form, numbers, constants in steps:
            values.append(form(names, *(values[i] for i in numbers), **constants))
        return values[-1]

    weights = weights_for(expression, arrays, result(arrays))[0]

    def total(*inputs: Any) -> Any:
        return np.sum(result(inputs) * weights)

    return total, arrays


def gradients(f: Any, arrays: list[np.ndarray]) -> list[np.ndarray]:
    value, found = f(*arrays)
    return [np.asarray(value), *map(np.asarray, found)]


def check(expression: Expression) -> None:
    total, arrays = total_of(expression)
    numbers = tuple(range(len(arrays)))
    engine, compiled = tg.value_and_grad(total, numbers), tg.compile(total, argnums=numbers)
    rng = np.random.default_rng(expression.seed)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        value = total(*map(tg.Tensor, arrays))
        if not (isinstance(value, tg.Tensor) and value.requires_grad):
            return  # steps only: there is nothing to differentiate
        compiled(*arrays)
        for factor in (1.0, 1.001):
            point = [np.asarray(a * factor, a.dtype) for a in arrays]
            near = [[np.asarray(a * (1 + 4e-16 * rng.integers(-2, 3, a.shape)), a.dtype) for a in point] for _ in range(3)]
            got, expected = gradients(compiled, point), gradients(engine, point)
            others = [gradients(engine, each) for each in near]
            largest = max(float(np.max(np.abs(e), initial=0.0)) for e in expected)
            for i, (a, b) in enumerate(zip(got, expected)):
                assert (a.shape, a.dtype) == (b.shape, b.dtype)
                spread = max(float(np.max(np.abs(other[i] - b), initial=0.0)) for other in others)
                np.testing.assert_allclose(a, b, rtol=0, atol=EXACT[expression.single] * largest + 10 * spread)


def test_random_expressions(exhaustive: bool) -> None:
    count = int(os.environ.get("COMPILED_EXPRESSIONS", "300" if exhaustive else "15"))

    @settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck))
    @given(expressions(OURS.names, "autograd"))
    def agrees(expression: Expression) -> None:
        check(expression)

    agrees()
