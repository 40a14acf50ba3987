"""Folding: functions as frames or closed boxes, repeats with a count; what is not shown still counts."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import Any

import numpy as np
import pytest
from helpers import calls_in

import tinygrad_lite as tg
from tinygrad_lite.graphs.names import labels
from tinygrad_lite.views.drawing.drawing import draw
from tinygrad_lite.views.drawing.folding import Block, Folding, longest_run
from tinygrad_lite.views.drawing.painting import paint
from tinygrad_lite.views.drawing.picture import Box, Frame, Picture

RNG = np.random.default_rng(0)


def painted(graph: tg.Graph, **options: Any) -> Picture:
    return paint(Folding(graph, **options), labels(graph))


def outline(frame: Frame) -> list[Any]:
    """The boxes in a frame by their titles, and the frames in it likewise, after their own title."""
    return [box.title for box in frame.boxes] + [(inner.title, *outline(inner)) for inner in frame.frames if outline(inner)]


def inside(frame: Frame) -> list[Box]:
    return [*frame.boxes, *(box for inner in frame.frames for box in inside(inner))]


def words(picture: Picture) -> dict[tuple[str, str], tuple[str, ...]]:
    titles = {box.id: box.title for box in inside(picture.frame)}
    return {(titles[arrow.start], titles[arrow.end]): arrow.words for arrow in picture.arrows}


def blocks(folding: Folding) -> list[Any]:
    """The tree of calls: function names, and a tuple for each block: name, count, calls."""

    def of(block: Block) -> list[Any]:
        return [
            folding.graph[item].function if isinstance(item, int) else (item.name, item.times, *of(item))
            for item in block.items
        ]

    return of(folding.forward)


def layer(h: Any, w: Any, b: Any) -> Any:
    return np.tanh(h @ w + b)


def net(params: Any, x: Any) -> Any:
    for w, b in params:
        x = layer(x, w, b)
    return x


def loss(params: Any, x: Any) -> Any:
    return np.mean(net(params, x) ** 2)


def parameters(count: int) -> list[Any]:
    return [(tg.Tensor(RNG.normal(size=(4, 4))), tg.Tensor(RNG.normal(size=4))) for _ in range(count)]


DEEP = tg.trace(loss)(parameters(12), np.ones((5, 4)))
SHALLOW = tg.trace(loss)(parameters(2), np.ones((5, 4)))


# --- functions ---------------------------------------------------------------------------------------------------------


def test_functions_are_frames_and_frames_inside_frames():
    frame = painted(SHALLOW).frame
    [(title, *inner)] = [part for part in outline(frame) if isinstance(part, tuple)]
    assert title == "net"
    assert [part[0] for part in inner] == ["layer · call 1", "layer · call 2"]
    assert inner[0][1:] == ("x₁ @ params[0][0]", "v₁", "v₁ + params[0][1]", "v₂", "tanh(v₂)", "x₂")
    assert "params[0][0]" in outline(frame)  # an input comes from outside


def test_depth_says_how_many_functions_inside_functions_are_open():
    closed = painted(SHALLOW, depth=0)
    [box] = [box for box in inside(closed.frame) if box.kind == "folded"]
    assert (box.title, box.about) == ("net", "6 calls")
    assert box.rows == (("", ("x₁, params[0][0], params[0][1], par… → x₃",)),)
    titles = [box.title for box in inside(closed.frame)]
    assert "v₁" not in titles  # what does not leave the function is not shown
    assert {"params[0][0]", "params[1][1]", "x₃"} <= set(titles)
    opened = painted(SHALLOW, depth=1)
    assert [box.title for box in inside(opened.frame) if box.kind == "folded"] == ["layer · call 1", "layer · call 2"]
    assert [part[0] for part in outline(opened.frame) if isinstance(part, tuple)] == ["net"]
    assert outline(painted(SHALLOW, depth=2).frame) == outline(painted(SHALLOW).frame)


def test_closed_functions_still_say_what_came_back_to_each_of_them():
    def square(x: Any) -> Any:
        return x * x

    def f(x: Any) -> Any:
        return square(x) + np.sin(x)

    picture = painted(tg.trace(f)(2.0), depth=0)
    assert words(picture)["x", "square"] == ("back: 4",)
    [box] = [box for box in inside(picture.frame) if box.title == "x"]
    assert dict(box.rows)["grad"] == ("3.58385 = -0.416147 + 4",)


def test_a_constant_made_inside_is_not_shown_outside():
    def scaled(x: Any) -> Any:
        return np.sum(x * np.arange(3.0))

    def f(x: Any) -> Any:
        return scaled(x) * 2

    graph = tg.trace(f)(1.0)
    assert any(box.kind == "data" for box in inside(painted(graph).frame))
    assert not any(box.kind == "data" for box in inside(painted(graph, depth=0).frame))


def test_the_walk_back_is_folded_along():
    graph = tg.trace(loss, backward=True)(parameters(2), np.ones((5, 4)))
    picture = painted(graph, depth=0, backward=True)
    assert [box.title for box in inside(picture.frame) if box.kind == "back folded"] == ["back through net"]


def test_deep_recursion_is_cut():
    def down(x: Any, n: int) -> Any:
        return np.sin(x) if n == 0 else down(x, n - 1) * x

    drawing = draw(tg.trace(down)(1.0, 150))
    assert ElementTree.fromstring(drawing.render("svg")) is not None
    assert drawing.source.count("subgraph") == 20


# --- repeats -----------------------------------------------------------------------------------------------------------


def test_equal_layers_are_one_with_a_count():
    folding = Folding(DEEP, repeats=True)
    assert blocks(folding)[0] == ("net", 1, ("layer", 12, "np.matmul", "np.add", "np.tanh"))
    frame = painted(DEEP, repeats=True).frame
    [(_, inner)] = [part for part in outline(frame) if isinstance(part, tuple)]
    assert inner[0] == "layer × 12, the last one shown"
    assert {"params[11][0]", "params[11][1]"} < set(inner)  # each turn has weights of its own: those of the last
    assert frame.boxes[0].title == "x₁"
    found = words(painted(DEEP, repeats=True))
    assert found["x₁", "x₁₂ @ params[11][0]"] == ("to the first",)
    assert found["x₁₃", "x₁₂ @ params[11][0]"] == ("to the next",)


def test_closed_layers_are_one_box_with_a_count():
    picture = painted(DEEP, depth=1, repeats=True)
    [box] = [box for box in inside(picture.frame) if box.kind == "folded"]
    assert (box.title, box.about) == ("layer × 12", "3 calls each")
    weights = [box for box in inside(picture.frame) if box.kind == "leaf"]
    assert [(box.title, box.rows[-1][1]) for box in weights] == [
        ("params[11][0]", ("and 11 like it",)),
        ("params[11][1]", ("and 11 like it",)),
    ]
    assert words(picture)["x₁₃", "layer × 12"] == ("to the next",)


def test_a_loop_without_functions_is_found():
    x = y = tg.Tensor(0.5, name="x")
    for _ in range(30):
        y = np.sin(y * x)
    graph = tg.Graph.of(y)
    folding = Folding(graph, repeats=True)
    assert blocks(folding) == [("", 30, "np.multiply", "np.sin")]
    assert folding.shown == [graph["x"].id, len(graph) - 2, len(graph) - 1]
    assert "3 of 61 values shown" in painted(graph, repeats=True).notes


def test_loops_in_loops():
    x = y = tg.Tensor(0.5, name="x")
    for _ in range(5):
        y = y * x
        for _ in range(10):
            y = np.sin(y + 1)
    folding = Folding(tg.Graph.of(y), repeats=True)
    assert blocks(folding) == [("", 5, "np.multiply", ("", 10, "np.add", "np.sin"))]
    texts = words(painted(tg.Graph.of(y), repeats=True))
    assert sorted(text for several in texts.values() for text in several) == ["to the first", "to the next", "to the next"]


def test_a_turn_ends_where_the_user_gives_its_result_a_name():
    def f(x: Any, a: Any) -> Any:
        h = x * a
        for _ in range(9):
            h = np.sin(h) * a
        return h

    assert blocks(Folding(tg.trace(f)(1.0, 0.5), repeats=True)) == ["np.multiply", ("", 9, "np.sin", "np.multiply")]


def test_what_all_turns_use_stays_outside_and_adds_up_what_they_send_back():
    x = y = tg.Tensor(0.5, name="x")
    for _ in range(30):
        y = np.sin(y * x)
    y = y + x * 3
    y.backward()
    picture = painted(tg.Graph.of(y), repeats=True)
    [box] = [box for box in inside(picture.frame) if box.title == "x"]
    total, from_loop = dict(box.rows)["grad"][0].split(" = ")
    assert from_loop.startswith("3 + ")
    assert np.isclose(float(total), 3 + float(from_loop[4:]), rtol=1e-5)


def test_results_of_all_turns_that_are_used_together():
    x = h = tg.Tensor([0.5, 0.2], name="x")
    kept = []
    for _ in range(20):
        h = np.tanh(h * x)
        kept.append(h)
    found = words(painted(tg.Graph.of(np.concatenate(kept)), repeats=True))
    assert [several for (start, end), several in found.items() if start == "h" and "concatenate" in end] == [("× 20",)]


def test_turns_that_only_look_alike_are_not_folded():
    rng = np.random.default_rng(1)
    values = [tg.Tensor(float(i), name=f"x{i}") for i in range(4)]
    for _ in range(60):
        values.append(values[rng.integers(len(values))] + values[rng.integers(len(values))])
    graph = tg.Graph.of(np.sin(sum(values[1:], values[0])))  # 60 sums of whatever there was, and a sum over all of them
    *rest, last, _ = blocks(Folding(graph, repeats=True))
    assert last[1] >= 62
    assert len(rest) > 40


def test_few_repeats_are_not_a_loop():
    x = tg.Tensor(1.0, name="x")
    assert blocks(Folding(tg.Graph.of(x + x + x + x), repeats=True)) == ["np.add"] * 3
    y = np.sin(np.cos(np.exp(np.sin(np.cos(np.exp(x))))))
    assert len(blocks(Folding(tg.Graph.of(y), repeats=True))) == 6


def test_shapes_count():
    h = tg.Tensor(np.ones(2))
    for n in range(3, 13):
        h = np.ones((n, n - 1)) @ h
    assert blocks(Folding(tg.Graph.of(h), repeats=True)) == ["np.matmul"] * 10


@pytest.mark.parametrize(
    ("codes", "run"),
    [
        ([], None),
        ([1, 2, 3, 4], None),
        ([1] * 5, None),
        ([1] * 6, (0, 1, 6)),
        ([9, 1, 2, 3, 1, 2, 3, 1, 2, 3, 8], (1, 3, 3)),
        ([1, 1, 1, 2] * 4, (0, 4, 4)),
        ([1, 2] * 3 + [3, 4] * 9, (6, 2, 9)),
    ],
)
def test_the_longest_run(codes: list[int], run: Any):
    assert longest_run(codes, lambda start, turn, times: (0, times)) == run


def test_in_the_walk_back_the_first_turn_is_shown_which_is_the_last_of_the_computation():
    def f(x: Any) -> Any:
        y = x
        for _ in range(30):
            y = np.sin(y * x)
        return y

    graph = tg.trace(f, backward=True)(0.5)
    picture = painted(graph, repeats=True, backward=True)
    computation, walk = picture.frame.frames
    assert [frame.title for frame in computation.frames if frame.boxes] == ["× 30, the last one shown"]
    assert [frame.title for frame in walk.frames if frame.boxes] == ["× 28, the first one shown"]
    titles = {box.id: box.title for box in inside(picture.frame)}
    pairs = [(titles[a], titles[b]) for a, b in picture.levels]
    assert pairs == [("x", "∂y₃₀/∂x"), ("v₃₀", "∂y₃₀/∂v₃₀"), ("y₃₀", "∂y₃₀/∂y₃₀")]
    found = words(picture)
    assert found["∂y₃₀/∂y₂₈", "∂y₃₀/∂y₂₉ × w₃"] == ("to the next",)
    assert found["∂y₃₀/∂y₂₈", "∂y₃₀/∂y₁ × w₈₇"] == ("from the last",)
    assert ("v₃₀", "cos(v₃₀)") in found
    assert ("v₃₀", "cos(v₂₉)") not in found  # it stands for v₂₉ in the computation, but is another number


# --- when it is done ---------------------------------------------------------------------------------------------------


def chain(length: int) -> tg.Tensor:
    x = tg.Tensor(1.0, name="x")
    for _ in range(length):
        x = np.sin(x)
    return x


def test_repeats_are_folded_where_there_are_many_values_or_when_asked_for():
    assert draw(chain(59)).source.count("sin(") == 59
    assert draw(chain(60)).source.count("sin(") == 1
    assert draw(chain(60), fold=False).source.count("sin(") == 60
    assert draw(chain(20), fold=True).source.count("sin(") == 1


def test_what_is_too_large_is_folded_and_if_that_does_not_help_refused():
    drawing = draw(DEEP, fold=None, max_nodes=10)
    assert "8 of 63 values shown" in drawing.source
    assert "layer × 12, the last one shown" in drawing.source
    drawing = draw(DEEP, max_nodes=7)
    assert "layer × 12" in drawing.source
    assert "the last one shown" not in drawing.source  # closed now
    with pytest.raises(ValueError, match=r"This graph has 63 values.*max_nodes=3.*fold=True.*depth=0.*max_nodes=30"):
        draw(DEEP, max_nodes=3)
    with pytest.raises(ValueError, match="This graph has 63 values"):
        draw(DEEP, max_nodes=10, fold=False)
    with pytest.raises(ValueError, match=r"draw\(depth=-1\): this must be 0"):
        draw(DEEP, depth=-1)


def test_many_turns_are_folded_in_linear_work():
    def drawn(turns: int) -> int:
        x = y = tg.Tensor(1.0)
        for _ in range(turns):
            y = np.sin(y * x)
        y.backward()
        drawings = []
        work = calls_in(lambda: drawings.append(draw(y)))
        assert f"× {turns:,}, the last one shown" in drawings[0].source
        drawings[0].render("svg")
        return work

    assert drawn(400) < 5 * drawn(100)


def test_a_drawing_without_folding_takes_linear_work():
    def drawn(count: int) -> int:
        rng = np.random.default_rng(0)
        values = [tg.Tensor(float(v)) for v in rng.normal(size=10)]
        functions: list[Any] = [np.add, np.multiply, np.subtract, np.maximum]
        while len(values) < count:
            a, b = values[-rng.integers(1, 10)], values[-rng.integers(1, 10)]
            values.append(functions[rng.integers(4)](a, b) if rng.random() < 0.5 else np.sin(a))
        drawings = []
        work = calls_in(lambda: drawings.append(draw(sum(values[-10:], values[-11]), fold=False)))
        if count > 100:
            assert drawings[0].render("svg").count(b'class="node"') > count
        return work

    assert drawn(400) < 5 * drawn(100)


def test_a_parameter_that_is_asked_for_is_not_folded_away():
    drawing = draw(DEEP, wrt="params[3][0]", fold=True)
    assert "<B>params[3][0]</B>" in drawing.source
    assert "<B>params[3][0]</B>" not in draw(DEEP, fold=True).source
