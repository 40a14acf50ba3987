"""Cross-entropy from logits: the softmax, its logarithm and the choice of the right class in one step.

The loss of a sample is -Σ q log p. Here p is the softmax of its logits, and q says how much each class counts: 1 for the
right class and 0 for the others, or probabilities; smoothed (Szegedy et al. 2016), and times the weight of each class. The
gradient in the logits is p Σq - q, which is p - 1 for the right class and p for the others. Logits may be arbitrarily large:
powers of e are computed only for differences to the largest logit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import messages
from ...autograd import Handle
from ...memory import Scratch, plain
from ...operands import in_floats
from ...registry import derivative, primitive
from ...watching import watcher
from ..reductions import log_softmax, mean, softmax


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
    weight = watcher().opened(weight) if isinstance(weight, Handle) else weight
    count = None
    if target.dtype.kind == "f":
        q = in_all_classes(target, weight, label_smoothing)
    else:
        target = watcher().opened(target) if isinstance(target, Handle) else target
        shape = input.shape
        ignored = is_any_ignored(plain(target), shape[class_axis(len(shape))], ignore_index)
        if weight is None and reduction == "mean" and not (ignored or label_smoothing) and len(shape) == 2:
            return cross_entropy_of_classes(input, target)
        q = class_targets(target, shape, in_floats(input).dtype, weight, ignore_index, label_smoothing)
        count = counted(target, weight, ignore_index)
    losses = cross_entropy_of_targets(input, q)
    if reduction == "none":
        return losses
    if reduction == "sum":
        return np.sum(losses)
    if count is None:
        return np.mean(losses)
    none = count == 0  # all are ignored: the mean of nothing is nan, and its gradient is 0, as in PyTorch
    return np.sum(losses) / np.where(none, 1, count).astype(losses.dtype) + np.where(none, np.nan, 0).astype(losses.dtype)


@primitive
def cross_entropy_of_classes(logits: Any, classes: Any, /) -> Any:
    """The mean of -log(softmax(logits)) at the right classes, for logits (n, classes) and n numbers of classes.

    >>> import numpy as np
    >>> float(cross_entropy_of_classes(np.array([[-1000.0, 1000.0]]), np.array([0])))
    2000.0
    """
    logits = in_floats(logits)
    z = logits - logits.max(axis=1, keepdims=True)
    chosen = z[np.arange(len(z)), classes]
    return (np.log(np.exp(z).sum(axis=1)) - chosen).mean()


@primitive
def cross_entropy_of_targets(logits: Any, targets: Any) -> Any:
    """-Σ targets · log(softmax(logits)) over the classes, which are axis 1, or the only axis.

    A class whose target is 0 adds 0, also if its logit is -inf.

    >>> import numpy as np
    >>> float(cross_entropy_of_targets(np.array([0.0, 1000.0]), np.array([0.25, 0.75])))
    250.0
    """
    axis = 1 if logits.ndim > 1 else 0
    return -np.sum(targets * np.where(targets == 0, 0, log_softmax(logits, axis=axis)), axis=axis)


# --- how much each class counts ---------------------------------------------------------------------------------------------


def class_axis(ndim: int) -> int:
    """Which axis of the logits the classes are on."""
    return 1 if ndim > 1 else 0


def along_classes(numbers: Any, ndim: int) -> Any:
    """A number for each class, in a shape that is broadcast with logits of `ndim` axes."""
    return np.reshape(numbers, (-1,) + (1,) * (ndim - 1 - class_axis(ndim)))


def is_any_ignored(classes: np.ndarray, count: int, ignore_index: int) -> bool:
    """Whether a sample has the class that is to be ignored. Raises IndexError for any other that does not exist."""
    if not classes.size:
        return True
    if np.maximum.reduce(classes.astype(np.uint64), axis=None) < count:  # a negative number becomes a very large one
        return ignore_index >= 0 and bool((classes == ignore_index).any())
    wrong = classes[((classes < 0) | (classes >= count)) & (classes != ignore_index)]
    if wrong.size:
        raise messages.no_such_class(int(wrong[0]), count)
    return True


def in_all_classes(q: Any, weight: Any, label_smoothing: float) -> Any:
    """The targets, smoothed and times the weights of the classes."""
    if label_smoothing:
        q = (1 - label_smoothing) * q + label_smoothing / q.shape[class_axis(q.ndim)]
    return q if weight is None else q * along_classes(weight, q.ndim).astype(q.dtype)


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
    q = in_all_classes(right.astype(dtype), weight, label_smoothing)
    return np.where(np.expand_dims(classes == ignore_index, axis), 0, q).astype(dtype)


@primitive
def counted(classes: Any, weight: Any = None, ignore_index: int = -100) -> Any:
    """What a mean divides by: how many samples there are that are not ignored, or the sum of the weights of their classes.

    >>> import numpy as np
    >>> int(counted(np.array([2, 0, -100]), np.array([1, 2, 5])))
    6
    """
    there = np.asarray(classes) != ignore_index
    return np.sum(there if weight is None else np.where(there, weight[np.where(there, classes, 0)], 0))


# --- the same, faster -------------------------------------------------------------------------------------------------------


def in_columns(logits: Any) -> tuple[Any, Any, Any]:
    """Logits less the largest of their sample, the powers of e of them, and the sums of those; a sample in each column.

    NumPy takes several times as long to add up the short rows of an array as to add its rows to each other.
    """
    z = np.array(in_floats(logits).T, order="C")
    z -= np.maximum.reduce(z, axis=0)
    powers = np.exp(z)
    return z, powers, np.add.reduce(powers, axis=0)


def of_classes(logits: Any, classes: Any) -> Any:
    """What `cross_entropy_of_classes` computes."""
    z, _, sums = in_columns(logits)
    return mean(np.log(sums) - z.ravel()[in_vector(classes)])


def in_vector(classes: Any) -> Any:
    """Where the class of each column is in a matrix that is seen as a vector. NumPy takes one index faster than two."""
    return classes.astype(np.intp) * len(classes) + np.arange(len(classes))


# --- the table --------------------------------------------------------------------------------------------------------------


def classes_rule(g: Any, logits: Any, classes: Any) -> Any:
    """The slope of the mean of -log p of the right classes is (p - 1) / n for these, and p / n for the others."""
    if logits.__class__ in (np.ndarray, Scratch):  # the formula below, in one array and in place
        _, p, sums = in_columns(logits)
        p /= sums
        p.ravel()[in_vector(classes)] -= 1
        p *= g / len(logits)
        return p.T
    return (softmax(logits, axis=1) - (classes[:, None] == np.arange(logits.shape[1]))) * (g / len(logits))


def targets_rule(g: Any, logits: Any, targets: Any) -> Any:
    """The slope of -Σ q log p in the logits z is p Σq - q: log p = z - log Σ exp(z), and the slope of that logarithm is p."""
    axis = class_axis(logits.ndim)
    p = softmax(logits, axis=axis)
    return np.expand_dims(g, axis) * (p * np.sum(targets, axis=axis, keepdims=True) - targets)


def to_targets(g: Any, logits: Any) -> Any:
    """The slope of -Σ q log p in q is -log p."""
    axis = class_axis(logits.ndim)
    return -np.expand_dims(g, axis) * log_softmax(logits, axis=axis)


# fmt: off
derivative(cross_entropy_of_classes, logits=classes_rule,               run=of_classes)
derivative(cross_entropy_of_targets, logits=targets_rule, targets=to_targets)
# fmt: on
