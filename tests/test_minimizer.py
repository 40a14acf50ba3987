"""SciPy's methods with our derivatives: all of them arrive, and parameters keep their form."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

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


def test_the_quadratic_of_the_readme() -> None:
    x = np.linspace(-5, 5, 100)
    actual = 5 * x**2 - 3 * x + 3
    result = tg.minimize(lambda p: np.mean((p[0] * x**2 + p[1] * x + p[2] - actual) ** 2), [2.0, 3.0, 4.0])
    np.testing.assert_allclose(result.x, [5, -3, 3], rtol=1e-6)


def test_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TypeError, match="is 'fast', a str"):
        tg.minimize(rosenbrock, {"mode": "fast"})
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    with pytest.raises(ImportError, match=r"minimize needs SciPy.*pip install -e '\.\[scipy\]'"):
        tg.minimize(rosenbrock, START)
