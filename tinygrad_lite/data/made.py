"""Makes data from a formula and a seed: a noisy quadratic, two moons, spirals.

Flows in: how many samples, how much noise, and a seed. Flows out: the inputs, and a number or a class for each.
"""

from __future__ import annotations

import numpy as np

from .. import messages
from .samples import Seed, generator, is_count


def quadratic(n: int = 100, noise: float = 0.0, seed: Seed = None) -> tuple[np.ndarray, np.ndarray]:
    """Points of the curve y = 5x² − 3x + 3, with x from −5 to 5: the data of the first example.

    n: how many points
    noise: the standard deviation of the normal noise that is added to y
    seed: for the noise. None, a whole number, or a Generator

    Returns x, evenly spaced, and y, both of shape (n,). Raises ValueError if `n` is below 1, or `noise` below 0.

    >>> x, y = quadratic(3)
    >>> x, y
    (array([-5.,  0.,  5.]), array([143.,   3., 113.]))
    """
    check("quadratic", n, noise)
    x = np.linspace(-5, 5, n)
    return x, 5 * x**2 - 3 * x + 3 + generator(seed).normal(scale=noise, size=n)


def moons(n: int = 200, noise: float = 0.1, seed: Seed = None) -> tuple[np.ndarray, np.ndarray]:
    """Points in the plane on two half circles that reach into each other: two classes that no straight line separates.

    The upper moon, class 0, is (cos t, sin t) with t from 0 to π. The lower one, class 1, is (1 − cos t, ½ − sin t).

    n: how many points, half of them on each moon
    noise: the standard deviation of the normal noise that is added to both coordinates
    seed: for the noise and the order. None, a whole number, or a Generator

    Returns the points, shape (n, 2), and the classes, shape (n,), whole numbers, in random order. Raises ValueError if `n` is
    below 2, or `noise` below 0.

    >>> points, classes = moons(4, noise=0.0, seed=0)
    >>> points.round(3).tolist(), classes.tolist()
    ([[0.0, 0.5], [1.0, 0.0], [-1.0, 0.0], [2.0, 0.5]], [1, 0, 0, 1])
    """
    check("moons", n, noise, classes=2)
    upper, lower = np.linspace(0, np.pi, n - n // 2), np.linspace(0, np.pi, n // 2)
    arcs = [np.stack([np.cos(upper), np.sin(upper)], axis=1), np.stack([1 - np.cos(lower), 0.5 - np.sin(lower)], axis=1)]
    return noisy_and_mixed(arcs, noise, generator(seed))


def spirals(n: int = 300, noise: float = 0.02, seed: Seed = None, classes: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Points in the plane on spirals around the origin, one spiral for each class.

    Each spiral makes one turn, and its radius grows from 0.1 to 1. The spirals differ by a rotation.

    n: how many points, as evenly divided among the spirals as possible
    noise: the standard deviation of the normal noise that is added to both coordinates
    seed: for the noise and the order. None, a whole number, or a Generator
    classes: how many spirals

    Returns the points, shape (n, 2), and the classes, shape (n,), whole numbers, in random order. Raises ValueError if `n` is
    below `classes`, `classes` below 1, or `noise` below 0.

    >>> points, labels = spirals(300, seed=0)
    >>> points.shape, [int((labels == label).sum()) for label in range(3)]
    ((300, 2), [100, 100, 100])
    """
    if not is_count(classes):
        raise messages.no_count("spirals", "classes", classes, 1)
    check("spirals", n, noise, classes)
    arms = []
    for label in range(classes):
        t = np.linspace(0, 1, (n + classes - 1 - label) // classes)
        radius, angle = 0.1 + 0.9 * t, 2 * np.pi * (t + label / classes)
        arms.append(np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1))
    return noisy_and_mixed(arms, noise, generator(seed))


def check(function: str, n: int, noise: float, classes: int = 1) -> None:
    """Refuse a number of points that is too small for the classes, and noise that is no standard deviation."""
    if not is_count(n, classes):
        raise messages.no_count(function, "n", n, classes)
    if not (isinstance(noise, (int, float, np.number)) and 0 <= noise < np.inf):
        raise messages.no_noise(function, noise)


def noisy_and_mixed(curves: list[np.ndarray], noise: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The points of all curves with noise, in random order, and for each point the number of its curve."""
    points, classes = np.concatenate(curves), np.repeat(np.arange(len(curves)), [len(curve) for curve in curves])
    order = rng.permutation(len(points))
    return (points + rng.normal(scale=noise, size=points.shape))[order], classes[order]
