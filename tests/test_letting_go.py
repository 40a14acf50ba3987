"""After backward() a graph lets go of the arrays that it can compute again; a second backward() gives the same numbers."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg
from tinygrad_lite import Tensor

RNG = np.random.default_rng(7)
A, B = RNG.normal(size=(4, 3)), RNG.normal(size=(3, 2))
SIZE = 20_000  # elements: 160 kB, so that arrays weigh more than nodes


def network(a: Any, b: Any) -> Any:
    hidden = np.tanh(a @ b + 1)
    return np.mean(np.exp(hidden) * hidden[:, :1]) + np.sum(np.concatenate([hidden, a], axis=1) ** 2)


def pieces(a: Any, b: Any) -> Any:
    return np.prod(np.where(a > 0, np.sqrt(np.abs(a)), a * 2)[1]) + np.linalg.norm(b.T @ a.T) / np.max(b)


def test_a_sum_of_losses_does_not_keep_their_arrays() -> None:
    w, total, held = Tensor(np.ones(SIZE)), 0, list[int]()
    tracemalloc.start()
    for i in range(1, 41):
        loss = np.sum(np.exp(-((w * i) ** 2)))
        loss.backward()
        total = total + loss
        if i in (10, 40):
            held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert held[1] - held[0] < 3 * w.data.nbytes
    w.zero_grad()
    total.backward()  # and it can still be differentiated
    expected = sum(-2 * i**2 * np.exp(-(i**2)) for i in range(1, 41))
    np.testing.assert_allclose(w.grad, np.full(SIZE, expected), rtol=1e-12)


@pytest.mark.parametrize("f", [network, pieces])
def test_the_same_gradient_the_second_time(f: Callable[..., Any]) -> None:
    a, b = Tensor(A), Tensor(B)
    y = f(a, b.T.T)
    y.backward()
    first = a.grad, b.grad
    for again in (lambda: y.backward(), lambda: y.backward()):
        a.zero_grad()
        b.zero_grad()
        again()
        assert all(map(np.array_equal, first, (a.grad, b.grad)))
    assert all(map(np.array_equal, first, tg.gradients(y, [a, b])))
    second = tg.gradients(y, [a, b], create_graph=True)
    assert all(map(np.array_equal, first, (g.data for g in second)))
    assert all(map(np.array_equal, tg.grad(f, (0, 1))(A, B), (a.grad, b.grad)))
    curved = tg.gradients(np.sum(second[0] ** 2), a)
    fresh = tg.gradients(f(a, b), a, create_graph=True)
    np.testing.assert_allclose(curved, tg.gradients(np.sum(fresh**2), a), rtol=1e-10)


def test_two_losses_of_one_part() -> None:
    w = Tensor(A)
    shared = np.exp(np.sin(w) * 2)
    one, two = np.sum(shared**2), np.sum(np.log(shared) * shared)
    one.backward()
    w.zero_grad()
    two.backward()
    assert np.array_equal(w.grad, tg.grad(lambda w: np.sum(np.log(e := np.exp(np.sin(w) * 2)) * e))(A))


def test_the_arrays_are_let_go_of_during_the_walk_and_come_back_from_tensors_that_live() -> None:
    w = Tensor(A)
    h = np.exp(w)
    y = np.sum(np.sin(h * 2))
    y.backward()
    node = y.node.args[0]  # np.sin
    assert node.args[0].value is None
    y.backward()
    assert node.args[0].value is None
    assert h.node.value is None
    y2 = np.sum(h * h)
    y2.backward()
    np.testing.assert_array_equal(h.grad, 2 * h.data)
    assert w.node.value is w.data  # a leaf keeps its own


def test_a_long_chain_is_computed_again_without_recursion() -> None:
    w = Tensor(0.5)
    y = w
    for _ in range(5_000):
        y = np.sin(y) + 0.5
    y.backward()
    first = w.grad
    w.zero_grad()
    y.backward()
    assert w.grad == first


def test_a_function_of_others_is_not_called_again() -> None:
    rng = np.random.default_rng(3)

    @tg.primitive
    def noisy(x: Any) -> Any:
        return x + rng.normal(size=x.shape)

    tg.derivative(noisy, x=lambda g: g)
    w = Tensor(np.ones(5))
    y = np.sum(np.sin(noisy(w) + 1))
    y.backward()
    first = w.grad
    w.zero_grad()
    y.backward()
    assert np.array_equal(w.grad, first)


def test_an_error_on_the_way_changes_nothing() -> None:
    broken = [True]

    @tg.primitive
    def fragile(x: Any) -> Any:
        return x * 2

    def vjp(g: Any) -> Any:
        if broken:
            raise ZeroDivisionError
        return g * 2

    tg.derivative(fragile, x=vjp)
    w = Tensor(A)
    y = np.sum(np.exp(fragile(np.sin(w))))
    with pytest.raises(ZeroDivisionError):
        y.backward()
    assert w.grad is None
    broken.clear()
    y.backward()
    np.testing.assert_allclose(w.grad, 2 * np.cos(A) * np.exp(2 * np.sin(A)), rtol=1e-12)


def test_a_drawing_after_backward_has_all_numbers() -> None:
    w = Tensor(A, name="w")
    y = np.sum(np.exp(np.sin(w) * 3))
    before = [node.value for node in tg.Graph.of(y)]
    y.backward()
    assert all(map(np.array_equal, before, [node.value for node in tg.Graph.of(y)]))
