"""Leaves out nodes that only help the engine: second names for the same value, and constants that were computed.

``tg.grad`` gives a function new variables, which have the same values as its arguments. It starts the backward pass with a 1
that it computes, as zeros like the result plus one. Three nested derivatives do so three times.

Flows in: a `Graph`. Flows out: a graph with the same ids, in which no other node refers to these nodes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...graphs.graph import Graph
from ...graphs.lookup import rule_of
from ...graphs.nodes import Ref, filled
from ...protocols.primitives import alias

EMPTY = {np.zeros_like, np.ones_like}  # these look at the shape of an array only


def tidied(graph: Graph) -> Graph:
    """The same graph without machinery. Names and gradients of what is a value once more go to the value itself."""
    functions = {node.id: rule_of(node).function for node in graph if node.kind == "call" and node.id not in graph.outputs}
    if not any(function is alias or function in EMPTY for function in functions.values()):
        return graph
    become: dict[int, Any] = {node.id: Ref(node.id) for node in graph}  # what stands in the place of each
    nodes, constant = list(graph.nodes), set[int]()
    for node in graph:
        if functions.get(node.id) is alias:
            become[node.id] = become[node.uses[0]]
            continue
        uses = [become[i] for i in node.uses]
        nodes[node.id] = node.replace(args=filled(node.args, become.get), keywords=filled(node.keywords, become.get))
        fixed = bool(uses) and all(not isinstance(use, Ref) or use.id in constant for use in uses)
        if node.id in functions and (functions[node.id] in EMPTY or fixed):
            constant.add(node.id)
            nodes[node.id] = node.replace(kind="constant", function=None, args=(), keywords={}, rule=None)
            if node.shape == () and node.value is not None:
                become[node.id] = np.asarray(node.value)[()]
    for node in reversed(graph.nodes):
        if functions.get(node.id) is alias:
            other, source = nodes[node.id], nodes[node.uses[0]]
            parts = [other.contributions if part.user == node.id else [part] for part in source.contributions]
            flat = tuple(part for several in parts for part in several)
            nodes[source.id] = source.replace(contributions=flat, name=source.name or other.name)
            nodes[node.id] = other.replace(name=None)
    return Graph(nodes, graph.outputs, graph.name, graph.arguments, graph.looks)
