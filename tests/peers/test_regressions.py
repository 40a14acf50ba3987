"""What the comparison of random expressions has brought to light: the smallest case of each, with its answer by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg

POINT = np.array([1.25, 2.5, 3.75])


def step_of_a_slice(x: Any) -> Any:
    """The gradient of a step is a plain array of zeros; going on through a slice, it met a Tensor."""
    y = x * x
    return np.sum(np.floor(y[:1])) + np.sum(y * y)


def two_steps_and_a_product(x: Any) -> Any:
    """Two such arrays were added up, and a Tensor then was to be added to their sum in place."""
    return np.sum(x * x * x * x + np.floor(x) + np.ceil(x))


def copysign_of_a_slice(x: Any) -> Any:
    """As `step_of_a_slice`; the sign has no gradient either."""
    y = x * x
    return np.sum(np.copysign(y, -y[:1])) + np.sum(y * y) + np.sum(y)


@pytest.mark.parametrize("f", [step_of_a_slice, two_steps_and_a_product, copysign_of_a_slice])
def test_a_function_without_slope_in_a_second_derivative(f: Callable[..., Any]) -> None:
    """Each is Σ x⁴, and steps: its second derivative is 12 x²."""
    x = tg.Tensor(POINT)
    slope = tg.gradients(f(x), x, create_graph=True)
    np.testing.assert_allclose(slope.data, 4 * POINT**3, rtol=1e-14)
    np.testing.assert_allclose(tg.gradients(np.sum(slope), x), 12 * POINT**2, rtol=1e-14)
    np.testing.assert_allclose(tg.hvp(f)(POINT, np.ones(3)), 12 * POINT**2, rtol=1e-14)
