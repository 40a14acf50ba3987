"""A checkpoint gives the same numbers and keeps far less; what it cannot differentiate it refuses."""

from __future__ import annotations

import pickle
import tracemalloc
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg
from tinygrad_lite import Tensor


def part(x: Any, w: Any = 1.1) -> Any:
    for _ in range(15):
        x = np.tanh(np.sin(x) * w + 0.1)
    return x


def chain(x: Any, step: Any) -> Any:
    for _ in range(15):
        x = step(x)
    return np.sum(x)


def test_the_same_gradient_in_a_fraction_of_the_memory() -> None:
    peaks, gs = [], []
    for step in (part, tg.checkpoint(part)):
        tracemalloc.start()
        gs.append(tg.grad(chain)(np.linspace(0, 1, 17_000), step))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert np.array_equal(*gs)
    assert peaks[1] < peaks[0] / 5  # 225 steps: kept are 15 parts and the inside of one


def test_nests_in_and_out_to_second_order() -> None:
    f = tg.checkpoint(lambda x, y, *, k: {"a": np.exp(np.sin(x) * y["w"]), "b": (np.sum(x) * k, y["w"], 3.0)})

    def loss(x: Any, w: Any) -> Any:
        r = f(x, {"w": w, "constant": np.ones(3)}, k=2)
        return np.sum(r["a"] * r["b"][0] * r["b"][1]) * r["b"][2]

    tg.check_gradients(loss, np.linspace(0.1, 1, 4), 0.7, order=2)
    assert tg.grad(tg.grad(tg.checkpoint(np.sin)))(1.0) == pytest.approx(-np.sin(1.0), rel=1e-14)


def test_dtypes_stay_and_arrays_pass_through() -> None:
    f = tg.checkpoint(lambda x, y: (x * 2, y * 2))
    x, y = tg.Tensor(np.ones(2, np.float32)), tg.Tensor(np.ones(3))
    a, b = f(x, y)
    assert (a.dtype, b.dtype) == (np.float32, np.float64)
    assert [out.tolist() for out in f(np.ones(2), 3.0)[:1]] == [[2.0, 2.0]]
    with tg.no_grad():
        assert not f(x, y)[0].requires_grad


def test_a_function_that_draws_random_numbers_is_refused() -> None:
    """The second computation draws others, so the gradient would be that of another function."""
    rng = np.random.default_rng(0)

    def dropout(x: Any) -> Any:
        return np.sum(x * (rng.uniform(size=x.shape) > 0.5))

    def masked(x: Any, mask: Any) -> Any:
        return np.sum(x * mask)

    with pytest.raises(RuntimeError, match="dropout again, and it gave other values"):
        tg.grad(tg.checkpoint(dropout))(np.linspace(1, 2, 100))
    w = tg.Tensor(np.linspace(1, 2, 100))
    loss = tg.checkpoint(dropout)(w)
    with pytest.raises(RuntimeError, match="pass them as an argument"):
        loss.backward()
    assert w.grad is None
    mask = rng.uniform(size=100) > 0.5
    np.testing.assert_array_equal(tg.grad(tg.checkpoint(masked))(np.ones(100), mask), mask)
    tg.check_gradients(tg.checkpoint(lambda x: np.log(x - 1)), np.array([2.0, 3.0]), order=2)
    with np.errstate(all="ignore"):
        assert np.isnan(tg.grad(lambda x: np.sum(tg.checkpoint(np.sqrt)(x) * 0))(np.array([-1.0]))).all()


def test_a_tensor_from_outside_is_refused() -> None:
    w = tg.Tensor(2.0)
    with pytest.raises(TypeError, match=r"uses a Tensor that wants a gradient but is not one of its arguments"):
        tg.checkpoint(lambda x: x * w)(tg.Tensor(1.0))


def test_results_that_are_no_tensors_come_back_as_they_are() -> None:
    f = tg.checkpoint(lambda x: {"y": np.sin(x), "positive": np.sum(x) > 0, "n": len(x), "note": "text", "none": None})
    x = tg.Tensor(np.ones(2))
    result = f(x)
    assert (bool(result["positive"]), result["n"], result["note"], result["none"]) == (True, 2, "text", None)
    np.sum(result["y"]).backward()
    np.testing.assert_allclose(x.grad, np.cos(np.ones(2)), rtol=1e-14)


@tg.checkpoint
def decorated(x: Any) -> Any:
    return np.sin(x)


def test_a_decorated_function_is_pickled_by_its_name() -> None:
    assert pickle.loads(pickle.dumps(decorated)) is decorated
    assert decorated.__qualname__ == "decorated"


def test_a_write_into_an_argument_is_refused() -> None:
    def in_place(z: Any) -> Any:
        z *= 3
        return np.sum(z)

    def at_an_index(z: Any) -> Any:
        z[:1][0] = 7.0
        return np.sum(z)

    for f in (in_place, at_an_index):
        with pytest.raises(TypeError, match=r"writes into one of its arguments.*x = np.copy"):
            tg.grad(lambda q, f=f: (lambda z: tg.checkpoint(f)(z) + np.sum(z))(q * 1))(np.ones(2))

        def with_copy(q: Any, f: Any = f) -> Any:
            z = q * 1
            return tg.checkpoint(lambda z: f(np.copy(z)))(z) + np.sum(z * z)

        tg.check_gradients(with_copy, np.array([1.0, 2.0]))


def test_what_leaves_a_checkpoint_sideways_is_refused_when_it_is_used() -> None:
    kept: list[Any] = []
    buffer = Tensor(np.zeros(2), requires_grad=False)

    def into_list(v: Any) -> Any:
        kept.append(v * 2)
        return v * 3

    def into_buffer(v: Any) -> Any:
        buffer[0] = v * 2
        return v * 3

    f = tg.checkpoint(into_list)
    assert tg.grad(f)(3.0) == 3  # it is not used
    with pytest.raises(TypeError, match="into_list did not return it"):
        tg.grad(lambda q: (kept.clear(), f(q) + kept[0])[1])(3.0)
    with pytest.raises(TypeError, match="into_buffer did not return it"):
        tg.grad(lambda q: tg.checkpoint(into_buffer)(q) + buffer[0])(3.0)


def test_arguments_and_their_views_as_results_stay_what_they_are() -> None:
    def loss(q: Any) -> Any:
        z = q * 1
        same, part = tg.checkpoint(lambda v: (v, v[:1]))(z)
        part[0] = 7.0
        assert same is z
        y = tg.checkpoint(lambda v, a: np.sin(v)[::-1])(z, part)
        y[0] = 3.0
        return np.sum(z * z) + np.sum(y)

    value, g = tg.value_and_grad(loss)(np.array([1.0, 2.0]))
    assert value == pytest.approx(49 + 4 + 3 + np.sin(7), rel=1e-14)
    assert g.tolist() == [0, 4]
    with pytest.raises(TypeError, match="uses a Tensor that wants a gradient"):
        tg.checkpoint(lambda x: x * Tensor(2.0))(Tensor(1.0))
