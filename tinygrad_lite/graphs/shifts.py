"""Which gradients are 0 because a value only shifts exponents, as the largest score in a softmax does.

    e = np.exp(z - np.max(z))
    p = e / np.sum(e)

If the maximum were larger by c, `e` and its sum would both be multiplied by exp(-c), and `p` would stay as it is. So the
derivative of `p` with respect to the maximum is 0. The backward pass computes this 0 as a sum of many numbers that cancel.

Flows in: a `Graph` with its backward pass. Flows out: the ids of the nodes that compute such a 0. We add c to a maximum, and
follow this through the calls that use it: a multiple of c is added to a value, or the value is multiplied by a power of
exp(c), or it stays as it is. If one of these is true for each value, and the outputs stay as they are, the derivative is 0.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..containers import parts_of
from .graph import Graph
from .lookup import given_keywords, rule_of
from .nodes import GraphNode, Ref

LARGEST = {np.max, np.min}
TURNED = {np.reshape, np.expand_dims, np.squeeze, operator.getitem}


class Effect(NamedTuple):
    """What adding c to a maximum does to a value: ``times * c`` is added, or it is multiplied by ``exp(times * c)``. There is
    a c for each position along `axes`, which are counted from the last one, -1.
    """

    is_added: bool
    times: int
    axes: tuple[int, ...]


class Unknown(Exception):
    """Something else happens to a value."""


def gradients_that_cancel(graph: Graph) -> set[int]:
    """The nodes of the backward pass that compute the gradient of a maximum on which no result depends."""
    forward = [node for node in graph.forward if node.kind == "call" and node.through is None]
    found = set[int]()
    for node in forward:
        if node.gradient_id is not None and rule_of(node).function in LARGEST and has_no_effect(graph, forward, node):
            found.add(node.gradient_id)
    return found


def has_no_effect(graph: Graph, forward: Sequence[GraphNode], largest: GraphNode) -> bool:
    """Whether the results stay as they are when a number is added to a maximum."""
    effects: dict[int, Effect] = {largest.id: Effect(True, 1, long_axes(largest.shape))}
    for node in forward:
        if node.id > largest.id and not effects.keys().isdisjoint(node.uses):
            try:
                effect = effect_on(graph, node, effects)
            except Unknown:
                return False
            if effect.times:
                effects[node.id] = effect
    return effects.keys().isdisjoint(graph.outputs)


def effect_on(graph: Graph, node: GraphNode, effects: dict[int, Effect]) -> Effect:
    """What happens to the result of a call, given what happens to its arguments."""
    function = rule_of(node).function
    args = [effects.get(arg.id) if isinstance(arg, Ref) else None for arg in node.args]
    first, second = (*args, None, None)[:2]
    if function in (np.add, np.subtract) and not node.keywords:
        return combined(args, added_together=True, minus=function is np.subtract)
    if function in (np.multiply, np.divide) and not node.keywords:
        return combined(args, added_together=False, minus=function is np.divide)
    if first is None or second is not None:
        raise Unknown
    if function is np.negative:
        return first._replace(times=-first.times) if first.is_added else first
    if function is np.exp and first.is_added:
        return first._replace(is_added=False)
    if function is np.log and not first.is_added:
        return first._replace(is_added=True)
    if function in (np.sum, np.mean) and not first.is_added:
        return first._replace(axes=after_sum(node, graph[node.args[0].id].shape, first.axes))
    if function in TURNED:
        return first._replace(axes=after_turn(node, graph[node.args[0].id].shape, first.axes))
    raise Unknown


def combined(args: Sequence[Effect | None], added_together: bool, minus: bool) -> Effect:
    """The effect on ``x + y`` and ``x - y``, or on ``x * y`` and ``x / y``."""
    x, y = args
    effects = [effect for effect in args if effect is not None]
    if len({(effect.is_added, effect.axes) for effect in effects}) != 1:
        raise Unknown
    effect = effects[0]
    if effect.is_added is not added_together:  # exp(c) u + exp(c) v is exp(c) (u + v); but c u is no multiple of c alone
        if effect.is_added or x != y:
            raise Unknown
        return effect
    return effect._replace(times=(x.times if x else 0) + (y.times if y else 0) * (-1 if minus else 1))


def after_sum(node: GraphNode, shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, ...]:
    """The axes of c after a sum over other axes."""
    keywords = given_keywords(node)
    over = keywords.get("axis", node.args[1] if len(node.args) > 1 else None)
    if not set(keywords) <= {"axis", "keepdims"} or len(node.args) > 2:
        raise Unknown
    every = range(-len(shape), 0)
    summed = {*every} if over is None else {every[i] for i in (over if isinstance(over, tuple) else (over,))}
    if not summed.isdisjoint(axes):
        raise Unknown
    return axes if keywords.get("keepdims") else tuple(i + sum(j > i for j in summed) for i in axes)


def after_turn(node: GraphNode, shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, ...]:
    """The axes of c after a call that inserts or removes axes of length 1."""
    before, after = long_axes(shape), long_axes(node.shape)
    if [shape[i] for i in before] != [node.shape[i] for i in after] or "order" in node.keywords:
        raise Unknown
    if rule_of(node).function is operator.getitem and not all(map(is_axis, parts_of(node.args[1]))):
        raise Unknown
    return tuple(after[before.index(i)] for i in axes)


def is_axis(part: Any) -> bool:
    """Whether a part of an index takes a whole axis, or inserts or removes one of length 1."""
    return part is None or part is ... or (type(part) is int and part == 0) or (type(part) is slice and part == slice(None))


def long_axes(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The axes with more than one position, counted from the last one."""
    return tuple(i for i in range(-len(shape), 0) if shape[i] != 1)
