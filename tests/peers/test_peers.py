"""Values, gradients, second derivatives and Jacobians of random expressions, against PyTorch, JAX and HIPS autograd.

A peer that is not installed is skipped. The run is short by default; the long one, of 2,000 expressions for each peer, is::

    PEER_EXPRESSIONS=2000 python -m pytest tests/peers
"""

from __future__ import annotations

import fnmatch
import functools
import importlib.util
import itertools
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

import analysis  # noqa: F401
import numpy as np
import pytest
from engines import ENGINES, Engine, Measured, Ours, compare
from expressions import OPERATIONS, PEERS, Expression, expressions
from hypothesis import HealthCheck, given, settings
from reasons import REASONS, registered, short_name
from science import scipy_special

from tinygrad_lite import autograd, derivative, primitive, tensor
from tinygrad_lite.messages import name_of

COUNT = int(os.environ.get("PEER_EXPRESSIONS", "60"))
LONG = COUNT > 500
TOLERANCES = {False: (1e-9, 1e-12), True: (2e-3, 1e-5)}  # is a part of it in single precision? relative, absolute
OURS = Ours()
each_peer = pytest.mark.parametrize("peer", PEERS)
ROUNDS = (2, 10)  # how many expressions are drawn: a second time for what the first few do not show
slowly = functools.partial(settings, suppress_health_check=list(HealthCheck))


@functools.cache
def engine(peer: str) -> Engine:
    if peer == "autograd":
        pytest.importorskip("scipy", reason="scipy is not installed: autograd needs it for half of its functions")
    pytest.importorskip(peer, reason=f"{peer} is not installed: nothing to compare with")
    return ENGINES[peer]()


@primitive
def nudged(x: Any, by: Any) -> Any:
    """As if `x` had been rounded otherwise. No rule but its own has a part in it, so no wrong rule can hide behind it."""
    return (x * by).astype(x.dtype)


derivative(nudged, x=lambda g: g, ignore=["by"])


def rounded_otherwise(expression: Expression) -> list[Measured]:
    """Ours a few times over, each result on the way changed by up to two units in its last place."""

    def nudge_with(rng: np.random.Generator) -> Callable[[Any], Any]:
        return lambda x: nudged(x, by=1 + np.finfo(x.dtype).eps * rng.integers(-2, 3, x.shape))

    return [OURS.measure(expression, nudge_with(np.random.default_rng(seed))) for seed in range(5)]


def check(expression: Expression, peer: str) -> None:
    ours = OURS.measure(expression)
    again = functools.partial(rounded_otherwise, expression)
    compare(ours, engine(peer).measure(expression), *TOLERANCES[expression.single], again)
    for array, *gradients in zip(expression.inputs, ours.gradient, ours.second):
        assert {(g.shape, g.dtype.name) for g in gradients} == {(array.shape, array.dtype)}


@each_peer
def test_random_expressions(peer: str) -> None:
    engine(peer)

    few = peer == "jax" and not LONG  # it compiles each expression anew

    @slowly(max_examples=COUNT // 3 if few else COUNT)
    @given(expressions(OURS.names, peer, most=6 if few else 10))
    def agrees(expression: Expression) -> None:
        check(expression, peer)

    agrees()


@each_peer
def test_each_operation_alone(peer: str) -> None:
    """In a few cases each. Not for JAX in the short run: it compiles each function anew for every shape."""
    engine(peer)
    if peer == "jax" and not LONG:
        pytest.skip("jax: each operation alone takes minutes; the long run does it")
    for name, operation in OPERATIONS.items():
        if peer not in operation.lacks:

            @slowly(max_examples=20 if LONG and peer != "jax" else 3)
            @given(expressions(OURS.names, peer, name))
            def agrees(expression: Expression) -> None:
                check(expression, peer)

            agrees()


# --- are these comparisons what they say they are? --------------------------------------------------------------------


def test_every_registered_function_is_in_an_operation_or_has_a_reason_not_to_be() -> None:
    covered = {name for operation in OPERATIONS.values() for name in operation.covers}
    missing = sorted(set(registered()) - covered)
    assert [name for name in missing if not any(fnmatch.fnmatch(name, pattern) for pattern in REASONS)] == []
    newest = np.lib.NumpyVersion(np.__version__) >= "2.4.0"
    if newest and scipy_special is not None:  # else not all functions are registered
        assert [pattern for pattern in REASONS if not fnmatch.filter(missing, pattern)] == []


def test_every_operation_is_for_at_least_one_peer() -> None:
    assert [name for name, operation in OPERATIONS.items() if set(operation.lacks) >= set(PEERS)] == []
    assert {peer for operation in OPERATIONS.values() for peer in {**operation.lacks, **operation.limits}} <= set(PEERS)


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """The names of the functions that meet a Tensor during the test."""
    names: set[str] = set()

    def spied(function: Callable[..., Any], of: Callable[[Any], Any]) -> Callable[..., Any]:
        def spy(what: Any, *args: Any) -> Any:
            names.add(short_name(of(what)))
            return function(what, *args)

        return spy

    spies = {tensor.call: spied(tensor.call, lambda function: function)}
    spies[autograd.record] = spied(autograd.record, lambda rule: rule.function)
    for name, module in list(sys.modules.items()):
        for original, spy in spies.items():
            if name.startswith("tinygrad_lite") and vars(module).get(original.__name__) is original:
                monkeypatch.setattr(module, original.__name__, spy)
    return names


def test_every_operation_calls_what_it_says(called: set[str]) -> None:
    if not any(map(importlib.util.find_spec, PEERS)):
        pytest.skip("no peer is installed, so no operation is compared: where peers are, what each calls is checked")
    missed = {name: set(operation.covers) & set(registered()) for name, operation in OPERATIONS.items()}
    for count in ROUNDS:
        for name in missed:
            called.clear()

            @slowly(max_examples=count)
            @given(expressions(OURS.names, next(p for p in PEERS if p not in OPERATIONS[name].lacks), name))
            def measured(expression: Expression) -> None:
                OURS.measure(expression)

            measured()
            missed[name] -= called
        missed = {name: functions for name, functions in missed.items() if functions}
    assert missed == {}


def test_a_wrong_derivative_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part of what is compared is looked at: a change in any of them, of one part in a million, is an error."""
    right = Measured(np.ones(2), 1.0, [np.ones(3)], [np.ones(3)], [[np.ones(3)]])
    compare(right, right, 1e-9, 1e-12)
    off = 1 + 1e-6
    for wrong in (
        right._replace(out=right.out * off),
        right._replace(value=off),
        right._replace(gradient=[np.array([1, 1, off])]),
        right._replace(second=[np.array([1, off, 1])]),
        right._replace(jacobian=[[np.array([off, 1, 1])]]),
        right._replace(gradient=[np.ones((3, 1))]),
        right._replace(second=[np.array([1, np.nan, 1])]),
    ):
        with pytest.raises(AssertionError):
            compare(wrong, right, 1e-9, 1e-12)
        with pytest.raises(AssertionError):
            compare(right, wrong, 1e-9, 1e-12)


def spoiled(vjp: Any) -> Any:
    """A derivative that is wrong by one part in a million."""

    def wrong(g: Any, node: Any, parent: Any) -> Any:
        right = vjp(g, node, parent)
        if isinstance(right, autograd.Sparse):
            return autograd.Sparse(right.value * (1 + 1e-6) + 1e-6, right.index, right.shape)
        return right * (1 + 1e-6) + 1e-6

    return vjp and wrong


def judged(functions: set[str], count: int) -> dict[str, list[tuple[Expression, Measured]]]:
    """By function: expressions in which it is called, each with what a peer says of it; `count` from each operation."""
    cases: dict[str, list[tuple[Expression, Measured]]] = {}
    for peer in filter(importlib.util.find_spec, ("torch", "autograd")):
        for name, operation in OPERATIONS.items():
            if peer in operation.lacks or functions.isdisjoint(operation.covers):
                continue

            @slowly(max_examples=count)
            @given(expressions(OURS.names, peer, name))
            def drawn(expression: Expression) -> None:
                if not expression.single:
                    for function in operation.covers:  # noqa: B023
                        cases.setdefault(function, []).append((expression, engine(peer).measure(expression)))  # noqa: B023

            drawn()
    return cases


def noticed(cases: list[tuple[Expression, Measured]]) -> bool:
    for expression, judgement in cases:
        try:
            compare(OURS.measure(expression), judgement, *TOLERANCES[False], functools.partial(rounded_otherwise, expression))
        except AssertionError:
            return True
    return False


def test_an_error_in_any_derivative_is_noticed() -> None:
    """Every derivative of every rule is spoiled in turn; a comparison of an operation that is there to test it must fail."""
    unnoticed = [
        (name_of(rule.function).removeprefix("np."), rule, position)
        for rule in list(autograd.RULES.values())
        for position in range(1 if rule.variadic else len(rule.arguments))
    ]
    for count in ROUNDS:
        cases = judged({function for function, _, _ in unnoticed}, count)
        again = []
        for function, rule, position in unnoticed:
            if function not in cases:
                again.append((function, rule, position))
                continue
            if isinstance(rule.function, np.ufunc) and vars(np).get(function) not in (None, rule.function):
                continue  # SciPy's function of the same name, which the operation does not call
            right = {way: list(itertools.islice(iter(getattr(rule, way)), 4)) for way in ("on_arrays", "on_tensors")}
            if right["on_arrays"][position] is None:
                continue
            with pytest.MonkeyPatch.context() as patch:
                for way, vjps in right.items():
                    chosen = [spoiled(v) if i == position or rule.variadic else v for i, v in enumerate(vjps)]
                    patch.setitem(vars(rule), way, chosen)
                if not noticed(cases[function]):
                    again.append((function, rule, position))
        unnoticed = again
    found = [(function, position) for function, _, position in unnoticed if function in cases]
    assert cases == {} or found == [("scatter", 0)]  # which only third derivatives need
