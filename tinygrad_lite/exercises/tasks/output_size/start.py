"""How large is the result of a convolution?

Chapter 10. A kernel of length k moves over a row of n pixels. With a padding p, p zeros are added
at both ends first. The kernel begins at the left end; with a stride s it moves s pixels each time,
as long as it is inside. Each position gives one number.

For n = 5, k = 3, s = 1, p = 0 there are 3 positions. For n = 6, k = 3, s = 2, p = 1 there are 3,
too.

Check your answer:  python -m tinygrad_lite exercises check output_size
"""


def output_size(n, k, s, p):
    """How many positions there are. The kernel is never longer than the row with its padding."""
    return ...
