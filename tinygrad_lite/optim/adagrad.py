"""Adagrad: each number of a parameter has a learning rate of its own, which falls with the gradients that it has had.

Flows in: gradients, some of which are rare, such as those of rare words. Flows out: parameters whose rare gradients count
more.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .optimizer import Optimizer, Parameters, State


class Adagrad(Optimizer):
    """Adagrad: ``p - lr * g / (sqrt(sum of all g²) + eps)`` (Duchi, Hazan and Singer, 2011).

    lr:                         the learning rate
    lr_decay:                   divide it by 1 + lr_decay · (number of earlier steps)
    weight_decay:               adds ``weight_decay / 2 * np.sum(p**2)`` to the loss
    initial_accumulator_value:  where the sum of squares starts
    eps:                        keeps the denominator away from 0
    maximize:                   make the loss larger instead of smaller

    >>> import numpy as np, tinygrad_lite as tg
    >>> w = tg.Tensor([3.0, -2.0])
    >>> optimizer = tg.optim.Adagrad([w], lr=0.5)
    >>> np.sum(w**2).backward()
    >>> optimizer.step()                           # at the first step, g / sqrt(g²) is the sign of g
    >>> w
    Tensor([ 2.5, -1.5])
    """

    def __init__(
        self, params: Parameters, lr: float = 1e-2, lr_decay: float = 0, weight_decay: float = 0,
        initial_accumulator_value: float = 0, eps: float = 1e-10, *, maximize: bool = False,
    ) -> None:  # fmt: skip
        options = {"lr": lr, "lr_decay": lr_decay, "weight_decay": weight_decay, "eps": eps, "maximize": maximize}
        super().__init__(params, {**options, "initial_accumulator_value": initial_accumulator_value})

    def update(self, p: Any, g: Any, state: State, group: dict[str, Any]) -> Any:
        state["step"] = t = state.get("step", 0) + 1
        if group["weight_decay"]:
            g = g + group["weight_decay"] * p
        state["sum"] = total = state.get("sum", group["initial_accumulator_value"]) + g * g
        return p - group["lr"] / (1 + (t - 1) * group["lr_decay"]) * g / (np.sqrt(total) + group["eps"])
