"""Recurrent networks read a sequence step by step, and pass a state from each step to the next.

Flows in: sequences (L, N, H), L steps of N samples with H features; with ``batch_first=True`` (N, L, H); or a single one
(L, H). Flows out: the pair (output, state). `output` has the state of the last layer after each step, `state` that of each
layer after the last step: what to begin the next sequence with.

Each kind of network is one function, `step`. It computes the next state from the numbers that come from the input and from
the state. Everything else is the same for all of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import messages
from ..rules.activations import relu, sigmoid
from . import functional as F
from .inputs import floats, plain
from .layers import uniform
from .module import Module


class Recurrent(Module):
    """What RNN, GRU and LSTM share: layers, directions, and the walk along the sequence."""

    gates = 1  # how many times hidden_size numbers a step needs

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        seed: Any = None,
        dtype: Any = None,
    ) -> None:
        if not 0 <= dropout <= 1:
            raise messages.not_a_probability("dropout", dropout)
        self.input_size, self.hidden_size, self.num_layers, self.bias = input_size, hidden_size, num_layers, bias
        self.batch_first, self.dropout, self.bidirectional = batch_first, dropout, bidirectional
        self.rng = rng = np.random.default_rng(seed)
        bound, rows = 1 / math.sqrt(hidden_size), self.gates * hidden_size
        for layer in range(num_layers):
            width = input_size if layer == 0 else hidden_size * (2 if bidirectional else 1)
            for end in self.ends(layer):
                setattr(self, f"weight_ih_{end}", uniform(rng, bound, (rows, width), dtype))
                setattr(self, f"weight_hh_{end}", uniform(rng, bound, (rows, hidden_size), dtype))
                if bias:
                    setattr(self, f"bias_ih_{end}", uniform(rng, bound, (rows,), dtype))
                    setattr(self, f"bias_hh_{end}", uniform(rng, bound, (rows,), dtype))

    def ends(self, layer: int) -> list[str]:
        """How the names of a layer's parameters end, for each direction."""
        return [f"l{layer}", f"l{layer}_reverse"] if self.bidirectional else [f"l{layer}"]

    def step(self, x: Any, h: Any, state: Any) -> Any:
        """The next state, from what comes of the input, x, what comes of the state, h, and the state itself."""
        raise NotImplementedError

    def __call__(self, input: Any, state: Any = None) -> tuple[Any, Any]:
        x, states = self.with_batch(input, state)
        last: list[Any] = []
        for layer in range(self.num_layers):
            ways = [self.along(x, end, next(states)) for end in self.ends(layer)]
            outputs, finals = zip(*ways)
            x = np.concatenate(outputs, axis=-1) if self.bidirectional else outputs[0]
            last += finals
            if self.dropout and layer < self.num_layers - 1:
                x = F.dropout(x, self.dropout, self.training, self.rng)
        return self.without_batch(input, x, last)

    def along(self, x: Any, end: str, state: Any) -> tuple[Any, Any]:
        """One layer in one direction: the states after all steps, and the last one."""
        weight_ih, weight_hh = getattr(self, f"weight_ih_{end}"), getattr(self, f"weight_hh_{end}")
        bias_ih, bias_hh = (getattr(self, f"bias_ih_{end}"), getattr(self, f"bias_hh_{end}")) if self.bias else (None, None)
        from_input = F.linear(x, weight_ih, bias_ih)  # for all steps at once
        steps = range(len(x))
        outputs: list[Any] = [None] * len(x)
        for t in reversed(steps) if end.endswith("_reverse") else steps:
            state = self.step(from_input[t], F.linear(hidden(state), weight_hh, bias_hh), state)
            outputs[t] = hidden(state)
        return np.stack(outputs), state

    # --- shapes -------------------------------------------------------------------------------------------------------

    def with_batch(self, input: Any, state: Any) -> tuple[Any, Iterator[Any]]:
        """The sequences as (L, N, H), and a state for each layer and direction: zeros if none is given."""
        floats(self, input)
        shape = np.shape(plain(input))
        if len(shape) not in (2, 3) or shape[-1] != self.input_size:
            raise messages.not_sequences(self, input)
        x = input if len(shape) == 3 else input[:, None]
        x = np.swapaxes(x, 0, 1) if self.batch_first and len(shape) == 3 else x
        if len(x) == 0:
            raise messages.no_steps(self, input)
        expected = (self.num_layers * (2 if self.bidirectional else 1), x.shape[1], self.hidden_size)
        if state is None:
            zeros = np.zeros(expected[1:], self.weight_ih_l0.dtype)
            return x, iter([self.begin(zeros)] * expected[0])
        return x, iter(self.given(state, expected, len(shape) == 3))

    def begin(self, zeros: Any) -> Any:
        """The state before the first step."""
        return zeros

    def given(self, state: Any, expected: tuple[int, ...], in_batch: bool) -> list[Any]:
        """The given state of each layer and direction."""
        wanted = expected if in_batch else (expected[0], expected[2])
        if np.shape(plain(state)) != wanted:
            raise messages.not_a_hidden_state(self, state, wanted)
        return list(state if in_batch else state[:, None])

    def without_batch(self, input: Any, x: Any, last: list[Any]) -> tuple[Any, Any]:
        """Output and state in the form that the input has."""
        if input.ndim == 2:
            return x[:, 0], self.joined(last, slice(None), 0)
        return np.swapaxes(x, 0, 1) if self.batch_first else x, self.joined(last)

    def joined(self, last: list[Any], *index: Any) -> Any:
        """The last states of all layers and directions in one Tensor."""
        states = np.stack(last)
        return states[index] if index else states


def hidden(state: Any) -> Any:
    """The part of a state that others see: h of (h, c)."""
    return state[0] if isinstance(state, tuple) else state


class RNN(Recurrent):
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh): the next state comes from the input and the state (Elman 1990).

    input_size, hidden_size: how many numbers a step of the input has, and a state
    num_layers:    each layer reads the states of the one before
    nonlinearity:  "tanh" or "relu"
    bias:          False for a network without b
    batch_first:   True for sequences (N, L, H) instead of (L, N, H); the state does not change its form
    dropout:       the probability with which numbers between two layers become 0 in training
    bidirectional: True for a second direction in each layer, from the end of the sequence to its start
    seed, dtype:   as for `Linear`

    ``rnn(x)`` or ``rnn(x, h_0)`` gives (output, h_n): (L, N, D · hidden_size) and (D · num_layers, N, hidden_size), where D
    is the number of directions. The parameters of layer k are ``weight_ih_lk weight_hh_lk bias_ih_lk bias_hh_lk``, those of
    the second direction end with ``_reverse``. They begin uniform in ±1/√hidden_size.

    >>> import numpy as np
    >>> output, h_n = RNN(3, 5, num_layers=2)(np.ones((7, 4, 3)))
    >>> output.shape, h_n.shape
    ((7, 4, 5), (2, 4, 5))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        seed: Any = None,
        dtype: Any = None,
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise messages.tanh_or_relu(nonlinearity)
        self.nonlinearity = nonlinearity
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, seed, dtype)

    def step(self, x: Any, h: Any, state: Any) -> Any:
        """The formula above; x is W_ih x + b_ih, and h is W_hh h + b_hh."""
        return np.tanh(x + h) if self.nonlinearity == "tanh" else relu(x + h)


class GRU(Recurrent):
    """A gated recurrent unit: it computes how much of its state it keeps (Cho et al. 2014).

        r  = σ(W_ir x + b_ir + W_hr h + b_hr)             how much of the state is used for something new
        z  = σ(W_iz x + b_iz + W_hz h + b_hz)             how much of the state stays
        n  = tanh(W_in x + b_in + r · (W_hn h + b_hn))    something new
        h' = (1 - z) · n + z · h

    The arguments are those of `RNN`, without nonlinearity. The rows of each weight are those of r, z and n, one below the
    other: ``weight_ih_l0`` has the shape (3 · hidden_size, input_size).

    >>> import numpy as np
    >>> output, h_n = GRU(3, 5)(np.ones((7, 4, 3)))
    >>> output.shape, h_n.shape
    ((7, 4, 5), (1, 4, 5))
    """

    gates = 3

    def step(self, x: Any, h: Any, state: Any) -> Any:
        """The formulas above; x has the three W_i x + b_i, and h the three W_h h + b_h."""
        (x_r, x_z, x_n), (h_r, h_z, h_n) = np.split(x, 3, axis=-1), np.split(h, 3, axis=-1)
        r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
        n = np.tanh(x_n + r * h_n)
        return (1 - z) * n + z * state


class LSTM(Recurrent):
    """Long short-term memory: besides its state h it has a memory c, which gates protect (Hochreiter and Schmidhuber 1997).

        i  = σ(W_ii x + b_ii + W_hi h + b_hi)             how much of something new is written into the memory
        f  = σ(W_if x + b_if + W_hf h + b_hf)             how much of the memory stays (Gers et al. 2000)
        g  = tanh(W_ig x + b_ig + W_hg h + b_hg)          something new
        o  = σ(W_io x + b_io + W_ho h + b_ho)             how much of the memory is shown
        c' = f · c + i · g
        h' = o · tanh(c')

    The arguments are those of `RNN`, without nonlinearity. ``lstm(x)`` or ``lstm(x, (h_0, c_0))`` gives
    (output, (h_n, c_n)). The rows of each weight are those of i, f, g and o, one below the other.

    >>> import numpy as np
    >>> output, (h_n, c_n) = LSTM(3, 5)(np.ones((7, 4, 3)))
    >>> output.shape, h_n.shape, c_n.shape
    ((7, 4, 5), (1, 4, 5), (1, 4, 5))
    """

    gates = 4

    def step(self, x: Any, h: Any, state: Any) -> Any:
        """The formulas above; x + h has what is in the four pairs of parentheses."""
        i, f, g, o = np.split(x + h, 4, axis=-1)
        c = sigmoid(f) * state[1] + sigmoid(i) * np.tanh(g)
        return sigmoid(o) * np.tanh(c), c

    def begin(self, zeros: Any) -> Any:
        """No state, and nothing in memory."""
        return zeros, zeros

    def given(self, state: Any, expected: tuple[int, ...], in_batch: bool) -> list[Any]:
        """The pairs (h, c) of each layer and direction."""
        if not isinstance(state, (tuple, list)) or len(state) != 2:
            raise messages.not_a_pair_of_states(state)
        return list(zip(*(super(LSTM, self).given(part, expected, in_batch) for part in state)))

    def joined(self, last: list[Any], *index: Any) -> Any:
        """The pair (h_n, c_n)."""
        return tuple(super(LSTM, self).joined(list(part), *index) for part in zip(*last))
