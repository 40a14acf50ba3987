"""The page that computes: each of its functions, whole programs, and how it behaves in a real browser, where there is one."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browsing import PHONE, Reader, contrast
from helpers import arrays_of, filled
from rule_samples import SAMPLES, Call, binary, of, program_of

import tinygrad_lite as tg
from tinygrad_lite import Tensor, data, nn, optim
from tinygrad_lite.graphs.names import labels
from tinygrad_lite.graphs.program import Op
from tinygrad_lite.messages import NoSource, name_of
from tinygrad_lite.views.player.player import asset
from tinygrad_lite.views.playground.functions import ELEMENTWISE, FUNCTIONS, OF_TRUTH_VALUES, Unwritten, call_text
from tinygrad_lite.views.playground.picture import described, picture_of
from tinygrad_lite.views.playground.playground import Playground, range_of
from tinygrad_lite.views.playground.writer import Writer, blocks, identifier, needed, number, packed

NASTY = """<script>alert(1)</script> & "double" 'single' $x </script>"""
VIEW = "tinygrad_lite.views.playground"

x = np.linspace(-5, 5, 100)
y = 5 * x**2 - 3 * x + 3


def rmse(a: Any, b: Any, c: Any, x: Any, y: Any) -> Any:
    guess = a * x**2 + b * x + c
    error = guess - y
    return np.sqrt(np.mean(error**2))


def quadratic(**options: Any) -> Playground:
    return tg.playground(rmse, a=2.0, b=3.0, c=4.0, x=x, y=y, **options)


def moons() -> tuple[Callable[..., Any], tuple[Any, ...]]:
    points, classes = data.moons(60, seed=0)
    rng = np.random.default_rng(0)
    model = nn.Sequential(nn.Linear(2, 8, seed=rng), np.tanh, nn.Linear(8, 1, seed=rng))

    def loss(model: Any, x: Any, y: Any) -> Any:
        score = model(x)
        return nn.binary_cross_entropy_with_logits(score, y)

    return loss, (model, points, classes[:, None].astype(float))


def softmax_regression() -> tuple[Callable[..., Any], tuple[Any, ...]]:
    points, classes = data.spirals(90, seed=0)
    w, b = Tensor(np.random.default_rng(1).normal(size=(2, 3)), name="w"), Tensor(np.zeros(3), name="b")

    def loss(w: Any, b: Any, x: Any, y: Any) -> Any:
        logits = x @ w + b
        return nn.cross_entropy(logits, y)

    return loss, (w, b, points, classes)


# --- every function against NumPy -----------------------------------------------------------------------------------------

EXTREME = np.array([-np.inf, -2.5, -1.0, -0.0, 0.0, 0.5, 1.0, 1.5, np.inf, np.nan])
PAIRS = [of(*call.args) for call in binary(-2, 2)] + [of(EXTREME[:, None], EXTREME)]
TRUE = np.array([[True, False], [False, False]])
MORE: dict[Any, list[Call]] = {  # functions that need no derivative, and so have no samples
    **dict.fromkeys((np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal), PAIRS),
    **dict.fromkeys((np.logical_and, np.logical_or, np.logical_xor), PAIRS),
    **{f: [of(EXTREME), of(0.5)] for f in (np.logical_not, np.isnan, np.isinf, np.isfinite)},
    **{f: [of(TRUE, TRUE.T), of(TRUE, TRUE[1])] for f in (np.bitwise_and, np.bitwise_or, np.bitwise_xor)},
    np.invert: [of(TRUE)],
    **{f: [of((2, 3)), of(4)] for f in (np.zeros, np.ones)},
    **{f: [of(np.arange(6.0).reshape(2, 3))] for f in (np.zeros_like, np.ones_like)},
    np.full: [of((2, 3), 1.5), of((2,), np.array([1.0, 2.0]))],
}  # fmt: skip
CORNERS: dict[Any, list[Call]] = {  # where JavaScript's own functions differ from NumPy's
    np.power: [of(np.array([1.0, 1.0, 2.0]), np.array([np.nan, np.inf, 0.0]))],
    np.rint: [of(np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5]))],
    np.remainder: [of(np.array([[5.0], [-5.0]]), np.array([3.0, -3.0]))],
    np.floor_divide: [of(np.array([[5.0], [-5.0], [6.0]]), np.array([3.0, -3.0, 0.1]))],
    np.maximum: [of(EXTREME[:, None], EXTREME)], np.minimum: [of(EXTREME[:, None], EXTREME)],
    np.fmax: [of(EXTREME[:, None], EXTREME)], np.copysign: [of(1.0, EXTREME)], np.max: [of(EXTREME)],
    np.logaddexp: [of(np.array([np.inf, -np.inf, 700.0]), np.array([np.inf, -np.inf, 800.0]))],
}  # fmt: skip
TABLE = [*ELEMENTWISE, *OF_TRUTH_VALUES, *FUNCTIONS]


class Direct:
    """Writes a call of arrays as it is, without a graph."""

    known = staticmethod(lambda value: value)
    shape = staticmethod(np.shape)

    def __init__(self) -> None:
        self.constants: list[Any] = []

    def text(self, value: Any) -> str:
        if np.ndim(value) == 0:
            return number(value)
        self.constants.append(packed(value))
        return f"constants[{len(self.constants) - 1}]"

    def places(self, places: Any) -> str:
        return f"[{', '.join(str(i) for i in np.ravel(places))}]"


def expressions() -> tuple[list[tuple[str, str, Any]], Direct]:
    """Each sample that can be written: the name of the function, the call in JavaScript, and NumPy's result."""
    found, writer = [], Direct()
    for function in TABLE:
        written = 0
        for call in [*(SAMPLES[function] if function not in MORE else MORE[function]), *CORNERS.get(function, [])]:
            with np.errstate(all="ignore"):
                expected = np.asarray(function(*call.args, **call.keywords))
            op = Op(0, function, call.args, call.keywords, expected.shape, str(expected.dtype), False)
            try:
                found.append((f"{name_of(function)} {call.args} {call.keywords}", call_text(writer, op), expected))
            except Unwritten:
                continue
            written += 1
        assert written >= 1, function
    return found, writer


UNPACKED = """const unpacked = ({ shape, data }) =>
  shape.length ? { shape, data: Float64Array.from(data, Number) } : Number(data[0]);
const said = (v) => (typeof v === "number" ? [[], [String(v)]] : [v.shape, Array.from(v.data, String)]);
const tried = (f) => { try { return f(); } catch (error) { return String(error); } };
"""


def read(found: Any) -> np.ndarray:
    """An array that the page said."""
    assert not isinstance(found, str), found
    shape, numbers = found
    return np.array([float(text.replace("Infinity", "inf")) for text in numbers]).reshape(shape)


def test_every_function_computes_what_numpy_does(browser: Any) -> None:
    cases, writer = expressions()
    assert len(cases) > 1300
    calls = "\n".join(f"out.push(tried(() => said({text})));" for _, text, _ in cases)
    runtime = "\n\n".join(blocks().values())
    page = browser.new_page()
    arrays = f"const constants = {json.dumps(writer.constants)}.map(unpacked);"
    found = page.evaluate(f"(() => {{ {UNPACKED}\n{runtime}\n{arrays}\nconst out = [];\n{calls}\nreturn out; }})()")
    page.close()
    for (name, text, expected), result in zip(cases, found, strict=True):
        np.testing.assert_allclose(read(result), expected.astype(float), rtol=1e-12, atol=1e-12, err_msg=f"{name}\n{text}")


def gradient_of(function: Any) -> Any:
    """The graph of some samples of a function at once, with the backward pass; None if it has no derivative."""
    calls = [call for call in SAMPLES.get(function, []) if arrays_of(call) and is_written(function, call)]
    calls = sorted(calls, key=lambda call: -max(array.ndim for array in arrays_of(call)))[:: max(1, len(calls) // 2)][:2]
    arrays = [array for call in calls for array in arrays_of(call)]
    if not arrays:
        return None

    def loss(*arrays: Any) -> Any:
        total, rest = 0.0, list(arrays)
        for call in calls:
            args, keywords = filled([call.args, call.keywords], rest)
            out = program_of(function)(*args, **keywords)
            total = total + np.sum(out * np.cos(np.arange(out.size)).reshape(out.shape))
        return total

    with np.errstate(all="ignore"):
        return tg.trace(loss, backward=True)(*map(Tensor, arrays))


def is_written(function: Any, call: Call) -> bool:
    expected = np.asarray(function(*call.args, **call.keywords))
    try:
        call_text(Direct(), Op(0, function, call.args, call.keywords, expected.shape, str(expected.dtype), False))
    except Unwritten:
        return False
    return True


def test_the_derivative_of_every_function_can_be_written_and_is_right(browser: Any) -> None:
    lines, graphs = [], []
    for function in TABLE:
        if function in MORE or (graph := gradient_of(function)) is None:
            continue
        writer = Writer(graph)
        results = {"value": writer.value(graph.output.id), **{f"g{i}": writer.gradient(i) for i in writer.parameters}}
        writer.add("everything", results)
        text, constants = writer.script()
        given = json.dumps([packed(graph[i].value) for i in writer.parameters])
        lines.append(
            f"out.push(tried(() => {{ const story = {json.dumps({'constants': constants})};\n{text}\n"
            f"return Object.values(program.everything({given}.map(unpacked))).map(said); }}));"
        )
        graphs.append((name_of(function), graph, writer))
    assert len(graphs) > 80
    page = browser.new_page()
    found = page.evaluate(f"(() => {{ {UNPACKED}\nconst out = [];\n{chr(10).join(lines)}\nreturn out; }})()")
    page.close()
    for (name, graph, writer), results in zip(graphs, found, strict=True):
        assert not isinstance(results, str), (name, results)
        gradients = [graph[i].gradient if graph[i].gradient is not None else 0 for i in writer.parameters]
        for result, expected in zip(results, [graph.output.value, *gradients], strict=True):
            np.testing.assert_allclose(read(result), expected, rtol=1e-11, atol=1e-11, err_msg=name)


def test_a_page_has_the_functions_that_it_uses_and_no_others() -> None:
    page = quadratic()
    assert "const multiply = pairs(" in page
    assert "function pairs(" in page
    for absent in ("matmul", "softmax", "tanh", "contract", "cumsum"):
        assert f"{absent} = " not in page
        assert f"function {absent}(" not in page
    used = needed("// sqrt\nsin(x) + y.cos")
    assert [re.findall(r"^(?:const|function) (\w+)", block, re.MULTILINE) for block in used] == [["each"], ["sin"]]


# --- whole programs against the engine ------------------------------------------------------------------------------------


def trained(loss: Callable[..., Any], parameters: list[Tensor], optimizer: str, rate: float) -> list[list[float]]:
    """The loss, and then all parameters, before each of 50 steps and after the last."""
    kinds: dict[str, Callable[[], Any]] = {
        "descent": lambda: optim.SGD(parameters, lr=rate),
        "momentum": lambda: optim.SGD(parameters, lr=rate, momentum=0.9),
        "adam": lambda: optim.Adam(parameters, lr=rate),
    }
    chosen, rows = kinds[optimizer](), []
    for _ in range(51):
        chosen.zero_grad()
        value = loss()
        value.backward()
        rows.append([value.item(), *(float(p) for parameter in parameters for p in np.ravel(parameter.data))])
        chosen.step()
    return rows


STEPS = """(name) => {
  document.querySelector(`[value=${name}]`).checked = true;
  actions.reset();
  const rows = [[now.loss, ...now.parameters]];
  for (let i = 0; i < 50; i++) { step(); rows.push([now.loss, ...now.parameters]); }
  changed();
  return rows;
}"""


@pytest.mark.parametrize("name", ["quadratic", "moons", "softmax"])
def test_fifty_steps_of_each_optimizer_are_those_of_the_engine(name: str, open_page: Any, tmp_path: Path) -> None:
    if name == "quadratic":
        f, args = rmse, (*map(Tensor, (2.0, 3.0, 4.0)), x, y)
    else:
        f, args = moons() if name == "moons" else softmax_regression()
    rate = 0.02 if name == "quadratic" else 0.1  # at 0.1 the quadratic gets to the tip of the cone: see the next test
    page = open_page(tg.playground(f, *args, learning_rate=rate).save(tmp_path / "page.html"))
    parameters = list(args[0].parameters()) if name == "moons" else [arg for arg in args if isinstance(arg, Tensor)]
    start = [p.data.copy() for p in parameters]
    for optimizer in ("descent", "momentum", "adam"):
        for p, value in zip(parameters, start):
            p.data = value
        expected = trained(lambda: f(*args), parameters, optimizer, rate)
        np.testing.assert_allclose(page.evaluate(STEPS, optimizer), expected, rtol=1e-9, atol=1e-9, err_msg=optimizer)


def test_each_step_at_the_rate_of_the_story_is_that_of_the_engine(open_page: Any, tmp_path: Path) -> None:
    """Step by step, as a rounding error becomes ten times as large with each step near the tip of the cone."""
    page = open_page(quadratic().save(tmp_path / "page.html"))
    rows = np.array(page.evaluate(STEPS, "descent"))
    for row, after in itertools.pairwise(rows):
        loss, slopes = tg.value_and_grad(rmse, (0, 1, 2))(*row[1:], x, y)
        np.testing.assert_allclose(row[0], loss, rtol=1e-12)
        np.testing.assert_allclose(after[1:], row[1:] - 0.1 * np.array(slopes), rtol=1e-9)


def test_all_values_and_gradients_in_the_graph_are_those_of_the_engine(open_page: Any, tmp_path: Path) -> None:
    f, args = moons()
    graph = tg.trace(f, backward=True)(*args)
    page = open_page(tg.playground(f, *args).save(tmp_path / "page.html"))
    said = page.evaluate(f"(() => {{ {UNPACKED} const all = {{}};\n"
                         "for (const key in now.found) all[key] = said(now.found[key]); return all; })()")  # fmt: skip
    for node in graph.forward:
        np.testing.assert_allclose(read(said[f"value{node.id}"]), node.value, rtol=1e-12, atol=1e-13)
        if node.wants_gradient:
            np.testing.assert_allclose(read(said[f"gradient{node.id}"]), node.gradient, rtol=1e-12, atol=1e-13)
    score = next(node for node in graph if node.name == "score")
    inputs = np.concatenate([args[1][::-1], args[1][:7]])  # more rows than the data have
    places_of = "(places) => Array.from(predictions(now.arrays, Float64Array.from(places), 2))"
    found = page.evaluate(places_of, inputs.ravel().tolist())
    assert page.evaluate("picture.anyRows")
    np.testing.assert_allclose(found, np.ravel([*score.value[::-1], *score.value[:7]]), rtol=1e-12)
    page.evaluate("picture.anyRows = false")  # as if its program had fixed shapes
    np.testing.assert_allclose(page.evaluate(places_of, inputs.ravel().tolist()), found, rtol=1e-15)


# --- what is a parameter, what is data, and what is plotted ---------------------------------------------------------------


def plotted(f: Any, *args: Any) -> dict[str, Any]:
    graph = tg.trace(f, backward=True)(*args)
    picture = picture_of(graph)
    assert picture is not None
    return described(graph, picture, labels(graph))


def test_the_prediction_is_what_is_compared_with_the_targets() -> None:
    found = plotted(rmse, *map(Tensor, (2.0, 3.0, 4.0)), x, y)
    assert (found["kind"], found["names"], found["movable"]) == ("curve", {"x": "x", "y": "y", "prediction": "guess"}, True)
    f, args = moons()
    found = plotted(f, *args)
    assert (found["kind"], found["of"], found["border"], found["names"]["prediction"]) == ("field", "two classes", 0, "score")
    f, args = softmax_regression()
    found = plotted(f, *args)
    assert (found["kind"], found["of"], found["width"], found["logits"]) == ("field", "classes", 3, True)
    w = Tensor(np.ones(2))
    points = np.random.default_rng(0).normal(size=(20, 2))
    found = plotted(lambda w, x, y: np.mean((x @ w - y) ** 2), w, points, points.sum(axis=1))
    assert (found["kind"], found["of"]) == ("field", "values")
    mixing = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 1.0]])  # a constant, which is no data
    found = plotted(lambda w, x, y: np.mean((x @ mixing @ w - y) ** 2), Tensor(np.ones(3)), points, points.sum(axis=1))
    assert (found["kind"], found["movable"]) == ("field", True)
    centred = lambda w, x, y: np.mean((w * (x - np.mean(x)) - y) ** 2)  # noqa: E731
    assert plotted(centred, Tensor(2.0), x, y)["movable"] is False  # a row of the prediction depends on all rows of x
    assert plotted(lambda a: np.mean((a * x - y) ** 2), Tensor(2.0))["movable"] is False  # x is not an argument
    assert picture_of(tg.trace(lambda a: a * np.sin(a), backward=True)(2.0)) is None
    assert picture_of(tg.trace(lambda w: np.sum(w * y), backward=True)(Tensor(x))) is None


def test_parameters_are_tensors_or_modules_or_else_numbers() -> None:
    def names(page: str) -> list[str]:
        return [parameter["name"] for parameter in Reader(page).data["parameters"]]

    line = lambda a, b, x, y: np.mean((a * x + b - y) ** 2)  # noqa: E731
    for a, b in [(2.0, 3.0), (2, 3), (2, 3.0), (np.int64(2), np.array(3.0))]:
        assert names(tg.playground(line, a, b=b, x=x, y=y)) == ["a", "b"]
    assert (
        names(tg.playground(line, Tensor(2.0), b=3.0, x=x, y=y)) == names(tg.playground(line, Tensor(2.0), 3, x, y)) == ["a"]
    )
    assert names(tg.playground(lambda a, flag: a * a if flag else a, 2, True)) == ["a"]
    assert names(tg.playground(lambda p, x: np.sum(p["w"] * x) + p["b"], {"w": 2.0, "b": 1.0}, x=x)) == ['p["w"]', 'p["b"]']
    assert names(tg.playground(lambda p, x: np.sum(x @ p["w"]), {"w": np.ones(3)}, np.ones((2, 3)))) == ['p["w"]']
    for w in (np.ones(3), np.arange(3)):
        assert names(tg.playground(lambda w: np.sum(w**2), w)) == ["w"]
    f, args = moons()
    assert names(tg.playground(f, *args)) == ["model[0].weight", "model[0].bias", "model[2].weight", "model[2].bias"]


def test_what_cannot_be_told_to_be_a_parameter_is_asked() -> None:
    def turns(a: Any, n: Any, m: Any) -> Any:
        return sum(a**i for i in range(n)) + sum(a for i in range(m))

    weights, points = np.ones(2), np.ones((4, 2))
    for call, words in [
        (
            lambda: tg.playground(lambda w, x: np.sum(x @ w), weights, points),
            r"`tg\.playground\(f, tg\.Tensor\(weights\), points\)`",
        ),
        (
            lambda: tg.playground(turns, a=2, n=3, m=4),
            r"n and m can only be whole .*`tg\.playground\(turns, a=tg\.Tensor\(2\), n=3, m=4\)`",
        ),
        (
            lambda: tg.playground(lambda a, n, x: np.sum(a * x**n), 2.0, 2, x),
            r"n is an exponent .*\(f, tg\.Tensor\(2\.0\), 2, x\)`",
        ),
        (lambda: tg.playground(lambda a, x: np.sum(a * np.array(x)), 2.0, x=[1, 2]), r"x is a list .*, x=np\.array\(x\)\)`"),
    ]:
        with pytest.raises(TypeError, match=words):
            call()
    with pytest.raises(KeyError):
        tg.playground(lambda a, n: a * {}[n], 2.0, 3)


def test_options_and_ranges() -> None:
    page = Reader(quadratic(learning_rate=0.02, optimizer="adam", ranges={"a": (0, 8)}, contours=("b", "c"), title="T"))
    assert page.texts("h1") == ["T"]
    assert Reader(tg.playground(lambda a: a * a, 2)).texts("h1") == ["A playground"]
    assert (page.data["rate"], page.data["optimizer"], page.data["contours"]) == (0.02, "adam", [1, 2])
    assert [(p["low"], p["high"]) for p in page.data["parameters"]] == [(0, 8), (-6, 6), (-10, 10)]
    assert [attrs["value"] for _, attrs, _ in page.elements if "checked" in attrs] == ["adam"]
    assert [range_of(v) for v in (0.0, 0.3, 5.0, 6.0, -40.0, np.array([1.0, -3.0]))] == [
        (-1, 1), (-1, 1), (-10, 10), (-20, 20), (-100, 100), (-6, 6),
    ]  # fmt: skip
    f, args = softmax_regression()
    assert Reader(tg.playground(f, *args, contours=("w[1, 0]", "b[2]"))).data["contours"] == [3, 8]


def test_what_cannot_be_played_is_refused() -> None:
    for options, words in [
        ({"optimizer": "sgd"}, "optimizer='sgd'"), ({"learning_rate": 0.0}, "a number above 0"),
        ({"learning_rate": "0.1"}, "learning_rate='0.1'"),
        ({"ranges": {"d": (0, 1)}}, "no parameter 'd'. It has a, b, c"),
        ({"contours": ("a", "x")}, "no parameter 'x'"), ({"contours": "ab"}, "two different parameters"),
    ]:  # fmt: skip
        with pytest.raises(ValueError, match=words):
            quadratic(**options)
    with pytest.raises(TypeError, match="returned 2 values"):
        tg.playground(lambda a: (a, a * a), 2.0)
    with pytest.raises(ValueError, match="6,000 numbers"):
        tg.playground(lambda w: np.sum(w), np.ones(6000))
    with pytest.raises(ValueError, match=r"playground\(\) writes a page"):
        quadratic().save("page.txt")


def test_a_function_that_is_not_there_is_named_with_its_line() -> None:
    def f(w: Any) -> Any:
        s = np.sum(w)
        return np.linalg.det(w) + s

    with pytest.raises(NoSource, match=r"there is no np\.linalg\.det\. Write(.|\n)*np\.linalg\.det\(w\) \+ s"):
        tg.playground(f, np.eye(2))
    with pytest.raises(NoSource, match=r"no np\.argsort, which is a step of this line\.(.|\n)*np\.sort\(w\)"):
        tg.playground(lambda w: np.sum(np.sort(w) * np.arange(3.0)), np.array([3.0, 1.0, 2.0]))
    fixed = np.linalg.inv(np.eye(2) + 1)  # what depends on no parameter may be anything
    assert "np.linalg" not in tg.playground(lambda w: np.sum(np.linalg.inv(fixed) @ w), np.eye(2))


# --- the page -------------------------------------------------------------------------------------------------------------


def until(page: Any, what: str) -> None:
    """Wait for it. As a function, since the page does not allow texts to be evaluated."""
    page.wait_for_function(f"() => {what}")


def test_names_are_escaped_and_names_of_javascript_are_avoided(open_page: Any, tmp_path: Path) -> None:
    w = Tensor(np.array([1.0, 2.0, 3.0]), name=NASTY)

    def f(w: Any) -> Any:
        var, sum, program, story, constants = w * 2, np.sum(w), np.exp(w), w + 1, w - 1
        return np.sum(var * sum * program * story * constants)

    text = tg.playground(f, w, title=NASTY)
    assert Reader(text).texts("h1") == Reader(text).texts("title") == [NASTY]
    page = open_page(text.save(tmp_path / "page.html"))
    assert page.locator("script").count() == 2
    assert page.evaluate("now.loss") == pytest.approx(float(f(w.data)), rel=1e-12)
    assert "<script>alert(1)" in page.text_content("#sliders")
    assert identifier("var₂") == "var2"
    assert identifier("2x + 1") == "v_2x_1"
    assert identifier("…") == "v"


def test_the_rmse_jumps_to_and_fro_for_ever_and_is_cured(open_page: Any, tmp_path: Path) -> None:
    page = open_page(quadratic().save(tmp_path / "page.html"))
    assert page.text_content("#loss") == "37.773"
    assert "press Run" in page.text_content("#verdict")
    page.locator("#speed").fill("3")
    page.get_by_role("button", name="Run").click()
    until(page, "now.steps > 20")
    page.get_by_role("button", name="Pause").click()
    page.evaluate("for (let i = 0; i < 900; i++) step(); changed()")
    until(page, "document.getElementById('verdict').textContent.includes('jumps back and forth')")
    assert "Let the rate shrink." in page.text_content("#verdict")
    losses = page.evaluate("now.losses.slice(-100)")
    assert 5 < min(losses) < max(losses) < 9
    assert page.evaluate("$('shrinking').classList.contains('wanted')")
    page.locator("#shrink").fill("1")
    page.evaluate("for (let i = 0; i < 1500; i++) step(); changed()")
    assert page.evaluate("now.loss") < 1e-3
    until(page, "document.getElementById('verdict').textContent.startsWith('The loss has settled')")
    np.testing.assert_allclose(page.evaluate("Array.from(now.parameters)"), [5, -3, 3], atol=1e-2)
    assert page.evaluate("rate") < 0.01
    page.get_by_role("button", name="Reset").click()
    assert page.evaluate("[rate, now.steps, now.loss.toFixed(4), now.before.length > 900]") == [0.1, 0, "37.7731", True]


def test_what_diverges_stops_and_says_so(open_page: Any, tmp_path: Path) -> None:
    mse = lambda a, b, c, x, y: np.mean((a * x**2 + b * x + c - y) ** 2)  # noqa: E731
    page = open_page(tg.playground(mse, a=2.0, b=3.0, c=4.0, x=x, y=y, learning_rate=0.1).save(tmp_path / "page.html"))
    page.locator("#speed").fill("3")
    page.keyboard.press(" ")
    until(page, "!running && now.steps > 10")
    until(page, "document.getElementById('verdict').textContent.includes('the steps were too long')")
    page.keyboard.press("r")
    page.locator("#rate").fill("-2.3")
    for _ in range(20):
        page.keyboard.press("s")
    until(page, "document.getElementById('verdict').textContent === 'The loss falls.'")
    assert page.evaluate("now.steps") == 20


def test_dragging_moves_everything(open_page: Any, tmp_path: Path) -> None:
    page = open_page(quadratic(ranges={"a": (0, 8), "b": (-8, 6)}).save(tmp_path / "page.html"))
    curve = "document.querySelector('#model .curve').getAttribute('d')"
    before = page.evaluate(curve)
    page.get_by_role("slider", name="a", exact=True).fill("500")
    until(page, "now.parameters[0] === 4")
    until(page, f"{curve} !== {json.dumps(before)}")
    loss = float(rmse(4.0, 3.0, 4.0, x, y))
    assert page.evaluate("now.loss") == pytest.approx(loss, rel=1e-12)
    page.locator("#canvas").scroll_into_view_if_needed()
    until(page, f"Math.abs(parseFloat(document.querySelector('#graph g:last-of-type .number').textContent) - {loss}) < 1e-3")
    page.evaluate("scrollTo(0, 0)")
    land = page.locator("#landscape").bounding_box()
    page.mouse.move(land["x"] + land["width"] * 0.25, land["y"] + land["height"] * 0.5)
    page.mouse.down()
    page.mouse.move(land["x"] + land["width"] * 0.75, land["y"] + land["height"] * 0.25, steps=3)
    page.mouse.up()
    np.testing.assert_allclose(page.evaluate("Array.from(now.parameters)"), [6, 2.5, 4], atol=0.1)
    page.evaluate("moveTo(0, 30)")
    until(page, "ranges[0].high >= 30")


def test_the_landscape_is_the_loss(open_page: Any, tmp_path: Path) -> None:
    page = open_page(quadratic(ranges={"a": (0, 8), "b": (-8, 6)}, contours=("b", "a")).save(tmp_path / "page.html"))
    until(page, "surface && surface.grid === FINE && !work")
    found = np.reshape(page.evaluate("Array.from(surface.values)"), (41, 41))
    b, a = np.meshgrid(np.linspace(-8, 6, 41), np.linspace(0, 8, 41))
    np.testing.assert_allclose(found, [[rmse(p, q, 4.0, x, y) for p, q in zip(*rows)] for rows in zip(a, b)], rtol=1e-11)
    arrow = page.evaluate("['x1', 'y1', 'x2', 'y2'].map((k) => parseFloat(land.querySelector('.next').getAttribute(k)))")
    g = tg.grad(rmse, (0, 1))(2.0, 3.0, 4.0, x, y)
    places = [(3 + 8) / 14, 1 - 2 / 8, (3 - 0.1 * g[1] + 8) / 14, 1 - (2 - 0.1 * g[0]) / 8]
    np.testing.assert_allclose(arrow, 100 * np.array(places), atol=0.02)


def test_one_parameter_has_a_curve_with_its_tangent(open_page: Any, tmp_path: Path) -> None:
    page = open_page(tg.playground(lambda x: x * np.sin(x), 2.0).save(tmp_path / "page.html"))
    assert page.locator("#axes-choice").is_hidden()
    assert page.locator("#data").is_hidden()
    assert page.evaluate("document.querySelector('.tangent').getAttribute('d')")
    page.keyboard.press("s")
    until(page, "document.getElementById('count').textContent === '1'")
    assert page.evaluate("now.parameters[0]") == pytest.approx(2 - 0.1 * (math.sin(2) + 2 * math.cos(2)), rel=1e-12)


def test_a_number_of_a_large_array_is_chosen(open_page: Any, tmp_path: Path) -> None:
    f, args = moons()
    page = open_page(tg.playground(f, *args).save(tmp_path / "page.html"))
    assert page.get_by_role("slider").count() == 3 + 4
    page.get_by_label("A number of model[0].weight").select_option("3, 1")
    until(page, "document.querySelector('.array input').ariaLabel === 'model[0].weight[3, 1]'")
    page.get_by_role("slider", name="model[0].weight[3, 1]").fill("1000")
    high = page.evaluate("ranges[7].high")
    assert page.evaluate("now.parameters[7]") == high
    page.locator("canvas.numbers").first.click(position={"x": 20, "y": 5})
    until(page, "document.querySelector('.array select').value === '1'")


def test_what_is_no_number_in_the_data_is_not_drawn(open_page: Any, tmp_path: Path) -> None:
    f = lambda a, x, y: np.mean((a * x - y) ** 2)  # noqa: E731
    text = tg.playground(f, 2.0, np.array([1, np.nan, 3, 4]), np.array([np.inf, 1, 2, 3]))
    page = open_page(text.save(tmp_path / "page.html"))
    until(page, "document.getElementById('verdict').textContent.includes('look for a nan or inf in the data')")
    assert page.locator("#model .point").count() == 2


def test_another_branch_is_told(open_page: Any, tmp_path: Path) -> None:
    def f(a: Any) -> Any:
        return a**2 if a > 1 else -a

    page = open_page(tg.playground(f, 2.0).save(tmp_path / "page.html"))
    page.evaluate("moveTo(0, 0.5)")
    until(page, "document.getElementById('verdict').textContent.includes('another way in line')")


def test_on_a_phone_in_both_schemes(open_page: Any, tmp_path: Path) -> None:
    f, args = moons()
    for scheme, text in {"light": quadratic(), "dark": tg.playground(f, *args)}.items():
        page = open_page(
            text.save(tmp_path / "page.html"), viewport=PHONE, has_touch=True, is_mobile=True, color_scheme=scheme
        )
        page.evaluate("for (let i = 0; i < 40; i++) step(); changed()")
        until(page, "surface && fresh")
        assert (page.evaluate("colour('--paper')[0] > 200"), page.evaluate("colour('--valley')[0] > 200")) == (
            scheme == "light",
        ) * 2
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        controls = "Array.from(document.querySelectorAll('button, [type=range]'), (one) => one.getBoundingClientRect())"
        for size in page.evaluate(f"{controls}.filter((size) => size.width)"):
            assert size["x"] >= 0
            assert size["x"] + size["width"] <= 390
        page.evaluate("document.getElementById('numbers').scrollIntoView()")
        assert page.locator("#pictures").bounding_box()["y"] == 0  # they stay in view
        page.evaluate("scrollTo(0, 0)")


def test_for_a_reader_who_listens_and_one_who_types(open_page: Any, tmp_path: Path) -> None:
    page = open_page(quadratic().save(tmp_path / "page.html"))
    assert page.locator("html").get_attribute("lang") == "en"
    for role, name in [
        ("main", None), ("region", "How to descend"), ("region", "The parameters"), ("slider", "Learning rate"),
        ("radio", "Adam"),
        ("slider", "Rate shrinks at each step"), ("slider", "Speed"), ("combobox", "across"), ("group", "Optimizer"),
        ("img", "The loss from step to step"),
    ]:  # fmt: skip
        assert page.get_by_role(role, name=name).count() == 1, name
    assert page.get_by_role("slider", name="a", exact=True).get_attribute("aria-valuetext") == "a is 2, gradient −10.106"
    reached = []
    for _ in range(13):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.id || document.activeElement.ariaLabel || document.activeElement.value")
        )
    assert reached == [
        "run", "step", "reset", "rate", "descent", "shrink", "speed", "a", "b", "c", "along-x", "along-y", "canvas",
    ]  # fmt: skip
    page.get_by_role("radio", name="Descent").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("optimizer()") == "momentum"
    page.get_by_role("slider", name="Learning rate").focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("slider", name="Learning rate").get_attribute("aria-valuetext") == "0.1"
    page.keyboard.press(" ")
    until(page, "running && now.steps > 4")
    page.keyboard.press(" ")
    until(page, "document.querySelector('[role=status]').textContent === 'The loss falls.'")


def test_all_words_can_be_read_on_their_grounds() -> None:
    style = asset("tinygrad_lite.views.player", "player.css") + asset(VIEW, "playground.css")
    colours: list[dict[str, str]] = [{}, {}]
    for i, part in enumerate(re.split(r"@media \(prefers-color-scheme: dark\)", style)):
        first, *rest = part.split("/* ---", 1) if i else ["", part]
        colours[1].update(re.findall(r"(--[\w-]+): (#\w{6})", first))
        colours[0].update({k: v for text in rest for k, v in re.findall(r"(--[\w-]+): (#\w{6})", text)})
    for found in colours:
        for words, ground in [
            ("--ink", "--good"), ("--ink", "--received"), ("--ink", "--shade"), ("--quiet", "--paper"),
            ("--forward-words", "--paper"), ("--back-words", "--paper"), ("--paper", "--ink"),
        ]:  # fmt: skip
            assert contrast(found[words], found[ground]) >= 4.5, (words, ground)
        assert contrast(found["--back"], found["--valley"]) >= 3  # the arrow
        assert contrast(found["--ink"], found["--peak"]) >= 3  # the path


def test_notebooks_show_it() -> None:
    page = quadratic()
    assert repr(page).startswith("<Playground: ")
    frame = page._repr_html_()
    assert frame.startswith('<iframe srcdoc="&lt;!DOCTYPE html&gt;')
    assert "<script" not in frame
