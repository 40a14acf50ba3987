"""Graphs as models of ONNX: run by onnxruntime they give the same numbers; or the function without counterpart is named."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import (
    D1,
    D2,
    REGISTERED,
    X1,
    X2,
    arrays_in,
    copies,
    describe,
    every_function,
    of_arrays,
    program,
    programs,
    total_of,
    with_gradients,
)
from rule_samples import SAMPLES

import tinygrad_lite as tg
from tinygrad_lite import Graph, Tensor, trace
from tinygrad_lite.messages import NoCounterpart, name_of
from tinygrad_lite.rules.nets.convolution import conv2d, conv_transpose2d
from tinygrad_lite.rules.nets.pooling import avg_pool2d, max_pool2d

onnx = pytest.importorskip("onnx", reason="models are tested with onnx, which is not installed")
runtime = pytest.importorskip("onnxruntime", reason="models are tested with onnxruntime, which is not installed")
runtime.set_default_logger_severity(4)

from tinygrad_lite.views.onnx.table import FORMULAS, OF_SCIPY, TABLE  # noqa: E402


def run(model: Any, *inputs: Any) -> list[Any]:
    """What onnxruntime computes with a model as it is written. Before version 1.26 it fuses products of transposed matrices
    into an operator that it has in single precision only; and some versions stumble over arrays without elements.
    """
    options = runtime.SessionOptions()
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = runtime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    found: list[Any] = session.run(None, {i.name: np.asarray(value) for i, value in zip(session.get_inputs(), inputs)})
    return found


def same_numbers(graph: Graph, backward: bool = False, tolerance: float = 1e-12) -> Any:
    """The model of a graph, which gives the numbers of the graph, with their shapes and dtypes."""
    model = graph.to_onnx(backward=backward)
    found = run(model, *(graph[i].value for i in graph.inputs))
    expected = [graph[i].value for i in graph.outputs]
    expected += [graph[i].gradient for i in graph.inputs if graph[i].gradient_id is not None] if backward else []
    assert len(found) == len(expected)
    for ours, numpys in zip(found, expected):
        assert (ours.shape, ours.dtype) == (np.shape(numpys), np.asarray(numpys).dtype)
        if ours.dtype == np.float32:
            tolerance = 1e-5
        np.testing.assert_allclose(ours, numpys, rtol=tolerance, atol=tolerance)
    return model


# --- every function that has a derivative -------------------------------------------------------------------------------

# Exact in ONNX are sums, products and moves; what onnxruntime computes of its own, as exp and sin, is so to some units of the
# last place, and a softmax to some more, as it is a quotient of such. All are within 1e-12 of 1, or of the number.

NONE = {  # no call of these can be written
    "np.nextafter", "np.nextafter.outer", "np.nextafter.reduce", "np.imag", "sparse_product", "np.unwrap",
    "replayed", "erfc", "erfcx", "erfinv", "erfcinv", "ndtr", "log_ndtr", "ndtri", "normal_hazard", "gamma", "gammaln", "psi",
    "polygamma", "beta", "betaln", "j0", "j1", "jv", "y0", "y1", "yv", "i0", "i1", "iv", "i0e", "i1e", "ive", "k0", "k1",
    "kv", "kn", "yn", "jve", "yve", "kve", "k0e", "k1e", "one_of", "sici", "shichi", "fresnel", "airy", "exp1", "expi",
    "expn", "erfi", "dawsn", "ndtri_exp", "loggamma", "rgamma", "gammasgn", "poch", "binom", "gammainc", "gammaincc",
    "gammaincinv", "gammainccinv", "betainc", "betaincc", "betaincinv", "betainccinv", "chdtr", "chdtrc", "expm1", "log1p",
    "exp2", "exp10", "cbrt", "cosm1", "round", "powm1", "boxcox", "boxcox1p", "inv_boxcox", "inv_boxcox1p", "huber",
    "pseudo_huber", "hyp0f1", "hyp1f1", "hyp2f1", "hyperu", "eval_legendre", "eval_chebyt", "eval_chebyu", "eval_chebyc",
    "eval_chebys", "eval_jacobi", "eval_gegenbauer", "eval_laguerre", "eval_genlaguerre", "eval_hermite", "eval_hermitenorm",
    "eval_sh_legendre", "eval_sh_chebyt", "eval_sh_chebyu", "eval_sh_jacobi",
    "zeta", "exprel", "wrightomega", "ber", "bei", "ker", "kei", "berp", "beip", "kerp", "keip", "struve",
    "modstruve", "gdtr", "gdtrc", "gdtrix", "pdtr", "pdtrc", "pdtri", "chdtri", "nbdtr", "nbdtrc", "nbdtri", "fdtr",
    "fdtrc", "fdtri", "stdtr", "stdtrit", "owens_t", "ellipk", "ellipkm1", "ellipe", "ellipkinc", "ellipeinc",
    "jacobi", "ellipj", "spence", "itstruve0", "itmodstruve0", "it2struve0", "iti0k0", "itj0y0",
    "cofactors", "log_abs_det", "lower_cholesky", "packed_eigh", "packed_eig", "packed_svd", "packed_qr",
    "singular_values", "held",
    "np.partition",
    "np.nanmean", "np.nanprod", "np.nanmax", "np.nanmin", "np.nanvar", "np.nanstd", "np.nancumsum", "np.nancumprod",
    "np.quantile", "np.percentile", "np.nanquantile", "np.nanpercentile", "np.nanmedian", "np.bincount", "np.histogram",
    "np.unique", "np.union1d",
    "running_max", "running_min", "sum_pieces", "np.maximum.accumulate", "np.minimum.accumulate", "np.add.reduceat",
    *(f"np.linalg.{name}" for name in (
        "inv", "det", "solve", "pinv", "cholesky", "eigh", "eigvalsh", "eig", "eigvals", "svd", "svdvals", "qr", "slogdet",
        "lstsq", "cond", "tensorinv", "tensorsolve",
    )),
}  # fmt: skip
SOME = {  # not these calls
    "np.linalg.matrix_power": ", -",  # by the inverse
    "np.linalg.norm": "2|-2|nuc",  # by the singular values
    "np.linalg.matrix_norm": "nuc",
    **dict.fromkeys(("np.nextafter.at", "np.nextafter.accumulate", "np.nextafter.reduceat", "np.polyfit"), "float64"),
    **{f"np.{name}": "where=|initial=" for name in ("sum", "prod", "nansum", "max", "min", "amax", "amin", "mean")},
    **{f"np.{name}": "where=|mean=|correction=" for name in ("var", "std")},
    **{f"np.{name}.reduce": "where=|initial=" for name in ("add", "multiply", "maximum", "minimum")},
}


def exported(function: Any, backward: bool) -> list[str]:
    """The calls in the samples that cannot be written; all others give the same numbers."""
    without = []
    samples = with_gradients(function) if backward else SAMPLES[function]
    step = len(samples) // (3 if backward else 7) + 1
    for call in samples if name_of(function) in SOME else samples[::step]:
        arrays = arrays_in([*call.args, call.keywords])
        if call.keywords.get("ord") == 0 and backward:
            continue  # a count, which has no derivative
        f = total_of(function, call) if backward else of_arrays(function, call)
        graph = trace(f, backward=backward)(*map(Tensor, arrays))
        try:
            same_numbers(graph, backward)
        except NoCounterpart:
            without.append(describe(call))
        except AssertionError as error:
            raise AssertionError(f"{name_of(function)}({describe(call)})") from error
    return without


@every_function
@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
def test_every_function_runs_or_says_that_it_cannot(function: Any, backward: bool) -> None:
    name, without = name_of(function), exported(function, backward)
    if name in NONE:
        samples = with_gradients(function) if backward else SAMPLES[function]
        all_of_it = len(without) == len(samples[:: len(samples) // (3 if backward else 7) + 1])
        assert all_of_it, f"{name} can be written in ONNX by now. Take its name out of NONE in this file."
    elif name not in SOME:
        assert without == [], (
            f"{name} has no counterpart in ONNX for ({'), ('.join(without)}). Write it with the operators of ONNX: in "
            "FORMULAS of tinygrad_lite/views/onnx/formulas.py if it works element by element, else in TABLE of "
            f"views/onnx/table.py. If that cannot be done, add {name!r} to NONE in this file, or (some calls) to SOME."
        )
    else:
        assert all(any(part in call for part in SOME[name].split("|")) for call in without), (name, without, SOME[name])
        assert 0 < len(without) < len(SAMPLES[function]), f"All calls of {name} can be written, or none: see SOME and NONE."


def test_the_functions_without_a_counterpart_exist() -> None:
    special = pytest.importorskip("scipy.special", reason="some of them are SciPy's, which is not installed")
    unknown = {*NONE, *SOME} - {name_of(function) for function in REGISTERED}
    assert hasattr(special, "erfc")
    assert unknown <= {f"np.linalg.{name}" for name in ("svdvals", "matrix_norm") if not hasattr(np.linalg, name)}


# --- numbers that are not the usual -------------------------------------------------------------------------------------

EDGES = np.array([
    0.0, -0.0, 1, -1, 0.5, -0.5, 2, -2, 1e-300, -1e-300, 1e-9, -1e-9, 1e-3, 0.1, 3, 10, -10, 30, -30, 100, -100, 700, -700,
    1e8, -1e8, 1e15, 1e200, -1e200, 1e308, np.inf, -np.inf, np.nan, 2.5, -2.5, 3.5, 1.5, -3.1,
])  # fmt: skip


@pytest.mark.parametrize("function", [f for f in FORMULAS if not isinstance(f, str)], ids=name_of)
def test_edges(function: Any) -> None:
    """Formulas are right for large and small numbers, infinite ones, signed zeros, and nan."""
    two = getattr(function, "nin", 1) == 2
    args = [a.ravel() for a in np.meshgrid(EDGES, EDGES)] if two else [EDGES]
    if function is np.hypot:  # the length of (nan, inf) is inf for NumPy
        args = [a[~np.isnan(args[0]) & ~np.isnan(args[1])] for a in args]
    if function is np.floor_divide:  # -1 // inf is -1 for NumPy
        args = [a[np.isfinite(args[1])] for a in args]
    with np.errstate(all="ignore"):
        graph = trace(lambda *xs: function(*xs))(*args)
        [found] = run(graph.to_onnx(), *args)
    expected = graph.output.value
    with np.errstate(all="ignore"):
        near = (found == expected) | (np.abs(found - expected) <= 1e-12 * np.abs(expected) + 1e-15)
    near |= np.isnan(found) & np.isnan(expected)
    assert [(*(float(a[i]) for a in args), found[i], expected[i]) for i in np.flatnonzero(~near)] == []


def test_the_sign_of_zero_is_seen() -> None:
    y, x = np.array([0.0, -0.0, 0.0, -0.0]), np.array([1.0, 1.0, -0.0, -0.0])
    for function, args in ((np.arctan2, (y, x)), (np.copysign, (np.ones(4), y)), (np.signbit, (y,))):
        [found] = run(trace(lambda *xs, f=function: f(*xs) * 1, argnums=())(*args).to_onnx(), *args)
        np.testing.assert_allclose(found, function(*args) * 1, rtol=1e-15)


def test_erf_in_double_precision() -> None:
    special = pytest.importorskip("scipy.special", reason="erf is SciPy's, which is not installed")
    x = np.array([-np.inf, -7.0, -5.9, -1.0, -1e-5, 0.0, 1e-300, 0.3, 2.0, 4.0, 6.1, np.inf, np.nan])
    [found] = run(trace(lambda x: special.erf(x))(x).to_onnx(), x)
    np.testing.assert_allclose(found, special.erf(x), rtol=1e-14)


def test_single_precision() -> None:
    """There onnxruntime has all operators, so each function is one."""
    x = np.linspace(-0.9, 0.9, 7, dtype=np.float32)
    for function, kind in (
        (np.tan, "Tan"),
        (np.arcsin, "Asin"),
        (np.sinh, "Sinh"),
        (np.arctanh, "Atanh"),
        (np.arctan, "Atan"),
    ):
        model = same_numbers(trace(lambda x, f=function: f(x) * 2)(x))
        assert [node.op_type for node in model.graph.node] == [kind, "Mul"]
    same_numbers(trace(lambda w, x: np.mean(tg.sigmoid(x * w) ** 2), backward=True)(np.float32(2), x), backward=True)


def test_images_in_single_precision() -> None:
    """There onnxruntime has the operators of networks; in double precision they are written with Gather."""
    r = np.random.default_rng(0)
    x, w = r.normal(size=(2, 4, 6, 5)).astype(np.float32), r.normal(size=(4, 2, 3, 2)).astype(np.float32)
    b, options = r.normal(size=4).astype(np.float32), {"stride": 2, "padding": (1, 2), "groups": 2}
    for f, kind in (
        (lambda x: conv2d(x, w, b, dilation=2, **options), "Conv"),
        (lambda x: conv2d(x, w, padding="same", groups=2), "Conv"),
        (lambda x: conv_transpose2d(x, w, b, output_padding=(0, 1), **options), "ConvTranspose"),
        (lambda x: max_pool2d(x, 3, 2, 1, ceil_mode=True), "MaxPool"),
        (lambda x: avg_pool2d(x, 3, 2, 1), "AveragePool"),
        (lambda x: avg_pool2d(x, (2, 3), count_include_pad=False, padding=1), "AveragePool"),
    ):
        model = same_numbers(trace(f)(x))
        assert [node.op_type for node in model.graph.node] == [kind]


# --- data, indices, masks -----------------------------------------------------------------------------------------------

FOLLOWED = programs("""
    return np.sum(w * d.mean(axis=0) / d.std(0) + d.T[:, 0].max())
    return np.sum(w * (abs(-d) - d**2 + 2**d // 1 % 3))
    return np.sum(w * ((d > 3) & (d < 9) | ~(d > 11)) * np.logical_xor(d > 2, d < 5))
    return np.sum(w * np.stack([d[0], d[1]]) * np.isfinite(d[:2]) * (d[:2] != d[1]))
    return np.sum(w * np.einsum("ij,kj->ik", d, d) * np.outer(d[0], d[1])[:3, :3])
    a, b = np.split(d, 2, axis=1)
        return np.sum(w * (a - b))
    return np.sum(w * np.add.reduce(d) * np.add.accumulate(d) * np.add.outer(d[0], d[0])[:3])
    return np.sum(w * np.select([d > 3, d > 2], [d, d * 2], 0) + np.pad(d, 1)[1:4, 1:5])
    return np.sum(w * np.interp(d[0], [1, 5, 9], [2.0, 3, 7]) * np.digitize(d[0], [2, 4, 6]))
    return np.sum(w * d.astype(np.float32) * d.astype(int))
    return np.sum(w * tg.softmax(d) * tg.relu(d) * tg.sigmoid(x=d))
    return np.sum(w * tg.Tensor(d))
    return np.sum(w * d.argsort(0) * d.argmax() * d.cumsum(1) * d.swapaxes(0, 1).T * d.reshape(4, 3).transpose(1, 0))
    return np.sum(w * np.sort(d, axis=0) * np.median(d) * np.ptp(d, axis=1)[:, None] * np.count_nonzero(d > 4, axis=0))
    return np.sum(w * (np.any(d > 7, axis=0) + np.all(d > 1, axis=0, keepdims=True)) * d.clip(2, 9))
    d[0] += 1
        d[:, 1] *= 2
        d[d > 3] = 0
        return np.sum(w * d)
    d[[0, 1]] = d[[1, 0]]
        return np.sum(w * d * np.zeros_like(d) + np.ones_like(d) * np.full_like(d, 3))
    return np.sum(w * np.linalg.norm(d, axis=0) * np.diff(d, axis=1)[0, 0] * np.roll(np.flip(d, 1), 1))
    """)


@pytest.mark.parametrize("body", FOLLOWED)
def test_data(body: str) -> None:
    """With other data, the model computes what the program would."""
    graph = trace(program(body))(*copies([Tensor(2.0), D1]))
    model = same_numbers(graph)
    other = graph.replay(w=3.0, d=D2)
    np.testing.assert_allclose(run(model, 3.0, D2)[0], other.output.value, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint8])
@pytest.mark.parametrize(
    "body",
    ["return np.sum(w[np.arange(3), k] * [1, 2, 3])", "return np.sum(np.take(w, k, axis=1) * [1, 2, 3])",
     "return np.sum(w[k])", "return np.sum(np.take_along_axis(w, k[:, None], 1)[:, 0] * [1, 2, 3])",
     "return np.sum(w * (k[:, None] == np.arange(4)))",
     "return sum(w[i, j] * (i + 1) for i, j in enumerate(k))", "return np.sum(w[:, k[0]] + w[k.argmax(), k[2] % 4])",
     "return np.sum(w[None, ..., k] * [1, 2, 3])", "return np.sum(w[k, :2] * [[1, 2]] + w[1:, k[:2]][:1])",
     "return np.sum(-tg.log_softmax(w)[np.arange(3), k])"],
)  # fmt: skip
def test_labels(body: str, dtype: Any) -> None:
    """Indices that are data: forward they gather, backward they add up where several are the same."""
    graph = trace(program(body, "w, k"), backward=True)(Tensor(D1[:3] / 5), np.array([0, 2, 1], dtype))
    model = same_numbers(graph, backward=True)
    other = graph.replay(k=[2, 2, 0])
    found = run(model, D1[:3] / 5, np.array([2, 2, 0], dtype))
    np.testing.assert_allclose(found[0], other.output.value, rtol=1e-12)
    np.testing.assert_allclose(found[1], other["w"].gradient, rtol=1e-12, atol=1e-15)


def test_negative_labels() -> None:
    graph = trace(program("return np.sum(w[np.arange(3), k] * [1, 2, 3])", "w, k"))(Tensor(D1), np.array([0, 2, 1]))
    [found] = run(graph.to_onnx(), D1, np.array([-1, -4, 3]))
    assert found == graph.replay(k=[-1, -4, 3]).output.value


@pytest.mark.parametrize(
    "body", ["return np.sum(w[m] ** 2)", "return np.sum(np.where(m, w, 0) ** 2)", "return np.sum(w**2 * m + ~m)",
             "y = w * 1\ny[m] = 5.0\nreturn np.sum(y * w)", "y = w * 1\ny[m] = w[:2]\nreturn np.sum(y * w)"],
)  # fmt: skip
def test_masks(body: str) -> None:
    graph = trace(program(body, "w, m"), backward=True)(Tensor(X1), np.array([True, False, True, False]))
    model = same_numbers(graph, backward=True)
    other = graph.replay(w=X2, m=[False, True, True, False])
    found = run(model, X2, np.array([False, True, True, False]))
    np.testing.assert_allclose(found[0], other.output.value, rtol=1e-12)
    np.testing.assert_allclose(found[1], other["w"].gradient, rtol=1e-12)


# --- models -------------------------------------------------------------------------------------------------------------


def quadratic(a: Any, b: Any, c: Any, x: Any, actual: Any) -> Any:
    guess = a * x**2 + b * x + c
    return np.sqrt(np.mean((guess - actual) ** 2))


def network(params: Any, x: Any, y: Any) -> Any:
    hidden = np.tanh(x @ params["w1"] + params["b1"])
    out = hidden @ params["w2"] + params["b2"]
    return np.mean((out - y) ** 2)


def cross_entropy(w: Any, x: Any, labels: Any) -> Any:
    scores = x @ w
    return -np.mean(tg.log_softmax(scores)[np.arange(len(labels)), labels])


def three_models() -> dict[str, Graph]:
    rng = np.random.default_rng(3)
    x = np.linspace(-5, 5, 100)
    inputs = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    params = {"w1": rng.normal(size=(2, 4)), "b1": np.zeros(4), "w2": rng.normal(size=(4, 1)), "b2": np.zeros(1)}
    labels = rng.integers(0, 3, 20)
    return {
        "quadratic": trace(quadratic, backward=True)(*map(Tensor, (2.0, 3.0, 4.0)), x, 5 * x**2 - 3 * x + 3),
        "network": trace(network, backward=True)(params, inputs, np.array([[0.0], [1], [1], [0]])),
        "cross entropy": trace(cross_entropy, backward=True)(
            Tensor(rng.normal(size=(5, 3))), rng.normal(size=(20, 5)), labels
        ),
    }


MODELS = three_models()


@pytest.mark.parametrize("kind", MODELS)
def test_the_three_models(kind: str) -> None:
    graph = MODELS[kind]
    same_numbers(graph)
    model = same_numbers(graph, backward=True)
    assert len(model.graph.output) == 1 + sum(graph[i].gradient_id is not None for i in graph.inputs)


def test_descent_with_the_model() -> None:
    """The gradients of the model are good for training: onnxruntime finds the quadratic."""
    graph = MODELS["quadratic"]
    session = runtime.InferenceSession(graph.to_onnx(backward=True).SerializeToString(), providers=["CPUExecutionProvider"])
    names = [i.name for i in session.get_inputs()]
    fixed = {name: graph[i].value for name, i in zip(names[3:], graph.inputs[3:])}
    w = np.array([2.0, 3.0, 4.0])
    for _ in range(1000):
        loss, *g = session.run(None, {**fixed, **dict(zip(names, map(np.asarray, w)))})
        w = w - [0.005, 0.05, 0.05] * np.array(g[:3])
    assert float(loss) < 0.2
    np.testing.assert_allclose(w, [5, -3, 3], atol=0.3)


def test_names_lines_and_shapes() -> None:
    model = MODELS["network"].to_onnx(backward=True)
    assert [i.name for i in model.graph.input] == ["params_w1", "params_b1", "params_w2", "params_b2", "x", "y"]
    assert [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim] == [2, 4]
    assert model.graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.DOUBLE
    assert model.graph.name == "network"
    nodes = {node.output[0]: node for node in model.graph.node}
    assert (nodes["hidden"].op_type, nodes["hidden"].name) == ("Tanh", "hidden")
    assert nodes["hidden"].doc_string.endswith('hidden = np.tanh(x @ params["w1"] + params["b1"])')
    loss, *gradients = [output.name for output in model.graph.output]
    assert gradients == [f"d_{loss}/d_{name}" for name in ("params_w1", "params_b1", "params_w2", "params_b2", "x", "y")]
    assert {info.name: [d.dim_value for d in info.type.tensor_type.shape.dim] for info in model.graph.value_info}[
        "hidden"
    ] == [4, 4]
    assert len({name for node in model.graph.node for name in node.output}) == sum(
        len(node.output) for node in model.graph.node
    )


def test_names_are_valid_and_different() -> None:
    def f(x: Any) -> Any:
        h = x * 2
        h = h * 3
        h.name = "ein ∂ä!?"
        constant = np.array([1.0, 2.0])
        return h * constant + h * np.array([1.0, 2.0])

    model = same_numbers(trace(f)(np.ones(2)))
    names = [name for node in model.graph.node for name in node.output] + [x.name for x in model.graph.initializer]
    assert len(names) == len(set(names))
    assert all(name.isascii() and " " not in name for name in names)


def test_outputs_of_all_kinds() -> None:
    constant = np.arange(3.0)

    def f(x: Any, d: Any) -> Any:
        y = x * 2
        return {"twice": (y, y), "input": x, "data": d, "constant": constant, "number": 5, "mask": x > 1}

    found = run(same_numbers(trace(f)(Tensor(X1), np.array([1, 2]))), X1, np.array([1, 2]))
    assert len(found) == 7
    graph = trace(lambda x: x)(2.0)
    assert [float(x) for x in run(graph.to_onnx(), 3.0)] == [3.0]


def test_of_a_tensor() -> None:
    w = Tensor(X1, name="w")
    loss = np.sum(np.exp(w) * X2)
    graph = Graph.of(loss, backward=True)
    found = run(graph.to_onnx(backward=True), X2)
    np.testing.assert_allclose(found[0], np.sum(np.exp(X2) * X2))
    np.testing.assert_allclose(found[1], np.exp(X2) * X2)


def test_a_graph_that_was_read() -> None:
    graph = MODELS["cross entropy"]
    assert Graph.from_json(graph.to_json()).to_onnx(backward=True) == graph.to_onnx(backward=True)


def test_it_is_written_to_a_file(tmp_path: Path) -> None:
    model = MODELS["network"].to_onnx(tmp_path / "network.onnx")
    assert onnx.load(tmp_path / "network.onnx") == model
    assert os.listdir(tmp_path) == ["network.onnx"]


# --- what cannot be -----------------------------------------------------------------------------------------------------


def test_what_has_no_counterpart_is_named() -> None:
    def f(a: Any) -> Any:
        inverse = np.linalg.inv(a)
        return np.sum(inverse)

    message = (
        r"np\.linalg\.inv, as it was called for the value inverse, has no counterpart among the operators of ONNX"
        r"(.|\n)*test_onnx\.py, line \d+:  inverse = np\.linalg\.inv\(a\)"
    )
    with pytest.raises(NoCounterpart, match=message):
        trace(f)(np.eye(2)).to_onnx()


def test_a_function_of_ones_own_is_not_taken_for_another() -> None:
    """Whatever its name is."""
    from tinygrad_lite.autograd import RULES

    before = dict(RULES)
    try:

        @tg.primitive
        def relu(x: Any) -> Any:
            return x * 7

        tg.derivative(relu, x=lambda g: g * 7)
        with pytest.raises(NoCounterpart, match="relu, as it was called"):
            trace(lambda x: relu(x))(X1).to_onnx()
    finally:
        RULES.clear()
        RULES.update(before)


@pytest.mark.parametrize(
    "body", programs("""
    return w * d.sum(where=d > 3)
    return w * np.unique(d).sum()
    return w * np.histogram(d)[0].sum()
    return w * np.where(d > 3)[0].sum()
    return w * np.percentile(d, 30)
    return w * np.bitwise_and(d.astype(int), 6).sum()
    return w * np.linalg.svd(d)[1].sum()
    np.fill_diagonal(d, 9)
        return np.sum(w * d)
    """)
)  # fmt: skip
def test_data_functions_without_a_counterpart(body: str) -> None:
    with pytest.raises(NoCounterpart):
        trace(program(body))(Tensor(2.0), np.array(D1)).to_onnx()


def test_gradients_need_the_walk_back() -> None:
    with pytest.raises(ValueError, match="needs the backward pass"):
        trace(np.sin)(1.0).to_onnx(backward=True)


def test_every_function_in_the_table_is_one() -> None:
    assert all(callable(f) for f in TABLE)
    special = pytest.importorskip("scipy.special", reason="SciPy's functions are in the table, and SciPy is not installed")
    assert [name for name in OF_SCIPY if not hasattr(special, name)] == []


def test_without_onnx_installed() -> None:
    code = (
        "import sys; sys.modules['onnx'] = None\n"
        "import numpy as np, tinygrad_lite as tg\n"
        "graph = tg.trace(np.sin)(1.0)\n"
        "try:\n    graph.to_onnx()\n"
        "except ImportError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == (
        "graph.to_onnx() needs onnx, which is not installed. In the project's folder: python -m pip install -e '.[onnx]'"
    )
