"""The functions of scipy.special on Tensors: found when they are needed, right at corners and far out, clear when refused."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from helpers import one_test_of, together

import tinygrad_lite as tg
from tinygrad_lite import Tensor, gradients, testing

pytest.importorskip("scipy.special", reason="SciPy is not installed")

import scipy.special
import scipy.special as sp

import tinygrad_lite.rules.scipy
from tinygrad_lite.autograd import RULES
from tinygrad_lite.protocols.compositions import COMPOSITIONS
from tinygrad_lite.rules.scipy.special import normal_hazard, polygamma, special

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
from tinygrad_lite.rules.scipy.special import polygamma, special
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


@together
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


@together
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


DIGITS: list[tuple[Any, float, float, float]] = [  # the function, where, its first and second derivative
    (sp.log_ndtr, -3, 3.2830986549304364, -0.9294408132147319),
    (sp.log_ndtr, -5.5, 5.671410313897305, -0.9721382221455538),
    (sp.log_ndtr, -50, 50.019984031905636, -0.999600956813196),
    (sp.log_ndtr, -1000, 1000.000999998, -0.999999000006),
    (sp.log_ndtr, -10000.0, 10000.000099999997, -0.9999999900000006),
    (sp.log_ndtr, -100000000.0, 100000000.00000001, -0.9999999999999999),
    (sp.log_ndtr, -1e20, 1e20, -1.0),
    (sp.erfcx, 1, -0.27321201478389856, 0.3087431227438169),
    (sp.erfcx, 4.1, -0.03093941246256632, 0.013965050644260181),
    (sp.erfcx, 9.0, -0.006840134415568259, 0.0014930285953207016),
    (sp.erfcx, 20.0, -0.0014052174534598012, 0.00013999934371059262),
    (sp.erfcx, 100000000.0, -5.641895835477562e-17, 1.1283791670955122e-24),
    (sp.dawsn, 2, -0.20536155569516787, 0.21876544493308753),
    (sp.dawsn, 2.5, -0.1154186108371774, 0.13092560985101606),
    (sp.dawsn, 5, -0.021340744242768356, 0.009139293579129872),
    (sp.dawsn, 6.75, -0.011356736653910788, 0.0034853171753643996),
    (sp.j1, 0.001, 0.499999812500013, -0.000374999947916669),
    (sp.j1, 3, -0.37307160774391224, -0.17702853833063945),
    (sp.j1, 11, -0.1551189095929487, 0.18942598248205797),
    (sp.y1, 0.5, 2.4984260518337797, -9.411269281678289),
    (sp.y1, 3.0, 0.26862520174885707, -0.3781412226201079),
    (sp.y1, 11, -0.18372964547525616, -0.14564990404599443),
    (sp.i0e, 0.001, -0.9985012492711614, 1.4975021861881013),
    (sp.i0e, 1, -0.257849192243932, 0.30778796913815554),
    (sp.i0e, 10, -0.006570655778973088, 0.0010150434195006254),
    (sp.i0e, 29, -0.00129435028283722, 6.755856776449627e-05),
    (sp.i0e, 31, -0.0011701038625981527, 5.7098278925799376e-05),
    (sp.i0e, 100000.0, -6.307854959639557e-09, 9.461806094270259e-14),
    (sp.i0e, 2147483648.0, -2.004404051256887e-15, 1.400060056352683e-24),
    (sp.i1e, 0.001, 0.49900093691694, -0.9981267489067654),
    (sp.i1e, -1, 0.04993877689422354, 0.1498163306826706),
    (sp.i1e, 9, -0.0064015686803783264, 0.0009489922575007919),
    (sp.i1e, -29, -0.0012267917150727238, -6.168052578663018e-05),
    (sp.i1e, 31, -0.0011130055836723533, 5.245381881429285e-05),
    (sp.i1e, -100000.0, -6.307760341578615e-09, -9.461569548526527e-14),
    (sp.i1e, 2147483648.0, -2.004404049856827e-15, 1.4000600547227985e-24),
    (sp.k0e, 0.1, -8.207856580786801, 92.48611366892335),
    (sp.k0e, 1.0, -0.49169040645636325, 0.6527726733505318),
    (sp.k0e, 29, -0.0039623758157911184, 0.00020326890691968407),
    (sp.k0e, 31, -0.0035880251753175963, 0.0001722774749968235),
    (sp.k0e, 100000.0, -1.9816562176339892e-08, 2.972476895351634e-13),
    (sp.k0e, 2147483648.0, -6.297021040055046e-15, 4.3984183850618844e-24),
    (sp.k1e, 0.1, -100.69397024971015, 2003.4718571331475),
    (sp.k1e, 1.0, -1.144463079806895, 2.1278438927196213),
    (sp.k1e, 31, -0.0037603026503144196, 0.0001860654435820938),
    (sp.k1e, 100000.0, -1.9816859424029428e-08, 2.972551207088241e-13),
    (sp.k1e, 2147483648.0, -6.297021044453464e-15, 4.398418390182317e-24),
    (sp.i1, 0.001, 0.5000001875000131, 0.00037500005208333564),
    (sp.i1, 2, 1.4842668750174028, 1.2461626307879599),
    (sp.i1, 20, 41435533.890297145, 40489334.12407573),
]


@together
@pytest.mark.parametrize(("function", "point", "slope", "bend"), DIGITS, ids=[f"{c[0].__name__}({c[1]:g})" for c in DIGITS])
def test_both_derivatives_to_the_last_digits(function: Any, point: float, slope: float, bend: float) -> None:
    """Where a difference of almost equal numbers would lose them, or SciPy's function of order 2 gives nan. Computed with
    120 digits.
    """
    for dtype, rtol in ((np.float64, 1e-13), (np.float32, 1e-5)):
        if float(dtype(point)) == point:
            x = Tensor(point, dtype=dtype)
            first = gradients(function(x), x, create_graph=True)
            np.testing.assert_allclose(first.data, slope, rtol=rtol)
            np.testing.assert_allclose(gradients(first, x), bend, rtol=rtol)


PRECISE: list[tuple[Any, tuple[float, ...], float, float, float]] = [  # function, parameters, where, both derivatives
    (sp.gammainc, (1000,), 1010.0, 0.01188451503603511, -0.0001294353122736497),
    (sp.gammainc, (100000,), 100100.0, 0.0011988790413104602, -1.2096581735500147e-06),
    (sp.gammainc, (9.5,), 9.0, 0.13359739541859808, -0.007422077523255449),
    (sp.gammainc, (10,), 4.0, 0.0132311916910503, 0.016538989613812876),
    (sp.gammainc, (200,), 100.0, 9.433941205585235e-19, 9.339601793529382e-19),
    (sp.betainc, (1000, 2000), 0.34, 34.06907306503176, -3085.0426233576104),
    (sp.betainc, (20, 5000), 0.005, 203.60947010018702, -249242.54731862093),
    (sp.betainc, (100000, 100000), 0.501, 239.18729835074404, -191348.69057697093),
    (sp.betainc, (1.5, 100000), 1e-05, 41511.112962881765, -2075555648.1440885),
    (sp.stdtr, (10000,), 2.0, 0.05400041216023904, -0.1079684370280989),
    (sp.stdtr, (3,), -1000.0, 3.307953524779832e-12, 1.3231774403796117e-14),
    (sp.fdtr, (200, 300), 1.1, 2.1333802808026467, -13.128494035708604),
    (sp.ellipk, (), 0.0, 0.39269908169872414, 0.44178646691106466),
    (sp.ellipk, (), 1e-09, 0.39269908214051064, 0.44178646783145314),
    (sp.ellipk, (), 0.999, 499.1639931300771, 499875.8241080621),
    (sp.ellipk, (), -50.0, 0.003270674869622428, 8.33645492077184e-05),
    (sp.ellipe, (), 0.0, -0.39269908169872414, -0.14726215563702155),
    (sp.ellipe, (), 0.999, -1.9214022871450709, -248.87016558705307),
    (sp.ellipe, (), -50.0, -0.06871270435362282, -0.0006544202948400039),
    (sp.ellipe, (), -10000.0, -0.004998627179874146, -2.4980658111321275e-07),
    (sp.ellipkm1, (), 1e-12, -499999999996.5746, 4.9999999999987503e23),
    (sp.ellipkm1, (), 1.5, -0.24788969129607763, 0.18912677398088826),
    (sp.ellipkm1, (), 100.0, -0.0013533554636185104, 1.7871394261145123e-05),
    (sp.spence, (), 1.0, -1.0, 0.5),
    (sp.spence, (), 1.0000009536743164, -0.999999523163145, 0.4999993642178045),
    (sp.spence, (), 0.74, -1.1580965107073908, 0.7432878486306175),
    (sp.spence, (), 0.76, -1.1434868570906678, 0.7179275691397611),
    (sp.spence, (), 1e-09, -20.723265857669677, 999999980.2767341),
    (sp.spence, (), 1000000000.0, -2.0723265857669677e-08, 1.9723265877392944e-17),
    (sp.exprel, (), 1e-09, 0.5000000003333334, 0.33333333358333334),
    (sp.exprel, (), 30.0, 344341958738.01154, 333259688801.6146),
    (sp.exprel, (), -200.0, 2.5e-05, 2.5e-07),
    (sp.exprel, (), 0.99, 0.9928452762743672, 0.7126706260611391),
    (sp.exprel, (), 1.01, 1.007211067689608, 0.7239394847898024),
    (sp.wrightomega, (), -30.0, 9.357622968838423e-14, 9.357622968836672e-14),
    (sp.wrightomega, (), 100000.0, 0.9999899989486084, 1.0002002862125008e-10),
    (sp.zeta, (2,), 0.01, -2000002.340398677, 600000006.2510618),
    (sp.zeta, (3,), 10000.0, -1.00015001e-12, 3.00060005e-16),
    (sp.betaln, (10000000000,), 1.0, -23.603066594891988, 1.6449340667482264),
    (sp.betaln, (1,), 10000000000.0, -1e-10, 1e-20),
    (sp.betaln, (1000000,), 2000000.0, -0.4054651914415093, 1.6666673611112576e-07),
    (sp.betaln, (1,), 1e-10, -10000000000.0, 1e20),
    (sp.betaln, (0.29999999999999999,), 5.0, -0.06429326319300803, 0.013732066714617243),
    (sp.betaln, (2.0**-40,), 20.0, -4.663054181510408e-14, 2.390263400515807e-15),
    (sp.poch, (1e-10,), 3.0, 1.8455686705527563e-10, 2.4929299923915855e-10),
    (sp.ber, (), 3.0, -1.5698466322294042, -1.4143045745229081),
    (sp.keip, (), 20.0, -8.668354488233617e-08, -7.020785417369928e-08),
    (sp.struve, (1,), 30.0, -0.12015676749906178, -0.08032343553127659),
    (sp.modstruve, (1,), 30.0, 756054563192.6788, 744184144653.5776),
    (sp.struve, (0,), 1000.0, 0.02478369467448924, -0.00474070103568326),
    (sp.owens_t, (30,), 0.1, 6.46631315110898e-199, -5.832486416495328e-197),
    (sp.gdtr, (2, 3), 0.5, 0.36787944117144233, 0.7357588823428847),
    (sp.chdtri, (4,), 0.01, -230.12795916087083, 22490.581540865747),
    (sp.exprel, (), 0.5, 0.7025574585997437, 0.48721270700128144),
]


@together
@pytest.mark.parametrize(
    ("function", "parameters", "point", "slope", "bend"), PRECISE, ids=[f"{c[0].__name__}{(*c[1], c[2])}" for c in PRECISE]
)
def test_large_parameters_and_points_where_a_formula_changes(
    function: Any, parameters: tuple[float, ...], point: float, slope: float, bend: float
) -> None:
    """With respect to the last argument. Computed with 60 digits."""
    for dtype, rtol in ((np.float64, 1e-12), (np.float32, 1e-5)):
        if float(dtype(point)) == point:
            x = Tensor(point, dtype=dtype)
            first = gradients(function(*parameters, x), x, create_graph=True)
            np.testing.assert_allclose(first.data, slope, rtol=rtol)
            np.testing.assert_allclose(gradients(first, x), bend, rtol=rtol)


@pytest.mark.parametrize("function", [sp.j1, sp.y1, sp.i0e, sp.i1e, sp.k0e, sp.k1e])
def test_bessel_functions_as_far_out_as_scipy_has_them(function: Any) -> None:
    for point in (2.0**29, 2.0**31, 1e12):
        x = Tensor(point)
        first = gradients(function(x), x, create_graph=True)
        assert np.isfinite([first.data, gradients(first, x)]).all()


def test_the_slope_of_dawsn_does_not_overflow() -> None:
    x = Tensor([-1e300, 1e200, 1e8])
    first = gradients(np.sum(sp.dawsn(x)), x, create_graph=True)
    np.testing.assert_allclose(first.data, [0, 0, -5e-17], rtol=1e-13, atol=0)
    np.testing.assert_allclose(gradients(np.sum(first), x), [0, 0, 1e-24], rtol=1e-13, atol=0)


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
        with pytest.raises(TypeError, match=r"no derivative with respect to its argument '[vn]'.*t\.detach\(\)"):
            function(t, x)
    np.testing.assert_array_equal(sp.jv(t.detach(), Tensor(x)).data, sp.jv(1.0, x))
    with pytest.raises(TypeError, match=r"argument 'a'.*t\.detach\(\)`\. The rule is only for 'x': SciPy has no function"):
        sp.gammainc(t, x)


def test_a_function_without_a_rule_names_itself() -> None:
    with pytest.raises(TypeError, match="zetac has no derivative rule"):
        sp.zetac(Tensor(0.5))
    with pytest.raises(TypeError, match=r"^riemann_zeta has no derivative rule"):
        sp.zeta(Tensor(2.5))
    with pytest.raises(TypeError, match=r"^zeta has no derivative with respect to its argument 'x'"):
        sp.zeta(Tensor(2.5), 1.0)
    with pytest.raises(TypeError, match=r"erf\(\.\.\., out=\.\.\.\) writes"):
        sp.erf(Tensor(0.5), out=np.zeros(()))
    with pytest.raises(TypeError, match=r"erf\(\.\.\., where=mask\).*np\.where\(mask, erf\(t\), 0\)"):
        sp.erf(Tensor([0.5, 1.0]), where=np.array([True, False]))


@together
@pytest.mark.parametrize(
    "function",
    [
        lambda t, d: scipy.special.multigammaln(t, d),
        lambda t, n: scipy.special.spherical_jn(n, t),
        lambda t, n: scipy.special.spherical_yn(n, t),
        lambda t, n: scipy.special.spherical_in(n, t),
        lambda t, n: scipy.special.spherical_kn(n, t),
        lambda t, n: scipy.special.wofz(t),
        lambda t, n: scipy.special.hankel1(n, t),
        lambda t, n: scipy.special.hankel2(n, t),
        lambda t, n: scipy.special.bdtr(1, n, t),
        lambda t, n: scipy.special.bdtrc(1, n, t),
        lambda t, n: scipy.special.bdtri(1, n, t),
        lambda t, n: scipy.special.agm(3.0, t),
    ],
)
def test_the_formula_in_a_refusal_is_the_function(function: Callable[[Any, int], Any]) -> None:
    """For complex results there are two formulas: of the real and of the imaginary part."""
    t = Tensor([0.6, 0.8])
    with pytest.raises(TypeError, match="with functions that have rules") as error:
        function(t, 2)
    formulas = re.findall(r"`(.+?)`", str(error.value))[:-1]
    parts = [eval(formula, {"np": np, "scipy": scipy, "n": 2, "d": 2, "k": 1, "s": 3.0, "t": t}) for formula in formulas]
    value = parts[0].data if len(parts) == 1 else parts[0].data + 1j * parts[1].data
    np.testing.assert_allclose(value, function(t.data, 2), rtol=1e-12)


UFUNCS = {name: f for name, f in vars(sp).items() if isinstance(f, np.ufunc) and not name.startswith("_")}


@one_test_of(UFUNCS)
def test_every_ufunc_has_a_rule_or_is_refused_with_a_remedy(name: str) -> None:
    """In all of its arguments, or in its last one; the parameters of the others are constants."""
    ufunc = UFUNCS[name]
    point = [Tensor(0.5), Tensor(0.25), Tensor(0.75), Tensor(0.5), Tensor(0.25)][: ufunc.nin]
    if ufunc in RULES or ufunc in COMPOSITIONS:
        return
    with pytest.raises(TypeError, match=rf"^{ufunc.__name__} has no derivative rule.*t\.detach\(\)"):
        ufunc(*point)


def test_names_are_the_ufuncs() -> None:
    assert special.jn is special.jv is sp.jv
    assert special.psi is special.digamma is sp.digamma
