"""Derivatives at corners: the table that people can rely on, a test for each row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg
from tinygrad_lite import Tensor

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
    ("maximum with a constant", lambda x: np.maximum(x, 0.0), [[0.0, 1.0]], [[0.5, 1]]),
    ("fmax of nan and nan", np.fmax, [nan, nan], [0.5, 0.5]),
    ("fmin of nan and nan", np.fmin, [[nan, nan, 1.0], [nan, 1.0, nan]], [[0.5, 0, 1], [0.5, 1, 0]]),
    ("maximum of nan", np.maximum, [nan, 1.0], [0.0, 0.0]),
    ("abs(nan)", np.abs, [nan], [nan]),
    ("x**0 at 0", lambda x: x**0, [0.0], [0.0]),
    ("x**0.0 at 0, both Tensors", lambda x, y: x**y, [0.0, 0.0], [0.0, 0.0]),
    ("x**1 at 0", lambda x: x**1, [0.0], [1.0]),
    ("x**2 at 0", lambda x: x**2, [0.0], [0.0]),
    ("0**2, and its exponent", np.power, [0.0, 2.0], [0.0, 0.0]),
    ("0**-1, and its exponent", np.power, [0.0, -1.0], [-inf, -inf]),
    ("an array to powers of an array, with zeros", np.power, [[0.0, 0.0], [1.0, 3.0]], [[1.0, 0.0], [0.0, 0.0]]),
    ("prod with one zero", np.prod, [[2.0, 0.0, 3.0]], [[0, 6, 0]]),
    ("prod with two zeros", np.prod, [[0.0, 0.0, 3.0]], [[0, 0, 0]]),
    ("cumprod with a zero", np.cumprod, [[2.0, 0.0, 3.0]], [[1, 2 + 2 * 3, 0]]),
    ("norm(0)", np.linalg.norm, [[0.0, 0.0]], [[0, 0]]),
    ("norm of a row of zeros", lambda x: np.linalg.norm(x, axis=1), [[[0.0, 0.0], [3.0, 4.0]]], [[[0, 0], [0.6, 0.8]]]),
    ("hypot(0, 0)", np.hypot, [0.0, 0.0], [0.0, 0.0]),
    ("arctan2(0, 0)", np.arctan2, [0.0, 0.0], [0.0, 0.0]),
    ("norm(0) of order 3.5", lambda x: np.linalg.norm(x, 3.5), [[0.0, 0.0]], [[0, 0]]),
    ("norm of order 1.5, an element 0", lambda x: np.linalg.norm(x, 1.5), [[0.0, -2.0]], [[0, -1]]),
    ("norm of order 0.5, an element 0", lambda x: np.linalg.norm(x, 0.5), [[0.0, -2.0]], [[0, -1]]),
    ("nuclear norm of a matrix of zeros", lambda x: np.linalg.norm(x, "nuc"), [np.zeros((2, 2))], [np.zeros((2, 2))]),
    ("std of equal values", np.std, [[3.0, 3.0]], [[0, 0]]),
    ("std of equal values in one row", lambda x: np.std(x, axis=1), [[[3.0, 3.0], [0.0, 2.0]]], [[[0, 0], [-0.5, 0.5]]]),
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
    ("sinc(0)", np.sinc, [0.0], [0.0]),
    ("nan_to_num where it replaces", np.nan_to_num, [[nan, inf, 1.0]], [[0, 0, 1]]),
]


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning", "ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize(("function", "point", "expected"), [case[1:] for case in CORNERS], ids=[case[0] for case in CORNERS])
def test_the_gradient_at_the_corner(function: Callable[..., Any], point: list[Any], expected: list[Any]) -> None:
    leaves = [Tensor(value) for value in point]
    np.sum(function(*leaves)).backward()
    for leaf, g in zip(leaves, expected):
        np.testing.assert_allclose(leaf.grad, g, rtol=1e-15)


ORDERS: list[Any] = [None, 1, 2, 3, 3.5, 1.5, 0.5, np.inf, -np.inf, 0, -1, -2]
ORDERS_OF_MATRICES: list[Any] = [None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf]


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
@pytest.mark.parametrize("order", ORDERS)
def test_norms_of_vectors_at_the_origin(order: Any) -> None:
    """At 0, and for an element that is 0: the value is NumPy's, the derivatives are 0 and finite."""

    def norm(x: Any) -> Any:
        return np.linalg.norm(x, order) + 0.0 * np.sum(x * x)  # for order 0 the norm alone is flat

    for point in (np.zeros(3), np.array([0.0, 1.0, -2.0])):
        assert norm(Tensor(point)).item() == norm(point)
        slope = tg.grad(norm)(point)
        assert slope[0] == 0
        assert np.isfinite(slope).all()
        assert np.isfinite(tg.hessian(norm)(point)).all()
    assert not tg.grad(norm)(np.zeros(3)).any()
    assert not tg.hessian(norm)(np.zeros(3)).any()


@pytest.mark.parametrize("order", ORDERS_OF_MATRICES)
def test_norms_of_a_matrix_of_zeros(order: Any) -> None:
    x = Tensor(np.zeros((3, 2)))
    slope = tg.gradients(np.linalg.norm(x, order), x, create_graph=True)
    assert not slope.data.any()
    assert not tg.gradients(np.sum(slope * (1 + x)), x).any()


def test_the_second_derivative_of_a_length_at_the_origin_is_0_as_for_abs() -> None:
    for f in (np.linalg.norm, np.std, lambda x: np.hypot(x[0], x[1]), lambda x: np.arctan2(x[0], x[1])):
        assert not tg.hessian(f)(np.zeros(2)).any()
    assert tg.jvp(lambda x: np.linalg.norm(x, 3.5), [np.zeros(0)], [np.zeros(0)])[1] == 0


SLOPES: list[tuple[str, Callable[..., Any], float, float, float]] = [  # where a slope is small or large: to the last digits
    ("sigmoid", tg.sigmoid, 20.0, 2.0611536139418e-9, -2.0611536054451e-9),
    ("sigmoid", tg.sigmoid, 38.0, 3.1391327920480e-17, -3.1391327920480e-17),
    ("sigmoid", tg.sigmoid, -38.0, 3.1391327920480e-17, 3.1391327920480e-17),
    ("softplus", tg.softplus, 38.0, 1.0, 3.1391327920480e-17),
    ("logaddexp", lambda x: np.logaddexp(x, 0), 38.0, 1.0, 3.1391327920480e-17),
    ("arctanh", np.arctanh, 1 - 2.0**-30, 536870912.25, 5.764607523034235e17),
    ("arcsin", np.arcsin, 1 - 2.0**-30, 23170.475011315586, 12439554045005.590),
    ("arccosh", np.arccosh, 1e200, 1e-200, -0.0),
    ("arcsinh", np.arcsinh, 1e200, 1e-200, -0.0),
]


@pytest.mark.parametrize(("function", "point", "slope", "bend"), [case[1:] for case in SLOPES], ids=[c[0] for c in SLOPES])
def test_slopes_to_the_last_digits(function: Any, point: float, slope: float, bend: float) -> None:
    """Not the rounding of 1 - out or 1 - x², where that is a difference of almost equal numbers. Reference: 40 digits."""
    for dtype in (np.float32, np.float64):
        if dtype is np.float64 or point in (20.0, 38.0, -38.0):
            x = Tensor(point, dtype=dtype)
            first = tg.gradients(function(x), x, create_graph=True)
            rtol = 1e-6 if dtype == np.float32 else 1e-13
            np.testing.assert_allclose(first.data, slope, rtol=rtol)
            np.testing.assert_allclose(tg.gradients(first, x), bend, rtol=rtol)


def test_an_angle_whose_squares_would_underflow() -> None:
    x, y = Tensor(3e-200), Tensor(4e-200)
    np.testing.assert_allclose(tg.gradients(np.arctan2(x, y), [x, y]), [1.6e199, -1.2e199], rtol=1e-14)


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
