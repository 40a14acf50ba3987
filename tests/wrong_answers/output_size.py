# === The first position counts as well
def output_size(n, k, s, p):
    return (n + 2 * p - k) // s


# === The padding is added at both ends
def output_size(n, k, s, p):
    return (n + p - k) // s + 1


# === / gives fractions
def output_size(n, k, s, p):
    return (n + 2 * p - k) / s + 1


# === Divide first
def output_size(n, k, s, p):
    return (n + 2 * p - k + 1) // s
