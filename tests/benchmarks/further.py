"""Further programs, ten of which nobody looked at when `compile` was written: do its passes help there as well? The others,
those in `LOOKED_AT`, were slow at first, and passes were written because of them.

Flows in: nothing. Flows out: more entries of `WORKLOADS`, by hand, by the engine, by `tg.compile` and by `jax.jit`. Each is a
loss, written once for NumPy and `jax.numpy`, and its gradient as a textbook derives it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from workloads import Step, workload

FURTHER: list[str] = []
LOOKED_AT = ["logistic regression", "a line by Huber's loss", "mixture of Gaussians", "attention"]


def program(
    name: str, loss: Callable[..., Any], by_hand: Callable[..., Any], parameters: Sequence[Any], data: Sequence[Any]
) -> None:
    """A loss of `parameters` and `data`, after the module of the array functions, for all engines."""
    FURTHER.append(name)
    args, argnums = (*parameters, *data), tuple(range(len(parameters)))

    @workload(name, "by hand")
    def hand() -> Step:
        return lambda: by_hand(*args)

    @workload(name, "tinygrad_lite")
    def ours() -> Step:
        import tinygrad_lite as tg

        f = tg.value_and_grad(functools.partial(loss, np), argnums)
        return lambda: f(*args)

    @workload(name, "compiled")
    def compiled() -> Step:
        import tinygrad_lite as tg

        f = tg.compile(functools.partial(loss, np), argnums=argnums)
        return lambda: f(*args)

    @workload(name, "jax.jit")
    def jitted() -> Step:
        import jax

        jax.config.update("jax_enable_x64", True)
        f = jax.jit(jax.value_and_grad(functools.partial(loss, jax.numpy), argnums))
        arrays = [jax.numpy.asarray(arg) for arg in args]
        return lambda: jax.block_until_ready(f(*arrays))


rng = np.random.default_rng(3)
normal = rng.normal


def sigmoid(xp: Any, x: Any) -> Any:
    return 1 / (1 + xp.exp(-x))


def softmax(xp: Any, z: Any) -> Any:
    e = xp.exp(z - xp.max(z, axis=-1, keepdims=True))
    return e / xp.sum(e, axis=-1, keepdims=True)


# --- linear models --------------------------------------------------------------------------------------------------------


def logistic(xp: Any, w: Any, b: Any, x: Any, y: Any) -> Any:
    return xp.mean(xp.logaddexp(0.0, -y * (x @ w + b)))


def logistic_by_hand(w: Any, b: Any, x: Any, y: Any) -> Any:
    m = y * (x @ w + b)
    g = -y / (1 + np.exp(m)) / len(y)
    return np.mean(np.logaddexp(0.0, -m)), [x.T @ g, np.sum(g)]


X, SIDE = normal(size=(10_000, 20)), rng.choice([-1.0, 1.0], 10_000)
program("logistic regression", logistic, logistic_by_hand, [0.1 * normal(size=20), 0.0], [X, SIDE])


def softmax_regression(xp: Any, w: Any, b: Any, x: Any, t: Any) -> Any:
    z = x @ w + b
    z = z - xp.max(z, axis=1, keepdims=True)
    return xp.mean(xp.log(xp.sum(xp.exp(z), axis=1)) - xp.sum(t * z, axis=1))


def softmax_regression_by_hand(w: Any, b: Any, x: Any, t: Any) -> Any:
    z = x @ w + b
    z = z - np.max(z, axis=1, keepdims=True)
    e = np.exp(z)
    s = np.sum(e, axis=1)
    g = (e / s[:, None] - t) / len(x)
    return np.mean(np.log(s) - np.sum(t * z, axis=1)), [x.T @ g, np.sum(g, axis=0)]


ONE_HOT = np.eye(10)[rng.integers(0, 10, 1000)]
program(
    "softmax regression", softmax_regression, softmax_regression_by_hand, [0.1 * normal(size=(64, 10)), np.zeros(10)],
    [normal(size=(1000, 64)), ONE_HOT],
)  # fmt: skip


def ridge(xp: Any, w: Any, x: Any, y: Any) -> Any:
    return xp.mean((x @ w - y) ** 2) + 0.1 * xp.sum(w**2)


def ridge_by_hand(w: Any, x: Any, y: Any) -> Any:
    error = x @ w - y
    return np.mean(error**2) + 0.1 * np.sum(w**2), [2 / len(y) * (x.T @ error) + 0.2 * w]


program("ridge regression", ridge, ridge_by_hand, [normal(size=50)], [normal(size=(2000, 50)), normal(size=2000)])


def huber(xp: Any, a: Any, b: Any, x: Any, y: Any) -> Any:
    error = a * x + b - y
    size = xp.abs(error)
    return xp.mean(xp.where(size < 1, error**2 / 2, size - 0.5))


def huber_by_hand(a: Any, b: Any, x: Any, y: Any) -> Any:
    error = a * x + b - y
    size = np.abs(error)
    g = np.clip(error, -1, 1)
    return np.mean(np.where(size < 1, error**2 / 2, size - 0.5)), [np.mean(g * x), np.mean(g)]


LINE = normal(size=100_000)
program("a line by Huber's loss", huber, huber_by_hand, [1.0, 0.5], [LINE, 2 * LINE + 1 + normal(size=100_000)])


def poisson(xp: Any, w: Any, b: Any, x: Any, counts: Any) -> Any:
    """The negative log-likelihood of counts, without what does not depend on the parameters."""
    logs = x @ w + b
    return xp.mean(xp.exp(logs) - counts * logs)


def poisson_by_hand(w: Any, b: Any, x: Any, counts: Any) -> Any:
    logs = x @ w + b
    rates = np.exp(logs)
    g = (rates - counts) / len(counts)
    return np.mean(rates - counts * logs), [x.T @ g, np.sum(g)]


program(
    "Poisson regression", poisson, poisson_by_hand, [0.1 * normal(size=10), 0.5],
    [normal(size=(5_000, 10)), rng.poisson(2.0, 5_000).astype(float)],
)  # fmt: skip


def factors(xp: Any, u: Any, v: Any, ratings: Any, known: Any) -> Any:
    return xp.sum(known * (u @ v.T - ratings) ** 2) + 0.1 * (xp.sum(u**2) + xp.sum(v**2))


def factors_by_hand(u: Any, v: Any, ratings: Any, known: Any) -> Any:
    error = u @ v.T - ratings
    g = 2 * known * error
    loss = np.sum(known * error**2) + 0.1 * (np.sum(u**2) + np.sum(v**2))
    return loss, [g @ v + 0.2 * u, g.T @ u + 0.2 * v]


program(
    "matrix factorization", factors, factors_by_hand, [normal(size=(200, 8)), normal(size=(100, 8))],
    [normal(size=(200, 100)), (rng.random((200, 100)) < 0.3).astype(float)],
)  # fmt: skip

# --- functions of many numbers --------------------------------------------------------------------------------------------


def rosenbrock(xp: Any, x: Any) -> Any:
    return xp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def rosenbrock_by_hand(x: Any) -> Any:
    bend, rest = x[1:] - x[:-1] ** 2, 1 - x[:-1]
    g = np.zeros_like(x)
    g[1:] += 200 * bend
    g[:-1] -= 400 * bend * x[:-1] + 2 * rest
    return np.sum(100 * bend**2 + rest**2), [g]


program("Rosenbrock's function", rosenbrock, rosenbrock_by_hand, [normal(size=10_000)], [])


def mixture(xp: Any, mean: Any, log_width: Any, logits: Any, x: Any) -> Any:
    """The negative mean log-likelihood of a mixture of Gaussians, without the constant."""
    weights = logits - xp.log(xp.sum(xp.exp(logits)))
    z = (x[:, None] - mean) * xp.exp(-log_width)
    parts = weights - log_width - z**2 / 2
    top = xp.max(parts, axis=1, keepdims=True)
    return -xp.mean(top[:, 0] + xp.log(xp.sum(xp.exp(parts - top), axis=1)))


def mixture_by_hand(mean: Any, log_width: Any, logits: Any, x: Any) -> Any:
    width, p = np.exp(log_width), np.exp(logits)
    p = p / np.sum(p)
    z = (x[:, None] - mean) / width
    parts = np.log(p) - log_width - z**2 / 2
    top = np.max(parts, axis=1, keepdims=True)
    e = np.exp(parts - top)
    s = np.sum(e, axis=1, keepdims=True)
    r = e / s  # how far each point belongs to each part
    value = -np.mean(top + np.log(s))
    return value, [-np.mean(r * z / width, axis=0), -np.mean(r * (z**2 - 1), axis=0), p - np.mean(r, axis=0)]


program(
    "mixture of Gaussians", mixture, mixture_by_hand, [np.array([-1.0, 0.0, 2.0]), np.array([0.0, -0.5, 0.2]), np.zeros(3)],
    [normal(size=10_000)],
)  # fmt: skip

# --- parts of networks ----------------------------------------------------------------------------------------------------


def norm_block(xp: Any, scale: Any, shift: Any, w: Any, x: Any, y: Any) -> Any:
    centred = x - xp.mean(x, axis=1, keepdims=True)
    z = centred / xp.sqrt(xp.mean(centred**2, axis=1, keepdims=True) + 1e-5)
    return xp.mean((x + xp.tanh((z * scale + shift) @ w) - y) ** 2)


def norm_block_by_hand(scale: Any, shift: Any, w: Any, x: Any, y: Any) -> Any:
    centred = x - np.mean(x, axis=1, keepdims=True)
    z = centred / np.sqrt(np.mean(centred**2, axis=1, keepdims=True) + 1e-5)
    h = z * scale + shift
    t = np.tanh(h @ w)
    error = x + t - y
    g = 2 / error.size * error * (1 - t**2)
    d_h = g @ w.T
    return np.mean(error**2), [np.sum(d_h * z, axis=0), np.sum(d_h, axis=0), h.T @ g]


program(
    "layer norm block", norm_block, norm_block_by_hand, [np.ones(64), np.zeros(64), 0.1 * normal(size=(64, 64))],
    [normal(size=(256, 64)), normal(size=(256, 64))],
)  # fmt: skip


def attention(xp: Any, wq: Any, wk: Any, wv: Any, x: Any, y: Any) -> Any:
    q, k, v = x @ wq, x @ wk, x @ wv
    return xp.mean((softmax(xp, q @ k.T / 32**0.5) @ v - y) ** 2)


def attention_by_hand(wq: Any, wk: Any, wv: Any, x: Any, y: Any) -> Any:
    q, k, v = x @ wq, x @ wk, x @ wv
    p = softmax(np, q @ k.T / 32**0.5)
    error = p @ v - y
    g = 2 / error.size * error
    d_p = g @ v.T
    d_z = p * (d_p - np.sum(d_p * p, axis=1, keepdims=True)) / 32**0.5
    return np.mean(error**2), [x.T @ (d_z @ k), x.T @ (d_z.T @ q), x.T @ (p.T @ g)]


program(
    "attention", attention, attention_by_hand, [0.2 * normal(size=(32, 32)) for _ in range(3)],
    [normal(size=(128, 32)), normal(size=(128, 32))],
)  # fmt: skip


def autoencoder(xp: Any, w1: Any, b1: Any, w2: Any, b2: Any, x: Any) -> Any:
    return xp.mean((xp.tanh(x @ w1 + b1) @ w2 + b2 - x) ** 2)


def autoencoder_by_hand(w1: Any, b1: Any, w2: Any, b2: Any, x: Any) -> Any:
    h = np.tanh(x @ w1 + b1)
    error = h @ w2 + b2 - x
    g = 2 / error.size * error
    d = (g @ w2.T) * (1 - h**2)
    return np.mean(error**2), [x.T @ d, np.sum(d, axis=0), h.T @ g, np.sum(g, axis=0)]


program(
    "autoencoder", autoencoder, autoencoder_by_hand,
    [0.1 * normal(size=(64, 16)), np.zeros(16), 0.1 * normal(size=(16, 64)), np.zeros(64)], [normal(size=(512, 64))],
)  # fmt: skip


def gru(xp: Any, wr: Any, wz: Any, wn: Any, ur: Any, uz: Any, un: Any, h: Any, x: Any, y: Any) -> Any:
    r, z = sigmoid(xp, x @ wr + h @ ur), sigmoid(xp, x @ wz + h @ uz)
    n = xp.tanh(x @ wn + r * (h @ un))
    return xp.mean(((1 - z) * n + z * h - y) ** 2)


def gru_by_hand(wr: Any, wz: Any, wn: Any, ur: Any, uz: Any, un: Any, h: Any, x: Any, y: Any) -> Any:
    r, z = sigmoid(np, x @ wr + h @ ur), sigmoid(np, x @ wz + h @ uz)
    hu = h @ un
    n = np.tanh(x @ wn + r * hu)
    error = (1 - z) * n + z * h - y
    g = 2 / error.size * error
    d_z = g * (h - n) * z * (1 - z)
    d_n = g * (1 - z) * (1 - n**2)
    d_r = d_n * hu * r * (1 - r)
    return np.mean(error**2), [x.T @ d_r, x.T @ d_z, x.T @ d_n, h.T @ d_r, h.T @ d_z, h.T @ (d_n * r)]


program(
    "GRU step", gru, gru_by_hand, [0.1 * normal(size=shape) for shape in [(30, 50)] * 3 + [(50, 50)] * 3],
    [normal(size=(64, 50)), normal(size=(64, 30)), normal(size=(64, 50))],
)  # fmt: skip


def cosine(xp: Any, a: Any, b: Any) -> Any:
    """How far pairs of vectors are from pointing the same way."""
    lengths = xp.sqrt(xp.sum(a**2, axis=1)) * xp.sqrt(xp.sum(b**2, axis=1))
    return 1 - xp.mean(xp.sum(a * b, axis=1) / lengths)


def cosine_by_hand(a: Any, b: Any) -> Any:
    of_a, of_b = np.sum(a**2, axis=1, keepdims=True), np.sum(b**2, axis=1, keepdims=True)
    lengths = np.sqrt(of_a * of_b)
    similar = np.sum(a * b, axis=1, keepdims=True) / lengths
    n = len(a)
    return 1 - np.mean(similar), [(similar * a / of_a - b / lengths) / n, (similar * b / of_b - a / lengths) / n]


program("cosine similarity", cosine, cosine_by_hand, [normal(size=(500, 30)), normal(size=(500, 30))], [])


def pendulum(xp: Any, angle: Any, speed: Any) -> Any:
    """Forty steps of a pendulum with friction; where it should be at the end is known."""
    for _ in range(40):
        speed = speed - 0.05 * xp.sin(angle) - 0.01 * speed
        angle = angle + 0.05 * speed
    return (angle - 0.3) ** 2


def pendulum_by_hand(angle: Any, speed: Any) -> Any:
    angles = []
    for _ in range(40):
        angles.append(angle)
        speed = speed - 0.05 * np.sin(angle) - 0.01 * speed
        angle = angle + 0.05 * speed
    g_angle, g_speed = 2 * (angle - 0.3), 0.0
    for before in reversed(angles):
        g_speed += 0.05 * g_angle
        g_angle -= 0.05 * np.cos(before) * g_speed
        g_speed *= 0.99
    return (angle - 0.3) ** 2, [g_angle, g_speed]


program("pendulum, forty steps", pendulum, pendulum_by_hand, [1.2, 0.0], [])
