"""Layers: a function together with its parameters.

Flows in: a batch of samples, the first axis of an array or a Tensor. Flows out: what the layer computes of each.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .. import messages
from ..tensor import Tensor
from . import functional as F
from .module import Module


def uniform(rng: np.random.Generator, bound: float, shape: tuple[int, ...], dtype: Any) -> Tensor:
    """A parameter with random numbers between -bound and bound."""
    return Tensor(rng.uniform(-bound, bound, shape), dtype=dtype)


class Linear(Module):
    """y = x Wᵀ + b: each output is a weighted sum of all inputs.

    in_features, out_features: how many numbers a sample has before and after
    bias:  False for a layer without b
    seed:  for the initial numbers, as for ``np.random.default_rng``
    dtype: of the parameters; float64 if nothing else is said

    ``weight`` has the shape (out_features, in_features), ``bias`` (out_features,). Both begin uniform in ±1/√in_features.
    Raises ValueError for inputs of another width.

    >>> import numpy as np
    >>> from tinygrad_lite import nn
    >>> nn.Linear(2, 3, seed=0)(np.ones((5, 2))).shape
    (5, 3)
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True, seed: Any = None, dtype: Any = None) -> None:
        rng, bound = np.random.default_rng(seed), 1 / math.sqrt(in_features) if in_features else 0.0
        self.in_features, self.out_features = in_features, out_features
        self.weight = uniform(rng, bound, (out_features, in_features), dtype)
        self.bias = uniform(rng, bound, (out_features,), dtype) if bias else None

    def __call__(self, x: Any) -> Any:
        return F.linear(x, self.weight, self.bias)


class Sequential(Module):
    """Layers that are applied one after the other. A function of one array, such as ``np.tanh``, may be among them.

    ``model[0]`` is the first layer, ``model[:2]`` a Sequential of the first two.

    >>> import numpy as np
    >>> from tinygrad_lite import nn
    >>> model = nn.Sequential(nn.Linear(2, 16, seed=0), np.tanh, nn.Linear(16, 1, seed=1))
    >>> model(np.ones((5, 2))).shape
    (5, 1)
    >>> model
    name   kind           parameters                  count
    [0]    Linear(2, 16)  weight (16, 2), bias (16,)     48
    [2]    Linear(16, 1)  weight (1, 16), bias (1,)      17
    total                                                65
    """

    def __init__(self, *layers: Callable[..., Any]) -> None:
        for layer in layers:
            if not callable(layer) or isinstance(layer, type):
                raise messages.not_a_layer(layer)
        self.layers = list(layers)

    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x

    def parts(self) -> Iterator[tuple[str, Any]]:
        """Its layers by their numbers, as PyTorch names them, and what a subclass has as attributes."""
        yield from ((f"[{i}]", layer) for i, layer in enumerate(self.layers))
        yield from (part for part in super().parts() if part[0] != ".layers")

    def __getitem__(self, index: Any) -> Any:
        return Sequential(*self.layers[index]) if isinstance(index, slice) else self.layers[index]

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Callable[..., Any]]:
        return iter(self.layers)
