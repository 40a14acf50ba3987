"""RMSprop: each gradient is divided by the root of the mean of its recent squares.

Flows in: gradients whose sizes differ from parameter to parameter, and change during the training. Flows out: steps of about
the same size for all of them. Adagrad adds up all squares, so its steps only shrink; here old squares lose their weight.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .optimizer import Optimizer, Parameters, State


class RMSprop(Optimizer):
    """RMSprop: ``p - lr * g / (sqrt(mean of recent g²) + eps)`` (Tieleman and Hinton, 2012, lecture 6.5).

    lr:            the learning rate
    alpha:         how much of the mean is kept at each step
    eps:           keeps the denominator away from 0
    weight_decay:  adds ``weight_decay / 2 * np.sum(p**2)`` to the loss
    momentum:      how much of the last step's velocity is kept
    centered:      divide by the standard deviation: subtract the square of the mean gradient (Graves, 2013)
    maximize:      make the loss larger instead of smaller

    >>> import numpy as np, tinygrad_lite as tg
    >>> w = tg.Tensor([3.0, -2.0])
    >>> optimizer = tg.optim.RMSprop([w], lr=0.1)
    >>> np.sum(w**2).backward()
    >>> optimizer.step()                           # the mean starts at 0, so the first step is large: sqrt(0.01 g²)
    >>> w.data.round(6)
    array([ 2., -1.])
    """

    def __init__(
        self, params: Parameters, lr: float = 1e-2, alpha: float = 0.99, eps: float = 1e-8, weight_decay: float = 0,
        momentum: float = 0, centered: bool = False, *, maximize: bool = False,
    ) -> None:  # fmt: skip
        options = {"lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay, "momentum": momentum}
        super().__init__(params, {**options, "centered": centered, "maximize": maximize})

    def update(self, p: Any, g: Any, state: State, group: dict[str, Any]) -> Any:
        alpha, momentum = group["alpha"], group["momentum"]
        state["step"] = state.get("step", 0) + 1  # not used here, but PyTorch wants it in a state that it loads
        if group["weight_decay"]:
            g = g + group["weight_decay"] * p
        state["square_avg"] = variance = alpha * state.get("square_avg", 0.0) + (1 - alpha) * (g * g)
        if group["centered"]:
            state["grad_avg"] = mean = alpha * state.get("grad_avg", 0.0) + (1 - alpha) * g
            variance = variance - mean * mean
        g = g / (np.sqrt(variance) + group["eps"])
        if momentum:
            state["momentum_buffer"] = g = momentum * state.get("momentum_buffer", 0.0) + g
        return p - group["lr"] * g
