"""Every rule against finite differences, and every function against NumPy's own.

What is tested is discovered: all of `RULES` and `COMPOSITIONS`. What it is tested with stands in `rule_samples.py`; a
function without samples, or with samples that leave out an argument, a keyword or a kind of array, fails here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from rule_samples import NUMPY_2, NUMPY_2_1, NUMPY_2_2, SAME_AS, SAMPLES, SHOWN, Call, program_of

from tinygrad_lite import Tensor, autograd, gradients, log_softmax, memory, relu, sigmoid, softmax, softplus
from tinygrad_lite.autograd import RULES
from tinygrad_lite.messages import name_of
from tinygrad_lite.protocols.compositions import COMPOSITIONS
from tinygrad_lite.protocols.writing import changes_in_place
from tinygrad_lite.rules.decompositions import (
    cofactors,
    log_abs_det,
    lower_cholesky,
    packed_eig,
    packed_eigh,
    packed_qr,
    packed_svd,
)
from tinygrad_lite.rules.fft import dft
from tinygrad_lite.rules.linalg import contract
from tinygrad_lite.rules.reductions import euclidean_norm, logsumexp
from tinygrad_lite.rules.running import running_max, running_min, sum_pieces
from tinygrad_lite.rules.sparse import sparse_product
from tinygrad_lite.testing import check_gradients


def registered() -> list[Any]:
    """Every function that has a derivative, but not what the tests have registered for their own purposes."""
    return [f for f in {**RULES, **COMPOSITIONS} if not getattr(f, "__module__", "").startswith("test")]


def without_samples(functions: list[Any]) -> list[str]:
    return [name_of(f) for f in functions if not SAMPLES.get(f)]


REGISTERED = registered()
BROADCASTS = [f for f in REGISTERED if f in RULES and RULES[f].broadcasts]
every_function = pytest.mark.parametrize("function", REGISTERED, ids=name_of)
every_shown_function = pytest.mark.parametrize("function", SHOWN, ids=name_of)

# --- calling a function with the arrays of a sample, or with others in their place --------------------------------------


def is_float(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def arrays_in(value: Any) -> list[np.ndarray]:
    """The arrays to differentiate in the arguments of a call, wherever they are."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [a for part in value for a in arrays_in(part)]
    return [value] if is_float(value) else []


def filled(value: Any, new: list[Any]) -> Any:
    """The same arguments with the arrays replaced, in the order of `arrays_in`. Takes from `new` what it uses."""
    if isinstance(value, dict):
        return {key: filled(part, new) for key, part in value.items()}
    if type(value) in (list, tuple):
        return type(value)([filled(part, new) for part in value])
    return new.pop(0) if is_float(value) else value


def plain(function: Any) -> Callable[..., Any]:
    """What NumPy itself would compute."""
    function = SAME_AS.get(function, function)
    return getattr(*function) if isinstance(function, tuple) else function


def of_arrays(function: Any, call: Call) -> Callable[..., Any]:
    """The call as a function of its arrays alone."""
    called = program_of(function)

    def f(*arrays: Any) -> Any:
        new = list(arrays)
        args = filled(call.args, new)
        result = called(*args, **filled(call.keywords, new))
        is_complex = getattr(result, "dtype", np.dtype(float)).kind == "c"
        return [result.real, result.imag] if is_complex else result

    f.__name__ = f"{name_of(function)}({describe(call)})"
    return f


def describe(call: Call) -> str:
    """A call in a message: shapes for arrays."""

    def text(value: Any) -> str:
        if type(value) in (list, tuple):
            return f"[{', '.join(map(text, value))}]"
        return f"{value.dtype.name}{value.shape}" if isinstance(value, np.ndarray) else repr(value)

    return ", ".join([*map(text, call.args), *(f"{k}={text(v)}" for k, v in call.keywords.items())])


def results_of(result: Any) -> list[Any]:
    return list(result) if isinstance(result, (list, tuple)) else [result]


def data(result: Any) -> Any:
    return result.data if isinstance(result, Tensor) else result


def with_gradients(function: Any) -> list[Call]:
    """The samples in which the result depends on an array: of no elements, or of a step, it may not."""

    def depends(call: Call) -> bool:
        arrays = map(Tensor, arrays_in([*call.args, call.keywords]))
        return any(isinstance(y, Tensor) and y.requires_grad for y in results_of(of_arrays(function, call)(*arrays)))

    calls = [call for call in SAMPLES[function] if depends(call)]
    assert calls, f"no sample of {name_of(function)} has a gradient, so nothing of it would be tested"
    return calls


def gradients_of(function: Any, call: Call, arrays: list[Any], tracked: list[int] | None = None) -> list[Any]:
    """The gradients of the results' weighted sum: for the arrays as they are, all of them or some."""
    tracked = list(range(len(arrays))) if tracked is None else tracked
    inputs = [Tensor(a) if i in tracked else a for i, a in enumerate(arrays)]
    leaves = [inputs[i] for i in tracked]
    results, rng = results_of(of_arrays(function, call)(*inputs)), np.random.default_rng(1)
    weighted = [np.sum(rng.uniform(1, 2, np.shape(y)) * y) for y in results]
    tensors = [y for y in weighted if isinstance(y, Tensor) and y.requires_grad]
    return gradients(sum(tensors), leaves) if tensors else [np.zeros_like(leaf.data) for leaf in leaves]


# --- are there samples, and are they enough? --------------------------------------------------------------------------


def test_every_function_has_samples() -> None:
    assert without_samples(REGISTERED) == []


def test_samples_are_for_functions_that_exist() -> None:
    assert [name_of(f) for f in SAMPLES if f not in REGISTERED] == []


def test_a_new_rule_without_samples_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(registered())
    monkeypatch.setitem(RULES, np.spacing, RULES[np.sin])
    monkeypatch.setitem(COMPOSITIONS, (np.gcd, "reduce"), COMPOSITIONS[np.add, "reduce"])
    assert without_samples([f for f in registered() if f not in before]) == ["np.spacing", "np.gcd.reduce"]


@every_function
def test_samples_name_every_parameter(function: Any) -> None:
    """Each argument and keyword that a function accepts is in at least one sample."""
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
    assert wanted - given - WITHOUT_EFFECT - REFUSED.get(function, set()) == set()


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
MATRICES |= {cofactors, log_abs_det, lower_cholesky, packed_eig, packed_eigh, packed_qr, packed_svd}
PIECES = {f for f in REGISTERED if isinstance(f, tuple) and f[1] in ("accumulate", "reduceat")}
CANNOT_TAKE: dict[str, set[Any]] = {  # NumPy's own function raises for these, or is about vectors
    "0-d": {
        np.array_split, np.split, np.vsplit, np.hsplit, np.dsplit, np.fliplr, np.flipud, np.rot90, np.rollaxis, np.swapaxes,
        np.tril, np.triu, np.diagonal, np.trace, np.diag, np.convolve, np.correlate, np.matmul, np.cross, softmax,
        log_softmax, running_max, running_min, sum_pieces, np.bincount, *HISTOGRAMS, np.corrcoef, *PIECES, *MATRICES,
        *TRANSFORMS, *NEW, *NEW_PRODUCTS, dft, np.unwrap, np.vander, np.poly, np.polyder, np.polyfit, np.apply_along_axis,
        sparse_product, *(PRODUCTS - {getattr(np.linalg, "tensordot", None)}),
    },
    "size 1": {np.cross, getattr(np.linalg, "cross", None), np.gradient, dft, np.linalg.cond, np.corrcoef},
    "empty": {np.convolve, np.correlate, np.polyfit, np.linalg.cond, np.linalg.tensorinv, np.corrcoef, np.polydiv},
    "matrix": {getattr(np.linalg, "outer", None), np.convolve, np.correlate, np.vander, np.poly, np.bincount, *POLYNOMIALS,
               np.histogram2d, np.histogramdd},
}  # fmt: skip


if not NUMPY_2_2:  # before, it is for vectors
    for kind in ("0-d", "matrix"):
        CANNOT_TAKE[kind].add(np.trim_zeros)


@every_function
def test_samples_have_every_kind_of_array(function: Any) -> None:
    """A single number, one element, no element, and (unless it is about vectors) a matrix."""
    shapes = [a.shape for call in SAMPLES[function] for a in arrays_in([*call.args, call.keywords])]
    kinds = {
        "0-d": any(shape == () for shape in shapes),
        "size 1": any(shape and np.prod(shape) == 1 for shape in shapes),
        "empty": any(0 in shape for shape in shapes),
        "matrix": any(len(shape) >= 2 for shape in shapes),
    }
    assert [kind for kind, there in kinds.items() if not there] == [kind for kind in kinds if function in CANNOT_TAKE[kind]]


@pytest.mark.parametrize("function", [f for f in BROADCASTS if len(RULES[f].vjps) > 1], ids=name_of)
def test_samples_stretch_every_argument(function: Any) -> None:
    """Where arguments are stretched to one shape, each of them is, in one sample or another."""
    stretched = set()
    for call in SAMPLES[function]:
        shape = np.shape(plain(function)(*call.args, **call.keywords))
        stretched |= {RULES[function].arguments[i] for i, a in enumerate(call.args) if is_float(a) and a.shape != shape}
    assert stretched == set(RULES[function].vjps)


# --- values -----------------------------------------------------------------------------------------------------------

ROUNDS_DIFFERENTLY: set[Any] = {  # sums in another order, or another formula that is stable
    np.power, sigmoid, softplus, logsumexp, softmax, log_softmax, contract, euclidean_norm, np.dot, np.inner,
    np.tensordot, np.vdot, np.correlate, dft, np.gradient, np.interp, np.unwrap, np.polyfit, np.cov,
    np.corrcoef, *HISTOGRAMS, (np.add, "at"), (np.subtract, "at"), *NORMS, *NEW, *MATRICES, *PRODUCTS, *TRANSFORMS,
}  # fmt: skip
ROUNDS_DIFFERENTLY |= {f for f in REGISTERED if name_of(f) in ("polygamma", "normal_hazard")}  # there if SciPy is


@every_function
def test_values_are_numpys(function: Any) -> None:
    """Same values, shapes, dtypes and containers as NumPy's own function gives for the plain arrays."""
    for call in SAMPLES[function]:
        arrays = arrays_in([*call.args, call.keywords])
        expected = of_arrays(plain(function), call)(*arrays)
        got = of_arrays(function, call)(*map(Tensor, arrays))
        assert isinstance(got, (list, tuple)) == isinstance(expected, (list, tuple)), describe(call)
        if isinstance(expected, (list, tuple)):
            assert type(got) is type(expected), describe(call)
            assert len(got) == len(expected), describe(call)
        for ours, numpys in zip(results_of(got), results_of(expected)):
            assert np.shape(data(ours)) == np.shape(numpys), describe(call)
            assert np.asarray(data(ours)).dtype == np.asarray(numpys).dtype, describe(call)
            if function in ROUNDS_DIFFERENTLY:
                np.testing.assert_allclose(data(ours), numpys, rtol=1e-13, atol=1e-14, err_msg=describe(call))
            else:
                np.testing.assert_array_equal(data(ours), numpys, err_msg=describe(call))


# --- gradients --------------------------------------------------------------------------------------------------------


@every_function
def test_gradients(function: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """To second order, by finite differences; and every vjp must have run, on arrays and (for that order) on Tensors."""
    ran: set[str] = set()
    if function in RULES:
        rule = RULES[function]
        names = list(rule.arguments) * (10 if rule.variadic else 1)
        for kind in ("on_arrays", "on_tensors"):
            monkeypatch.setattr(rule, kind, Counting(getattr(rule, kind), [f"{name} {kind}" for name in names], ran))
    for call in SAMPLES[function]:
        check_gradients(of_arrays(function, call), *arrays_in([*call.args, call.keywords]), order=2)
    if function in RULES:
        assert {f"{name} {kind}" for name in rule.vjps for kind in ("on_arrays", "on_tensors")} - ran == set()


NOT_ASKED = {np.pad, np.piecewise, np.polyint}  # NumPy asks the first argument only what the function is


class Counting:
    """The vjps of a rule in the order of its arguments, each of which leaves its name in `ran` when it runs."""

    def __init__(self, vjps: Any, names: list[str], ran: set[str]) -> None:
        self.vjps, self.names, self.ran = vjps, names, ran

    def __iter__(self) -> Iterator[Any]:
        for vjp, name in zip(self.vjps, self.names):
            yield lambda *args, vjp=vjp, name=name: self.ran.add(name) or vjp(*args)


@every_function
def test_each_argument_alone(function: Any) -> None:
    """With the other arguments as plain arrays, the gradient of one is what it is when all are Tensors."""
    for call in SAMPLES[function]:
        arrays = arrays_in([*call.args, call.keywords])
        together = gradients_of(function, call, arrays)
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
            np.testing.assert_array_equal(alone, together[i], err_msg=f"{describe(call)}, array {i}")


@every_function
def test_strided_and_read_only_arrays(function: Any) -> None:
    """How an array lies in memory makes no difference, and nothing is written into it."""
    for call in SAMPLES[function]:
        arrays = arrays_in([*call.args, call.keywords])
        spread_out = [every_other_element(a) for a in arrays]
        for ours, expected in zip(gradients_of(function, call, spread_out), gradients_of(function, call, arrays)):
            np.testing.assert_allclose(ours, expected, rtol=1e-12, atol=1e-12, err_msg=describe(call))


def every_other_element(a: np.ndarray) -> np.ndarray:
    """The same numbers, read-only, in a transposed view with gaps."""
    view = np.full([2 * n for n in reversed(a.shape)], np.nan)[(slice(None, None, 2),) * a.ndim + (...,)].T
    view[...] = a
    view.flags.writeable = False
    return view


# Before version 2, NumPy makes float64 of these; here they are as precise as their arguments.
STAYS_FLOAT32: set[Any] = set()
if not NUMPY_2:
    STAYS_FLOAT32 |= TRANSFORMS
    STAYS_FLOAT32 |= {
        np.dot,
        np.modf,
        np.logspace,
        np.polyval,
    }  # whether a number is of float32 or more, depends on its value


@every_function
def test_float32(function: Any) -> None:
    """float32 in, float32 gradient out; and float32 results wherever NumPy gives them."""
    for call in SAMPLES[function]:
        arrays = [a.astype(np.float32) for a in arrays_in([*call.args, call.keywords])]
        expected = results_of(of_arrays(plain(function), call)(*arrays))
        got = results_of(of_arrays(function, call)(*map(Tensor, arrays)))
        if function not in STAYS_FLOAT32:
            assert [np.asarray(data(y)).dtype for y in got] == [np.asarray(y).dtype for y in expected], describe(call)
        exact = gradients_of(function, call, [a.astype(float) for a in arrays])
        for ours, true in zip(gradients_of(function, call, arrays), exact):
            assert ours.dtype == np.float32, describe(call)
            np.testing.assert_allclose(ours, true, rtol=1e-4, atol=1e-5, err_msg=describe(call))


# --- large arrays -----------------------------------------------------------------------------------------------------


@every_function
def test_memory_from_the_stock(function: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large arrays take their memory from a stock. With every array counted as large, the numbers are the same."""
    for call in SAMPLES[function]:
        arrays = arrays_in([*call.args, call.keywords])
        before = [np.array(g) for g in gradients_of(function, call, arrays)]
        with monkeypatch.context() as patch:
            patch.setattr(autograd, "LARGE", 1)
            patch.setattr(memory, "LARGE", 1)
            for ours, expected in zip(gradients_of(function, call, arrays), before):
                assert type(ours) is type(expected) or ours.ndim == 0, describe(call)
                np.testing.assert_array_equal(ours, expected, err_msg=describe(call))


@pytest.mark.parametrize("function", [*BROADCASTS, relu, sigmoid, softplus, np.sinc], ids=name_of)
def test_many_elements(function: Any) -> None:
    """18,000 elements, for which some rules have a faster way: each has the gradient it has among 6."""
    weights = np.random.default_rng(1).uniform(1, 2, (2, 3))
    for call in [c for c in SAMPLES[function] if any(a.shape == (2, 3) for a in arrays_in(list(c.args)))][:3]:
        few = [Tensor(a) for a in arrays_in(list(call.args))]
        many = [Tensor(np.tile(a.data, (3000, 1, 1))) for a in few]
        f = of_arrays(function, call)
        expected, got = (gradients(np.sum(f(*x) * weights), x) for x in (few, many))
        for one, all_of_them in zip(expected, got):
            np.testing.assert_allclose(*np.broadcast_arrays(all_of_them, one), rtol=1e-13, err_msg=describe(call))
