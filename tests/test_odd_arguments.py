"""Arguments that a function is not quite made for: they work as in NumPy, or a message says what to write instead."""

from __future__ import annotations

import array
import statistics
from typing import Any

import numpy as np
import pytest
from helpers import together

import tinygrad_lite as tg
from tinygrad_lite import Tensor

X = np.array([1.0, 3.0, 2.0])
TRAPEZOID: Any = vars(np).get("trapezoid") or vars(np)["trapz"]
MASKED = np.ma.masked_array(X, [False, True, False])

# --- arrays that are more than their numbers --------------------------------------------------------------------------


@together
@pytest.mark.parametrize(
    "call",
    [
        lambda t: np.average(t, weights=MASKED),
        lambda t: np.average(t, None, MASKED),
        lambda t: np.cov(t, aweights=MASKED),
        lambda t: np.cov(t, fweights=MASKED.astype(int)),
        lambda t: np.cov(t, MASKED),
        lambda t: np.corrcoef(MASKED, t),
        lambda t: np.histogram(X, bins=MASKED, weights=t),
        lambda t: np.histogram(MASKED, weights=t),
        lambda t: np.bincount(MASKED.astype(int), t),
        lambda t: np.sum(t, where=MASKED > 0),
        lambda t: np.interp(t, MASKED, X),
        lambda t: np.polyval(MASKED, t),
        lambda t: TRAPEZOID(t, MASKED),
        lambda t: np.fft.fft(t) * MASKED,
        lambda t: np.take(t, np.ma.masked_array([0, 1], [False, True])),
    ],
)
def test_a_masked_array_is_refused_wherever_it_is(call: Any) -> None:
    """NumPy would count the masked elements too, without a word."""
    with pytest.raises(TypeError, match=r"MaskedArray of shape (.|\n)*(x|MASKED)\.compressed\(\)"):
        call(Tensor(X))


def test_a_matrix_or_a_frame_is_no_polynomial() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [3.0, 2.0]})
    with pytest.raises(TypeError, match=r"pandas.Series of shape \(3,\). Its rows are labelled"):
        np.polyval(pandas.Series([3.0, 2.0, 1.0], index=[2, 1, 0]), Tensor(2.0))
    assert np.polyval(pandas.Series([3.0, 2.0, 1.0]), Tensor(2.0)).item() == 17
    for matrix in (np.array([3.0, 2.0, 1.0]).view(np.matrix), frame):
        for call in (np.polyval, np.polyadd, np.polysub, np.polymul, lambda p, t: np.interp(t, p, X)):
            with pytest.raises(TypeError, match=r"cannot be computed with a (numpy\.matrix|pandas\.DataFrame)"):
                call(matrix, Tensor(X))


def test_what_is_as_good_as_an_array_is_one() -> None:
    pandas = pytest.importorskip("pandas")
    for points in (pandas.Series([0.0, 1.0, 2.0]), range(3), array.array("d", [0, 1, 2])):
        assert np.interp(Tensor(1.5), points, points).item() == 1.5
        assert tg.grad(lambda t, points=points: np.interp(t, points, X))(0.5) == 2
        assert np.polyval(points, Tensor(2.0)).item() == 4
        assert np.average(Tensor(X), weights=points).item() == pytest.approx(7 / 3)
    with pytest.raises(TypeError, match="memoryview"):
        np.interp(Tensor(1.5), memoryview(X), X)


def test_none_is_named() -> None:
    t = Tensor(X)
    for call in (lambda: np.arctan2(t, None), lambda: np.multiply(None, t), lambda: t + None, lambda: np.hypot(t, None)):
        with pytest.raises(TypeError, match=r"A Tensor cannot be computed with None\. A function that ends without"):
            call()
    assert np.clip(t, None, 2).tolist() == [1, 2, 2]


# --- whole numbers ----------------------------------------------------------------------------------------------------


def test_differences_of_small_whole_numbers() -> None:
    image = np.array([0, 200, 10, 90], np.uint8)
    for spacing in (2.0, np.array([0, 1, 5, 250], np.uint8)):
        expected = np.gradient(image, spacing)
        np.testing.assert_allclose(np.gradient(image, Tensor(spacing)).data, expected)
        np.testing.assert_allclose(np.gradient(Tensor(image, requires_grad=False), spacing).data, expected)
    assert np.poly(Tensor(np.array([200, 100], np.uint8), requires_grad=False)).tolist() == [1, -300, 20000]


@pytest.mark.parametrize("mode", ["mean", "median", "linear_ramp", "maximum"])
def test_pads_of_whole_numbers_are_rounded_as_numpys(mode: Any) -> None:
    for x in (np.array([1, 2, 2]), np.array([-2, -1, -1, 4]), np.array([250, 255, 7], np.uint8)):
        np.testing.assert_array_equal(np.pad(Tensor(x, requires_grad=False), 3, mode).data, np.pad(x, 3, mode))


def test_a_softmax_of_small_whole_numbers() -> None:
    x = np.array([3, 250, 249], np.uint8)
    for f in (tg.softmax, tg.log_softmax, tg.logsumexp, tg.sigmoid):
        expected = f(x.astype(float))
        np.testing.assert_array_equal(f(x), expected)
        np.testing.assert_array_equal(f(Tensor(x, requires_grad=False)).data, expected)


def test_the_gradient_beside_small_whole_numbers() -> None:
    """The products of two constants are computed walking back only, so no value shows that they do not fit."""
    a, b = np.array([100, 200], np.uint8), np.array([100, 3], np.uint8)
    assert tg.grad(lambda t: np.einsum("i,i,i->", a, b, t))(np.ones(2)).tolist() == [10000, 600]
    assert tg.grad(lambda t: np.sum(np.power(np.array([3], np.uint8), t)))(np.ones(1)) == pytest.approx(
        3 * np.log(3), abs=1e-15
    )


# --- points -----------------------------------------------------------------------------------------------------------


def test_interpolation_with_a_doubled_point() -> None:
    """At a step NumPy gives the value on its right. The slope is that of the line there, and 0 at the last point."""
    xs = np.array([-1.0, 0.0, 0.5, 1.0, 1.5, 2.0, np.nan])
    for points in ([0.0, 1, 1], [0.0, 0, 1], [0.0, 1, 1, 2], [0.0, 1, 1, 1], [1.0, 1]):
        values = np.array([1.0, 2, 4, 8])[: len(points)]
        with np.errstate(all="raise"):
            np.testing.assert_array_equal(np.interp(Tensor(xs), points, values).data, np.interp(xs, points, values))
            slopes = tg.grad(lambda x, p=points, v=values: np.sum(np.interp(x, p, v)))(xs[:-1])
        assert np.isfinite(slopes).all()
    assert tg.grad(lambda x: np.interp(x, [0.0, 1, 1], [1.0, 2, 3]))(0.5) == 1
    assert tg.grad(lambda x: np.interp(x, [0.0, 1, 1], [1.0, 2, 3]))(1.0) == 0
    assert tg.grad(lambda v: np.interp(1.0, [0.0, 1, 1], v))(X).tolist() == [0, 0, 1]


def test_the_median_of_nothing_hands_on_nothing() -> None:
    with pytest.warns(RuntimeWarning, match="empty"):
        assert tg.grad(lambda x: np.sum(np.nanmedian(x, axis=1)))(np.zeros((2, 0))).shape == (2, 0)


def test_numbers_are_convolved_as_vectors_of_one() -> None:
    assert tg.grad(lambda x: np.sum(np.convolve(x, x)))(2.0) == 4
    assert tg.grad(lambda x: np.sum(np.convolve(x, X)))(np.array(2.0)) == 6
    assert tg.grad(lambda x: np.sum(np.convolve(X, x, "same")))(2.0) == 6
    tg.check_gradients(np.convolve, np.array(2.0), X, order=2)


def test_elements_of_a_single_number_along_an_axis() -> None:
    """NumPy takes it for a vector of one element."""
    for f in (
        lambda t: np.take(t, [0, 0], axis=0), lambda t: np.take(t, [0, 3], axis=-1, mode="clip"),
        lambda t: np.repeat(t, 2, axis=0), lambda t: np.repeat(t, 2, axis=-1),
    ):  # fmt: skip
        t = Tensor(2.0)
        assert f(t).tolist() == f(np.array(2.0)).tolist() == [2, 2]
        np.sum(f(t)).backward()
        assert t.grad == 2


def test_a_quantile_of_one_number_does_not_move_with_q() -> None:
    for f in (np.quantile, np.percentile, np.nanquantile, np.nanpercentile):
        for a in (3, 3.0, np.float64(3), [3.0]):
            q = Tensor(0.5)
            f(a, q).backward()
            assert (f(a, q).item(), q.grad) == (3, 0)


# --- gradients that a program puts there ------------------------------------------------------------------------------


@pytest.mark.parametrize("nothing", [0, 0.0, [0, 0], (0.0, 0.0), np.zeros(2), None])
def test_a_gradient_that_is_set_to_zero(nothing: Any) -> None:
    for dtype in (np.float64, np.float32):
        w = Tensor(np.array([1.0, 2.0], dtype))
        np.sum(w * w).backward()
        w.grad = nothing
        np.sum(w * w).backward()
        assert (w.grad.tolist(), w.grad.dtype) == ([2, 4], dtype)
    w.grad = nothing
    w.data = np.ones(3)
    np.sum(w).backward()
    assert w.grad.tolist() == [1, 1, 1]


def test_a_gradient_that_is_no_gradient() -> None:
    w = Tensor(X, name="w")
    w.grad = [0.0, 0.0]
    with pytest.raises(ValueError, match=r"its .grad has shape \(2,\)"):
        np.sum(w).backward()
    for text, what in (
        ("text", "none"), ("MaskedArray", np.ma.array(X, mask=[0, 1, 0])), ("complex128", np.array([1j, 2, 3])),
        ("matrix", np.ones((1, 3)).view(np.matrix)),
    ):  # fmt: skip
        w.grad = what
        with pytest.raises(TypeError, match=text):
            np.sum(w).backward()


def test_a_gradient_that_is_a_series_becomes_an_array() -> None:
    pandas = pytest.importorskip("pandas")
    w = Tensor(X)
    w.grad = pandas.Series([1.0, 2.0, 3.0])
    np.sum(w).backward()
    assert type(w.grad) is np.ndarray
    assert w.grad.tolist() == [2, 3, 4]
    w.grad = pandas.Series([1.0, 2.0, 3.0], index=list("abc"))
    with pytest.raises(TypeError, match="labelled"):
        np.sum(w).backward()


# --- lists of parameters ----------------------------------------------------------------------------------------------


def test_a_list_where_an_array_was_meant() -> None:
    """A list is a nest of parameters; a function that computes with it as with an array fails, and the message tells why."""

    def loss(x: Any) -> Any:
        return np.sum(x**2)

    def length(x: Any) -> Any:
        return x.sum()

    advice = r"was given a list of 2 numbers. (.|\n)* write `np.array\(\[3.0, 4.0\]\)` instead of the list"
    for f, error in ((loss, TypeError), (length, AttributeError), (lambda x: x - 1.0, TypeError)):
        for call in (tg.grad, tg.value_and_grad, tg.hessian):
            with pytest.raises(error, match=advice):
                call(f)([3.0, 4.0])
        with pytest.raises(error, match=advice):
            tg.vjp(f, [3, 4])
    pytest.importorskip("scipy")
    for method in ("BFGS", "Nelder-Mead", "trust-ncg"):
        with pytest.raises(TypeError, match=advice):
            tg.minimize(loss, [3.0, 4.0], method=method)
    with pytest.raises(TypeError, match="a tuple of 2 numbers"):
        tg.grad(loss)((3.0, 4.0))
    assert tg.grad(lambda p: p[0] ** 2 * p[1])([3.0, 4.0]) == [24, 9]


def test_an_error_of_the_function_itself_stays_as_it_is() -> None:
    with pytest.raises(TypeError, match=r"^unsupported operand type.*'str' and 'int'$"):
        tg.grad(lambda p: "1" - 2)([3.0, 4.0])  # type: ignore[operator]
    with pytest.raises(TypeError, match=r"^can only concatenate list \(not \"int\"\) to list$"):
        tg.grad(lambda x: [1] + 2)(X)  # type: ignore[operator]


# --- Python's own questions -------------------------------------------------------------------------------------------


def test_one_element_of_several() -> None:
    t = Tensor(np.arange(6.0).reshape(2, 3))
    assert (t.item(4), t.item(1, 2), t.item((0, 1)), Tensor(2.0).item()) == (4, 5, 1, 2)


def test_a_power_modulo_is_refused() -> None:
    with pytest.raises(TypeError, match=r"write `t\*\*2 % 3`"):
        pow(Tensor(X), 2, 3)  # type: ignore[call-overload]
    assert pow(Tensor(X), 2).tolist() == [1, 9, 4]


@pytest.mark.parametrize(
    ("name", "ours"), [("mean", "np.mean(t)"), ("variance", "np.var(t, ddof=1)"), ("pstdev", "np.std(t)")]
)
def test_pythons_statistics_are_refused(name: str, ours: str) -> None:
    with pytest.raises(TypeError) as caught:
        getattr(statistics, name)(Tensor(X))
    assert f"statistics.{name} computes with exact fractions" in str(caught.value)
    assert f"Write `{ours}`" in str(caught.value)


def test_polynomials_that_are_made_of_a_tensor() -> None:
    """The messages' remedies give what NumPy gives for the numbers."""
    t = Tensor(X)
    for family, prefix in (("polynomial", "poly"), ("chebyshev", "cheb"), ("legendre", "leg"), ("hermite", "herm")):
        module = getattr(np.polynomial, family)
        for end in ("vander", "der", "int"):
            function = getattr(module, prefix + end)
            more = (2,) if end == "vander" else ()
            with pytest.raises(TypeError, match=f"np.polynomial.{family}.{prefix}{end} makes a plain array") as caught:
                function(t, *more)
            remedy = str(caught.value).split("`")[1]
            np.testing.assert_allclose(eval(remedy, {"np": np, "t": t}).data, function(X, *more), atol=1e-15)
    with pytest.raises(TypeError, match="convolution"):
        np.polynomial.polynomial.polymul(t, X)
    with pytest.raises(TypeError, match="polyval"):
        np.polynomial.Polynomial(t)


@pytest.mark.parametrize(
    ("function", "options"),
    [
        (np.var, {"axis": 1}),
        (np.std, {"axis": 0, "keepdims": True}),
        (np.var, {"axis": 1, "ddof": 1}),
        (np.nanvar, {"axis": (0, 1)}),
        (np.nanstd, {"ddof": 1}),
        (np.var, {}),
    ],
)
def test_the_remedy_for_a_given_mean_is_over_the_same_axes(function: Any, options: Any) -> None:
    x = np.array([[1.0, 2.0, 4.0], [3.0, 5.0, 5.0]])
    t = Tensor(np.mean(x, axis=options.get("axis"), keepdims=True))
    if not hasattr(np, "vecdot"):
        pytest.skip("before 2.0 NumPy has no argument `mean`")
    with pytest.raises(TypeError, match="with respect to its argument 'mean'") as caught:
        function(Tensor(x), mean=t, **options)
    remedy = str(caught.value).split("If one should, write `")[1].split("`")[0]
    np.testing.assert_allclose(eval(remedy, {"np": np, "x": Tensor(x), "t": t}).data, function(x, **options))


def test_a_spectrum_has_the_methods_of_what_is_linear() -> None:
    x = np.arange(8.0)
    z, numpys = np.fft.fft(Tensor(x)), np.fft.fft(x)
    for call in (
        lambda z: z.reshape(2, 4),
        lambda z: z.reshape((4, -1)).sum(axis=0),
        lambda z: z.reshape(2, 4).mean(),
        lambda z: z.reshape(2, 4).transpose(1, 0).ravel(),
        lambda z: z[None].squeeze(),
    ):
        ours, expected = call(z), call(numpys)
        np.testing.assert_allclose(ours.real.data + 1j * ours.imag.data, expected, atol=1e-13)
