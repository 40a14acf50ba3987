"""Losses: how far the outputs of a network are from the targets, as one number to be made smaller.

Flows in: outputs and targets, arrays or Tensors. Flows out: a single number; with ``reduction="none"`` one for each element.
A loss never stretches one shape to another: predictions of shape (100, 1) and targets of shape (100,) would give 10,000
differences instead of 100, and a network that learns the mean of all targets.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import messages
from ..rules.reductions import log_softmax


def reduced(losses: Any, reduction: str) -> Any:
    """The mean or the sum of the losses of all elements, or these losses themselves."""
    if reduction not in ("mean", "sum", "none"):
        raise messages.no_such_reduction(reduction)
    return losses if reduction == "none" else np.sum(losses) if reduction == "sum" else np.mean(losses)


def check_shapes(loss: str, outputs: Any, targets: Any) -> None:
    """Raise if outputs and targets have different shapes, which NumPy would stretch or refuse."""
    if np.shape(outputs) != np.shape(targets):
        raise messages.loss_of_different_shapes(loss, outputs, targets)


def mse_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """The mean squared error, (input - target)².

    >>> import numpy as np
    >>> float(mse_loss(np.array([1.0, 2.0]), np.array([1.0, 4.0])))
    2.0
    """
    check_shapes("mse_loss", input, target)
    return reduced((input - target) ** 2, reduction)


def cross_entropy(input: Any, target: Any, reduction: str = "mean") -> Any:
    """-log of the probability that the softmax of the scores gives to the right class. Shapes (n, classes) and (n,)."""
    return reduced(-log_softmax(input)[np.arange(len(target)), target], reduction)
