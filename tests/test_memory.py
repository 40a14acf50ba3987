"""The stock of memory: it saves time, and nobody ever sees an array change, nor meets the class of arrays inside."""

from __future__ import annotations

import copy
import pickle
import threading
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg
from tinygrad_lite import Tensor
from tinygrad_lite.memory import ALONE, KEPT, LARGE, Scratch, new_array, scratch, stock

N = LARGE // 8 + 5  # so many float64 are large


def leaf(seed: int = 0, dtype: Any = np.float64, shape: Any = 2 * N) -> Tensor:
    return Tensor(np.random.default_rng(seed).normal(size=shape).astype(dtype))


def test_memory_is_used_again_once_nobody_refers_to_it() -> None:
    first = new_array((N,), np.dtype(float), 8 * N)
    address = first.ctypes.data
    assert new_array((N,), np.dtype(float), 8 * N).ctypes.data != address
    view = first[3:].reshape(-1, 1)
    del first
    assert new_array((N,), np.dtype(float), 8 * N).ctypes.data != address
    del view
    found = [new_array((N,), np.dtype(float), 8 * N) for _ in range(len(stock.pieces) + 1)]
    assert address in [array.ctypes.data for array in found]


def test_the_stock_has_a_limit() -> None:
    held = [new_array((KEPT // 4,), np.dtype(np.uint8), KEPT // 4) for _ in range(10)]
    assert sum(piece.nbytes for piece in stock.pieces) <= KEPT
    for i, array in enumerate(held):
        array[...] = i
    assert [array[0] for array in held] == list(range(10))
    assert len({array.ctypes.data for array in held}) == 10
    stock.pieces.clear()


def test_what_a_user_holds_never_changes() -> None:
    x, held = leaf(), []
    for step in range(20):
        y = np.tanh(x) * np.exp(-x * x) + x / (1 + x * x) * step
        np.sum(y).backward()
        view = y.data[1::2]
        held += [(a, a.copy()) for a in (x.grad, y.data, view, y.grad, tg.gradients(np.sum(y), y), np.sin(y).data)]
        x.data = x.data - 0.01 * x.grad
        x.zero_grad()
        del y
    for array, before in held[::3]:
        np.testing.assert_array_equal(array, before)


def test_large_and_small_give_the_same_numbers() -> None:
    def loss(a: Any, b: Any) -> Any:
        z = np.where(a > 0, a, 0.1 * a) * b - np.maximum(a, b) / (1 + np.abs(b)) + np.logaddexp(a, 1.0)
        return np.sum(np.sqrt(z * z + 1) * np.float64(0.5) + 2 * a**3 - 1 / (2 + np.tanh(b)))

    a, b = leaf(1), leaf(2)
    whole = tg.gradients(loss(a, b), [a, b])
    for start in range(0, 2 * N, 1000):
        piece = slice(start, start + 1000)
        part = [Tensor(t.data[piece]) for t in (a, b)]
        for g, expected in zip(tg.gradients(loss(*part), part), whole):
            np.testing.assert_allclose(g, expected[piece], rtol=1e-13)


def test_a_large_vector_times_itself() -> None:
    x = leaf()
    product = x @ x
    assert product.shape == ()
    assert product.item() == pytest.approx(float(np.sum(x.data**2)))
    product.backward()
    np.testing.assert_allclose(x.grad, 2 * x.data)


def test_float32_stays_float32() -> None:
    x = leaf(dtype=np.float32)
    y = np.sum(np.exp(-x) * 2 + x / 3.0 + x**2)
    y.backward()
    assert (y.dtype, x.grad.dtype) == (np.float32, np.float32)


def test_out_and_where_and_reduce_on_arrays_of_that_class() -> None:
    array, out = scratch(np.linspace(1, 2, N)), np.zeros(N)
    assert np.add(array, 1.0, out=out) is out
    np.testing.assert_array_equal(np.add.reduce(array), np.add.reduce(np.asarray(array)))
    np.testing.assert_array_equal(np.add(array, 1.0, where=True), np.asarray(array) + 1)
    assert np.less(array, 1.5).dtype == bool
    assert np.ldexp(array, 2).shape == (N,)


def leaks(value: Any) -> bool:
    return isinstance(value, Scratch) or isinstance(getattr(value, "base", None), Scratch)


def test_nobody_meets_the_class_inside() -> None:
    seen = []

    @tg.primitive
    def look(x: Any) -> Any:
        seen.append(type(x))
        return x * 2.0

    tg.derivative(look, x=lambda g: g * 2)
    x = leaf()
    y = look(x * 1.0)
    z = np.sum(y * x)
    z.backward()
    for value in (x.data, y.data, x.grad, y.grad, y.to_numpy(), y.detach().data, tg.gradients(np.sum(y), x), y > 0):
        assert type(value) is np.ndarray
    for value in (np.argsort(y), y.astype(int), copy.deepcopy(x).data, pickle.loads(pickle.dumps(x)).data, np.sign(y).data):
        assert type(value) is np.ndarray
    assert seen == [np.ndarray]
    assert "Scratch" not in repr(y)


def test_threads_have_a_stock_each() -> None:
    results: dict[int, np.ndarray] = {}

    def work(seed: int) -> None:
        x = leaf(seed)
        for _ in range(5):
            x.zero_grad()
            np.sum(np.exp(-x * x) * x + x).backward()
        results[seed] = x.grad - (np.exp(-(x.data**2)) * (1 - 2 * x.data**2) + 1)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(float(np.abs(off).max()) for off in results.values()) < 1e-13
    assert len(results) == 4


def test_a_gradient_that_nobody_else_has_is_not_copied_and_any_other_is() -> None:
    returned: list[np.ndarray] = []
    made: list[tuple[int, int]] = []

    @tg.primitive
    def twice(x: Any) -> Any:
        return 2 * x

    def fresh(g: Any) -> Any:
        part = 2 * g
        made.append((id(part), part.ctypes.data))
        return part

    def kept(g: Any) -> Any:
        returned.append(2 * g)
        return returned[-1]

    x = Tensor(np.ones(3))
    tg.derivative(twice, x=fresh)
    np.sum(twice(x)).backward()
    assert made == [(id(x.grad), x.grad.ctypes.data)] or ALONE < 0
    x.zero_grad()
    tg.derivative(twice, x=kept)
    np.sum(twice(x)).backward()
    assert not np.shares_memory(x.grad, returned[0])
    a, b, seed = Tensor(np.ones(3)), Tensor(np.ones(3)), np.ones(3)
    y = a + b
    y.backward(seed)
    grads = [a.grad, b.grad, y.grad, seed]
    assert not any(
        np.shares_memory(p, q) for p, q in [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3)] for p, q in [(grads[p], grads[q])]
    )
    assert all(grad.flags.writeable and grad.tolist() == [1, 1, 1] for grad in grads[:2])
    w, m = Tensor(np.ones((2, 3))), Tensor(np.ones((3, 2)))
    np.sum(w * np.ones((2, 3)) + m.T).backward()
    assert not np.shares_memory(w.grad, m.grad)
