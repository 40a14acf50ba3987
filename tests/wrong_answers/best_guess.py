# === This is the guess with the largest loss
def best_guess(x, y, guesses):
    return np.argmax([np.mean((a * x**2 + b * x + c - y) ** 2) for a, b, c in guesses])


# === so a bad guess can seem to be good
def best_guess(x, y, guesses):
    return np.argmin([abs(np.sum(a * x**2 + b * x + c - y)) for a, b, c in guesses])


# === can be a large negative number
def best_guess(x, y, guesses):
    return np.argmin([np.mean(a * x**2 + b * x + c - y) for a, b, c in guesses])


# === The task asks for its position
def best_guess(x, y, guesses):
    return min(guesses, key=lambda g: np.mean((g[0] * x**2 + g[1] * x + g[2] - y) ** 2))


# === The result is the same for every input
def best_guess(x, y, guesses):
    return 1
