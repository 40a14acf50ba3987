"""Cross-entropy from logits: the softmax, its logarithm and the choice of the right class in one step.

The loss of a sample is -Σ q log p. p is the softmax of its logits, and q says how much each class counts: 1 for the right class
and 0 for all others; or probabilities; each times the weight of the class, and smoothed (Szegedy et al. 2016). The gradient in
the logits is p Σq - q, for the right class p - 1 and for the others p. No logit is too large for it: only differences of
logits are raised to powers of e.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ... import messages
from ...registry import derivative, primitive
from ..reductions import log_softmax, softmax


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """The cross-entropy of `input`, logits (classes,), (n, classes) or (n, classes, ...), and `target`, as PyTorch computes it.

    target:          for each sample the number of its class, shape (), (n,) or (n, ...); or probabilities in floating point, in
                     the shape of the logits. Those may want a gradient, too
    weight:          how much each class counts, (classes,)
    ignore_index:    samples of this class count as 0, and the mean leaves them out; not for probabilities
    reduction:       "mean", which is weighted for class numbers; "sum"; or "none" for a loss for each sample
    label_smoothing: the part of each target that is spread evenly over all classes

    Raises IndexError for a class that does not exist. The shapes are the caller's to check.
    """
    options: dict[str, Any] = {} if weight is None else {"weight": weight}
    if reduction != "mean":
        options["reduction"] = reduction
    if label_smoothing:
        options["label_smoothing"] = label_smoothing
    if target.dtype.kind == "f":
        return cross_entropy_of_probabilities(input, target, **options)
    if ignore_index != -100:
        options["ignore_index"] = ignore_index
    return cross_entropy_of_classes(input, target, **options)


@primitive
def cross_entropy_of_classes(
    logits: Any,
    classes: Any,
    /,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """-log(softmax(logits)) at the number of the right class. The classes are axis 1, or the only axis.

    >>> import numpy as np
    >>> float(cross_entropy_of_classes(np.array([[-1000.0, 1000.0]]), np.array([0])))
    2000.0
    """
    q = class_targets(classes, logits.shape, logits.dtype, weight, ignore_index, label_smoothing)
    return reduced(losses(logits, q), counted(classes, weight, ignore_index), reduction)


@primitive
def cross_entropy_of_probabilities(
    logits: Any, probabilities: Any, /, weight: Any = None, reduction: str = "mean", label_smoothing: float = 0.0
) -> Any:
    """-Σ probabilities · log(softmax(logits)) over the classes, which are axis 1, or the only axis.

    >>> import numpy as np
    >>> float(cross_entropy_of_probabilities(np.array([0.0, 1000.0]), np.array([0.25, 0.75])))
    250.0
    """
    rows = losses(logits, soft_targets(probabilities, weight, label_smoothing))
    return reduced(rows, math.prod(rows.shape), reduction)


# --- the parts --------------------------------------------------------------------------------------------------------------


def class_axis(ndim: int) -> int:
    """Which axis the classes are on."""
    return 1 if ndim > 1 else 0


def samples(shape: tuple[int, ...]) -> int:
    """How many samples there are in logits of this shape."""
    return math.prod(n for axis, n in enumerate(shape) if axis != class_axis(len(shape)))


def losses(logits: Any, q: Any) -> Any:
    """-Σ q log p for each sample. A class that does not count adds 0, also if its logit is -inf."""
    axis = class_axis(q.ndim)
    return -np.sum(q * np.where(q == 0, 0, log_softmax(logits, axis=axis)), axis=axis)


def reduced(rows: Any, count: Any, reduction: str) -> Any:
    """The losses of all samples as one number; or as they are."""
    return rows if reduction == "none" else np.sum(rows) if reduction == "sum" else np.sum(rows) / count


def along_classes(weight: Any, ndim: int) -> Any:
    """The weights of the classes, to be multiplied with an array of `ndim` axes."""
    return np.reshape(weight, (-1,) + (1,) * (ndim - 1 - class_axis(ndim)))


def soft_targets(probabilities: Any, weight: Any, label_smoothing: float) -> Any:
    """How much each class counts, if it is given as probabilities."""
    q = probabilities
    if label_smoothing:
        q = (1 - label_smoothing) * q + label_smoothing / q.shape[class_axis(q.ndim)]
    return q if weight is None else q * along_classes(weight, q.ndim)


@primitive
def class_targets(
    classes: Any,
    shape: tuple[int, ...],
    dtype: Any,
    weight: Any = None,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
) -> Any:
    """How much each class counts in each sample, if the right ones are given as numbers: an array of the logits' shape.

    >>> import numpy as np
    >>> class_targets(np.array([2, -100]), (2, 3), np.float64).tolist()
    [[0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    """
    axis = class_axis(len(shape))
    ignored = classes == ignore_index
    right = np.where(ignored, 0, classes)
    if right.size and not 0 <= right.min() <= right.max() < shape[axis]:
        raise messages.no_such_class(right, shape[axis])
    q = np.zeros(shape, dtype)
    np.put_along_axis(q, np.expand_dims(right, axis), 1, axis=axis)
    q = soft_targets(q, weight, label_smoothing)
    return np.where(np.expand_dims(ignored, axis), 0, q).astype(dtype)


def counted(classes: Any, weight: Any, ignore_index: int) -> Any:
    """What a mean divides by: how many samples there are that are not ignored, or the sum of the weights of their classes."""
    there = classes != ignore_index
    return np.sum(there if weight is None else np.where(there, weight[np.where(there, classes, 0)], 0))


def to_logits(g: Any, logits: Any, q: Any, count: Any, reduction: str) -> Any:
    """∂(-Σ q log p)/∂logits = p Σq - q, times the gradient of each sample's loss."""
    axis = class_axis(q.ndim)
    part = np.sum(q, axis=axis, keepdims=True) * softmax(logits, axis=axis) - q
    return part * of_rows(g, count, reduction, axis)


def of_rows(g: Any, count: Any, reduction: str, axis: int) -> Any:
    """The gradient of the loss of each sample, if `g` is that of the result."""
    return np.expand_dims(g, axis) if reduction == "none" else g / count if reduction == "mean" else g


# --- the table --------------------------------------------------------------------------------------------------------------


def classes_rule(
    g: Any, logits: Any, classes: Any, weight: Any, ignore_index: int, reduction: str, label_smoothing: float
) -> Any:
    """p Σq - q, with q made of the numbers of the right classes."""
    q = class_targets(classes, logits.shape, logits.dtype, weight, ignore_index, label_smoothing)
    return to_logits(g, logits, q, counted(classes, weight, ignore_index), reduction)


def probabilities_rule(
    g: Any, logits: Any, probabilities: Any, weight: Any, reduction: str, label_smoothing: float, shape: tuple[int, ...]
) -> Any:
    """p Σq - q, with q made of the probabilities."""
    return to_logits(g, logits, soft_targets(probabilities, weight, label_smoothing), samples(shape), reduction)


def to_probabilities(g: Any, logits: Any, weight: Any, reduction: str, label_smoothing: float, shape: tuple[int, ...]) -> Any:
    """The slope of -Σ q log p in a probability is -log p, times what the weight and the smoothing make of it."""
    axis = class_axis(len(shape))
    part = -log_softmax(logits, axis=axis) * of_rows(g, samples(shape), reduction, axis)
    part = part * (1 - label_smoothing) if label_smoothing else part
    return part if weight is None else part * along_classes(weight, len(shape))


# fmt: off
derivative(cross_entropy_of_classes,       logits=classes_rule)
derivative(cross_entropy_of_probabilities, logits=probabilities_rule, probabilities=to_probabilities)
# fmt: on
