"""Find slopes on paper.

Chapter 2. The curve is f(x) = 3x² - 2x + 1. Work out its slope with pencil and paper: the slope of
x² is 2x, the slope of x is 1, and the slope of a constant is 0.

Replace each `...` below by a number. Three digits are enough. You may also write a fraction.

Check your answer:  python -m tinygrad_lite exercises check slope_on_paper
"""

slope_at_2 = ...  # the slope of f at x = 2
slope_at_0 = ...  # the slope of f at x = 0
lowest_at = ...  # the x at which the slope is 0: there f has its lowest point
