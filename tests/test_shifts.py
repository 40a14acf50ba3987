"""Maxima that only shift exponents: their gradient is left out of programs, and that of all others is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg
from tinygrad_lite.graphs.shifts import gradients_that_cancel

RNG = np.random.default_rng(0)
Z, V = RNG.normal(size=(4, 4)), RNG.normal(size=(4, 4))


def softmax(z: Any, axis: int = 1) -> Any:
    e = np.exp(z - np.max(z, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def log_sum_exp(z: Any) -> Any:
    largest = np.max(z, axis=1)
    return largest + np.log(np.sum(np.exp(z - largest[:, None]), axis=1))


def mixture(z: Any, v: Any) -> Any:
    top = np.max(z, axis=1, keepdims=True)
    return -np.mean(top[:, 0] + np.log(np.sum(np.exp(z - top), axis=1))) + np.sum(v)


def along_columns(z: Any, v: Any) -> Any:
    """The maximum of each row shifts a column."""
    e = np.exp(z - np.max(z, axis=1))
    return np.sum(e / np.sum(e, axis=0) * v)


def of_all(z: Any, v: Any) -> Any:
    e = np.exp(z - np.max(z))
    return np.sum(e / np.sum(e) * v)


def smallest(z: Any, v: Any) -> Any:
    e = np.exp(-(z - np.min(z, axis=-1)[..., np.newaxis]))
    return np.sum(e * v / np.mean(e, -1, keepdims=True))


SHIFTS = {
    "softmax of rows": lambda z, v: np.sum((softmax(z) @ v) ** 2),
    "softmax of columns": lambda z, v: np.sum(softmax(z, 0) * v),
    "log-sum-exp": lambda z, v: np.sum(log_sum_exp(z) * v[:, 0]),
    "mixture": mixture,
    "along columns": along_columns,
    "of all": of_all,
    "smallest": smallest,
}


def turned(z: Any, v: Any) -> Any:
    """The maxima of the rows are subtracted from columns, but the sums are those of rows."""
    e = np.exp(z - np.max(z, axis=1))
    return np.sum(e / np.sum(e, axis=1, keepdims=True) * v)


def reversed_rows(z: Any, v: Any) -> Any:
    e = np.exp(z - np.max(z, axis=1)[::-1, None])
    return np.sum(e / np.sum(e, axis=1)[::-1, None] * v)


def centred(z: Any, v: Any) -> Any:
    z = z - np.max(z, axis=1, keepdims=True)
    return np.mean(np.log(np.sum(np.exp(z), axis=1)) - np.sum(v * z, axis=1))


def added_twice(z: Any, v: Any) -> Any:
    largest = np.max(z, axis=1)
    return np.sum(2 * largest + np.log(np.sum(np.exp(z - largest[:, None]), axis=1)))


def times_what_is_shifted(z: Any, v: Any) -> Any:
    z = z - np.max(z, axis=1, keepdims=True)
    e = np.exp(z)
    return np.sum(e / np.sum(e, axis=1, keepdims=True) * z)


OTHERS = {
    "no division": lambda z, v: np.sum(np.exp(z - np.max(z, axis=1, keepdims=True)) * v),
    "turned": turned,
    "reversed": reversed_rows,
    "centred": centred,
    "added twice": added_twice,
    "another function": lambda z, v: np.sum(np.tanh(z - np.max(z, axis=1, keepdims=True)) * v),
    "times what is shifted": times_what_is_shifted,
}


def cancelling(f: Callable[..., Any]) -> int:
    return len(gradients_that_cancel(tg.trace(f, backward=True, argnums=(0, 1))(Z, V)))


@pytest.mark.parametrize("name", [*SHIFTS, *OTHERS])
def test_the_gradient_of_a_maximum(name: str) -> None:
    """It is left out if it is 0, and the other gradients are the same: of the text, and compiled, to second order."""
    f = {**SHIFTS, **OTHERS}[name]
    assert cancelling(f) == (name in SHIFTS)
    expected = tg.value_and_grad(f, (0, 1))(Z, V)
    source = tg.source(f, Z, V, argnums=(0, 1))
    if name in SHIFTS:
        assert "==" not in source, "where the largest is"
    for value, gradients in (source.function()(Z, V), tg.compile(f, argnums=(0, 1))(Z, V)):
        np.testing.assert_allclose(value, expected[0], rtol=1e-12)
        np.testing.assert_allclose(gradients, expected[1], rtol=1e-12, atol=1e-14)
    found = tg.compile(f, order=2)(Z, V, V)[2]
    np.testing.assert_allclose(found, tg.hvp(f)(Z, V, V), rtol=1e-11, atol=1e-13)


def test_two_maxima_one_after_another() -> None:
    assert cancelling(lambda z, v: np.sum(softmax(softmax(z) @ v) * v)) == 2
    assert cancelling(lambda z, v: np.sum(softmax(z) * np.max(v, axis=1))) == 1


def test_where_exponentials_overflow() -> None:
    """The numbers that should cancel are inf there, and their sum is nan: compiled programs leave that to the engine."""

    def ratio(z: Any, v: Any) -> Any:
        largest = np.max(z, axis=1, keepdims=True)
        return np.sum(np.exp(z - largest) / np.exp(v - largest))

    compiled = tg.compile(ratio)
    with np.errstate(all="ignore"):
        for scale in (1, 1000):
            for found, expected in zip(compiled(scale * Z, V), tg.value_and_grad(ratio)(scale * Z, V)):
                np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)
