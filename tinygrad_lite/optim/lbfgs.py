"""L-BFGS estimates the curvature of the loss from how the gradient changed in the last steps. SciPy does the work.

Flows in: a closure that computes the loss and its gradient. Flows out: parameters at or near a minimum. It is for losses
that are the same at each call: all data at once, no batches, no random numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import messages
from ..containers import pack, unpack
from .optimizer import Optimizer, Parameters, evaluated, gradient_of


class LBFGS(Optimizer):
    """Limited-memory BFGS (Liu and Nocedal, 1989), as `scipy.optimize` has it: the method L-BFGS-B (Byrd et al., 1995).

    lr:                must be 1, because SciPy's line search finds the length of each step. It is here for programs that were
                       written for PyTorch
    max_iter:          how many iterations one call of `step` makes
    max_eval:          how often it may compute the loss; 5/4 of `max_iter` if left out
    tolerance_grad:    stop when no number of the gradient is larger
    tolerance_change:  stop when the loss falls by less, relative to the loss if the loss is above 1
    history_size:      how many earlier steps it remembers
    line_search_fn:    "strong_wolfe", the conditions for the length of a step

    ``step(closure)`` is a whole minimization, and returns the loss before it. Each call starts without a history, so one call
    with a large `max_iter` is better than many. Raises ImportError without SciPy, TypeError without a closure.

    >>> import tinygrad_lite as tg
    >>> x, y = tg.Tensor(-1.0), tg.Tensor(2.0)
    >>> optimizer = tg.optim.LBFGS([x, y], max_iter=100, tolerance_change=1e-14)
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = (1 - x) ** 2 + 100 * (y - x**2) ** 2
    ...     loss.backward()
    ...     return loss
    >>> before = optimizer.step(closure)
    >>> round(x.item(), 6), round(y.item(), 6)
    (1.0, 1.0)
    """

    def __init__(
        self, params: Parameters, lr: float = 1, max_iter: int = 20, max_eval: int | None = None,
        tolerance_grad: float = 1e-7, tolerance_change: float = 1e-9, history_size: int = 100,
        line_search_fn: str = "strong_wolfe",
    ) -> None:  # fmt: skip
        if lr != 1 or line_search_fn != "strong_wolfe":
            raise messages.only_with_line_search(lr, line_search_fn)
        options = {"max_iter": max_iter, "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval}
        tolerances = {"tolerance_grad": tolerance_grad, "tolerance_change": tolerance_change}
        super().__init__(params, {"lr": lr, **options, **tolerances, "history_size": history_size})

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Its one group. A second one would need options of its own, and the method moves all parameters together."""
        if self.param_groups:
            raise messages.one_group_only()
        super().add_param_group(param_group)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Minimize the loss that `closure` computes, and return the loss at the beginning.

        closure:  a function that calls ``zero_grad()``, computes the loss, calls ``backward()`` and returns the loss

        If the closure raises, or Ctrl-C is pressed, the parameters are the best so far.
        """
        if closure is None:
            raise messages.needs_a_closure()
        try:
            from scipy.optimize import minimize
        except ImportError as error:
            raise messages.not_installed("optim.LBFGS", "SciPy", "scipy") from error
        group, params = self.param_groups[0], self.param_groups[0]["params"]
        start = [p.data for p in params]
        losses, best, lowest = list[Any](), start, np.inf

        def move(arrays: list[Any]) -> None:
            for p, new in zip(params, arrays):
                p.data = new

        def loss_and_gradient(vector: np.ndarray) -> tuple[float, np.ndarray]:
            nonlocal best, lowest
            move(here := unpack(vector, start))
            losses.append(evaluated(closure))
            loss = float(np.squeeze(getattr(losses[-1], "data", losses[-1])))
            if all(p.grad is None for p in params):
                raise messages.no_gradients(self.param_groups)
            if loss < lowest:
                best, lowest = here, loss
            gradients = [np.zeros(p.shape) if p.grad is None else gradient_of(p) for p in params]
            return loss, pack(gradients).astype(float, copy=False)

        options = {
            "maxiter": group["max_iter"], "maxfun": group["max_eval"], "maxcor": group["history_size"],
            "gtol": group["tolerance_grad"], "ftol": group["tolerance_change"],
        }  # fmt: skip
        try:
            x0 = pack(start).astype(float)
            result = minimize(loss_and_gradient, x0, jac=True, method="L-BFGS-B", options=options)
            best = unpack(result.x, start)
        finally:
            move(best)
        state = self.state.setdefault(params[0], {"n_iter": 0, "func_evals": 0})
        state["n_iter"] += int(result.nit)
        state["func_evals"] += int(result.nfev)
        self.steps += 1
        return losses[0]
