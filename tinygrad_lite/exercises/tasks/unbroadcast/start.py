"""Write the backward pass of broadcasting.

Chapter 4. NumPy broadcasts: in an addition of arrays of shapes (2, 3) and (3,), the second array is
used for both rows. So two parts of the gradient come back to each of its numbers, and they add up.

Write a function that sums a gradient g back to the shape that was broadcast. It has to sum over the
axes that NumPy added at the left, and over those that have the length 1 in the shape.

For g = [[1, 2, 3], [4, 5, 6]]: with the shape (3,) the result is [5, 7, 9], with the shape (2, 1)
it is [[6], [15]].

Check your answer:  python -m tinygrad_lite exercises check unbroadcast
"""


def unbroadcast(g, shape):
    """The gradient g, summed to this shape."""
    return ...
