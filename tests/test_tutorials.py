"""What other libraries show in their tutorials works with plain NumPy, and gives the numbers that calculus gives.

The functions are those that HIPS autograd documents (tanh and its derivatives, logistic regression, parameters in dicts,
Jacobian products) and the ones that MyGrad and JAX begin with, written anew.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg

rng = np.random.default_rng(3)


def tanh(x: Any) -> Any:
    return (1.0 - np.exp(-2 * x)) / (1.0 + np.exp(-2 * x))


def test_tanh_to_the_sixth_derivative() -> None:
    """The derivatives of tanh are polynomials in t = tanh(x): d/dx p(t) = p'(t) (1 - t²)."""
    x = np.linspace(-3, 3, 31)
    t, f = np.polynomial.Polynomial([0.0, 1.0]), tanh
    polynomial = t
    for _ in range(6):
        f, polynomial = tg.elementwise_grad(f), polynomial.deriv() * (1 - t**2)
        np.testing.assert_allclose(f(x), polynomial(np.tanh(x)), rtol=1e-9, atol=1e-9)


def test_logistic_regression() -> None:
    inputs = np.array([[0.52, 1.12, 0.77], [0.88, -1.08, 0.15], [0.52, 0.06, -1.30], [0.74, -2.49, 1.39]])
    targets = np.array([True, True, False, True])

    def training_loss(weights: Any) -> Any:
        predictions = 0.5 * (np.tanh(np.dot(inputs, weights) / 2) + 1)
        return -np.sum(np.log(predictions * targets + (1 - predictions) * (1 - targets)))

    step, weights = tg.grad(training_loss), np.zeros(3)
    by_hand = inputs.T @ (0.5 - targets)
    np.testing.assert_allclose(step(weights), by_hand, rtol=1e-14)
    start = training_loss(weights)
    for _ in range(100):
        weights = weights - step(weights) * 0.01
    assert training_loss(weights) < 0.6 * start
    tg.check_gradients(training_loss, weights, order=2)


def test_parameters_in_a_dict_and_a_network_in_a_list() -> None:
    layers = [{"w": rng.normal(size=(m, n)), "b": rng.normal(size=n)} for m, n in ((3, 5), (5, 2))]
    x, y = rng.normal(size=(7, 3)), rng.normal(size=(7, 2))

    def loss(layers: Any) -> Any:
        h = x
        for layer in layers:
            h = np.tanh(h @ layer["w"] + layer["b"])
        return np.mean((h - y) ** 2)

    g = tg.grad(loss)(layers)
    step = 1e-6
    for i, name in ((0, "w"), (1, "b")):
        there = [dict(layer) for layer in layers]
        there[i][name] = layers[i][name] + step * g[i][name]
        np.testing.assert_allclose((loss(there) - loss(layers)) / step, np.sum(g[i][name] ** 2), rtol=1e-4)


def test_jacobian_products() -> None:
    m, x, v, u = rng.normal(size=(4, 3)), rng.normal(size=3), rng.normal(size=4), rng.normal(size=3)
    f = lambda x: np.exp(m @ np.sin(x))  # noqa: E731
    j = np.exp(m @ np.sin(x))[:, None] * m * np.cos(x)
    np.testing.assert_allclose(tg.jacobian(f)(x), j, rtol=1e-13)
    np.testing.assert_allclose(tg.vjp(f, x)[1](v)[0], v @ j, rtol=1e-13)
    np.testing.assert_allclose(tg.jvp(f, [x], [u])[1], j @ u, rtol=1e-13)
    scalar = lambda x: np.sum(f(x) ** 2)  # noqa: E731
    np.testing.assert_allclose(tg.hvp(scalar)(x, u), tg.hessian(scalar)(x) @ u, rtol=1e-12)
    np.testing.assert_allclose(tg.ggnvp(f)(x, u), j.T @ (j @ u), rtol=1e-12)


def test_control_flow_and_python_objects() -> None:
    """Loops, conditions, recursion and lists need nothing special: only the calls that happen are recorded."""

    def sine(x: Any) -> Any:
        total, term, i = 0.0 * x, x, 0
        while np.any(np.abs(term) > 1e-17):
            total, i = total + term, i + 1
            term = -term * x * x / ((2 * i + 1) * (2 * i))
        return total

    assert tg.grad(sine)(np.pi / 3) == pytest.approx(0.5, rel=1e-14)

    def power(x: Any, n: int) -> Any:
        return x if n == 1 else x * power(x, n - 1) if n % 2 else power(x, n // 2) ** 2

    assert tg.grad(power)(1.5, 13) == pytest.approx(13 * 1.5**12, rel=1e-14)


def test_a_fluid_on_a_grid() -> None:
    """Rolled arrays, as finite-difference solvers have them, for a few steps of diffusion; against the transposed matrix."""
    n, steps = 8, 5
    blur = np.eye(n) * 0.5 + np.roll(np.eye(n), 1, 0) * 0.25 + np.roll(np.eye(n), -1, 0) * 0.25

    def after(u: Any) -> Any:
        for _ in range(steps):
            u = 0.5 * u + 0.25 * (np.roll(u, 1) + np.roll(u, -1))
        return u

    start, target = rng.normal(size=n), rng.normal(size=n)
    m = np.linalg.matrix_power(blur, steps)
    expected = 2 * m.T @ (m @ start - target)
    np.testing.assert_allclose(tg.grad(lambda u: np.sum((after(u) - target) ** 2))(start), expected, rtol=1e-12, atol=1e-13)
