"""Write a derivative rule.

Chapter 4. The engine knows the functions of NumPy. `@tg.primitive` adds a function of your own, and
`tg.derivative` says how its gradient is computed. For a function `cube`, which is x**3, it is:

    tg.derivative(cube, x=lambda g, x: g * 3 * x**2)

g is the gradient that comes in, from the result. The rule multiplies it by the slope of the
function.

`hill` below is exp(-x²), a hill with its top at 0. Its rule is missing. At x = 1 the slope is
-0.7358.

Check your answer:  python -m tinygrad_lite exercises check write_a_rule
"""

import numpy as np

import tinygrad_lite as tg


@tg.primitive
def hill(x):
    """A hill with its top at 0."""
    return np.exp(-(x**2))


tg.derivative(hill, x=lambda g, x: ...)
