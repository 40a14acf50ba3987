"""Derivatives as functions: right at any depth, for any nest of parameters, and in the form of what was given."""

from __future__ import annotations

import time
from collections import OrderedDict, defaultdict, namedtuple
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg

Point = namedtuple("Point", "x y")
rng = np.random.default_rng(5)


def rosenbrock(x: Any) -> Any:
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def rosenbrock_hessian(x: np.ndarray) -> np.ndarray:
    """The textbook formula: three diagonals."""
    diagonal = np.zeros_like(x)
    diagonal[:-1] = 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
    diagonal[1:] += 200
    return np.diag(diagonal) - np.diag(400 * x[:-1], 1) - np.diag(400 * x[:-1], -1)


# --- depth ------------------------------------------------------------------------------------------------------------


def test_grad_of_grad_to_the_sixth_order() -> None:
    f, x = np.sin, 0.7
    for expected in (np.cos(x), -np.sin(x), -np.cos(x), np.sin(x), np.cos(x), -np.sin(x)):
        f = tg.grad(f)
        assert type(f(x)) is np.float64
        assert f(x) == pytest.approx(expected, rel=1e-12)


def test_each_level_has_its_own_variable() -> None:
    """d/dx [x · d/dy (x + y)] = 1; an engine that mixes up the two levels says 2."""
    assert tg.grad(lambda x: x * tg.grad(lambda y: x + y)(2.0))(1.0) == 1.0
    assert tg.grad(lambda x: x * tg.grad(lambda y: x * y)(2.0))(3.0) == 6.0
    assert tg.grad(lambda x: tg.grad(lambda y: x * y * y)(x))(3.0) == 12.0  # d/dx [2 x²]
    assert tg.grad(lambda x: x * tg.jvp(lambda y: x + y, [2.0], [1.0])[1])(1.0) == 1.0
    assert tg.jvp(lambda x: x * tg.jvp(lambda y: x * y, [2.0], [1.0])[1], [3.0], [1.0])[1] == 6.0


def test_a_grad_inside_a_function_that_is_differentiated() -> None:
    def newton(a: Any) -> Any:
        x: Any = 1.0
        for _ in range(8):  # the root of x² - a, with the slope from grad
            f = lambda x: x * x - a  # noqa: E731
            x = x - f(x) / tg.grad(f)(x)
        return x

    assert newton(2.0) == pytest.approx(2**0.5, rel=1e-14)
    assert tg.grad(newton)(2.0) == pytest.approx(0.5 / 2**0.5, rel=1e-12)
    assert tg.grad(tg.grad(newton))(2.0) == pytest.approx(-0.25 / 2**1.5, rel=1e-12)


def test_a_tensor_from_outside_stays_connected() -> None:
    w, x = tg.Tensor(3.0), np.array([1.0, 2.0])
    g = tg.grad(lambda x: np.sum(w * x**2))(x)
    assert isinstance(g, tg.Tensor)
    np.sum(g).backward()
    assert w.grad == 6.0  # d/dw [2 w (1 + 2)]
    leaf = tg.Tensor(x)
    np.sum(tg.grad(lambda x: np.sum(x**3))(leaf)).backward()
    assert leaf.grad.tolist() == [6.0, 12.0]
    with tg.no_grad():
        assert type(tg.grad(lambda x: np.sum(w * x**2))(x)) is np.ndarray


def test_inside_no_grad_the_gradient_is_still_computed() -> None:
    with tg.no_grad():
        assert tg.grad(np.tanh)(0.0) == 1.0
        assert (tg.Tensor(2.0) * 2).requires_grad is False


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_all_kinds_of_derivative_nest(depth: int) -> None:
    """Of a product of sines: each is differentiated once more by grad, and compared with the same by differences."""
    x, v = np.array([0.3, 1.1, -0.4]), np.array([1.0, -2.0, 0.5])

    def f(x: Any) -> Any:
        return np.prod(np.sin(x)) + x[0] * np.exp(x[1] * x[2])

    for derived in (
        f,
        lambda x: np.sum(tg.grad(f)(x) * v),
        lambda x: np.sum(tg.jacobian(tg.grad(f))(x) * np.outer(v, v)),
        lambda x: np.sum(tg.hessian(f)(x) ** 2),
        lambda x: np.sum(tg.hvp(f)(x, v) * v),
        lambda x: tg.jvp(f, [x], [v])[1],
        lambda x: np.sum(tg.vjp(f, x)[1](1.0)[0] * v),
        lambda x: np.sum(tg.ggnvp(lambda x: np.sin(x) * x[0])(x, v)),
        lambda x: tg.value_and_grad(f)(x)[0] + np.sum(tg.elementwise_grad(np.tanh)(x)),
    )[:: 1 if depth < 3 else 3]:
        tg.check_gradients(derived, x, order=min(depth, 2))
        if depth == 3:
            tg.check_gradients(lambda x, f=derived: np.sum(tg.grad(f)(x) * v), x, order=2)


# --- form -------------------------------------------------------------------------------------------------------------


def test_the_gradient_has_the_form_of_the_parameters() -> None:
    parameters = {
        "layers": [(np.ones((2, 3)), np.zeros(3, np.float32)), (np.ones((3, 1)), 2)],
        "scale": 2.0,
        "point": Point(1.0, np.array([1, 2])),
        "ordered": OrderedDict(b=1.0, a=2.0),
        "default": defaultdict(list, c=3.0),
        "none": None,
        "empty": [],
    }

    def loss(p: Any) -> Any:
        h = np.ones((4, 2))
        for w, b in p["layers"]:
            h = np.tanh(h @ w + b)
        return p["scale"] * np.sum(h) + p["point"].x * np.sum(p["point"].y) + p["ordered"]["a"] * p["default"]["c"]

    g = tg.grad(loss)(parameters)
    assert [type(part) for part in (g, g["layers"], g["layers"][0], g["point"], g["ordered"], g["default"])] == [
        dict, list, tuple, Point, OrderedDict, defaultdict,
    ]  # fmt: skip
    assert g["layers"][0][0].shape == (2, 3)
    assert g["layers"][0][1].dtype == np.float32
    assert type(g["layers"][1][1]) is np.float64
    assert g["point"].y.tolist() == [1.0, 1.0]
    assert (g["ordered"]["a"], g["ordered"]["b"], g["default"]["c"]) == (3.0, 0.0, 2.0)
    assert (g["none"], g["empty"], list(g)) == (None, [], list(parameters))


def test_argnums() -> None:
    def f(a: Any, b: Any, *, power: int = 1) -> Any:
        return np.sum(a * b**power)

    a, b = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    assert tg.grad(f, 1)(a, b, power=2).tolist() == [6.0, 16.0]
    assert tg.grad(f, -1)(a, b).tolist() == [1.0, 2.0]
    both = tg.grad(f, (1, 0))(a, b)
    assert [part.tolist() for part in both] == [[1.0, 2.0], [3.0, 4.0]]
    assert tg.value_and_grad(f, (0,))(a, b)[1][0].tolist() == [3.0, 4.0]
    h = tg.hessian(f, (0, 1))(a, b)
    assert [[block.tolist() for block in row] for row in h] == [
        [[[0, 0], [0, 0]], [[1, 0], [0, 1]]], [[[1, 0], [0, 1]], [[0, 0], [0, 0]]],
    ]  # fmt: skip
    assert [part.tolist() for part in tg.hvp(f, (0, 1))(a, b, (a, b))] == [b.tolist(), a.tolist()]


def test_auxiliary_results() -> None:
    def f(x: Any) -> Any:
        y = x * x
        return np.sum(y), {"y": y, "note": "text"}

    x = np.array([1.0, 2.0])
    g, aux = tg.grad(f, has_aux=True)(x)
    assert g.tolist() == [2.0, 4.0]
    assert (type(aux["y"]), aux["y"].tolist(), aux["note"]) == (np.ndarray, [1.0, 4.0], "text")
    (value, aux), g = tg.value_and_grad(f, has_aux=True)(x)
    assert (float(value), aux["note"], g.tolist()) == (5.0, "text", [2.0, 4.0])
    assert tg.vjp(f, x, has_aux=True)[2]["note"] == "text"
    assert tg.jacobian(lambda x: (x * x, "aux"), has_aux=True)(x)[1] == "aux"


def test_what_comes_back_is_the_callers_own() -> None:
    """An array that can be written to, shared with nobody."""
    x = np.ones(3)
    for g in (tg.grad(np.sum)(x), tg.grad(lambda x: x[0])(x), tg.elementwise_grad(lambda x: x)(x)):
        assert g.flags.writeable
        g += 1
    assert x.tolist() == [1, 1, 1]
    assert tg.grad(lambda x: 3.0)(x).tolist() == [0, 0, 0]
    assert tg.grad(lambda x, y: np.sum(y))(x, x).tolist() == [0, 0, 0]


def test_float32_stays() -> None:
    x = np.ones(3, np.float32)
    f = lambda x: np.sum(np.sin(x) ** 2)  # noqa: E731
    assert tg.grad(f)(x).dtype == tg.hessian(f)(x).dtype == tg.hvp(f)(x, x).dtype == np.float32
    assert tg.jvp(np.sin, [x], [x])[1].dtype == tg.vjp(np.sin, x)[1](np.ones(3))[0].dtype == np.float32


def test_an_argument_can_be_assigned_to() -> None:
    """As NumPy users do it: inside, the argument is a variable like any other."""

    def f(x: Any) -> Any:
        x[0] = x[1] * 3
        return np.sum(x * x)

    x = np.array([1.0, 2.0])
    assert tg.grad(f)(x).tolist() == [0.0, 40.0]  # d/dx₁ [(3 x₁)² + x₁²]
    assert x.tolist() == [1.0, 2.0]


# --- matrices and products --------------------------------------------------------------------------------------------


def test_rosenbrock_in_20_dimensions() -> None:
    x = rng.uniform(-2, 2, 20)
    h = tg.hessian(rosenbrock)(x)
    exact = rosenbrock_hessian(x)
    np.testing.assert_allclose(h, exact, rtol=0, atol=1e-10)
    v = rng.normal(size=20)
    np.testing.assert_allclose(tg.hvp(rosenbrock)(x, v), exact @ v, rtol=1e-12)
    np.testing.assert_allclose(tg.jvp(tg.grad(rosenbrock), [x], [v])[1], exact @ v, rtol=1e-12)


def test_hvp_takes_a_few_gradients_whatever_the_dimension() -> None:
    def seconds(f: Any, *args: Any) -> float:
        times = []
        for _ in range(9):
            start = time.perf_counter()
            f(*args)
            times.append(time.perf_counter() - start)
        return float(np.median(times))

    x, v = rng.uniform(-2, 2, 10_000), rng.normal(size=10_000)
    assert seconds(tg.hvp(rosenbrock), x, v) < 12 * seconds(tg.grad(rosenbrock), x)


@pytest.mark.parametrize(("rows", "columns"), [(3, 4), (40, 3), (1, 1), (0, 2), (2, 0)])
def test_jacobian_of_any_shape(rows: int, columns: int) -> None:
    """Tall ones are computed by columns, wide ones by rows."""
    m, x = rng.normal(size=(rows, columns)), rng.normal(size=columns)
    j = tg.jacobian(lambda x: np.sin(m @ x))(x)
    np.testing.assert_allclose(j, np.cos(m @ x)[:, None] * m, rtol=1e-12)
    tall = tg.jacobian(lambda x: {"all": np.outer(m @ x, x), "none": np.ones(2)})(x)
    expected = np.einsum("ik,j->ijk", m, x) + np.einsum("i,jk->ijk", m @ x, np.eye(columns))
    np.testing.assert_allclose(tall["all"], expected, rtol=1e-12, atol=1e-12)
    assert tall["none"].shape == (2, columns)


def test_jacobian_of_nests() -> None:
    def f(p: Any, c: Any) -> Any:
        return [p["a"] * c, (p["b"], p["a"] ** 2)]

    p, c = {"a": np.array([1.0, 2.0]), "b": 3.0}, np.array([5.0, 7.0])
    j = tg.jacobian(f)(p, c)
    assert j[0]["a"].tolist() == [[5.0, 0.0], [0.0, 7.0]]
    assert j[0]["b"].tolist() == [0.0, 0.0]
    assert (j[1][0]["a"].tolist(), float(j[1][0]["b"])) == ([0.0, 0.0], 1.0)
    assert j[1][1]["a"].tolist() == [[2.0, 0.0], [0.0, 4.0]]
    by_argument = tg.jacobian(lambda x, y: np.outer(np.repeat(x, 9), y), (0, 1))(np.array([2.0]), np.array([3.0]))
    assert [block.shape for block in by_argument] == [(9, 1, 1), (9, 1, 1)]
    assert [float(block[0, 0, 0]) for block in by_argument] == [3.0, 2.0]


def test_jvp_and_vjp_of_nests_agree_with_the_jacobian() -> None:
    def f(p: Any, c: Any) -> Any:
        return {"u": np.sin(p[0]) * c, "v": np.sum(p[1] ** 2)}

    p, c = [rng.normal(size=3), rng.normal(size=(2, 2))], rng.normal(size=3)
    dp, dc = [rng.normal(size=3), rng.normal(size=(2, 2))], rng.normal(size=3)
    value, change = tg.jvp(f, [p, c], [dp, dc])
    np.testing.assert_allclose(change["u"], np.cos(p[0]) * dp[0] * c + np.sin(p[0]) * dc, rtol=1e-12)
    np.testing.assert_allclose(change["v"], 2 * np.sum(p[1] * dp[1]), rtol=1e-12)
    again, pull = tg.vjp(f, p, c)
    assert np.array_equal(again["u"], value["u"])
    g = {"u": rng.normal(size=3), "v": 2.0}
    for _ in range(2):
        gp, gc = pull(g)
        there = np.sum(g["u"] * change["u"]) + g["v"] * change["v"]
        here = np.sum(gp[0] * dp[0]) + np.sum(gp[1] * dp[1]) + np.sum(gc * dc)
        np.testing.assert_allclose(here, there, rtol=1e-12)


def test_gauss_newton_is_the_hessian_where_the_model_is_linear() -> None:
    m, x, v = rng.normal(size=(5, 3)), rng.normal(size=3), rng.normal(size=3)
    np.testing.assert_allclose(tg.ggnvp(lambda x: m @ x)(x, v), m.T @ (m @ v), rtol=1e-12)
    np.testing.assert_allclose(tg.ggnvp(lambda c, x: c * (m @ x), tg.logsumexp, 1)(2.0, x, v),
                               tg.hvp(lambda x: tg.logsumexp(2.0 * (m @ x)))(x, v), rtol=1e-10)  # fmt: skip


def test_stop_gradient() -> None:
    assert tg.grad(lambda x: x * tg.stop_gradient({"x": x})["x"])(3.0) == 3.0
    x = np.ones(2)
    assert tg.stop_gradient(x) is x


# --- messages ---------------------------------------------------------------------------------------------------------


def test_messages() -> None:
    x = np.ones(3)
    with pytest.raises(ValueError, match=r"grad\(sin\): sin returned shape \(3,\).*tg\.jacobian.*tg\.elementwise_grad"):
        tg.grad(np.sin)(x)
    with pytest.raises(ValueError, match="only a single number"):
        tg.grad(lambda x: (x, x))(1.0)
    with pytest.raises(TypeError, match=r"its argument 0, and \['mode'\] in it is 'fast', a str"):
        tg.grad(lambda p: p["w"])({"w": 1.0, "mode": "fast"})
    with pytest.raises(TypeError, match="its argument 1, and that is True, a bool"):
        tg.grad(lambda x, flag: x, 1)(1.0, True)
    with pytest.raises(TypeError, match="complex128"):
        tg.grad(np.sum)(1j * x)
    with pytest.raises(TypeError, match=r"argnums=1, but sum was called with 1 positional"):
        tg.grad(np.sum, 1)(x)
    with pytest.raises(TypeError, match=r"has_aux=True means that sum returns a pair.*it returned shape \(\)"):
        tg.grad(np.sum, has_aux=True)(x)
    with pytest.raises(ValueError, match=r"shape \(3,\) at the top there, and shape \(2,\) at the top in the vector"):
        tg.vjp(np.sin, x)[1](np.ones(2))
    with pytest.raises(ValueError, match="the form of what it is multiplied with"):
        tg.hvp(lambda p: np.sum(p["a"] ** 2))({"a": x}, {"b": x})
    assert tg.grad(rosenbrock).__name__ == "grad(rosenbrock)"
