"""Multiply the slopes along a path.

Chapter 3. This is a chain of three steps:

    u = 3 * x + 1
    y = u ** 2
    L = y / 2

Let x be 1. Write the slope of each step at this x. Then write the slope of the whole chain: how
much L rises per unit of x.

Check your answer:  python -m tinygrad_lite exercises check chain_on_paper
"""

u_per_x = ...  # the slope of u with respect to x
y_per_u = ...  # the slope of y with respect to u
L_per_y = ...  # the slope of L with respect to y
L_per_x = ...  # the slope of L with respect to x
