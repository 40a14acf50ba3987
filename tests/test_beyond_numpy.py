"""Tensors around arrays of another library: dask computes nothing until it is asked, and then the numbers are NumPy's."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg

dask = pytest.importorskip("dask", reason="arrays beyond NumPy are tested with dask, which is not installed")
da = pytest.importorskip("dask.array", reason="arrays beyond NumPy are tested with dask.array, which is not installed")

rng = np.random.default_rng(12)
X, Y, W = rng.uniform(0.5, 2, (6, 4)), rng.uniform(0.5, 2, (6, 4)), rng.normal(size=(4, 3))


def refuse(*_: Any, **__: Any) -> Any:
    raise AssertionError("something was computed before anybody asked for it")


FUNCTIONS: list[Callable[..., Any]] = [
    lambda x, y: np.sqrt(np.mean((x - y) ** 2)),
    lambda x, y: x * y + x / y - y**x + x**2 - x**0.5,
    lambda x, y: np.exp(-x) * np.log(y) + np.sin(x) * np.tanh(y) - np.arctan2(x, y) + np.hypot(x, y),
    lambda x, y: np.maximum(x, y) + np.minimum(x, 1.0) + np.abs(x - y) + np.where(x > y, x, y) + np.clip(x, 0.8, 1.5),
    lambda x, y: tg.relu(x - 1) + tg.sigmoid(x) * tg.softplus(y) + tg.softmax(x) + tg.log_softmax(y, axis=0),
    lambda x, y: np.sum(x, axis=0) * np.mean(y, axis=0) + np.max(x, axis=0) - np.min(y, axis=0) + np.prod(x, axis=0),
    lambda x, y: np.var(x, axis=1) + np.std(y, axis=1, ddof=1) + tg.logsumexp(x, axis=1) + np.linalg.norm(y, axis=1),
    lambda x, y: x @ W + np.matmul(y, W) * np.einsum("ij,jk->ik", x, W) + np.tensordot(x, W, 1),
    lambda x, y: np.concatenate([x, y]) * np.concatenate([y, x]) + np.reshape(np.stack([x, y]), (12, 4)),
    lambda x, y: np.transpose(x, (1, 0)) @ y + x.T @ np.flip(y, 0) + np.swapaxes(x, 0, 1) @ np.roll(y, 1, 0),
    lambda x, y: x[1:4] * y[2:5] + x[0] - y[-1, 1:2] + np.expand_dims(x[:, 0], 1)[:3] + np.squeeze(x[None])[3:],
    lambda x, y: np.cumsum(x, axis=0) + np.diff(y, axis=0, append=y[:1]) + np.broadcast_to(x[0], (6, 4)),
    lambda x, y: np.split(x, 2)[0] * np.split(y, 2)[1] + x[[0, 2, 4]],
]


def weighted(f: Callable[..., Any]) -> Callable[..., Any]:
    """One number of whatever `f` returns."""
    return lambda *xs: np.sum(np.cos(np.arange(np.prod(f(*xs).shape)).reshape(f(*xs).shape)) * f(*xs))


@pytest.mark.parametrize("f", FUNCTIONS, ids=range(len(FUNCTIONS)))
def test_the_same_gradient_and_nothing_computed_on_the_way(f: Callable[..., Any]) -> None:
    blocks = [da.from_array(X, chunks=(4, 3)), da.from_array(Y, chunks=(4, 3))]
    expected = tg.grad(weighted(f), (0, 1))(X, Y)
    with dask.config.set(scheduler=refuse):
        lazy = tg.grad(weighted(f), (0, 1))(*blocks)
        leaves = [tg.Tensor(block) for block in blocks]
        weighted(f)(*leaves).backward()
    for ours, again, numpys in zip(lazy, leaves, expected):
        assert isinstance(ours, da.Array)
        assert isinstance(again.grad, da.Array)
        assert ours.shape == numpys.shape
        np.testing.assert_allclose(ours.compute(scheduler="synchronous"), numpys, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(again.grad.compute(scheduler="synchronous"), numpys, rtol=1e-10, atol=1e-12)


def test_the_quadratic_in_blocks() -> None:
    n = 200_000
    x = np.linspace(-5, 5, n)

    def loss(p: Any, x: Any) -> Any:
        return np.sqrt(np.mean((p[0] * x**2 + p[1] * x + p[2] - (5 * x**2 - 3 * x + 3)) ** 2))

    expected = tg.grad(loss)([2.0, 3.0, 4.0], x)
    with dask.config.set(scheduler=refuse):
        lazy = tg.grad(loss)([2.0, 3.0, 4.0], da.from_array(x, chunks=10_000))
    np.testing.assert_allclose(dask.compute(*lazy, scheduler="threads"), expected, rtol=1e-11)


def test_a_gradient_in_blocks_stays_in_blocks() -> None:
    """The gradient of a mean is one number repeated: as one array of full size it would have to fit in memory."""
    n, block = 10**9, 10**6
    with dask.config.set({"scheduler": refuse, "array.chunk-size": 8 * block}):
        x = tg.Tensor(da.ones(n, chunks=block))
        np.mean(x * 2.0).backward()
    assert max(max(c) for c in x.grad.chunks) == block


def test_second_derivatives_are_lazy_too() -> None:
    with dask.config.set(scheduler=refuse):
        product = tg.hvp(lambda x: np.sum(x**3))(da.from_array(X, chunks=3), da.ones((6, 4), chunks=3))
    np.testing.assert_allclose(product.compute(scheduler="synchronous"), 6 * X, rtol=1e-12)


def test_debug_does_not_touch_the_data() -> None:
    with dask.config.set(scheduler=refuse), tg.debug():
        x = tg.Tensor(da.from_array(X, chunks=3))
        np.sum(np.log(x - 1)).backward()
    assert isinstance(x.grad, da.Array)


def test_a_repeated_index_is_refused() -> None:
    x = tg.Tensor(da.from_array(X, chunks=3))
    with pytest.raises(TypeError, match=r"names an element twice.*Use slices"):
        np.sum(x[[0, 0, 1]]).backward()


@pytest.mark.parametrize("cluster", [[], ["--cluster", "local"]], ids=["threads", "processes"])
def test_the_example(cluster: list[str]) -> None:
    if cluster:
        pytest.importorskip("distributed", reason="a cluster of processes needs dask.distributed, which is not installed")
    script = Path(__file__).parent.parent / "examples" / "beyond_memory.py"
    arguments = ["--points", "2e5", "--block", "5e4", "--epochs", "2", *cluster]
    run = subprocess.run([sys.executable, str(script), *arguments], capture_output=True, text=True, check=True)
    assert "200,000 points in 4 blocks" in run.stdout
    assert "37.09" in run.stdout
    assert "20.2" in run.stdout  # after two steps
