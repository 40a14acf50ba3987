"""Activations: the functions between two layers, which make a network more than one matrix product.

Flows in: a Tensor of any shape. Flows out: one of the same shape, each element put through the function.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..rules.activations import relu, sigmoid
from .module import Module


class ReLU(Module):
    """max(x, 0)."""

    def __call__(self, x: Any) -> Any:
        return relu(x)


class Sigmoid(Module):
    """1 / (1 + exp(-x)), between 0 and 1."""

    def __call__(self, x: Any) -> Any:
        return sigmoid(x)


class Tanh(Module):
    """The hyperbolic tangent, between -1 and 1."""

    def __call__(self, x: Any) -> Any:
        return np.tanh(x)
