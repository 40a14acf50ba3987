# === What comes back from x**2 is missing
def f_and_gradient(x, y):
    product = x * y
    d_product = np.cos(product)
    return np.sin(product) + x**2, (d_product * y, d_product * x)


# === Here they are swapped
def f_and_gradient(x, y):
    product = x * y
    d_product = np.cos(product)
    return np.sin(product) + x**2, (d_product * x + 2 * x, d_product * y)


# === Multiply by the slope of both
def f_and_gradient(x, y):
    product = x * y
    d_product = np.cos(product)
    return np.sin(product) + x**2, (d_product + 2 * x, d_product)


# === What comes back from x * y is missing
def f_and_gradient(x, y):
    product = x * y
    return np.sin(product) + x**2, (2 * x, np.cos(product) * x)
