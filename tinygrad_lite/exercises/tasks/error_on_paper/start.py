"""Compute a loss on paper.

Chapter 1. At x = 0, 1, 2 somebody measured the values 1, 2 and 7. Our guess is the line 2x + 1. How
wrong is the guess? Work it out with pencil and paper, and replace each `...` by a number. Three
digits are enough.

The error of a point is the guess minus the actual value. The loss is the root of the mean of the
squared errors.

Check your answer:  python -m tinygrad_lite exercises check error_on_paper
"""

errors = [..., ..., ...]  # at x = 0, at x = 1 and at x = 2
mean_of_squares = ...
loss = ...
