"""Elements that belong together: one sample of a batch throughout, and slopes that multiply along a chain."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg
from tinygrad_lite.graphs.elements import aligned, back, chosen, follow, onward
from tinygrad_lite.graphs.names import split_index
from tinygrad_lite.graphs.paths import chain, paths
from tinygrad_lite.views.table.table import explain

RNG = np.random.default_rng(5)
X, Y = RNG.normal(size=(6, 3)), RNG.normal(size=6)
W1, W2 = RNG.normal(size=(3, 4)), RNG.normal(size=4)


def network(w1: Any, w2: Any, x: Any, y: Any) -> Any:
    hidden = np.tanh(x @ w1)
    out = hidden @ w2
    error = out - y
    return np.mean(error**2)


def traced(f: Any, *args: Any) -> tg.Graph:
    return tg.trace(f, backward=True)(*args)


GRAPH = traced(network, tg.Tensor(W1), tg.Tensor(W2), X, Y)


def at(graph: tg.Graph, element: Any) -> dict[str, Any]:
    """The element that is shown of each value with a name."""
    found = follow(graph, chosen(graph, element))
    return {str(node.name): found[node.id] for node in graph.forward if node.name}


@pytest.mark.parametrize("sample", range(6))
def test_one_sample_of_a_batch_is_followed_throughout(sample: int) -> None:
    found = at(GRAPH, (sample,))
    for name in ("x", "hidden", "out", "error", "y"):
        assert found[name][0] == sample
    assert found["hidden"][1] == found["w2"][0] == found["w1"][1]  # through the same unit
    assert found["x"][1] == found["w1"][0]


def test_elements_that_were_moved_are_followed_where_they_were() -> None:
    def f(x: Any) -> Any:
        turned = x.T[::-1]
        part = turned[1:, 2]
        return np.sum(part * part)

    found = at(traced(f, tg.Tensor(X)), (1,))
    assert found["part"] == (1,)
    assert found["turned"] == (2, 2)
    assert found["x"] == (2, 0)
    assert X[found["x"]] == X.T[::-1][1:, 2][1]


def test_the_element_of_a_maximum_is_the_largest() -> None:
    def f(x: Any) -> Any:
        top = np.max(x, axis=1)
        return np.sum(top)

    found = at(traced(f, tg.Tensor(X)), (4,))
    assert found["x"] == (4, int(np.argmax(X[4])))


def test_data_that_were_only_computed_are_followed_too() -> None:
    def f(w: Any, x: Any) -> Any:
        scaled = (x - np.mean(x, axis=0)) / 2
        out = scaled @ w
        return np.sum(out**2)

    graph = traced(f, tg.Tensor(W1[:, 0]), X)
    assert at(graph, (3,))["scaled"][0] == at(graph, (3,))["x"][0] == 3


def test_a_unit_that_is_dead_does_not_lead_astray() -> None:
    hidden = np.array([[0.0, 2.0], [0.0, 3.0]])
    graph = traced(lambda h, w: np.sum((h @ w) ** 2), tg.Tensor(hidden), tg.Tensor([1.0, 1.0]))
    found = follow(graph, chosen(graph, (1,)))
    h, w = (graph.input(name) for name in "hw")
    assert (found[h], found[w]) == ((1, 1), (1,))  # the first that contributes


def test_back_and_onward_lead_to_elements_that_depend_on_each_other() -> None:
    for node in GRAPH.forward:
        for position, i in GRAPH.wanting(node.id):
            for index in np.ndindex(node.shape):
                there = back(GRAPH, node.id, position, i, index)
                one = np.zeros(node.shape)
                one[index] = 1
                assert GRAPH.send_back(node.id, position, one[()])[there] != 0
            for index in np.ndindex(GRAPH.nodes[i].shape):
                here = onward(GRAPH, node.id, position, index)
                one = np.zeros(node.shape)
                one[here] = 1
                assert GRAPH.send_back(node.id, position, one[()])[index] != 0


def test_shapes_that_are_in_line() -> None:
    assert aligned((4,), (6, 4), (3, 2)) == (2,)
    assert aligned((6, 1), (6, 4), (3, 2)) == (3, 0)
    assert aligned((6, 3), (6,), (5,)) == (5, 0)
    assert aligned((3, 4), (6, 4), (5, 2)) == (0, 2)
    assert aligned((2, 2), (5,), (4,)) == (0, 0)
    assert aligned((), (5,), (4,)) == ()


def test_without_arrays_there_is_nothing_to_choose() -> None:
    graph = traced(lambda a: a * a, 3.0)
    assert set(follow(graph, chosen(graph, None)).values()) == {()}


def test_arrays_without_elements() -> None:
    graph = traced(lambda x: np.sum(x * 2.0) + 1.0, np.zeros((0, 3)))
    assert follow(graph, chosen(graph, None))[graph.output.id] == ()
    assert "empty" in explain(graph).text()


# --- along a path -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["w1", "w2"])
def test_the_chains_through_all_elements_add_up_to_what_the_path_contributes(name: str) -> None:
    """For each sample there is one chain from an element of the weights: make the others impossible, and it is alone."""
    total = 0.0
    for sample in range(6):
        graph = traced(network, tg.Tensor(W1), tg.Tensor(W2), X[[sample]], Y[[sample]])
        [path] = paths(graph, name).paths
        found = chain(graph, graph.input(name), path, (1, 2)[: graph[name].value.ndim])
        assert found.many == 1
        assert found.product == pytest.approx(path.contribution[(1, 2)[: graph[name].value.ndim]])
        total += found.product / 6
    [path] = paths(GRAPH, name).paths
    found = chain(GRAPH, GRAPH.input(name), path, (1, 2)[: GRAPH[name].value.ndim])
    assert found.many == 6
    assert total == pytest.approx(path.contribution[(1, 2)[: GRAPH[name].value.ndim]])


def test_slopes_of_numbers_are_the_factors() -> None:
    graph = traced(lambda x: np.sin(x) * x, 2.0)
    for path in paths(graph, "x").paths:
        assert chain(graph, graph.input("x"), path, ()).slopes == path.factors


def test_names_with_an_index() -> None:
    assert split_index("w1[0,3]") == split_index(" w1[0, 3]".strip()) == ("w1", (0, 3))
    assert split_index("x[-1]") == ("x", (-1,))
    assert split_index('params["w"][2]') == ('params["w"]', (2,))
    assert split_index("w1") is split_index("w1[a]") is split_index("w1[]") is None


def test_wrt_takes_an_element() -> None:
    text = explain(GRAPH, "w1[0, 3]").text(200)
    [path] = paths(GRAPH, "w1[0, 3]").paths
    assert f"contributes = {path.contribution[0, 3]:.6g}  [0, 3] of (3, 4)" in text
    line = next(line for line in text.splitlines() if "w1[0, 3] →" in line)
    factors, product = line.split(" = ")[1:3]
    numbers = [float(part.strip("()")) for part in factors.split(" × ")]
    assert np.prod(numbers) == pytest.approx(float(product.split()[0]), rel=1e-4)
    assert line.endswith(f"one chain of elements; all 6 sum to {path.contribution[0, 3]:.6g}")
    assert explain(GRAPH, "w1", element=(0, 3)).text() == explain(GRAPH, "w1[0, -1]").text()
    for wrong in ("w1[0, 4]", "w1[0]"):
        with pytest.raises(IndexError, match=r"There is no w1\[0.*w1 has shape \(3, 4\)"):
            explain(GRAPH, wrong)
    with pytest.raises(KeyError, match="No value of this computation is called 'z'"):
        explain(GRAPH, "z[0]")


def test_the_arrows_have_numbers_that_multiply_to_the_chain() -> None:
    text = " ".join(explain(GRAPH, "w1[0, 3]").text(200).split())
    arrows = text.partition("The arrows")[2].partition("So the gradient")[0]
    slopes = re.findall(r"= (-?[\d.e-]+)(?=  ?(?:\[|v|w|hidden|out|error|network|$)| )", arrows)
    [path] = paths(GRAPH, "w1").paths
    found = chain(GRAPH, GRAPH.input("w1"), path, (0, 3))
    for slope in found.slopes:
        assert f"{slope:.6g}" in slopes


def test_elements_by_name() -> None:
    named, by_index = explain(GRAPH, element="hidden[3, 1]").text(200), explain(GRAPH, element=(3, 1)).text(200)
    assert "[3, 1] of (6, 4) in hidden" in named
    assert named.splitlines()[-3:] == by_index.splitlines()[-3:]
    with pytest.raises(IndexError, match=r"There is no out\[6\]"):
        explain(GRAPH, element="out[6]")
    with pytest.raises(TypeError, match="or also by the name of its array"):
        explain(GRAPH, element="out")


def test_the_table_says_where_the_sample_is() -> None:
    text = explain(GRAPH, element=3).text(200)
    for line in ("out = hidden @ w2", "hidden = tanh(v₁)", "[3, 0] of (6, 4)", "[3] of (6,)"):
        assert line in text
    assert "[3] of (6, 4)" not in text
    assert not re.search(r"x = \S+ +\[0, ", text)


def test_a_drawing_says_the_slopes_along_the_chain() -> None:
    drawn = tg.draw(GRAPH, wrt="w1[0, 3]").source
    [path] = paths(GRAPH, "w1").paths
    found = chain(GRAPH, GRAPH.input("w1"), path, (0, 3))
    for slope, where in zip(found.slopes, found.elements[1:]):
        if where:
            assert f"slope at [{', '.join(map(str, where))}]: {slope:.6g}" in drawn
    assert f"at [0, 3]: {path.contribution[0, 3]:.6g}" in drawn
    assert "one of 6 chains" in drawn
    with pytest.raises(IndexError, match=r"There is no w1\[9, 9\]"):
        tg.draw(GRAPH, wrt="w1[9, 9]")
