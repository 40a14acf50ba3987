"""What is timed: five computations, each written for every engine, one full forward and backward pass a step.

Flows in: nothing but the names of workload and engine. Flows out: a `step()` that returns the loss and its gradients. Each
engine's version is the code that its own users would write; the by-hand versions are the plain NumPy of a textbook.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

Step = Callable[[], tuple[Any, list[Any]]]
WORKLOADS: dict[str, dict[str, Callable[[], Step]]] = {}
ENGINES = ["by hand", "expert", "tinygrad_lite", "compiled", "torch", "jax.jit", "autograd", "mygrad"]


def workload(name: str, engine: str) -> Callable[[Callable[[], Step]], Callable[[], Step]]:
    def register(build: Callable[[], Step]) -> Callable[[], Step]:
        WORKLOADS.setdefault(name, {})[engine] = build
        return build

    return register


# --- the quadratic: loss = rmse of a x² + b x + c, gradient of a, b, c ----------------------------------------------------


def points(n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.uniform(-2, 2, n)
    return x, 3 * x**2 + 2 * x + 1 + rng.normal(0, 0.3, n)


def quadratic(n: int, name: str) -> None:
    guess = (1.5, 1.3, 0.4)

    @workload(name, "by hand")
    def by_hand() -> Step:
        x, y = points(n)
        a, b, c = guess

        def step() -> Any:
            error = a * x**2 + b * x + c - y
            rmse = np.sqrt(np.mean(error**2))
            return rmse, [np.mean(error * x**2) / rmse, np.mean(error * x) / rmse, np.mean(error) / rmse]

        return step

    @workload(name, "tinygrad_lite")
    def ours() -> Step:
        import tinygrad_lite as tg

        x, y = points(n)
        a, b, c = parameters = [tg.Tensor(value) for value in guess]

        def step() -> Any:
            for p in parameters:
                p.zero_grad()
            loss = np.sqrt(np.mean((a * x**2 + b * x + c - y) ** 2))
            loss.backward()
            return loss.data, [p.grad for p in parameters]

        return step

    @workload(name, "torch")
    def torch_() -> Step:
        import torch

        torch.set_num_threads(1)
        x, y = map(torch.from_numpy, points(n))
        a, b, c = parameters = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in guess]

        def step() -> Any:
            loss = torch.sqrt(torch.mean((a * x**2 + b * x + c - y) ** 2))
            return loss, torch.autograd.grad(loss, parameters)

        return step

    @workload(name, "autograd")
    def autograd_() -> Step:
        import autograd
        import autograd.numpy as anp

        x, y = points(n)
        f = autograd.value_and_grad(lambda p: anp.sqrt(anp.mean((p[0] * x**2 + p[1] * x + p[2] - y) ** 2)))
        return lambda: f(guess)

    @workload(name, "mygrad")
    def mygrad_() -> Step:
        import mygrad as mg

        x, y = points(n)
        a, b, c = parameters = [mg.tensor(v) for v in guess]

        def step() -> Any:
            loss = mg.sqrt(mg.mean((a * x**2 + b * x + c - y) ** 2))
            loss.backward()
            return loss, [p.grad for p in parameters]

        return step


quadratic(100, "quadratic, n = 100")
quadratic(10_000, "quadratic, n = 10^4")
quadratic(1_000_000, "quadratic, n = 10^6")

# --- a chain of 30,000 small operations on shape (10,): x <- sin(x) C + D ------------------------------------------------

LENGTH, C, D = 10_000, 1 / math.cos(0.5), 0.5 - math.tan(0.5)
START = np.linspace(0.8, 1.2, 10)


@workload("chain of 30,000 ops on (10,)", "by hand")
def chain_by_hand() -> Step:
    def step() -> Any:
        x, kept = START, []
        for _ in range(LENGTH):
            kept.append(x)
            x = np.sin(x) * C + D
        g = np.ones_like(START)
        for value in reversed(kept):
            g = g * C * np.cos(value)
        return np.sum(x), [g]

    return step


@workload("chain of 30,000 ops on (10,)", "tinygrad_lite")
def chain_ours() -> Step:
    import tinygrad_lite as tg

    def step() -> Any:
        x = start = tg.Tensor(START)
        for _ in range(LENGTH):
            x = np.sin(x) * C + D
        total = np.sum(x)
        total.backward()
        return total.data, [start.grad]

    return step


@workload("chain of 30,000 ops on (10,)", "torch")
def chain_torch() -> Step:
    import torch

    torch.set_num_threads(1)
    start = torch.from_numpy(START.copy()).requires_grad_()

    def step() -> Any:
        x = start
        for _ in range(LENGTH):
            x = torch.sin(x) * C + D
        total = torch.sum(x)
        return total, torch.autograd.grad(total, [start])

    return step


@workload("chain of 30,000 ops on (10,)", "autograd")
def chain_autograd() -> Step:
    import autograd
    import autograd.numpy as anp

    def total(x: Any) -> Any:
        for _ in range(LENGTH):
            x = anp.sin(x) * C + D
        return anp.sum(x)

    f = autograd.value_and_grad(total)

    def step() -> Any:
        value, g = f(START)
        return value, [g]

    return step


@workload("chain of 30,000 ops on (10,)", "mygrad")
def chain_mygrad() -> Step:
    import mygrad as mg

    start = mg.tensor(START)

    def step() -> Any:
        x = start
        for _ in range(LENGTH):
            x = mg.sin(x) * C + D
        total = mg.sum(x)
        total.backward()
        return total, [start.grad]

    return step


# --- elementwise on 10^6 numbers: sum(tanh(x) exp(-x²) + x / (1 + x²)) ---------------------------------------------------

LONG = np.random.default_rng(0).normal(0, 1, 1_000_000)


@workload("elementwise, n = 10^6", "by hand")
def elementwise_by_hand() -> Step:
    x = LONG

    def step() -> Any:
        t, e, q = np.tanh(x), np.exp(-x * x), 1 + x * x
        return np.sum(t * e + x / q), [(1 - t**2) * e - 2 * x * t * e + 1 / q - 2 * x * x / q**2]

    return step


@workload("elementwise, n = 10^6", "tinygrad_lite")
def elementwise_ours() -> Step:
    import tinygrad_lite as tg

    def step() -> Any:
        x = tg.Tensor(LONG)
        total = np.sum(np.tanh(x) * np.exp(-x * x) + x / (1 + x * x))
        total.backward()
        return total.data, [x.grad]

    return step


@workload("elementwise, n = 10^6", "torch")
def elementwise_torch() -> Step:
    import torch

    torch.set_num_threads(1)
    x = torch.from_numpy(LONG.copy()).requires_grad_()

    def step() -> Any:
        total = torch.sum(torch.tanh(x) * torch.exp(-x * x) + x / (1 + x * x))
        return total, torch.autograd.grad(total, [x])

    return step


@workload("elementwise, n = 10^6", "autograd")
def elementwise_autograd() -> Step:
    import autograd
    import autograd.numpy as anp

    f = autograd.value_and_grad(lambda x: anp.sum(anp.tanh(x) * anp.exp(-x * x) + x / (1 + x * x)))

    def step() -> Any:
        value, g = f(LONG)
        return value, [g]

    return step


@workload("elementwise, n = 10^6", "mygrad")
def elementwise_mygrad() -> Step:
    import mygrad as mg

    x = mg.tensor(LONG)

    def step() -> Any:
        total = mg.sum(mg.tanh(x) * mg.exp(-x * x) + x / (1 + x * x))
        total.backward()
        return total, [x.grad]

    return step


# --- the functions of tg.nn: a classifier 64-100-100-10, a linear layer and the cross-entropy in one step each ------------

CLASSIFIER = (64, 100, 100, 10)


def layers(sizes: tuple[int, ...], dtype: Any) -> list[np.ndarray]:
    """Weights (outputs, inputs) and biases."""
    rng = np.random.default_rng(0)
    found = []
    for i, o in itertools.pairwise(sizes):
        found += [rng.normal(0, math.sqrt(2 / i), (o, i)), rng.normal(0, 0.1, o)]
    return [p.astype(dtype) for p in found]


def batch(rows: int, dtype: Any) -> tuple[np.ndarray, np.ndarray]:
    """Inputs, and their classes."""
    rng = np.random.default_rng(1)
    return rng.uniform(0, 1, (rows, CLASSIFIER[0])).astype(dtype), rng.integers(0, CLASSIFIER[-1], rows)


def classifier(rows: int, dtype: Any, name: str) -> None:
    x, y = batch(rows, dtype)

    @workload(name, "by hand")
    def by_hand() -> Step:
        w1, b1, w2, b2, w3, b3 = layers(CLASSIFIER, dtype)
        every = np.arange(rows)

        def step() -> Any:
            h1 = np.maximum(x @ w1.T + b1, 0)
            h2 = np.maximum(h1 @ w2.T + b2, 0)
            z = h2 @ w3.T + b3
            z = z - z.max(axis=1, keepdims=True)
            e = np.exp(z)
            s = e.sum(axis=1, keepdims=True)
            loss = np.mean(np.log(s[:, 0]) - z[every, y])
            p = e / s
            p[every, y] -= 1
            p /= rows
            d2 = (p @ w3) * (h2 > 0)
            d1 = (d2 @ w2) * (h1 > 0)
            return loss, [d1.T @ x, d1.sum(axis=0), d2.T @ h1, d2.sum(axis=0), p.T @ h2, p.sum(axis=0)]

        return step

    @workload(name, "tinygrad_lite")
    def ours() -> Step:
        import tinygrad_lite as tg
        import tinygrad_lite.nn.functional as F

        w1, b1, w2, b2, w3, b3 = parameters = list(map(tg.Tensor, layers(CLASSIFIER, dtype)))

        def step() -> Any:
            for p in parameters:
                p.zero_grad()
            h = F.relu(F.linear(x, w1, b1))
            h = F.relu(F.linear(h, w2, b2))
            loss = F.cross_entropy(F.linear(h, w3, b3), y)
            loss.backward()
            return loss.data, [p.grad for p in parameters]

        return step

    @workload(name, "torch")
    def torch_() -> Step:
        import torch
        import torch.nn.functional as F

        torch.set_num_threads(1)
        inputs, targets = torch.from_numpy(x), torch.from_numpy(y)
        w1, b1, w2, b2, w3, b3 = parameters = [torch.from_numpy(p).requires_grad_() for p in layers(CLASSIFIER, dtype)]

        def step() -> Any:
            for p in parameters:
                p.grad = None
            h = F.relu(F.linear(inputs, w1, b1))
            h = F.relu(F.linear(h, w2, b2))
            loss = F.cross_entropy(F.linear(h, w3, b3), targets)
            loss.backward()
            return loss.detach(), [p.grad for p in parameters]

        return step

    @workload(name, "autograd")
    def autograd_() -> Step:
        import autograd
        import autograd.numpy as anp
        from autograd.scipy.special import logsumexp

        every = np.arange(rows)

        def loss(parameters: Any) -> Any:
            w1, b1, w2, b2, w3, b3 = parameters
            h = anp.maximum(anp.dot(x, w1.T) + b1, 0)
            h = anp.maximum(anp.dot(h, w2.T) + b2, 0)
            z = anp.dot(h, w3.T) + b3
            return anp.mean(logsumexp(z, axis=1) - z[every, y])

        f, weights = autograd.value_and_grad(loss), layers(CLASSIFIER, dtype)
        return lambda: f(weights)


for rows in (64, 1024):
    for dtype in (np.float32, np.float64):
        classifier(rows, dtype, f"tg.nn, {rows:,} rows, {dtype.__name__}")

# --- two moons: 2-16-16-1 on 100 points, hinge loss and 1e-4 times the sum of the squares of all weights ------------------

MOONS, DECAY = "tg.nn, two moons", 1e-4


def two_moons() -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    rng = np.random.default_rng(2)
    angle, side = rng.uniform(0, np.pi, 100), rng.choice([-1.0, 1.0], 100)
    x = np.stack([np.cos(angle) * side + (side > 0), np.sin(angle) * side + 0.5 * (side < 0)], axis=1)
    return x + rng.normal(0, 0.1, x.shape), side, layers((2, 16, 16, 1), float)


@workload(MOONS, "by hand")
def moons_by_hand() -> Step:
    x, y, parameters = two_moons()
    w1, b1, w2, b2, w3, b3 = parameters

    def step() -> Any:
        h1 = np.maximum(x @ w1.T + b1, 0)
        h2 = np.maximum(h1 @ w2.T + b2, 0)
        scores = (h2 @ w3.T + b3)[:, 0]
        margin = np.maximum(1 - y * scores, 0)
        loss = margin.mean() + DECAY * sum((p * p).sum() for p in parameters)
        d3 = (-y * (margin > 0) / len(y))[:, None]
        d2 = (d3 @ w3) * (h2 > 0)
        d1 = (d2 @ w2) * (h1 > 0)
        slopes = [d1.T @ x, d1.sum(axis=0), d2.T @ h1, d2.sum(axis=0), d3.T @ h2, d3.sum(axis=0)]
        return loss, [slope + 2 * DECAY * p for slope, p in zip(slopes, parameters)]

    return step


@workload(MOONS, "tinygrad_lite")
def moons_ours() -> Step:
    import tinygrad_lite as tg
    import tinygrad_lite.nn.functional as F

    x, y, weights = two_moons()
    w1, b1, w2, b2, w3, b3 = parameters = list(map(tg.Tensor, weights))

    def step() -> Any:
        for p in parameters:
            p.zero_grad()
        h = F.relu(F.linear(x, w1, b1))
        h = F.relu(F.linear(h, w2, b2))
        scores = F.linear(h, w3, b3)[:, 0]
        loss = np.mean(F.relu(1 - y * scores)) + DECAY * sum(np.sum(p * p) for p in parameters)
        loss.backward()
        return loss.data, [p.grad for p in parameters]

    return step


@workload(MOONS, "torch")
def moons_torch() -> Step:
    import torch
    import torch.nn.functional as F

    torch.set_num_threads(1)
    x, y, weights = two_moons()
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    w1, b1, w2, b2, w3, b3 = parameters = [torch.from_numpy(w).requires_grad_() for w in weights]

    def step() -> Any:
        for p in parameters:
            p.grad = None
        h = F.relu(F.linear(x, w1, b1))
        h = F.relu(F.linear(h, w2, b2))
        scores = F.linear(h, w3, b3)[:, 0]
        loss = F.relu(1 - y * scores).mean() + DECAY * sum((p * p).sum() for p in parameters)
        loss.backward()
        return loss.detach(), [p.grad for p in parameters]

    return step


@workload(MOONS, "autograd")
def moons_autograd() -> Step:
    import autograd
    import autograd.numpy as anp

    x, y, weights = two_moons()

    def loss(parameters: Any) -> Any:
        w1, b1, w2, b2, w3, b3 = parameters
        h = anp.maximum(anp.dot(x, w1.T) + b1, 0)
        h = anp.maximum(anp.dot(h, w2.T) + b2, 0)
        scores = (anp.dot(h, w3.T) + b3)[:, 0]
        return anp.mean(anp.maximum(1 - y * scores, 0)) + DECAY * sum(anp.sum(p * p) for p in parameters)

    f = autograd.value_and_grad(loss)
    return lambda: f(weights)


# --- a small network 64-100-100-10 on 1,024 rows, float32, softmax cross-entropy -----------------------------------------

ROWS, SIZES = 1024, (64, 100, 100, 10)


def network() -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    rng = np.random.default_rng(0)
    weights = []
    for i, o in itertools.pairwise(SIZES):
        weights += [rng.normal(0, math.sqrt(2 / i), (i, o)), rng.normal(0, 0.1, o)]
    x = rng.uniform(0, 1, (ROWS, SIZES[0])).astype(np.float32)
    return x, rng.integers(0, SIZES[-1], ROWS), [w.astype(np.float32) for w in weights]


@workload("network, 1,024 rows, float32", "by hand")
def network_by_hand() -> Step:
    x, y, (w1, b1, w2, b2, w3, b3) = network()
    rows = np.arange(ROWS)

    def step() -> Any:
        h1 = np.maximum(x @ w1 + b1, 0)
        h2 = np.maximum(h1 @ w2 + b2, 0)
        z = h2 @ w3 + b3
        z = z - z.max(axis=1, keepdims=True)
        e = np.exp(z)
        s = e.sum(axis=1, keepdims=True)
        loss = np.mean(np.log(s[:, 0]) - z[rows, y])
        p = e / s
        p[rows, y] -= 1
        p /= ROWS
        d2 = (p @ w3.T) * (h2 > 0)
        d1 = (d2 @ w2.T) * (h1 > 0)
        return loss, [x.T @ d1, d1.sum(0), h1.T @ d2, d2.sum(0), h2.T @ p, p.sum(0)]

    return step


@workload("network, 1,024 rows, float32", "tinygrad_lite")
def network_ours() -> Step:
    import tinygrad_lite as tg

    x, y, weights = network()
    w1, b1, w2, b2, w3, b3 = parameters = [tg.Tensor(w) for w in weights]
    rows = np.arange(ROWS)

    def step() -> Any:
        for p in parameters:
            p.zero_grad()
        h = tg.relu(x @ w1 + b1)
        h = tg.relu(h @ w2 + b2)
        loss = -np.mean(tg.log_softmax(h @ w3 + b3)[rows, y])
        loss.backward()
        return loss.data, [p.grad for p in parameters]

    return step


@workload("network, 1,024 rows, float32", "torch")
def network_torch() -> Step:
    import torch

    torch.set_num_threads(1)
    x, y, weights = network()
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    w1, b1, w2, b2, w3, b3 = parameters = [torch.from_numpy(w).requires_grad_() for w in weights]

    def step() -> Any:
        h = torch.relu(torch.addmm(b1, x, w1))
        h = torch.relu(torch.addmm(b2, h, w2))
        loss = torch.nn.functional.cross_entropy(torch.addmm(b3, h, w3), y)
        return loss, torch.autograd.grad(loss, parameters)

    return step


@workload("network, 1,024 rows, float32", "autograd")
def network_autograd() -> Step:
    import autograd
    import autograd.numpy as anp
    from autograd.scipy.special import logsumexp

    x, y, weights = network()
    rows = np.arange(ROWS)

    def loss(parameters: Any) -> Any:
        w1, b1, w2, b2, w3, b3 = parameters
        h = anp.maximum(anp.dot(x, w1) + b1, 0)
        h = anp.maximum(anp.dot(h, w2) + b2, 0)
        z = anp.dot(h, w3) + b3
        return anp.mean(logsumexp(z, axis=1) - z[rows, y])

    f = autograd.value_and_grad(loss)
    return lambda: f(weights)


@workload("network, 1,024 rows, float32", "mygrad")
def network_mygrad() -> Step:
    import mygrad as mg
    from mygrad.nnet.activations import relu
    from mygrad.nnet.losses import softmax_crossentropy

    x, y, weights = network()
    w1, b1, w2, b2, w3, b3 = parameters = [mg.tensor(w) for w in weights]

    def step() -> Any:
        h = relu(mg.matmul(x, w1) + b1)
        h = relu(mg.matmul(h, w2) + b2)
        loss = softmax_crossentropy(mg.matmul(h, w3) + b3, y)
        loss.backward()
        return loss, [p.grad for p in parameters]

    return step


# --- a small convolutional network on 32 images of 28 × 28, float32 -------------------------------------------------------

IMAGES = 32


def filters() -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Images, their classes, and the parameters of two convolutions and a linear layer."""
    rng = np.random.default_rng(0)
    x, classes = rng.normal(0, 1, (IMAGES, 1, 28, 28)), rng.integers(0, 10, IMAGES)
    parameters = []
    for shape in ((8, 1, 3, 3), (16, 8, 3, 3), (10, 400)):
        parameters += [rng.normal(0, math.sqrt(2 / math.prod(shape[1:])), shape), rng.normal(0, 0.1, shape[0])]
    return x.astype(np.float32), classes, [p.astype(np.float32) for p in parameters]


@workload("convolutions, 32 images, float32", "by hand")
def convolutions_by_hand() -> Step:
    x, y, (k1, b1, k2, b2, w, b) = filters()
    rows = np.arange(IMAGES)

    def convolved(x: Any, k: Any, b: Any) -> Any:  # the result, and the windows as rows of a matrix
        n, size = len(x), x.shape[2] - 2
        seen = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(2, 3))
        seen = seen.transpose(0, 2, 3, 1, 4, 5).reshape(n * size * size, -1)
        out = seen @ k.reshape(len(k), -1).T + b
        return out.reshape(n, size, size, len(k)).transpose(0, 3, 1, 2), seen

    def pooled(x: Any) -> Any:  # the result, and the windows
        n, c, size = len(x), x.shape[1], x.shape[2] // 2
        seen = x[:, :, : 2 * size, : 2 * size].reshape(n, c, size, 2, size, 2)
        return seen.max(axis=(3, 5)), seen

    def unpooled(g: Any, out: Any, seen: Any, x: Any) -> Any:
        n, c, size = g.shape[:3]
        dx = np.zeros(x.shape, x.dtype)
        parts = (seen == out[:, :, :, None, :, None]) * g[:, :, :, None, :, None]
        dx[:, :, : 2 * size, : 2 * size] = parts.reshape(n, c, 2 * size, 2 * size)
        return dx

    def for_kernels(g: Any, seen: Any, k: Any) -> Any:
        rows = g.transpose(0, 2, 3, 1).reshape(-1, len(k))
        return rows, (rows.T @ seen).reshape(k.shape), rows.sum(axis=0)

    def step() -> Any:
        c1, seen1 = convolved(x, k1, b1)
        r1 = np.maximum(c1, 0)
        p1, windows1 = pooled(r1)
        c2, seen2 = convolved(p1, k2, b2)
        r2 = np.maximum(c2, 0)
        p2, windows2 = pooled(r2)
        flat = p2.reshape(IMAGES, -1)
        z = flat @ w.T + b
        z = z - z.max(axis=1, keepdims=True)
        e = np.exp(z)
        s = e.sum(axis=1, keepdims=True)
        loss = np.mean(np.log(s[:, 0]) - z[rows, y])
        q = e / s
        q[rows, y] -= 1
        q /= IMAGES
        g2 = unpooled((q @ w).reshape(p2.shape), p2, windows2, c2) * (c2 > 0)
        rows2, dk2, db2 = for_kernels(g2, seen2, k2)
        parts = (rows2 @ k2.reshape(16, -1)).reshape(IMAGES, 11, 11, 8, 3, 3)
        dp1 = np.zeros(p1.shape, p1.dtype)
        for i in range(3):
            for j in range(3):
                dp1[:, :, i : i + 11, j : j + 11] += parts[:, :, :, :, i, j].transpose(0, 3, 1, 2)
        g1 = unpooled(dp1, p1, windows1, c1) * (c1 > 0)
        _, dk1, db1 = for_kernels(g1, seen1, k1)
        return loss, [dk1, db1, dk2, db2, q.T @ flat, q.sum(axis=0)]

    return step


@workload("convolutions, 32 images, float32", "tinygrad_lite")
def convolutions_ours() -> Step:
    import tinygrad_lite as tg
    from tinygrad_lite.nn import functional as F

    x, y, parameters = filters()
    k1, b1, k2, b2, w, b = parameters = [tg.Tensor(p) for p in parameters]

    def step() -> Any:
        for p in parameters:
            p.zero_grad()
        h = F.max_pool2d(F.relu(F.conv2d(x, k1, b1)), 2)
        h = F.max_pool2d(F.relu(F.conv2d(h, k2, b2)), 2)
        loss = F.cross_entropy(F.linear(F.flatten(h, 1), w, b), y)
        loss.backward()
        return loss.data, [p.grad for p in parameters]

    return step


@workload("convolutions, 32 images, float32", "torch")
def convolutions_torch() -> Step:
    import torch

    torch.set_num_threads(1)
    F = torch.nn.functional
    x, y, parameters = filters()
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    k1, b1, k2, b2, w, b = parameters = [torch.from_numpy(p).requires_grad_() for p in parameters]

    def step() -> Any:
        h = F.max_pool2d(F.relu(F.conv2d(x, k1, b1)), 2)
        h = F.max_pool2d(F.relu(F.conv2d(h, k2, b2)), 2)
        loss = F.cross_entropy(F.linear(h.flatten(1), w, b), y)
        return loss, torch.autograd.grad(loss, parameters)

    return step
