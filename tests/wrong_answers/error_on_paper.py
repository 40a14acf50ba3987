# === the guess minus the actual value, in this order
errors = [0, -1, 2]


# === Divide it by their number, 3
mean_of_squares = 0 + 1 + 4


# === Divide their sum by 3
mean_of_squares = 5 / 2


# === The loss is the root of it
loss = mean_of_squares


# === so this error is negative
errors = [0, 1, 2]


# === Take the square root of mean_of_squares
loss = 17
