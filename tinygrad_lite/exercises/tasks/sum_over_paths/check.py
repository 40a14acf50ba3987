"""Checks of sum_over_paths: graphs of growing size, computed with our Tensors as well."""

import math

import numpy as np

import tinygrad_lite as tg

from ...checks import Calls, Slip


def by_backward(edges, start, end):
    """Each value is the sum of those before it, times their slopes. What has no arrow to it is a leaf."""
    tensors = {start: tg.Tensor(1.0)}

    def value(name):
        if name not in tensors:
            before = [(source, slope) for source, arrows in edges.items() for target, slope in arrows if target == name]
            tensors[name] = sum((slope * value(source) for source, slope in before), tg.Tensor(0.0, requires_grad=False))
        return tensors[name]

    if not value(end).requires_grad:
        return 0.0
    value(end).backward()
    return float(tensors[start].grad)


def paths(edges, start, end):
    """The slopes along each path."""
    if start == end:
        return [[]]
    return [[slope, *rest] for name, slope in edges.get(start, []) for rest in paths(edges, name, end)]


def random_graph(rng, count):
    """Arrows between the letters, each from an earlier to a later one."""
    names = "abcdefgh"[:count]
    return {
        name: [(other, float(rng.integers(1, 5))) for other in names[i + 1 :] if rng.random() < 0.7]
        for i, name in enumerate(names[:-1])
    }


rng = np.random.default_rng(0)
CASES = [
    ({"x": [("s", 1.0), ("y", 4.0)], "s": [("y", 3.0)]}, "x", "y"),
    ({"x": [("y", 5.0)]}, "x", "y"),
    ({"x": [("y", 5.0)]}, "x", "x"),
    ({"x": [("y", 5.0)], "z": [("y", 2.0)]}, "x", "z"),
    ({"x": [("u", 2.0)], "u": [("y", 3.0)]}, "x", "y"),
    ({"x": [("u", 2.0), ("v", 3.0)], "u": [("y", 5.0)], "v": [("y", 7.0)]}, "x", "y"),
    ({"x": [("y", 2.0), ("y", 3.0)]}, "x", "y"),
    *((random_graph(rng, count), "a", "abcdefgh"[count - 1]) for count in (4, 5, 6, 7)),
]
CHECKS = [
    Calls(
        "derivative",
        CASES,
        by_backward,
        hints=(
            "Go along each arrow that leaves start. Multiply its slope by the derivative of end with respect to the "
            "value that the arrow leads to, and add up the products.",
            "The function can call itself: derivative(edges, name, end), where name is where the arrow leads. "
            "It ends where start == end.",
        ),
        slips=[
            Slip(
                "Some values have no arrows that leave them, so edges[name] fails. Use edges.get(name, []).",
                when=lambda found, *case: isinstance(found, KeyError),
            ),
            Slip(
                "The derivative of a value with respect to itself is 1: there, nothing has to be multiplied.",
                when=lambda found, edges, start, end: start == end,
            ),
            Slip(
                "The result is 0 for every input. What does the function return where start == end? It must be 1 there: each "
                "product of slopes ends with this 1.",
                lambda edges, start, end: 0.0,
                second="Begin the function with: if start == end: return 1.0",
            ),
            Slip(
                "Only one path is counted. There can be several, and their products add up.",
                lambda edges, start, end: math.prod(([*paths(edges, start, end), [0.0]])[0]),
            ),
            Slip(
                "Only one path is counted. There can be several, and their products add up.",
                lambda edges, start, end: math.prod([[0.0], *paths(edges, start, end)][-1]),
            ),
            Slip(
                "The slopes along a path are added up. They have to be multiplied.",
                lambda edges, start, end: sum(map(sum, paths(edges, start, end))),
            ),
            Slip(
                "Only arrows that lead directly from start to end are counted. Paths can have several arrows.",
                lambda edges, start, end: sum(slope for name, slope in edges.get(start, []) if name == end),
            ),
            Slip(
                "The products of different paths are multiplied by each other. They have to be added up.",
                lambda edges, start, end: math.prod(map(math.prod, paths(edges, start, end))),
            ),
        ],
    )
]
