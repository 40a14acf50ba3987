# === A fixed tolerance does not fit all sizes
def is_right(f, gradient, p):
    for i, row in enumerate(np.eye(len(p))):
        slope = (f(p + 1e-4 * row) - f(p - 1e-4 * row)) / 2e-4
        if abs(slope - gradient[i]) > 1e-5:
            return False
    return True


# === Only the first parameter is checked
def is_right(f, gradient, p):
    for i, row in enumerate(np.eye(len(p))):
        slope = (f(p + 1e-4 * row) - f(p - 1e-4 * row)) / 2e-4
        return bool(abs(slope - gradient[i]) <= 1e-5 * abs(slope))


# === Differences to one side are not exact enough
def is_right(f, gradient, p):
    for i, row in enumerate(np.eye(len(p))):
        slope = (f(p + 1e-4 * row) - f(p)) / 1e-4
        if abs(slope - gradient[i]) > 1e-5 * max(abs(slope), abs(gradient[i])):
            return False
    return True


# === in sums errors cancel
def is_right(f, gradient, p):
    slopes = [(f(p + 1e-4 * row) - f(p - 1e-4 * row)) / 2e-4 for row in np.eye(len(p))]
    return bool(abs(sum(slopes) - sum(gradient)) <= 1e-5 * abs(sum(slopes)))


# === The result is the same for every input
def is_right(f, gradient, p):
    return True


# === np.allclose also allows
def is_right(f, gradient, p):
    moves = 1e-5 * np.eye(len(p))
    slopes = np.array([(f(p + move) - f(p - move)) / 2e-5 for move in moves])
    return np.allclose(slopes, gradient)
