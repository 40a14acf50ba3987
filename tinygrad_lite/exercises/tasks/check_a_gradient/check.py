"""Checks of check_a_gradient: right gradients, which autograd computes, and the same with small mistakes in them."""

import numpy as np

import tinygrad_lite as tg

from ...checks import Calls, Slip
from ...comparing import Written


def expected(f, gradient, p):
    return bool(np.allclose(gradient, tg.grad(f.function)(p), rtol=2e-5, atol=0))


def differences(f, p, one_sided=False):
    moves = 1e-4 * np.eye(len(p))
    if one_sided:
        return np.array([(f(p + move) - f(p)) / 1e-4 for move in moves])
    return np.array([(f(p + move) - f(p - move)) / 2e-4 for move in moves])


def close(a, b, rtol=1e-5, atol=0.0):
    return bool(np.all(np.abs(a - b) <= atol + rtol * np.maximum(np.abs(a), np.abs(b))))


def case(text, p, factors=1.0):
    """A function, its gradient times these factors, and the point. The gradient is right if they are 1."""
    f, p = Written(text), np.array(p)
    gradient = tg.grad(f.function)(p) * factors
    return f, np.array([float(f"{number:.12g}") for number in gradient]), p


CASES = [
    case("lambda p: np.sum(p ** 2)", [3.0]),
    case("lambda p: np.sum(p ** 2)", [3.0], 0.5),
    case("lambda p: np.sum(p ** 2)", [1.0, 2.0], [1.0, -1.0]),
    case("lambda p: np.sum(p ** 2)", [1.0, 2.0], [-1.0, 1.0]),
    case("lambda p: np.sum(p ** 3)", [1.0, 2.0]),
    case("lambda p: np.sum(p ** 3)", [1.0, 2.0], [1.001, 1.0]),
    case("lambda p: np.sum(p ** 3)", [1.0, 2.0], [1.0, 1.001]),
    case("lambda p: p[0] * p[1]", [5.0, 3.0], [5 / 3, 3 / 5]),
    case("lambda p: 3 * p[0] - p[1]", [1.3, 0.7]),
    case("lambda p: 1e-6 * np.exp(p[0])", [1.0]),
    case("lambda p: 1e-6 * np.exp(p[0])", [1.0], 2.0),
    case("lambda p: 1e-9 * np.exp(p[0])", [1.0], 2.0),
    case("lambda p: 1e6 * np.exp(p[0])", [1.0]),
    case("lambda p: 1e3 * np.exp(p[0]) - p[1] ** 2", [1.0, 1.0], [1.0, 1.1]),
    case("lambda p: p[0] * p[1] - p[2] ** 2", [5.0, 3.0, 1.0], [0.0, 0.0, 1.0]),
]
CHECKS = [
    Calls(
        "is_right",
        CASES,
        expected,
        shown=0,
        hints=(
            "Compute the slope by differences for each parameter, and compare each with its number in the gradient, "
            "relative to "
            "the larger of the two.",
            "abs(slope - gradient[i]) > 1e-5 * max(abs(slope), abs(gradient[i])) means: wrong. One wrong element is enough.",
        ),
        slips=[
            Slip(
                "A fixed tolerance does not fit all sizes: in a gradient of 1e-6, an error of 1e-6 is large. Compare "
                "relative to "
                "the larger of the two numbers.",
                lambda f, gradient, p: close(differences(f, p), gradient, 0.0, 1e-5),
            ),
            Slip(
                "np.allclose also allows a fixed error of 1e-8. In a gradient of 1e-9, this is large. Pass atol=0.",
                lambda f, gradient, p: bool(np.allclose(differences(f, p), gradient, rtol=1e-5)),
            ),
            Slip(
                "Only the first parameter is checked. Go through all of them: does `return True` belong after the loop?",
                lambda f, gradient, p: close(differences(f, p)[:1], gradient[:1]),
            ),
            Slip(
                "Only the last parameter decides. One wrong element is enough for False.",
                lambda f, gradient, p: close(differences(f, p)[-1:], gradient[-1:]),
            ),
            Slip(
                "Differences to one side are not exact enough, so right gradients are called wrong. Use f(up) - f(down).",
                lambda f, gradient, p: close(differences(f, p, one_sided=True), gradient),
            ),
            Slip(
                "The sums are compared, and in sums errors cancel. Compare each element.",
                lambda f, gradient, p: close(np.sum(differences(f, p)), np.sum(gradient)),
            ),
            Slip(
                "The elements are compared relative to the length of the whole gradient, so an error in a small one is "
                "not seen. "
                "Compare each relative to its own size.",
                lambda f, gradient, p: bool(np.linalg.norm(differences(f, p) - gradient) <= 1e-3 * np.linalg.norm(gradient)),
            ),
            Slip("The two answers are swapped: True means that the gradient is right.", lambda *case: not expected(*case)),
            Slip(
                "Differences are never exactly equal to the gradient. Allow a small distance.",
                lambda f, gradient, p: bool(np.all(differences(f, p) == gradient)),
            ),
        ],
    )
]
