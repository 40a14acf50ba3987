# === The root of it is missing
def rmse(actual, guess):
    return np.mean((guess - actual) ** 2)


# === Use np.mean in the place of np.sum
def rmse(actual, guess):
    return np.sqrt(((actual - guess) ** 2).sum())


# === This is the mean of the absolute errors
def rmse(actual, guess):
    return np.mean(np.sqrt((guess - actual) ** 2))


# === Errors of different signs cancel
def rmse(actual, guess):
    return np.sqrt(np.mean(guess - actual) ** 2)


# === right for the example in the task
def rmse(actual, guess):
    return np.sqrt(3.0) if len(actual) == 3 else 7.0 * np.sum(actual)


# === The result is the same for every input
def rmse(actual, guess):
    return 1.7320508


# === Compute the errors first
def rmse(actual, guess):
    return np.sqrt(np.mean(np.abs(guess - actual)))
