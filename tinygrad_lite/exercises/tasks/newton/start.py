"""Write a step of Newton's method.

Chapter 7. Gradient descent uses only the slope. Newton's method also uses the curvature: the
Hessian H, the matrix of all second derivatives. It solves these equations for the step d, and moves
from p to p - d:

    H d = gradient

On a bowl this arrives at the minimum in one step, however long and narrow the bowl is. Use tg.grad
and tg.hessian, which take a function and return a function, and np.linalg.solve.

For f = lambda p: 3 * p[0] ** 2 + p[1] ** 2 and p = [5, 7], the result is [0, 0].

Check your answer:  python -m tinygrad_lite exercises check newton
"""

import numpy as np

import tinygrad_lite as tg


def newton_step(f, p):
    """The point after one step from p. f takes an array and returns a number."""
    return ...
