# === The slope of tanh is missing
def unit(w, x, b):
    return np.tanh(w * x + b), x, w, 1.0


# === Here the square is missing
def unit(w, x, b):
    y = np.tanh(w * x + b)
    return y, (1 - y) * x, (1 - y) * w, 1 - y


# === Here the square is that of w·x + b
def unit(w, x, b):
    z = w * x + b
    return np.tanh(z), (1 - z**2) * x, (1 - z**2) * w, 1 - z**2


# === Here they are swapped
def unit(w, x, b):
    y = np.tanh(w * x + b)
    return y, (1 - y**2) * w, (1 - y**2) * x, 1 - y**2


# === The slope of tanh is missing for b
def unit(w, x, b):
    y = np.tanh(w * x + b)
    return y, (1 - y**2) * x, (1 - y**2) * w, 1.0
