"""SciPy's methods with our derivatives: all of them arrive, and parameters keep their form."""

from __future__ import annotations

import dataclasses
import sys
from typing import Any

import numpy as np
import pytest
from helpers import together

import tinygrad_lite as tg

pytest.importorskip("scipy", reason="minimize hands the work to SciPy, which is not installed")


def rosenbrock(p: Any) -> Any:
    return np.sum(100 * (p["y"] - p["x"] ** 2) ** 2 + (1 - p["x"]) ** 2)


START = {"x": np.array([-1.2, 0.5]), "y": np.array([1.0, -0.3])}
METHODS = [
    None, "BFGS", "L-BFGS-B", "CG", "SLSQP", "TNC", "Newton-CG", "trust-ncg", "trust-krylov", "trust-exact", "dogleg",
    "trust-constr", "Powell", "Nelder-Mead",
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:delta_grad == 0.0:UserWarning")
@pytest.mark.parametrize("method", METHODS)
def test_rosenbrock(method: Any) -> None:
    start = {"x": np.array([1.12, 0.95]), "y": np.array([1.0, 0.85])} if method == "dogleg" else START  # it is convex there
    result = tg.minimize(rosenbrock, start, method=method, options={"maxfun" if method == "TNC" else "maxiter": 5000})
    np.testing.assert_allclose(result.x["x"], 1.0, atol=1e-2 if method == "TNC" else 1e-3)
    np.testing.assert_allclose(result.x["y"], 1.0, atol=1e-2 if method == "TNC" else 1e-3)
    if method in (None, "BFGS", "trust-ncg"):
        assert result.jac["x"].shape == (2,)


def test_arguments_bounds_and_callback() -> None:
    seen: list[Any] = []

    def loss(p: Any, target: Any) -> Any:
        return np.sum((p[0] - target) ** 2) + p[1] ** 2

    result = tg.minimize(
        loss, [np.zeros(2, np.float32), 3], (np.array([1.0, 5.0]),), "L-BFGS-B", bounds=[(0, 2)] * 3, callback=seen.append
    )
    np.testing.assert_allclose(result.x[0], [1.0, 2.0], rtol=1e-5)
    assert result.x[0].dtype == np.float32
    assert [part.shape for part in seen[0]] == [(2,), ()]


def quartic(p: Any) -> Any:
    """With its minimum at x = 1, y = (2, 3)."""
    return (p["x"] - 1) ** 4 + (p["x"] - 1) ** 2 + np.sum((p["y"] - np.array([2.0, 3.0])) ** 2) * (1 + p["x"] ** 2)


def packed(v: Any) -> Any:
    return quartic({"x": v[0], "y": v[1:]})


NEST, VECTOR = {"x": 0.5, "y": np.array([1.0, 1.0])}, np.array([0.5, 1.0, 1.0])


@together
@pytest.mark.parametrize(
    "given",
    [
        {"jac": tg.grad(quartic)},
        {"jac": lambda p: np.asarray(tg.grad(packed)(np.array([p["x"], *p["y"]])))},  # already a vector
        {"jac": False},
        {"jac": None},
        {"jac": "2-point"},
        {"jac": "3-point"},
        {"jac": tg.grad(quartic), "method": "trust-exact", "hess": tg.hessian(quartic)},
        {"method": "trust-exact", "hess": lambda p: tg.hessian(packed)(np.array([p["x"], *p["y"]]))},
        {"method": "trust-ncg", "hess": tg.hessian(quartic)},
        {"method": "Newton-CG", "hessp": tg.hvp(quartic)},
        {"method": "trust-constr", "hess": "2-point"},
        {
            "method": "trust-constr",
            "hess": lambda p: sparse(tg.hessian(packed)(np.array([p["x"], *p["y"]]))),
        },
    ],
)
def test_derivatives_of_the_users_own(given: Any) -> None:
    calls: list[Any] = []

    def counted(name: str, function: Any) -> Any:
        return lambda p, *rest: (calls.append((name, type(p))), function(p, *rest))[1]

    options = {k: counted(k, v) if callable(v) else v for k, v in given.items()}
    result = tg.minimize(quartic, NEST, **options)
    assert result.success
    np.testing.assert_allclose([result.x["x"], *result.x["y"]], [1, 2, 3], rtol=1e-3)
    assert {name for name, _ in calls} == {k for k, v in given.items() if callable(v)}  # each of them is used
    assert {kind for _, kind in calls} <= {dict}


def sparse(matrix: Any) -> Any:
    return pytest.importorskip("scipy.sparse").csr_matrix(matrix)


def test_derivatives_of_a_plain_vector_as_scipy_takes_them() -> None:
    f = lambda v, c: np.sum((v - c) ** 4 + (v - c) ** 2)  # noqa: E731
    gradient = lambda v, c: (4 * (v - c) ** 3 + 2 * (v - c)).tolist()  # noqa: E731
    curvature = lambda v, c: np.diag(12 * (v - c) ** 2 + 2).tolist()  # noqa: E731
    c = np.array([1.0, 2.0])
    for method in ("BFGS", "trust-exact"):
        hess = {"hess": curvature} if method == "trust-exact" else {}
        np.testing.assert_allclose(tg.minimize(f, np.zeros(2), (c,), method, jac=gradient, **hess).x, c, rtol=1e-4)
    pair = lambda v, c: (f(v, c), np.array(gradient(v, c)))  # noqa: E731
    for method in (None, "trust-ncg", "trust-exact", "Newton-CG"):
        np.testing.assert_allclose(tg.minimize(pair, np.zeros(2), c, method, jac=True).x, c, rtol=1e-4)  # args is no tuple
    product = {"hessp": tg.hvp(f), "jac": tg.grad(f)}
    np.testing.assert_allclose(tg.minimize(f, np.zeros(2), c, "Newton-CG", **product).x, c, rtol=1e-4)


@pytest.mark.parametrize("method", ["BFGS", "trust-constr", "Nelder-Mead", "TNC", "COBYLA", "SLSQP"])
def test_a_callback_with_the_name_of_the_result(method: str) -> None:
    seen: list[Any] = []

    def callback(intermediate_result: Any) -> None:
        seen.append(intermediate_result)

    result = tg.minimize(quartic, NEST, method=method, callback=callback)
    assert all(each.x["y"].shape == (2,) for each in seen)
    np.testing.assert_allclose([float(each.fun) for each in seen], [quartic(each.x) for each in seen], rtol=1e-12)
    assert result.x["y"].shape == (2,)


def test_a_callback_can_stop() -> None:
    seen: list[Any] = []

    def stop(p: Any) -> None:
        seen.append(p)
        if len(seen) == 2:
            raise StopIteration

    for method in ("BFGS", "Newton-CG", "L-BFGS-B"):
        seen.clear()
        result = tg.minimize(quartic, NEST, method=method, callback=stop)
        assert (len(seen), result.success, sorted(seen[0])) == (2, False, ["x", "y"])
    result = tg.minimize(quartic, NEST, method="trust-constr", callback=lambda p, state: p["x"] > 0.6)
    assert result.status == 3  # SciPy's number for: the callback said True


@pytest.mark.filterwarnings("ignore:delta_grad == 0.0:UserWarning")
@pytest.mark.parametrize("method", ["SLSQP", "trust-constr", "COBYLA"])
def test_constraints_take_the_parameters_in_their_form(method: str) -> None:
    optimize = pytest.importorskip("scipy.optimize")
    f = lambda p: (p["a"] - 1) ** 2 + np.sum((p["b"] - 2) ** 2)  # noqa: E731
    total = lambda p: p["a"] + np.sum(p["b"])  # noqa: E731
    start = {"a": 0.0, "b": np.zeros(2)}
    for constraints in (
        {"type": "ineq", "fun": lambda p, most: most - total(p), "args": (2.0,)},
        [{"type": "ineq", "fun": lambda p: 2 - total(p), "jac": lambda p: {"a": -1.0, "b": -np.ones(2)}}],
        optimize.NonlinearConstraint(total, -np.inf, 2.0),
        optimize.LinearConstraint([[1.0, 1.0, 1.0]], ub=2.0),
    ):
        result = tg.minimize(f, start, method=method, constraints=constraints)
        np.testing.assert_allclose([result.x["a"], *result.x["b"]], [0, 1, 1], atol=1e-3)


def test_a_constraint_with_several_results_gets_its_jacobian() -> None:
    optimize = pytest.importorskip("scipy.optimize")
    both = optimize.NonlinearConstraint(lambda p: np.stack([p["a"] * p["b"][0], p["b"][1] ** 2]), 1.0, [1.0, 1.0])
    f = lambda p: p["a"] ** 2 + np.sum(p["b"] ** 2)  # noqa: E731
    result = tg.minimize(f, {"a": 2.0, "b": np.array([1.0, 3.0])}, method="SLSQP", constraints=both)
    np.testing.assert_allclose([result.x["a"], *result.x["b"]], [1, 1, 1], rtol=1e-4)
    assert both.fun({"a": 1.0, "b": np.ones(2)}).tolist() == [1, 1]  # the user's own is as it was


def test_parameters_in_a_dataclass() -> None:
    @dataclasses.dataclass(frozen=True)
    class Line:
        slope: float
        offsets: Any
        note: Any = None

    target = np.array([1.0, 2.0])
    result = tg.minimize(lambda p: (p.slope - 3) ** 2 + np.sum((p.offsets - target) ** 2), Line(0.0, np.zeros(2)))
    assert isinstance(result.x, Line)
    np.testing.assert_allclose([result.x.slope, *result.x.offsets], [3, 1, 2], rtol=1e-5)


def test_the_quadratic_of_the_readme() -> None:
    x = np.linspace(-5, 5, 100)
    actual = 5 * x**2 - 3 * x + 3
    result = tg.minimize(lambda p: np.mean((p[0] * x**2 + p[1] * x + p[2] - actual) ** 2), [2.0, 3.0, 4.0])
    np.testing.assert_allclose(result.x, [5, -3, 3], rtol=1e-6)


def test_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    for lost in (lambda x: np.sum(x**2).item(), lambda x: np.sum(x.data**2), lambda x: np.sum(x.detach() ** 2), lambda x: 1):
        with pytest.raises(TypeError, match=r"minimize\(<lambda>\): nothing to minimize.*does not depend.*left the graph"):
            tg.minimize(lost, np.ones(2))
    with pytest.raises(TypeError, match="returned a truth value"):
        tg.minimize(lambda x: np.sum(x) > 1, np.ones(2))
    for method in (None, "Powell"):
        with pytest.raises(ValueError, match=r"minimize\(<lambda>\): <lambda> returned shape \(2,\)"):
            tg.minimize(lambda x: x**2, np.ones(2), method=method)
    with pytest.raises(TypeError, match=r"has to return the pair \(value, gradient\)"):
        tg.minimize(rosenbrock, START, jac=True)
    with pytest.raises(TypeError, match=r"with complex numbers.*leave jac out"):
        tg.minimize(rosenbrock, START, jac="cs")
    with pytest.raises(ValueError, match=r"the form of x0\. x0 has shape \(2,\) .*but the gradient has shape \(3,\)"):
        tg.minimize(rosenbrock, START, jac=lambda p: {"x": np.ones(3), "y": np.ones(2)})
    with pytest.raises(TypeError, match="is 'fast', a str"):
        tg.minimize(rosenbrock, {"mode": "fast"})
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    with pytest.raises(ImportError, match=r"minimize needs SciPy.*pip install -e '\.\[scipy\]'"):
        tg.minimize(rosenbrock, START)
