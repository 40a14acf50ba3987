"""Stochastic gradient descent steps against the gradient, and with momentum also in the direction of earlier steps.

Flows in: the gradient of a loss on one batch. It is an estimate of the gradient on all data, hence *stochastic*. Flows out:
parameters with which the loss is usually smaller.
"""

from __future__ import annotations

from typing import Any

from .. import messages
from .optimizer import Optimizer, Parameters, State


class SGD(Optimizer):
    """Stochastic gradient descent: ``p - lr * g`` (Robbins and Monro, 1951).

    lr:            the learning rate
    momentum:      how much of the last step's velocity is kept, 0.9 for example (Polyak, 1964)
    dampening:     how much less the new gradient counts in the velocity
    weight_decay:  adds ``weight_decay / 2 * np.sum(p**2)`` to the loss, so that parameters stay small
    nesterov:      look ahead by one more step of the velocity (Nesterov, 1983; in this form Sutskever et al., 2013)
    maximize:      make the loss larger instead of smaller

    Raises ValueError for options out of range, and for `nesterov` without momentum.

    >>> import numpy as np, tinygrad_lite as tg
    >>> w = tg.Tensor([3.0, -2.0])
    >>> optimizer = tg.optim.SGD([w], lr=0.25)
    >>> np.sum(w**2).backward()                    # the gradient is 2w
    >>> optimizer.step()
    >>> w
    Tensor([ 1.5, -1. ])
    """

    def __init__(
        self, params: Parameters, lr: float = 1e-3, momentum: float = 0, dampening: float = 0, weight_decay: float = 0,
        nesterov: bool = False, *, maximize: bool = False,
    ) -> None:  # fmt: skip
        if nesterov and (not momentum or dampening):
            raise messages.nesterov_needs_momentum(momentum, dampening)
        options = {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay}
        super().__init__(params, {**options, "nesterov": nesterov, "maximize": maximize})

    def update(self, p: Any, g: Any, state: State, group: dict[str, Any]) -> Any:
        if group["weight_decay"]:
            g = g + group["weight_decay"] * p
        if momentum := group["momentum"]:
            v = state.get("momentum_buffer")
            v = g.copy() if v is None else momentum * v + (1 - group["dampening"]) * g
            state["momentum_buffer"] = v
            g = g + momentum * v if group["nesterov"] else v
        return p - group["lr"] * g
