"""Reductions and statistics: what NumPy refuses or allows, dtypes, and the functions that have options of their own."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from helpers import together

import tinygrad_lite as tg
from tinygrad_lite import Tensor, check_gradients, grad
from tinygrad_lite.messages import name_of

x = np.array([1.5, 2.7, -0.6])

# --- a single number --------------------------------------------------------------------------------------------------

OF_A_NUMBER: list[Callable[..., Any]] = [
    np.sum, np.prod, np.max, np.min, np.amax, np.amin, np.ptp, np.nansum, np.nanprod, np.nanmax, np.nanmin, np.nanmean,
    np.cumsum, np.cumprod, np.nancumsum, np.nancumprod, np.add.reduce, np.multiply.reduce, np.maximum.reduce,
    np.minimum.reduce, np.subtract.reduce, np.logaddexp.reduce, np.hypot.reduce, tg.logsumexp,
]  # fmt: skip


@together
@pytest.mark.parametrize("axis", [0, -1])
@pytest.mark.parametrize("function", OF_A_NUMBER, ids=name_of)
def test_a_single_number_has_an_axis_for_numpy(function: Callable[..., Any], axis: int) -> None:
    assert grad(lambda t: np.sum(function(t, axis=axis)))(2.0) == (0 if function is np.ptp else 1)


@pytest.mark.parametrize("function", [np.median, np.mean, np.var, np.average, np.nanmedian], ids=name_of)
def test_an_axis_that_is_not_there_is_numpys_error(function: Callable[..., Any]) -> None:
    for value, axis in ((np.float64(2), 0), (np.ones((2, 3)), 5), (np.ones((2, 3)), (0, 2))):
        with pytest.raises(np.exceptions.AxisError):
            function(value, axis=axis)
        with pytest.raises(np.exceptions.AxisError):
            function(Tensor(value), axis=axis)


@together
@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda t: np.average(t, weights=[1, -1, 0]), ZeroDivisionError),
        (lambda t: np.average(t, weights=[1, 2]), TypeError),
        (lambda t: np.add.accumulate(t[0]), TypeError),
        (lambda t: np.maximum.accumulate(t[0]), TypeError),
        (lambda t: np.subtract.reduce(t[:0]), ValueError),
        (lambda t: np.subtract.reduce(np.stack([t, t]), axis=(0, 1)), ValueError),
        (lambda t: np.quantile(t, 1.5), ValueError),
        (lambda t: np.quantile(t, 0.5, method="no"), ValueError),
        (lambda t: np.cov(t, aweights=[1, 2]), RuntimeError),
        (lambda t: np.max(t[:0]), ValueError),
        (lambda t: np.max(t, where=[True, False, False]), ValueError),
    ],
)
def test_what_numpy_refuses_is_refused(call: Callable[..., Any], error: type[Exception]) -> None:
    for values in (x, Tensor(x)):
        with pytest.raises(error):
            call(values)


# --- dtypes -----------------------------------------------------------------------------------------------------------


@together
@pytest.mark.parametrize("dtype", [np.int64, int, bool, np.uint8])
@pytest.mark.parametrize(
    "function",
    [np.sum, np.mean, np.prod, np.cumsum, np.cumprod, np.var, np.std, np.nansum, np.add.reduce, np.multiply.accumulate],
    ids=lambda f: f.__name__,
)
def test_whole_numbers_are_steps(function: Callable[..., Any], dtype: Any) -> None:
    values = np.abs(x)
    assert np.sum(function(Tensor(values), dtype=dtype)).data == np.sum(function(values, dtype=dtype))
    assert grad(lambda t: np.sum(function(t, dtype=dtype) * 1.5 * t[0]))(values)[1:].tolist() == [0, 0]
    assert grad(lambda t: np.sum(function(t, dtype=dtype)) * 1.0)(values).tolist() == [0, 0, 0]
    assert grad(lambda t: np.trace(np.outer(t, t), dtype=dtype) * 1.0)(values).tolist() == [0, 0, 0]
    check_gradients(lambda t: np.sum(function(t, dtype=dtype)) * np.sin(t), values, order=2, limit=0)


def test_a_complex_sum_is_refused() -> None:
    for function in (np.sum, np.mean, np.prod, np.cumsum, np.var):
        with pytest.raises(TypeError, match="real numbers"):
            function(Tensor(x), dtype=complex)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # sums of so many halves overflow in NumPy too
@pytest.mark.parametrize("function", [np.mean, np.nanmean, np.average], ids=name_of)
def test_more_halves_than_the_largest_half(function: Callable[..., Any]) -> None:
    slope = grad(function)(np.ones(70_000, dtype=np.float16))
    assert slope.dtype == np.float16
    np.testing.assert_allclose(slope, 1 / 70_000, rtol=1e-2)
    rows = grad(lambda t: np.sum(function(t, axis=0)))(np.ones((70_000, 2), dtype=np.float16))
    np.testing.assert_allclose(rows, 1 / 70_000, rtol=1e-2)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_variance_of_many_halves() -> None:
    halves = (np.arange(70_000) % 8).astype(np.float16)
    for function in (np.var, np.nanvar):
        slope = grad(lambda t, function=function: 1000 * function(t))(halves)
        exact = grad(lambda t, function=function: 1000 * function(t))(halves.astype(float))
        np.testing.assert_allclose(slope, exact, rtol=2e-2, atol=1e-4)


# --- keywords ---------------------------------------------------------------------------------------------------------


def test_a_number_to_begin_with_that_wants_a_gradient_is_refused_and_says_what_to_write() -> None:
    with pytest.raises(TypeError, match=r"np\.sum\(x\) \+ t"):
        np.sum(Tensor(x), initial=Tensor(1.0))
    np.testing.assert_array_equal(np.sum(Tensor(x), initial=Tensor(1.0).detach()).data, np.sum(x) + 1)


def test_methods_take_the_keywords_too() -> None:
    t, mask = Tensor(x), x > 0
    t.sum(where=mask).backward()
    assert t.grad.tolist() == [1, 1, 0]
    assert t.max(initial=9.0, where=mask).item() == 9


def test_where_none_leaves_out_everything() -> None:
    """NumPy takes None for False here."""
    x = np.array([1.0, 2.0, 3.0])
    for f in (
        np.sum, np.prod, np.nansum, np.ndarray.sum, np.add.reduce, np.multiply.reduce, np.hypot.reduce,
        lambda t, **k: np.max(t, initial=-9.0, **k), lambda t, **k: np.maximum.reduce(t, initial=1.0, **k),
    ):  # fmt: skip
        t = Tensor(x)
        out = t.sum(where=None) if f is np.ndarray.sum else f(t, where=None)
        assert out.item() == f(x, where=None)
        out.backward()
        assert t.grad.tolist() == [0, 0, 0]


def test_weights_of_a_covariance_are_added_in_float64() -> None:
    t = Tensor([1.0, 2.0, 4.0])
    third = np.array([1, 2, 4], np.float16) / np.float16(3)
    for keywords in (
        {"aweights": np.full(3, 30_000, np.float16)}, {"aweights": third}, {"fweights": np.array([200] * 3, np.uint8)},
        {"fweights": np.array([60_000, 60_000, 1], np.float16), "aweights": third}, {"aweights": third.astype(np.float32)},
    ):  # fmt: skip
        np.testing.assert_allclose(np.cov(t, **keywords).data, np.cov(t.data, **keywords), rtol=1e-14)
    w = Tensor(third)
    np.cov(t, aweights=w).backward()
    assert w.grad.dtype == np.float16


def test_writing_the_result_somewhere_is_refused() -> None:
    for function in (np.sum, np.nanmax, np.cumsum, np.add.reduce, np.quantile):
        with pytest.raises(TypeError, match="out="):
            function(Tensor(x), *([0.5] if function is np.quantile else []), out=np.zeros(()))


# --- quantiles --------------------------------------------------------------------------------------------------------


def test_q_has_no_gradient_where_the_method_jumps() -> None:
    with pytest.raises(TypeError, match="interpolates: linear"):
        grad(lambda q: np.quantile(x, q, method="nearest"))(0.4)
    check_gradients(lambda t, q: np.quantile(t, q), x, np.array([0.3, 0.8]), order=2)


# --- bins -------------------------------------------------------------------------------------------------------------


def test_counts_are_plain_arrays() -> None:
    counts, edges = np.histogram(Tensor(x), 4)
    assert type(counts) is type(edges) is np.ndarray
    np.testing.assert_array_equal(counts, np.histogram(x, 4)[0])


def test_of_equal_values_the_first_gets_the_gradient() -> None:
    values, where_from, counts = np.unique(Tensor([3.0, 1.0, 3.0]), return_index=True, return_counts=True)
    assert isinstance(values, Tensor)
    assert where_from.tolist() == [1, 0]
    assert counts.tolist() == [1, 2]
    assert grad(lambda t: np.sum(np.unique(t) * [1, 10]))(np.array([3.0, 1.0, 3.0])).tolist() == [10, 1, 0]


def test_a_union_keeps_the_gradient_of_what_it_takes() -> None:
    s, t = Tensor(np.array([3.0, 1.0, 2.0, 1.0, 5.0])), Tensor(np.array([1.0, 5.0, 4.0]))
    np.union1d(s, t).backward(np.arange(1.0, 6.0))
    assert (s.grad.tolist(), t.grad.tolist()) == ([3, 1, 2, 0, 5], [0, 0, 4])


# --- weighted logsumexp -----------------------------------------------------------------------------------------------


def test_logsumexp_with_weights_is_scipys() -> None:
    special = pytest.importorskip("scipy.special")
    rows, b = np.array([[1.0, 2.0, 0.5], [1000.0, 999.0, 2000.0]]), np.array([[1.0, -0.5, 2.0], [2.0, -1.0, 0.0]])
    for axis in (1, -1):
        for keepdims in (False, True):
            expected = special.logsumexp(rows, axis, b, keepdims, True)
            got = tg.logsumexp(Tensor(rows), axis, keepdims, b=Tensor(b), return_sign=True)
            np.testing.assert_allclose(got[0].data, expected[0], rtol=1e-14)
            np.testing.assert_array_equal(got[1], expected[1])
    check_gradients(lambda t, b: tg.logsumexp(t, axis=1, b=b), rows[:1], np.array([[1.0, -0.2, 2.0]]), order=2)
    check_gradients(lambda t, b: tg.logsumexp(t, b=b), rows[0], np.array([1.0, 0.0, 0.5]), order=2)
    check_gradients(lambda t: tg.logsumexp(t, b=np.array([1.0, -9.0, 2.0]), return_sign=True)[0], rows[0], order=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert np.isnan(tg.logsumexp(Tensor(x), b=-1.0).item())
