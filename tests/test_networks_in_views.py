"""Modules of networks in graphs and views: their names, their frames, and which arrays are data."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

import tinygrad_lite as tg
from tinygrad_lite import nn

X = np.random.default_rng(0).normal(size=(5, 2))
Y = X[:, :1] * 2


class Net(nn.Module):
    def __init__(self) -> None:
        self.layers = [nn.Linear(2, 4, seed=0), nn.Linear(4, 1, seed=1)]
        self.scale = tg.Tensor(2.0)

    def __call__(self, x: Any) -> Any:
        h = np.tanh(self.layers[0](x))
        return self.layers[1](h) * self.scale


net = Net()
model = nn.Sequential(nn.Linear(2, 3, seed=0), nn.ReLU(), nn.Sequential(nn.Linear(3, 1, seed=1)))
LEAVES = ["net.layers[0].weight", "net.layers[0].bias", "net.layers[1].weight", "net.layers[1].bias", "net.scale"]


def loss(x: Any, y: Any) -> Any:
    out = net(x)
    return np.mean((out - y) ** 2)


def test_parameters_have_the_names_of_their_modules() -> None:
    graph = tg.trace(loss)(X, Y)
    assert {node.name for node in graph if node.kind == "input" and node.wants_gradient} == set(LEAVES)
    assert [node.name for node in graph if node.kind == "input" and not node.wants_gradient] == ["x", "y"]  # the data
    value = loss(X, Y)
    value.backward()
    recorded = tg.Graph.of(value)
    assert set(LEAVES) <= {node.name for node in recorded}
    np.testing.assert_array_equal(recorded["net.layers[1].weight"].gradient, net.layers[1].weight.grad)


def test_the_module_itself_can_be_traced() -> None:
    graph = tg.trace(net)(X)
    assert set(LEAVES) <= {node.name for node in graph}
    assert graph["h"].scope == ()
    assert {node.scope[0][0] for node in graph if node.scope} == {
        "net.layers[0]: Linear(2, 4)",
        "net.layers[1]: Linear(4, 1)",
    }


def test_modules_inside_modules_are_scopes() -> None:
    graph = tg.trace(lambda x: np.sum(model(x)))(X)
    scopes = {tuple(name for name, _ in node.scope) for node in graph if node.function}
    inner = ("model[2]: Sequential()", "model[2][0]: Linear(3, 1)")
    assert scopes == {
        (),
        ("model: Sequential()", "model[0]: Linear(2, 3)"),
        ("model: Sequential()", "model[1]: ReLU()"),
        ("model: Sequential()", *inner),
    }


def boxes(drawing: Any) -> str:
    return re.sub(r"<[^>]*>", " ", drawing.source)


def test_a_network_is_open_and_its_layers_are_closed() -> None:
    text = boxes(tg.draw(tg.trace(loss)(X, Y)))
    assert "net: Net() · 18 parameters" in text
    assert re.search(r"net\.layers\[0\]: Linear\(2, 4\)\s+12 parameters", text)
    assert re.search(r"\(5, 2\) (→|&rarr;) \(5, 4\)", text)
    assert "net.layers[0].weight" not in text  # it is inside
    assert "net.scale" in text  # no layer has it
    assert "net.layers[0].weight" in boxes(tg.draw(tg.trace(loss)(X, Y), depth=2))
    assert "tanh" not in boxes(tg.draw(tg.trace(loss)(X, Y), depth=0))
    text = boxes(tg.draw(tg.trace(loss, backward=True)(X, Y), backward=True))
    assert "back through net.layers[1]: Linear(4, 1)" in text


def test_the_parameter_whose_paths_are_asked_for_is_shown() -> None:
    assert "net.layers[0].weight" in boxes(tg.draw(tg.trace(loss)(X, Y), wrt="net.layers[0].weight"))


def test_table_and_source_use_these_names() -> None:
    assert "∂loss/∂net.layers[0].weight" in str(tg.explain(tg.trace(loss, backward=True)(X, Y)))
    text = str(tg.source(loss, X, Y))
    assert "d_net_layers_0_weight" in text
    names: dict[str, Any] = {}
    exec(text, names)
    order = re.search(r"def loss_and_gradient\((.*?)\)", text, re.DOTALL)[1].split(",")[2:]  # type: ignore[index]
    leaves = in_order(order)
    value = loss(X, Y)
    found, gradients = names["loss_and_gradient"](X, Y, *[leaf.data for leaf in leaves])
    np.testing.assert_allclose(found, value.data, rtol=1e-12)
    for gradient, expected in zip(gradients, tg.gradients(value, leaves)):
        np.testing.assert_allclose(gradient, expected.data, rtol=1e-12)


def in_order(names: list[str]) -> list[Any]:
    """The parameters of the network by the names that a program gives them."""
    found = {"net_" + name.replace(".", "_"): leaf for name, leaf in net.named_parameters()}
    return [found[name.strip()] for name in names]
