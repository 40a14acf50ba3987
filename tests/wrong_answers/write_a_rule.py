# === The slope of what is inside the exp is missing
tg.derivative(hill, x=lambda g, x: g * hill(x))


# === the slope of -x² is -2x
tg.derivative(hill, x=lambda g, x: g * 2 * x * hill(x))


# === is not used
tg.derivative(hill, x=lambda g, x: -2 * x * hill(x))


# === it cannot be differentiated once more
tg.derivative(hill, x=lambda g, x: g * -2 * np.asarray(getattr(x, "data", x)) * np.exp(-(np.asarray(getattr(x, "data", x)) ** 2)))


# === This is the slope of -x² alone
tg.derivative(hill, x=lambda g, x: g * -2 * x)
