"""The gradient as source: it runs with NumPy alone, gives the engine's numbers, and reads as if written by hand."""

from __future__ import annotations

import importlib.util
import inspect
import subprocess
import sys
from collections import namedtuple
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import together
from rule_samples import SAMPLES

import tinygrad_lite as tg
from tinygrad_lite import Tensor
from tinygrad_lite.messages import NoSource, name_of
from tinygrad_lite.rules.nets.entropy import cross_entropy
from tinygrad_lite.rules.nets.linear import linear
from tinygrad_lite.views.source.layout import Source
from tinygrad_lite.views.source.names import identifier

x = np.linspace(-5, 5, 100)
y = 5 * x**2 - 3 * x + 3


def quad(a: Any, b: Any, c: Any, x: Any) -> Any:
    return a * x**2 + b * x + c


def rmse(actual: Any, guess: Any) -> Any:
    error = guess - actual
    return np.sqrt(np.mean(error**2))


def loss(a: Any, b: Any, c: Any, x: Any, y: Any) -> Any:
    guess = quad(a, b, c, x)
    loss = rmse(y, guess)
    return loss  # noqa: RET504, so that it has a name


def body(source: Source) -> str:
    """The lines below the docstring, without indentation."""
    return inspect.cleandoc(source.split('"""')[-1])


def by_hand(*names: float) -> tuple[Tensor, ...]:
    return tuple(map(Tensor, names))


# --- how it reads -----------------------------------------------------------------------------------------------------


def test_the_quadratic_fit_reads_as_if_written_by_hand() -> None:
    source = tg.source(loss, *by_hand(2.0, 3.0, 4.0), x, y)
    assert source.startswith("import numpy as np\n\n\ndef loss_and_gradient(a, b, c, x, y):\n")
    assert body(source) == inspect.cleandoc("""
        # forward
        x_squared = x**2                   # (100,)
        guess = a * x_squared + b * x + c  # (100,)
        error = guess - y                  # (100,)
        loss = np.sqrt(np.mean(error**2))

        # backward: d_x is the derivative of loss in x
        d_error = error / (100 * loss)     # (100,), through loss
        d_c = np.sum(d_error)              # through guess
        d_b = np.sum(d_error * x)          # through guess
        d_a = np.sum(d_error * x_squared)  # through guess
        return loss, (d_a, d_b, d_c)
        """)


def test_the_quadratic_fit_runs_with_nothing_but_numpy(tmp_path: Any) -> None:
    source = tg.source(loss, *by_hand(2.0, 3.0, 4.0), x, y)
    (tmp_path / "fit.py").write_text(source)
    program = (
        "import sys, fit, numpy as np; x = np.linspace(-5, 5, 100); y = 5 * x**2 - 3 * x + 3\n"
        "value, g = fit.loss_and_gradient(2.0, 3.0, 4.0, x, y); assert 'tinygrad_lite' not in sys.modules\n"
        "print(float(value), *map(float, g))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    expected = tg.value_and_grad(loss, (0, 1, 2))(2.0, 3.0, 4.0, x, y)
    np.testing.assert_allclose([float(word) for word in done.stdout.split()], [expected[0], *expected[1]], rtol=1e-12)


def of_example(name: str, loss: str) -> Any:
    """A function of one of the examples."""
    path = Path(__file__).parent.parent / "examples" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, loss)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("measure", ["mse", "rmse"])
def test_the_losses_of_the_examples(measure: str, order: int) -> None:
    distance = of_example("quadratic_fit", measure)
    f = lambda a, b, c: distance(y, quad(a, b, c, x))  # noqa: E731
    value, slopes, *second = tg.source(f, 2.0, 3.0, 4.0, order=order).function()(2.0, 3.0, 4.0)
    np.testing.assert_allclose(value, f(2.0, 3.0, 4.0), rtol=1e-12)
    np.testing.assert_allclose(slopes, tg.grad(f, (0, 1, 2))(2.0, 3.0, 4.0), rtol=1e-12)
    if second:
        np.testing.assert_allclose(second[0], tg.hessian(lambda p: f(*p))(np.array([2.0, 3.0, 4.0])), rtol=1e-12, atol=1e-12)


def test_rosenbrocks_valley() -> None:
    rosenbrock = pytest.importorskip("scipy") and of_example("newton", "rosenbrock")
    p, v = np.array([-1.0, 1.5, 0.5]), np.array([1.0, -2.0, 0.5])
    value, slope, curved = tg.source(rosenbrock, p, order=2).function()(p, v)
    np.testing.assert_allclose(value, rosenbrock(p), rtol=1e-12)
    np.testing.assert_allclose(slope, tg.grad(rosenbrock)(p), rtol=1e-12)
    np.testing.assert_allclose(curved, tg.hvp(rosenbrock)(p, v), rtol=1e-12)


def test_second_order_reads_well() -> None:
    assert body(tg.source(np.tanh, 0.5, order=2)) == inspect.cleandoc("""
        # forward
        tanh_x = np.tanh(x)

        # backward: d_x is the derivative of tanh_x in x
        d_x = 1 - tanh_x**2  # through tanh_x

        # backward through the derivatives
        d_x_x = -2 * tanh_x * d_x  # through d_x, tanh_x
        return tanh_x, d_x, d_x_x
        """)


def test_ones_zeros_and_what_nobody_uses_are_gone() -> None:
    def f(x: Any) -> Any:
        unused = np.exp(x)  # noqa: F841
        return 1 * x + np.floor(x) + x**2 * 1

    assert body(tg.source(f, 2.5)).split("# backward")[1].splitlines()[1:] == [
        "d_x = 2 * x + 1  # through f",
        "return f, d_x",
    ]
    assert "exp" not in tg.source(f, 2.5)


def test_methods_of_ufuncs_are_written_as_such() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.add.reduceat(x, [0, 2]) ** 2) + np.sum(np.maximum.accumulate(x) + np.minimum.accumulate(x))

    x = np.array([3.0, 1.0, 2.0, 4.0])
    source = tg.source(f, x)
    assert source.startswith("import numpy as np\n\n\ndef scatter(")
    assert "np.add.reduceat(x, indices=[0, 2])" in source
    assert "np.maximum.accumulate(x" in source
    assert "np.minimum.accumulate(x" in source
    np.testing.assert_allclose(source.function()(x)[1], tg.grad(f)(x), rtol=1e-14)


def test_what_is_written_into_an_array_needs_numpy_alone() -> None:
    def f(x: Any, v: Any) -> Any:
        y = x * 2
        y[1:] = v
        np.copyto(y[:1], v[1:])
        return np.sum(y**3)

    x, v = np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0])
    source = tg.source(f, x, v)
    assert source.startswith("import numpy as np\n\n\ndef ")
    assert "def put(x, value, index):" in source
    for ours, expected in zip(source.function()(x, v)[1], tg.grad(f, (0, 1))(x, v)):
        np.testing.assert_allclose(ours, expected, rtol=1e-14)


def test_common_subexpressions_are_shared() -> None:
    text = body(tg.source(lambda x: np.exp(x) * np.sin(np.exp(x)), 0.3))
    assert text.count("np.exp") == 1


def test_masks_are_computed_not_written_down() -> None:
    run = tg.source(
        lambda x: np.sum(np.where(x > 0, x, 0) * tg.relu(x) * np.maximum(x, 1)), np.array([1.0, -2.0, 3.0])
    ).function()
    other = np.array([-1.0, 2.0, 0.5])
    f = lambda x: np.sum(np.where(x > 0, x, 0) * tg.relu(x) * np.maximum(x, 1))  # noqa: E731
    np.testing.assert_allclose(run(other)[1], tg.grad(f)(other), rtol=1e-14)


def test_sorted_by_the_values_that_are_given() -> None:
    f = lambda x: np.sum(np.sort(x) * np.arange(3.0))  # noqa: E731
    run = tg.source(f, np.array([3.0, 1.0, 2.0])).function()
    other = np.array([0.1, 0.3, 0.2])
    np.testing.assert_allclose(run(other)[1], tg.grad(f)(other), rtol=1e-14)


# --- arguments --------------------------------------------------------------------------------------------------------


def test_nests_come_back_in_their_form() -> None:
    Point = namedtuple("Point", "u v")

    def f(params: Any, point: Any, n: int) -> Any:
        return np.sum(params["layers"][0]["w"] ** n) * params["b"] + point.u * point.v

    params, point = {"layers": [{"w": np.array([1.0, 2.0])}], "b": 3.0}, Point(4.0, 5.0)
    source = tg.source(f, params, point, 2)
    assert source.parameters == ("params", "point")  # n is built in
    _, (for_params, for_point) = source.function()(params, point)
    np.testing.assert_allclose(for_params["layers"][0]["w"], [6.0, 12.0])
    assert (for_params["b"], for_point) == (5.0, (5.0, 4.0))


def test_arrays_from_outside_become_parameters() -> None:
    w = Tensor(np.array([1.0, 2.0, 3.0]), name="w")
    data = np.random.default_rng(0).normal(size=(20, 3))
    source = tg.source(lambda b: np.sum((data @ w + b) ** 2), Tensor(0.5))
    assert source.parameters == ("b", "w", "data")
    value, (d_b, d_w) = source.function()(0.5)
    residual = data @ w.data + 0.5
    np.testing.assert_allclose(value, np.sum(residual**2))
    np.testing.assert_allclose(d_b, 2 * np.sum(residual))
    np.testing.assert_allclose(d_w, 2 * data.T @ residual)


def test_arrays_of_the_program_keep_their_names() -> None:
    def f(a: Any) -> Any:
        guess = a * x**2
        return np.mean((guess - y) ** 2)

    source = tg.source(f, 2.0)
    assert source.parameters[0] == "a"
    assert "y" in source.parameters
    np.testing.assert_allclose(source.function()(2.0)[1], tg.grad(f)(2.0), rtol=1e-12)


def test_only_tensors_are_variables_if_there_are_any() -> None:
    source = tg.source(lambda w, x: np.sum(w * x), Tensor(2.0), np.array([1.0, 3.0]))
    assert "with respect to w." in source
    assert "with respect to w and x." in tg.source(lambda w, x: np.sum(w * x), 2.0, np.array([1.0, 3.0]))
    assert "with respect to x." in tg.source(lambda w, x: np.sum(w * x), 2.0, np.array([1.0, 3.0]), argnums=1)


def test_an_input_that_does_not_matter_gets_zeros() -> None:
    _, (for_x, for_z) = tg.source(lambda x, z: x**2, 3.0, np.ones((2, 2))).function()(3.0, np.ones((2, 2)))
    assert for_x == 6.0
    np.testing.assert_array_equal(for_z, np.zeros((2, 2)))


def test_float32_stays_float32() -> None:
    a = np.array([1.0, 2.0], np.float32)
    value, g = tg.source(lambda a: np.mean(np.tanh(a) ** 2), a).function()(a)
    assert (value.dtype, g.dtype) == (np.float32, np.float32)


@together
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("guess", "guess"),
        ("<script>alert(1)</script>", "script_alert_1_script"),
        ("lambda", "lambda_"),
        ("", "v"),
        ("2nd", "v_2nd"),
        ("größe", "größe"),
        ("a\nb", "a_b"),
        ('"""', "v"),
        ("日本", "日本"),
        ("∂", "v"),
    ],
)
def test_any_name_becomes_an_identifier(name: str, expected: str) -> None:
    assert identifier(name) == expected
    assert expected.isidentifier()
    w = Tensor(2.0, name=name)
    source = tg.source(tg.Graph.of(np.sin(w) * w, backward=True))
    assert source.function()(2.0)[0] == np.sin(2.0) * 2.0


def test_names_of_numpy_and_of_functions_are_not_taken() -> None:
    def f(np_: Any, sigmoid: Any) -> Any:
        scatter = tg.sigmoid(np_) * sigmoid
        return scatter**2

    value, _ = tg.source(f, 0.3, 2.0).function()(0.3, 2.0)
    np.testing.assert_allclose(value, f(0.3, 2.0))
    w = Tensor(2.0, name="np")
    assert tg.source(tg.Graph.of(np.exp(w), backward=True)).function()(2.0)[1] == np.exp(2.0)


def test_a_long_chain() -> None:
    def f(x: Any) -> Any:
        h = x
        for _ in range(300):
            h = np.sin(h) + x
        return h

    np.testing.assert_allclose(tg.source(f, 0.5).function()(0.5)[1], tg.grad(f)(0.5), rtol=1e-12)


def test_a_graph_that_was_pickled_or_sent_as_json() -> None:
    graph = tg.trace(loss, backward=True)(*by_hand(2.0, 3.0, 4.0), x, y)
    assert tg.source(tg.Graph.from_json(graph.to_json())) == tg.source(graph)


# --- a primitive of the user's ----------------------------------------------------------------------------------------

SHIFT = 0.5


def shifted(z: Any) -> Any:
    """A helper of the primitive."""
    return z - SHIFT


@tg.primitive
def bump(z: Any, width: float = 1.0) -> Any:
    """exp(-((z - ½) / width)²)."""
    return np.exp(-((shifted(z) / width) ** 2))


def test_primitives_are_defined_in_the_program_with_what_they_call() -> None:
    tg.derivative(bump, z=lambda g, z, out, width: -2 * g * out * (z - SHIFT) / width**2)
    source = tg.source(lambda z: np.sum(bump(z, width=2.0)), np.array([0.0, 1.0]))
    assert "def bump(z, width=1.0):" in source
    assert "def shifted(z):" in source
    assert "SHIFT = 0.5" in source
    f = lambda z: np.sum(bump(z, width=2.0))  # noqa: E731
    np.testing.assert_allclose(source.function()(np.array([0.2, 0.9]))[1], tg.grad(f)(np.array([0.2, 0.9])), rtol=1e-12)


@tg.primitive
def scaled(k: int, x: Any) -> Any:
    """The sum of k times x."""
    total = x * 0
    for _ in range(k):
        total = total + x
    return total


def test_an_argument_without_a_derivative_stays_a_whole_number() -> None:
    """Also where all arguments are numbers, and the call is computed while the program is written."""
    tg.derivative(scaled, x=lambda g, k: scaled(k, g), broadcasts=True)
    for f in (lambda x: scaled(3, x), lambda x: np.sum(scaled(2, x) ** 2), lambda x: np.sum(scaled(3, x))):
        for x in (np.float64(2.0), np.array([1.0, -2.0])):
            if np.ndim(f(x)) == 0:
                np.testing.assert_allclose(tg.source(f, x).function()(x)[1], tg.grad(f)(x), rtol=1e-12)


# --- what cannot be written says so -----------------------------------------------------------------------------------


def test_what_cannot_be_written() -> None:
    with pytest.raises(NoSource, match=r"checkpoint.*Trace the function without tg.checkpoint"):
        tg.source(lambda x: tg.checkpoint(np.sin)(x), 2.0)
    names: dict[str, Any] = {"tg": tg}
    exec("@tg.primitive\ndef typed(x):\n    return x + 1\ntg.derivative(typed, x=lambda g: g)", names)
    with pytest.raises(NoSource, match="typed is a primitive whose own source is not available"):
        tg.source(lambda x: names["typed"](x) * x, 2.0)
    table = {"a": 1}
    keyed = tg.primitive(lambda_free(table))
    tg.derivative(keyed, x=lambda g: g)
    with pytest.raises(NoSource, match="uses 'table', a dict"):
        tg.source(lambda x: keyed(x) * x, 2.0)


def lambda_free(table: dict[str, int]) -> Any:
    def keyed(x: Any) -> Any:
        return x + table["a"]

    return keyed


def test_what_has_no_gradient() -> None:
    with pytest.raises(TypeError, match=r"the floats \(2.0, not 2\)"):
        tg.source(lambda n: n * 2, 3)
    with pytest.raises(ValueError, match="starts from a single number"):
        tg.source(lambda x: x * 2, np.ones(3))
    with pytest.raises(ValueError, match="needs the backward pass"):
        tg.source(tg.trace(lambda x: x**2)(2.0))
    with pytest.raises(ValueError, match="order=3"):
        tg.source(lambda x: x**2, 2.0, order=3)


def test_a_branch_that_was_taken_is_named() -> None:
    def f(x: Any) -> Any:
        return x**2 if x > 1 else x

    assert "This program is for the case that it is True" in " ".join(tg.source(f, 2.0).split())


def test_every_function_that_has_samples_is_tested() -> None:
    assert {name_of(f) for f in SAMPLES} >= {"np.sin", "np.where", "np.linalg.eigh"}


# --- in other ways ------------------------------------------------------------------------------------------------------


def test_the_program_of_a_tensor() -> None:
    a = tg.Tensor(2.0)
    loss = np.sin(a * 3)
    program = tg.source(loss)
    assert program.name == "loss_and_gradient"
    assert "The value of loss, and its gradient with respect to a." in program
    assert program.function()(2.0) == (pytest.approx(np.sin(6.0)), pytest.approx(3 * np.cos(6.0)))
    assert program.function()() == program.function()(2.0)


def test_a_tensor_or_a_graph_is_not_called_again() -> None:
    a = tg.Tensor(2.0)
    graph = tg.trace(np.sin, backward=True)(2.0)
    for call in (lambda: tg.source(a * 3, 2.0), lambda: tg.source(graph, 2.0), lambda: tg.source(a * 3, order=2)):
        with pytest.raises(TypeError, match=r"tg\.source\(f, \*args, order=2\)"):
            call()
    with pytest.raises(TypeError, match=r"source\(\) was given 2\.0\. It writes the gradient of a function"):
        tg.source(2.0)
    with pytest.raises(ValueError, match="has 2 elements, each with a gradient of its own"):
        tg.source(tg.Tensor([1.0, 2.0]) * 2)
    with pytest.raises(TypeError, match="no graph for a backward pass"):
        tg.source(tg.Tensor(1.0, requires_grad=False))


def test_the_prompt_shows_the_text() -> None:
    program = tg.source(np.sin, 2.0)
    assert repr(program) == str(program)
    assert isinstance(program, str)
    assert "\n" in repr(program)


@together
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize(
    "f",
    [
        lambda w: np.sum(w) * 3,
        lambda w: np.sum(tg.relu(w)),
        lambda w: np.sum(np.where(w > 0, w, 0.0)),
        lambda w: np.sum(w[0]),
        lambda w: np.sum(np.arange(3.0) @ w),
        lambda w: 0 * np.sum(w) + 1,
        lambda w: np.sum(np.broadcast_to(w[0], (4, 2))),
        lambda w: np.mean(np.tanh(w) ** 2),
        lambda w: np.sum(w.astype(np.float64)) * 2,
    ],
)
def test_gradients_have_the_dtype_of_the_variable(f: Any, dtype: Any) -> None:
    w = np.array([[1.0, -2.0], [0.5, 3.0], [-1.0, 2.0]], dtype)
    value, gradient = tg.source(f, w).function()(w)
    expected = tg.grad(f)(w)
    assert (gradient.dtype, gradient.shape) == (dtype, w.shape)
    np.testing.assert_allclose(gradient, expected, rtol=1e-2 if dtype == np.float16 else 1e-5)
    assert np.asarray(value).dtype == np.asarray(f(tg.Tensor(w)).data).dtype


@pytest.mark.parametrize("f", [lambda w: w * 3, lambda w: w * 0.0, lambda w: w + 1.0])
def test_so_do_gradients_of_numbers(f: Any) -> None:
    assert type(tg.source(f, np.float32(2)).function()(np.float32(2))[1]) is np.float32
    assert type(tg.source(f, 2.0).function()(2.0)[1]) is float


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("f", [lambda w: (w, w * 2), lambda w: [w * w, 3.0], lambda w: {"loss": w * w, "other": w}])
def test_several_results_have_no_program(f: Any, order: int) -> None:
    with pytest.raises(ValueError, match=r"returned 2 values.*write `tg.source\(lambda x: f\(x\)\[0\], x\)`"):
        tg.source(f, 2.0, order=order)


@pytest.mark.parametrize("function", [np.modf, np.frexp, lambda c: np.divmod(c, 2)])
def test_parts_of_an_array_that_is_data(function: Any) -> None:
    def f(w: Any, c: Any) -> Any:
        return np.sum(function(c)[0] * w)

    c = np.array([1.25, -2.5, 7.0])
    assert tg.source(f, 2.0, c, argnums=0).function()(2.0, c) == tg.value_and_grad(f)(2.0, c)


def test_a_constant_function_with_two_results() -> None:
    """Its results are a tuple, which is not broadcast."""
    c = np.array([1.25, -5.5])
    for f in (
        lambda z, c: np.sum(np.divmod(c, 2)[1] * z), lambda z, c: np.sum(np.modf(c)[0] * z),
        lambda z, c: np.sum(np.frexp(c)[0] * z * np.frexp(c)[1]), lambda z, c: np.sum(np.divmod(c + c, [[2], [3]])[0] * z),
    ):  # fmt: skip
        names: dict[str, Any] = {}
        exec(tg.source(f, 2.0, c, argnums=0), names)
        assert names["value_and_gradient"](2.0, c) == tg.value_and_grad(f)(2.0, c)


def test_the_program_of_a_network_is_as_written_by_hand() -> None:
    """Matrix products are written out, and what NumPy does not have is defined above: the text of the function."""
    rng = np.random.default_rng(0)
    x, y, w, b = rng.normal(size=(4, 2)), np.array([0, 2, 1, 1]), rng.normal(size=(3, 2)), rng.normal(size=3)

    def loss(w: Any, b: Any, x: Any, y: Any) -> Any:
        scores = linear(x, w, b)
        return cross_entropy(scores, y)

    source = tg.source(loss, w, b, x, y, argnums=(0, 1))
    lines = [line.partition("  #")[0].strip() for line in body(source).splitlines()]
    for line in (
        "scores = x @ w.T + b",
        "loss = cross_entropy_of_classes(scores, y)",
        "d_scores = (softmax(scores, axis=1) - (y[:, None] == np.arange(3))) / 4",
        "d_w = d_scores.T @ x",
        "d_b = np.sum(d_scores, axis=0)",
    ):
        assert line in lines
    other = np.array([2, 0, 1, 0])
    value, gradients = source.function()(w, b, x, other)
    expected, slopes = tg.value_and_grad(loss, (0, 1))(w, b, x, other)
    np.testing.assert_allclose(value, expected, rtol=1e-14)
    for ours, theirs in zip(gradients, slopes):
        np.testing.assert_allclose(ours, theirs, rtol=1e-13)
    with pytest.raises(IndexError, match="out of bounds"):
        source.function()(w, b, x, np.array([0, 1, 2, 3]))
