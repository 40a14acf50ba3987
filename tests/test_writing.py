"""Writing into Tensors: views and what they are views of see it, as with NumPy's arrays; leaves are spared."""

from __future__ import annotations

import gc
import random
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg
from tinygrad_lite import Tensor

ROWS = np.arange(1.0, 7.0).reshape(2, 3)


def chained(y: Any, v: Any) -> Any:
    y[0][1] = v
    return y


def reshaped(y: Any, v: Any) -> Any:
    y.reshape(-1)[4] = v
    return y


def transposed(y: Any, v: Any) -> Any:
    y.T[1:] = v
    return y


def rows(y: Any, v: Any) -> Any:
    for row in y:
        row *= v
    return y


def rows_by_index(y: Any, v: Any) -> Any:
    for i in range(len(y)):
        y[i] += v
    return y


def the_view_sees_it(y: Any, v: Any) -> Any:
    row = y[1]
    y[1, 0] = v
    return row


def through_several(y: Any, v: Any) -> Any:
    part = np.flip(np.swapaxes(y, 0, 1), 0)[1:]
    whole = np.expand_dims(y, 0)
    part[0] = v
    part[1, 1] -= v * v
    return whole * part[0, 0]


def squeezed(y: Any, v: Any) -> Any:
    np.squeeze(y[:1])[2] = v
    np.moveaxis(y, 0, 1)[0, 1] = v * v
    np.ravel(y)[0] = 2 * v
    return y


def a_copy(y: Any, v: Any) -> Any:
    part = y[[0, 1]]
    part[0] = v
    y[np.array([[True, False, False], [False, True, False]])] = v
    return y * part


@pytest.mark.parametrize(
    "program",
    [chained, reshaped, transposed, rows, rows_by_index, the_view_sees_it, through_several, squeezed, a_copy],
    ids=lambda f: f.__name__,
)
def test_values_and_gradients_are_those_of_the_plain_program(program: Callable[..., Any]) -> None:
    def f(x: Any, v: Any) -> Any:
        return program(x * 2.0 + 0.0 * v, v)

    for x, v in ((Tensor(ROWS), 3.0), (Tensor(ROWS), Tensor(3.0))):
        np.testing.assert_allclose(f(x, v).data, f(ROWS, 3.0))
    h, x, v = 1e-6, ROWS, 3.0
    for i in range(2):
        g = np.asarray(tg.grad(lambda *a: np.sum(f(*a) ** 2), argnums=i)(x, v))
        for k in np.ndindex(g.shape):
            e = np.zeros(g.shape)
            e[k] = h
            ahead, behind = ((x + s * e, v) if i == 0 else (x, v + s * e[()]) for s in (1, -1))
            assert g[k] == pytest.approx((np.sum(f(*ahead) ** 2) - np.sum(f(*behind) ** 2)) / (2 * h), rel=1e-6, abs=1e-5)


OPERATIONS = ["index", "slice", "T", "reshape", "swap", "flip", "expand", "write", "write", "fill", "add", "multiply", "use"]


def random_program(seed: int) -> Callable[..., Any]:
    """A few views and writes, in a random order. What Python rebinds by ``+=`` is rebound."""
    rng = random.Random(seed)
    steps = [(rng.choice(OPERATIONS), rng.random(), rng.random()) for _ in range(rng.randint(2, 9))]

    def f(x: Any, v: Any) -> Any:
        values, total = [x * 2.0], 0.0
        for name, a, b in steps:
            i = int(a * len(values))
            t = values[i]
            if name == "index" and t.ndim >= 2:
                values.append(t[int(b * t.shape[0])])
            elif name == "slice":
                values.append(t[int(b * t.shape[0]) :])
            elif name == "T":
                values.append(t.T)
            elif name == "reshape":
                values.append(t.reshape(-1))
            elif name == "swap" and t.ndim >= 2:
                values.append(np.swapaxes(t, 0, -1))
            elif name == "flip":
                values.append(np.flip(t, 0))
            elif name == "expand":
                values.append(np.expand_dims(t, 0))
            elif name == "write" and t.size:
                t[int(b * t.shape[0])] = v * (1 + b)
            elif name == "fill":
                t[...] = v * b
            elif name == "add":
                t += v * b
                values[i] = t
            elif name == "multiply":
                t *= 1 + b
                values[i] = t
            elif name == "use":
                total = total + weighted(t)
        return total + sum(weighted(t) for t in values)

    return f


def weighted(t: Any) -> Any:
    return np.sum(t * np.cos(np.arange(1.0, 1 + t.size)).reshape(t.shape))


@pytest.mark.parametrize("block", range(5))
def test_random_programs(block: int) -> None:
    for seed in range(40 * block, 40 * (block + 1)):
        f, x, v, h = random_program(seed), np.random.default_rng(seed).normal(size=(2, 3)), 1.5, 1e-3
        value, (gx, gv) = tg.value_and_grad(f, argnums=(0, 1))(x, v)
        assert value == pytest.approx(f(x, v), rel=1e-12, abs=1e-12), seed
        # the program is a polynomial of v, and linear in x, so differences are as good as exact
        along = np.random.default_rng(seed).normal(size=(2, 3))
        assert np.sum(gx * along) == pytest.approx((f(x + h * along, v) - f(x - h * along, v)) / (2 * h), rel=1e-9, abs=1e-9)
        assert gv == pytest.approx((f(x, v + h) - f(x, v - h)) / (2 * h), rel=1e-4, abs=1e-4), seed


def test_constants_and_leaves() -> None:
    constant = Tensor(np.zeros((2, 2)), requires_grad=False)
    v = Tensor(2.0)
    constant[0][1] = v * 3
    np.sum(constant * v).backward()
    assert v.grad == 12
    leaf = Tensor(ROWS, name="w")
    row = leaf[0]
    for write in (lambda: leaf[0].__setitem__(1, 0.0), lambda: row.__setitem__(1, 0.0), lambda: row.__iadd__(1.0)):
        with pytest.raises(RuntimeError, match=r"view.*leaf 'w'.*np\.copy\(w\[0\]\)"):
            write()
    assert leaf.data is ROWS or np.array_equal(leaf.data, ROWS)
    copied = np.copy(leaf[0])
    copied[1] = 0.0
    assert copied.data.tolist() == [1, 0, 3]
    with tg.no_grad():
        leaf[0][1] = 7.0
        leaf.T[2] += 1
        leaf[1] *= 2
    assert leaf.data.tolist() == [[1, 7, 4], [8, 10, 14]]
    assert ROWS.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert row.data.tolist() == [1, 2, 3]  # made before, and its gradient may need these numbers


def test_broadcast_to_cannot_be_written_into() -> None:
    with pytest.raises(ValueError, match=r"np\.copy"):
        np.broadcast_to(Tensor(ROWS) * 1, (2, 2, 3))[0] = 1.0


def test_floats_into_whole_numbers() -> None:
    c = Tensor(np.zeros(3, int), requires_grad=False)
    for value in (Tensor(1.5), 1.5, np.array(0.5)):
        with pytest.raises(TypeError, match=r"dtype int64 and the value float64.*zeros"):
            c[0] = value
    c[0] = 2
    assert c.data.tolist() == [2, 0, 0]


def test_new_data_of_another_shape_drops_the_gradient() -> None:
    w = Tensor(np.ones(3), name="w")
    np.sum(w).backward()
    w.data = np.ones(1)
    assert w.grad is None
    np.sum(w * 2).backward()
    assert w.grad.tolist() == [2]
    w.grad = np.ones(5)
    with pytest.raises(ValueError, match=r"leaf 'w' has shape \(1,\).*\(5,\).*w\.zero_grad\(\)"):
        np.sum(w * 2).backward()


def test_arrays_to_write_into() -> None:
    for make in (np.zeros_like, np.empty_like, np.ones_like, lambda x: np.full_like(x, 7.0)):

        def f(x: Any, make: Any = make) -> Any:
            c = make(x)
            for i in range(len(x)):
                c[i] = x[i] ** 2
            return np.sum(c)

        assert tg.grad(f)(np.array([1.0, 2.0, 3.0])).tolist() == [2, 4, 6]
    assert type(np.zeros_like(Tensor(ROWS), dtype=bool)) is np.ndarray


def test_views_hold_no_one_longer_than_arrays_do() -> None:
    """The view keeps what it is a view of, not the other way round; and nothing waits for the garbage collector."""
    gc.disable()
    try:
        y = Tensor(ROWS) * 2
        views = [y[0], y.T, y[0][1:]]
        y[0, 0] = 5.0
        seen = [weakref.ref(t) for t in (y, *views)]
        del views
        assert [ref() is None for ref in seen[1:]] == [True] * 3
        del y
        assert seen[0]() is None
    finally:
        gc.enable()
    constant = Tensor(ROWS, requires_grad=False)
    for _ in range(1000):
        constant[0]
    assert len(constant.views) < 100
