"""More of the table of operations: what data analysis is made of. Data with holes and their quantiles, methods of ufuncs,
arrays put together and taken apart, grids, polynomials.

PyTorch has half of these under NumPy's names; the others are written with its own functions in `engines.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy
from expressions import Builder
from operations import (
    BINARY,
    BINARY_LACKS,
    NO_FUNCTION,
    NO_KEYWORD,
    NO_PUT,
    NO_RULE,
    UNARY,
    Picked,
    as_it_is,
    difference_of_two,
    far_from_0,
    from_0,
    from_whole,
    gaps,
    mask_for,
    of_rank,
    one,
    operation,
    over_axes,
    over_one_axis,
    positive,
    two,
    with_constant,
    with_holes,
    without_keepdims,
)

# --- data with holes, quantiles ---------------------------------------------------------------------------------------


def with_nan(np: Any, x: Any, mask: Any) -> Any:
    return np.where(mask, x, np.nan)


def spread_of_rest(x: Any, mask: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """√ has a large slope near 0."""
    return numpy.nanstd(numpy.where(mask, x, numpy.nan), axis=axis) / 50


def skips_nan(names: str, distance: Any = None, pick: Any = with_holes) -> None:
    for name in names.split():
        form = lambda np, x, mask, name=name, **constants: getattr(np, name)(with_nan(np, x, mask), **constants)  # noqa: E731
        operation(name, form, pick, distance, autograd=NO_RULE)


METHODS = ["linear", "lower", "higher", "midpoint", "nearest"]


def with_q(options: Sequence[float], pick: Callable[[Builder], Picked]) -> Callable[[Builder], Picked]:
    def picked(b: Builder) -> Picked:
        args, constants = pick(b)
        return args, {**constants, "q": b.choice(options), "method": b.choice(METHODS)}

    return picked


skips_nan("nanprod nanvar")
skips_nan("nanstd", spread_of_rest)
skips_nan("nanmax nanmin nanmedian", gaps)
skips_nan("nancumsum nancumprod", pick=lambda b: without_keepdims(with_holes_of_one_axis(b)))
skips_nan("nanquantile", gaps, with_q([0.0, 0.3, 0.55, 1.0], with_holes))
skips_nan("nanpercentile", gaps, with_q([0.0, 30.0, 55.0, 100.0], with_holes))


def with_holes_of_one_axis(b: Builder) -> Picked:
    args, constants = over_axes(b, several=False)
    return args, {**constants, "mask": numpy.asarray(b.rng().random(b.shape(args[0])) < 0.6)}


for name, options in {"quantile": [0.0, 0.3, 0.55, 1.0], "percentile": [0.0, 30.0, 55.0, 100.0]}.items():
    form = lambda np, x, name=name, **constants: getattr(np, name)(x, **constants)  # noqa: E731
    operation(name, form, with_q(options, over_axes), gaps, autograd=NO_RULE)


def level(np: Any, y: Any) -> Any:
    return 0.5 + 0.4 * np.sin(y)


def from_elements(x: Any, y: Any, mask: Any) -> Any:
    """The slope in q jumps where a quantile is an element."""
    return numpy.minimum(gaps(x), from_whole((numpy.sum(mask) - 1) * level(numpy, y)))


for name in ("quantile", "percentile", "nanquantile", "nanpercentile"):

    def at_level(np: Any, x: Any, y: Any, mask: Any, name: str = name) -> Any:
        x = with_nan(np, x, mask) if name.startswith("nan") else x[mask]
        return getattr(np, name)(double(np, x), (100.0 if "percent" in name else 1.0) * level(np, double(np, y)))

    operation(f"{name} in q", at_level, lambda b: ((p := mask_for(b, True))[0] + [b.of_shape(())], {"mask": p[1]["index"]}),
              from_elements, covers=name, autograd=NO_RULE)  # fmt: skip

long_rows: Callable[[Builder], int] = lambda b: b.array(lambda shape: len(shape) == 2 and shape[-1] > 1)  # noqa: E731
operation("cov", lambda np, x, ddof: np.cov(x, ddof=ddof), lambda b: ([long_rows(b)], {"ddof": b.choice([0, 1])}),
          autograd=NO_RULE)  # fmt: skip
operation("corrcoef", lambda np, x: np.corrcoef(x), lambda b: ([b.of_shape((2, 3))], {}),
          lambda x: numpy.std(x, axis=-1) / 50, autograd=NO_RULE)  # fmt: skip
operation("bincount", lambda np, x, places: np.bincount(places, x),
          lambda b: ([i := b.array(lambda shape: len(shape) == 1)], {"places": b.rng().integers(0, 4, b.shape(i))}),
          autograd=NO_RULE)  # fmt: skip
POINTS = numpy.array([0.1, 0.5, 1.0, 2.0])
operation("histogram", lambda np, x: np.histogram(POINTS, 3, weights=x)[0], lambda b: ([b.of_shape((4,))], {}),
          torch=NO_RULE, autograd=NO_RULE)  # fmt: skip
operation("unique", lambda np, x: np.unique(x), one, gaps, jax=NO_RULE, autograd=NO_RULE)

if hasattr(numpy, "cumulative_sum"):  # NumPy 2.1
    for name in ("cumulative_sum", "cumulative_prod"):
        operation(
            name, lambda np, x, name=name, **constants: getattr(np, name)(x, **constants),
            lambda b: ((p := over_one_axis(b))[0], {**p[1], "include_initial": b.flag()}), autograd=NO_RULE,
        )  # fmt: skip

# --- methods of ufuncs ------------------------------------------------------------------------------------------------


def near_1(np: Any, x: Any) -> Any:
    return 1.0 + 0.3 * np.sin(x)


FOLDED: dict[str, tuple[Any, Any]] = {  # name: (what is done to x, so that every step is in the domain; distance)
    "add": (as_it_is, None),
    "subtract": (as_it_is, None),
    "multiply": (as_it_is, None),
    "divide": (far_from_0, None),
    "power": (near_1, None),
    "float_power": (near_1, None),
    "hypot": (positive, None),
    "arctan2": (positive, None),
    "logaddexp": (as_it_is, None),
    "logaddexp2": (as_it_is, None),
    "copysign": (as_it_is, lambda x, **_: abs(x) / 100),  # near 0, PyTorch loses digits
    "maximum": (as_it_is, gaps),
    "minimum": (as_it_is, gaps),
    "fmax": (as_it_is, gaps),
    "fmin": (as_it_is, gaps),
}


def over_axis(b: Builder) -> Picked:
    i = b.vectors()
    return [i], {"axis": b.axis(i)}


def over_pieces(b: Builder) -> Picked:
    (i,), constants = over_axis(b)
    n = b.shape(i)[constants["axis"]]
    return [i], {**constants, "indices": [b.number(0, n - 1) for _ in range(b.number(1, 3))]}


RULES_OF = {"maximum": "running_max", "minimum": "running_min"}
for name, (inside, distance) in FOLDED.items():
    for method, pick in {"reduce": over_axis, "accumulate": over_axis, "reduceat": over_pieces}.items():
        form = lambda np, x, name=name, method=method, inside=inside, **constants: getattr(np, f"{method}_of")(  # noqa: E731
            name, inside(np, x), **constants
        )
        if f"{name}.{method}" in ("add.reduce", "add.accumulate", "multiply.reduce", "multiply.accumulate",
                                  "maximum.reduce", "minimum.reduce"):  # fmt: skip
            continue  # these are in operations.py
        covers = f"{name}.{method}"
        if method == "accumulate" and name in RULES_OF:
            covers += f" {RULES_OF[name]}"
        if covers == "add.reduceat":
            covers += " sum_pieces"
        operation(f"{name}.{method}", form, pick, distance, covers=covers, autograd=NO_FUNCTION)


def some_rows(b: Builder) -> Picked:
    i = b.vectors()
    return [i], {"index": b.rng().permutation(b.shape(i)[0])[:2].tolist()}


def rows_beside(b: Builder) -> Picked:
    (i,), constants = some_rows(b)
    return [i, b.of_shape((len(constants["index"]), *b.shape(i)[1:]))], constants


def double(np: Any, x: Any) -> Any:
    return np.astype(x, "float64")


for name, (inside, distance, flat) in UNARY.items():
    if isinstance(getattr(numpy, name, None), numpy.ufunc):

        def at_rows(np: Any, x: Any, index: Any, name: str = name, inside: Any = inside, flat: bool = flat) -> Any:
            out = np.at_of(name, inside(np, x), index)
            return out * np.cos(x) if flat else out

        operation(f"{name}.at", at_rows, some_rows, distance and (lambda x, index, f=distance: f(x)), **NO_PUT)
for name, (inside, and_inside, distance, flat) in BINARY.items():

    def at_pairs(
        np: Any, x: Any, y: Any, index: Any, name: str = name, f: Any = inside, g: Any = and_inside, flat: Any = flat
    ) -> Any:
        out = np.at_of(name, f(np, double(np, x)), index, g(np, double(np, y)))
        return out * np.cos(x) if flat else out

    far = distance and (lambda x, y, index, f=distance: f(x[index], y))
    lacks = {
        peer: why if isinstance(why, str) else (why[0], lambda x, y, index, f=why[1]: f(x[index], y))
        for peer, why in BINARY_LACKS.get(name, {}).items()
    }
    operation(f"{name}.at", at_pairs, rows_beside, far, **{**lacks, **NO_PUT})


def at_equal_indices(np: Any, x: Any, y: Any, name: str) -> Any:
    return np.at_of(name, double(np, x), [0, 0, -1], double(np, y))


def three_rows_beside(b: Builder) -> Picked:
    i = b.vectors()
    return [i, b.of_shape((3, *b.shape(i)[1:]))], {}


for name in ("add", "subtract", "multiply"):
    form = lambda np, x, y, name=name: at_equal_indices(np, x, y, name)  # noqa: E731
    operation(f"{name}.at of equal indices", form, three_rows_beside, covers=f"{name}.at", **NO_PUT)

# --- complex numbers --------------------------------------------------------------------------------------------------

operation("real", lambda np, x: np.real(x), one)
operation("imag", lambda np, x: np.imag(x) + np.cos(x), one, torch="takes complex numbers only")
operation("angle", lambda np, x: np.angle(x) * np.cos(x), one, from_0)
operation("real part", lambda np, x: np.real(np.fft.fft(x)), lambda b: ([b.vectors()], {}), covers="fft.fft")
operation("imaginary part", lambda np, x: np.imag(np.fft.fft(x)) + np.cos(x), lambda b: ([b.vectors()], {}), covers="fft.fft")


def from_cut(x: Any) -> Any:
    """The angle jumps at the negative numbers, and has a large slope near 0."""
    z = numpy.fft.fft(x)[..., 1]
    return numpy.minimum(abs(z) / 50, numpy.where(z.real < 0, abs(z.imag), 1))


operation("angle of a part", lambda np, x: np.angle(np.fft.fft(x)[..., 1]),
          lambda b: ([b.array(lambda shape: len(shape) > 0 and shape[-1] > 2)], {}), from_cut,
          covers="fft.fft")  # fmt: skip

# --- arrays put together and taken apart ------------------------------------------------------------------------------


def with_place(b: Builder) -> Picked:
    i = b.array(lambda shape: len(shape) > 0 and max(shape) > 1)
    axis = b.choice([a for a, n in enumerate(b.shape(i)) if n > 1])
    return [i], {"where": b.number(0, b.shape(i)[axis] - 1), "axis": axis}


def with_inserted(b: Builder) -> Picked:
    (i,), constants = with_place(b)
    return [i, b.of_shape(tuple(n for a, n in enumerate(b.shape(i)) if a != constants["axis"]))], constants


def vectors_of_any_length(b: Builder) -> Picked:
    return [b.of_shape((b.number(1, 3),)), b.of_shape((b.number(1, 3),))], {}


operation("delete", lambda np, x, where, axis: np.delete(x, where, axis=axis), with_place, autograd=NO_RULE)
operation("insert", lambda np, x, y, where, axis: np.insert(x, where, y, axis=axis), with_inserted, autograd=NO_RULE)
operation("resize", lambda np, x, shape: np.resize(x, shape), with_constant("shape", [(4,), (2, 3), (1, 5), (2, 2, 2)]),
          autograd=NO_RULE)  # fmt: skip
operation("block", lambda np, x, y: np.block([[x, 2.0 * y], [y, x * y]]),
          lambda b: ([i := b.of_shape(b.choice([(2, 2), (1, 3)])), b.of_shape(b.shape(i))], {}))  # fmt: skip
operation("diagflat", lambda np, x, k: np.diagflat(x, k), lambda b: ([b.array(lambda s: len(s) < 2)], {"k": b.number(-1, 1)}),
          autograd=NO_RULE)  # fmt: skip
operation("full_like", lambda np, x, y: np.full_like(x, y) * x,
          lambda b: ([i := b.vectors(), b.of_shape(b.shape(i)[-1:])], {}),
          autograd="takes the value for a constant")  # fmt: skip
operation("ediff1d", lambda np, x, y: np.ediff1d(double(np, x), to_end=double(np, y)),
          lambda b: ([b.vectors(), b.vectors()], {}), autograd=NO_RULE)  # fmt: skip
operation("windows", lambda np, x, n, axis: np.windows(x, n, axis),
          lambda b: ([i := b.vectors()], {"axis": (a := b.axis(i)), "n": b.number(1, b.shape(i)[a])}),
          covers="lib.stride_tricks.sliding_window_view", jax=NO_FUNCTION, autograd=NO_FUNCTION)  # fmt: skip
operation("unwrap", lambda np, x: np.unwrap(6.0 * x), lambda b: ([b.vectors()], {}),
          lambda x: abs(abs((numpy.diff(6.0 * x) % (2 * numpy.pi)) - numpy.pi)).min(initial=1.0),
          torch=NO_FUNCTION, autograd=NO_RULE)  # fmt: skip
if hasattr(numpy, "unstack"):  # NumPy 2.1
    operation("unstack", lambda np, x, axis: sum((i + 1.0) * row for i, row in enumerate(np.unstack(x, axis=axis))),
              over_axis, autograd=NO_RULE)  # fmt: skip
if hasattr(numpy, "matvec"):  # NumPy 2.2
    operation("matvec", lambda np, x, y: np.matvec(x, y), lambda b: ([i := b.matrices(), b.of_shape(b.shape(i)[-1:])], {}),
              autograd=NO_RULE)  # fmt: skip
    operation("vecmat", lambda np, x, y: np.vecmat(y, x), lambda b: ([i := b.matrices(), b.of_shape(b.shape(i)[-2:-1])], {}),
              autograd=NO_RULE)  # fmt: skip

# --- grids ------------------------------------------------------------------------------------------------------------

operation("linspace", lambda np, x, y, n: np.linspace(x, y, n), lambda b: (two(b)[0], {"n": b.number(2, 3)}),
          autograd=("is for vectors of one length", lambda x, y, n: x.shape == y.shape and x.ndim < 2))  # fmt: skip
operation("linspace without its end", lambda np, x, y, n: np.linspace(x, y, n, endpoint=False),
          lambda b: (two(b)[0], {"n": b.number(2, 3)}), covers="linspace", autograd=NO_KEYWORD)  # fmt: skip
operation("logspace", lambda np, x, y, n: np.logspace(0.2 * x, 0.2 * y, n), lambda b: (two(b)[0], {"n": b.number(2, 3)}),
          autograd=NO_RULE)  # fmt: skip
operation("geomspace", lambda np, x, y, n: np.geomspace(positive(np, x), positive(np, y), n),
          lambda b: (two(b)[0], {"n": b.number(2, 3)}), autograd=NO_RULE)  # fmt: skip
operation("meshgrid", lambda np, x, y, indexing: difference_of_two(np.meshgrid(x, y, indexing=indexing)),
          lambda b: (vectors_of_any_length(b)[0], {"indexing": b.choice(["xy", "ij"])}), autograd=NO_RULE)  # fmt: skip

# --- polynomials ------------------------------------------------------------------------------------------------------

operation("polyval", lambda np, x, y: np.polyval(x, y), lambda b: ([b.of_shape((b.number(1, 3),)), b.array()], {}),
          autograd=NO_RULE)  # fmt: skip
for name in ("polyadd", "polysub", "polymul"):
    operation(name, lambda np, x, y, name=name: getattr(np, name)(x, y), vectors_of_any_length, autograd=NO_RULE)
for name in ("polyder", "polyint"):
    operation(name, lambda np, x, name=name: getattr(np, name)(x), lambda b: ([b.of_shape((b.number(2, 4),))], {}),
              autograd=NO_RULE)  # fmt: skip
operation("poly", lambda np, x: np.poly(x), of_rank(1), autograd=NO_RULE)
operation("vander", lambda np, x, n, increasing: np.vander(x, n, increasing),
          lambda b: (of_rank(1)(b)[0], {"n": b.number(2, 3), "increasing": b.flag()}), autograd=NO_RULE)  # fmt: skip
operation("polyfit", lambda np, y, x, degree: np.polyfit(x, double(np, y), degree),
          lambda b: ([b.of_shape(b.choice([(4,), (4, 2)]))],
                     {"x": numpy.array([-1.0, -0.25, 0.5, 1.5]), "degree": b.number(0, 2)}), autograd=NO_RULE)  # fmt: skip
