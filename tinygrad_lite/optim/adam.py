"""Adam: the mean of recent gradients, divided by the root of the mean of their squares. AdamW: with a decay of its own.

Flows in: gradients. Flows out: steps of about the size of the learning rate, whatever the size of the gradients. Adam is
momentum and RMSprop together. Both means start at 0, so they are corrected for that.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .optimizer import Optimizer, Parameters, State


class Adam(Optimizer):
    """Adam: ``p - lr * m / (sqrt(v) + eps)``, with means m of g and v of g² (Kingma and Ba, 2015).

    lr:            the learning rate
    betas:         how much of the means m and v is kept at each step
    eps:           keeps the denominator away from 0
    weight_decay:  adds ``weight_decay / 2 * np.sum(p**2)`` to the loss; `AdamW` does it better
    amsgrad:       divide by the largest v so far (Reddi, Kale and Kumar, 2018)
    maximize:      make the loss larger instead of smaller

    >>> import numpy as np, tinygrad_lite as tg
    >>> w = tg.Tensor([3.0, -2.0])
    >>> optimizer = tg.optim.Adam([w], lr=0.5)
    >>> np.sum(w**2).backward()
    >>> optimizer.step()                           # at the first step, m / sqrt(v) is the sign of g
    >>> w.data.round(6)
    array([ 2.5, -1.5])
    """

    def __init__(
        self, params: Parameters, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0, amsgrad: bool = False, *, maximize: bool = False,
    ) -> None:  # fmt: skip
        options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad}
        super().__init__(params, {**options, "maximize": maximize})

    def update(self, p: Any, g: Any, state: State, group: dict[str, Any]) -> Any:
        if group["weight_decay"]:
            g = g + group["weight_decay"] * p
        return p - adam_step(g, state, group)


class AdamW(Adam):
    """Adam with decoupled weight decay: ``p - lr * weight_decay * p`` besides Adam's step (Loshchilov and Hutter, 2019).

    In `Adam`, weight decay is part of the gradient and is divided by sqrt(v) with it, so that parameters with large gradients
    hardly decay. Here all parameters decay at the same rate. The options are those of `Adam`.

    >>> import numpy as np, tinygrad_lite as tg
    >>> w = tg.Tensor([3.0, -2.0])
    >>> optimizer = tg.optim.AdamW([w], lr=0.5, weight_decay=0.1)
    >>> np.sum(w**2).backward()
    >>> optimizer.step()                           # 5 % of w, and then the sign of g times 0.5
    >>> w.data.round(6)
    array([ 2.35, -1.4 ])
    """

    def __init__(
        self, params: Parameters, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 1e-2, amsgrad: bool = False, *, maximize: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize)

    def update(self, p: Any, g: Any, state: State, group: dict[str, Any]) -> Any:
        if group["weight_decay"]:
            p = p - group["lr"] * group["weight_decay"] * p
        return p - adam_step(g, state, group)


def adam_step(g: Any, state: State, group: dict[str, Any]) -> Any:
    """What Adam subtracts from a parameter with the gradient g."""
    beta1, beta2 = group["betas"]
    state["step"] = t = state.get("step", 0) + 1
    state["exp_avg"] = m = beta1 * state.get("exp_avg", 0.0) + (1 - beta1) * g
    state["exp_avg_sq"] = v = beta2 * state.get("exp_avg_sq", 0.0) + (1 - beta2) * (g * g)
    if group["amsgrad"]:
        state["max_exp_avg_sq"] = v = np.maximum(state.get("max_exp_avg_sq", 0.0), v)
    # The means start at 0, so they are too small by 1 - beta**t: m / (1 - beta1**t) and v / (1 - beta2**t) are not.
    return group["lr"] / (1 - beta1**t) * m / (np.sqrt(v) / (1 - beta2**t) ** 0.5 + group["eps"])
