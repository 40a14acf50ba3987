"""Ask the graph for the parts of a gradient.

Chapter 5. `tg.trace(f)(x)` calls f and returns the graph of what it computed. `graph["x"]` is the
node of the argument x. A node has a `value`, a `gradient`, and `contributions`: what each use of
it sent back. Each contribution has a `value` as well.

Write a function that returns these parts as a list of numbers. For the function

    def f(x):
        return x * x + x

and x = 3 there are three parts, 1, 3 and 3, in any order. Their sum is the gradient, 7.

Check your answer:  python -m tinygrad_lite exercises check parts_of_a_gradient
"""

import tinygrad_lite as tg


def parts(f, x):
    """What each use of x sent back, as a list of numbers. The argument of f is called x."""
    return ...
