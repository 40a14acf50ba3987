"""Every rule against finite differences, and every function against NumPy's own.

What is tested is discovered: all of `RULES` and `COMPOSITIONS`. What it is tested with stands in `rule_samples.py`; a
function without samples, or with samples that leave out an argument, a keyword or a kind of array, fails here.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import math
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pytest
from helpers import (
    REGISTERED,
    agree,
    all_hold,
    arrays_of,
    data,
    describe,
    eight_at_a_time,
    few,
    gradients_of,
    is_float,
    is_typical,
    of_arrays,
    plain,
    pulled_back,
    registered,
    results_and_gradients,
    results_of,
    telling,
    together,
)
from rule_samples import NUMPY_2, NUMPY_2_1, NUMPY_2_2, SAMPLES, Call, no_samples, trapezoid

from tinygrad_lite import Tensor, autograd, gradients, log_softmax, memory, relu, sigmoid, softmax, softplus
from tinygrad_lite.autograd import RULES
from tinygrad_lite.messages import name_of
from tinygrad_lite.protocols.compositions import COMPOSITIONS
from tinygrad_lite.protocols.primitives import put
from tinygrad_lite.protocols.writing import changes_in_place
from tinygrad_lite.rules.decompositions import (
    cofactors,
    held,
    log_abs_det,
    lower_cholesky,
    packed_eig,
    packed_eigh,
    packed_qr,
    packed_svd,
    singular_values,
)
from tinygrad_lite.rules.fft import dft
from tinygrad_lite.rules.linalg import contract
from tinygrad_lite.rules.nets.convolution import conv2d, conv2d_weight, conv_transpose2d
from tinygrad_lite.rules.nets.entropy import cross_entropy_of_classes, cross_entropy_of_targets
from tinygrad_lite.rules.nets.linear import linear
from tinygrad_lite.rules.nets.normalization import standardize
from tinygrad_lite.rules.nets.pooling import avg_pool2d, gathered, max_pool2d, spread
from tinygrad_lite.rules.reductions import euclidean_norm, logsumexp
from tinygrad_lite.rules.running import running_max, running_min, sum_pieces
from tinygrad_lite.rules.sparse import sparse_product
from tinygrad_lite.testing import check_gradients


def without_samples(functions: list[Any]) -> list[Any]:
    return [f for f in functions if not SAMPLES.get(f)]


BROADCASTS = [f for f in REGISTERED if f in RULES and RULES[f].broadcasts]

# --- are there samples, and are they enough? --------------------------------------------------------------------------


def test_every_function_has_samples() -> None:
    assert without_samples(REGISTERED) == [], no_samples(without_samples(REGISTERED))


def test_samples_are_for_functions_that_exist() -> None:
    without = [name_of(f) for f in SAMPLES if f not in REGISTERED]
    assert without == [], f"{without} have samples in tests/rule_samples.py, but neither a rule nor a composition."


def test_a_new_rule_without_samples_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(registered())
    monkeypatch.setitem(RULES, np.spacing, RULES[np.sin])
    monkeypatch.setitem(COMPOSITIONS, (np.gcd, "reduce"), COMPOSITIONS[np.add, "reduce"])
    new = without_samples([f for f in registered() if f not in before])
    assert [name_of(f) for f in new] == ["np.spacing", "np.gcd.reduce"]
    with pytest.raises(AssertionError, match=r"rule_samples.py[\s\S]*SAMPLES\[np\.spacing\] = "):
        SAMPLES[np.spacing]


def test_samples_name_every_parameter() -> None:
    """Each argument and keyword that a function accepts is in at least one sample."""
    found = {name_of(f): not_in_samples(f) for f in REGISTERED}
    left_out = {name: missing for name, missing in found.items() if missing}
    assert left_out == {}, (
        f"No sample gives these arguments: {left_out}. Add samples to tests/rule_samples.py; or, if a rule need not "
        "understand an argument, take it out of the rule."
    )


def not_in_samples(function: Any) -> set[str]:
    given: set[str] = set()
    if function in RULES:
        rule = RULES[function]
        wanted = set(rule.parameters) & rule.understood
        for call in SAMPLES[function]:
            given |= set(call.keywords) | set(rule.parameters[: len(call.args)])
    else:
        signature = inspect.signature(COMPOSITIONS[function])
        wanted = {p.name for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD}
        for call in SAMPLES[function]:
            given |= set(signature.bind(*call.args, **call.keywords).arguments)
    return wanted - given - WITHOUT_EFFECT - REFUSED.get(function, set())


WITHOUT_EFFECT = {"out", "subok", "overwrite_input", "order"}  # `order` of a sort names fields, which floats do not have
REFUSED: dict[Any, set[str]] = {np.corrcoef: {"bias", "ddof"}}  # which do nothing, and NumPy warns
if not NUMPY_2_1:
    REFUSED |= {np.clip: {"min", "max"}, np.sort: {"stable"}}
if not NUMPY_2_2:
    REFUSED |= {np.trim_zeros: {"axis"}}
if not NUMPY_2:  # which does not have these options
    REFUSED |= {np.linalg.cholesky: {"upper"}, np.linspace: {"device"}}
    REFUSED |= {f: {"correction", "mean"} for f in (np.var, np.std, np.nanvar, np.nanstd)}
    REFUSED |= {f: {"weights"} for f in (np.quantile, np.percentile, np.nanquantile, np.nanpercentile)}


NORMS = {np.linalg.norm, getattr(np.linalg, "vector_norm", None)}
PRODUCTS = {getattr(np.linalg, name, None) for name in ("tensordot", "outer", "cross")}
MATRICES = {f for f in REGISTERED if name_of(f).startswith("np.linalg")} - NORMS - PRODUCTS
NEW = {getattr(np, "matrix_transpose", None), getattr(np, "vecdot", None)}
HISTOGRAMS = {np.histogram, np.histogram2d, np.histogramdd}
POLYNOMIALS = {np.polyadd, np.polysub, np.polydiv, np.polymul, np.polyder, np.polyint}
NEW_PRODUCTS = {getattr(np, name, None) for name in ("matvec", "vecmat", "unstack")}
TRANSFORMS = {f for f in REGISTERED if name_of(f).startswith("np.fft")}
IMAGES = {conv2d, conv_transpose2d, conv2d_weight, max_pool2d, avg_pool2d, spread, gathered}
NETS = {linear, standardize, cross_entropy_of_classes, cross_entropy_of_targets}
MATRICES |= {cofactors, held, log_abs_det, lower_cholesky, packed_eig, packed_eigh, packed_qr, packed_svd, singular_values}
PIECES = {f for f in REGISTERED if isinstance(f, tuple) and f[1] in ("accumulate", "reduceat")}
CANNOT_TAKE: dict[str, set[Any]] = {  # NumPy's own function raises for these, or is about vectors
    "0-d": {
        np.array_split, np.split, np.vsplit, np.hsplit, np.dsplit, np.fliplr, np.flipud, np.rot90, np.rollaxis, np.swapaxes,
        np.tril, np.triu, np.diagonal, np.trace, np.diag, np.convolve, np.correlate, np.matmul, np.cross, softmax,
        log_softmax, running_max, running_min, sum_pieces, np.bincount, *HISTOGRAMS, np.corrcoef, *PIECES, *MATRICES,
        *TRANSFORMS, *NEW, *NEW_PRODUCTS, dft, np.unwrap, np.vander, np.poly, np.polyder, np.polyfit, np.apply_along_axis,
        sparse_product, *NETS, *IMAGES, *(PRODUCTS - {getattr(np.linalg, "tensordot", None)}),
    },
    "size 1": {np.cross, getattr(np.linalg, "cross", None), np.gradient, dft, np.linalg.cond, np.corrcoef},
    "empty": {np.convolve, np.correlate, np.polyfit, np.linalg.cond, np.linalg.tensorinv, np.corrcoef, np.polydiv,
              cross_entropy_of_classes},
    "matrix": {getattr(np.linalg, "outer", None), np.convolve, np.correlate, np.vander, np.poly, np.bincount, *POLYNOMIALS,
               np.histogram2d, np.histogramdd},
}  # fmt: skip


if not NUMPY_2_2:  # before, it is for vectors
    for kind in ("0-d", "matrix"):
        CANNOT_TAKE[kind].add(np.trim_zeros)


def test_samples_have_every_kind_of_array() -> None:
    """A single number, one element, no element, and (unless it is about vectors) a matrix."""
    found = {name_of(f): kinds_not_in_samples(f) for f in REGISTERED}
    expected = {name_of(f): [kind for kind, functions in CANNOT_TAKE.items() if f in functions] for f in REGISTERED}
    others = {name: (kinds, expected[name]) for name, kinds in found.items() if kinds != expected[name]}
    assert others == {}, (
        f"The kinds of arrays that samples do not have, and those in CANNOT_TAKE: {others}. Add samples to "
        "tests/rule_samples.py; or, if NumPy's own function takes no such array, an entry to CANNOT_TAKE in this file."
    )


def kinds_not_in_samples(function: Any) -> list[str]:
    shapes = [a.shape for call in SAMPLES[function] for a in arrays_of(call)]
    kinds = {
        "0-d": any(shape == () for shape in shapes),
        "size 1": any(shape and np.prod(shape) == 1 for shape in shapes),
        "empty": any(0 in shape for shape in shapes),
        "matrix": any(len(shape) >= 2 for shape in shapes),
    }
    return [kind for kind, there in kinds.items() if not there]


@together
@pytest.mark.parametrize("function", [f for f in BROADCASTS if len(RULES[f].vjps) > 1], ids=name_of)
def test_samples_stretch_every_argument(function: Any) -> None:
    """Where arguments are stretched to one shape, each of them is, in one sample or another."""
    stretched = set()
    for call in SAMPLES[function]:
        shape = np.shape(plain(function)(*call.args, **call.keywords))
        stretched |= {RULES[function].arguments[i] for i, a in enumerate(call.args) if is_float(a) and a.shape != shape}
    assert stretched == set(RULES[function].vjps), (
        f"In the samples of {name_of(function)}, broadcasting stretches {stretched or 'no argument'}. Add to "
        "tests/rule_samples.py one for each argument, such as of(A(3), A(2, 3)) and of(A(2, 3), A(3))."
    )


# --- each function ----------------------------------------------------------------------------------------------------


@eight_at_a_time(REGISTERED)
def test_each_function(function: Any, exhaustive: bool) -> None:
    """Values with all samples. Derivatives with those in which something occurs that is in no other, and what does not depend
    on the function with few; with `--exhaustive`, these with all of them, too.
    """
    samples = SAMPLES[function]
    chosen = {
        check_values_are_numpys: samples,
        check_differences: samples if exhaustive else telling(samples),
        check_gradients_in_other_ways: few(samples),
        check_constants_of_a_small_dtype_have_numpys_values: samples if exhaustive else few(samples),
        check_gradients_beside_a_small_dtype: samples if exhaustive else few(samples),
        check_many_elements: samples if exhaustive else few(samples),
    }
    all_hold({check.__name__: functools.partial(check, function, calls) for check, calls in chosen.items()})


# --- values -----------------------------------------------------------------------------------------------------------

ROUNDS_DIFFERENTLY: set[Any] = {  # sums in another order, or another formula that is stable
    np.power, sigmoid, softplus, logsumexp, softmax, log_softmax, contract, euclidean_norm, np.dot, np.inner,
    np.tensordot, np.vdot, np.correlate, dft, np.gradient, np.interp, np.unwrap, np.polyfit, np.cov,
    np.corrcoef, *HISTOGRAMS, (np.add, "at"), (np.subtract, "at"), *NETS, *NORMS, *NEW, *MATRICES, *PRODUCTS, *TRANSFORMS,
    *IMAGES,
}  # fmt: skip
ROUNDS_DIFFERENTLY |= {f for f in REGISTERED if name_of(f) in ("polygamma", "normal_hazard")}  # there if SciPy is


def check_values_are_numpys(function: Any, calls: list[Call]) -> None:
    """Same values, shapes, dtypes and containers as NumPy's own function gives for the plain arrays."""
    rtol, atol = (1e-13, 1e-14) if function in ROUNDS_DIFFERENTLY else (0.0, 0.0)
    for call in calls:
        arrays, text = arrays_of(call), describe(call)
        expected = of_arrays(plain(function), call)(*arrays)
        got = of_arrays(function, call)(*map(Tensor, arrays))
        assert isinstance(got, (list, tuple)) == isinstance(expected, (list, tuple)), text
        if isinstance(expected, (list, tuple)):
            assert type(got) is type(expected), text
            assert len(got) == len(expected), text
        for ours, numpys in zip(results_of(got), results_of(expected)):
            assert np.shape(data(ours)) == np.shape(numpys), text
            assert np.asarray(data(ours)).dtype == np.asarray(numpys).dtype, text
            agree(data(ours), numpys, rtol, atol, text)


# --- gradients --------------------------------------------------------------------------------------------------------


def check_differences(function: Any, calls: list[Call]) -> None:
    """To second order, by finite differences; and every vjp must have run, on arrays and (for that order) on Tensors."""
    ran: set[str] = set()
    with pytest.MonkeyPatch.context() as patch:
        if function in RULES:
            rule = RULES[function]
            names = list(rule.arguments) * (10 if rule.variadic else 1)
            for kind in ("on_arrays", "on_tensors"):
                patch.setattr(rule, kind, Counting(getattr(rule, kind), [f"{name} {kind}" for name in names], ran))
        for call in calls:
            line = Line(function, call)
            if not line.has_the_slopes_of_its_differences():
                for f in line.sums():
                    check_gradients(f, 0.0, limit=0)  # which tries finer differences, and reports what is wrong
    if function in RULES:
        assert {f"{name} {kind}" for name in rule.vjps for kind in ("on_arrays", "on_tensors")} - ran == set()


class Line:
    """The results of a call, and its gradients, each summed with random weights, along a line. With one number t all arrays
    move, and the gradient that flows in, each element at a random speed: what is wrong in one shows in the sum.
    """

    def __init__(self, function: Any, call: Call) -> None:
        self.f, self.arrays = of_arrays(function, call), arrays_of(call)
        results = results_of(self.f(*self.arrays))
        drawn = iter(random([np.shape(a) for a in (*self.arrays, *self.arrays, *results, *results)]))
        self.speeds = [next(drawn) * np.where(np.isfinite(a), np.maximum(np.abs(a), 1), 1) for a in self.arrays]
        self.parts = [next(drawn) for _ in self.arrays]
        self.weights, self.theirs = ([next(drawn) for _ in results] for _ in range(2))
        single = any(getattr(y, "dtype", None) == np.float32 for y in results)
        self.coarsest = np.float32 if single else np.float64

    def has_the_slopes_of_its_differences(self) -> bool:
        """Whether autograd and a central difference agree at 0, in the value and in the gradient; and whether the gradient
        is the same on Tensors, with which it is computed at 0, and on arrays. What is wrong by a thousandth is far from that.
        """
        xs, weights = [Tensor(a) for a in self.arrays], [Tensor(w) for w in self.weights]
        results = results_of(self.f(*xs))
        gs = pulled_back(results, weights, xs, create_graph=True)
        seconds = pulled_back(gs, self.parts, [*xs, *weights])
        value, value_slope = in_all(self.weights, map(data, results)), in_all(self.speeds, map(data, gs))
        gradient, gradient_slope = in_all(self.parts, map(data, gs)), in_all([*self.speeds, *self.theirs], seconds)
        h = 1e-5
        (value_ahead, ahead), (value_behind, behind) = self.at(h), self.at(-h)
        return (
            near(value_slope, (value_ahead - value_behind) / (2 * h), value)
            and near(gradient_slope, (ahead - behind) / (2 * h), gradient)
            and near((ahead + behind) / 2, gradient, gradient)
        )

    def at(self, t: float) -> tuple[Any, Any]:
        """The weighted sums of the results and of the gradients, the latter computed on arrays."""
        xs = [Tensor(a + t * speed) for a, speed in zip(self.arrays, self.speeds)]
        results = results_of(self.f(*xs))
        gs = pulled_back(results, [w + t * speed for w, speed in zip(self.weights, self.theirs)], xs)
        return in_all(self.weights, map(data, results)), in_all(self.parts, gs)

    def sums(self) -> Iterator[Callable[[Any], Any]]:
        """The same two sums as functions of t that autograd can differentiate."""

        def value(t: Any) -> Any:
            results = results_of(self.f(*(a + t * speed for a, speed in zip(self.arrays, self.speeds))))
            return in_all(self.weights, results).astype(self.coarsest)

        def gradient(t: Any) -> Any:
            xs = [a + t * speed for a, speed in zip(self.arrays, self.speeds)]
            xs = xs if t.requires_grad else [Tensor(x.data) for x in xs]
            total = in_all([w + t * speed for w, speed in zip(self.weights, self.theirs)], results_of(self.f(*xs)))
            if not (isinstance(total, Tensor) and total.requires_grad):
                return t * 0.0
            slope = in_all(self.parts, gradients(total, xs, create_graph=t.requires_grad))
            return (slope + 1.0).astype(self.coarsest)  # what rounding leaves of a slope of 0 is small beside the 1

        for f, name in ((value, self.f.__name__), (gradient, f"the gradient of {self.f.__name__}")):
            f.__name__ = name
            yield f


def random(shapes: list[tuple[int, ...]]) -> list[Any]:
    """For each shape an array of numbers of size 0.5 to 1."""
    sizes = [math.prod(shape) for shape in shapes]
    drawn = np.random.default_rng(0).uniform(-0.5, 0.5, sum(sizes))
    drawn += np.copysign(0.5, drawn)
    ends = itertools.accumulate(sizes)
    return [drawn[end - size : end].reshape(shape) for end, size, shape in zip(ends, sizes, shapes)]


def in_all(weights: Iterable[Any], values: Iterable[Any]) -> Any:
    """A weighted sum of all numbers in several arrays; None stands for zeros."""
    return sum((np.sum(weight * value) for weight, value in zip(weights, values) if value is not None), np.float64(0.0))


def near(claim: Any, slope: Any, value: Any) -> bool:
    """Whether a claim agrees with a difference of values."""
    return bool(abs(claim - slope) <= 1e-8 * abs(slope) + 1e-9 * (1 + abs(value)))


NOT_ASKED = {np.pad, np.piecewise, np.polyint}  # NumPy asks the first argument only what the function is


class Counting:
    """The vjps of a rule in the order of its arguments, each of which leaves its name in `ran` when it runs."""

    def __init__(self, vjps: Any, names: list[str], ran: set[str]) -> None:
        self.vjps, self.names, self.ran = vjps, names, ran

    def __iter__(self) -> Iterator[Any]:
        for vjp, name in zip(self.vjps, self.names):
            yield lambda *args, vjp=vjp, name=name: self.ran.add(name) or vjp(*args)


def check_gradients_in_other_ways(function: Any, calls: list[Call]) -> None:
    """What a gradient does not depend on: which arguments want one, how arrays lie in memory, where memory is taken from;
    and its precision, which is that of the arguments. These are numbers that float32 has, too.
    """
    for call in calls:
        arrays = [a.astype(np.float32).astype(np.float64) for a in arrays_of(call)]
        expected = gradients_of(function, call, arrays)
        check_each_argument_alone(function, call, arrays, expected)
        check_strided_and_read_only_arrays(function, call, arrays, expected)
        check_memory_from_the_stock(function, call, arrays, expected)
        check_float32(function, call, arrays, expected)


def check_each_argument_alone(function: Any, call: Call, arrays: list[Any], together: list[Any]) -> None:
    """With the other arguments as plain arrays, the gradient of one is what it is when all are Tensors."""
    for i in range(len(arrays) if len(arrays) > 1 else 0):
        if function is np.select and i == len(arrays) - 1 and is_float(call.args[-1]):
            continue  # a Tensor that is only the default is never seen: NumPy does not ask it
        if (function in NOT_ASKED or function is np.full_like) and i > 0:
            continue
        if changes_in_place(function) and i > 0:
            with pytest.raises(TypeError, match="into a plain array"):
                gradients_of(function, call, arrays, [i])
            continue
        [alone] = gradients_of(function, call, arrays, [i])
        agree(alone, together[i], text=f"{describe(call)}, array {i}")


def check_strided_and_read_only_arrays(function: Any, call: Call, arrays: list[Any], expected: list[Any]) -> None:
    """How an array lies in memory makes no difference, and nothing is written into it."""
    for ours, other in zip(gradients_of(function, call, list(map(every_other_element, arrays))), expected):
        agree(ours, other, 1e-12, 1e-12, describe(call))


def every_other_element(a: np.ndarray) -> np.ndarray:
    """The same numbers, read-only, in a transposed view with gaps."""
    view = np.full([2 * n for n in reversed(a.shape)], np.nan)[(slice(None, None, 2),) * a.ndim + (...,)].T
    view[...] = a
    view.flags.writeable = False
    return view


def check_memory_from_the_stock(function: Any, call: Call, arrays: list[Any], expected: list[Any]) -> None:
    """Large arrays take their memory from a stock. With every array counted as large, the numbers are the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(autograd, "LARGE", 1)
        patch.setattr(memory, "LARGE", 1)
        for ours, other in zip(gradients_of(function, call, arrays), expected):
            assert isinstance(ours, np.ndarray | np.generic), describe(call)
            assert ours.shape == other.shape, describe(call)
            agree(ours, other, text=describe(call))


# Before version 2, NumPy makes float64 of these; here they are as precise as their arguments.
STAYS_FLOAT32: set[Any] = set()
if not NUMPY_2:
    STAYS_FLOAT32 |= TRANSFORMS | set(IMAGES)
    STAYS_FLOAT32 |= {
        np.dot,
        np.modf,
        np.logspace,
        np.polyval,
    }  # whether a number is of float32 or more, depends on its value


def check_float32(function: Any, call: Call, arrays: list[Any], exact: list[Any]) -> None:
    """float32 in, float32 gradient out; and float32 results wherever NumPy gives them."""
    arrays = [a.astype(np.float32) for a in arrays]
    expected = results_of(of_arrays(plain(function), call)(*arrays))
    got, found = results_and_gradients(function, call, arrays)
    if function not in STAYS_FLOAT32:
        assert [np.asarray(data(y)).dtype for y in got] == [np.asarray(y).dtype for y in expected], describe(call)
    for ours, true in zip(found, exact):
        assert ours.dtype == np.float32, describe(call)
        agree(ours, true, 1e-4, 1e-5, describe(call))


# --- whole numbers beside Tensors -------------------------------------------------------------------------------------


def of_whole_numbers(arrays: list[Any], dtype: Any) -> list[Any]:
    """Numbers that fit into a small dtype; most differences, products and negative values of them do not."""
    return [np.abs(np.rint(a * 60)).astype(dtype) for a in arrays]


ONLY_HERE = {sigmoid, softplus, softmax, log_softmax, logsumexp, *(NETS - {linear}), *IMAGES}
WRITES = {put, np.put, np.put_along_axis, np.fill_diagonal, np.piecewise, np.insert, np.ediff1d}
WRITES |= {f for f in REGISTERED if changes_in_place(f)}


def check_constants_of_a_small_dtype_have_numpys_values(function: Any, calls: list[Call]) -> None:
    """What is computed from whole numbers is computed in the dtype that NumPy computes it in, and does not wrap around."""
    if function in WRITES or isinstance(function, tuple):
        return  # NumPy rounds what it writes into whole numbers, and so it does with an initial value
    if function in {*TRANSFORMS, dft} or name_of(function) in ("polygamma", "normal_hazard"):
        return  # the results are complex; or what it is compared with overflows
    warnings.simplefilter("ignore", RuntimeWarning)
    for call in calls:
        for dtype in (np.uint8, np.int8):
            arrays = of_whole_numbers(arrays_of(call), dtype)
            try:  # what only we have is compared with a formula for floats
                expected = of_arrays(plain(function), call)(
                    *(a.astype(float) if function in ONLY_HERE else a for a in arrays)
                )
            except (TypeError, ValueError, ArithmeticError):
                continue
            got = of_arrays(function, call)(*(Tensor(a, requires_grad=False) for a in arrays))
            for ours, numpys in zip(results_of(got), results_of(expected)):
                rtol = 1e-2 if np.float16 in (getattr(y, "dtype", None) for y in (ours, numpys)) else 1e-5
                rounding = 1e-12 * np.max(np.abs(numpys), initial=0.0, where=np.isfinite(numpys))  # of an element that is 0
                agree(data(ours), numpys, rtol, rounding, f"{describe(call)}, {dtype.__name__}")


def check_gradients_beside_a_small_dtype(function: Any, calls: list[Call]) -> None:
    """The gradient of one argument is the same whether the others are small whole numbers or the same numbers as floats."""
    if function in WRITES or function in {trapezoid, np.linalg.multi_dot}:
        return  # NumPy's own value wraps around, or is rounded
    warnings.simplefilter("ignore", RuntimeWarning)
    for call in calls:
        arrays = arrays_of(call)
        whole = of_whole_numbers(arrays, np.uint8)
        for i in range(len(arrays) if len(arrays) > 1 else 0):
            if function is np.select or ((function in NOT_ASKED or function is np.full_like) and i > 0):
                continue
            mixed = [a if k == i else b for k, (a, b) in enumerate(zip(arrays, whole))]
            try:
                [expected] = gradients_of(function, call, [np.asarray(a, float) for a in mixed], [i])
            except (TypeError, ValueError, ArithmeticError):
                continue
            [got] = gradients_of(function, call, mixed, [i])
            agree(got, expected, 1e-6, text=f"{describe(call)}, array {i}")


# --- large arrays -----------------------------------------------------------------------------------------------------


def check_many_elements(function: Any, calls: list[Call]) -> None:
    """18,000 elements, for which some rules have a faster way: each has the gradient it has among 6. SciPy's functions, which
    are slow, have none, but for the first of each file; of them it is a dozen.
    """
    if function not in {*BROADCASTS, relu, sigmoid, softplus, np.sinc}:
        return
    weights = np.random.default_rng(1).uniform(1, 2, (2, 3))
    for call in [c for c in calls if any(a.shape == (2, 3) for a in arrays_of(c))][:2]:
        few = [Tensor(a) for a in arrays_of(call)]
        many = [Tensor(np.tile(a.data, (3000 if is_typical(function) else 2, 1, 1))) for a in few]
        f = of_arrays(function, call)
        expected, got = (gradients(np.sum(f(*x) * weights), x) for x in (few, many))
        for one, all_of_them in zip(expected, got):
            np.testing.assert_allclose(*np.broadcast_arrays(all_of_them, one), rtol=1e-13, err_msg=describe(call))
