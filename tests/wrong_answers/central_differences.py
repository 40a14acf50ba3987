# === These are differences to one side only
def differences(f, p):
    step = 1e-4
    return np.array([(f(p + step * row) - f(p)) / step for row in np.eye(len(p))])


# === divide by 2 * step
def differences(f, p):
    step = 1e-4
    return np.array([(f(p + step * row) - f(p - step * row)) / step for row in np.eye(len(p))])


# === All parameters are moved together
def differences(f, p):
    step = 1e-4
    return np.array([(f(p + step) - f(p - step)) / (2 * step)] * len(p))


# === belongs to the caller
def differences(f, p):
    step, gradient = 1e-4, []
    for i in range(len(p)):
        p[i] += step
        up = f(p)
        p[i] -= 2 * step
        down = f(p)
        gradient.append((up - down) / (2 * step))
    return np.array(gradient)


# === collect them in an array
def differences(f, p):
    step = 1e-4
    for row in np.eye(len(p)):
        return float((f(p + step * row) - f(p - step * row)) / (2 * step))
