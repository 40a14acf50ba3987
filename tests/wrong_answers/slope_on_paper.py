# === This is the height of the curve, f(2)
slope_at_2 = 3 * 2**2 - 2 * 2 + 1


# === This is the slope of 3x² alone
slope_at_2 = 12


# === to the right of 0, does the curve rise or fall?
slope_at_0 = 2


# === Write three digits
lowest_at = 0.33


# === The question asks for x
lowest_at = 3 * (1 / 3) ** 2 - 2 * (1 / 3) + 1
