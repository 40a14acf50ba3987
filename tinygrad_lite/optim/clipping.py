"""Makes gradients shorter that are too long, between ``loss.backward()`` and ``optimizer.step()``.

Flows in: parameters with gradients. Flows out: new arrays in their ``.grad``; the old arrays stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .. import messages
from ..autograd import in_kind_of
from ..tensor import Tensor
from .optimizer import gradient_of
from .parameters import is_number, items_of


def clip_grad_norm_(
    parameters: Iterable[Tensor] | Tensor, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> float:
    """Scale all gradients by one factor, so that together they are no longer than `max_norm`; return how long they were.

    parameters:          those without a gradient are skipped
    max_norm:            the greatest length of all gradients together, as one vector
    norm_type:           2 for the length; 1 for the sum, ``np.inf`` for the largest of the absolute values
    error_if_nonfinite:  raise FloatingPointError if the length is nan or infinite, and change nothing

    The direction of the step stays the same (Pascanu, Mikolov and Bengio, 2013).

    >>> import numpy as np, tinygrad_lite as tg
    >>> w = tg.Tensor([1.0, 2.0])
    >>> np.sum(w * np.array([30.0, 40.0])).backward()
    >>> tg.optim.clip_grad_norm_([w], max_norm=1.0)
    50.0
    >>> w.grad.round(6)
    array([0.6, 0.8])
    """
    limit = checked_limit("max_norm", max_norm, "clip_grad_norm_")
    clipped = with_gradients(parameters, "clip_grad_norm_")
    norms = [np.linalg.norm(np.ravel(gradient_of(p)), norm_type) for p in clipped]
    total = float(np.linalg.norm(norms, norm_type)) if norms else 0.0
    if error_if_nonfinite and not np.isfinite(total):
        raise messages.norm_not_finite(total, clipped)
    factor = limit / (total + 1e-6)
    if not factor >= 1:  # written so that nan, which is not less than 1 either, is seen in the gradients
        for p in clipped:
            p.grad = in_kind_of(p.data, (gradient_of(p) * factor).astype(p.dtype, copy=False))
    return total


def clip_grad_value_(parameters: Iterable[Tensor] | Tensor, clip_value: float) -> None:
    """Clip each number of the gradients to between ``-clip_value`` and ``clip_value``.

    >>> import numpy as np, tinygrad_lite as tg
    >>> w = tg.Tensor([1.0, 2.0])
    >>> np.sum(w * np.array([30.0, -0.5])).backward()
    >>> tg.optim.clip_grad_value_([w], 1.0)
    >>> w.grad
    array([ 1. , -0.5])
    """
    limit = checked_limit("clip_value", clip_value, "clip_grad_value_")
    for p in with_gradients(parameters, "clip_grad_value_"):
        p.grad = in_kind_of(p.data, np.clip(gradient_of(p), -limit, limit).astype(p.dtype, copy=False))


def with_gradients(parameters: Any, by: str) -> list[Tensor]:
    """Those of the parameters that have a gradient."""
    items = [parameters] if isinstance(parameters, Tensor) else items_of(parameters, by)
    for p in items:
        if not isinstance(p, Tensor):
            raise messages.not_a_parameter_tensor(p, by)
    return [p for p in items if p.grad is not None]


def checked_limit(name: str, value: Any, by: str) -> float:
    if not is_number(value) or not value >= 0:
        raise messages.not_a_limit(name, value, by)
    return float(value)
