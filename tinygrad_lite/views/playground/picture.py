"""Finds what a playground plots next to the loss: the data, and what the function predicts for them.

Flows in: a `Graph`. Flows out: a `Picture`, or None if there is nothing to plot. The prediction is the value that the loss
compares with the targets. It is the first value that is computed from parameters and from one input of the data, that has a
row for each row of the data, and that is in a call together with another input with the same number of rows.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...graphs.graph import Graph
from ...graphs.nodes import Ref
from .writer import packed

OF_LOGITS = {
    "softplus",
    "sigmoid",
    "np.logaddexp",
    "logsumexp",
    "softmax",
    "log_softmax",
    "cross_entropy_of_classes",
    "cross_entropy_of_targets",
}  # functions that take logits: any number, of which they make a probability


class Picture(NamedTuple):
    """The data and the prediction, by their ids.

    x, y, prediction: the ids of the inputs, the targets and the prediction
    movable:          whether the prediction for other inputs can be computed: each of its rows is made from one row of x
    """

    x: int
    y: int
    prediction: int
    movable: bool


def picture_of(graph: Graph) -> Picture | None:
    """What there is to be plotted."""
    data = data_of(graph)

    def rows(i: int) -> int:
        return graph[i].shape[0] if graph[i].shape else 0

    for node in graph.forward:
        refs = [arg.id for arg in node.args if isinstance(arg, Ref)]
        for prediction in refs:
            n = rows(prediction)
            inputs = [i for i in data[prediction] if rows(i) == n]
            if not graph[prediction].wants_gradient or n < 2 or not inputs:
                continue
            for other in refs:
                targets = [i for i in data[other] if rows(i) == n]
                if graph[other].wants_gradient or len(targets) != 1 or targets[0] in data[prediction]:
                    continue
                x = next((i for i in inputs if is_plottable(graph[i].shape)), None)
                if x is not None and graph[prediction].size <= 10 * n:
                    return Picture(x, targets[0], prediction, len(inputs) == 1 and row_by_row(graph, x, prediction))
    return None


def data_of(graph: Graph) -> dict[int, set[int]]:
    """The arrays of data that each value is made from: inputs and constants without a gradient, with at least two rows."""
    found: dict[int, set[int]] = {}
    for node in graph.forward:
        found[node.id] = set().union(*(found[i] for i in node.uses)) if node.uses else set()
        if not node.uses and not node.wants_gradient and node.shape and node.shape[0] > 1:
            found[node.id] = {node.id}
    return found


def is_plottable(shape: tuple[int, ...]) -> bool:
    """Whether this is one number for each row, or two."""
    return len(shape) == 1 or (len(shape) == 2 and shape[1] in (1, 2))


def row_by_row(graph: Graph, x: int, prediction: int) -> bool:
    """Whether the first rows of the prediction stay as they are when the last rows of the inputs become others."""
    node = graph[x]
    if node.kind != "input" or node.name is None:
        return False
    other = np.array(node.value)
    half = len(other) // 2
    other[half:] = other[:1]
    try:
        with np.errstate(all="ignore"):
            again = graph.replay(**{node.name: other})[prediction].value
    except (KeyError, ValueError):  # two inputs of this name; or the program would go another way
        return False
    before = graph[prediction].value
    return bool(np.allclose(again[:half], before[:half], rtol=1e-12, atol=1e-12, equal_nan=True))


def described(graph: Graph, picture: Picture, label: Any) -> dict[str, Any]:
    """A picture for the script: what kind it is, where the data are, and at which places the prediction is computed.

    "curve": one input; the prediction is one line, or several. "field": two inputs; the prediction is a class, or a value.
    """
    x, y = np.asarray(graph[picture.x].value, float), np.asarray(graph[picture.y].value)
    n, width = len(x), graph[picture.prediction].size // len(x)
    names = {"x": label[picture.x], "y": label[picture.y], "prediction": label[picture.prediction]}
    found: dict[str, Any] = {"names": names, "id": picture.prediction, "width": width, "movable": picture.movable}
    found["shape"] = list(graph[picture.x].shape)
    of_logits = is_of_logits(graph, picture.prediction)
    if x.size == n:
        targets = y.reshape(n, -1).astype(float)
        if targets.shape[1] != width:  # the numbers of classes, as heights
            targets = targets[:, :1]
        return found | {"kind": "curve", "x": numbers(x), "y": [numbers(column) for column in targets.T]}
    classes = np.unique(y).tolist() if y.size == n else []
    found |= {"kind": "field", "points": [numbers(point) for point in x], "y": numbers(y.reshape(n, -1)[:, 0])}
    if width == 1 and len(classes) == 2:
        return found | {"of": "two classes", "logits": of_logits, "border": 0 if of_logits or classes[0] < 0 else 0.5}
    if width > 1 and y.dtype.kind in "iu" and y.size == n and classes and classes[0] >= 0 and classes[-1] < width:
        return found | {"of": "classes", "logits": of_logits}
    return found | {"of": "values"}


def numbers(array: Any) -> list[Any]:
    """The elements for the script, which makes numbers of the texts among them."""
    found: list[Any] = packed(array)["data"]
    return found


def is_of_logits(graph: Graph, prediction: int) -> bool:
    """Whether the loss makes probabilities of the prediction."""
    if graph[prediction].function in ("sigmoid", "softmax"):
        return False
    after = {prediction}
    for node in graph.forward:
        if after & {*node.uses}:
            after.add(node.id)
            if node.function in OF_LOGITS:
                return True
    return False
