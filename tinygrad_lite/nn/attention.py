"""Attention: each element of a sequence takes numbers from all others, most from those that fit it best.

Flows in: sequences (L, N, E), L elements of N samples with E features; with ``batch_first=True`` (N, L, E); or a single
sequence (L, E). Flows out: sequences of the same shape, and the weight with which each element used each other one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import messages
from ..tensor import Tensor
from . import functional as F
from . import init
from .inputs import floats, plain
from .layers import Linear
from .module import Module


class MultiheadAttention(Module):
    """softmax(Q Kᵀ / √d) V, computed by several heads in parallel, each with other weights (Vaswani et al. 2017).

    Q, K and V are linear functions of query, key and value. Each is divided into num_heads parts of d = embed_dim / num_heads
    features, one for each head. The results of all heads are joined again, and go through the linear layer ``out_proj``.

    dropout:     the probability with which, in training, an element does not use another one
    bias:        False for linear functions without b
    batch_first: True for sequences (N, L, E) instead of (L, N, E); seed, dtype: as for `Linear`

    ``attention(query, key, value)`` gives (output, weights), of shapes (L, N, E) and (N, L, S), for a query of L and a key
    and value of S elements.

    key_padding_mask:     truth values (N, S), True for keys that are not used, such as the empty end of a short sentence
    need_weights:         False to get None instead of the weights
    attn_mask:            truth values (L, S) or (N · num_heads, L, S), True where a query must not use a key; or numbers,
                          which are added to Q Kᵀ / √d
    average_attn_weights: False for the weights of each head, (N, num_heads, L, S)
    is_causal:            True if element i must not use the elements after it

    ``in_proj_weight`` (3 · E, E) holds the rows for Q, K and V, and begins as `init.xavier_uniform_` says; the biases begin
    with 0. Raises ValueError for shapes that do not fit.

    >>> import numpy as np
    >>> output, weights = MultiheadAttention(8, num_heads=2)(*[np.ones((5, 4, 8))] * 3)
    >>> output.shape, weights.shape
    ((5, 4, 8), (4, 5, 5))
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        batch_first: bool = False,
        seed: Any = None,
        dtype: Any = None,
    ) -> None:
        if num_heads < 1 or embed_dim % num_heads:
            raise messages.heads_do_not_divide(embed_dim, num_heads)
        if not 0 <= dropout <= 1:
            raise messages.not_a_probability("dropout", dropout)
        self.embed_dim, self.num_heads, self.dropout = embed_dim, num_heads, dropout
        self.bias, self.batch_first, self.rng = bias, batch_first, np.random.default_rng(seed)
        self.in_proj_weight = init.xavier_uniform_(Tensor(np.zeros((3 * embed_dim, embed_dim)), dtype=dtype), seed=self.rng)
        self.in_proj_bias = Tensor(np.zeros(3 * embed_dim), dtype=dtype) if bias else None
        self.out_proj = Linear(embed_dim, embed_dim, bias, self.rng, dtype)
        if self.out_proj.bias is not None:
            init.zeros_(self.out_proj.bias)

    def __call__(
        self,
        query: Any,
        key: Any,
        value: Any,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Any, Any]:
        one = np.ndim(plain(query)) == 2  # a single sequence
        query, key, value = (self.with_batch(sequence, one) for sequence in (query, key, value))
        if key.shape[:2] != value.shape[:2] or query.shape[0] != key.shape[0]:
            raise messages.keys_and_values_differ(query, key, value)
        parts = self.projected(query, key, value)
        q, k, v = (self.in_heads(part) for part in parts)  # (N, heads, length, d)
        mask = self.mask(attn_mask, key_padding_mask, q.shape[:3] + k.shape[2:3])
        weights = F.attention_weights(q, k, mask, is_causal)
        taken = F.dropout(weights, self.dropout, self.training, self.rng) @ v
        output = self.out_proj(np.reshape(np.swapaxes(taken, 1, 2), query.shape))
        if not need_weights:
            weights = None
        elif average_attn_weights:
            weights = np.mean(weights, axis=1)
        if one:
            return output[0], weights if weights is None else weights[0]
        return output if self.batch_first else np.swapaxes(output, 0, 1), weights

    def with_batch(self, sequence: Any, one: bool) -> Any:
        """The sequences as (N, L, E)."""
        floats(self, sequence)
        shape = np.shape(plain(sequence))
        if len(shape) != (2 if one else 3) or shape[-1] != self.embed_dim:
            raise messages.not_sequences_of_vectors(self, sequence)
        return sequence[None] if one else sequence if self.batch_first else np.swapaxes(sequence, 0, 1)

    def projected(self, *sequences: Any) -> list[Any]:
        """Q, K and V: each with its own third of the rows of the weight."""
        weights = np.split(self.in_proj_weight, 3)
        biases = [None] * 3 if self.in_proj_bias is None else np.split(self.in_proj_bias, 3)
        return [F.linear(sequence, *rows) for sequence, *rows in zip(sequences, weights, biases)]

    def in_heads(self, x: Any) -> Any:
        """The features cut into parts: (N, heads, L, d) of (N, L, E)."""
        return np.swapaxes(np.reshape(x, (*x.shape[:2], self.num_heads, -1)), 1, 2)

    def mask(self, attn_mask: Any, key_padding_mask: Any, shape: tuple[int, ...]) -> Any:
        """Both masks in one, for `attention_weights`: truth values, True where a query may look; or numbers to be added."""
        masks = []
        n, heads, length, keys = shape
        attn_mask, key_padding_mask = (
            mask_like(name, mask, self.in_proj_weight.dtype)
            for name, mask in (("attn_mask", attn_mask), ("key_padding_mask", key_padding_mask))
        )
        if attn_mask is not None:
            if np.shape(plain(attn_mask)) not in ((length, keys), (n * heads, length, keys)):
                raise messages.not_a_mask("attn_mask", attn_mask, [(length, keys), (n * heads, length, keys)])
            masks.append(attn_mask if attn_mask.ndim == 2 else np.reshape(attn_mask, shape))
        if key_padding_mask is not None:
            wanted = (n, keys)
            if np.shape(plain(key_padding_mask)) not in (wanted, wanted[1:] if n == 1 else wanted):
                raise messages.not_a_mask("key_padding_mask", key_padding_mask, [wanted])
            masks.append(np.reshape(key_padding_mask, (n, 1, 1, keys)))
        if not masks:
            return None
        if all(mask.dtype == bool for mask in masks):
            return ~np.logical_or.reduce(np.broadcast_arrays(*map(plain, masks)))
        dtype = self.in_proj_weight.dtype
        return sum(np.where(plain(mask), -np.inf, 0).astype(dtype) if mask.dtype == bool else mask for mask in masks)


def mask_like(name: str, mask: Any, dtype: Any) -> Any:
    """A mask as an array of truth values, or of floats in the dtype of the parameters. Raises for whole numbers."""
    if mask is None:
        return None
    mask = mask if hasattr(mask, "dtype") else np.asarray(mask)
    if mask.dtype.kind not in "bf":
        raise messages.mask_of_numbers(name, mask)
    return mask if mask.dtype == bool or mask.dtype == dtype else mask.astype(dtype)
