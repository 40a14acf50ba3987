"""A layer is a function together with its parameters.

Flows in: a batch of samples, along the first axis of an array or a Tensor. Flows out: what the layer computes from each
sample.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .. import messages
from ..tensor import Tensor
from . import functional as F
from .inputs import floats, plain
from .module import Module


def uniform(rng: np.random.Generator, bound: float, shape: tuple[int, ...], dtype: Any) -> Tensor:
    """A parameter with random numbers between -bound and bound: what most layers begin with."""
    return Tensor(rng.uniform(-bound, bound, shape), dtype=dtype)


class Linear(Module):
    """y = x Wᵀ + b: each output is a weighted sum of all inputs.

    in_features, out_features: how many numbers a sample has before and after
    bias:  False for a layer without b
    seed:  for the initial numbers: None, a number or a Generator, as for ``np.random.default_rng``
    dtype: of the parameters, float64 by default

    The shapes are x (…, in_features), y (…, out_features), ``weight`` (out_features, in_features), and ``bias``
    (out_features,). Parameters begin uniform in ±1/√in_features. Raises ValueError for inputs of another width, TypeError
    for whole numbers.

    >>> import numpy as np
    >>> Linear(2, 3, seed=0)(np.ones((5, 2))).shape
    (5, 3)
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True, seed: Any = None, dtype: Any = None) -> None:
        rng, bound = np.random.default_rng(seed), 1 / math.sqrt(max(in_features, 1))
        self.in_features, self.out_features = in_features, out_features
        self.weight = uniform(rng, bound, (out_features, in_features), dtype)
        self.bias = uniform(rng, bound, (out_features,), dtype) if bias else None

    def __call__(self, x: Any) -> Any:
        floats(self, x)
        if np.shape(plain(x))[-1:] != (self.in_features,):
            raise messages.wrong_width(self, x)
        return F.linear(x, self.weight, self.bias)


class Embedding(Module):
    """A vector for each of num_embeddings things, such as words or characters: ``weight[i]`` for each index i in the input.

    padding_idx: an index without meaning, such as the end of a short sentence. Its vector is 0, and gets no gradient

    The shapes are input (…), of whole numbers, output (…, embedding_dim), and ``weight`` (num_embeddings, embedding_dim).
    The weight begins normal with variance 1. Raises IndexError for indices that are too large, TypeError for floats.
    The source is Bengio, Ducharme, Vincent and Jauvin, A neural probabilistic language model, 2003.

    >>> import numpy as np
    >>> Embedding(27, 8)(np.array([[3, 1, 20]])).shape
    (1, 3, 8)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        seed: Any = None,
        dtype: Any = None,
    ) -> None:
        weight = np.random.default_rng(seed).normal(size=(num_embeddings, embedding_dim))
        if padding_idx is not None:
            weight[padding_idx] = 0.0
        self.num_embeddings, self.embedding_dim, self.padding_idx = num_embeddings, embedding_dim, padding_idx
        self.weight = Tensor(weight, dtype=dtype)

    def __call__(self, indices: Any) -> Any:
        return F.embedding(indices, self.weight, self.padding_idx)


class Flatten(Module):
    """Joins the axes from start_dim to end_dim into one: an image of 28 × 28 pixels becomes a row of 784.

    >>> import numpy as np
    >>> Flatten()(np.zeros((32, 28, 28))).shape
    (32, 784)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim, self.end_dim = start_dim, end_dim

    def __call__(self, x: Any) -> Any:
        return F.flatten(x, self.start_dim, self.end_dim)


class Dropout(Module):
    """In training, each number becomes 0 with probability p, and the others are divided by 1 - p (Srivastava et al. 2014).

    So no output can depend on a single number. After ``eval()`` the numbers do not change. seed: as for `Linear`.

    >>> import numpy as np
    >>> layer = Dropout(0.5, seed=0)
    >>> layer(np.ones(6)).tolist()
    [2.0, 0.0, 0.0, 0.0, 2.0, 2.0]
    >>> layer.eval()(np.ones(6)).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    """

    def __init__(self, p: float = 0.5, seed: Any = None) -> None:
        if not 0 <= p <= 1:
            raise messages.not_a_probability("p", p)
        self.p, self.rng = p, np.random.default_rng(seed)

    def __call__(self, x: Any) -> Any:
        return F.dropout(x, self.p, self.training, self.rng)


class Sequential(Module):
    """Layers that are applied one after the other. A function of one array, such as ``np.tanh``, may be among them.

    ``model[0]`` is the first layer, and ``model[:2]`` a Sequential of the first two. Raises TypeError for something that
    cannot be called, and for a class instead of a layer.

    >>> import numpy as np
    >>> from tinygrad_lite import nn
    >>> model = nn.Sequential(nn.Linear(2, 16, seed=0), np.tanh, nn.Linear(16, 1, seed=1))
    >>> model(np.ones((5, 2))).shape
    (5, 1)
    >>> model
    name   kind           parameters                  count
    [0]    Linear(2, 16)  weight (16, 2), bias (16,)     48
    [1]    np.tanh
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
