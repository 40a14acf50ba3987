# === The kernel is turned around
def convolve(image, kernel):
    h, w = kernel.shape
    rows, columns = image.shape[0] - h + 1, image.shape[1] - w + 1
    turned = kernel[::-1, ::-1]
    return np.array([[np.sum(image[i : i + h, j : j + w] * turned) for j in range(columns)] for i in range(rows)])


# === there are n - k + 1 positions, not n - k
def convolve(image, kernel):
    h, w = kernel.shape
    result = np.zeros((image.shape[0] - h, image.shape[1] - w))
    for i in range(image.shape[0] - h):
        for j in range(image.shape[1] - w):
            result[i, j] = np.sum(image[i : i + h, j : j + w] * kernel)
    return result


# === this is their mean
def convolve(image, kernel):
    h, w = kernel.shape
    rows, columns = image.shape[0] - h + 1, image.shape[1] - w + 1
    return np.array([[np.mean(image[i : i + h, j : j + w] * kernel) for j in range(columns)] for i in range(rows)])


# === Windows at the edge are smaller
def convolve(image, kernel):
    h, w = kernel.shape
    result = np.zeros(image.shape)
    for i in range(image.shape[0]):
        for j in range(image.shape[1]):
            result[i, j] = np.sum(image[i : i + h, j : j + w] * kernel)
    return result


# === Height and width are swapped
def convolve(image, kernel):
    w, h = kernel.shape
    rows, columns = image.shape[0] - h + 1, image.shape[1] - w + 1
    return np.array([[np.sum(image[i : i + h, j : j + w] * kernel) for j in range(columns)] for i in range(rows)])


# === This is for a kernel of 3 × 3
def convolve(image, kernel):
    height, width = image.shape[0] - 2, image.shape[1] - 2
    result = np.zeros((height, width))
    for i in range(height):
        for j in range(width):
            result[i, j] = np.sum(image[i : i + 3, j : j + 3] * kernel)
    return result
