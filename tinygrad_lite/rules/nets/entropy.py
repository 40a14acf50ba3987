"""Cross-entropy from logits: the softmax, its logarithm and the choice of the right class in one step.

The loss of a sample is -Σ q log p. Here p is the softmax of its logits, and q says how much each class counts: 1 for the
right class and 0 for the others, or probabilities; smoothed (Szegedy et al. 2016), and times the weight of each class. The
gradient in the logits is p Σq - q, which is p - 1 for the right class and p for the others. Logits may be as large as they
like: powers of e are computed only of differences to the largest.
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
    """The cross-entropy of logits and targets, as PyTorch computes it.

    input:           the logits, of shape (classes,), (n, classes) or (n, classes, ...)
    target:          for each sample the number of its class, shape (), (n,) or (n, ...); or probabilities in floating point,
                     in the shape of the logits. These may want a gradient, too
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
    """-log(softmax(logits)) at the number of the right class. The classes are axis 1 of the logits, or their only axis.

    >>> import numpy as np
    >>> float(cross_entropy_of_classes(np.array([[-1000.0, 1000.0]]), np.array([0])))
    2000.0
    """
    check_classes(classes, logits.shape, ignore_index)
    q = class_targets(classes, logits.shape, logits.dtype, weight, ignore_index, label_smoothing)
    return reduced(losses(logits, q), counted(classes, weight, ignore_index), reduction)


@primitive
def cross_entropy_of_probabilities(
    logits: Any, probabilities: Any, /, weight: Any = None, reduction: str = "mean", label_smoothing: float = 0.0
) -> Any:
    """-Σ probabilities · log(softmax(logits)) over the classes, which are axis 1 of the logits, or their only axis.

    >>> import numpy as np
    >>> float(cross_entropy_of_probabilities(np.array([0.0, 1000.0]), np.array([0.25, 0.75])))
    250.0
    """
    rows = losses(logits, soft_targets(probabilities, weight, label_smoothing))
    return reduced(rows, samples(logits.shape), reduction)


def in_one_step(logits: Any, classes: Any, **options: Any) -> Any:
    """The first of them without q, which is nearly all zeros: the usual case, a mean over rows of logits."""
    usual = not options and isinstance(logits, np.ndarray) and logits.ndim == 2 and len(logits) > 0
    if not usual or classes.min() < 0 or classes.max() >= logits.shape[1]:
        return of_classes(logits, classes, **options)
    z = logits - logits.max(axis=1, keepdims=True)
    chosen = z[np.arange(len(z)), classes]
    return (np.log(np.exp(z).sum(axis=1)) - chosen).sum() / len(z)


of_classes = cross_entropy_of_classes.__wrapped__  # type: ignore[attr-defined]


# --- the parts --------------------------------------------------------------------------------------------------------------


def class_axis(ndim: int) -> int:
    """Which axis the classes are on."""
    return 1 if ndim > 1 else 0


def along_classes(numbers: Any, ndim: int) -> Any:
    """A number for each class, in a shape that is broadcast with logits of `ndim` axes."""
    return np.reshape(numbers, (-1,) + (1,) * (ndim - 1 - class_axis(ndim)))


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


def check_classes(classes: Any, shape: tuple[int, ...], ignore_index: int) -> None:
    """Raises IndexError for a number that is not one of a class, and is not to be ignored either."""
    count = shape[class_axis(len(shape))]
    wrong = ((classes < 0) | (classes >= count)) & (classes != ignore_index)
    if wrong.any():
        raise messages.no_such_class(int(classes[wrong].flat[0]), count)


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
    right = np.expand_dims(classes, axis) == along_classes(np.arange(shape[axis]), len(shape))
    q = soft_targets(right.astype(dtype), weight, label_smoothing)
    if label_smoothing or ignore_index >= 0:  # otherwise a sample that is ignored has no 1 in its row
        q = q * np.expand_dims(classes != ignore_index, axis)
    return q.astype(dtype, copy=False)


def counted(classes: Any, weight: Any, ignore_index: int) -> Any:
    """What a mean divides by: how many samples there are that are not ignored, or the sum of the weights of their classes."""
    there = classes != ignore_index
    return np.count_nonzero(there) if weight is None else np.sum(np.where(there, weight[np.where(there, classes, 0)], 0))


def to_logits(g: Any, logits: Any, q: Any, total: Any, count: Any, reduction: str) -> Any:
    """∂(-Σ q log p)/∂logits = p Σq - q, times the gradient of each sample's loss. `total` is Σq."""
    p = softmax(logits, axis=class_axis(q.ndim))
    return (p * total - q if total is not None else p - q) * to_samples(g, count, reduction, q.ndim)


def to_samples(g: Any, count: Any, reduction: str, ndim: int) -> Any:
    """The gradient of each sample's loss, if `g` is that of the result."""
    return np.expand_dims(g, class_axis(ndim)) if reduction == "none" else g / count if reduction == "mean" else g


# --- the table --------------------------------------------------------------------------------------------------------------


def classes_rule(
    g: Any, logits: Any, classes: Any, weight: Any, ignore_index: int, reduction: str, label_smoothing: float
) -> Any:
    """The rule p Σq - q, with q made of the numbers of the right classes: Σq is 1, or 0 where a sample is ignored."""
    q = class_targets(classes, logits.shape, logits.dtype, weight, ignore_index, label_smoothing)
    count = counted(classes, weight, ignore_index)
    ones = weight is None and count == samples(logits.shape)
    total = None if ones else np.sum(q, axis=class_axis(q.ndim), keepdims=True)
    return to_logits(g, logits, q, total, count, reduction)


def probabilities_rule(
    g: Any, logits: Any, probabilities: Any, weight: Any, reduction: str, label_smoothing: float, shape: tuple[int, ...]
) -> Any:
    """The rule p Σq - q, with q made of the probabilities."""
    q = soft_targets(probabilities, weight, label_smoothing)
    total = np.sum(q, axis=class_axis(q.ndim), keepdims=True)
    return to_logits(g, logits, q, total, samples(shape), reduction)


def to_probabilities(g: Any, logits: Any, weight: Any, reduction: str, label_smoothing: float, shape: tuple[int, ...]) -> Any:
    """The slope of -Σ q log p in a probability is -log p, times what the weight and the smoothing make of it."""
    part = -log_softmax(logits, axis=class_axis(len(shape))) * to_samples(g, samples(shape), reduction, len(shape))
    part = part * (1 - label_smoothing) if label_smoothing else part
    return part if weight is None else part * along_classes(weight, len(shape))


# fmt: off
derivative(cross_entropy_of_classes,       logits=classes_rule, run=in_one_step)
derivative(cross_entropy_of_probabilities, logits=probabilities_rule, probabilities=to_probabilities)
# fmt: on
