"""A loss says how far the outputs of a network are from the targets, as one number that training makes smaller.

Flows in: `input`, the outputs of a network, and `target`, what they should be; arrays or Tensors. Flows out: the mean over
all elements, a single number. With ``reduction="sum"`` it is their sum, and with ``reduction="none"`` each element has its
own.

A loss never broadcasts one shape to another. Outputs of shape (100, 1) and targets of shape (100,) would give 10,000
differences instead of 100, and the network would learn the mean of all targets.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from .. import messages
from ..autograd import Handle
from ..rules.activations import relu, sigmoid, softplus
from ..rules.nets import entropy
from ..rules.reductions import softmax
from .inputs import plain

# --- numbers ----------------------------------------------------------------------------------------------------------


def mse_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """The squared error: the mean of (input - target)². Shapes: any, but equal.

    >>> import numpy as np
    >>> float(mse_loss(np.array([1.0, 2.0]), np.array([1.0, 4.0])))
    2.0
    """
    input, target = alike("mse_loss", input, target)
    return reduced((input - target) ** 2, reduction)


def rmse_loss(input: Any, target: Any) -> Any:
    """The root of the mean squared error, √mean((input - target)²): in the unit of the targets. Shapes: any, but equal.

    If all errors are 0, the root has no derivative; the gradient is 0 there.

    >>> import numpy as np
    >>> float(rmse_loss(np.zeros(4), np.array([3.0, -3.0, 3.0, -3.0])))
    3.0
    """
    input, target = alike("rmse_loss", input, target)
    return np.linalg.norm(np.ravel(input - target) / math.sqrt(input.size))


def l1_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """The absolute error: the mean of |input - target|. Shapes: any, but equal.

    >>> import numpy as np
    >>> float(l1_loss(np.array([1.0, 2.0]), np.array([1.0, 4.0])))
    1.0
    """
    input, target = alike("l1_loss", input, target)
    return reduced(np.abs(input - target), reduction)


def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0) -> Any:
    """The squared error ½ d² near the target, and the straight line delta · (|d| - ½ delta) beyond delta (Huber 1964).

    So a single wrong target counts less than in `mse_loss`. Shapes: any, but equal. Raises ValueError if delta ≤ 0.

    >>> import numpy as np
    >>> huber_loss(np.array([0.5, 10.0]), np.zeros(2), reduction="none").tolist()
    [0.125, 9.5]
    """
    if not delta > 0:
        raise messages.delta_not_positive(delta)
    input, target = alike("huber_loss", input, target)
    distance = np.abs(input - target)
    return reduced(np.where(distance <= delta, 0.5 * distance**2, delta * (distance - 0.5 * delta)), reduction)


# --- classes ----------------------------------------------------------------------------------------------------------


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """-log p of the right class, where p = softmax(input): the less probable the right class, the larger the loss.

    input:           logits, which are the scores of the classes before any softmax: (n, classes), (classes,) for one sample,
                     or (n, classes, …)
    target:          the numbers of the right classes, (n,), () or (n, …); or probabilities, floats in the shape of `input`
    weight:          how much each class counts, (classes,); the mean is then a weighted one
    ignore_index:    samples of this class do not count
    label_smoothing: the part of each target that is spread over all classes (Szegedy et al. 2016)

    Raises ValueError for shapes that do not fit, TypeError for class numbers in floats and for one-hot targets in whole
    numbers, IndexError for a class that does not exist. Warns if `input` comes from a softmax.

    >>> import numpy as np
    >>> logits, classes = np.array([[0.0, 0.0], [1000.0, -1000.0]]), np.array([0, 0])
    >>> np.abs(cross_entropy(logits, classes, reduction="none")).round(3).tolist()        # log(2), and certain
    [0.693, 0.0]
    """
    check_reduction(reduction)
    input, target = array_like(input), array_like(target)
    check_logits("cross_entropy", input, softmax)
    if not 0 <= label_smoothing <= 1:
        raise messages.not_a_probability("label_smoothing", label_smoothing)
    shape = input.shape
    if target.dtype.kind != "f" or target.shape != shape or not shape:
        check_classes("cross_entropy", input, target)
    weight = class_weights("cross_entropy", input, weight)
    return entropy.cross_entropy(input, target, weight, ignore_index, reduction, label_smoothing)


def nll_loss(input: Any, target: Any, weight: Any = None, ignore_index: int = -100, reduction: str = "mean") -> Any:
    """The negative log-likelihood: -input at the right class. ``nll_loss(log_softmax(x), t)`` is ``cross_entropy(x, t)``.

    input:  logarithms of probabilities, (n, classes), (classes,) or (n, classes, …)
    target: the numbers of the right classes, (n,), () or (n, …)

    The other arguments are those of `cross_entropy`.

    >>> import numpy as np
    >>> float(nll_loss(np.log(np.array([[0.25, 0.75]])), np.array([1])).round(3))
    0.288
    """
    check_reduction(reduction)
    input, target = array_like(input), array_like(target)
    if made_by(input, softmax):
        warnings.warn(messages.not_logarithms("nll_loss"), stacklevel=2)
    check_classes("nll_loss", input, target)
    weight = class_weights("nll_loss", input, weight)
    q = entropy.class_targets(plain(target), input.shape, input.dtype, weight, ignore_index)
    axis = entropy.class_axis(input.ndim)
    losses = -np.sum(np.where(q == 0, 0, input) * q, axis=axis)  # -inf counts only where it is chosen
    return losses if reduction == "none" else np.sum(losses) / (np.sum(q) if reduction == "mean" else 1)


def binary_cross_entropy_with_logits(
    input: Any, target: Any, weight: Any = None, reduction: str = "mean", pos_weight: Any = None
) -> Any:
    """-log p of the right answer, where p = sigmoid(input) is the probability of yes; one question for each element.

    input:      logits, which are scores before any sigmoid; any shape
    target:     1 for yes, 0 for no, or a probability; of the same shape
    weight:     how much each element counts; it is broadcast to their shape
    pos_weight: how much more a yes counts than a no; it is broadcast to their shape

    Raises ValueError for other shapes and for targets that are not between 0 and 1. Warns if `input` comes from a sigmoid.

    >>> import numpy as np
    >>> binary_cross_entropy_with_logits(np.array([0.0, 1000.0]), np.array([1.0, 0.0]), reduction="none").round(3).tolist()
    [0.693, 1000.0]
    """
    check_logits("binary_cross_entropy_with_logits", input, sigmoid)
    input, target = alike("binary_cross_entropy_with_logits", input, target)
    values = plain(target)
    if values.size and not (values.min() >= 0 and values.max() <= 1):
        raise messages.targets_beyond_0_and_1(values)
    if pos_weight is None:
        losses = softplus(input) - target * input
    else:
        losses = (1 - target) * softplus(input) + pos_weight * target * softplus(-input)
    return reduced(losses if weight is None else losses * weight, reduction)


def hinge_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """The mean of max(0, 1 - target · input): 0 for each score that is on the right side, and at least 1 away from 0.

    target: 1 or -1, in the shape of `input`. Support vector machines use this loss (Cortes and Vapnik 1995)

    >>> import numpy as np
    >>> hinge_loss(np.array([2.0, 0.5, -1.0]), np.array([1, 1, 1]), reduction="none").tolist()
    [0.0, 0.5, 2.0]
    """
    input, target = alike("hinge_loss", input, target)
    if not np.isin(plain(target), (-1, 1)).all():
        raise messages.not_minus_one_or_one(plain(target))
    return reduced(relu(1 - target * input), reduction)


def kl_div(input: Any, target: Any, reduction: str = "mean", log_target: bool = False) -> Any:
    """How far probabilities are from those of the target: Σ target · (log(target) - input) (Kullback and Leibler 1951).

    input:      logarithms of probabilities
    target:     probabilities; with log_target=True their logarithms; of the same shape
    reduction:  also "batchmean", the sum divided by the number of samples, as in the formula. "mean" divides by the number of
                elements

    >>> import numpy as np
    >>> p, q = np.array([[0.5, 0.5]]), np.array([[0.0, 1.0]])
    >>> float(kl_div(np.log(p), q, reduction="batchmean").round(3))       # log(2)
    0.693
    """
    if made_by(input, softmax):
        warnings.warn(messages.not_logarithms("kl_div"), stacklevel=2)
    input, target = alike("kl_div", input, target)
    if log_target:
        losses = np.exp(target) * (target - input)
    else:
        values = plain(target)
        if values.size and values.min() < 0:
            raise messages.negative_probabilities(values)
        there = values > 0  # 0 · log(0) is 0
        losses = np.where(there, target * (np.log(np.where(there, target, 1)) - input), 0)
    if reduction == "batchmean":
        return np.sum(losses) / losses.dtype.type(len(input) if input.ndim else 1)
    return reduced(losses, reduction, "batchmean")


# --- what they share --------------------------------------------------------------------------------------------------


def reduced(losses: Any, reduction: str, *others: str) -> Any:
    """The mean or the sum of the losses of all elements, or these losses themselves."""
    check_reduction(reduction, *others)
    return losses if reduction == "none" else np.sum(losses) if reduction == "sum" else np.mean(losses)


def check_reduction(reduction: Any, *others: str) -> None:
    """Raise for a word that no loss knows."""
    if reduction not in ("mean", "sum", "none", *others):
        raise messages.no_such_reduction(reduction, others)


def array_like(value: Any) -> Any:
    """A number or a list as an array."""
    return value if hasattr(value, "shape") else np.asarray(value)


def alike(loss: str, input: Any, target: Any) -> tuple[Any, Any]:
    """Outputs and targets as arrays or Tensors of floats: a difference of whole numbers may not fit into their dtype.

    Raises if their shapes differ: NumPy would stretch them, or refuse.
    """
    input, target = array_like(input), array_like(target)
    input = input.astype(np.float64) if input.dtype.kind in "biu" else input
    target = target.astype(input.dtype) if target.dtype.kind in "biu" else target
    if input.shape != target.shape:
        raise messages.loss_of_different_shapes(loss, input, target)
    return input, target


def made_by(value: Any, function: Any) -> bool:
    """Whether a Tensor is the result of this function."""
    rule = getattr(getattr(value, "node", None), "rule", None) if isinstance(value, Handle) else None
    return rule is not None and rule.function is function


def check_logits(loss: str, input: Any, function: Any) -> None:
    """Warn about probabilities where logits are meant. We are sure only if the last step was the function itself."""
    if made_by(input, function):
        warnings.warn(messages.not_logits(loss, function.__name__), stacklevel=3)


def check_classes(loss: str, input: Any, target: Any) -> None:
    """Raise if the targets are no class numbers for these outputs: (n,) for (n, classes), (n, …) for (n, classes, …)."""
    shape = input.shape
    axis = entropy.class_axis(len(shape))
    expected = shape[:axis] + shape[axis + 1 :]
    if not shape or target.shape != expected:
        raise messages.targets_of_another_shape(loss, input, target, expected)
    if target.dtype.kind not in "iu":
        raise messages.classes_in_floats(loss, target)


def class_weights(loss: str, input: Any, weight: Any) -> Any:
    """The weights of the classes as a plain array of the dtype of the outputs."""
    if weight is None:
        return None
    weight, classes = np.asarray(plain(weight), input.dtype), input.shape[entropy.class_axis(input.ndim)]
    if weight.shape != (classes,):
        raise messages.not_a_weight_for_each_class(loss, weight, classes)
    return weight
