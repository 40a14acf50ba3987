# === The np.where around the root does not help
def safe_root(x):
    return np.where(x <= 0, 0.0, np.sqrt(x))


# === At 0 the root still sees a 0
def safe_root(x):
    return np.sqrt(np.maximum(x, 0.0))


# === A small number is added
def safe_root(x):
    return np.sqrt(np.maximum(x, 1e-6))


# === not the root of the absolute value
def safe_root(x):
    return np.sqrt(np.abs(x))


# === no gradient comes back
def safe_root(x):
    return np.sqrt(np.maximum(getattr(x, "data", x), 0.0))
