"""The guess is 1, 3, 5; the actual values are 1, 2, 7."""

errors = [1 - 1, 3 - 2, 5 - 7]
mean_of_squares = (0**2 + 1**2 + (-2) ** 2) / 3
loss = mean_of_squares**0.5
