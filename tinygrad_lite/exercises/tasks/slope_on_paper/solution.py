"""The slope of f(x) = 3x² - 2x + 1 is f'(x) = 6x - 2."""

slope_at_2 = 6 * 2 - 2
slope_at_0 = 6 * 0 - 2
lowest_at = 2 / 6  # from 6x - 2 = 0
