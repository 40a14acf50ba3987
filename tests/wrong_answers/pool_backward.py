# === All four pixels get the gradient
def pool_backward(image, g):
    return g.repeat(2, axis=0).repeat(2, axis=1)


# === a quarter of the gradient
def pool_backward(image, g):
    return g.repeat(2, axis=0).repeat(2, axis=1) / 4


# === and not 1
def pool_backward(image, g):
    gradient = np.zeros(image.shape)
    for i in range(g.shape[0]):
        for j in range(g.shape[1]):
            here = slice(2 * i, 2 * i + 2), slice(2 * j, 2 * j + 2)
            gradient[here] = image[here] == image[here].max()
    return gradient


# === windows do not overlap
def pool_backward(image, g):
    gradient = np.zeros(image.shape)
    for i in range(g.shape[0]):
        for j in range(g.shape[1]):
            here = slice(i, i + 2), slice(j, j + 2)
            gradient[here] += g[i, j] * (image[here] == image[here].max())
    return gradient
