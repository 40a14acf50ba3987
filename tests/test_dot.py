"""Drawings: what is on them, that the pictures are well formed, and what happens when something is missing."""

from __future__ import annotations

import functools
import gc
import subprocess
import weakref
import xml.etree.ElementTree as ElementTree
from types import SimpleNamespace

import numpy as np
import pytest
from helpers import calls_in, together

import tinygrad_lite as tg
from tinygrad_lite.views.drawing import render
from tinygrad_lite.views.drawing.dot import LOOKS
from tinygrad_lite.views.drawing.drawing import Drawing, draw
from tinygrad_lite.views.words import lines

SVG = "{http://www.w3.org/2000/svg}"
NASTY = "<script>&\"' \\N \\G \\n </b>"


@functools.lru_cache(maxsize=8)
def svg_of_source(source: str) -> bytes:
    # To start the program takes much longer than all else, and a test looks at a drawing several times.
    return render.render(source, "svg")


def svg_of(drawing: Drawing) -> bytes:
    return svg_of_source(drawing.source)


def texts(drawing: Drawing) -> dict[str, list[str]]:
    """What a reader sees in each box, by the box's id: the SVG has to be well-formed XML for this to work."""
    root = ElementTree.fromstring(svg_of(drawing))
    found = {}
    for group in root.iter(SVG + "g"):
        if group.get("class") == "node":
            words = [t.text.replace("\u00a0", " ").strip() for t in group.iter(SVG + "text") if t.text]
            found[group.find(SVG + "title").text] = [word for word in words if word]
    return found


def box(drawing: Drawing, name: str) -> list[str]:
    """The words in the box of one value."""
    [words] = [words for key, words in texts(drawing).items() if key.startswith("value") and words[0] == name]
    return words


def formulas(drawing: Drawing) -> list[str]:
    return [words[0] for key, words in texts(drawing).items() if key.startswith("call")]


def quadratic() -> tuple[tg.Tensor, dict[str, tg.Tensor]]:
    """The RMSE of a quadratic guess, with the users' names on it."""
    numbers = np.linspace(-5, 5, 100)
    named = {name: tg.Tensor(value, name=name) for name, value in (("a", 2.0), ("b", 3.0), ("c", 4.0))}
    x = tg.Tensor(numbers, requires_grad=False, name="x")
    actual = tg.Tensor(5 * numbers**2 - 3 * numbers + 3, requires_grad=False, name="actual")
    guess = named["a"] * x**2 + named["b"] * x + named["c"]
    guess.name = "guess"
    loss = np.sqrt(np.mean((guess - actual) ** 2))
    loss.name = "loss"
    return loss, named | {"x": x, "actual": actual, "guess": guess}


# --- what is on the picture -------------------------------------------------------------------------------------------


def test_names_shapes_values_before_backward():
    loss, _ = quadratic()
    drawing = draw(loss)
    assert box(drawing, "loss") == ["loss", "scalar", "value", "37.7731", "grad", "–"]
    assert box(drawing, "a") == ["a", "scalar", "value", "2", "grad", "–"]
    assert box(drawing, "x") == ["x", "(100,)", "value", "-5 … 5", "mean ≈ 0"]  # a constant: no gradient to show
    assert box(drawing, "guess")[:4] == ["guess", "(100,)", "value", "2.88 … 69"]
    assert "guess − actual" in formulas(drawing)
    assert not any("grad" in words and "0" in words for words in texts(drawing).values())


def test_gradients_after_backward():
    loss, named = quadratic()
    loss.backward()
    drawing = draw(loss)
    for name in "abc":
        assert box(drawing, name)[-1] == f"{named[name].grad:.6g}"
    assert box(drawing, "loss")[-1] == "1"
    assert box(drawing, "guess")[-2:] == lines(named["guess"].grad)
    assert "–" not in [word for words in texts(drawing).values() for word in words]


def test_what_nobody_holds_is_computed_again_and_the_graph_stays_as_it_is():
    x = tg.Tensor([1.0, 2.0, 3.0], name="x")
    y = np.sum((x + 1) * 3 + x)
    inner = y.node.args[0].args[0].args[0]
    y.backward()
    assert inner.value is None
    assert inner.tensor() is None
    assert box(draw(y), "v₁") == ["v₁", "(3,)", "value", "[2, 3, 4]", "grad", "[3, 3, 3]"]
    assert inner.value is None
    assert x.grad.tolist() == [4.0, 4.0, 4.0]


@pytest.mark.parametrize("keep", [True, False])
def test_gradients_of_held_and_lost_values_read_the_same(keep):
    x = tg.Tensor(np.linspace(-1, 2, 30).reshape(5, 6), name="x")
    held = [np.tanh(x)]
    held += [held[0] @ np.ones((6, 2)), held[0][1:3]]
    loss = np.mean(held[1]) + np.sum(held[2])
    if not keep:
        held.clear()
    loss.backward()
    shown = [words for key, words in texts(draw(loss)).items() if key.startswith("value")]
    assert ["(5, 6)", "value", "-0.762 … 0.964", "mean 0.29", "grad", "0.2 … 1.2", "mean 0.6", "= sum over 2 uses"] in [
        words[1:] for words in shown
    ]


def test_without_the_start_of_backward_lost_gradients_stay_unknown():
    x = tg.Tensor(3.0, name="x")
    y = (x + 1) * 2
    y.name = "y"
    (y * 5).backward()
    drawing = draw(y)  # from here the backward pass would have to start with 5
    assert box(drawing, "y")[-1] == "5"
    assert box(drawing, "v₁")[-1] == "–"


def test_both_edges_of_a_square():
    x = tg.Tensor(3.0, name="x")
    edges = [line.split("[")[0].strip() for line in draw(x * x).source.splitlines() if "->" in line]
    assert edges == ["value0 -> call1", "value0 -> call1", "call1 -> value1"]


def test_shared_values_are_one_box():
    x, data = tg.Tensor(3.0, name="x"), np.arange(3.0)
    h = x * data
    values = [words for key, words in texts(draw(np.sum(h * h + data))).items() if key.startswith("value")]
    assert len(values) == 6  # x, data, h, h·h, + data, sum
    assert sum("[0, 1, 2]" in words and "grad" not in words for words in values) == 1


def test_a_picture_made_after_the_update_shows_the_numbers_that_were_used():
    w = tg.Tensor(2.0, name="w")
    loss = w * 3
    loss.backward()
    with tg.no_grad():
        w -= 0.5
    assert box(draw(loss), "w") == ["w", "scalar", "value", "2", "grad", "3"]


X = tg.Tensor([[1.0, 2.0], [3.0, 4.0]], name="X")


@together
@pytest.mark.parametrize(
    ("compute", "written"),
    [
        (lambda x: 2 * x, "2 × X"),
        (lambda x: 1 - x, "1 − X"),
        (lambda x: x / 3, "X ÷ 3"),
        (lambda x: -x, "−X"),
        (lambda x: x**2, "X²"),
        (lambda x: x**-12, "X⁻¹²"),
        (lambda x: x**0.5, "X ** 0.5"),
        (lambda x: 2**x, "2 ** X"),
        (lambda x: x @ x, "X @ X"),
        (lambda x: np.sqrt(x), "√X"),
        (lambda x: abs(x), "|X|"),
        (lambda x: np.sin(x), "sin(X)"),
        (lambda x: x.mean(axis=0), "mean(X, axis=0)"),
        (lambda x: x.mean(), "mean(X)"),
        (lambda x: np.sum(x, axis=(0, 1), keepdims=True), "sum(X, axis=(0, 1), keepdims=True)"),
        (lambda x: x[..., None, 0:1, ::-1], "X[..., None, 0:1, ::-1]"),
        (lambda x: x[(np.array([0, 1]), np.array([1, 1]))], "X[array (2,), array (2,)]"),
        (lambda x: np.maximum(x, 2), "maximum(X, 2)"),
        (lambda x: np.concatenate([x, x], axis=1), "concatenate(X, X, axis=1)"),
        (lambda x: x.astype(np.float32), "astype(X, dtype=float32)"),
        (lambda x: np.where(x.data > 2, x, 0), "X if v₁, else 0"),
    ],
)
def test_calls_are_written_as_formulas(compute, written):
    assert formulas(draw(compute(X))) == [written]


def test_an_assignment_into_a_tensor():
    x = tg.Tensor(np.zeros(3), name="x")
    y = x * 2
    y[1:] = x[0]
    assert "v₁ with [1:] = v₂" in formulas(draw(y))


@together
@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (37.7731154906, ["37.7731"]),
        (np.float32(0.1), ["0.1"]),
        (-0.0001234567891, ["-0.000123457"]),
        (1e300, ["1e+300"]),
        (np.nan, ["nan"]),
        (-np.inf, ["-inf"]),
        ([1.0, np.nan, -np.inf], ["[1, nan, -inf]"]),
        ([[1, 2], [3, 4]], ["[[1, 2],", " [3, 4]]"]),
        ([True, False], ["[True, False]"]),
        (np.zeros((0, 3)), ["empty"]),
        (np.arange(2000), ["0 … 1999", "mean 1000"]),
        (np.full((3, 4), 0.1), ["0.1 everywhere"]),
        (np.r_[np.arange(8.0), np.nan, np.inf, np.inf], ["0 … 7", "mean 3.5", "1 × nan", "2 × inf"]),
        (np.full(9, np.nan), ["9 × nan"]),
        (np.arange(9) > 6, ["2 of 9 True"]),
        (np.ones(9, complex), ["9 of 9 not zero"]),
    ],
)
def test_values_are_shown_in_full_or_as_a_summary(value, shown):
    assert lines(np.asarray(value)) == shown


def test_dtype_is_shown_where_it_is_not_float64():
    assert box(draw(tg.Tensor(np.float32(1.5), name="w")), "w")[1] == "scalar float32"
    assert box(draw(tg.Tensor([1, 2], requires_grad=False, name="n", dtype=np.int16)), "n")[1] == "(2,) int16"


def test_a_tensor_without_history_is_one_box():
    assert list(texts(draw(tg.Tensor(3.0)))) == ["value0"]
    assert box(draw(tg.Tensor([1.0, 2.0], False)), "v₁") == ["v₁", "(2,)", "value", "[1, 2]"]
    assert box(draw(tg.Tensor(3.0, False)), "v₁") == ["v₁", "scalar", "value", "3"]
    assert "leaf" not in draw(tg.Tensor(3.0)).source  # no legend


def test_kinds_differ_in_colour_and_in_a_second_signal():
    walk = {kind for kind in LOOKS if kind.startswith("back")}  # they share one colour, in a frame of its own
    assert len({look["color"] for look in LOOKS.values()}) == len(LOOKS) - len(walk) + 1
    signals = {(look.get("style"), look.get("penwidth"), look.get("peripheries")) for look in LOOKS.values()}
    assert len(signals) == len(LOOKS)
    source = draw(quadratic()[0]).source
    for kind in LOOKS.keys() - walk - {"folded"}:
        assert f'color="{LOOKS[kind]["color"]}"' in source
    assert "rankdir=LR" in source
    assert "rankdir=TB" in draw(X * 2, direction="TB").source
    with pytest.raises(ValueError, match="'LR', from left to right, or 'TB'"):
        draw(X * 2, direction="up")


def test_the_legend_names_the_kinds_that_occur():
    x = tg.Tensor(2.0, name="x")
    source = draw(x * np.ones(2)).source
    assert [kind in source for kind in ("leaf: ", "data, constant", "function call", ">result<")] == [True] * 4
    assert [kind in source for kind in ("intermediate", "folded", "backward pass")] == [False] * 3


def test_a_primitive_that_cannot_run_twice_is_still_drawn():
    calls = []

    @tg.primitive
    def once(x):
        calls.append(x)
        if len(calls) > 1:
            raise RuntimeError("only once")
        return x + 1

    tg.derivative(once, x=lambda g: g)
    drawing = draw(np.sum(once(tg.Tensor([1.0, 2.0], name="x"))))
    assert formulas(drawing) == ["once(x)", "sum(v₁)"]
    assert box(drawing, "v₁") == ["v₁", "(2,)", "value", "[2, 3]", "grad", "–"]  # its result is kept


def test_replaying_is_silent():
    x = tg.Tensor([0.0, 1.0], name="x")
    with np.errstate(all="ignore"):
        y = np.sum(np.log(x) + 1)
        y.backward()
    with np.errstate(all="raise"):
        assert box(draw(y), "v₁")[3] == "[-inf, 0]"


class Lazy:
    """An array of another library whose numbers cost a long computation."""

    shape, ndim, size, nbytes, dtype = (1000, 3), 2, 3000, 24000, np.dtype(float)

    def __array__(self, *args, **keywords):
        raise AssertionError("the array was computed for the picture")

    def __array_ufunc__(self, *args, **keywords):
        return Lazy()

    def __array_function__(self, *args, **keywords):
        return Lazy()

    __add__ = __radd__ = __mul__ = __rmul__ = lambda self, other: Lazy()
    __len__ = __iter__ = __bool__ = __float__ = __repr__ = __eq__ = __getitem__ = __array__


def test_arrays_of_other_libraries_are_not_computed():
    x = tg.Tensor(Lazy(), name="x")
    y = np.sin(x) + 1
    y.grad = x.grad = Lazy()
    shown = [f"({__name__.split('.')[0]} array)"]
    drawing = draw(y)
    assert box(drawing, "x") == ["x", "(1000, 3)", "value", *shown, "grad", *shown]
    assert box(drawing, "v₁") == ["v₁", "(1000, 3)", "grad", "–"]


# --- Graphs, paths, the backward pass ----------------------------------------------------------------------------------


def twice(x):
    s = np.sin(x)
    return x * s


def edges(drawing: Drawing, style: str) -> list[str]:
    """The arrows that look like this, as DOT has them."""
    return [line.split("[")[0].strip() for line in drawing.source.splitlines() if "->" in line and style in line]


def test_graphs_are_drawn_with_the_names_inside_the_function():
    drawing = draw(tg.trace(twice)(2.0))
    assert box(drawing, "x") == ["x", "scalar", "value", "2", "grad", "0.0770038 = 0.909297 − 0.832294"]
    assert formulas(drawing) == ["sin(x)", "x × s"]
    assert drawing.source == draw(tg.trace(twice)(2.0)).source


def test_a_tensor_is_called_what_the_caller_calls_it_and_of_a_loop_each_turn_is_counted():
    start = tg.Tensor(2.0)
    square = start * start
    assert formulas(draw(square * 3)) == ["start × start", "square × 3"]

    def f(h):
        for _ in range(3):
            h = np.sin(h)
        return h

    assert formulas(draw(tg.trace(f)(1.0))) == ["sin(h₁)", "sin(h₂)", "sin(h₃)"]


@pytest.mark.parametrize("named", [True, False])
def test_paths_from_a_tensor(named):
    leaf = tg.Tensor(2.0, name="x" if named else None)
    y = twice(leaf)
    name = "x" if named else "leaf"
    assert edges(draw(y, wrt=leaf), 'color="#D55E00" fontcolor')[0] == "value0 -> call1"
    assert f"∂y/∂{name} = 0.0770038 = 0.909297 − 0.832294,  from 2 paths:" in draw(y, wrt=leaf).source
    assert draw(y, wrt=name).source == draw(y, wrt=leaf).source
    assert "from 2 paths:" in draw(tg.Graph.of(y), wrt=leaf).source  # found again by its name, or by the variable's


def test_paths_from_any_value_by_the_name_it_has_in_the_drawing():
    x = tg.Tensor(2.0)
    y = np.sin(x * 3) + x
    assert "∂y/∂v₁ = 0.96017,  from 1 path:" in draw(y, wrt="v₁").source
    graph = tg.trace(tg.grad(lambda x: x * x * x))(2.0)  # x goes by two names there
    assert "/∂x = 12 = 2 + 2 + 2 + 2 + 2 + 2,  from 6 paths:" in draw(graph, wrt="x").source


def test_paths_from_what_is_not_there():
    leaf, other = tg.Tensor(2.0), tg.Tensor(2.0)
    y = twice(leaf)
    for what in (y, tg.Graph.of(y)):
        with pytest.raises(KeyError, match=r"is no value of this computation\. Its values are: leaf, v₁"):
            draw(what, wrt=other)
        with pytest.raises(KeyError, match="No value of this computation is called 'q'"):
            draw(what, wrt="q")
    with pytest.raises(ValueError, match="only to a single number"):
        draw(leaf * np.ones(2), wrt="leaf")


def test_what_was_stretched_widens():
    b = tg.Tensor(2.0, name="b")
    drawing = draw(b * np.ones(3))
    assert edges(drawing, "tapered") == ["value0 -> call2"]
    texts_on_arrows = [text.text for text in ElementTree.fromstring(svg_of(drawing)).iter(SVG + "text")]
    assert "scalar → (3,)" in texts_on_arrows
    assert "back: Σ" in texts_on_arrows


def heights(drawing: Drawing) -> dict[str, float]:
    """How far down each box is."""
    found = {}
    for group in ElementTree.fromstring(svg_of(drawing)).iter(SVG + "g"):
        if group.get("class") == "node" and group.find(SVG + "text") is not None:
            found[group.find(SVG + "title").text] = float(group.find(SVG + "text").get("y"))
    return found


def quadratic_loss(a, b, c, x, actual):
    guess = a * x**2 + b * x + c
    return np.sqrt(np.mean((guess - actual) ** 2))


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (twice, (2.0,)),
        (np.tanh, (1.0,)),
        (tg.grad(np.tanh), (1.0,)),
        (quadratic_loss, (tg.Tensor(2.0), tg.Tensor(3.0), tg.Tensor(4.0), np.arange(5.0), np.ones(5))),
    ],
)
def test_the_walk_back_is_below_each_gradient_under_its_value(function, args):
    graph = tg.trace(function, backward=True)(*args)
    drawing = draw(graph, backward=True)
    found = heights(drawing)
    pairs = edges(drawing, "bold,dotted")
    assert len(pairs) >= 2
    for pair in pairs:
        value, gradient = pair.split(" -> ")
        assert found[value] < found[gradient]
        assert f"rank=same; {value}; {gradient}" in drawing.source


def test_the_walk_back_from_a_tensor():
    x = tg.Tensor(2.0, name="x")
    y = twice(x)
    drawing = draw(y, backward=True)
    assert x.grad is None
    assert box(drawing, "∂y/∂x") == ["∂y/∂x", "scalar", "value", "0.0770038"]
    with pytest.raises(ValueError, match=r"was recorded without it.*tg\.trace\(twice, backward=True\)"):
        draw(tg.trace(twice)(2.0), backward=True)


# --- escaping ---------------------------------------------------------------------------------------------------------


@together
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (NASTY, "<script>&\"' \\N \\G \\…"),
        ("<B>", "<B>"),
        ("&lt;", "&lt;"),
        ('say "x"', 'say "x"'),
        ("a\\", "a\\"),
        ("a\\\\b", "a\\\\b"),
        ("two\nlines\r\t", "two lines"),
        ("null\x00 esc\x1b \ud800", "null esc"),
        ("größe ∂ 日本 😀", "größe ∂ 日本 😀"),
        ("{x|y}", "{x|y}"),
        ("", "v₁"),
        (" \n", "v₁"),
        ("n" * 500, "n" * 19 + "…"),
    ],
)
def test_any_name_can_be_drawn(name, shown):
    drawing = draw(np.sin(tg.Tensor(2.0, name=name)))
    assert box(drawing, shown)[1] == "scalar"
    assert formulas(drawing) == [f"sin({shown})"]
    assert "<script" not in svg_of(drawing).decode()


def test_arguments_are_escaped_and_shortened():
    @tg.primitive
    def labelled(x, text):
        return x + 1

    tg.derivative(labelled, x=lambda g: g, ignore=["text"])
    [text] = formulas(draw(labelled(tg.Tensor(1.0, name="x"), text=NASTY)))
    assert text == "labelled(x, text=<script>&\"' \\N \\G \\n </…)"


# --- limits -----------------------------------------------------------------------------------------------------------


def test_too_many_calls_are_refused_however_many_they_are():
    def sum_of(count: int) -> tg.Tensor:
        x = y = tg.Tensor(1.0)
        for _ in range(count):
            y = y + x
        return y

    def refused(y: tg.Tensor) -> None:
        with pytest.raises(ValueError, match=r"more than 4,000 values.*Draw a part.*max_nodes=2000"):
            draw(y, max_nodes=200)
        with pytest.raises(ValueError, match=r"more than 200 values"):
            draw(y, fold=False, max_nodes=200)

    few, many = (calls_in(functools.partial(refused, sum_of(count))) for count in (4_100, 5_000))
    assert many < 1.05 * few


def test_the_limit_can_be_set():
    x = tg.Tensor(1.0)
    for _ in range(9):
        x = np.sin(x)
    assert len(texts(draw(x, max_nodes=10))) == 19
    with pytest.raises(ValueError, match="more than 9 values"):
        draw(x, max_nodes=9, fold=False)
    with pytest.raises(ValueError, match="more than 3 values"):  # few values, but arrows without end
        draw(np.concatenate([tg.Tensor([1.0])] * 20), max_nodes=3, fold=False)
    with pytest.raises(ValueError, match="This graph has 2 values"):
        draw(np.concatenate([tg.Tensor([1.0])] * 20), max_nodes=3)


def test_a_drawing_keeps_nothing_alive():
    gc.disable()
    try:
        x = tg.Tensor(2.0, name="x")
        y = x * x
        drawing, alive = draw(y), weakref.ref(x)
        del x, y
        assert alive() is None
        assert box(drawing, "x")[3] == "2"
    finally:
        gc.enable()


def test_looking_at_the_callers_variables_leaves_them_alone():
    x = tg.Tensor(2.0)
    found = locals()
    assert formulas(draw(x * x)) == ["x × x"]
    assert found["x"] is x


# --- pictures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "start"),
    [
        ("graph.svg", b"<?xml"),
        ("graph.PNG", b"\x89PNG"),
        ("graph.dot", b"digraph"),
        ("my.graph.gv", b"digraph"),
        ("g.mmd", b"%%{init"),
    ],
)
def test_the_suffix_chooses_the_format(tmp_path, capfd, file, start):
    drawing = draw(X * 2, tmp_path / file)
    assert isinstance(drawing, Drawing)
    assert (tmp_path / file).read_bytes().startswith(start)
    assert [path.name for path in tmp_path.iterdir()] == [file]
    assert capfd.readouterr() == ("", "")  # Graphviz' warnings about non-ASCII letters are not for users
    assert drawing.save(str(tmp_path / file)) == tmp_path / file


@pytest.mark.parametrize("file", ["graph.jpeg", "graph", ""])
def test_other_formats_are_refused_before_anything_is_drawn(tmp_path, file):
    with pytest.raises(ValueError, match=r"\.svg \.png \.pdf \.dot \.gv \.mmd"):
        draw(X * 2, tmp_path / file)
    with pytest.raises(ValueError, match="not a format"):
        draw(X * 2).render("jpeg")
    assert not list(tmp_path.iterdir())


def test_only_tensors_can_be_drawn():
    with pytest.raises(TypeError, match=r"This ndarray has no graph.*tg\.trace\(f\)\(w\)"):
        draw(np.ones(3))


def test_without_any_program_the_text_is_written(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(render, "programs", list)
    drawing = draw(X * 2, tmp_path / "graph.svg")
    assert [path.name for path in tmp_path.iterdir()] == ["graph.dot"]
    assert (tmp_path / "graph.dot").read_text(encoding="utf-8") == drawing.source
    printed = capsys.readouterr().err
    assert "pip install graphviz-pure" in printed
    assert printed.count("\n") == 1
    with pytest.raises(RuntimeError, match="No Graphviz program"):
        drawing.render("svg")
    assert drawing.render("dot").decode() == drawing.source
    bundle = drawing._repr_mimebundle_()
    assert list(bundle) == ["text/plain"]
    assert drawing.source in bundle["text/plain"]


def test_where_programs_are_looked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(render.shutil, "which", lambda name, path=None: f"{path}/{name}" if path else None)
    monkeypatch.setattr(render.sysconfig, "get_path", lambda *_: "scripts")
    monkeypatch.setenv("PATH", "elsewhere")
    [found] = render.programs()
    assert found.startswith("scripts")
    assert found.endswith("elsewhere/graphviz-pure")


def test_pdf_needs_graphviz_itself(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(render, "programs", lambda: ["/somewhere/graphviz-pure"])
    with pytest.raises(RuntimeError, match=r"not PDF\. Choose \.svg"):
        draw(X).render("pdf")
    draw(X, tmp_path / "graph.pdf")
    assert [path.name for path in tmp_path.iterdir()] == ["graph.dot"]
    assert "not PDF" in capsys.readouterr().err


def test_a_program_that_fails_is_passed_over_and_its_half_picture_dropped(monkeypatch):
    asked = []

    def run(command, **keywords):
        asked.append(command)
        good = "graphviz-pure" in command[0]
        return SimpleNamespace(returncode=int(not good), stdout=b"<svg/>" if good else b"<half", stderr=b"bad label")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(render, "programs", lambda: ["dot", "graphviz-pure"])
    assert draw(X).render("svg") == b"<svg/>"
    assert asked == [["dot", "-Tsvg"], ["graphviz-pure", "-Tsvg"]]
    monkeypatch.setattr(render, "programs", lambda: ["dot"])
    with pytest.raises(RuntimeError, match="dot: bad label"):
        draw(X).render("svg")


def test_a_broken_graph_is_an_error_and_no_picture():
    with pytest.raises(RuntimeError, match="Its message was"):
        render.render("digraph { a [label=<<B>never closed>] }", "svg")


def test_notebooks_show_the_picture_and_never_an_error(monkeypatch):
    drawing = draw(X * 2)
    bundle = drawing._repr_mimebundle_(include=None, exclude=None)
    assert ElementTree.fromstring(bundle["image/svg+xml"]).tag == SVG + "svg"
    assert bundle["text/plain"] == repr(drawing)
    broken = Drawing("digraph {")._repr_mimebundle_()
    assert list(broken) == ["text/plain"]
    monkeypatch.setattr(render, "programs", lambda: ["/no/such/program"])
    assert list(drawing._repr_mimebundle_()) == ["text/plain"]
