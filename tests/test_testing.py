"""check_gradients: it passes what is right, catches what is wrong, and says where and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from helpers import together

from tinygrad_lite import Tensor, derivative, no_grad, primitive, relu
from tinygrad_lite.autograd import RULES
from tinygrad_lite.testing import check_gradients

rng = np.random.default_rng(5)
X, Y = rng.uniform(0.5, 2.0, (2, 3)), rng.uniform(0.5, 2.0, 3)


@pytest.fixture
def rule(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Register a function with a rule, for the length of one test."""

    def register(function: Callable[..., Any], **vjps: Any) -> Callable[..., Any]:
        function = primitive(function)
        monkeypatch.setitem(RULES, function, None)  # so that it is taken out again
        derivative(function, **vjps)
        return function

    return register


def complaint(f: Callable[..., Any], *args: Any, **options: Any) -> str:
    """What check_gradients has to say."""
    with pytest.raises(AssertionError) as caught:
        check_gradients(f, *args, **options)
    return str(caught.value)


# --- what is right ----------------------------------------------------------------------------------------------------


@together
@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize(
    ("f", "args"),
    [
        (np.sin, (1.0,)),
        (lambda x, y: np.sum(np.exp(x) / y), (X, Y)),
        (lambda x, y: x @ y, (X, Y)),
        (lambda x: np.split(x**2, 3, axis=1), (X,)),
        (lambda x: (np.sin(x), [np.cos(x)]), (X,)),
        (lambda x, n, axis: np.sum(x**n, axis=axis), (X, 3, 0)),
        (lambda x, index: x[index] * x[index], (Y, np.array([0, 2, 2]))),
        (lambda x: 3 * x + 1, (X,)),
        (lambda x: np.ones(3), (X,)),
        (lambda *arrays: np.concatenate(arrays) ** 2, (Y, Y + 1)),
        (np.cumprod, (np.zeros((0, 2)),)),
        (lambda x: x * x, (np.float64(2),)),
    ],
)
def test_right_gradients_pass(f: Callable[..., Any], args: tuple[Any, ...], order: int) -> None:
    check_gradients(f, *args, order=order)


@pytest.mark.parametrize("x", [1e-6, 1e-3, 1.0, 1e3, 1e6])
def test_the_step_finds_the_scale_on_which_the_function_bends(x: float) -> None:
    check_gradients(np.log, x, order=2)
    check_gradients(np.sin, x)


def test_large_values_and_small_slopes() -> None:
    check_gradients(lambda x: x + 1e6, 0.5)
    check_gradients(lambda x: 1e-8 * np.sin(x), X, order=2)
    check_gradients(lambda x: 1e8 * np.sin(x), X, order=2)


def test_large_arrays() -> None:
    check_gradients(lambda x: np.tanh(x), rng.normal(size=30_000))


def test_corners_that_are_near_but_not_here() -> None:
    check_gradients(relu, np.array([1e-3, -1e-3, 1e-4]), order=2)
    check_gradients(relu, rng.normal(size=20_000))


def test_tensors_are_arguments_too() -> None:
    check_gradients(np.multiply, Tensor(X), Tensor(Y))
    with pytest.raises(AssertionError, match="argument 0"):
        check_gradients(lambda x, y: x.data * y, Tensor(X), Tensor(Y, requires_grad=False))


def test_nothing_is_written_into_the_arguments() -> None:
    gaps, columns = np.arange(24.0).reshape(4, 6)[::2, ::-2].T, np.full((3, 2), 0.5, order="F")
    views = [gaps, columns, np.array(1.5), np.broadcast_to(2.0, (3, 2))]
    for view in views:
        view.flags.writeable = False
    check_gradients(lambda a, b, c, d: np.sin(a) * b / c + a * d, *views, order=2)
    x = X.copy()
    check_gradients(np.exp, x)
    np.testing.assert_array_equal(x, X)


def test_functions_that_change_their_own_tensor() -> None:
    def f(x: Any) -> Any:
        y = x * 1.0
        y[0] = y[1] * 2
        y += 1
        return y * y

    check_gradients(f, Y, order=2)


# --- what is wrong ----------------------------------------------------------------------------------------------------


def test_a_wrong_factor(rule: Any) -> None:
    wrong = rule(lambda x: np.sin(x), x=lambda g, x: 2 * g * np.cos(x))
    text = complaint(wrong, X)
    assert "(2 times the differences)" in text
    assert "6 of 6 elements" in text


@pytest.mark.parametrize("error", [1e-6, 1e-7])
def test_a_small_error(rule: Any, error: float) -> None:
    assert "is wrong" in complaint(rule(lambda x: np.sin(x), x=lambda g, x: (1 + error) * g * np.cos(x)), X)


def test_a_missing_term(rule: Any) -> None:
    wrong = rule(lambda x: x * np.exp(x), x=lambda g, x: g * np.exp(x))
    assert "argument 0 (x) is wrong" in complaint(wrong, X)


def test_the_sum_over_the_wrong_axis(rule: Any) -> None:
    square = X[:, :2]
    wrong = rule(lambda a: np.sum(a, axis=1), a=lambda g, shape: np.broadcast_to(g, shape))  # [:, None] is missing
    assert "argument 0 (a) is wrong" in complaint(wrong, square)


def test_results_in_the_wrong_order(rule: Any) -> None:
    wrong = rule(lambda x: x[::-1].copy(), x=lambda g: g)
    assert "is wrong" in complaint(wrong, Y)


def test_the_wrong_argument_is_named(rule: Any) -> None:
    wrong = rule(lambda left, right: left / right, left=lambda g, right: g / right, right=lambda g, left: g * left)
    assert "argument 1 (right) is wrong" in complaint(wrong, X, X)
    check_gradients(lambda left: wrong(left, X), X)


def test_wrong_only_in_the_second_order(rule: Any) -> None:
    wrong = rule(lambda x: x**3, x=lambda g, x: g * (3 * getattr(x, "_array", x) ** 2))  # leaves the graph
    check_gradients(wrong, X)
    text = complaint(wrong, X, order=2)
    assert "The gradient of the gradient of <lambda> with respect to argument 0 (x) is wrong" in text
    assert "leave autograd" in text


def test_second_order_of_a_linear_function(rule: Any) -> None:
    """Its second derivative is 0 either way; but what flows back through it is lost. Seen as a function of what flows in."""
    wrong = rule(lambda x: 2 * x, x=lambda g: 2 * (Tensor(g.data, requires_grad=False) if isinstance(g, Tensor) else g))
    check_gradients(wrong, X)
    assert "with respect to the gradient that flows in is wrong" in complaint(wrong, X, order=2)


@pytest.mark.parametrize("place", [0, 4_321, 9_999])
def test_one_wrong_element_in_a_large_array(rule: Any, place: int) -> None:
    def vjp(g: Any, x: Any) -> Any:
        g = 2 * g * x
        g.ravel()[place] *= 1.5
        return g

    text = complaint(rule(lambda x: x * x, x=vjp), rng.uniform(1, 2, (50, 200)))
    assert f"worst at      element [{place // 200}, {place % 200}], which is" in text
    assert "(1.5 times the differences)" in text
    assert "there are 10000" in text


def test_a_gradient_that_was_lost() -> None:
    assert "leave autograd" in complaint(lambda x: Tensor(x.data) * 2, X)
    with no_grad():
        assert "no_grad" in complaint(np.sin, X)


def test_float32(rule: Any) -> None:
    x = X.astype(np.float32)
    check_gradients(np.tanh, x, order=2)
    check_gradients(lambda x: np.exp(x) / np.sum(np.exp(x)), x, order=2)
    check_gradients(lambda x: np.tanh(x).astype(np.float32), X, order=2)  # even the differences are in float32
    check_gradients(lambda x, y: x * y, x, Y)  # both at once
    wrong = rule(lambda x: np.tanh(x), x=lambda g, out: g * (1 - out * out) * 1.001)
    assert "dtype float32" in complaint(wrong, x)
    assert "(1.001 times the differences)" in complaint(wrong, x)


def test_the_wrong_dtype_and_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine sees to it that they are right; should it fail to, this is noticed."""
    for wrong in (np.zeros((3, 2)), np.zeros((2, 3), np.float32)):
        monkeypatch.setattr("tinygrad_lite.testing.gradients", lambda *_, wrong=wrong, **__: [wrong])
        text = complaint(np.sin, X)
        assert f"It has shape {wrong.shape} and is {wrong.dtype}; the argument (2, 3) and float64" in text


# --- what it says -----------------------------------------------------------------------------------------------------


def test_the_whole_message(rule: Any) -> None:
    def cube(x: Any) -> Any:
        return x * x * x

    wrong = rule(cube, x=lambda g, x: g * np.where(x > 2, 2, 3) * x**2)
    assert complaint(wrong, np.array([[1.0, 2.0], [3.0, 1.5]]), step=1e-3, rtol=1e-6, atol=1e-6).splitlines()[:6] == [
        "The gradient of cube with respect to argument 0 (x) is wrong.",
        "  worst at      element [1, 0], which is 3; shape (2, 2), dtype float64",
        "  autograd      18.73752343 (0.6667 times the differences)",
        "  differences   28.10628515, with step 0.003",
        "  apart by      9.4; tolerated is 2.9e-05",
        "  in all        1 of 4 elements is wrong",
    ]
    assert complaint(wrong, 3.0).splitlines()[1:3] == [
        "  worst at      the number, which is 3; shape (), dtype float64",
        "  autograd      18 (0.6667 times the differences)",
    ]


def test_functions_without_a_signature_or_a_name() -> None:
    class Leaves:
        def __call__(self, *args: Any) -> Any:
            return args[0].data * args[1].data

        def __repr__(self) -> str:
            return "leaves"

    assert "The gradient of leaves with respect to argument 0 is wrong." in complaint(Leaves(), 1.0, 2.0)


def test_corners_are_pointed_out(rule: Any) -> None:
    assert "looks like a corner: the slope is 0 on its left and 1 on its right" in complaint(relu, 0.0)
    steep = rule(lambda x: np.abs(x), x=lambda g, x: np.where(x >= 0, g, -g))
    assert "looks like a corner: the slope is -1 on its left and 1 on its right" in complaint(steep, 0.0)
    assert "element [2]" in complaint(steep, np.array([1.0, -1.0, 0.0]))
    assert "looks like a corner" in complaint(relu, np.float32(0.0))
    check_gradients(np.abs, 0.0)  # 0 is what the symmetric difference gives, too


def test_jumps_and_vertical_slopes_are_pointed_out() -> None:
    assert "looks like a jump or a vertical slope" in complaint(np.abs, 0.0, order=2)
    assert "looks like a jump or a vertical slope" in complaint(np.floor, 2.0)
    assert "infinite or undefined" in complaint(np.sqrt, 0.0)
    assert "infinite or undefined" in complaint(np.log, 0.0)
    assert "looks like" not in complaint(lambda x: x.data**2, 3.0)


def test_there_has_to_be_something_to_check() -> None:
    with pytest.raises(TypeError, match="got int, str: nothing to check"):
        check_gradients(lambda *_: Tensor(1.0), 2, "text")
    with pytest.raises(TypeError, match=r"got list: nothing to check.*np\.array\(\[1\.0, 2\.0\]\)"):
        check_gradients(np.sum, [1, 2])
    with pytest.raises(TypeError, match="got no arguments"):
        check_gradients(lambda: Tensor(1.0))


# --- a gradient derived by hand ---------------------------------------------------------------------------------------


def loss(w: Any, x: Any = 2.0) -> Any:
    return np.sum((w * x - 1) ** 2)


W = np.array([1.0, 2.0])


@together
@pytest.mark.parametrize(
    ("f", "args", "gradient"),
    [
        (loss, (W,), lambda w: 4 * (2 * w - 1)),
        (loss, (W,), np.array([4.0, 12.0])),
        (loss, (W,), [4, 12]),
        (loss, (W, 2), lambda w, x: 2 * x * (x * w - 1)),  # a whole number is a constant
        (loss, (W, 3.0), lambda w, x: (2 * x * (x * w - 1), np.sum(2 * w * (x * w - 1)))),
        (loss, (Tensor(W),), lambda w: 4 * (2 * w - 1)),
        (lambda p: p["a"] ** 2 * np.sum(p["b"][0]), ({"a": 2.0, "b": [W], "n": 3},),
         lambda p: {"a": 2 * p["a"] * np.sum(p["b"][0]), "b": [np.full(2, p["a"] ** 2)]}),
        (lambda x: np.sum(x, keepdims=True) ** 2, (W.astype(np.float32),), lambda x: 2 * np.sum(x) * np.ones(2)),
    ],
)  # fmt: skip
def test_the_right_formula_passes(f: Any, args: Any, gradient: Any) -> None:
    check_gradients(f, *args, gradient=gradient)


def test_the_wrong_formula_is_reported() -> None:
    assert complaint(loss, W, gradient=lambda w: 2 * (2 * w - 1)).splitlines() == [
        "Your gradient of loss with respect to argument 0 (w) is wrong.",
        "  worst at      element [1], which is 2; shape (2,), dtype float64",
        "  your gradient 6 (0.5 times the differences)",
        "  autograd      12",
        "  differences   12, with step 0.0015",
        "  apart by      6; tolerated is 1.8e-07",
        "  in all        2 of 2 elements are wrong",
        "  Autograd and the differences agree, so the mistake is in your gradient.",
    ]
    wrong = complaint(loss, W, 3.0, gradient=lambda w, x: (2 * x * (x * w - 1), np.sum(w * (x * w - 1))))
    assert "Your gradient of loss with respect to argument 1 (x) is wrong." in wrong
    wrong = complaint(lambda p: p["a"][0] ** 2, {"a": [3.0]}, gradient={"a": [3.0]})
    assert "with respect to argument 0 (p['a'][0]) is wrong" in wrong
    assert "It has shape (); the argument (2,)" in complaint(loss, W, gradient=1.0).replace(" and is float64", "").replace(
        " and float64", ""
    )


def test_who_agrees_with_whom(rule: Any) -> None:
    doubled = rule(lambda x: x * x, x=lambda g, x: 4 * g * x)
    text = complaint(lambda x: np.sum(doubled(x)), W, gradient=lambda x: 2 * x)
    assert text.startswith("The gradient of <lambda>")
    assert "autograd      8 (2 times" in text
    assert "your gradient 4\n" in text
    assert "Your gradient and the differences agree, so a derivative rule is wrong" in text
    assert "Your gradient and autograd agree." in complaint(lambda x: np.sum(doubled(x)), W, gradient=lambda x: 4 * x)
    assert "No two of them agree" in complaint(lambda x: np.sum(doubled(x)), W, gradient=lambda x: 3 * x)
    assert "looks like a corner" in complaint(np.abs, 0.0, gradient=1.0)


def test_a_gradient_of_another_form() -> None:
    with pytest.raises(TypeError, match=r"there are 2 arguments to check, so the gradient must be a tuple.* it is shape"):
        check_gradients(loss, W, 3.0, gradient=lambda w, x: w)
    with pytest.raises(TypeError, match=r"no number for argument 0 \(p\['b'\]\)"):
        check_gradients(lambda p: p["a"] * p["b"], {"a": 1.0, "b": 2.0}, gradient={"a": 2.0})
    with pytest.raises(TypeError, match="is a `return` missing"):
        check_gradients(loss, W, gradient=lambda w: None)
    with pytest.raises(ValueError, match=r"check_gradients\(<lambda>\): <lambda> returned shape \(2,\), but only a single"):
        check_gradients(lambda w: w**2, W, gradient=lambda w: 2 * w)


def test_arguments_and_results_in_nests(rule: Any) -> None:
    wrong = rule(lambda x: x * x, x=lambda g, x: 3 * g * x)
    check_gradients(lambda p: p[0] * p[1], [1.0, 2.0], order=2)
    check_gradients(lambda p, mode: {"y": p["w"] @ p["b"][0], "z": (p["w"][0], None)}, {"w": X, "b": (Y, "text")}, "fast")
    text = complaint(lambda p: p["layers"][1]["w"] * wrong(p["layers"][0]["w"]), {"layers": [{"w": X}, {"w": 2.0}]})
    assert "with respect to argument 0 (p['layers'][0]['w']) is wrong" in text
    with pytest.raises(TypeError, match="returned a truth value"):
        check_gradients(lambda x: x > 1, 2.0)


# --- its options ------------------------------------------------------------------------------------------------------


def test_tolerances_and_step_are_obeyed(rule: Any) -> None:
    wrong = rule(lambda x: np.sin(x), x=lambda g, x: 1.001 * g * np.cos(x))
    check_gradients(wrong, X, rtol=2e-3)
    check_gradients(wrong, X, atol=1e-2)
    assert "tolerated is 1e-05" in complaint(wrong, 0.5, rtol=0, atol=1e-5)
    assert "with step 0.01" in complaint(wrong, 0.5, step=1e-2)
    assert "looks like a corner" not in complaint(np.exp, 1.0, step=0.5)  # too coarse: the differences are what is wrong


def test_the_seed_decides_the_sample(rule: Any) -> None:
    x = np.ones(1000)
    seen: set[int] = set()

    def f(x: Any) -> Any:
        if not x.requires_grad and (x.data != 1).sum() == 1:
            seen.add(int(np.argmax(x.data != 1)))
        return x * 1.0

    samples = []
    for seed in (0, 0, 1):
        seen.clear()
        check_gradients(f, x, seed=seed, limit=10)
        samples.append(set(seen))
    assert len(samples[0]) == 10
    assert samples[0] == samples[1] != samples[2]
