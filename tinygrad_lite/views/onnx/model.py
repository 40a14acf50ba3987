"""Writes a graph as an ONNX model, which other programs can run, and Netron can show.

Flows in: a `Graph`. Flows out: a model with an input for each input of the graph, a constant for each of its constants, and
nodes with the names of the values, each with the user's line. A function becomes one or several ONNX operators, as in
`table.py`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from ... import messages
from ...autograd import RULES
from ...graphs.graph import Graph
from ...graphs.lookup import rule_of
from ...graphs.names import labels
from ...graphs.nodes import GraphNode, filled
from ...graphs.tracing import trace
from ...protocols.compositions import COMPOSITIONS
from . import images  # noqa: F401 (which adds to the table)
from .table import OF_SCIPY, OPENED, TABLE, Target, wide
from .values import IR_VERSION, OPSET, Value, Writer, onnx


def onnx_model(graph: Graph, path: str | os.PathLike[str] | None = None, backward: bool = False) -> Any:
    """The model of a graph, with its gradients as further outputs if `backward`; see `Graph.to_onnx`."""
    gradients = {i: graph[i].gradient_id for i in graph.inputs if graph[i].gradient_id is not None} if backward else {}
    if backward and not graph.backward:
        raise messages.without_walk("to_onnx(backward=True)", graph)
    names, writer = labels(graph), Writer()
    outputs = [*graph.outputs, *gradients.values()]
    values: dict[int, Any] = {}
    inputs = []
    for node in graph.leading_to([i for i in outputs if i is not None]):
        name = writer.name(names[node.id])
        if node.kind == "input":
            values[node.id] = Value(writer, name, np.dtype(node.dtype), node.shape)
            inputs.append(typed(name, node.dtype, node.shape))
        elif node.kind != "call":
            values[node.id] = writer.constant(node.value, name=name)
        else:
            writer.label, writer.line = name, str(node.line or "")
            values[node.id] = written(graph, node, values, writer, names[node.id])
            if isinstance(values[node.id], Value):
                values[node.id] = writer.finish(values[node.id], name)
    results = []
    made = {name for node in writer.nodes for name in node.output}
    for i in outputs:
        value = values[i]  # type: ignore[index]
        if value.name not in made:  # it is an input, a constant, or an output already
            writer.label, writer.line = value.name, ""
            value = writer.node("Identity", [value], value.dtype, value.shape)
        made.discard(value.name)
        results.append(typed(value.name, value.dtype, value.shape))
    known = [typed(v.name, v.dtype, v.shape) for i, v in values.items() if isinstance(v, Value) and graph[i].kind == "call"]
    inside = [info for info in known if info.name not in {result.name for result in results}]
    body = onnx.helper.make_graph(
        writer.nodes, graph.name or "graph", inputs, results, list(writer.initializers.values()), value_info=inside
    )
    model = onnx.helper.make_model(
        body, producer_name="tinygrad_lite", opset_imports=[onnx.helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
    )
    onnx.checker.check_model(model, full_check=True)
    if path is not None:
        onnx.save(model, os.fspath(path))
    return model


def typed(name: str, dtype: Any, shape: tuple[int, ...]) -> Any:
    """A value as ONNX describes it."""
    return onnx.helper.make_tensor_value_info(name, onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), shape)


def written(graph: Graph, node: GraphNode, values: Mapping[int, Any], writer: Writer, label: str) -> Any:
    """The value of a call, once its nodes are written; or several, in a list."""
    function, args, keywords = rule_of(node).function, node.args, dict(node.keywords)
    if node.function == "detach":
        return values[node.uses[0]]
    if function in RULES and node.function is not None:
        args, keywords = in_normal_form(function, args, keywords, node, label)
    convert = TABLE.get(function) or OF_SCIPY.get(getattr(function, "__name__", "")) if is_known(function) else None
    if convert is None:
        return composed(graph, node, values, writer, label)
    dtype = np.dtype(node.dtype)
    target = Target(writer, node.shape, dtype if dtype.kind in "bfO" else wide(dtype))
    try:
        value = convert(target, *filled(args, values.__getitem__), **filled(keywords, values.__getitem__))
    except (TypeError, ValueError, IndexError) as error:  # called in a way that has no counterpart
        raise messages.no_counterpart(node, label) from error
    if isinstance(value, Value):
        assert value.shape == node.shape or 0 in value.shape, (node.function, value.shape, node.shape)
        return value.cast(node.dtype)
    return value


def is_known(function: Any) -> bool:
    """Whether it is ours, NumPy's or SciPy's, and no other with the same name."""
    return function in TABLE or (isinstance(function, np.ufunc) and function.__name__ in OF_SCIPY)


def in_normal_form(
    function: Any, args: tuple[Any, ...], keywords: dict[str, Any], node: GraphNode, label: str
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments as the rule of the function names them; data may have been passed otherwise, as in ``np.sum(x, 0)``."""
    try:
        args, bound = RULES[function].bind(args, keywords)
    except TypeError as error:  # a keyword that makes it another function
        raise messages.no_counterpart(node, label) from error
    return args, dict(bound)


def composed(graph: Graph, node: GraphNode, values: Mapping[int, Any], writer: Writer, label: str) -> Any:
    """A function that is written with others: it is traced by itself, with the same arrays, and written so."""
    ids, called = list(dict.fromkeys(node.uses)), rule_of(node).function
    function = COMPOSITIONS.get(called) or OPENED.get(called)
    if function is None or function in writer.inside:  # it asks NumPy for the same thing, as slogdet does for the sign
        raise messages.no_counterpart(node, label)
    writer.inside.append(function)

    def inside(*arrays: Any) -> Any:
        given = dict(zip(ids, arrays)).__getitem__
        return function(*filled(node.args, given), **filled(node.keywords, given))

    try:
        inner = trace(inside, argnums=())(*(graph[i].value for i in ids))
    except (TypeError, ValueError) as error:  # called in a way that has no derivative rule
        raise messages.no_counterpart(node, label) from error
    found: dict[int, Any] = {i: values[outer] for i, outer in zip(inner.inputs, ids)}
    for each in inner.forward:
        if each.kind == "constant":
            found[each.id] = writer.constant(each.value)
        elif each.kind == "call":
            found[each.id] = written(inner, each, found, writer, label)
    writer.inside.pop()
    results = [found[i] for i in inner.outputs]
    return results if isinstance(node.value, (list, tuple)) else results[0]
