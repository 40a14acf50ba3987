"""The graph of a computation: what its nodes say; that it can be replayed, walked back through, compared, kept and read."""

from __future__ import annotations

import gc
import json
import sys
import threading
import weakref
from collections import namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import together

import tinygrad_lite as tg
from tinygrad_lite import Graph, Tensor, trace
from tinygrad_lite.autograd import RULES
from tinygrad_lite.graphs.lookup import rule_of
from tinygrad_lite.graphs.nodes import Contribution, GraphNode, Ref, same
from tinygrad_lite.recording import recording

X1, X2 = np.array([1.0, -2.0, 3.0]), np.array([-1.0, 5.0, 2.0])


def product(a: Any, b: Any) -> Any:
    product = a * b
    return np.sin(product)


def loss(w: Any, x: Any) -> Any:
    error = w * x - 1
    return np.mean(error**2)


# --- nodes --------------------------------------------------------------------------------------------------------------


def test_the_nodes_of_a_small_graph() -> None:
    graph = trace(product)(2.0, 3.0)
    a, b, ab, sine = graph
    line = product.__code__.co_firstlineno
    assert [(n.id, n.kind, n.function, n.name) for n in graph] == [
        (0, "input", None, "a"), (1, "input", None, "b"), (2, "call", "np.multiply", "product"), (3, "call", "np.sin", None),
    ]  # fmt: skip
    assert (ab.args, ab.keywords, ab.uses) == ((Ref(0), Ref(1)), {}, [0, 1])
    assert (ab.shape, ab.dtype, float(ab.value), ab.line.number, ab.scope) == ((), "float64", 6.0, line + 1, ())  # type: ignore[union-attr]
    assert [n.wants_gradient for n in graph] == [True] * 4
    assert [float(n.gradient) for n in graph] == [3 * np.cos(6.0), 2 * np.cos(6.0), np.cos(6.0), 1.0]
    assert a.contributions == (Contribution(2, 0, np.cos(6.0) * 3, None),)
    assert [n.gradient_id for n in graph] == [None] * 4
    assert (graph.inputs, graph.constants, graph.outputs, graph.name) == ((0, 1), (), (3,), "product")
    assert graph.arguments == (("a", Ref(0)), ("b", Ref(1)))
    assert graph.output is sine
    assert b.line is None


def test_the_walk_back_is_nodes_as_well() -> None:
    graph = trace(product, backward=True)(2.0, 3.0)
    seed, *rest = graph.backward
    assert (seed.kind, float(seed.value), seed.through) == ("seed", 1.0, None)
    assert graph.nodes[: len(graph.forward)] == tuple(graph.forward)
    assert {node.through for node in rest} == {2, 3}
    for name in ("a", "b", "product"):
        node = graph[name]
        assert node.gradient is not None
        assert same(graph[node.gradient_id or 0].value, node.gradient)
        assert same(sum(part.value for part in node.contributions), node.gradient)
        assert [graph[part.id or 0].value for part in node.contributions] == [part.value for part in node.contributions]
    assert graph.output.gradient_id == seed.id
    assert repr(graph) == f"<Graph of product: {len(graph)} nodes, {len(graph.backward)} of them in the backward pass>"


def test_a_value_used_twice_gets_two_contributions() -> None:
    graph = trace(lambda x: x * x + x)(3.0)
    assert [(part.user, part.position, float(part.value)) for part in graph["x"].contributions] == [
        (2, 1, 1),
        (1, 0, 3),
        (1, 1, 3),
    ]
    assert float(graph["x"].gradient) == 7.0


def test_a_graph_is_a_list_of_nodes() -> None:
    graph = trace(lambda x: np.tanh(np.tanh(x)))(0.5)
    assert len(graph) == len(list(graph)) == 3
    assert graph[-1] is graph.output
    assert repr(graph) == "<Graph of <lambda>: 3 nodes>"
    with pytest.raises(KeyError, match=r"No value of this computation is called 'y'\. Its values are: x\."):
        graph["y"]
    with pytest.raises(IndexError):
        graph[3]


def test_the_last_of_several_values_with_a_name() -> None:
    def f(x: Any) -> Any:
        h = x * 2
        h = h * 3
        return h * 1

    graph = trace(f)(1.0)
    assert (graph["h"].id, float(graph["h"].value)) == (2, 6.0)


def test_users_say_where_a_value_is_used() -> None:
    graph = trace(lambda x, i: x[i] * x[0] + x[np.array([0]), i][0])(X1.reshape(3, 1) * [1, 2], np.array(1))
    users = graph.users()
    assert all((user, place) for user, place in users[0])
    for i, uses in users.items():
        assert sorted(user for user, _ in uses) == sorted(n.id for n in graph for j in n.uses if j == i)
    assert {place for _, place in users[graph["i"].id]} == {1, -1}


def test_arguments_keep_their_form() -> None:
    Layer = namedtuple("Layer", "w b")

    def f(params: Any, mode: str, *rest: Any, none: Any = None) -> Any:
        return np.sum(params["layers"][0].w * params["layers"][0].b * rest[0])

    graph = trace(f)({"layers": [Layer(X1, 2.0)], "n": 3, "nothing": None}, "relu", X2, none=None)
    assert graph.arguments == (
        ("params", {"layers": [Layer(Ref(0), Ref(1))], "n": 3, "nothing": None}), ("mode", "relu"), ("rest1", Ref(2)),
        ("none", None),
    )  # fmt: skip


def test_outputs() -> None:
    def outputs(f: Callable[..., Any]) -> tuple[list[Any], tuple[int, ...]]:
        graph = trace(f)(2.0)
        return [graph[i].value for i in graph.outputs], graph.outputs

    def twice(x: Any) -> Any:
        y = x * 2
        return y, y, x, 5

    assert outputs(twice) == ([4.0, 4.0, 2.0, 5], (1, 1, 0, 2))
    assert outputs(lambda x: x) == ([2.0], (0,))
    assert outputs(lambda x: 3.0) == ([3.0], (1,))
    assert outputs(lambda x: {"a": x * 2, "b": [x, None, 3]}) == ([4.0, 2.0, 3], (1, 0, 2))
    graph = trace(lambda x, d: (d, d * 2, np.ones(2), x))(Tensor(2.0), np.array([1, 2]))
    assert [graph[i].kind for i in graph.outputs] == ["input", "call", "constant", "input"]
    assert graph["x"].gradient is None
    again = graph.replay(d=[3, 4])
    assert [again[i].value.tolist() for i in again.outputs] == [[3, 4], [6, 8], [1.0, 1.0], 2.0]


@together
@pytest.mark.parametrize("result", [None, (), {}, "text", (1.0, "text"), iter([1.0]), len, [object()]])
def test_what_is_no_output(result: Any) -> None:
    with pytest.raises(
        TypeError, match=r"trace\(<lambda>\): <lambda> returned .*\. A traced function must return a Tensor, an array"
    ):
        trace(lambda x: result)(1.0)
    assert recording() is True


def test_no_way_back() -> None:
    with pytest.raises(TypeError, match="It was called with the variables x"):
        trace(lambda x: 3.0, backward=True)(1.0)
    with pytest.raises(TypeError, match="None of its arguments is a variable"):
        trace(lambda x: x * 2, backward=True)(1)
    with pytest.raises(ValueError, match="starts from a single number"):
        trace(lambda x: x * 2, backward=True)(X1)


# --- sending back -----------------------------------------------------------------------------------------------------


def test_sending_back_something_else() -> None:
    """The chain rule at one call is linear in what comes in."""
    graph = trace(lambda a, b: np.sum(a * b + a))(X1.reshape(3, 1), X2)
    call = next(node.id for node in graph if node.function == "np.multiply")
    g = np.arange(9.0).reshape(3, 3)
    assert same(graph.send_back(call, 0, g), (g * X2).sum(1, keepdims=True))
    assert same(graph.send_back(call, 1, g), (g * X1[:, None]).sum(0))
    assert same(graph.send_back(call, 1, g, summed=False), g * X1[:, None])
    assert graph.wanting(call) == [(0, 0), (1, 1)]
    assert graph.wanting(0) == []


# --- replaying --------------------------------------------------------------------------------------------------------


def test_replay_with_other_numbers() -> None:
    graph = trace(loss, backward=True)(Tensor(2.0), X1)
    again = graph.replay(w=3, x=X2)
    assert same(again.output.value, loss(3.0, X2))
    assert again == trace(loss, backward=True)(Tensor(3.0), X2)
    assert same(again["x"].value, X2)
    assert graph.replay() == graph
    assert float(graph["w"].value) == 2.0
    assert trace(loss)(Tensor(2.0), X1).replay()["w"].gradient is None


def test_replay_says_what_is_wrong() -> None:
    graph = trace(loss)(Tensor(2.0), X1)
    with pytest.raises(KeyError, match=r"No input of this graph is called 'y'\. Its inputs are: w, x\."):
        graph.replay(y=1.0)
    with pytest.raises(ValueError, match=r"recorded with x of shape \(3,\), and this has shape \(2,\)"):
        graph.replay(x=[1.0, 2.0])
    with pytest.raises(KeyError, match="2 inputs of this graph are called 'w'"):
        trace(loss)(Tensor(2.0, name="w"), Tensor(3.0, name="w")).replay(w=1.0)
    sizes = trace(lambda x: np.mean(x[x > 0]))(X1)
    assert float(sizes.replay(x=X2).output.value) == 3.5
    with pytest.raises(
        ValueError, match=r"getitem gives shape \(3,\), but the graph was recorded with shape \(2,\)(.|\n)*test_graph"
    ):
        sizes.replay(x=[1.0, 2.0, 3.0])


def test_an_input_that_nothing_uses() -> None:
    graph = trace(lambda w, k: w * np.eye(3)[k])(Tensor(2.0), np.array([0, 1]))
    assert graph.replay(k=[0, 1]).output.value.tolist() == graph.output.value.tolist()
    with pytest.raises(ValueError, match=r"no call of this graph uses k.*make the table an argument of the function too"):
        graph.replay(k=[1, 1])
    graph = trace(lambda w, k, table: w * table[k])(Tensor(2.0), np.array([0, 1]), np.eye(3))
    assert same(graph.replay(k=[1, 1]).output.value, 2 * np.eye(3)[[1, 1]])


def test_replay_of_a_primitive_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinygrad_lite.registry.RULES", RULES)
    before = dict(RULES)
    try:

        @tg.primitive
        def gauss_of_this_test(x: Any) -> Any:
            return np.exp(-x * x)

        tg.derivative(gauss_of_this_test, x=lambda g, x, out: -2 * g * x * out)
        graph = trace(lambda x: np.sum(gauss_of_this_test(x) * 2), backward=True)(X1)
        text = graph.to_json()
        assert Graph.from_json(text).replay() == graph
        del RULES[gauss_of_this_test]
        read = Graph.from_json(text)
        assert read == graph
        with pytest.raises(LookupError, match=r"This graph calls gauss_of_this_test.*import the module that defines it"):
            read.replay()
        RULES[gauss_of_this_test] = before[np.sin]
        assert not same(read.replay().output.value, graph.output.value)  # found now, though it is another
    finally:
        RULES.clear()
        RULES.update(before)


def test_two_functions_of_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def join(*arrays: Any) -> Any:
        return arrays

    monkeypatch.setitem(RULES, join, RULES[np.sin])
    graph = Graph([node(kind="call", function="join")], [0])
    with pytest.raises(LookupError, match="there are several functions of this name"):
        rule_of(graph[0])


@together
@pytest.mark.parametrize(
    "name", ["np.save", "np.savetxt", "np.load", "np.fromfile", "np.os.system", "np.testing.runstring", "np.linalg", "np", "",
             "operator.call", "builtins.eval", "np.add.__class__", "np.add.nothing", "np.lib.npyio.load", "exec"],
)  # fmt: skip
def test_no_other_function_is_ever_found(name: str) -> None:
    """A file could name any function. Only those are called that a trace can have seen, and none that writes files."""
    with pytest.raises(LookupError, match="no function of this name"):
        rule_of(node(kind="call", function=name))


# --- equality ---------------------------------------------------------------------------------------------------------


def node(**changes: Any) -> GraphNode:
    plain = {
        "id": 0,
        "kind": "input",
        "function": None,
        "args": (),
        "keywords": {},
        "shape": (),
        "dtype": "float64",
        "name": "x",
    }
    return GraphNode(**{**plain, "value": np.float64(1.0), **changes})


@together
@pytest.mark.parametrize(
    "changes",
    [{"value": np.float64(2.0)}, {"value": np.float32(1.0)}, {"value": np.ones(1)}, {"value": None}, {"value": 1.0},
     {"name": "y"}, {"shape": (1,)}, {"kind": "constant"}, {"gradient": np.float64(1.0)}, {"wants_gradient": True},
     {"scope": (("f", 1),)}, {"contributions": (Contribution(0, 0, np.float64(1.0), None),)}, {"through": 0},
     {"dtype": "float32"}],
    ids=str,
)  # fmt: skip
def test_graphs_that_differ(changes: Any) -> None:
    assert Graph([node()], [0]) == Graph([node()], [0])
    assert Graph([node()], [0]) != Graph([node(**changes)], [0])


def test_nan_equals_nan() -> None:
    for bad in (np.float64(np.nan), np.array([np.nan, 1.0]), np.array([complex(0, np.nan)])):
        assert Graph([node(value=bad, gradient=bad)], [0]) == Graph([node(value=np.array(bad)[()], gradient=bad)], [0])
    assert Graph([node(args=(float("nan"), slice(0, None)))], [0]) == Graph([node(args=(float("nan"), slice(0, None)))], [0])


def test_what_else_counts() -> None:
    graph = Graph([node()], [0], "f", [("x", Ref(0))])
    assert graph != Graph([node()], [0], "g", [("x", Ref(0))])
    assert graph != Graph([node()], [0], "f", [("y", Ref(0))])
    assert graph != Graph([node()], [0, 0], "f", [("x", Ref(0))])
    assert graph != trace(product)(1.0, 2.0)
    assert graph != "graph"
    with pytest.raises(TypeError, match="unhashable"):
        hash(graph)
    one, two = (trace(lambda x: x * 2)(1.0) for _ in range(2))
    assert one == two
    assert trace(lambda x: x * 2)(1.0) == trace(lambda x: x * 2)(1.0)  # on other lines it would be, too
    assert trace(lambda x: x * 2)(1.0) != trace(lambda x: x * 2.0)(1.0)


# --- as text ----------------------------------------------------------------------------------------------------------


def a_graph() -> Graph:
    """With all that a graph may have: nests, labels, slices, masks, a look, a part of a result, the backward pass."""
    Layer = namedtuple("Layer", "w b")

    def f(params: Any, x: Any, labels: Any, act: str, none: Any = None) -> Any:
        layer = params["layers"][0]
        h = np.maximum(x @ layer.w + layer.b, 0) * np.linalg.svd(x)[1].max()
        if h.sum() > 0:
            h = np.sum(h[:, None, ..., 0:2], axis=(1,), dtype=np.float64)
        return -np.mean(tg.log_softmax(h)[np.arange(2), labels]), h, 5

    params = {"layers": [Layer(np.arange(6.0).reshape(2, 3) / 10, np.full(3, 1e300))], 3: None}
    return trace(f, backward=True)(params, np.array([[0.1, 1e-320], [0.0, 2.0]]), np.array([0, 1]), "relu")


def test_json_is_exact(tmp_path: Path) -> None:
    graph, path = a_graph(), tmp_path / "graph.json"
    text = graph.to_json(path)
    assert path.read_text(encoding="utf-8") == text
    for source in (text, path, str(path), text.encode().decode(), "\n " + text):
        assert Graph.from_json(source) == graph
    read = Graph.from_json(text)
    assert read.replay() == graph.replay() == graph
    assert read.to_json() == text
    assert [node.line for node in read] == [node.line for node in graph]
    assert read.arguments[0][1]["layers"][0].w == Ref(0)
    assert read.looks == graph.looks
    assert [look.line for look in read.looks] == [look.line for look in graph.looks]


def test_helpers_of_rules_are_found_by_name() -> None:
    """Functions without a derivative, of which a rule needs the result."""
    a, b = np.array([[2.0, 1.0], [0.5, 3.0]]), np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]])

    def f(a: Any, b: Any) -> Any:
        u, s, v = np.linalg.svd(b, full_matrices=False)
        parts = [*np.linalg.eigh(a), *np.linalg.eig(a), np.linalg.eigvals(a), np.linalg.eigvalsh(a), u, s, v]
        return sum(map(np.sum, parts)) + tg.logsumexp(a, b=np.array([1.0, 0.5]))

    graph = trace(f, backward=True)(a, b)
    read = Graph.from_json(graph.to_json())
    assert read.replay() == graph
    with pytest.raises(np.linalg.LinAlgError, match="has no derivative here"):
        read.replay(a=np.eye(2))


def test_json_is_strict_and_has_a_line_for_each_node() -> None:
    graph = trace(lambda x: np.sum(x * x), backward=True)(np.array([np.inf, np.nan, 0.1]))
    text = graph.to_json()
    data = json.loads(text, parse_constant=lambda constant: pytest.fail(constant))
    assert (data["format"], data["version"], len(data["nodes"])) == ("tinygrad_lite.graph", 1, len(graph))
    assert data["nodes"][0]["value"] == ["inf", "nan", 0.1]
    assert [json.loads(line.rstrip(","))["id"] for line in text.splitlines() if line.startswith('{"id"')] == list(
        range(len(graph))
    )
    assert Graph.from_json(json.dumps(data, sort_keys=True, indent=1)) == graph


def changed(**changes: Any) -> str:
    """The text of a graph with other things at some places, as in ``nodes__2__id=7``; without what is `...`."""
    data: Any = json.loads(trace(product, backward=True)(2.0, 3.0).to_json())
    for path, value in changes.items():
        *steps, last = [int(step) if step.isdigit() else step for step in path.split("__")]
        place = data
        for step in steps:
            place = place[step]
        place[last] = value
        if value is ...:
            del place[last]
    return json.dumps(data)


@together
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "The text cannot be read: it is not JSON: "),
        ("[1]", r"The text is not a graph of this package: its \"format\" should be 'tinygrad_lite.graph', and is '\[1\]'"),
        ('{"format": "onnx"}', "and is 'onnx'"),
        (changed(format=...), "and is 'None'"),
        (changed(version=2), "has version 2 of the format, and this package reads version 1. If it was written by a newer"),
        (changed(version=...), "has version None"),
        (changed(nodes=...), "its 'nodes', a list, is missing"),
        (changed(nodes=3), "its 'nodes', a list, is 3"),
        (changed(nodes__1=[]), r"node 1, cannot be read: its 'id', a int, is missing"),
        (changed(nodes__1__id=2), "node 1, cannot be read: its id is 2, and ids count the nodes from 0"),
        (changed(nodes__1__kind="leaf"), "its kind is 'leaf', but the kinds are input, constant, call, seed"),
        (changed(nodes__1__shape=...), "its 'shape', a list, is missing"),
        (changed(nodes__1__dtype=...), "its 'dtype', a str, is missing"),
        (changed(nodes__1__shape=[2]), "its numbers are not what its dtype and shape say"),
        (changed(nodes__1__value=[1.0]), "its numbers are not what its dtype and shape say"),
        (changed(nodes__1__dtype="int64"), "its numbers are not what its dtype and shape say"),
        (changed(nodes__1__dtype="O8"), "arrays of dtype O8 are not read"),
        (changed(nodes__2__function=...), "node 2, cannot be read: its 'function', a str, is missing"),
        (changed(nodes__2__args=...), "its 'args', a list, is missing"),
        (changed(nodes__2__args__0={"ref": 2}), "node 2, cannot be read: it refers to node 2, but a node may refer only to"),
        (changed(nodes__2__args__0={"ref": 3}), "it refers to node 3"),
        (changed(nodes__2__args__0={"ref": -1}), "it refers to node -1"),
        (changed(nodes__2__args__0={"ref": "a"}), "it refers to node 'a'"),
        (changed(nodes__2__args__0={"call": "eval"}), "no kind of value is written with 'call'"),
        (changed(nodes__2__gradient_id=99), "it refers to node 99"),
        (changed(nodes__2__contributions__0__user=99), "it refers to node 99"),
        (changed(outputs=[99]), "it refers to node 99"),
        (changed(outputs=...), "its 'outputs', a list, is missing"),
        (changed(arguments=[["a", {"ref": 99}]]), "it refers to node 99"),
        (changed(looks=[{"id": 99, "by": "bool(t)"}]), "it refers to node 99"),
        (changed(looks=[{"by": "bool(t)"}]), "its 'id', a int, is missing"),
    ],
)  # fmt: skip
def test_json_that_is_no_graph_says_why(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Graph.from_json(text)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", "none.json", "no file\nbut text", tmp_path):
        with pytest.raises(
            FileNotFoundError, match=r"takes the text that graph\.to_json\(\) returned, or the path of a file with this text"
        ):
            Graph.from_json(path)


def test_what_is_no_plain_data_says_so() -> None:
    graph = trace(lambda x: tg.checkpoint(np.sin)(x))(X1)
    with pytest.raises(TypeError, match="Node 3, a call of replayed: a function cannot be written as plain data"):
        graph.to_json()
    graph = trace(lambda x: x * 2)(np.ones(2, np.longdouble))
    if np.dtype(np.longdouble) != np.float64:
        with pytest.raises(TypeError, match="Node 0: dtype float128 cannot be written"):
            graph.to_json()


def test_a_value_that_is_not_known() -> None:
    graph = Graph([node(value=None, shape=(2,))], [0])
    assert Graph.from_json(graph.to_json()) == graph


# --- of a Tensor ------------------------------------------------------------------------------------------------------


def everything_about(tensors: list[Tensor]) -> list[Any]:
    found: list[Any] = []
    for tensor in tensors:
        node: Any = tensor.node
        found += [tensor._array, tensor.grad, tensor.name, node, node.args, node.keywords, node.value, node.number, node.name]
        found += [id(arg) for arg in node.args]
    return found


def test_of_changes_nothing() -> None:
    w, data = Tensor(X1), X2
    h = np.where(w > 0, w, 0) * data
    y = np.sum(np.sort(h) @ np.ones((3, 2)))
    for _ in range(2):
        before = everything_about([w, h, y])
        Graph.of(y)
        Graph.of(y, backward=True)
        after = everything_about([w, h, y])
        assert all(a is b or same(a, b) for a, b in zip(before, after))
        assert len(before) == len(after)
        y.backward()


def test_gradients_are_those_of_the_tensors() -> None:
    w = Tensor(X1, name="w")
    y = np.sum(w * w)
    assert Graph.of(y)["w"].gradient is None
    assert Graph.of(y, backward=True)["w"].gradient.tolist() == [2.0, -4.0, 6.0]
    assert w.grad is None
    y.backward()
    y.backward()
    assert Graph.of(y)["w"].gradient.tolist() == [4.0, -8.0, 12.0]  # leaves accumulate
    assert Graph.of(y, backward=True)["w"].gradient.tolist() == [2.0, -4.0, 6.0]
    assert [node.gradient is not None for node in Graph.of(y)] == [True] * 3


def test_of_computes_again_what_was_not_kept() -> None:
    w = Tensor(X1, name="w")
    y = np.sum(np.exp(w + 1) * 2)
    graph = Graph.of(y)
    assert all(node.value is not None for node in graph)
    assert same(graph[1].value, X1 + 1)
    assert Graph.of(y).replay(w=X2).output.value == np.sum(np.exp(X2 + 1) * 2)


def test_a_function_that_cannot_be_called_twice() -> None:
    calls: list[int] = []
    before = dict(RULES)
    try:

        @tg.primitive
        def once(x: Any) -> Any:
            calls.append(1)
            if len(calls) > 1:
                raise RuntimeError("again")
            return x * 2

        tg.derivative(once, x=lambda g: g * 2)
        y = np.sum(once(Tensor(X1)) + 1)
        graph = Graph.of(y)
    finally:
        RULES.clear()
        RULES.update(before)
    assert [node.value is None for node in graph] == [False] * 4
    assert calls == [1]  # its result was kept


def test_of_constants_and_leaves() -> None:
    assert [(node.kind, float(node.value)) for node in Graph.of(Tensor(2.0))] == [("input", 2.0)]
    assert [(node.kind, float(node.value)) for node in Graph.of(Tensor(2.0, requires_grad=False))] == [("constant", 2.0)]
    assert len(Graph.of(Tensor(2.0), backward=True)) == 2


def test_of_says_what_is_wrong() -> None:
    with pytest.raises(TypeError, match="This ndarray has no graph: only a Tensor remembers"):
        Graph.of(X1)
    with pytest.raises(TypeError, match="has no graph for a backward pass"):
        Graph.of(Tensor(2.0, requires_grad=False), backward=True)
    with pytest.raises(ValueError, match="has 3 elements, each with a gradient of its own"):
        Graph.of(Tensor(X1) * 2, backward=True)


def test_of_under_debug() -> None:
    with tg.debug():
        w = Tensor(2.0)
        y = w * 3
        line = sys._getframe().f_lineno - 1
        graph = Graph.of(y, backward=True)
    assert graph["y"].line.number == line  # type: ignore[union-attr]
    assert float(graph["w"].gradient) == 3.0


# --- arrays of other libraries ------------------------------------------------------------------------------------------


class Lazy(np.lib.mixins.NDArrayOperatorsMixin):
    """An array that says what it would be, and fails if anybody asks for its numbers."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape, self.dtype, self.ndim = shape, np.dtype(float), len(shape)
        self.size = int(np.prod(shape))

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **keywords: Any) -> Any:
        return Lazy(np.broadcast_shapes(*(np.shape(arg) if not isinstance(arg, Lazy) else arg.shape for arg in args)))

    def __array_function__(self, function: Any, types: Any, args: Any, keywords: Any) -> Any:
        return Lazy(args[1] if function is np.broadcast_to else self.shape)

    def sum(self, **keywords: Any) -> Any:
        return Lazy(())

    def astype(self, dtype: Any, copy: bool = True) -> Any:
        return self

    def __array__(self, *args: Any, **keywords: Any) -> Any:
        raise AssertionError("somebody looked at the numbers")

    __bool__ = __float__ = __iter__ = __eq__ = __array__  # type: ignore[assignment]
    __hash__ = object.__hash__


@pytest.mark.parametrize("backward", [False, True])
def test_arrays_of_other_libraries_are_not_looked_at(backward: bool) -> None:
    w = Tensor(Lazy((3,)), name="w")
    y = np.sum(w * w * X1)
    for graph in (Graph.of(y, backward=backward), trace(lambda w: np.sum(w * w * X1), backward=backward)(w)):
        assert [node.shape for node in graph.forward if node.kind != "constant"] == [(3,), (3,), (3,), ()]
        assert graph["w"].value is w.data
        assert bool(graph.backward) == backward
        with pytest.raises(TypeError, match=r"Node 0: a test_graph\.Lazy cannot be written as plain data"):
            graph.to_json()


def test_dask_arrays_are_not_computed() -> None:
    da = pytest.importorskip("dask.array", reason="tested with dask.array, which is not installed")

    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("something was computed")

    import dask

    with dask.config.set(scheduler=refuse):
        w = Tensor(da.ones((4, 3), chunks=2), name="w")
        graph = trace(lambda w: np.sum(np.sin(w) @ np.ones(3)), backward=True)(w)
        again = Graph.of(np.sum(w * 2), backward=True)
    assert isinstance(graph["w"].gradient, da.Array)
    assert same(np.asarray(graph["w"].gradient), np.full((4, 3), np.cos(1.0)))
    assert same(np.asarray(again["w"].gradient), np.full((4, 3), 2.0))


# --- memory and size ----------------------------------------------------------------------------------------------------


@pytest.fixture
def without_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


class Model:
    """Anything that a program may have in a variable."""


@pytest.mark.usefixtures("without_collector")
@pytest.mark.parametrize("backward", [False, True])
def test_nothing_but_arrays_is_kept_alive(backward: bool) -> None:
    """Tensors, nodes, and whatever the function had in its variables die at once, without the garbage collector."""
    made: list[weakref.ref[Any]] = []

    def f(w: Any, d: Any) -> Any:
        h, x, thing = np.sort(w * d), d + 1, Model()
        made.extend(map(weakref.ref, (w, h, x, thing)))
        return np.sum(h * x) if np.sum(h) > 0 else h[0]

    w = Tensor(X1)
    graphs = [trace(f, backward=backward)(w, X1), Graph.of(f(w, X1), backward)]
    made.append(weakref.ref(w))
    del w
    assert [ref() for ref in made if ref() is not None] == []
    assert len(graphs) == 2


@pytest.mark.usefixtures("without_collector")
def test_nothing_is_kept_alive_after_an_error() -> None:
    made: list[weakref.ref[Any]] = []

    def f(w: Any) -> Any:
        made.append(weakref.ref(w))
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        trace(f)(Tensor(2.0))
    assert made[0]() is None


def chain(x: Any, length: int) -> Any:
    for _ in range(length):
        x = np.sin(x)
    return x


LONG = 1_000


@pytest.mark.parametrize("kind", ["of", "of, back", "trace", "trace, back", "data"])
def test_a_long_chain_without_recursion(kind: str) -> None:
    """All that a graph can do, on 1,000 calls in a row, in a stack that is not deep."""
    graphs: list[Graph] = []

    def work() -> None:
        back = "back" in kind
        if kind.startswith("of"):
            graphs.append(Graph.of(chain(Tensor(0.5), LONG), backward=back))
        elif kind == "data":
            graphs.append(trace(lambda w, d: w * chain(d, LONG))(Tensor(1.0), 0.5))
        else:
            graphs.append(trace(lambda x: chain(x, LONG), backward=back)(0.5))

    thread = threading.Thread(target=work)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(150)
    try:
        thread.start()
        thread.join()
    finally:
        sys.setrecursionlimit(limit)
    [graph] = graphs
    assert len(graph.forward) >= LONG
    assert graph.replay().output.value == graph.output.value == chain(np.float64(0.5), LONG)
    assert len(graph.users()) == len(graph)


def test_many_slices_of_a_large_array() -> None:
    """What each sends back would be as large as the array: 1,500 times 1,500 numbers. It is not written out."""
    w = Tensor(np.arange(1500.0), name="w")

    def total(w: Any) -> Any:
        parts = [w[i] * i for i in range(1500)]
        return sum(parts)

    graph = trace(total)(w)
    assert same(graph["w"].gradient, np.arange(1500.0))
    assert {part.value is None for part in graph["w"].contributions} == {True}
    first = graph["w"].contributions[-1]
    assert graph.send_back(first.user, first.position, graph[first.user].gradient).shape == (1500,)


def test_second_order() -> None:
    graph = trace(lambda a, b: a**2 * b**3, backward=True, order=2)(2.0, 3.0)
    assert [float(graph[i].value) for i in graph.outputs] == [4 * 27, 2 * 27, 4 * 27, 4 * 18]
    again = graph.replay(a=1.0)
    assert [float(again[i].value) for i in again.outputs] == [27, 2 * 27, 2 * 27, 18]
    assert Graph.from_json(graph.to_json()) == graph
