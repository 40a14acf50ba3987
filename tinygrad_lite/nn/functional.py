"""The functions of networks, as in ``import tinygrad_lite.nn.functional as F``: what layers compute, and the losses.

Flows in: arrays and Tensors. Flows out: a Tensor if one of them was a Tensor. A layer is one of these functions together with
its parameters, so a network can be written with either.
"""

from __future__ import annotations

from typing import Any


def linear(x: Any, weight: Any, bias: Any = None) -> Any:
    """Weighted sums of the inputs, x Wᵀ + b: one for each row of the weight. Shapes (…, in), (out, in), (out,)."""
    out = x @ weight.T
    return out if bias is None else out + bias
