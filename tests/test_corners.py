"""Derivatives at corners: the table that people can rely on, a test for each row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from helpers import together

import tinygrad_lite as tg
from tinygrad_lite import Tensor
from tinygrad_lite.rules.nets.pooling import max_pool2d

inf, nan = np.inf, np.nan
Case = tuple[str, Callable[..., Any], list[Any], list[Any]]

CORNERS: list[Case] = [  # what, the function, where, its gradient there
    ("abs(0)", np.abs, [0.0], [0.0]),
    ("abs(-0.0)", np.abs, [-0.0], [0.0]),
    ("fabs(0)", np.fabs, [0.0], [0.0]),
    ("relu(0)", tg.relu, [0.0], [0.0]),
    ("sign(0)", np.sign, [0.0], [0.0]),
    ("max of equal values", np.max, [[3.0, 1.0, 3.0]], [[0.5, 0, 0.5]]),
    ("max of three equal values", np.max, [[2.0, 2.0, 2.0]], [[1 / 3, 1 / 3, 1 / 3]]),
    ("min of equal values", np.min, [[1.0, 3.0, 1.0]], [[0.5, 0, 0.5]]),
    ("max along an axis", lambda x: np.max(x, axis=0), [[[1.0, 2.0], [1.0, 0.0]]], [[[0.5, 1], [0.5, 0]]]),
    ("max of the number that is initial", lambda x: np.max(x, initial=3.0), [[3.0, 1.0]], [[0.5, 0]]),
    ("max less than initial", lambda x: np.max(x, initial=5.0), [[3.0, 1.0]], [[0, 0]]),
    ("max with nan", np.max, [[1.0, nan]], [[0, 0]]),
    ("nanmax of equal values", np.nanmax, [[3.0, nan, 3.0]], [[0.5, 0, 0.5]]),
    (
        "running max of equal values",
        np.maximum.accumulate,
        [[1.0, 3.0, 3.0, 2.0, 3.0]],
        [[1, 1 + 1 / 2 + 1 / 2 + 1 / 3, 1 / 2 + 1 / 2 + 1 / 3, 0, 1 / 3]],
    ),
    ("running min of equal values", np.minimum.accumulate, [[3.0, 3.0, 1.0]], [[1.5, 0.5, 1]]),
    ("running max after nan", np.maximum.accumulate, [[1.0, nan, 3.0]], [[1, 0, 0]]),
    ("median of equal values", np.median, [[2.0, 1.0, 2.0, 2.0]], [[0.5, 0, 0.5, 0]]),
    ("median with nan", np.median, [[2.0, nan, 1.0]], [[0, 0, 0]]),
    ("quantile with nan", lambda x: np.quantile(x, 0.3), [[2.0, nan, 1.0]], [[0, 0, 0]]),
    ("quantile in q, at an element", lambda q: np.quantile([1.0, 2.0, 4.0], q), [0.5], [4.0]),
    ("quantile in q, at the last element", lambda q: np.quantile([1.0, 2.0, 4.0], q), [1.0], [4.0]),
    ("quantile in q, cut off", lambda q: np.quantile([1.0, 2.0, 4.0], q, method="hazen"), [0.1], [0.0]),
    ("unique of equal values", np.unique, [[2.0, 1.0, 2.0]], [[1, 1, 0]]),
    ("sum of whole numbers", lambda x: np.sum(x, dtype=int), [[1.5, 2.7]], [[0, 0]]),
    ("maximum of equal values", np.maximum, [2.0, 2.0], [0.5, 0.5]),
    ("minimum of equal values", np.minimum, [2.0, 2.0], [0.5, 0.5]),
    ("fmax of equal values", np.fmax, [2.0, 2.0], [0.5, 0.5]),
    ("fmin of equal values", np.fmin, [2.0, 2.0], [0.5, 0.5]),
    ("fmax of nan and a number", np.fmax, [nan, 2.0], [0.0, 1.0]),
    ("fmax of two nan", np.fmax, [nan, nan], [0.5, 0.5]),
    ("fmin of two nan", np.fmin, [[nan, 1.0], [nan, nan]], [[0.5, 1.0], [0.5, 0.0]]),
    ("abs(nan)", np.abs, [nan], [nan]),
    ("maximum with a constant", lambda x: np.maximum(x, 0.0), [[0.0, 1.0]], [[0.5, 1]]),
    ("x**0 at 0", lambda x: x**0, [0.0], [0.0]),
    ("x**0.0 at 0, both Tensors", lambda x, y: x**y, [0.0, 0.0], [0.0, 0.0]),
    ("x**1 at 0", lambda x: x**1, [0.0], [1.0]),
    ("x**2 at 0", lambda x: x**2, [0.0], [0.0]),
    ("0**2, and its exponent", np.power, [0.0, 2.0], [0.0, 0.0]),
    ("an array to powers of an array, with zeros", np.power, [[0.0, 0.0], [1.0, 3.0]], [[1.0, 0.0], [0.0, 0.0]]),
    ("0 to a negative power", np.power, [0.0, -1.0], [-inf, -inf]),
    ("0 to powers of all signs", np.float_power, [[0.0, 0.0, 0.0], [2.0, 0.0, -2.0]], [[0, 0, -inf], [0, 0, -inf]]),
    ("prod with one zero", np.prod, [[2.0, 0.0, 3.0]], [[0, 6, 0]]),
    ("prod with two zeros", np.prod, [[0.0, 0.0, 3.0]], [[0, 0, 0]]),
    ("cumprod with a zero", np.cumprod, [[2.0, 0.0, 3.0]], [[1, 2 + 2 * 3, 0]]),
    ("norm(0)", np.linalg.norm, [[0.0, 0.0]], [[0, 0]]),
    ("norm of a row of zeros", lambda x: np.linalg.norm(x, axis=1), [[[0.0, 0.0], [3.0, 4.0]]], [[[0, 0], [0.6, 0.8]]]),
    ("hypot(0, 0)", np.hypot, [0.0, 0.0], [0.0, 0.0]),
    ("std of equal values", np.std, [[3.0, 3.0]], [[0, 0]]),
    ("std of equal values in one row", lambda x: np.std(x, axis=1), [[[3.0, 3.0], [0.0, 2.0]]], [[[0, 0], [-0.5, 0.5]]]),
    ("max_pool2d of equal values", lambda x: max_pool2d(x, 2), [[[[3.0, 3.0], [1.0, 3.0]]]], [[[[1, 0], [0, 0]]]]),
    ("max_pool2d of equal values that overlap", lambda x: max_pool2d(x, (1, 2), 1), [[[[3.0, 3.0, 3.0]]]], [[[[1, 1, 0]]]]),
    ("max_pool2d with nan", lambda x: max_pool2d(x, (1, 2)), [[[[1.0, nan]]]], [[[[0, 0]]]]),
    ("clip on its bounds", lambda x: np.clip(x, 0, 1), [[-1.0, 0.0, 0.5, 1.0, 2.0]], [[0, 1, 1, 1, 0]]),
    ("repeated indices", lambda x: x[[0, 0, 1]], [[5.0, 6.0]], [[2, 1]]),
    ("repeated indices in take", lambda x: np.take(x, [1, 1, 1]), [[5.0, 6.0]], [[0, 3]]),
    ("sqrt(0)", np.sqrt, [0.0], [inf]),
    ("cbrt(0)", np.cbrt, [0.0], [inf]),
    ("log(0)", np.log, [0.0], [inf]),
    ("where", lambda x: np.where(x > 0, x, 0), [[-1.0, 0.0, 2.0]], [[0, 0, 1]]),
    (
        "where, nan in the branch not taken",
        lambda x, y: np.where([True, False], x, y),
        [[1.0, nan], [nan, 1.0]],
        [[1, 0], [0, 1]],
    ),
    ("median of an even number", np.median, [[1.0, 2.0, 3.0, 9.0]], [[0, 0.5, 0.5, 0]]),
    ("ptp of equal values", np.ptp, [[2.0, 2.0]], [[0, 0]]),
    ("floor at a whole number", np.floor, [2.0], [0.0]),
    ("logaddexp(-inf, -inf) is no nan", np.logaddexp, [0.0, -inf], [1.0, 0.0]),
    ("arctan2 along its cut", np.arctan2, [0.0, -1.0], [-1.0, 0.0]),
    ("arctan2(0, 0)", np.arctan2, [0.0, 0.0], [0.0, 0.0]),
    ("arctan2 at tiny numbers", np.arctan2, [3e-200, 4e-200], [0.16e200, -0.12e200]),
    ("arctan2 at huge numbers", np.arctan2, [3e200, 4e200], [0.16e-200, -0.12e-200]),
    ("sinc(0)", np.sinc, [0.0], [0.0]),
    ("nan_to_num where it replaces", np.nan_to_num, [[nan, inf, 1.0]], [[0, 0, 1]]),
]


@together
@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning", "ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize(("function", "point", "expected"), [case[1:] for case in CORNERS], ids=[case[0] for case in CORNERS])
def test_the_gradient_at_the_corner(function: Callable[..., Any], point: list[Any], expected: list[Any]) -> None:
    leaves = [Tensor(value) for value in point]
    np.sum(function(*leaves)).backward()
    for leaf, g in zip(leaves, expected):
        np.testing.assert_allclose(leaf.grad, g, rtol=1e-15)


@pytest.mark.parametrize(
    "function", [np.hypot, np.arctan2, lambda x, y: np.linalg.norm(np.stack([x, y]))], ids=["hypot", "arctan2", "norm"]
)
def test_the_second_derivatives_at_the_origin_are_0(function: Callable[..., Any]) -> None:
    hessian = tg.hessian(lambda v: function(v[0], v[1]))
    np.testing.assert_array_equal(hessian(np.zeros(2)), np.zeros((2, 2)))


# Numbers from mpmath with 60 digits: the slope at x, and the slope of the slope.
SLOPES_FAR_OUT = {
    "sigmoid": (
        tg.sigmoid,
        {
            -40.0: (4.24835425529158896e-18, 4.24835425529158892e-18),
            0.0: (0.25, 0.0),
            1.0: (0.196611933241481853, -0.0908577476729484094),
            20.0: (2.06115361394184934e-9, -2.06115360544514089e-9),
            38.0: (3.13913279204802943e-17, -3.13913279204802923e-17),
            700.0: (9.85967654375977086e-305, -9.85967654375977086e-305),
        },
    ),
    "arctanh": (np.arctanh, {1 - 2.0**-30: (536870912.2500000001, 576460752303423487.9)}),
    "arcsin": (np.arcsin, {1 - 2.0**-30: (23170.47501131558589, 12439554045005.59016)}),
    "arccos": (np.arccos, {1 - 2.0**-30: (-23170.47501131558589, -12439554045005.59016)}),
    "arccosh": (np.arccosh, {1e200: (1e-200, 0.0)}),
    "arcsinh": (np.arcsinh, {1e200: (1e-200, 0.0)}),
}


@pytest.mark.parametrize(("function", "exact"), SLOPES_FAR_OUT.values(), ids=SLOPES_FAR_OUT)
def test_slopes_keep_their_digits_far_out(function: Callable[..., Any], exact: dict[float, tuple[float, float]]) -> None:
    slope = tg.grad(lambda x: np.sum(function(x)))
    curvature = tg.grad(lambda x: np.sum(slope(x)))
    for x, (first, second) in exact.items():
        np.testing.assert_allclose([slope(x), curvature(x)], [first, second], rtol=4e-14)


@pytest.mark.parametrize(("dtype", "rtol"), [(np.float64, 1e-15), (np.float32, 5e-6)])
@pytest.mark.parametrize("function", [tg.softplus, lambda x: np.logaddexp(x, 0 * x)], ids=["softplus", "logaddexp"])
def test_second_derivatives_keep_their_digits_far_out(function: Callable[..., Any], dtype: Any, rtol: float) -> None:
    x = Tensor([-40.0, 20.0, 38.0], dtype=dtype)
    slope = tg.gradients(np.sum(function(x)), x, create_graph=True)
    exact = [4.24835425529158896e-18, 2.06115361394184934e-9, 3.13913279204802943e-17]
    got = tg.gradients(np.sum(slope), x)
    assert got.dtype == dtype
    np.testing.assert_allclose(got, exact, rtol=rtol)


FAR = [-1000.0, 1000.0]
STABLE: list[Case] = [  # what, the function, its value at -1000 and 1000, its slopes there
    ("sigmoid", tg.sigmoid, [0.0, 1.0], [0.0, 0.0]),
    ("softplus", tg.softplus, [0.0, 1000.0], [0.0, 1.0]),
    ("logsumexp", tg.logsumexp, [1000.0], [0.0, 1.0]),
    ("tanh", np.tanh, [-1.0, 1.0], [0.0, 0.0]),
    ("softmax", tg.softmax, [0.0, 1.0], [0.0, 0.0]),
    ("log_softmax", tg.log_softmax, [-2000.0, 0.0], [1.0, -1.0]),
    ("logaddexp", lambda x: np.logaddexp(x, 0), [0.0, 1000.0], [0.0, 1.0]),
]


@together
@pytest.mark.parametrize(("function", "values", "slopes"), [case[1:] for case in STABLE], ids=[case[0] for case in STABLE])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_stable_at_1000(function: Callable[..., Any], values: list[float], slopes: list[float], dtype: Any) -> None:
    x = Tensor(FAR, dtype=dtype)
    out = function(x)
    np.testing.assert_allclose(out.data, np.squeeze(values), rtol=1e-6)
    np.sum(out).backward()
    np.testing.assert_allclose(x.grad, slopes, rtol=1e-6)
    assert x.grad.dtype == dtype


def test_cross_entropy_from_logits_is_stable_and_has_the_gradient_of_the_textbooks() -> None:
    logits, labels = Tensor([[-1000.0, 1000.0], [0.5, -0.5]]), np.array([0, 1])
    loss = -np.mean(tg.log_softmax(logits)[np.arange(2), labels])
    loss.backward()
    expected = tg.softmax(logits.data)
    expected[np.arange(2), labels] -= 1
    assert np.isfinite(loss.item())
    np.testing.assert_allclose(logits.grad, expected / 2, rtol=1e-12, atol=1e-300)


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning", "ignore:invalid value:RuntimeWarning")
def test_the_lesson_of_the_double_where() -> None:
    """One `where` sends 0 to the branch not taken, but there 0 · inf follows; a second, inside, keeps inf from arising."""
    x = Tensor([0.0, 4.0])
    np.sum(np.where(x > 0, np.sqrt(x), 0)).backward()
    assert np.isnan(x.grad[0])
    x.zero_grad()
    np.sum(np.where(x > 0, np.sqrt(np.where(x > 0, x, 1)), 0)).backward()
    assert x.grad.tolist() == [0, 0.25]


@together
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # which NumPy gives for rows of nan
@pytest.mark.parametrize(
    "function",
    [
        np.nanmax,
        np.nanmin,
        np.nanmean,
        np.nansum,
        np.nanprod,
        np.nanvar,
        np.nanstd,
        np.nanmedian,
        lambda x, axis: np.nanquantile(x, 0.4, axis),
    ],
    ids=["nanmax", "nanmin", "nanmean", "nansum", "nanprod", "nanvar", "nanstd", "nanmedian", "nanquantile"],
)
def test_a_row_of_nan_gets_no_gradient_and_spoils_no_other(function: Callable[..., Any]) -> None:
    rows = np.array([[nan, nan, nan], [1.0, nan, 4.0]])
    got = tg.grad(lambda x: np.sum(function(x, axis=1)[1:]) + 0 * np.nansum(function(x, axis=1)))(rows)
    np.testing.assert_array_equal(got[0], 0)
    np.testing.assert_allclose(got[1:], tg.grad(lambda x: np.sum(function(x, axis=1)))(rows[1:]))
