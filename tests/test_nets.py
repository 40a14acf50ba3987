"""The functions of networks that are computed in one step, against the same written with NumPy's functions.

Values, gradients and second derivatives; shapes from single samples to none; float32; and the corners of cross-entropy.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from helpers import together

import tinygrad_lite as tg
from tinygrad_lite import Tensor
from tinygrad_lite.rules.nets.entropy import cross_entropy
from tinygrad_lite.rules.nets.linear import linear
from tinygrad_lite.rules.nets.normalization import layer_norm, standardize

Function = Callable[..., Any]


def same_to_second_order(fused: Function, naive: Function, *arrays: np.ndarray, dtype: Any = np.float64) -> None:
    """The results of both, their gradients, and the Hessian times a vector, to 1e-10; in float32 to its own digits."""
    tolerance = 1e-10 if dtype == np.float64 else 1e-3
    rng = np.random.default_rng(5)
    arrays = tuple(a.astype(dtype) for a in arrays)
    directions = [rng.normal(size=a.shape).astype(dtype) for a in arrays]
    found = []
    for f in (fused, naive):
        out = f(*map(Tensor, arrays))
        weights = np.cos(np.arange(out.size)).reshape(out.shape).astype(dtype)
        xs = list(map(Tensor, arrays))
        first = tg.gradients(np.sum(np.sin(f(*xs)) * weights), xs, create_graph=True)
        along = sum(np.sum(g * v) for g, v in zip(first, directions))
        second = tg.gradients(along, xs) if along.requires_grad else [np.zeros_like(a) for a in arrays]
        found.append([out.data, *(g.data for g in first), *second])
    for ours, expected in zip(*found):
        assert ours.shape == expected.shape
        assert ours.dtype == expected.dtype == dtype
        np.testing.assert_allclose(ours, expected, rtol=tolerance, atol=tolerance)


# --- linear -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_linear_is_a_matrix_product_and_a_sum(dtype: Any) -> None:
    rng = np.random.default_rng(0)
    for shape in [(3,), (1, 3), (5, 3), (2, 4, 3), (2, 1, 2, 3), (0, 3), (2, 0, 3), (400, 3)]:
        x, w, b = rng.normal(size=shape), rng.normal(size=(2, 3)), rng.normal(size=2)
        same_to_second_order(linear, lambda x, w, b: np.matmul(x, np.transpose(w)) + b, x, w, b, dtype=dtype)
        same_to_second_order(linear, lambda x, w: np.matmul(x, np.transpose(w)), x, w, dtype=dtype)


def test_linear_computes_in_the_dtype_that_numpy_chooses() -> None:
    x, w, b = np.ones((2, 3), np.float32), Tensor(np.ones((2, 3), np.float32)), Tensor(np.ones(2))
    out = linear(x, w, b)
    assert out.dtype == np.float64
    np.sum(out).backward()
    assert (w.grad.dtype, b.grad.dtype) == (np.float32, np.float64)


def test_linear_changes_no_array_that_can_be_seen() -> None:
    """It adds the bias in place, also in memory that is used again."""
    rng = np.random.default_rng(1)
    x, w, b = rng.normal(size=(600, 80)), Tensor(rng.normal(size=(90, 80))), Tensor(rng.normal(size=90))
    before = [x.copy(), w.data.copy(), b.data.copy()]
    first = linear(x, w, b)
    copy = first.data.copy()
    second = linear(first, Tensor(np.eye(90)), b)
    np.sum(second * second).backward()
    for array, kept in zip([x, w.data, b.data, first.data], [*before, copy]):
        np.testing.assert_array_equal(array, kept)
    np.testing.assert_array_equal(second.data, copy + b.data)


def test_the_memory_of_a_large_product_is_used_again() -> None:
    """In a loop, the results of linear take turns with few pieces of memory."""
    x, w, b = np.ones((600, 80)), Tensor(np.ones((90, 80))), Tensor(np.ones(90))
    places = set()
    for _ in range(10):
        hidden = linear(x, w, b)
        places.add(hidden.data.__array_interface__["data"][0])
        np.sum(tg.relu(hidden)).backward()
    assert len(places) <= 2


# --- standardize and layer norm ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_standardize_is_written_with_mean_and_variance(dtype: Any) -> None:
    rng = np.random.default_rng(2)
    for shape, axis in [((4,), -1), ((3, 4), -1), ((3, 4), 0), ((2, 3, 4), (0, 2)), ((2, 3, 4), (-2, -1)), ((0, 4), -1)]:

        def naive(x: Any, axis: Any = axis) -> Any:
            return (x - np.mean(x, axis=axis, keepdims=True)) / np.sqrt(np.var(x, axis=axis, keepdims=True) + 1e-3)

        same_to_second_order(lambda x, a=axis: standardize(x, a, 1e-3), naive, rng.normal(size=shape), dtype=dtype)
        x = standardize(rng.normal(5, 3, (50, 4)), axis=0)
        np.testing.assert_allclose([x.mean(axis=0), x.std(axis=0)], [np.zeros(4), np.ones(4)], atol=1e-5)


def test_layer_norm_has_a_weight_and_a_bias_for_each_feature() -> None:
    rng = np.random.default_rng(3)
    x, w, b = rng.normal(size=(5, 3, 4)), rng.normal(size=(3, 4)), rng.normal(size=(3, 4))

    def naive(x: Any, w: Any, b: Any) -> Any:
        mean, var = np.mean(x, axis=(1, 2), keepdims=True), np.var(x, axis=(1, 2), keepdims=True)
        return (x - mean) / np.sqrt(var + 1e-5) * w + b

    same_to_second_order(lambda x, w, b: layer_norm(x, (3, 4), w, b), naive, x, w, b)
    np.testing.assert_array_equal(layer_norm(x, (3, 4)), standardize(x, axis=(1, 2)))


def test_equal_numbers_are_standardized_to_0() -> None:
    x = Tensor(np.full((2, 3), 7.0))
    out = standardize(x)
    np.sum(out * np.arange(3)).backward()
    np.testing.assert_array_equal(out.data, 0)
    np.testing.assert_allclose(x.grad, np.tile([-1.0, 0.0, 1.0], (2, 1)) / np.sqrt(1e-5))


# --- cross-entropy ----------------------------------------------------------------------------------------------------


def naive_cross_entropy(
    z: Any, target: Any, weight: Any = None, ignore_index: int = -100, reduction: str = "mean", label_smoothing: float = 0.0
) -> Any:
    """Sample by sample, from the definition."""
    axis = min(z.ndim - 1, 1)
    count = z.shape[axis]
    rows = np.reshape(np.moveaxis(z, axis, -1), (-1, count))
    numbered = target.dtype.kind != "f"
    targets = target.reshape(-1) if numbered else np.reshape(np.moveaxis(target, axis, -1), (-1, count))
    weight = np.ones(count) if weight is None else weight
    losses, total = [], 0.0
    for row, y in zip(rows, targets):
        log_p = row - np.log(np.sum(np.exp(row)))
        if numbered and y == ignore_index:
            losses.append(0 * row[0])
            continue
        q = np.eye(count)[y] if numbered else y
        losses.append(-np.sum(((1 - label_smoothing) * q + label_smoothing / count) * weight * log_p))
        total = total + (float(weight[y]) if numbered else 1)
    if reduction == "none":
        return np.reshape(np.stack(losses), [n for i, n in enumerate(z.shape) if i != axis])
    return sum(losses) / (1 if reduction == "sum" else total)


OPTIONS: list[dict[str, Any]] = [
    {},
    {"weight": np.array([0.5, 1.0, 2.0])},
    {"label_smoothing": 0.3},
    {"weight": np.array([0.5, 1.0, 2.0]), "label_smoothing": 0.1},
]


@together
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("shape", [(3,), (5, 3), (4, 3, 2), (2, 3, 2, 2)])
def test_cross_entropy_is_written_sample_by_sample(shape: tuple[int, ...], reduction: str) -> None:
    rng = np.random.default_rng(4)
    z, of_samples = rng.normal(size=shape), tuple(n for i, n in enumerate(shape) if i != min(len(shape) - 1, 1))
    classes = np.array(rng.integers(0, 3, of_samples))
    some = np.array(np.where(rng.uniform(size=of_samples) < 0.3, -100, classes))
    for options in OPTIONS:
        options = {**options, "reduction": reduction}
        for y, ignored in ((classes, -100), (some, -100), (classes, 1)):
            if ignored in y and (y == ignored).all():
                continue
            same_to_second_order(
                lambda z, y=y, o=options, i=ignored: cross_entropy(z, y, ignore_index=i, **o),
                lambda z, y=y, o=options, i=ignored: naive_cross_entropy(z, y, ignore_index=i, **o),
                z,
            )
        probabilities = rng.dirichlet(np.ones(3), of_samples)
        probabilities = np.moveaxis(probabilities, -1, min(len(shape) - 1, 1))
        same_to_second_order(
            lambda z, p, o=options: cross_entropy(z, p, **o),
            lambda z, p, o=options: naive_cross_entropy(z, p, **o),
            z,
            probabilities,
        )


@pytest.mark.parametrize("options", [{}, {"weight": np.array([1.0, 1.0])}, {"reduction": "none"}], ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_cross_entropy_is_stable_at_1000(dtype: Any, options: dict[str, Any]) -> None:
    z = Tensor(np.array([[-1000.0, 1000.0], [1000.0, -1000.0]], dtype))
    for target in (np.array([0, 0]), np.array([[1.0, 0.0], [1.0, 0.0]], dtype)):
        z.zero_grad()
        loss = np.sum(cross_entropy(z, target, **options))
        loss.backward()
        scale = 1 if "reduction" in options else 2
        np.testing.assert_allclose(loss.data, 2000 / scale)
        np.testing.assert_allclose(z.grad, np.array([[-1, 1], [0, 0]]) / scale, atol=1e-30)
        assert loss.dtype == z.grad.dtype == dtype


@pytest.mark.parametrize("options", [{}, {"weight": np.array([1.0, 1.0, 1.0])}], ids=str)
def test_a_class_that_is_impossible_adds_nothing_where_it_is_not_the_right_one(options: dict[str, Any]) -> None:
    """A mask sets logits to -inf."""
    z = Tensor([[0.0, 0.0, -np.inf]])
    loss = cross_entropy(z, np.array([0]), **options)
    loss.backward()
    np.testing.assert_allclose(loss.data, np.log(2))
    np.testing.assert_allclose(z.grad, [[-0.5, 0.5, 0]])


def test_float32_stays_float32_with_any_weight() -> None:
    z = Tensor(np.ones((4, 3), np.float32))
    for weight in (np.array([1, 2, 3]), np.array([1.0, 2.0, 3.0]), Tensor([1.0, 2.0, 3.0], requires_grad=False)):
        for target in (np.array([0, 1, 2, 0], np.uint8), np.full((4, 3), 1 / 3, np.float32)):
            for reduction in ("mean", "sum", "none"):
                loss = cross_entropy(z, target, weight, reduction=reduction)
                assert loss.dtype == tg.gradients(np.sum(loss), z).dtype == np.float32


def test_targets_that_are_tensors() -> None:
    """Constants, for class numbers; probabilities may want a gradient, as when one network learns from another."""
    z, y = Tensor(np.eye(3)), Tensor(np.array([0, 1, 1]), requires_grad=False)
    for options in ({}, {"reduction": "sum"}):
        np.testing.assert_array_equal(cross_entropy(z, y, **options).data, cross_entropy(z, y.data, **options).data)
    teacher = Tensor(np.zeros((3, 3)))
    cross_entropy(z, tg.softmax(teacher)).backward()
    assert np.abs(teacher.grad).max() > 0.01


def test_a_class_that_does_not_exist_is_refused() -> None:
    z = Tensor(np.zeros((3, 2)))
    for wrong in (2, -1, 5):
        for options in ({}, {"reduction": "sum"}, {"weight": np.ones(2)}):
            with pytest.raises(IndexError, match=rf"The targets have class {wrong}, but the logits are for 2 classes"):
                cross_entropy(z, np.array([0, wrong, -100]), **options)
    with pytest.raises(IndexError, match="class -100"):
        cross_entropy(z, np.array([0, 7, -100]), ignore_index=7)
    np.testing.assert_allclose(cross_entropy(z, np.array([0, 7, 1]), ignore_index=7).data, np.log(2))


# --- in a file --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_a_graph_of_them_that_was_read_computes_the_same(options: dict[str, Any]) -> None:
    rng = np.random.default_rng(6)
    x, y, w, b = rng.normal(size=(4, 2)), np.array([0, 2, 1, 1]), rng.normal(size=(3, 2)), rng.normal(size=3)

    def loss(w: Any, b: Any, x: Any, y: Any) -> Any:
        return cross_entropy(layer_norm(linear(x, w, b), (3,)), y, **options)

    graph = tg.trace(loss, backward=True, argnums=(0, 1))(w, b, x, y)
    read = tg.Graph.from_json(graph.to_json())
    value, slopes = tg.source(read).function()(w, b, x, y)
    expected, gradients = tg.value_and_grad(loss, (0, 1))(w, b, x, y)
    np.testing.assert_allclose(value, expected, rtol=1e-13)
    for ours, theirs in zip(slopes, gradients):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-15)


# --- when they are imported -------------------------------------------------------------------------------------------


def test_importing_the_package_does_not_import_them() -> None:
    code = "import sys, tinygrad_lite as tg; assert not [m for m in sys.modules if 'rules.nets' in m]"
    subprocess.run([sys.executable, "-c", code], check=True)
