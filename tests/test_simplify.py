"""The rewrites that simplify a program: each can be switched off, and none changes a number."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
from helpers import together

import tinygrad_lite as tg
from tinygrad_lite.graphs.lookup import rule_of_name
from tinygrad_lite.graphs.nodes import Ref, filled
from tinygrad_lite.graphs.program import Program
from tinygrad_lite.graphs.simplify import REWRITES, simplified
from tinygrad_lite.messages import name_of
from tinygrad_lite.rules.nets.linear import linear

X, Y = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 2.0]]), np.array([0.5, 1.5, 2.5])


def numbers(x: Any, y: Any) -> Any:
    """Ones, zeros and signs."""
    z = np.copy(1 * x + 0) - (0 - y) / 1 + np.square(-y) - 0
    unused = np.floor(z)
    return np.mean(np.where(x > 0, z, 0) + np.where(x > 0, unused, 2) + np.maximum(z, y) * (z + z) + np.exp(np.ones_like(z)))


def shapes(x: Any, y: Any) -> Any:
    """Axes that come and go."""
    z = np.reshape(np.reshape(x.T.T, (3, 2)), (2, 3)) * np.transpose(y[:, None], (0, 1)).T
    column = np.reshape(x @ y[:, None], (2,)) * np.sum(x * x, axis=1)[:, None].reshape(2)
    return np.sum(column) + np.sum(np.broadcast_to(y, (2, 3)) * z) + np.sum(-x.T) + np.sum(np.max(x, axis=1)) + np.std(x)


def pieces(x: Any, y: Any) -> Any:
    """Arrays of equal numbers, and other dtypes."""
    low = x.astype(np.float32) * np.float32(0.1)
    flat = np.concatenate((np.sum(x, axis=0), y, np.ones_like(y)))
    return np.sum(flat[::2]) + np.sum(low.astype(float)) + np.sum(np.cumsum(y)) + np.sum(x[0]) * np.sum(y[1])


def flat(x: Any, y: Any) -> Any:
    """Gradients that are zero, wherever they come from."""
    zeros = np.sum(np.floor(y) + x) + np.sum(np.floor(x @ y)) + np.sum(np.floor(y / 2)) + np.sum(np.floor(tg.relu(x)))
    return zeros + np.sum(np.tanh(x) ** 2) + np.sum(np.reshape(x, (3, 2))) + x[0, 1]


def layers(x: Any, y: Any) -> Any:
    """Linear layers, with a bias and without."""
    return np.sum(np.tanh(linear(x, x, y[:2])) * linear(y, np.cos(x)))


def attention(x: Any, y: Any) -> Any:
    """A softmax, whose largest score is subtracted so that nothing overflows."""
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return np.sum(e / np.sum(e, axis=1, keepdims=True) * y)


FUNCTIONS = [numbers, shapes, pieces, flat, layers, attention]


@functools.cache
def traced(f: Any) -> tg.Graph:
    """The graph of one of them, with its gradients, which all tests here read."""
    return tg.trace(f, backward=True)(X, Y)


def computed(program: Program) -> list[Any]:
    """The result of a graph and its gradients, computed by the calls of its program."""
    graph = program.graph
    done = {node.id: node.value for node in graph if node.kind != "call"}
    ends = [graph.output.id, *(graph[i].gradient_id for i in graph.inputs)]
    wholes = [program.whole(program.broadcast(program.of[i or 0], graph[i or 0])) for i in ends]
    for op in program.ops.values():
        named = isinstance(op.function, type) or op.function in (np.zeros, np.ones, np.full)
        run = op.function if named else rule_of_name(name_of(op.function)).run
        done[op.id] = run(*filled(op.args, done.__getitem__), **filled(op.keywords, done.__getitem__))
    return [done[value.id] if isinstance(value, Ref) else value for value in wholes]


@together
@pytest.mark.parametrize("f", FUNCTIONS)
@pytest.mark.parametrize("off", [None, *REWRITES])
def test_a_rewrite_changes_no_number(off: str | None, f: Any) -> None:
    """Also when any of the others is switched off."""
    graph = traced(f)
    found = computed(simplified(graph, without={off} if off else set()))
    for ours, expected in zip(found, [graph.output.value, *(graph[i].gradient for i in graph.inputs)]):
        np.testing.assert_allclose(ours, expected, rtol=1e-6 if f is pieces else 1e-12)


def test_without_any() -> None:
    graph = traced(numbers)
    np.testing.assert_allclose(computed(simplified(graph, without=REWRITES))[0], graph.output.value, rtol=1e-12)
    assert len(simplified(graph).ops) < len(simplified(graph, without=REWRITES).ops)


@together
@pytest.mark.parametrize("name", REWRITES)
def test_each_rewrite_is_of_use(name: str) -> None:
    """Somewhere the program is another one without it; and its docstring says what it does."""

    def calls(graph: Any, without: set[str]) -> list[Any]:
        return [(name_of(op.function), str(op.args)) for op in simplified(graph, without).ops.values()]

    assert any(calls(traced(f), {name}) != calls(traced(f), set()) for f in FUNCTIONS)
    assert "``" in str(REWRITES[name].change.__doc__)
