"""Sample calls for every function that has a derivative: what `test_rules.py` feeds to the rules.

`SAMPLES` maps a function, as it stands in the registry, to a list of calls. In a call every floating-point array, also inside
a list or a keyword, is an argument to differentiate; whole numbers, truth values and Python floats are constants.
`SAME_AS` maps functions that only we have to the plain NumPy they stand for.
The points are away from corners; those have tests of their own.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import naive_images as naive
import numpy as np

import tinygrad_lite as tg
import tinygrad_lite.rules.series  # which is imported only when it is used
from tinygrad_lite.messages import name_of
from tinygrad_lite.protocols.compositions import COMPOSITIONS
from tinygrad_lite.protocols.primitives import alias, astype, put
from tinygrad_lite.protocols.writing import changes_in_place
from tinygrad_lite.recompute import replayed
from tinygrad_lite.rules.decompositions import (
    cofactors,
    held,
    log_abs_det,
    lower_cholesky,
    packed_eig,
    packed_eigh,
    packed_qr,
    packed_svd,
    power_norm,
    singular_values,
)
from tinygrad_lite.rules.fft import dft
from tinygrad_lite.rules.indexing import clip, clip_ufunc, scatter
from tinygrad_lite.rules.linalg import contract
from tinygrad_lite.rules.nets.convolution import conv2d, conv2d_weight, conv_transpose2d
from tinygrad_lite.rules.nets.entropy import cross_entropy_of_classes, cross_entropy_of_targets
from tinygrad_lite.rules.nets.linear import linear
from tinygrad_lite.rules.nets.normalization import standardize
from tinygrad_lite.rules.nets.pooling import avg_pool2d, gathered, max_pool2d, spread
from tinygrad_lite.rules.reductions import euclidean_norm, logsumexp
from tinygrad_lite.rules.running import running_max, running_min, sum_pieces
from tinygrad_lite.rules.shapes import join
from tinygrad_lite.rules.sparse import sparse_product

try:
    from tinygrad_lite.rules.scipy import bessel, orthogonal  # noqa: F401
    from tinygrad_lite.rules.scipy.elliptic import jacobi
    from tinygrad_lite.rules.scipy.integrals import one_of
    from tinygrad_lite.rules.scipy.special import normal_hazard, polygamma, special, zeta
except ImportError:  # no SciPy
    special = None

NUMPY_2, NUMPY_2_1, NUMPY_2_2 = (np.lib.NumpyVersion(np.__version__) >= v for v in ("2.0.0", "2.1.0", "2.2.0"))
trapezoid = getattr(np, "trapezoid", None) or getattr(np, "trapz")  # noqa: B009
rng = np.random.default_rng(20)


def program_of(function: Any) -> Callable[..., Any]:
    """The function as a program calls it. One that writes into its first argument gets a copy of it, and gives that back."""
    called = getattr(*function) if isinstance(function, tuple) else function
    if not changes_in_place(function) and getattr(function, "__name__", "") != "at":
        return called

    def written(target: Any, *args: Any, **keywords: Any) -> Any:
        target = np.copy(target)
        called(target, *args, **keywords)
        return target

    return written


@dataclass(frozen=True, eq=False)
class Call:
    """The arguments of one call."""

    args: tuple[Any, ...]
    keywords: dict[str, Any]


def of(*args: Any, **keywords: Any) -> Call:
    return Call(args, keywords)


def A(*shape: int, low: float = -2.0, high: float = 2.0) -> np.ndarray:
    """Random numbers in `shape`, 0-d if there is none; none nearer to 0 than 0.1."""
    x = np.asarray(rng.uniform(low, high, shape))
    return np.asarray(np.where(np.abs(x) < 0.1, x + 0.2, x))


def no_samples(functions: list[Any]) -> str:
    """What to write for functions that have none."""
    lines = "".join(f"\n  SAMPLES[{name_of(f)}] = [of(A()), of(A(1)), of(A(0)), of(A(3)), of(A(2, 3))]" for f in functions)
    return (
        "These have a derivative, but no samples to test it with. Add some to tests/rule_samples.py, in which each argument, "
        f"each keyword and each kind of array occurs. For a function of one argument that would be{lines}"
    )


class Samples(dict[Any, list[Call]]):
    """A list of calls for each function. To ask for one that is not there says what to write."""

    def __missing__(self, function: Any) -> list[Call]:
        raise AssertionError(no_samples([function]))


SAMPLES = Samples()

# --- element by element -----------------------------------------------------------------------------------------------

SHAPES: list[tuple[int, ...]] = [(), (1,), (0,), (5,), (2, 3), (2, 0, 3), (1, 2, 1)]
PAIRS: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
    ((), ()), ((3,), ()), ((), (3,)), ((1,), (1,)), ((2, 3), (2, 3)), ((2, 3), (3,)), ((3,), (2, 3)),
    ((2, 1), (1, 3)), ((1,), (2, 2)), ((0,), (0,)), ((0,), (1,)), ((), (2, 0)), ((2, 1, 2), (3, 1)),
]  # fmt: skip


def unary(low: float, high: float, **keywords: Any) -> list[Call]:
    return [of(A(*shape, low=low, high=high), **keywords) for shape in SHAPES]


def binary(low: float, high: float, low_y: float | None = None, high_y: float | None = None) -> list[Call]:
    low_y, high_y = low if low_y is None else low_y, high if high_y is None else high_y
    calls = [of(A(*m, low=low, high=high), A(*n, low=low_y, high=high_y)) for m, n in PAIRS]
    x, y = A(2, 3, low=low, high=high), A(3, low=low_y, high=high_y)
    return [*calls, of(x, float(y[0])), of(float(x[0, 0]), y), of(x, 2), of(3, y)]


for function in (
    np.negative, np.positive, np.conjugate, np.square, np.cbrt, np.exp, np.exp2, np.expm1, tg.sigmoid, tg.softplus, tg.relu,
    np.sin, np.cos, np.arctan, np.sinc, np.deg2rad, np.radians, np.rad2deg, np.degrees, np.sinh, np.cosh, np.tanh, np.arcsinh,
    np.absolute, np.fabs, np.real_if_close, np.reciprocal, np.sign,
):  # fmt: skip
    SAMPLES[function] = unary(-2, 2)
for function in (np.sqrt, np.log, np.log2, np.log10, np.log1p):
    SAMPLES[function] = unary(0.2, 4)
for function in (np.arcsin, np.arccos, np.arctanh, np.tan):
    SAMPLES[function] = unary(-0.8, 0.8)
SAMPLES[np.arccosh] = unary(1.3, 4)
SAMPLES[np.sinc] += [of(np.array([0.0, 1e-9, 1e-4, 0.05, 0.29, 0.31, 1.0, 2.5]))]
SAMPLES[np.exp] += [of(np.array([-800.0, -30.0, 30.0]))]
for function in (tg.sigmoid, tg.softplus):
    SAMPLES[function] += [of(np.array([-1000.0, -30.0, 0.0, 30.0, 1000.0]))]

for function in (
    np.add, np.subtract, np.multiply, np.divide, np.logaddexp, np.logaddexp2, np.arctan2, np.hypot, np.maximum, np.minimum,
    np.fmax, np.fmin, np.copysign, np.heaviside,
):  # fmt: skip
    SAMPLES[function] = binary(-2, 2)
for function in (np.floor_divide, np.remainder, np.fmod):
    SAMPLES[function] = [*binary(-9, 9, 0.7, 2.5), of(A(3, low=1, high=9), A(3, low=-3, high=-1))]
for function in (np.power, np.float_power):
    SAMPLES[function] = [
        *binary(0.3, 2.5, -2, 2),
        *(of(A(2, 3), exponent) for exponent in (0, 1, 2, 3, -1, -2, 2.0, np.array([0, 1, 3]))),
        of(np.array([0.0, 1.5]), 2), of(np.array([0.0, 1.5]), 1), of(np.array([0.0, 1.5]), 0), of(A(3, low=0.3), 0.5),
        of(np.array([0, 2]), np.array([3.5, 4.0])), of(0.0, A(low=0.5)), of(np.array([0.0, 2.0]), 3.0),
    ]  # fmt: skip
for function in (np.floor, np.ceil, np.rint, np.trunc, np.fix):
    SAMPLES[function] = unary(-5, 5)
SAMPLES[np.nextafter] = binary(-2, 2)
SAMPLES[np.divmod] = [*binary(-9, 9, 0.7, 2.5), of(A(3, low=1, high=9), A(3, low=-3, high=-1))]
SAMPLES[np.modf] = [of(np.array([-2.7, -0.4, 0.6, 3.2])), of(A()), of(A(0)), of(A(1)), of(A(2, 3, low=0.2, high=0.9))]
SAMPLES[np.frexp] = [
    of(np.array([-2.7, -0.4, 0.6, 3.2])), *(of(A(*shape, low=1.2, high=1.8)) for shape in ((), (0,), (1,), (2, 3))),
]  # fmt: skip
SAMPLES[np.ldexp] = [of(A(3), 2), of(A(), -3), of(A(2, 1), np.array([1, 0, -1])), of(A(0), 1), of(A(1), 1), of(A(2), [3, 4])]
for function in (np.round, np.around):
    SAMPLES[function] = unary(-5, 5) + unary(-1, 1, decimals=1)

bad = np.array([1.0, np.nan, np.inf, -np.inf, -2.0])
SAMPLES[np.nan_to_num] = [*unary(-2, 2), of(bad[[0, 1, 4]]), of(bad, copy=True, nan=1.0, posinf=2.0, neginf=3.0)]
SAMPLES[np.real_if_close] += unary(-2, 2, tol=50)
SAMPLES[np.copy] = [*unary(-2, 2), of(A(2, 3), order="F")]
SAMPLES[alias] = unary(-2, 2)
SAMPLES[astype] = unary(-2, 2, dtype=np.float64) + unary(-2, 2, dtype=np.float32)
SAMPLES[np.where] = [
    *(of(rng.random(m) < 0.5, A(*m), A(*n)) for m, n in PAIRS), of(np.array([[True], [False]]), A(3), A()),
    of(np.array([True, False]), A(2), 0.5), of(np.array([True, False]), 1, A(3, 2)),
]  # fmt: skip

# --- reductions -------------------------------------------------------------------------------------------------------


def reduction(*shapes_of_empty: tuple[tuple[int, ...], Any], low: float = -2, high: float = 2, **keywords: Any) -> list[Call]:
    """Every kind of `axis`, with and without `keepdims`; and the empty arrays that the function can take."""
    cases: list[tuple[tuple[int, ...], Any]] = [
        ((), None), ((1,), None), ((1,), 0), ((4,), -1), ((2, 3), None), ((2, 3), 0), ((2, 3), 1), ((1, 4), 0),
        ((3, 2, 2), (0, 2)), ((3, 2, 2), (-1, 0)), ((2, 3, 2), 1), ((2, 1, 3), (0, 1, 2)), *shapes_of_empty,
    ]  # fmt: skip
    calls = []
    for shape, axis in cases:
        for more in ({}, {"keepdims": True}, {"keepdims": False}):
            calls.append(of(A(*shape, low=low, high=high), **({} if axis is None else {"axis": axis}), **more, **keywords))
    return [*calls, of(A(2, 3, low=low, high=high), 1, **keywords)]


ALL_EMPTY: list[tuple[tuple[int, ...], Any]] = [((0,), None), ((0, 3), 0), ((0, 3), 1), ((2, 0), (0, 1))]
KEPT_EMPTY: list[tuple[tuple[int, ...], Any]] = [((0, 3), 1), ((2, 0), 0)]

for function in (np.sum, np.prod, np.nansum):
    SAMPLES[function] = [*reduction(*ALL_EMPTY), of(A(3), dtype=np.float64), of(A(2, 2), axis=())]
for function in (np.mean, np.max, np.min, np.amax, np.amin, np.var, np.std, np.ptp, np.nanmean, np.median, logsumexp):
    SAMPLES[function] = reduction(*KEPT_EMPTY)
SAMPLES[np.average] = reduction()
for function in (euclidean_norm, np.linalg.norm):
    SAMPLES[function] = [c for c in reduction(*KEPT_EMPTY) if len(np.atleast_1d(c.keywords.get("axis", 0))) < 3]
    SAMPLES[function] += [of(A(0))]
SAMPLES[power_norm] = [of(c.args[0], (3, 2.5, 0.5, -1)[i % 4], **c.keywords) for i, c in enumerate(reduction())]
SAMPLES[power_norm] += [of(A(0), ord) for ord in (3, 0.5)]
for function in (np.mean, np.var, np.std, np.nanmean):
    SAMPLES[function] += [of(A(3), dtype=np.float64)]
for function in (np.var, np.std):
    SAMPLES[function] += [of(A(2, 3), axis=1, ddof=1), of(A(4), ddof=0.5)]
    for call in SAMPLES[function]:  # spread out: where numbers are close together, most digits of their spread are noise
        call.args[0][...] += np.arange(call.args[0].size).reshape(call.args[0].shape)
SAMPLES[np.prod] += [of(np.array([1.5, 0.0, 2.0])), of(np.array([[1.5, 0.0, 0.0], [0.0, 2.0, 3.0]]), axis=1)]
holes = np.array([[1.0, np.nan, 2.0], [np.nan, -1.0, 3.0]])
SAMPLES[np.nansum] += [of(holes), of(holes, axis=0), of(holes, axis=1, keepdims=True)]
SAMPLES[np.nanmean] += [of(holes), of(holes, axis=0), of(holes, axis=1, keepdims=True)]
for function in (np.cumsum, np.cumprod):
    SAMPLES[function] = [
        *(of(A(*shape)) for shape in SHAPES), *(of(A(2, 3, 2), axis=axis) for axis in (0, 1, -1)),
        of(A(2, 0), axis=0), of(A(2, 0), axis=1), of(A(3), dtype=np.float64),
    ]  # fmt: skip
SAMPLES[np.cumprod] += [of(np.array([1.5, 0.0, 2.0, 0.0, 3.0]))]
for function in (tg.softmax, tg.log_softmax):
    SAMPLES[function] = [of(A(*s)) for s in ((1,), (4,), (2, 3), (2, 1, 3), (0, 2))] + [
        of(A(2, 3), axis=0), of(A(2, 3, 2), axis=1), of(A(2, 0), axis=0), of(np.array([-1000.0, 999.0, 1000.0])),
    ]  # fmt: skip
SAMPLES[logsumexp] += [of(np.array([-1000.0, 999.0, 1000.0]))]
SAMPLES[np.average] += [
    of(A(4), weights=A(4, low=0.5)), of(A(2, 3), axis=1, weights=A(3, low=0.5)),
    of(A(2, 3), axis=0, weights=A(2, low=0.5), keepdims=True), of(A(2, 3), weights=A(2, 3, low=0.5), returned=True),
    of(A(2, 3), axis=-1, returned=True), of(A(3), weights=[1, 2, 3]), of(A(0, 2), axis=1, weights=A(2, low=0.5)),
]  # fmt: skip
SAMPLES[np.linalg.norm] += [
    *(of(A(4), ord=ord) for ord in (1, 2, 3, 2.5, 0.5, -1, np.inf, -np.inf, 0)), of(A(2, 3), ord="fro"),
    *(of(A(3, 2), ord=ord) for ord in (1, -1, np.inf, -np.inf)), of(A(2, 3, 2), ord=1, axis=(2, 0)),
    of(A(2, 3), 3, 1), of(A(2, 3, 2), ord=np.inf, axis=(0, 1), keepdims=True),
    of(A(2, 3), ord=1, axis=0, keepdims=True),
]  # fmt: skip
for function in (np.sum, np.prod, np.nansum, np.max, np.min, np.amax, np.amin):
    SAMPLES[function] += [of(A(), axis=0), of(A(), axis=-1)]
SAMPLES[np.ptp] += [of(A(), axis=0)]
for function in (np.cumsum, np.cumprod):
    SAMPLES[function] += [of(A(), axis=0), of(A(), axis=-1)]

# without nan they are like their namesakes; with nan they leave it out
for function, namesake in (
    (np.nanprod, np.prod), (np.nanmax, np.max), (np.nanmin, np.min), (np.nanvar, np.var), (np.nanstd, np.std),
    (np.nancumsum, np.cumsum), (np.nancumprod, np.cumprod),
):  # fmt: skip
    SAMPLES[function] = [*SAMPLES[namesake], of(holes), of(holes, axis=1)]
for function in (np.nanprod, np.nanmax, np.nanmin, np.nancumsum, np.nancumprod):
    SAMPLES[function] += [of(holes, axis=0)]
more_holes = np.array([[1.0, np.nan, 2.5, np.nan], [np.nan, -1.0, 3.0, 1.5], [0.5, 2.0, -2.0, np.nan]])
for function in (np.nanvar, np.nanstd):
    SAMPLES[function] += [of(more_holes, axis=1, ddof=1, keepdims=True), of(more_holes, ddof=0.5)]

# `where` leaves out elements, and `initial` is one more
SOME_OF = np.array([[True, False, True], [False, True, True]])
for function in (np.sum, np.prod, np.nansum, np.nanprod):
    SAMPLES[function] += [
        of(A(2, 3), where=SOME_OF), of(A(2, 3), axis=1, where=SOME_OF, initial=2.5), of(A(2, 3), initial=1.5),
        of(A(2, 3), axis=0, where=[False, True, True], keepdims=True), of(A(3), where=False), of(A(), where=True),
        of(A(2, 0), axis=1, initial=3.0),
    ]  # fmt: skip
for function in (np.max, np.min, np.amax, np.amin, np.nanmax, np.nanmin):
    SAMPLES[function] += [
        of(A(2, 3), where=SOME_OF, initial=0.05), of(A(2, 3), axis=1, initial=-0.05, keepdims=True),
        of(A(2, 3), axis=0, where=SOME_OF, initial=9.0), of(A(2, 3), axis=0, where=SOME_OF, initial=-9.0),
        of(A(0), initial=1.0),
    ]  # fmt: skip
for function in (np.mean, np.nanmean):
    SAMPLES[function] += [
        of(A(2, 3), where=SOME_OF), of(A(2, 3), axis=1, where=SOME_OF), of(A(2, 3), axis=0, where=SOME_OF, keepdims=True),
        of(A(2, 3), axis=1, where=[True, False, True]),
    ]  # fmt: skip
for function in (np.var, np.std, np.nanvar, np.nanstd):
    steps = np.array([[0.0, 4.0, 1.0], [2.0, 7.0, 3.0]])
    SAMPLES[function] += [
        of(A(2, 3) + steps, where=SOME_OF), of(A(2, 3) + steps, axis=1, where=SOME_OF, keepdims=True),
        of(A(2, 3) + steps, axis=1, where=SOME_OF, ddof=1),
    ]  # fmt: skip
    if NUMPY_2:  # a mean that is not their own: only the differences count
        SAMPLES[function] += [
            of(A(2, 3) + steps, axis=1, correction=1), of(A(2, 3) + steps, axis=1, mean=[[1], [2]]),
            of(A(2, 3) + steps, mean=[[2]], where=SOME_OF),
        ]  # fmt: skip
SAMPLES[np.nansum] += [of(holes, where=SOME_OF), of(holes, axis=1, where=SOME_OF, initial=2.0)]
SAMPLES[np.nanprod] += [of(holes, where=SOME_OF), of(holes, axis=1, where=SOME_OF, initial=2.0)]
SAMPLES[np.nanmean] += [of(holes, where=[False, True, True])]
SAMPLES[np.nanmax] += [of(holes, axis=1, where=SOME_OF, initial=-2.0)]

# --- methods of ufuncs ------------------------------------------------------------------------------------------------

for ufunc in (np.add, np.multiply, np.maximum, np.minimum):
    SAMPLES[ufunc, "reduce"] = [
        of(A(4)), of(A(1)), of(A(2, 3)), of(A(2, 3), axis=1, keepdims=True), of(A(2, 3), axis=None),
        of(A(2, 3, 2), axis=(0, 2)), of(A(2, 0)), of(A(), axis=None), of(A(), axis=0), of(A(3), dtype=np.float64),
        of(A(2, 3), initial=0.05, where=SOME_OF), of(A(0), initial=1.0),
    ]  # fmt: skip
    SAMPLES[ufunc, "accumulate"] = [
        of(A(4)), of(A(1)), of(A(2, 3)), of(A(2, 3), axis=1), of(A(2, 0)), of(A(3), dtype=np.float64), of(A(0)),
        of(A(9)), of(A(2, 3, 5), axis=-1),
    ]  # fmt: skip
    SAMPLES[ufunc, "reduceat"] = [
        of(A(5), [0, 2, 3]), of(A(5), [0, 3, 1, 4]), of(A(5), np.array([2, 2, 4])), of(A(1), [0]), of(A(0, 3), [0], axis=1),
        of(A(2, 4), [0, 2], axis=1), of(A(4, 2), [1, 3], dtype=np.float64), of(A(5), []),
    ]  # fmt: skip
SAMPLES[running_max], SAMPLES[running_min] = ([of(A(5)), of(A(1)), of(A(0)), of(A(2, 6), axis=1), of(A(4, 2))] for _ in "ab")
SAMPLES[sum_pieces] = [
    of(A(5), [0, 2, 3]), of(A(5), indices=[0, 3, 1, 4]), of(A(2, 4), [0, 2], axis=1), of(A(1), [0]),
    of(A(0, 3), [0], axis=-1),
    of(A(4), [1], dtype=np.float64),
]  # fmt: skip
for ufunc in (
    np.subtract, np.divide, np.power, np.float_power, np.hypot, np.logaddexp, np.logaddexp2, np.arctan2, np.fmax, np.fmin,
    np.copysign, np.heaviside, np.floor_divide, np.remainder, np.fmod, np.nextafter,
):  # fmt: skip
    low, high = (1.1, 1.9) if ufunc in (np.power, np.float_power) else (0.3, 2.2)
    few = [of(A(3, low=low, high=high)), of(A(1, low=low)), of(A(2, 3, low=low, high=high), axis=1)]
    SAMPLES[ufunc, "reduce"] = [
        *few, of(A(2, 3, low=low, high=high), axis=-1, keepdims=True), of(A(3, low=low, high=high), dtype=np.float64),
        of(A(low=low), axis=None), of(A(0, 2), axis=1), of(A(2, 3, low=low), axis=1, initial=7.3),
        of(A(2, 3, low=low), axis=1, initial=7.3, where=SOME_OF),
    ]  # fmt: skip
    SAMPLES[ufunc, "accumulate"] = [*few, of(A(3, low=low, high=high), dtype=np.float64), of(A(0)), of(A(3, 0), axis=1)]
    SAMPLES[ufunc, "reduceat"] = [
        of(A(5, low=low, high=high), [0, 2, 3]), of(A(4, low=low, high=high), [0, 3, 1]), of(A(1, low=low), [0]),
        of(A(2, 3, low=low, high=high), [0, 1], axis=1), of(A(3, low=low), [1], dtype=np.float64), of(A(0, 2), [0], axis=1),
    ]  # fmt: skip
for ufunc in (np.hypot, np.fmax, np.logaddexp):
    SAMPLES[ufunc, "reduce"] += [of(A(2, 3, low=0.3), axis=None), of(A(2, 3, 2, low=0.3), axis=(0, 2))]

for name in ("cumulative_sum", "cumulative_prod"):
    if function := vars(np).get(name):
        SAMPLES[function] = [
            of(A(4)), of(A(1)), of(A()), of(A(0)), of(A(2, 3), axis=1), of(A(2, 3), axis=-2, include_initial=True),
            of(A(3), dtype=np.float64), of(A(3), include_initial=True), of(A(2, 0), axis=1),
        ]  # fmt: skip

# --- quantiles --------------------------------------------------------------------------------------------------------

METHODS = (
    "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull", "linear",
    "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest",
)  # fmt: skip
SMOOTH = METHODS[3:9]
for function, whole in ((np.quantile, 1), (np.percentile, 100), (np.nanquantile, 1), (np.nanpercentile, 100)):
    SAMPLES[function] = [
        *(of(A(5), 0.33 * whole, method=method) for method in METHODS),
        *(of(A(3, 4), [0.17 * whole, 0.72 * whole], axis=1, method=method) for method in METHODS),
        *(of(A(5), np.array([0.07, 0.33, 0.62, 0.93]) * whole, method=method) for method in SMOOTH),
        *(of(A(2, 6), np.asarray(0.43 * whole), axis=1, method=method) for method in SMOOTH),
        of(A(), 0.5 * whole), of(A(1), 0.3 * whole, 0), of(A(0, 3), 0.3 * whole, axis=1), of(A(4), 0), of(A(4), whole),
        of(A(2, 3, 2), 0.4 * whole, axis=(0, 2), keepdims=True), of(A(3, 2), [[0.2 * whole], [0.9 * whole]], keepdims=False),
        of(A(2, 3, 2), np.array([0.2, 0.9]) * whole, axis=(2, 0)), of(A(2, 3), np.zeros((0,)), axis=1),
    ]  # fmt: skip
    if NUMPY_2:
        SAMPLES[function] += [
            of(A(4), 0.4 * whole, method="inverted_cdf", weights=[1, 2, 3, 1]),
            of(A(2, 3), 0.4 * whole, axis=1, method="inverted_cdf", weights=[[2, 1, 3], [3, 1, 1]]),
            of(A(2, 3), [0.4 * whole, 0.8 * whole], axis=0, method="inverted_cdf", weights=[[2, 1, 3], [1, 1, 4]]),
        ]  # fmt: skip
if NUMPY_2:  # NumPy's own nanquantile fails for these
    SAMPLES[np.quantile] += [of(A(2, 3), 0.4, axis=1, method="inverted_cdf", weights=[2, 1, 3])]
    SAMPLES[np.percentile] += [of(A(2, 3), 40, axis=-1, method="inverted_cdf", weights=[2, 1, 3])]
for function, whole in ((np.nanquantile, 1), (np.nanpercentile, 100)):
    SAMPLES[function] += [
        of(more_holes, 0.4 * whole), of(more_holes, np.array([0.3, 0.7]) * whole, axis=1),
        of(more_holes, 0.7 * whole, axis=0, method="weibull", keepdims=True),
    ]  # fmt: skip
    SAMPLES[function] += [of([1.0, 2.0, 4.0], A(2, low=0.1, high=0.9) * whole)]
SAMPLES[np.nanmedian] = [*SAMPLES[np.median], of(more_holes), of(more_holes, axis=1, keepdims=True)]

# --- statistics, bins -------------------------------------------------------------------------------------------------

SAMPLES[np.average] += [
    of([1.0, 2.0, 4.0], weights=A(3, low=0.5)), of([[1, 2, 3], [4, 5, 7]], axis=1, weights=A(2, 3, low=0.5), returned=True),
]  # fmt: skip
if NUMPY_2:
    SAMPLES[np.average] += [of(A(2, 3, 4), axis=(2, 0), weights=A(4, 2, low=0.5))]
SAMPLES[np.cov] = [
    of(A(4)), of(A(3, 4)), of(A(3, 4), rowvar=False), of(A(4), A(4)), of(A(2, 4), A(4)), of(A(4, 2), A(4, 1), False),
    of(A(3, 4), bias=True), of(A(3, 4), ddof=0), of(A(3, 4), fweights=[1, 2, 1, 3]), of(A(3, 4), aweights=A(4, low=0.5)),
    of(A(2, 4), fweights=np.array([1, 2, 1, 3]), aweights=A(4, low=0.5), ddof=1), of(A(2, 3), dtype=np.float64),
    of([1.0, 2.0, 4.0], A(3)), of(A(1), ddof=0), of(A(), ddof=0), of(A(0, 4)), of(A(2, 3), aweights=A(3, low=0.5), bias=True),
]  # fmt: skip
SAMPLES[np.corrcoef] = [
    of(A(3, 4)), of(A(3, 5), rowvar=False), of(A(4), A(4)), of(A(2, 4), A(4)), of(A(4)), of(A(2, 3), dtype=np.float64),
    of([1.0, 2.0, 4.0], A(3)),
]  # fmt: skip
SAMPLES[np.bincount] = [
    of([0, 1, 1, 4], A(4)), of(np.array([2, 0]), weights=A(2), minlength=5), of([3], A(1)), of([], A(0)),
]  # fmt: skip
SAMPLES[np.histogram] = [
    of([0.1, 0.5, 1.0, 2.0], weights=A(4)), of([0.1, 0.5, 1.0, 2.0], 3, weights=A(4)),
    of([0.1, 0.5, 1.0, 2.0], bins=[0.0, 0.5, 1.0], weights=A(4)), of([0.1, 0.5, 1.0, 9.0], 4, (0.0, 1.0), weights=A(4)),
    of([0.1, 0.5, 1.0, 2.0], [0, 1, 3], density=True, weights=A(4, low=0.5)), of([0.5], 1, weights=A(1)),
    of([], 2, weights=A(0)), of([[0.1, 0.5], [1.0, 2.0]], 2, range=(0.0, 2.0), weights=A(2, 2)),
]  # fmt: skip
SAMPLES[np.unique] = [
    of(A(4)), of(A(2, 3)), of(A(5), True, True, True), of(A(3, 2), axis=0), of(A(2, 3), return_counts=True, axis=1), of(A(1)),
    of(A()), of(A(0)),
]  # fmt: skip
SETS = [(A(4), A(3)), (A(2, 3), A(3)), (A(1), A(1)), (A(), A()), (A(0), A(2)), ([1.0, 2.5], A(2)), (A(2, 2), [3, 1])]
SAMPLES[np.union1d] = [of(*pair) for pair in SETS]

# --- shapes -----------------------------------------------------------------------------------------------------------

each = [of(A(*shape)) for shape in SHAPES]
SAMPLES[np.reshape] = [
    of(A(), (1, 1)), of(A(1), ()), of(A(6), (2, 3)), of(A(2, 3), -1), of(A(2, 3), (3, -1), order="F"),
    of(A(0), (2, 0)), of(A(2, 3), [3, 2]), of(A(2, 3, 2).transpose(2, 0, 1), (4, 3), order="A"),
]  # fmt: skip
SAMPLES[np.ravel] = [*each, of(A(2, 3), order="F")]
SAMPLES[np.transpose] = [*each, of(A(2, 3), (1, 0)), of(A(2, 3, 4), axes=(2, 0, 1)), of(A(2, 3, 4), (-1, 0, -2))]
SAMPLES[np.swapaxes] = [of(A(2, 3, 4), 0, 2), of(A(2, 3), -1, 0), of(A(1), 0, 0), of(A(0, 2), 0, 1)]
SAMPLES[np.moveaxis] = [
    of(A(2, 3, 4), 0, -1), of(A(2, 3, 4), (0, 1), (2, 0)), of(A(), (), ()), of(A(1), 0, 0), of(A(0, 2), 0, 1),
]  # fmt: skip
SAMPLES[np.rollaxis] = [
    of(A(2, 3, 4), 2), of(A(2, 3, 4), 0, 3), of(A(2, 3, 4), -1, start=1), of(A(2, 3, 4), 1, -1), of(A(1), 0),
    of(A(0, 2), 1),
]  # fmt: skip
SAMPLES[np.squeeze] = [*each, of(A(1, 2, 1), axis=0), of(A(1, 2, 1), axis=(0, -1)), of(A(2, 3))]
SAMPLES[np.expand_dims] = [of(A(), 0), of(A(1), 0), of(A(2, 3), 1), of(A(2, 3), (0, -1)), of(A(0), axis=1)]
SAMPLES[np.broadcast_to] = [
    of(A(), (2, 3)), of(A(1), (3,)), of(A(3), (2, 3)), of(A(2, 1), (4, 2, 3)), of(A(0), (2, 0)), of(A(1), (0,)),
    of(A(3), 3),
]  # fmt: skip
SAMPLES[np.broadcast_arrays] = [
    of(A(2, 1), A(3)), of(A()), of(A(1), A(0)), of(A(), A(2, 2), A(1, 2)), of(A(2), np.zeros((3, 1), int)),
]  # fmt: skip
for function in (np.atleast_1d, np.atleast_2d, np.atleast_3d):
    SAMPLES[function] = [*each, of(A(2, 2, 2, 2)), of(A(), A(2)), of(A(2, 3), 1)]
SAMPLES[np.flip] = [*each, of(A(2, 3), axis=0), of(A(2, 3, 2), axis=(0, -1)), of(A(4), 0)]
SAMPLES[np.fliplr] = [of(A(2, 3)), of(A(1, 1)), of(A(2, 0)), of(A(2, 3, 2))]
SAMPLES[np.flipud] = [of(A(4)), of(A(1)), of(A(0)), of(A(2, 3))]
SAMPLES[np.rot90] = [
    *(of(A(2, 3), k) for k in (0, 1, 2, 3, -1, 5)), of(A(1, 1)), of(A(0, 2)), of(A(2, 3, 4), axes=(1, 2)),
    of(A(2, 3, 4), 3, (2, 0)),
]  # fmt: skip
SAMPLES[np.roll] = [
    *(of(x.args[0], 1) for x in each), of(A(2, 3), 2, axis=1), of(A(2, 3), (1, -1), axis=(0, 1)), of(A(4), shift=-5),
    of(A(2, 3), 1, (0, 1)),
]  # fmt: skip
SAMPLES[np.tril] = [
    of(A(3, 3)), of(A(2, 3), 1), of(A(3, 2), k=-1), of(A(2, 2, 2)), of(A(1, 1)), of(A(0, 2)), of(A(3)),
]  # fmt: skip
SAMPLES[np.triu] = [
    of(A(3, 3)), of(A(2, 3), 1), of(A(3, 2), k=-1), of(A(2, 2, 2)), of(A(1, 1)), of(A(0, 2)), of(A(3)),
]  # fmt: skip
SAMPLES[join] = [
    of(A(2), A(3)), of(A(1), A(0), A(2)), of(A(2, 3), A(2, 1), axis=1), of(A(2, 3), A(2, 1), axis=-1),
    of(A(2, 2), A(3), axis=None), of(A(), A(1), axis=None),
]  # fmt: skip
SAMPLES[np.concatenate] = [
    of([A(2), A(3)]), of((A(1), A(0))), of([A(2, 3), A(2, 1)], axis=1), of([A(2, 2), A(3)], axis=None),
    of([A(2), [1.0, 2.0]]), of([A(), A(1)], None), of([A(2), A(2)], dtype=np.float64, casting="same_kind"),
    of([A(2, 1), np.ones((2, 2), int)], -1), of([A(3)]),
]  # fmt: skip
SAMPLES[np.stack] = [
    of([A(), A()]), of([A(2), A(2)], axis=1), of((A(2, 3), A(2, 3)), -1), of([A(1)]), of([A(0), A(0)]),
    of([A(2), [1.0, 2.0]], dtype=np.float64, casting="same_kind"),
]  # fmt: skip
SAMPLES[np.vstack] = [
    of([A(), A()]), of([A(3), A(2, 3)]), of([A(1)]), of((A(0, 2), A(2))),
    of([A(2)], dtype=np.float64, casting="same_kind"),
]  # fmt: skip
SAMPLES[np.hstack] = [
    of([A(), A(2)]), of([A(2, 3), A(2, 1)]), of([A(1)]), of((A(0), A(2))),
    of([A(2)], dtype=np.float64, casting="same_kind"),
]  # fmt: skip
SAMPLES[np.dstack] = [of([A(), A()]), of([A(3), A(3)]), of([A(2, 3), A(2, 3, 2)]), of([A(1)]), of((A(0), A(0)))]
SAMPLES[np.column_stack] = [of([A(3), A(3, 2)]), of([A(1), A(1)]), of((A(0), A(0))), of([A(), 2.0])]
SAMPLES[np.append] = [
    of(A(2), A(3)), of(A(2, 3), A(2)), of(A(2, 3), A(1, 3), axis=0), of(A(), 1.0), of([1.0], A(1)), of(A(0), A(2)),
]  # fmt: skip
for function in (np.array_split, np.split):
    SAMPLES[function] = [
        of(A(6), 3), of(A(1), 1), of(A(5), [2, 3]), of(A(2, 4), 2, axis=1), of(A(5), [3, 1, 8]), of(A(0, 2), 2),
        of(A(3), np.array([-1])),
    ]  # fmt: skip
SAMPLES[np.array_split] += [of(A(5), 3), of(A(2, 5), 2, -1)]
SAMPLES[np.vsplit] = [of(A(4, 2), 2), of(A(1, 1), 1), of(A(0, 2), 1), of(A(3, 2), [1])]
SAMPLES[np.hsplit] = [of(A(2, 4), 2), of(A(1), 1), of(A(2, 0), 1), of(A(4), [1])]
SAMPLES[np.dsplit] = [of(A(2, 1, 4), 2), of(A(1, 1, 1), 1), of(A(2, 0, 1), 1), of(A(1, 2, 3), [1])]
SAMPLES[np.tile] = [
    of(A(), 3), of(A(1), (2, 2)), of(A(2, 3), 2), of(A(2, 3), (2, 1, 2)), of(A(2, 3, 1), (2, 2)), of(A(0), 2),
    of(A(2), 0),
]  # fmt: skip
SAMPLES[np.repeat] = [
    of(A(), 3), of(A(1), 2), of(A(2, 3), 2), of(A(2, 3), [2, 0, 1], axis=1), of(A(2, 3), 2, 0), of(A(0), 2),
    of(A(3), 0),
]  # fmt: skip
SAMPLES[np.pad] = [
    of(A(3), 1), of(A(2, 3), ((1, 0), (2, 1))), of(A(1), (0, 2), "edge"), of(A(3), (4, 5), mode="wrap"),
    of(A(4), (2, 3), "reflect"), of(A(2, 3), 2, "symmetric"), of(A(3), 1, constant_values=2.5),
    of(A(2, 3), ((1, 2),), "constant", constant_values=((1, 2), (3, 4))), of(A(0), 2), of(A(), 1), of(A(2, 3), 0),
    of(A(2, 0), ((0, 0), (1, 1))), of(A(3), 7, "reflect"),
]  # fmt: skip
SAMPLES[np.diagonal] = [
    of(A(3, 3)), of(A(2, 3), 1), of(A(3, 2), offset=-1), of(A(2, 3, 3), axis1=1, axis2=2), of(A(2, 3, 4), 0, 2, 0),
    of(A(1, 1)), of(A(0, 2)), of(A(2, 2), 5),
]  # fmt: skip
SAMPLES[np.trace] = [
    of(A(3, 3)), of(A(2, 3), 1), of(A(3, 2), offset=-1), of(A(2, 3, 3), axis1=1, axis2=2), of(A(2, 3, 4), 0, 2, 0),
    of(A(1, 1)), of(A(0, 2)), of(A(2, 2), dtype=np.float64),
]  # fmt: skip
SAMPLES[np.diag] = [
    of(A(3)), of(A(2), 1), of(A(2), k=-2), of(A(3, 3)), of(A(2, 3), 1), of(A(1)), of(A(0)), of(A(0, 2)),
]  # fmt: skip

SAMPLES[np.block] = [
    of([A(2), A(3)]), of([[A(2, 2), A(2, 1)], [A(1, 3)]]), of([[A()], [1.0]]), of(A(2)), of([[A(1)], [A(2, 1)]]),
    of([A(0), A(2)]),
    of([[[A(2, 1, 2)], [A(2, 1, 2)]]]), of([A(2, 2), np.ones((2, 1), int)]),
]  # fmt: skip
SAMPLES[np.resize] = [
    of(A(3), 7), of(A(2, 3), (4, 2)), of(A(), 3), of(A(1), (2, 2)), of(A(0), (2, 1)), of(A(5), 2), of(A(2), 0),
]  # fmt: skip
SAMPLES[np.delete] = [
    of(A(4), 1), of(A(2, 3), [0, 2], axis=1), of(A(2, 3), 2), of(A(4), slice(None, None, 2)), of(A(1), 0), of(A(0), []),
    of(A(3), np.array([True, False, True])), of(A(2, 3), -1, 0), of(A(), 0),
]  # fmt: skip
SAMPLES[np.insert] = [
    of(A(4), 1, A()), of(A(4), 1, A(2)), of(A(4), [0, 2], A(2)), of(A(2, 3), 1, A(2), axis=1),
    of(A(2, 3), [1], A(2, 1), axis=1),
    of(A(2, 3), [0, 3], 5.0, 1), of(A(4), slice(0, 2), A()), of(A(1), 1, A()), of(A(0), 0, A()), of(A(2, 3), -1, A()),
    of(A(), 0, A()), of(A(2, 3), [2, 0, 2], A(3, 3), axis=0),
    of(A(3), [], A()),
    of(A(2, 3), 1, A(3), axis=0), of(A(2, 3), 1, A(2, 3), axis=0), of(A(2), [1, 1], [2.0, 3.0]),
]  # fmt: skip
if NUMPY_2:  # before, truth values are taken as whole numbers, with a warning
    SAMPLES[np.insert] += [of(A(3), np.array([True, False, True]), A(2))]
SAMPLES[np.trim_zeros] = [
    of(A(3)), of(A(3), "f"), of(A(3), trim="b"), of(A(1)), of(A(0)),
]  # fmt: skip
if NUMPY_2_2:
    SAMPLES[np.trim_zeros] += [of(A(2, 3)), of(A(2, 3), axis=1), of(A(2, 3), "b", (0, -1)), of(A())]
SAMPLES[np.lib.stride_tricks.sliding_window_view] = [
    of(A(5), 2), of(A(3, 4), (2, 3)), of(A(3, 4), 2, axis=1), of(A(4), (2, 2), (0, 0)), of(A(1), 1), of(A(2, 0), 1, 0),
    of(A(), ()),
    of(A(3, 4, 2), (2, 2), axis=(-1, 0), writeable=False),
]  # fmt: skip
SAMPLES[np.diagflat] = [of(A(3)), of(A(2, 2), 1), of(A(2), k=-1), of(A()), of(A(1)), of(A(0))]
SAMPLES[np.pad] += [
    *(of(A(*s), w, mode) for mode in ("linear_ramp", "mean", "maximum", "minimum", "median")
      for s, w in (((4,), (2, 3)), ((2, 3), ((1, 0), (2, 1))), ((1,), 1))),
    of(A(4), 2, "linear_ramp", end_values=(1.0, 2.0)), of(A(2, 3), 1, "linear_ramp", end_values=A()),
    *(of(A(5), (1, 2), mode, stat_length=2) for mode in ("mean", "median", "maximum", "minimum")),
    of(A(2, 5), 1, "mean", stat_length=((2, 1), (3, 9))),
    *(of(A(4), widths, mode, reflect_type="odd") for mode in ("reflect", "symmetric") for widths in ((2, 1), (3, 2), (9, 7))),
    of(A(2, 3), 2, "reflect", reflect_type="odd"), of(A(1), 2, "reflect", reflect_type="odd"),
    of(A(1), (2, 1), "symmetric", reflect_type="odd"), of(A(3), 1, constant_values=A()),
    of(A(3), 2, constant_values=(A(), A())),
]  # fmt: skip
if NUMPY_2_1:
    SAMPLES[np.unstack] = [
        of(A(2, 3)), of(A(2, 3), axis=1), of(A(2, 3, 2), axis=-1), of(A(1)), of(A(2, 0)), of(A(3)),
    ]  # fmt: skip
    SAMPLES[np.astype] = [*(of(x.args[0], np.float64) for x in each), of(A(2), np.float32, copy=False, device="cpu")]

# --- indexing ---------------------------------------------------------------------------------------------------------

MASK = np.array([[True, False, True], [False, False, True]])
INDICES: list[tuple[tuple[int, ...], Any]] = [
    ((5,), 2), ((5,), -1), ((5,), slice(1, 4)), ((5,), slice(None, None, -2)), ((5,), [0, 2, 2, -1]),
    ((5,), np.array([[0, 1], [1, 0]])), ((2, 3), 1), ((2, 3), (1, 2)), ((2, 3), (slice(None), 1)),
    ((2, 3), (None, Ellipsis, 0)), ((2, 3), MASK), ((2, 3), np.array([True, False])),
    ((2, 3), (slice(None), np.array([True, False, True]))), ((2, 3), ([0, 1, 0], [2, 2, 2])), ((2, 3), (1, [0, 0])),
    ((2, 3, 4), (0, slice(None), [1, 1, 3])), ((2, 3, 4), ([0, 1], slice(1, 3), [1, 2])),
    ((2, 3, 4), (Ellipsis, [0, 0])), ((), ()), ((), None), ((), Ellipsis), ((), np.array(True)), ((1,), 0),
    ((1,), [0, 0, 0]), ((0,), slice(None)), ((5,), []), ((2, 0), 1), ((5,), np.int64(3)),
    ((2, 3), (np.array(1), slice(None))), ((5,), np.zeros(5, bool)),
]  # fmt: skip
SAMPLES[operator.getitem] = [of(A(*shape), index) for shape, index in INDICES]
SAMPLES[np.real] = SAMPLES[np.imag] = unary(-2, 2)
SAMPLES[np.angle] = [*unary(-2, 2), *unary(-2, 2, deg=True)]
SAMPLES[np.full_like] = [
    *(of(A(*m), A(*n)) for m, n in [((), ()), ((3,), ()), ((2, 3), (3,)), ((1,), (1,)), ((0,), (1,)), ((2, 2), (2, 1))]),
    of(A(3), A(), np.float32, "C", True, 2), of(A(3), A(2), shape=(3, 2)), of(A(2), A(2), dtype=np.float32, subok=False),
]  # fmt: skip
SAMPLES[sparse_product] = [  # whole numbers are constants
    of(A(*shape), rng.integers(-2, 3, matrix).astype(np.int8), side)
    for shape, matrix, side in [
        ((3,), (2, 3), True), ((2,), (2, 3), False), ((3, 4), (2, 3), True), ((4, 2), (2, 3), False), ((1,), (1, 1), True),
        ((0,), (2, 0), True), ((3, 0), (2, 3), True), ((0, 2), (2, 3), False),
    ]
]  # fmt: skip
SAMPLES[scatter] = [of(A(*np.shape(np.empty(shape)[index])), index, shape) for shape, index in INDICES]
SAMPLES[put] = [
    of(A(5), A(), 2), of(A(5), A(3), slice(1, 4)), of(A(5), A(1), slice(1, 4)), of(A(5), 2.0, [0, 1]),
    of(A(2, 3), A(3), 1), of(A(2, 3), A(3), slice(None)), of(A(2, 3), A(3), MASK),
    of(A(2, 3), A(2, 1), (slice(None), [0, 2])), of(A(), A(), ()), of(A(1), A(), 0), of(A(5), A(0), []),
    of(A(0), A(), slice(None)), of(np.zeros(3), A(1, 2), slice(0, 2)), of(A(5), A(3), [0, 2, 0]),
    of(A(2, 3), A(3), ([0, 1, 0], [2, 2, 2])),
]  # fmt: skip
SAMPLES[clip] = [
    of(A(*m), A(*n, low=-1.5, high=-0.5), A(*n, low=0.5, high=1.5)) for m, n in PAIRS] + [of(A(6), -1.0, 1),
    of(A(6), A(6), A(6)),
]  # fmt: skip
SAMPLES[np.clip] = [
    of(A(6), -1, 1.0), of(A(2, 3), A(3, low=-1.5, high=-0.5), A(2, 1, low=0.5, high=1.5)), of(A(6), None, 0.5),
    of(A(6), a_min=-0.5, a_max=None), of(A(), A(low=-1.5, high=-0.5), A()), of(A(1), 0.0, 1.0), of(A(0), 0.0, 1.0),
    of(A(4), A(4), A(4)),
]  # fmt: skip
if NUMPY_2_1:
    SAMPLES[np.clip] += [of(A(6), min=-0.5), of(A(6), max=A(low=0.0)), of(A(6), min=-1, max=1)]
SAMPLES[np.clip] += [of(A(6), -1.0, 1.0, dtype=np.float64), of(A(2, 2), 0.0, A(), dtype=np.float64)]
SAMPLES[clip_ufunc] = [of(A(*m), A(*n, low=-1.5, high=-0.5), A(*n, low=0.5, high=1.5)) for m, n in PAIRS]
SAMPLES[clip_ufunc] += [of(A(6), -1.0, 1.0, dtype=np.float64)]
SAMPLES[np.take] = [
    of(A(5), [0, 2, 2, -1]), of(A(2, 3), 4), of(A(2, 3), np.array([[0, 1], [1, 1]]), axis=1),
    of(A(5), [7, -9], mode="wrap"), of(A(5), [7, -9], mode="clip"), of(A(2, 3), 1, 0), of(A(), 0), of(A(1), [0, 0]),
    of(A(0, 3), [1], axis=1), of(A(3), []),
]  # fmt: skip
SAMPLES[np.take_along_axis] = [
    of(A(2, 3), np.array([[0, 2, 2, 1], [1, 1, 0, 0]]), axis=1), of(A(2, 3), np.array([[1, 0, 1]]), 0),
    of(A(5), np.array([0, 0, 4]), axis=None), of(A(1), np.array([0]), 0), of(A(0, 2), np.zeros((0, 1), int), 1),
    of(A(2, 3), np.array([[5, 0]]).ravel(), None), of(A(2, 3), np.array([[0], [2]]), axis=-1),
    of(A(), np.array([0, 0]), None),
]  # fmt: skip
SAMPLES[np.compress] = [
    of([True, False, True], A(3)), of([0, 1], A(2, 3), axis=0), of([False, True, True], A(2, 3), 1), of([True], A(1)),
    of([], A(0)), of([True, False, True], A(2, 2)), of([True], A()),
]  # fmt: skip
SAMPLES[np.extract] = [
    of(MASK, A(2, 3)), of([True, False, True], A(3)), of([True], A(1)), of(np.zeros(0, bool), A(0)), of(True, A()),
]  # fmt: skip
SAMPLES[np.select] = [
    of([np.array([True, False, False]), np.array([True, True, False])], [A(3), A(3)]),
    of([MASK], [A(2, 3)], default=1.5), of([MASK, ~MASK], [A(3), A(2, 1)], A()), of([np.array([True])], [A(1)]),
    of([np.zeros(0, bool)], [A(0)]),
]  # fmt: skip
if NUMPY_2:  # before 2, numbers without axes are promoted by their value
    SAMPLES[np.select] += [of([np.array(True)], [A()])]
SAMPLES[np.choose] = [
    of(np.array([0, 1, 0]), [A(3), A(3)]), of(np.array([[0, 1], [2, 0]]), (A(2, 2), A(2), A())),
    of(np.array([5, -1, 0]), [A(3), A(3)], mode="wrap"), of(np.array([5, -1, 0]), [A(3), A(3)], mode="clip"),
    of(np.array([0]), [A(1)]), of(np.zeros(0, int), [A(0), A(0)]), of(np.array(1), [A(), A()]), of(1, [A(2), A(2)]),
]  # fmt: skip
SAMPLES[np.sort] = [
    of(A(5)), of(A(2, 3)), of(A(2, 3), axis=0), of(A(2, 3), axis=None), of(A(4), kind="stable"), of(A(), axis=None),
    of(A(1)), of(A(0)), of(A(2, 3, 2), 1),
]  # fmt: skip
if NUMPY_2_1:
    SAMPLES[np.sort] += [of(A(4), stable=True)]
SAMPLES[np.partition] = [
    of(A(5), 2), of(A(2, 3), 1), of(A(2, 3), [0, 1], axis=0), of(A(2, 3), 4, axis=None), of(A(), 0, axis=None),
    of(A(1), 0), of(A(0, 3), 1), of(A(4), 1, kind="introselect"),
]  # fmt: skip

# --- products ---------------------------------------------------------------------------------------------------------

MATMUL: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (5, 3, 4)), ((2, 1, 2, 3), (4, 3, 2)), ((1, 2, 3), (5, 3, 2)), ((3,), (2, 3, 4)), ((2, 4, 3), (3,)),
    ((1,), (1,)), ((1, 1), (1, 1)), ((0,), (0,)), ((2, 0), (0, 3)), ((0, 2), (2, 3)), ((0, 2, 3), (3, 2)),
]  # fmt: skip
SAMPLES[np.matmul] = [
    of(A(*m), A(*n)) for m, n in MATMUL] + [of(A(2, 2), np.array([[1, 2], [3, 4]])), of(np.array([1, 2]), A(2, 2)),
]  # fmt: skip
SAMPLES[np.dot] = [
    of(A(*m), A(*n)) for m, n in MATMUL[:4] + MATMUL[11:16]] + [of(A(), A()), of(A(), A(2, 3)), of(A(2, 3), 2.0),
    of(A(2, 3), A(4, 3, 2)), of(A(2, 2, 3), A(3)),
]  # fmt: skip
SAMPLES[np.inner] = [
    of(A(3), A(3)), of(A(2, 3), A(3)), of(A(2, 3), A(4, 3)), of(A(2, 2, 3), A(2, 3)), of(A(), A(2)), of(A(), A()),
    of(A(1), A(1)), of(A(0), A(0)), of(A(2, 0), A(3, 0)),
]  # fmt: skip
SAMPLES[np.vdot] = [
    of(A(3), A(3)), of(A(2, 3), A(2, 3)), of(A(2, 3), A(6)), of(A(), A()), of(A(1), A(1)), of(A(0), A(0)),
]  # fmt: skip
SAMPLES[np.outer] = [
    of(A(3), A(2)), of(A(2, 2), A(3)), of(A(), A(2)), of(A(), A()), of(A(1), A(1)), of(A(0), A(2)),
    of([1.0, 2.0], A(2)),
]  # fmt: skip
SAMPLES[np.kron] = [
    of(A(2), A(3)), of(A(2, 2), A(3)), of(A(2, 3), A(2, 2)), of(A(2, 1, 2), A(2, 2)), of(A(), A(2)), of(A(1), A(1)),
    of(A(0), A(2)),
]  # fmt: skip
SAMPLES[np.tensordot] = [
    of(A(2, 3), A(3, 4), 1), of(A(2, 3, 4), A(3, 4, 2)), of(A(2, 3), A(2, 3), axes=([0, 1], [0, 1])),
    of(A(2, 3, 4), A(4, 2), axes=((0, -1), (1, 0))), of(A(2), A(3), 0), of(A(2, 3), A(4, 3), (-1, -1)),
    of(A(1), A(1), 1), of(A(0, 2), A(2, 3), 1), of(A(2, 0), A(0, 3), 1), of(A(), A(), 0),
]  # fmt: skip
SAMPLES[contract] = [
    of(A(2, 3), A(3, 4), subscripts="ij,jk->ik"), of(A(3, 3), subscripts="ii->i"), of(A(2, 3), subscripts="ij->i"),
    of(A(2), A(3), A(2, 3), subscripts="i,j,ij->", optimize=True), of(A(), subscripts="->"),
    of(A(1), subscripts="i->"), of(A(0), A(0), subscripts="i,i->i"), of(A(2, 1), A(1, 3), subscripts="ij,ij->ij"),
]  # fmt: skip
SAMPLES[np.einsum] = [
    of("ij,jk->ik", A(2, 3), A(3, 4)), of("ij,jk", A(2, 3), A(3, 4)), of("ii", A(3, 3)), of("ii->i", A(3, 3)),
    of("ij->ji", A(2, 3)), of("ji", A(2, 3)), of("ij->", A(2, 3)), of("i,i", A(3), A(3)), of("i,j", A(2), A(3)),
    of("ij,ij,ij->i", A(2, 3), A(2, 3), A(2, 3)), of("...j,j->...", A(2, 4, 3), A(3)),
    of("...ij,...jk", A(5, 2, 3), A(3, 2)), of("i...->...", A(2, 3)), of("...,...", A(2, 3), A(3)),
    of("iij,jkk->ik", A(2, 2, 3), A(3, 2, 2)), of("iii->i", A(2, 2, 2)), of(" ij , jk -> ki ", A(2, 3), A(3, 2)),
    of("bij,bjk->bik", A(2, 2, 3), A(2, 3, 2), optimize=True), of(A(2, 3), [0, 1], A(3, 2), [1, 2], [0, 2]),
    of(A(2, 3), [0, 1], A(3, 2), [1, 2]), of(A(4, 2, 3), [Ellipsis, 0, 1], [Ellipsis, 1, 0]),
    of("ij,j->i", A(2, 1), A(3)), of(",i->i", A(), A(3)), of("i->", A(1)), of("i,i->", A(0), A(0)),
    of("ij,ij->ij", A(0, 2), A(1, 2)), of("i,i->", A(3), np.array([1, 2, 3])), of("ab,Bc->aB", A(2, 3), A(2, 2)),
]  # fmt: skip
SAMPLES[np.einsum] += [
    of("ij,jk", A(2, 3), A(3, 2), dtype=np.float64), of("i,i", [1.0, 2.0], A(2), order="C", casting="safe"),
]  # fmt: skip
if "matvec" in vars(np):
    SAMPLES[np.matvec] = [
        of(A(2, 3), A(3)), of(A(4, 2, 3), A(3)), of(A(2, 3), A(4, 3)), of(A(1, 1), A(1)), of(A(0, 3), A(3)),
        of(A(2, 0), A(0)),
    ]  # fmt: skip
    SAMPLES[np.vecmat] = [
        of(A(2), A(2, 3)), of(A(2), A(4, 2, 3)), of(A(4, 2), A(2, 3)), of(A(1), A(1, 1)), of(A(0), A(0, 3)),
        of(A(2), A(2, 0)),
    ]  # fmt: skip
LENGTHS = [(5, 3), (3, 5), (4, 4), (4, 1), (1, 1), (5, 2), (2, 5), (6, 3)]
SAMPLES[np.convolve] = [
    *(of(A(m), A(n), mode) for m, n in LENGTHS for mode in ("full", "same", "valid")),
    of(A(3), A(2)), of(A(3), np.array([1, 2])), of([1.0, 2.0], A(3)),
]  # fmt: skip
SAMPLES[np.correlate] = [
    *(of(A(m), A(n), mode) for m, n in LENGTHS for mode in ("full", "same", "valid")),
    of(A(3), A(2)), of([1.0, 2.0], A(3), mode="full"),
]  # fmt: skip
SAMPLES[np.cross] = [
    of(A(3), A(3)), of(A(2, 3), A(3)), of(A(2, 3), A(2, 3)), of(A(3, 2), A(3, 2), axis=0),
    of(A(3, 4), A(4, 3), axisa=0, axisb=1, axisc=0), of(A(2, 3), A(4, 1, 3)), of(A(0, 3), A(3)),
]  # fmt: skip
if not NUMPY_2:  # vectors of two elements: later versions warn that these will go
    SAMPLES[np.cross] += [of(A(2), A(2)), of(A(4, 2), A(2)), of(A(2), A(3)), of(A(3), A(2))]
GOOD_Y = {
    np.divmod: 0.7,
    np.power: 0.5,
    np.float_power: 0.5,
    np.floor_divide: 0.7,
    np.remainder: 0.7,
    np.fmod: 0.7,
    np.divide: 0.5,
}
for ufunc in [f for f in SAMPLES if isinstance(f, np.ufunc) and f.nin == 2 and not f.signature and f is not np.ldexp]:
    low = GOOD_Y.get(ufunc, -2.0)
    SAMPLES[ufunc, "outer"] = [
        of(A(*m, low=low), A(*n, low=low))
        for m, n in (((2,), (3,)), ((), (2,)), ((1,), ()), ((2, 2), (3,)), ((0,), (2,)), ((2,), (2, 2)))
    ]
SAMPLES[np.ldexp, "outer"] = [of(A(*shape), np.array([1, -2])) for shape in ((), (1,), (0,), (2, 3))]

# --- along an axis ----------------------------------------------------------------------------------------------------

SAMPLES[np.diff] = [
    of(A(4)), of(A(4), 2), of(A(2, 3), axis=0), of(A(4), n=0), of(A(2, 3), prepend=0.0, append=A(2, 1)),
    of(A(3), prepend=A(2)), of(A(3), append=A()), of(A(1)), of(A(0)), of(A(3), n=5), of(A(2, 3), 1, -2, A(1, 3)),
]  # fmt: skip
SAMPLES[np.diff] += [of(A(2, 3), n=0, prepend=A(2, 1))]
SAMPLES[np.ediff1d] = [
    of(A(4)), of(A(2, 3)), of(A(3), A(2)), of(A(3), to_begin=A(), to_end=[1.0, 2.0]), of(A()), of(A(1)), of(A(0)),
    of(A(3), A(2, 2), A()),
]  # fmt: skip
ANGLES = np.array([0.5, 3.0, -2.9, 9.0, -7.0, 0.3])
SAMPLES[np.unwrap] = [
    of(ANGLES), of(np.stack([ANGLES, 2 * ANGLES])), of(np.stack([ANGLES, 2 * ANGLES]), axis=0), of(ANGLES, 4.0), of(A(1)),
    of(A(0)),
    of(ANGLES, discont=1.0, period=4.0), of(3 * ANGLES, None, -1, period=5.3),
]  # fmt: skip
SAMPLES[trapezoid] = [
    of(A(4)), of(A(4), dx=0.5), of(A(4), A(4)), of(A(2, 3), A(3)), of(A(2, 3), axis=0), of(A(2, 3), x=A(2), axis=0),
    of(A(2, 3), A(2, 3)), of(A(1)), of(A(0, 3)), of(A(3), dx=A()), of([1.0, 2.0, 4.0], A(3)),
]  # fmt: skip
SAMPLES[np.gradient] = [
    of(A(4)), of(A(4), 0.5), of(A(4), A(low=0.5)), of(A(4), np.array([0.0, 1.0, 1.5, 3.0])), of(A(2, 3)),
    of(A(3, 4), 0.5, 2.0), of(A(3, 4), axis=1), of(A(3, 4), axis=(1, 0)), of(A(4), edge_order=2),
    of(A(3, 4), 0.5, edge_order=2), of(A(4), np.array([0.0, 1.0, 1.5, 3.0]), edge_order=2), of(A(2)),
    of(A(3, 4), np.array([0.0, 1.0, 3.0]), 2.0, axis=(0, 1)), of(A(0, 3), axis=1),
]  # fmt: skip
KNOTS = np.array([0.0, 1.0, 2.5, 4.0])
SAMPLES[np.interp] = [
    of(A(5, low=0.1, high=3.9), KNOTS, A(4)), of(A(5, low=-2, high=6), KNOTS, A(4), left=-1.0, right=2.0),
    of(A(2, 3, low=-3, high=9), KNOTS, A(4), period=5.0), of(A(low=1.1, high=2.2), KNOTS, A(4)),
    of(A(1, low=1.1, high=2), KNOTS, A(4)), of(A(0), KNOTS, A(4)), of(0.7, KNOTS, A(4)),
    of([0.2, 3.0], [0, 1, 2, 3], A(4)), of(A(3, low=1, high=2), np.array([1.5]), A(1)),
    of(A(5, low=-2, high=6), KNOTS, A(4)),
]  # fmt: skip

# --- functions of our own ---------------------------------------------------------------------------------------------


def put_in_a_copy(x: Any, value: Any, index: Any) -> Any:
    new = np.copy(x)
    new[index] = value
    return new


def add_at(value: Any, index: Any, shape: Any) -> Any:
    new = np.zeros(shape, value.dtype)
    np.add.at(new, index, value)
    return new


def dft_by_definition(parts: Any, axes: Any, sign: int) -> Any:
    z = parts[0] + 1j * parts[1]
    for axis in axes:
        n = np.arange(z.shape[axis])
        z = np.moveaxis(np.tensordot(np.exp(sign * 2j * np.pi * np.outer(n, n) / len(n)), z, (1, axis)), 0, axis)
    return np.stack([z.real, z.imag]).astype(parts.dtype)


def real_eig(a: Any) -> Any:
    """Since NumPy 2.5 the results are complex, also where their imaginary parts are 0."""
    result = np.linalg.eig(a)
    return type(result)(*(part.real for part in result))


SAME_AS: dict[Any, Any] = {
    np.linalg.eig: real_eig,
    np.linalg.eigvals: lambda a: real_eig(a)[0],
    tg.relu: lambda x: np.maximum(x, 0),
    tg.sigmoid: lambda x: np.exp(-np.logaddexp(0, -x)),
    tg.softplus: lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))),
    logsumexp: lambda x, axis=None, keepdims=False: np.logaddexp.reduce(x, axis=axis, keepdims=keepdims),
    tg.softmax: lambda x, axis=-1: np.exp(x - np.logaddexp.reduce(x, axis=axis, keepdims=True)),
    tg.log_softmax: lambda x, axis=-1: x - np.logaddexp.reduce(x, axis=axis, keepdims=True),
    astype: lambda x, dtype: x.astype(dtype),
    clip: lambda x, low, high: np.minimum(np.maximum(x, low), high),
    scatter: add_at,
    put: put_in_a_copy,
    join: lambda *arrays, axis=0: np.concatenate(arrays, axis=axis),
    dft: lambda parts, axes, sign: dft_by_definition(parts, axes, sign),
    running_max: lambda a, axis=0: np.maximum.accumulate(a, axis),
    running_min: lambda a, axis=0: np.minimum.accumulate(a, axis),
    sum_pieces: lambda a, indices, axis=0, dtype=None: np.add.reduceat(a, indices, axis, dtype),
    contract: lambda *operands, subscripts, optimize=False: np.einsum(subscripts, *operands),
    linear: lambda x, weight, bias=None: x @ weight.T + (0 if bias is None else bias),
    standardize: lambda x, axis=-1, eps=1e-5: (
        (x - np.mean(x, axis=axis, keepdims=True)) / np.sqrt(np.var(x, axis=axis, keepdims=True) + eps)
    ),
    cross_entropy_of_classes: lambda z, y: np.mean([np.logaddexp.reduce(row) - row[k] for row, k in zip(z, y)]),
    cross_entropy_of_targets: lambda logits, targets: np.sum(
        targets * (np.logaddexp.reduce(logits, axis=min(1, logits.ndim - 1), keepdims=True) - logits),
        axis=min(1, logits.ndim - 1),
    ),
    euclidean_norm: lambda x, axis=None, keepdims=False: np.sqrt(np.sum(np.square(x), axis=axis, keepdims=keepdims)),
}

# --- inverses, determinants, factors ----------------------------------------------------------------------------------


def M(*shape: int) -> np.ndarray:
    """Matrices that are far from singular, with eigenvalues and singular values that are far from each other."""
    n = min(shape[-2:])
    return A(*shape, low=-0.5, high=0.5) + np.eye(*shape[-2:]) * np.resize([1.0, 3.0, 5.0], shape[-1])[None, :] * (n > 0)


SQUARE: list[tuple[int, ...]] = [(1, 1), (2, 2), (3, 3), (2, 3, 3), (2, 1, 2, 2), (0, 2, 2)]
OBLONG: list[tuple[int, ...]] = [*SQUARE, (3, 2), (2, 3), (2, 2, 3), (2, 3, 1)]
for function in (
    np.linalg.inv, np.linalg.det, cofactors, log_abs_det, np.linalg.slogdet, lower_cholesky, packed_eig, np.linalg.eig,
    np.linalg.eigvals,
):  # fmt: skip
    SAMPLES[function] = [of(M(*shape)) for shape in SQUARE]
SAMPLES[np.linalg.cholesky] = [of(M(*shape)) for shape in SQUARE]
if NUMPY_2:
    SAMPLES[np.linalg.cholesky] += [of(M(3, 3), upper=True), of(M(2, 2, 2), upper=True)]
for function in (packed_eigh, np.linalg.eigh, np.linalg.eigvalsh):
    SAMPLES[function] = [*(of(M(*shape)) for shape in SQUARE), of(M(3, 3), UPLO="U"), of(M(2, 2, 2), "U")]
SAMPLES[packed_svd] = SAMPLES[singular_values] = SAMPLES[packed_qr] = [of(M(*shape)) for shape in OBLONG]
SAMPLES[held] = [
    of(M(*shape), np.arange(1.0, 1 + shape[-1]), np.ones(shape[-1], bool), "eigh", (shape[-2], shape[-1])) for shape in SQUARE
]
SAMPLES[np.linalg.svd] = [
    *(of(M(*shape), full_matrices=False) for shape in OBLONG), *(of(M(*shape), compute_uv=False) for shape in OBLONG),
    of(M(2, 2)), of(M(3, 2), False, True, False), of(M(2, 3), hermitian=False, compute_uv=False),
]  # fmt: skip
SAMPLES[np.linalg.qr] = [
    *(of(M(*shape)) for shape in OBLONG), of(M(3, 2), mode="r"), of(M(2, 3), "complete"), of(M(2, 2), "complete"),
]  # fmt: skip
SAMPLES[np.linalg.pinv] = [
    *(of(M(*shape)) for shape in OBLONG), of(M(3, 2), rcond=1e-12), of(M(2, 2), hermitian=False),
    *([of(M(2, 2), rtol=1e-12)] if NUMPY_2 else []),
]  # fmt: skip
SAMPLES[np.linalg.solve] = [
    of(M(1, 1), A(1)), of(M(3, 3), A(3)), of(M(3, 3), A(3, 2)), of(M(2, 3, 3), A(2, 3, 2)),
    *([of(M(2, 3, 3), A(3, 2))] if NUMPY_2 else []),
    of(M(3, 3), A(2, 3, 2)), of(M(2, 1, 2, 2), A(1, 3, 2, 1)), of(M(0, 2, 2), A(0, 2, 1)), of(M(2, 2), A(2, 0)),
    of(M(2, 2), np.array([1, 2])), of(np.array([[2, 1], [0, 3]]), A(2)),
]  # fmt: skip
SAMPLES[np.linalg.lstsq] = [
    of(A(5, 2), A(5), None), of(A(5, 2), A(5, 3), rcond=None), of(M(2, 2), A(2), rcond=1e-12), of(A(2, 3), A(2), None),
    of(A(2, 1), A(2), None), of(A(1, 1), A(1, 0), None),
]  # fmt: skip
SAMPLES[np.linalg.matrix_power] = [
    *(of(M(3, 3), n) for n in (0, 1, 2, 3, 5, -1, -2)), of(M(2, 2, 2), n=3), of(M(1, 1), 4), of(M(0, 2, 2), 3),
]  # fmt: skip
SAMPLES[np.linalg.multi_dot] = [
    of([A(2, 3), A(3, 4), A(4, 2)]), of([A(3), A(3, 4), A(4)]), of([A(2, 3), A(3)]), of([A(1, 1), A(1, 1)]),
    of([A(4, 1), A(1, 4), A(4, 1), A(1, 3)]), of([A(0, 2), A(2, 3)]),
]  # fmt: skip
SAMPLES[np.linalg.tensorinv] = [
    of(M(6, 6).reshape(2, 3, 6)), of(M(6, 6).reshape(6, 2, 3), ind=1), of(M(1, 1), 1),
]  # fmt: skip
SAMPLES[np.linalg.tensorsolve] = [
    of(M(6, 6).reshape(2, 3, 6), A(2, 3)), of(M(6, 6).reshape(2, 3, 3, 2), A(2, 3)),
    of(M(6, 6).reshape(2, 3, 2, 3), A(3, 2), axes=(0,)), of(M(1, 1), A(1)), of(A(0, 0), A(0)),
]  # fmt: skip
SAMPLES[np.linalg.cond] = [
    *(of(M(*shape)) for shape in OBLONG if shape[-1] > 1 and 0 not in shape), of(M(3, 2), 2),
    of(M(3, 2), -2), of(M(2, 2), p=1),
    of(M(2, 2, 2), np.inf), of(M(3, 3), "fro"), of(M(2, 2), "nuc"),
]  # fmt: skip
SAMPLES[np.linalg.norm] += [
    of(M(3, 2), 2), of(M(2, 3), ord=-2), of(M(3, 3), "nuc"), of(M(2, 3, 2), ord="nuc", axis=(2, 0)),
    of(M(2, 3, 3), ord=2, axis=(1, 2), keepdims=True),
]  # fmt: skip

if NUMPY_2:
    SAMPLES[np.linalg.svdvals] = [of(M(*shape)) for shape in OBLONG]
    SAMPLES[np.linalg.matrix_norm] = [
        *(of(M(*shape)) for shape in OBLONG), of(M(2, 3), ord="nuc"), of(M(2, 2, 2), ord=1, keepdims=True),
    ]  # fmt: skip
    SAMPLES[np.linalg.vector_norm] = [
        *(of(A(*shape)) for shape in SHAPES if 0 not in shape), of(A(2, 3), axis=1, ord=3, keepdims=True),
        of(A(2, 3, 2), axis=(0, 2)), of(A(2, 3), ord=np.inf, axis=0), of(A(0)),
    ]  # fmt: skip
    SAMPLES[np.linalg.matmul] = [of(A(2, 3), A(3, 2)), of(A(2, 2, 3), A(3, 1)), of(A(1, 1), A(1, 1)), of(A(0, 2), A(2, 3))]
    SAMPLES[np.linalg.tensordot] = [
        of(A(2, 3), A(2, 3)), of(A(2, 3), A(3, 2), axes=1), of(A(2, 3), A(4, 2), axes=(0, 1)), of(A(), A(), axes=0),
        of(A(1), A(1), axes=1), of(A(0, 2), A(2, 3), axes=1),
    ]  # fmt: skip
    SAMPLES[np.linalg.outer] = [of(A(2), A(3)), of(A(1), A(1)), of(A(0), A(2))]
    SAMPLES[np.linalg.cross] = [of(A(3), A(3)), of(A(2, 3), A(2, 3)), of(A(3, 2), A(3, 2), axis=0), of(A(0, 3), A(0, 3))]
    SAMPLES[np.linalg.diagonal] = [of(A(*shape)) for shape in OBLONG] + [of(A(2, 3, 4), offset=1), of(A(3, 3), offset=-1)]
    SAMPLES[np.linalg.trace] = [of(A(*shape)) for shape in OBLONG] + [
        of(A(2, 3, 4), offset=1), of(A(3, 3), offset=-1, dtype=np.float64),
    ]  # fmt: skip
    for function in (np.matrix_transpose, np.linalg.matrix_transpose):
        SAMPLES[function] = [of(A(2, 3)), of(A(2, 3, 4)), of(A(1, 1)), of(A(0, 2))]
    for function in (np.vecdot, np.linalg.vecdot):
        SAMPLES[function] = [
            of(A(3), A(3)), of(A(2, 3), A(3)), of(A(2, 3), A(2, 3)), of(A(2, 3), A(2, 3), axis=0), of(A(1), A(1)),
            of(A(0), A(0)), of(A(2, 1, 3), A(4, 3)),
        ]  # fmt: skip

# --- a part that is computed again ------------------------------------------------------------------------------------

SAMPLES[replayed] = unary(-2, 2, function=np.tanh)

# --- Fourier transforms -----------------------------------------------------------------------------------------------

SAMPLES[dft] = [
    *(of(A(2, *shape), [0], -1) for shape in ((1,), (4,), (5, 2), (3, 0))), of(A(2, 3, 4), axes=[0, 1], sign=1),
]  # fmt: skip
LINES: list[tuple[int, ...]] = [(1,), (4,), (5,), (2, 3), (0, 4)]
for name in ("fft", "ifft", "rfft", "ihfft", "irfft", "hfft"):
    function = getattr(np.fft, name)
    shapes = [shape for shape in LINES if shape[-1] > 1 or name not in ("irfft", "hfft")]
    SAMPLES[function] = [
        *(of(A(*shape)) for shape in shapes), *(of(A(4), n) for n in (3, 6)), of(A(1), n=1), of(A(3, 2), axis=0),
        of(A(2, 4), None, 0, "ortho"), of(A(4), norm="forward"), of(A(5, 2), 4, axis=0, norm="ortho"),
    ]  # fmt: skip
for name in ("fft2", "ifft2", "rfft2", "irfft2"):
    SAMPLES[getattr(np.fft, name)] = [
        of(A(2, 3)), of(A(3, 4), (2, 5)), of(A(2, 3, 2), axes=(0, 1)), of(A(3, 3), norm="ortho"), of(A(0, 2, 3)),
        of(A(1, 1), (1, 1)), of(A(2, 2, 4), s=(3, 3), axes=(1, 2), norm="forward"),
    ]  # fmt: skip
for name in ("fftn", "ifftn", "rfftn", "irfftn"):
    SAMPLES[getattr(np.fft, name)] = [
        of(A(4)), of(A(2, 3)), of(A(2, 3, 2)), of(A(2, 3, 4), axes=(0, 2)), of(A(3, 3), (2, 4), (0, 1), "ortho"),
        of(A(0, 2), axes=(1,)), of(A(1), (1,), (0,)), of(A(3, 2), s=(3, 3), axes=(0, 1), norm="forward"),
    ]  # fmt: skip
for function in (np.fft.fftshift, np.fft.ifftshift):
    SAMPLES[function] = [*(of(A(*shape)) for shape in SHAPES if shape), of(A(4)), of(A(2, 3), axes=1), of(A(2, 3), (0, 1))]

# --- scipy.special ----------------------------------------------------------------------------------------------------

if special is not None:
    for function in (
        special.erf, special.erfc, special.erfcx, special.ndtr, special.log_ndtr, normal_hazard, special.expit,
        special.log_expit, special.j0, special.j1, special.i0, special.i1, special.i0e, special.i1e,
    ):  # fmt: skip
        SAMPLES[function] = unary(-2, 2)
    for function in (special.ndtr, special.log_ndtr, special.expit, special.log_expit):
        SAMPLES[function] += [of(np.array([-30.0, -5.0, 0.0, 5.0, 30.0]))]
    SAMPLES[normal_hazard] += [of(np.array([-5.0, 0.0, 5.0, 30.0]))]
    SAMPLES[special.erfcx] += [of(np.array([-3.0, 0.0, 9.9, 10.1, 1000.0]))]
    SAMPLES[special.erfinv] = unary(-0.8, 0.8)
    SAMPLES[special.erfcinv] = unary(0.3, 1.7)
    for function in (special.ndtri, special.logit):
        SAMPLES[function] = unary(0.2, 0.8)
    for function in (special.gamma, special.gammaln, special.digamma):
        SAMPLES[function] = [*unary(0.5, 4), of(np.array([-1.6, -0.5, 12.0]))]
    for function in (special.entr, special.y0, special.y1, special.k0, special.k1):
        SAMPLES[function] = unary(0.5, 4)
    SAMPLES[polygamma] = [of(n, *call.args) for n in (0, 1, 2) for call in unary(0.5, 4)]
    SAMPLES[polygamma] += [of(1, np.array([-1.6, -0.5, 12.0])), of(n=3, x=A(2, low=0.5))]
    for function in (special.beta, special.betaln, special.xlogy, special.rel_entr, special.kl_div):
        SAMPLES[function] = binary(0.5, 3)
    SAMPLES[special.xlog1py] = binary(-2, 2, -0.5, 2)
    for function in (special.jv, special.yv, special.iv, special.ive, special.kv):
        SAMPLES[function] = [of(order, *call.args) for order in (0, 1, 2, 0.5) for call in unary(0.5, 4)]
    for function in (special.jv, special.iv, special.ive):
        SAMPLES[function] += [of(np.array([0, 1, 2]), A(2, 1)), of(np.array([3, 4]), A(1)), of(1, A(2, 3))]
    for function in (
        special.erfi, special.dawsn, special.expm1, special.exp2, special.exp10, special.cbrt, special.cosm1,
    ):  # fmt: skip
        SAMPLES[function] = unary(-2, 2)
    SAMPLES[special.dawsn] += [of(np.array([-30.0, -2.1, 0.0, 1.9, 7.1, 1000.0]))]
    SAMPLES[special.round] = unary(-5, 5)
    SAMPLES[special.ndtri_exp] = unary(-4, -0.3)
    SAMPLES[special.rgamma] = [*unary(-2, 4), of(np.array([-3.3, 0.49, 0.51]))]
    SAMPLES[special.gammasgn] = unary(0.5, 4)
    for function in (special.loggamma, special.log1p, special.exp1, special.expi, special.k0e, special.k1e):
        SAMPLES[function] = unary(0.5, 4)
    for function in (special.k0e, special.k1e):
        SAMPLES[function] += [of(np.array([19.9, 20.1, 1000.0]))]
    for function in (special.poch, special.binom):
        SAMPLES[function] = binary(3, 5, 0.5, 2)
    for function in (special.powm1, special.huber):
        SAMPLES[function] = binary(0.3, 2.5, -2, 2)
    SAMPLES[special.pseudo_huber] = binary(0.5, 2.5, -2, 2)
    for function in (special.gammainc, special.gammaincc, special.chdtr, special.chdtrc):
        SAMPLES[function] = [of(order, *call.args) for order in (1.0, 2.5) for call in unary(0.5, 4)]
        SAMPLES[function] += [of(25.0, A(3, low=15, high=30))]
    for function in (special.chdtri, special.pdtri):
        SAMPLES[function] = [of(order, *call.args) for order in (1, 4) for call in unary(0.2, 0.8)]
    for function in (special.pdtr, special.pdtrc):
        SAMPLES[function] = [of(count, *call.args) for count in (0, 2, 12) for call in unary(0.5, 4)]
    for function in (special.gdtr, special.gdtrc, special.gdtrix):
        SAMPLES[function] = [of(1.5, 2.5, *call.args) for call in unary(0.2, 0.8)]
    for function in (special.nbdtr, special.nbdtrc):
        SAMPLES[function] = [of(2, n, *call.args) for n in (3, 6) for call in unary(0.2, 0.8)]
        SAMPLES[function] += [of(15, 30, A(3, low=0.3, high=0.7))]
    for function in (special.nbdtri, special.fdtr, special.fdtrc, special.fdtri):
        SAMPLES[function] = [of(2, 6, *call.args) for call in unary(0.2, 0.8)]
    for function in (special.fdtr, special.fdtrc):
        SAMPLES[function] += [of(24, 30, A(3, low=0.5, high=2))]
    SAMPLES[special.stdtr] = [of(n, *call.args) for n in (1, 2.5) for call in unary(-2, 2)]
    SAMPLES[special.stdtrit] = [of(n, *call.args) for n in (1, 2.5) for call in unary(0.2, 0.8)]
    SAMPLES[special.owens_t] = binary(-2, 2)
    SAMPLES[special.wrightomega] = unary(-2, 2)
    SAMPLES[special.exprel] = [*unary(-2, 2), of(np.array([-3.0, 1e-6, 0.0, 2.5]))]
    SAMPLES[special.spence] = [*unary(0.3, 4), of(np.array([0.74, 0.76, 1.0, 1.24, 1.26]))]
    for function in (special.ellipk, special.ellipe):
        SAMPLES[function] = [*unary(-2, 0.8), of(np.array([-0.01, 0.0, 0.01]))]
    SAMPLES[special.ellipkm1] = unary(0.3, 2)
    for function in (special.ellipkinc, special.ellipeinc):
        SAMPLES[function] = [of(*call.args, m) for m in (0.0, 0.6) for call in unary(-2, 2)]
    SAMPLES[jacobi] = [of(*call.args, 0.6, part=part) for part in range(4) for call in unary(-2, 2)]
    SAMPLES[special.ellipj] = [of(*call.args, m) for m in (0.0, 0.6) for call in unary(-2, 2)]
    SAMPLES[special.ellipj] += [of(A(2), [0.2, 0.6]), of(A(2), np.float32(0.5)), of(A(), [0.2, 0.6])]
    for name in ("ber", "bei", "ker", "kei", "berp", "beip", "kerp", "keip", "itstruve0", "itmodstruve0", "it2struve0"):
        SAMPLES[vars(special)[name]] = unary(0.5, 4)
    for function in (special.struve, special.modstruve):
        SAMPLES[function] = [of(order, *call.args) for order in (0, 1.5) for call in unary(0.5, 4)]
    SAMPLES[zeta] = [of(order, *call.args) for order in (2.0, 3.5) for call in unary(0.5, 4)]
    for function in (special.gammaincinv, special.gammainccinv):
        SAMPLES[function] = [of(order, *call.args) for order in (1.0, 2.5) for call in unary(0.2, 0.8)]
    for function in (special.betainc, special.betaincc, special.betaincinv, special.betainccinv):
        SAMPLES[function] = [of(1.5, order, *call.args) for order in (1.0, 2.5) for call in unary(0.2, 0.8)]
    for function in (special.boxcox, special.boxcox1p):
        SAMPLES[function] = [*binary(0.5, 4, -2, 2), of(A(3, low=0.5), np.array([0.0, 1e-3, 3.0]))]
    for function in (special.inv_boxcox, special.inv_boxcox1p):
        SAMPLES[function] = [*binary(0.2, 1, -0.3, 2), of(A(3, low=0.5), np.array([0.01, 0.02, 3.0]))]
    for function in (special.kn, special.yn, special.kve, special.jve, special.yve):
        SAMPLES[function] = [of(order, *call.args) for order in (0, 1, 2) for call in unary(0.5, 4)]
    SAMPLES[special.expn] = [of(order, *call.args) for order in (0, 1, 2, 3) for call in unary(0.5, 4)]
    for name in ("legendre", "chebyt", "chebyu", "chebyc", "chebys", "laguerre", "hermite", "hermitenorm"):
        SAMPLES[vars(special)["eval_" + name]] = [of(n, *call.args) for n in (0, 1, 4) for call in unary(-0.9, 0.9)]
    for name in ("sh_legendre", "sh_chebyt", "sh_chebyu"):
        SAMPLES[vars(special)["eval_" + name]] = [of(n, *call.args) for n in (0, 1, 4) for call in unary(0.1, 0.9)]
    for function in (special.eval_gegenbauer, special.eval_genlaguerre):
        SAMPLES[function] = [of(n, 1.5, *call.args) for n in (0, 1, 4) for call in unary(-0.9, 0.9)]
    for function in (special.eval_jacobi, special.eval_sh_jacobi):
        SAMPLES[function] = [of(n, 2.5, 1.5, *call.args) for n in (0, 1, 4) for call in unary(0.1, 0.9)]
    SAMPLES[special.hyp0f1] = [of(1.5, *call.args) for call in unary(-2, 2)]
    SAMPLES[special.hyp1f1] = [of(0.5, 1.5, *call.args) for call in unary(-2, 2)]
    SAMPLES[special.hyp2f1] = [of(0.5, 1.0, 1.5, *call.args) for call in unary(-0.8, 0.8)]
    SAMPLES[special.hyperu] = [of(0.5, 1.5, *call.args) for call in unary(0.5, 2)]
    ONE_OF = {"sici": 2, "shichi": 2, "fresnel": 2, "airy": 4, "iti0k0": 2, "itj0y0": 2}
    for name in ONE_OF:
        SAMPLES[vars(special)[name]] = unary(0.3, 2)
    SAMPLES[one_of] = [
        of(*call.args, name=name, part=part)
        for name, count in ONE_OF.items()
        for part in range(count)
        for call in unary(0.3, 2)
    ]
    SAME_AS |= {
        polygamma: lambda n, x: special.polygamma(n, x).astype(x.dtype)[()],
        normal_hazard: lambda x: np.exp(-x * x / 2 - special.log_ndtr(x)) * x.dtype.type(1 / np.sqrt(2 * np.pi)),
    }

# --- arrays from a few numbers ----------------------------------------------------------------------------------------

SAMPLES[np.linspace] = [
    of(A(), A()), of(0, A(), 5), of(A(), 3.0, num=4, endpoint=False), of(A(3), A(3), 4), of(A(3), A(2, 1), 3, axis=1),
    of(A(1), A(1), 2),
    of(A(0), A(0), 3), of(A(2), [1, 2], 4, True, False, None, -1), of(A(), A(), 1), of(A(), A(), 0),
    of(A(), A(), 1, endpoint=False),
    of(A(), A(), 5, retstep=True), of(A(), A(), 3, dtype=np.float64), of(A(2), 1.0, 3, retstep=True, endpoint=False),
]  # fmt: skip
if NUMPY_2:
    SAMPLES[np.linspace] += [of(A(), A(), 3, device="cpu")]
SAMPLES[np.logspace] = [
    of(A(), A()), of(0, A(), 5), of(A(), 1.0, num=4, endpoint=False), of(A(3), A(3), 4), of(A(3), A(2, 1), 3, axis=1),
    of(A(1), A(1), 2),
    of(A(0), A(0), 3), of(A(), A(), 3, base=A(low=0.5)), of(A(), A(), 3, True, 2.0, np.float64), of(A(), A(), 1),
]  # fmt: skip
if NUMPY_2:  # several bases, since 1.25 in part
    SAMPLES[np.logspace] += [of(A(2), A(2), 3, base=A(2, low=0.5)), of(A(), A(2), 3, base=A(2, 1, low=0.5), axis=-1)]
SAMPLES[np.geomspace] = [
    of(A(low=0.5), A(low=0.5)), of(1, A(low=0.5), 5), of(A(low=0.5), 3.0, num=4, endpoint=False),
    of(A(3, low=0.5), A(3, low=0.5), 4),
    of(A(3, low=0.5), A(2, 1, low=0.5), 3, axis=1), of(A(1, low=0.5), A(1, low=0.5), 2), of(A(0), A(0), 3),
    of(A(low=0.5), 2.0, 1),
    of(A(high=-0.5), A(high=-0.5), 3), of(A(low=0.5), A(low=0.5), 3, True, np.float64), of(A(2, low=0.5), 2.0, 0),
]  # fmt: skip
SAMPLES[np.meshgrid] = [
    of(A(2), A(3)), of(A(2), A(3), A(4)), of(A(2), A(3), indexing="ij"), of(A(2), A(3), sparse=True),
    of(A(2), A(3), copy=False),
    of(A(), A(2)), of(A(1)), of(A(0), A(2)), of(A(2, 2), [1.0, 2.0]), of(A(3), np.arange(2)),
]  # fmt: skip
STEPS = np.array([[-1.5, 0.3, 1.2], [2.0, -0.4, 0.9]])
SAMPLES[np.piecewise] = [
    of(STEPS, [STEPS < 0, STEPS >= 0], [lambda v: v * v, np.sin]),
    of(STEPS, [STEPS < 0, STEPS > 1], [1.0, lambda v: v**3, np.exp]),
    of(STEPS[0], STEPS[0] < 0, [lambda v, k: k * v, lambda v, k: v], 2.0), of(STEPS[0], [STEPS[0] < 0], [np.sin]),
    of(STEPS[0], [STEPS[0] < 0], [lambda v, k: k * v], k=2.0), of(np.array(0.3), [True], [np.sin]),
    of(np.array(0.3), [False, True], [2, np.exp]),
    of(A(1), [[True]], [np.sin]), of(A(0), [np.zeros(0, bool)], [np.sin]),
    of(STEPS[0], [STEPS[0] < 0, STEPS[0] > 1], [A(), A()]),
]  # fmt: skip
SAMPLES[np.apply_along_axis] = [
    of(np.sum, 0, A(3, 2)), of(np.sum, 1, A(3, 2)), of(lambda row: row * row, -1, A(2, 3)),
    of(lambda row: row[:2], 0, A(3, 2)),
    of(lambda row: np.outer(row, row), 1, A(2, 3, 2)), of(np.sort, 0, A(4)), of(np.diff, 0, A(3, 2), 2),
    of(np.roll, 1, A(2, 3), shift=1),
    of(np.sum, 0, A(1)), of(np.sum, 0, A(0)),
]  # fmt: skip
SAMPLES[np.apply_over_axes] = [
    of(np.sum, A(2, 3), 0), of(np.sum, A(2, 3, 2), [0, -1]), of(np.cumsum, A(2, 3), (0, 1)), of(np.max, A(1), 0),
    of(np.sum, A(0, 2), 0),
    of(np.sum, A(), []),
]  # fmt: skip

# --- polynomials ------------------------------------------------------------------------------------------------------

SAMPLES[np.polyval] = [
    of(A(3), A()), of(A(3), A(4)), of(A(3), 2.0), of([1, 2, 3], A(2, 2)), of(A(3), [1.0, 2.0]), of([1.0, 2.0], A(2)),
    of(A(1), A(3)),
    of(A(0), A(2)), of(A(3), A(0)), of(np.poly1d([1.0, 2.0]), A(3)), of(A(3), A(1)), of([], A()),
]  # fmt: skip
SAMPLES[np.vander] = [
    of(A(3)), of(A(3), 2), of(A(3), N=4, increasing=True), of(A(1)), of(A(0)), of(A(2), 0), of(A(2), 1),
]  # fmt: skip
EIGHT = np.linspace(-1.0, 2.0, 8)
SAMPLES[np.polyfit] = [
    of(EIGHT, A(8), 2), of(EIGHT, A(8, 2), 1), of(EIGHT, A(8), 2, w=A(8, low=0.5)), of(EIGHT, A(8, 2), 1, w=A(8, low=0.5)),
    of(np.arange(6), A(6), 1, cov=True), of(EIGHT, A(8), 1, cov="unscaled"), of(EIGHT, A(8, 2), 1, cov=True),
    of(EIGHT, A(8), 1, 1e-12, True), of(A(1), A(1), 0), of(np.arange(3), A(3), 1), of(A(3), [2.0, 1.0, 4.0], 1),
]  # fmt: skip
for function in (np.polyadd, np.polysub, np.polymul):
    SAMPLES[function] = [
        of(A(3), A(2)), of(A(2), A(3)), of(A(2), A(2)), of(A(1), A(1)), of(A(2), [1, 2]), of([2.0, 1.0], A(3)),
        of(A(), A(2)), of(A(0), A(2)),
    ]  # fmt: skip
SAMPLES[np.polydiv] = [
    of(A(4), np.array([2.0, 1.0])), of(A(2), A(3, low=1.0)), of(A(3), [2.0, 1.0]), of([1.0, 2.0, 4.0], np.array([2.0, 1.0])),
    of(A(1), A(1, low=1.0)), of(A(), A(low=1.0)),
]  # fmt: skip
if hasattr(np.polynomial.polynomial.polyval2d, "_implementation"):
    SAMPLES[np.polynomial.polynomial.polyval2d] = [
        of(A(2), A(2), A(2, 3)), of(A(), A(), A(3, 2)), of(A(1), A(1), A(1, 1)), of(A(0), A(0), A(2, 2)),
        of(A(2, 3), A(2, 3), A(2, 2)), of([0.5, 2.0], A(2), A(2, 2, 2)), of(A(), A(), A(3)),
    ]  # fmt: skip
    SAMPLES[np.polynomial.polynomial.polygrid2d] = [
        of(A(2), A(3), A(2, 3)), of(A(), A(), A(3, 2)), of(A(1), A(1), A(1, 1)), of(A(0), A(2), A(2, 2)),
        of(A(2, 2), A(3), A(2, 2)), of([0.5, 2.0], A(2), A(2, 2, 2)),
    ]  # fmt: skip
if hasattr(np.polynomial.polynomial, "polyvalnd"):
    SAMPLES[np.polynomial.polynomial.polyvalnd] = [
        of([A(2), A(2)], A(2, 3)), of((A(), A()), A(3, 2)), of(A(3, 2), A(2, 1, 3)), of([A(1)], A(1)),
        of([A(0), A(0)], A(2, 2)), of([A(2, 3)], A(2)), of([[0.5, 2.0], A(2), A(2)], A(2, 2, 2, 2)), of((A(), A()), A(2)),
    ]  # fmt: skip
SAMPLES[np.polyder] = [of(A(4)), of(A(4), 2), of(A(4), m=0), of(A(1)), of(A(2), 3), of(A(0))]
SAMPLES[np.polyint] = [
    of(A(3)), of(A(3), 2), of(A(2), m=0), of(A(1)), of(A(3), 1, A()), of(A(2), 2, k=A(2)), of(A(2), 2, 0.5), of(A(0)),
]  # fmt: skip
SAMPLES[np.poly] = [of(A(3)), of(A(1)), of(A(0))]

# --- written in place -------------------------------------------------------------------------------------------------

SAMPLES[np.copyto] = [
    of(A(3), A(3)), of(A(2, 3), A(3)), of(A(2, 3), A(), where=MASK), of(A(), A()), of(A(1), 2.0), of(A(0), A()),
    of(A(2, 3), A(2, 1), casting="same_kind", where=np.zeros((2, 3), bool)), of(A(3), [3.0, 1.0, 2.0]),
    of(A(3), np.arange(3)),
]  # fmt: skip
SAMPLES[np.put] = [
    of(A(5), [0, 2], A(2)), of(A(2, 3), [5, -6, 5], A(3)), of(A(5), [0, 1, 2], A(2)), of(A(5), 1, A()),
    of(A(3), [7, -9], A(2), mode="wrap"),
    of(A(3), [7, -9], A(2), "clip"), of(A(), 0, A()), of(A(1), [0], A(1)), of(A(0), [], A(1)), of(A(3), [], A(0)),
    of(A(3), [1], 2.0),
]  # fmt: skip
SAMPLES[np.putmask] = [
    of(A(2, 3), MASK, A(2, 3)), of(A(2, 3), MASK, A(2)), of(A(3), [True, False, True], A()), of(A(), True, A()),
    of(A(1), [True], A(1)),
    of(A(0), np.zeros(0, bool), A(0)), of(A(3), np.zeros(3, bool), A(2)),
]  # fmt: skip
SAMPLES[np.place] = [
    of(A(2, 3), MASK, A(3)), of(A(2, 3), MASK, A(2)), of(A(3), [True, False, True], A(2)), of(A(1), [True], A(1)),
    of(A(), True, A(1)),
    of(A(0), np.zeros(0, bool), A(1)),
]  # fmt: skip
SAMPLES[np.put_along_axis] = [
    of(A(2, 3), np.array([[0, 2], [1, 1]]), A(2, 2), axis=1), of(A(2, 3), np.array([[1, 0, 1]]), A(), 0),
    of(A(4), np.array([0, 3]), A(2), None),
    of(A(1), np.array([0]), A(1), 0), of(A(0, 2), np.zeros((0, 1), int), A(1, 1), 1), of(A(), np.array([0]), A(1), None),
]  # fmt: skip
SAMPLES[np.fill_diagonal] = [
    of(A(3, 3), A()), of(A(2, 3), A(2)), of(A(5, 2), A(), wrap=True), of(A(2, 2, 2), A(2)), of(A(1, 1), A(1)),
    of(A(0, 0), A()),
]  # fmt: skip
for ufunc, at in [f for f in COMPOSITIONS if isinstance(f, tuple) and f[1] == "at"]:
    low, high = (-0.8, 0.8) if ufunc in (np.arcsin, np.arccos, np.arctanh, np.tan) else (1.2, 2.4)
    targets: list[tuple[tuple[int, ...], Any, tuple[int, ...]]] = [
        ((5,), [3, 1, 3], (3,)), ((2, 3), (slice(None), [0, 1]), (2, 1)), ((), (), ()), ((1,), 0, ()), ((0,), [], ()),
    ]  # fmt: skip
    for shape, index, of_values in targets:
        if ufunc.nin == 1 and ufunc not in (np.negative, np.square, np.tanh):
            index = [3, 1, 0] if index == [3, 1, 3] else index  # which would be a function of a function
        values = [A(*of_values, low=0.7)] if ufunc.nin == 2 else []
        values = [np.full(of_values, 2) if of_values else 2] if ufunc is np.ldexp else values
        SAMPLES.setdefault((ufunc, at), []).append(of(A(*shape, low=low, high=high), index, *values))

# --- networks ---------------------------------------------------------------------------------------------------------

SAMPLES[linear] = [
    of(A(4, 3), A(2, 3), A(2)), of(A(4, 3), A(2, 3), None), of(A(3), A(2, 3), bias=A(2)), of(A(2, 1, 3), A(2, 3), A(2)),
    of(A(1, 1), A(1, 1), A(1)), of(A(0, 3), A(2, 3), A(2)), of(A(2, 0), A(3, 0), A(3)), of(A(2, 3), A(0, 3), A(0)),
    of(x=A(2, 2), weight=A(1, 2)),
]  # fmt: skip
SAMPLES[standardize] = [
    of(A(5)), of(A(2, 3), eps=0.5), of(A(3, 2), 0), of(A(2, 3, 2), axis=(0, 2)), of(A(2, 1), -1), of(A(1), eps=1.0),
    of(A(0, 3)), of(A(2, 3, 2), (-2, -1), 1e-3),
]  # fmt: skip
SAMPLES[cross_entropy_of_classes] = [
    of(A(4, 3), np.array([2, 0, 2, 1])), of(A(4, 3), np.array([2, 0, 2, 1], np.uint8)), of(A(1, 1), np.array([0])),
    of(np.array([[-1000.0, 1000.0]]), np.array([0])),
]  # fmt: skip
SAMPLES[cross_entropy_of_targets] = [
    of(A(4, 3), A(4, 3)), of(A(3), A(3)), of(A(1, 1), A(1, 1)), of(A(2, 3, 2), A(2, 3, 2)), of(A(0, 3), A(0, 3)),
    of(A(2, 3), np.array([[0, 1, 0], [2, 1, 1]])), of(logits=A(2, 2), targets=A(2, 2)),
]  # fmt: skip

# The `at` of a ufunc is recorded as the same calls around that ufunc, which has samples of its own. So the slow tests, of
# graphs, formulas and source, look at four of them: a sum, a difference, a product, and one with cases.
SHOWN: list[Any] = [
    f
    for f in SAMPLES
    if not (isinstance(f, tuple) and f[1] == "at") or f[0] in {np.add, np.subtract, np.multiply, np.maximum}
]

# --- images -----------------------------------------------------------------------------------------------------------

SAMPLES[conv2d] = [
    of(A(2, 1, 3, 4), A(2, 1, 2, 2)), of(A(1, 1, 1, 1), A(1, 1, 1, 1), A(1)), of(A(0, 1, 3, 3), A(2, 1, 2, 2), A(2)),
    of(A(2, 4, 3), A(2, 1, 2, 2), None, 2, 1, 1, 2), of(A(1, 2, 5, 4), A(2, 2, 2, 2), A(2), stride=(2, 1), dilation=(3, 2)),
    of(A(1, 2, 3, 3), A(4, 1, 2, 3), bias=A(4), padding="same", groups=2),
    of(A(1, 1, 4, 4), A(1, 1, 2, 2), stride=2, padding=((0, 1), (2, 0))),
]  # fmt: skip
SAMPLES[conv_transpose2d] = [
    of(A(2, 1, 2, 3), A(1, 2, 2, 2)), of(A(1, 1, 1, 1), A(1, 1, 1, 1), A(1)), of(A(0, 1, 2, 2), A(1, 2, 2, 2), A(2)),
    of(A(2, 2, 3), A(2, 1, 2, 2), None, 2, 1, 1, 2), of(A(1, 2, 2, 2), A(2, 1, 2, 2), A(1), stride=(2, 1), dilation=(3, 2)),
    of(A(1, 2, 2, 1), A(2, 2, 2, 3), bias=A(4), padding=(1, 0), output_padding=1, groups=2, stride=2),
    of(A(1, 1, 2, 2), A(1, 1, 2, 2), output_padding=(2, 1), dilation=3),
]  # fmt: skip
SAMPLES[conv2d_weight] = [
    of(A(2, 1, 3, 4), A(2, 2, 2, 3), (2, 2)), of(A(1, 1, 1, 1), A(1, 1, 1, 1), 1), of(A(0, 1, 3, 3), A(0, 2, 2, 2), 2),
    of(A(2, 4, 3), A(2, 3, 2), (2, 2), 2, 1, 1, 2), of(A(1, 2, 5, 4), A(1, 3, 1, 2), 2, stride=(2, 1), dilation=(3, 2)),
    of(A(1, 2, 3, 3), A(1, 4, 3, 3), kernel_size=(2, 3), padding="same", groups=2),
]  # fmt: skip
SAMPLES[max_pool2d] = [
    of(A(2, 2, 4, 5), 2), of(A(1, 1, 1), 1), of(A(0, 1, 2, 2), 2), of(A(1, 5, 4), (3, 2), 1, (1, 0), (1, 2), True),
    of(A(2, 1, 5, 5), kernel_size=3, stride=(2, 3), padding=1, dilation=2, ceil_mode=True),
]  # fmt: skip
SAMPLES[avg_pool2d] = [
    of(A(2, 2, 4, 5), 2), of(A(1, 1, 1), 1), of(A(0, 1, 2, 2), 2), of(A(1, 5, 4), (3, 2), 1, (1, 0), True, False),
    of(A(2, 1, 5, 5), kernel_size=3, stride=(2, 3), padding=1, ceil_mode=True, count_include_pad=True),
    of(A(1, 4, 4), 3, padding=1, count_include_pad=False),
]  # fmt: skip
WINDOWS = [  # kernel_size, stride, padding, dilation, ceil_mode; images, and what is left of them
    ((2, None, 0, 1, False), (2, 2, 4, 5), (2, 2, 2, 2)), ((1, 1, 0, 1, True), (1, 1, 1), (1, 1, 1)),
    ((2, 1, 0, 1, False), (0, 1, 3, 3), (0, 1, 2, 2)), ((3, (1, 2), 1, (1, 2), False), (1, 1, 3, 5), (1, 1, 3, 2)),
]  # fmt: skip
NAMES = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")
for options, before, after in WINDOWS:
    by_name, pixels = dict(zip(NAMES, options)), int(np.prod(naive.two(options[0])))
    first = np.arange(pixels).reshape(pixels, 1, 1, 1, 1) % 2 == np.zeros(after, int)  # every second pixel counts
    SAMPLES.setdefault(spread, []).extend([
        of(A(*after), None, before, *options), of(A(*after), first, before, *options),
        of(A(*after), which=None, shape=before, **by_name),
    ])  # fmt: skip
    SAMPLES.setdefault(gathered, []).extend([
        of(A(*before), None, *options), of(A(*before), first, *options), of(A(*before), which=None, **by_name),
    ])  # fmt: skip
SAME_AS |= {
    conv2d: naive.conv2d, conv_transpose2d: naive.conv_transpose2d, conv2d_weight: naive.conv2d_weight,
    max_pool2d: naive.max_pool2d, avg_pool2d: naive.avg_pool2d, spread: naive.spread, gathered: naive.gathered,
}  # fmt: skip
