"""The ways from a parameter to the loss: each with its product of local derivatives, together the gradient."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import together

import tinygrad_lite as tg
from tinygrad_lite.graphs.names import labels
from tinygrad_lite.graphs.paths import paths
from tinygrad_lite.views.words import number


def twice(x: Any) -> Any:
    s = np.sin(x)
    return x * s


def test_what_a_path_contributes_is_the_product_of_its_factors() -> None:
    found = paths(tg.trace(twice)(2.0), "x")
    assert [path.factors for path in found.paths] == [(np.sin(2.0),), (np.cos(2.0), 2.0)]
    for path in found.paths:
        np.testing.assert_allclose(path.contribution, np.prod(path.factors), rtol=1e-15)


@together
@pytest.mark.parametrize("seed", range(8))
def test_all_paths_add_up_to_the_gradient(seed: int) -> None:
    """Of random programs: each value is made of two earlier ones."""
    rng = np.random.default_rng(seed)
    shape = [(), (3,), (2, 3)][seed % 3]

    def f(x: Any) -> Any:
        values = [x, np.tanh(x)]
        for _ in range(7):
            i, j = rng_program.integers(len(values), size=2)
            values.append(values[i] * values[j] if rng_program.random() < 0.5 else values[i] + np.sin(values[j]))
        return np.sum(values[-1] * values[-2])

    rng_program = np.random.default_rng(seed)
    x = rng.uniform(0.2, 1, shape)
    graph = tg.trace(f)(x)
    found = paths(graph, "x", limit=10**6)
    assert found.count == len(found.paths)
    np.testing.assert_allclose(sum(path.contribution for path in found.paths), graph["x"].gradient, rtol=1e-12)
    np.testing.assert_allclose(found.total, graph["x"].gradient, rtol=1e-12)
    np.testing.assert_allclose(found.rest, np.zeros(shape), atol=1e-12)


def test_more_paths_than_anybody_could_list() -> None:
    def f(x: Any) -> Any:
        for _ in range(60):
            x = x * x + x
        return x

    found = paths(tg.trace(f)(1e-30), "x", limit=5)
    assert found.count == 3**60  # three ways through each turn
    assert len(found.paths) == 5
    np.testing.assert_allclose(found.total, tg.grad(f)(1e-30))


def test_a_value_in_between() -> None:
    found = paths(tg.trace(twice)(2.0), "s")
    assert [path.factors for path in found.paths] == [(2.0,)]


def test_through_arrays_there_are_no_factors_but_contributions() -> None:
    def f(w: Any, x: Any) -> Any:
        y = w * x
        return np.sum(y * y)

    x = np.array([1.0, 2.0])
    found = paths(tg.trace(f)(tg.Tensor(3.0), x), "w")
    assert [path.factors for path in found.paths] == [(None, None, None)] * 2
    assert [float(path.contribution) for path in found.paths] == [15.0, 15.0]  # w Σx² each


def test_no_path() -> None:
    graph = tg.trace(lambda x, z: x**2 + np.floor(z) * 0)(2.0, 3.0)
    found = paths(graph, "z")
    assert float(found.total) == 0.0
    graph = tg.trace(lambda x, z: tg.stop_gradient(z) * x)(2.0, 3.0)
    with pytest.raises(ValueError, match="does not depend on 'z'"):
        paths(graph, "z")
    with pytest.raises(KeyError, match=r"called \'w\'\. Its values are: x, z, v₁"):
        paths(graph, "w")
    with pytest.raises(ValueError, match=r"has shape \(3,\)"):
        paths(tg.trace(np.sin)(np.ones(3)), "x")
    with pytest.raises(KeyError, match=r"This Tensor \(shape \(\)\) is no value of this computation"):
        paths(graph, tg.Tensor(1.0))


@pytest.mark.parametrize(
    ("wrt", "meant"), [("x", "x₁"), ("x₁", "x₁"), ("x₂", "x₂"), ("x₃", "x₃"), (0, "x₁"), ("w", "w"), ("f", "f")]
)
def test_all_views_mean_the_same_value_by_a_name(wrt: Any, meant: str, tmp_path: Path) -> None:
    def f(x: Any, w: Any) -> Any:
        x = np.sin(x * w)
        x = x * x
        return x * w

    graph = tg.trace(f, backward=True)(2.0, 3.0)
    start = next(i for i, label in labels(graph).items() if label == meant)
    gradient = number(graph.nodes[start].gradient)
    found = paths(graph, wrt)
    assert (found.start, number(found.total)) == (start, gradient)
    assert f"∂f/∂{meant} = {gradient}" in tg.draw(graph, wrt=wrt).source
    assert re.search(rf"∂f/∂{meant} = .*{re.escape(gradient)}", tg.explain(graph, wrt=wrt).text(200))
    page = tg.step_through(graph, tmp_path / "page.html").read_text(encoding="utf-8")
    assert re.search(rf"∂f/∂{meant} = .*{re.escape(gradient)}", page)


def test_by_a_tensor_with_a_name() -> None:
    w = tg.Tensor(2.0, name="w")
    assert float(paths(tg.Graph.of(w * w), w).total) == 4.0
