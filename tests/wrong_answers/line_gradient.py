# === The factor 2 is missing
def gradient(a, b, x, y):
    error = a * x + b - y
    return np.mean(error * x), np.mean(error)


# === The factor x is missing
def gradient(a, b, x, y):
    slope = 2 * np.mean(a * x + b - y)
    return slope, slope


# === Use np.mean in the place of np.sum
def gradient(a, b, x, y):
    error = a * x + b - y
    return 2 * error @ x, 2 * error.sum()


# === the error is the guess minus y
def gradient(a, b, x, y):
    error = y - (a * x + b)
    return np.mean(2 * error * x), np.mean(2 * error)


# === Multiply each error by its own x
def gradient(a, b, x, y):
    error = np.mean(a * x + b - y)
    return 2 * error * np.mean(x), 2 * error


# === The mean over the points is missing
def gradient(a, b, x, y):
    error = a * x + b - y
    return 2 * error * x, 2 * error


# === The mean over the points is missing
def gradient(a, b, x, y):
    error = a * x + b - y
    return 2 * error * x, np.mean(2 * error)
