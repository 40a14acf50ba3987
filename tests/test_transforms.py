"""Derivatives as functions: right at any depth, for any nest of parameters, and in the form of what was given."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import pydoc
from collections import OrderedDict, defaultdict, namedtuple
from typing import Any

import numpy as np
import pytest
from helpers import calls_in, together

import tinygrad_lite as tg
from tinygrad_lite.containers import flatten

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
        tg.check_gradients(derived, x, order=min(depth, 2), limit=0)
        if depth == 3:
            tg.check_gradients(lambda x, f=derived: np.sum(tg.grad(f)(x) * v), x, order=2, limit=0)


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
    assert [part.tolist() for part in tg.grad(f, [1, 0])(a, b)] == [[1.0, 2.0], [3.0, 4.0]]  # type: ignore[arg-type]
    assert tg.grad(lambda a, w: a * w, np.int64(1))(2.0, 3.0) == 2.0  # type: ignore[arg-type]


def test_the_vector_comes_right_after_the_argument_it_belongs_to() -> None:
    """So `hvp(f)` is what SciPy calls as ``hessp(x, v, *args)``, also where the order could be confused."""

    def f(x: Any, c: Any, *, k: float = 1.0) -> Any:
        return k * np.sum((x - c) ** 4) + np.sum(c**3)

    x, v, c = np.array([0.5, -1.0]), np.array([1.0, 2.0]), np.array([2.0, 3.0])
    np.testing.assert_allclose(tg.hvp(f)(x, v, c), 12 * (x - c) ** 2 * v, rtol=1e-14)
    np.testing.assert_allclose(tg.hvp(f)(x, v, c, k=2.0), 24 * (x - c) ** 2 * v, rtol=1e-14)
    np.testing.assert_allclose(tg.hvp(f, 1)(x, c, v), 12 * (x - c) ** 2 * v + 6 * c * v, rtol=1e-14)
    np.testing.assert_allclose(tg.hvp(f, -1)(x, c, v), tg.hvp(f, 1)(x, c, v), rtol=1e-14)
    model = lambda x, c: x**2 * c  # noqa: E731
    np.testing.assert_allclose(tg.ggnvp(model)(x, v, c), 4 * x**2 * c**2 * v, rtol=1e-14)
    np.testing.assert_allclose(tg.ggnvp(model, argnums=1)(x, c, v), x**4 * v, rtol=1e-14)
    with pytest.raises(ValueError, match=r"In tg\.hvp\(f\)\(x, v, \*args\) the vector comes before the arguments"):
        tg.hvp(f)(x, 2.0, v)
    with pytest.raises(TypeError, match=r"tg\.hvp\(f\)\(x, v\)`\. More arguments of f follow the vector"):
        tg.hvp(f)(x)
    with pytest.raises(TypeError, match="argnums=2, but f was called with 2 positional"):
        tg.hvp(f, 2)(x, c, v)


def test_the_product_with_the_hessian_can_be_differentiated_in_the_vector() -> None:
    """Also where the Hessian is 0: the slope is 0 then, without a warning that something left the graph."""
    x, v = np.array([0.5, -1.0]), np.array([1.0, 2.0])
    square = lambda v: np.sum(tg.hvp(lambda x: np.sum(x**3))(x, v) ** 2)  # noqa: E731
    np.testing.assert_allclose(tg.grad(square)(v), 2 * (6 * x) ** 2 * v, rtol=1e-14)
    flat = lambda v: np.sum(tg.hvp(lambda x: np.sum(3 * x))(x, v) ** 2)  # noqa: E731
    assert tg.grad(flat)(v).tolist() == [0, 0]
    assert isinstance(tg.hvp(np.prod)(x, tg.Tensor(v)), tg.Tensor)


def test_messages_name_the_transform_that_needs_a_number() -> None:
    x = np.ones(2)
    for name, made in (("hvp", lambda: tg.hvp(np.sin)(x, x)), ("hessian", lambda: tg.hessian(np.sin)(x))):
        with pytest.raises(ValueError, match=rf"^{name}\(np\.sin\): np\.sin returned shape \(2,\)"):
            made()


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
    for constant in (lambda x: 3.0, lambda x: np.sum(np.ones(2))):
        with pytest.warns(UserWarning, match="does not depend"):
            g = tg.grad(constant)(x)
        assert g.tolist() == [0, 0, 0]
        assert g.flags.writeable


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
    def work(size: int) -> tuple[int, int]:
        x, v = rng.uniform(-2, 2, size), rng.normal(size=size)
        tg.hvp(rosenbrock)(x, v)  # the first time, rules are written out
        return calls_in(lambda: tg.hvp(rosenbrock)(x, v)), calls_in(lambda: tg.grad(rosenbrock)(x))

    product, gradient = work(10)
    assert product < 12 * gradient
    assert work(1000)[0] < 1.2 * product


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


# --- what left the graph ----------------------------------------------------------------------------------------------


TRANSFORMS = {
    "grad": lambda f: tg.grad(f)(np.ones(2)),
    "value_and_grad": lambda f: tg.value_and_grad(f)(np.ones(2)),
    "elementwise_grad": lambda f: tg.elementwise_grad(f)(np.ones(2)),
    "jacobian": lambda f: tg.jacobian(f)(np.ones(2)),
    "hessian": lambda f: tg.hessian(f)(np.ones(2)),
    "vjp": lambda f: tg.vjp(f, np.ones(2)),
    "jvp": lambda f: tg.jvp(f, [np.ones(2)], [np.ones(2)]),
    "hvp": lambda f: tg.hvp(f)(np.ones(2), np.ones(2)),
    "ggnvp": lambda f: tg.ggnvp(f)(np.ones(2), np.ones(2)),
    "in a checkpoint": lambda f: tg.grad(tg.checkpoint(f))(np.ones(2)),
}


def without_recording(x: Any) -> Any:
    with tg.no_grad():
        return np.sum(x * x)


@together
@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(x.data**2),
        lambda x: np.sum(x).item() * 2,
        lambda x: np.argmax(x),
        lambda x: 1,
        lambda x: np.sum(x.detach() ** 2),
        lambda x: np.sum(tg.stop_gradient(x)),
        without_recording,
    ],
)
@pytest.mark.filterwarnings("always")
def test_a_result_that_does_not_depend_on_the_argument_is_said(transform: str, f: Any) -> None:
    with pytest.warns(UserWarning, match="does not depend on its arguments.*a value left the graph") as heard:
        TRANSFORMS[transform](f)
    assert {warning.filename for warning in heard} == {__file__}


def test_a_new_leaf_inside_is_said_too() -> None:
    with pytest.warns(UserWarning, match="a new tg.Tensor"):
        tg.grad(lambda x: np.sum(tg.Tensor(x.data) ** 2))(np.ones(2))
    w = tg.Tensor(2.0)
    with pytest.warns(UserWarning, match="does not depend"):  # on x; it does on w
        tg.grad(lambda x: np.sum(w * x.data))(np.ones(2))


def test_derivatives_that_are_0_are_no_reason_to_warn() -> None:
    """Warnings are errors in these tests."""
    x, m = np.array([1.0, 2.0]), np.arange(6.0).reshape(3, 2)
    linear = lambda x: np.sum(m @ x)  # noqa: E731
    assert tg.hessian(linear)(x).tolist() == [[0, 0], [0, 0]]
    assert tg.hvp(linear)(x, x).tolist() == [0, 0]
    assert tg.jacobian(tg.grad(linear))(x).tolist() == [[0, 0], [0, 0]]
    assert tg.jacobian(lambda x: tg.jacobian(lambda x: m @ x)(x))(x).shape == (3, 2, 2)
    assert tg.grad(tg.grad(tg.grad(lambda x: 3 * x)))(2.0) == 0
    assert tg.grad(lambda x: 2 * tg.grad(lambda x: x * x)(tg.grad(lambda x: 3 * x)(x)))(1.0) == 0
    assert tg.grad(lambda x: tg.grad(lambda y: x + y)(2.0))(1.0) == 0
    assert tg.grad(lambda x: tg.jvp(lambda x: 3 * x, [x], [1.0])[1])(1.0) == 0
    assert tg.grad(lambda x: tg.vjp(lambda x: 3 * x, x)[1](1.0)[0])(1.0) == 0
    assert tg.grad(lambda x: tg.value_and_grad(lambda x: 3 * x)(x)[1])(1.0) == 0
    assert tg.jacobian(tg.jacobian(lambda x, y: x**2 + y**2, 0), 1)(1.0, 2.0) == 0
    assert tg.ggnvp(lambda x: m @ x, np.sum)(x, x).tolist() == [0, 0]
    assert tg.grad(lambda p: p["a"] ** 2)({"a": 1.0, "unused": x})["unused"].tolist() == [0, 0]
    assert [row.tolist() for row in tg.jacobian(lambda x: [x[0], -9.81])(x)] == [[1, 0], [0, 0]]  # one of two is constant
    assert tg.grad(np.sum)(np.zeros(0)).shape == (0,)
    assert tg.grad(lambda p: 1.0)({"nothing": None}) == {"nothing": None}


def test_inside_an_outer_differentiation_results_are_tensors() -> None:
    seen: list[Any] = []
    tg.grad(lambda x: seen.append(tg.grad(lambda x: 3 * x)(x)) or x * 1.0)(2.0)  # type: ignore[func-returns-value]
    assert isinstance(seen[0], tg.Tensor)
    assert not seen[0].requires_grad
    with tg.no_grad():
        assert type(tg.grad(lambda x: 3 * x)(tg.Tensor(2.0))) is np.float64
    with pytest.warns(UserWarning, match="does not depend"):  # the inner derivative is asked for a plain number
        tg.grad(lambda x: tg.grad(lambda x: x**2)(x.item()))(3.0)


class Namespace:
    def __init__(self, **values: Any) -> None:
        vars(self).update(values)


def objects(x: Any) -> Any:
    both = np.empty(2, object)
    both[0], both[1] = x[0] ** 2, x[0] * x[1]
    return both


NO_RESULTS = {
    "None, which has no derivative. Is a `return` missing": lambda x: None,
    "an array of objects.*`return np.stack\\(result\\)`": objects,
    "a truth value.*Return the numbers that are compared": lambda x: np.sum(x) > 1,
    "a truth value": lambda x: np.allclose(x, 1.0),
    "an array of truth values, shape \\(2,\\)": lambda x: x > 1,
    "a set, which has no order": lambda x: {x[0], x[1]},
    "text": lambda x: f"{x.data}",
    "a generator.*`return list\\(result\\)`": lambda x: (element for element in x),
    "a dict_values.*`return list\\(result\\)`": lambda x: {"a": x}.values(),
    "a Namespace.*`return result.loss`.*`return vars\\(result\\)`": lambda x: Namespace(steps=3, loss=np.sum(x)),
    "complex numbers": lambda x: 1j * np.ones(2),
    "complex numbers, shape.*`return np.abs\\(result\\) \\*\\* 2`": lambda x: np.fft.fft(x),
    "a ufunc of numpy, which is a function and not a number": lambda x: np.sin,
}


@together
@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("what", NO_RESULTS)
def test_a_result_that_cannot_have_a_derivative_is_refused(transform: str, what: str) -> None:
    with pytest.raises(TypeError, match=f"returned {what}"):
        TRANSFORMS[transform](NO_RESULTS[what])


def test_the_remedies_for_such_results_work() -> None:
    x = np.array([2.0, 3.0])
    assert tg.jacobian(lambda x: np.stack(objects(x)))(x).tolist() == [[4, 0], [3, 2]]
    assert tg.grad(lambda x: Namespace(loss=np.sum(x)).loss)(x).tolist() == [1, 1]  # type: ignore[attr-defined]
    assert [row.tolist() for row in tg.jacobian(lambda x: [element * 2 for element in x])(x)] == [[2, 0], [0, 2]]
    with pytest.raises(TypeError, match=r"\['ok'\] is a truth value.*has_aux=True"):
        tg.jacobian(lambda x: {"y": x * x, "ok": True})(x)
    assert tg.jacobian(lambda x: (x * x, {"ok": True}), has_aux=True)(x)[1] == {"ok": True}
    pd = pytest.importorskip("pandas")
    with pytest.raises(TypeError, match="returned a Series of pandas"):
        tg.jacobian(lambda x: pd.Series([1.0, 2.0]))(x)


def test_stop_gradient_looks_everywhere() -> None:
    f = lambda x: np.sum(np.stack(list(tg.stop_gradient(objects(x)))) * x)  # noqa: E731
    assert tg.grad(f)(np.array([2.0, 3.0])).tolist() == [4, 6]
    spectrum = lambda x: np.sum(np.abs(tg.stop_gradient(np.fft.fft(x))) * x)  # noqa: E731
    assert tg.grad(spectrum)(np.array([2.0, 3.0])).tolist() == [5, 1]


# --- the functions that are made ------------------------------------------------------------------------------------------


def cubes(x: Any) -> Any:
    """The sum of the cubes."""
    return np.sum(x**3)


@tg.grad
def decorated(x: Any) -> Any:
    return x * x


MADE = [tg.grad, tg.value_and_grad, tg.elementwise_grad, tg.jacobian, tg.hessian, tg.hvp, tg.ggnvp, tg.checkpoint]


@together
@pytest.mark.parametrize("transform", MADE)
def test_they_can_be_pickled(transform: Any) -> None:
    made, args = transform(cubes), (np.array([1.0, 2.0]),) * (2 if transform in (tg.hvp, tg.ggnvp) else 1)
    twin = pickle.loads(pickle.dumps(made))
    assert repr(twin(*args)) == repr(made(*args))
    assert twin.__name__ == made.__name__
    assert copy.deepcopy(made)(*args) is not None
    nested = pickle.loads(pickle.dumps(tg.grad(tg.grad(np.sin))))
    assert nested(1.0) == -np.sin(1.0)
    assert pickle.loads(pickle.dumps(tg.grad(np.multiply, argnums=(0, 1))))(2.0, 3.0) == (3.0, 2.0)
    assert pickle.loads(pickle.dumps(decorated)) is decorated
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
        pickle.dumps(tg.grad(lambda x: x))


def test_they_read_like_functions() -> None:
    slope = tg.grad(cubes)
    assert (slope.__name__, slope.__doc__, slope.__module__) == ("grad(cubes)", cubes.__doc__, __name__)
    assert inspect.signature(slope) == inspect.signature(cubes)
    assert repr(slope) == "<function grad(cubes)>"
    text = pydoc.plain(pydoc.render_doc(slope))
    assert "grad(cubes)(x: " in text
    assert "The sum of the cubes." in text

    class Model:
        factor = 3.0

        def value(self, x: Any) -> Any:
            return self.factor * x * x

        slope = tg.grad(value, 1)
        remembered = tg.checkpoint(value)

    assert Model().slope(2.0) == 12
    assert tg.grad(Model().remembered)(2.0) == 12


# --- dataclasses ------------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Layer:
    w: Any
    b: float
    note: Any = None


@dataclasses.dataclass(frozen=True)
class Model:
    layers: list[Layer]
    scale: float
    steps: Any = dataclasses.field(init=False, default=None)
    unset: Any = dataclasses.field(init=False, repr=False)

    def __post_init__(self) -> None:
        assert self.scale > 0  # which a gradient need not fulfil

    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            x = np.tanh(layer.w * x + layer.b)
        return np.sum(self.scale * x)


@dataclasses.dataclass
class Small:
    __slots__ = ("a", "b")
    a: Any
    b: Any


def test_dataclasses_of_parameters() -> None:
    model = Model([Layer(np.array([0.5, -1.0]), 0.1), Layer(np.array([2.0, 1.0]), -0.2)], 3.0)
    as_dict = {"layers": [(layer.w, layer.b) for layer in model.layers], "scale": 3.0}
    x = np.array([0.3, 0.7])

    def with_dict(p: Any, x: Any) -> Any:
        return Model([Layer(*layer) for layer in p["layers"]], p["scale"])(x)

    loss = lambda model, x: model(x)  # noqa: E731
    g, expected = tg.grad(loss)(model, x), tg.grad(with_dict)(as_dict, x)
    assert (type(g), type(g.layers[0]), g.steps, g.layers[0].note) == (Model, Layer, None, None)
    assert g.scale == expected["scale"] < 0
    for layer, (w, b) in zip(g.layers, expected["layers"]):
        assert layer.w.tolist() == w.tolist()
        assert layer.b == b
    assert model.scale == 3.0
    value, again = tg.value_and_grad(loss)(model, x)
    assert (float(value), again.scale) == (float(model(x)), g.scale)
    _, pull = tg.vjp(loss, model, x)
    _, change = tg.jvp(loss, [model, x], [g, np.zeros(2)])
    np.testing.assert_allclose(change, np.sum([np.sum(v**2) for v in flatten(g)[0]]), rtol=1e-12)
    np.testing.assert_allclose(pull(1.0)[0].layers[1].w, g.layers[1].w, rtol=1e-12)
    product = tg.hvp(loss)(model, g, x)
    assert isinstance(product, Model)
    np.testing.assert_allclose(tg.grad(tg.checkpoint(loss))(model, x).layers[0].w, g.layers[0].w, rtol=1e-12)
    tg.check_gradients(loss, model, x, order=2, limit=0)
    small = tg.hessian(lambda p: p.a**2 * p.b)(Small(2.0, 3.0))
    assert (small.a.a, small.a.b, small.b.a, small.b.b) == (6, 4, 4, 0)
    result = tg.jacobian(lambda x: Small(x * 2, {"b": x[0]}))(x)
    assert (result.a.tolist(), result.b["b"].tolist()) == ([[2, 0], [0, 2]], [1, 0])
    with pytest.raises(TypeError, match=r"argument 0, but \.layers\[0\]\.note in it is 'text', a str"):
        tg.grad(loss)(Model([Layer(x, 1.0, "text")], 1.0), x)


def test_fields_that_init_does_not_take_are_kept() -> None:
    @dataclasses.dataclass(kw_only=True)
    class Weights:
        size: dataclasses.InitVar[int]
        w: Any = dataclasses.field(init=False)

        def __post_init__(self, size: int) -> None:
            self.w = np.random.default_rng(0).normal(size=size)

    weights = Weights(size=3)
    assert tg.grad(lambda p: np.sum(p.w**2))(weights).w.tolist() == (2 * weights.w).tolist()


# --- messages ---------------------------------------------------------------------------------------------------------


@together
@pytest.mark.parametrize(
    "transform",
    [tg.grad, tg.value_and_grad, tg.hessian, tg.jacobian, tg.hvp, tg.elementwise_grad, tg.checkpoint, tg.trace,
     lambda f: tg.vjp(f, 1.0), lambda f: tg.jvp(f, [1.0], [1.0]), lambda f: tg.check_gradients(f, 1.0)],
)  # fmt: skip
@pytest.mark.parametrize("given", [tg.Tensor([1.0, 2.0]), 3.0, None])
def test_what_is_no_function_is_refused_at_once(transform: Any, given: Any) -> None:
    with pytest.raises(TypeError, match=r"takes? a function.*`tg\.\w+\(loss\)\(w(, v)?\)`"):
        transform(given)


@pytest.mark.parametrize("argnums", [3.0, "b", None, (0, "b"), tg.Tensor(1.0), np.ones(2)], ids=repr)
def test_argnums_of_another_type_are_refused_at_once(argnums: Any) -> None:
    with pytest.raises(TypeError, match=r"argnums=.*`argnums=\(0, 1\)`.*`tg\.grad\(loss\)\(w\)`"):
        tg.grad(np.multiply, argnums)


def test_messages() -> None:
    x = np.ones(3)
    with pytest.raises(ValueError, match=r"grad\(np\.sin\): np\.sin returned shape.*tg\.jacobian.*tg\.elementwise_grad"):
        tg.grad(np.sin)(x)
    with pytest.raises(ValueError, match="only a single number"):
        tg.grad(lambda x: (x, x))(1.0)
    with pytest.raises(TypeError, match=r"its argument 0, but \['mode'\] in it is 'fast', a str"):
        tg.grad(lambda p: p["w"])({"w": 1.0, "mode": "fast"})
    with pytest.raises(TypeError, match="its argument 1, but this is True, a bool"):
        tg.grad(lambda x, flag: x, 1)(1.0, True)
    with pytest.raises(TypeError, match="complex128"):
        tg.grad(np.sum)(1j * x)
    with pytest.raises(TypeError, match=r"this is shape \(3,\), a ndarray of dtype bool"):
        tg.grad(np.sum)(x > 0)
    for v in (1j * x, x.astype(object)):
        for product in (lambda v: tg.hvp(rosenbrock)(x, v), lambda v: tg.jvp(np.sin, [x], [v]), tg.vjp(np.sin, x)[1]):
            with pytest.raises(TypeError, match="Derivatives here are of real numbers"):
                product(v)
    with pytest.raises(TypeError, match=r"argnums=1, but np.sum was called with 1 positional"):
        tg.grad(np.sum, 1)(x)
    with pytest.raises(TypeError, match=r"argnums='x': arguments are counted from 0.*`argnums=1`"):
        tg.grad(np.sum, "x")(x)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"argnums=\(0, -2\) names an argument twice"):
        tg.grad(np.multiply, (0, -2))(x, x)
    with pytest.raises(TypeError, match=r"write `tg\.jvp\(np\.sin, \[x\], \[v\]\)`"):
        tg.jvp(np.sin, x, x)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"has_aux=True means that np\.sum returns a pair.*it returned shape \(\)"):
        tg.grad(np.sum, has_aux=True)(x)
    with pytest.raises(ValueError, match=r"shape \(3,\) at the top, but the vector has shape \(2,\)"):
        tg.vjp(np.sin, x)[1](np.ones(2))
    with pytest.raises(ValueError, match="the same form as what it is multiplied with"):
        tg.hvp(lambda p: np.sum(p["a"] ** 2))({"a": x}, {"b": x})
    assert tg.grad(rosenbrock).__name__ == "grad(rosenbrock)"


def test_a_vector_goes_through_the_same_gate_as_every_operand() -> None:
    """A matrix would make `g * x` in a rule another product, and the masked elements of an array would count."""
    for v in (np.eye(2).view(np.matrix), np.ma.array(np.ones((2, 2)), mask=np.eye(2))):
        for product in (
            lambda x, v: tg.vjp(lambda x: x * x, x)[1](v),
            lambda x, v: tg.vjp(lambda x: {"a": np.exp(x)}, x)[1]({"a": v}),
            lambda x, v: tg.jvp(np.exp, [x], [v]),
            tg.hvp(lambda x: np.sum(x**3)),
            tg.ggnvp(np.exp),
        ):
            with pytest.raises(TypeError, match=rf"A Tensor cannot be computed with a numpy.{type(v).__name__}"):
                product(np.ones((2, 2)), v)
    mapped = np.ones(2).view(np.memmap)
    assert tg.vjp(np.exp, np.zeros(2))[1](mapped)[0].tolist() == [1, 1]


def test_a_direction_too_few_or_too_many() -> None:
    with pytest.raises(ValueError, match=r"the numbers differ: 2 of arguments, 1 of directions"):
        tg.jvp(lambda x, y: x * y, [1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match=r"the numbers differ: 1 of arguments, 2 of directions"):
        tg.jvp(np.sin, [1.0], [1.0, 3.0])
    with pytest.raises(ValueError, match=r"2.0 at \[1\], but the vector has nothing more"):
        tg.hvp(lambda x: x[0] * x[1])([1.0, 2.0], [1.0])
