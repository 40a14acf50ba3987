"""The functions of scipy.special on Tensors: found when they are needed, right at corners and far out, clear when refused."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg
from tinygrad_lite import Tensor, gradients, testing

pytest.importorskip("scipy.special", reason="SciPy is not installed")

import scipy.special as sp

from tinygrad_lite.rules.special import normal_hazard, polygamma, special

if not isinstance(sp.erf, np.ufunc):
    pytest.skip("With SCIPY_ARRAY_API=1 SciPy itself turns Tensors away", allow_module_level=True)

inf = np.inf

# --- when the rules are imported --------------------------------------------------------------------------------------


def run(program: str, **environment: str) -> list[str]:
    """What a program prints, in a Python of its own."""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_scipy_is_not_imported_without_need() -> None:
    """Nor for an unknown function of NumPy: only if one of SciPy's own is met."""
    program = """
import sys
import numpy as np, tinygrad_lite as tg
x = tg.Tensor(0.5)
np.sin(x).backward()
try:
    np.spacing(x)
except TypeError:
    print([m for m in sys.modules if m.startswith("scipy") or m.endswith("rules.special")])
"""
    assert run(program) == ["[]"]


@pytest.mark.parametrize("imports", ["tinygrad_lite as tg, scipy.special", "scipy.special, tinygrad_lite as tg"])
def test_a_tensor_is_all_that_is_needed(imports: str) -> None:
    program = f"""
import {imports}
x = tg.Tensor(0.0)
y = scipy.special.expit(x)
y.backward()
print(y.item(), x.grad)
"""
    assert run(program) == ["0.5", "0.25"]


def test_inside_another_gradient_and_with_an_array_first() -> None:
    x = Tensor([0.5, 2.0])
    loss = np.sum(sp.xlogy(np.array([1.0, 2.0]), sp.erf(x) + 1) * sp.gammaln(x))
    slope = gradients(loss, x, create_graph=True)
    assert gradients(np.sum(slope * slope), x).shape == (2,)


def test_scipy_may_wrap_its_ufuncs() -> None:
    """It does so on request, to choose between array libraries. The rules are those of the ufuncs inside."""
    program = """
import numpy as np, tinygrad_lite as tg
from tinygrad_lite.rules.special import polygamma, special
x = tg.Tensor(1.0)
polygamma(1, x).backward()
assert isinstance(special.erf, np.ufunc)
print(round(float(x.grad), 6))
"""
    assert run(program, SCIPY_ARRAY_API="1") == ["-2.404114"]  # -2 ζ(3)


# --- corners ----------------------------------------------------------------------------------------------------------

Case = tuple[str, Callable[..., Any], list[Any], list[Any]]

CORNERS: list[Case] = [  # what, the function, where, its gradient there
    ("xlogy(0, 0)", sp.xlogy, [0.0, 0.0], [-inf, 0.0]),
    ("xlogy(0, 2)", sp.xlogy, [0.0, 2.0], [np.log(2), 0.0]),
    ("xlogy(2, 0)", sp.xlogy, [2.0, 0.0], [-inf, inf]),
    ("xlogy of rows", sp.xlogy, [[0.0, 0.0], [[0.0, 1.0]]], [[-inf, 0.0], [[0.0, 0.0]]]),
    ("0 · xlogy(0, 0)", lambda x, y: 0.0 * sp.xlogy(x, y), [0.0, 0.0], [0.0, 0.0]),
    ("xlog1py(0, -1)", sp.xlog1py, [0.0, -1.0], [-inf, 0.0]),
    ("entr(0)", sp.entr, [0.0], [inf]),
    ("0 · entr(0)", lambda x: 0.0 * sp.entr(x), [0.0], [0.0]),
    ("entr(1)", sp.entr, [1.0], [-1.0]),
    ("rel_entr(0, 2)", sp.rel_entr, [0.0, 2.0], [-inf, 0.0]),
    ("rel_entr(0, 0)", sp.rel_entr, [0.0, 0.0], [-inf, 0.0]),
    ("rel_entr(2, 2)", sp.rel_entr, [2.0, 2.0], [1.0, -1.0]),
    ("kl_div(0, 2)", sp.kl_div, [0.0, 2.0], [-inf, 1.0]),
    ("kl_div(0, 0)", sp.kl_div, [0.0, 0.0], [-inf, 1.0]),
    ("kl_div(2, 2)", sp.kl_div, [2.0, 2.0], [0.0, 0.0]),
    ("logit(0)", sp.logit, [0.0], [inf]),
    ("erfinv(0)", sp.erfinv, [0.0], [np.sqrt(np.pi) / 2]),
    ("ndtri(0.5)", sp.ndtri, [0.5], [np.sqrt(2 * np.pi)]),
    ("j1(0)", sp.j1, [0.0], [0.5]),
    ("i1(0)", sp.i1, [0.0], [0.5]),
    ("i0e(0), a corner", sp.i0e, [0.0], [0.0]),
    ("jv(0, 0), iv(0, 0)", lambda x: sp.jv(0, x) + sp.iv(0, x), [0.0], [0.0]),
    ("jv(1, 0), iv(1, 0)", lambda x: sp.jv(1, x) + sp.iv(1, x), [0.0], [1.0]),
    ("digamma(1)", sp.digamma, [1.0], [np.pi**2 / 6]),
    ("gamma(1)", sp.gamma, [1.0], [-np.euler_gamma]),
]


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
@pytest.mark.parametrize(("function", "point", "expected"), [case[1:] for case in CORNERS], ids=[case[0] for case in CORNERS])
def test_the_gradient_at_the_corner(function: Callable[..., Any], point: list[Any], expected: list[Any]) -> None:
    leaves = [Tensor(value) for value in point]
    np.sum(function(*leaves)).backward()
    for leaf, g in zip(leaves, expected):
        np.testing.assert_allclose(leaf.grad, g, rtol=1e-14)


# --- far out ----------------------------------------------------------------------------------------------------------

FAR: list[tuple[Any, float, float, float]] = [  # the function, where, its value, its slope
    (sp.expit, -1000.0, 0.0, 0.0),
    (sp.expit, 1000.0, 1.0, 0.0),
    (sp.expit, 30.0, 1.0, np.exp(-30.0)),  # not 1 - 1 = 0, nor what rounding leaves of it
    (sp.log_expit, -1000.0, -1000.0, 1.0),
    (sp.log_expit, 1000.0, 0.0, 0.0),
    (sp.log_expit, 30.0, -np.exp(-30.0), np.exp(-30.0)),
    (sp.erf, 1000.0, 1.0, 0.0),
    (sp.erfc, 1000.0, 0.0, 0.0),
    (sp.erfcx, 1000.0, 5.641892e-4, -5.641887e-7),
    (sp.ndtr, -1000.0, 0.0, 0.0),
    (sp.log_ndtr, 1000.0, 0.0, 0.0),
    (sp.log_ndtr, -1000.0, -500007.83, 1000.000999998),  # for large x: x + 1/x - 2/x³ + …
    (sp.gammaln, 1000.0, 5905.2204, np.log(1000) - 1 / 2000),
    (sp.i0e, 1000.0, 0.012617241, -6.310199e-6),
    (sp.j0, 1000.0, 0.024786686, -0.0047283119),
]


@pytest.mark.parametrize(("function", "point", "value", "slope"), FAR, ids=[f"{c[0].__name__}({c[1]:g})" for c in FAR])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_far_out(function: Any, point: float, value: float, slope: float, dtype: Any) -> None:
    x = Tensor(point, dtype=dtype)
    out = function(x)
    out.backward()
    assert out.dtype == x.grad.dtype == dtype
    np.testing.assert_allclose(out.data, value, rtol=1e-6, atol=1e-40)
    np.testing.assert_allclose(x.grad, slope, rtol=2e-4 if function is sp.i0e else 1e-5, atol=1e-40)


def test_the_slope_of_log_ndtr_to_the_last_digits() -> None:
    """Far out it is x + 1/x - 2/x³ + 10/x⁵ - 74/x⁷ + …: Mills' ratio (Abramowitz and Stegun 26.2.12), turned over."""
    x = np.array([100.0, 1000.0, 1e4])
    expected = x + 1 / x - 2 / x**3 + 10 / x**5 - 74 / x**7
    np.testing.assert_allclose(normal_hazard(-x), expected, rtol=1e-14)
    t = Tensor(np.float32(-1000.0))
    sp.log_ndtr(t).backward()
    np.testing.assert_allclose(t.grad, expected[1], rtol=1e-6)


def test_second_derivatives_far_out_are_finite() -> None:
    for function in (sp.expit, sp.log_expit, sp.log_ndtr, sp.ndtr, sp.erf):
        x = Tensor([-1000.0, 1000.0])
        slope = gradients(np.sum(function(x)), x, create_graph=True)
        assert np.isfinite(gradients(np.sum(slope), x)).all()


def test_erfcx_is_smooth_where_its_slope_changes_formula() -> None:
    x = np.array([9.5, 9.999999, 10.0, 10.000001, 10.5])
    testing.check_gradients(sp.erfcx, x, order=2)
    few, many = (gradients(np.sum(sp.erfcx(t)), t) for t in (Tensor(x[:3]), Tensor(x)))
    np.testing.assert_allclose(few, many[:3], rtol=1e-12)


# --- what SciPy cannot do with a Tensor, and what can be done instead -------------------------------------------------


@pytest.mark.parametrize(
    "function", [sp.logsumexp, sp.softmax, sp.log_softmax, lambda x: sp.polygamma(1, x), lambda x: sp.multigammaln(x, 2)]
)
def test_plain_python_functions_of_scipy_say_that_the_history_would_be_lost(function: Any) -> None:
    with pytest.raises(TypeError, match="asked for the plain array"):
        function(Tensor([1.0, 2.0]))


def test_ours_give_the_numbers_of_scipys() -> None:
    x = np.array([[0.5, 1.5, 3.0], [-1.0, 0.2, 0.7]])
    np.testing.assert_allclose(tg.logsumexp(x, axis=1), sp.logsumexp(x, axis=1), rtol=1e-14)
    np.testing.assert_allclose(tg.softmax(x, axis=0), sp.softmax(x, axis=0), rtol=1e-14)
    np.testing.assert_allclose(tg.log_softmax(x, axis=1), sp.log_softmax(x, axis=1), rtol=1e-14)
    for n in range(25):
        np.testing.assert_allclose(polygamma(n, np.abs(x)), sp.polygamma(n, np.abs(x)), rtol=1e-14)


def test_the_order_is_a_constant() -> None:
    t, x = Tensor(1.0), np.array([0.5, 2.0])
    for function in (sp.jv, sp.yv, sp.iv, sp.ive, sp.kv, polygamma):
        with pytest.raises(TypeError, match=r"no derivative with respect to its argument '[xn]'.*t\.detach\(\)"):
            function(t, x)
    np.testing.assert_array_equal(sp.jv(t.detach(), Tensor(x)).data, sp.jv(1.0, x))


def test_a_function_without_a_rule_names_itself() -> None:
    with pytest.raises(TypeError, match="spence has no derivative rule"):
        sp.spence(Tensor(0.5))
    with pytest.raises(TypeError, match=r"erf\(\.\.\., out=\.\.\.\) writes"):
        sp.erf(Tensor(0.5), out=np.zeros(()))
    with pytest.raises(TypeError, match="does not know the keyword 'where'"):
        sp.erf(Tensor([0.5, 1.0]), where=np.array([True, False]))


def test_names_are_the_ufuncs() -> None:
    assert special.jn is special.jv is sp.jv
    assert special.psi is special.digamma is sp.digamma
