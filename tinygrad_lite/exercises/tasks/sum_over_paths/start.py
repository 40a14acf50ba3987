"""Add up the paths from one value to another.

Chapter 3. A graph is given as a dict. For each name it has a list of the arrows that begin there.
An arrow is a pair: the name that it leads to, and its slope. In

    edges = {"x": [("s", 1.0), ("y", 4.0)], "s": [("y", 3.0)]}

two paths lead from x to y: the arrow with slope 4, and x → s → y with the slopes 1 and 3. Multiply
the slopes along each path, and add up the products of all paths. The derivative of y with respect
to x is 4 + 1 · 3 = 7.

If there is no path, the derivative is 0. The derivative of a value with respect to itself is 1.

Check your answer:  python -m tinygrad_lite exercises check sum_over_paths
"""


def derivative(edges, start, end):
    """The sum over all paths from start to end of the product of the slopes along the path."""
    return ...
