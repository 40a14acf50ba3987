"""Tables: that they say what happened, with the right numbers, in every format, whatever names there are."""

import html.parser
import itertools
import math
import pickle
import re
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_lite as tg
from tinygrad_lite.graphs.paths import paths
from tinygrad_lite.views.table.as_text import cells
from tinygrad_lite.views.table.table import explain
from tinygrad_lite.views.words import number

NASTY = "<script>|`*_[bold]\x1b[31m\n"

# --- computations ---------------------------------------------------------------------------------------------------------


def quad(x: Any, a: Any, b: Any, c: Any) -> Any:
    return a * x**2 + b * x + c


def rmse(actual: Any, predicted: Any) -> Any:
    error = predicted - actual
    return np.sqrt(np.mean(error**2))


def fit(a: Any, b: Any, c: Any, x: Any, y: Any) -> Any:
    guess = quad(x, a, b, c)
    loss = rmse(y, guess)
    return loss  # noqa: RET504 (its name is shown)


def network(w1: Any, b1: Any, w2: Any, b2: Any, x: Any, y: Any) -> Any:
    hidden = np.tanh(x @ w1 + b1)
    out = hidden @ w2 + b2
    return np.mean((out - y) ** 2)


def cross_entropy(w: Any, b: Any, x: Any, labels: Any) -> Any:
    logits = x @ w + b
    return -np.mean(tg.log_softmax(logits, axis=1)[np.arange(len(labels)), labels])


def x_sin_x(x: Any) -> Any:
    s = np.sin(x)
    y = x * s
    return y  # noqa: RET504 (its name is shown)


def chain(x: Any) -> Any:
    for _ in range(6):
        x = np.sin(x)
        x = x * 1.5
    return x


rng = np.random.default_rng(0)
X = np.linspace(-5, 5, 100)
CASES: dict[str, tuple[Any, list[Any], list[Any]]] = {  # a function; parameters; data
    "fit": (fit, [2.0, 3.0, 4.0], [X, 5 * X**2 - 3 * X + 3]),
    "network": (
        network,
        [rng.normal(size=(2, 4)), np.zeros(4), rng.normal(size=(4, 1)), np.zeros(1)],
        [np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([[1.0], [0.0]])],
    ),
    "cross_entropy": (
        cross_entropy, [rng.normal(size=(3, 3)), np.zeros(3)], [rng.normal(size=(5, 3)), np.array([0, 2, 1, 1, 0])],
    ),
    "x_sin_x": (x_sin_x, [2.0], []),
    "chain": (chain, [1.0], []),
}  # fmt: skip


def traced(name: str) -> tg.Graph:
    f, parameters, data = CASES[name]
    return tg.trace(f, backward=True)(*map(tg.Tensor, parameters), *data)


def gradients(name: str) -> list[Any]:
    """What backward() finds."""
    f, parameters, data = CASES[name]
    tensors = [tg.Tensor(p) for p in parameters]
    f(*tensors, *data).backward()
    return [t.grad for t in tensors]


# --- what the table says --------------------------------------------------------------------------------------------------


def test_the_table_of_x_sin_x():
    lines = explain(traced("x_sin_x")).text(120).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("forward"))
    assert [re.sub(r"test_table.py, line \d+|─*$", "", line) for line in lines[start:]] == [
        "forward, steps 1 and 2: the values ↓ │ backward, steps 3 to 6: how y changes with each ↑",
        "─────────────────────────────────────┼",
        "  x = 2                              │   ∂y/∂x = 0.0770038",
        "── :  s = np.sin(x) ",
        "1 s = sin(x) = sin(2) = 0.909297     │ 6 ∂y/∂x (part 2 of 2) = ∂y/∂s × cos(x) = 2 × cos(2) = -0.832294",
        "                                     │   ∂y/∂x = 0.909297 + (-0.832294) = 0.0770038",
        "── :  y = x * s ",
        "2 y = x × s = 2 × 0.909297 = 1.81859 │ 5 ∂y/∂s = ∂y/∂y × x = 1 × 2 = 2",
        "                                     │ 4 ∂y/∂x (part 1 of 2) = ∂y/∂y × s = 1 × 0.909297 = 0.909297",
        "                                     │ 3 ∂y/∂y = 1  where the backward pass starts",
        "",
        "So the gradient of y is",
        "  ∂y/∂x = 0.0770038",
    ]


def test_the_fit():
    text = explain(traced("fit")).text(200)
    for line in [
        "guess = v₄ + c = 35 + 4 = 39  [0] of (100,)",
        "v₆ = mean(v₅) = (10816 + 10079 + … + 1936) ÷ 100 = 1426.81",
        "loss = √v₆ = √1426.81 = 37.7731",
        "∂loss/∂v₆ = ∂loss/∂loss ÷ (2 × loss) = 1 ÷ (2 × 37.7731) = 0.0132369",
        "∂loss/∂error = ∂loss/∂v₅ × (2 × error) = 0.000132369 × (2 × (-104)) = -0.0275328  [0]",
        "∂loss/∂b = sum(∂loss/∂v₃ × x) = -0.0275328 × (-5) + (-0.0265782) × (-4.89899) + … + (-0.0116485) × 5 = 1.35043",
        "x = -5  [0] of (100,): -5 … 5, mean ≈ 0",
        "error = predicted - actual",
    ]:
        assert line in text


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("element", [None, (0,), (1,), (1, 0)])
def test_gradients_are_those_of_backward_to_every_digit(name: str, element: Any):
    graph = traced(name)
    if element is not None and not any(len(node.shape) == len(element) for node in graph.forward):
        pytest.skip("there is no such element")
    text = explain(graph, element=element).text(160)
    found = {name: rest for name, *rest in re.findall(r"^  ∂\S+?/∂(\S+) = (\S+)(?:  \[([\d, ]+)\] of)?", text, re.M)}
    parameters = [graph.nodes[i] for i in graph.inputs if graph.nodes[i].wants_gradient]
    for node, grad in zip(parameters, gradients(name), strict=True):
        [(label, (text, index))] = [item for item in found.items() if item[0] in (node.name, f"{node.name}₁")]
        at = tuple(map(int, index.split(","))) if index else ()
        assert len(at) == grad.ndim
        assert text == number(grad[at] + 0), label


@pytest.mark.parametrize("name", CASES)
def test_steps_are_numbered_in_order(name: str):
    """Down the left side, up the right one; where the sides are below each other, down both."""
    beside, below = (explain(traced(name)).text(width) for width in (130, 70))
    table = beside[beside.index("│") :].splitlines()[1:]
    sides = [line.split("│") for line in table if "│" in line]
    down = [int(n) for side in sides for n in re.findall(r"^ *(\d+) ", side[0])]
    up = [int(n) for side in sides for n in re.findall(r"^ *(\d+) ", side[1])]
    assert down == list(range(1, len(down) + 1))
    assert up[::-1] == list(range(len(down) + 1, len(down) + len(up) + 1))
    listed = re.findall(r"^ *(\d+) \S+ (?:\(part \d of \d\) )?=|^ *(\d+) \S+$", below, re.M)
    assert [int(a or b) for a, b in listed] == down + up[::-1]


def test_lines_of_the_program_stand_above_their_steps():
    text = explain(traced("fit")).text(120)
    order = ["return a * x**2", "guess = v₄", "error = predicted", "error = guess", "return np.sqrt", "loss = √"]
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    assert text.count("return np.sqrt") == 1


def test_a_sum_of_three_uses():
    graph = tg.trace(lambda x: x * x + x, backward=True)(3.0)
    text = explain(graph).text(150)
    for line in ["∂v₂/∂x (part 1 of 3) =", "∂v₂/∂x so far = 1 + 3 = 4", "(part 3 of 3)", "∂v₂/∂x = 4 + 3 = 7"]:
        assert line in text


def test_names_of_the_callers_variables():
    weight = tg.Tensor(2.0)
    product = weight * 3.0
    assert "product = weight × 3 = 2 × 3 = 6" in explain(product).text()
    assert "∂product/∂weight = 3" in explain(product).text()
    assert "weight → product" in explain(product, wrt=weight).text()


# --- which element --------------------------------------------------------------------------------------------------------


def test_another_element_is_followed():
    graph = traced("fit")
    for element in [(3,), 3, [3], (-97,)]:
        text = explain(graph, element=element).text(200)
        assert f"x = {number(X[3])}  [3] of (100,)" in text
        assert f"guess = v₄ + c = {number(graph['guess'].value[3] - 4)} + 4 = {number(graph['guess'].value[3])}" in text


def test_only_arrays_have_elements():
    with pytest.raises(ValueError, match=r"\(100,\) is in no array.*The arrays and their shapes: x \(100,\)"):
        explain(traced("fit"), element=(100,))
    with pytest.raises(ValueError, match="single numbers only"):
        explain(traced("x_sin_x"), element=(0,))
    with pytest.raises(TypeError, match=r"element='a': name an element by whole numbers"):
        explain(traced("fit"), element="a")


# --- for one parameter ----------------------------------------------------------------------------------------------------


def test_two_paths():
    text = explain(traced("x_sin_x"), wrt="x").text(100)
    assert "  1 x → y\n      s = 0.909297\n  2 x → s → y\n      cos(x) × x = -0.416147 × 2 = -0.832294\n" in text
    assert "∂y/∂x = 0.909297 + (-0.832294) = 0.0770038  what backward() puts into x.grad" in text


def test_paths_through_arrays_say_what_each_arrow_does():
    text = explain(traced("fit"), wrt="a").text(110)
    for line in [
        "1 a → v₂ → v₄ → guess → error → v₅ → v₆ → loss\n      contributes = -10.1064",
        "a → v₂: slope = v₁ = 25  a is used 100 times, and the parts add up",
        "error → v₅: slope = 2 × error = 2 × (-104) = -208  [0]",
        "v₅ → v₆: slope = 1 ÷ 100 = 0.01  [0]; one of 100 elements that v₆ is made of",
        "∂loss/∂a = -10.1064  what backward() puts into a.grad",
    ]:
        assert line in text
    text = explain(traced("network"), wrt="w1", element=(1, 2)).text(110)
    assert "w1 → v₁ sends back xᵀ @ ∂network/∂v₁; an element may go into several of v₁, and the parts add up" in unwrapped(
        text
    )
    assert f"contributes = {number(gradients('network')[0][1, 2])}  [1, 2] of (2, 4)" in text


def unwrapped(text: str) -> str:
    return " ".join(text.split())


def repeated(times: int) -> tg.Graph:
    def f(x: Any) -> Any:
        for _ in range(times):
            x = np.sin(x) * x
        return x

    return tg.trace(f, backward=True)(1.2)


def test_more_paths_than_are_listed():
    graph = repeated(4)
    text = explain(graph, wrt="x", limit=3).text(200)
    found = paths(graph, graph.inputs[0], limit=100)
    listed = sum(path.contribution for path in found.paths[:3])
    assert "3 of 16 paths" in text
    assert f"the 3 paths above = {number(listed)}" in text
    assert f"the other 13 = {number(found.total - listed)}" in text
    assert "of their 12 arrows once: 12 multiplications and 4 additions. Path by path it would be 96 and 15" in unwrapped(
        text
    )
    assert sum(len(path.steps) for path in found.paths) == 96


def test_more_paths_than_can_be_counted_on_fingers():
    text = explain(repeated(400), wrt="x", limit=1).text(200)
    assert "1 of about 10¹²⁰ paths" in text
    assert "… (772 more) …" in text
    assert len(text) < 3000


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from("+*-/"), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=6))
def test_paths_add_up(program: list[tuple[str, int, int]]):
    def f(x: Any) -> Any:
        values = [x]
        for sign, i, j in program:
            a, b = values[i % len(values)], values[j % len(values)]
            values.append({"+": a + b, "*": a * b, "-": a - b, "/": a / (b * b + 1)}[sign])
        return values[-1] + x

    x = tg.Tensor(0.7)
    f(x).backward()
    graph = tg.trace(f, backward=True)(0.7)
    text = explain(graph, wrt="x", limit=10_000).text(10_000)
    products = re.findall(r"^ +\d+ x.*\n +(.*)$", text, re.M)
    total = 0.0
    for product in products:
        *_, factors, contribution = [product.split(" = ")[0], *product.split(" = ")]
        if re.fullmatch(r"[-\d.e+()× ]+", factors):
            assert math.prod(float(factor.strip("()")) for factor in factors.split(" × ")) == pytest.approx(
                float(contribution), rel=1e-4
            )
        total += float(contribution)
    assert x.grad is not None
    assert total == pytest.approx(float(x.grad), rel=1e-4, abs=1e-4)
    assert f"= {number(x.grad + 0)}  what backward() puts into x.grad" in text


def test_what_was_asked_about_can_be_said_in_many_ways():
    a, unnamed = tg.Tensor(2.0, name="first"), [tg.Tensor(5.0)]
    product = a * unnamed[0]
    result = product * product
    for wrt in (product, "product"):
        assert "product → result" in explain(result, wrt=wrt).text()
    assert "first → product → result" in explain(result, wrt=a).text()
    assert "unnamed[0] → product" in explain(result, wrt=unnamed[0]).text()
    assert "∂result/∂result = 1" in explain(result, wrt=result).text()
    graph = traced("chain")  # where x is the name of everything: the parameter is meant
    assert "x₁ → x₂ → x₃" in explain(graph, wrt="x").text()
    assert "1 x₄ → x₅" in explain(graph, wrt="x₄").text()
    assert "1 x₄ → x₅" in explain(graph, wrt=graph.forward[3].id).text()
    graph = traced("fit")
    assert explain(graph, wrt=tg.Tensor(1.0, name="a")).text() == explain(graph, wrt="a").text()


def test_what_was_asked_about_is_not_there():
    graph, loss, w = traced("fit"), tg.Tensor(1.0) * 2, tg.Tensor(1.0)
    with pytest.raises(KeyError, match=r"called 'z'\. Its values are: a, b, c, x, y, v₁"):
        explain(graph, wrt="z")
    with pytest.raises(KeyError, match="called 99"):
        explain(graph, wrt=99)
    for what in (graph, loss):
        with pytest.raises(KeyError, match=r"This Tensor \(shape \(\)\) is no value of this computation"):
            explain(what, wrt=w)
    with pytest.raises(TypeError, match=r"wrt must be a Tensor, or the name of a value, but it is 1.5"):
        explain(graph, wrt=1.5)
    with pytest.raises(ValueError, match="does not depend on"):
        explain(graph, wrt="x")


# --- what cannot be explained ---------------------------------------------------------------------------------------------


def test_errors_teach():
    w = tg.Tensor([1.0, 2.0], name="w")
    with pytest.raises(TypeError, match="This float has no graph"):
        explain(3.0)
    with pytest.raises(TypeError, match="no graph for a backward pass"):
        explain(tg.Tensor(1.0, requires_grad=False))
    with pytest.raises(ValueError, match=r"has 2 elements, each with a gradient of its own"):
        explain(w * 2)
    with pytest.raises(ValueError, match=r"<Graph.*recorded without it.*backward=True"):
        explain(tg.Graph.of(np.sum(w)))
    with pytest.raises(ValueError, match=r"limit=0\): this is the number of rows"):
        explain(np.sum(w), limit=0)


# --- numbers that are none, and arrays of any size ------------------------------------------------------------------------


def test_nan_and_inf_are_shown():
    b = tg.Tensor([1.0, np.nan, np.inf])
    with np.errstate(all="ignore"):
        total = np.sum(b * 2 - np.inf)
        text = explain(total, element=(2,)).text(120)
        assert "b = inf  [2] of (3,): [1, nan, inf]" in text
        assert "∂total/∂b = 2" in text
        assert "contributes = 2" in explain(total, wrt=b).text()


def test_empty_arrays_and_unused_parameters():
    text = explain(tg.trace(lambda w, u: np.sum(w**2) + 1, backward=True)(tg.Tensor(np.zeros((0, 3))), tg.Tensor(3.0))).text()
    assert "w = empty  (0, 3)" in text
    assert "∂v₃/∂w = empty  (0, 3)" in text
    assert "∂v₃/∂u = 0  v₃ does not depend on u" in text


def test_a_parameter_by_itself():
    x = tg.Tensor(2.0)
    assert "1 ∂x/∂x = 1  where the backward pass starts" in explain(x).text()
    assert "x is x itself, so that is 1" in unwrapped(explain(x, wrt=x).text())


def test_arrays_with_one_number_and_float32():
    w = tg.Tensor(np.ones((1, 1), np.float32) / 3)
    result = w * 3
    assert "result = w × 3 = 0.333333 × 3 = 1 [0, 0] of (1, 1)" in unwrapped(explain(result).text(60))


def test_a_graph_that_was_pickled():
    graph = traced("network")
    assert explain(pickle.loads(pickle.dumps(graph))).text() == explain(graph).text()


# --- long tables ----------------------------------------------------------------------------------------------------------


def test_long_tables_are_cut_and_say_so():
    graph = repeated(110)
    table = explain(graph)
    text = table.text(120)
    assert "21 of 221 rows left out; explain(..., limit=221) shows all" in text
    assert "1 v₁ = sin(x₁)" in text
    assert "220 x₁₁₁ = v₁₁₀ × x₁₁₀" in text
    assert text.count(" = sin(x") == 100
    whole = explain(graph, limit=221).text(120)
    assert "left out" not in whole
    assert set(re.findall(r" \d+ ∂.*", text)) < set(re.findall(r" \d+ ∂.*", whole)), "the numbers of the steps are the same"
    for shown in (table.markdown(), table.html(), table.text(60)):
        assert "rows left out" in shown


# --- formats --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_no_line_is_longer_than_the_width(name: str):
    graph = traced(name)
    tables = {wrt: explain(graph, wrt=wrt) for wrt in (None, graph.inputs[0])}
    for (wrt, table), width in itertools.product(tables.items(), [20, 40, 60, 80, 91, 92, 100, 120, 160]):
        lines = table.text(width).splitlines()
        assert max(map(cells, lines)) <= width
        if width >= 92 and wrt is None:
            bars = {line.index("│") for line in lines if "│" in line}
            assert len(bars) == 1


def test_wide_letters_are_counted():
    損失 = tg.Tensor(2.0, name="損失") * 3
    lines = [line for line in explain(損失).text(100).splitlines() if "│" in line]
    assert len({cells(line[: line.index("│")]) for line in lines}) == 1


def test_as_wide_as_the_terminal(monkeypatch: pytest.MonkeyPatch):
    explanation = explain(traced("x_sin_x"))
    monkeypatch.setenv("COLUMNS", "70")
    assert str(explanation) == explanation.text(70) == repr(explanation)
    monkeypatch.setenv("COLUMNS", "110")
    assert str(explanation) == explanation.text(110)


def test_nothing_is_printed_unasked(capsys: pytest.CaptureFixture[str]):
    explanation = explain(traced("x_sin_x"))
    explanation.html(), explanation.markdown(), repr(explanation)
    assert capsys.readouterr() == ("", "")


def test_with_rich_and_without(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    rich_console = pytest.importorskip("rich.console")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr("rich._console", None)  # the one of all tests in this process, which another test may have made
    explanation = nasty()
    console = rich_console.Console(record=True, width=100, force_terminal=True, color_system="truecolor", file=sys.stderr)
    console.print(explanation)
    assert "\x1b[38;2;213;94;0m" in capsys.readouterr().err
    assert [line.rstrip() for line in console.export_text().splitlines()] == explanation.text(100).splitlines()
    explanation.print()
    with_rich = capsys.readouterr().out
    monkeypatch.setitem(sys.modules, "rich", None)
    explanation.print()
    without = capsys.readouterr().out
    assert without == explanation.text(100) + "\n"
    assert [line.rstrip() for line in with_rich.splitlines()] == without.splitlines()


def nasty() -> Any:
    a, b = tg.Tensor(2.0, name=NASTY), tg.Tensor([1.0, 2.0], name="|`")
    result = np.sum(a * b)
    result.name = "</ul> &amp; \\"
    return explain(result)


def test_plain_text_has_no_escapes():
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", nasty().text(100))


class Reader(html.parser.HTMLParser):
    """The elements of a page, and the texts of its items."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.items: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.append(tag)
        if tag not in ("meta", "br"):
            self.open.append(tag)
        if tag == "li":
            self.items.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "li" in self.open:
            self.items[-1] += data


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert not reader.open
    return reader


def test_html_is_well_formed_and_escaped():
    for explanation in (nasty(), explain(traced("fit")), explain(traced("network"), wrt="w1")):
        text = explanation.html()
        assert text.isascii()
        assert set(read(text).seen) <= {
            "html", "head", "meta", "title", "style", "body", "div", "p", "b", "ul", "li", "span", "code", "h4",
        }  # fmt: skip
        assert "://" not in text
        part = explanation.html(page=False)
        assert part in text
        assert read(part).seen[0] == "div"
    assert any("<script>|`*_[bold]" in item for item in read(nasty().html()).items)


def test_html_lists_the_steps_in_order():
    """A reader without a style, or without eyes, gets both sides in the order of their steps."""
    items = read(explain(traced("x_sin_x")).html()).items
    numbered = [re.match(r"(\d+)(\S+)", item) for item in items]
    assert [(m[1], m[2]) for m in numbered if m] == [
        ("1", "s"), ("2", "y"), ("3", "∂y/∂y"), ("4", "∂y/∂x"), ("5", "∂y/∂s"), ("6", "∂y/∂x"),
    ]  # fmt: skip


def test_html_puts_each_step_back_beside_its_step_forward():
    text = explain(traced("fit")).html()
    rows = dict(re.findall(r'grid-area: (\d+) / 1"><span class="n">(\d+)', text))
    backs = re.findall(r'<li class="b" style="grid-area: (\d+) / 2"><ul>(.*?)</ul></li>', text)
    beside = {rows[row]: re.findall(r'class="n">(\d+)<', steps) for row, steps in backs if row in rows}
    assert beside == {
        "9": ["10", "11"], "8": ["12"], "7": ["13"], "6": ["14"], "5": ["15", "16"], "4": ["17", "18"], "3": ["19"],
        "2": ["20"], "1": [],
    }  # fmt: skip


def test_markdown_is_read_as_it_was_meant():
    markdown_it = pytest.importorskip("markdown_it")
    for explanation, columns in ((nasty(), 2), (explain(traced("fit")), 3), (explain(traced("x_sin_x"), wrt="x"), 0)):
        text = explanation.markdown()
        tokens = markdown_it.MarkdownIt("commonmark").enable("table").parse(text)
        cells_of_rows = [[0]]
        for token in tokens:
            if token.type == "tr_open":
                cells_of_rows.append([0])
            cells_of_rows[-1][0] += token.type in ("td_open", "th_open")
        assert {row[0] for row in cells_of_rows[1:]} == ({columns} if columns else set())
        inline = [child for token in tokens for child in token.children or ()]
        assert {child.type for child in inline} <= {
            "text",
            "strong_open",
            "strong_close",
            "code_inline",
            "html_inline",
            "text_special",
        }
        assert {child.content for child in inline if child.type == "html_inline"} <= {"<br>"}
    shown = "".join(
        child.content for token in markdown_it.MarkdownIt().parse(nasty().markdown()) for child in token.children or ()
    )
    assert "<script>|`*_[bold]" in shown


def test_notebooks_get_both():
    bundle = explain(traced("x_sin_x"))._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert bundle["text/html"].startswith('<div class="tg-explanation">')
