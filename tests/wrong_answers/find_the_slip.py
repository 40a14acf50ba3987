# === This is still the gradient of the task
def gradient(w, x, y):
    t = np.tanh(w * x)
    return np.mean(2 * (t - y) * (1 - t) * x)


# === not of w x
def gradient(w, x, y):
    t = np.tanh(w * x)
    return np.mean(2 * (t - y) * (1 - (w * x) ** 2) * x)


# === The slope of tanh is missing now
def gradient(w, x, y):
    return np.mean(2 * (np.tanh(w * x) - y) * x)


# === Leave it as it was, and mend the gradient
def loss(w, x, y):
    return np.mean((np.tanh(w * x) - y))


# === The mean was right
def gradient(w, x, y):
    t = np.tanh(w * x)
    return np.sum(2 * (t - y) * (1 - t**2) * x)
